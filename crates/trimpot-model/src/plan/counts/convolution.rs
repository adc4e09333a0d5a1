//! What convolutions do, each as its kernel has it: matrices that are multiplied, rows of narrow
//! planes in registers, bands of rows, or windows that are copied.
//!
//! Sequences and images share the kernels, and their costs. What a step does forward costs what it
//! does without one.

use trimpot::layer::WindowSpec;

use super::super::workload::{Pass, Work};
use super::{Counter, Windows, plane};

/// The name in the file of costs.
const NAME: &str = "Convolution";
/// How many filters go together on the way back.
const SHARED: usize = 4;
/// How many columns of a product, or places of a row, are computed side by side.
const BESIDE: usize = 8;
/// How many weighted sums of a plane are computed in a call.
const SUMS: usize = 16;
/// How wide planes are whose rows stay in registers.
const NARROW: std::ops::RangeInclusive<u32> = 3..=8;

/// Adds what a convolution does in a pass.
pub(super) fn count(
    window: WindowSpec<2>,
    channels: [u32; 2],
    groups: u32,
    work: Work,
    counter: &mut Counter,
) {
    let groups = groups.max(1);
    let [taken, filters] = channels.map(|channels| (channels / groups) as usize);
    let weights = taken * window.size.iter().map(|&size| size as usize).product::<usize>();
    let convolution = Convolution { window, groups: f64::from(groups), taken, filters, weights };
    convolution.forward(work, &mut counter.of(NAME, Pass::Inference));
    if work.pass == Pass::Step {
        convolution.backward(work, &mut counter.of(NAME, Pass::Step));
    }
}

/// A convolution, whose groups do the same each.
struct Convolution {
    window: WindowSpec<2>,
    groups: f64,
    /// Channels and filters of a group.
    taken: usize,
    filters: usize,
    /// Weights of a filter.
    weights: usize,
}

impl Convolution {
    fn is_depthwise(&self) -> bool {
        self.taken == 1 && self.filters == 1
    }

    fn is_dense(&self) -> bool {
        self.window.stride == [1, 1]
    }

    /// Whether a window is one number, and each number of a plane has its window.
    fn has_plain_planes(&self, work: Work) -> bool {
        self.window.size == [1, 1] && self.is_dense() && plane(work.input) == plane(work.output)
    }

    /// Whether a window of three columns goes over each number of a narrow plane.
    fn is_narrow(&self, work: Work) -> bool {
        let ([_, width], [_, places]) = (plane(work.input), plane(work.output));
        let WindowSpec { size, dilation, padding, .. } = self.window;
        let is_even = width == places && padding[1][0] == 1;
        size[1] == 3 && self.is_dense() && dilation == [1, 1] && is_even && NARROW.contains(&width)
    }

    fn forward(&self, work: Work, counter: &mut Counter) {
        let area = area(work);
        counter.add("group", self.groups);
        if self.is_depthwise() {
            if self.is_narrow(work) {
                self.narrow(plane(work.output), counter);
            } else {
                self.copied(plane(work.output), plane(work.input), counter);
                self.weighed(plane(work.output), counter);
            }
        } else if self.has_plain_planes(work) {
            let is_tiled = area >= BESIDE;
            product(is_tiled, self.groups, [self.filters, self.taken, area], counter);
        } else {
            let places = self.groups * area as f64;
            counter.add("place", places);
            counter.windows(self.groups * self.taken as f64, Windows::new(self.window, work));
            counter.add("sum at a place", places * self.filters as f64);
            counter.weighted_sums(places, self.filters, self.weights);
        }
    }

    fn backward(&self, work: Work, counter: &mut Counter) {
        let [fours, singles] = match self.filters {
            ..SHARED => [0, self.filters],
            filters => [filters / SHARED, filters % SHARED],
        };
        let blocks = (fours + singles) as f64;
        let area = area(work);
        counter.add("group", self.groups);
        counter.add("block", self.groups * blocks);
        counter.add("place summed", self.groups * blocks * area as f64);
        let filters = self.groups * self.filters as f64;
        let together = self.filters as f64 / blocks;
        counter.norms(work, self.groups * blocks, together);
        if work.trains_weights {
            counter.add("weight changed", filters * self.weights as f64);
            counter.norms(work, self.groups * blocks, together * self.weights as f64);
        }
        if work.passes_gradient {
            counter.add("gradient passed on", work.input.count() as f64);
        }
        if self.is_depthwise() {
            self.depthwise_backward(work, counter);
        } else if self.has_plain_planes(work) {
            if work.trains_weights {
                counter.add("call for sums", filters * self.taken.div_ceil(SUMS) as f64);
                counter.of(NAME, Pass::Inference).weighted_sums(filters, self.taken, area);
            }
            if work.passes_gradient {
                let is_tiled = area >= BESIDE && self.taken >= 2;
                product(is_tiled, self.groups, [self.taken, self.filters, area], counter);
            }
        } else {
            self.windows_backward(blocks, work, counter);
        }
    }

