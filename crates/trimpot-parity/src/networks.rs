//! Networks as data, whose costs are measured on boards: whole ones, and parts.
//!
//! What `trimpot plan` says of instructions is fitted to the parts alone. Whole networks, which the
//! planner has not seen, show whether it holds.

mod builder;
#[cfg(feature = "tuner")]
pub mod measured;
mod wholes;

use trimpot::layer::{
    AveragePoolSpec, EmbeddingSpec, Gelu, GlobalAveragePool, HardTanh, LeakyRelu, MaxPoolSpec,
    Silu, Tanh, WindowSpec,
};
use trimpot::plan::Trained;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};

use self::builder::Builder;
use self::wholes::wholes;

/// The most layers that a network has.
pub const LAYERS: usize = 40;

/// What a network is trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkLoss {
    /// Softmax cross-entropy, by label.
    CrossEntropy,
    /// The mean squared error.
    MeanSquaredError,
}

/// A network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedNetwork<'a> {
    /// Its name.
    pub name: &'static str,
    /// Whether it is one of the parts, to which costs are fitted.
    pub is_part: bool,
    /// What it is trained with.
    pub loss: NetworkLoss,
    /// The network.
    pub network: NetworkSpec<'a>,
    /// How many layers a training step computes again at a time: see
    /// [`Plan::with_checkpoints`](trimpot::plan::Plan::with_checkpoints).
    pub every: usize,
    /// Which parameters are trained of those that are not frozen.
    pub trained: Trained,
}

