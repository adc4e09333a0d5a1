//! Precision and recall of a class of two, for all thresholds.

/// Precision and recall at each threshold of a score: that of the positive class, of two.
///
/// A sample is taken for positive if its score is not below the threshold. With `TP`, `FP` and `FN`
/// for the true positives, false positives and false negatives there:
///
/// | | formula |
/// |---|---|
/// | precision `P` | `TP / (TP + FP)` |
/// | recall `R` | `TP / (TP + FN)` |
/// | [`average_precision`](Self::average_precision) | `Σ (Rₙ − Rₙ₋₁) Pₙ`, over thresholds from the highest, `R₀` being 0 |
///
/// It is scikit-learn's `average_precision_score`: nothing is interpolated, which would flatter
/// (Davis and Goadrich 2006).
///
/// ```
/// use trimpot_host::precision_recall::PrecisionRecall;
///
/// let scores = [0.1, 0.4, 0.35, 0.8];
/// let curve = PrecisionRecall::new(&scores, &[false, false, true, true]).ok_or("no positives")?;
/// assert_eq!(curve.points(), [[0.5, 1.0], [0.5, 0.5], [1.0, 2.0 / 3.0], [1.0, 0.5]]);
/// assert!((curve.average_precision() - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionRecall {
    points: Vec<[f64; 2]>,
}

impl PrecisionRecall {
    /// Counts samples with these scores, of which those are positive. `None` without a positive
    /// one, if there are not as many of both, or a score is NaN.
    pub fn new(scores: &[f32], is_positive: &[bool]) -> Option<Self> {
        let positives = is_positive.iter().filter(|&&is_positive| is_positive).count();
        let has_nan = scores.iter().any(|score| score.is_nan());
        if positives == 0 || scores.len() != is_positive.len() || has_nan {
            return None;
        }
        let mut samples: Vec<(f32, bool)> =
            scores.iter().copied().zip(is_positive.iter().copied()).collect();
        samples.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut taken, mut right) = (0, 0);
        // Samples of the same score are taken together.
        let points = samples.chunk_by(|a, b| a.0 == b.0).map(|equal| {
            taken += equal.len();
            right += equal.iter().filter(|(_, is_positive)| *is_positive).count();
            [right as f64 / positives as f64, right as f64 / taken as f64]
        });
        Some(PrecisionRecall { points: points.collect() })
    }

    /// Returns recall and precision at each threshold, from the highest.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// Returns the mean precision over recall, from 0 to 1.
    pub fn average_precision(&self) -> f64 {
        let mut before = 0.0;
        let step = |&[recall, precision]: &[f64; 2]| {
            let width = recall - before;
            before = recall;
            width * precision
        };
        self.points.iter().map(step).sum()
    }

    /// Returns at most so many points, those of recalls that are about as far from each other, the
    /// last one among them: enough to draw the curve.
    pub fn thinned(&self, most: usize) -> Vec<[f64; 2]> {
        let mut next = 0.0;
        let is_far = |&&[recall, _]: &&[f64; 2]| {
            let is_far = recall >= next;
            if is_far {
                next = recall + 1.0 / most.saturating_sub(1).max(1) as f64;
            }
            is_far
        };
        let mut thinned: Vec<_> = self.points.iter().filter(is_far).copied().take(most).collect();
        // The first one that has all positives: what follows only loses precision.
        let whole = self.points.iter().find(|[recall, _]| *recall == 1.0);
        if let (Some(last), Some(whole)) = (thinned.last_mut(), whole)
            && *last != *whole
        {
            *last = *whole;
        }
        thinned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as in scikit-learn 1.9.1: `average_precision_score(is_positive, scores)`.
    #[test]
    fn average_precisions_are_those_of_scikit_learn() {
        let rounded = [0.6, 0.7, 0.3, 0.5, 0.9, 0.9, 0.1, 0.2, 0.1, 0.4, 0.0, 0.5];
        let labels = [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1];
        let finer = [
            0.65, 0.56, 0.36, 0.23, 0.41, 0.47, 0.27, 0.29, 0.46, 0.86, 0.59, 0.28, 0.28, 0.45,
            0.21, 0.2, 0.51, 0.09, 0.48, 0.36,
        ];
        let others = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1];
        for (scores, labels, expected) in [
            (&rounded[..], &labels[..], 0.515_151_515_151_515_1),
            (&finer, &others, 0.533_333_333_333_333_3),
        ] {
            let is_positive: Vec<bool> = labels.iter().map(|&label| label == 1).collect();
            let curve = PrecisionRecall::new(scores, &is_positive).unwrap();
            assert!((curve.average_precision() - expected).abs() < 1e-15, "{curve:?}");
        }
    }

    #[test]
    fn what_has_no_curve_is_none() {
        for (scores, is_positive) in [
            (&[][..], &[][..]),
            (&[1.0, 2.0], &[false, false]),
            (&[1.0], &[true, false]),
            (&[1.0, f32::NAN], &[true, false]),
        ] {
            assert_eq!(PrecisionRecall::new(scores, is_positive), None);
        }
        // All scores alike: the share of positives.
        let curve = PrecisionRecall::new(&[0.0, -0.0, 0.0, 0.0], &[true, false, false, false]);
        assert_eq!(curve.unwrap().average_precision(), 0.25);
    }

    #[test]
    fn few_points_draw_the_same_curve() {
        let scores: Vec<f32> = (0..1000).map(|sample| -(sample as f32)).collect();
        let is_positive: Vec<bool> = (0..1000).map(|sample| sample % 3 == 0).collect();
        let curve = PrecisionRecall::new(&scores, &is_positive).unwrap();
        let thinned = curve.thinned(20);
        assert!((15..=20).contains(&thinned.len()), "{}", thinned.len());
        assert!(thinned.iter().all(|point| curve.points().contains(point)));
        assert!(thinned.is_sorted_by(|a, b| a[0] < b[0]));
        assert_eq!((thinned[0][0], thinned.last().unwrap()[0]), (1.0 / 334.0, 1.0));
    }
}
