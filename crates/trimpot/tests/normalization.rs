//! Normalisation subtracts means without losing the numbers: rows that hardly differ, large
//! offsets.

use trimpot::layer::{Accumulate, LayerNorm, Statistics};
use trimpot::network::Planned;
use trimpot::random::Noise;
use trimpot::shape::{Rows, Vector};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::precision::{LAYER, distance};

/// γ = 1 and β = 0.
fn identity<const N: usize>() -> Vec<f32> {
    [[1.0; N], [0.0; N]].concat()
}

fn normalized<const N: usize>(row: [f32; N]) -> [f32; N] {
    let (layer, mut arena) = (LayerNorm::<N>::new(), [0.0; N]);
    let planned = Planned::<Vector<N>, _>::new(&layer);
    *planned.predict::<f32>(&identity::<N>(), &row, &mut arena).unwrap()
}

/// The gradient by the row, for this gradient by the output.
fn input_gradient<const N: usize>(row: [f32; N], output_gradient: [f32; N]) -> [f32; N] {
    let (parameters, mut sums) = (identity::<N>(), vec![0.0; 2 * N]);
    let sink = Accumulate::new(&parameters, &mut sums);
    let mut gradient = [0.0; N];
    let (layer, noise) = (LayerNorm::<N>::new(), Noise::<f32>::new(0));
    let planned = Planned::<Vector<N>, _>::new(&layer);
    let mut arena = vec![0.0; Planned::<Vector<N>, LayerNorm<N>>::INPUT_GRADIENT_VALUES];
    let rest = |_: &_, dy: &mut _| *dy = output_gradient;
    planned.backpropagate_to_input(sink, noise, &row, &mut gradient, &mut arena, rest).unwrap();
    gradient
}

/// The normalised row and 1 / √(variance + ε), in `f64`.
fn exact<const N: usize>(row: [f32; N]) -> (Vec<f64>, f64) {
    let row = row.map(f64::from);
    let mean = row.iter().sum::<f64>() / N as f64;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / N as f64;
    let scale = 1.0 / (variance + f64::from(1e-5_f32)).sqrt();
    (row.iter().map(|x| (x - mean) * scale).collect(), scale)
}

/// `dx = (dy − mean(dy) − x̂ · mean(dy · x̂)) / √(variance + ε)`, in `f64`.
fn exact_gradient<const N: usize>(row: [f32; N], output_gradient: [f32; N]) -> Vec<f64> {
    let (normal, scale) = exact(row);
    let dy = output_gradient.map(f64::from);
    let mean = dy.iter().sum::<f64>() / N as f64;
    // As x̂ has a mean of 0, that of dy may be taken off first: otherwise 10 digits are lost here.
    let dy = dy.map(|dy| dy - mean);
    let along = dy.iter().zip(&normal).map(|(dy, x)| dy * x).sum::<f64>() / N as f64;
    dy.iter().zip(&normal).map(|(dy, x)| (dy - x * along) * scale).collect()
}

macro_rules! for_lengths {
    ($check:ident) => {
        $check::<1>();
        $check::<2>();
        $check::<3>();
        $check::<7>();
        $check::<10>();
        $check::<24>();
        $check::<32>();
        $check::<100>();
        $check::<1000>();
    };
}

/// Numbers of every size, and those that the mean of a row was seen to miss.
fn constants() -> impl Iterator<Item = f32> {
    let mut random = Random::new(12);
    let drawn = (0..200).map(move |number| {
        let size = 10.0_f32.powi(number % 25 - 10);
        random.between(-1.0, 1.0) * size
    });
    [101_325.3, 1000.1, 123_456.7, -3e9, 0.1, 65_535.0].into_iter().chain(drawn)
}

#[test]
fn a_row_of_equal_numbers_becomes_zeros() {
    fn check<const N: usize>() {
        for constant in constants() {
            assert_eq!(normalized([constant; N]), [0.0; N], "{N} times {constant}");
        }
    }
    for_lengths!(check);
}

/// A row whose numbers are a few of its last digits apart.
fn nearly_constant<const N: usize>(random: &mut Random) -> [f32; N] {
    let constant = random.between(0.5, 2.0) * 10.0_f32.powi(random.bits() as i32 % 7);
    [(); N].map(|()| constant * (1.0 + random.between(0.0, 1e-6)))
}

/// Relative to the largest terms. What the first of two passes leaves grows with the length.
fn bound(length: usize) -> f64 {
    LAYER * (1.0 + length as f64 / 250.0)
}

