//! Where the gradient of the parameters goes during the backward pass.

use super::{split, split_mut};
use crate::lanes::Lanes;

/// The parameters of a layer together with what becomes of their gradient.
///
/// A layer reads its parameters here, and hands each gradient back in terms of it. It must have read
/// a parameter for the last time when it adds to its gradient: [`Descend`] changes it at once.
pub trait Sink<V: Lanes>: Sized {
    /// The part for the first `at` parameters, and the part for the rest.
    fn split(self, at: usize) -> (Self, Self);

    /// The parameters.
    fn parameters(&self) -> &[f32];

    /// The backward pass of the matrix `W[O][I]` that the parameters begin with, row by row: adds
    /// `slopes[o] · input[i]` to the gradient of `W[o][i]`; and `slopes[o] · W[o][i]`, with the weight
    /// as it was before, to `input_gradient[i]`, in the order of the rows.
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        slopes: &[V; O],
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
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
    /// Adds to `gradient`, which has as many elements as `parameters`.
    #[inline]
    pub fn new(parameters: &'a [f32], gradient: &'a mut [V]) -> Self {
        Accumulate { parameters, gradient }
    }
}

impl<V: Lanes> Sink<V> for Accumulate<'_, V> {
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
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        slopes: &[V; O],
        input: &[V; I],
        mut input_gradient: Option<&mut [V; I]>,
    ) {
        let gradient = self.gradient.as_chunks_mut().0.iter_mut();
        let rows = gradient.zip(self.parameters.as_chunks().0).zip(slopes);
        let mut rows = rows.map(|((gradient, weight), &slope)| Row { gradient, weight, slope });
        while let Some(first) = rows.next() {
            match rows.next() {
                Some(second) => accumulate([first, second], input, input_gradient.as_deref_mut()),
                None => accumulate([first], input, input_gradient.as_deref_mut()),
            }
        }
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[V]) {
        for (sum, &gradient) in self.gradient.iter_mut().skip(at).zip(gradient) {
            *sum += gradient;
        }
    }
}

/// Plain stochastic gradient descent in place: `parameter ← parameter − rate · gradient`.
///
/// The product is taken as `(−rate · slope) · input`, so that a row costs one multiplication and one
/// addition a weight. A row whose slope is exactly zero (a ReLU that was off) is left as it is.
#[derive(Debug)]
pub struct Descend<'a> {
    parameters: &'a mut [f32],
    rate: f32,
}

impl<'a> Descend<'a> {
    /// Changes `parameters` by `-rate` times their gradient.
    #[inline]
    pub fn new(parameters: &'a mut [f32], rate: f32) -> Self {
        Descend { parameters, rate }
    }
}

impl Sink<f32> for Descend<'_> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = split_mut(self.parameters, at);
        (Descend::new(first, self.rate), Descend::new(second, self.rate))
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.parameters
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        slopes: &[f32; O],
        input: &[f32; I],
        mut input_gradient: Option<&mut [f32; I]>,
    ) {
        let rows = self.parameters.as_chunks_mut().0.iter_mut().zip(slopes);
        let mut rows = rows.filter(|&(_, &slope)| slope != 0.0);
        while let Some(first) = rows.next() {
            match rows.next() {
                Some(second) => {
                    descend([first, second], self.rate, input, input_gradient.as_deref_mut());
                }
                None => descend([first], self.rate, input, input_gradient.as_deref_mut()),
            }
        }
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[f32]) {
        for (parameter, &gradient) in self.parameters.iter_mut().skip(at).zip(gradient) {
            *parameter += -self.rate * gradient;
        }
    }
}

/// A row of a matrix, and the gradient of its output.
struct Row<'a, V, const I: usize> {
    gradient: &'a mut [V; I],
    weight: &'a [f32; I],
    slope: V,
}

/// [`Accumulate::add_outer`] for `R` rows at a time: what they have in common is loaded and stored
/// once for all of them.
#[inline(always)]
fn accumulate<V: Lanes, const I: usize, const R: usize>(
    rows: [Row<'_, V, I>; R],
    input: &[V; I],
    input_gradient: Option<&mut [V; I]>,
) {
    let slopes = rows.each_ref().map(|row| row.slope);
    let weights = rows.each_ref().map(|row| row.weight);
    let mut gradients = rows.map(|row| row.gradient);
    for (i, &x) in input.iter().enumerate() {
        for (gradient, slope) in gradients.iter_mut().zip(slopes) {
            gradient[i] = slope.mul_add(x, gradient[i]);
        }
    }
    let Some(input_gradient) = input_gradient else { return };
    for (i, sum) in input_gradient.iter_mut().enumerate() {
        for (weight, slope) in weights.iter().zip(slopes) {
            *sum = slope.mul_add(V::splat(weight[i]), *sum);
        }
    }
}

/// [`Descend::add_outer`] for `R` rows of weight and slope at a time.
#[inline(always)]
fn descend<const I: usize, const R: usize>(
    rows: [(&mut [f32; I], &f32); R],
    rate: f32,
    input: &[f32; I],
    input_gradient: Option<&mut [f32; I]>,
) {
    let slopes = rows.each_ref().map(|&(_, &slope)| slope);
    let steps = slopes.map(|slope| -rate * slope);
    let mut weights = rows.map(|(weight, _)| weight);
    let Some(input_gradient) = input_gradient else {
        for (i, &x) in input.iter().enumerate() {
            for (weight, step) in weights.iter_mut().zip(steps) {
                weight[i] += step * x;
            }
        }
        return;
    };
    for (i, (&x, sum)) in input.iter().zip(input_gradient).enumerate() {
        for ((weight, slope), step) in weights.iter_mut().zip(slopes).zip(steps) {
            *sum += slope * weight[i];
            weight[i] += step * x;
        }
    }
}
