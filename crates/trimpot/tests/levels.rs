//! Kernels have the same bits on every level that the processor has: of a program that is built for
//! the baseline (`cargo xtask instruction-sets`), so that none is left out but for want of a
//! processor.
//!
//! One test, in a program of its own: it sets the level of all. What it prints of each level,
//! `cargo xtask instruction-sets` reads.

use trimpot::batch::{self, classes, elementwise, overlap, rows};
use trimpot::lanes::{Kernel, Lanes, Level, Registers, f32x4, f32x8, f32x16};
use trimpot::loss::spec::{AnyRows, Elements, LossKind, OneRow, Several, Sums};
use trimpot::loss::{CrossEntropy, Elementwise, Overlap, TripletMargin};
use trimpot::shape::Rows;
use trimpot_testkit::inputs::{edge_cases, uniform};

/// What was computed, and the bits that came out.
type Outcomes = Vec<(String, Vec<u32>)>;

/// Fingerprints of all losses, spectra and layers, of as many samples as there are lanes.
struct Fingerprints;

impl Kernel for Fingerprints {
    type Output = Outcomes;
    #[inline(always)]
    fn run<V: Registers>(self) -> Outcomes {
        fingerprints::<V>()
    }
}

fn fingerprints<V: Lanes>() -> Outcomes {
    let mut all = Vec::new();
    trimpot_parity::fingerprints::<V>(&mut |name, row, print| {
        all.push((format!("{name} of {row}"), vec![print.value()]));
    })
    .unwrap();
    trimpot_parity::spectrum_fingerprints::<V>(&mut |name, frame, print| {
        all.push((format!("{name} of {frame}"), vec![print.value()]));
    })
    .unwrap();
    trimpot_parity::layer_fingerprints::<V>(&mut |name, prints| {
        all.push((name.to_owned(), prints.to_vec()));
    })
    .unwrap();
    all
}

/// The losses of a form that slices have a way in for.
trait OverSlices<L> {
    /// Returns value and gradient of some elements; none of losses that are not of elements.
    fn compute(loss: &L, predictions: &[f32], targets: &[f32]) -> Option<Vec<f32>>;
}

impl<L: Elementwise> OverSlices<L> for Elements {
    fn compute(loss: &L, predictions: &[f32], targets: &[f32]) -> Option<Vec<f32>> {
        let mut all = vec![0.0; predictions.len()];
        let value = elementwise::gradient(loss, predictions, targets, &mut all).unwrap();
        all.push(value);
        all.push(elementwise::value(loss, predictions, targets).unwrap());
        let mut mean = elementwise::Mean::over(predictions.len());
        mean.add_to(loss, predictions, targets, |piece| all.extend_from_slice(piece)).unwrap();
        Some(all)
    }
}

impl<L: Overlap> OverSlices<L> for Sums {
    fn compute(loss: &L, predictions: &[f32], targets: &[f32]) -> Option<Vec<f32>> {
        let mut all = vec![0.0; predictions.len()];
        let value = overlap::gradient(loss, predictions, targets, &mut all).unwrap();
        all.push(value);
        Some(all)
    }
}

impl<L> OverSlices<L> for OneRow {
    fn compute(_: &L, _: &[f32], _: &[f32]) -> Option<Vec<f32>> {
        None
    }
}

impl<L, const R: usize> OverSlices<L> for Several<R> {
    fn compute(_: &L, _: &[f32], _: &[f32]) -> Option<Vec<f32>> {
        None
    }
}

impl<L, const R: usize> OverSlices<L> for AnyRows<R> {
    fn compute(_: &L, _: &[f32], _: &[f32]) -> Option<Vec<f32>> {
        None
    }
}

/// How many elements: fewer than a vector has, about as many as a stride and a block, and several
/// blocks, strides, and a rest.
const LENGTHS: [usize; 12] =
    [1, 3, 7, 8, 9, 63, 64, 65, 1023, batch::BLOCK, 1025, 3 * batch::BLOCK + 77];

/// The bits of a number. A NaN is a NaN, but its sign and payload are the processor's.
fn bits(number: &f32) -> u32 {
    if number.is_nan() { f32::NAN.to_bits() } else { number.to_bits() }
}

