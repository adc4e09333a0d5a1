//! Models of which a board trains the last layers: what is in front of them is frozen.

use trimpot::spec::{LayerSpec, Role};

use crate::file::StoredModel;
use crate::layers::Layers;
use crate::plan::{TooFewLayers, Trained};
use crate::standardization::{Standardization, is_preprocessed};

impl StoredModel {
    /// Freezes the layers of which nothing is trained, as [`Trained::of`] says: their parameters
    /// become constants. It computes the same.
    ///
    /// # Errors
    /// If there are fewer layers with parameters than are to be trained. Then nothing changes.
    pub fn freeze(&mut self, trained: Trained) -> Result<(), TooFewLayers> {
        let specs = trained.of(&self.layers.specs)?;
        self.set_specs(specs);
        Ok(())
    }

    /// Makes all frozen layers trainable again: their parameters are the network's. What scales or
    /// standardizes features or targets stays as it is. It computes the same.
    pub fn unfreeze(&mut self) {
        self.set_specs(unfrozen(&self.layers));
    }

    /// Returns whether [`unfreeze`](Self::unfreeze) changes anything.
    #[must_use]
    pub fn has_frozen_layers(&self) -> bool {
        unfrozen(&self.layers).len() < self.layers.specs.len()
    }

    /// Sets the layers to the same ones, of which others are frozen.
    fn set_specs(&mut self, specs: Vec<LayerSpec>) {
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
    }
}

/// Returns the layers without the frozen ones around others, but for those that scale or
/// standardize.
fn unfrozen(layers: &Layers) -> Vec<LayerSpec> {
    let specs = &layers.specs;
    let is_frozen = |place: usize| matches!(specs.get(place), Some(LayerSpec::Frozen(_)));
    let first =
        is_preprocessed(layers).then(|| (0..).find(|&place| !is_frozen(place + 1))).flatten();
    let last = Standardization::undone_by(layers)
        .and_then(|_| specs.len().checked_sub(Standardization::LAYERS));
    let is_dropped = |place: usize| is_frozen(place) && Some(place) != first && Some(place) != last;
    let places = (0..specs.len()).filter(|&place| !is_dropped(place));
    let kept = places.map(|place| {
        let inside = place + 1..place + 1 + specs[place].inside();
        let dropped = inside.filter(|&place| is_dropped(place)).count() as u32;
        let spec = specs[place];
        if matches!(spec, LayerSpec::Frozen(_)) {
            return spec;
        }
        spec.with_inside(spec.inside() as u32 - dropped)
    });
    kept.collect()
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
    use crate::standardization::scaled;

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
            assert_eq!(frozen.has_frozen_layers(), left < count);
            frozen.unfreeze();
            assert_eq!(frozen, model, "{trained}");
        }
        let mut frozen = model.clone();
        assert!(frozen.freeze(Trained::Head(9)).is_err());
        assert_eq!(frozen, model);
    }

    #[test]
    fn what_standardizes_or_scales_stays_frozen() {
        let text = "4, dense 4, relu, residual(shortcut(dense 4), dense 4, relu, dense 4), dense 2";
        let layers = text.parse::<Architecture>().unwrap().layers(Between::default()).unwrap();
        let count = layers.spec().parameters();
        let mut parameters: Vec<f32> = (0..count).map(|index| index as f32).collect();
        let identity = Standardization::identity;
        for layers in [
            identity(4).before(&identity(2).undone_behind(&layers)),
            scaled(&layers, 0.5),
            identity(2).undone_behind(&layers),
            layers,
        ] {
            let about = About::default();
            let mut model = StoredModel { layers, parameters, about };
            let before = model.clone();
            assert!(!model.has_frozen_layers());
            model.unfreeze();
            assert_eq!(model, before);
            for head in 1..5 {
                model.freeze(Trained::Head(head)).unwrap();
                assert!(model.parameters.len() < count);
                assert!(model.has_frozen_layers(), "{head}");
                model.unfreeze();
                assert_eq!(model, before, "{head}");
            }
            parameters = model.parameters;
        }
    }
}
