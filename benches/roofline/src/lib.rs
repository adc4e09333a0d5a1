//! What the machine can do: shared with `benches/peers`.

pub mod triad;