/// Losses over slices and rows, on the level that the program is on.
fn slices(predictions: &[f32], targets: &[f32]) -> Outcomes {
    let length = predictions.len();
    let mut all = Vec::new();
    let mut note = |what: &str, numbers: &[f32]| {
        all.push((format!("{what} of {length}"), numbers.iter().map(bits).collect()));
    };
    macro_rules! losses {
        ($($name:ident: $loss:ty;)*) => {$(
            let loss = <$loss>::default();
            let computed = <$loss as LossKind>::Form::compute(&loss, predictions, targets);
            if let Some(computed) = computed {
                note(stringify!($name), &computed);
            }
        )*};
    }
    trimpot::for_each_loss!(losses);

    let count = length / 10;
    let labels: Vec<u32> = (0..count as u32).map(|row| row % 11).collect();
    let logits = &predictions.as_chunks::<10>().0[..count];
    let (mut gradient, mut values) = (vec![[0.0; 10]; count], vec![0.0; count]);
    rows::gradient(&CrossEntropy::new(), logits, &labels, &mut gradient, &mut values).unwrap();
    note("rows", &[gradient.as_flattened(), &values].concat());

    let triplets: Vec<[[f32; 4]; 3]> = predictions
        .as_chunks::<12>()
        .0
        .iter()
        .map(|row| *row.as_chunks().0.as_array().unwrap())
        .collect();
    let (mut gradient, mut values) = (triplets.clone(), vec![0.0; triplets.len()]);
    let loss = TripletMargin::default();
    let nothing = vec![(); triplets.len()];
    rows::gradient_of::<Rows<3, 4>, _>(&loss, &triplets, &nothing, &mut gradient, &mut values)
        .unwrap();
    note("rows of triplets", &[gradient.as_flattened().as_flattened(), &values].concat());

    let (mut gradient, mut values) = (vec![0.0; length], [0.0]);
    classes::gradient(&CrossEntropy::new(), length, predictions, &[7], &mut gradient, &mut values)
        .unwrap();
    note("classes", &[&gradient[..], &values].concat());
    note("sum", &[batch::mean(predictions)]);
    all
}

/// [`slices`] of every length: of probabilities, and of numbers of all kinds.
fn all_slices() -> Outcomes {
    let edges: Vec<f32> = edge_cases().collect();
    let mut random = uniform(3, 0.0, edges.len() as f32, usize::MAX);
    let mut edge = || edges[random.next().unwrap() as usize % edges.len()];
    let of_length = LENGTHS.into_iter().flat_map(|length| {
        let [predictions, targets] =
            [1, 2].map(|seed| uniform(seed, 0.0, 1.0, length).collect::<Vec<_>>());
        let mut all = slices(&predictions, &targets);
        assert!(
            all.iter().flat_map(|(_, bits)| bits).all(|&bits| f32::from_bits(bits).is_finite())
        );
        let logits: Vec<f32> = uniform(4, -5.0, 5.0, length).collect();
        all.extend(slices(&logits, &targets));
        let [predictions, targets] =
            [0, 1].map(|_| (0..length).map(|_| edge()).collect::<Vec<_>>());
        all.extend(slices(&predictions, &targets));
        all
    });
    of_length.collect()
}

#[test]
fn every_level_has_the_bits_of_the_baseline() {
    let mut baseline: Option<Outcomes> = None;
    for level in Level::ALL {
        if !level.is_available() {
            let why = if level < Level::BUILT { "built for more" } else { "no such processor" };
            println!("level {level}: NOT RUN, {why}");
            continue;
        }
        assert_eq!(level.limit(), level);
        assert_eq!(Level::current(), level);
        let slices = all_slices();
        assert_eq!(baseline.get_or_insert_with(|| slices.clone()), &slices, "{level}");

        // Every lane has samples of its own, so those of vectors of as many lanes are the same.
        let expected = match level.lanes() {
            1 => fingerprints::<f32>(),
            4 => fingerprints::<f32x4>(),
            8 => fingerprints::<f32x8>(),
            _ => fingerprints::<f32x16>(),
        };
        let found = level.run(Fingerprints);
        assert_eq!(found, expected, "{level}");
        let (found, slices) = (found.len(), slices.len());
        println!("level {level}: {found} fingerprints, {slices} of losses over slices");
    }
    // All losses of elements and of masks, over rows and classes, and the sum.
    let computed = baseline.unwrap();
    let once = computed.iter().filter(|(name, _)| name.ends_with(" of 1")).count();
    assert!(once >= 3 * 24, "{once}");
}
