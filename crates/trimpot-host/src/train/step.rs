//! One step of the optimizer: forward and backward by blocks of samples, then gradient and update
//! by runs of parameters. Either is spread over threads, and neither order nor bits depend on them.
//!
//! All of it is computed in the lanes of the level that the program is on when a trainer is made.
//! They are hidden behind [`Steps`], so a trainer has the same type on all levels.

mod jobs;

use std::cell::RefCell;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Range;

use aligned_vec::{AVec, avec};
use trimpot::clip::{ClipNorm, ClipValue};
use trimpot::lanes::{Kernel, Level, Registers, RowMajor};
use trimpot::optimizer::Optimizer;
use trimpot::penalty::Penalty;

use self::jobs::{Job, Parts, Place, each};
use super::blocks::{Blocks, Memories};
use super::config::TrainConfig;
use super::gradient::Batch;
use super::tape::{Entry, Kind, Tape};
use super::trainable::{Totals, Trainable};

/// What happens to gradients that are too large.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Clipping {
    /// Nothing.
    #[default]
    None,
    /// Every element is cut.
    Value(ClipValue),
    /// The whole gradient is scaled.
    Norm(ClipNorm),
}

/// Parameters of a job: so few that their gradient stays in the nearest cache of a core, and enough
/// to outweigh handing it over.
const JOB: usize = 4096;

thread_local! {
    /// The gradient of a thread's job, where nobody asks for that of all parameters.
    static GRADIENT: RefCell<AVec<f32>> = RefCell::new(avec![]);
}

/// Multiply-adds of a step that are worth a second thread.
pub(super) const WORTHWHILE: usize = 2_000_000;

/// Steps of a model, in whichever lanes.
pub(super) trait Steps<T, O>: Debug + Send + Sync {
    /// One step on these samples, at least one of them.
    fn step(
        &mut self,
        model: &mut T,
        optimizer: &mut O,
        config: &TrainConfig,
        samples: &[usize],
        noise: u32,
    ) -> Totals;

    /// Returns the size of the largest element of the gradient of these samples, on which there was
    /// a step already. Nothing is learned. What is no number counts as infinite.
    fn largest(&mut self, model: &T, samples: &[usize], noise: u32) -> f32;

    /// Returns the optimizer's numbers: the first one of all parameters, then the second one.
    fn state(&self) -> Vec<Vec<f32>>;

    /// Puts the optimizer's numbers back.
    fn set_state(&mut self, numbers: &[Vec<f32>]);
}

/// Returns the steps of a model of so many parameters, in the lanes of the current level.
pub(super) fn steps<T: Trainable, O: Optimizer + Sync>(parameters: usize) -> Box<dyn Steps<T, O>> {
    struct New<T, O>(usize, PhantomData<(T, O)>);
    impl<T: Trainable, O: Optimizer + Sync> Kernel for New<T, O> {
        type Output = Box<dyn Steps<T, O>>;
        #[inline(always)]
        fn run<V: Registers>(self) -> Self::Output {
            Box::new(Stepper::<V::Block>::new::<O>(self.0))
        }
    }
    Level::current().run(New(parameters, PhantomData))
}

/// What stays from step to step.
#[derive(Debug)]
struct Stepper<V> {
    tapes: Vec<Tape<V>>,
    memories: Memories<V>,
    /// What the statistics of the network are after a batch.
    statistics: Vec<f32>,
    entries: Vec<Entry>,
    jobs: Vec<Job>,
    /// How many parameters there are.
    parameters: usize,
    /// That of all parameters, where it is clipped as a whole. Aligned as a [`Tape`] is.
    gradient: AVec<f32>,
    /// The optimizer's numbers: of each register of a job's parameters the first number, then the
    /// second one; then of each parameter that is left. So they are one stream from and to memory.
    state: AVec<f32>,
    /// How many there are of each parameter.
    numbers: usize,
}

impl<V: RowMajor, T: Trainable, O: Optimizer + Sync> Steps<T, O> for Stepper<V> {
    fn step(
        &mut self,
        model: &mut T,
        optimizer: &mut O,
        config: &TrainConfig,
        samples: &[usize],
        noise: u32,
    ) -> Totals {
        let work = 3 * samples.len() * self.parameters;
        let threads = work >= WORTHWHILE && rayon::current_num_threads() > 1;
        let totals = self.pass(model, samples, noise, threads);
        if self.tapes[0].entries() != self.entries {
            self.partition();
        }

        optimizer.advance();
        let batch = Batch { tapes: &self.tapes, samples: samples.len() };
        let (parameters, statistics) = model.weights_mut().split_at_mut(self.parameters);
        statistics.copy_from_slice(&self.statistics);
        let parts = Parts { parameters, gradient: &mut self.gradient, state: &mut self.state };
        let gradient = |job: &Job, parts: &mut Parts| {
            job.gradient(batch, parts.gradient);
            if let Some(penalty) = &config.penalty {
                penalty.add_gradient::<f32>(parts.parameters, parts.gradient);
            }
        };
        match config.clipping {
            Clipping::None | Clipping::Value(_) => {
                each(&self.jobs, parts, threads, &|job, parts| {
                    GRADIENT.with_borrow_mut(|numbers| {
                        numbers.resize(numbers.len().max(job.parameters.len()), 0.0);
                        let own = &mut numbers[..job.parameters.len()];
                        let parts = Parts { gradient: own, ..parts };
                        V::vectorize(
                            parts,
                            #[inline(always)]
                            |mut parts| {
                                gradient(job, &mut parts);
                                if let Clipping::Value(clip) = config.clipping {
                                    clip.clip(parts.gradient);
                                }
                                parts.update::<V, O>(optimizer);
                            },
                        );
                    });
                })
            }
            Clipping::Norm(clip) => {
                let Parts { parameters, gradient: all, state } = parts;
                let parts =
                    Parts { parameters: &mut *parameters, gradient: &mut *all, state: &mut *state };
                each(&self.jobs, parts, threads, &|job, parts| {
                    V::vectorize(
                        parts,
                        #[inline(always)]
                        |mut parts| gradient(job, &mut parts),
                    );
                });
                clip.clip(all);
                let parts = Parts { parameters, gradient: all, state };
                each(&self.jobs, parts, threads, &|_, parts| parts.update::<V, O>(optimizer));
            }
        }
        totals
    }

