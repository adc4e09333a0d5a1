//! A window over planes whose sizes are known at run time only.

use super::WindowSpec;
use crate::lanes::Lanes;
use crate::layer::runs::Runs;
use crate::spec::Dims;

/// Where a window goes on a plane. A sequence is a plane of one row.
#[derive(Clone, Copy)]
pub(in crate::layer) struct Grid {
    /// Height and width of the plane.
    plane: [usize; 2],
    /// How many places there are, down and along.
    places: [usize; 2],
    size: [usize; 2],
    stride: [usize; 2],
    /// Above and before the plane.
    padding: [usize; 2],
    dilation: [usize; 2],
}

/// Returns the values of two directions. Of one alone, the other has `default`.
fn two<const D: usize>(values: [u32; D], default: usize) -> [usize; 2] {
    match values.as_slice() {
        [down, along, ..] => [*down as usize, *along as usize],
        [along] => [default, *along as usize],
        [] => [default; 2],
    }
}

/// Returns the sizes behind the channels.
fn plane<const D: usize>(dims: Dims) -> [usize; 2] {
    two(dims.behind_channels::<D>().unwrap_or([0; D]), 1)
}

impl Grid {
    /// Creates the grid of a window that turns planes of one shape into planes of another.
    pub fn new<const D: usize>(window: WindowSpec<D>, [input, output]: [Dims; 2]) -> Self {
        Grid {
            plane: plane::<D>(input),
            places: plane::<D>(output),
            size: two(window.size, 1),
            stride: two(window.stride, 1),
            padding: two(window.padding.map(|[before, _]| before), 0),
            dilation: two(window.dilation, 1),
        }
    }

    /// Returns how many numbers a plane of the input has: at least one.
    pub fn input_area(self) -> usize {
        area(self.plane)
    }

    /// Returns how many places there are: at least one.
    pub fn output_area(self) -> usize {
        area(self.places)
    }

    /// Returns how many numbers a window covers: at least one.
    pub fn window_area(self) -> usize {
        area(self.size)
    }

    /// Returns all places, row by row.
    pub fn places(self) -> impl Iterator<Item = [usize; 2]> {
        let [height, width] = self.places;
        (0..height).flat_map(move |y| (0..width).map(move |x| [y, x]))
    }

    /// Hands over the rows of the window at a place: which of its numbers they begin with, and
    /// where in the plane that is and how many of the row are there, if the row is in the plane.
    #[inline(always)]
    fn rows(self, [y, x]: [usize; 2]) -> impl Iterator<Item = Option<Row>> {
        let [plane_height, plane_width] = self.plane;
        let [height, width] = self.size;
        let [down, along] = self.dilation;
        // Outside they wrap round, to numbers that are far beyond every plane.
        let top = (y.wrapping_mul(self.stride[0])).wrapping_sub(self.padding[0]);
        let left = (x.wrapping_mul(self.stride[1])).wrapping_sub(self.padding[1]);
        (0..height).map(move |row| {
            let at = top.wrapping_add(row.wrapping_mul(down));
            (at < plane_height).then(|| Row {
                start: at.wrapping_mul(plane_width),
                width: plane_width,
                left,
                count: width,
                step: along,
            })
        })
    }

    /// Copies what lies under the window at a place, plane by plane, and `outside` where that is
    /// not in the plane.
    #[inline(always)]
    pub fn gather<V: Lanes>(self, planes: &[V], place: [usize; 2], outside: V, windows: &mut [V]) {
        let width = self.size[1].max(1);
        for (number, row) in self.rows(place).enumerate() {
            let start = number.saturating_mul(width);
            let windows = windows.runs_mut(self.window_area());
            for (window, plane) in windows.zip(planes.runs(self.input_area())) {
                let to = window.get_mut(start..start.saturating_add(width)).unwrap_or_default();
                match row {
                    Some(row) => row.copy(plane, outside, to),
                    None => to.fill(outside),
                }
            }
        }
    }

    /// Adds windows to what lies under them at a place, plane by plane; what is outside of the
    /// plane is lost.
    #[inline(always)]
    pub fn scatter<V: Lanes>(self, planes: &mut [V], place: [usize; 2], windows: &[V]) {
        let width = self.size[1].max(1);
        for (number, row) in self.rows(place).enumerate() {
            let Some(row) = row else { continue };
            let start = number.saturating_mul(width);
            let windows = windows.runs(self.window_area());
            for (window, plane) in windows.zip(planes.runs_mut(self.input_area())) {
                let from = window.get(start..start.saturating_add(width)).unwrap_or_default();
                row.add(plane, from);
            }
        }
    }
}

/// A row of a window, in a row of a plane.
#[derive(Clone, Copy)]
struct Row {
    /// Where the plane's row begins.
    start: usize,
    /// How long it is.
    width: usize,
    /// Where in it the window's row begins; wraps round before the first number.
    left: usize,
    /// How many numbers the window's row has.
    count: usize,
    /// How far they are apart.
    step: usize,
}

impl Row {
    /// Returns where the numbers are, if they are neighbours and all in the plane.
    #[inline(always)]
    fn neighbours(self) -> Option<core::ops::Range<usize>> {
        let inside = self.left < self.width && self.count <= self.width.wrapping_sub(self.left);
        let first = self.start.wrapping_add(self.left);
        (self.step == 1 && inside).then(|| first..first.wrapping_add(self.count))
    }

    /// Returns where each number is, if it is in the plane.
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = Option<usize>> {
        (0..self.count).map(move |index| {
            let x = self.left.wrapping_add(index.wrapping_mul(self.step));
            (x < self.width).then(|| self.start.wrapping_add(x))
        })
    }

    #[inline(always)]
    fn copy<V: Lanes>(self, plane: &[V], outside: V, to: &mut [V]) {
        if let Some(from) = self.neighbours().and_then(|range| plane.get(range)) {
            for (to, &from) in to.iter_mut().zip(from) {
                *to = from;
            }
        } else {
            for (to, at) in to.iter_mut().zip(self.each()) {
                *to = at.and_then(|at| plane.get(at)).copied().unwrap_or(outside);
            }
        }
    }

    #[inline(always)]
    fn add<V: Lanes>(self, plane: &mut [V], from: &[V]) {
        if let Some(range) = self.neighbours() {
            for (to, &from) in plane.get_mut(range).unwrap_or_default().iter_mut().zip(from) {
                *to += from;
            }
        } else {
            for (&from, at) in from.iter().zip(self.each()) {
                if let Some(to) = at.and_then(|at| plane.get_mut(at)) {
                    *to += from;
                }
            }
        }
    }
}

/// Returns the product of two sizes: at least 1, so that planes can be told apart.
fn area([height, width]: [usize; 2]) -> usize {
    height.saturating_mul(width).max(1)
}
