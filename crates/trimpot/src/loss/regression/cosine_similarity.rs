use crate::lanes::Lanes;
use crate::loss::direction::{Length, dot};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Small, TargetSpec,
    no_settings,
};
use crate::loss::{SliceLoss, Values};

/// Cosine similarity, negated: `−cos`, with `cos = p·t / (|p| |t|)`. From −1 (same direction) to 1.
///
/// Gradient `−(t / |t| − cos · p / |p|) / |p|`. Where prediction or target is all zeros, value and
/// gradient are 0. Predictions and targets are any finite numbers, however small or large; shorter
/// than 2⁻¹²⁰, a prediction gets the gradient of that length in its direction, so that it is
/// finite.
///
/// For directions: embeddings, orientations, gravity. Length does not matter, and is not learnt.
///
/// Keras `CosineSimilarity` (which negates too); 1 less than optax `cosine_distance`; PyTorch
/// `nn.CosineSimilarity` without the sign. (PyTorch and Keras hold lengths above some ε, which
/// changes the cosine of vectors shorter than that; here there is none.) Not convex. NaN and ±∞
/// give NaN.
///
/// ```
/// use trimpot::loss::{CosineSimilarity, Loss};
///
/// let mut gradient = [0.0; 2];
/// let value = CosineSimilarity.gradient::<f32>(&[0.0, 2.0], &[1.0, 0.0], &mut gradient);
/// assert_eq!((value, gradient), (0.0, [-0.5, 0.0]));
/// assert_eq!(CosineSimilarity.value::<f32>(&[4.0], &[0.5]), -1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CosineSimilarity;

impl LossKind for CosineSimilarity {
    type Form = OneRow;
    const SOURCE: &'static str = include_str!("cosine_similarity.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("1/|p| for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = None;
    const SPEC: LossSpec =
        LossSpec::new(Family::Regression, Domain::Any, TargetSpec::Values(Domain::Any))
            .with_least_outputs(2)
            .with_names(&["cosine", "cosine_distance"])
            .with_example(Example::new(
                &[0.0, 1.0],
                ExampleTarget::Values(&[1.0, 1.0]),
                0,
                [-4.0, 4.0],
            ));

    no_settings!();
}

loss_of_arrays!(CosineSimilarity);

impl SliceLoss for CosineSimilarity {
    type Target = Values;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, prediction: &[V], target: &[V], gradient: &mut [V]) -> V {
        let (length, target_length) = (Length::of(prediction), Length::of(target));
        let unit = |p| length.unit(p);
        for (gradient, &t) in gradient.iter_mut().zip(target) {
            *gradient = -target_length.unit(t);
        }
        // That is −cos itself.
        let along = dot(gradient, prediction, |gradient| gradient, unit);
        for (gradient, &p) in gradient.iter_mut().zip(prediction) {
            *gradient = (*gradient - along * unit(p)) * length.inverse;
        }
        along
    }
}
