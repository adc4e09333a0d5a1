//! A described network with its loss and its samples.

mod batch_norm;
mod detection;
mod evaluation;
mod mahalanobis;
mod outputs;

use std::cell::RefCell;

use trimpot::lanes::{Lanes, RowMajor};
use trimpot::loss::AnyTarget;
use trimpot::plan::PlannedBatchNorm;
use trimpot::random::Noise;
use trimpot_tuner::Condition;

pub use self::detection::{Detection, DetectorError, NoThreshold, is_anomalous, threshold};
pub use self::evaluation::{BINS, ConfusionCounts, Evaluation, Scores};
pub use self::mahalanobis::{SHRINKAGE, centre, whitening};
use self::outputs::Outputs;
use crate::augmentation::{Augmentation, AugmentationError, Augmenter, note_input};
use crate::block::{MOST_LANES, count_correct, in_lane, of_lanes};
use crate::dataset::{Dataset, Table, Targets};
use crate::dyn_network::DynNetwork;
use crate::loss::{NamedLoss, classes};
use crate::train::{Blocks, Judged, Memory, Tape, Trainable, seeds};

/// Samples as a loss wants them.
pub struct Task<'a> {
    loss: &'a NamedLoss,
    features: Table,
    classes: Option<Vec<u32>>,
    /// What each output should be, for a loss that does not take the class itself.
    numbers: Option<Table>,
    /// What is known of each sample, where anomalies are to be detected.
    conditions: Vec<Condition>,
}

/// How a network does on samples that it does not learn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The mean loss.
    pub loss: f32,
    /// The accuracy; for classes.
    pub accuracy: Option<f32>,
}

impl<'a> Task<'a> {
    /// Creates the task of these samples with this loss.
    ///
    /// Classes become numbers if the loss does not take them themselves: one for each output, that
    /// of the class being the right one. With a single output, class 1 is the right one.
    pub fn new(loss: &'a NamedLoss, dataset: Dataset, outputs: usize) -> Self {
        let Dataset { features, targets, .. } = dataset;
        let task = Task { loss, features, classes: None, numbers: None, conditions: Vec::new() };
        match (targets, loss.targets) {
            (Targets::Numbers(numbers), _) => Task { numbers: Some(numbers), ..task },
            (Targets::Classes(classes), None) => Task { classes: Some(classes), ..task },
            (Targets::Classes(classes), Some(domain)) => {
                let right = |class, output| if outputs == 1 { class == 1 } else { class == output };
                let of_class = domain.of_class();
                let of_class = |&class: &u32| {
                    (0..outputs as u32)
                        .map(move |output| of_class[usize::from(right(class, output))])
                };
                let numbers = classes.iter().flat_map(of_class).collect();
                let numbers = Some(Table { columns: outputs, numbers });
                Task { classes: Some(classes), numbers, ..task }
            }
            (Targets::Conditions(conditions), _) => Task { conditions, ..task },
        }
    }

    fn len(&self) -> usize {
        self.features.rows()
    }

    /// Returns the loss.
    pub(crate) fn loss(&self) -> &'a NamedLoss {
        self.loss
    }

    /// Returns the class of each sample, if it has one.
    pub(crate) fn classes(&self) -> Option<&[u32]> {
        self.classes.as_deref()
    }

    /// Returns what each output should be, if that are numbers.
    pub(crate) fn numbers(&self) -> Option<&Table> {
        self.numbers.as_ref()
    }

    /// Writes the gradient of these samples' outputs, and says how they went.
    #[inline(always)]
    fn gradient<V: RowMajor>(
        &self,
        samples: &[usize],
        targets: &mut Vec<V>,
        outputs: &[V],
        gradient: &mut [V],
    ) -> Judged<V> {
        let classes = self.classes_of::<V>(samples);
        let losses = self.losses(samples, classes.as_ref(), targets, outputs, gradient);
        let correct = classes.as_ref().map(
            #[inline(always)]
            |all| self.correct(outputs, &all[..samples.len()]),
        );
        Judged { losses, correct }
    }

    /// Writes the gradient of the outputs of these samples, which have these
    /// [classes](Self::classes_of), and returns the losses.
    #[inline(always)]
    fn losses<V: RowMajor>(
        &self,
        samples: &[usize],
        of_lanes: Option<&[u32; MOST_LANES]>,
        targets: &mut Vec<V>,
        outputs: &[V],
        gradient: &mut [V],
    ) -> V {
        let target = match (&self.numbers, of_lanes) {
            (Some(numbers), _) => {
                numbers.lanes(samples, targets);
                AnyTarget::Values(targets)
            }
            (None, of_lanes) => classes(of_lanes.map_or(&[], |all| &all[..V::LANES])),
        };
        self.loss.gradient(outputs, target, gradient)
    }

    /// Returns the classes of these samples, in lanes; in lanes beyond them that of the last one.
    fn classes_of<V: Lanes>(&self, samples: &[usize]) -> Option<[u32; MOST_LANES]> {
        let all = self.classes.as_ref()?;
        Some(of_lanes::<V, u32>(|lane| all[in_lane(samples, lane)]))
    }

    #[inline(always)]
    fn correct<V: Lanes>(&self, outputs: &[V], classes: &[u32]) -> u32 {
        let [output] = outputs else { return count_correct(outputs, classes) };
        let (output, boundary) = (output.to_array(), self.loss.loss.outputs().boundary());
        let says = output.as_ref().iter().map(|&output| u32::from(output > boundary));
        says.zip(classes).filter(|(says, class)| says == *class).count() as u32
    }

    /// Returns how a network with these [weights](DynNetwork::weights) does on all samples.
    pub fn score(&self, network: DynNetwork, weights: &[f32]) -> Score {
        network.with_weights(weights, |network, parameters| {
            self.score_of(Outputs::Of { network, parameters })
        })
    }

    /// Returns how good outputs are.
    fn score_of(&self, outputs: Outputs) -> Score {
        let (losses, correct) = self.judge(outputs);
        let share = 1.0 / self.len().max(1) as f64;
        Score {
            loss: (losses.iter().copied().map(f64::from).sum::<f64>() * share) as f32,
            accuracy: correct.map(|correct| (f64::from(correct) * share) as f32),
        }
    }
}

