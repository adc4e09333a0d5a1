//! The loss landscapes of a study, on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use trimpot_host::study::{
    Draw, Experiment, ExperimentResult, Landscape, Recipe, Stop, StudyError,
};

use super::page::{Landscapes, WITH_LANDSCAPES};
use crate::progress::Bar;
use crate::terminal::{counted, say};
use crate::threads;

/// A level whose landscape is computed.
struct Job<'a> {
    experiment: &'a Experiment,
    level: &'a str,
    recipe: &'a Recipe,
}

/// Returns the landscapes of the levels of some experiments.
///
/// # Errors
/// If `stop` says so, or a level cannot be trained.
pub(super) fn landscapes(
    results: &[ExperimentResult<'_>],
    count: usize,
    stop: &Stop,
) -> Result<Landscapes, StudyError> {
    let mut jobs = Vec::new();
    for result in results {
        let experiment = result.experiment;
        let levels = result.levels.iter().filter_map(|level| {
            Some(Job { experiment, level: &level.level.name, recipe: level.procedure.recipe()? })
        });
        jobs.extend(levels.filter(|_| WITH_LANDSCAPES.contains(&experiment.name)));
    }
    if !jobs.is_empty() {
        say(&counted(jobs.len(), "loss landscape"));
    }
    let bar = Mutex::new((Bar::new("the landscapes"), 0));
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Landscape)>, StudyError> {
        let mut found = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(number) else { return Ok(found) };
            let landscape = job.landscape(stop)?;
            found.extend(landscape.map(|landscape| (number, landscape)));
            let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
            bar.1 += 1;
            let share = f64::from(bar.1) / jobs.len() as f64;
            bar.0.show(job.experiment.name, job.level, share);
        }
    };
    let found = thread::scope(|scope| {
        let workers: Vec<_> = (0..count.max(1)).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        // All of them are waited for, whatever the first one says.
        ended.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, _>>()
    });
    bar.into_inner().unwrap_or_else(PoisonError::into_inner).0.finish();
    let mut found: Vec<(usize, Landscape)> = found?.into_iter().flatten().collect();
    found.sort_by_key(|(number, _)| *number);
    let named = found.into_iter().map(|(number, landscape)| {
        let Job { experiment, level, .. } = jobs[number];
        (experiment.name, level.to_owned(), landscape)
    });
    Ok(named.collect())
}

impl Job<'_> {
    /// Returns the landscape, computed on a thread of its own; none, if training changes nothing.
    fn landscape(&self, stop: &Stop) -> Result<Option<Landscape>, StudyError> {
        let subject = &self.experiment.subject;
        let pool = threads::pool(1, subject.kind.outputs())?;
        let found = pool.install(|| Landscape::of(self.recipe, subject, Draw::Seed(0), stop));
        let found = found.map_err(|source| StudyError::Recipe {
            experiment: self.experiment.name.to_owned(),
            level: self.level.to_owned(),
            source,
        })?;
        if stop() { Err(StudyError::Stopped) } else { Ok(found) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use trimpot::spec::Dims;
    use trimpot_host::dataset::Dataset;
    use trimpot_host::study::catalogue::{self, Effort, Subjects};
    use trimpot_host::study::{Kind, Runs, Shard, Study, Subject};

    use super::*;

    #[test]
    fn landscapes_are_the_same_for_any_number_of_threads_and_can_be_stopped() {
        let features =
            (0..60_u8).map(|sample| [f32::from(sample % 7), f32::from(sample % 2)]).collect();
        let classes = (0..60).map(|sample| sample % 2).collect();
        let dataset = Dataset::new::<2, u32>(features, classes).unwrap();
        let subject = Subject::new("parity", Dims::vector(2), Kind::Classes(2), dataset, None);
        let mut experiments =
            catalogue::experiments(&Subjects::new(Arc::new(subject)), Effort { samples: 200 });
        experiments.retain(|experiment| ["batch-size", "hidden-layers"].contains(&experiment.name));
        let study = Study { experiments, points: 1, seeds: 2 };
        let go: Stop = Arc::new(|| false);
        let runs = study.run(Shard::WHOLE, 1, Runs::default(), &go, |_, _| Ok(())).unwrap();
        let results = study.results(&runs);
        let [one, three] = [1, 3].map(|count| landscapes(&results, count, &go).unwrap());
        let names: Vec<&str> = one.iter().map(|(_, level, _)| &**level).collect();
        assert_eq!(names, ["1 hidden layer", "2 hidden layers", "3 hidden layers"]);
        assert_eq!(one, three);
        let stop: Stop = Arc::new(|| true);
        assert!(matches!(landscapes(&results, 2, &stop), Err(StudyError::Stopped)));
    }
}
