//! Inputs that depend on a seed alone.

use trimpot::lanes::{Bits, Lanes};
use trimpot::loss::{Action, ActionTaken, Class, Labels, Nothing, Number, Target};
use trimpot::random::Random;
use trimpot::shape::{Shape, Vector};

/// Numbers where rules change: zeros, ones, the ends of the range, saturation, and no numbers at
/// all.
pub const EDGES: [f32; 24] = [
    0.0,
    -0.0,
    f32::from_bits(1),
    -f32::from_bits(0x007f_ffff),
    f32::MIN_POSITIVE,
    1.0,
    -1.0,
    1.0 - f32::EPSILON / 2.0,
    1.0 + f32::EPSILON,
    0.5,
    -0.5,
    17.0,
    -17.0,
    88.72,
    -87.34,
    -104.0,
    1e4,
    -1e4,
    1e-20,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// What kind of numbers a [`Source`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In [0, 1): probabilities.
    Unit,
    /// In [−4, 4).
    Small,
    /// In [−2, 2], multiples of ¼: equal ones, and kinks.
    Quarters,
    /// 0 or 1.
    Binary,
    /// −1 or 1.
    Sign,
    /// In [−10⁴, 10⁴): saturated logits.
    Large,
    /// Every fourth one of [`EDGES`], the others small.
    Edges,
    /// Any bits.
    Bits,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 8] = [
        Kind::Unit,
        Kind::Small,
        Kind::Quarters,
        Kind::Binary,
        Kind::Sign,
        Kind::Large,
        Kind::Edges,
        Kind::Bits,
    ];
}

/// A stream of inputs.
#[derive(Clone, Debug)]
pub struct Source {
    random: Random,
    kind: Kind,
}

impl Source {
    /// Returns the inputs of this seed.
    pub const fn new(seed: u32) -> Self {
        Source { random: Random::new(seed), kind: Kind::Small }
    }

    /// From now on numbers of this kind.
    pub fn set_kind(&mut self, kind: Kind) {
        self.kind = kind;
    }

    /// Returns the next number.
    pub fn number(&mut self) -> f32 {
        let random = &mut self.random;
        match self.kind {
            Kind::Unit => random.uniform(),
            Kind::Small => random.uniform() * 8.0 - 4.0,
            Kind::Quarters => random.below(17) as f32 * 0.25 - 2.0,
            Kind::Binary => random.below(2) as f32,
            Kind::Sign => random.below(2) as f32 * 2.0 - 1.0,
            Kind::Large => random.uniform() * 2e4 - 1e4,
            Kind::Edges => match EDGES.get(random.below(4 * EDGES.len())) {
                Some(&edge) => edge,
                None => random.uniform() * 8.0 - 4.0,
            },
            Kind::Bits => f32::from_bits(random.next_u32()),
        }
    }

    /// Returns the next class label of `classes`, or now and then one that is none.
    pub fn label(&mut self, classes: usize) -> u32 {
        match self.random.below(16) {
            0 => u32::MAX,
            1 => classes as u32,
            _ => self.random.below(classes) as u32,
        }
    }

    /// Returns a prediction of this shape.
    pub fn prediction<V: Lanes, P: Shape>(&mut self) -> P::Values<V> {
        let mut prediction = P::zeros::<V>();
        self.fill(P::flat_mut::<V>(&mut prediction));
        prediction
    }

    /// Draws all of these numbers. A function of its own, so that it is compiled once for all
    /// shapes.
    #[inline(never)]
    fn fill<V: Lanes>(&mut self, elements: &mut [V]) {
        for element in elements {
            *element = V::from_fn(|_| self.number());
        }
    }
}

/// A target that can be drawn from a [`Source`].
pub trait Inputs: Target {
    /// Returns the next target; labels are those of `classes`.
    fn draw<V: Lanes>(source: &mut Source, classes: usize) -> Self::Values<V>;
}

impl<const N: usize> Inputs for Vector<N> {
    fn draw<V: Lanes>(source: &mut Source, _: usize) -> [V; N] {
        source.prediction::<V, Self>()
    }
}

impl Inputs for Class {
    fn draw<V: Lanes>(source: &mut Source, classes: usize) -> V::Bits {
        Bits::from_fn(|_| source.label(classes))
    }
}

impl Inputs for Number {
    fn draw<V: Lanes>(source: &mut Source, _: usize) -> V {
        V::from_fn(|_| source.number())
    }
}

impl Inputs for Nothing {
    fn draw<V: Lanes>(_: &mut Source, _: usize) {}
}

impl<const L: usize> Inputs for Labels<L> {
    fn draw<V: Lanes>(source: &mut Source, classes: usize) -> [V::Bits; L] {
        core::array::from_fn(|_| Bits::from_fn(|_| source.label(classes)))
    }
}

impl Inputs for Action {
    fn draw<V: Lanes>(source: &mut Source, classes: usize) -> ActionTaken<V> {
        ActionTaken {
            action: Bits::from_fn(|_| source.label(classes)),
            advantage: V::from_fn(|_| source.number()),
            old_log_probability: V::from_fn(|_| source.number()),
        }
    }
}

impl<A: Inputs, B: Inputs> Inputs for (A, B) {
    fn draw<V: Lanes>(source: &mut Source, classes: usize) -> Self::Values<V> {
        let first = A::draw::<V>(source, classes);
        (first, B::draw::<V>(source, classes))
    }
}
