//! The root package is there for its tests and benchmarks; its library is the README, whose code
//! blocks are tests as well.
#![forbid(unsafe_code)]
#![doc = include_str!("../../README.md")]
