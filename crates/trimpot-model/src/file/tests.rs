//! What a model file holds, and what is said of one that is wrong.

use std::collections::HashMap;

use tempfile::tempdir;
use trimpot::layer::{Dense, Relu, Tanh};

use super::*;

type Small = trimpot::network!(Dense<3, 5>, Relu, Dense<5, 4>; from 3);
type Other = trimpot::network!(Dense<3, 5>, Tanh, Dense<5, 4>; from 3);

#[test]
fn a_file_gives_back_the_same_bits() {
    let file = tempdir().unwrap();
    let file = file.path().join("model.safetensors");
    let mut network = Small::seeded(1);
    network.parameters_mut()[3] = -0.0;
    network.parameters_mut()[4] = f32::from_bits(1);
    save(&network, &file).unwrap();
    let loaded: Small = load(&file).unwrap();
    assert_eq!(loaded.parameters().map(f32::to_bits), network.parameters().map(f32::to_bits));
}

#[test]
fn classes_keep_their_names_and_files_their_bytes() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    let network = Small::seeded(1);
    save(&network, &file).unwrap();
    assert_eq!(classes(&file).unwrap(), <[String; 0]>::default());
    let names = ["a, b", "\"ö\""].map(str::to_owned);
    let save = || {
        let layers = Layers::of(network.layers());
        let about = About { classes: names.to_vec(), ..About::default() };
        save_layers(&layers, &about, network.parameters(), &file).unwrap();
        std::fs::read(&file).unwrap()
    };
    let bytes = save();
    // Maps of the standard library are in another order each time.
    for _ in 0..10 {
        assert!(save() == bytes);
    }
    assert_eq!(classes(&file).unwrap(), names);
    let loaded: Small = load(&file).unwrap();
    assert_eq!(loaded.parameters(), network.parameters());
}

#[test]
fn whatever_network_is_in_a_file_is_read_with_all_its_numbers() {
    use trimpot::chain;
    use trimpot::layer::{BatchNorm, Frozen};
    type Front = trimpot::Chain![Dense<3, 2>, BatchNorm<2>];
    type Whole = trimpot::network!(Frozen<Front, 12>, Dense<2, 4>, BatchNorm<4>; from 3);
    static FRONT: [f32; 12] = [0.5, -1.0, 2.0, 0.25, 4.0, -0.5, 0.0, 1.0, 1.5, 0.75, 0.5, -0.5];

    let file = tempdir().unwrap();
    let file = file.path().join("model.safetensors");
    let statistics = || BatchNorm::new([0.5, -0.5], [2.0, 3.0]).unwrap();
    let front = Frozen::new(chain![Dense, statistics()], &FRONT);
    let last = BatchNorm::new([1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 0.3, 0.4]).unwrap();
    let mut network = Whole::new(chain![front, Dense, last], [0.0; Whole::PARAMETERS]);
    network.initialize(1);
    save(&network, &file).unwrap();

    let stored = StoredModel::read(&file, None).unwrap();
    assert_eq!(stored.layers, Layers::of(network.layers()));
    assert_eq!(stored.parameters, network.parameters());
    assert_eq!(stored.about, About::default());
    let about = About {
        loss: Some("huber delta=0.5".to_owned()),
        task: Some(ModelTask::Numbers),
        features: vec!["temperature".to_owned(), "a, \"b\"".to_owned()],
        learning_rate: Some(0.015),
        ..About::default()
    };
    let changed = StoredModel { about, ..stored };
    changed.save(&file).unwrap();
    assert_eq!(StoredModel::read(&file, None).unwrap(), changed);

    let mut wrong = changed;
    // The variance of the second channel of what is frozen.
    wrong.layers.constants[15] = -1.0;
    wrong.save(&file).unwrap();
    let error = StoredModel::read(&file, None).unwrap_err().to_string();
    assert!(error.ends_with("variance is -1, but must be in [0, inf)"), "{error}");
}

