//! How much memory a tuner needs.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::network::Planned;
use trimpot::optimizer::Optimizer;
use trimpot::plan::Plan;
use trimpot::shape::Shape;

use crate::format::Format;
use crate::model::training_values;
use crate::server::frame_of;
use crate::store::Layout;
use crate::task::{TaskSizes, Word};
use crate::{LatentFormat, Model, Settings};

/// How much memory a [`Tuner`](crate::Tuner) needs: what follows from its network and its settings.
///
/// ```
/// use trimpot::Chain;
/// use trimpot::layer::{Dense, Relu};
/// use trimpot::shape::Vector;
/// use trimpot_tuner::{Memory, Settings, Sizes};
///
/// type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
/// const SETTINGS: Settings = Settings::new().with_pinned(2).with_recent(3);
/// const SIZES: Sizes = Sizes::of::<Vector<4>, Layers>(&SETTINGS);
/// // All zero, so that it takes no flash memory.
/// static MEMORY: Memory<{ SIZES.values() }, { SIZES.bytes() }> = Memory::new();
/// # let _ = &MEMORY;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sizes {
    /// Features of a sample.
    pub(crate) inputs: usize,
    /// Values of a latent, if these are kept of samples.
    pub(crate) latents: Option<usize>,
    /// Outputs of the network.
    pub(crate) outputs: usize,
    pub(crate) parameters: usize,
    /// What training remembers.
    pub(crate) training: usize,
    /// Values of a training step or of inference.
    pub(crate) arena: usize,
    /// Samples of each group: pinned ones, and as many that are held out.
    pub(crate) pinned: usize,
    /// Samples of each group that were learned last.
    pub(crate) recent: usize,
    task: TaskSizes,
    stores_learned: bool,
    latent_format: LatentFormat,
}

impl Sizes {
    /// Returns the sizes for layers that are types, and inputs of shape `In`, to learn classes: see
    /// [`with_task`](Self::with_task) for other tasks.
    pub const fn of<In: Shape, L: Layer<In>>(settings: &Settings) -> Self {
        let step = Planned::<In, L>::STEP_VALUES;
        let arena = larger(step, Planned::<In, L>::INFERENCE_VALUES);
        Sizes::new([In::LEN, L::Output::LEN, L::PARAMETERS, arena], settings)
    }

    /// Returns the sizes for a network that is data, likewise.
    pub const fn of_plan(plan: &Plan<'_>, settings: &Settings) -> Self {
        let arena = larger(plan.step_values(), plan.inference_values());
        let (inputs, outputs) = (plan.input().count(), plan.output().count());
        Sizes::new([inputs, outputs, plan.parameters(), arena], settings)
    }

    /// Returns the sizes for any model, likewise.
    pub fn of_model(model: &impl Model, settings: &Settings) -> Self {
        let shape = [model.inputs(), model.outputs(), model.parameters(), model.arena()];
        let (latents, training) = (model.latents(), model.training_values());
        Sizes { latents, training, ..Sizes::new(shape, settings) }
    }

    const fn new([inputs, outputs, parameters, arena]: [usize; 4], settings: &Settings) -> Self {
        let (pinned, recent) = (settings.pinned as usize, settings.recent as usize);
        let &Settings { stores_learned, latent_format, .. } = settings;
        let (latents, training, task) = (None, 0, TaskSizes::CLASSES);
        Sizes {
            inputs,
            latents,
            outputs,
            parameters,
            training,
            arena,
            pinned,
            recent,
            task,
            stores_learned,
            latent_format,
        }
    }

    /// Returns the sizes for [`LatentReplay`](crate::LatentReplay) of the same network, whose
    /// latents are so many values: [`Planned::LATENTS`] or [`Plan::latents`].
    pub const fn with_latents(self, latents: usize) -> Self {
        Sizes { latents: Some(latents), ..self }
    }

    /// Returns the sizes for [`Optimized`](crate::Optimized), with an optimizer of so many
    /// parameters: [`Subset::count`](trimpot::plan::Subset::count).
    pub const fn with_optimizer<O: Optimizer>(self, trained: usize) -> Self {
        let state = size_of::<O::State<f32>>() / size_of::<f32>();
        self.with_training(training_values(trained, state))
    }

    /// Returns the sizes with so many numbers that training remembers.
    pub(crate) const fn with_training(self, training: usize) -> Self {
        Sizes { training, ..self }
    }

