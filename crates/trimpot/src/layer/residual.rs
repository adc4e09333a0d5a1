//! Residual connections: layers whose input is added to their output, or what others make of it.

use super::initialization::Initialization;
use super::{GradientSink, Layer, ResidualSpec, ShortcutSpec, split, split_mut};
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

/// `y = S(x) + L(x)`: layers that change the shape, and others on the way round them, which change
/// it likewise (He et al. 2016, projection shortcuts). `S`, the shortcut, is computed first, and its
/// parameters come first. PyTorch's and Keras' ResNets have a convolution of one number there, with
/// the stride of the block.
///
/// ```
/// use trimpot::Chain;
/// use trimpot::layer::{Conv2d, Layer, Relu, ResidualWith};
/// use trimpot::shape::Image;
///
/// type In = Image<16, 32, 32>;
/// type Out = Image<32, 16, 16>;
/// type Block = ResidualWith<
///     Conv2d<16, Out, 1, 2>,
///     Chain![Conv2d<16, Out, 3, 2, 1>, Relu, Conv2d<32, Out, 3, 1, 1>],
/// >;
/// let shortcut = 32 * 16 + 32;
/// assert_eq!(<Block as Layer<In>>::PARAMETERS, shortcut + 32 * 16 * 9 + 32 + 32 * 32 * 9 + 32);
/// ```
///
/// ```compile_fail,E0271
/// use trimpot::layer::{Dense, Layer, ResidualWith};
/// use trimpot::shape::Vector;
/// let _ = <ResidualWith<Dense<8, 6>, Dense<8, 5>> as Layer<Vector<8>>>::PARAMETERS;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ResidualWith<S, L>(pub S, pub L);

impl<S, L> Sealed for ResidualWith<S, L> {}

impl<In: Shape, S: Layer<In>, L: Layer<In, Output = S::Output>> Layer<In> for ResidualWith<S, L> {
    type Output = S::Output;
    const PARAMETERS: usize = S::PARAMETERS + L::PARAMETERS;
    const LAYERS: LayerList = {
        let [residual, shortcut] = around(&S::LAYERS, &L::LAYERS);
        let shortcut = LayerList::new(shortcut).and(&S::LAYERS);
        LayerList::new(residual).and(&shortcut).and(&L::LAYERS)
    };

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        let [residual, shortcut] = const { around(&S::LAYERS, &L::LAYERS) };
        visit(residual);
        visit(shortcut);
        self.0.for_each_spec(visit);
        self.1.for_each_spec(visit);
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        self.0.for_each_constant(visit);
        self.1.for_each_constant(visit);
    }

    fn set_statistics(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        self.0.set_statistics(statistics)?;
        self.1.set_statistics(statistics)
    }

    fn initialize<H: Initialization>(&self, how: &H, parameters: &mut [f32], random: &mut Random) {
        let (shortcut, layers) = split_mut(parameters, S::PARAMETERS);
        self.0.initialize(how, shortcut, random);
        self.1.initialize(how, layers, random);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_forward<V: Lanes>(
        &self,
        steps: &[PlannedStep],
        parameters: &[f32],
        pass: &mut Pass<'_, V>,
    ) {
        let [_branch, inside @ .., join] = steps else { return };
        let (shortcut, [_turn, inside @ ..]) = split(inside, const { S::LAYERS.steps() }) else {
            return;
        };
        let (of_shortcut, others) = split(parameters, S::PARAMETERS);
        self.0.run_forward(shortcut, of_shortcut, pass);
        self.1.run_forward(inside, others, pass);
        pass.join(join);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_backward<V: Lanes, Sink: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        sink: Sink,
        pass: &mut Pass<'_, V>,
    ) {
        let [branch, inside @ .., join] = steps else { return };
        let (shortcut, [turn, inside @ ..]) = split(inside, const { S::LAYERS.steps() }) else {
            return;
        };
        let (of_shortcut, others) = sink.split(pass.parameters(shortcut, S::PARAMETERS));
        pass.backward_around(join);
        self.1.run_backward(inside, others, pass);
        pass.backward_around(turn);
        self.0.run_backward(shortcut, of_shortcut, pass);
        pass.backward_around(branch);
    }
}

/// Returns the specs in front of those of a shortcut and of the layers that it goes round.
const fn around(shortcut: &LayerList, layers: &LayerList) -> [LayerSpec; 2] {
    let [inside, layers] = [shortcut.len() as u32, layers.len() as u32];
    [
        LayerSpec::Residual(ResidualSpec { layers: 1 + inside + layers }),
        LayerSpec::Shortcut(ShortcutSpec { layers: inside }),
    ]
}
