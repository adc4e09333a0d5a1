//! Lists of layers.

use core::fmt;

use super::cursor::{DEPTH, LayerCursor, Path, Step};
use super::{Dims, Fingerprint, LayerSpec, SpecError, TensorSpec};
use crate::layer::BatchNormSpec;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::LayerKernel;
use crate::layer::split_mut;
use crate::random::Random;

/// A network: the shape of its input, and its layers in order.
///
/// Shown as its layers, with those that are inside of others in their parentheses:
/// `Dense(4, 8), Residual(Dense(8, 8), Relu), Dense(8, 2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkSpec<'a> {
    /// The shape of a sample.
    pub input: Dims,
    /// The layers.
    pub layers: &'a [LayerSpec],
}

/// What the numbers of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Parameters, which training changes.
    Parameter,
    /// Statistics of the data, which a step of the optimizer does not change.
    Statistic,
    /// Numbers of frozen layers.
    Frozen,
}

/// A tensor in a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedTensor {
    path: Path,
    /// What it is in its layer.
    pub tensor: TensorSpec,
    /// What its numbers are.
    pub role: Role,
    /// Where its numbers begin: among the parameters, or among the constants.
    pub at: usize,
}

/// The name that PyTorch gives it in an `nn.Sequential`: `2.weight`, inside of another layer
/// `3.0.weight`.
impl fmt::Display for PlacedTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for number in self.path.numbers() {
            write!(f, "{number}.")?;
        }
        f.write_str(self.tensor.name)
    }
}

