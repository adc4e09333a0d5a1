//! Layer normalisation: of each row of a sample.

use super::kernel::{centre, normalize};
use super::{
    EPSILON, GradientSink, Initialization, Layer, LayerNormSpec, Values, initialize, split,
};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::RowsOf;
use crate::spec::LayerSpec;

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
    pub fn with_epsilon(self, epsilon: f32) -> Result<Self, ParameterError> {
        Ok(LayerNorm { epsilon: ParameterError::positive("epsilon", epsilon)? })
    }

    /// ε, which is added to a variance.
    pub const fn epsilon(&self) -> f32 {
        self.epsilon
    }
}

impl<const N: usize> Default for LayerNorm<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize, In: RowsOf<N>> Layer<In> for LayerNorm<N> {
    type Output = In;
    const PARAMETERS: usize = {
        assert!(N > 0, "the mean of no numbers is undefined");
        2 * N
    };
    const ACTIVATIONS: usize = 2 * In::LEN + 2 * N;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::LayerNorm(LayerNormSpec { size: N as u32, epsilon: self.epsilon }));
    }

    fn initialize<H: Initialization>(&self, _: &H, parameters: &mut [f32], _: &mut Random) {
        initialize(parameters, N);
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &Values<In, V>) -> Values<In, V> {
        let (gamma, beta) = split(parameters, N);
        let mut output = *input;
        for row in In::flat_mut::<V>(&mut output).as_chunks_mut::<N>().0 {
            normalize(row, self.epsilon);
            for ((x, &gamma), &beta) in row.iter_mut().zip(gamma).zip(beta) {
                *x = x.mul_add(V::splat(gamma), V::splat(beta));
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

        let (mut gamma_gradient, mut beta_gradient) = ([V::ZERO; N], [V::ZERO; N]);
        let share = V::splat(1.0 / N as f32);
        // From here on the gradient by the output becomes the gradient by the input.
        let gradients = In::flat_mut::<V>(&mut gradient).as_chunks_mut::<N>().0;
        for (row, gradient) in In::flat::<V>(input).as_chunks::<N>().0.iter().zip(gradients) {
            let mut normal = *row;
            let scale = normalize(&mut normal, self.epsilon);
            let (gamma, _) = split(sink.parameters(), N);
            let sums = gamma_gradient.iter_mut().zip(&mut beta_gradient);
            for ((dy, &x), (&gamma, sums)) in
                gradient.iter_mut().zip(&normal).zip(gamma.iter().zip(sums))
            {
                *sums.0 = dy.mul_add(x, *sums.0);
                *sums.1 += *dy;
                *dy *= V::splat(gamma);
            }
            centre(gradient);
            let products = gradient.iter().zip(&normal);
            let along = products.fold(V::ZERO, |sum, (&dy, &x)| dy.mul_add(x, sum)) * share;
            for (dy, &x) in gradient.iter_mut().zip(&normal) {
                *dy = (*dy - x * along) * scale;
            }
        }
        if let Some(input_gradient) = input_gradient {
            *input_gradient = gradient;
        }
        sink.add(0, &gamma_gradient);
        sink.add(N, &beta_gradient);
        result
    }
}
