//! Runs kernels one after the other, for `cargo xtask instructions` to count their instructions.
#![forbid(unsafe_code)]

mod counting;
mod kernels;

fn main() -> anyhow::Result<()> {
    counting::count(kernels::each)
}
