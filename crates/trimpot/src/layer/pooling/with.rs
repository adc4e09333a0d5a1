//! Pools with any window, which a type describes.

use core::fmt;
use core::marker::PhantomData;

use super::{Average, Kind, Max, PoolSpec, kind};
use crate::layer::initialization::Initialization;
use crate::layer::windows::MovingWindow;
use crate::layer::{Layer, passes};
use crate::random::Random;
use crate::shape::Shape;
use crate::spec::{LayerList, LayerSpec};

/// [`MaxPool1d`](super::MaxPool1d) with any window: to a sequence `Out`, with the window that the
/// type `W` describes.
pub type MaxPool1dWith<Out, W> = Pool1dWith<Max, Out, W>;

/// [`MaxPool2d`](super::MaxPool2d) with any window: to an image `Out`, with the window that the
/// type `W` describes. What is outside of the image is less than every number.
///
/// ```
/// use trimpot::layer::{MaxPool2dWith, MovingWindow, WindowSpec};
/// use trimpot::shape::Image;
///
/// struct Flat;
///
/// impl MovingWindow<2> for Flat {
///     const WINDOW: WindowSpec<2> = WindowSpec::new([1, 3]).with_stride([1, 2]);
/// }
///
/// type Pool = trimpot::network!(MaxPool2dWith<Image<1, 1, 2>, Flat>; from Image<1, 1, 5>);
/// assert_eq!(Pool::default().predict::<f32>(&[[[1.0, 5.0, 2.0, 0.0, 3.0]]]), [[[5.0, 3.0]]]);
/// ```
pub type MaxPool2dWith<Out, W> = Pool2dWith<Max, Out, W>;

/// [`AveragePool1d`](super::AveragePool1d) with any window: to a sequence `Out`, with the window
/// that the type `W` describes.
pub type AveragePool1dWith<Out, W> = Pool1dWith<Average, Out, W>;

/// [`AveragePool2d`](super::AveragePool2d) with any window: to an image `Out`, with the window that
/// the type `W` describes. What is outside of the image counts as zeros.
pub type AveragePool2dWith<Out, W> = Pool2dWith<Average, Out, W>;

macro_rules! layers {
    ($($(#[$doc:meta])* $name:ident: $spec:ident, $directions:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name<T, Out, W>(PhantomData<(T, Out, W)>);

        // Not derived: these are for any window.
        impl<T, Out, W> Clone for $name<T, Out, W> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T, Out, W> Copy for $name<T, Out, W> {}

        impl<T, Out, W> crate::layer::sealed::Sealed for $name<T, Out, W> {}

        impl<T, Out, W> Default for $name<T, Out, W> {
            fn default() -> Self {
                $name(PhantomData)
            }
        }

        impl<T, Out, W> fmt::Debug for $name<T, Out, W> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<T: Kind, Out, W: MovingWindow<$directions>> $name<T, Out, W> {
            const SPEC: PoolSpec<T, $directions> = PoolSpec::new(W::WINDOW);

            /// Creates the layer: all its settings are in its type.
            pub const fn new() -> Self {
                $name(PhantomData)
            }
        }

        impl<T: Kind, In: Shape, Out: Shape, W: MovingWindow<$directions>> Layer<In>
            for $name<T, Out, W>
        {
            type Output = Out;
            const PARAMETERS: usize = {
                let fits = matches!(Self::SPEC.output(In::DIMS), Ok(output) if output.is(Out::DIMS));
                assert!(fits, "the output of a pool has the places of its window");
                0
            };
            const LAYERS: LayerList = LayerList::new(kind::$spec::<T>(W::WINDOW));

            fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
                visit(kind::$spec::<T>(W::WINDOW));
            }

            fn initialize<I: Initialization>(&self, _: &I, _: &mut [f32], _: &mut Random) {}

            passes!(_ => Self::SPEC);
        }
    )*};
}

layers! {
    /// See [`MaxPool1dWith`] and [`AveragePool1dWith`].
    Pool1dWith: over_sequences, 1;
    /// See [`MaxPool2dWith`] and [`AveragePool2dWith`].
    Pool2dWith: over_images, 2;
}
