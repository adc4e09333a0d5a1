//! The transform of real numbers, over slices whose lengths belong together.
//!
//! N real numbers are M = N / 2 complex ones, even places and odd places. Their transform takes half
//! of the work, and is then taken apart.
//!
//! 1. *First pass*: numbers at distances of M / 4, or of M / 8 where M is no power of four, are
//!    multiplied by the window, transformed by fours or eights, and written where they belong in
//!    bit-reversed order. So there is no pass that only windows or only reorders.
//! 2. *Passes*: each makes transforms of 4q numbers of four of q, in place. The four lie in
//!    bit-reversed order: 0, 2, 1, 3.
//! 3. *Split*: with Z the transform of the complex numbers, E = (Z(k) + Z*(M − k)) / 2 and
//!    O = (Z(k) − Z*(M − k)) / 2i are those of even and odd places, and X(k) = E + w(k, N) O,
//!    X(M − k) = (E − w(k, N) O)*. The halves are in the window, where they are exact.
//!
//! Rejected: passes by two (twice as many loads and stores), by eight (more numbers than registers
//! on a Cortex-M4F), split radix (less arithmetic, but an order without loops), and self-sorting
//! passes (as many buffers again).

use core::cell::Cell;

use super::tables::{Tables, first_pass};
use crate::code_size::any_length_mut;
use crate::lanes::Lanes;
use crate::layer::runs::Runs;

/// Real and imaginary part.
type Complex<V> = [V; 2];

#[inline(always)]
fn sum<V: Lanes>([a, b]: Complex<V>, [c, d]: Complex<V>) -> Complex<V> {
    [a + c, b + d]
}

#[inline(always)]
fn difference<V: Lanes>([a, b]: Complex<V>, [c, d]: Complex<V>) -> Complex<V> {
    [a - c, b - d]
}

/// Product with a number that is the same in every lane.
#[inline(always)]
fn product<V: Lanes>([a, b]: Complex<V>, re: f32, im: f32) -> Complex<V> {
    let [re, im] = [V::splat(re), V::splat(im)];
    [a * re - b * im, a * im + b * re]
}

/// Product with −i.
#[inline(always)]
fn turned_back<V: Lanes>([a, b]: Complex<V>) -> Complex<V> {
    [b, -a]
}

/// The transform of four numbers that come in the order 0, 2, 1, 3.
#[inline(always)]
fn of_four<V: Lanes>([x0, x2, x1, x3]: [Complex<V>; 4]) -> [Complex<V>; 4] {
    let (even, odd) = (sum(x0, x2), sum(x1, x3));
    let ([a, b], [c, d]) = (difference(x0, x2), difference(x1, x3));
    [sum(even, odd), [a + d, b - c], difference(even, odd), [a - d, b + c]]
}

/// The transform of eight numbers that come in the order 0, 4, 2, 6, 1, 5, 3, 7.
#[inline(always)]
fn of_eight<V: Lanes>([x0, x4, x2, x6, x1, x5, x3, x7]: [Complex<V>; 8]) -> [Complex<V>; 8] {
    let [e0, e1, e2, e3] = of_four([x0, x4, x2, x6]);
    let [o0, [a, b], o2, [c, d]] = of_four([x1, x5, x3, x7]);
    let half = V::splat(core::f32::consts::FRAC_1_SQRT_2);
    let (o1, o2) = ([(a + b) * half, (b - a) * half], turned_back(o2));
    let o3 = [(d - c) * half, -((c + d) * half)];
    [
        sum(e0, o0),
        sum(e1, o1),
        sum(e2, o2),
        sum(e3, o3),
        difference(e0, o0),
        difference(e1, o1),
        difference(e2, o2),
        difference(e3, o3),
    ]
}

