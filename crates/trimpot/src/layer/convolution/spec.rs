//! What a convolution is, as data.

use crate::layer::kind::{ANY, GradientShare, Grammar, LayerKind, Work, Written};
use crate::layer::windows::WindowSpec;
use crate::spec::{Arguments, Dims, SpecError, Tensors, Value};

/// Of a convolution over sequences (`D` is 1) or images (2): channels, window and groups.
///
/// Each group of outputs takes its own group of channels. With as many groups as channels it is a
/// depthwise convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvSpec<const D: usize> {
    /// Channels of the input.
    pub in_channels: u32,
    /// Channels of the output.
    pub out_channels: u32,
    /// The window that moves.
    pub window: WindowSpec<D>,
    /// How many groups of channels there are: a divisor of both numbers of channels.
    pub groups: u32,
}

impl<const D: usize> ConvSpec<D> {
    const NAME: &'static str = if D == 1 { "Conv1d" } else { "Conv2d" };

    /// Creates a convolution with the same kernel, stride and padding in every direction.
    pub(super) const fn even(
        [in_channels, out_channels]: [usize; 2],
        [size, stride, padding]: [usize; 3],
        groups: usize,
    ) -> Self {
        ConvSpec {
            in_channels: in_channels as u32,
            out_channels: out_channels as u32,
            window: WindowSpec::new([size as u32; D])
                .with_stride([stride as u32; D])
                .with_padding([[padding as u32; 2]; D]),
            groups: groups as u32,
        }
    }

    /// Returns how many channels of the input an output takes.
    pub(super) const fn taken(self) -> u32 {
        match self.in_channels.checked_div(self.groups) {
            Some(taken) => taken,
            None => 0,
        }
    }

    pub(crate) const fn output(self, input: Dims) -> Result<Dims, SpecError> {
        let expected = if D == 1 {
            "a sequence of its channels that is at least as long as its window"
        } else {
            "an image of its channels that is at least as large as its window"
        };
        let grouped = self.groups > 0
            && self.in_channels.is_multiple_of(self.groups)
            && self.out_channels.is_multiple_of(self.groups);
        if grouped
            && input.channels() == self.in_channels
            && let Some(sizes) = input.behind_channels::<D>()
            && let Some(places) = self.window.places(sizes)
        {
            Ok(Dims::from_channels(self.out_channels, places))
        } else {
            Err(SpecError::Input { layer: Self::NAME, input, expected })
        }
    }

    pub(crate) const fn tensors(self) -> Tensors {
        let (outputs, taken) = (self.out_channels, self.taken());
        match self.window.size.as_slice() {
            [height, width] => Tensors::affine(&[outputs, taken, *height, *width], outputs),
            [length, ..] => Tensors::affine(&[outputs, taken, *length], outputs),
            [] => Tensors::new(),
        }
    }

    pub(crate) const fn arguments(self) -> Arguments {
        let WindowSpec { size, stride, dilation, .. } = self.window;
        let plain = WindowSpec::<D>::new(size);
        Arguments::new()
            .with("in_channels", Value::Count(self.in_channels))
            .with("out_channels", Value::Count(self.out_channels))
            .with("kernel_size", Value::directions(size))
            .with_default("stride", Value::directions(stride), Value::directions([1; D]))
            .with_default("padding", self.window.sides(), plain.sides())
            .with_default("dilation", Value::directions(dilation), Value::directions([1; D]))
            .with_default("groups", Value::Count(self.groups), Value::Count(1))
    }
}

/// How both are written.
const WAYS: &[&str] = &["conv CHANNELS KERNEL", "depthwise KERNEL"];

impl<const D: usize> LayerKind for ConvSpec<D> {
    const WRITTEN: Written = if D == 1 {
        Written::As(Grammar {
            ways: WAYS,
            shapes: "CxL becomes CHANNELSxM, with M = (L + padding - dilation * (KERNEL - 1) - 1) / stride + \
                     1, rounded down; padding is that of both sides. depthwise has CHANNELS = C = groups.",
            pytorch: "Conv1d",
            example: "3x32, conv 8 5 stride=2",
        })
    } else {
        Written::As(Grammar {
            ways: WAYS,
            shapes: "CxHxW becomes CHANNELSxH'xW', with H' = (H + padding - dilation * (KERNEL - 1) - 1) / \
                     stride + 1, rounded down, and W' alike; KERNEL and settings are numbers, or one for \
                     each direction: 10x4. depthwise has CHANNELS = C = groups.",
            pytorch: "Conv2d",
            example: "1x28x28, conv 8 3x3",
        })
    };

    fn from_words(words: &[u32]) -> Option<Self> {
        let [in_channels, out_channels, ref window @ .., groups] = *words else { return None };
        let window = WindowSpec::from_words(window)?;
        Some(ConvSpec { in_channels, out_channels, window, groups })
    }

    fn range(self) -> Option<[f32; 2]> {
        Some(ANY)
    }

    fn gradient_share(self) -> GradientShare {
        GradientShare::Mixed
    }

    fn work(self) -> Work {
        let ConvSpec { in_channels, out_channels, window, groups } = self;
        Work::Convolution {
            window: window.on_planes(),
            channels: [in_channels, out_channels],
            groups,
        }
    }
}
