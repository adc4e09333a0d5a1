//! Augmented images are SciPy's, move by the conventions that are documented, and have the same bits
//! in every width.

use trimpot::augment::{Affine, RandomAffine, add_noise, random_gain};
use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::random::{Noise, Random};
use trimpot::spec::Dims;
use trimpot_testkit::augment_golden::{Case, parse};

const GOLDEN: &str = include_str!("golden/augment.jsonl");

/// By how much a value may be off, of images of numbers in [0, 1]: by the bound that is documented
/// along both axes, and the digits that golden values have.
fn tolerance(case: &Case) -> f64 {
    let [_, height, width] = case.sizes;
    let along_an_axis = 5e-7 * f64::from(height.max(width)) / f64::from(case.factor.min(1.0));
    2.0 * along_an_axis + 6e-7
}

fn affine(case: &Case) -> Affine<f32> {
    Affine::new(case.degrees, case.factor, case.shift, case.signs)
}

fn dims(case: &Case) -> Dims {
    let [channels, height, width] = case.sizes;
    Dims::image(channels, height, width)
}

/// What a map makes of an image of one channel.
fn sampled(map: Affine<f32>, height: u32, width: u32, image: &[f32]) -> Vec<f32> {
    let mut output = vec![f32::NAN; image.len()];
    map.sample(Dims::image(1, height, width), |_| image, &mut output);
    output
}

const NO_SHIFT: [f32; 2] = [0.0; 2];
const NO_MIRROR: [f32; 2] = [1.0; 2];

fn turned(degrees: f32) -> Affine<f32> {
    Affine::new(degrees, 1.0, NO_SHIFT, NO_MIRROR)
}

#[test]
fn images_are_those_of_scipy() {
    let cases = parse(GOLDEN);
    assert_eq!(cases.len(), 51);
    for case in cases {
        let mut output = vec![f32::NAN; case.image.len()];
        affine(&case).sample(dims(&case), |_| &case.image, &mut output);
        for (&found, expected) in output.iter().zip(&case.result) {
            let distance = (f64::from(found) - expected).abs();
            assert!(distance <= tolerance(&case), "{found}, expected {expected}: {case:?}");
        }
    }
}

/// A sequence is an image of one row, to the bit.
#[test]
fn a_sequence_moves_in_time() {
    let mut random = Random::new(1);
    let series: Vec<f32> = (0..2 * 9).map(|_| random.normal()).collect();
    let map = Affine::new(0.0, 1.2, [0.75, 3.0], [-1.0, 1.0]);
    let [mut sequence, mut image] = [[f32::NAN; 18]; 2];
    map.sample(Dims::rows(2, 9), |_| &series, &mut sequence);
    map.sample(Dims::image(2, 1, 9), |_| &series, &mut image);
    assert_eq!(sequence, image);
    let golden = parse(GOLDEN).into_iter().find(|case| case.sizes == [2, 1, 9]);
    golden.expect("there is a sequence among them");
}

#[test]
fn nothing_drawn_changes_nothing() {
    let mut random = Random::new(2);
    let image: Vec<f32> = (0..35).map(|_| random.normal()).collect();
    let map = RandomAffine::new().draw(Noise::<f32>::new(3));
    assert_eq!(sampled(map, 5, 7, &image), image);
}

