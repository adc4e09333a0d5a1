//! How a tuner learns.

use trimpot::ParameterError;
use trimpot::optimizer::LARGEST_LEARNING_RATE;

/// How a [`Tuner`](crate::Tuner) learns, and what it stores.
///
/// ```
/// use trimpot_tuner::Settings;
/// let settings = Settings::new().with_learning_rate(0.02)?.with_replays(8);
/// assert!(settings.with_tolerance(-1.0).is_err());
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Settings {
    pub(crate) learning_rate: f32,
    pub(crate) clip_norm: f32,
    pub(crate) replays: u16,
    pub(crate) tolerance: f32,
    pub(crate) margin: f32,
    pub(crate) seed: u32,
    pub(crate) version: u32,
    pub(crate) stores_learned: bool,
    pub(crate) demands_judges: bool,
    pub(crate) latent_format: LatentFormat,
    pub(crate) pinned: u8,
    pub(crate) recent: u8,
}

impl Settings {
    /// Creates the default: a learning rate of 0.02, gradients clipped to a norm of 10, 40 replayed
    /// samples for each new one, a tolerance of 0.06, a margin of 2, seed 0, version 0; of each
    /// class 20 samples that are pinned and 5 that were learned last, which are not stored.
    ///
    /// With digits (64-32-10, trained on MNIST, then 100 samples of a new kind) learning rates of
    /// 0.01 to 0.02 and 10 to 40 replays learn the new kind and keep the old; larger rates forget
    /// the old, and from 0.1 on learn badly. The tolerance stores what 100 good samples teach, in
    /// each of ten such runs, and keeps what 20 samples of a wrong class cost below a twentieth of
    /// the old digits.
    pub const fn new() -> Self {
        Settings {
            learning_rate: 0.02,
            clip_norm: 10.0,
            replays: 40,
            tolerance: 0.06,
            margin: 2.0,
            seed: 0,
            version: 0,
            stores_learned: false,
            demands_judges: false,
            latent_format: LatentFormat::F32,
            pinned: 20,
            recent: 5,
        }
    }

    /// Returns how many samples are replayed for each new one.
    pub const fn replays(&self) -> u16 {
        self.replays
    }

    /// Sets the learning rate of every step: positive, and no larger than
    /// [`LARGEST_LEARNING_RATE`].
    ///
    /// # Errors
    /// If `learning_rate` is out of range.
    pub const fn with_learning_rate(self, learning_rate: f32) -> Result<Self, ParameterError> {
        if learning_rate > 0.0 && learning_rate <= LARGEST_LEARNING_RATE {
            return Ok(Settings { learning_rate, ..self });
        }
        let (name, value, range) = ("learning_rate", learning_rate, "(0, 1000]");
        Err(ParameterError { name, value, range })
    }

    /// Sets the largest norm of the gradient that a layer hands over: a larger one is scaled
    /// down to it, so that no step is far too long. Positive; infinite for no limit. See
    /// [`ClippedSgdInPlace`](trimpot::layer::ClippedSgdInPlace).
    ///
    /// # Errors
    /// If `clip_norm` is out of range.
    pub fn with_clip_norm(self, clip_norm: f32) -> Result<Self, ParameterError> {
        check(clip_norm > 0.0, "clip_norm", clip_norm, "(0, inf]")?;
        Ok(Settings { clip_norm, ..self })
    }

    /// Sets how many steps on replayed samples follow the step on a new one.
    pub const fn with_replays(self, replays: u16) -> Self {
        Settings { replays, ..self }
    }

    /// Sets how much larger than that of the best stored parameters the mean loss of new ones
    /// may be, and they are still stored: as a share of the loss of a network that knows nothing,
    /// in [0, 1]. The loss is that on the samples they are judged by, each of which counts at most
    /// as if the network knew nothing: what it outputs then, the [task](crate::Task) says.
    ///
    /// # Errors
    /// If `tolerance` is out of range.
    pub fn with_tolerance(self, tolerance: f32) -> Result<Self, ParameterError> {
        check((0.0..=1.0).contains(&tolerance), "tolerance", tolerance, "[0, 1]")?;
        Ok(Settings { tolerance, ..self })
    }

    /// Sets how far outside of the range that the network was trained on a feature of a new
    /// sample may be, in widths of its range; a feature that never changed has the mean width of
    /// all. Not negative; infinite for no limit.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(self, margin: f32) -> Result<Self, ParameterError> {
        check(margin >= 0.0, "margin", margin, "[0, inf]")?;
        Ok(Settings { margin, ..self })
    }

    /// Sets the seed of initial weights, of the choice of replayed samples and of dropout.
    pub const fn with_seed(self, seed: u32) -> Self {
        Settings { seed, ..self }
    }

    /// Sets a number for the network beside its architecture: what is stored for another version
    /// is not loaded. To be changed with whatever else the parameters depend on, such as a frozen
    /// front.
    pub const fn with_version(self, version: u32) -> Self {
        Settings { version, ..self }
    }

    /// Sets whether a commit stores the learned samples too, so that they are replayed after a
    /// reboot: they can be read from the flash memory then, and a commit writes more of it. A
    /// change of this setting forgets the commits, and the store's area grows.
    pub const fn with_stored_samples(self, stores_learned: bool) -> Self {
        Settings { stores_learned, ..self }
    }

    /// Sets whether commits are refused where the factory has given no samples to judge them by,
    /// neither held out nor pinned, as where the power failed between a model and its samples. Else
    /// the samples that were learned last are the judge then: for devices without a factory. A
    /// [`Device`](crate::Device) demands them.
    pub const fn with_factory_judges(self, demands_judges: bool) -> Self {
        Settings { demands_judges, ..self }
    }

    /// Sets how latents of samples are kept, of those that were learned as of those that are pinned
    /// or held out: as they are, or as bytes, which take a quarter of the memory. For
    /// [`LatentReplay`](crate::LatentReplay) alone: features of pinned and held-out samples are
    /// bytes in any case, as shares of their range, and those of learned samples, which may be
    /// outside of it, numbers.
    pub const fn with_latent_format(self, latent_format: LatentFormat) -> Self {
        Settings { latent_format, ..self }
    }

    /// Sets how many samples of each class the factory can pin, and how many it can hold out; of
    /// all, if the task has no classes.
    /// [`Sizes`](crate::Sizes) follow from it.
    pub const fn with_pinned(self, pinned: u8) -> Self {
        Settings { pinned, ..self }
    }

    /// Sets how many samples of each class that were learned last are replayed; of all, if the task
    /// has no classes.
    /// [`Sizes`](crate::Sizes) follow from it.
    pub const fn with_recent(self, recent: u8) -> Self {
        Settings { recent, ..self }
    }
}

/// How a latent is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LatentFormat {
    /// As it is.
    #[default]
    F32,
    /// In 255 steps between its smallest and its largest value: for latents that are not negative,
    /// such as those behind a ReLU, and for any others of which most are on one side of 0.
    U8,
    /// In 254 steps between minus and plus its largest magnitude; 0 is exact.
    I8,
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new()
    }
}

fn check(
    valid: bool,
    name: &'static str,
    value: f32,
    range: &'static str,
) -> Result<(), ParameterError> {
    if valid { Ok(()) } else { Err(ParameterError { name, value, range }) }
}
