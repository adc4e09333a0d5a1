//! The layers of a network by name, as PyTorch's `nn.Sequential` numbers them.

use trimpot::layer::{Chain, Dense, Dropout, Relu, Sigmoid, Tanh};

/// One layer: what it is, and its parameters in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The layer and its sizes, such as `Dense(64, 32)`.
    pub name: String,
    /// The name and the shape of each of its tensors.
    pub tensors: Vec<(&'static str, Vec<usize>)>,
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
        let tensors = vec![("weight", vec![O, I]), ("bias", vec![O])];
        vec![Module { name: format!("Dense({I}, {O})"), tensors }]
    }
}

macro_rules! without_parameters {
    ($($layer:ident),*) => {$(
        impl Modules for $layer {
            fn modules() -> Vec<Module> {
                vec![Module { name: stringify!($layer).to_owned(), tensors: Vec::new() }]
            }
        }
    )*};
}

without_parameters!(Relu, Sigmoid, Tanh, Dropout);

/// A tensor of a network: its name, such as `2.weight`, and its shape.
pub(crate) type Tensor = (String, Vec<usize>);

/// All tensors of some layers, in the order of the parameters.
pub(crate) fn tensors<L: Modules>() -> Vec<Tensor> {
    let numbered = L::modules().into_iter().enumerate();
    let tensors = numbered.flat_map(|(number, module)| {
        let named = move |(name, shape)| (format!("{number}.{name}"), shape);
        module.tensors.into_iter().map(named)
    });
    tensors.collect()
}

/// The layers in one line: `Dense(64, 32), Relu, Dense(32, 10)`.
pub fn architecture<L: Modules>() -> String {
    L::modules().into_iter().map(|module| module.name).collect::<Vec<_>>().join(", ")
}
