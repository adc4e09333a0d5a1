//! What a model of ONNX says. That it computes the same, `cargo xtask python` shows.

use rten_onnx::onnx::ModelProto;
use trimpot_model::export::{self, OPSET};

use super::models::{all_models, whole_models};

#[test]
fn a_model_says_what_it_is_for() {
    let named = &whole_models()[0];
    let model = ModelProto::parse_buf(&export::onnx(&named.model).unwrap()).unwrap();
    let texts: Vec<_> = model.metadata_props.into_iter().map(|it| (it.key, it.value)).collect();
    let has =
        |key: &str, value: &str| texts.contains(&(Some(key.to_owned()), Some(value.to_owned())));
    assert!(has("features", r#"["size","weight","legs"]"#) && has("input", "3"), "{texts:?}");
    assert_eq!(model.opset_import[0].version, Some(OPSET));
    let graph = model.graph.unwrap();
    let operators: Vec<_> = graph.node.iter().filter_map(|node| node.op_type.as_deref()).collect();
    assert_eq!(operators, ["Sub", "Mul", "Gemm", "LeakyRelu", "Gemm"]);
    let dims = graph.input[0].r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    let dims = &dims.shape.as_ref().unwrap().dim;
    assert_eq!((dims[0].dim_param.as_deref(), dims[1].dim_value), (Some("N"), Some(3)));
    let tensors: Vec<_> = graph.initializer.iter().filter_map(|it| it.name.as_deref()).collect();
    assert!(tensors.ends_with(&["4.weight", "4.bias"]), "{tensors:?}");
}

#[test]
fn names_of_values_and_constants_are_different() {
    for named in all_models() {
        let model = ModelProto::parse_buf(&export::onnx(&named.model).unwrap()).unwrap();
        let graph = model.graph.unwrap();
        let outputs = graph.node.into_iter().flat_map(|node| node.output);
        let constants = graph.initializer.into_iter().filter_map(|constant| constant.name);
        let mut names: Vec<String> = outputs.chain(constants).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}: {names:?}", named.name);
        assert!(names.contains(&"output".to_owned()), "{}: {names:?}", named.name);
    }
}
