//! The layers of a network by name, as PyTorch's `nn.Sequential` numbers them.

use trimpot::layer::{
    AveragePool1d, AveragePool2d, BatchNorm, Chain, Conv1d, Conv2d, Dense, DepthwiseConv1d,
    DepthwiseConv2d, Dropout, Each, Elu, Embedding, Flatten, Frozen, Gelu, GlobalAveragePool,
    HardSigmoid, HardSwish, HardTanh, LayerNorm, LeakyRelu, MaxPool1d, MaxPool2d, Relu, Reshape,
    Residual, Sigmoid, Silu, Softplus, Softsign, Tanh,
};
use trimpot::shape::{Image, Rows};

/// One layer: what it is, and its parameters in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The layer and its sizes, such as `Dense(64, 32)`.
    pub name: String,
    /// The name and the shape of each of its tensors.
    pub tensors: Vec<(String, Vec<usize>)>,
}

impl Module {
    /// A layer without parameters.
    pub(crate) fn plain(name: impl Into<String>) -> Vec<Self> {
        vec![Module { name: name.into(), tensors: Vec::new() }]
    }

    /// A layer with these weights and so many biases.
    pub(crate) fn affine(name: String, weight: &[usize], biases: usize) -> Vec<Self> {
        let tensors =
            vec![("weight".to_owned(), weight.to_vec()), ("bias".to_owned(), vec![biases])];
        vec![Module { name, tensors }]
    }
}

/// Layers that can say which modules they are made of.
pub trait Modules {
    /// The modules in order, one a layer.
    fn modules() -> Vec<Module>;
}

impl<A: Modules, B: Modules> Modules for Chain<A, B> {
    fn modules() -> Vec<Module> {
        let mut modules = A::modules();
        modules.extend(B::modules());
        modules
    }
}

impl<const I: usize, const O: usize> Modules for Dense<I, O> {
    fn modules() -> Vec<Module> {
        Module::affine(format!("Dense({I}, {O})"), &[O, I], O)
    }
}

/// What a moving window is told of, as far as it is not the usual.
fn moves(size: usize, stride: usize, usual: usize, padding: usize) -> String {
    let stride = if stride == usual { String::new() } else { format!(", stride={stride}") };
    let padding = if padding == 0 { String::new() } else { format!(", padding={padding}") };
    format!("{size}{stride}{padding}")
}

impl<
    const I: usize,
    const O: usize,
    const H: usize,
    const W: usize,
    const K: usize,
    const S: usize,
    const P: usize,
> Modules for Conv2d<I, Image<O, H, W>, K, S, P>
{
    fn modules() -> Vec<Module> {
        let name = format!("Conv2d({I}, {O}, {})", moves(K, S, 1, P));
        Module::affine(name, &[O, I, K, K], O)
    }
}

impl<const I: usize, const O: usize, const L: usize, const K: usize, const S: usize, const P: usize>
    Modules for Conv1d<I, Rows<O, L>, K, S, P>
{
    fn modules() -> Vec<Module> {
        let name = format!("Conv1d({I}, {O}, {})", moves(K, S, 1, P));
        Module::affine(name, &[O, I, K], O)
    }
}

impl<const C: usize, const H: usize, const W: usize, const K: usize, const S: usize, const P: usize>
    Modules for DepthwiseConv2d<Image<C, H, W>, K, S, P>
{
    fn modules() -> Vec<Module> {
        let name = format!("DepthwiseConv2d({C}, {})", moves(K, S, 1, P));
        Module::affine(name, &[C, 1, K, K], C)
    }
}

impl<const C: usize, const L: usize, const K: usize, const S: usize, const P: usize> Modules
    for DepthwiseConv1d<Rows<C, L>, K, S, P>
{
    fn modules() -> Vec<Module> {
        let name = format!("DepthwiseConv1d({C}, {})", moves(K, S, 1, P));
        Module::affine(name, &[C, 1, K], C)
    }
}

macro_rules! pools {
    ($($pool:ident),*) => {$(
        impl<Out, const K: usize, const S: usize> Modules for $pool<Out, K, S> {
            fn modules() -> Vec<Module> {
                Module::plain(format!("{}({})", stringify!($pool), moves(K, S, K, 0)))
            }
        }
    )*};
}
pools!(MaxPool2d, AveragePool2d, MaxPool1d, AveragePool1d);

impl<const N: usize> Modules for LayerNorm<N> {
    fn modules() -> Vec<Module> {
        Module::affine(format!("LayerNorm({N})"), &[N], N)
    }
}

/// γ and β alone: the statistics are settings of the layer, and no parameters.
impl<const C: usize> Modules for BatchNorm<C> {
    fn modules() -> Vec<Module> {
        Module::affine(format!("BatchNorm({C})"), &[C], C)
    }
}

