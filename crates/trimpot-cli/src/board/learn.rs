//! `trimpot board learn`: samples that a board learns from.

use indicatif::HumanCount;
use trimpot_host::board::{Board, BoardError, BoardTarget};
use trimpot_host::dataset::{Data, Dataset};
use trimpot_link::Error;

use super::classes;
use super::error::BoardCommandError;
use super::folder::{Folder, LoadedBoard};
use crate::data::{self, SampleOptions};
use crate::model::UseError;
use crate::terminal::{complain, counted, digits, lacking, plain, say};

/// Lets the board learn from the samples one by one, and commits if that is wanted. Where the
/// commit fails, what became of the samples is printed before.
pub fn learn(
    folder: &Folder<'_>,
    samples: &SampleOptions,
    commit: bool,
) -> Result<String, BoardCommandError> {
    let SampleOptions { data, reading } = samples;
    let LoadedBoard { mut board, model, room } = folder.loaded(samples)?;
    let mut spec = model.data_spec(reading);
    (spec.outputs, spec.new_classes) = (spec.outputs + room, room);
    let Data { dataset, dropped, .. } = data::read(&spec, data).map_err(UseError::Data)?;
    model.warn_of(&dataset);
    let rounding = board.rounding(dataset.features());
    model.coarse_features(&rounding).iter().for_each(|line| complain(line));
    let known = model.stored.about.classes.len();
    let new = dataset.classes().get(known..).unwrap_or_default();
    if !new.is_empty() {
        classes::write(&folder.class_file(), dataset.classes())?;
    }

    let mut text = Lesson::of(&mut board, &dataset)?.text(dataset.len());
    if !new.is_empty() {
        text += &format!("new classes: {}\n", plain(&new.join(", ")));
    }
    if dropped > 0 {
        text += &format!("left out: {}\n", lacking(dropped));
    }
    match super::commit_if(&mut board, commit) {
        Ok(committed) => Ok(text + &committed),
        Err(error) => {
            text.lines().for_each(say);
            Err(error)
        }
    }
}

/// What became of samples that were to be learned.
#[derive(Default)]
struct Lesson {
    /// The loss of each that was learned, before that.
    losses: Vec<f32>,
    /// Passes over a sample, forward and backward: over each that was learned, and over replayed
    /// ones. A step of the optimizer takes as many as the batch has.
    passes: u64,
    rollbacks: u64,
    /// Those that are far outside of the range, each with its feature, both from 1.
    outside: Vec<(usize, u32)>,
    /// Those that are anomalous, from 1, with their scores and the threshold.
    anomalous: Vec<(usize, f32, f32)>,
}

impl Lesson {
    /// Lets the board learn from all samples.
    fn of(board: &mut Board, dataset: &Dataset) -> Result<Self, BoardError> {
        let mut lesson = Lesson::default();
        for (number, (features, target)) in (1..).zip(BoardTarget::of_samples(dataset)) {
            match board.learn(features, target) {
                Ok(learned) => {
                    lesson.losses.push(learned.loss);
                    lesson.passes += u64::from(learned.steps);
                    lesson.rollbacks += u64::from(learned.rolled_back);
                }
                Err(BoardError::Refused(Error::OutOfRange { feature })) => {
                    lesson.outside.push((number, feature + 1));
                }
                Err(BoardError::Refused(Error::Anomalous { score, threshold })) => {
                    lesson.anomalous.push((number, score, threshold));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(lesson)
    }

    /// Returns what is to be said of it.
    fn text(&self, samples: usize) -> String {
        let Lesson { losses, passes, rollbacks, outside, anomalous } = self;
        let count = |count: usize| HumanCount(count as u64);
        let mut text = format!(
            "learned {} of {}, in {} forward and backward, over them and over replayed ones\n",
            count(losses.len()),
            counted(samples, "sample"),
            counted(*passes, "pass")
        );
        if !losses.is_empty() {
            let part = losses.len().div_ceil(4);
            let [whole, first, last] =
                [&losses[..], &losses[..part], &losses[losses.len() - part..]].map(mean);
            text += &format!(
                "loss before each sample: mean {whole}, {first} of the first {part}, {last} of the \
                 last {part}\n",
            );
        }
        if let Some((sample, feature)) = outside.first() {
            text += &format!(
                "{} refused, far outside of the range that was installed: the first is sample \
                 {sample}, feature {feature}\n",
                count(outside.len())
            );
        }
        if let Some(&(sample, score, threshold)) = anomalous.first() {
            text += &format!(
                "{} refused, anomalous: the first is sample {sample}, with a score of {} above {}\n",
                count(anomalous.len()),
                digits(score),
                digits(threshold)
            );
        }
        if *rollbacks > 0 {
            let times = counted(*rollbacks, "time");
            text += &format!("{times} the board returned to what is stored\n");
        }
        text
    }
}

fn mean(losses: &[f32]) -> String {
    let sum: f64 = losses.iter().map(|&loss| f64::from(loss)).sum();
    digits((sum / losses.len() as f64) as f32)
}
