//! Arrays that are made item by item, in the function that needs them.
//!
//! `core` has `array::map` and `array::from_fn`. They are functions, which the compiler may leave
//! out of line with what they are given, depending on the profile: then vectors go through memory,
//! and what was chosen at run time for an instruction set is called without it.

/// Returns what is made of each item. `blank` stands in its place before.
#[inline(always)]
pub(crate) fn map<T, U: Copy, const N: usize>(
    items: &[T; N],
    blank: U,
    mut make: impl FnMut(&T) -> U,
) -> [U; N] {
    let mut made = [blank; N];
    for (made, item) in made.iter_mut().zip(items) {
        *made = make(item);
    }
    made
}

/// Returns what is made of each index. `blank` stands in its place before.
#[inline(always)]
pub(crate) fn from_fn<U: Copy, const N: usize>(
    blank: U,
    mut make: impl FnMut(usize) -> U,
) -> [U; N] {
    let mut made = [blank; N];
    for (index, made) in made.iter_mut().enumerate() {
        *made = make(index);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_made_in_order() {
        let mut calls = 0;
        let numbered = map(&["a", "bc"], (0, 0), |text| {
            calls += 1;
            (calls, text.len())
        });
        assert_eq!(numbered, [(1, 1), (2, 2)]);
        assert_eq!(from_fn(0, |index| 10 * index), [0, 10, 20]);
        assert_eq!(map(&[0; 0], 0, |&item: &i32| item), [0; 0]);
    }
}
