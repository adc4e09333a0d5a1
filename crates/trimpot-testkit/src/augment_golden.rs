//! Golden augmented images by SciPy: one JSON object a line.

use serde_json::Value;

/// An image, a map, and what the map makes of the image.
#[derive(Clone, Debug)]
pub struct Case {
    /// Channels, height and width.
    pub sizes: [u32; 3],
    /// By how much it is turned, counter-clockwise.
    pub degrees: f32,
    /// By which it is scaled.
    pub factor: f32,
    /// By how much it is shifted, to the right and downwards.
    pub shift: [f32; 2],
    /// −1 where it is mirrored, left to right and top to bottom.
    pub signs: [f32; 2],
    /// The pixels.
    pub image: Vec<f32>,
    /// The pixels that are expected.
    pub result: Vec<f64>,
}

/// Returns the cases of a file.
///
/// # Panics
/// If a line is not a golden case.
#[must_use]
pub fn parse(lines: &str) -> Vec<Case> {
    lines
        .lines()
        .map(|line| case(line).unwrap_or_else(|| panic!("no golden case: {line}")))
        .collect()
}

fn case(line: &str) -> Option<Case> {
    let value: Value = serde_json::from_str(line).ok()?;
    let number = |name: &str| value[name].as_f64();
    let numbers = |name: &str| -> Option<Vec<f64>> {
        value[name].as_array()?.iter().map(Value::as_f64).collect()
    };
    let pair = |name: &str| {
        let [first, second] = numbers(name)?.try_into().ok()?;
        Some([first as f32, second as f32])
    };
    let size = |name: &str| u32::try_from(value[name].as_u64()?).ok();
    Some(Case {
        sizes: [size("channels")?, size("height")?, size("width")?],
        degrees: number("degrees")? as f32,
        factor: number("factor")? as f32,
        shift: pair("shift")?,
        signs: pair("signs")?,
        image: numbers("image")?.into_iter().map(|pixel| pixel as f32).collect(),
        result: numbers("result")?,
    })
}