#[test]
fn quarter_turns_and_flips_are_exact_and_go_as_documented() {
    let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let of = |map| sampled(map, 3, 3, &image);
    // Counter-clockwise: the right column is the upper row then.
    assert_eq!(of(turned(90.0)), [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0]);
    assert_eq!(of(turned(-90.0)), [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0]);
    assert_eq!(of(turned(180.0)), [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    let mirrored = |signs| of(Affine::new(0.0, 1.0, NO_SHIFT, signs));
    assert_eq!(mirrored([-1.0, 1.0]), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]);
    assert_eq!(mirrored([1.0, -1.0]), [7.0, 8.0, 9.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
    let shifted = |shift| of(Affine::new(0.0, 1.0, shift, NO_MIRROR));
    assert_eq!(shifted([1.0, 0.0]), [0.0, 1.0, 2.0, 0.0, 4.0, 5.0, 0.0, 7.0, 8.0]);
    assert_eq!(shifted([0.0, -1.0]), [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0, 0.0, 0.0]);
    // Mirrored first, then turned, then shifted.
    let all = Affine::new(90.0, 1.0, [1.0, 0.0], [-1.0, 1.0]);
    assert_eq!(of(all), [0.0, 1.0, 4.0, 0.0, 2.0, 5.0, 0.0, 3.0, 6.0]);
}

/// A factor above 1 makes larger, and what lies outside of the image is 0.
#[test]
fn scaling_is_about_the_centre() {
    let image = [0.0, 0.0, 8.0, 0.0, 0.0];
    let scaled = |factor| sampled(Affine::new(0.0, factor, NO_SHIFT, NO_MIRROR), 1, 5, &image);
    assert_eq!(scaled(2.0), [0.0, 4.0, 8.0, 4.0, 0.0]);
    let ones = sampled(Affine::new(0.0, 0.5, NO_SHIFT, NO_MIRROR), 1, 5, &[1.0; 5]);
    assert_eq!(ones, [0.0, 1.0, 1.0, 1.0, 0.0]);
}

/// Every number that maps are made of, out of images: a single pixel says how it moved.
#[test]
fn what_is_drawn_fills_its_range() {
    let at = |ranges: RandomAffine, seed| {
        let map = ranges.draw(Noise::<f32>::new(seed));
        // The columns' numbers, so that the middle of the result says where it comes from.
        let ramp: Vec<f32> = (0..21).map(|column| column as f32 - 10.0).collect();
        let output = sampled(map, 1, 21, &ramp);
        [output[10], output[15]]
    };
    let shifts = RandomAffine::new().with_shift(2.0).unwrap();
    let flips = RandomAffine::new().with_flip();
    let scales = RandomAffine::new().with_scale(0.25).unwrap();
    let (mut smallest, mut largest, mut mirrored) = ([f32::MAX; 2], [f32::MIN; 2], 0);
    for seed in 0..2000 {
        let [shift, _] = at(shifts, seed);
        let [_, column] = at(scales, seed);
        for (found, (smallest, largest)) in
            [shift, 5.0 / column].into_iter().zip(smallest.iter_mut().zip(&mut largest))
        {
            *smallest = smallest.min(found);
            *largest = largest.max(found);
        }
        mirrored += u32::from(at(flips, seed)[1] < 0.0);
    }
    let near = |found: f32, expected: f32| (found - expected).abs() <= 0.01;
    assert!(near(smallest[0], -2.0) && near(largest[0], 2.0), "{smallest:?} {largest:?}");
    assert!(near(smallest[1], 0.75) && near(largest[1], 1.25), "{smallest:?} {largest:?}");
    // 1,000 expected, with a standard deviation of 22.
    assert!((890..1110).contains(&mirrored), "{mirrored}");
}

#[test]
fn ranges_are_checked() {
    let new = RandomAffine::new();
    assert!(new.with_rotation(180.0).is_ok() && new.with_rotation(180.5).is_err());
    assert!(new.with_rotation(-1.0).is_err() && new.with_rotation(f32::NAN).is_err());
    assert!(new.with_scale(0.99).is_ok() && new.with_scale(1.0).is_err());
    assert!(new.with_shift(f32::INFINITY).is_err() && new.with_shift(-0.5).is_err());
}

/// Every lane of every width.
#[test]
fn a_sample_has_the_same_bits_in_every_width() {
    const SAMPLES: usize = 16;
    let ranges = RandomAffine::new().with_rotation(40.0).unwrap().with_scale(0.3).unwrap();
    let ranges = ranges.with_shift(2.0).unwrap().with_flip().with_vertical_flip();
    let dims = Dims::image(2, 5, 7);
    let mut random = Random::new(5);
    let rows: Vec<Vec<f32>> =
        (0..SAMPLES).map(|_| (0..dims.count()).map(|_| random.normal()).collect()).collect();
    fn augmented<V: Lanes>(ranges: RandomAffine, dims: Dims, rows: &[Vec<f32>]) -> Vec<Vec<u32>> {
        let block = |(block, rows): (usize, &[Vec<f32>])| {
            let seeds = Bits::from_fn(|lane| (block * V::LANES + lane) as u32 * 99);
            let noise = Noise::<V>::new(seeds);
            let mut output = vec![V::ZERO; dims.count()];
            ranges.draw(noise).sample(dims, |lane| &rows[lane], &mut output);
            random_gain(noise, 0.25, &mut output);
            add_noise(noise.next_layer(), 0.5, &mut output);
            let lane = |lane: usize| {
                output.iter().map(|value| value.to_array().as_ref()[lane].to_bits()).collect()
            };
            (0..V::LANES).map(lane).collect::<Vec<_>>()
        };
        rows.chunks(V::LANES).enumerate().flat_map(block).collect()
    }
    let scalar = augmented::<f32>(ranges, dims, &rows);
    assert_eq!(augmented::<f32x4>(ranges, dims, &rows), scalar);
    assert_eq!(augmented::<f32x8>(ranges, dims, &rows), scalar);
    assert_eq!(augmented::<f32x16>(ranges, dims, &rows), scalar);
}

/// Nothing of this panics, whatever comes.
#[test]
fn odd_sizes_and_numbers_give_something() {
    let rows: [&[f32]; 3] = [&[], &[1.0], &[f32::NAN; 6]];
    for dims in [Dims::image(0, 3, 3), Dims::image(2, 0, 3), Dims::image(2, 3, 0), Dims::vector(6)]
    {
        for row in rows {
            for number in [0.0, -1.0, 1e30, f32::INFINITY, f32::NAN] {
                let map = Affine::new(number, number, [number; 2], [number; 2]);
                let mut output = [0.0; 6];
                map.sample(dims, |_| row, &mut output);
            }
        }
    }
    let mut output = [5.0; 2];
    turned(0.0).sample(Dims::image(1, 2, 2), |_| &[1.0, 2.0, 3.0, 4.0], &mut output);
    assert_eq!(output, [1.0, 2.0]);
}
