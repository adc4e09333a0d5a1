//! A loss as code.

use trimpot::loss::spec::LOSSES;
use trimpot_host::loss::NamedLoss;

/// A loss as code.
pub struct LossCode {
    /// The name of its type in `trimpot::loss`.
    pub type_name: &'static str,
    /// An expression; of a `Result`, if it has settings that are not the default.
    pub value: String,
    /// The names of the settings in it.
    pub settings: Vec<&'static str>,
}

impl LossCode {
    /// Writes a loss that is one term, without weights of classes.
    pub fn new(loss: &NamedLoss) -> Self {
        let listed = LOSSES.iter().find(|listed| listed.name == loss.name);
        let listed = listed.expect("it was found there by its name");
        let (mut settings, mut values) = (Vec::new(), Vec::new());
        let mut is_default = true;
        loss.loss.for_each_setting(&mut |setting, value| {
            is_default &= value == setting.default;
            settings.push(setting.name);
            values.push(value);
        });
        let type_name = listed.type_name;
        let value = match (is_default, values.is_empty(), listed.spec.has_class_weights) {
            (false, ..) => format!("{type_name}::from_settings({values:?})"),
            // Nothing but its name.
            (true, true, false) => type_name.to_owned(),
            (true, ..) => format!("{type_name}::default()"),
        };
        LossCode { type_name, value, settings: if is_default { Vec::new() } else { settings } }
    }

    /// Returns whether a setting may be out of its range.
    pub fn is_fallible(&self) -> bool {
        !self.settings.is_empty()
    }
}
