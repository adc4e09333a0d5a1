//! One sink for every way to train: the kernels of all layers are compiled once, not once for each.

use trimpot::layer::{AccumulateSubset, ClippedSgdInPlace, GradientSink, Partial};
use trimpot::plan::Subset;

use super::super::Descent;

/// Where gradients go.
#[derive(Debug)]
pub enum AnySink<'a> {
    /// They change parameters at once.
    InPlace(Partial<'a, ClippedSgdInPlace<'a>>),
    /// They are added up.
    Sum(AccumulateSubset<'a, f32>),
}

impl<'a> AnySink<'a> {
    pub fn in_place(parameters: &'a mut [f32], descent: Descent, subset: Subset<'a>) -> Self {
        let Descent { learning_rate, clip_norm } = descent;
        let sink = ClippedSgdInPlace::new(parameters, learning_rate, clip_norm);
        AnySink::InPlace(Partial::new(sink, subset))
    }

    pub fn sum(parameters: &'a [f32], gradient: &'a mut [f32], subset: Subset<'a>) -> Self {
        AnySink::Sum(AccumulateSubset::new(parameters, gradient, subset))
    }
}

/// Each function is compiled once: a layer calls it a few times.
impl GradientSink<f32> for AnySink<'_> {
    #[inline(never)]
    fn split(self, at: usize) -> (Self, Self) {
        match self {
            AnySink::InPlace(sink) => {
                let (first, second) = sink.split(at);
                (AnySink::InPlace(first), AnySink::InPlace(second))
            }
            AnySink::Sum(sink) => {
                let (first, second) = sink.split(at);
                (AnySink::Sum(first), AnySink::Sum(second))
            }
        }
    }

    fn parameters(&self) -> &[f32] {
        match self {
            AnySink::InPlace(sink) => sink.parameters(),
            AnySink::Sum(sink) => sink.parameters(),
        }
    }

    fn gradient_len(&self) -> usize {
        match self {
            AnySink::InPlace(sink) => sink.gradient_len(),
            AnySink::Sum(sink) => sink.gradient_len(),
        }
    }

    fn is_reached(&self) -> bool {
        match self {
            AnySink::InPlace(sink) => sink.is_reached(),
            AnySink::Sum(sink) => sink.is_reached(),
        }
    }

    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[f32; O],
        input: &[f32; I],
        input_gradient: Option<&mut [f32; I]>,
    ) {
        match self {
            AnySink::InPlace(sink) => sink.add_outer(output_gradient, input, input_gradient),
            AnySink::Sum(sink) => sink.add_outer(output_gradient, input, input_gradient),
        }
    }

    #[inline(never)]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[f32],
        input: &[f32],
        input_gradient: Option<&mut [f32]>,
    ) {
        match self {
            AnySink::InPlace(sink) => sink.add_outer_slices(output_gradient, input, input_gradient),
            AnySink::Sum(sink) => sink.add_outer_slices(output_gradient, input, input_gradient),
        }
    }

    #[inline(never)]
    fn add(&mut self, at: usize, gradient: &[f32]) {
        match self {
            AnySink::InPlace(sink) => sink.add(at, gradient),
            AnySink::Sum(sink) => sink.add(at, gradient),
        }
    }
}
