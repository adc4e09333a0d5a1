//! Counts of what each kind of layer does, which its cost depends on.
//!
//! They follow the kernels of [`trimpot::interpreter`]: what is done for a pass, for an output, for
//! a product. What each of them costs is measured: see [`Costs`](super::Costs).

use std::collections::BTreeMap;

use trimpot::layer::WindowSpec;
use trimpot::layer::kind::Work as Kind;
use trimpot::spec::Dims;

use super::workload::{Pass, Work};

/// What is counted: in which layer, in which pass, and what.
pub type Key = (&'static str, Pass, &'static str);

/// How often everything is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts(BTreeMap<Key, f64>);

impl Counts {
    /// Adds to a count.
    pub(super) fn add(&mut self, layer: &'static str, pass: Pass, what: &'static str, count: f64) {
        if count > 0.0 {
            *self.0.entry((layer, pass, what)).or_default() += count;
        }
    }

    /// Returns all of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, f64)> {
        self.0.iter().map(|(&key, &count)| (key, count))
    }
}

/// A row of fewer numbers is copied byte by byte: the compiler makes a call of `memcpy` of it.
const WORDS: f64 = 4.0;
/// How many filters of a convolution go together on the way back.
const SHARED: usize = 4;

/// Counts of one layer.
struct Counter<'c> {
    layer: &'static str,
    pass: Pass,
    counts: &'c mut Counts,
}

impl Counter<'_> {
    fn add(&mut self, what: &'static str, count: f64) {
        self.counts.add(self.layer, self.pass, what, count);
    }

    /// Weighted sums: two rows at a time, eight columns at a time.
    fn weighted_sums(&mut self, times: f64, rows: usize, inputs: usize) {
        let pairs = times * rows.div_ceil(2) as f64;
        self.add("pair of sums", pairs);
        self.add("eight products of a pair", pairs * (inputs / 8) as f64);
        self.add("product of a pair", pairs * (inputs % 8) as f64);
    }

    /// Multiples of so many numbers that are added to others, eight at a time: what is one of them,
    /// what eight of the numbers, and what one.
    fn multiples(&mut self, [whole, eight, one]: [&'static str; 3], times: f64, numbers: usize) {
        self.add(whole, times);
        self.add(eight, times * (numbers / 8) as f64);
        self.add(one, times * (numbers % 8) as f64);
    }

    /// Numbers under windows that are copied, plane by plane, in each group of so many planes.
    fn windows(&mut self, groups: f64, planes: f64, windows: Windows) {
        let Windows { rows, width } = windows;
        self.add("row of a window", groups * rows.iter().sum::<f64>());
        let [inside, across, outside] = rows.map(|rows| groups * planes * rows);
        if width < WORDS {
            self.add("short row inside", inside);
            self.add("number of a short row inside", inside * width);
        } else {
            self.add("row inside", inside);
            self.add("number inside", inside * width);
        }
        self.add("row across an edge", across);
        self.add("number across an edge", across * width);
        self.add("row outside", outside);
        self.add("number outside", outside * width);
    }

    /// Numbers under windows that are added to, plane by plane.
    fn scattered(&mut self, times: f64, windows: Windows) {
        let Windows { rows: [inside, across, _], width } = windows;
        self.add("row added", times * inside);
        self.add("number added", times * inside * width);
        self.add("row added across an edge", times * across);
        self.add("number added across an edge", times * across * width);
    }
}

/// Adds what a layer does in a pass.
pub(super) fn count(work: Work, counts: &mut Counts) {
    let Work { spec, input, output, pass, is_masked, .. } = work;
    let mut counter = Counter { layer: spec.name(), pass, counts };
    let [inputs, outputs] = [input, output].map(|dims| dims.count() as f64);
    let channels = f64::from(input.channels());
    counter.add("call", 1.0);
    match spec.work() {
        Kind::Nothing => {}
        Kind::Numbers | Kind::Noise => counter.add("number", inputs),
        Kind::Signs => {
            counter.add("number", inputs);
            if is_masked {
                counter.add("sign", inputs);
            }
        }
        Kind::Channels => {
            counter.add("channel", channels);
            counter.add("number", inputs);
        }
        Kind::Rows(size) => {
            counter.add("row", inputs / f64::from(size.max(1)));
            counter.add("number", inputs);
            counter.add("scale", f64::from(size));
        }
        Kind::Lookups => {
            counter.add("row", inputs);
            counter.add("number", outputs);
        }
        Kind::WeightedSums => dense(work, &mut counter),
        Kind::Convolution { window, channels, groups } => {
            convolution(window, channels, groups, work, &mut counter);
        }
        Kind::Pool { window, .. } => pool(window, work, &mut counter),
    }
}