/// What it gives the network has to be what that takes; files without it are those of before.
#[test]
fn a_front_end_is_that_of_the_network() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    let save = |text: &str| {
        let network = Small::seeded(1);
        let front_end = Some(text.parse().unwrap());
        let about = About { front_end, ..About::default() };
        save_layers(&Layers::of(network.layers()), &about, network.parameters(), &file).unwrap();
        StoredModel::read(&file, None)
    };
    let text = "log-mel,sample_rate=100,fft=16,samples=f32,bands=3,length=23";
    let stored = save(text).unwrap();
    assert_eq!(stored.about.front_end, Some(text.parse().unwrap()));
    let extractor = stored.about.extractor(stored.layers.input).unwrap().unwrap();
    assert_eq!((extractor.frames(), extractor.features()), (1, 3));
    let error = save("log-mel,sample_rate=100,fft=16,samples=f32,bands=3,length=24")
        .unwrap_err()
        .to_string();
    assert!(error.contains("`front_end`: recordings of 24 samples give 2 frames"), "{error}");
    assert!(error.ends_with("the network takes 3"), "{error}");
}

#[test]
fn tensors_have_the_names_and_shapes_of_pytorch() {
    let file = tempdir().unwrap();
    let file = file.path().join("model.safetensors");
    let network = Small::seeded(1);
    save(&network, &file).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let model = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> =
        model.iter().map(|(name, tensor)| (name, tensor.shape().to_vec())).collect();
    tensors.sort();
    let expected = [
        ("0.bias", vec![5]),
        ("0.weight", vec![5, 3]),
        ("2.bias", vec![4]),
        ("2.weight", vec![4, 5]),
    ];
    assert_eq!(tensors, expected);
    // The last run of parameters.
    let last = network.parameters()[Small::PARAMETERS - 1].to_le_bytes();
    assert!(model.tensor("2.bias").unwrap().data().ends_with(&last));
}

#[test]
fn an_error_says_what_the_file_holds() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("model.safetensors");
    save(&Small::seeded(1), &file).unwrap();
    let other: Result<Other, _> = load(&file);
    let message = other.unwrap_err().to_string();
    assert!(
        message.ends_with(
            "holds Dense(3, 5), Relu, Dense(5, 4), \
             but Dense(3, 5), Tanh, Dense(5, 4) was expected"
        ),
        "{message}"
    );

    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let cut: Result<Small, _> = load(&file);
    assert!(matches!(cut, Err(ModelError::Format { .. })), "{cut:?}");

    let missing: Result<Small, _> = load(directory.path().join("none"));
    assert!(matches!(missing, Err(ModelError::Read { .. })), "{missing:?}");
}

/// Memory is not taken for what a file only says.
#[test]
fn sizes_that_no_machine_has_are_refused() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("model.safetensors");
    let text = format!("Dense(4, {0}), Dense({0}, 3)", u32::MAX);
    let named = HashMap::from([(ARCHITECTURE.to_owned(), text)]);
    let tensors: [(&str, TensorView<'_>); 0] = [];
    std::fs::write(&file, serialize(tensors, Some(named)).unwrap()).unwrap();
    let message = StoredModel::read(&file, None).unwrap_err().to_string();
    assert!(message.contains("0.weight"), "{message}");
}

#[test]
fn a_tensor_of_another_shape_is_refused() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("model.safetensors");
    let data = [0; 4 * 15];
    let tensor = |shape: &[usize], bytes: usize| {
        TensorView::new(Dtype::F32, shape.to_vec(), &data[..bytes]).unwrap()
    };
    let tensors = [("0.weight", tensor(&[3, 5], 60)), ("0.bias", tensor(&[5], 20))];
    let named = [(ARCHITECTURE.to_owned(), "Dense(3, 5), Relu, Dense(5, 4)".to_owned())];
    std::fs::write(&file, serialize(tensors, Some(HashMap::from(named))).unwrap()).unwrap();
    let loaded: Result<Small, _> = load(&file);
    let message = loaded.unwrap_err().to_string();
    assert!(message.starts_with("tensor `0.weight` of "), "{message}");
    assert!(message.ends_with("is F32 [3, 5], but must be F32 [5, 3]"), "{message}");
}
