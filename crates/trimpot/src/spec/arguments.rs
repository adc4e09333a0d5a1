//! The arguments of layers: sizes and settings.

use core::fmt;

/// The value of an argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Count(u32),
    /// One for each direction: height and width.
    Pair([u32; 2]),
    /// One for each side: above, below, left, right.
    Sides([u32; 4]),
    /// A number.
    Real(f32),
}

impl Value {
    /// Creates a value of one direction or two.
    pub(crate) const fn directions<const D: usize>(values: [u32; D]) -> Self {
        match values.as_slice() {
            [height, width] => Value::Pair([*height, *width]),
            [length, ..] => Value::Count(*length),
            [] => Value::Count(0),
        }
    }

    /// Hands over the value's bits, as words.
    pub(crate) fn for_each_word(self, visit: &mut dyn FnMut(u32)) {
        match self {
            Value::Count(count) => visit(count),
            Value::Pair(pair) => pair.into_iter().for_each(visit),
            Value::Sides(sides) => sides.into_iter().for_each(visit),
            Value::Real(real) => visit(real.to_bits()),
        }
    }
}

/// Equal values are shown once: `3`, `10x4`, `0x1x0x2`, `0.1`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::Count(count) => write!(f, "{count}"),
            Value::Pair([height, width]) if height == width => write!(f, "{height}"),
            Value::Pair([height, width]) => write!(f, "{height}x{width}"),
            Value::Sides([above, below, left, right]) if above == below && left == right => {
                Value::Pair([above, left]).fmt(f)
            }
            Value::Sides([above, below, left, right]) => {
                write!(f, "{above}x{below}x{left}x{right}")
            }
            Value::Real(real) => write!(f, "{real}"),
        }
    }
}

/// An argument of a layer's constructor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// The default, if it has one.
    pub default: Option<Value>,
}

/// Without a default the value alone: `64`; else with the name: `stride=2`.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.default {
            None => self.value.fmt(f),
            Some(_) => write!(f, "{}={}", self.name, self.value),
        }
    }
}

/// The arguments of a layer's constructor: sizes first, which have no defaults, then settings,
/// which have.
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    given: [Option<Argument>; Self::MOST],
    count: usize,
}

impl Arguments {
    /// A convolution has most.
    const MOST: usize = 7;

    /// Creates an empty list.
    pub(crate) const fn new() -> Self {
        Arguments { given: [None; Self::MOST], count: 0 }
    }

    /// Adds an argument without a default. There is space for [`MOST`](Self::MOST) in all.
    pub(crate) const fn with(self, name: &'static str, value: Value) -> Self {
        self.push(Argument { name, value, default: None })
    }

    /// Adds an argument with a default.
    pub(crate) const fn with_default(
        self,
        name: &'static str,
        value: Value,
        default: Value,
    ) -> Self {
        self.push(Argument { name, value, default: Some(default) })
    }

    const fn push(mut self, argument: Argument) -> Self {
        if let Some((_, [place, ..])) = self.given.split_at_mut_checked(self.count) {
            *place = Some(argument);
        }
        self.count = self.count.saturating_add(1);
        self
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = &Argument> {
        self.given.iter().flatten()
    }

    /// Returns those that differ from their defaults, or have none.
    pub fn shown(&self) -> impl Iterator<Item = &Argument> {
        self.iter().filter(|argument| argument.default != Some(argument.value))
    }
}
