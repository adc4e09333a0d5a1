//! Buffers that begin at a cache line, as those of JAX and PyTorch do. Where in a line a buffer
//! begins changes times by up to a fifth, and an allocator places it anew in every process.

use aligned_vec::{AVec, ConstAlign};

const LINE: usize = 64;

/// Numbers of a length that is known at run time.
pub type Numbers<T> = AVec<T, ConstAlign<LINE>>;

pub fn numbers<T: Clone>(numbers: &[T]) -> Numbers<T> {
    AVec::from_slice(LINE, numbers)
}

/// A network, which is its parameters.
#[repr(align(64))]
pub struct Aligned<T>(pub T);
