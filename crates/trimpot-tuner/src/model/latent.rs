//! Replay of what a frozen front makes of samples.

/// A model of whose samples the tuner keeps the **latents**: what the frozen front of the network
/// makes of the features, once for each sample. Replayed samples, and those that judge commits,
/// then take the passes of the layers behind it alone, and the memory of their latents. (Pellegrini
/// et al.
/// 2020.)
///
/// It goes around a [`Planned`](trimpot::network::Planned) or an
/// [`Interpreted`](crate::Interpreted): the front are the frozen layers that it begins with, and
/// those around them without parameters ([`Plan::latents`](trimpot::plan::Plan::latents)). All
/// other calls stay the same: features go in, and ranges are those of features. Parameters get the
/// bits that they have without it, if samples are the same: latents are kept as they are, or as
/// [bytes](crate::Settings::with_latent_format), not by the range of features. A task that looks at
/// features looks at latents.
///
/// What is stored in the flash memory is of its own kind, and not read by a tuner that keeps
/// features. The front's numbers are in the network's fingerprint, so nobody else's latents are.
///
/// ```
/// use trimpot::layer::{Dense, Frozen, Relu};
/// use trimpot::loss::CrossEntropy;
/// use trimpot::network::Planned;
/// use trimpot::shape::Vector;
/// use trimpot::{Chain, chain};
/// use trimpot_tuner::{Classification, LatentReplay, Memory, Settings, Sizes, Tuner};
/// # use trimpot_testkit::flash::Flash;
///
/// type Layers = Chain![Frozen<Dense<64, 6>, 390>, Relu, Dense<6, 3>];
/// type Network = Planned<'static, Vector<64>, Layers>;
/// static FRONT: [f32; 390] = [0.01; 390];
/// static LAYERS: Layers = chain![Frozen::new(Dense, &FRONT), Relu, Dense];
/// const SETTINGS: Settings = Settings::new().with_pinned(2).with_recent(3);
/// const FEATURES: Sizes = Sizes::of::<Vector<64>, Layers>(&SETTINGS);
/// const SIZES: Sizes = FEATURES.with_latents(Network::LATENTS);
/// assert!(SIZES.ram() < FEATURES.ram());
///
/// let mut memory = Memory::<{ SIZES.values() }, { SIZES.bytes() }>::new();
/// let flash = Flash::<1, 4, 256>::new(64 * 1024);
/// let model = LatentReplay::new(Network::new(&LAYERS));
/// let task = Classification::new(CrossEntropy::new());
/// let mut tuner = Tuner::new(model, task, SETTINGS, &mut memory, flash, 0..64 * 1024)?;
/// assert!(!tuner.learn(&[0.5; 64], 1)?.rolled_back);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LatentReplay<M> {
    pub(super) model: M,
}

impl<M> LatentReplay<M> {
    /// Goes around this model.
    pub const fn new(model: M) -> Self {
        LatentReplay { model }
    }
}