/// Who gets to see networks.
type Visit<'v> = &'v mut dyn FnMut(NamedNetwork<'_>);

/// Shows a network that begins with this input. No layers are in it yet.
#[inline(never)]
fn show(visit: Visit<'_>, named: NamedNetwork<'_>, build: fn(&mut Builder) -> &mut Builder) {
    let NetworkSpec { input, .. } = named.network;
    let mut builder = Builder::new(input);
    build(&mut builder);
    if let Some(layers) = builder.layers() {
        visit(NamedNetwork { network: NetworkSpec { input, layers }, ..named });
    }
}

/// A window of this size and stride, with as much padding on every side.
fn window<const D: usize>(size: [u32; D], stride: u32, padding: u32) -> WindowSpec<D> {
    WindowSpec::new(size).with_stride([stride; D]).with_padding([[padding; 2]; D])
}

/// Shows networks of a list, whose values are kept or computed again, and whose parameters are all
/// trained or in part.
macro_rules! network_list {
    ($visit:ident, is_part: $is_part:literal, $loss:ident, every: $every:literal, $trained:ident,
     $($name:expr, $input:expr => $build:expr;)*) => {$({
        let network = NetworkSpec { input: $input, layers: &[] };
        let loss = NetworkLoss::$loss;
        let trained = Trained::$trained;
        let (name, is_part, every) = ($name, $is_part, $every);
        let named = NamedNetwork { name, is_part, loss, network, every, trained };
        show($visit, named, $build);
    })*};
    ($visit:ident, is_part: $is_part:literal, $loss:ident, $($networks:tt)*) => {
        network_list! { $visit, is_part: $is_part, $loss, every: 0, All, $($networks)* }
    };
}
use network_list;

/// Shows all networks, parts first.
pub fn networks(visit: Visit<'_>) {
    dense_parts(visit);
    convolution_parts(visit);
    pool_parts(visit);
    other_parts(visit);
    activation_parts(visit);
    bias_parts(visit);
    wholes(visit);
}

fn dense_parts(visit: Visit<'_>) {
    network_list! { visit, is_part: true, MeanSquaredError,
        "6-1", Dims::vector(6) => |n| n.dense(1);
        "6-2", Dims::vector(6) => |n| n.dense(2);
        "17-3", Dims::vector(17) => |n| n.dense(3);
        "16-8", Dims::vector(16) => |n| n.dense(8);
        "16-11", Dims::vector(16) => |n| n.dense(11);
        "9-33", Dims::vector(9) => |n| n.dense(33);
        "100-5", Dims::vector(100) => |n| n.dense(5);
        "100-64", Dims::vector(100) => |n| n.dense(64);
        "8-16-8", Dims::vector(8) => |n| n.dense(16).dense(8);
        "20-3-20", Dims::vector(20) => |n| n.dense(3).dense(20);
        "50-17-9", Dims::vector(50) => |n| n.dense(17).dense(9);
        "12-40-1", Dims::vector(12) => |n| n.dense(40).dense(1);
        "12-30-20-3, relu", Dims::vector(12) => |n| n.dense_relu(&[30, 20]).dense(3);
        "30-15-40-30, relu", Dims::vector(30) => |n| n.dense_relu(&[15, 40]).dense(30);
        "7-64-32-2", Dims::vector(7) => |n| n.dense(64).dense(32).dense(2);
        "80-80-6-80", Dims::vector(80) => |n| n.dense(80).dense(6).dense(80);
    }
    network_list! { visit, is_part: true, CrossEntropy,
        "10-2, cross-entropy", Dims::vector(10) => |n| n.dense(2);
        "10-10, cross-entropy", Dims::vector(10) => |n| n.dense(10);
        "10-32, cross-entropy", Dims::vector(10) => |n| n.dense(32);
    }
}

fn convolution_parts(visit: Visit<'_>) {
    network_list! { visit, is_part: true, MeanSquaredError,
        "conv2d 1 of 3x3", Dims::image(1, 6, 6) => |n| n.conv2d(1, window([3, 3], 1, 0), 1);
        "conv2d 8 of 3x3", Dims::image(1, 8, 8) => |n| n.conv2d(8, window([3, 3], 1, 0), 1);
        "conv2d 8 of 3x3, padded", Dims::image(3, 8, 8) => |n| n.conv2d(8, window([3, 3], 1, 1), 1);
        "conv2d 11 of 3x3, stride 2", Dims::image(3, 9, 9) => |n| n.conv2d(11, window([3, 3], 2, 1), 1);
        "conv2d 16 of 1x1", Dims::image(16, 4, 5) => |n| n.conv2d(16, window([1, 1], 1, 0), 1);
        "conv2d 5 of 1x1", Dims::image(6, 5, 5) => |n| n.conv2d(5, window([1, 1], 1, 0), 1);
        "conv2d 7 of 5x5", Dims::image(2, 9, 8) => |n| n.conv2d(7, window([5, 5], 1, 0), 1);
        "conv2d 24 of 1x1", Dims::image(24, 3, 5) => |n| n.conv2d(24, window([1, 1], 1, 0), 1);
        "conv2d 48 of 1x1", Dims::image(64, 4, 4) => |n| n.conv2d(48, window([1, 1], 1, 0), 1);
        "two conv2d of 1x1, wide", Dims::image(3, 5, 5) =>
            |n| n.conv2d(48, window([1, 1], 1, 0), 1).conv2d(64, window([1, 1], 1, 0), 1);
        "two conv2d of 1x1, wide and long", Dims::image(3, 25, 5) =>
            |n| n.conv2d(48, window([1, 1], 1, 0), 1).conv2d(64, window([1, 1], 1, 0), 1);
        "1x1 and depthwise 3x3, wide", Dims::image(1, 12, 5) =>
            |n| n.conv2d(32, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 1, 1));
        "two conv2d of 1x1, small", Dims::image(9, 2, 3) =>
            |n| n.conv2d(10, window([1, 1], 1, 0), 1).conv2d(13, window([1, 1], 1, 0), 1);
        "1x1 and depthwise 3x3, 3 wide", Dims::image(3, 4, 3) =>
            |n| n.conv2d(12, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 1, 1));
        "1x1 and depthwise 3x3, 8 wide", Dims::image(2, 8, 8) =>
            |n| n.conv2d(8, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 1, 1));
        "1x1 and depthwise 3x3, 12 wide", Dims::image(2, 9, 12) =>
            |n| n.conv2d(8, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 1, 1));
        "conv2d 32 of 8x4", Dims::image(1, 24, 10) => |n| n.conv2d(32, window([8, 4], 2, 1), 1);
        "conv2d 6 of 7x4", Dims::image(1, 12, 9) =>
            |n| n.conv2d(6, window([7, 4], 2, 2), 1);
        "conv2d 16 of 10x4", Dims::image(1, 20, 8) =>
            |n| n.conv2d(16, window([10, 4], 2, 1), 1);
        "conv2d 6 of 3x3, dilated", Dims::image(2, 9, 9) =>
            |n| n.conv2d(6, window([3, 3], 1, 2).with_dilation([2; 2]), 1);
        "conv2d 8 of 3x3, 2 groups", Dims::image(4, 6, 6) =>
            |n| n.conv2d(8, window([3, 3], 1, 1), 2);
        "two conv2d of 1x1", Dims::image(2, 5, 4) =>
            |n| n.conv2d(12, window([1, 1], 1, 0), 1).conv2d(12, window([1, 1], 1, 0), 1);
        "two conv2d of 3x3", Dims::image(1, 9, 9) =>
            |n| n.conv2d(4, window([3, 3], 1, 0), 1).conv2d(8, window([3, 3], 1, 0), 1);
        "two conv2d of 3x3, padded", Dims::image(2, 7, 7) =>
            |n| n.conv2d(3, window([3, 3], 1, 1), 1).conv2d(6, window([3, 3], 2, 1), 1);
        "two conv2d of 5x3", Dims::image(1, 12, 8) =>
            |n| n.conv2d(8, window([5, 3], 1, 1), 1).conv2d(9, window([5, 3], 1, 2), 1);
        "two conv2d, dilated", Dims::image(1, 10, 10) =>
            |n| n.conv2d(4, window([3, 3], 1, 0), 1)
                .conv2d(4, window([3, 3], 1, 2).with_dilation([2; 2]), 1);
        "depthwise 3x3", Dims::image(8, 6, 6) => |n| n.depthwise(window([3, 3], 1, 1));
        "depthwise 5x5", Dims::image(3, 9, 9) => |n| n.depthwise(window([5, 5], 2, 0));
        "1x1 and depthwise 3x3", Dims::image(1, 8, 6) =>
            |n| n.conv2d(8, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 1, 1));
        "1x1 and depthwise 5x5", Dims::image(1, 12, 12) =>
            |n| n.conv2d(4, window([1, 1], 1, 0), 1).depthwise(window([5, 5], 2, 0));
        "1x1 and depthwise 3x3, stride 2", Dims::image(4, 9, 7) =>
            |n| n.conv2d(16, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 2, 1));
        "conv1d 1 of 3", Dims::rows(1, 9) => |n| n.conv1d(1, window([3], 1, 0), 1);
        "conv1d 5 of 1", Dims::rows(7, 12) => |n| n.conv1d(5, window([1], 1, 0), 1);
        "conv1d 11 of 3, stride 2", Dims::rows(4, 19) => |n| n.conv1d(11, window([3], 2, 1), 1);
        "conv1d 6 of 3, dilated", Dims::rows(2, 24) =>
            |n| n.conv1d(6, window([3], 1, 2).with_dilation([2]), 1);
        "conv1d 8 of 3, 2 groups", Dims::rows(6, 15) => |n| n.conv1d(8, window([3], 1, 1), 2);
        "two conv1d of 1", Dims::rows(2, 20) =>
            |n| n.conv1d(12, window([1], 1, 0), 1).conv1d(12, window([1], 1, 0), 1);
        "two conv1d of 9", Dims::rows(1, 60) =>
            |n| n.conv1d(8, window([9], 2, 4), 1).conv1d(3, window([9], 2, 4), 1);
        "two conv1d, dilated", Dims::rows(1, 30) =>
            |n| n.conv1d(4, window([3], 1, 0), 1)
                .conv1d(4, window([3], 1, 2).with_dilation([2]), 1);
        "two depthwise conv1d", Dims::rows(5, 20) =>
            |n| n.conv1d(5, window([3], 1, 0), 5).conv1d(5, window([3], 1, 1), 5);
        "conv1d 4 of 3", Dims::rows(1, 20) => |n| n.conv1d(4, window([3], 1, 0), 1);
        "conv1d 16 of 5", Dims::rows(3, 24) => |n| n.conv1d(16, window([5], 1, 2), 1);
        "conv1d 9 of 8", Dims::rows(6, 40) => |n| n.conv1d(9, window([8], 4, 0), 1);
        "two conv1d of 3", Dims::rows(2, 16) =>
            |n| n.conv1d(8, window([3], 1, 1), 1).conv1d(8, window([3], 1, 1), 1);
        "two conv1d of 7", Dims::rows(3, 40) =>
            |n| n.conv1d(5, window([7], 2, 0), 1).conv1d(12, window([7], 1, 0), 1);
        "depthwise conv1d", Dims::rows(6, 30) =>
            |n| n.conv1d(6, window([1], 1, 0), 1).conv1d(6, window([5], 1, 2), 6);
    }
}

