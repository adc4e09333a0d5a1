//! Jobs: runs of parameters, and what threads do with each of them.

use std::ops::Range;

use trimpot::lanes::{Lanes, RowMajor};
use trimpot::optimizer::Optimizer;

use crate::train::gradient::Batch;
use crate::train::tape::Entry;

/// A run of parameters that one thread takes, with the entry that its gradient comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub parameters: Range<usize>,
    /// The entry, and its rows or parameters. None where no layer said anything: the gradient is 0.
    pub source: Option<(Entry, Range<usize>)>,
}

/// Where the optimizer's numbers of a parameter are.
pub(super) struct Place {
    first: usize,
    step: usize,
}

impl Place {
    pub fn of(&self, number: usize) -> usize {
        self.first + number * self.step
    }
}

impl Job {
    /// Returns where the numbers of its parameters are, as [`Parts::update`] has them with so many
    /// lanes.
    pub fn places(&self, lanes: usize, numbers: usize) -> impl Iterator<Item = Place> + use<> {
        let Range { start, end } = self.parameters;
        let whole = (end - start) / lanes * lanes;
        (0..end - start).map(move |index| {
            let step = if index < whole { lanes } else { 1 };
            let from = start + index / step * step;
            Place { first: from * numbers + index % step, step }
        })
    }

    /// Writes the gradient of its parameters.
    #[inline(always)]
    pub fn gradient<V: RowMajor>(&self, batch: Batch<V>, gradient: &mut [f32]) {
        match &self.source {
            Some((entry, part)) => batch.mean(*entry, part.clone(), gradient),
            None => gradient.fill(0.0),
        }
    }
}

/// What belongs to some parameters.
pub(super) struct Parts<'a> {
    pub parameters: &'a mut [f32],
    pub gradient: &'a mut [f32],
    pub state: &'a mut [f32],
}

impl Parts<'_> {
    #[inline(always)]
    fn split(self, at: usize) -> (Self, Self) {
        let numbers = self.state.len().checked_div(self.parameters.len()).unwrap_or(0);
        let (parameters, more_parameters) = self.parameters.split_at_mut(at);
        let (gradient, more_gradient) = self.gradient.split_at_mut(at);
        let (state, more_state) = self.state.split_at_mut(numbers * at);
        (
            Parts { parameters, gradient, state },
            Parts { parameters: more_parameters, gradient: more_gradient, state: more_state },
        )
    }

    /// The optimizer's new values: in registers, and what is left over one by one, with the same
    /// bits.
    #[inline(always)]
    pub fn update<V: Lanes, O: Optimizer>(self, optimizer: &O) {
        let len = self.parameters.len();
        let (whole, rest) = self.split(len - len % V::LANES);
        whole.update_in::<V, O>(optimizer);
        rest.update_in::<f32, O>(optimizer);
    }

    #[inline(always)]
    fn update_in<V: Lanes, O: Optimizer>(self, optimizer: &O) {
        V::vectorize(
            optimizer,
            #[inline(always)]
            |optimizer| {
                let numbers = O::State::<V>::default().as_ref().len();
                let mut states = self.state;
                let parameters = self.parameters.chunks_exact_mut(V::LANES);
                for (parameter, gradient) in parameters.zip(self.gradient.chunks_exact(V::LANES)) {
                    let (stored, others) = states.split_at_mut(numbers * V::LANES);
                    states = others;
                    let mut state = O::State::<V>::default();
                    for (value, stored) in
                        state.as_mut().iter_mut().zip(stored.chunks_exact(V::LANES))
                    {
                        *value = load(stored);
                    }
                    store(optimizer.update(load(parameter), load(gradient), &mut state), parameter);
                    for (value, stored) in
                        state.as_ref().iter().zip(stored.chunks_exact_mut(V::LANES))
                    {
                        store(*value, stored);
                    }
                }
            },
        );
    }
}

#[inline(always)]
fn load<V: Lanes>(numbers: &[f32]) -> V {
    let mut lanes = V::ZERO.to_array();
    lanes.as_mut().copy_from_slice(numbers);
    V::from_array(lanes)
}

#[inline(always)]
fn store<V: Lanes>(value: V, numbers: &mut [f32]) {
    numbers.copy_from_slice(value.to_array().as_ref());
}

/// Does all jobs, on several threads if these are `threads`.
pub(super) fn each(
    jobs: &[Job],
    parts: Parts,
    threads: bool,
    work: &(impl Fn(&Job, Parts) + Sync),
) {
    let (first, rest) = match jobs {
        [] => return,
        [job] => return work(job, parts),
        jobs => jobs.split_at(half(jobs)),
    };
    let (begin, middle) = (first[0].parameters.start, rest[0].parameters.start);
    let (left, right) = parts.split(middle - begin);
    if threads {
        rayon::join(|| each(first, left, true, work), || each(rest, right, true, work));
    } else {
        each(first, left, false, work);
        each(rest, right, false, work);
    }
}

/// Returns how many of these jobs, at least two, have about half of their parameters.
fn half(jobs: &[Job]) -> usize {
    let [begin, end] = [jobs[0].parameters.start, jobs[jobs.len() - 1].parameters.end];
    let middle = begin + (end - begin) / 2;
    let half = jobs.partition_point(|job| job.parameters.end <= middle);
    half.clamp(1, jobs.len() - 1)
}
