//! Threads that networks are computed on.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use trimpot::lanes::Level;

/// Returns how many threads the machine can run at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns how many bytes of stack a thread has for a network of so many outputs. Losses that look
/// at all outputs have some arrays of them there.
pub(crate) fn stack(outputs: usize) -> usize {
    let block = Level::current().samples() * size_of::<f32>();
    outputs.saturating_mul(block).saturating_mul(16).saturating_add(4 << 20)
}

/// Starts so many threads for a network of so many outputs.
pub(crate) fn pool(threads: usize, outputs: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).stack_size(stack(outputs)).build()
}
