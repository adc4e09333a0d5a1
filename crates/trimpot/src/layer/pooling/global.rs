//! Global pooling: the mean of each channel.

use crate::layer::initialization::Initialization;
use crate::layer::sealed::Sealed;
use crate::layer::{Layer, passes};
use crate::random::Random;
use crate::shape::Channels;
use crate::spec::{LayerList, LayerSpec};

/// The mean of each channel: from an image or a sequence of `C` channels to a vector of `C` numbers
/// (PyTorch's `nn.AdaptiveAvgPool2d(1)` and `nn.Flatten`, Keras' `GlobalAveragePooling2D`).
///
/// ```
/// use trimpot::layer::GlobalAveragePool;
/// use trimpot::shape::Image;
///
/// let means = <trimpot::network!(GlobalAveragePool; from Image<2, 2, 2>)>::default();
/// let image = [[[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 2.0]]];
/// assert_eq!(means.predict::<f32>(&image), [2.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlobalAveragePool;

impl Sealed for GlobalAveragePool {}

impl<In: Channels> Layer<In> for GlobalAveragePool {
    type Output = In::PerChannel;
    const PARAMETERS: usize = {
        assert!(In::AREA > 0, "the mean of no numbers is undefined");
        0
    };
    const LAYERS: LayerList = LayerList::new(LayerSpec::GlobalAveragePool(GlobalAveragePool));

    fn for_each_spec(&self, visit: &mut dyn FnMut(LayerSpec)) {
        visit(LayerSpec::GlobalAveragePool(*self));
    }

    fn initialize<H: Initialization>(&self, _: &H, _: &mut [f32], _: &mut Random) {}

    passes!(layer => *layer);
}
