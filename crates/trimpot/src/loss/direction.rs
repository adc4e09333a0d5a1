//! Where a vector points, and how long it is: what the losses on angles and distances share.
//!
//! Squares of `f32` overflow from 2⁶⁴ on, and vanish below 2⁻⁷⁵. Where their sum tells of either,
//! the vector is brought to the size of 1 by a power of two, which rounds nothing, and its squares
//! are summed once more: the angle between two vectors of 10⁻⁴⁰ is as good as any. That hardly ever
//! happens, and all others need one pass. (Rejected: looking for the largest number first, always,
//! which is a second pass and a product for each number.)

use crate::lanes::{Bits, Lanes, Mask};
use crate::math;

/// Sums of squares from here (2⁻⁹⁶) to there (2¹²⁰) are right: what is too small to be squared is
/// not missed beside them.
const IN_RANGE: [f32; 2] = [f32::from_bits(0x0f80_0000), f32::from_bits(0x7b80_0000)];

/// Reciprocals of lengths stop here (2¹²⁰), so that gradients of tiny vectors stay finite.
pub(super) const STEEPEST: f32 = f32::from_bits(0x7b80_0000);

/// The length of a vector, and what turns its numbers into those of its direction.
#[derive(Clone, Copy)]
pub(super) struct Length<V> {
    /// The power of two that brings the vector to the size of 1; or 1, where there is no need.
    scale: V,
    /// The length after that, and one over it; 0 where the vector is.
    norm: V,
    inverse_norm: V,
    /// A single number is its sign, whose square is 1 and nothing else: its gradient is 0 then, and
    /// not a rounding error over a small length.
    is_single: bool,
    /// The Euclidean norm.
    pub(super) length: V,
    /// One over the length, at most 2¹²⁰; 0 where the length is. By a number of the vector the
    /// gradient is this times what of the gradient by the unit vector is across that.
    pub(super) inverse: V,
}

impl<V: Lanes> Length<V> {
    #[inline(always)]
    pub(super) fn of(vector: &[V]) -> Self {
        Self::of_each(vector, vector, |x, _| x)
    }

    /// Returns the length of the difference of two vectors.
    #[inline(always)]
    pub(super) fn between(from: &[V], to: &[V]) -> Self {
        Self::of_each(from, to, |from, to| from - to)
    }

    /// Returns the length of what comes of two vectors, number by number.
    #[inline(always)]
    fn of_each(a: &[V], b: &[V], each: impl Fn(V, V) -> V) -> Self {
        let squares = squares(a, b, &each);
        let in_range = squares.ge(V::splat(IN_RANGE[0])) & squares.le(V::splat(IN_RANGE[1]));
        let (scale, squares) = if in_range.all() {
            (V::ONE, squares)
        } else {
            let (scale, scaled) = scaled_squares(a, b, &each);
            (in_range.select(V::ONE, scale), in_range.select(squares, scaled))
        };
        let norm = squares.sqrt();
        let inverse_norm = norm.eq(V::ZERO).select(V::ZERO, V::ONE / norm);
        Length {
            scale,
            norm,
            inverse_norm,
            is_single: a.len() == 1,
            length: norm / scale,
            // `min` gives its argument where it is NaN, which a NaN in the vector has made it.
            inverse: V::splat(STEEPEST).min(inverse_norm * scale),
        }
    }

    /// Returns the length of a vector, and writes its vector of length 1.
    #[inline(always)]
    pub(super) fn with_units(vector: &[V], units: &mut [V]) -> Self {
        let length = Length::of(vector);
        for (unit, &x) in units.iter_mut().zip(vector) {
            *unit = length.unit(x);
        }
        length
    }

    /// Returns a number of the vector as one of the vector of length 1; 0 where the vector is.
    #[inline(always)]
    pub(super) fn unit(&self, x: V) -> V {
        let x = x * self.scale;
        if self.is_single {
            self.norm.eq(V::ZERO).select(x, x / self.norm)
        } else {
            x * self.inverse_norm
        }
    }
}

/// `Σ xᵢ²` of what comes of two vectors.
#[inline(always)]
fn squares<V: Lanes>(a: &[V], b: &[V], each: impl Fn(V, V) -> V) -> V {
    in_four(a, b, |a, b| {
        let x = each(a, b);
        x * x
    })
}

/// Returns the power of two that brings to the size of 1 what comes of two vectors, and
/// [`squares`] after that.
#[cold]
#[inline(never)]
fn scaled_squares<V: Lanes>(a: &[V], b: &[V], each: impl Fn(V, V) -> V) -> (V, V) {
    V::vectorize(
        each,
        #[inline(always)]
        |each| scaled(a, b, each),
    )
}

/// [`scaled_squares`], inlined.
#[inline(always)]
fn scaled<V: Lanes>(a: &[V], b: &[V], each: impl Fn(V, V) -> V) -> (V, V) {
    let mut largest = V::ZERO;
    for (&a, &b) in a.iter().zip(b) {
        largest = each(a, b).abs().max(largest);
    }
    // 2ᵉ becomes 2⁻ᵉ by subtracting its exponent field from twice the bias.
    let field = largest.to_bits() & V::Bits::splat(0x7f80_0000);
    let scale = V::from_bits(V::Bits::splat(0x7f00_0000).wrapping_sub(field));
    // From 2¹²⁷ on that is no normal number any more, but this is near enough.
    let scale = scale.max(V::splat(f32::MIN_POSITIVE));
    (scale, squares(a, b, |a, b| each(a, b) * scale))
}

