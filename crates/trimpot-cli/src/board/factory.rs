//! The samples that a factory gives to a board: which of a data set are pinned, and which are held
//! out.

use std::borrow::Cow;

use indicatif::HumanCount;
use trimpot_host::board::{FactorySamples, range};
use trimpot_host::dataset::{Dataset, Targets};
use trimpot_link::ReplayCounts;
use trimpot_model::file::HeldOut;
use trimpot_tuner::Condition;

use crate::terminal::counted;

/// Samples for a board.
pub struct Chosen {
    pub samples: FactorySamples,
    /// Whether the model has learned from the held-out ones, or may have.
    are_known: bool,
}

/// Checks, before a board is changed, that it can take samples of a data set.
///
/// # Errors
/// If there are none that it is to know, or a feature is spread too far for its range.
pub fn check(dataset: &Dataset) -> Result<(), String> {
    let known = to_know(dataset);
    if known.features().rows() < 2 {
        return Err(match dataset.targets() {
            Targets::Conditions(_) => {
                "fewer than two samples are normal: --normal names the labels that are".to_owned()
            }
            _ => "there is one sample, and one is to be replayed, and one held out".to_owned(),
        });
    }
    let [low, high] = range([known.features()].into_iter());
    let mut widths = (1..).zip(low.iter().zip(&high).map(|(low, high)| high - low));
    match widths.find(|(_, width)| !width.is_finite()) {
        Some((feature, _)) => Err(format!(
            "feature {feature} goes from {} to {}, which is too far for a board",
            low[feature - 1],
            high[feature - 1]
        )),
        None => Ok(()),
    }
}

/// Chooses samples by chance: of each class, or of all where there are no classes, so many to be
/// pinned and so many to be held out; normal ones only, where the board learns what is. If this is
/// the data set that training has held samples out of, these are held out on the board, too; else a
/// half of all.
pub fn choose(dataset: &Dataset, by_training: Option<HeldOut>, each: usize) -> Chosen {
    let known = to_know(dataset);
    let ([learned, others], is_as_in_training) = parts(known.into_owned(), by_training);
    let (samples, _) = FactorySamples::choose(&learned, &others, each);
    Chosen { samples, are_known: !is_as_in_training }
}

/// Returns the samples that a model has learned, and those that training has held out, if this is
/// the data set that it has held them out of; else a half of all each. Whether it is, too.
pub fn parts(known: Dataset, by_training: Option<HeldOut>) -> ([Dataset; 2], bool) {
    let data = known.fingerprint();
    let by_training = by_training.filter(|held_out| held_out.data == data);
    let (share, seed) = by_training.map_or((0.5, 0), |held_out| (held_out.share, held_out.seed));
    let (learned, others) = known.hold_out(share, seed);
    ([learned, others], by_training.is_some())
}

impl Chosen {
    /// Says how many samples the board has, and whether the held-out ones are new to the model.
    pub fn text(&self, replay: ReplayCounts) -> String {
        let (pinned, held_out) =
            (counted(replay.pinned, "sample"), HumanCount(replay.held_out.into()));
        let are = if replay.pinned == 1 { "is" } else { "are" };
        let worth = match self.are_known {
            true => "which the model may have learned: `trimpot train --hold-out` spares some",
            false => "as in training",
        };
        format!("{pinned} {are} pinned, {held_out} held out, {worth}\n")
    }
}

/// Returns the samples that a board is to know: where it learns what is normal, those that are.
fn to_know(dataset: &Dataset) -> Cow<'_, Dataset> {
    match dataset.targets() {
        Targets::Conditions(_) => Cow::Owned(dataset.split_condition(Condition::Normal).0),
        Targets::Classes(_) | Targets::Numbers(_) => Cow::Borrowed(dataset),
    }
}