    /// Returns the sizes for another task: one of the same network.
    pub const fn with_task(self, task: TaskSizes) -> Self {
        Sizes { task, ..self }
    }

    /// Returns how many groups of samples there are.
    pub(crate) const fn groups(&self) -> usize {
        self.task.groups.of(self.outputs)
    }

    /// Returns how many numbers a sample is that comes in: features, and its target's.
    pub(crate) const fn sample(&self) -> usize {
        sum(self.inputs, self.task.values.of(self.outputs))
    }

    /// Returns how many numbers are kept of a sample's features: latents, or all.
    pub(crate) const fn kept(&self) -> usize {
        match self.latents {
            Some(latents) => latents,
            None => self.inputs,
        }
    }

    /// Returns how many numbers a sample is that is kept, with its target's.
    pub(crate) const fn row(&self) -> usize {
        sum(self.kept(), self.task.values.of(self.outputs))
    }

    /// Returns what the bytes of a sample are that is pinned or held out.
    pub(crate) const fn format(&self) -> Format {
        match (self.latents, self.latent_format) {
            (None, _) => Format::Shares,
            (Some(_), LatentFormat::F32) => Format::Numbers,
            (Some(latents), LatentFormat::U8) => Format::Scaled { latents },
            (Some(latents), LatentFormat::I8) => Format::Symmetric { latents },
        }
    }

    /// Returns how many bytes a sample takes that is pinned or held out.
    pub(crate) const fn row_bytes(&self) -> usize {
        self.format().bytes(self.kept(), self.task.values.of(self.outputs))
    }

    /// Returns what the bytes of a sample are that was learned: as those of the factory's, but for
    /// features, which may be outside of the range.
    pub(crate) const fn recent_format(&self) -> Format {
        match self.format() {
            Format::Shares => Format::Numbers,
            latents => latents,
        }
    }

    /// Returns how many bytes a sample takes that was learned.
    pub(crate) const fn recent_row_bytes(&self) -> usize {
        self.recent_format().bytes(self.kept(), self.task.values.of(self.outputs))
    }

    /// Returns how many numbers the task has learned beside the parameters.
    pub(crate) const fn state(&self) -> usize {
        self.task.state.of(self.outputs)
    }

    /// Returns how many words are counted.
    pub(crate) const fn words(&self) -> usize {
        self.task.words.of(self.outputs)
    }

    /// Returns how many numbers [`Memory`](crate::Memory) has.
    pub const fn values(&self) -> usize {
        total(&self.values_by_part())
    }

    /// Returns how many numbers there are of each part of the memory.
    const fn values_by_part(&self) -> [Part; 6] {
        // A sample that is learned, and one that comes in or is replayed; and two rows of outputs,
        // to judge samples.
        let latent = if self.latents.is_some() { self.row() } else { 0 };
        let samples = sum(self.row(), sum(self.sample(), latent));
        [
            ("parameters", self.learned_values()),
            ("range of features", product(2, self.inputs)),
            ("optimizer", self.training),
            ("arena", self.arena),
            ("sample and outputs", sum(samples, product(2, self.outputs))),
            ("scores to sort", self.scores()),
        ]
    }

    /// Returns how many scores of samples are sorted: as many as there can be judges.
    pub(crate) const fn scores(&self) -> usize {
        if self.task.sorts { product(self.groups(), sum(self.pinned, self.recent)) } else { 0 }
    }

    /// Returns how many of them, the first ones, hold what is known: parameters with the task's
    /// state, and the range of features.
    pub(crate) const fn lasting_values(&self) -> usize {
        sum(self.learned_values(), product(2, self.inputs))
    }

    /// Returns how many numbers are learned: parameters and the task's state.
    pub(crate) const fn learned_values(&self) -> usize {
        sum(self.parameters, self.state())
    }

    /// Returns how many bytes the learned samples take.
    const fn recent_bytes(&self) -> usize {
        product(self.groups(), product(self.recent, self.recent_row_bytes()))
    }

    /// Returns how many bytes [`Memory`](crate::Memory) has beside the numbers: learned, pinned and
    /// held-out samples, and what is counted.
    pub const fn bytes(&self) -> usize {
        total(&self.bytes_by_part())
    }

    /// Returns how many bytes there are of each part of the memory beside the numbers.
    const fn bytes_by_part(&self) -> [Part; 4] {
        // Of each group, how many learned samples there are, and how many of them are new.
        let recent = product(2, self.groups());
        let counts = sum(recent, sum(product(size_of::<Word>(), self.words()), size_of::<u32>()));
        [
            ("counts", counts),
            ("learned samples", self.recent_bytes()),
            ("pinned samples", self.samples_bytes()),
            ("held-out samples", self.samples_bytes()),
        ]
    }

