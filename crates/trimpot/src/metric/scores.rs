//! Scores of classes, from counts of targets against predictions.

use super::ConfusionMatrix;

/// The scores that follow from a [`ConfusionMatrix`], or from the counts of one whose number of
/// classes is known at run time. What they are is said there.
///
/// ```
/// use trimpot::metric::ClassScores;
///
/// // Of two samples of class 0 one was taken for class 1; two of class 1 were right.
/// let scores = ClassScores::new(&[1, 1, 0, 2], &[0, 0]).ok_or("four counts for two classes")?;
/// assert_eq!(scores.accuracy(), Some(0.75));
/// assert_eq!(scores.precision(1), Some(2.0 / 3.0));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassScores<'a> {
    /// Row by row: of each target, the samples that were predicted as each class.
    pub(super) counts: &'a [u32],
    /// Of each target, the samples that were predicted as something outside of the classes.
    pub(super) outside: &'a [u32],
}

/// Scores of counts, and of a matrix that holds such counts.
macro_rules! scores {
    ($($(#[$doc:meta])* $name:ident($scores:ident $(, $class:ident)?) $value:block)*) => {
        impl ClassScores<'_> {$(
            $(#[$doc])*
            pub fn $name(&self $(, $class: usize)?) -> Option<f32> {
                let $scores = self;
                $value
            }
        )*}

        impl<const N: usize> ConfusionMatrix<N> {$(
            $(#[$doc])*
            pub fn $name(&self $(, $class: usize)?) -> Option<f32> {
                self.scores().$name($($class)?)
            }
        )*}
    };
}

scores! {
    /// Correct predictions among all.
    accuracy(scores) { ratio(scores.all_hits(), scores.all_targets()) }

    /// Correct predictions among all predictions of this class.
    precision(scores, class) { ratio(scores.hits(class), scores.predictions(class)) }

    /// Correct predictions among all samples of this class. Also called sensitivity.
    recall(scores, class) { ratio(scores.hits(class), scores.targets(class)) }

    /// Returns the harmonic mean of precision and recall: `2 TP / (2 TP + FP + FN)`.
    f1(scores, class) {
        ratio(2 * scores.hits(class), scores.predictions(class) + scores.targets(class))
    }

    /// Returns the mean precision of the classes that occur.
    macro_precision(scores) { scores.macro_mean(|class| scores.precision(class)) }

    /// Returns the mean recall of the classes that occur. Without classes that were predicted but
    /// are no target it is [`balanced_accuracy`](Self::balanced_accuracy).
    macro_recall(scores) { scores.macro_mean(|class| scores.recall(class)) }

    /// Returns the mean F1 score of the classes that occur.
    macro_f1(scores) { scores.macro_mean(|class| scores.f1(class)) }

    /// Returns the mean precision of the classes, each as often as it is a target.
    weighted_precision(scores) { scores.weighted_mean(|class| scores.precision(class)) }

    /// Returns the mean recall of the classes, each as often as it is a target: the accuracy.
    weighted_recall(scores) { scores.accuracy() }

    /// Returns the mean F1 score of the classes, each as often as it is a target.
    weighted_f1(scores) { scores.weighted_mean(|class| scores.f1(class)) }

    /// Returns the F1 score over all samples. So are their precision and their recall: every sample
    /// has one prediction and one target, and all three are the accuracy.
    micro_f1(scores) { scores.accuracy() }

    /// Returns the mean recall of the classes that are targets: an accuracy to which each of them
    /// contributes alike.
    balanced_accuracy(scores) {
        let recalls = (0..scores.classes()).filter_map(|class| scores.recall(class));
        let (sum, classes) = recalls.fold((0.0, 0), |(sum, classes), x| (sum + x, classes + 1));
        (classes > 0).then(|| sum / classes as f32)
    }
}

impl<'a> ClassScores<'a> {
    /// Creates the scores of these counts: row by row, of each target the samples that were
    /// predicted as each class; and, for each target, those that were predicted as none of them.
    /// `None` if there are not as many counts as the square of the classes.
    pub fn new(counts: &'a [u32], outside: &'a [u32]) -> Option<Self> {
        let fits = outside.len().checked_mul(outside.len()) == Some(counts.len());
        fits.then_some(ClassScores { counts, outside })
    }

    /// Returns how many classes there are.
    pub const fn classes(&self) -> usize {
        self.outside.len()
    }

    /// Returns how many samples of class `target` were predicted as class `predicted`.
    pub fn count(&self, target: usize, predicted: usize) -> u32 {
        self.row(target).get(predicted).copied().unwrap_or(0)
    }

    /// Returns how many samples of this class there are.
    pub fn support(&self, class: usize) -> u32 {
        u32::try_from(self.targets(class)).unwrap_or(u32::MAX)
    }

    /// Returns the counts of a target; none if it is no class.
    fn row(&self, target: usize) -> &'a [u32] {
        let classes = self.classes();
        let rest = self.counts.get(target.saturating_mul(classes)..).unwrap_or(&[]);
        rest.get(..classes).unwrap_or(&[])
    }

    fn hits(&self, class: usize) -> u64 {
        self.count(class, class).into()
    }

    fn targets(&self, class: usize) -> u64 {
        let row = self.row(class).iter().chain(self.outside.get(class));
        row.copied().map(u64::from).sum()
    }

    fn predictions(&self, class: usize) -> u64 {
        (0..self.classes()).map(|target| u64::from(self.count(target, class))).sum()
    }

    pub(super) fn all_hits(&self) -> u64 {
        (0..self.classes()).map(|class| self.hits(class)).sum()
    }

    pub(super) fn all_targets(&self) -> u64 {
        self.counts.iter().chain(self.outside).copied().map(u64::from).sum()
    }

    fn macro_mean(&self, score: impl Fn(usize) -> Option<f32>) -> Option<f32> {
        let occurs = |&class: &usize| self.targets(class) + self.predictions(class) > 0;
        let outside = usize::from(self.outside.iter().any(|&count| count > 0));
        let scores = (0..self.classes()).filter(occurs).map(|class| score(class).unwrap_or(0.0));
        let (sum, classes) =
            scores.fold((0.0, outside), |(sum, classes), x| (sum + x, classes + 1));
        (classes > 0).then(|| sum / classes as f32)
    }

    fn weighted_mean(&self, score: impl Fn(usize) -> Option<f32>) -> Option<f32> {
        let classes = 0..self.classes();
        let scores = classes.map(|class| (score(class).unwrap_or(0.0), self.targets(class)));
        let sum = scores.fold(0.0, |sum, (score, targets)| sum + score * targets as f32);
        let samples = self.all_targets();
        (samples > 0).then(|| sum / samples as f32)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f32> {
    (whole > 0).then(|| part as f32 / whole as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_as_many_as_the_square_of_the_classes() {
        assert_eq!(ClassScores::new(&[0; 5], &[0; 2]), None);
        let empty = ClassScores::new(&[], &[]).unwrap();
        assert_eq!((empty.accuracy(), empty.count(0, 0), empty.support(0)), (None, 0, 0));
        let scores = ClassScores::new(&[1, 2, 3, 4], &[0, 5]).unwrap();
        assert_eq!((scores.count(1, 0), scores.count(0, 2), scores.count(2, 0)), (3, 0, 0));
        assert_eq!((scores.support(0), scores.support(1)), (3, 12));
        assert_eq!((scores.count(usize::MAX, 0), scores.support(usize::MAX)), (0, 0));
    }
}
