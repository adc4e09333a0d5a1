//! What is timed: the lines of the two tables, each with its bar.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::isa::Isa;
use crate::network::Network;

/// Work that every contender does in its own way, on data from files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// What the table calls it.
    pub name: String,
    /// Where its data is, and where contenders put what they compute.
    pub folder: PathBuf,
    pub work: Work,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// The value of a loss and its gradient by the predictions.
    Loss(LossWork),
    /// One pass over the rows, batch by batch in their order: forward, loss, backward, update.
    Training(TrainingWork),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct LossWork {
    pub loss: LossName,
    /// Rows of a matrix of logits; 1 where every element is on its own.
    pub rows: usize,
    pub columns: usize,
}

impl LossWork {
    pub fn elements(&self) -> usize {
        self.rows * self.columns
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossName {
    /// Mean squared error.
    Mse,
    /// Mean Huber loss, delta 1.
    Huber,
    /// Mean hinge, margin 1, targets −1 and 1.
    Hinge,
    /// Soft Dice of all elements together, smoothing 1.
    Dice,
    /// Mean binary cross-entropy on logits.
    Bce,
    /// Mean over rows of softmax cross-entropy with class labels.
    CrossEntropy,
}

/// A network with softmax cross-entropy, the gradient averaged over a batch.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TrainingWork {
    pub network: Network,
    pub optimizer: OptimizerName,
    pub learning_rate: f32,
    pub batch: usize,
    pub rows: usize,
}

impl TrainingWork {
    /// Returns how many steps a pass has. The last batch may be smaller.
    pub fn steps(&self) -> usize {
        self.rows.div_ceil(self.batch)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Plain gradient descent.
    Sgd,
    /// Adam with 0.9, 0.999 and 1e-8.
    Adam,
}

impl Case {
    pub fn file(&self, what: &str) -> PathBuf {
        self.folder.join(what)
    }
}

/// A line of a table.
#[derive(Clone, Debug)]
pub struct Line {
    pub case: Case,
    pub threads: usize,
    /// What Trimpot is held to: all of them.
    pub bars: Vec<Bar>,
}

impl Line {
    /// Returns what the time of one run is divided by, for the table's unit.
    pub fn per(&self) -> f64 {
        match self.case.work {
            Work::Loss(work) => work.elements() as f64,
            // ns to µs; an epoch is one run.
            Work::Training(_) if self.is_epoch() => 1e3,
            Work::Training(work) => work.steps() as f64 * 1e3,
        }
    }

    /// Returns the table's unit.
    pub fn unit(&self) -> &'static str {
        if self.is_loss() { "ns" } else { "µs" }
    }

    pub fn is_loss(&self) -> bool {
        matches!(self.case.work, Work::Loss(_))
    }

    pub fn is_epoch(&self) -> bool {
        self.case.name.contains("epoch")
    }
}

/// The UCI digits: rows and features of `data/digits8.npz`.
pub const DIGITS: (usize, usize) = (1797, 64);

/// Returns all lines, with data below `folder`.
pub fn lines(folder: &Path) -> Vec<Line> {
    let mut lines = losses(folder);
    lines.extend(training(folder));
    lines
}

const KI: usize = 1 << 10;
const MI: usize = 1 << 20;

fn losses(folder: &Path) -> Vec<Line> {
    use LossName::*;
    let line = |name: &str, loss, rows, columns, bars| {
        let work = Work::Loss(LossWork { loss, rows, columns });
        Line { case: case(folder, name, work), threads: 1, bars }
    };
    vec![
        line("MSE, 64 elements", Mse, 1, 64, vec![Bar::at_most(0.25)]),
        line("MSE, 64 Ki", Mse, 1, 64 * KI, vec![Bar::Faster(4.0, "jax")]),
        line("MSE, 16 Mi", Mse, 1, 16 * MI, vec![Bar::Faster(0.9, "triad")]),
        line(
            "Huber, 64 Ki",
            Huber,
            1,
            64 * KI,
            vec![Bar::either(Bar::Faster(8.0, "jax"), Bar::Faster(0.85, "triad"))],
        ),
        line(
            "hinge, 1 Mi",
            Hinge,
            1,
            MI,
            vec![Bar::either(Bar::Faster(3.0, "jax"), Bar::Faster(0.9, "triad"))],
        ),
        line("Dice, 1 Mi", Dice, 1, MI, vec![Bar::Faster(2.0, "jax")]),
        line(
            "BCE on logits, 1 Mi",
            Bce,
            1,
            MI,
            vec![Bar::Faster(6.0, "torch compiled"), Bar::at_most_on(Isa::Avx2, 0.75)],
        ),
        line(
            "cross-entropy, 10 classes, 64 Ki",
            CrossEntropy,
            6554,
            10,
            vec![Bar::Faster(5.0, "jax"), Bar::at_most_on(Isa::Avx2, 0.65)],
        ),
        line(
            "cross-entropy, 1000 classes, 1 Mi",
            CrossEntropy,
            1049,
            1000,
            vec![Bar::Faster(1.3, "jax"), Bar::at_most_on(Isa::Avx2, 0.5)],
        ),
    ]
}

fn training(folder: &Path) -> Vec<Line> {
    use OptimizerName::*;
    let small = |optimizer, learning_rate, batch, rows| {
        let network = Network::Dense { inputs: 64, hidden: 32, outputs: 10 };
        TrainingWork { network, optimizer, learning_rate, batch, rows }
    };
    let large = TrainingWork {
        network: Network::Dense { inputs: 784, hidden: 128, outputs: 10 },
        ..small(Adam, 1e-3, 64, KI)
    };
    let ds_cnn = TrainingWork { network: Network::DsCnn, ..small(Sgd, 0.05, 32, 128) };
    let line = |name: &str, work, threads, bars| {
        let work = Work::Training(work);
        Line { case: case(folder, name, work), threads, bars }
    };
    let scan = |times| Bar::Faster(times, "jax scan");
    vec![
        line("64-32-10, SGD, batch 1", small(Sgd, 0.05, 1, KI), 1, vec![scan(4.0)]),
        line(
            "64-32-10, SGD, batch 32",
            small(Sgd, 0.05, 32, 4 * KI),
            1,
            vec![scan(3.0), Bar::at_most_on(Isa::Avx2, 5.5)],
        ),
        line("64-32-10, Adam, batch 32", small(Adam, 1e-3, 32, 4 * KI), 1, vec![scan(3.0)]),
        line(
            "784-128-10, Adam, batch 64, 1 thread",
            large,
            1,
            vec![scan(1.3), Bar::at_most_on(Isa::Avx2, 370.0)],
        ),
        line("784-128-10, Adam, batch 64, 2 threads", large, 2, vec![scan(1.8)]),
        line("DS-CNN, SGD, batch 32", ds_cnn, 1, vec![Bar::FasterThanAll(1.5)]),
        line("UCI digits, an epoch: SGD, batch 32", small(Sgd, 0.05, 32, DIGITS.0), 1, vec![]),
    ]
}

fn case(folder: &Path, name: &str, work: Work) -> Case {
    let file: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    Case { name: name.to_owned(), folder: folder.join(file), work }
}
