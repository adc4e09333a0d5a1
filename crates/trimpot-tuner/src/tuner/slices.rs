//! Learning in slices.

use embedded_storage::nor_flash::NorFlash;

use super::Tuner;
use crate::results::Work;
use crate::{Error, F32s, Model, Storage, Task};

impl<M: Model, T: Task, F: NorFlash, S: Storage> Tuner<M, T, F, S> {
    /// Begins to learn a sample's target, as [`learn`](Self::learn) does at once, to be learned by
    /// [`work`](Self::work): between slices of it a main loop or an asynchronous task does
    /// something else.
    ///
    /// ```
    /// # use trimpot::layer::{Dense, Relu};
    /// # use trimpot::loss::CrossEntropy;
    /// # use trimpot::network::Planned;
    /// # use trimpot::shape::Vector;
    /// # use trimpot::{Chain, chain};
    /// # use trimpot_testkit::flash::Flash;
    /// # use trimpot_tuner::{Classification, Memory, Settings, Sizes, Tuner, Work};
    /// # type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
    /// # static LAYERS: Layers = chain![Dense, Relu, Dense];
    /// # const SETTINGS: Settings = Settings::new();
    /// # const SIZES: Sizes = Sizes::of::<Vector<4>, Layers>(&SETTINGS);
    /// # let mut memory = Memory::<{ SIZES.values() }, { SIZES.bytes() }>::new();
    /// # let flash = Flash::<1, 4, 256>::new(64 * 1024);
    /// # let model = Planned::<Vector<4>, _>::new(&LAYERS);
    /// # let task = Classification::new(CrossEntropy::new());
    /// # let mut tuner = Tuner::new(model, task, SETTINGS, &mut memory, flash, 0..64 * 1024)?;
    /// tuner.begin(&[0.0, 1.0, 0.0, 0.0], 1)?;
    /// let learned = loop {
    ///     match tuner.work(4)? {
    ///         Work::Done(learned) => break learned,
    ///         Work::More => { /* read a sensor, predict, sleep */ }
    ///         Work::Idle => unreachable!("a sample was begun"),
    ///     }
    /// };
    /// assert!(!learned.rolled_back);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// However it is cut, it has the same bits. Predictions meanwhile are those of the parameters
    /// as they are by then. What would store, measure or overwrite parameters, or begin with
    /// another sample, fails with [`Error::Learning`]. A rollback and a reset forget the sample,
    /// and so does a power cut: nothing of it is stored before a commit.
    ///
    /// # Errors
    /// Those of [`learn`](Self::learn) but [`Error::StoredLost`].
    pub fn begin<'f, 't>(
        &mut self,
        features: impl Into<F32s<'f>>,
        target: impl Into<T::Target<'t>>,
    ) -> Result<(), Error> {
        let (running, mut cut, placed) = self.with_target(features.into(), target.into())?;
        running.begin(&mut cut, placed)
    }

    /// Learns on what was [begun](Self::begin), for so many steps, at least one: each is a pass of
    /// one sample forward and backward.
    ///
    /// # Errors
    /// [`Error::StoredLost`], if the steps led to something not finite and what is stored cannot be
    /// read.
    pub fn work(&mut self, steps: u32) -> Result<Work, Error> {
        let (running, mut cut) = self.parts();
        running.work(&mut cut, steps)
    }
}
