//! What the `trimpot` command is made of: a module for each of its words, and what they share.
//!
//! | module | holds |
//! |---|---|
//! | [`train`](mod@train) | `trimpot train` |
//! | [`plan`](mod@plan) | `trimpot plan` |
//! | [`losses`] | `trimpot losses`: the catalogue, listed, explained, drawn |
//! | [`demo`] | `trimpot demo`: the whole way, from training to a power cut |
//! | [`info`](mod@info) | `trimpot info`: what the program was built for |
//! | [`terminal`] | text that a terminal shows, and does not obey |
//! | [`plot`] | plots, as SVG |
#![forbid(unsafe_code)]

pub mod demo;
mod html;
pub mod info;
pub mod losses;
mod names;
pub mod plan;
pub mod plot;
pub mod terminal;
pub mod train;
