//! Windows as types.

use super::WindowSpec;

/// A window that moves in `D` directions, as a type: of layers such as
/// [`Conv2dWith`](crate::layer::Conv2dWith) and [`MaxPool2dWith`](crate::layer::MaxPool2dWith).
pub trait MovingWindow<const D: usize> {
    /// Its size, strides, padding and dilation.
    const WINDOW: WindowSpec<D>;
    /// How many groups of channels a convolution has, each of which sees its own: a divisor of both
    /// numbers of channels. Pools have a group for each channel anyway.
    const GROUPS: u32 = 1;
}
