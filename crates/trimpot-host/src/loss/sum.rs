//! Sums of losses, `bce + dice`: of the same outputs, with the same targets.

use super::{LossError, NamedLoss};

/// What is between the losses of a sum. Without the spaces it may be in a number, 1e+3.
pub(crate) const PLUS: &str = " + ";

impl NamedLoss {
    /// Adds another loss of the same outputs.
    ///
    /// # Errors
    /// If one takes classes and the other numbers, a class becomes other numbers, or a single
    /// output turns to class 1 elsewhere.
    pub fn and(mut self, other: NamedLoss) -> Result<Self, LossError> {
        let targets = |loss: &NamedLoss| loss.targets.map(|domain| domain.of_class());
        let boundary = |loss: &NamedLoss| loss.loss.outputs().boundary();
        let differ = match () {
            () if targets(&self) != targets(&other) => "targets",
            () if boundary(&self) != boundary(&other) => "outputs",
            () => {
                self.plus.push(other);
                return Ok(self);
            }
        };
        let what = format!(" cannot be added to {}: they want other {differ}", self.name);
        Err(LossError::new(other.name, what))
    }

    /// Returns its name; of a sum, all names: `bce + dice`.
    pub fn title(&self) -> String {
        self.joined(|loss| loss.name.to_owned())
    }

    /// Returns the text by which a model file names it: its name, and its settings.
    pub fn text(&self) -> String {
        self.joined(|loss| {
            let settings = loss.settings.iter().map(String::as_str);
            [loss.name].into_iter().chain(settings).collect::<Vec<_>>().join(" ")
        })
    }

    /// Returns it and what is added to it.
    pub(super) fn terms(&self) -> impl Iterator<Item = &NamedLoss> {
        std::iter::once(self).chain(&self.plus)
    }

    fn joined(&self, text: impl Fn(&NamedLoss) -> String) -> String {
        self.terms().map(text).collect::<Vec<_>>().join(PLUS)
    }
}

#[cfg(test)]
mod tests {
    use trimpot::lanes::{Lanes, Native};
    use trimpot::loss::AnyTarget;

    use super::super::{known, named, of_text};

    #[test]
    fn value_and_gradient_are_the_sums_of_those_of_its_losses() {
        let (outputs, targets) = ([0.25, 0.5, 0.75].map(Native::splat), [1.0, 0.0, 1.0]);
        let targets = targets.map(Native::splat);
        let of = |text: &str| {
            let mut gradient = [Native::ZERO; 3];
            let loss = of_text(text, 3).unwrap();
            let value = loss.gradient(&outputs, AnyTarget::Values(&targets), &mut gradient);
            let [a, b, c] = gradient;
            [value, a, b, c].map(|lanes| lanes.to_array().as_ref()[0])
        };
        let (bce, dice) = (of("bce"), of("dice smoothing=0.5"));
        let sum = of("bce + dice smoothing=0.5");
        assert_eq!(sum, std::array::from_fn(|at| bce[at] + dice[at]));
    }

    #[test]
    fn a_sum_is_named_in_full_and_read_again() {
        assert_eq!(known("BCE+soft_dice").unwrap(), "bce + dice");
        let loss = named("bce+dice", &[], 3).unwrap();
        assert_eq!(
            (loss.title(), loss.text()),
            ("bce + dice".into(), "bce + dice smoothing=1".into())
        );
        assert_eq!(of_text(&loss.text(), 3).unwrap().text(), loss.text());
        assert_eq!(of_text("huber delta=1e+3", 3).unwrap().text(), "huber delta=1000");
    }

    #[test]
    fn losses_that_do_not_go_together_are_no_sum() {
        let setting = "smoothing=2".parse().unwrap();
        let error = named("bce + dice", &[setting], 3).err().unwrap().to_string();
        assert_eq!(error, "loss bce + dice is a sum, whose losses have their usual settings");
        for (text, says) in [
            (
                "dice + cross_entropy",
                "loss cross_entropy cannot be added to dice: they want other targets",
            ),
            ("dice + hinge", "loss hinge cannot be added to dice: they want other targets"),
            (
                "dice + bce_with_logits",
                "loss bce_with_logits cannot be added to dice: they want other outputs",
            ),
        ] {
            assert_eq!(of_text(text, 3).err().unwrap().to_string(), says);
        }
        assert!(of_text("dice + ", 3).is_err() && known("dice + mze").is_err());
    }
}
