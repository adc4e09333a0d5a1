//! The processor of the PC is the oracle: it has a floating-point unit.

extern crate std;

use std::vec;
use std::vec::Vec;

use super::sum::Sum as SumOn;
use super::*;
use crate::random::Random;

/// A number of any kind: any bits, those around the powers of two, few bits of a significand (whose
/// products and sums are ties), and what is not normal.
fn number(random: &mut Random) -> f32 {
    let bits = random.next_u32();
    let exponent = |from: usize, count: usize, random: &mut Random| {
        ((from + random.below(count)) as u32) << 23
    };
    f32::from_bits(match random.below(16) {
        0..2 => bits,
        2..6 => bits & 0x807f_ffff | exponent(117, 20, random),
        6..8 => bits & 0x8000_000f | exponent(117, 20, random),
        8..10 => bits & 0x807f_e000 | exponent(117, 20, random),
        10 => bits & 0x8000_0003 | exponent(1, 254, random),
        11 => bits & 0x807f_ffff | exponent(1, 4, random),
        12 => bits & 0x807f_ffff | exponent(190, 65, random),
        13 => (bits | 0x007f_fffc) & 0x807f_ffff | exponent(117, 20, random),
        14 => bits & 0x807f_ffff,
        _ => bits & 0x8000_0000 | [0, 0, 0x7f80_0000, 0x7fc0_0000][random.below(4)],
    })
}

/// A sum to add the product to: any number, the product's counterpart, or next to it.
fn sum_for(x: f32, y: f32, random: &mut Random) -> f32 {
    let product = (-(x * y)).to_bits();
    match random.below(8) {
        0..3 => number(random),
        3 => f32::from_bits(product.wrapping_add(random.below(8) as u32).wrapping_sub(4)),
        // Up to 2³¹ times as large or small.
        4..7 => {
            let sign = random.next_u32() & 0x8000_0000;
            let exponents = (random.below(63) as u32).wrapping_sub(31) << 23;
            f32::from_bits((product ^ sign).wrapping_add(exponents))
        }
        _ => f32::from_bits(product & 0xffff_f000),
    }
}

/// The same bits, or NaN both: which one is the processor's choice.
fn is_same(found: f32, expected: f32) -> bool {
    found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan()
}

/// Calls a function for cores with and without long products and leading zeros.
macro_rules! on_each_core {
    ($function:ident($($argument:expr),*)) => {
        $function::<false, false>($($argument),*);
        $function::<false, true>($($argument),*);
        $function::<true, false>($($argument),*);
        $function::<true, true>($($argument),*);
    };
}

fn compare<const LONG_PRODUCT: bool, const LEADING_ZEROS: bool>(seed: u32, count: u32) {
    let mut random = Random::new(seed);
    for _ in 0..count {
        let [x, y] = [(); 2].map(|()| number(&mut random));
        let sum = sum_for(x, y, &mut random);
        let found = SumOn::<LONG_PRODUCT, LEADING_ZEROS>::new(sum).plus_product(x, y).number();
        let expected = sum + x * y;
        assert!(is_same(found, expected), "{sum:e} + {x:e} · {y:e}: {found:e}, not {expected:e}");
    }
}

#[test]
fn a_product_is_added_as_the_processor_adds_it() {
    on_each_core!(compare(1, 1_000_000));
}

#[test]
#[ignore = "a thousand million numbers"]
fn a_thousand_million_products_are_added_as_the_processor_adds_them() {
    for seed in 0..4 {
        on_each_core!(compare(seed, 1 << 26));
    }
}

/// What is taken apart is the number that it was.
#[test]
fn every_number_is_itself() {
    for bits in (0..=u32::MAX).step_by(997).chain((0..512).map(|field| field << 23)) {
        let number = f32::from_bits(bits);
        assert_eq!(Sum::new(number).number().to_bits(), bits, "{number:e}");
    }
}

/// From one product to the next nothing is put together.
#[test]
fn sums_of_many_products_are_those_of_the_processor() {
    on_each_core!(compare_sums());
}

