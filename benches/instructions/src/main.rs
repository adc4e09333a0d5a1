//! Runs kernels one after the other, for `cargo xtask instructions` to count their instructions.
//!
//! Prints the name of each in the order in which they are counted.
#![forbid(unsafe_code)]

mod kernels;

use std::hint::black_box;

use anyhow::Result;
use rayon::ThreadPoolBuilder;

fn main() -> Result<()> {
    // What another thread does is not counted: this one does all.
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    kernels::each(&mut |name, kernel| {
        // What is done in the first call alone, such as setting memory aside, is not counted.
        kernel();
        counted(kernel);
        println!("{name}");
    })
}

/// Instructions are counted from here, and written down when it returns: valgrind knows it by its
/// name.
///
/// The loop keeps the call from becoming a jump, with which it would never return.
#[inline(never)]
fn counted(kernel: &mut dyn FnMut()) {
    for _ in 0..black_box(1) {
        kernel();
    }
}
