//! What layers are told when they are made.

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
    /// A value for one direction or two.
    pub(crate) const fn directions<const D: usize>(values: [u32; D]) -> Self {
        match values.as_slice() {
            [height, width] => Value::Pair([*height, *width]),
            [length, ..] => Value::Count(*length),
            [] => Value::Count(0),
        }
    }

    /// The value's bits, as words.
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

/// One of the things that a layer is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// The default; none, if it has to be given.
    pub default: Option<Value>,
}

/// The value, for one that has to be given: `64`; else with the name: `stride=2`.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.default {
            None => self.value.fmt(f),
            Some(_) => write!(f, "{}={}", self.name, self.value),
        }
    }
}

/// What a layer is told: sizes first, which have to be given, then settings, which have defaults.
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    given: [Option<Argument>; Self::MOST],
    count: usize,
}

impl Arguments {
    /// A convolution has most.
    const MOST: usize = 7;

    /// None.
    pub(crate) const fn new() -> Self {
        Arguments { given: [None; Self::MOST], count: 0 }
    }

    /// Adds one that has to be given.
    pub(crate) const fn with(self, name: &'static str, value: Value) -> Self {
        self.push(Argument { name, value, default: None })
    }

    /// Adds one that has a default.
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

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Argument> {
        self.given.iter().flatten()
    }

    /// Those that a reader has to be told: without the settings that are the default.
    pub fn shown(&self) -> impl Iterator<Item = &Argument> {
        self.iter().filter(|argument| argument.default != Some(argument.value))
    }
}
