//! The experiments that a study makes by default: nine choices beside what a popular article says
//! of each; three where accuracy does not tell; and four on boards that learn.

mod board;
mod samples;
mod tasks;

use std::num::NonZeroUsize;
use std::sync::Arc;

use trimpot::optimizer::OPTIMIZERS;
use trimpot_model::architecture::Activation;

pub use self::tasks::{OTHERS_TO_ONE, OUTLIER_FACTOR, OUTLIERS};
use super::experiment::{Experiment, Level, Measure};
use super::recipe::Recipe;
use super::subject::Subject;
use super::tuned::Setting;

/// The data of a study.
#[derive(Clone, Debug)]
pub struct Subjects {
    /// Those of all experiments that have none of their own.
    pub main: Arc<Subject>,
    /// Those by which the number of samples is varied, where there are more of them.
    pub large: Option<Arc<Subject>>,
    /// Images with masks, of [`Kind::Mask`](super::Kind); without them there is no segmentation.
    pub masks: Option<Arc<Subject>>,
    /// Samples few of which are positive, of [`Kind::Rare`](super::Kind): one to
    /// [`OTHERS_TO_ONE`]; without them there is no imbalance.
    pub rare: Option<Arc<Subject>>,
    /// Samples with a number some of which are wrong, of [`Kind::Number`](super::Kind): a share of
    /// [`OUTLIERS`], by [`OUTLIER_FACTOR`], but for those that are tested on; without them there
    /// are no outliers.
    pub numbers: Option<Arc<Subject>>,
    /// Samples of the same classes by two sensors, the factory's and a new one; without them
    /// nothing is taught to boards.
    pub sensors: Option<[Subject; 2]>,
}

impl Subjects {
    /// Creates the data of the experiments that have none of their own.
    pub fn new(main: Arc<Subject>) -> Self {
        Subjects { main, large: None, masks: None, rare: None, numbers: None, sensors: None }
    }
}

/// How long a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// How many samples a run goes through, each as often as it comes.
    pub samples: usize,
}

impl Effort {
    /// That of a study.
    pub const FULL: Effort = Effort { samples: 160_000 };
    /// That of a quick look.
    pub const QUICK: Effort = Effort { samples: 32_000 };

    /// Returns how often a run goes through so many samples.
    fn epochs(self, rows: usize) -> u32 {
        u32::try_from(self.samples / rows.max(1)).unwrap_or(u32::MAX).clamp(4, 200)
    }
}

/// Where learning rates are tried.
const ADAM_LEARNING_RATES: [f64; 2] = [1e-4, 1e-1];
const SGD_LEARNING_RATES: [f64; 2] = [1e-3, 3.0];
const MOMENTUM_LEARNING_RATES: [f64; 2] = [1e-4, 3e-1];
const RMS_PROP_LEARNING_RATES: [f64; 2] = [1e-5, 1e-1];

/// Rows of the experiments in which a network can learn its samples by heart.
const FEW_ROWS: usize = 1000;

/// All experiments for which there are data, in the order in which they are made.
pub fn experiments(subjects: &Subjects, effort: Effort) -> Vec<Experiment> {
    let Subjects { main, large, masks, rare, numbers, sensors } = subjects;
    let of = |subject: &Arc<Subject>| Base { subject: Arc::clone(subject), effort };
    let (base, of_size) = (of(main), of(large.as_ref().unwrap_or(main)));
    let mut experiments = vec![
        base.learning_rate(),
        base.hidden_layers(),
        base.activation(),
        base.regularisation(),
        base.batch_size(),
        base.optimizer(),
        of_size.training_set_size(),
        base.loss(),
    ];
    experiments.extend(base.augmentation());
    experiments.extend(masks.as_ref().map(|masks| of(masks).segmentation()));
    experiments.extend(rare.as_ref().map(|rare| of(rare).imbalance()));
    experiments.extend(numbers.as_ref().map(|numbers| of(numbers).outliers()));
    experiments.extend(sensors.iter().flat_map(|sensors| board::experiments(sensors, effort)));
    experiments
}

