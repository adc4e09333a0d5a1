//! Runs of a study, on several threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPoolBuilder;

use super::Study;
use super::error::{RecipeError, StudyError};
use super::experiment::{Experiment, Level, Measure};
use super::record::{Record, Runs};
use super::subject::Draw;
use super::training::Stop;
use super::tuned::point;
use crate::dataset::fingerprint;

/// Stack of a thread: some losses have arrays of all outputs there.
const STACK: usize = 8 << 20;

/// A part of a study: of all levels every `of`-th one, from the `number`-th on, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { number: 1, of: 1 };

    /// Creates a part; none, unless 1 ≤ number ≤ of.
    pub fn new(number: usize, of: usize) -> Option<Self> {
        (1..=of).contains(&number).then_some(Shard { number, of })
    }

    fn has(self, level: usize) -> bool {
        level % self.of == self.number - 1
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').map(|(number, of)| (number.parse(), of.parse()));
        match parts {
            Some((Ok(number), Ok(of))) => Shard::new(number, of),
            _ => None,
        }
        .ok_or_else(|| format!("`{text}` is no part: 2/8 is the second one of eight"))
    }
}

/// How far a study is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The work that is done, in multiply-adds of training, about.
    pub done: f64,
    /// All work of this part.
    pub all: f64,
}

/// A run that is to be made.
struct Job<'a> {
    experiment: &'a Experiment,
    level: &'a Level,
    draw: Draw,
    tuned: Vec<f32>,
}

impl Job<'_> {
    /// Returns whether this is the run that a record is of.
    fn is(&self, record: &Record) -> bool {
        record.of == key(self.experiment, self.level) && record.tuned == self.tuned
    }

    fn work(&self) -> f64 {
        work(self.experiment, self.level)
    }

    fn run(&self, stop: &Stop) -> Result<Option<Record>, StudyError> {
        let Job { experiment, level, draw, tuned } = self;
        let outcome = level.procedure_with(tuned).run(&experiment.subject, *draw, stop);
        let outcome = outcome.map_err(|source| recipe_error(experiment, level, source))?;
        Ok(outcome.map(|outcome| Record {
            experiment: experiment.name.to_owned(),
            level: level.name.clone(),
            draw: *draw,
            of: key(experiment, level),
            tuned: tuned.clone(),
            outcome,
        }))
    }
}

/// About how many multiply-adds training takes.
fn work(experiment: &Experiment, level: &Level) -> f64 {
    level.procedure.work(&experiment.subject)
}

/// Tells what is trained, on what, and by which version of the program, from others: another one may
/// have other bits.
fn key(experiment: &Experiment, level: &Level) -> String {
    let text = format!("{} {:?}", level.procedure.identity(), level.tuned);
    let text = fingerprint(text.bytes().map(u32::from));
    let version = env!("CARGO_PKG_VERSION");
    format!("{version}-{:016x}", text ^ experiment.subject.fingerprint().rotate_left(7))
}

fn recipe_error(experiment: &Experiment, level: &Level, source: RecipeError) -> StudyError {
    let (experiment, level) = (experiment.name.to_owned(), level.name.clone());
    StudyError::Recipe { experiment, level, source }
}

impl Study {
    /// Checks that all levels can be trained.
    ///
    /// # Errors
    /// If one cannot.
    pub fn check(&self) -> Result<(), StudyError> {
        self.levels(Shard::WHOLE).try_for_each(|(experiment, level)| {
            let middle: Vec<f32> = point(&level.tuned, 0);
            let checked = level.procedure_with(&middle).check(&experiment.subject);
            checked.map_err(|source| recipe_error(experiment, level, source))
        })
    }

    /// Returns how many runs a part has.
    pub fn runs(&self, shard: Shard) -> usize {
        self.levels(shard).map(|(_, level)| (self.points_of(level) + self.seeds) as usize).sum()
    }

    /// Returns the levels of a part that have runs which are not done, each with its experiment and
    /// how many: of one that is not tuned yet, all of its seeds.
    pub fn missing(&self, shard: Shard, done: &Runs) -> Vec<(&Experiment, &Level, usize)> {
        let missing = self.levels(shard).map(|(experiment, level)| {
            let is_open = |draw, tuned| {
                let job = Job { experiment, level, draw, tuned };
                !done.get(experiment.name, &level.name, draw).is_some_and(|record| job.is(record))
            };
            let points = (0..self.points_of(level))
                .filter(|&number| is_open(Draw::Point(number), point(&level.tuned, number)))
                .count();
            let best = match self.points_of(level) {
                0 => Vec::new(),
                _ => self.best(experiment, level, done),
            };
            let seeds = (0..self.seeds)
                .filter(|&number| points > 0 || is_open(Draw::Seed(number), best.clone()))
                .count();
            (experiment, level, points + seeds)
        });
        missing.filter(|&(_, _, runs)| runs > 0).collect()
    }

    /// Returns whether a run is one of this study: of a level as it is here, and of a number that
    /// there is.
    pub fn has(&self, record: &Record) -> bool {
        self.levels(Shard::WHOLE).any(|(experiment, level)| {
            let is_there = match record.draw {
                Draw::Point(number) => number < self.points_of(level),
                Draw::Seed(number) => number < self.seeds,
            };
            let is_named = (experiment.name, &level.name) == (&*record.experiment, &record.level);
            is_there && is_named && record.of == key(experiment, level)
        })
    }

