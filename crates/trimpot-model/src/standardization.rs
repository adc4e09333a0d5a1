//! Features of mean 0 and deviation 1, or times a factor: layers in front of a network. Outputs in
//! the units of targets: layers behind it.

use trimpot::layer::{BatchNormSpec, FlattenSpec, FrozenSpec, ReshapeSpec};
use trimpot::output_scale::OutputScale;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};

use crate::layers::Layers;

/// The mean and the standard deviation of each channel of a network's input: of each feature, where
/// a sample is a vector.
///
/// In front of a network it is a frozen [`BatchNorm`](trimpot::layer::BatchNorm), so that whoever
/// computes the network, PC or board, does the same to features as training did. Mean and variance
/// are its statistics, and its weight takes ε out again: `(x − mean) / √(variance + ε) · √(variance
/// + ε) / deviation`, so that features of any size have deviation 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardization {
    /// The means.
    pub mean: Vec<f32>,
    /// The deviations; 0 for a channel whose numbers are all the same, which is centred only.
    pub deviation: Vec<f32>,
}

/// ε of the layer: the default, so that its text is short.
const EPSILON: f32 = 1e-5;

impl Standardization {
    /// How many specs it has.
    pub const LAYERS: usize = 2;

    /// Creates the one that changes nothing, for so many channels.
    pub fn identity(channels: usize) -> Self {
        Standardization { mean: vec![0.0; channels], deviation: vec![1.0; channels] }
    }

    /// Returns the layers with this one in front.
    pub fn before(&self, layers: &Layers) -> Layers {
        let channels = self.mean.len() as u32;
        let front = frozen_norm(channels);
        let variance = |&deviation: &f32| (f64::from(deviation) * f64::from(deviation)) as f32;
        let variance: Vec<f32> = self.deviation.iter().map(variance).collect();
        let weight = self.deviation.iter().zip(&variance).map(|(&deviation, &variance)| {
            let root = root(variance);
            if deviation == 0.0 { root as f32 } else { (root / f64::from(deviation)) as f32 }
        });
        let bias = std::iter::repeat_n(0.0, self.mean.len());
        let front_constants =
            weight.chain(bias).chain(self.mean.iter().copied()).chain(variance.iter().copied());
        Layers {
            input: layers.input,
            specs: front.into_iter().chain(layers.specs.iter().copied()).collect(),
            constants: front_constants.chain(layers.constants.iter().copied()).collect(),
        }
    }

    /// Returns the layers with the inverse of this one behind: each output of theirs times the
    /// deviation, and the mean added. Where a deviation is 0, it is 1 there. It is the
    /// [`OutputScale`] of the network, whose outputs are a vector of as many numbers.
    pub fn undone_behind(&self, layers: &Layers) -> Layers {
        let channels = self.mean.len();
        let deviation = |&deviation: &f32| if deviation == 0.0 { 1.0 } else { deviation };
        let affine = self.deviation.iter().map(deviation).chain(self.mean.iter().copied());
        let statistics = [0.0, ONE].into_iter().flat_map(|it| std::iter::repeat_n(it, channels));
        let specs = layers.specs.iter().copied().chain(frozen_norm(channels as u32));
        Layers {
            input: layers.input,
            specs: specs.collect(),
            constants: layers.constants.iter().copied().chain(affine).chain(statistics).collect(),
        }
    }

    /// Returns the standardization that layers undo last, if they do.
    pub fn undone_by(layers: &Layers) -> Option<Self> {
        let scale = OutputScale::of(layers.spec(), &layers.constants)?;
        let deviation = scale.deviations().to_vec();
        let behind = layers.constants.len().checked_sub(3 * deviation.len())?;
        let mean = layers.constants.get(behind..behind + deviation.len())?.to_vec();
        Some(Standardization { mean, deviation })
    }

    /// Returns the standardization that layers begin with, if they do; also inside of a front that
    /// is frozen for a board.
    pub fn of(layers: &Layers) -> Option<Self> {
        let (specs, constants) = front(layers);
        let [LayerSpec::Frozen(frozen), LayerSpec::BatchNorm(spec), ..] = *specs else {
            return None;
        };
        let channels = spec.channels as usize;
        let numbers = constants.get(..4 * channels)?;
        let (affine, statistics) = numbers.split_at(2 * channels);
        let (weight, bias) = affine.split_at(channels);
        let (mean, variance) = statistics.split_at(channels);
        let is_one = frozen.layers == 1 && spec.epsilon == EPSILON;
        if !is_one || bias.iter().any(|&bias| bias != 0.0) {
            return None;
        }
        let deviation = variance.iter().zip(weight).map(|(&variance, &weight)| match variance {
            0.0 => 0.0,
            variance => (root(variance) / f64::from(weight)) as f32,
        });
        Some(Standardization { mean: mean.to_vec(), deviation: deviation.collect() })
    }
}