    fn largest(&mut self, model: &T, samples: &[usize], noise: u32) -> f32 {
        self.pass(model, samples, noise, false);
        let batch = Batch { tapes: &self.tapes, samples: samples.len() };
        for job in &self.jobs {
            job.gradient(batch, &mut self.gradient[job.parameters.clone()]);
        }
        self.gradient.iter().fold(0.0, |largest, element| {
            if element.is_nan() { f32::INFINITY } else { largest.max(element.abs()) }
        })
    }

    fn state(&self) -> Vec<Vec<f32>> {
        Stepper::state(self)
    }

    fn set_state(&mut self, numbers: &[Vec<f32>]) {
        Stepper::set_state(self, numbers);
    }
}

impl<V: RowMajor> Stepper<V> {
    fn new<O: Optimizer>(parameters: usize) -> Self {
        let numbers = O::State::<f32>::default().as_ref().len();
        Stepper {
            tapes: Vec::new(),
            memories: Memories::default(),
            statistics: Vec::new(),
            entries: Vec::new(),
            jobs: Vec::new(),
            parameters,
            gradient: avec![0.0; parameters],
            state: avec![0.0; parameters * numbers],
            numbers,
        }
    }

    /// Forward and backward, a tape for each block.
    fn pass<T: Trainable>(
        &mut self,
        model: &T,
        samples: &[usize],
        noise: u32,
        threads: bool,
    ) -> Totals {
        let blocks = samples.len().div_ceil(V::LANES);
        self.tapes.resize_with(self.tapes.len().max(blocks), Tape::default);
        let tapes = &mut self.tapes[..blocks];
        let blocks = Blocks { samples, tapes, memories: &self.memories, threads };
        model.pass_batch(blocks, noise, &mut self.statistics);
        Batch { tapes: &self.tapes, samples: samples.len() }.totals()
    }

    /// Cuts the run of parameters into jobs. It depends on the network alone.
    fn partition(&mut self) {
        // The numbers so far are stored parameter by parameter.
        let state = self.state();
        self.entries = self.tapes[0].entries().to_vec();
        let mut entries = self.entries.clone();
        entries.sort_by_key(|entry| entry.at);
        self.jobs.clear();
        let mut next = 0;
        for entry in entries {
            assert!(entry.at >= next, "a layer adds to the gradient of a parameter once");
            self.cover(next..entry.at);
            let (whole, unit) = match entry.kind {
                Kind::Matrix { rows, columns, .. } => (rows, columns),
                Kind::Run { len } => (len, 1),
            };
            // Whole tiles of rows.
            let step = (JOB / unit).next_multiple_of(8).max(8);
            for first in (0..whole).step_by(step) {
                let part = first..whole.min(first + step);
                let parameters = entry.at + part.start * unit..entry.at + part.end * unit;
                self.jobs.push(Job { parameters, source: Some((entry, part)) });
            }
            next = entry.at + entry.len();
        }
        self.cover(next..self.parameters);
        self.set_state(&state);
    }

    /// Parameters that no layer said anything of.
    fn cover(&mut self, parameters: Range<usize>) {
        if !parameters.is_empty() {
            self.jobs.push(Job { parameters, source: None });
        }
    }

    fn state(&self) -> Vec<Vec<f32>> {
        let of_number = |number| self.places().map(|place| self.state[place.of(number)]).collect();
        (0..self.numbers).map(of_number).collect()
    }

    fn set_state(&mut self, numbers: &[Vec<f32>]) {
        let mut state = std::mem::replace(&mut self.state, avec![]);
        for (number, values) in numbers.iter().enumerate() {
            for (place, &value) in self.places().zip(values) {
                state[place.of(number)] = value;
            }
        }
        self.state = state;
    }

    /// Returns where the optimizer's numbers of each parameter are. Before there are jobs, all
    /// parameters are one.
    fn places(&self) -> impl Iterator<Item = Place> {
        let whole = Job { parameters: 0..self.parameters, source: None };
        let whole = Some(whole).filter(|_| self.jobs.is_empty());
        whole
            .into_iter()
            .chain(self.jobs.iter().cloned())
            .flat_map(|job| job.places(V::LANES, self.numbers))
    }
}