/// The names of all experiments.
pub const NAMES: [&str; 16] = [
    "learning-rate",
    "hidden-layers",
    "activation",
    "regularisation",
    "batch-size",
    "optimizer",
    "training-set-size",
    "loss",
    "augmentation",
    "segmentation",
    "imbalance",
    "outliers",
    "board-rate",
    "board-replay",
    "board-pinned",
    "board-trained",
];

/// What all levels of the experiments have in common unless they vary it.
struct Base {
    subject: Arc<Subject>,
    effort: Effort,
}

impl Base {
    /// A network with hidden layers of these sizes, by Adam.
    fn recipe(&self, hidden: &[usize]) -> Recipe {
        let (inputs, classes) = (self.subject.input.count(), self.subject.kind.outputs());
        let sizes = [inputs].into_iter().chain(hidden.iter().copied()).chain([classes]);
        let rows = self.subject.most_rows();
        Recipe {
            network: sizes.map(|size| size.to_string()).collect::<Vec<_>>().join("-"),
            activation: Activation::default(),
            dropout: 0.0,
            standardize: self.subject.is_standardized,
            loss: "cross_entropy".to_owned(),
            optimizer: named("adam"),
            momentum: 0.0,
            learning_rate: 0.001,
            l1: 0.0,
            l2: 0.0,
            augmentation: None,
            batch: batch(32),
            epochs: self.effort.epochs(rows),
            rows,
        }
    }

    fn experiment(
        &self,
        name: &'static str,
        title: &'static str,
        question: impl Into<String>,
        levels: Vec<Level>,
    ) -> Experiment {
        Experiment {
            name,
            title,
            question: question.into(),
            subject: Arc::clone(&self.subject),
            levels,
            measure: Measure::TestAccuracy,
            others: Vec::new(),
            folklore_of: None,
        }
    }

    fn learning_rate(&self) -> Experiment {
        let sgd = |rate: f32| {
            let recipe =
                Recipe { optimizer: named("sgd"), learning_rate: rate, ..self.recipe(&[32]) };
            Level::fixed(format!("SGD, {rate}"), recipe)
        };
        let adam = |rate: f32| {
            let recipe = Recipe { learning_rate: rate, ..self.recipe(&[32]) };
            Level::fixed(format!("Adam, {rate}"), recipe)
        };
        let mut levels = vec![
            sgd(0.001).said("0.85", 0.85),
            sgd(0.003),
            sgd(0.01).said("0.92", 0.92),
            sgd(0.03),
            sgd(0.1).said("0.94", 0.94),
            sgd(0.3),
            sgd(1.0),
        ];
        levels.extend([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1].map(adam));
        self.experiment(
            "learning-rate",
            "Learning rate",
            "Gradient descent, and Adam, with the rates as they are: nothing is tuned.",
            levels,
        )
    }

    fn hidden_layers(&self) -> Experiment {
        let level = |count: usize, said, value| {
            let recipe = self.recipe(&vec![32; count]);
            let layers = if count == 1 { "layer" } else { "layers" };
            Level::new(format!("{count} hidden {layers}"), recipe, ADAM_LEARNING_RATES)
                .said(said, value)
        };
        let levels =
            vec![level(1, "low", 1.0), level(2, "medium", 2.0), level(3, "high complexity", 3.0)];
        Experiment {
            others: vec![
                Measure::TrainAccuracy,
                Measure::Parameters,
                Measure::MultiplyAdds,
                Measure::RamToLearn,
            ],
            folklore_of: Some(Measure::Parameters),
            ..self.experiment(
                "hidden-layers",
                "Hidden layers",
                "Layers of 32 units each. The folklore is about complexity, not accuracy.",
                levels,
            )
        }
    }

    fn activation(&self) -> Experiment {
        let level = |name: &str, shown: &str| {
            let activation = name.parse().expect("the core has these activations");
            Level::new(shown, Recipe { activation, ..self.recipe(&[32]) }, ADAM_LEARNING_RATES)
        };
        let levels = vec![
            level("relu", "ReLU").said("0.92", 0.92),
            level("sigmoid", "Sigmoid").said("0.88", 0.88),
            level("tanh", "Tanh").said("0.90", 0.90),
        ];
        self.experiment("activation", "Activation", "Behind one hidden layer of 32 units.", levels)
    }

