//! The layers of a model as a tree, each with its numbers.

use std::fmt::{self, Display, Formatter};

use trimpot::spec::{Dims, LayerSpec, PlacedTensor};

use super::ExportError;
use crate::file::StoredModel;

/// A tensor with its numbers.
pub(super) struct Tensor<'a> {
    /// Its name in its layer.
    pub name: &'static str,
    pub sizes: Vec<u32>,
    /// Whether it is one of the parameters of its layer, be they frozen or not.
    pub is_trained: bool,
    pub numbers: &'a [f32],
}

/// A layer with its tensors, and the layers inside of it.
pub(super) struct Node<'a> {
    pub spec: LayerSpec,
    /// Its number, behind those of the layers that it is inside of: `3.0`.
    pub path: String,
    pub input: Dims,
    pub output: Dims,
    pub tensors: Vec<Tensor<'a>>,
    pub inside: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    /// Returns the numbers of a tensor, of which it has one of this name.
    pub fn numbers(&self, name: &str) -> &'a [f32] {
        self.tensors.iter().find(|tensor| tensor.name == name).map_or(&[], |tensor| tensor.numbers)
    }

    /// Returns all parameters of the layer and of those inside, but of frozen ones.
    pub fn parameters(&self) -> Vec<(String, &Tensor<'a>)> {
        let own = self.tensors.iter().filter(|tensor| tensor.is_trained);
        let own = own.map(|tensor| (format!("{}.{}", self.path, tensor.name), tensor));
        let inside = self.inside.iter().filter(|node| !node.is_frozen());
        own.chain(inside.flat_map(Node::parameters)).collect()
    }

    /// Returns the layers of a residual connection: those of its shortcut, if it has one, and the
    /// others.
    pub fn ways(&self) -> (Option<&[Node<'a>]>, &[Node<'a>]) {
        match &*self.inside {
            [Node { spec: LayerSpec::Shortcut(_), inside, .. }, others @ ..] => {
                (Some(inside), others)
            }
            inside => (None, inside),
        }
    }

    pub fn is_frozen(&self) -> bool {
        matches!(self.spec, LayerSpec::Frozen(_))
    }

    /// Returns its path as a part of an identifier: `3_0`.
    pub fn identifier(&self) -> String {
        self.path.replace('.', "_")
    }
}

/// `2, Conv2d(1, 8, 3)`.
impl Display for Node<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.spec {
            spec if spec.has_inside() => write!(f, "{}, {}", self.path, spec.name()),
            spec => write!(f, "{}, {spec}", self.path),
        }
    }
}

/// Returns the layers of a model that are inside of no other.
pub(super) fn nodes(model: &StoredModel) -> Result<Vec<Node<'_>>, ExportError> {
    let layers = &model.layers;
    layers.spec().output()?;
    let mut tensors = layers.tensors().into_iter();
    let (nodes, _) = read(model, &mut tensors, &layers.specs, layers.input, "");
    Ok(nodes)
}

/// Returns layers and the shape of what the last one gives. Tensors come in the order of layers.
fn read<'a>(
    model: &'a StoredModel,
    tensors: &mut impl Iterator<Item = PlacedTensor>,
    specs: &[LayerSpec],
    input: Dims,
    around: &str,
) -> (Vec<Node<'a>>, Dims) {
    let (mut nodes, mut rest, mut dims) = (Vec::new(), specs, input);
    while let [spec, behind @ ..] = rest {
        let (inside, others) = behind.split_at(spec.inside());
        let path = format!("{around}{}", nodes.len());
        let count = spec.tensors().iter().count();
        let own = tensors.take(count).map(|placed| Tensor {
            name: placed.tensor.name,
            sizes: placed.tensor.sizes().to_vec(),
            is_trained: placed.tensor.is_trained,
            numbers: model.layers.numbers(&placed, &model.parameters),
        });
        let own = own.collect();
        let (inside, output) = if spec.has_inside() {
            read(model, tensors, inside, dims, &format!("{path}."))
        } else {
            (Vec::new(), spec.output(dims).unwrap_or(dims))
        };
        nodes.push(Node { spec: *spec, path, input: dims, output, tensors: own, inside });
        rest = others;
        if !matches!(spec, LayerSpec::Shortcut(_)) {
            dims = output;
        }
    }
    (nodes, dims)
}
