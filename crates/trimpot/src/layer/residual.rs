//! Residual connections: layers whose input is added to their output.

use super::initialization::Initialization;
use super::{GradientSink, Layer, ResidualSpec, Values};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::random::{Noise, Random};
use crate::shape::Shape;
use crate::spec::LayerSpec;

/// `y = x + L(x)`: layers that learn what to change, and a way round them (He et al. 2016). `L`
/// gives the shape that it takes.
///
/// ```
/// use trimpot::Chain;
/// use trimpot::layer::{Dense, Relu, Residual};
///
/// type Block = Residual<Chain![Dense<8, 8>, Relu, Dense<8, 8>]>;
/// type Network = trimpot::network!(Dense<4, 8>, Block, Relu, Dense<8, 2>; from 4);
/// assert_eq!(Network::PARAMETERS, 4 * 8 + 8 + 2 * (8 * 8 + 8) + 8 * 2 + 2);
/// ```
///
/// ```compile_fail,E0271
/// use trimpot::layer::{Dense, Layer, Residual};
/// use trimpot::shape::Vector;
/// let _ = <Residual<Dense<8, 6>> as Layer<Vector<8>>>::PARAMETERS;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residual<L>(pub L);

impl<In: Shape, L: Layer<In, Output = In>> Layer<In> for Residual<L> {
    type Output = In;
    const PARAMETERS: usize = L::PARAMETERS;
    const ACTIVATIONS: usize = L::ACTIVATIONS + 2 * In::LEN;
    const SPECS: usize = 1 + L::SPECS;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Residual(ResidualSpec { layers: L::SPECS as u32 }));
        self.0.for_each_spec(visit);
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        self.0.for_each_constant(visit);
    }

    fn set_statistics(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        self.0.set_statistics(statistics)
    }

    fn initialize<H: Initialization>(&self, how: &H, parameters: &mut [f32], random: &mut Random) {
        self.0.initialize(how, parameters, random);
    }

    #[inline]
    fn forward<V: Lanes>(&self, parameters: &[f32], input: &Values<In, V>) -> Values<In, V> {
        let mut output = self.0.forward::<V>(parameters, input);
        add::<In, V>(&mut output, input);
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        sink: S,
        noise: Noise<V>,
        input: &Values<In, V>,
        mut input_gradient: Option<&mut Values<In, V>>,
        rest: impl FnOnce(&Values<In, V>, &mut Values<In, V>) -> R,
    ) -> R {
        let mut gradient = In::zeros::<V>();
        let inner_gradient = input_gradient.as_deref_mut();
        let result = self.0.backpropagate(
            sink,
            noise.inside(),
            input,
            inner_gradient,
            |inner: &Values<In, V>, inner_gradient: &mut Values<In, V>| {
                let mut output = *inner;
                add::<In, V>(&mut output, input);
                let result = rest(&output, &mut gradient);
                *inner_gradient = gradient;
                result
            },
        );
        if let Some(input_gradient) = input_gradient {
            add::<In, V>(input_gradient, &gradient);
        }
        result
    }
}

/// Adds `other` to `sum`, element by element.
#[inline(always)]
fn add<S: Shape, V: Lanes>(sum: &mut Values<S, V>, other: &Values<S, V>) {
    for (sum, &other) in S::flat_mut::<V>(sum).iter_mut().zip(S::flat::<V>(other)) {
        *sum += other;
    }
}
