//! What each layer says of itself.

use trimpot::ParameterError;
use trimpot::layer::{
    AveragePool1d, AveragePool2d, BatchNorm, Conv1d, Conv2d, Dense, DepthwiseConv1d,
    DepthwiseConv2d, Dropout, Each, Elu, Embedding, Flatten, Gelu, GeluTanh, GlobalAveragePool,
    HardSigmoid, HardSwish, HardTanh, LayerNorm, LeakyRelu, MaxPool1d, MaxPool2d, Relu, Reshape,
    Sigmoid, Silu, Softplus, Softsign, Tanh,
};
use trimpot::shape::{Image, Rows};

use super::{Module, Modules, Tensor, named, unusual};

impl<const I: usize, const O: usize> Modules for Dense<I, O> {
    fn modules(&self) -> Vec<Module> {
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
    fn modules(&self) -> Vec<Module> {
        let name = format!("Conv2d({I}, {O}, {})", moves(K, S, 1, P));
        Module::affine(name, &[O, I, K, K], O)
    }
}

impl<const I: usize, const O: usize, const L: usize, const K: usize, const S: usize, const P: usize>
    Modules for Conv1d<I, Rows<O, L>, K, S, P>
{
    fn modules(&self) -> Vec<Module> {
        let name = format!("Conv1d({I}, {O}, {})", moves(K, S, 1, P));
        Module::affine(name, &[O, I, K], O)
    }
}

impl<const C: usize, const H: usize, const W: usize, const K: usize, const S: usize, const P: usize>
    Modules for DepthwiseConv2d<Image<C, H, W>, K, S, P>
{
    fn modules(&self) -> Vec<Module> {
        let name = format!("DepthwiseConv2d({C}, {})", moves(K, S, 1, P));
        Module::affine(name, &[C, 1, K, K], C)
    }
}

impl<const C: usize, const L: usize, const K: usize, const S: usize, const P: usize> Modules
    for DepthwiseConv1d<Rows<C, L>, K, S, P>
{
    fn modules(&self) -> Vec<Module> {
        let name = format!("DepthwiseConv1d({C}, {})", moves(K, S, 1, P));
        Module::affine(name, &[C, 1, K], C)
    }
}

macro_rules! pools {
    ($($pool:ident),*) => {$(
        impl<Out, const K: usize, const S: usize> Modules for $pool<Out, K, S> {
            fn modules(&self) -> Vec<Module> {
                Module::plain(format!("{}({})", stringify!($pool), moves(K, S, K, 0)))
            }
        }
    )*};
}
pools!(MaxPool2d, AveragePool2d, MaxPool1d, AveragePool1d);

impl<const N: usize> Modules for LayerNorm<N> {
    fn modules(&self) -> Vec<Module> {
        let epsilon = unusual("epsilon", self.epsilon(), Self::default().epsilon());
        let name = named("LayerNorm", [N.to_string()].into_iter().chain(epsilon));
        Module::affine(name, &[N], N)
    }
}

/// With its statistics, under PyTorch's names.
impl<const C: usize> Modules for BatchNorm<C> {
    fn modules(&self) -> Vec<Module> {
        let epsilon = unusual("epsilon", self.epsilon(), Self::default().epsilon());
        let name = named("BatchNorm", [C.to_string()].into_iter().chain(epsilon));
        let mut modules = Module::affine(name, &[C], C);
        for module in &mut modules {
            module.tensors.push(Tensor::of_statistics("running_mean", self.mean()));
            module.tensors.push(Tensor::of_statistics("running_var", self.variance()));
        }
        modules
    }

    fn restore(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        let mut next = || {
            let (numbers, rest) =
                statistics.split_first_chunk::<C>().expect("the run is long enough");
            *statistics = rest;
            *numbers
        };
        *self = BatchNorm::new(next(), next())?.with_epsilon(self.epsilon())?;
        Ok(())
    }
}

impl<const N: usize, const D: usize> Modules for Embedding<N, D> {
    fn modules(&self) -> Vec<Module> {
        let tensors = vec![Tensor::of_parameters("weight", &[N, D])];
        vec![Module { name: format!("Embedding({N}, {D})"), tensors }]
    }
}

impl<const N: usize> Modules for Flatten<N> {
    fn modules(&self) -> Vec<Module> {
        Module::plain("Flatten")
    }
}

impl<Out> Modules for Reshape<Out> {
    fn modules(&self) -> Vec<Module> {
        Module::plain("Reshape")
    }
}

/// An activation of the user's own goes by the name it has. What it may be set to is not known here.
impl<A: trimpot::layer::Activation> Modules for Each<A> {
    fn modules(&self) -> Vec<Module> {
        Module::plain(A::NAME)
    }
}

macro_rules! without_parameters {
    ($($layer:ident $(($($setting:ident = $get:ident),+))?;)*) => {$(
        impl Modules for $layer {
            fn modules(&self) -> Vec<Module> {
                let settings: Vec<Option<String>> = vec![
                    $($(unusual(stringify!($setting), self.$get(), Self::default().$get())),+)?
                ];
                Module::plain(named(stringify!($layer), settings.into_iter().flatten()))
            }
        }
    )*};
}

without_parameters! {
    Relu;
    LeakyRelu(slope = negative_slope);
    Elu(alpha = alpha);
    Gelu;
    GeluTanh;
    Silu;
    Sigmoid;
    Tanh;
    Softplus;
    Softsign;
    HardSigmoid;
    HardSwish;
    HardTanh(low = low, high = high);
    Dropout(rate = rate);
    GlobalAveragePool;
}
