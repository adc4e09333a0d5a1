//! Losses over slices and rows: the same numbers as sample by sample, for every length.

use trimpot::batch::{self, LengthError, classes, elementwise, overlap, rows};
use trimpot::lanes::{RowMajor, f32x4, f32x8, f32x16};
use trimpot::loss::spec::{AnyRows, Elements, LossKind, OneRow, Several, Sums};
use trimpot::loss::{
    BinaryCrossEntropyWithLogits, CrossEntropy, Dice, Elementwise, Loss, MeanSquaredError, Overlap,
    SliceLoss, SoftCrossEntropy, Target, TripletMargin, Values,
};
use trimpot::shape::{Rows, Shape, Vector};
use trimpot_testkit::inputs::{Random, edge_cases, uniform};
use trimpot_testkit::oracle;
use trimpot_testkit::precision::LOSS;
use trimpot_testkit::widths::same_bits;

/// Around every boundary: of a vector, a stride, a block.
const LENGTHS: [usize; 16] =
    [1, 2, 15, 16, 17, 63, 64, 65, 127, 129, 1000, 1023, 1024, 1025, 2048, 5001];

/// A number that no kernel writes: what is behind a gradient stays as it is.
const UNTOUCHED: f32 = 12_345.0;

fn numbers(seed: u64, low: f32, high: f32, count: usize) -> Vec<f32> {
    uniform(seed, low, high, count).collect()
}

fn assert_same(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        assert!(same_bits(found, expected), "{what}, {i}: {found:e} {expected:e}");
    }
}

/// The mean in `f64` over values of single elements, and the gradient as a block of one element has
/// it, shared out.
fn one_by_one<L: Elementwise>(loss: &L, p: &[f32], t: &[f32]) -> (f64, Vec<f32>) {
    let share = 1.0 / p.len() as f32;
    let each: Vec<(f32, f32)> =
        p.iter().zip(t).map(|(&p, &t)| loss.value_and_derivative(p, t)).collect();
    let sum: f64 = each.iter().map(|&(value, _)| f64::from(value)).sum();
    (sum / p.len() as f64, each.iter().map(|&(_, derivative)| derivative * share).collect())
}

/// The losses of a form that slices have a way in for.
trait OverSlices<L> {
    /// Compares a loss over slices with its single elements, or with arrays.
    fn check(loss: &L, name: &str);
}

/// Numbers that a loss takes as predictions.
fn predictions<L: LossKind>(loss: &L, seed: u64, count: usize) -> Vec<f32> {
    let low = if loss.outputs().holds(-4.0) { -4.0 } else { 0.0 };
    let high = if loss.outputs().holds(4.0) { 4.0 } else { 1.0 };
    numbers(seed, low, high, count)
}

impl<L: Elementwise + LossKind> OverSlices<L> for Elements {
    fn check(loss: &L, name: &str) {
        for length in LENGTHS {
            let (p, t) = (predictions(loss, 1, length), numbers(2, 0.0, 1.0, length));
            let (expected, gradients) = one_by_one(loss, &p, &t);
            let mut gradient = vec![UNTOUCHED; length];
            let value = elementwise::gradient(loss, &p, &t, &mut gradient).unwrap();
            let what = format!("{name}, {length} elements");
            assert!((f64::from(value) - expected).abs() <= LOSS * expected.max(1.0), "{what}");
            assert_same(&gradient, &gradients, &what);
            assert_eq!(elementwise::value(loss, &p, &t), Ok(value), "{what}");

            // In pieces: handed over, and read at odd addresses.
            let mut mean = elementwise::Mean::over(length);
            let mut written = Vec::new();
            mean.add_to(loss, &p, &t, |piece| written.extend_from_slice(piece)).unwrap();
            assert!(same_bits(mean.value(), value), "{what}");
            assert_same(&written, &gradients, &what);
            let mut moved = vec![UNTOUCHED; length + 2];
            let p_moved = [&[0.0], &p[..]].concat();
            let again = elementwise::gradient(loss, &p_moved[1..], &t, &mut moved[1..=length]);
            assert!(same_bits(again.unwrap(), value), "{what}");
            assert_eq!([moved[0], moved[length + 1]], [UNTOUCHED; 2], "{what}");
        }
    }
}

impl<L: Overlap + SliceLoss<Target = Values>> OverSlices<L> for Sums {
    fn check(loss: &L, name: &str) {
        for length in [1, 15, 16, 17, 64, 65, 100, 1024, 1025, 1500] {
            let (p, t) = (numbers(6, 0.0, 1.0, length), numbers(7, 0.0, 1.0, length));
            let (mut expected, mut found) = (vec![0.0; length], vec![UNTOUCHED; length]);
            let value = loss.slice_gradient::<f32>(&p, &t, &mut expected);
            let slices = overlap::gradient(loss, &p, &t, &mut found).unwrap();
            let what = format!("{name} of {length}");
            assert!((value - slices).abs() <= LOSS as f32, "{what}: {slices} {value}");
            let scale = expected.iter().fold(0.0_f32, |scale, one| scale.max(one.abs()));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= LOSS as f32 * scale, "{what}");
            }
        }
    }
}