    /// Makes the runs of a part that are not done yet, and calls `watch` after each of them, in
    /// any order. Returns all runs of the part.
    ///
    /// The same runs have the same values for any number of threads; but for the measures of time.
    ///
    /// # Errors
    /// If a level cannot be trained, `watch` fails, or `stop` says so.
    pub fn run(
        &self,
        shard: Shard,
        threads: usize,
        done: Runs,
        stop: &Stop,
        watch: impl FnMut(&Record, Progress) -> Result<(), StudyError> + Send,
    ) -> Result<Runs, StudyError> {
        let all = self.levels(shard).map(|(experiment, level)| {
            f64::from(self.points_of(level) + self.seeds) * work(experiment, level)
        });
        let progress = Progress { done: 0.0, all: all.sum() };
        let mut workers = Workers { threads, stop, done, made: Runs::default(), progress, watch };
        let tries = self.levels(shard).flat_map(|(experiment, level)| {
            (0..self.points_of(level)).map(move |number| {
                let tuned = point(&level.tuned, number);
                Job { experiment, level, draw: Draw::Point(number), tuned }
            })
        });
        workers.make(tries.collect())?;
        let mut jobs = Vec::new();
        for (experiment, level) in self.levels(shard) {
            let best = self.best(experiment, level, &workers.made);
            jobs.extend((0..self.seeds).map(|number| {
                let tuned = best.clone();
                Job { experiment, level, draw: Draw::Seed(number), tuned }
            }));
        }
        workers.make(jobs)?;
        Ok(workers.made)
    }

    /// Returns at how many points a level is tuned.
    fn points_of(&self, level: &Level) -> u32 {
        if level.tuned.is_empty() { 0 } else { self.points }
    }

    /// Returns the values of what is tuned that did best on validation samples, of the runs that
    /// did not diverge ([`Subject::tuned_by`](super::Subject::tuned_by)); of equals the one with
    /// the lowest validation loss.
    fn best(&self, experiment: &Experiment, level: &Level, runs: &Runs) -> Vec<f32> {
        let points = (0..self.points)
            .filter_map(|number| runs.get(experiment.name, &level.name, Draw::Point(number)));
        let goodness = |record: &Record, measure: Measure| {
            let value = record.outcome.values.get(&measure);
            value.map_or(f64::NEG_INFINITY, |&value| measure.goodness(value))
        };
        let tuned_by = experiment.subject.tuned_by();
        let key = |record: &Record| {
            let loss = goodness(record, Measure::ValidationLoss);
            (record.outcome.diverged.is_none(), goodness(record, tuned_by), loss)
        };
        let best = points.reduce(|best, other| if key(other) > key(best) { other } else { best });
        best.map_or_else(Vec::new, |record| record.tuned.clone())
    }

    /// Returns the levels of a part, each with its experiment.
    fn levels(&self, shard: Shard) -> impl Iterator<Item = (&Experiment, &Level)> {
        let levels = self
            .experiments
            .iter()
            .flat_map(|experiment| experiment.levels.iter().map(move |level| (experiment, level)));
        levels.enumerate().filter(move |(number, _)| shard.has(*number)).map(|(_, level)| level)
    }
}

/// Threads that make runs, and what they have made.
struct Workers<'a, W> {
    threads: usize,
    stop: &'a Stop,
    /// Runs that need not be made again.
    done: Runs,
    made: Runs,
    progress: Progress,
    watch: W,
}

impl<W: FnMut(&Record, Progress) -> Result<(), StudyError> + Send> Workers<'_, W> {
    /// Makes those of these runs that are not done.
    fn make(&mut self, jobs: Vec<Job<'_>>) -> Result<(), StudyError> {
        let mut open = Vec::new();
        for job in jobs {
            match self.done.get(job.experiment.name, &job.level.name, job.draw) {
                Some(record) if job.is(record) => {
                    self.made.add(record.clone());
                    self.progress.done += job.work();
                }
                _ => open.push(job),
            }
        }
        // The longest first, so that no thread waits for a long one in the end.
        open.sort_by(|a, b| b.work().total_cmp(&a.work()));
        let (threads, stop, next) = (self.threads.max(1), self.stop, AtomicUsize::new(0));
        let shared = Mutex::new(self);
        let failed = AtomicBool::new(false);
        let work = || -> Result<(), StudyError> {
            // One thread for each run: what it would hand over to others is small.
            let pool = ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build()?;
            // No other run is begun after an error.
            let next = || match failed.load(Ordering::Relaxed) {
                true => None,
                false => open.get(next.fetch_add(1, Ordering::Relaxed)),
            };
            while let Some(job) = next() {
                let record = pool.install(|| job.run(stop))?.ok_or(StudyError::Stopped)?;
                let mut all = shared.lock().unwrap_or_else(PoisonError::into_inner);
                all.progress.done += job.work();
                let progress = all.progress;
                (all.watch)(&record, progress)?;
                all.made.add(record);
            }
            Ok(())
        };
        let worker = || work().inspect_err(|_| failed.store(true, Ordering::Relaxed));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            let ended = workers.into_iter().map(|worker| match worker.join() {
                Ok(ended) => ended,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            // All of them are waited for, whatever the first one says.
            ended.collect::<Vec<_>>().into_iter().collect()
        })
    }
}
