//! Batch normalisation: of each channel, with statistics that were measured before.

use super::{BatchNormSpec, EPSILON, Initialization, Layer, initialize, passes};
use crate::ParameterError;
use crate::layer::sealed::Sealed;
use crate::random::Random;
use crate::shape::{Channels, Vector};
use crate::spec::{LayerList, LayerSpec};

/// `y = γ · (x − mean) / √(variance + ε) + β` for each of `C` channels of a vector, a sequence or
/// an image (Ioffe and Szegedy 2015; PyTorch's `nn.BatchNorm1d` and `nn.BatchNorm2d` in `eval`
/// mode).
///
/// Mean and variance are **frozen**: they belong to the layer, not to its parameters, and no step
/// changes them. A board learns from one sample at a time, of which they could not be taken. On the
/// PC, [`Statistics`](super::Statistics) measures them, over two numbers a channel or more; or
/// `trimpot train`, which trains a network that is data by the statistics of each batch, and leaves
/// their running averages here. γ and β are trained. ε is 10⁻⁵ unless told otherwise.
///
/// Parameters: `γ[C]`, at first 1, then `β[C]`, at first 0.
///
/// Gradients, with `x̂ = (x − mean) / √(variance + ε)`: `dγ = Σ dy · x̂` and `dβ = Σ dy` over the
/// channel, `dx = dy · γ / √(variance + ε)`.
///
/// ```
/// use trimpot::layer::BatchNorm;
/// use trimpot::shape::Rows;
///
/// let layer = BatchNorm::new([1.0, 0.0], [4.0, 1.0])?;
/// let parameters = [1.0, 2.0, 0.0, 0.0];
/// let normal = <trimpot::network!(BatchNorm<2>; from Rows<2, 2>)>::new(layer, parameters);
/// let output = normal.predict::<f32>(&[[1.0, 5.0], [0.5, -0.5]]);
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
    /// Means and variances.
    statistics: [[f32; C]; 2],
    epsilon: f32,
}

impl<const C: usize> BatchNorm<C> {
    /// Creates the layer with these statistics: means are finite, variances are finite and not
    /// negative.
    ///
    /// # Errors
    /// If `mean` or `variance` is out of range.
    pub const fn new(mean: [f32; C], variance: [f32; C]) -> Result<Self, ParameterError> {
        let mut rest = mean.as_slice();
        while let [mean, others @ ..] = rest {
            if let Err(error) =
                ParameterError::unless(mean.is_finite(), "mean", *mean, "(-inf, inf)")
            {
                return Err(error);
            }
            rest = others;
        }
        let mut rest = variance.as_slice();
        while let [variance, others @ ..] = rest {
            if let Err(error) = ParameterError::not_negative("variance", *variance) {
                return Err(error);
            }
            rest = others;
        }
        Ok(BatchNorm { statistics: [mean, variance], epsilon: EPSILON })
    }

    /// Sets ε, which is finite and positive.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub const fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        match ParameterError::positive("epsilon", epsilon) {
            Ok(epsilon) => Ok(BatchNorm { epsilon, ..self }),
            Err(error) => Err(error),
        }
    }

    /// Returns the mean of each channel.
    pub const fn mean(&self) -> &[f32; C] {
        let [mean, _] = &self.statistics;
        mean
    }

    /// Returns the variance of each channel.
    pub const fn variance(&self) -> &[f32; C] {
        let [_, variance] = &self.statistics;
        variance
    }

    /// ε, which is added to a variance.
    pub const fn epsilon(&self) -> f32 {
        self.epsilon
    }

    /// What it is as data, which computes it.
    const fn kernel(&self) -> BatchNormSpec {
        BatchNormSpec { channels: C as u32, epsilon: self.epsilon }
    }
}

impl<const C: usize> Default for BatchNorm<C> {
    /// Mean 0 and variance 1, as if normal numbers came in.
    fn default() -> Self {
        BatchNorm { statistics: [[0.0; C], [1.0; C]], epsilon: EPSILON }
    }
}

impl<const C: usize> Sealed for BatchNorm<C> {}

impl<const C: usize, In: Channels<PerChannel = Vector<C>>> Layer<In> for BatchNorm<C> {
    type Output = In;
    const PARAMETERS: usize = {
        assert!(In::AREA > 0, "a channel has at least one number");
        2 * C
    };
    const LAYERS: LayerList = LayerList::new(LayerSpec::BatchNorm(BatchNormSpec {
        channels: C as u32,
        epsilon: EPSILON,
    }));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::BatchNorm(self.kernel()));
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        visit(self.statistics.as_flattened());
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

    passes!(layer => layer.kernel(), layer.statistics.as_flattened());
}
