//! What can be wrong with a parameter.

use core::fmt;

/// A parameter outside its range.
///
/// ```
/// use trimpot::layer::Dropout;
/// let error = Dropout::new(1.5).unwrap_err();
/// assert_eq!(error.to_string(), "p is 1.5, but must be in [0, 1)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParameterError {
    /// The parameter's name.
    pub name: &'static str,
    /// The value it was given.
    pub value: f32,
    /// The range it must be in.
    pub range: &'static str,
}

impl ParameterError {
    /// Returns the value, or an error unless it is finite and positive.
    pub(crate) const fn positive(name: &'static str, value: f32) -> Result<f32, Self> {
        match Self::unless(value > 0.0 && value.is_finite(), name, value, "(0, inf)") {
            Ok(()) => Ok(value),
            Err(error) => Err(error),
        }
    }

    /// Returns the value, or an error unless it is finite and not negative.
    pub(crate) const fn not_negative(name: &'static str, value: f32) -> Result<f32, Self> {
        match Self::unless(value >= 0.0 && value.is_finite(), name, value, "[0, inf)") {
            Ok(()) => Ok(value),
            Err(error) => Err(error),
        }
    }

    /// Returns an error about this parameter, unless its value is `valid`.
    pub(crate) const fn unless(
        valid: bool,
        name: &'static str,
        value: f32,
        range: &'static str,
    ) -> Result<(), Self> {
        if valid { Ok(()) } else { Err(ParameterError { name, value, range }) }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, but must be in {}", self.name, self.value, self.range)
    }
}

impl core::error::Error for ParameterError {}
