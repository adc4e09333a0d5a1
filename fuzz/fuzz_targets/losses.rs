//! Feeds arbitrary bits to every loss.
//!
//! The first bytes choose a loss with its parameters, the row length, the width and which bits are
//! let through; the rest are the numbers, four bytes each, over and over. No loss may panic, a lane
//! must have the bits that `f32` has, and finite numbers that the loss takes must not give NaN.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trimpot_testkit::case::{Case, ValueAndGradient};
use trimpot_testkit::domain::{DOMAINS, Source, ValueRange};
use trimpot_testkit::losses::{self, Width};
use trimpot_testkit::widths::same_bits;

/// Saturated logits, and more than any errors or scores in use.
const LARGE: f32 = 1e4;

/// Losses that may make NaN of finite numbers far beyond [`LARGE`], and why. All others never do.
const NAN_FROM_HUGE_NUMBERS: &[(&str, &str)] = &[
    ("poisson_nll", "rate and logarithm both overflow, and are subtracted"),
    ("focal", "a difference of logits overflows, and is multiplied by a probability of 0"),
    ("contrastive", "a difference overflows, and has no direction"),
    ("triplet_margin", "both distances overflow, and are subtracted"),
    ("ctc", "differences of logits overflow: no path is possible any more"),
    ("ppo_clip", "ratio times advantage overflows, and is multiplied by a probability of 0"),
];

/// Which numbers a loss gets.
#[derive(Clone, Copy, PartialEq)]
enum Bits {
    /// Any, NaN and infinities too.
    All,
    /// Finite ones that it takes.
    Valid,
    /// The same, of at most [`LARGE`].
    Ordinary,
}

/// The numbers of a sample, out of the fuzzer's bytes.
struct Words<'a> {
    words: &'a [[u8; 4]],
    next: usize,
    bits: Bits,
}

impl Words<'_> {
    fn word(&mut self) -> u32 {
        let word = self.words[self.next % self.words.len()];
        self.next += 1;
        u32::from_le_bytes(word)
    }
}

impl Source for Words<'_> {
    fn number(&mut self, of: ValueRange) -> f32 {
        let x = f32::from_bits(self.word());
        match self.bits {
            Bits::All => x,
            Bits::Valid => of.from_any(x),
            // NaN becomes −1e4 by `max`, which all sets of numbers know what to do with.
            Bits::Ordinary => of.from_any(x.max(-LARGE).min(LARGE)),
        }
    }
    fn below(&mut self, end: u32) -> u32 {
        self.word() % end
    }
}

fn same(one: &ValueAndGradient, other: &ValueAndGradient) -> bool {
    let gradients = || one.gradient.iter().zip(&other.gradient);
    same_bits(one.value, other.value) && gradients().all(|(&a, &b)| same_bits(a, b))
}

fn check(case: &Case, bits: Bits, outcome: &ValueAndGradient) {
    let huge = |&(loss, _): &(&str, &str)| loss == case.loss;
    let promised = match bits {
        Bits::All => false,
        Bits::Valid => !NAN_FROM_HUGE_NUMBERS.iter().any(huge),
        Bits::Ordinary => true,
    };
    let has_nan = outcome.value.is_nan() || outcome.gradient.iter().any(|g| g.is_nan());
    assert!(!(promised && has_nan), "NaN from finite numbers: {case:?}\n{outcome:?}");
}

fuzz_target!(|data: &[u8]| {
    let Some((&[domain, n, width, bits], rest)) = data.split_first_chunk() else { return };
    let (words, _) = rest.as_chunks();
    if words.is_empty() {
        return;
    }
    let domain = DOMAINS[usize::from(domain) % DOMAINS.len()];
    let n = [1, 2, 5, 8, 10][usize::from(n) % 5];
    let bits = [Bits::All, Bits::Valid, Bits::Ordinary][usize::from(bits) % 3];

    let case = domain.case(n, &mut Words { words, next: 0, bits });
    let run = |width| losses::run(width, std::slice::from_ref(&case)).expect("it exists").remove(0);
    let scalar = run(Width::One);
    check(&case, bits, &scalar);
    let wide = run(Width::ALL[1 + usize::from(width) % 3]);
    assert!(same(&scalar, &wide), "{case:?}\n{scalar:?}\n{wide:?}");
});