fn pool_parts(visit: Visit<'_>) {
    fn max(window: WindowSpec<2>) -> LayerSpec {
        LayerSpec::MaxPool2d(MaxPoolSpec::new(window))
    }
    fn average(window: WindowSpec<2>) -> LayerSpec {
        LayerSpec::AveragePool2d(AveragePoolSpec::new(window))
    }
    fn max1(window: WindowSpec<1>) -> LayerSpec {
        LayerSpec::MaxPool1d(MaxPoolSpec::new(window))
    }
    fn average1(window: WindowSpec<1>) -> LayerSpec {
        LayerSpec::AveragePool1d(AveragePoolSpec::new(window))
    }
    /// A layer in front that has parameters, so that the pool has a gradient to pass on.
    fn front(n: &mut Builder, channels: u32) -> &mut Builder {
        match *n.dims.sizes() {
            [_, _] => n.conv1d(channels, window([1], 1, 0), 1),
            _ => n.conv2d(channels, window([1, 1], 1, 0), 1),
        }
    }
    network_list! { visit, is_part: true, MeanSquaredError,
        "max pool 2", Dims::image(1, 8, 8) => |n| front(n, 4).add(max(window([2, 2], 2, 0)));
        "max pool 3, stride 1", Dims::image(1, 9, 7) => |n| front(n, 2).add(max(window([3, 3], 1, 0)));
        "max pool 3, padded", Dims::image(1, 12, 12) => |n| front(n, 8).add(max(window([3, 3], 2, 1)));
        "max pool 4x2", Dims::image(1, 16, 6) => |n| front(n, 2).add(max(window([4, 2], 2, 0)));
        "max pool of sequences 2", Dims::rows(1, 30) => |n| front(n, 4).add(max1(window([2], 2, 0)));
        "max pool of sequences 5", Dims::rows(1, 40) => |n| front(n, 3).add(max1(window([5], 3, 2)));
        "max pool of sequences 3, stride 1", Dims::rows(1, 25) =>
            |n| front(n, 6).add(max1(window([3], 1, 0)));
        "max pool of sequences 8", Dims::rows(1, 48) => |n| front(n, 2).add(max1(window([8], 8, 0)));
        "average pool of sequences 3, stride 1", Dims::rows(1, 25) =>
            |n| front(n, 6).add(average1(window([3], 1, 0)));
        "average pool of sequences 8", Dims::rows(1, 48) =>
            |n| front(n, 2).add(average1(window([8], 8, 0)));
        "max pool 2 of what stays", Dims::image(1, 8, 8) =>
            |n| front(n, 4).add(LayerSpec::HardTanh(HardTanh::default()))
                .add(max(window([2, 2], 2, 0)));
        "max pool 5, padded", Dims::image(1, 9, 11) => |n| front(n, 2).add(max(window([5, 5], 2, 2)));
        "average pool 5, padded", Dims::image(1, 9, 11) =>
            |n| front(n, 2).add(average(window([5, 5], 2, 2)));
        "relu and average pool 2", Dims::image(1, 8, 8) =>
            |n| front(n, 4).relu().add(average(window([2, 2], 2, 0)));
        "relu and average pool of sequences 2", Dims::rows(1, 30) =>
            |n| front(n, 4).relu().add(average1(window([2], 2, 0)));
        "leaky relu and average pool 2", Dims::image(1, 8, 8) =>
            |n| front(n, 4).add(LayerSpec::LeakyRelu(LeakyRelu::default()))
                .add(average(window([2, 2], 2, 0)));
        "leaky relu and average pool of sequences 2", Dims::rows(1, 30) =>
            |n| front(n, 4).add(LayerSpec::LeakyRelu(LeakyRelu::default()))
                .add(average1(window([2], 2, 0)));
        "average pool 2", Dims::image(1, 8, 8) => |n| front(n, 4).add(average(window([2, 2], 2, 0)));
        "average pool 3, stride 1", Dims::image(1, 9, 7) =>
            |n| front(n, 2).add(average(window([3, 3], 1, 0)));
        "average pool 3, padded", Dims::image(1, 12, 12) =>
            |n| front(n, 8).add(average(window([3, 3], 2, 1)));
        "average pool 4x2", Dims::image(1, 16, 6) => |n| front(n, 2).add(average(window([4, 2], 2, 0)));
        "average pool of sequences 2", Dims::rows(1, 30) =>
            |n| front(n, 4).add(average1(window([2], 2, 0)));
        "average pool of sequences 5", Dims::rows(1, 40) =>
            |n| front(n, 3).add(average1(window([5], 3, 2)));
        "global average pool of 16", Dims::image(1, 4, 4) =>
            |n| front(n, 12).add(LayerSpec::GlobalAveragePool(GlobalAveragePool));
        "global average pool of 60", Dims::image(1, 10, 6) =>
            |n| front(n, 3).add(LayerSpec::GlobalAveragePool(GlobalAveragePool));
    }
}

