//! Writes models as ONNX and as PyTorch's state, and beside each, as JSON, inputs with the outputs
//! that belong to them and the module that loads the state: see `tests/python/check_exports.py`,
//! which `cargo xtask python` runs.
//!
//! ```sh
//! cargo run -p trimpot-model --example exports -- FOLDER
//! ```

#[path = "../tests/export/models.rs"]
mod models;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use serde_json::json;
use trimpot::interpreter::Interpreter;
use trimpot::plan::{Plan, PlannedStep};
use trimpot::random::Random;
use trimpot_model::export;

const SAMPLES: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    for models::Named { name, model, draw } in models::all_models() {
        fs::write(folder.join(format!("{name}.onnx")), export::onnx(&model)?)?;
        let layers = &model.layers;
        let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
        let interpreter =
            Interpreter::new(Plan::new(layers.spec(), &mut steps)?, &layers.constants)?;
        let mut arena = vec![0.0; interpreter.plan().inference_values()];
        let mut random = Random::new(5);
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for _ in 0..SAMPLES {
            let input: Vec<f32> = (0..layers.input.count()).map(|_| draw(&mut random)).collect();
            outputs.push(interpreter.predict(&model.parameters, &input, &mut arena)?.to_vec());
            inputs.push(input);
        }
        // One layer has no like in PyTorch.
        let state = export::state_dict(&model);
        let refused = state.as_ref().err().map(ToString::to_string);
        let state = state.ok();
        if let Some(state) = &state {
            fs::write(folder.join(format!("{name}.safetensors")), &state.file)?;
        }
        let said = json!({
            "shape": layers.input.sizes(),
            "inputs": inputs,
            "outputs": outputs,
            "classes": state.as_ref().map(|state| &state.classes),
            "module": state.as_ref().map(|state| &state.module),
            "refused": refused,
        });
        fs::write(folder.join(format!("{name}.json")), said.to_string())?;
    }
    Ok(())
}