/// Returns a normalisation of so many channels that training does not change.
fn frozen_norm(channels: u32) -> [LayerSpec; Standardization::LAYERS] {
    [
        LayerSpec::Frozen(FrozenSpec { layers: 1 }),
        LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon: EPSILON }),
    ]
}

/// The variance by whose root the normalisation divides no number: 1 with ε.
const ONE: f32 = 1.0 - EPSILON;

/// Returns the layers with those in front that multiply every number by this factor, with the bits
/// of that product: a frozen normalisation of a single channel, which all numbers are.
pub fn scaled(layers: &Layers, factor: f32) -> Layers {
    let constants = [factor, 0.0, 0.0, ONE];
    Layers {
        input: layers.input,
        specs: factor_specs(layers.input).into_iter().chain(layers.specs.iter().copied()).collect(),
        constants: constants.into_iter().chain(layers.constants.iter().copied()).collect(),
    }
}

/// Returns the factor by which layers multiply every number first, if they do; also inside of a
/// front that is frozen for a board.
pub fn factor(layers: &Layers) -> Option<f32> {
    let (specs, constants) = front(layers);
    specs.strip_prefix(&factor_specs(layers.input))?;
    match *constants {
        [factor, 0.0, 0.0, ONE, ..] => Some(factor),
        _ => None,
    }
}

/// Returns whether layers scale or standardize features first.
pub fn is_preprocessed(layers: &Layers) -> bool {
    front_layers(layers) > 0
}

/// Returns how many layers scale or standardize features first; none, if none does.
pub fn front_layers(layers: &Layers) -> usize {
    match (factor(layers), Standardization::of(layers)) {
        (Some(_), _) => factor_specs(layers.input).len(),
        (None, Some(_)) => Standardization::LAYERS,
        (None, None) => 0,
    }
}

/// Returns the specs and constants from the first frozen layers on that have no frozen ones in
/// front inside. The numbers of layers that the others freeze come before those of what is frozen
/// inside of them.
fn front(layers: &Layers) -> (&[LayerSpec], &[f32]) {
    let (mut specs, mut constants) = (&layers.specs[..], &layers.constants[..]);
    while let [LayerSpec::Frozen(around), inside @ ..] = specs
        && let [LayerSpec::Frozen(_), ..] = inside
    {
        let around = inside.get(..around.layers as usize).unwrap_or(inside);
        let frozen = NetworkSpec { input: layers.input, layers: around }.parameters();
        (specs, constants) = (inside, constants.get(frozen..).unwrap_or_default());
    }
    (specs, constants)
}

/// Returns the layers that multiply samples of a shape by a factor.
fn factor_specs(input: Dims) -> [LayerSpec; 4] {
    [
        LayerSpec::Frozen(FrozenSpec { layers: 3 }),
        LayerSpec::Reshape(ReshapeSpec { dims: Dims::rows(1, input.count() as u32) }),
        LayerSpec::BatchNorm(BatchNormSpec { channels: 1, epsilon: EPSILON }),
        match input.sizes() {
            [_] => LayerSpec::Flatten(FlattenSpec),
            _ => LayerSpec::Reshape(ReshapeSpec { dims: input }),
        },
    ]
}

/// Returns what the layer divides by.
fn root(variance: f32) -> f64 {
    f64::from(variance + EPSILON).sqrt()
}

#[cfg(test)]
mod tests {
    use trimpot::interpreter::Interpreter;
    use trimpot::layer::DenseSpec;
    use trimpot::plan::{Plan, PlannedStep};

    use super::*;
    use crate::file::{About, StoredModel};
    use crate::plan::Trained;

    fn identity_network(inputs: u32) -> (Layers, Vec<f32>) {
        let dense = LayerSpec::Dense(DenseSpec { inputs, outputs: inputs });
        let layers = Layers { input: Dims::vector(inputs), specs: vec![dense], constants: vec![] };
        let inputs = inputs as usize;
        let mut parameters = vec![0.0; inputs * inputs + inputs];
        (0..inputs).for_each(|row| parameters[row * inputs + row] = 1.0);
        (layers, parameters)
    }

