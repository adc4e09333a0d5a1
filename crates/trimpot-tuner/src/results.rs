//! What a tuner returns.

use trimpot_link::{Origin, ReplayCounts};

use crate::TaskKind;

/// What a sample is, of a [classifier](crate::Classification).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction<'t> {
    /// The class with the largest output, the first of equals. None if an output is infinite or not
    /// a number.
    pub class: Option<u32>,
    /// The network's outputs for the classes in use: logits.
    pub outputs: &'t [f32],
}

/// What became of a sample that was to be learned.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Learned {
    /// The sample's loss before the step.
    pub loss: f32,
    /// How many steps were taken, on this sample and on replayed ones; with mini-batches, how many
    /// samples they were taken on.
    pub steps: u32,
    /// The steps led to something not finite. The tuner has returned to the parameters that were
    /// stored last, or to initial ones if none were, and forgotten the samples that were learned
    /// since.
    pub rolled_back: bool,
}

/// How far learning got in a slice of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Work {
    /// No sample is being learned.
    Idle,
    /// There are more steps to be made.
    More,
    /// The sample is learned: what [`learn`](crate::Tuner::learn) returns.
    Done(Learned),
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Commit {
    /// The parameters are stored.
    Stored(Committed),
    /// There is nothing to commit: the parameters are stored already, and so is all that a commit
    /// stores with them. Nothing was written. (Where something newer may be hidden in the flash
    /// memory, they are stored anew.)
    Unchanged(Committed),
    /// The parameters do too badly.
    Rejected(Rejected),
}

/// Parameters that are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Committed {
    /// Their generation: larger than that of all before.
    pub generation: u32,
    /// Their [`fingerprint`](trimpot_link::fingerprint).
    pub fingerprint: u32,
}

/// Parameters that do too badly. Those stored are back in memory, or initial ones if nothing is
/// stored, and the samples that were learned since are forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rejected {
    /// The mean loss that is tolerated, where no sample counts more than if the network knew
    /// nothing: what it outputs then, its [task](crate::Task) says.
    pub tolerated: f32,
    /// That mean loss of the rejected parameters; infinite, if an output was not finite.
    pub loss: f32,
    /// Samples that were the judge.
    pub samples: u32,
}

/// What a tuner is, and how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Description {
    /// A fingerprint of the network's layers and their sizes.
    pub architecture: u32,
    /// Features a sample.
    pub inputs: u32,
    /// What is learned.
    pub task: TaskKind,
    /// Outputs of the network. Where [classes](TaskKind::Classes) are learned, so many can be.
    pub outputs: u32,
    /// Classes in use: those that samples can be of. 0 for other tasks.
    pub classes: u32,
    /// Parameters of the network.
    pub parameters: u32,
    /// The version that the firmware's author gave the network.
    pub version: u32,
    /// The [`fingerprint`](trimpot_link::fingerprint) of the parameters in memory.
    pub fingerprint: u32,
    /// Where the parameters came from at boot.
    pub origin: Origin,
    /// The generation of the parameters in memory when they were last read or stored: each install
    /// and commit has a larger one than those before, by more than 1 if something in the flash
    /// memory cannot be read. 0 for initial parameters.
    pub generation: u32,
    /// Stored copies of parameters that were found damaged or unreadable since the boot.
    pub damaged: u32,
    /// Samples in memory.
    pub replay: ReplayCounts,
    /// Whether a commit stores the learned samples too, so that they are replayed after a reboot.
    pub stores_learned: bool,
    /// Bytes of memory for network, samples and a training step.
    pub ram: u32,
}
