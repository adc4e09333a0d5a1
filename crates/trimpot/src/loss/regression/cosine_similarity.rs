use crate::lanes::Lanes;
use crate::loss::Loss;
use crate::loss::direction::Direction;
use crate::shape::Vector;

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

impl<const N: usize> Loss<Vector<N>> for CosineSimilarity {
    type Target = Vector<N>;

    #[inline]
    fn gradient<V: Lanes>(&self, prediction: &[V; N], target: &[V; N], gradient: &mut [V; N]) -> V {
        let (prediction, target) = (Direction::of(prediction), Direction::of(target));
        for (gradient, &t) in gradient.iter_mut().zip(&target.unit) {
            *gradient = -t;
        }
        prediction.backpropagate(gradient);
        -prediction.cosine(&target)
    }
}
