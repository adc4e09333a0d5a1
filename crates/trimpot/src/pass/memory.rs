//! The values of a pass, and the parts of them that a step works on.

use core::cell::Cell;
use core::mem;
use core::ops::Range;

use crate::lanes::Lanes;
use crate::plan::{Buffers, Location};

/// The input of a network, and the arena of exactly the length that was planned.
///
/// The plan gives parts that are in the arena and do not overlap. Where they did not, nothing would
/// be done.
#[derive(Debug)]
pub(crate) struct Memory<'m, V> {
    pub input: &'m [V],
    pub arena: &'m mut [V],
}

impl<'m, V: Lanes> Memory<'m, V> {
    /// Returns the values at a place.
    #[inline(always)]
    pub fn into_values(self, place: Location, len: usize) -> &'m [V] {
        match self.range(place, len) {
            Some(range) => self.arena.get(range).unwrap_or_default(),
            None => self.input,
        }
    }

    /// Returns the values at a place, which stay where they are.
    pub fn values(&self, (place, len): Part) -> &[V] {
        match self.range(place, len) {
            Some(range) => self.arena.get(range).unwrap_or_default(),
            None => self.input,
        }
    }

    /// Returns where in the arena a place is, if it is there.
    #[inline(always)]
    fn range(&self, place: Location, len: usize) -> Option<Range<usize>> {
        let start = match place {
            Location::Input => return None,
            Location::Low(start) => start,
            Location::High(before_end) => self.arena.len().saturating_sub(before_end),
        };
        Some(start..start.saturating_add(len))
    }

    /// Returns where in the arena a place is; nowhere if it is the input.
    #[inline(always)]
    fn inside(&self, (place, len): Part) -> Range<usize> {
        self.range(place, len).unwrap_or(0..0)
    }

    /// Returns what a layer works on forward: its input; its mask, which lies in front of all else,
    /// its output, and what it stores in passing.
    #[inline(always)]
    pub fn forward_parts(
        &mut self,
        mask: Part,
        input: Part,
        output: Part,
        buffer: Part,
    ) -> Option<(&[V], [&mut [V]; 3])> {
        let from_outside = input.0.is(Location::Input).then_some(self.input);
        let (a, b, is_swapped) = in_order(self.inside(input), self.inside(output));
        let (b, c, is_between) = in_order(b, self.inside(buffer));
        let (a, b, is_first) = in_order(a, b);
        let mask = self.inside(mask);
        let mut rest = Rest::of(self.arena);
        let mask = rest.cut(mask)?;
        let (a, b, c) = (rest.cut(a)?, rest.cut(b)?, rest.cut(c)?);
        let (a, b) = if is_first { (b, a) } else { (a, b) };
        let (b, buffer) = if is_between { (c, b) } else { (b, c) };
        let (input, output) = if is_swapped { (b, a) } else { (a, b) };
        Some((from_outside.unwrap_or(input), [mask, output, buffer]))
    }

    /// Returns what a layer works on backward: what was stored forward, what it stores in passing
    /// behind that, and at the high end both gradients, in whatever order.
    #[inline(always)]
    pub fn backward_parts(
        &mut self,
        stored: Part,
        buffer: Part,
        gradient: Part,
        input_gradient: Part,
    ) -> Option<(&[V], [&mut [V]; 3])> {
        let from_outside = stored.0.is(Location::Input).then_some(self.input);
        let (stored, buffer) = (self.inside(stored), self.inside(buffer));
        let (a, b, is_swapped) = in_order(self.inside(gradient), self.inside(input_gradient));
        let mut rest = Rest::of(self.arena);
        let (stored, buffer) = (rest.cut(stored)?, rest.cut(buffer)?);
        let (a, b) = (rest.cut(a)?, rest.cut(b)?);
        let (gradient, input_gradient) = if is_swapped { (b, a) } else { (a, b) };
        Some((from_outside.unwrap_or(stored), [buffer, gradient, input_gradient]))
    }

    /// Copies values to another place, unless it is the same. It may overlap theirs if it is
    /// further down.
    #[inline(always)]
    pub fn copy(&mut self, from: Location, to: Location, len: usize) {
        if !from.is(to) {
            self.combine(
                from,
                to,
                len,
                #[inline(always)]
                |_, from| from,
            );
        }
    }

    /// The end of a residual connection: adds its input, or the output of its shortcut, and the
    /// output of the layers inside.
    #[inline(always)]
    pub fn join(&mut self, buffers: &Buffers, len: usize) {
        let &Buffers { input, output, branch, .. } = buffers;
        if output.is(input) {
            self.add(branch, output, len);
        } else {
            self.copy(branch, output, len);
            self.add(input, output, len);
        }
    }

    /// Replaces values at a place by what comes of them and those at another place, or the same.
    #[inline(always)]
    fn combine(&mut self, from: Location, to: Location, len: usize, with: impl Fn(V, V) -> V) {
        let to = self.inside((to, len));
        if let Some(from) = self.range(from, len) {
            let (from, to) = self.overlapping(from, to);
            from.iter().zip(to).for_each(
                #[inline(always)]
                |(from, to)| to.set(with(to.get(), from.get())),
            );
        } else {
            let to = self.arena.get_mut(to).unwrap_or_default();
            to.iter_mut().zip(self.input).for_each(
                #[inline(always)]
                |(to, &from)| *to = with(*to, from),
            );
        }
    }

    /// Adds values to those at another place.
    #[inline(always)]
    pub fn add(&mut self, from: Location, to: Location, len: usize) {
        self.combine(
            from,
            to,
            len,
            #[inline(always)]
            |sum, value| sum + value,
        );
    }

    /// Writes zeros.
    #[inline(always)]
    pub fn clear(&mut self, place: Location, len: usize) {
        let range = self.inside((place, len));
        self.arena.get_mut(range).unwrap_or_default().fill(V::ZERO);
    }

    /// Moves values that begin so many before the end of the arena further up.
    pub fn move_up(&mut self, from: usize, to: usize, len: usize) {
        let (from, to) = (Location::High(from), Location::High(to));
        let (from, to) = self.overlapping(self.inside((from, len)), self.inside((to, len)));
        // The last one first.
        from.iter().zip(to).rev().for_each(|(from, to)| to.set(from.get()));
    }

    /// Swaps values with those behind them, which may be more or fewer.
    pub fn swap(&mut self, place: Location, [first, second]: [usize; 2]) {
        let range = self.inside((place, first.saturating_add(second)));
        let values = self.arena.get_mut(range).unwrap_or_default();
        // Reversed as a whole they come in the other order, each of them reversed.
        reverse(values);
        if let Some((one, other)) = values.split_at_mut_checked(second) {
            reverse(one);
            reverse(other);
        }
    }

    /// Returns two parts of the arena that may overlap.
    #[inline(always)]
    fn overlapping(&mut self, one: Range<usize>, other: Range<usize>) -> (&[Cell<V>], &[Cell<V>]) {
        let cells = Cell::from_mut(&mut *self.arena).as_slice_of_cells();
        (cells.get(one).unwrap_or_default(), cells.get(other).unwrap_or_default())
    }
}

