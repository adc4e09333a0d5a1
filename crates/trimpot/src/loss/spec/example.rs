//! A sample that shows what a loss does.

/// A sample of which one element of the prediction moves, as in a drawing of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Example {
    /// The prediction, row by row.
    pub prediction: &'static [f32],
    /// What it is compared with.
    pub target: ExampleTarget,
    /// Which element of the prediction moves.
    pub moves: usize,
    /// From where to where.
    pub range: [f32; 2],
}

/// What the prediction of an example is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExampleTarget {
    /// Nothing.
    Nothing,
    /// A number for each element of a row.
    Values(&'static [f32]),
    /// One number.
    Number(f32),
    /// A class.
    Class(u32),
    /// Several classes.
    Labels(&'static [u32]),
    /// An action, its advantage and its old log-probability.
    Action(u32, f32, f32),
}

impl Example {
    /// Creates an example in which the element `moves` of the prediction moves through a range.
    #[must_use]
    pub const fn new(
        prediction: &'static [f32],
        target: ExampleTarget,
        moves: usize,
        range: [f32; 2],
    ) -> Self {
        Example { prediction, target, moves, range }
    }

    /// Creates an example of a single score, from `low` to `high`.
    #[must_use]
    pub const fn of_one(target: &'static [f32], low: f32, high: f32) -> Self {
        Example::new(&[0.0], ExampleTarget::Values(target), 0, [low, high])
    }

    /// Creates an example of three logits, of which the first is that of the right class.
    #[must_use]
    pub const fn of_logits() -> Self {
        Example::new(&[0.0; 3], ExampleTarget::Class(0), 0, [-6.0, 6.0])
    }

    /// Creates an example of a mask of four pixels: positives and negatives, half of them clear.
    #[must_use]
    pub const fn of_mask() -> Self {
        let mask = ExampleTarget::Values(&[1.0, 0.0, 1.0, 0.0]);
        Example::new(&[0.5, 0.1, 0.7, 0.3], mask, 0, [0.0, 1.0])
    }
}