impl<L> OverSlices<L> for OneRow {
    fn check(_: &L, _: &str) {}
}

impl<L, const R: usize> OverSlices<L> for Several<R> {
    fn check(_: &L, _: &str) {}
}

impl<L, const R: usize> OverSlices<L> for AnyRows<R> {
    fn check(_: &L, _: &str) {}
}

#[test]
fn losses_over_slices_are_those_of_their_elements_and_arrays() {
    fn check<L: LossKind<Form: OverSlices<L>>>(name: &str) {
        L::Form::check(&L::default(), name);
        L::Form::check(&L::with_other_settings().unwrap(), &format!("{name}, configured"));
    }
    macro_rules! check {
        ($($name:ident: $loss:ty;)*) => {$( check::<$loss>(stringify!($name)); )*};
    }
    trimpot::for_each_loss!(check);
}

#[test]
fn elementwise_losses_over_slices_have_the_gradient_of_arrays_at_edges_too() {
    let edges: Vec<f32> = edge_cases().collect();
    let (p, t) = (edges.as_chunks::<64>().0, numbers(3, 0.0, 1.0, 64));
    let t: &[f32; 64] = t.as_array().unwrap();
    for p in p {
        let (mut expected, mut found) = ([0.0; 64], [0.0; 64]);
        let loss = BinaryCrossEntropyWithLogits::default();
        loss.gradient::<f32>(p, t, &mut expected);
        elementwise::gradient(&loss, p, t, &mut found).unwrap();
        assert_same(&found, &expected, "edges");
    }
}

/// 16 Mi numbers near one tenth, whose roundings all fall alike in a plain sum.
#[test]
fn sums_stay_accurate_however_long_they_are() {
    for length in [100_000, 1 << 24] {
        let numbers = numbers(5, 0.0, 0.2, length);
        let exact: f64 = numbers.iter().map(|&x| f64::from(x)).sum();
        let error = (batch::sum(&numbers) - exact).abs() / exact;
        assert!(error <= 1.3e-6, "{length}: {error:e}");
        let zeros = vec![0.0; length];
        let value =
            elementwise::value(&trimpot::loss::MeanAbsoluteError, &numbers, &zeros).unwrap();
        let error = (f64::from(value) * length as f64 - exact).abs() / exact;
        assert!(error <= 1.3e-6 + 6e-8, "{length}: {error:e}");
    }
    assert!(batch::mean(&[]).is_nan());
}

#[test]
fn an_overlap_of_a_million_elements_is_exact_to_rounding() {
    let count = 1 << 20;
    let (p, t) = (numbers(8, 0.0, 1.0, count), numbers(9, 0.0, 1.0, count));
    let pairs = || p.iter().zip(&t).map(|(&p, &t)| (f64::from(p), f64::from(t)));
    let common: f64 = pairs().map(|(p, t)| p * t).sum();
    let (ratio, all) = {
        let all = pairs().map(|(p, t)| p + t).sum::<f64>() + 1.0;
        ((2.0 * common + 1.0) / all, all)
    };
    let mut gradient = vec![0.0; count];
    let value = overlap::gradient(&Dice::default(), &p, &t, &mut gradient).unwrap();
    assert!((f64::from(value) - (1.0 - ratio)).abs() <= LOSS);
    for (&found, &t) in gradient.iter().zip(&t) {
        let expected = (ratio - 2.0 * f64::from(t)) / all;
        assert!((f64::from(found) - expected).abs() <= 3e-7 * 2.0 / all);
    }
}

/// Every row by itself, with `f32`.
fn rows_one_by_one<P, L>(
    loss: &L,
    predictions: &[P::Values<f32>],
    targets: &[<L::Target as Target>::Values<f32>],
) -> (Vec<f32>, Vec<f32>)
where
    P: Shape,
    L: Loss<P>,
{
    let (mut values, mut gradients) = (Vec::new(), Vec::new());
    for (prediction, target) in predictions.iter().zip(targets) {
        let mut gradient = P::zeros::<f32>();
        values.push(loss.gradient::<f32>(prediction, target, &mut gradient));
        gradients.extend_from_slice(P::flat::<f32>(&gradient));
    }
    (values, gradients)
}

fn rows_of<const N: usize>(seed: u64, low: f32, high: f32, count: usize) -> Vec<[f32; N]> {
    numbers(seed, low, high, count * N).as_chunks().0.to_vec()
}

