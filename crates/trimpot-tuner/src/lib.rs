//! Learning on the device, without the hardware.
//!
//! A [`Tuner`] trains a network: a [`Model`], which is a type or data. It learns from samples, one
//! by one, what its [`Task`] says: classes, numbers, or what is normal; and it replays earlier
//! ones. It stores parameters in flash memory through power cuts ([`store`]), returns to them when
//! learning diverges, and refuses to store parameters that do worse on held-out samples. A device
//! calls its methods; where a host asks, a [`Server`] answers over a serial port.
//!
//! It is the same code on a board, in an emulator and on the PC, and it gives the same bits on all
//! of them: the parameters depend on the calls, the settings and the flash alone.
#![no_std]
#![forbid(unsafe_code)]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod boots;
mod calibrate;
mod commit;
mod device;
pub mod digits;
mod error;
mod f32s;
mod format;
mod image;
mod judges;
mod learning;
mod log;
mod memory;
mod metrics;
mod model;
pub mod model_image;
mod model_slots;
mod replay;
mod results;
mod running;
mod samples;
mod server;
mod settings;
mod sizes;
pub mod store;
mod task;
mod tuner;

pub use device::{Device, DeviceError, FlashAreas, ModelNeeds, Workspace, learns_by};
pub use error::{Error, StartError};
pub use f32s::F32s;
pub use memory::{Memory, Storage};
pub use metrics::Metrics;
pub use model::{
    Descent, Interpreted, LatentReplay, Model, ModelError, Optimized, PartlyTrained, Training,
    TrainingCounts,
};
pub use results::{Commit, Committed, Description, Learned, Prediction, Rejected, Work};
pub use server::Server;
pub use settings::{LatentFormat, Settings};
pub use sizes::Sizes;
pub use task::{
    AnomalyDetection, AnomalyScores, ClassScores, Classification, Condition, Estimate, Inspection,
    Label, Placed, Reference, Regression, Sample, State, Task, TaskSizes, TaskSpec, ValueScores,
    Word,
};
pub use trimpot::threshold::{Calibrated, Rule};
pub use trimpot_link::{Flagged, Origin, ReplayCounts, Task as TaskKind};
pub use tuner::Tuner;
