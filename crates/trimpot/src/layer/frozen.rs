//! Layers that are used but not trained.

use super::initialization::Initialization;
use super::{Accumulate, FrozenSpec, GradientSink, Layer};
use crate::lanes::Lanes;
use crate::layer::sealed::Sealed;
use crate::pass::Pass;
use crate::plan::PlannedStep;
use crate::random::Random;
use crate::shape::Shape;
use crate::spec::{LayerList, LayerSpec};

/// Layers whose parameters stay as they are, in flash: they cost no memory, count as no parameters
/// of the network, and do what they do in deployment.
///
/// The backward pass **ends here**: no gradient goes to layers before this one, which therefore do
/// not learn. So it belongs first, as the part that was trained on the PC and only extracts
/// features. (PyTorch's `requires_grad = False` freezes the parameters, but lets gradients
/// through.) There is one exception: a normalisation that is all there is in it, as the last layer
/// of a network, gives outputs their units, and lets gradients through; see
/// [`output_scale`](crate::output_scale).
///
/// ```
/// use trimpot::layer::{Dense, Frozen, Relu};
/// use trimpot::{Chain, chain, network};
///
/// // From training on the PC; in flash, as it is a `static`.
/// static FEATURES: [f32; 4 * 16 + 16] = [0.01; 80];
///
/// type Extractor = Chain![Dense<4, 16>, Relu];
/// type Network = network!(Frozen<Extractor, 80>, Dense<16, 2>; from 4);
/// assert_eq!(Network::PARAMETERS, 16 * 2 + 2);
///
/// let frozen = Frozen::new(chain![Dense, Relu], &FEATURES);
/// let mut network = Network::new(chain![frozen, Dense], [0.0; Network::PARAMETERS]);
/// network.initialize(1);
/// ```
///
/// ```compile_fail,E0080
/// use trimpot::layer::{Dense, Frozen, Layer};
/// use trimpot::shape::Vector;
/// let _ = <Frozen<Dense<4, 16>, 64> as Layer<Vector<4>>>::PARAMETERS; // and 16 biases
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frozen<L, const P: usize> {
    layer: L,
    parameters: &'static [f32; P],
}

impl<L, const P: usize> Frozen<L, P> {
    /// Creates a layer of these layers with these parameters, which are never trained.
    pub const fn new(layer: L, parameters: &'static [f32; P]) -> Self {
        Frozen { layer, parameters }
    }

    /// Returns the layers.
    pub const fn layer(&self) -> &L {
        &self.layer
    }

    /// Their parameters.
    pub const fn parameters(&self) -> &'static [f32; P] {
        self.parameters
    }
}

impl<L, const P: usize> Sealed for Frozen<L, P> {}

impl<In: Shape, L: Layer<In>, const P: usize> Layer<In> for Frozen<L, P> {
    type Output = L::Output;
    const PARAMETERS: usize = {
        assert!(P == L::PARAMETERS, "frozen layers have as many parameters as they need");
        0
    };
    const LAYERS: LayerList =
        LayerList::new(LayerSpec::Frozen(FrozenSpec { layers: L::LAYERS.len() as u32 }))
            .and(&L::LAYERS);

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::Frozen(FrozenSpec { layers: L::LAYERS.len() as u32 }));
        self.layer.for_each_spec(visit);
    }

    fn for_each_constant(&self, visit: &mut dyn FnMut(&[f32])) {
        visit(self.parameters);
        self.layer.for_each_constant(visit);
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_forward<V: Lanes>(
        &self,
        steps: &[PlannedStep],
        _parameters: &[f32],
        pass: &mut Pass<'_, V>,
    ) {
        self.layer.run_forward(steps, self.parameters, pass);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn run_backward<V: Lanes, S: GradientSink<V>>(
        &self,
        steps: &[PlannedStep],
        _sink: S,
        pass: &mut Pass<'_, V>,
    ) {
        match steps {
            [only] if only.scales_outputs => {
                let sink = Accumulate::<V>::new(self.parameters, &mut []);
                self.layer.run_backward(steps, sink, pass);
            }
            // Zeros, whatever is inside: what the first step leaves is that of the input.
            [first, ..] => pass.backward_around(first),
            [] => {}
        }
    }
}
