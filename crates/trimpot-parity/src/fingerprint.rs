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
const ROUNDS: usize = 2 * Kind::ALL.len() * Kind::ALL.len();
/// Where all randomness comes from.
const SEED: u32 = 0x10_55e5;
/// The sign and payload of a NaN are the processor's: all count as this one.
const ANY_NAN: u32 = 0x7fc0_0000;

/// Runs every loss with rows of 1, 2, 10 and 64 numbers, and reports for each its name, the length
/// of rows, and the CRC-32 of all values and gradients.
///
/// Each lane has samples of its own, so another width has other fingerprints.
///
/// # Errors
/// If a loss refuses its parameters.
pub fn fingerprints<V: Lanes>(report: impl FnMut(&str, usize, u32)) -> Result<(), ParameterError> {
    all(&mut Reporter { report, width: PhantomData::<V> })
}

/// The CRC-32 of numbers.
pub(crate) struct Print(Checksum);

impl Print {
    pub(crate) fn new() -> Self {
        Print(Checksum::new())
    }

    /// The next number, lane by lane. A function of its own: in each of its hundreds of places it
    /// would be compiled again.
    #[inline(never)]
    pub(crate) fn add<V: Lanes>(&mut self, number: V) {
        for number in number.to_array().as_ref() {
            let bits = if number.is_nan() { ANY_NAN } else { number.to_bits() };
            self.0.update(&bits.to_le_bytes());
        }
    }

    /// The next numbers.
    pub(crate) fn add_all<V: Lanes>(&mut self, numbers: &[V]) {
        numbers.iter().for_each(|&number| self.add(number));
    }

    pub(crate) fn value(self) -> u32 {
        self.0.value()
    }
}

/// Shows a visitor all that [`fingerprints`] reports on.
fn all(visitor: &mut impl Visitor) -> Result<(), ParameterError> {
    subject::registered::<1>(visitor);
    subject::registered::<2>(visitor);
    subject::registered::<10>(visitor);
    subject::registered::<64>(visitor);
    subject::of_heads(visitor);
    subject::configured::<10>(visitor)
}

struct Reporter<F, V> {
    report: F,
    width: PhantomData<V>,
}

impl<F: FnMut(&str, usize, u32), V: Lanes> Visitor for Reporter<F, V> {
    fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
        &mut self,
        name: &str,
        loss: &L,
    ) {
        let mut print = Print::new();
        outcomes::<V, N, P, L>(loss, |number| print.add(number));
        (self.report)(name, N, print.value());
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

#[cfg(test)]
mod tests {
    extern crate std;
    use std::collections::BTreeMap;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    /// How many numbers come out, how many of them are finite, and how many of those are not 0.
    #[derive(Default)]
    struct Counts(BTreeMap<(String, usize), [usize; 3]>);

    impl Visitor for Counts {
        fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(
            &mut self,
            name: &str,
            loss: &L,
        ) {
            let counts = self.0.entry((name.to_string(), N)).or_default();
            outcomes::<f32, N, P, L>(loss, |number| {
                counts[0] += 1;
                counts[1] += usize::from(number.is_finite());
                counts[2] += usize::from(number.is_finite() && number != 0.0);
            });
        }
    }

    #[test]
    fn fingerprints_are_of_numbers_that_say_something() {
        let mut counts = Counts::default();
        all(&mut counts).expect("all parameters are valid");
        for ((name, n), [all, finite, not_zero]) in counts.0 {
            assert!(all >= ROUNDS * 3 && finite >= all / 5, "{name} {n}: {finite} of {all}");
            // One class, or one logit of a softmax, leaves nothing to say.
            assert!(n == 1 || not_zero >= all / 50, "{name} {n}: {not_zero} of {all}");
        }
    }

    #[test]
    fn every_fingerprint_has_a_name_and_is_the_same_again() {
        let run = || {
            let mut all = Vec::new();
            let done = fingerprints::<f32>(|name, n, print| all.push((name.to_string(), n, print)));
            done.expect("all parameters are valid");
            all
        };
        let all = run();
        let names: BTreeMap<_, _> = all.iter().map(|(name, n, print)| ((name, n), print)).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.len() > 4 * 42, "{}", all.len());
        assert_eq!(all, run());
        // Few are equal, and those for a reason (losses that are the same function by default).
        let different: std::collections::BTreeSet<_> =
            all.iter().map(|(.., print)| print).collect();
        assert!(different.len() > all.len() * 9 / 10, "{} of {}", different.len(), all.len());
    }
}