fn compare_sums<const LONG_PRODUCT: bool, const LEADING_ZEROS: bool>() {
    let mut random = Random::new(2);
    for _ in 0..50_000 {
        let mut sum = number(&mut random);
        let mut found = SumOn::<LONG_PRODUCT, LEADING_ZEROS>::new(sum);
        for _ in 0..8 {
            let x = number(&mut random);
            let y = match random.below(4) {
                0 => number(&mut random),
                1 => -sum / x,
                _ => sum / x * number(&mut random),
            };
            (sum, found) = (sum + x * y, found.plus_product(x, y));
            assert!(is_same(found.number(), sum), "{:e}, not {sum:e}", found.number());
        }
    }
}

const SIZES: [usize; 5] = [0, 1, 2, 3, 7];

/// Numbers of all kinds.
fn numbers<const N: usize>(random: &mut Random) -> [f32; N] {
    [(); N].map(|()| number(random))
}

#[track_caller]
fn assert_same(found: &[f32], expected: &[f32]) {
    let mut pairs = found.iter().zip(expected);
    assert!(pairs.all(|(&found, &expected)| is_same(found, expected)), "{found:?}, {expected:?}");
}

/// `initial[i] + Σ a[r](i) · b[r](i)`, in the order of the terms.
fn sums(initial: &[f32], terms: usize, term: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let sums = initial.iter().enumerate();
    sums.map(|(i, &sum)| (0..terms).fold(sum, |sum, r| sum + term(r, i))).collect()
}

#[test]
fn loops_over_slices_are_the_sums_that_they_say() {
    on_each_core!(compare_loops());
}

fn compare_loops<const LONG_PRODUCT: bool, const LEADING_ZEROS: bool>() {
    let mut random = Random::new(6);
    for (x_len, y_len) in SIZES.iter().flat_map(|&x_len| SIZES.map(|y_len| (x_len, y_len))) {
        for _ in 0..200 {
            let (x, y): ([f32; 7], [f32; 7]) = (numbers(&mut random), numbers(&mut random));
            let (x, y, first) = (&x[..x_len], &y[..y_len], number(&mut random));
            let both = x_len.min(y_len);

            let found = SumOn::<LONG_PRODUCT, LEADING_ZEROS>::new(first).plus_products(x, y);
            assert_same(&[found.number()], &sums(&[first], both, |r, _| x[r] * y[r]));

            let mut found = y.to_vec();
            SumOn::<LONG_PRODUCT, LEADING_ZEROS>::add_multiple(first, x, &mut found);
            assert_same(&found[..both], &sums(&y[..both], 1, |_, i| first * x[i]));
            assert_same(&found[both..], &y[both..]);
        }
    }
}

/// What is short, or left over, is left out.
#[test]
fn outer_products_of_other_lengths_are_those_of_whole_rows() {
    let mut random = Random::new(7);
    let matrix = [(); 8].map(|()| random.uniform());
    let [x, sum] = [(); 2].map(|()| [(); 3].map(|()| random.uniform()));
    let y = [0.5, -2.0, 4.0];
    let outer = |y: &[f32], sum_len: usize| {
        let (mut matrix, mut sum) = (matrix, sum);
        ger_with_sum(0.5, y, &x, &mut matrix, &mut sum[..sum_len]);
        (matrix, sum)
    };
    // The matrix has two rows and a part of one.
    let expected = |rows: usize| {
        let change = |i: usize| if i < 3 * rows { 0.5 * y[i / 3] * x[i % 3] } else { 0.0 };
        let sums = sums(&sum, rows, |r, i| y[r] * matrix[3 * r + i]);
        (core::array::from_fn(|i| matrix[i] + change(i)), [sums[0], sums[1], sums[2]])
    };
    assert_eq!(outer(&y, 3), expected(2));
    assert_eq!(outer(&y[..1], 3), expected(1));
    assert_eq!(outer(&[], 3), (matrix, sum));
    for short in 0..3 {
        assert_eq!(outer(&y, short), (matrix, sum));
    }
}

