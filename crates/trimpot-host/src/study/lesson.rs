//! What a board learns after it left the factory, as data: samples of a new sensor, one by one.

use trimpot::loss::CrossEntropy;
use trimpot::plan::PlannedStep;
use trimpot::spec::LayerSpec;
use trimpot_model::file::{ModelTask, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_model::plan::{Method, PlannedLoss, Trained, instructions_behind, multiply_adds};
use trimpot_tuner::{
    Classification, Interpreted, LatentReplay, Model, PartlyTrained, Settings, Sizes, Tuner,
};

use super::error::RecipeError;
use super::experiment::Measure;
use super::scores::Scores;
use super::subject::{Draw, Split, Subject};
use super::training::{Outcome, Stop};
use super::tuned::Setting;
use crate::board::flash::MemoryFlash;
use crate::board::heap::Heap;
use crate::board::range;
use crate::dataset::Dataset;
use crate::dyn_model::Task;
use crate::dyn_network::DynNetwork;
use crate::loss;

/// What a board learns after it left the factory: samples of a new sensor, one by one, by softmax
/// cross-entropy and plain gradient descent. All else is as a [device](trimpot_tuner::Device) does
/// it by default, with its tuner: the parameters have the bits of one on a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// How many samples it learns.
    pub samples: usize,
    /// The learning rate of each step.
    pub learning_rate: f32,
    /// How many steps on replayed samples follow the step on a new one.
    pub replays: u16,
    /// Samples of each class that the factory gives the board to be replayed.
    pub pinned: u8,
    /// Which layers are trained.
    pub trained: Trained,
}

/// What became of a board.
struct Taught {
    parameters: Vec<f32>,
    /// Steps of gradient descent.
    steps: u64,
    /// Bytes of RAM, as the board describes them.
    ram: usize,
}

impl Lesson {
    /// Changes the learning rate, which is all that is tuned: a board has no penalties and no
    /// dropout of its own.
    pub fn set(&mut self, setting: Setting, value: f32) {
        match setting {
            Setting::LearningRate => self.learning_rate = value,
            Setting::L1 | Setting::L2 | Setting::Dropout => {}
        }
    }

    /// Checks that boards can learn these samples.
    ///
    /// # Errors
    /// If they cannot.
    pub fn check(&self, subject: &Subject) -> Result<(), RecipeError> {
        let factory = subject.factory().ok_or(RecipeError::NoFactory)?;
        factory.check()?;
        self.settings(0)?;
        let layers = factory.recipe().layers()?;
        self.trained.of(&layers.specs)?;
        let (takes, gives) = (layers.input.count(), layers.outputs());
        let (features, kind) = (subject.input.count(), subject.kind);
        if takes != features || gives != kind.outputs() || !kind.is_of_classes() {
            return Err(RecipeError::Shape { takes, gives, features, kind });
        }
        Ok(())
    }

    /// Returns about how many multiply-adds it takes.
    pub fn work(&self, subject: &Subject) -> f64 {
        let layers = subject.factory().and_then(|factory| factory.recipe().layers().ok());
        let forward = layers.map_or(0, |layers| multiply_adds(layers.spec()));
        let steps = self.samples as f64 * (1.0 + f64::from(self.replays));
        // A step is forward, and twice as much back; then both sensors' samples are predicted.
        forward as f64 * (3.0 * steps + subject.tested() as f64)
    }

