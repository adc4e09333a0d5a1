//! Metrics: how often a classifier is right, and where it is wrong.

/// The index of the largest output, the first of equals. NaN is never the largest; if all are NaN,
/// or there are none, 0.
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

/// Counts of targets against predictions, for `N` classes, and the scores that follow from them.
///
/// A score whose denominator is zero (precision of a class that was never predicted) is `None`; in a
/// mean over classes it counts as 0, as scikit-learn's `zero_division=0` does.
///
/// ```
/// use trimpot::metric::ConfusionMatrix;
///
/// let mut matrix = ConfusionMatrix::<2>::new();
/// for (target, predicted) in [(0, 0), (0, 1), (1, 1), (1, 1)] {
///     matrix.record(target, predicted);
/// }
/// assert_eq!(matrix.accuracy(), Some(0.75));
/// assert_eq!(matrix.precision(1), Some(2.0 / 3.0));
/// assert_eq!(matrix.recall(1), Some(1.0));
/// assert_eq!(matrix.f1(1), Some(0.8));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ConfusionMatrix<const N: usize> {
    counts: [[u32; N]; N],
}

impl<const N: usize> ConfusionMatrix<N> {
    /// Nothing counted yet.
    pub const fn new() -> Self {
        ConfusionMatrix { counts: [[0; N]; N] }
    }

    /// Counts one sample. A class that does not exist is ignored, as the losses ignore such labels.
    pub fn record(&mut self, target: usize, predicted: usize) {
        if let Some(count) = self.counts.get_mut(target).and_then(|row| row.get_mut(predicted)) {
            *count = count.saturating_add(1);
        }
    }

    /// How many samples of class `target` were predicted as each class, for every target in turn.
    pub const fn counts(&self) -> &[[u32; N]; N] {
        &self.counts
    }

    /// How many samples were counted.
    pub fn samples(&self) -> u32 {
        self.counts.as_flattened().iter().fold(0, |sum, &count| sum.saturating_add(count))
    }

    /// How many predictions were right.
    pub fn correct(&self) -> u32 {
        (0..N).fold(0, |sum, class| sum.saturating_add(self.hits(class)))
    }

    /// Correct predictions among all.
    pub fn accuracy(&self) -> Option<f32> {
        ratio(self.correct(), self.samples())
    }

    /// Correct predictions among all predictions of this class.
    pub fn precision(&self, class: usize) -> Option<f32> {
        ratio(self.hits(class), self.predictions(class))
    }

    /// Correct predictions among all samples of this class. Also called sensitivity.
    pub fn recall(&self, class: usize) -> Option<f32> {
        ratio(self.hits(class), self.targets(class))
    }

    /// The harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`.
    pub fn f1(&self, class: usize) -> Option<f32> {
        let both = self.predictions(class).saturating_add(self.targets(class));
        ratio(self.hits(class).saturating_mul(2), both)
    }

    /// The mean precision of all classes.
    pub fn macro_precision(&self) -> Option<f32> {
        self.mean(|class| self.precision(class))
    }

    /// The mean recall of all classes: balanced accuracy.
    pub fn macro_recall(&self) -> Option<f32> {
        self.mean(|class| self.recall(class))
    }

    /// The mean F1 score of all classes.
    pub fn macro_f1(&self) -> Option<f32> {
        self.mean(|class| self.f1(class))
    }

    fn hits(&self, class: usize) -> u32 {
        self.counts.get(class).and_then(|row| row.get(class)).copied().unwrap_or(0)
    }

    fn targets(&self, class: usize) -> u32 {
        let row = self.counts.get(class).map_or(&[][..], |row| row);
        row.iter().fold(0, |sum, &count| sum.saturating_add(count))
    }

    fn predictions(&self, class: usize) -> u32 {
        let column = self.counts.iter().filter_map(|row| row.get(class));
        column.fold(0, |sum, &count| sum.saturating_add(count))
    }

    fn mean(&self, score: impl Fn(usize) -> Option<f32>) -> Option<f32> {
        if self.samples() == 0 {
            return None;
        }
        Some((0..N).map(|class| score(class).unwrap_or(0.0)).sum::<f32>() / N as f32)
    }
}

impl<const N: usize> Default for ConfusionMatrix<N> {
    fn default() -> Self {
        Self::new()
    }
}

fn ratio(part: u32, whole: u32) -> Option<f32> {
    (whole > 0).then(|| part as f32 / whole as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.9: `confusion_matrix`, `precision_recall_fscore_support(zero_division=0)`.
    #[test]
    fn scores_are_those_of_scikit_learn() {
        let targets = [0, 0, 0, 1, 1, 2, 2, 2, 2, 0];
        let predictions = [0, 1, 0, 1, 2, 2, 2, 1, 0, 0];
        let mut matrix = ConfusionMatrix::<4>::new();
        for (target, predicted) in targets.into_iter().zip(predictions) {
            matrix.record(target, predicted);
        }
        assert_eq!(matrix.counts(), &[[3, 1, 0, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0; 4]]);
        assert_eq!(matrix.accuracy(), Some(0.6));
        assert_eq!(matrix.precision(0), Some(0.75));
        assert_eq!(matrix.recall(2), Some(0.5));
        assert_eq!((matrix.precision(3), matrix.recall(3), matrix.f1(3)), (None, None, None));
        let macro_f1 = (0.75 + 0.4 + 4.0 / 7.0) / 4.0;
        assert!((matrix.macro_f1().unwrap() - macro_f1).abs() < 1e-6);
        let macro_precision = (0.75 + 1.0 / 3.0 + 2.0 / 3.0) / 4.0;
        assert!((matrix.macro_precision().unwrap() - macro_precision).abs() < 1e-6);
        let macro_recall = (0.75 + 0.5 + 0.5) / 4.0;
        assert!((matrix.macro_recall().unwrap() - macro_recall).abs() < 1e-6);
    }

    #[test]
    fn nothing_counted_has_no_scores_and_unknown_classes_are_ignored() {
        let mut matrix = ConfusionMatrix::<2>::new();
        matrix.record(2, 0);
        matrix.record(0, 2);
        assert_eq!((matrix.accuracy(), matrix.macro_f1(), matrix.f1(7)), (None, None, None));
    }

    #[test]
    fn argmax_takes_the_first_of_equals_and_never_nan() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(argmax(&[f32::NAN, -2.0, f32::NAN]), 1);
        assert_eq!(argmax(&[f32::NAN]), 0);
        assert_eq!(argmax(&[]), 0);
    }
}