fn labels(classes: u32, count: usize) -> Vec<u32> {
    let mut random = Random::new(10);
    // Some are none.
    (0..count).map(|_| random.bits() as u32 % (classes + 1)).collect()
}

#[test]
fn rows_have_the_very_bits_of_single_samples() {
    fn check<const N: usize>() {
        for count in [1, 3, 8, 15, 16, 17, 33, 100] {
            let what = format!("{count} rows of {N}");
            let (logits, labels) = (rows_of::<N>(11, -9.0, 9.0, count), labels(N as u32, count));
            let smooth = CrossEntropy::new().with_label_smoothing(0.1).unwrap();
            for loss in [CrossEntropy::new(), smooth] {
                let (values, gradients) = rows_one_by_one::<Vector<N>, _>(&loss, &logits, &labels);
                let (mut g, mut v) = (vec![[UNTOUCHED; N]; count], vec![UNTOUCHED; count]);
                rows::gradient(&loss, &logits, &labels, &mut g, &mut v).unwrap();
                assert_same(&v, &values, &what);
                assert_same(g.as_flattened(), &gradients, &what);
            }
            let targets = rows_of::<N>(12, 0.0, 1.0, count);
            let loss = 0.25 * SoftCrossEntropy;
            let (values, gradients) = rows_one_by_one::<Vector<N>, _>(&loss, &logits, &targets);
            let (mut g, mut v) = (vec![[UNTOUCHED; N]; count], vec![UNTOUCHED; count]);
            rows::gradient(&loss, &logits, &targets, &mut g, &mut v).unwrap();
            assert_same(&v, &values, &what);
            assert_same(g.as_flattened(), &gradients, &what);
        }
    }
    check::<1>();
    check::<2>();
    check::<5>();
    check::<7>();
    check::<8>();
    check::<9>();
    check::<10>();
    check::<16>();
    check::<21>();
}

#[test]
fn rows_of_several_vectors_are_taken_as_well() {
    let triplets: Vec<[[f32; 9]; 3]> = rows_of::<27>(13, -1.0, 1.0, 21)
        .iter()
        .map(|row| *row.as_chunks().0.as_array().unwrap())
        .collect();
    let (loss, nothing) = (TripletMargin::default(), [(); 21]);
    let (values, gradients) = rows_one_by_one::<Rows<3, 9>, _>(&loss, &triplets, &nothing);
    let (mut g, mut v) = (vec![[[UNTOUCHED; 9]; 3]; 21], vec![UNTOUCHED; 21]);
    rows::gradient_of::<Rows<3, 9>, _>(&loss, &triplets, &nothing, &mut g, &mut v).unwrap();
    assert_same(&v, &values, "triplets");
    assert_same(g.as_flattened().as_flattened(), &gradients, "triplets");
}

#[test]
fn transposition_puts_each_row_into_its_lane_and_back_in_every_width() {
    fn check<V: RowMajor, const N: usize>() {
        for count in [1, V::LANES - V::LANES / 2, V::LANES] {
            let rows = rows_of::<N>(14, -1.0, 1.0, count);
            let lanes = V::from_rows::<Vector<N>>(&rows);
            for (column, lanes) in lanes.iter().enumerate() {
                for (lane, &found) in lanes.to_array().as_ref().iter().enumerate() {
                    assert_eq!(found, rows[lane.min(count - 1)][column], "{N} {lane} {column}");
                }
            }
            let mut back = vec![[UNTOUCHED; N]; count];
            V::to_rows::<Vector<N>>(&lanes, &mut back);
            assert_eq!(back, rows);
        }
    }
    macro_rules! check {
        ($($length:literal)*) => {$(
            check::<f32, $length>();
            check::<f32x4, $length>();
            check::<f32x8, $length>();
            check::<f32x16, $length>();
        )*};
    }
    check!(1 3 4 7 8 9 10 16 17 31);
}

/// Softmax cross-entropy of a row in `f64`: value and gradient.
fn cross_entropy(logits: &[f32], label: usize, smoothing: f64) -> (f64, Vec<f64>) {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let e: Vec<f64> =
        logits.iter().map(|&z| oracle::exp(f64::from(z) - f64::from(largest))).collect();
    let sum: f64 = e.iter().sum();
    let share =
        |j: usize| smoothing / logits.len() as f64 + if j == label { 1.0 - smoothing } else { 0.0 };
    let neg_log_prob = |z: f32| f64::from(largest) - f64::from(z) + oracle::ln(sum);
    let value = logits.iter().enumerate().map(|(j, &z)| share(j) * neg_log_prob(z)).sum();
    (value, e.iter().enumerate().map(|(j, e)| e / sum - share(j)).collect())
}

