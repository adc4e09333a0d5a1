//! The root package is there for its tests and benchmarks; its library is the README, whose code
//! blocks are tests as well.
#![forbid(unsafe_code)]
#![doc = include_str!("../../README.md")]

/// The code in the README files of the crates that are published.
pub mod crates {
    #[doc = include_str!("../../crates/trimpot/README.md")]
    pub mod trimpot {}
    #[doc = include_str!("../../crates/trimpot-link/README.md")]
    pub mod trimpot_link {}
    #[doc = include_str!("../../crates/trimpot-tuner/README.md")]
    pub mod trimpot_tuner {}
    #[doc = include_str!("../../crates/trimpot-model/README.md")]
    pub mod trimpot_model {}
    #[doc = include_str!("../../crates/trimpot-host/README.md")]
    pub mod trimpot_host {}
    #[doc = include_str!("../../crates/trimpot-cli/README.md")]
    pub mod trimpot_cli {}
}
