//! What the `trimpot` command is made of: a module for each of its words, and what they share.
//!
//! | module | holds |
//! |---|---|
//! | [`train`](mod@train) | `trimpot train` |
//! | [`evaluate`](mod@evaluate) | `trimpot evaluate`: all scores of a model on a data set |
//! | [`predict`](mod@predict) | `trimpot predict`: what a model says of samples |
//! | [`board`] | `trimpot board`: a model on a board, taught with data |
//! | [`import`] | `trimpot import`: a network of another framework becomes a model file |
//! | [`export`](mod@export) | `trimpot export`: a model for other programs |
//! | [`new`](mod@new) | `trimpot new`: firmware of one's own, with a model |
//! | [`plan`](mod@plan) | `trimpot plan` |
//! | [`layers`] | `trimpot layers`: what a network can have, listed, explained |
//! | [`losses`] | `trimpot losses`: the catalogue, listed, explained, drawn |
//! | [`study`] | `trimpot study`: what losses, rates and depths do, measured |
//! | [`rehearse`] | `trimpot rehearse`: what a board will learn of each user or sensor |
//! | [`demo`] | `trimpot demo`: the whole way, from training to a power cut |
//! | [`info`](mod@info) | `trimpot info`: what is in a model file, or which instructions the program uses |
//! | [`arguments`] | arguments, as words have them in common |
//! | [`data`], [`front_end`], [`model`], [`address`] | options of words that take data, recordings, a model, or a board |
//! | [`interrupt`] | Ctrl-C, which ends the work and not the program |
//! | [`terminal`] | text that a terminal shows, and does not obey |
//! | [`pages`] | pages of HTML, and plots, as SVG |
#![forbid(unsafe_code)]

pub mod address;
mod advice;
pub mod arguments;
pub mod board;
pub mod data;
pub mod demo;
pub mod evaluate;
pub mod export;
pub mod front_end;
pub mod import;
pub mod info;
pub mod interrupt;
pub mod layers;
mod learning;
pub mod losses;
pub mod model;
mod names;
pub mod new;
mod numbers;
pub mod pages;
pub mod plan;
pub mod predict;
mod progress;
pub mod rehearse;
pub mod study;
mod table;
pub mod terminal;
mod threads;
pub mod train;
