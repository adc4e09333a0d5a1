//! Where the gradient of the parameters goes during the backward pass.

mod clipped;
mod slices;
mod subset;

use super::{split, split_mut};
use crate::arrays;
use crate::lanes::Lanes;
use crate::vfp;

pub use clipped::ClippedSgdInPlace;
pub use slices::add_input_gradient_slices;
pub use subset::{AccumulateSubset, Partial};

/// The parameters of a layer together with what becomes of their gradient.
///
/// A layer reads its parameters here, and hands each gradient back in terms of it. It must have
/// read a parameter for the last time when it adds to its gradient: [`SgdInPlace`] changes it at
/// once.
pub trait GradientSink<V: Lanes>: Sized {
    /// Returns the part for the first `at` parameters, and the part for the rest.
    fn split(self, at: usize) -> (Self, Self);

    /// Returns the parameters.
    fn parameters(&self) -> &[f32];

    /// Returns how many numbers it has gradients for: as many as there are parameters, or a pass is
    /// an error. A sink that hands gradients on to another returns what that one does.
    #[inline(always)]
    fn gradient_len(&self) -> usize {
        self.parameters().len()
    }

    /// Returns whether it wants any gradient, or one of the sinks for the parameters in front of it
    /// does: else the backward pass may end here.
    #[inline(always)]
    fn is_reached(&self) -> bool {
        true
    }

    /// The backward pass of the matrix `W[O][I]` that the parameters begin with, row by row: adds
    /// `output_gradient[o] · input[i]` to the gradient of `W[o][i]`; and
    /// `output_gradient[o] · W[o][i]`, with the weight as it was before, to `input_gradient[i]`, in
    /// the order of the rows.
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[V; O],
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
    );

    /// [`add_outer`](Self::add_outer) for a matrix whose size is known at run time only: of as many
    /// columns as the input has numbers, and as many rows as there are output gradients.
    fn add_outer_slices(
        &mut self,
        output_gradient: &[V],
        input: &[V],
        input_gradient: Option<&mut [V]>,
    );

    /// Adds `gradient[i]` to the gradient of parameter `at + i`.
    fn add(&mut self, at: usize, gradient: &[V]);
}

/// Adds gradients up, sample by sample: for batches and for optimizers with a memory.
///
/// With vectors for `V` each lane adds up its own samples.
#[derive(Debug)]
pub struct Accumulate<'a, V> {
    parameters: &'a [f32],
    gradient: &'a mut [V],
}

impl<'a, V: Lanes> Accumulate<'a, V> {
    /// Creates a sink that adds to `gradient`, which has as many elements as `parameters`; or none,
    /// where nobody wants it, and the gradient of the input alone is computed.
    #[inline]
    pub fn new(parameters: &'a [f32], gradient: &'a mut [V]) -> Self {
        Accumulate { parameters, gradient }
    }
}

impl<V: Lanes> GradientSink<V> for Accumulate<'_, V> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = split(self.parameters, at);
        let (first_gradient, second_gradient) = split_mut(self.gradient, at);
        (Accumulate::new(first, first_gradient), Accumulate::new(second, second_gradient))
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.parameters
    }

    #[inline(always)]
    fn gradient_len(&self) -> usize {
        self.gradient.len()
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[V; O],
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
    ) {
        let gradient = self.gradient.as_chunks_mut().0.iter_mut();
        let mut rows = gradient.zip(output_gradient.iter().copied());
        while let Some(first) = rows.next() {
            match rows.next() {
                Some(second) => accumulate([first, second], input),
                None => accumulate([first], input),
            }
        }
        if let Some(input_gradient) = input_gradient {
            add_input_gradient(self.parameters.as_chunks().0, output_gradient, input_gradient);
        }
    }

    #[inline]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[V],
        input: &[V],
        input_gradient: Option<&mut [V]>,
    ) {
        slices::accumulate(self.gradient, output_gradient, input);
        if let Some(input_gradient) = input_gradient {
            add_input_gradient_slices(self.parameters, output_gradient, input_gradient);
        }
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[V]) {
        let sums = self.gradient.get_mut(at..).unwrap_or_default();
        if vfp::serves::<V>() {
            return vfp::axpy(V::ONE, gradient, sums);
        }
        for (sum, &gradient) in sums.iter_mut().zip(gradient) {
            *sum += gradient;
        }
    }
}