fn other_parts(visit: Visit<'_>) {
    network_list! { visit, is_part: true, MeanSquaredError,
        "batch norm of 12", Dims::vector(5) => |n| n.dense(12).batch_norm();
        "batch norm of 40", Dims::vector(5) => |n| n.dense(40).batch_norm();
        "batch norm of 4 planes", Dims::image(1, 8, 8) =>
            |n| n.conv2d(4, window([1, 1], 1, 0), 1).batch_norm();
        "layer norm of 12", Dims::vector(5) => |n| n.dense(12).layer_norm();
        "layer norm of 40", Dims::vector(5) => |n| n.dense(40).layer_norm();
        "layer norm of 6 rows", Dims::rows(1, 14) =>
            |n| n.conv1d(6, window([1], 1, 0), 1).layer_norm();
        "embedding of 6 by 4", Dims::vector(6) =>
            |n| n.add(LayerSpec::Embedding(EmbeddingSpec { rows: 10, size: 4 }));
        "embedding of 12 by 16", Dims::vector(12) =>
            |n| n.add(LayerSpec::Embedding(EmbeddingSpec { rows: 30, size: 16 }));
        "dropout of 8", Dims::vector(5) => |n| n.dense(8).dropout();
        "dropout of 40", Dims::vector(5) => |n| n.dense(40).dropout();
        "dropout of planes", Dims::image(1, 6, 8) =>
            |n| n.conv2d(3, window([1, 1], 1, 0), 1).dropout();
        "reshape and flatten", Dims::vector(8) =>
            |n| n.dense(24).reshape(Dims::image(2, 3, 4)).reshape(Dims::rows(4, 6)).dense(3);
        "residual of 10", Dims::vector(6) => |n| n.dense(10).residual(|n| n.dense(10));
        "residual of 48", Dims::vector(4) => |n| n.dense(48).residual(|n| n.relu());
        "two residuals of 30", Dims::vector(4) =>
            |n| n.dense(30).residual(|n| n.residual(|n| n.dense(30)));
        "shortcut of 10 to 24", Dims::vector(6) =>
            |n| n.dense(10).residual_with(|n| n.dense(24), |n| n.dense(8).dense(24));
        "frozen 10-20", Dims::vector(10) => |n| n.frozen(|n| n.dense_relu(&[20])).dense(3);
        "frozen in a residual", Dims::vector(6) =>
            |n| n.dense(10).residual(|n| n.frozen(|n| n.dense(10)).dense(10));
    }
}

