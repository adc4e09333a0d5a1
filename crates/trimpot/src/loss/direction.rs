//! Where a vector points, and how long it is: what the losses on angles and distances share.
//!
//! Squares of `f32` overflow from 2⁶⁴ on, and vanish below 2⁻⁷⁵. So the vector is first brought to
//! the size of 1 by a power of two, which rounds nothing: the angle between two vectors of 10⁻⁴⁰ is
//! as good as any.

use crate::lanes::{Bits, Lanes, Mask};

/// Reciprocals of lengths stop here (2¹²⁰), so that gradients of tiny vectors stay finite.
pub(super) const STEEPEST: f32 = f32::from_bits(0x7b80_0000);

/// The length of a vector, and what turns its numbers into those of its direction.
#[derive(Clone, Copy)]
pub(super) struct Length<V> {
    /// The power of two that brings the vector to the size of 1.
    scale: V,
    /// The length after that, and one over it; 0 where the vector is.
    norm: V,
    inverse_norm: V,
    /// A single number is its sign, whose square is 1 and nothing else: its gradient is 0 then, and
    /// not a rounding error over a small length.
    is_single: bool,
    /// The Euclidean norm.
    pub(super) length: V,
    /// One over the length, at most 2¹²⁰; 0 where the length is.
    inverse: V,
}

impl<V: Lanes> Length<V> {
    #[inline(always)]
    pub(super) fn of(vector: &[V]) -> Self {
        let largest = in_four(vector, vector, |largest, x, _| x.abs().max(largest), Lanes::max);
        // 2ᵉ becomes 2⁻ᵉ by subtracting its exponent field from twice the bias.
        let field = largest.to_bits() & V::Bits::splat(0x7f80_0000);
        let scale = V::from_bits(V::Bits::splat(0x7f00_0000).wrapping_sub(field));
        // From 2¹²⁷ on that is no normal number any more, but this is near enough.
        let scale = scale.max(V::splat(f32::MIN_POSITIVE));

        let norm = dot(vector, vector, |x| x * scale, |x| x * scale).sqrt();
        let inverse_norm = norm.eq(V::ZERO).select(V::ZERO, V::ONE / norm);
        Length {
            scale,
            norm,
            inverse_norm,
            is_single: vector.len() == 1,
            length: norm / scale,
            // `min` gives its argument where it is NaN, which a NaN in the vector has made it.
            inverse: V::splat(STEEPEST).min(inverse_norm * scale),
        }
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

    /// Turns the gradient by a number of the unit vector into that by the vector: only what is
    /// across it counts, and the more the shorter it is. `along` is the product of the whole
    /// gradient and the unit vector.
    #[inline(always)]
    pub(super) fn across(&self, gradient: V, along: V, unit: V) -> V {
        (gradient - along * unit) * self.inverse
    }
}

/// A vector as a length times a direction.
#[derive(Clone, Copy)]
pub(super) struct Direction<V, const N: usize> {
    /// The vector of length 1; all zeros where the vector is.
    pub(super) unit: [V; N],
    measured: Length<V>,
}

impl<V: Lanes, const N: usize> Direction<V, N> {
    #[inline]
    pub(super) fn of(vector: &[V; N]) -> Self {
        let measured = Length::of(vector);
        let mut unit = *vector;
        for x in &mut unit {
            *x = measured.unit(*x);
        }
        Direction { unit, measured }
    }

    /// Returns the cosine of the angle between two directions; 0 where one of them is that of no
    /// vector.
    #[inline]
    pub(super) fn cosine(&self, other: &Self) -> V {
        dot(&self.unit, &other.unit, |x| x, |x| x)
    }

    /// Turns `gradient` by the unit vector into the gradient by the vector.
    #[inline]
    pub(super) fn backpropagate(&self, gradient: &mut [V; N]) {
        let along = dot(gradient, &self.unit, |x| x, |x| x);
        for (gradient, &unit) in gradient.iter_mut().zip(&self.unit) {
            *gradient = self.measured.across(*gradient, along, unit);
        }
    }
}

/// `Σ aᵢ bᵢ` of what becomes of two vectors.
#[inline(always)]
pub(super) fn dot<V: Lanes>(a: &[V], b: &[V], of_a: impl Fn(V) -> V, of_b: impl Fn(V) -> V) -> V {
    in_four(a, b, |sum, a, b| sum + of_a(a) * of_b(b), V::add)
}

/// Goes through two vectors and joins what comes of them, beginning with 0: element `i` goes to
/// part `i mod 4`, and the parts are joined by halves. So a step waits for the fourth before it,
/// and not for the one before.
#[inline(always)]
fn in_four<V: Lanes>(a: &[V], b: &[V], step: impl Fn(V, V, V) -> V, join: impl Fn(V, V) -> V) -> V {
    #[inline(always)]
    fn add<V: Lanes>(parts: &mut [V; 4], a: &[V], b: &[V], step: &impl Fn(V, V, V) -> V) {
        for (part, (&a, &b)) in parts.iter_mut().zip(a.iter().zip(b)) {
            *part = step(*part, a, b);
        }
    }
    let mut parts = [V::ZERO; 4];
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a.iter().zip(b) {
        add(&mut parts, a, b, &step);
    }
    add(&mut parts, last_a, last_b, &step);
    let [first, second, third, fourth] = parts;
    join(join(first, third), join(second, fourth))
}

#[cfg(test)]
mod tests {
    use super::Direction;

    #[test]
    fn length_and_direction_hold_for_every_size() {
        for size in [1e-45, 1e-40, 1e-30, 1e-10, 1.0, 1e10, 1e30, 6e37] {
            let direction = Direction::<f32, 2>::of(&[3.0 * size, -4.0 * size]);
            let rounded = (3.0 * size, -4.0 * size);
            let exact = libm::hypot(f64::from(rounded.0), f64::from(rounded.1));
            assert!(
                (f64::from(direction.measured.length) - exact).abs() <= 2e-7 * exact + 1e-45,
                "{size:e}"
            );
            assert!((f64::from(direction.unit[0]) - f64::from(rounded.0) / exact).abs() <= 2e-7);
            assert!((f64::from(direction.unit[1]) - f64::from(rounded.1) / exact).abs() <= 2e-7);
            assert!(direction.measured.inverse.is_finite());
        }
    }

    #[test]
    fn one_number_has_its_sign_for_a_direction() {
        for number in [-3.448_363e-6, 7.058_939_7e-4, 0.3, -7.7, 1e-44, -3e38] {
            let direction = Direction::<f32, 1>::of(&[number]);
            assert_eq!(direction.unit, [number.signum()], "{number:e}");
            let mut gradient = [0.7];
            direction.backpropagate(&mut gradient);
            assert_eq!(gradient, [0.0], "{number:e}");
        }
    }

    #[test]
    fn no_vector_has_no_direction_and_nan_is_seen() {
        let none = Direction::<f32, 2>::of(&[0.0, -0.0]);
        assert_eq!(
            (none.unit, none.measured.length, none.measured.inverse),
            ([0.0, -0.0], 0.0, 0.0)
        );
        for broken in [f32::NAN, f32::INFINITY] {
            assert!(Direction::<f32, 2>::of(&[broken, 1.0]).unit[0].is_nan());
        }
        assert!(Direction::<f32, 1>::of(&[f32::NAN]).measured.length.is_nan());
    }
}