/// Plain stochastic gradient descent in place: `parameter ← parameter − learning_rate · gradient`.
///
/// The product is taken as `(−learning_rate · dy) · input`, so that a row costs one multiplication
/// and one addition a weight. A row whose output gradient is exactly zero (a ReLU that was off) is
/// left as it is.
#[derive(Debug)]
pub struct SgdInPlace<'a> {
    parameters: &'a mut [f32],
    learning_rate: f32,
}

impl<'a> SgdInPlace<'a> {
    /// Creates a sink that changes `parameters` by `-learning_rate` times their gradient.
    #[inline]
    pub fn new(parameters: &'a mut [f32], learning_rate: f32) -> Self {
        SgdInPlace { parameters, learning_rate }
    }
}

impl GradientSink<f32> for SgdInPlace<'_> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = split_mut(self.parameters, at);
        (SgdInPlace::new(first, self.learning_rate), SgdInPlace::new(second, self.learning_rate))
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.parameters
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[f32; O],
        input: &[f32; I],
        mut input_gradient: Option<&mut [f32; I]>,
    ) {
        let rows = self.parameters.as_chunks_mut().0;
        let mut change = |rows: Pair<I>| match rows {
            (first, Some(second)) => {
                sgd_rows([first, second], self.learning_rate, input, input_gradient.as_deref_mut());
            }
            (first, None) => {
                sgd_rows([first], self.learning_rate, input, input_gradient.as_deref_mut())
            }
        };
        if HAS_BRANCH_PREDICTION {
            let (active, count) = active(output_gradient);
            let (pairs, last) = active.get(..count).unwrap_or(&[]).as_chunks::<2>();
            for &[(first, dy), (second, other)] in pairs {
                if let Ok([first, second]) = rows.get_disjoint_mut([first, second]) {
                    change(((first, dy), Some((second, other))));
                }
            }
            for &(row, dy) in last {
                if let Some(row) = rows.get_mut(row) {
                    change(((row, dy), None));
                }
            }
        } else {
            let active = rows.iter_mut().zip(output_gradient.iter().copied());
            let mut active = active.filter(|&(_, dy)| dy != 0.0);
            while let Some(first) = active.next() {
                change((first, active.next()));
            }
        }
    }

    #[inline]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[f32],
        input: &[f32],
        input_gradient: Option<&mut [f32]>,
    ) {
        let learning_rate = self.learning_rate;
        slices::sgd(self.parameters, learning_rate, output_gradient, input, input_gradient);
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[f32]) {
        let parameters = self.parameters.get_mut(at..).unwrap_or_default();
        if vfp::serves::<f32>() {
            return vfp::axpy(-self.learning_rate, gradient, parameters);
        }
        for (parameter, &gradient) in parameters.iter_mut().zip(gradient) {
            *parameter += -self.learning_rate * gradient;
        }
    }
}

/// The gradient of a matrix for `R` rows of gradients at a time, the weights' and the output's:
/// what they have in common is loaded once for all of them.
#[inline(always)]
fn accumulate<V: Lanes, const I: usize, const R: usize>(
    mut rows: [(&mut [V; I], V); R],
    input: &[V; I],
) {
    for (i, &x) in input.iter().enumerate() {
        for (gradient, dy) in &mut rows {
            if let Some(sum) = gradient.get_mut(i) {
                *sum = dy.mul_add(x, *sum);
            }
        }
    }
}

