//! Arguments that are numbers.

use std::num::NonZeroUsize;

use trimpot::optimizer::LARGEST_LEARNING_RATE;

/// Reads a factor: a finite number that leaves something of what it is multiplied with.
pub(crate) fn factor(text: &str) -> Result<f32, String> {
    number(text, "a finite number other than 0", |number| number.is_finite() && number != 0.0)
}

/// Reads a number that is finite and not negative.
pub(crate) fn not_negative(text: &str) -> Result<f32, String> {
    number(text, "a finite number, not negative", |number| number >= 0.0 && number.is_finite())
}

/// Reads a number that is finite and above 0.
pub(crate) fn positive(text: &str) -> Result<f32, String> {
    number(text, "a finite number above 0", |number| number > 0.0 && number.is_finite())
}

/// Reads a factor that something shrinks by, or stays as it is.
pub(crate) fn decay(text: &str) -> Result<f32, String> {
    number(text, "a number in (0, 1]", |number| number > 0.0 && number <= 1.0)
}

/// Reads how many there are of something.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "it must be a whole number, 0 or more".to_owned())
}

/// Reads how many there are of something, if there is one at least.
pub(crate) fn count_from_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it must be a whole number, 1 or more".to_owned())
}

/// Reads a learning rate that may be 0, as that of a schedule's end.
pub(crate) fn learning_rate(text: &str) -> Result<f32, String> {
    let wanted = format!("a number in [0, {LARGEST_LEARNING_RATE}]");
    number(text, &wanted, |number| (0.0..=LARGEST_LEARNING_RATE).contains(&number))
}

/// Reads a learning rate that is not 0.
pub(crate) fn positive_learning_rate(text: &str) -> Result<f32, String> {
    let wanted = format!("a number in (0, {LARGEST_LEARNING_RATE}]");
    number(text, &wanted, |number| number > 0.0 && number <= LARGEST_LEARNING_RATE)
}

/// Reads a number in [0, 1).
pub(crate) fn share(text: &str) -> Result<f32, String> {
    number(text, "a number in [0, 1)", |number| (0.0..1.0).contains(&number))
}

/// Reads a size of memory: bytes, or with K or M behind, 1024 or 1024² of them.
pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1 << 10),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1 << 20),
            None => (text, 1),
        },
    };
    let bytes = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    bytes
        .filter(|&bytes| bytes > 0)
        .ok_or_else(|| "it must be bytes, such as 16384 or 16K".to_owned())
}

fn number(text: &str, wanted: &str, fits: impl Fn(f32) -> bool) -> Result<f32, String> {
    let number = text.parse().ok().filter(|&number| fits(number));
    number.ok_or_else(|| format!("it must be {wanted}"))
}