impl NetworkSpec<'_> {
    /// How deep layers may be inside of each other.
    pub const MAX_DEPTH: usize = DEPTH;

    /// Returns the shape of the output.
    ///
    /// # Errors
    /// If a layer does not take what the layer before gives, or if counts of layers inside others
    /// are wrong.
    pub const fn output(self) -> Result<Dims, SpecError> {
        let mut cursor = LayerCursor::new(self.layers);
        let mut dims = self.input;
        loop {
            match cursor.next(dims) {
                Ok(Step::Layer(spec)) => match spec.output(dims) {
                    Ok(output)
                        if output.count() == 0
                            || dims.count() == 0
                            || matches!(spec, LayerSpec::Frozen(_) | LayerSpec::Shortcut(_))
                                && spec.inside() == 0 =>
                    {
                        return Err(SpecError::Empty { layer: spec.name() });
                    }
                    Ok(output) => dims = output,
                    Err(error) => return Err(error),
                },
                Ok(Step::Leave(LayerSpec::Residual(_), input)) if !dims.is(input) => {
                    return Err(SpecError::Residual { input, output: dims });
                }
                Ok(Step::Leave(LayerSpec::Shortcut(_), input)) => dims = input,
                Ok(Step::Leave(..)) => {}
                Ok(Step::End) => return Ok(dims),
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the normalisation that gives the outputs their units: that of the last layer, if it
    /// is `Frozen(BatchNorm)` and inside of no other. The gradient goes through it: see
    /// [`output_scale`](crate::output_scale).
    pub const fn output_norm(self) -> Option<BatchNormSpec> {
        let mut rest = self.layers;
        while let [layer, behind @ ..] = rest {
            let Some((inside, others)) = behind.split_at_checked(layer.inside()) else {
                return None;
            };
            if let (LayerSpec::Frozen(_), [LayerSpec::BatchNorm(norm)], []) =
                (layer, inside, others)
            {
                return Some(*norm);
            }
            rest = others;
        }
        None
    }

    /// Returns how many steps a [`Plan`](crate::plan::Plan) of the network has.
    pub const fn steps(self) -> usize {
        let mut steps = 0_usize;
        let mut rest = self.layers;
        while let [layer, others @ ..] = rest {
            steps = steps.saturating_add(match layer {
                LayerSpec::Frozen(_) => 0,
                LayerSpec::Residual(_) => 2,
                // A shortcut has one, at its end.
                _ => 1,
            });
            rest = others;
        }
        steps
    }

    /// Returns how many numbers training changes.
    pub const fn parameters(self) -> usize {
        let [parameters, _] = self.numbers();
        parameters
    }

    /// Returns how many numbers the layers have that training does not change.
    pub const fn constants(self) -> usize {
        let [_, constants] = self.numbers();
        constants
    }

    const fn numbers(self) -> [usize; 2] {
        let mut cursor = LayerCursor::new(self.layers);
        let [mut parameters, mut constants] = [0_usize; 2];
        while let Ok(step) = cursor.next(self.input) {
            match step {
                Step::Layer(spec) => {
                    let tensors = spec.tensors();
                    let trained = tensors.numbers(true);
                    constants = constants.saturating_add(tensors.numbers(false));
                    if cursor.is_frozen() {
                        constants = constants.saturating_add(trained);
                    } else {
                        parameters = parameters.saturating_add(trained);
                    }
                }
                Step::Leave(..) => {}
                Step::End => break,
            }
        }
        [parameters, constants]
    }

    /// Writes random initial parameters: those of the same network as a type. `parameters` holds
    /// [`parameters`](Self::parameters).
    pub fn initialize<H: Initialization>(
        self,
        how: &H,
        parameters: &mut [f32],
        random: &mut Random,
    ) {
        let mut cursor = LayerCursor::new(self.layers);
        let mut rest = parameters;
        while let Ok(step) = cursor.next(self.input) {
            match step {
                Step::Layer(spec) if !cursor.is_frozen() => {
                    let (own, others) = split_mut(rest, spec.tensors().numbers(true));
                    spec.initialize(how, own, random);
                    rest = others;
                }
                Step::Layer(_) | Step::Leave(..) => {}
                Step::End => break,
            }
        }
    }

    /// Hands over all tensors, layer by layer. The constants of frozen layers are first what would
    /// be their parameters, then their constants.
    pub fn for_each_tensor(self, visit: &mut dyn FnMut(PlacedTensor)) {
        let mut cursor = LayerCursor::new(self.layers);
        // Where the next numbers are that are trained, and that are not; the former also around
        // frozen layers.
        let [mut trained, mut constant] = [0_usize; 2];
        let mut around = [0_usize; DEPTH];
        while let Ok(step) = cursor.next(self.input) {
            match step {
                Step::Layer(LayerSpec::Frozen(_)) => {
                    let inside = NetworkSpec { layers: cursor.inside(), ..self };
                    around.rotate_right(1);
                    let [innermost, ..] = &mut around;
                    *innermost = core::mem::replace(&mut trained, constant);
                    constant = constant.saturating_add(inside.parameters());
                }
                Step::Leave(LayerSpec::Frozen(_), _) => {
                    [trained, ..] = around;
                    around.rotate_left(1);
                }
                Step::Layer(spec) => {
                    for &tensor in spec.tensors().iter() {
                        let role = match (cursor.is_frozen(), tensor.is_trained) {
                            (true, _) => Role::Frozen,
                            (false, true) => Role::Parameter,
                            (false, false) => Role::Statistic,
                        };
                        let next = if tensor.is_trained { &mut trained } else { &mut constant };
                        visit(PlacedTensor { path: cursor.path(), tensor, role, at: *next });
                        *next = next.saturating_add(tensor.count());
                    }
                }
                Step::Leave(..) => {}
                Step::End => break,
            }
        }
    }

    /// Computes the fingerprint of the network with these constants.
    pub fn fingerprint(self, constants: &[f32]) -> u32 {
        let mut fingerprint = Fingerprint::new(self.input);
        for &spec in self.layers {
            fingerprint.layer(spec);
        }
        fingerprint.constants(constants);
        fingerprint.value()
    }
}

impl fmt::Display for NetworkSpec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cursor = LayerCursor::new(self.layers);
        let mut separator = "";
        loop {
            match cursor.next(self.input) {
                Ok(Step::Layer(spec)) if spec.has_inside() => {
                    write!(f, "{separator}{}(", spec.name())?;
                    separator = "";
                }
                Ok(Step::Layer(spec)) => {
                    write!(f, "{separator}{spec}")?;
                    separator = ", ";
                }
                Ok(Step::Leave(..)) => {
                    f.write_str(")")?;
                    separator = ", ";
                }
                Ok(Step::End) => return Ok(()),
                Err(error) => return write!(f, "{separator}[{error}]"),
            }
        }
    }
}