/// Where some values are, and how many.
pub(crate) type Part = (Location, usize);

/// Turns values round. That of slices checks bounds, which at opt-level `z` stay in the code.
fn reverse<V>(values: &mut [V]) {
    let mut ends = values.iter_mut();
    while let (Some(first), Some(last)) = (ends.next(), ends.next_back()) {
        core::mem::swap(first, last);
    }
}

/// Returns the part first that comes first, an empty one before another that begins there; and
/// whether they are swapped then.
#[inline(always)]
fn in_order(a: Range<usize>, b: Range<usize>) -> (Range<usize>, Range<usize>, bool) {
    let is_swapped = b.start < a.start || (b.start == a.start && b.end < a.end);
    if is_swapped { (b, a, true) } else { (a, b, false) }
}

/// What is left of the arena when parts are cut off, one behind the other.
///
/// What `get_disjoint_mut` does for parts in any order; but where places are constants, nothing is
/// left of this, even if the compiler is asked for small code: there is no loop, and no function
/// too long to be inlined.
struct Rest<'a, V> {
    /// Where in the arena it begins.
    start: usize,
    values: &'a mut [V],
}

impl<'a, V> Rest<'a, V> {
    #[inline(always)]
    fn of(arena: &'a mut [V]) -> Self {
        Rest { start: 0, values: arena }
    }

    /// Cuts a part off: nothing if it is not there, or overlaps the one before.
    #[inline(always)]
    fn cut(&mut self, part: Range<usize>) -> Option<&'a mut [V]> {
        let (_, values) = mem::take(&mut self.values)
            .split_at_mut_checked(part.start.checked_sub(self.start)?)?;
        let (part_values, values) =
            values.split_at_mut_checked(part.end.checked_sub(part.start)?)?;
        (self.start, self.values) = (part.end, values);
        Some(part_values)
    }
}
