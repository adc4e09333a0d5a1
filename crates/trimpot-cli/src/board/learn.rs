//! `trimpot board learn`: samples that a board learns from.

use indicatif::HumanCount;
use trimpot_host::board::{BoardAddress, BoardError};
use trimpot_host::dataset::Data;
use trimpot_link::Error;

use super::error::BoardCommandError;
use super::folder::Folder;
use super::samples::Samples;
use crate::terminal::digits;

/// Lets the board learn from the samples one by one, and commits if that is wanted.
pub fn learn(
    folder: &Folder<'_>,
    samples: &Samples,
    commit: bool,
) -> Result<String, BoardCommandError> {
    let (mut board, _, Data { dataset, dropped, .. }) = samples.read(folder)?;
    let (mut losses, mut steps, mut rollbacks) = (Vec::new(), 0, 0);
    let mut outside = Vec::new();
    for (number, (features, label)) in (1..).zip(dataset.labelled()?) {
        match board.learn(features, label) {
            Ok(learned) => {
                losses.push(learned.loss);
                steps += u64::from(learned.steps);
                rollbacks += u64::from(learned.rolled_back);
            }
            Err(BoardError::Refused(Error::OutOfRange { feature })) => {
                outside.push((number, feature + 1));
            }
            Err(error) => return Err(error.into()),
        }
    }

    let count = |count: usize| HumanCount(count as u64);
    let all = count(dataset.len());
    let mut text = format!(
        "learned {} of {all} samples, in {} steps on them and on replayed ones\n",
        count(losses.len()),
        HumanCount(steps)
    );
    if !losses.is_empty() {
        let part = losses.len().div_ceil(4);
        let [whole, first, last] =
            [&losses[..], &losses[..part], &losses[losses.len() - part..]].map(mean);
        text += &format!(
            "loss before each sample: mean {whole}, {first} of the first {part}, {last} of the last \
             {part}\n",
        );
    }
    if let Some((sample, feature)) = outside.first() {
        text += &format!(
            "{} refused, far outside of the range that was installed: the first is sample {sample}, \
             feature {feature}\n",
            count(outside.len())
        );
    }
    if dropped > 0 {
        text += &format!("{} left out that lack a value\n", count(dropped));
    }
    if rollbacks > 0 {
        text += &format!("{rollbacks} times the board returned to what is stored\n");
    }
    text += &match board.address() {
        _ if commit => super::commit(&mut board)?,
        BoardAddress::Simulated { .. } | BoardAddress::Qemu { .. } => {
            "not committed: it is forgotten with the end of this command\n".to_owned()
        }
        BoardAddress::Serial { .. } => "not committed yet\n".to_owned(),
    };
    Ok(text)
}

fn mean(losses: &[f32]) -> String {
    let sum: f64 = losses.iter().map(|&loss| f64::from(loss)).sum();
    digits((sum / losses.len() as f64) as f32)
}
