//! In the field: a board learns.

use indicatif::HumanCount;
use trimpot::metric::ConfusionMatrix;
use trimpot_tuner::digits::{CLASSES, INPUTS, Network};

use super::data::{Data, Split};
use super::terminal;
use crate::board::{Board, BoardError};
use crate::dataset::Dataset;
use crate::evaluate::{accuracy, evaluate};

/// How often the accuracy is looked at while the board learns, in samples.
const EVERY: usize = 5;

/// How the board does after some samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The samples that it has learned.
    pub samples: usize,
    /// Its accuracy on the field's other digits.
    pub field: f32,
    /// Its accuracy on the factory's test digits.
    pub factory: f32,
}

/// What came of teaching a board.
#[derive(Clone, Debug)]
pub struct AdaptationRun {
    /// The board's answers for the field's other digits before it learned.
    pub before: ConfusionMatrix<CLASSES>,
    /// The same after it.
    pub after: ConfusionMatrix<CLASSES>,
    /// How it does on the factory's test digits after it.
    pub factory: ConfusionMatrix<CLASSES>,
    /// How it did on the way.
    pub points: Vec<Point>,
    /// How many samples of the factory the board replays.
    pub pinned: u32,
    /// By how many samples of the factory it judges commits.
    pub held_out: u32,
    /// Steps of gradient descent, on new samples and replayed ones.
    pub steps: u32,
    /// The fingerprint of the weights after it.
    pub fingerprint: u32,
    /// Whether the host gives the same answers with the board's weights.
    pub host_agrees: bool,
}

/// Asks the board for the class of every sample.
pub fn ask(
    board: &mut Board,
    data: &Dataset<INPUTS>,
) -> Result<ConfusionMatrix<CLASSES>, BoardError> {
    let digits = HumanCount(data.len() as u64);
    let _spinner = terminal::spinner(&format!("asking the board for {digits} digits"));
    board.evaluate(data)
}

/// Lets the board learn from the samples to learn from, one sample after another.
///
/// Before and after, the board itself is asked for every other digit. On the way its weights are
/// read back, and the host answers in its place: with the same bits, and much faster.
pub fn teach(
    board: &mut Board,
    data: &Data,
    split: &Split,
    mut watch: impl FnMut(Point),
) -> Result<AdaptationRun, BoardError> {
    let before = ask(board, &split.others)?;
    let mut points = Vec::new();
    let mut steps = 0;
    let mut look = |board: &mut Board, samples: usize| -> Result<Network, BoardError> {
        let network = board.read_network()?;
        let accuracy = |data| accuracy(&evaluate(&network, data));
        let (field, factory) = (accuracy(&split.others), accuracy(&data.test));
        let point = Point { samples, field, factory };
        points.push(point);
        watch(point);
        Ok(network)
    };

    let mut network = look(board, 0)?;
    let replay = board.describe()?.replay;
    for (index, (features, label)) in split.learn.iter().enumerate() {
        steps += board.learn(features, label)?.steps;
        let learned = index + 1;
        if learned % EVERY == 0 || learned == split.learn.len() {
            network = look(board, learned)?;
        }
    }
    let after = ask(board, &split.others)?;
    Ok(AdaptationRun {
        before,
        after,
        factory: evaluate(&network, &data.test),
        points,
        pinned: replay.pinned,
        held_out: replay.held_out,
        steps,
        fingerprint: board.describe()?.fingerprint,
        host_agrees: evaluate(&network, &split.others) == after,
    })
}