    /// Lets a board with the network of the factory learn, and measures how it does on both
    /// sensors. None, if the factory was stopped.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), or if the board refuses something.
    pub fn run(
        &self,
        subject: &Subject,
        draw: Draw,
        stop: &Stop,
    ) -> Result<Option<Outcome>, RecipeError> {
        let factory = subject.factory().ok_or(RecipeError::NoFactory)?;
        let Some(model) = factory.model(draw, stop)? else { return Ok(None) };
        let mut model = StoredModel::clone(&model);
        model.freeze(self.trained)?;
        let [new, old] = [subject.split(draw, self.samples), factory.split(draw)];
        let taught = self.teach(&model, &old.train, &new.train, draw.seed())?;

        let mut outcome = Outcome::default();
        let mut add = |measure, value: Option<f64>| {
            let value = value.filter(|value| value.is_finite());
            outcome.values.extend(value.map(|value| (measure, value)));
        };
        let score = |part: &Dataset, measure| self.score(subject, &model, &taught, part, measure);
        match draw {
            Draw::Point(_) => {
                let [new, old] = [&new, &old].map(|Split { validation, .. }| validation);
                let [new_accuracy, old_accuracy] = [
                    score(new, Measure::ValidationAccuracy)?,
                    score(old, Measure::ValidationAccuracy)?,
                ];
                let both = new_accuracy.zip(old_accuracy).map(|(new, old)| 0.5 * (new + old));
                add(Measure::BothSensorsAccuracy, both);
                add(Measure::ValidationLoss, score(new, Measure::ValidationLoss)?);
            }
            Draw::Seed(_) => {
                add(Measure::NewSensorAccuracy, score(&new.test, Measure::TestAccuracy)?);
                add(Measure::OldSensorAccuracy, score(&old.test, Measure::TestAccuracy)?);
                add(Measure::RamOfBoard, Some(taught.ram as f64));
                let steps = taught.steps as f64 / self.samples as f64;
                add(Measure::InstructionsToLearn, self.instructions(&model.layers, steps)?);
            }
        }
        Ok(Some(outcome))
    }

    /// Lets a board that runs this network learn, with pinned samples of those that the factory has
    /// trained with.
    fn teach(
        &self,
        model: &StoredModel,
        factory: &Dataset,
        samples: &Dataset,
        seed: u32,
    ) -> Result<Taught, RecipeError> {
        let (layers, trained) = (&model.layers, self.trained.of_unfrozen());
        let mut steps = vec![PlannedStep::EMPTY; layers.spec().steps()];
        let network =
            Interpreted::for_training(layers.spec(), &mut steps, &layers.constants, trained)?;
        match self.trained {
            // As a device does by default: what the frozen front makes of a sample is kept.
            Trained::Head(_) => {
                self.teach_network(LatentReplay::new(network), model, factory, samples, seed)
            }
            Trained::All | Trained::Biases => {
                let network = PartlyTrained::new(network, trained);
                self.teach_network(network, model, factory, samples, seed)
            }
        }
    }

    fn teach_network(
        &self,
        network: impl Model,
        StoredModel { layers, parameters, .. }: &StoredModel,
        factory: &Dataset,
        samples: &Dataset,
        seed: u32,
    ) -> Result<Taught, RecipeError> {
        let (task, settings) = (Classification::new(CrossEntropy::new()), self.settings(seed)?);
        let sizes = Sizes::of_model(&network, &settings).with_task(task.sizes());
        let memory = Heap::of(&sizes);
        let flash = sizes.flash::<MemoryFlash>();
        let area = 0..flash;
        let mut board = Tuner::new(network, task, settings, memory, MemoryFlash::new(flash), area)?;
        board.write_parameters(0, &parameters[..])?;
        for limit in range([factory.features()].into_iter()) {
            board.widen(&limit[..])?;
        }
        let (pinned, _) = factory.split_classes(self.pinned.into());
        for (features, class) in pinned.labelled()? {
            board.pin(features, class)?;
        }
        board.install()?;
        let mut steps = 0;
        for (features, class) in samples.labelled()? {
            steps += u64::from(board.learn(features, class)?.steps);
        }
        // As a device says it, whose network has constants.
        let ram = board.describe().ram as usize + size_of_val(&layers.constants[..]);
        Ok(Taught { parameters: board.parameters().to_vec(), steps, ram })
    }

    fn settings(&self, seed: u32) -> Result<Settings, RecipeError> {
        let settings = Settings::new().with_learning_rate(self.learning_rate)?;
        Ok(settings.with_replays(self.replays).with_pinned(self.pinned).with_seed(seed))
    }

