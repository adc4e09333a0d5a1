//! In the field: a board learns.

use indicatif::HumanCount;
use trimpot::metric::ConfusionMatrix;
use trimpot_host::board::{Board, BoardError};
use trimpot_host::dataset::Dataset;
use trimpot_host::evaluate::evaluate;
use trimpot_tuner::digits::{CLASSES, Network};

use super::accuracy;
use super::data::{Data, Split, digits};
use super::simulated::read_network;
use super::terminal;

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
pub fn ask(board: &mut Board, data: &Dataset) -> Result<ConfusionMatrix<CLASSES>, BoardError> {
    let count = HumanCount(data.len() as u64);
    let _spinner = terminal::spinner(&format!("asking the board for {count} digits"));
    let mut matrix = ConfusionMatrix::new();
    for (features, label) in digits(data)?.iter() {
        // Where an output is not finite, there is no class, and no class is right.
        let class = board.predict(features)?.class.map_or(CLASSES, |class| class as usize);
        matrix.record(label as usize, class);
    }
    Ok(matrix)
}

/// Lets the board learn from the samples to learn from, one sample after another.
///
/// Before and after, the board itself is asked for every other digit. On the way its weights are
/// read back, and the host answers in its place: with the same bits, and much faster.
///
/// # Errors
/// If the board refuses something, or does not answer.
pub fn teach(
    board: &mut Board,
    data: &Data,
    split: &Split,
    mut watch: impl FnMut(Point),
) -> Result<AdaptationRun, BoardError> {
    let before = ask(board, &split.others)?;
    let (others, test) = (digits(&split.others)?, digits(&data.test)?);
    let mut points = Vec::new();
    let mut steps = 0;
    let mut look = |board: &mut Board, samples: usize| -> Result<Network, BoardError> {
        let network = read_network(board)?;
        let [field, factory] = [others, test].map(|digits| accuracy(&evaluate(&network, digits)));
        let point = Point { samples, field, factory };
        points.push(point);
        watch(point);
        Ok(network)
    };

    let mut network = look(board, 0)?;
    let replay = board.describe()?.replay;
    for (index, (features, label)) in digits(&split.learn)?.iter().enumerate() {
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
        factory: evaluate(&network, test),
        points,
        pinned: replay.pinned,
        held_out: replay.held_out,
        steps,
        fingerprint: board.describe()?.fingerprint,
        host_agrees: evaluate(&network, others) == after,
    })
}
