//! A window over planes whose sizes are known at run time only.

use super::WindowSpec;
use crate::lanes::Lanes;
use crate::layer::runs::Runs;
use crate::layer::{split, split_mut};
use crate::spec::Dims;

/// Where a window goes on a plane. A sequence is a plane of one row.
#[derive(Clone, Copy)]
pub(in crate::layer) struct Grid {
    /// Height and width of the plane.
    pub plane: [usize; 2],
    /// How many places there are, down and along.
    pub places: [usize; 2],
    pub size: [usize; 2],
    pub stride: [usize; 2],
    /// Above and before the plane.
    pub padding: [usize; 2],
    pub dilation: [usize; 2],
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

    /// Creates the grid of a window of one number that goes over all of a plane.
    pub fn of_points(area: usize) -> Self {
        let ([plane, places], [size, stride, dilation]) = ([[1, area]; 2], [[1, 1]; 3]);
        Grid { plane, places, size, stride, padding: [0, 0], dilation }
    }

    /// Returns the grid of a window that goes over the places, with a place for each number of the
    /// plane: what the way back sees, where the stride is 1. Its taps come in the opposite order.
    pub fn reversed(self) -> Self {
        let before = |direction: usize| {
            let [size, dilation, padding] = [self.size, self.dilation, self.padding]
                .map(|values| values.get(direction).copied().unwrap_or(0));
            size.wrapping_sub(1).wrapping_mul(dilation).wrapping_sub(padding)
        };
        let (plane, places) = (self.places, self.plane);
        Grid { plane, places, padding: [before(0), before(1)], ..self }
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
    #[inline(always)]
    pub fn places(self) -> impl Iterator<Item = [usize; 2]> {
        let [height, width] = self.places;
        let mut next = [0_usize; 2];
        core::iter::from_fn(move || {
            let [y, x] = next;
            let after = x.wrapping_add(1);
            next = if after < width { [y, after] } else { [y.wrapping_add(1), 0] };
            (y < height).then_some([y, x])
        })
    }

    /// Returns whether each window is one number, and each number of a plane has its window.
    pub fn has_plain_planes(self) -> bool {
        self.size == [1, 1] && self.stride == [1, 1] && self.places == self.plane
    }

    /// Returns where a window's upper left corner is at a place. Outside of the plane it wraps
    /// round, to numbers that are far beyond every plane.
    #[inline(always)]
    pub fn corner(self, [y, x]: [usize; 2]) -> [usize; 2] {
        let ([down, along], [above, before]) = (self.stride, self.padding);
        [y.wrapping_mul(down).wrapping_sub(above), x.wrapping_mul(along).wrapping_sub(before)]
    }

    /// Returns where a row of the plane begins, if there is such a row.
    #[inline(always)]
    pub fn row(self, y: usize) -> Option<usize> {
        let [height, width] = self.plane;
        (y < height).then(|| y.wrapping_mul(width))
    }

    /// Returns whether the numbers of a window's row that begins here are neighbours and all in the
    /// plane.
    #[inline(always)]
    fn is_whole(self, left: usize) -> bool {
        let ([_, width], [_, across], [_, along]) = (self.plane, self.size, self.dilation);
        along == 1 && left < width && across <= width.wrapping_sub(left)
    }

    /// Copies what lies under the window at a place, plane by plane, and `outside` where that is
    /// not in the plane.
    #[inline(never)]
    pub fn gather<V: Lanes>(&self, planes: &[V], place: [usize; 2], outside: V, windows: &mut [V]) {
        V::vectorize(
            windows,
            #[inline(always)]
            |windows| {
                let planes = planes.runs(self.input_area());
                let corner = self.corner(place);
                match self.only_row(corner) {
                    Some(at) if self.size[1] == 1 => {
                        let numbers = planes.filter_map(|plane| plane.get(at));
                        windows.iter_mut().zip(numbers).for_each(
                            #[inline(always)]
                            |(to, &from)| *to = from,
                        );
                    }
                    Some(at) => {
                        for (window, plane) in windows.runs_mut(self.size[1]).zip(planes) {
                            copy(plane.get(at..).unwrap_or_default(), window);
                        }
                    }
                    None => {
                        for (window, plane) in windows.runs_mut(self.window_area()).zip(planes) {
                            self.gather_one(plane, corner, outside, window);
                        }
                    }
                }
            },
        )
    }

    /// Adds windows to what lies under them at a place, plane by plane; what is outside of the
    /// plane is lost.
    #[inline(never)]
    pub fn scatter<V: Lanes>(&self, planes: &mut [V], place: [usize; 2], windows: &[V]) {
        V::vectorize(
            planes,
            #[inline(always)]
            |planes| {
                let windows = windows.runs(self.window_area());
                let windows = windows.zip(planes.runs_mut(self.input_area()));
                let corner = self.corner(place);
                match self.only_row(corner) {
                    Some(at) => windows.for_each(
                        #[inline(always)]
                        |(window, plane)| {
                            add(window, plane.get_mut(at..).unwrap_or_default());
                        },
                    ),
                    None => windows.for_each(
                        #[inline(always)]
                        |(window, plane)| self.scatter_one(plane, corner, window),
                    ),
                }
            },
        )
    }

    /// Returns where a window of one row begins whose numbers are neighbours and all in the plane.
    #[inline(always)]
    fn only_row(&self, [top, left]: [usize; 2]) -> Option<usize> {
        let start = self.row(top).filter(|_| self.size[0] == 1 && self.is_whole(left));
        start.map(|start| start.wrapping_add(left))
    }

    /// [`gather`](Self::gather) of one plane, with the window's upper left corner here.
    #[inline(always)]
    pub fn gather_one<V: Lanes>(
        &self,
        plane: &[V],
        [top, left]: [usize; 2],
        outside: V,
        window: &mut [V],
    ) {
        let is_whole = self.is_whole(left);
        let mut y = top;
        for to in window.runs_mut(self.size[1]) {
            let row = self.row(y).and_then(|start| plane.get(start..)).unwrap_or_default();
            y = y.wrapping_add(self.dilation[0]);
            if is_whole && !row.is_empty() {
                copy(row.get(left..).unwrap_or_default(), to);
            } else {
                let (row, _) = split(row, self.plane[1]);
                copy_across_edge(row, [left, self.dilation[1]], outside, to);
            }
        }
    }

    /// [`scatter`](Self::scatter) of one plane, with the window's upper left corner here.
    #[inline(always)]
    pub fn scatter_one<V: Lanes>(&self, plane: &mut [V], [top, left]: [usize; 2], window: &[V]) {
        let is_whole = self.is_whole(left);
        let mut y = top;
        for from in window.runs(self.size[1]) {
            let row = self.row(y).and_then(|start| plane.get_mut(start..)).unwrap_or_default();
            y = y.wrapping_add(self.dilation[0]);
            if is_whole {
                add(from, row.get_mut(left..).unwrap_or_default());
            } else {
                let (row, _) = split_mut(row, self.plane[1]);
                add_across_edge(from, [left, self.dilation[1]], row);
            }
        }
    }
}

// Few numbers go one by one: what a loop takes to begin, which the compiler unrolls or makes a call
// of `memcpy`, is more than they are.

/// Copies as many numbers as there are places for them.
#[inline(always)]
fn copy<V: Copy>(from: &[V], to: &mut [V]) {
    match (to, from) {
        ([a], [x, ..]) => *a = *x,
        ([a, b], [x, y, ..]) => [*a, *b] = [*x, *y],
        ([a, b, c], [x, y, z, ..]) => [*a, *b, *c] = [*x, *y, *z],
        ([a, b, c, d], [w, x, y, z, ..]) => [*a, *b, *c, *d] = [*w, *x, *y, *z],
        (to, from) => to.iter_mut().zip(from).for_each(
            #[inline(always)]
            |(to, &from)| *to = from,
        ),
    }
}

/// Copies the numbers from one on that are so far apart, and `outside` where there are none.
#[inline(always)]
fn copy_across_edge<V: Copy>(from: &[V], [x, apart]: [usize; 2], outside: V, to: &mut [V]) {
    let number = |index: usize| {
        let at = x.wrapping_add(index.wrapping_mul(apart));
        from.get(at).copied().unwrap_or(outside)
    };
    match to {
        [a, b] => [*a, *b] = [number(0), number(1)],
        [a, b, c] => [*a, *b, *c] = [number(0), number(1), number(2)],
        to => to.iter_mut().enumerate().for_each(
            #[inline(always)]
            |(index, to)| *to = number(index),
        ),
    }
}

/// Adds numbers to as many others.
#[inline(always)]
fn add<V: Lanes>(from: &[V], to: &mut [V]) {
    match (from, to) {
        ([a, b, c], [x, y, z, ..]) => {
            *x += *a;
            *y += *b;
            *z += *c;
        }
        (from, to) => to.iter_mut().zip(from).for_each(
            #[inline(always)]
            |(to, &from)| *to += from,
        ),
    }
}

/// Adds numbers to those from one on that are so far apart, where there are some.
#[inline(always)]
fn add_across_edge<V: Lanes>(from: &[V], [x, apart]: [usize; 2], to: &mut [V]) {
    let mut add = |index: usize, from: V| {
        if let Some(to) = to.get_mut(x.wrapping_add(index.wrapping_mul(apart))) {
            *to += from;
        }
    };
    match *from {
        [a, b] => {
            add(0, a);
            add(1, b);
        }
        [a, b, c] => {
            add(0, a);
            add(1, b);
            add(2, c);
        }
        ref from => from.iter().enumerate().for_each(
            #[inline(always)]
            |(index, &from)| add(index, from),
        ),
    }
}

/// Returns the product of two sizes: at least 1, so that planes can be told apart.
fn area([height, width]: [usize; 2]) -> usize {
    height.saturating_mul(width).max(1)
}
