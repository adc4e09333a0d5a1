//! Gradient descent in place, with gradients clipped by norm.

use super::{GradientSink, SgdInPlace, split_mut};
use crate::lanes::Lanes;

/// [`SgdInPlace`], with each gradient that a layer hands over scaled to at most a norm: for one
/// sample after another, where one that is out of the ordinary must not throw the network off.
///
/// What is clipped is one run at a time, such as the weights of a dense layer or its biases: by
/// `min(1, limit / n)`, where `n` is the run's Euclidean norm. That needs no memory for gradients,
/// since the norm of an outer product is the product of the norms. (PyTorch's `clip_grad_norm_`,
/// called for each parameter by itself.) A NaN spreads.
#[derive(Debug)]
pub struct ClippedSgdInPlace<'a> {
    parameters: &'a mut [f32],
    learning_rate: f32,
    limit: f32,
}

impl<'a> ClippedSgdInPlace<'a> {
    /// Creates a sink that changes `parameters` by `-learning_rate` times their gradient, clipped
    /// to the norm `limit`.
    #[inline]
    pub fn new(parameters: &'a mut [f32], learning_rate: f32, limit: f32) -> Self {
        ClippedSgdInPlace { parameters, learning_rate, limit }
    }

    /// Returns the learning rate for a gradient that is the product of `first` and `second`.
    fn clipped(&self, first: &[f32], second: &[f32]) -> f32 {
        let (norm, bound) = (norm(first), self.limit / norm(second));
        if norm <= bound { self.learning_rate } else { self.learning_rate * (bound / norm) }
    }
}

impl GradientSink<f32> for ClippedSgdInPlace<'_> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = split_mut(self.parameters, at);
        let part = |parameters| ClippedSgdInPlace { parameters, ..self };
        (part(first), part(second))
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
        input_gradient: Option<&mut [f32; I]>,
    ) {
        let learning_rate = self.clipped(output_gradient, input);
        let mut sgd = SgdInPlace::new(self.parameters, learning_rate);
        sgd.add_outer(output_gradient, input, input_gradient);
    }

    #[inline]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[f32],
        input: &[f32],
        input_gradient: Option<&mut [f32]>,
    ) {
        let learning_rate = self.clipped(output_gradient, input);
        let mut sgd = SgdInPlace::new(self.parameters, learning_rate);
        sgd.add_outer_slices(output_gradient, input, input_gradient);
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[f32]) {
        let learning_rate = self.clipped(gradient, &[1.0]);
        SgdInPlace::new(self.parameters, learning_rate).add(at, gradient);
    }
}

/// Returns the Euclidean norm. Where squares overflow, they are taken of the elements' shares of
/// the largest.
fn norm(elements: &[f32]) -> f32 {
    let sum = elements.iter().fold(0.0, |sum: f32, &element| sum + element * element);
    if sum < f32::INFINITY {
        return Lanes::sqrt(sum);
    }
    let largest = elements.iter().fold(0.0, |largest: f32, &element| {
        let size = Lanes::abs(element);
        if size > largest { size } else { largest }
    });
    let shares = elements.iter().map(|element| element / largest);
    largest * Lanes::sqrt(shares.fold(0.0, |sum: f32, share| sum + share * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the change of zeros, by the gradient of a 2 × 2 matrix and of two biases.
    fn change(output_gradient: [f32; 2], input: [f32; 2], limit: f32) -> [f32; 6] {
        let mut parameters = [0.0; 6];
        let (mut weights, mut biases) =
            ClippedSgdInPlace::new(&mut parameters, 1.0, limit).split(4);
        weights.add_outer(&output_gradient, &input, None);
        biases.add(0, &output_gradient);
        parameters
    }

    #[test]
    fn a_short_gradient_has_the_bits_of_sgd_in_place() {
        let (output_gradient, input) = ([0.3, -0.4], [1.5, 0.7]);
        let mut plain = [0.0; 6];
        let (mut weights, mut biases) = SgdInPlace::new(&mut plain, 1.0).split(4);
        weights.add_outer(&output_gradient, &input, None);
        biases.add(0, &output_gradient);
        assert_eq!(change(output_gradient, input, 10.0), plain);
        assert_eq!(change(output_gradient, input, f32::INFINITY), plain);
    }

    #[test]
    fn a_long_gradient_keeps_its_direction_and_has_the_norm_of_the_limit() {
        for size in [1.0, 1e3, 1e19, 1e30] {
            let [a, b, c, d, e, f] = change([3.0 * size, -4.0 * size], [6.0, 8.0], 1.0);
            let expected = [-0.36, -0.48, 0.48, 0.64, -0.6, 0.8];
            for (found, expected) in [a, b, c, d, e, f].into_iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-6, "{found} for {expected} at {size}");
            }
        }
    }

    #[test]
    fn nan_spreads() {
        assert!(change([f32::NAN, 0.0], [1.0, 1.0], 1.0).iter().any(|change| change.is_nan()));
    }
}
