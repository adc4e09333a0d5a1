//! Runs of equal length, one after another.
//!
//! `core` has them as `chunks_exact`, which panics for a length of 0, and divides by it. Here such
//! a length gives no runs.

/// Cuts slices into runs; what is left over at the end is not in one.
pub(super) trait Runs {
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
}
