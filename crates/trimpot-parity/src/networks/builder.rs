//! Networks as data, layer by layer.

use trimpot::layer::{
    BatchNormSpec, ConvSpec, DenseSpec, Dropout, FlattenSpec, FrozenSpec, LayerNormSpec, Relu,
    ReshapeSpec, ResidualSpec, ShortcutSpec, WindowSpec,
};
use trimpot::spec::{Dims, LayerSpec};

use super::LAYERS;

const EPSILON: f32 = 1e-5;

/// Layers one after the other, each of which takes what the one before it gives.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    layers: [LayerSpec; LAYERS],
    count: usize,
    /// The shape of what the last one gives.
    pub(super) dims: Dims,
}

impl Builder {
    pub(super) fn new(input: Dims) -> Self {
        Builder { layers: [LayerSpec::Relu(Relu); LAYERS], count: 0, dims: input }
    }

    /// Returns the layers, if they are not more than [`LAYERS`].
    pub(super) fn layers(&self) -> Option<&[LayerSpec]> {
        self.layers.get(..self.count)
    }

    pub(super) fn add(&mut self, spec: LayerSpec) -> &mut Self {
        if let Some(place) = self.layers.get_mut(self.count) {
            *place = spec;
        }
        self.count += 1;
        self.dims = spec.output(self.dims).unwrap_or(Dims::vector(0));
        self
    }

    pub(super) fn relu(&mut self) -> &mut Self {
        self.add(LayerSpec::Relu(Relu))
    }

    /// A dense layer, behind a `Flatten` if its input is no vector.
    pub(super) fn dense(&mut self, outputs: u32) -> &mut Self {
        if self.dims.sizes().len() > 1 {
            self.add(LayerSpec::Flatten(FlattenSpec));
        }
        self.add(LayerSpec::Dense(DenseSpec { inputs: self.dims.count() as u32, outputs }))
    }

    pub(super) fn dense_relu(&mut self, sizes: &[u32]) -> &mut Self {
        for &size in sizes {
            self.dense(size).relu();
        }
        self
    }

    pub(super) fn conv2d(
        &mut self,
        out_channels: u32,
        window: WindowSpec<2>,
        groups: u32,
    ) -> &mut Self {
        let in_channels = self.dims.channels();
        self.add(LayerSpec::Conv2d(ConvSpec { in_channels, out_channels, window, groups }))
    }

    pub(super) fn conv1d(
        &mut self,
        out_channels: u32,
        window: WindowSpec<1>,
        groups: u32,
    ) -> &mut Self {
        let in_channels = self.dims.channels();
        self.add(LayerSpec::Conv1d(ConvSpec { in_channels, out_channels, window, groups }))
    }

    pub(super) fn depthwise(&mut self, window: WindowSpec<2>) -> &mut Self {
        let channels = self.dims.channels();
        self.conv2d(channels, window, channels)
    }

    pub(super) fn batch_norm(&mut self) -> &mut Self {
        let channels = self.dims.channels();
        self.add(LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon: EPSILON }))
    }

    pub(super) fn layer_norm(&mut self) -> &mut Self {
        let size = self.dims.last();
        self.add(LayerSpec::LayerNorm(LayerNormSpec { size, epsilon: EPSILON }))
    }

    pub(super) fn reshape(&mut self, dims: Dims) -> &mut Self {
        self.add(LayerSpec::Reshape(ReshapeSpec { dims }))
    }

    /// A layer with others inside.
    fn around(
        &mut self,
        spec: fn(u32) -> LayerSpec,
        inside: impl FnOnce(&mut Self) -> &mut Self,
    ) -> &mut Self {
        let at = self.count;
        self.count += 1;
        inside(self);
        let layers = (self.count - at - 1) as u32;
        if let Some(place) = self.layers.get_mut(at) {
            *place = spec(layers);
        }
        self
    }

    pub(super) fn residual(&mut self, inside: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        self.around(|layers| LayerSpec::Residual(ResidualSpec { layers }), inside)
    }

    pub(super) fn residual_with(
        &mut self,
        shortcut: impl FnOnce(&mut Self) -> &mut Self,
        inside: impl FnOnce(&mut Self) -> &mut Self,
    ) -> &mut Self {
        self.residual(|n| {
            let input = n.dims;
            n.around(|layers| LayerSpec::Shortcut(ShortcutSpec { layers }), shortcut);
            n.dims = input;
            inside(n)
        })
    }

    pub(super) fn frozen(&mut self, inside: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        self.around(|layers| LayerSpec::Frozen(FrozenSpec { layers }), inside)
    }

    pub(super) fn dropout(&mut self) -> &mut Self {
        self.add(LayerSpec::Dropout(Dropout::default()))
    }
}