    /// Returns a measure of these samples, by the host in the board's place: with the same bits,
    /// and much faster.
    fn score(
        &self,
        subject: &Subject,
        model: &StoredModel,
        taught: &Taught,
        samples: &Dataset,
        measure: Measure,
    ) -> Result<Option<f64>, RecipeError> {
        let outputs = model.layers.outputs();
        let loss = loss::of_text("cross_entropy", outputs)?;
        let loss = loss.for_outputs_of(&model.layers, ModelTask::Classes);
        let task = Task::new(&loss, samples.clone(), outputs);
        let mut steps = Vec::new();
        let network = DynNetwork::new(&model.layers, &mut steps)?;
        Ok(Scores::new(subject.kind, &task, network, &taught.parameters).value(measure))
    }

    /// Returns the instructions to learn a sample with so many steps: each takes those of a step of
    /// the layers behind the frozen front, which is computed once, for the new sample. None, if a
    /// layer was not measured.
    fn instructions(&self, layers: &Layers, steps: f64) -> Result<Option<f64>, RecipeError> {
        let front = match layers.specs.first() {
            Some(LayerSpec::Frozen(frozen)) => 1 + frozen.layers as usize,
            _ => 0,
        };
        let (loss, trained) = (PlannedLoss::CrossEntropy, self.trained.of_unfrozen());
        let method = Method { loss, trained, optimizer: None };
        let instructions = instructions_behind(layers.spec(), front, method)?;
        Ok(instructions.map(|[once, of_step, _]| (once + of_step * steps).total()))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;
    use trimpot::random::Random;
    use trimpot_model::architecture::{Architecture, Between};
    use trimpot_model::file::About;

    use super::*;
    use crate::board::{Board, BoardAddress, FactorySamples};

    fn samples(count: usize, seed: u32) -> Dataset {
        let mut random = Random::new(seed);
        let features: Vec<[f32; 3]> =
            (0..count).map(|_| [(); 3].map(|()| random.uniform())).collect();
        let class = |[a, b, _]: &[f32; 3]| u32::from(a > b);
        let classes = features.iter().map(class).collect();
        Dataset::new::<3, u32>(features, classes).unwrap()
    }

    #[test]
    fn it_is_learned_with_the_bits_of_a_simulated_board() {
        let network = "3-6-2".parse::<Architecture>().unwrap();
        let layers = network.layers(Between::default()).unwrap();
        let mut random = Random::new(5);
        let numbers = (0..layers.spec().parameters()).map(|_| random.uniform() - 0.5).collect();
        let [factory, learned] = [samples(80, 1), samples(12, 2)];
        for trained in [Trained::All, Trained::Head(1), Trained::Biases] {
            let lesson =
                Lesson { samples: 12, learning_rate: 0.05, replays: 7, pinned: 20, trained };
            let about = About {
                learning_rate: Some(lesson.learning_rate),
                replays: Some(lesson.replays),
                trained: Some(trained),
                ..About::default()
            };
            let model =
                StoredModel { layers: layers.clone(), parameters: Vec::clone(&numbers), about };
            let folder = tempdir().unwrap();
            let flash = folder.path().join("flash.bin");
            let mut board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
            board.install_model(&model).unwrap();
            let (pinned, _) = factory.split_classes(20);
            let held_out = Dataset::default();
            let range = range([factory.features()].into_iter());
            board.write_samples(&FactorySamples { range, pinned, held_out }).unwrap();
            let mut steps = 0;
            for (features, class) in learned.labelled().unwrap() {
                steps += u64::from(board.learn(features, class).unwrap().steps);
            }

            let mut frozen = model.clone();
            frozen.freeze(trained).unwrap();
            let taught = lesson.teach(&frozen, &factory, &learned, 0).unwrap();
            assert_eq!(taught.parameters, board.read_parameters().unwrap(), "{trained}");
            assert_ne!(taught.parameters, frozen.parameters);
            assert_eq!(taught.steps, steps);
            assert_eq!(taught.ram, board.describe().unwrap().ram as usize);
        }
    }
}
