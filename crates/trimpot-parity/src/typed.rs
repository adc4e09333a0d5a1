//! Networks that are types, whose memory is measured on boards: from small ones to those of MLPerf
//! Tiny.

use trimpot::layer::{
    BatchNorm, Conv1d, Conv2d, Conv2dWith, Dense, DepthwiseConv2d, Embedding, Flatten, Frozen,
    GlobalAveragePool, Layer, LayerNorm, MaxPool2d, MovingWindow, Relu, Residual, Sigmoid,
    WindowSpec,
};
use trimpot::shape::{Image, Rows, Shape, Vector};
use trimpot::{Chain, chain};

/// Who gets to see the networks.
pub trait TypedVisitor {
    /// Takes the layers of a network, of which a training step computes so many again at a time.
    fn visit<In: Shape, L: Layer<In>, const EVERY: usize>(&mut self, name: &str, layers: L);
}

/// The window of the first convolution for keyword spotting: ten instants of four frequencies,
/// every second place; TensorFlow's `SAME`.
#[derive(Debug)]
pub struct Instants;

impl MovingWindow<2> for Instants {
    const WINDOW: WindowSpec<2> =
        WindowSpec::new([10, 4]).with_stride([2, 2]).with_padding([[4, 5], [1, 1]]);
}

/// The values between the layers for keyword spotting.
type Features = Image<64, 25, 5>;
/// A block of the network for keyword spotting.
type Separable = Chain![
    DepthwiseConv2d<Features, 3, 1, 1>, Relu, Conv2d<64, Features, 1>, Relu
];
/// All but the last layer.
type Body = Chain![
    Conv2dWith<1, Features, Instants>, Relu, Separable, Separable, Separable, Separable,
    GlobalAveragePool
];
/// DS-CNN for keyword spotting, of MLPerf Tiny, its batch normalisation in the weights before.
pub type KeywordSpotting = Chain![Body, Dense<64, 12>];

/// Parameters of [`Body`].
const BODY: usize = <Body as Layer<Image<1, 49, 10>>>::PARAMETERS;
static BODY_IN_FLASH: [f32; BODY] = [0.01; BODY];

/// DS-CNN for keyword spotting, of which the last layer alone is trained.
pub type KeywordHead = Chain![Frozen<Body, BODY>, Dense<64, 12>];

/// Returns the layers of DS-CNN whose body is frozen.
pub fn keyword_head() -> KeywordHead {
    chain![Frozen::new(Body::default(), &BODY_IN_FLASH), Dense]
}

/// A dense layer of an autoencoder for machines.
type Hidden<const I: usize, const O: usize> = Chain![Dense<I, O>, BatchNorm<O>, Relu];
/// The autoencoder for anomaly detection, of MLPerf Tiny.
pub type AnomalyDetection = Chain![
    Hidden<640, 128>, Hidden<128, 128>, Hidden<128, 128>, Hidden<128, 128>, Hidden<128, 8>,
    Hidden<8, 128>, Hidden<128, 128>, Hidden<128, 128>, Hidden<128, 128>, Dense<128, 640>
];

/// Shows all networks.
pub fn typed(visitor: &mut impl TypedVisitor) {
    fn show<In: Shape, L: Layer<In> + Default>(visitor: &mut impl TypedVisitor, name: &str) {
        visitor.visit::<In, L, 0>(name, L::default());
    }

    show::<Vector<64>, Chain![Dense<64, 32>, Relu, Dense<32, 10>]>(visitor, "64-32-10");
    type Gestures = Chain![Dense<24, 32>, Relu, Dense<32, 16>, Relu, Dense<16, 5>];
    show::<Vector<24>, Gestures>(visitor, "24-32-16-5");
    type Autoencoder = Chain![
        Dense<48, 24>, Relu, Dense<24, 12>, Relu, Dense<12, 6>, Relu, Dense<6, 12>, Relu,
        Dense<12, 24>, Relu, Dense<24, 48>
    ];
    show::<Vector<48>, Autoencoder>(visitor, "48-24-12-6-12-24-48");
    type Keywords = Chain![Dense<650, 25>, Sigmoid, Dense<25, 3>, Sigmoid];
    show::<Vector<650>, Keywords>(visitor, "650-25-3");
    type Digits = Chain![
        Conv2d<1, Image<8, 8, 8>, 3, 1, 1>, Relu, MaxPool2d<Image<8, 4, 4>, 2>, Flatten<128>,
        Dense<128, 10>
    ];
    show::<Image<1, 8, 8>, Digits>(visitor, "small CNN");
    type Motion = Chain![
        Conv1d<3, Rows<8, 30>, 5, 2, 1>, Relu, Conv1d<8, Rows<16, 14>, 3, 2>, Relu,
        GlobalAveragePool, Dense<16, 6>
    ];
    show::<Rows<3, 61>, Motion>(visitor, "conv1d");
    type Block = Residual<Chain![Dense<32, 32>, Relu, Dense<32, 32>]>;
    show::<Vector<16>, Chain![Dense<16, 32>, Block, LayerNorm<32>, Block, Dense<32, 4>]>(
        visitor,
        "residual and layer norm",
    );
    show::<Vector<12>, Chain![Embedding<50, 16>, Flatten<192>, Dense<192, 16>, Relu, Dense<16, 4>]>(
        visitor, "words",
    );
    show::<Vector<640>, AnomalyDetection>(visitor, "MLPerf autoencoder, batch norm");
    show::<Image<1, 49, 10>, KeywordSpotting>(visitor, "DS-CNN");
    let again = KeywordSpotting::default();
    visitor.visit::<Image<1, 49, 10>, _, 4>("DS-CNN, computed again", again);
    visitor.visit::<Image<1, 49, 10>, _, 0>("DS-CNN, head", keyword_head());
}
