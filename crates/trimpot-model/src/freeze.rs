//! Models of which a board trains the last layers: what is in front of them is frozen.

use trimpot::spec::Role;

use crate::file::StoredModel;
use crate::layers::Layers;
use crate::plan::{TooFewLayers, Trained};

impl StoredModel {
    /// Freezes the layers of which nothing is trained, as [`Trained::of`] says: their parameters
    /// become constants. It computes the same.
    ///
    /// # Errors
    /// If there are fewer layers with parameters than are to be trained. Then nothing changes.
    pub fn freeze(&mut self, trained: Trained) -> Result<(), TooFewLayers> {
        let specs = trained.of(&self.layers.specs)?;
        let mut layers = Layers { input: self.layers.input, specs, constants: Vec::new() };
        let [mut parameters, mut constants] = [Vec::new(), Vec::new()];
        // The same tensors in the same order; those of a frozen layer lie among the constants, in
        // places that are not in this order.
        parameters.resize(layers.spec().parameters(), 0.0);
        constants.resize(layers.spec().constants(), 0.0);
        for (before, after) in self.layers.tensors().iter().zip(layers.tensors()) {
            let numbers = self.layers.numbers(before, &self.parameters);
            let all = match after.role {
                Role::Parameter => &mut parameters,
                Role::Statistic | Role::Frozen => &mut constants,
            };
            all[after.at..after.at + numbers.len()].copy_from_slice(numbers);
        }
        layers.constants = constants;
        (self.layers, self.parameters) = (layers, parameters);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use trimpot::interpreter::Interpreter;
    use trimpot::layer::BatchNormSpec;
    use trimpot::plan::{Plan, PlannedStep};
    use trimpot::spec::LayerSpec;

    use super::*;
    use crate::architecture::{Architecture, Between};
    use crate::file::About;

    /// Predicts for a sample.
    fn predicted(model: &StoredModel, features: &[f32]) -> Vec<u32> {
        let spec = model.layers.spec();
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let plan = Plan::new(spec, &mut steps).unwrap();
        let mut arena = vec![0.0_f32; plan.inference_values()];
        let interpreter = Interpreter::new(plan, &model.layers.constants).unwrap();
        let outputs = interpreter.predict(&model.parameters, features, &mut arena).unwrap();
        outputs.iter().map(|output| output.to_bits()).collect()
    }

    #[test]
    fn a_frozen_front_computes_what_it_did_before() {
        let text = "2x6 > conv 3 3, relu, residual(conv 3 3 padding=1, relu), dense 4, dense 2";
        let mut layers = text.parse::<Architecture>().unwrap().layers(Between::default()).unwrap();
        layers.specs.insert(1, LayerSpec::BatchNorm(BatchNormSpec { channels: 3, epsilon: 1e-5 }));
        let (count, constants) = (layers.spec().parameters(), layers.spec().constants());
        let number = |index: usize| ((index * 37 % 19) as f32 - 9.0) / 16.0;
        let parameters = (0..count).map(number).collect();
        let constants = (0..constants).map(|index| 0.5 + index as f32).collect();
        let layers = Layers { constants, ..layers };
        let model = StoredModel { layers, parameters, about: About::default() };
        let features: Vec<f32> = (0..12).map(number).collect();
        for (trained, left) in [
            (Trained::All, count),
            (Trained::Biases, count),
            (Trained::Head(1), 10),
            (Trained::Head(2), 4 * 13 + 10),
        ] {
            let mut frozen = model.clone();
            frozen.freeze(trained).unwrap();
            assert_eq!(frozen.parameters.len(), left, "{trained}");
            assert_eq!(predicted(&frozen, &features), predicted(&model, &features), "{trained}");
            // Once more is the same.
            let again = frozen.clone();
            frozen.freeze(trained).unwrap();
            assert_eq!(frozen, again);
        }
        let mut frozen = model.clone();
        assert!(frozen.freeze(Trained::Head(9)).is_err());
        assert_eq!(frozen, model);
    }
}