/// Writes the transform of half of the windowed frame, seen as complex numbers.
#[inline(always)]
fn complex<V: Lanes>(frame: &[V], window: &[f32], tables: Tables, buffer: &mut [V]) {
    let (frame, _) = frame.as_chunks();
    let (window, _) = window.as_chunks();
    let m = frame.len();
    if first_pass(m) == 4 {
        first_pass_by::<V, 4, 8>([0, 2, 1, 3], of_four, frame, window, buffer);
    } else {
        let order = [0, 4, 2, 6, 1, 5, 3, 7];
        first_pass_by::<V, 8, 16>(order, of_eight, frame, window, buffer);
    }
    let (mut q, mut twiddles) = (first_pass(m), tables.passes);
    while let Some((own, others)) = twiddles.split_at_checked(q).filter(|(own, _)| !own.is_empty())
    {
        // Where the compiler knows where the buffer begins, it counts in one register, and adds that
        // to more others than it has.
        let buffer = any_length_mut(buffer);
        for block in buffer.runs_mut(8 * q) {
            pass(block, own);
        }
        (q, twiddles) = (4 * q, others);
    }
}

/// The first pass, by `R` numbers, which are twice as many parts.
#[inline(always)]
fn first_pass_by<V: Lanes, const R: usize, const PARTS: usize>(
    order: [usize; R],
    transform: impl Fn([Complex<V>; R]) -> [Complex<V>; R],
    frame: &[Complex<V>],
    window: &[[f32; 2]],
    buffer: &mut [V],
) {
    let distance = frame.len() / R;
    let part = |place: usize| {
        let start = place * distance;
        let frame = frame.get(start..start + distance).unwrap_or_default();
        frame.iter().zip(window.get(start..start + distance).unwrap_or_default())
    };
    let mut parts = order.map(part);
    let (blocks, _) = buffer.as_chunks_mut::<PARTS>();
    let unused = usize::BITS - distance.trailing_zeros();
    for r in 0..distance {
        let mut numbers = [[V::ZERO; 2]; R];
        for (number, part) in numbers.iter_mut().zip(&mut parts) {
            let Some((&[a, b], &[first, second])) = part.next() else { return };
            *number = [a * V::splat(first), b * V::splat(second)];
        }
        let reversed = r.reverse_bits().unbounded_shr(unused);
        if let Some(block) = blocks.get_mut(reversed) {
            for (places, number) in block.as_chunks_mut().0.iter_mut().zip(transform(numbers)) {
                *places = number;
            }
        }
    }
}

/// Makes a transform of 4q numbers of four of q.
#[inline(always)]
fn pass<V: Lanes>(block: &mut [V], twiddles: &[[f32; 6]]) {
    let (numbers, _) = block.as_chunks_mut();
    let mut quarters = numbers.runs_mut(twiddles.len());
    let (Some(x0), Some(x2), Some(x1), Some(x3)) =
        (quarters.next(), quarters.next(), quarters.next(), quarters.next())
    else {
        return;
    };
    for ((((x0, x2), x1), x3), &[a, b, c, d, e, f]) in
        x0.iter_mut().zip(x2).zip(x1).zip(x3).zip(twiddles)
    {
        [*x0, *x2, *x1, *x3] =
            of_four([*x0, product(*x2, c, d), product(*x1, a, b), product(*x3, e, f)]);
    }
}

/// X(k) and X(M − k)*, of Z(k), Z(M − k) and w(k, N).
#[inline(always)]
fn bins<V: Lanes>([a, b]: Complex<V>, [c, d]: Complex<V>, [re, im]: [f32; 2]) -> [Complex<V>; 2] {
    let even = [a + c, b - d];
    let odd = product(turned_back([a - c, b + d]), re, im);
    [sum(even, odd), difference(even, odd)]
}

/// X(0) and X(M), which are real, of Z(0).
#[inline(always)]
fn ends<V: Lanes>([a, b]: Complex<V>) -> [V; 2] {
    let two = V::splat(2.0);
    [(a + b) * two, (a - b) * two]
}

