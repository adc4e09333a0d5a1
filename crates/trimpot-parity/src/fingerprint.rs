//! What is hashed: the bits of values and gradients.

use core::marker::PhantomData;

use trimpot::ParameterError;
use trimpot::lanes::Lanes;
use trimpot::loss::Loss;
use trimpot::shape::Shape;
use trimpot_link::Checksum;

use crate::source::{Inputs, Kind, Source};
use crate::subject::{self, Visitor};

/// Samples of each loss in each size, in every lane: every kind of prediction with every kind of
/// target, twice.
pub const ROUNDS: usize = 2 * Kind::ALL.len() * Kind::ALL.len();
/// Where all randomness comes from.
const SEED: u32 = 0x10_55e5;
/// The sign and payload of a NaN are the processor's: all count as this one.
const ANY_NAN: u32 = 0x7fc0_0000;

/// Runs every loss with rows of 1, 2 and 67 numbers (nothing to go through, all unrolled, and a
/// loop over whole vectors with a rest), and those that have settings with others than by default
/// and rows of 10. Reports for each its name, the length of rows, and the print of all values and
/// gradients.
///
/// Each lane has samples of its own, so another width has other fingerprints.
///
/// # Errors
/// If a loss refuses its parameters.
pub fn fingerprints<V: Lanes>(
    report: &mut dyn FnMut(&str, usize, Print),
) -> Result<(), ParameterError> {
    all(&mut Reporter { report, width: PhantomData::<V> })
}

/// The fingerprint of numbers, and whether they say something.
pub struct Print {
    checksum: Checksum,
    counts: Counts,
}

/// How many numbers there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub all: u32,
    /// Those that are finite.
    pub finite: u32,
    /// Those that are finite, and not 0.
    pub not_zero: u32,
}

impl Print {
    pub(crate) fn new() -> Self {
        Print { checksum: Checksum::new(), counts: Counts::default() }
    }

    /// The next number, lane by lane. A function of its own: in each of its hundreds of places it
    /// would be compiled again.
    #[inline(never)]
    pub(crate) fn add<V: Lanes>(&mut self, number: V) {
        for number in number.to_array().as_ref() {
            let bits = if number.is_nan() { ANY_NAN } else { number.to_bits() };
            self.checksum.update(&bits.to_le_bytes());
            let Counts { all, finite, not_zero } = &mut self.counts;
            *all = all.wrapping_add(1);
            *finite = finite.wrapping_add(u32::from(number.is_finite()));
            *not_zero = not_zero.wrapping_add(u32::from(number.is_finite() && *number != 0.0));
        }
    }

    /// The next numbers.
    pub(crate) fn add_all<V: Lanes>(&mut self, numbers: &[V]) {
        numbers.iter().for_each(|&number| self.add(number));
    }

    /// Returns their CRC-32.
    pub fn value(self) -> u32 {
        self.checksum.value()
    }

    /// Returns how many they were.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

/// Shows a visitor all that [`fingerprints`] reports on.
fn all(visitor: &mut impl Visitor) -> Result<(), ParameterError> {
    subject::registered::<1>(visitor);
    subject::registered::<2>(visitor);
    subject::registered::<67>(visitor);
    subject::of_heads(visitor);
    subject::configured::<10>(visitor)
}

struct Reporter<'r, V> {
    report: &'r mut dyn FnMut(&str, usize, Print),
    width: PhantomData<V>,
}

impl<V: Lanes> Visitor for Reporter<'_, V> {
    fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
        &mut self,
        name: &str,
        loss: &L,
    ) {
        let mut print = Print::new();
        outcomes::<V, N, P, L>(loss, |number| print.add(number));
        (self.report)(name, N, print);
    }
}

/// The values and gradients of one loss. A value that is asked for alone is compiled apart from the
/// one beside the gradient, so both are told.
fn outcomes<V: Lanes, const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
    loss: &L,
    mut tell: impl FnMut(V),
) {
    let mut source = Source::new(SEED);
    let kinds = Kind::ALL.iter().flat_map(|of| Kind::ALL.iter().map(move |to| (*of, *to)));
    for (of_prediction, of_target) in kinds.cycle().take(ROUNDS) {
        source.set_kind(of_prediction);
        let prediction = source.prediction::<V, P>();
        source.set_kind(of_target);
        let target = L::Target::draw::<V>(&mut source, N);
        let mut gradient = P::zeros::<V>();

        tell(loss.gradient::<V>(&prediction, &target, &mut gradient));
        P::flat::<V>(&gradient).iter().for_each(|&gradient| tell(gradient));
        tell(loss.value::<V>(&prediction, &target));
    }
}
