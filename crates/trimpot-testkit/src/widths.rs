//! One kernel in all four widths.

use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};

/// A function of one number, written once for every width.
///
/// A trait and not a closure: a closure cannot be generic over [`Lanes`].
pub trait Kernel {
    /// Returns the result in each lane.
    fn run<V: Lanes>(&self, x: V) -> V;
}

/// Returns whether two results count as the same: equal bits, or both NaN, whose sign and payload
/// are the processor's.
#[must_use]
pub fn same_bits(left: f32, right: f32) -> bool {
    left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
}

/// Returns the results for all of `inputs`, in order; the last vector is filled up with ones.
pub fn map<V: Lanes>(kernel: &impl Kernel, inputs: &[f32]) -> Vec<f32> {
    let mut results = Vec::with_capacity(inputs.len() + V::LANES);
    for block in inputs.chunks(V::LANES) {
        let x = V::from_fn(|lane| block.get(lane).copied().unwrap_or(1.0));
        results.extend_from_slice(&kernel.run(x).to_array().as_ref()[..block.len()]);
    }
    results
}

/// Returns the first input whose result in some width has other bits than in `f32`:
/// lanes, input, result in `f32`, result in that width.
#[must_use]
pub fn first_difference(kernel: &impl Kernel, inputs: &[f32]) -> Option<(usize, f32, f32, f32)> {
    let scalar = map::<f32>(kernel, inputs);
    [
        (4, map::<f32x4>(kernel, inputs)),
        (8, map::<f32x8>(kernel, inputs)),
        (16, map::<f32x16>(kernel, inputs)),
    ]
    .into_iter()
    .find_map(|(lanes, wide)| {
        let at = (0..inputs.len()).find(|&i| !same_bits(scalar[i], wide[i]))?;
        Some((lanes, inputs[at], scalar[at], wide[at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Square;
    impl Kernel for Square {
        fn run<V: Lanes>(&self, x: V) -> V {
            x * x
        }
    }

    struct DiffersInEight;
    impl Kernel for DiffersInEight {
        fn run<V: Lanes>(&self, x: V) -> V {
            if V::LANES == 8 { x + V::ONE } else { x }
        }
    }

    #[test]
    fn every_input_gets_its_own_result() {
        let inputs: Vec<f32> = (0..21u8).map(f32::from).collect();
        let squares: Vec<f32> = inputs.iter().map(|x| x * x).collect();
        assert_eq!(map::<f32x8>(&Square, &inputs), squares);
        assert_eq!(map::<f32>(&Square, &inputs), squares);
        assert_eq!(first_difference(&Square, &inputs), None);
    }

    #[test]
    fn a_width_that_differs_is_found() {
        let found = first_difference(&DiffersInEight, &[f32::INFINITY, 3.0]);
        assert_eq!(found, Some((8, 3.0, 3.0, 4.0)));
    }

    #[test]
    fn zeros_differ_by_sign_and_nans_do_not() {
        assert!(!same_bits(0.0, -0.0));
        assert!(same_bits(f32::NAN, -f32::NAN));
        assert!(!same_bits(f32::NAN, 1.0));
    }
}
