//! Optimizers whose kind is known when the program runs.

use super::{Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::spec::{Range, Setting};

/// An optimizer as data: its name, and how it is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimizerSpec {
    /// The name: that of the type, in small letters.
    pub name: &'static str,
    /// The learning rate that it is mostly used with.
    pub learning_rate: f32,
    /// The other settings, in the order of [`AnyOptimizer::named`]. Shares are below 1.
    pub settings: &'static [Setting],
}

const WEIGHT_DECAY: Setting = Setting::new("weight_decay", 0.0, Range::NotNegative);

const fn share(name: &'static str, default: f32) -> Setting {
    Setting::new(name, default, Range::Share)
}

const fn epsilon(default: f32) -> Setting {
    Setting::new("epsilon", default, Range::Positive)
}

macro_rules! any_optimizer {
    ($(
        $optimizer:ident $name:literal $learning_rate:literal [$($setting:expr),*]
            |$new:ident, $values:pat_param| $set:expr;
    )*) => {
        /// All optimizers.
        pub static OPTIMIZERS: &[OptimizerSpec] = &[$(
            OptimizerSpec {
                name: $name,
                learning_rate: $learning_rate,
                settings: &[$($setting),*],
            }
        ),*];

        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Kind {$( $optimizer($optimizer) ),*}

        impl AnyOptimizer {
            /// Creates the optimizer of this name, with the number that `value` gives for each
            /// setting, and the learning rate that it is mostly used with unless there is another.
            /// `None` if there is no such optimizer.
            ///
            /// # Errors
            /// If the learning rate or a setting is out of its range.
            pub fn named(
                name: &str,
                learning_rate: Option<f32>,
                mut value: impl FnMut(&'static Setting) -> f32,
            ) -> Option<Result<Self, ParameterError>> {
                let spec = OPTIMIZERS.iter().find(|spec| spec.name == name)?;
                let learning_rate = learning_rate.unwrap_or(spec.learning_rate);
                let mut numbers = [0.0; MOST_SETTINGS];
                for (number, setting) in numbers.iter_mut().zip(spec.settings) {
                    *number = value(setting);
                }
                $(if name == $name {
                    let create = || {
                        let ($new, $values) = ($optimizer::new(learning_rate)?, numbers);
                        Ok(AnyOptimizer(Kind::$optimizer($set)))
                    };
                    return Some(create());
                })*
                None
            }
        }

        $(impl From<$optimizer> for AnyOptimizer {
            fn from(optimizer: $optimizer) -> Self {
                AnyOptimizer(Kind::$optimizer(optimizer))
            }
        })*

        impl Optimizer for AnyOptimizer {
            type State<V: Lanes> = [V; 2];

            fn state_len(&self) -> usize {
                match &self.0 {$( Kind::$optimizer(optimizer) => optimizer.state_len() ),*}
            }

            fn resume(&mut self, steps: u32) {
                match &mut self.0 {$( Kind::$optimizer(optimizer) => optimizer.resume(steps) ),*}
            }

            fn update<V: Lanes>(&self, parameter: V, gradient: V, state: &mut [V; 2]) -> V {
                V::vectorize(
                    state,
                    #[inline(always)]
                    |state| match &self.0 {$(
                        Kind::$optimizer(optimizer) => {
                            let mut own = <$optimizer as Optimizer>::State::<V>::default();
                            let values = own.as_mut().iter_mut().zip(&*state);
                            values.for_each(|(own, &value)| *own = value);
                            let updated = optimizer.update(parameter, gradient, &mut own);
                            state.iter_mut().zip(own).for_each(|(value, own)| *value = own);
                            updated
                        }
                    )*},
                )
            }

            fn learning_rate(&self) -> f32 {
                match &self.0 {$( Kind::$optimizer(optimizer) => optimizer.learning_rate() ),*}
            }

            fn set_learning_rate(&mut self, learning_rate: f32) -> Result<(), ParameterError> {
                match &mut self.0 {$(
                    Kind::$optimizer(optimizer) => optimizer.set_learning_rate(learning_rate)
                ),*}
            }
        }
    };
}

/// The most settings that an optimizer has.
const MOST_SETTINGS: usize = 4;

any_optimizer! {
    Sgd "sgd" 0.01 [share("momentum", 0.0), Setting::flag("nesterov"), WEIGHT_DECAY]
        |sgd, [momentum, nesterov, weight_decay, _]| {
            ParameterError::unless(Range::Flag.holds(nesterov), "nesterov", nesterov, "0 or 1")?;
            let sgd = if nesterov == 1.0 { sgd.with_nesterov() } else { sgd };
            sgd.with_momentum(momentum)?.with_weight_decay(weight_decay)?
        };
    RmsProp "rms_prop" 0.001 [share("smoothing", 0.99), epsilon(1e-8), WEIGHT_DECAY]
        |rms_prop, [smoothing, epsilon, weight_decay, _]| rms_prop
            .with_smoothing(smoothing)?
            .with_epsilon(epsilon)?
            .with_weight_decay(weight_decay)?;
    Adagrad "adagrad" 0.01 [epsilon(1e-10), WEIGHT_DECAY]
        |adagrad, [epsilon, weight_decay, ..]| adagrad
            .with_epsilon(epsilon)?
            .with_weight_decay(weight_decay)?;
    Adadelta "adadelta" 1.0 [share("smoothing", 0.9), epsilon(1e-6), WEIGHT_DECAY]
        |adadelta, [smoothing, epsilon, weight_decay, _]| adadelta
            .with_smoothing(smoothing)?
            .with_epsilon(epsilon)?
            .with_weight_decay(weight_decay)?;
    Adam "adam" 0.001 [share("beta_1", 0.9), share("beta_2", 0.999), epsilon(1e-8), WEIGHT_DECAY]
        |adam, [beta_1, beta_2, epsilon, weight_decay]| adam
            .with_betas(beta_1, beta_2)?
            .with_epsilon(epsilon)?
            .with_weight_decay(weight_decay)?;
    AdamW "adam_w" 0.001
        [share("beta_1", 0.9), share("beta_2", 0.999), epsilon(1e-8),
            Setting::new("weight_decay", 0.01, Range::NotNegative)]
        |adam_w, [beta_1, beta_2, epsilon, weight_decay]| adam_w
            .with_betas(beta_1, beta_2)?
            .with_epsilon(epsilon)?
            .with_weight_decay(weight_decay)?;
    Lion "lion" 0.0001 [share("beta_1", 0.9), share("beta_2", 0.99), WEIGHT_DECAY]
        |lion, [beta_1, beta_2, weight_decay, _]| lion
            .with_betas(beta_1, beta_2)?
            .with_weight_decay(weight_decay)?;
}

/// An optimizer whose kind is known when the program runs, with the bits of its type.
///
/// ```
/// use trimpot::optimizer::{Adam, AnyOptimizer, Optimizer};
///
/// let adam = AnyOptimizer::named("adam", Some(0.01), |setting| setting.default).unwrap()?;
/// assert_eq!(adam, Adam::new(0.01)?.into());
/// assert_eq!(adam.state_len(), 2);
/// assert!(AnyOptimizer::named("momentum", None, |setting| setting.default).is_none());
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnyOptimizer(Kind);

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::optimizer::step;
    use std::vec::Vec;

    fn updated<O: Optimizer>(mut optimizer: O) -> Vec<u32> {
        let mut parameters = [1.0_f32, -0.25, 3.0];
        let mut state = [O::State::<f32>::default(); 3];
        for gradient in [[0.5, -1.0, 0.0], [0.25, 2.0, -1e-3], [-3.0, 0.125, 1e-3]] {
            step(&mut optimizer, &mut parameters, &gradient, &mut state);
        }
        parameters.map(f32::to_bits).to_vec()
    }

    fn named(name: &str) -> AnyOptimizer {
        AnyOptimizer::named(name, None, |setting| setting.default).unwrap().unwrap()
    }

    /// The defaults are those of the types, and so are the bits.
    #[test]
    fn an_optimizer_by_name_is_its_type() {
        macro_rules! check {
            ($($name:literal $optimizer:expr;)*) => {$(
                let optimizer = $optimizer.unwrap();
                assert_eq!(named($name), optimizer.into(), $name);
                assert_eq!(updated(named($name)), updated(optimizer), $name);
                assert_eq!(named($name).state_len(), optimizer.state_len(), $name);
            )*
                assert_eq!(OPTIMIZERS.len(), [$($name),*].len());
            };
        }
        check! {
            "sgd" Sgd::new(0.01);
            "rms_prop" RmsProp::new(0.001);
            "adagrad" Adagrad::new(0.01);
            "adadelta" Adadelta::new(1.0);
            "adam" Adam::new(0.001);
            "adam_w" AdamW::new(0.001);
            "lion" Lion::new(0.0001);
        }
    }

    #[test]
    fn settings_are_set_in_their_order_and_out_of_range_refused() {
        let of = |name, values: &[f32]| {
            let mut values = values.iter().copied();
            AnyOptimizer::named(name, Some(0.5), |_| values.next().unwrap()).unwrap()
        };
        let sgd = Sgd::new(0.5).unwrap().with_momentum(0.9).unwrap().with_nesterov();
        assert_eq!(of("sgd", &[0.9, 1.0, 0.1]), Ok(sgd.with_weight_decay(0.1).unwrap().into()));
        let lion = Lion::new(0.5).unwrap().with_betas(0.5, 0.75).unwrap();
        assert_eq!(of("lion", &[0.5, 0.75, 0.0]), Ok(lion.into()));
        for spec in OPTIMIZERS {
            assert!(spec.settings.len() <= MOST_SETTINGS, "{}", spec.name);
            for wrong in 0..spec.settings.len() {
                let mut values: Vec<_> = spec.settings.iter().map(|s| s.default).collect();
                values[wrong] = -1.0;
                let error = of(spec.name, &values).unwrap_err();
                assert_eq!(error.name, spec.settings[wrong].name, "{}", spec.name);
            }
            let rate = AnyOptimizer::named(spec.name, Some(-1.0), |setting| setting.default);
            assert_eq!(rate.unwrap().unwrap_err().name, "learning_rate");
        }
    }
}
