//! The values of a pass, and the parts of them that a step works on.

use core::ops::Range;

use crate::lanes::Lanes;
use crate::plan::{Buffers, Place};

/// The input of a network, and the arena of exactly the length that was planned.
///
/// The plan gives parts that are in the arena and do not overlap. Where they did not, nothing would
/// be done.
pub(super) struct Memory<'m, V> {
    pub input: &'m [V],
    pub arena: &'m mut [V],
}

impl<'m, V: Lanes> Memory<'m, V> {
    /// Returns the values at a place.
    pub fn into_values(self, place: Place, len: usize) -> &'m [V] {
        match self.range(place, len) {
            Some(range) => self.arena.get(range).unwrap_or_default(),
            None => self.input,
        }
    }

    /// Returns where in the arena a place is, if it is there.
    fn range(&self, place: Place, len: usize) -> Option<Range<usize>> {
        let start = match place {
            Place::Input => return None,
            Place::Low(start) => start,
            Place::High(before_end) => self.arena.len().saturating_sub(before_end),
        };
        Some(start..start.saturating_add(len))
    }

    /// Returns where in the arena a place is; nowhere if it is the input.
    fn inside(&self, (place, len): (Place, usize)) -> Range<usize> {
        self.range(place, len).unwrap_or(0..0)
    }

    /// Shows two parts of the arena.
    #[inline]
    pub fn with_two(&mut self, places: [(Place, usize); 2], show: impl FnOnce(&mut [V], &mut [V])) {
        let ranges = places.map(|place| self.inside(place));
        if let Ok([first, second]) = self.arena.get_disjoint_mut(ranges) {
            show(first, second);
        }
    }

    /// Shows two parts of the arena, and values that may be the input.
    #[inline]
    pub fn with_input(
        &mut self,
        input: (Place, usize),
        places: [(Place, usize); 2],
        show: impl FnOnce(&[V], &mut [V], &mut [V]),
    ) {
        let [first, second] = places.map(|place| self.inside(place));
        match self.range(input.0, input.1) {
            None => {
                let input = self.input;
                self.with_two(places, |first, second| show(input, first, second));
            }
            Some(range) => {
                if let Ok([input, first, second]) =
                    self.arena.get_disjoint_mut([range, first, second])
                {
                    show(input, first, second);
                }
            }
        }
    }

    /// Shows three parts of the arena, and values that may be the input.
    #[inline]
    pub fn with_stored(
        &mut self,
        stored: (Place, usize),
        places: [(Place, usize); 3],
        show: impl FnOnce(&[V], [&mut [V]; 3]),
    ) {
        let [a, b, c] = places.map(|place| self.inside(place));
        match self.range(stored.0, stored.1) {
            None => {
                if let Ok(parts) = self.arena.get_disjoint_mut([a, b, c]) {
                    show(self.input, parts);
                }
            }
            Some(range) => {
                if let Ok([stored, a, b, c]) = self.arena.get_disjoint_mut([range, a, b, c]) {
                    show(stored, [a, b, c]);
                }
            }
        }
    }

    /// Shows some values, and as many at the end of the arena.
    #[inline]
    pub fn with_gradient<R>(
        &mut self,
        values: Place,
        len: usize,
        show: impl FnOnce(&[V], &mut [V]) -> R,
    ) -> R {
        let gradient = self.inside((Place::High(len), len));
        let Some(range) = self.range(values, len) else {
            return show(self.input, self.arena.get_mut(gradient).unwrap_or_default());
        };
        match self.arena.get_disjoint_mut([range, gradient]) {
            Ok([values, gradient]) => show(values, gradient),
            Err(_) => show(&[], &mut []),
        }
    }

    /// Copies values to another place, unless it is the same.
    pub fn copy(&mut self, from: Place, to: Place, len: usize) {
        if !from.is(to) {
            self.combine(from, to, len, |_, from| from);
        }
    }

    /// The end of a residual connection: adds its input and the output of the layers inside.
    pub fn join(&mut self, buffers: &Buffers, len: usize) {
        let &Buffers { input, output, branch, .. } = buffers;
        let add = |sum: V, value| sum + value;
        if output.is(branch) {
            self.combine(input, output, len, add);
        } else {
            self.copy(input, output, len);
            self.combine(branch, output, len, add);
        }
    }

    /// Replaces values at a place by what comes of them and those at another place.
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

    /// Copies the gradient that lies below so many held values to below itself.
    pub fn copy_gradient(&mut self, held: usize, len: usize) {
        let [from, to] = below(held, len);
        self.copy(from, to, len);
    }

    /// Adds the gradient that lies below another one, as long as itself, to that.
    pub fn add_gradient(&mut self, held: usize, len: usize) {
        let [to, from] = below(held, len);
        self.combine(from, to, len, |sum, value| sum + value);
    }

    /// Writes zeros below so many held values.
    pub fn clear_gradient(&mut self, held: usize, len: usize) {
        let range = self.inside((Place::High(held.saturating_add(len)), len));
        self.arena.get_mut(range).unwrap_or_default().fill(V::ZERO);
    }

    /// Moves the gradient of an input that lies below that of the output to where that is.
    pub fn raise_gradient(&mut self, held: usize, output: usize, input: usize) {
        let to = self.arena.len().saturating_sub(held.saturating_add(input));
        let from = to.saturating_sub(output);
        // From the end, so that what is to be moved is not overwritten.
        for index in (0..input).rev() {
            let value = self.arena.get(from.saturating_add(index)).copied();
            if let (Some(value), Some(to)) = (value, self.arena.get_mut(to.saturating_add(index))) {
                *to = value;
            }
        }
    }
}

/// Returns the places of two runs of this length below so many held values, the upper one first.
fn below(held: usize, len: usize) -> [Place; 2] {
    let upper = held.saturating_add(len);
    [Place::High(upper), Place::High(upper.saturating_add(len))]
}
