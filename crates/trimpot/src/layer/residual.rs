//! Residual connections: layers whose input is added to their output.

use super::initialization::Initialization;
use super::{GradientSink, Layer, ResidualSpec};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::layer::sealed::Sealed;
use crate::pass::Pass;
use crate::plan::PlannedStep;
use crate::random::Random;
use crate::shape::Shape;
use crate::spec::{LayerList, LayerSpec};

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

impl<L> Sealed for Residual<L> {}

impl<In: Shape, L: Layer<In, Output = In>> Layer<In> for Residual<L> {
    type Output = In;
    const PARAMETERS: usize = L::PARAMETERS;
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::Residual(ResidualSpec { layers: L::LAYERS.len() as u32 }))
            .and(&L::LAYERS);

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Residual(ResidualSpec { layers: L::LAYERS.len() as u32 }));
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

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_forward<V: Lanes>(
        &self,
        steps: &[PlannedStep],
        parameters: &[f32],
        pass: &mut Pass<'_, V>,
    ) {
        let [_branch, inside @ .., join] = steps else { return };
        self.0.run_forward(inside, parameters, pass);
        pass.join(join);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_backward<V: Lanes, S: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        sink: S,
        pass: &mut Pass<'_, V>,
    ) {
        let [branch, inside @ .., join] = steps else { return };
        pass.backward_around(join);
        self.0.run_backward(inside, sink, pass);
        pass.backward_around(branch);
    }
}
