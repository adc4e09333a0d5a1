//! More outputs, or fewer: room for classes that are not known yet.

use trimpot::layer::DenseSpec;
use trimpot::spec::LayerSpec;

use crate::file::StoredModel;

/// The last layer is not a dense one that is trained, so the number of its outputs is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the last layer is not a dense one that is trained: only such a layer can have more outputs"
)]
pub struct FixedOutputs;

impl StoredModel {
    /// Gives the network so many outputs: new ones have weights and a bias of 0, so that they say
    /// nothing; the last ones go if there are too many.
    ///
    /// # Errors
    /// If the last layer is not a dense one that is trained. Then nothing changes.
    pub fn resize_outputs(&mut self, outputs: usize) -> Result<(), FixedOutputs> {
        let specs = &mut self.layers.specs;
        let mut last = 0;
        while let Some(next) = specs.get(last).map(|spec| last + 1 + spec.inside())
            && next < specs.len()
        {
            last = next;
        }
        let Some(LayerSpec::Dense(dense)) = specs.get_mut(last) else { return Err(FixedOutputs) };
        let DenseSpec { inputs, outputs: before } = *dense;
        let (inputs, before) = (inputs as usize, before as usize);
        dense.outputs = outputs as u32;
        // Rows of weights, one for each output, then biases.
        let first = self.parameters.len() - before * (inputs + 1);
        let mut weights = self.parameters.split_off(first);
        let mut biases = weights.split_off(before * inputs);
        weights.resize(outputs * inputs, 0.0);
        biases.resize(outputs, 0.0);
        self.parameters.extend(weights.into_iter().chain(biases));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Architecture, Between};
    use crate::file::About;

    fn model(network: &str) -> StoredModel {
        let layers = network.parse::<Architecture>().unwrap().layers(Between::default()).unwrap();
        let parameters = (1..=layers.spec().parameters()).map(|number| number as f32).collect();
        StoredModel { layers, parameters, about: About::default() }
    }

    #[test]
    fn new_outputs_say_nothing_and_go_again() {
        let before = model("2-1-2");
        let mut grown = before.clone();
        grown.resize_outputs(3).unwrap();
        assert_eq!(grown.layers.spec().to_string(), "Dense(2, 1), Relu, Dense(1, 3)");
        assert_eq!(grown.parameters, [1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 6.0, 7.0, 0.0]);
        grown.resize_outputs(2).unwrap();
        assert_eq!(grown, before);
    }

    #[test]
    fn outputs_of_other_layers_are_given() {
        for network in ["2, dense 2, relu", "2, dense 2, residual(dense 2)"] {
            let mut model = model(network);
            let before = model.clone();
            assert_eq!(model.resize_outputs(3), Err(FixedOutputs), "{network}");
            assert_eq!(model, before);
        }
    }
}
