//! The layers of a network by name, as PyTorch's `nn.Sequential` numbers them, and what they hold.

mod layers;

use trimpot::ParameterError;
use trimpot::layer::{Chain, Frozen, Residual};

/// One layer: what it is, and its tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The layer, its sizes, and those of its settings that are not the usual ones: `Dense(64, 32)`, `Dropout(rate=0.1)`.
    pub name: String,
    /// Its tensors; those of parameters in the order of the parameters.
    pub tensors: Vec<Tensor>,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name: in the layer `weight`, in the network `2.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Values,
}

/// Where the numbers of a tensor are.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// They are the next ones of the network's parameters.
    Parameters,
    /// In the layer: these ones. [`Modules::restore`] changes them.
    Statistics(Vec<f32>),
    /// In a layer that keeps them for good: these ones.
    Frozen(Vec<f32>),
}

impl Tensor {
    /// A tensor of parameters.
    fn of_parameters(name: &str, shape: &[usize]) -> Self {
        Tensor { name: name.to_owned(), shape: shape.to_vec(), values: Values::Parameters }
    }

    /// One number of each channel.
    fn of_statistics(name: &str, values: &[f32]) -> Self {
        let (shape, values) = (vec![values.len()], Values::Statistics(values.to_vec()));
        Tensor { name: name.to_owned(), shape, values }
    }

    /// Its numbers. Those of parameters are taken from the front of the run.
    pub(crate) fn numbers(&self, parameters: &mut &[f32]) -> Vec<f32> {
        match &self.values {
            Values::Parameters => {
                let (numbers, rest) = parameters.split_at(self.shape.iter().product());
                *parameters = rest;
                numbers.to_vec()
            }
            Values::Statistics(values) | Values::Frozen(values) => values.clone(),
        }
    }
}

impl Module {
    /// A layer without parameters.
    pub(crate) fn plain(name: impl Into<String>) -> Vec<Self> {
        vec![Module { name: name.into(), tensors: Vec::new() }]
    }

    /// A layer with these weights and so many biases.
    pub(crate) fn affine(name: String, weight: &[usize], biases: usize) -> Vec<Self> {
        let tensors = [("weight", weight), ("bias", &[biases])];
        let tensors = tensors.map(|(name, shape)| Tensor::of_parameters(name, shape));
        vec![Module { name, tensors: tensors.into() }]
    }
}

/// Layers that can say which modules they are made of.
pub trait Modules {
    /// The modules in order, one a layer.
    fn modules(&self) -> Vec<Module>;

    /// Takes new [`Values::Statistics`] from the front of a run, in the order of [`modules`](Self::modules). The run
    /// is as long as theirs.
    ///
    /// Layers without any have nothing to do.
    fn restore(&mut self, _statistics: &mut &[f32]) -> Result<(), ParameterError> {
        Ok(())
    }
}

impl<A: Modules, B: Modules> Modules for Chain<A, B> {
    fn modules(&self) -> Vec<Module> {
        let mut modules = self.0.modules();
        modules.extend(self.1.modules());
        modules
    }

    fn restore(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        self.0.restore(statistics)?;
        self.1.restore(statistics)
    }
}

/// One module whose tensors are those of an `nn.Sequential` in it: `0.weight` and so on.
impl<L: Modules> Modules for Residual<L> {
    fn modules(&self) -> Vec<Module> {
        let modules = self.0.modules();
        let name = format!("Residual({})", in_one_line(&modules));
        vec![Module { name, tensors: tensors(modules) }]
    }

    fn restore(&mut self, statistics: &mut &[f32]) -> Result<(), ParameterError> {
        self.0.restore(statistics)
    }
}

/// One module, whose tensors are those of an `nn.Sequential` in it. All of them are frozen.
impl<L: Modules, const P: usize> Modules for Frozen<L, P> {
    fn modules(&self) -> Vec<Module> {
        let modules = self.layer().modules();
        let name = format!("Frozen({})", in_one_line(&modules));
        let mut tensors = tensors(modules);
        let mut rest = self.parameters().as_slice();
        for tensor in &mut tensors {
            tensor.values = Values::Frozen(tensor.numbers(&mut rest));
        }
        vec![Module { name, tensors }]
    }
}

/// A layer's name with what there is to say of it.
pub(crate) fn named(name: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().collect();
    if parts.is_empty() { name.to_owned() } else { format!("{name}({})", parts.join(", ")) }
}

/// A setting, unless it is the usual one.
pub(crate) fn unusual(setting: &str, value: f32, usual: f32) -> Option<String> {
    (value != usual).then(|| format!("{setting}={value}"))
}

/// All tensors of some modules, each with its module's number before its name.
pub(crate) fn tensors(modules: Vec<Module>) -> Vec<Tensor> {
    let numbered = modules.into_iter().enumerate();
    let tensors = numbered.flat_map(|(number, module)| {
        let named =
            move |tensor: Tensor| Tensor { name: format!("{number}.{}", tensor.name), ..tensor };
        module.tensors.into_iter().map(named)
    });
    tensors.collect()
}

/// The layers in one line: `Dense(64, 32), Relu, Dense(32, 10)`.
pub fn architecture(layers: &impl Modules) -> String {
    in_one_line(&layers.modules())
}

/// Layers in one line.
pub(crate) fn in_one_line(modules: &[Module]) -> String {
    modules.iter().map(|module| module.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use trimpot::layer::{
        BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, Elu, Flatten, Gelu, HardTanh, Layer,
        LayerNorm, LeakyRelu, MaxPool2d, Relu,
    };
    use trimpot::shape::Image;
    use trimpot::{Chain, chain};

    use super::*;

    type Separable = Chain![
        Conv2d<1, Image<4, 4, 4>, 3, 2, 1>, BatchNorm<4>, Relu, DepthwiseConv2d<Image<4, 4, 4>, 3, 1, 1>,
        Residual<Chain![Conv2d<4, Image<4, 4, 4>, 1>, Gelu]>, MaxPool2d<Image<4, 3, 3>, 2, 1>,
        Flatten<36>, LayerNorm<36>, Dense<36, 3>
    ];

    fn names_and_shapes(tensors: &[Tensor]) -> Vec<(&str, &[usize])> {
        tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect()
    }

    #[test]
    fn tensors_are_named_and_shaped_as_in_pytorch() {
        let tensors = tensors(Separable::default().modules());
        let expected: [(&str, &[usize]); 14] = [
            ("0.weight", &[4, 1, 3, 3]),
            ("0.bias", &[4]),
            ("1.weight", &[4]),
            ("1.bias", &[4]),
            ("1.running_mean", &[4]),
            ("1.running_var", &[4]),
            ("3.weight", &[4, 1, 3, 3]),
            ("3.bias", &[4]),
            ("4.0.weight", &[4, 4, 1, 1]),
            ("4.0.bias", &[4]),
            ("7.weight", &[36]),
            ("7.bias", &[36]),
            ("8.weight", &[3, 36]),
            ("8.bias", &[3]),
        ];
        assert_eq!(names_and_shapes(&tensors), expected);
        let parameters = tensors.iter().filter(|tensor| tensor.values == Values::Parameters);
        let numbers: usize = parameters.map(|tensor| tensor.shape.iter().product::<usize>()).sum();
        assert_eq!(numbers, <Separable as Layer<Image<1, 8, 8>>>::PARAMETERS);
    }

    #[test]
    fn an_architecture_says_what_shapes_its_layers() {
        assert_eq!(
            architecture(&Separable::default()),
            "Conv2d(1, 4, 3, stride=2, padding=1), BatchNorm(4), Relu, DepthwiseConv2d(4, 3, padding=1), \
             Residual(Conv2d(4, 4, 1), Gelu), MaxPool2d(2, stride=1), Flatten, LayerNorm(36), Dense(36, 3)"
        );
    }

    #[test]
    fn an_architecture_says_which_settings_are_unusual() -> Result<(), ParameterError> {
        let usual: Chain![LeakyRelu, Elu, HardTanh, Dropout, LayerNorm<3>, BatchNorm<3>] =
            Default::default();
        let names = "LeakyRelu, Elu, HardTanh, Dropout, LayerNorm(3), BatchNorm(3)";
        assert_eq!(architecture(&usual), names);
        let layers = chain![
            LeakyRelu::with_slope(0.2)?,
            Elu::with_alpha(1.5)?,
            HardTanh::between(-1.0, 6.0)?,
            Residual(Dropout::new(0.1)?),
            LayerNorm::<3>::new().with_epsilon(1e-3)?,
            BatchNorm::<3>::default().with_epsilon(0.5)?
        ];
        assert_eq!(
            architecture(&layers),
            "LeakyRelu(slope=0.2), Elu(alpha=1.5), HardTanh(high=6), Residual(Dropout(rate=0.1)), \
             LayerNorm(3, epsilon=0.001), BatchNorm(3, epsilon=0.5)"
        );
        Ok(())
    }

    #[test]
    fn frozen_layers_hold_their_own_numbers() {
        static FROZEN: [f32; 8] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let layers: Frozen<Chain![Dense<1, 2>, BatchNorm<2>], 8> =
            Frozen::new(Default::default(), &FROZEN);
        assert_eq!(architecture(&layers), "Frozen(Dense(1, 2), BatchNorm(2))");
        let modules = layers.modules();
        let tensors = &modules[0].tensors;
        let values = [
            ("0.weight", vec![0.0, 1.0]),
            ("0.bias", vec![2.0, 3.0]),
            ("1.weight", vec![4.0, 5.0]),
            ("1.bias", vec![6.0, 7.0]),
            ("1.running_mean", vec![0.0, 0.0]),
            ("1.running_var", vec![1.0, 1.0]),
        ];
        assert_eq!(tensors.len(), values.len());
        for (tensor, (name, values)) in tensors.iter().zip(values) {
            assert_eq!((tensor.name.as_str(), &tensor.values), (name, &Values::Frozen(values)));
        }
    }
}