/// `Σ aᵢ bᵢ` of what becomes of two vectors.
#[inline(always)]
pub(super) fn dot<V: Lanes>(a: &[V], b: &[V], of_a: impl Fn(V) -> V, of_b: impl Fn(V) -> V) -> V {
    in_four(a, b, |a, b| of_a(a) * of_b(b))
}

/// Adds up what comes of two vectors: term `i` goes to part `i mod 4`, and the parts are added by
/// halves. So an addition waits for the fourth before it, and not for the one before.
#[inline(always)]
pub(super) fn in_four<V: Lanes>(a: &[V], b: &[V], term: impl Fn(V, V) -> V) -> V {
    #[inline(always)]
    fn add<V: Lanes>(parts: &mut [V; 4], a: &[V], b: &[V], term: &impl Fn(V, V) -> V) {
        for (part, (&a, &b)) in parts.iter_mut().zip(a.iter().zip(b)) {
            *part += term(a, b);
        }
    }
    let mut parts = [V::ZERO; 4];
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a.iter().zip(b) {
        add(&mut parts, a, b, &term);
    }
    add(&mut parts, last_a, last_b, &term);
    let [first, second, third, fourth] = parts;
    (first + third) + (second + fourth)
}

/// `Σ xᵢ` with what each addition loses added to the next number (Kahan, 1965), in parts as in
/// [`in_four`].
#[inline(always)]
pub(super) fn compensated_sum<V: Lanes>(numbers: &[V]) -> V {
    #[inline(always)]
    fn add<V: Lanes>(parts: &mut [(V, V); 4], numbers: &[V]) {
        for ((sum, lost), &x) in parts.iter_mut().zip(numbers) {
            let term = x + *lost;
            let next = *sum + term;
            *lost = term - (next - *sum);
            *sum = next;
        }
    }
    #[inline(always)]
    fn join<V: Lanes>((a, lost_a): (V, V), (b, lost_b): (V, V)) -> (V, V) {
        let (sum, lost) = math::two_sum(a, b);
        (sum, lost + (lost_a + lost_b))
    }
    let mut parts = [(V::ZERO, V::ZERO); 4];
    let (numbers, last) = numbers.as_chunks::<4>();
    for numbers in numbers {
        add(&mut parts, numbers);
    }
    add(&mut parts, last);
    let [first, second, third, fourth] = parts;
    let (sum, lost) = join(join(first, third), join(second, fourth));
    sum + lost
}

#[cfg(test)]
mod tests {
    use super::{Length, compensated_sum};
    use crate::lanes::{Lanes, f32x4};

    fn units<const N: usize>(vector: [f32; N]) -> [f32; N] {
        let length = Length::of(&vector);
        vector.map(|x| length.unit(x))
    }

    #[test]
    fn length_and_direction_hold_for_every_size() {
        for size in [1e-45, 1e-40, 1e-30, 1e-15, 1e-10, 1.0, 1e10, 1e18, 1e30, 6e37] {
            let vector = [3.0 * size, -4.0 * size];
            let (length, unit) = (Length::of(&vector), units(vector));
            let exact = libm::hypot(f64::from(vector[0]), f64::from(vector[1]));
            let error = (f64::from(length.length) - exact).abs();
            assert!(error <= 2e-7 * exact + 1e-45, "{size:e}");
            for (unit, x) in unit.into_iter().zip(vector) {
                assert!((f64::from(unit) - f64::from(x) / exact).abs() <= 2e-7, "{size:e}");
            }
            assert!(length.inverse.is_finite());
        }
    }

    #[test]
    fn a_vector_has_its_length_whatever_the_lanes_beside_it_hold() {
        let vectors = [[1e-44, 1e-44], [3.0, -4.0], [1e30, 2e30], [0.0, 0.0]];
        let length = Length::of(&[0, 1].map(|i| f32x4::from_fn(|lane| vectors[lane][i]))).length;
        assert_eq!(length.to_array(), vectors.map(|vector| Length::of(&vector).length));
    }

    #[test]
    fn one_number_has_its_sign_for_a_direction() {
        for number in [-3.448_363e-6, 7.058_939_7e-4, 0.3, -7.7, 1e-44, -3e38] {
            let unit = units([number]);
            assert_eq!(unit, [number.signum()], "{number:e}");
        }
    }

    #[test]
    fn no_vector_has_no_direction_and_nan_is_seen() {
        let none = Length::of(&[0.0, -0.0]);
        assert_eq!((none.length, none.inverse), (0.0, 0.0));
        assert_eq!(units([0.0, -0.0]), [0.0, -0.0]);
        for broken in [f32::NAN, f32::INFINITY] {
            assert!(units([broken, 1.0])[0].is_nan());
        }
        assert!(Length::of(&[f32::NAN]).length.is_nan());
    }

    #[test]
    fn a_sum_keeps_what_its_additions_lose() {
        let mut numbers = [3e-8_f32; 4003];
        numbers[..4].fill(1.0);
        let exact = 4.0 + 3999.0 * f64::from(numbers[4]);
        assert!((f64::from(compensated_sum(&numbers)) - exact).abs() <= 2.4e-7);
        assert_eq!(compensated_sum(&[1e8, 1.0, -1e8]), 1.0);
    }
}
