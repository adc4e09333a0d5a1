//! Which losses there are, and the shapes that they take.

use trimpot::ParameterError;
use trimpot::loss::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalCrossEntropy,
    CategoricalHinge, Contrastive, CosineEmbedding, CosineSimilarity, CrossEntropy, Ctc, Dice,
    Elementwise, Focal, FocalTversky, GaussianNll, Hinge, HingeEmbedding, Huber, InfoNce, Jaccard,
    KlDivergence, KlDivergenceWithLogits, LogCosh, Loss, LovaszHinge, MarginRanking, Masked,
    MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError,
    MultiMargin, MultiTask, MultilabelMargin, MultilabelSoftMargin, Nll, PoissonNll,
    PolicyGradient, PpoClip, Quantile, SmoothL1, SoftCrossEntropy, SoftMargin, SquaredHinge, Sum,
    TripletMargin, Tversky, Uncertain, Weighted,
};
use trimpot::shape::{Rows, Shape, Vector};

use crate::source::Inputs;

/// A loss, and the shape of its predictions where rows are `N` numbers long.
pub trait Shaped<const N: usize> {
    /// The shape.
    type Prediction: Shape;
}

/// Who gets to see all losses.
pub trait Visitor {
    /// A loss with rows of `N` numbers.
    fn visit<const N: usize, L>(&mut self, name: &str, loss: &L)
    where
        L: Shaped<N> + Loss<<L as Shaped<N>>::Prediction, Target: Inputs>;
}

/// Shows all losses of the registry, as they are by default, with rows of `N` numbers.
pub fn registered<const N: usize>(visitor: &mut impl Visitor) {
    macro_rules! visit {
        ($($name:ident: $loss:ty;)*) => {$(
            visitor.visit::<N, _>(stringify!($name), &<$loss>::default());
        )*};
    }
    trimpot::for_each_loss!(visit);
}

/// Shows losses with other parameters than by default: where those choose other code.
///
/// # Errors
/// If a loss refuses its parameters.
pub fn configured<const N: usize>(visitor: &mut impl Visitor) -> Result<(), ParameterError> {
    macro_rules! visit {
        ($($name:literal: $loss:expr;)*) => {$(visitor.visit::<N, _>($name, &$loss);)*};
    }
    let weights: [f32; N] = core::array::from_fn(|class| 0.25 + class as f32 * 0.5);
    visit! {
        "huber, delta 0.25": Huber::default().with_delta(0.25)?;
        "quantile 0.9": Quantile::new(0.9)?;
        "poisson_nll of rates, full": PoissonNll::of_rates(1e-8)?.full();
        "gaussian_nll, full": GaussianNll::new().full();
        "bce_with_logits, pos_weight 3": BinaryCrossEntropyWithLogits::default().with_positive_weight(3.0)?;
        "binary_focal_with_logits, gamma 0.5": BinaryFocal::default().with_gamma(0.5)?;
        "cross_entropy, weights and smoothing":
            CrossEntropy::new().with_label_smoothing(0.1)?.with_class_weights(weights)?;
        "nll, weights": Nll::new().with_class_weights(weights)?;
        "focal, gamma 0.5": Focal::default().with_gamma(0.5)?;
        "multi_margin, p 2": MultiMargin::default().with_margin(0.5)?.squared();
        "triplet_margin, p 1": TripletMargin::default().with_margin(0.5)?.with_manhattan_distance();
        "focal_tversky, gamma 1.5": FocalTversky::new(Tversky::new(0.3, 0.7)?, 1.5)?;
        "ctc, 4 labels": Ctc::<4>::default().with_blank(0);
        "ppo_clip 0.1": PpoClip::default().with_clip(0.1)?;
        "huber, masked": Masked::new(Huber::default());
        "dice and bce": 0.75 * Dice::default() + 0.25 * BinaryCrossEntropy;
    }
    Ok(())
}

/// Shows the losses of several heads.
pub fn of_heads(visitor: &mut impl Visitor) {
    let gesture = Uncertain::<2, _>::new(2.0 * CrossEntropy::new());
    visitor.visit::<3, _>("uncertain", &gesture);
    visitor.visit::<3, _>(
        "multi_task",
        &MultiTask::<2, 1, _, _>::new(CrossEntropy::new(), 0.25 * MeanSquaredError),
    );
}

/// `Shaped` for losses of one row, by name.
macro_rules! one_row {
    ($($loss:ty)*) => {$(
        impl<const N: usize> Shaped<N> for $loss {
            type Prediction = Vector<N>;
        }
    )*};
}
one_row! {
    MeanSquaredError MeanAbsoluteError Huber SmoothL1 LogCosh Quantile MeanSquaredLogarithmicError
    MeanAbsolutePercentageError PoissonNll CosineSimilarity
    BinaryCrossEntropy BinaryCrossEntropyWithLogits BinaryFocal
    SoftCrossEntropy CategoricalCrossEntropy KlDivergence KlDivergenceWithLogits Focal
    Hinge SquaredHinge SoftMargin MultiMargin MultilabelMargin MultilabelSoftMargin HingeEmbedding
    CategoricalHinge
    Dice Jaccard Tversky FocalTversky LovaszHinge
    PolicyGradient PpoClip
}

/// `Shaped` for losses of several rows.
macro_rules! rows {
    ($($loss:ty: $rows:literal;)*) => {$(
        impl<const N: usize> Shaped<N> for $loss {
            type Prediction = Rows<$rows, N>;
        }
    )*};
}
rows! {
    GaussianNll: 2;
    MarginRanking: 2;
    CosineEmbedding: 2;
    Contrastive: 2;
    TripletMargin: 3;
    InfoNce: 6;
}

impl<const L: usize, const N: usize> Shaped<N> for Ctc<L> {
    type Prediction = Rows<9, N>;
}

impl<W, const N: usize> Shaped<N> for CrossEntropy<W> {
    type Prediction = Vector<N>;
}

impl<W, const N: usize> Shaped<N> for Nll<W> {
    type Prediction = Vector<N>;
}

impl<L: Elementwise, const N: usize> Shaped<N> for Masked<L> {
    type Prediction = Vector<N>;
}

impl<L: Shaped<N>, const N: usize> Shaped<N> for Weighted<L> {
    type Prediction = L::Prediction;
}

impl<A: Shaped<N>, B, const N: usize> Shaped<N> for Sum<A, B> {
    type Prediction = A::Prediction;
}

impl<const M: usize, L, const N: usize> Shaped<N> for Uncertain<M, L> {
    type Prediction = Vector<N>;
}

impl<const A: usize, const B: usize, F, S, const N: usize> Shaped<N> for MultiTask<A, B, F, S> {
    type Prediction = Vector<N>;
}
