//! Convolutions with any window, which a type describes.

use core::fmt;
use core::marker::PhantomData;

use super::ConvSpec;
use crate::layer::initialization::Initialization;
use crate::layer::kernel::LayerKernel;
use crate::layer::windows::MovingWindow;
use crate::layer::{Layer, passes};
use crate::random::Random;
use crate::shape::Shape;
use crate::spec::{LayerList, LayerSpec};

macro_rules! layers {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $directions:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name<const I: usize, Out, W>(PhantomData<(Out, W)>);

        // Not derived: these are for any window.
        impl<const I: usize, Out, W> Clone for $name<I, Out, W> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<const I: usize, Out, W> Copy for $name<I, Out, W> {}

        impl<const I: usize, Out, W> crate::layer::sealed::Sealed for $name<I, Out, W> {}

        impl<const I: usize, Out, W> Default for $name<I, Out, W> {
            fn default() -> Self {
                $name(PhantomData)
            }
        }

        impl<const I: usize, Out, W> fmt::Debug for $name<I, Out, W> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<const I: usize, Out: Shape, W: MovingWindow<$directions>> $name<I, Out, W> {
            const SPEC: ConvSpec<$directions> = ConvSpec {
                in_channels: I as u32,
                out_channels: Out::DIMS.channels(),
                window: W::WINDOW,
                groups: W::GROUPS,
            };

            /// Creates the layer: all its settings are in its type.
            pub const fn new() -> Self {
                $name(PhantomData)
            }
        }

        impl<const I: usize, In: Shape, Out: Shape, W: MovingWindow<$directions>> Layer<In>
            for $name<I, Out, W>
        {
            type Output = Out;
            const PARAMETERS: usize = {
                let fits = matches!(Self::SPEC.output(In::DIMS), Ok(output) if output.is(Out::DIMS));
                assert!(fits, "the output of a convolution has the places of its window");
                Self::SPEC.tensors().numbers(true)
            };
            const LAYERS: LayerList = LayerList::new(LayerSpec::$kind(Self::SPEC));

            fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
                visit(LayerSpec::$kind(Self::SPEC));
            }

            fn initialize<T: Initialization>(
                &self,
                how: &T,
                parameters: &mut [f32],
                random: &mut Random,
            ) {
                Self::SPEC.initialize(how, parameters, random);
            }

            passes!(_ => Self::SPEC);
        }
    )*};
}

layers! {
    /// [`Conv1d`](crate::layer::Conv1d) with any window: from `I` channels to a sequence `Out`, a
    /// [`Rows<O, L>`](crate::shape::Rows), with the window that the type `W` describes.
    Conv1dWith: Conv1d, 1;
    /// [`Conv2d`](crate::layer::Conv2d) with any window: from `I` channels to an image `Out`, an
    /// [`Image<O, H, W>`](crate::shape::Image), with the window that the type `W` describes.
    ///
    /// ```
    /// use trimpot::layer::{Conv2dWith, MovingWindow, Relu, WindowSpec};
    /// use trimpot::shape::Image;
    ///
    /// /// Ten instants of four frequencies, moving by two; TensorFlow's `SAME`.
    /// struct First;
    ///
    /// impl MovingWindow<2> for First {
    ///     const WINDOW: WindowSpec<2> =
    ///         WindowSpec::new([10, 4]).with_stride([2, 2]).with_padding([[4, 5], [1, 1]]);
    /// }
    ///
    /// type Keywords =
    ///     trimpot::network!(Conv2dWith<1, Image<64, 25, 5>, First>, Relu; from Image<1, 49, 10>);
    /// assert_eq!(Keywords::PARAMETERS, 64 * 10 * 4 + 64);
    /// ```
    Conv2dWith: Conv2d, 2;
}