    fn regularisation(&self) -> Experiment {
        let rows = self.subject.most_rows().min(FEW_ROWS);
        let recipe = Recipe { rows, epochs: self.effort.epochs(rows), ..self.recipe(&[64]) };
        let level = |name| Level::new(name, recipe.clone(), ADAM_LEARNING_RATES);
        let levels = vec![
            level("none"),
            level("L1").tuning(Setting::L1, [1e-6, 1e-2]).said("0.85", 0.85),
            level("L2").tuning(Setting::L2, [1e-6, 1e-1]).said("0.88", 0.88),
            level("Dropout").tuning(Setting::Dropout, [0.02, 0.6]).said("0.90", 0.90),
        ];
        Experiment {
            others: vec![Measure::TrainAccuracy, Measure::NearZeros],
            ..self.experiment(
                "regularisation",
                "Regularisation",
                format!(
                    "{rows} samples and a hidden layer of 64 units, which can learn them by heart. \
                     Strengths are tuned together with the rate."
                ),
                levels,
            )
        }
    }

    fn batch_size(&self) -> Experiment {
        let level = |size: usize, said, minutes: f64| {
            let recipe = Recipe { batch: batch(size), ..self.recipe(&[32]) };
            Level::new(format!("batches of {size}"), recipe, ADAM_LEARNING_RATES)
                .said(said, minutes)
        };
        let levels = vec![
            level(16, "45 minutes", 45.0),
            level(32, "35 minutes", 35.0),
            level(64, "25 minutes", 25.0),
        ];
        Experiment {
            others: vec![Measure::SecondsAnEpoch],
            folklore_of: Some(Measure::SecondsAnEpoch),
            ..self.experiment(
                "batch-size",
                "Batch size",
                "As many epochs each. The folklore is about training time, not accuracy.",
                levels,
            )
        }
    }

    fn optimizer(&self) -> Experiment {
        let level = |name: &str, optimizer, momentum, rates| {
            let recipe = Recipe { optimizer: named(optimizer), momentum, ..self.recipe(&[32]) };
            Level::new(name, recipe, rates)
        };
        let levels = vec![
            level("gradient descent", "sgd", 0.0, SGD_LEARNING_RATES).said("0.90", 0.90),
            level("with momentum 0.9", "sgd", 0.9, MOMENTUM_LEARNING_RATES),
            level("Adam", "adam", 0.0, ADAM_LEARNING_RATES).said("0.95", 0.95),
            level("RMSprop", "rms_prop", 0.0, RMS_PROP_LEARNING_RATES).said("0.93", 0.93),
        ];
        Experiment {
            others: vec![Measure::EpochsTo90],
            ..self.experiment(
                "optimizer",
                "Optimizer",
                "Each with its own best rate, and as many epochs.",
                levels,
            )
        }
    }

    fn loss(&self) -> Experiment {
        let level = |name: &str, loss: &str| {
            Level::new(
                name,
                Recipe { loss: loss.to_owned(), ..self.recipe(&[32]) },
                ADAM_LEARNING_RATES,
            )
        };
        let levels = vec![
            level("mean squared error", "mse").said("0.85", 0.85),
            level("rescaled square, M = 5", "rescaled_square label_target=5"),
            level("binary cross-entropy", "bce_with_logits").said("0.90", 0.90),
            level("categorical cross-entropy", "cross_entropy").said("0.92", 0.92),
            level("hinge", "hinge"),
            level("focal", "focal gamma=2"),
            level("label smoothing", "cross_entropy label_smoothing=0.1"),
        ];
        self.experiment(
            "loss",
            "Loss",
            "Mean squared error is of raw outputs, without softmax, also with the label's output rescaled \
             to M (Hui and Belkin 2021); binary cross-entropy and hinge decide on each class by itself.",
            levels,
        )
    }
}

fn batch(size: usize) -> NonZeroUsize {
    NonZeroUsize::new(size).expect("batches have samples")
}

/// Returns the core's name of an optimizer.
fn named(name: &str) -> &'static str {
    let found = OPTIMIZERS.iter().find(|spec| spec.name == name);
    found.expect("the core has these optimizers").name
}
