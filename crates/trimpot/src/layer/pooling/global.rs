//! Global pooling: the mean of each channel.

use crate::lanes::Lanes;
use crate::layer::initialization::Initialization;
use crate::layer::{GradientSink, Layer, Values};
use crate::random::{Noise, Random};
use crate::shape::{Channels, Shape};
use crate::spec::LayerSpec;

/// The mean of each channel: from an image or a sequence of `C` channels to a vector of `C` numbers
/// (PyTorch's `nn.AdaptiveAvgPool2d(1)` and `nn.Flatten`, Keras' `GlobalAveragePooling2D`).
///
/// ```
/// use trimpot::layer::{GlobalAveragePool, Layer};
/// use trimpot::shape::Image;
/// let image = [[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 2.0]]];
/// let means = Layer::<Image<2, 2, 2>>::forward::<f32>(&GlobalAveragePool, &[], &image);
/// assert_eq!(means, [2.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlobalAveragePool;

/// Returns what each number of a channel contributes.
#[inline(always)]
fn share<In: Channels, V: Lanes>() -> V {
    V::splat(1.0 / In::AREA as f32)
}

impl<In: Channels> Layer<In> for GlobalAveragePool {
    type Output = In::PerChannel;
    const PARAMETERS: usize = {
        assert!(In::AREA > 0, "the mean of no numbers is undefined");
        0
    };
    const ACTIVATIONS: usize = 2 * In::PerChannel::LEN;
    const SPECS: usize = 1;

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::GlobalAveragePool(*self));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    #[inline]
    fn forward<V: Lanes>(
        &self,
        _parameters: &[f32],
        input: &Values<In, V>,
    ) -> Values<In::PerChannel, V> {
        const { assert!(In::AREA > 0, "the mean of no numbers is undefined") };
        let mut output = In::PerChannel::zeros::<V>();
        let channels = In::channels::<V>(input);
        for (mean, channel) in In::PerChannel::flat_mut::<V>(&mut output).iter_mut().zip(channels) {
            let sum = channel.iter().fold(V::ZERO, |sum, &x| sum + x);
            *mean = sum * share::<In, V>();
        }
        output
    }

    #[inline]
    fn backpropagate<V: Lanes, S: GradientSink<V>, R>(
        &self,
        _sink: S,
        _noise: Noise<V>,
        input: &Values<In, V>,
        input_gradient: Option<&mut Values<In, V>>,
        rest: impl FnOnce(&Values<In::PerChannel, V>, &mut Values<In::PerChannel, V>) -> R,
    ) -> R {
        let output = Layer::<In>::forward::<V>(self, &[], input);
        let mut gradient = In::PerChannel::zeros::<V>();
        let result = rest(&output, &mut gradient);
        if let Some(input_gradient) = input_gradient {
            let channels = In::channels_mut::<V>(input_gradient);
            for (channel, &dy) in channels.zip(In::PerChannel::flat::<V>(&gradient)) {
                channel.fill(dy * share::<In, V>());
            }
        }
        result
    }
}