    #[test]
    fn features_of_any_size_have_deviation_one() {
        let mean = vec![5.0, -1e-8, 3e8, 7.0];
        let deviation = vec![2.0, 1e-9, 1e7, 0.0];
        let standardization = Standardization { mean: mean.clone(), deviation: deviation.clone() };
        let (layers, parameters) = identity_network(4);
        let layers = standardization.before(&layers);
        assert_eq!(layers.spec().to_string(), "Frozen(BatchNorm(4)), Dense(4, 4)");
        let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
        let plan = Plan::new(layers.spec(), &mut steps).unwrap();
        let interpreter = Interpreter::new(plan, &layers.constants).unwrap();
        let mut arena = vec![0.0; interpreter.plan().inference_values()];
        let input: Vec<f32> = mean.iter().zip(&deviation).map(|(m, d)| m + 2.0 * d).collect();
        let output = interpreter.predict(&parameters, &input, &mut arena).unwrap();
        for (output, expected) in output.iter().zip([2.0, 2.0, 2.0, 0.0]) {
            assert!((output - expected).abs() <= 1e-5, "{output}, expected {expected}");
        }
        // What is constant is centred, and not stretched.
        let output = interpreter.predict(&parameters, &[0.0, 0.0, 0.0, 8.0], &mut arena).unwrap();
        assert!((output[3] - 1.0).abs() <= 1e-6, "{output:?}");

        let found = Standardization::of(&layers).unwrap();
        assert_eq!(found.mean, mean);
        for (found, expected) in found.deviation.iter().zip(deviation) {
            assert!((found - expected).abs() <= 1e-6 * expected, "{found}, expected {expected}");
        }
    }

    #[test]
    fn what_is_in_front_is_found_behind_a_frozen_front() {
        let (plain, parameters) = identity_network(2);
        let mut specs = plain.specs.clone();
        specs.extend(&plain.specs);
        let plain = Layers { specs, ..plain };
        let parameters = parameters.repeat(2);
        let standardization = Standardization { mean: vec![3.0, 4.0], deviation: vec![2.0, 0.5] };
        for layers in [standardization.before(&plain), scaled(&plain, 0.25)] {
            let about = About::default();
            let mut model = StoredModel { layers, parameters: parameters.clone(), about };
            let found = (Standardization::of(&model.layers), factor(&model.layers));
            assert!(is_preprocessed(&model.layers));
            model.freeze(Trained::Head(1)).unwrap();
            let frozen = model.layers.spec().to_string();
            assert!(frozen.starts_with("Frozen(Frozen("), "{frozen}");
            assert_eq!((Standardization::of(&model.layers), factor(&model.layers)), found);
        }
    }

    #[test]
    fn outputs_are_in_the_units_of_targets() {
        let targets =
            Standardization { mean: vec![350_000.0, -2.0], deviation: vec![120_000.0, 0.0] };
        let (layers, parameters) = identity_network(2);
        assert_eq!(Standardization::undone_by(&layers), None);
        let layers = Standardization::identity(2).before(&targets.undone_behind(&layers));
        let architecture = layers.spec().to_string();
        assert_eq!(architecture, "Frozen(BatchNorm(2)), Dense(2, 2), Frozen(BatchNorm(2))");
        let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
        let plan = Plan::new(layers.spec(), &mut steps).unwrap();
        let interpreter = Interpreter::new(plan, &layers.constants).unwrap();
        let mut arena = vec![0.0; interpreter.plan().inference_values()];
        let output = interpreter.predict(&parameters, &[1.5, 3.0], &mut arena).unwrap();
        assert_eq!(output, [530_000.0, 1.0]);
        let found = Standardization::undone_by(&layers).unwrap();
        assert_eq!(found, Standardization { deviation: vec![120_000.0, 1.0], ..targets });
    }

    #[test]
    fn other_layers_are_no_standardization() {
        let (layers, _) = identity_network(2);
        assert_eq!(Standardization::of(&layers), None);
        let mut shifted = Standardization::identity(2).before(&layers);
        assert_eq!(Standardization::of(&shifted), Some(Standardization::identity(2)));
        shifted.constants[2] = 0.5;
        assert_eq!(Standardization::of(&shifted), None);
    }

    #[test]
    fn a_factor_is_a_layer_with_the_bits_of_the_product() {
        let (layers, parameters) = identity_network(3);
        assert_eq!(factor(&layers), None);
        for by in [0.0625, 0.003_921_57, -3.0, 1e30, 0.0] {
            let layers = scaled(&layers, by);
            assert_eq!(factor(&layers), Some(by));
            let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
            let plan = Plan::new(layers.spec(), &mut steps).unwrap();
            let interpreter = Interpreter::new(plan, &layers.constants).unwrap();
            let mut arena = vec![0.0; interpreter.plan().inference_values()];
            let input = [7.3, -255.0, 0.0];
            let output = interpreter.predict(&parameters, &input, &mut arena).unwrap();
            assert_eq!(output, input.map(|x| x * by), "{by}");
        }
        let standardized = Standardization::identity(3).before(&layers);
        assert_eq!(factor(&standardized), None);
        assert_eq!(Standardization::of(&scaled(&layers, 0.0625)), None);
        assert!(is_preprocessed(&standardized) && is_preprocessed(&scaled(&layers, 0.0625)));
        assert!(!is_preprocessed(&layers));
        let image = Layers { input: Dims::image(3, 2, 2), specs: vec![], constants: vec![] };
        assert_eq!(scaled(&image, 0.5).spec().output(), Ok(image.input));
    }
}