/// A described network that learns from samples.
pub struct DynModel<'a> {
    network: DynNetwork<'a>,
    weights: Vec<f32>,
    task: &'a Task<'a>,
    /// Those whose statistics are of the batch.
    norms: Vec<PlannedBatchNorm>,
    augmenter: Option<Augmenter>,
}

impl<'a> DynModel<'a> {
    /// Creates the model of a network with these parameters.
    pub fn new(network: DynNetwork<'a>, parameters: Vec<f32>, task: &'a Task<'a>) -> Self {
        let norms = network.batch_norms().collect();
        let weights = network.weights(parameters);
        DynModel { network, weights, task, norms, augmenter: None }
    }

    /// Learns from augmented samples. Where these are to be given back, it can add noise alone, and
    /// what is given back are samples without it.
    ///
    /// # Errors
    /// If samples are not what the augmentation is for.
    pub fn with_augmentation(self, augmentation: &Augmentation) -> Result<Self, AugmentationError> {
        let input = self.network.layers().input;
        let gives_back = !self.task.conditions.is_empty();
        let augmenter = match gives_back {
            true => augmentation.for_reconstruction(input)?,
            false => augmentation.for_input(input)?,
        };
        Ok(DynModel { augmenter: Some(augmenter), ..self })
    }

    /// Returns the network.
    pub fn network(&self) -> DynNetwork<'a> {
        self.network
    }

    /// Runs up to as many samples as there are lanes forward and backward, where no statistics are
    /// those of the batch.
    #[inline(always)]
    fn pass<V: RowMajor>(
        &self,
        samples: &[usize],
        noise: u32,
        tape: &RefCell<&mut Tape<V>>,
        memory: &mut Memory<V>,
    ) -> Judged<V> {
        let seeds = seeds::<V>(samples, noise);
        let noise = Noise::new(seeds);
        let Memory { scratch, targets, .. } = memory;
        let features = &self.task.features;
        let row = |lane| features.row(in_lane(samples, lane));
        features.lanes(samples, &mut scratch.input);
        let augmenter = self.augmenter.as_ref();
        note_input(augmenter, seeds, row, &mut scratch.input, &mut tape.borrow_mut());
        let parameters = &self.weights[..self.network.parameters()];
        self.network.backpropagate(
            parameters,
            noise,
            scratch,
            tape,
            #[inline(always)]
            |outputs, gradient| self.task.gradient(samples, targets, outputs, gradient),
        )
    }
}

impl Trainable for DynModel<'_> {
    fn samples(&self) -> usize {
        self.task.len()
    }

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn weights_mut(&mut self) -> &mut [f32] {
        &mut self.weights
    }

    fn parameters(&self) -> usize {
        self.network.parameters()
    }

    fn pass_batch<V: RowMajor>(
        &self,
        mut blocks: Blocks<'_, V>,
        noise: u32,
        statistics: &mut Vec<f32>,
    ) {
        if self.norms.is_empty() {
            statistics.clear();
            blocks.pass(
                #[inline(always)]
                |samples, tape, memory| self.pass(samples, noise, tape, memory),
            );
        } else {
            batch_norm::pass(self, blocks, noise, statistics);
        }
    }
}
