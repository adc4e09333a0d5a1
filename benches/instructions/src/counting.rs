//! What valgrind counts.

use std::hint::black_box;

use anyhow::Result;
use rayon::ThreadPoolBuilder;

/// Who gets to see the kernels: each with its name.
pub type Visit<'a> = dyn FnMut(&str, &mut dyn FnMut()) + 'a;

/// Runs these kernels, and prints the name of each in the order in which they are counted.
pub fn count(kernels: impl FnOnce(&mut Visit) -> Result<()>) -> Result<()> {
    // What another thread does is not counted: this one does all.
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    kernels(&mut |name, kernel| {
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