impl<const N: usize, const D: usize> Modules for Embedding<N, D> {
    fn modules() -> Vec<Module> {
        let tensors = vec![("weight".to_owned(), vec![N, D])];
        vec![Module { name: format!("Embedding({N}, {D})"), tensors }]
    }
}

/// One module whose tensors are those of an `nn.Sequential` in it: `0.weight` and so on.
impl<L: Modules> Modules for Residual<L> {
    fn modules() -> Vec<Module> {
        let name = format!("Residual({})", architecture::<L>());
        vec![Module { name, tensors: tensors::<L>() }]
    }
}

/// Without tensors: they are not the network's.
impl<L: Modules, const P: usize> Modules for Frozen<L, P> {
    fn modules() -> Vec<Module> {
        Module::plain(format!("Frozen({})", architecture::<L>()))
    }
}

impl<const N: usize> Modules for Flatten<N> {
    fn modules() -> Vec<Module> {
        Module::plain("Flatten")
    }
}

impl<Out> Modules for Reshape<Out> {
    fn modules() -> Vec<Module> {
        Module::plain("Reshape")
    }
}

/// An activation of the user's own goes by the name it has.
impl<A: trimpot::layer::Activation> Modules for Each<A> {
    fn modules() -> Vec<Module> {
        Module::plain(A::NAME)
    }
}

macro_rules! without_parameters {
    ($($layer:ident),*) => {$(
        impl Modules for $layer {
            fn modules() -> Vec<Module> {
                Module::plain(stringify!($layer))
            }
        }
    )*};
}

without_parameters!(
    Relu,
    LeakyRelu,
    Elu,
    Gelu,
    Silu,
    Sigmoid,
    Tanh,
    Softplus,
    Softsign,
    HardSigmoid,
    HardSwish,
    HardTanh,
    Dropout,
    GlobalAveragePool
);

/// A tensor of a network: its name, such as `2.weight`, and its shape.
pub(crate) type Tensor = (String, Vec<usize>);

/// All tensors of some layers, in the order of the parameters.
pub(crate) fn tensors<L: Modules>() -> Vec<Tensor> {
    tensors_of(L::modules())
}

/// All tensors of some modules.
pub(crate) fn tensors_of(modules: Vec<Module>) -> Vec<Tensor> {
    let numbered = modules.into_iter().enumerate();
    let tensors = numbered.flat_map(|(number, module)| {
        let named = move |(name, shape)| (format!("{number}.{name}"), shape);
        module.tensors.into_iter().map(named)
    });
    tensors.collect()
}

/// The layers in one line: `Dense(64, 32), Relu, Dense(32, 10)`.
pub fn architecture<L: Modules>() -> String {
    in_one_line(&L::modules())
}

/// Layers in one line.
pub(crate) fn in_one_line(modules: &[Module]) -> String {
    modules.iter().map(|module| module.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use trimpot::Chain;
    use trimpot::layer::Layer;

    use super::*;

    type Separable = Chain![
        Conv2d<1, Image<4, 4, 4>, 3, 2, 1>, BatchNorm<4>, Relu, DepthwiseConv2d<Image<4, 4, 4>, 3, 1, 1>,
        Residual<Chain![Conv2d<4, Image<4, 4, 4>, 1>, Gelu]>, MaxPool2d<Image<4, 3, 3>, 2, 1>,
        Flatten<36>, LayerNorm<36>, Dense<36, 3>
    ];

    #[test]
    fn tensors_are_named_and_shaped_as_in_pytorch() {
        let named: Vec<_> = tensors::<Separable>();
        let named: Vec<_> = named.iter().map(|(name, shape)| (name.as_str(), &shape[..])).collect();
        let expected: [(&str, &[usize]); 12] = [
            ("0.weight", &[4, 1, 3, 3]),
            ("0.bias", &[4]),
            ("1.weight", &[4]),
            ("1.bias", &[4]),
            ("3.weight", &[4, 1, 3, 3]),
            ("3.bias", &[4]),
            ("4.0.weight", &[4, 4, 1, 1]),
            ("4.0.bias", &[4]),
            ("7.weight", &[36]),
            ("7.bias", &[36]),
            ("8.weight", &[3, 36]),
            ("8.bias", &[3]),
        ];
        assert_eq!(named, expected);
        let numbers: usize = named.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        assert_eq!(numbers, <Separable as Layer<Image<1, 8, 8>>>::PARAMETERS);
    }

    #[test]
    fn an_architecture_says_what_shapes_its_layers() {
        assert_eq!(
            architecture::<Separable>(),
            "Conv2d(1, 4, 3, stride=2, padding=1), BatchNorm(4), Relu, DepthwiseConv2d(4, 3, padding=1), \
             Residual(Conv2d(4, 4, 1), Gelu), MaxPool2d(2, stride=1), Flatten, LayerNorm(36), Dense(36, 3)"
        );
    }
}
