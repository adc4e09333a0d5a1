//! Convolution: filters that move over images and sequences, the same weights at every position.
//!
//! Sizes that a layer computes cannot be written in a type yet, so a layer's output shape is part
//! of its type, and is checked when it is compiled: `(input + 2 · padding − kernel) / stride + 1`,
//! rounded down, in each direction.
//!
//! Kernels that are not square, and move by other strides, with dilation, groups or a padding of
//! their own on each side, are [`Conv1dWith`] and [`Conv2dWith`].
//!
//! How it is done: what lies under the kernel is copied out, with zeros where that is outside, and
//! several filters take their weighted sums of it at once. So the cost of moving about is shared,
//! and the sums do not wait for each other. On the way back the gradient of a few filters is added
//! up over all places of the sample before it goes to the [`GradientSink`]: that buffer is all the
//! memory it takes, however many filters there are.
//!
//! There are two ways more. With one filter for each channel there are no sums to be computed at
//! once, nor is there anybody to share a copy with: rows of the plane are copied instead, each
//! once, and what is computed at once are eight places of a row. And for a kernel of one number
//! that goes over all of a plane nothing is copied: each pass is a product of matrices. The sums of
//! outputs are in the order of the weights, always, and those of weights' gradients in that of the
//! places.
//!
//! Rejected: sums along rows of the output for all kernels, which are slower where a copy is shared
//! by many filters; and the algorithms that save multiplications (Winograd's, Fourier's), whose
//! results round differently.

mod arrays;
mod depthwise;
mod kernel;
mod one;
mod spec;
mod two;
mod with;

pub use depthwise::{DepthwiseConv1d, DepthwiseConv2d};
pub use one::Conv1d;
pub use spec::ConvSpec;
pub use two::Conv2d;
pub use with::{Conv1dWith, Conv2dWith};

/// How many filters share a patch on the way back, and a buffer for their gradients.
const SHARED: usize = 4;
