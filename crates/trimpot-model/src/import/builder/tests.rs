use trimpot::interpreter::Interpreter;
use trimpot::layer::{DenseSpec, Relu, Sigmoid};
use trimpot::plan::{Plan, PlannedStep};

use super::*;
use crate::import::{Binary, Ending, Window};

fn tensor(name: &str, shape: &[usize]) -> Tensor {
    let count = shape.iter().product::<usize>() as u16;
    let numbers = (0..count).map(|number| f32::from(number) / 8.0).collect();
    Tensor::new(name, shape.to_vec(), numbers).unwrap()
}

fn predicted(imported: &Imported, features: &[f32]) -> Vec<f32> {
    let spec = imported.layers.spec();
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let plan = Plan::new(spec, &mut steps).unwrap();
    let mut arena = vec![0.0_f32; plan.inference_values()];
    let interpreter = Interpreter::new(plan, &imported.layers.constants).unwrap();
    interpreter.predict(&imported.parameters, features, &mut arena).unwrap().to_vec()
}

#[test]
fn layers_come_with_their_tensors_in_their_places() {
    let mut builder = Builder::new(Dims::image(2, 4, 4)).unwrap();
    let window = Window { padding: vec![[1, 0], [0, 1]], ..Window::default() };
    builder.conv("c", tensor("c.weight", &[4, 1, 2, 2]), None, 2, &window).unwrap();
    builder.begin_residual("r").unwrap();
    let [mean, variance] = ["m", "v"].map(|name| tensor(name, &[4]));
    let norm = BatchNormTensors { weight: None, bias: None, mean, variance };
    builder.batch_norm("n", norm, 1e-3).unwrap();
    builder.end_residual("add").unwrap();
    builder.max_pool("p", &[2, 2], &Window::default()).unwrap();
    builder.flatten("f").unwrap();
    builder.dense("d", tensor("d.weight", &[3, 16]), Some(tensor("d.bias", &[3]))).unwrap();
    builder.ending("s", Ending::Softmax).unwrap();
    let imported = builder.finish().unwrap();
    assert_eq!(
        imported.layers.spec().to_string(),
        "Conv2d(2, 4, 2, padding=1x0x0x1, groups=2), Residual(BatchNorm(4, epsilon=0.001)), \
         MaxPool2d(2), Flatten, Dense(16, 3)"
    );
    assert_eq!(imported.places, ["c", "r", "n", "p", "f", "d"]);
    assert_eq!(imported.ending, Some(Ending::Softmax));
    let count = 16 + 4 + 8 + 48 + 3;
    assert_eq!((imported.parameters.len(), imported.layers.constants.len()), (count, 8));
    assert_eq!(imported.parameters[16..24], [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(imported.parameters[count - 3..], [0.0, 0.125, 0.25]);
    assert_eq!(imported.layers.constants[..5], [0.0, 0.125, 0.25, 0.375, 0.0]);
}

#[test]
fn preprocessing_is_one_layer_in_front() {
    let imported = |steps: &[(&[f64], &[f64])]| {
        let mut builder = Builder::new(Dims::vector(2)).unwrap();
        for (scale, offset) in steps {
            builder.preprocess("scale", scale, offset).unwrap();
        }
        let identity = Tensor::new("w", vec![2, 2], vec![1.0, 0.0, 0.0, 1.0]).unwrap();
        builder.dense("d", identity, None).unwrap();
        builder.finish().unwrap()
    };
    let factor = imported(&[(&[0.0625], &[0.0])]);
    assert_eq!(predicted(&factor, &[16.0, -3.0]), [1.0, -0.1875]);
    assert_eq!(crate::standardization::factor(&factor.layers), Some(0.0625));
    let two = imported(&[(&[1.0 / 127.5], &[-1.0]), (&[2.0, 4.0], &[0.0, 1.0])]);
    assert_eq!(two.places, ["scale, scale", "scale, scale", "d"]);
    for (found, expected) in predicted(&two, &[255.0, 0.0]).into_iter().zip([2.0, -3.0]) {
        assert!((found - expected).abs() <= 1e-6, "{found}, expected {expected}");
    }
    let mut builder = Builder::new(Dims::vector(2)).unwrap();
    let error = builder.preprocess("scale", &[1.0, 0.0], &[0.0]).unwrap_err().to_string();
    assert!(error.starts_with("`scale`: numbers are scaled by 0"), "{error}");
    let error = builder.preprocess("scale", &[1.0; 3], &[0.0]).unwrap_err().to_string();
    assert_eq!(error, "`scale`: 3 numbers are not for 2 channels");
}

#[test]
fn errors_name_the_place_or_the_tensor() {
    let new = || Builder::new(Dims::image(2, 4, 4)).unwrap();
    let conv = |shape: &[usize], groups, window: &Window| {
        new().conv("c", tensor("c.weight", shape), None, groups, window).unwrap_err().to_string()
    };
    let plain = Window::default();
    assert!(conv(&[4, 3, 2, 2], 1, &plain).starts_with("`c`: Conv2d takes an image of its"));
    assert_eq!(conv(&[4, 1, 2, 2], 3, &plain), "`c`: 3 groups do not divide 4 channels");
    assert_eq!(conv(&[4, 1], 1, &plain), "`c.weight`: it has 2 dimensions, and not 4");
    let far = Window { padding: vec![[0, 2], [0, 0]], ..Window::default() };
    assert!(conv(&[4, 2, 2, 2], 1, &far).starts_with("`c`: its padding is 2, but must be less"));
    let still = Window { stride: vec![0, 1], ..Window::default() };
    assert!(conv(&[4, 2, 2, 2], 1, &still).contains("from 1"));
    let one = Window { dilation: vec![1], ..Window::default() };
    assert!(conv(&[4, 2, 2, 2], 1, &one).contains("its dilation is of 1 directions, not of 2"));

    let dense = LayerSpec::Dense(DenseSpec { inputs: 3, outputs: 2 });
    let mut builder = Builder::new(Dims::vector(3)).unwrap();
    let tensors = vec![tensor("w", &[2, 3]), tensor("b", &[3])];
    let error = builder.layer("d", dense, tensors).unwrap_err().to_string();
    assert_eq!(error, "tensor `b` is 3, but dense 2 has 2");
    let error = builder.layer("d", dense, Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "`d`: Dense(3, 2) has 2 tensors, but there are 0");
    let norm = BatchNormTensors {
        weight: None,
        bias: None,
        mean: tensor("m", &[3]),
        variance: Tensor::filled("v", 3, -1.0),
    };
    let error = builder.batch_norm("n", norm.clone(), 1e-5).unwrap_err().to_string();
    assert!(error.starts_with("`v`: a variance is -1"), "{error}");
    assert!(builder.batch_norm("n", norm, 0.0).unwrap_err().to_string().contains('ε'));
    let error = builder.end_residual("add").unwrap_err().to_string();
    assert!(error.starts_with("`add`: it ends"), "{error}");
    assert!(builder.clone().finish().unwrap_err().to_string().contains("no layer"));
    builder.begin_residual("r").unwrap();
    builder.dense("d", tensor("w", &[2, 3]), None).unwrap();
    assert!(builder.clone().finish().unwrap_err().to_string().starts_with("`r`: "));
    let error = builder.end_residual("add").unwrap_err().to_string();
    assert!(error.contains("give 2, which cannot be added to 3"), "{error}");
    builder.ending("s", Ending::Softmax).unwrap();
    let error = builder.layer("relu", LayerSpec::Relu(Relu), Vec::new()).unwrap_err().to_string();
    assert!(error.starts_with("`relu`: it comes behind the softmax `s`"), "{error}");
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    assert!(Builder::new(Dims::vector(0)).is_err());
    assert!(Builder::new(Dims::image(1 << 12, 1 << 12, 1 << 12)).is_err());
    let mut builder = Builder::new(Dims::vector(1)).unwrap();
    for _ in 0..NetworkSpec::MAX_DEPTH {
        builder.begin_residual("r").unwrap();
    }
    assert!(builder.begin_residual("r").unwrap_err().to_string().contains("more than 8 deep"));
    let mut builder = Builder::new(Dims::vector(1)).unwrap();
    let relu = LayerSpec::Relu(Relu);
    for _ in 0..LAYER_LIMIT {
        builder.layer("a", relu, Vec::new()).unwrap();
    }
    let error = builder.layer("a", relu, Vec::new());
    assert!(matches!(error, Err(ImportError::Limit { what: "layers", .. })));
}

#[test]
fn one_output_of_two_classes_becomes_two_logits() {
    let sigmoid = LayerSpec::Sigmoid(Sigmoid);
    let of = |binary: Binary, is_sigmoid: bool, inside: bool| {
        let mut builder = Builder::new(Dims::vector(1)).unwrap();
        builder.set_binary(binary);
        if inside {
            builder.begin_residual("r").unwrap();
        }
        let bias = Some(Tensor::new("b", vec![1], vec![-0.5]).unwrap());
        builder.dense("d", Tensor::new("w", vec![1, 1], vec![2.0]).unwrap(), bias).unwrap();
        if inside {
            builder.end_residual("r").unwrap();
        }
        if is_sigmoid {
            builder.layer("s", sigmoid, Vec::new()).unwrap();
        }
        builder.finish().unwrap()
    };
    for (binary, is_sigmoid, inside, spec, ending) in [
        (Binary::IfSaid, true, false, "Dense(1, 2)", Some(Ending::Sigmoid)),
        (Binary::TwoLogits, true, false, "Dense(1, 2)", Some(Ending::Sigmoid)),
        (Binary::TwoLogits, false, false, "Dense(1, 2)", Some(Ending::Logit)),
        // A layer inside of another one gets no output more.
        (Binary::IfSaid, true, true, "Residual(Dense(1, 1)), Dense(1, 2)", Some(Ending::Sigmoid)),
        (Binary::IfSaid, false, false, "Dense(1, 1)", None),
        (Binary::OneOutput, true, false, "Dense(1, 1), Sigmoid", None),
    ] {
        let imported = of(binary, is_sigmoid, inside);
        assert_eq!(imported.layers.spec().to_string(), spec);
        assert_eq!((imported.ending, imported.places.len()), (ending, imported.layers.specs.len()));
        assert_eq!(imported.notes.len(), usize::from(ending.is_some()));
        if ending.is_some() {
            let z = if inside { 2.0 * 3.0 - 0.5 + 3.0 } else { 2.0 * 3.0 - 0.5 };
            assert_eq!(predicted(&imported, &[3.0]), [0.0, z]);
        }
    }
    // Names of two classes say it, too.
    let mut builder = Builder::new(Dims::vector(3)).unwrap();
    builder.dense("d", tensor("w", &[1, 3]), None).unwrap();
    builder.set_classes(vec!["no".to_owned(), "yes".to_owned()]);
    assert_eq!(builder.finish().unwrap().ending, Some(Ending::Logit));
    // Several probabilities stay what they are.
    let mut builder = Builder::new(Dims::vector(3)).unwrap();
    builder.dense("d", tensor("w", &[2, 3]), None).unwrap();
    builder.layer("s", sigmoid, Vec::new()).unwrap();
    assert_eq!(builder.finish().unwrap().layers.spec().to_string(), "Dense(3, 2), Sigmoid");
}
