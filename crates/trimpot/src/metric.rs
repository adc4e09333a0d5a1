//! Metrics: of classifiers, of predicted numbers, and of probabilities.
//!
//! | of | type |
//! |---|---|
//! | classes | [`ConfusionMatrix`]; [`ClassScores`], where the number of classes is known at run time |
//! | numbers | [`RegressionScores`] |
//! | probabilities | [`Calibration`] |

mod calibration;
mod confusion;
mod regression;
mod scores;

pub use calibration::{Calibration, CalibrationBin};
pub use confusion::ConfusionMatrix;
pub use regression::RegressionScores;
pub use scores::ClassScores;

/// Returns the index of the largest output, the first of equals. NaN is never the largest; if all
/// are NaN, or there are none, 0.
///
/// ```
/// assert_eq!(trimpot::metric::argmax(&[0.1, 0.7, 0.2]), 1);
/// ```
#[inline]
pub fn argmax(outputs: &[f32]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (index, &output) in outputs.iter().enumerate() {
        if output > best.1 {
            best = (index, output);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::argmax;

    #[test]
    fn argmax_takes_the_first_of_equals_and_never_nan() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(argmax(&[f32::NAN, -2.0, f32::NAN]), 1);
        assert_eq!(argmax(&[f32::NAN]), 0);
        assert_eq!(argmax(&[]), 0);
    }
}
