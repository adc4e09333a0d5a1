//! What other programs read of a model is that model.

mod c_header;
mod models;
mod onnx;
mod rust;

use std::collections::BTreeSet;

use trimpot::interpreter::Interpreter;
use trimpot::layer::kind::LAYERS;
use trimpot::plan::{Plan, PlannedStep};
use trimpot_model::file::StoredModel;

/// What a model predicts.
fn predicted(model: &StoredModel, input: &[f32]) -> Vec<f32> {
    let layers = &model.layers;
    let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
    let plan = Plan::new(layers.spec(), &mut steps).unwrap();
    let interpreter = Interpreter::new(plan, &layers.constants).unwrap();
    let mut arena = vec![0.0; interpreter.plan().inference_values()];
    interpreter.predict(&model.parameters, input, &mut arena).unwrap().to_vec()
}

#[test]
fn every_layer_is_in_a_model() {
    let models = models::whole_models();
    let specs = models.iter().flat_map(|named| &named.model.layers.specs);
    let found: BTreeSet<&str> = specs.map(|spec| spec.name()).collect();
    let listed = LAYERS.iter().map(|listed| listed.name);
    // What a program's own activation computes is in no model.
    let listed: BTreeSet<&str> = listed.filter(|&name| name != "Custom").collect();
    assert_eq!(found, listed);
}