    /// The way back of windows, of which each block of filters takes its copy.
    fn windows_backward(&self, blocks: f64, work: Work, counter: &mut Counter) {
        let windows = Windows::new(self.window, work);
        let planes = self.groups * self.taken as f64 * blocks;
        let places = self.groups * area(work) as f64;
        let filters = places * self.filters as f64;
        if work.trains_weights {
            counter.add("place of a block", places * blocks);
            counter.of(NAME, Pass::Inference).windows(planes, windows);
            self.multiples(filters, counter);
        }
        if work.passes_gradient {
            counter.add("place of a block passed on", places * blocks);
            self.multiples(filters, counter);
            counter.scattered(planes, windows);
        }
    }

    /// Multiples of a window or of a filter that are added to the other's gradient.
    fn multiples(&self, times: f64, counter: &mut Counter) {
        counter.add("multiple", times);
        counter.add("eight numbers of a multiple", times * (self.weights / 8) as f64);
        counter.add("number of a multiple", times * (self.weights % 8) as f64);
    }

    fn depthwise_backward(&self, work: Work, counter: &mut Counter) {
        let ([rows, places], [height, width]) = (plane(work.output), self.window.size);
        let is_narrow = self.is_narrow(work);
        let all_rows = self.groups * f64::from(rows);
        if work.trains_weights && is_narrow {
            let under = all_rows * f64::from(height);
            counter.add("row of products", all_rows);
            counter.add("three products", under * f64::from(places));
        } else if work.trains_weights {
            let mut forward = counter.of(NAME, Pass::Inference);
            self.copied([rows, places], plane(work.input), &mut forward);
            let [fours, others] =
                [height * width / 4, height * width % 4].map(|count| all_rows * f64::from(count));
            counter.add("four weights at a row", fours);
            counter.add("four products at a row", fours * f64::from(places));
            counter.add("weight at a row", others);
            counter.add("product at a row", others * f64::from(places));
        }
        if !work.passes_gradient {
            return;
        }
        // With a place for each number of the input, the window goes over the output's gradient.
        if is_narrow {
            self.narrow(plane(work.input), &mut counter.of(NAME, Pass::Inference));
        } else if self.is_dense() {
            let mut forward = counter.of(NAME, Pass::Inference);
            self.copied(plane(work.input), plane(work.output), &mut forward);
            self.weighed(plane(work.input), &mut forward);
        } else {
            let [inside, across, _] = Windows::new(self.window, work).rows;
            let rows_in = (inside + across) / f64::from(places);
            let weights = self.groups * rows_in * f64::from(width);
            counter.add("weight of a row passed on", weights);
            counter.add("place passed on", weights * f64::from(places));
        }
    }

    /// Weighted sums of three columns, for each place of rows that stay in registers.
    fn narrow(&self, [rows, places]: [u32; 2], counter: &mut Counter) {
        let all_rows = self.groups * f64::from(rows);
        let under = all_rows * f64::from(self.window.size[0]);
        counter.add("narrow row", all_rows);
        counter.add("number of a narrow row", under * f64::from(places));
    }

    /// Rows of planes that are copied to a band, for so many places.
    fn copied(&self, [rows, places]: [u32; 2], [_, columns]: [u32; 2], counter: &mut Counter) {
        let WindowSpec { size: [height, width], stride: [down, along], dilation, .. } = self.window;
        counter.add("row of places", self.groups * f64::from(rows));
        // The window's first rows are those that were its last ones.
        let again = if dilation[0] == 1 { height.saturating_sub(down) } else { 0 };
        let copied = self.groups * f64::from(height + (rows - 1) * (height - again));
        counter.add("row copied", copied);
        let last = (width - 1) * dilation[1];
        if along == 1 {
            counter.add("number copied", copied * f64::from((places + last).min(columns)));
        } else {
            let runs = last.min(along - 1) + 1;
            counter.add("run copied", copied * f64::from(runs));
            counter.add("number of a run", copied * f64::from(runs * (places + last / along)));
        }
    }

    /// Weighted sums of a band, for places of a row side by side.
    fn weighed(&self, [rows, places]: [u32; 2], counter: &mut Counter) {
        let WindowSpec { size: [height, width], stride, dilation, .. } = self.window;
        let sums = self.groups * f64::from(rows * places.div_ceil(BESIDE as u32));
        counter.add("eight places of a row", sums);
        if stride[1] == dilation[1] {
            counter.add("row of weights", sums * f64::from(height));
            counter.add("weight of a row", sums * f64::from(height * width));
        } else {
            counter.add("weight of a row apart", sums * f64::from(height * width));
        }
    }
}

/// Returns how many places there are.
fn area(work: Work) -> usize {
    plane(work.output).into_iter().map(|size| size as usize).product()
}

/// Products of matrices: tiles of two rows, or row by row where there is no tile.
fn product(is_tiled: bool, times: f64, [rows, terms, columns]: [usize; 3], counter: &mut Counter) {
    if is_tiled {
        let tiles = times * (columns.div_ceil(BESIDE) * rows.div_ceil(2)) as f64;
        counter.add("tile", tiles);
        counter.add("term of a tile", tiles * terms as f64);
    } else {
        let rows = times * rows as f64;
        counter.add("short row", rows);
        counter.add("number of a short row", rows * (terms * columns) as f64);
    }
}