fn activation_parts(visit: Visit<'_>) {
    /// Each behind a dense layer, of two sizes.
    macro_rules! activations {
        ($($(#[$doc:meta])* $name:ident: $layer:ty;)*) => {$(
            network_list! { visit, is_part: true, MeanSquaredError,
                concat!(stringify!($name), " of 8"), Dims::vector(6) =>
                    |n| n.dense(8).add(LayerSpec::$name(<$layer>::default()));
                concat!(stringify!($name), " of 40"), Dims::vector(6) =>
                    |n| n.dense(40).add(LayerSpec::$name(<$layer>::default()));
            }
        )*};
    }
    trimpot::for_each_activation!(activations);
}

/// What of the way back is for the gradient of the input alone.
fn bias_parts(visit: Visit<'_>) {
    network_list! { visit, is_part: true, MeanSquaredError, every: 0, BiasesAndNormalization,
        "two dense, biases", Dims::vector(40) => |n| n.dense(24).dense(19);
        "two conv2d of 1x1, wide, biases", Dims::image(3, 25, 5) =>
            |n| n.conv2d(48, window([1, 1], 1, 0), 1).conv2d(64, window([1, 1], 1, 0), 1);
        "two conv2d of 3x3, biases", Dims::image(2, 7, 6) =>
            |n| n.conv2d(9, window([3, 3], 1, 0), 1).conv2d(8, window([3, 3], 1, 1), 1);
        "1x1 and depthwise 3x3, biases", Dims::image(1, 12, 5) =>
            |n| n.conv2d(32, window([1, 1], 1, 0), 1).depthwise(window([3, 3], 1, 1));
        "1x1 and depthwise 5x5, biases", Dims::image(2, 9, 8) =>
            |n| n.conv2d(12, window([1, 1], 1, 0), 1).depthwise(window([5, 5], 2, 2));
    }
}
