//! The settings of losses, as text.

use trimpot::loss::spec::{LOSSES, ListedLoss, Range};

use super::{CLASS_WEIGHTS, needs, setting};

/// Returns a setting with its value, as it could have been given.
pub(super) fn written(name: &str, range: Range, value: f32) -> String {
    if range == Range::Flag {
        setting::written(name, &(value != 0.0))
    } else {
        setting::written(name, &value)
    }
}

/// Returns the settings of a loss with their defaults.
pub(super) fn defaults(listed: &ListedLoss) -> Vec<String> {
    let settings = listed.spec.settings.iter();
    let settings = settings.map(|setting| written(setting.name, setting.range, setting.default));
    let weights = listed.spec.has_class_weights;
    settings.chain(weights.then(|| format!("{CLASS_WEIGHTS}=none"))).collect()
}

/// Returns the settings of all losses, for `--help`.
pub fn help() -> String {
    let of_loss = |listed: &ListedLoss| match defaults(listed).as_slice() {
        [] => None,
        settings => Some(format!("\n  {}: {}", listed.name, settings.join(", "))),
    };
    let possible = LOSSES.iter().filter(|listed| needs(listed).is_none());
    let all: String = possible.filter_map(of_loss).collect();
    format!(
        "A setting of the loss; may be given several times. Those there are, and what they are if not \
         given:\n{all}\n\nclass_weights are as many numbers as there are classes: 1,2,0.5. With \
         of_rates=1e-8, say, outputs are rates, not their logarithms."
    )
}