#[test]
fn loops_over_matrices_are_the_sums_that_they_say() {
    let mut random = Random::new(3);
    for columns in SIZES {
        for rows in SIZES {
            for _ in 0..20 {
                let (matrix, x): ([f32; 49], [f32; 7]) =
                    (numbers(&mut random), numbers(&mut random));
                let (matrix, x) = (&matrix[..rows * columns], &x[..columns]);
                let (y, offset): ([f32; 7], [f32; 7]) =
                    (numbers(&mut random), numbers(&mut random));
                let (y, offset) = (&y[..rows], &offset[..rows]);

                let mut found = y.to_vec();
                gemv(matrix, x, offset, &mut found);
                assert_same(&found, &sums(offset, columns, |i, r| matrix[r * columns + i] * x[i]));

                let mut found = x.to_vec();
                gemv_transposed(matrix, y, &mut found);
                assert_same(&found, &sums(x, rows, |r, i| y[r] * matrix[r * columns + i]));

                let alpha = number(&mut random);
                for changed in [Rows::All, Rows::NotZero] {
                    let is_changed = |y: f32| changed == Rows::All || y != 0.0;
                    let expected = (0..rows).flat_map(|r| {
                        let row = &matrix[r * columns..][..columns];
                        sums(row, is_changed(y[r]).into(), |_, i| alpha * y[r] * x[i])
                    });
                    let expected: Vec<f32> = expected.collect();
                    let mut found = matrix.to_vec();
                    ger(alpha, y, x, &mut found, changed);
                    assert_same(&found, &expected);
                    if changed == Rows::NotZero {
                        let (mut found, mut sum) = (matrix.to_vec(), x.to_vec());
                        ger_with_sum(alpha, y, x, &mut found, &mut sum);
                        assert_same(&found, &expected);
                        let active: Vec<usize> = (0..rows).filter(|&r| y[r] != 0.0).collect();
                        let term = |r: usize, i| y[active[r]] * matrix[active[r] * columns + i];
                        assert_same(&sum, &sums(x, active.len(), term));
                    }
                }
            }
        }
    }
}

#[test]
fn products_of_matrices_are_the_sums_that_they_say() {
    let mut random = Random::new(4);
    for [columns, rows, terms] in SIZES.iter().flat_map(|&a| SIZES.map(|b| [a, b, (a + b) % 7 + 1]))
    {
        let (matrix, x): ([f32; 49], [f32; 49]) = (numbers(&mut random), numbers(&mut random));
        let (matrix, x) = (&matrix[..rows * terms], &x[..terms * columns]);
        let offset: [f32; 7] = numbers(&mut random);
        let at = |r: usize, i: usize| (i / columns, r * columns + i % columns);

        let mut found = vec![1.0; rows * columns];
        gemm(matrix, x, columns, &offset[..rows], &mut found);
        let initial: Vec<f32> = (0..rows * columns).map(|i| offset[i / columns]).collect();
        let product = |r: usize, i: usize| matrix[at(r, i).0 * terms + r] * x[at(r, i).1];
        assert_same(&found, &sums(&initial, terms, product));

        gemm_transposed(matrix, x, columns, &mut found);
        let product = |r: usize, i: usize| matrix[r * rows + at(r, i).0] * x[at(r, i).1];
        assert_same(&found, &sums(&vec![0.0; rows * columns], terms, product));
    }
}

#[test]
fn a_step_of_adam_is_what_it_says() {
    let step = Adam {
        mean_kept: 0.9,
        mean_fresh: 0.1,
        square_kept: 0.999,
        square_fresh: 0.001,
        learning_rate: 0.001,
        root_correction: 1.5,
        epsilon: 1e-8,
        largest: 1e18,
        rounding: 2_f32.powi(-80),
        raise: 2_f32.powi(-100),
    };
    let mut random = Random::new(5);
    for _ in 0..10_000 {
        let [p, g, m, v] = numbers(&mut random);
        let v = v.abs();
        let (mut parameters, mut state) = ([p], [[m, v]]);
        adam(&step, &mut parameters, &[g], &mut state);
        // NaN stays NaN.
        let g = if g < -step.largest { -step.largest } else { g };
        let g = if g > step.largest { step.largest } else { g };
        let m = step.mean_kept * m + step.mean_fresh * g + step.rounding - step.rounding;
        let v = step.square_kept * v + step.square_fresh * (g * g) + step.raise;
        let root = step.root_correction * v.sqrt() + step.epsilon;
        assert_same(&parameters, &[p - step.learning_rate * m / root]);
        assert_same(state.as_flattened(), &[m, v]);
    }
}
