//! For each loss, a sample of which one element is moved to draw its curve.

use trimpot::loss::{self, ActionTaken};
use trimpot::shape::{Rows, Vector};

use super::curve::Curve;

/// A loss with a sample. The catalogue asks for one of every loss in the registry, so that a loss
/// without a line below does not compile.
pub(super) trait Sampled {
    /// Value and gradient along one element of the sample.
    fn curve() -> Curve;
}

/// `Loss: Shape, prediction, element that moves, range, target;`
macro_rules! samples {
    ($($loss:ident: $shape:ty, $prediction:expr, $moves:literal, $range:expr, $target:expr;)*) => {$(
        impl Sampled for loss::$loss {
            fn curve() -> Curve {
                let loss = Self::default();
                Curve::trace::<$shape, Self>(&loss, $prediction, $moves, $range, &$target)
            }
        }
    )*};
}

/// Positives and negatives, half of them clear.
const MASK: [f32; 4] = [1.0, 0.0, 1.0, 0.0];
const PIXELS: [f32; 4] = [0.5, 0.1, 0.7, 0.3];

samples! {
    MeanSquaredError: Vector<1>, [0.0], 0, [-3.0, 3.0], [0.0];
    MeanAbsoluteError: Vector<1>, [0.0], 0, [-3.0, 3.0], [0.0];
    Huber: Vector<1>, [0.0], 0, [-3.0, 3.0], [0.0];
    SmoothL1: Vector<1>, [0.0], 0, [-3.0, 3.0], [0.0];
    LogCosh: Vector<1>, [0.0], 0, [-3.0, 3.0], [0.0];
    Quantile: Vector<1>, [0.0], 0, [-3.0, 3.0], [0.0];
    MeanSquaredLogarithmicError: Vector<1>, [0.0], 0, [-0.5, 5.5], [2.0];
    MeanAbsolutePercentageError: Vector<1>, [0.0], 0, [0.0, 5.0], [2.0];
    PoissonNll: Vector<1>, [0.0], 0, [-2.0, 3.0], [4.0];
    GaussianNll: Rows<2, 1>, [[0.0], [1.0]], 1, [0.25, 5.0], [1.0];
    CosineSimilarity: Vector<2>, [0.0, 1.0], 0, [-4.0, 4.0], [1.0, 1.0];
    BinaryCrossEntropy: Vector<1>, [0.5], 0, [0.1, 0.9], [1.0];
    BinaryCrossEntropyWithLogits: Vector<1>, [0.0], 0, [-6.0, 6.0], [1.0];
    BinaryFocal: Vector<1>, [0.0], 0, [-6.0, 6.0], [1.0];
    CrossEntropy: Vector<3>, [0.0, 0.0, 0.0], 0, [-6.0, 6.0], 0;
    SoftCrossEntropy: Vector<3>, [0.0, 0.0, 0.0], 0, [-6.0, 6.0], [0.75, 0.125, 0.125];
    CategoricalCrossEntropy: Vector<3>, [0.5, 0.25, 0.25], 0, [0.1, 0.9], [0.75, 0.125, 0.125];
    Nll: Vector<3>, [-1.0, -1.0, -1.0], 0, [-5.0, 0.0], 0;
    KlDivergence: Vector<3>, [-1.0, -1.5, -1.5], 0, [-5.0, 0.0], [0.75, 0.125, 0.125];
    KlDivergenceWithLogits: Vector<3>, [0.0, 0.0, 0.0], 0, [-6.0, 6.0], [0.75, 0.125, 0.125];
    Focal: Vector<3>, [0.0, 0.0, 0.0], 0, [-6.0, 6.0], 0;
    Hinge: Vector<1>, [0.0], 0, [-2.0, 3.0], [1.0];
    SquaredHinge: Vector<1>, [0.0], 0, [-2.0, 3.0], [1.0];
    SoftMargin: Vector<1>, [0.0], 0, [-6.0, 6.0], [1.0];
    MultiMargin: Vector<3>, [0.0, 0.0, 1.0], 0, [-2.0, 3.0], 0;
    MultilabelMargin: Vector<3>, [0.0, 0.0, 1.0], 0, [-2.0, 3.0], [1.0, 0.0, 0.0];
    MultilabelSoftMargin: Vector<1>, [0.0], 0, [-6.0, 6.0], [1.0];
    HingeEmbedding: Vector<1>, [0.0], 0, [0.0, 2.0], [-1.0];
    CategoricalHinge: Vector<3>, [0.0, -1.0, 0.5], 0, [-2.0, 3.0], 0;
    MarginRanking: Rows<2, 1>, [[0.0], [0.0]], 0, [-3.0, 3.0], 1.0;
    CosineEmbedding: Rows<2, 2>, [[0.0, 1.0], [1.0, 1.0]], 0, [-4.0, 4.0], -1.0;
    Contrastive: Rows<2, 1>, [[0.0], [0.0]], 0, [-2.0, 2.0], -1.0;
    TripletMargin: Rows<3, 1>, [[0.0], [0.5], [1.0]], 2, [-3.0, 3.0], ();
    InfoNce: Rows<4, 2>, [[0.0, 1.0], [-1.0, 0.5], [1.0, 1.0], [-1.0, 1.0]], 0, [-2.0, 2.0], ();
    Dice: Vector<4>, PIXELS, 0, [0.0, 1.0], MASK;
    Jaccard: Vector<4>, PIXELS, 0, [0.0, 1.0], MASK;
    Tversky: Vector<4>, PIXELS, 0, [0.0, 1.0], MASK;
    FocalTversky: Vector<4>, PIXELS, 0, [0.0, 1.0], MASK;
    LovaszHinge: Vector<4>, [0.0, -0.5, 2.0, 0.5], 0, [-3.0, 3.0], MASK;
    Ctc: Rows<3, 2>, [[0.0, 0.0]; 3], 3, [-6.0, 6.0], [1];
    PolicyGradient: Vector<3>, [0.0; 3], 0, [-4.0, 4.0], TAKEN;
    PpoClip: Vector<3>, [0.0; 3], 0, [-4.0, 4.0], TAKEN;
}

/// An action that did better than expected, when all three were as likely.
const TAKEN: ActionTaken<f32> =
    ActionTaken { action: 0, advantage: 1.0, old_log_probability: -1.0986123 };