fn dense(work: Work, counter: &mut Counter) {
    let [inputs, outputs] = [work.input, work.output].map(Dims::count);
    counter.weighted_sums(1.0, outputs, inputs);
    if work.pass == Pass::Inference {
        return;
    }
    counter.add("output", outputs as f64);
    // Rows are left out that change no weight. Where none changes, none is.
    let mut rows = outputs as f64;
    if work.trains_weights {
        rows *= work.active;
        let changed = ["row changed", "eight weights changed", "weight changed"];
        counter.multiples(changed, rows, inputs);
    }
    if work.passes_gradient {
        let passed_on = ["row passed on", "eight weights passed on", "weight passed on"];
        counter.multiples(passed_on, rows, inputs);
        counter.add("gradient passed on", inputs as f64);
    }
}

fn convolution(
    window: WindowSpec<2>,
    channels: [u32; 2],
    groups: u32,
    work: Work,
    counter: &mut Counter,
) {
    let groups = groups.max(1) as usize;
    let [in_channels, out_channels] = channels.map(|channels| channels as usize);
    let filters = out_channels / groups;
    let taken = in_channels / groups;
    let area = window.size.iter().map(|&size| size as usize).product::<usize>();
    let weights = taken * area;
    let places = (groups * (work.output.count() / out_channels.max(1))) as f64;
    let windows = Windows::new(window, work);
    let planes = taken as f64;
    counter.add("group", groups as f64);
    counter.add("place", places);
    counter.windows(groups as f64, planes, windows);
    counter.add("eight filters at a place", places * filters.div_ceil(8) as f64);
    counter.weighted_sums(places, filters, weights);
    if work.pass == Pass::Inference {
        return;
    }
    let blocks = match filters {
        ..SHARED => filters,
        _ => filters / SHARED + filters % SHARED,
    } as f64;
    let filters = filters as f64;
    counter.add("block", groups as f64 * blocks);
    counter.add("place of a block", places * blocks);
    counter.windows(groups as f64 * blocks, planes, windows);
    let at_a_place = ["filter at a place", "eight weights at a place", "weight at a place"];
    counter.multiples(at_a_place, places * filters, weights);
    if work.trains_weights {
        counter.add("weight changed", groups as f64 * filters * weights as f64);
    }
    if work.passes_gradient {
        counter.add("window passed on", places * blocks * weights as f64);
        let passed_on = ["filter passed on", "eight weights passed on", "weight passed on"];
        counter.multiples(passed_on, places * filters, weights);
        counter.scattered(groups as f64 * blocks * planes, windows);
        counter.add("gradient passed on", work.input.count() as f64);
    }
}

fn pool(window: WindowSpec<2>, work: Work, counter: &mut Counter) {
    let area = window.size.iter().map(|&size| f64::from(size)).product::<f64>();
    let places = work.output.count() as f64;
    counter.add("channel", f64::from(work.input.channels()));
    counter.add("place", places);
    counter.add("number", places * area);
    counter.windows(f64::from(work.input.channels()), 1.0, Windows::new(window, work));
    if work.pass == Pass::Step {
        counter.add("gradient passed on", work.input.count() as f64);
    }
}

/// The rows of all windows on a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Windows {
    /// Rows whose numbers are neighbours and all in the plane; others that are in it in part, or
    /// whose numbers lie apart; and those above and below it.
    rows: [f64; 3],
    /// Numbers of a row.
    width: f64,
}

impl Windows {
    fn new(window: WindowSpec<2>, work: Work) -> Self {
        let sizes = |dims: Dims| match *dims.sizes() {
            [_, length] => [1, length],
            [_, height, width] => [height, width],
            _ => [1, 1],
        };
        let [[height, width], [places_down, places_along]] =
            [work.input, work.output].map(sizes).map(|sizes| sizes.map(i64::from));
        let [size, stride, dilation] =
            [window.size, window.stride, window.dilation].map(|values| values.map(i64::from));
        let before = window.padding.map(|[before, _]| i64::from(before));
        let top = |place| place * stride[0] - before[0];
        let left = |place| place * stride[1] - before[1];
        let is_in = |row: &i64| (0..height).contains(row);
        let rows_in: usize = (0..places_down)
            .map(|y| (0..size[0]).map(|row| top(y) + row * dilation[0]).filter(is_in).count())
            .sum();
        let whole = (0..places_along)
            .filter(|&x| dilation[1] == 1 && left(x) >= 0 && left(x) + size[1] <= width)
            .count() as f64;
        let (rows, rows_in) = ((places_down * size[0]) as f64, rows_in as f64);
        let along = places_along as f64;
        Windows {
            rows: [rows_in * whole, rows_in * (along - whole), (rows - rows_in) * along],
            width: size[1] as f64,
        }
    }
}
