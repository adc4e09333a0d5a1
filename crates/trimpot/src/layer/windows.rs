//! What a kernel sees of a plane as it moves over it: for convolution and pooling.

mod band;
mod grid;
#[cfg(test)]
mod kernel_tests;
mod moving;
mod spec;

pub(super) use band::Band;
pub(super) use grid::Grid;
pub use moving::MovingWindow;
pub use spec::WindowSpec;

use crate::lanes::Lanes;

/// `C` channels of `H` rows of `W` numbers: what lies under a kernel, or the kernel itself.
pub(super) type Patch<V, const C: usize, const H: usize, const W: usize> = [[[V; W]; H]; C];

/// How a kernel moves over a plane, down and along.
#[derive(Clone, Copy)]
pub(super) struct Window {
    /// How far from one position to the next.
    pub stride: [usize; 2],
    /// How far outside the plane it begins. Outside there are zeros.
    pub padding: [usize; 2],
}

impl Window {
    /// Returns the kernel's upper left corner at a place. Outside, it wraps round, to a number that
    /// is far beyond every plane.
    #[inline(always)]
    pub fn corner(&self, y: usize, x: usize) -> [usize; 2] {
        let [down, along] = self.stride;
        let [above, before] = self.padding;
        [(y * down).wrapping_sub(above), (x * along).wrapping_sub(before)]
    }
}

/// Returns whether a kernel has `output` places to be on `input` numbers.
pub(super) const fn fits(
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
) -> bool {
    0 < kernel
        && 0 < stride
        && padding < kernel
        && kernel <= input + 2 * padding
        && output == (input + 2 * padding - kernel) / stride + 1
}

/// Writes what lies under a kernel, with zeros where that is outside of the planes.
#[inline(always)]
pub(super) fn take_patch<
    V: Lanes,
    const H: usize,
    const W: usize,
    const C: usize,
    const KH: usize,
    const KW: usize,
>(
    planes: &[[[V; W]; H]],
    [top, left]: [usize; 2],
    patch: &mut Patch<V, C, KH, KW>,
) {
    for (patch, plane) in patch.iter_mut().zip(planes) {
        for (y, to) in patch.iter_mut().enumerate() {
            let Some(from) = plane.get(top.wrapping_add(y)) else {
                *to = [V::ZERO; KW];
                continue;
            };
            match from.get(left..).and_then(|from| from.first_chunk()) {
                Some(from) => *to = *from,
                None => {
                    for (x, to) in to.iter_mut().enumerate() {
                        *to = from.get(left.wrapping_add(x)).copied().unwrap_or(V::ZERO);
                    }
                }
            }
        }
    }
}

/// Adds a patch to what lies under a kernel; what is outside is lost.
#[inline(always)]
pub(super) fn add_patch<
    V: Lanes,
    const H: usize,
    const W: usize,
    const C: usize,
    const KH: usize,
    const KW: usize,
>(
    planes: &mut [[[V; W]; H]],
    [top, left]: [usize; 2],
    patch: &Patch<V, C, KH, KW>,
) {
    for (patch, plane) in patch.iter().zip(planes) {
        for (y, from) in patch.iter().enumerate() {
            let Some(to) = plane.get_mut(top.wrapping_add(y)) else { continue };
            match to.get_mut(left..).and_then(|to| to.first_chunk_mut::<KW>()) {
                Some(to) => to.iter_mut().zip(from).for_each(
                    #[inline(always)]
                    |(to, &from)| *to += from,
                ),
                None => {
                    for (x, &from) in from.iter().enumerate() {
                        if let Some(to) = to.get_mut(left.wrapping_add(x)) {
                            *to += from;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANE: [[f32; 3]; 2] = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];

    #[test]
    fn outside_there_are_zeros() {
        let window = Window { stride: [2, 2], padding: [1, 1] };
        let under = |y, x| {
            let mut patch = [[[7.0; 2]; 2]];
            take_patch(&[PLANE], window.corner(y, x), &mut patch);
            patch[0]
        };
        assert_eq!(under(0, 0), [[0.0, 0.0], [0.0, 1.0]]);
        assert_eq!(under(0, 1), [[0.0, 0.0], [2.0, 3.0]]);
        assert_eq!(under(1, 0), [[0.0, 4.0], [0.0, 0.0]]);
        assert_eq!(under(1, 2), [[6.0 * 0.0, 0.0], [0.0, 0.0]]);
    }

    #[test]
    fn what_is_added_outside_is_lost() {
        let window = Window { stride: [1, 1], padding: [1, 1] };
        let mut planes = [PLANE];
        add_patch(&mut planes, window.corner(0, 0), &[[[10.0, 20.0], [30.0, 40.0]]]);
        add_patch(&mut planes, window.corner(1, 1), &[[[0.5, 0.25], [0.125, 0.0]]]);
        assert_eq!(planes, [[[41.5, 2.25, 3.0], [4.125, 5.0, 6.0]]]);
    }

    #[test]
    fn sizes_are_those_of_pytorch() {
        assert!(
            fits(8, 6, 3, 1, 0)
                && fits(8, 8, 3, 1, 1)
                && fits(8, 4, 3, 2, 1)
                && fits(7, 3, 2, 2, 0)
        );
        assert!(!fits(8, 7, 3, 1, 0) && !fits(2, 0, 3, 1, 0) && !fits(8, 8, 1, 0, 0));
    }
}