/// Adds `output_gradient[o] · W[o][i]` to `input_gradient[i]`, in the order of the rows: for a
/// [`GradientSink`] that has its own way with the gradient of the matrix.
#[inline(always)]
pub fn add_input_gradient<V: Lanes, const I: usize>(
    weight: &[[f32; I]],
    output_gradient: &[V],
    input_gradient: &mut [V; I],
) {
    // What follows the matrix, such as biases, may look like more rows.
    let (weight, _) = weight.split_at_checked(output_gradient.len()).unwrap_or((weight, &[]));
    let (weight, output_gradient) = match rows_pulled_back::<V>() {
        8.. => pull_back::<V, I, 8>(weight, output_gradient, input_gradient),
        4.. => pull_back::<V, I, 4>(weight, output_gradient, input_gradient),
        _ => (weight, output_gradient),
    };
    let (weight, output_gradient) = pull_back::<V, I, 2>(weight, output_gradient, input_gradient);
    pull_back::<V, I, 1>(weight, output_gradient, input_gradient);
}

/// Returns how many rows are taken back at once: their sum is loaded and stored once for all of
/// them, while their output gradients stay in a quarter or half of the registers.
///
/// Eight rows of a value that is a register take ten memory accesses for eight multiplications,
/// and four rows of two registers eight for eight.
#[inline(always)]
const fn rows_pulled_back<V: Lanes>() -> usize {
    if V::LANES == 1 { 2 } else { V::REGISTERS / 2 }
}

/// [`add_input_gradient`] for `R` rows at once, as often as there are so many. Returns those that
/// are left.
#[inline(always)]
fn pull_back<'a, V: Lanes, const I: usize, const R: usize>(
    weight: &'a [[f32; I]],
    output_gradient: &'a [V],
    input_gradient: &mut [V; I],
) -> (&'a [[f32; I]], &'a [V]) {
    let (blocks, weight) = weight.as_chunks::<R>();
    let (output_gradients, output_gradient) = output_gradient.as_chunks::<R>();
    for (weights, output_gradient) in blocks.iter().zip(output_gradients) {
        for (i, sum) in input_gradient.iter_mut().enumerate() {
            for (weight, &dy) in weights.iter().zip(output_gradient) {
                if let Some(&weight) = weight.get(i) {
                    *sum = dy.mul_add(V::splat(weight), *sum);
                }
            }
        }
    }
    (weight, output_gradient)
}

/// One or two rows of weights, each with its output gradient.
type Pair<'a, const I: usize> = ((&'a mut [f32; I], f32), Option<(&'a mut [f32; I], f32)>);

/// Whether the processor predicts branches. Which rows a ReLU left on cannot be predicted, and a
/// misprediction costs a PC more than a row: there the rows are found first, without a branch.
const HAS_BRANCH_PREDICTION: bool = cfg!(not(target_os = "none"));

/// Returns the rows whose output gradient is not exactly zero, with it, and how many they are.
#[inline(always)]
fn active<const O: usize>(output_gradient: &[f32; O]) -> ([(usize, f32); O], usize) {
    let (mut active, mut count) = ([(0, 0.0); O], 0);
    for (row, &dy) in output_gradient.iter().enumerate() {
        if let Some(place) = active.get_mut(count) {
            *place = (row, dy);
        }
        count += usize::from(dy != 0.0);
    }
    (active, count)
}

/// [`SgdInPlace::add_outer`] for `R` rows at a time, each with its output gradient.
#[inline(always)]
fn sgd_rows<const I: usize, const R: usize>(
    mut rows: [(&mut [f32; I], f32); R],
    learning_rate: f32,
    input: &[f32; I],
    input_gradient: Option<&mut [f32; I]>,
) {
    let steps = arrays::map(&rows, 0.0, |(_, dy)| -learning_rate * dy);
    let Some(input_gradient) = input_gradient else {
        for (i, &x) in input.iter().enumerate() {
            for ((weight, _), step) in rows.iter_mut().zip(steps) {
                if let Some(weight) = weight.get_mut(i) {
                    *weight += step * x;
                }
            }
        }
        return;
    };
    for (i, (&x, sum)) in input.iter().zip(input_gradient).enumerate() {
        for ((weight, dy), step) in rows.iter_mut().zip(steps) {
            if let Some(weight) = weight.get_mut(i) {
                *sum += *dy * *weight;
                *weight += step * x;
            }
        }
    }
}
