//! Trimpot on the PC: data sets, training, and boards.
//!
//! | module | holds |
//! |---|---|
//! | [`dataset`] | data sets, read from `.npz` files and text tables |
//! | [`augmentation`] | random changes of the samples that training learns from |
//! | [`block`] | samples side by side, one in each lane |
//! | [`stream`] | gradients larger than the caches |
//! | [`train`](mod@train) | batches on several threads, with the same bits for any number of them |
//! | [`dyn_network`] | the passes of a network that is known at run time |
//! | [`dyn_model`] | such a network with its loss and its samples, to be trained |
//! | [`loss`] | losses by name |
//! | [`evaluate`](mod@evaluate) | how well a network does |
//! | [`precision_recall`] | precision and recall for all thresholds |
//! | [`rehearsal`] | what a board will learn of a user or a sensor, with its bits |
//! | [`study`] | what choices do, measured over tuned settings and many seeds |
//! | [`problem`] | what is wrong with data or a loss, and what would mend it |
//! | [`board`] | boards: simulated, in QEMU, on a serial port |

pub mod augmentation;
pub mod block;
pub mod board;
pub mod dataset;
pub mod dyn_model;
pub mod dyn_network;
pub mod evaluate;
pub mod loss;
pub mod precision_recall;
pub mod problem;
pub mod rehearsal;
pub mod stream;
pub mod study;
pub mod train;
