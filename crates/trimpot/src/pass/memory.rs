//! The values of a pass, and the parts of them that a step works on.

use core::ops::Range;

use crate::lanes::Lanes;
use crate::plan::{Buffers, Place};

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
    pub fn into_values(self, place: Place, len: usize) -> &'m [V] {
        match self.range(place, len) {
            Some(range) => self.arena.get(range).unwrap_or_default(),
            None => self.input,
        }
    }

    /// Returns where in the arena a place is, if it is there.
    #[inline(always)]
    fn range(&self, place: Place, len: usize) -> Option<Range<usize>> {
        let start = match place {
            Place::Input => return None,
            Place::Low(start) => start,
            Place::High(before_end) => self.arena.len().saturating_sub(before_end),
        };
        Some(start..start.saturating_add(len))
    }

    /// Returns where in the arena a place is; nowhere if it is the input.
    #[inline(always)]
    fn inside(&self, (place, len): (Place, usize)) -> Range<usize> {
        self.range(place, len).unwrap_or(0..0)
    }

    /// Returns values to read, which may be the input, and three parts of the arena.
    ///
    /// Three always, so that there is one way through it: a caller whose places are constants then
    /// costs nothing.
    #[inline(always)]
    pub fn split(
        &mut self,
        read: (Place, usize),
        write: [(Place, usize); 3],
    ) -> Option<(&[V], [&mut [V]; 3])> {
        let [a, b, c] = write.map(|place| self.inside(place));
        let ranges = [self.inside(read), a, b, c];
        let [values, a, b, c] = self.arena.get_disjoint_mut(ranges).ok()?;
        let values = if read.0.is(Place::Input) { self.input } else { values };
        Some((values, [a, b, c]))
    }

    /// Copies values to another place, unless it is the same.
    #[inline(always)]
    pub fn copy(&mut self, from: Place, to: Place, len: usize) {
        if !from.is(to) {
            self.combine(from, to, len, |_, from| from);
        }
    }

    /// The end of a residual connection: adds its input and the output of the layers inside.
    #[inline(always)]
    pub fn join(&mut self, buffers: &Buffers, len: usize) {
        let &Buffers { input, output, branch, .. } = buffers;
        if output.is(branch) {
            self.add(input, output, len);
        } else {
            self.copy(input, output, len);
            self.add(branch, output, len);
        }
    }

    /// Replaces values at a place by what comes of them and those at another place.
    #[inline(always)]
    fn combine(&mut self, from: Place, to: Place, len: usize, with: impl Fn(V, V) -> V) {
        let to_range = self.inside((to, len));
        let each = |(to, &from): (&mut V, &V)| *to = with(*to, from);
        if from.is(to) {
            let values = self.arena.get_mut(to_range).unwrap_or_default();
            values.iter_mut().for_each(|value| *value = with(*value, *value));
        } else if let Some(from) = self.range(from, len) {
            if let Ok([to, from]) = self.arena.get_disjoint_mut([to_range, from]) {
                to.iter_mut().zip(&*from).for_each(each);
            }
        } else {
            let to = self.arena.get_mut(to_range).unwrap_or_default();
            to.iter_mut().zip(self.input).for_each(each);
        }
    }

    /// Adds values to those at another place.
    #[inline(always)]
    pub fn add(&mut self, from: Place, to: Place, len: usize) {
        self.combine(from, to, len, |sum, value| sum + value);
    }

    /// Writes zeros.
    #[inline(always)]
    pub fn clear(&mut self, place: Place, len: usize) {
        let range = self.inside((place, len));
        self.arena.get_mut(range).unwrap_or_default().fill(V::ZERO);
    }

    /// Moves values to a place further down, or from the network's input, or not at all.
    pub fn move_down(&mut self, (from, len): (Place, usize), to: usize) {
        let Some(from) = self.range(from, len) else {
            return self.copy(Place::Input, Place::Low(to), len);
        };
        let values = self.arena.get_mut(to..from.end).unwrap_or_default();
        let distance = from.start.saturating_sub(to);
        let mut rest = values;
        // From the start, in runs that do not overlap the place they go to.
        let mut left = len;
        while left > 0 && distance > 0 {
            let len = left.min(distance);
            let Some((to, others)) = rest.split_at_mut_checked(distance) else { return };
            to.iter_mut().zip(&*others).take(len).for_each(|(to, from)| *to = *from);
            left = left.saturating_sub(len);
            rest = others;
        }
    }

    /// Moves values that begin so many before the end of the arena further up.
    pub fn move_up(&mut self, from: usize, to: usize, len: usize) {
        let distance = from.saturating_sub(to);
        let mut end = self.arena.len().saturating_sub(to.saturating_sub(len));
        let mut left = len;
        // From the end, in runs that do not overlap the place they go to.
        while left > 0 && distance > 0 {
            let len = left.min(distance);
            let to = end.saturating_sub(len);
            let from = to.saturating_sub(distance);
            let ranges = [to..end, from..from.saturating_add(len)];
            let Ok([to, from]) = self.arena.get_disjoint_mut(ranges) else { return };
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            end = end.saturating_sub(len);
            left = left.saturating_sub(len);
        }
    }
}
