//! Initialisation: random weights, of the variance that keeps signals and gradients of even size.

use crate::lanes::Lanes;
use crate::random::Random;

/// Draws the initial weights of a layer. Biases begin at 0, and what a normalisation multiplies
/// with at 1, whatever this says.
///
/// ```
/// use trimpot::layer::{Dense, Relu, initialization::HeNormal};
///
/// type Network = trimpot::network!(Dense<4, 16>, Relu, Dense<16, 2>; from 4);
/// let mut network = Network::seeded(1); // GlorotUniform
/// network.initialize_with(&HeNormal, 1);
/// ```
pub trait Initialization {
    /// Draws the next weight of a layer.
    ///
    /// `fan_in` is how many weights end in one output: those of a neuron, or of a filter. `fan_out`
    /// is how many begin at one input.
    fn draw(&self, fan_in: usize, fan_out: usize, random: &mut Random) -> f32;
}

/// Uniform in ±`bound`.
fn uniform(bound: f32, random: &mut Random) -> f32 {
    (2.0 * random.uniform() - 1.0) * bound
}

/// √(`of` / `count`).
fn root(of: f32, count: usize) -> f32 {
    Lanes::sqrt(of / count as f32)
}

macro_rules! initializations {
    ($($(#[$text:meta])* $name:ident: |$fan_in:ident, $fan_out:ident, $random:ident| $draw:expr;)*) => {$(
        $(#[$text])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl Initialization for $name {
            #[inline]
            fn draw(&self, $fan_in: usize, $fan_out: usize, $random: &mut Random) -> f32 {
                $draw
            }
        }
    )*};
}

initializations! {
    /// Uniform in ±√(6 / (fan_in + fan_out)) (Glorot and Bengio 2010; PyTorch's `xavier_uniform_`):
    /// what layers take unless told otherwise.
    GlorotUniform: |fan_in, fan_out, random| uniform(root(6.0, fan_in + fan_out), random);
    /// Normal with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010; PyTorch's
    /// `xavier_normal_`).
    GlorotNormal: |fan_in, fan_out, random| random.normal() * root(2.0, fan_in + fan_out);
    /// Uniform in ±√(6 / fan_in), for ReLU (He et al. 2015; PyTorch's `kaiming_uniform_`).
    HeUniform: |fan_in, _fan_out, random| uniform(root(6.0, fan_in), random);
    /// Normal with variance 2 / fan_in, for ReLU (He et al. 2015; PyTorch's `kaiming_normal_`).
    HeNormal: |fan_in, _fan_out, random| random.normal() * root(2.0, fan_in);
    /// Uniform in ±√(3 / fan_in) (LeCun et al. 1998; Keras' `lecun_uniform`).
    LeCunUniform: |fan_in, _fan_out, random| uniform(root(3.0, fan_in), random);
    /// Normal with variance 1 / fan_in (LeCun et al. 1998; PyTorch's `kaiming_normal_` for
    /// `linear`).
    LeCunNormal: |fan_in, _fan_out, random| random.normal() * root(1.0, fan_in);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAN_IN: usize = 20;
    const FAN_OUT: usize = 30;

    /// Mean, variance and largest size of 20,000 weights.
    fn moments(how: &impl Initialization) -> [f64; 3] {
        let mut random = Random::new(5);
        let count = 20_000;
        let mut sums = [0.0_f64; 3];
        for _ in 0..count {
            let weight = f64::from(how.draw(FAN_IN, FAN_OUT, &mut random));
            sums = [sums[0] + weight, sums[1] + weight * weight, sums[2].max(weight.abs())];
        }
        [sums[0] / f64::from(count), sums[1] / f64::from(count), sums[2]]
    }

    /// Within 4 % of the variance, which is more than 3 standard deviations of its estimate.
    fn assert_moments(found: [f64; 3], variance: f64, largest: Option<f64>) {
        let [mean, found_variance, found_largest] = found;
        assert!((mean * mean) <= 16.0 * variance / 20_000.0, "{found:?}");
        assert!((found_variance / variance - 1.0).abs() <= 0.04, "{found:?}");
        if let Some(largest) = largest {
            assert!(found_largest <= largest && found_largest >= 0.99 * largest, "{found:?}");
        } else {
            assert!(found_largest >= 3.0 * libm::sqrt(variance), "{found:?}");
        }
    }

    #[test]
    fn weights_have_the_variance_that_the_papers_want() {
        let bound = |square: f64| Some(libm::sqrt(square));
        assert_moments(moments(&GlorotUniform), 2.0 / 50.0, bound(6.0 / 50.0));
        assert_moments(moments(&GlorotNormal), 2.0 / 50.0, None);
        assert_moments(moments(&HeUniform), 2.0 / 20.0, bound(6.0 / 20.0));
        assert_moments(moments(&HeNormal), 2.0 / 20.0, None);
        assert_moments(moments(&LeCunUniform), 1.0 / 20.0, bound(3.0 / 20.0));
        assert_moments(moments(&LeCunNormal), 1.0 / 20.0, None);
    }
}
