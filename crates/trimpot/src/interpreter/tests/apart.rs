//! A network whose values lie apart from each other, each in memory of its own.

extern crate std;

use std::vec;
use std::vec::Vec;

use crate::layer::Accumulate;
use crate::layer::kernel::{Backward, Forward, LayerKernel, OutputMemory, Stored};
use crate::random::Noise;
use crate::spec::{Dims, LayerSpec, NetworkSpec};

/// A network with its numbers, whose values lie apart from each other.
pub struct Apart<'a> {
    pub parameters: &'a [f32],
    pub constants: &'a [f32],
}

/// Where a part of a network is: its layers, and where their numbers begin.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub layers: &'a [LayerSpec],
    pub dims: Dims,
    pub parameters: usize,
    pub constants: usize,
    pub frozen: bool,
    /// Whether it is inside of no other layer.
    pub outermost: bool,
}

/// What comes behind: turns the output into its gradient.
type Rest<'a> = &'a mut dyn FnMut(Vec<f32>) -> Vec<f32>;

impl Apart<'_> {
    /// Runs layers forward, lets `rest` turn the output into its gradient, and runs backward.
    /// Returns the gradient of the input.
    pub fn run(
        &self,
        part: Part,
        noise: Noise<f32>,
        input: Vec<f32>,
        gradient: &mut [f32],
        rest: Rest,
    ) -> Vec<f32> {
        let Some((&first, after)) = part.layers.split_first() else { return rest(input) };
        let (inside, after) = after.split_at(first.inside());
        let network = NetworkSpec { input: part.dims, layers: &part.layers[..=inside.len()] };
        let after = Part {
            layers: after,
            dims: network.output().unwrap(),
            parameters: part.parameters + network.parameters(),
            constants: part.constants + network.constants(),
            ..part
        };
        let next = noise.next_layer();
        match first {
            LayerSpec::Residual(_) => {
                // Without a shortcut the input goes round as it is.
                let (shortcut, inside) = match inside {
                    [first @ LayerSpec::Shortcut(_), others @ ..] => {
                        others.split_at(first.inside())
                    }
                    _ => (&[][..], inside),
                };
                let counted = NetworkSpec { input: part.dims, layers: shortcut };
                let shortcut = Part { layers: shortcut, outermost: false, ..part };
                let inside = Part {
                    layers: inside,
                    parameters: part.parameters + counted.parameters(),
                    constants: part.constants + counted.constants(),
                    ..shortcut
                };
                let mut noise_inside = noise.inside();
                let mut left = shortcut.layers;
                while let [layer, others @ ..] = left {
                    noise_inside = noise_inside.next_layer();
                    left = &others[layer.inside()..];
                }
                let mut inner = Vec::new();
                let cell = std::cell::RefCell::new(gradient);
                let len = cell.borrow().len();
                let (mut copy, mut copy_around) = (vec![0.0; len], vec![0.0; len]);
                let around = {
                    let mut turn = |kept: Vec<f32>| {
                        let mut of_sum = Vec::new();
                        let mut join = |output: Vec<f32>| {
                            let sum = output.iter().zip(&kept).map(|(z, x)| z + x).collect();
                            of_sum = self.run(after, next, sum, &mut cell.borrow_mut(), rest);
                            of_sum.clone()
                        };
                        inner = self.run(inside, noise_inside, input.clone(), &mut copy, &mut join);
                        of_sum
                    };
                    self.run(shortcut, noise.inside(), input.clone(), &mut copy_around, &mut turn)
                };
                for (sum, own) in cell.borrow_mut().iter_mut().zip(copy.iter().zip(copy_around)) {
                    *sum += own.0 + own.1;
                }
                inner.iter().zip(&around).map(|(inner, around)| inner + around).collect()
            }
            LayerSpec::Frozen(_) => {
                let weights = NetworkSpec { input: part.dims, layers: inside }.parameters();
                let inside = Part {
                    layers: inside,
                    parameters: part.constants,
                    constants: part.constants + weights,
                    frozen: true,
                    outermost: false,
                    ..part
                };
                let len = input.len();
                let mut nothing = vec![0.0; self.constants.len() + self.parameters.len()];
                let is_norm = matches!(inside.layers, [LayerSpec::BatchNorm(_)]);
                if is_norm && part.outermost && after.layers.is_empty() {
                    // The units of the outputs.
                    return self.run(inside, noise, input, &mut nothing, rest);
                }
                let mut output = Vec::new();
                let mut forward = |values: Vec<f32>| {
                    output = values.clone();
                    vec![0.0; values.len()]
                };
                self.run(inside, noise, input, &mut nothing, &mut forward);
                self.run(after, next, output, gradient, rest);
                vec![0.0; len]
            }
            layer => {
                let of = if part.frozen { self.constants } else { self.parameters };
                let counts = [layer.tensors().numbers(true), layer.tensors().numbers(false)];
                let parameters = &of[part.parameters..][..counts[0]];
                let constants = &self.constants[part.constants..][..counts[1]];
                let needs = layer.memory(part.dims);
                let dims = [part.dims, layer.output(part.dims).unwrap()];
                let mut buffers = needs.buffers.map(|len| vec![f32::NAN; len]);
                let mut output = match needs.output {
                    OutputMemory::Separate => vec![f32::NAN; dims[1].count()],
                    _ => input.clone(),
                };
                layer.forward(Forward {
                    dims,
                    parameters,
                    constants,
                    noise: Some(noise).filter(|_| !part.frozen),
                    input: &input,
                    output: &mut output,
                    mask: &mut [],
                    buffer: &mut buffers[0],
                });
                let mut dy = self.run(after, next, output.clone(), gradient, rest);
                let mut dx = vec![0.0; input.len()];
                let own = &mut gradient[part.parameters..][..counts[0]];
                layer.backward(Backward {
                    dims,
                    sink: Accumulate::new(parameters, own),
                    trains_weights: true,
                    constants,
                    noise,
                    stored: match needs.stored {
                        Stored::Nothing => &[],
                        Stored::Input => &input,
                        Stored::Output => &output,
                    },
                    mask: &[],
                    gradient: &mut dy,
                    input_gradient: Some(&mut dx),
                    buffer: &mut buffers[1],
                });
                if needs.output == OutputMemory::Separate { dx } else { dy }
            }
        }
    }
}
