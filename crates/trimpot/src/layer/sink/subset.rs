//! Gradients of some parameters only.

use super::{Accumulate, GradientSink, add_input_gradient, add_input_gradient_slices, split_mut};
use crate::lanes::Lanes;
use crate::layer::split;
use crate::plan::Subset;

/// Another sink, of which only some parameters get their gradient: the others are not trained.
///
/// ```
/// use trimpot::layer::{Dense, Partial, SgdInPlace};
/// use trimpot::network::Planned;
/// use trimpot::plan::Trained;
/// use trimpot::random::Noise;
/// use trimpot::shape::Vector;
///
/// type Network<'a> = Planned<'a, Vector<2>, Dense<2, 1>>;
/// let mut parameters = [1.0, 2.0, 0.5];
/// let biases = Network::subset(Trained::BiasesAndNormalization);
/// let sink = Partial::new(SgdInPlace::new(&mut parameters, 0.1), biases);
/// let noise = Noise::<f32>::new(1);
/// Network::new(&Dense).backpropagate(sink, noise, &[3.0, 1.0], &mut [0.0; 8], |_, [dy]| {
///     *dy = 1.0;
/// })?;
/// assert_eq!(parameters, [1.0, 2.0, 0.4]);
/// # Ok::<(), trimpot::pass::LengthError>(())
/// ```
#[derive(Debug)]
pub struct Partial<'a, S> {
    sink: S,
    subset: Subset<'a>,
}

impl<'a, S> Partial<'a, S> {
    /// Creates a sink that hands the gradients of these parameters on.
    #[inline]
    pub fn new(sink: S, subset: Subset<'a>) -> Self {
        Partial { sink, subset }
    }
}

impl<V: Lanes, S: GradientSink<V>> GradientSink<V> for Partial<'_, S> {
    #[inline]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = self.sink.split(at);
        let (first_subset, second_subset) = self.subset.split(at);
        (Partial::new(first, first_subset), Partial::new(second, second_subset))
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.sink.parameters()
    }

    #[inline(always)]
    fn gradient_len(&self) -> usize {
        self.sink.gradient_len()
    }

    #[inline(always)]
    fn is_reached(&self) -> bool {
        self.subset.is_reached() && self.sink.is_reached()
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[V; O],
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
    ) {
        if self.subset.untrained() == 0 {
            self.sink.add_outer(output_gradient, input, input_gradient);
        } else if let Some(input_gradient) = input_gradient {
            let weight = self.sink.parameters().as_chunks().0;
            add_input_gradient(weight, output_gradient, input_gradient);
        }
    }

    #[inline]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[V],
        input: &[V],
        input_gradient: Option<&mut [V]>,
    ) {
        if self.subset.untrained() == 0 {
            self.sink.add_outer_slices(output_gradient, input, input_gradient);
        } else if let Some(input_gradient) = input_gradient {
            add_input_gradient_slices(self.sink.parameters(), output_gradient, input_gradient);
        }
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[V]) {
        if at >= self.subset.untrained() {
            self.sink.add(at, gradient);
        }
    }
}

/// Adds gradients up, sample by sample, of the parameters that are trained: [`Accumulate`] with
/// memory for these alone.
#[derive(Debug)]
pub struct AccumulateSubset<'a, V> {
    parameters: &'a [f32],
    gradient: &'a mut [V],
    subset: Subset<'a>,
}

impl<'a, V: Lanes> AccumulateSubset<'a, V> {
    /// Creates a sink that adds to `gradient`, which has [`Subset::count`] elements, in the order
    /// of the parameters.
    #[inline]
    pub fn new(parameters: &'a [f32], gradient: &'a mut [V], subset: Subset<'a>) -> Self {
        AccumulateSubset { parameters, gradient, subset }
    }
}

impl<V: Lanes> GradientSink<V> for AccumulateSubset<'_, V> {
    #[inline]
    fn split(self, at: usize) -> (Self, Self) {
        let (first, second) = split(self.parameters, at);
        let (first_subset, second_subset) = self.subset.split(at);
        let (first_gradient, second_gradient) = split_mut(self.gradient, first_subset.count());
        (
            AccumulateSubset::new(first, first_gradient, first_subset),
            AccumulateSubset::new(second, second_gradient, second_subset),
        )
    }

    #[inline(always)]
    fn parameters(&self) -> &[f32] {
        self.parameters
    }

    #[inline(always)]
    fn gradient_len(&self) -> usize {
        self.gradient.len().saturating_add(self.subset.untrained())
    }

    #[inline(always)]
    fn is_reached(&self) -> bool {
        self.subset.is_reached()
    }

    #[inline(always)]
    fn add_outer<const I: usize, const O: usize>(
        &mut self,
        output_gradient: &[V; O],
        input: &[V; I],
        input_gradient: Option<&mut [V; I]>,
    ) {
        let sink = Accumulate::new(self.parameters, &mut *self.gradient);
        Partial::new(sink, self.subset).add_outer(output_gradient, input, input_gradient);
    }

    #[inline]
    fn add_outer_slices(
        &mut self,
        output_gradient: &[V],
        input: &[V],
        input_gradient: Option<&mut [V]>,
    ) {
        let sink = Accumulate::new(self.parameters, &mut *self.gradient);
        Partial::new(sink, self.subset).add_outer_slices(output_gradient, input, input_gradient);
    }

    #[inline(always)]
    fn add(&mut self, at: usize, gradient: &[V]) {
        if let Some(at) = at.checked_sub(self.subset.untrained()) {
            Accumulate::new(self.parameters, &mut *self.gradient).add(at, gradient);
        }
    }
}
