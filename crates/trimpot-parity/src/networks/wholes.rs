//! Whole networks, which no costs are fitted to.

use super::*;

/// The body of the keyword spotter of MLPerf Tiny, DS-CNN, on 49 × 10 features, with its batch
/// normalisation folded into the convolutions or not.
fn keyword_body(n: &mut Builder, has_batch_norm: bool) -> &mut Builder {
    let norm = |n: &mut Builder| {
        if has_batch_norm {
            n.batch_norm();
        }
        n.relu();
    };
    // TensorFlow's SAME.
    let first = WindowSpec::new([10, 4]).with_stride([2, 2]).with_padding([[4, 5], [1, 1]]);
    norm(n.conv2d(64, first, 1));
    for _ in 0..4 {
        norm(n.depthwise(window([3, 3], 1, 1)));
        norm(n.conv2d(64, window([1, 1], 1, 0), 1));
    }
    n.add(LayerSpec::GlobalAveragePool(GlobalAveragePool))
}

pub(super) fn wholes(visit: Visit<'_>) {
    fn small_cnn(n: &mut Builder) -> &mut Builder {
        n.conv2d(8, window([3, 3], 1, 0), 1)
            .relu()
            .add(LayerSpec::MaxPool2d(MaxPoolSpec::new(window([2, 2], 2, 0))))
    }
    network_list! { visit, is_part: false, CrossEntropy,
        "64-32-10", Dims::vector(64) => |n| n.dense_relu(&[32]).dense(10);
        "16-32-16-4", Dims::vector(16) => |n| n.dense_relu(&[32, 16]).dense(4);
        "small CNN", Dims::image(1, 8, 8) => |n| small_cnn(n).dense(10);
        "small CNN, head", Dims::image(1, 8, 8) => |n| n.frozen(small_cnn).dense(10);
        "two convolutions and dense layers", Dims::image(1, 12, 12) =>
            |n| small_cnn(n).conv2d(16, window([3, 3], 1, 1), 1).relu()
                .add(LayerSpec::AveragePool2d(AveragePoolSpec::new(window([2, 2], 2, 0))))
                .dense_relu(&[20]).dense(6);
        "conv1d", Dims::rows(3, 50) =>
            |n| n.conv1d(8, window([5], 2, 0), 1).relu().conv1d(16, window([3], 1, 0), 1).relu()
                .add(LayerSpec::MaxPool1d(MaxPoolSpec::new(window([2], 2, 0))))
                .dense_relu(&[24]).dense(5);
        "residual and layer norm", Dims::vector(24) =>
            |n| n.dense(32).residual(|n| n.layer_norm().dense(48).add(LayerSpec::Gelu(Gelu)).dense(32))
                .dense(6);
        "ResNet", Dims::image(3, 16, 16) => |n| {
            n.conv2d(8, window([3, 3], 1, 1), 1).relu();
            n.residual(|n| n.conv2d(8, window([3, 3], 1, 1), 1).relu().conv2d(8, window([3, 3], 1, 1), 1)).relu();
            for filters in [16, 24] {
                n.residual_with(
                    |n| n.conv2d(filters, window([1, 1], 2, 0), 1),
                    |n| n.conv2d(filters, window([3, 3], 2, 1), 1).relu()
                        .conv2d(filters, window([3, 3], 1, 1), 1),
                ).relu();
            }
            n.add(LayerSpec::GlobalAveragePool(GlobalAveragePool)).dense(10)
        };
        "tanh and dropout", Dims::vector(20) =>
            |n| n.dense(24).add(LayerSpec::Tanh(Tanh)).dropout().dense(24)
                .add(LayerSpec::Silu(Silu)).dense(4);
        "words", Dims::vector(8) =>
            |n| n.add(LayerSpec::Embedding(EmbeddingSpec { rows: 40, size: 12 }))
                .dense_relu(&[24]).dense(3);
        "separable convolutions", Dims::image(3, 20, 20) => |n| {
            n.conv2d(8, window([3, 3], 2, 1), 1).relu();
            for (filters, stride) in [(16, 1), (20, 2), (24, 2), (32, 1)] {
                n.depthwise(window([3, 3], stride, 1)).relu()
                    .conv2d(filters, window([1, 1], 1, 0), 1).relu();
            }
            n.add(LayerSpec::GlobalAveragePool(GlobalAveragePool)).dense(5)
        };
        "DS-CNN", Dims::image(1, 49, 10) => |n| keyword_body(n, false).dense(12);
        "DS-CNN, batch norm", Dims::image(1, 49, 10) => |n| keyword_body(n, true).dense(12);
        "DS-CNN, head", Dims::image(1, 49, 10) =>
            |n| n.frozen(|n| keyword_body(n, false)).dense(12);
    }
    network_list! { visit, is_part: false, CrossEntropy, every: 4, All,
        "DS-CNN, computed again", Dims::image(1, 49, 10) => |n| keyword_body(n, false).dense(12);
    }
    network_list! { visit, is_part: false, CrossEntropy, every: 5, All,
        "pools and masks, computed again", Dims::image(1, 16, 16) => |n| {
            let pool = MaxPoolSpec::new(window([2, 2], 2, 0));
            let conv = |n: &mut Builder, filters| {
                n.conv2d(filters, window([3, 3], 1, 1), 1).relu();
            };
            conv(n, 4);
            n.add(LayerSpec::MaxPool2d(pool));
            conv(n, 8);
            conv(n, 8);
            n.add(LayerSpec::MaxPool2d(pool));
            conv(n, 16);
            conv(n, 16);
            n.dense(6)
        };
    }
    network_list! { visit, is_part: false, CrossEntropy, every: 3, All,
        "tanh and dropout, computed again", Dims::vector(20) =>
            |n| n.dense(24).add(LayerSpec::Tanh(Tanh)).dropout().dense(24).add(LayerSpec::Tanh(Tanh))
                .dropout().dense(24).add(LayerSpec::Tanh(Tanh)).dropout().dense(4);
    }
    network_list! { visit, is_part: false, CrossEntropy, every: 0, BiasesAndNormalization,
        "64-32-10, biases", Dims::vector(64) => |n| n.dense_relu(&[32]).dense(10);
        "convolutions and dense layers, biases", Dims::image(1, 12, 12) =>
            |n| small_cnn(n).conv2d(16, window([3, 3], 1, 1), 1).batch_norm().relu()
                .dense_relu(&[20]).dense(6);
        "DS-CNN, biases", Dims::image(1, 49, 10) => |n| keyword_body(n, false).dense(12);
    }
    network_list! { visit, is_part: false, MeanSquaredError,
        "48-24-12-6-12-24-48", Dims::vector(48) => |n| n.dense_relu(&[24, 12, 6, 12, 24]).dense(48);
        "640-128x4-8-128x4-640", Dims::vector(640) =>
            |n| n.dense_relu(&[128, 128, 128, 128, 8, 128, 128, 128, 128]).dense(640);
    }
}