#[test]
fn many_classes_are_softmax_cross_entropy() {
    for (classes, scale) in
        [(1, 4.0), (2, 4.0), (17, 80.0), (100, 4.0), (1000, 4.0), (1025, 1e4), (5003, 20.0)]
    {
        let rows = 5;
        let logits = numbers(15, -scale, scale, rows * classes);
        let labels: Vec<u32> = (0..rows).map(|row| (row * 7919 % classes) as u32).collect();
        for smoothing in [0.0_f32, 0.1] {
            let loss = CrossEntropy::new().with_label_smoothing(smoothing).unwrap();
            let (mut g, mut v) = (vec![UNTOUCHED; rows * classes], vec![UNTOUCHED; rows]);
            classes::gradient(&loss, classes, &logits, &labels, &mut g, &mut v).unwrap();
            for (row, logits) in logits.chunks(classes).enumerate() {
                let what = format!("{classes} classes, smoothing {smoothing}, row {row}");
                let (value, gradients) =
                    cross_entropy(logits, labels[row] as usize, f64::from(smoothing));
                let error = (f64::from(v[row]) - value).abs();
                assert!(error <= LOSS * value.max(1.0), "{what}: {error:e}");
                for (&found, expected) in g[row * classes..].iter().zip(gradients) {
                    assert!((f64::from(found) - expected).abs() <= 3e-7, "{what}");
                }
            }
        }
    }
}

#[test]
fn many_classes_ignore_labels_and_keep_infinities_and_nan() {
    let classes = 70;
    let mut logits = vec![0.5; 4 * classes];
    logits[5] = f32::NEG_INFINITY;
    logits[3 * classes + 69] = f32::NAN;
    let labels = [0, 70, u32::MAX, 1];
    let (mut g, mut v) = (vec![UNTOUCHED; 4 * classes], [UNTOUCHED; 4]);
    let loss = 2.0 * CrossEntropy::new();
    classes::gradient(&loss, classes, &logits, &labels, &mut g, &mut v).unwrap();
    assert!((v[0] - 2.0 * 69f32.ln()).abs() <= 1e-5);
    assert_eq!((g[5], v[1], v[2]), (0.0, 0.0, 0.0));
    assert!(g[classes..3 * classes].iter().all(|&derivative| derivative == 0.0));
    assert!(v[3].is_nan() && g[3 * classes..].iter().all(|derivative| derivative.is_nan()));
}

#[test]
fn lengths_that_differ_are_errors_and_nothing_is_written() {
    let mut g = [UNTOUCHED; 3];
    let wrong = |slice, found, expected| Err(LengthError { slice, found, expected });
    let (three, two) = ([1.0; 3], [1.0; 2]);
    assert_eq!(
        elementwise::gradient(&MeanSquaredError, &three, &two, &mut g).map(drop),
        wrong("targets", 2, 3)
    );
    assert_eq!(
        elementwise::gradient(&MeanSquaredError, &two, &two, &mut g).map(drop),
        wrong("gradient", 3, 2)
    );
    assert_eq!(
        overlap::gradient(&Dice::default(), &three, &two, &mut g).map(drop),
        wrong("targets", 2, 3)
    );
    assert_eq!(
        overlap::gradient(&Dice::default(), &two, &two, &mut g).map(drop),
        wrong("gradient", 3, 2)
    );
    assert_eq!(
        classes::gradient(&CrossEntropy::new(), 2, &three, &[1], &mut g, &mut [0.0]),
        wrong("logits", 3, 2)
    );
    let (mut rows_g, mut v) = ([[UNTOUCHED; 3]], [UNTOUCHED]);
    assert_eq!(
        rows::gradient(&CrossEntropy::new(), &[three], &[1, 2], &mut rows_g, &mut v),
        wrong("targets", 2, 1)
    );
    assert_eq!(
        rows::gradient(&CrossEntropy::new(), &[three], &[1], &mut rows_g, &mut []),
        wrong("values", 0, 1)
    );
    assert_eq!((g, rows_g, v), ([UNTOUCHED; 3], [[UNTOUCHED; 3]], [UNTOUCHED]));
}

#[test]
fn nothing_comes_of_nothing() {
    assert!(elementwise::gradient(&MeanSquaredError, &[], &[], &mut []).unwrap().is_nan());
    assert_eq!(rows::gradient::<_, 3>(&CrossEntropy::new(), &[], &[], &mut [], &mut []), Ok(()));
    assert_eq!(classes::gradient(&CrossEntropy::new(), 9, &[], &[], &mut [], &mut []), Ok(()));
    let mut value = [UNTOUCHED];
    assert_eq!(classes::gradient(&CrossEntropy::new(), 0, &[], &[3], &mut [], &mut value), Ok(()));
    assert_eq!(value, [0.0]);
}
