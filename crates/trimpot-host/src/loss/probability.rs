//! Probabilities of classes, where a loss says what outputs are.

use trimpot::loss::spec::{Domain, Family, LOSSES};
use trimpot::math::{exp, sigmoid};

use super::NamedLoss;

/// How outputs become probabilities of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probability {
    /// By a softmax of all outputs.
    Softmax,
    /// By a sigmoid of each.
    Sigmoid,
    /// They are such.
    Output,
}

impl NamedLoss {
    /// Returns how outputs that were trained with this loss become probabilities; `None` if they do
    /// not: they are scores, distances or numbers of any other meaning.
    pub fn probability(&self) -> Option<Probability> {
        let listed = LOSSES.iter().find(|listed| listed.name == self.name)?;
        match (listed.spec.family, self.loss.outputs()) {
            (Family::Multiclass, Domain::Logits) => Some(Probability::Softmax),
            (Family::Binary, Domain::Scores) => Some(Probability::Sigmoid),
            (Family::Multiclass | Family::Binary | Family::Overlap, Domain::Probabilities) => {
                Some(Probability::Output)
            }
            _ => None,
        }
    }
}

impl Probability {
    /// Returns the probability of a class. A single output is that of class 1.
    pub fn of_class(self, outputs: &[f32], class: usize) -> f32 {
        let output = |output: f32| match self {
            Probability::Sigmoid => sigmoid(output),
            Probability::Softmax | Probability::Output => output,
        };
        match (self, outputs) {
            (Probability::Softmax, _) => {
                let of_class = outputs.get(class).copied().unwrap_or(f32::NEG_INFINITY);
                1.0 / outputs.iter().map(|output| exp(output - of_class)).sum::<f32>()
            }
            (_, &[single]) if class == 0 => 1.0 - output(single),
            (_, &[single]) => output(single),
            _ => outputs.get(class).map_or(0.0, |&of_class| output(of_class)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::named;
    use super::*;

    #[test]
    fn a_loss_says_what_outputs_are() {
        for (name, probability) in [
            ("cross_entropy", Some(Probability::Softmax)),
            ("focal", Some(Probability::Softmax)),
            ("bce_with_logits", Some(Probability::Sigmoid)),
            ("bce", Some(Probability::Output)),
            ("rescaled_square", None),
            ("multi_margin", None),
            ("hinge", None),
            ("mse", None),
        ] {
            assert_eq!(named(name, &[], 3).unwrap().probability(), probability, "{name}");
        }
    }

    #[test]
    fn probabilities_of_all_classes_have_a_sum_of_one() {
        let outputs = [2.0, -1.0, 0.5];
        let softmax = [0, 1, 2].map(|class| Probability::Softmax.of_class(&outputs, class));
        assert!((softmax.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        // e² / (e² + e⁻¹ + e^½)
        assert!((softmax[0] - 0.785_597).abs() < 1e-5, "{softmax:?}");
        // Large logits do not overflow.
        assert_eq!(Probability::Softmax.of_class(&[1e4, -1e4], 0), 1.0);
        let single = [0, 1].map(|class| Probability::Sigmoid.of_class(&[0.8], class));
        assert!((single[0] + single[1] - 1.0).abs() < 1e-6 && (single[1] - 0.689_974).abs() < 1e-5);
        assert_eq!(Probability::Output.of_class(&[0.25], 0), 0.75);
        assert_eq!(Probability::Output.of_class(&[0.25, 0.5], 1), 0.5);
    }
}
