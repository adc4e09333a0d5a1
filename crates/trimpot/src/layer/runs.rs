//! Runs of equal length, one after another.
//!
//! `core` has them as `chunks_exact`, which panics for a length of 0, and divides by it. Here such
//! a length gives no runs.

/// Cuts slices into runs; what is left over at the end is not in one.
pub(crate) trait Runs {
    /// What a run is of.
    type Element;
    /// Returns the runs of this length.
    fn runs(&self, len: usize) -> impl Iterator<Item = &[Self::Element]>;
    /// Returns the runs of this length, to be changed.
    fn runs_mut(&mut self, len: usize) -> impl Iterator<Item = &mut [Self::Element]>;
}

impl<T> Runs for [T] {
    type Element = T;

    #[inline(always)]
    fn runs(&self, len: usize) -> impl Iterator<Item = &[T]> {
        let mut rest = self;
        core::iter::from_fn(move || {
            let (run, others) = rest.split_at_checked(len)?;
            rest = others;
            Some(run)
        })
        .take_while(move |_| len > 0)
    }

    #[inline(always)]
    fn runs_mut(&mut self, len: usize) -> impl Iterator<Item = &mut [T]> {
        let mut rest = self;
        core::iter::from_fn(move || {
            let (run, others) = core::mem::take(&mut rest).split_at_mut_checked(len)?;
            rest = others;
            Some(run)
        })
        .take_while(move |_| len > 0)
    }
}

/// Cuts `R` runs of this length off, and returns them and what is left; `None` if there are not so
/// many. That they are equally long is then known without a check for each element.
#[inline(always)]
pub(super) fn cut<const R: usize, T>(mut rest: &[T], len: usize) -> Option<([&[T]; R], &[T])> {
    let mut runs = [&[][..]; R];
    for run in &mut runs {
        (*run, rest) = rest.split_at_checked(len)?;
    }
    Some((runs, rest))
}

/// Runs that are gone through side by side.
pub(super) trait SideBySide {
    /// What they have at a place.
    type Place;
    /// Returns what the runs have at each place, to the end of the shortest.
    fn side_by_side(self) -> impl Iterator<Item = Self::Place>;
}

impl<'a, T> SideBySide for [&'a [T]; 1] {
    type Place = [&'a T; 1];
    #[inline(always)]
    fn side_by_side(self) -> impl Iterator<Item = [&'a T; 1]> {
        let [a] = self;
        a.iter().map(|a| [a])
    }
}

/// As many runs as two arrays of them have.
macro_rules! side_by_side {
    ($runs:literal: $($first:ident)* | $($second:ident)*) => {
        impl<'a, T> SideBySide for [&'a [T]; $runs] {
            type Place = [&'a T; $runs];
            #[inline(always)]
            fn side_by_side(self) -> impl Iterator<Item = [&'a T; $runs]> {
                let [$($first,)* $($second),*] = self;
                let halves = [$($first),*].side_by_side().zip([$($second),*].side_by_side());
                halves.map(|([$($first),*], [$($second),*])| [$($first,)* $($second),*])
            }
        }
    };
}
side_by_side!(2: a | b);
side_by_side!(4: a b | c d);
side_by_side!(8: a b c d | e f g h);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_runs_come_in_order() {
        let mut numbers = [1, 2, 3, 4, 5];
        assert!(numbers.runs(2).eq([[1, 2], [3, 4]]));
        assert!(numbers.runs_mut(2).eq([[1, 2], [3, 4]]));
        assert!(numbers.runs(5).eq([[1, 2, 3, 4, 5]]));
        assert_eq!(numbers.runs(6).count(), 0);
        assert_eq!((numbers.runs(0).count(), numbers.runs_mut(0).count()), (0, 0));
    }

    #[test]
    fn runs_are_cut_off_if_there_are_so_many() {
        let numbers = [1, 2, 3, 4, 5];
        assert_eq!(cut(&numbers, 2), Some(([&[1, 2][..], &[3, 4]], &[5][..])));
        assert_eq!(cut::<3, _>(&numbers, 2), None);
        assert_eq!(cut::<2, _>(&numbers, usize::MAX), None);
    }

    #[test]
    fn runs_side_by_side_end_with_the_shortest() {
        let (long, short) = ([1, 2, 3], [4, 5]);
        let runs = [&long[..], &short, &long, &long, &long, &long, &long, &long];
        let first = [&1, &4, &1, &1, &1, &1, &1, &1];
        let second = [&2, &5, &2, &2, &2, &2, &2, &2];
        assert!(runs.side_by_side().eq([first, second]));
    }
}
