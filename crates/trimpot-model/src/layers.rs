//! The layers of a network, as data.

use trimpot::layer::Layer;
use trimpot::shape::Shape;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec, PlacedTensor, Role};

/// What the layers of a network are, and the numbers in them that training does not change.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// The shape of a sample.
    pub input: Dims,
    /// The layers.
    pub specs: Vec<LayerSpec>,
    /// Statistics, and the numbers of frozen layers: see [`trimpot::spec`].
    pub constants: Vec<f32>,
}

impl Layers {
    /// Those of a network that is to be trained, none of which is frozen. Statistics are as if
    /// normal numbers came in: means of 0, variances of 1.
    pub fn untrained(input: Dims, specs: Vec<LayerSpec>) -> Self {
        let constants = NetworkSpec { input, layers: &specs }.constants();
        let mut layers = Layers { input, specs, constants: vec![0.0; constants] };
        for tensor in layers.tensors() {
            if tensor.tensor.name == "running_var" {
                layers.constants[tensor.at..tensor.at + tensor.tensor.count()].fill(1.0);
            }
        }
        layers
    }

    /// Those that a type has.
    pub fn of<In: Shape, L: Layer<In>>(layers: &L) -> Self {
        let (mut specs, mut constants) = (Vec::new(), Vec::new());
        layers.for_each_spec(&mut |spec| specs.push(spec));
        layers.for_each_constant(&mut |numbers| constants.extend_from_slice(numbers));
        Layers { input: In::DIMS, specs, constants }
    }

    /// The layers alone. Shown, they are what a model file names as its architecture.
    pub fn spec(&self) -> NetworkSpec<'_> {
        NetworkSpec { input: self.input, layers: &self.specs }
    }

    /// How many numbers come out. The layers make a network.
    pub fn outputs(&self) -> usize {
        self.spec().output().map_or(0, Dims::count)
    }

    /// All tensors.
    pub(crate) fn tensors(&self) -> Vec<PlacedTensor> {
        let mut tensors = Vec::new();
        self.spec().for_each_tensor(&mut |tensor| tensors.push(tensor));
        tensors
    }

    /// The numbers of a tensor, where the network has these parameters.
    pub(crate) fn numbers<'a>(&'a self, tensor: &PlacedTensor, parameters: &'a [f32]) -> &'a [f32] {
        let all = match tensor.role {
            Role::Parameter => parameters,
            Role::Statistic | Role::Frozen => &self.constants,
        };
        &all[tensor.at..tensor.at + tensor.tensor.count()]
    }
}
