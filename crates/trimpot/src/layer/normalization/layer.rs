//! Layer normalisation: of each row of a sample.

use super::{EPSILON, Initialization, Layer, LayerNormSpec, initialize, passes};
use crate::ParameterError;
use crate::layer::sealed::Sealed;
use crate::random::Random;
use crate::shape::RowsOf;
use crate::spec::{LayerList, LayerSpec};

/// `y = γ · x̂ + β` with `x̂ = (x − mean) / √(variance + ε)`, both taken over the `N` numbers of
/// each row of a sample (Ba et al. 2016; PyTorch's `nn.LayerNorm(N)`). A vector is one row.
///
/// Parameters: `γ[N]`, at first 1, then `β[N]`, at first 0. The variance is the mean square,
/// without Bessel's correction; ε is 10⁻⁵ unless told otherwise.
///
/// Gradients: `dγ = Σ dy · x̂` and `dβ = Σ dy` over the rows; with `g = γ · dy`,
/// `dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε)`. Mean and variance are computed again
/// on the way back rather than stored: on a board memory is the scarcer.
///
/// Means are subtracted in two passes, the second of which takes off what the first one's rounding
/// left: equal numbers become zeros, however large they are, and numbers that differ in their last
/// digits keep these. Sums of a row's squared differences stay below 2¹²⁸ for differences of up to
/// 10¹⁹ / √N.
///
/// ```
/// use trimpot::layer::{Dense, LayerNorm, Relu};
/// type Network = trimpot::network!(Dense<4, 16>, LayerNorm<16>, Relu, Dense<16, 2>; from 4);
/// assert_eq!(Network::PARAMETERS, 4 * 16 + 16 + 2 * 16 + 16 * 2 + 2);
/// ```
///
/// ```compile_fail,E0277
/// use trimpot::layer::{Layer, LayerNorm};
/// use trimpot::shape::Vector;
/// let _ = <LayerNorm<8> as Layer<Vector<16>>>::PARAMETERS;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm<const N: usize> {
    epsilon: f32,
}

impl<const N: usize> LayerNorm<N> {
    /// Creates the layer with an ε of 10⁻⁵.
    pub const fn new() -> Self {
        LayerNorm { epsilon: EPSILON }
    }

    /// Sets ε, which is finite and positive.
    ///
    /// # Errors
    /// If `epsilon` is out of range.
    pub const fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        match ParameterError::positive("epsilon", epsilon) {
            Ok(epsilon) => Ok(LayerNorm { epsilon }),
            Err(error) => Err(error),
        }
    }

    /// ε, which is added to a variance.
    pub const fn epsilon(&self) -> f32 {
        self.epsilon
    }
}

impl<const N: usize> LayerNorm<N> {
    /// What it is as data, which computes it.
    const fn kernel(&self) -> LayerNormSpec {
        LayerNormSpec { size: N as u32, epsilon: self.epsilon }
    }
}

impl<const N: usize> Default for LayerNorm<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Sealed for LayerNorm<N> {}

impl<const N: usize, In: RowsOf<N>> Layer<In> for LayerNorm<N> {
    type Output = In;
    const PARAMETERS: usize = {
        assert!(N > 0, "the mean of no numbers is undefined");
        2 * N
    };
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::LayerNorm(LayerNormSpec { size: N as u32, epsilon: EPSILON }));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::LayerNorm(self.kernel()));
    }

    fn initialize<H: Initialization>(&self, _: &H, parameters: &mut [f32], _: &mut Random) {
        initialize(parameters, N);
    }

    passes!(layer => layer.kernel());
}