    /// Returns how many bytes the pinned samples take, and how many they are.
    pub(crate) const fn samples_bytes(&self) -> usize {
        let groups = self.groups();
        sum(groups, product(groups, product(self.pinned, self.row_bytes())))
    }

    /// Returns how many bytes of memory a tuner takes for network, samples, metrics and a training
    /// step. The driver of the flash memory and the link's buffers come on top.
    pub const fn ram(&self) -> usize {
        sum(product(size_of::<f32>(), self.values()), self.bytes())
    }

    /// Returns how many bytes of [`ram`](Self::ram) are for what.
    pub fn ram_by_part(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let bytes = |(what, values): Part| (what, product(size_of::<f32>(), values));
        self.values_by_part().into_iter().map(bytes).chain(self.bytes_by_part())
    }

    /// Returns how many bytes of the flash memory `F` are used. They begin with an erase page.
    pub const fn flash<F: NorFlash>(&self) -> u32 {
        self.layout::<F>().bytes()
    }

    /// Returns whether an area of the flash memory `F` begins with an erase page, and has the bytes
    /// that are used. Where the area is a constant, an assertion can be one, too:
    ///
    /// ```
    /// # use trimpot::{Chain, layer::Dense, shape::Vector};
    /// # use trimpot_testkit::flash::Flash;
    /// # use trimpot_tuner::{Settings, Sizes};
    /// const SIZES: Sizes = Sizes::of::<Vector<4>, Chain![Dense<4, 3>]>(&Settings::new());
    /// const { assert!(SIZES.fit::<Flash<1, 4, 4096>>(&(4096..32768))) };
    /// ```
    ///
    /// ```compile_fail,E0080
    /// # use trimpot::{Chain, layer::Dense, shape::Vector};
    /// # use trimpot_testkit::flash::Flash;
    /// # use trimpot_tuner::{Settings, Sizes};
    /// const SIZES: Sizes = Sizes::of::<Vector<4>, Chain![Dense<4, 3>]>(&Settings::new());
    /// const { assert!(SIZES.fit::<Flash<1, 4, 4096>>(&(2048..32768))) };
    /// ```
    pub const fn fit<F: NorFlash>(&self, area: &Range<u32>) -> bool {
        let page = F::ERASE_SIZE as u32;
        let available = area.end.saturating_sub(area.start);
        area.start.is_multiple_of(page) && self.flash::<F>() <= available
    }

    pub(crate) const fn layout<F: NorFlash>(&self) -> Layout {
        Layout::new::<F>(self.factory_bytes(), self.commit_bytes(self.stores_learned))
    }

    /// Returns how many bytes the factory's image has.
    pub(crate) const fn factory_bytes(&self) -> u32 {
        let numbers = sum(self.learned_values(), product(2, self.inputs));
        let samples = sum(size_of::<u32>(), product(2, self.samples_bytes()));
        bytes(sum(product(size_of::<f32>(), numbers), samples))
    }

    /// Returns how many bytes a commit's image has.
    pub(crate) const fn commit_bytes(&self, stores_learned: bool) -> u32 {
        let learned = product(size_of::<f32>(), self.learned_values());
        let samples = sum(self.groups(), self.recent_bytes());
        bytes(if stores_learned { sum(learned, samples) } else { learned })
    }

    /// Returns the least bytes of a frame for a [`Server`](crate::Server): a sample with its
    /// target, the outputs, the task's state and a description fit into it.
    pub const fn frame(&self) -> usize {
        frame_of(larger(self.sample(), larger(self.outputs, self.state())))
    }
}

/// What a part of the memory is for, and how long it is.
type Part = (&'static str, usize);

const fn total(parts: &[Part]) -> usize {
    let (mut all, mut rest) = (0, parts);
    while let [(_, own), others @ ..] = rest {
        all = sum(all, *own);
        rest = others;
    }
    all
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

// Sizes that overflow are more than there is.

const fn sum(a: usize, b: usize) -> usize {
    a.saturating_add(b)
}

const fn product(a: usize, b: usize) -> usize {
    a.saturating_mul(b)
}

const fn bytes(count: usize) -> u32 {
    if count > u32::MAX as usize { u32::MAX } else { count as u32 }
}
