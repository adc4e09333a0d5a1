//! Whether a network can learn with a loss, and from which targets.

use trimpot::loss::spec::{LOSSES, ListedLoss};
use trimpot_model::architecture::{self, Activation};
use trimpot_model::layers::Layers;
use trimpot_tuner::{TaskKind, learns_by};

use super::{LossError, NAMES, NamedLoss, named};
use crate::problem::Remedy;

impl NamedLoss {
    /// Returns an error if this network cannot learn with this loss: classes, or numbers.
    ///
    /// # Errors
    /// If the loss cannot learn from these targets, or from what the last layer gives.
    pub fn check(&self, network: &Layers, numbers: bool) -> Result<(), LossError> {
        self.terms().try_for_each(|term| term.check_with(network, numbers, possible))
    }

    /// [`check`](Self::check), where `possible` says which losses a network could learn with.
    fn check_with(
        &self,
        network: &Layers,
        numbers: bool,
        possible: impl Fn(&Layers, bool) -> String,
    ) -> Result<(), LossError> {
        let outputs = network.outputs();
        let wrong = |what: String| LossError::new(self.name, what);
        if numbers && self.targets.is_none() {
            let what = format!(" wants classes, not numbers. {}", possible(network, numbers));
            return Err(wrong(what).with(Remedy::PredictClasses));
        }
        let least = self.loss.least_outputs();
        if outputs < least {
            let instead = if numbers { "mse" } else { "bce_with_logits" };
            let what = format!(
                " learns nothing with {outputs} output: it wants at least {least}. For one output take another, \
                 such as {instead}"
            );
            return Err(wrong(what).with(Remedy::OtherLoss));
        }
        let last = architecture::last(network);
        let takes = self.loss.outputs();
        if !takes.holds_outputs(last.map_or(architecture::ANY, architecture::range)) {
            let range = |activation: &Activation| architecture::range(activation.spec());
            let fits = |activation: &&Activation| takes.holds_outputs(range(activation));
            let all = Activation::ALL;
            let fitting: Vec<_> = all.iter().filter(fits).map(|fitting| fitting.name()).collect();
            let is_last = |activation: &&Activation| {
                last.is_some_and(|last| last.name() == activation.spec().name())
            };
            let those = match all.iter().find(is_last) {
                Some(last) => format!("of {}", last.name()),
                None => "of a last layer without an activation".to_owned(),
            };
            let none = takes.holds_outputs(architecture::ANY);
            let are = if none { "are none at all or" } else { "are" };
            let fitting = fitting.join(", ");
            let what = format!(
                " wants outputs {takes}, but those {those} are not. Possible as the last layer {are}: {fitting}"
            );
            return Err(wrong(what).with(Remedy::LastLayer));
        }
        if let Some(targets) = self.targets
            && !numbers
        {
            let [wrong_class, right] = targets.of_class();
            if !targets.holds(wrong_class) || !targets.holds(right) {
                let what = format!(
                    " wants targets {targets}, but a class becomes {wrong_class} and {right}: it is for numbers. {}",
                    possible(network, numbers)
                );
                return Err(wrong(what).with(Remedy::PredictNumbers));
            }
        }
        Ok(())
    }

    /// Returns an error if boards do not learn this by the loss: they make no numbers of classes, as
    /// training on the PC does.
    ///
    /// # Errors
    /// If they do not: with the losses by which they do.
    pub fn check_for_boards(&self, task: TaskKind) -> Result<(), LossError> {
        let fits = |listed: &&ListedLoss| learns_by(task, listed);
        let possible = LOSSES.iter().filter(fits).map(|listed| listed.name);
        let possible: Vec<&str> = possible.filter(|name| NAMES.contains(name)).collect();
        if possible.contains(&self.name) {
            return Ok(());
        }
        let possible = possible.join(", ");
        let what = format!(" is none by which boards learn {task}. Possible are {possible}");
        Err(LossError::new(self.name, what).with(Remedy::OtherLoss))
    }

    /// Returns an error unless the loss takes these numbers as targets.
    ///
    /// # Errors
    /// If it does not: with the first of them.
    pub fn check_targets(&self, numbers: &[f32]) -> Result<(), LossError> {
        self.terms().try_for_each(|term| term.check_own_targets(numbers))
    }

    fn check_own_targets(&self, numbers: &[f32]) -> Result<(), LossError> {
        let Some(domain) = self.targets else {
            let what = " compares outputs with a class, not with numbers";
            return Err(LossError::new(self.name, what).with(Remedy::OtherLoss));
        };
        match numbers.iter().find(|&&number| !domain.holds(number)) {
            None => Ok(()),
            Some(number) => {
                let what = format!(" wants targets {domain}, but one is {number}");
                Err(LossError::new(self.name, what).with(Remedy::OtherLoss))
            }
        }
    }
}

/// Returns which losses a network can learn with: classes, or numbers.
fn possible(network: &Layers, numbers: bool) -> String {
    let fits = |name: &&&str| {
        let loss = named(name, &[], network.outputs());
        loss.is_ok_and(|loss| loss.check_with(network, numbers, |_, _| String::new()).is_ok())
    };
    let names: Vec<&str> = NAMES.iter().filter(fits).copied().collect();
    let what = if numbers { "numbers" } else { "classes" };
    format!("Possible for {what} with this network are {}", names.join(", "))
}
