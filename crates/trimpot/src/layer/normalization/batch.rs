//! Batch normalisation: of each channel, with statistics that were measured before.

use super::{
    BatchNormSpec, EPSILON, GradientSink, Initialization, Layer, Values, initialize, split,
};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::{Channels, Vector};
use crate::spec::LayerSpec;

/// `y = γ · (x − mean) / √(variance + ε) + β` for each of `C` channels of a vector, a sequence or
/// an image (Ioffe and Szegedy 2015; PyTorch's `nn.BatchNorm1d` and `nn.BatchNorm2d` in `eval`
/// mode).
///
/// Mean and variance are **frozen**: they belong to the layer, not to its parameters, and no step
/// changes them. A board learns from one sample at a time, of which they could not be taken; on the
/// PC, [`Statistics`](super::Statistics) measures them, over two numbers a channel or more. γ and β
/// are trained. ε is 10⁻⁵ unless told otherwise.
///
/// Parameters: `γ[C]`, at first 1, then `β[C]`, at first 0.
///
/// Gradients, with `x̂ = (x − mean) / √(variance + ε)`: `dγ = Σ dy · x̂` and `dβ = Σ dy` over the
/// channel, `dx = dy · γ / √(variance + ε)`.
///
/// ```
/// use trimpot::layer::{BatchNorm, Layer};
/// use trimpot::shape::Rows;
/// let layer = BatchNorm::new([1.0, 0.0], [4.0, 1.0])?;
/// let sequence = [[1.0, 5.0], [0.5, -0.5]];
/// let parameters = [1.0, 2.0, 0.0, 0.0];
/// let output = Layer::<Rows<2, 2>>::forward::<f32>(&layer, &parameters, &sequence);
/// assert!((output[0][1] - 2.0).abs() < 1e-5 && (output[1][0] - 1.0).abs() < 1e-5);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
///
/// ```compile_fail,E0271
/// use trimpot::layer::{BatchNorm, Layer};
/// use trimpot::shape::Image;
/// let _ = <BatchNorm<8> as Layer<Image<4, 6, 6>>>::PARAMETERS;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm<const C: usize> {
    mean: [f32; C],
    variance: [f32; C],
    epsilon: f32,
}

impl<const C: usize> BatchNorm<C> {
    /// Creates the layer with these statistics: means are finite, variances are finite and not
    /// negative.
    pub fn new(mean: [f32; C], variance: [f32; C]) -> Result<Self, ParameterError> {
        for mean in mean {
            ParameterError::unless(mean.is_finite(), "mean", mean, "(-inf, inf)")?;
        }
        for variance in variance {
            ParameterError::not_negative("variance", variance)?;
        }
        Ok(BatchNorm { mean, variance, epsilon: EPSILON })
    }

    /// Sets ε, which is finite and positive.
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(BatchNorm { epsilon: ParameterError::positive("epsilon", epsilon)?, ..self })
    }

    /// Returns the mean of each channel.
    pub const fn mean(&self) -> &[f32; C] {
        &self.mean
    }

    /// Returns the variance of each channel.
    pub const fn variance(&self) -> &[f32; C] {
        &self.variance
    }

    /// ε, which is added to a variance.
    pub const fn epsilon(&self) -> f32 {
        self.epsilon
    }

    /// Mean and 1 / √(variance + ε) of each channel.
    #[inline(always)]
    fn statistics(&self) -> impl Iterator<Item = (f32, f32)> {
        let scale = |&variance: &f32| 1.0 / Lanes::sqrt(variance + self.epsilon);
        self.mean.iter().copied().zip(self.variance.iter().map(scale))
    }
}

impl<const C: usize> Default for BatchNorm<C> {
    /// Mean 0 and variance 1, as if normal numbers came in.
    fn default() -> Self {
        BatchNorm { mean: [0.0; C], variance: [1.0; C], epsilon: EPSILON }
    }
}

impl<const C: usize, In: Channels<PerChannel = Vector<C>>> Layer<In> for BatchNorm<C> {
    type Output = In;
    const PARAMETERS: usize = {
        assert!(In::AREA > 0, "a channel has at least one number");
        2 * C
    };
    const ACTIVATIONS: usize = 2 * In::LEN + 2 * C;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::BatchNorm(BatchNormSpec { channels: C as u32, epsilon: self.epsilon }));
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        visit(&self.mean);
        visit(&self.variance);
    }

    fn set_statistics(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        let ([mean, variance], rest) = match statistics.as_chunks() {
            ([mean, variance, ..], _) => ([mean, variance], statistics.get(2 * C..)),
            _ => return Ok(()),
        };
        *self = BatchNorm::new(*mean, *variance)?.with_epsilon(self.epsilon)?;
        *statistics = rest.unwrap_or_default();
        Ok(())
    }

    fn initialize<H: Initialization>(&self, _: &H, parameters: &mut [f32], _: &mut Random) {
        initialize(parameters, C);
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &Values<In, V>) -> Values<In, V> {
        const { assert!(In::AREA > 0, "a channel has at least one number") };
        let (gamma, beta) = split(parameters, C);
        let mut output = *input;
        let channels = In::channels_mut::<V>(&mut output);
        let affine = self.statistics().zip(gamma.iter().zip(beta));
        for (channel, ((mean, scale), (gamma, &beta))) in channels.zip(affine) {
            for x in channel {
                *x = (*x - V::splat(mean)).mul_add(V::splat(gamma * scale), V::splat(beta));
            }
        }
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        mut sink: S,
        _noise: Noise<V>,
        input: &Values<In, V>,
        input_gradient: Option<&mut Values<In, V>>,
        rest: impl FnOnce(&Values<In, V>, &mut Values<In, V>) -> R,
    ) -> R {
        let output = Layer::<In>::forward::<V>(self, sink.parameters(), input);
        let mut gradient = In::zeros::<V>();
        let result = rest(&output, &mut gradient);

        if let Some(input_gradient) = input_gradient {
            let (gamma, _) = split(sink.parameters(), C);
            let output_gradient = In::channels::<V>(&gradient);
            let into = In::channels_mut::<V>(input_gradient);
            let factors = self.statistics().zip(gamma).map(|((_, scale), gamma)| gamma * scale);
            for ((into, output_gradient), factor) in into.zip(output_gradient).zip(factors) {
                for (dx, &dy) in into.iter_mut().zip(output_gradient) {
                    *dx = dy * V::splat(factor);
                }
            }
        }
        let (mut gamma_gradient, mut beta_gradient) = ([V::ZERO; C], [V::ZERO; C]);
        let sums = gamma_gradient.iter_mut().zip(&mut beta_gradient).zip(self.statistics());
        let output_gradient = In::channels::<V>(&gradient);
        let channels = In::channels::<V>(input).zip(output_gradient);
        for ((channel, output_gradient), ((gamma, beta), (mean, scale))) in channels.zip(sums) {
            for (&x, &dy) in channel.iter().zip(output_gradient) {
                *gamma = dy.mul_add(x - V::splat(mean), *gamma);
                *beta += dy;
            }
            *gamma *= V::splat(scale);
        }
        sink.add(0, &gamma_gradient);
        sink.add(C, &beta_gradient);
        result
    }
}
