//! Parameters that stay as they are, in a layer that the gradient goes through.

use super::{GradientSink, add_input_gradient, add_input_gradient_slices};
use crate::lanes::Lanes;
use crate::layer::split;

/// Parameters whose gradient nobody wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<'a> {
    parameters: &'a [f32],
}

impl<'a> Fixed<'a> {
    #[inline(always)]
    pub(crate) const fn new(parameters: &'a [f32]) -> Self {
        Fixed { parameters }
    }
}

impl<V: Lanes> GradientSink<V> for Fixed<'_> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = split(self.parameters, at);
        (Fixed::new(first), Fixed::new(second))
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.parameters
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[V; O],
        _: &[V; I],
        input_gradient: Option<&mut [V; I]>,
    ) {
        if let Some(input_gradient) = input_gradient {
            add_input_gradient(self.parameters.as_chunks().0, output_gradient, input_gradient);
        }
    }

    #[inline(always)]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[V],
        _: &[V],
        input_gradient: Option<&mut [V]>,
    ) {
        if let Some(input_gradient) = input_gradient {
            add_input_gradient_slices(self.parameters, output_gradient, input_gradient);
        }
    }

    #[inline(always)]
    fn add(&mut self, _: usize, _: &[V]) {}
}
