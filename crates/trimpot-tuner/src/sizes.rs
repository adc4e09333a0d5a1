//! How much memory a tuner needs.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::network::Planned;
use trimpot::plan::Plan;
use trimpot::shape::Shape;

use crate::server::frame_of;
use crate::store::Layout;
use crate::{Model, Settings};

/// Numbers of a class that metrics count.
pub(crate) const TALLIES: usize = 3;

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
    pub(crate) classes: usize,
    pub(crate) parameters: usize,
    /// Values of a training step or of inference.
    pub(crate) arena: usize,
    /// Samples of each class: pinned ones, and as many that are held out.
    pub(crate) pinned: usize,
    /// Samples of each class that were learned last.
    pub(crate) recent: usize,
    stores_learned: bool,
}

impl Sizes {
    /// Returns the sizes for layers that are types, and inputs of shape `In`.
    pub const fn of<In: Shape, L: Layer<In>>(settings: &Settings) -> Self {
        let step = Planned::<In, L>::STEP_VALUES;
        let arena = larger(step, Planned::<In, L>::INFERENCE_VALUES);
        Sizes::new([In::LEN, L::Output::LEN, L::PARAMETERS, arena], settings)
    }

    /// Returns the sizes for a network that is data.
    pub const fn of_plan(plan: &Plan<'_>, settings: &Settings) -> Self {
        let arena = larger(plan.step_values(), plan.inference_values());
        let (inputs, classes) = (plan.input().count(), plan.output().count());
        Sizes::new([inputs, classes, plan.parameters(), arena], settings)
    }

    /// Returns the sizes for any model.
    pub fn of_model(model: &impl Model, settings: &Settings) -> Self {
        let shape = [model.inputs(), model.outputs(), model.parameters(), model.arena()];
        Sizes::new(shape, settings)
    }

    const fn new([inputs, classes, parameters, arena]: [usize; 4], settings: &Settings) -> Self {
        let (pinned, recent) = (settings.pinned as usize, settings.recent as usize);
        let stores_learned = settings.stores_learned;
        Sizes { inputs, classes, parameters, arena, pinned, recent, stores_learned }
    }

    /// Returns how many numbers [`Memory`](crate::Memory) has.
    pub const fn values(&self) -> usize {
        // Two samples, one of which is replayed, and two rows of outputs, to judge them.
        let scratch = sum(self.arena, product(2, sum(self.inputs, self.classes)));
        sum(self.kept_values(), scratch)
    }

    /// Returns how many of them, the first ones, outlast a call: parameters, range of features,
    /// learned samples.
    pub(crate) const fn kept_values(&self) -> usize {
        let range = product(2, self.inputs);
        sum(self.parameters, sum(range, self.recent_values()))
    }

    /// Returns how many numbers the learned samples are.
    const fn recent_values(&self) -> usize {
        product(self.classes, product(self.recent, self.inputs))
    }

    /// Returns how many bytes [`Memory`](crate::Memory) has beside the numbers: pinned and held-out
    /// samples, and what is counted.
    pub const fn bytes(&self) -> usize {
        // Of each class, how many learned samples there are, and how many of them are new.
        let recent = product(2, self.classes);
        let tallies = product(product(TALLIES, size_of::<u32>()), self.classes);
        let counts = sum(recent, sum(tallies, size_of::<u32>()));
        sum(counts, product(2, self.samples_bytes()))
    }

    /// Returns how many bytes the pinned samples take, and how many they are.
    pub(crate) const fn samples_bytes(&self) -> usize {
        sum(self.classes, product(self.classes, product(self.pinned, self.inputs)))
    }

    /// Returns how many bytes of memory a tuner takes for network, samples, metrics and a training
    /// step. The driver of the flash memory and the link's buffers come on top.
    pub const fn ram(&self) -> usize {
        sum(product(size_of::<f32>(), self.values()), self.bytes())
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
        let numbers = sum(self.parameters, product(2, self.inputs));
        let samples = sum(size_of::<u32>(), product(2, self.samples_bytes()));
        bytes(sum(product(size_of::<f32>(), numbers), samples))
    }

    /// Returns how many bytes a commit's image has.
    pub(crate) const fn commit_bytes(&self, stores_learned: bool) -> u32 {
        let parameters = product(size_of::<f32>(), self.parameters);
        let learned = sum(self.classes, product(size_of::<f32>(), self.recent_values()));
        bytes(if stores_learned { sum(parameters, learned) } else { parameters })
    }

    /// Returns the least bytes of a frame for a [`Server`](crate::Server): a sample, the outputs
    /// and a description fit into it.
    pub const fn frame(&self) -> usize {
        frame_of(larger(self.inputs, self.classes))
    }
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
