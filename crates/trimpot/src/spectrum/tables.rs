//! Twiddle factors, for each size of a transform: computed by the compiler, in flash.

use super::elementary::{cos_of_turn, sin_of_turn};

/// The twiddle factors of a real transform of N numbers, with M = N / 2 and w(k, n) = e^(−2πi k/n).
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    /// Those of each pass over the M complex numbers but the first, butterfly by butterfly: w(j, 4q),
    /// w(2j, 4q) and w(3j, 4q) for j < q, where q is how many numbers are transformed already.
    pub passes: &'static [[f32; 6]],
    /// w(k, N) for 0 < k < M / 2: they make the transform of N real numbers of that of M complex
    /// ones.
    pub split: &'static [[f32; 2]],
}

/// How many numbers are transformed by the first pass over `m`, which needs no twiddle factors: 8
/// if the others, each of which makes four times as many, could not get from 4 to `m`.
pub(super) const fn first_pass(m: usize) -> usize {
    if m.trailing_zeros().is_multiple_of(2) { 4 } else { 8 }
}

macro_rules! tables {
    ($($n:literal)*) => {
        impl Tables {
            /// Returns those of a size, if there are transforms of it.
            pub const fn of(n: usize) -> Option<Self> {
                match n {
                    $($n => Some(Tables {
                        passes: const { &passes::<{ butterflies($n / 2) }>($n / 2) },
                        split: const { &split::<{ $n / 4 - 1 }>($n) },
                    }),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const SIZES: &[usize] = &[$($n),*];
    };
}

tables!(16 32 64 128 256 512 1024 2048 4096);

/// How many butterflies have twiddle factors of their own: q of each pass, 1 + 4 + … times that of
/// the second one.
const fn butterflies(m: usize) -> usize {
    (m - first_pass(m)) / 3
}

const fn passes<const LENGTH: usize>(m: usize) -> [[f32; 6]; LENGTH] {
    let mut table = [[0.0; 6]; LENGTH];
    let (mut at, mut q) = (0, first_pass(m));
    while q < m {
        let mut j = 0;
        while j < q {
            let ([a, b], [c, d], [e, f]) =
                (twiddle(j, 4 * q), twiddle(2 * j, 4 * q), twiddle(3 * j, 4 * q));
            if let Some(entry) = table.split_at_mut(at).1.first_mut() {
                *entry = [a, b, c, d, e, f];
            }
            (at, j) = (at + 1, j + 1);
        }
        q *= 4;
    }
    table
}

const fn split<const LENGTH: usize>(n: usize) -> [[f32; 2]; LENGTH] {
    let mut table = [[0.0; 2]; LENGTH];
    let (mut rest, mut k) = (table.as_mut_slice(), 1);
    while let Some((first, others)) = rest.split_first_mut() {
        *first = twiddle(k, n);
        (rest, k) = (others, k + 1);
    }
    table
}

/// w(k, n), real and imaginary part.
const fn twiddle(k: usize, n: usize) -> [f32; 2] {
    [cos_of_turn(k, n) as f32, -sin_of_turn(k, n) as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_the_twiddle_factors_of_libm() {
        let expected = |k: usize, n: usize| {
            let angle = -core::f64::consts::TAU * k as f64 / n as f64;
            [libm::cos(angle), libm::sin(angle)]
        };
        let compare = |found: &[f32], k: usize, n: usize| {
            for (&found, expected) in found.iter().zip(expected(k, n)) {
                // Half a step of `f32`, and what the angle lacks.
                assert!((f64::from(found) - expected).abs() <= 3.0e-8, "{k} / {n}");
            }
        };
        for &n in SIZES {
            let Tables { passes, split } = Tables::of(n).unwrap();
            for (k, found) in (1..).zip(split) {
                compare(found, k, n);
            }
            let (mut passes, mut q) = (passes.iter(), first_pass(n / 2));
            while q < n / 2 {
                for j in 0..q {
                    let found = passes.next().unwrap();
                    (1..=3).for_each(|times| {
                        compare(&found[2 * times - 2..2 * times], times * j, 4 * q);
                    });
                }
                q *= 4;
            }
            assert_eq!((passes.len(), q), (0, n / 2));
        }
        assert!(Tables::of(100).is_none() && Tables::of(8).is_none());
    }
}