#[test]
fn rows_that_hardly_differ_keep_their_digits() {
    fn check<const N: usize>() {
        let mut random = Random::new(N as u64);
        for _ in 0..50 {
            let row = nearly_constant::<N>(&mut random);
            for (found, exact) in normalized(row).into_iter().zip(exact(row).0) {
                assert!(distance(found, exact) <= bound(N), "{N}: {found}, expected {exact}");
            }
        }
    }
    for_lengths!(check);
}

/// One of 24 equal numbers of a barometer moves: (1 − 1/24) / √ε, and not a fifth of it.
#[test]
fn the_gradient_of_a_row_of_equal_numbers_is_exact() {
    let mut output_gradient = [0.0; 24];
    output_gradient[0] = 1.0;
    for constant in constants() {
        let gradient = input_gradient([constant; 24], output_gradient);
        let root = f64::from(1e-5_f32).sqrt();
        assert!((f64::from(gradient[0]) * root - 23.0 / 24.0).abs() <= LAYER, "{gradient:?}");
        assert!((f64::from(gradient[1]) * root + 1.0 / 24.0).abs() <= LAYER, "{gradient:?}");
    }
}

/// What is lost is measured against the terms: the scale times the spread of the output gradient.
#[test]
fn the_mean_of_the_output_gradient_is_taken_off_without_loss() {
    fn check<const N: usize>() {
        let mut random = Random::new(N as u64);
        for _ in 0..50 {
            let row = nearly_constant::<N>(&mut random);
            let output_gradient = nearly_constant::<N>(&mut random);
            let largest = |sum: f32, &x: &f32| sum.max((x - output_gradient[0]).abs());
            let spread = f64::from(output_gradient.iter().fold(0.0, largest));
            let bound = bound(N) * exact(row).1 * spread;
            let found = input_gradient(row, output_gradient);
            for (found, exact) in found.into_iter().zip(exact_gradient(row, output_gradient)) {
                let off = (f64::from(found) - exact).abs();
                assert!(off <= bound, "{N}: {found}, expected {exact}, bound {bound}");
            }
            assert_eq!(input_gradient(row, [1000.1; N]), [0.0; N], "{row:?}");
        }
    }
    for_lengths!(check);
}

/// A channel around a barometer's 101,325, another one that starts at 0, a third that never moves.
#[test]
fn statistics_far_from_zero_are_exact() {
    let mut random = Random::new(3);
    let mut statistics = Statistics::<3>::new();
    let mut all = [const { Vec::new() }; 3];
    for number in 0..5000 {
        let channels: [[f32; 2]; 3] = [
            [(); 2].map(|()| 101_325.3 + random.between(-0.1, 0.1)),
            [(); 2].map(|()| if number == 0 { 0.0 } else { random.between(1e6, 1.001e6) }),
            [1000.1; 2],
        ];
        statistics.add::<Rows<3, 2>>(&channels);
        for (all, channel) in all.iter_mut().zip(channels) {
            all.extend(channel.map(f64::from));
        }
    }
    for (channel, all) in all.iter().enumerate() {
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64;
        let (found, found_variance) = (statistics.mean()[channel], statistics.variance()[channel]);
        assert_eq!(found, mean as f32, "channel {channel}: {mean}");
        let off = (f64::from(found_variance) - variance).abs();
        assert!(off <= 1e-6 * variance, "channel {channel}: {found_variance}, exact {variance}");
    }
}

/// A variance that was not measured would be 0, and divided by √ε.
#[test]
fn statistics_of_one_number_or_none_are_an_error() {
    let mut statistics = Statistics::<2>::new();
    let error = |statistics: &Statistics<2>| statistics.layer().unwrap_err().to_string();
    assert_eq!(error(&statistics), "count is 0, but must be in [2, inf)");
    statistics.add::<Vector<2>>(&[3.0, -1.0]);
    assert_eq!(error(&statistics), "count is 1, but must be in [2, inf)");
    statistics.add::<Vector<2>>(&[3.5, -1.0]);
    assert_eq!(statistics.layer().map(|layer| *layer.variance()), Ok([0.0625, 0.0]));
    let mut one_series = Statistics::<1>::new();
    one_series.add::<Rows<1, 2>>(&[[1.0, 3.0]]);
    assert_eq!(one_series.layer().map(|layer| *layer.variance()), Ok([1.0]));
}
