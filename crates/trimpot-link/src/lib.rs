//! What a host and a board say to each other.
//!
//! The host asks, the board answers, one frame each. A [`frame`] is the version of the protocol in
//! fixed bytes, a [`Packet`] in `postcard`'s format, and a CRC-32, with COBS around them, so that a
//! zero byte always means the end of a frame.
//! [`client::Client`] is the host's side.
#![no_std]
#![forbid(unsafe_code)]
// An index that the compiler proves to be right at one level of optimisation panics at another.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod checksum;
pub mod client;
mod cobs;
mod error;
pub mod frame;
mod message;
mod numbers;
pub mod port;
mod request;
mod serializer;
mod target;

pub use checksum::{Checksum, fingerprint};
pub use error::{Error, ModelPart};
pub use message::{
    Description, Flagged, ModelCopies, Origin, Packet, ReplayCounts, Response, first_sequence,
};
pub use numbers::{NumberFormat, Numbers};
pub use request::Request;
pub use target::{Target, Task};

/// Runs of a model that is [written](Request::WriteModel) are multiples of so many bytes, but for
/// the last: whole words of any flash memory.
pub const MODEL_BLOCK: usize = 64;

/// The version of the messages. A board and a host that differ in it understand no more of each
/// other than that: see [`frame`].
pub const PROTOCOL: u16 = 6;