/// X(M / 2) of Z(M / 2).
#[inline(always)]
fn middle<V: Lanes>([a, b]: Complex<V>) -> Complex<V> {
    let two = V::splat(2.0);
    [a * two, -(b * two)]
}

/// The square of the magnitude.
#[inline(always)]
fn square<V: Lanes>([a, b]: Complex<V>) -> V {
    a * a + b * b
}

/// Returns the value of each cell.
#[inline(always)]
fn values<V: Copy>(cells: &[Cell<V>; 2]) -> [V; 2] {
    let [first, second] = cells;
    [first.get(), second.get()]
}

/// Sets the value of each cell.
#[inline(always)]
fn set_values<V>([first, second]: &[Cell<V>; 2], [a, b]: [V; 2]) {
    first.set(a);
    second.set(b);
}

/// A transform that is split: the cells of Z(0); those of Z(k) for 0 < k < M / 2, of Z(M / 2), and
/// of the others.
type Parts<'a, V> = (&'a Complex<Cell<V>>, [&'a [Complex<Cell<V>>]; 2], &'a Complex<Cell<V>>);

/// Takes a transform of complex numbers apart.
#[inline(always)]
fn parts<V>(cells: &[Cell<V>]) -> Option<Parts<'_, V>> {
    let (numbers, _) = cells.as_chunks();
    let (lower, upper) = numbers.split_at_checked(numbers.len() / 2)?;
    let ((first, lower), (middle, upper)) = (lower.split_first()?, upper.split_first()?);
    Some((first, [lower, upper], middle))
}

/// Writes the windowed transform: X(0), X(M), and real and imaginary parts of X(1) … X(M − 1).
#[inline(always)]
pub(super) fn packed<V: Lanes>(frame: &[V], window: &[f32], tables: Tables, buffer: &mut [V]) {
    complex(frame, window, tables, buffer);
    let cells = Cell::from_mut(buffer).as_slice_of_cells();
    let Some((first, [lower, upper], center)) = parts(cells) else { return };
    set_values(first, ends(values(first)));
    set_values(center, middle(values(center)));
    for ((low, high), &twiddle) in lower.iter().zip(upper.iter().rev()).zip(tables.split) {
        let [own, [re, im]] = bins(values(low), values(high), twiddle);
        set_values(low, own);
        set_values(high, [re, -im]);
    }
}

/// Writes |X(0)|² … |X(M)|² to the front of the buffer, and anything behind.
#[inline(always)]
pub(super) fn power<V: Lanes>(frame: &[V], window: &[f32], tables: Tables, buffer: &mut [V]) {
    complex(frame, window, tables, buffer);
    let m = buffer.len() / 2;
    let cells = Cell::from_mut(&mut *buffer).as_slice_of_cells();
    let Some((first, [lower, upper], center)) = parts(cells) else { return };
    let ([constant, highest], center) = (ends(values(first)), square(middle(values(center))));
    // |X(k)|² goes to place k, |X(M − k)|² to place N − k: both have been read, as numbers are
    // read from the ends, two at a time.
    let places = cells.iter().skip(1).zip(cells.iter().rev());
    let pairs = lower.iter().zip(upper.iter().rev()).zip(tables.split);
    for (((low, high), &twiddle), (place, last)) in pairs.zip(places) {
        let [own, other] = bins(values(low), values(high), twiddle);
        place.set(square(own));
        last.set(square(other));
    }
    let Some((lower, [after, rest @ ..])) = buffer.split_at_mut_checked(m) else { return };
    let Some(([first, ..], [middle, lower @ ..])) = lower.split_at_mut_checked(m / 2) else {
        return;
    };
    (*first, *middle, *after) = (constant * constant, center, highest * highest);
    for (place, &power) in lower.iter_mut().zip(rest.get(m / 2..).unwrap_or_default()) {
        *place = power;
    }
}
