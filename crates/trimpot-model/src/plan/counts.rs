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

/// A row of more numbers is copied by `memcpy`.
const WORDS: f64 = 4.0;
/// How many places of a convolution of one filter for each channel are computed side by side.
const BESIDE: u32 = 8;
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

    /// Numbers under windows that are copied from so many planes.
    fn windows(&mut self, planes: f64, windows: Windows) {
        let Windows { rows, width, places } = windows;
        self.add("plane under a window", planes * places);
        let [inside, across, outside] = rows.map(|rows| planes * rows);
        if width <= WORDS {
            self.add("short row inside", inside);
            self.add("number of a short row inside", inside * width);
        } else {
            self.add("row inside", inside);
            self.add("number inside", inside * width);
        }
        self.add("row across an edge", across + outside);
        self.add("number across an edge", (across + outside) * width);
    }

    /// Numbers under windows that are added to, of so many planes.
    fn scattered(&mut self, planes: f64, windows: Windows) {
        let Windows { rows: [inside, across, outside], width, places } = windows;
        self.add("plane under a window added", planes * places);
        self.add("row added", planes * inside);
        self.add("number added", planes * inside * width);
        self.add("row added across an edge", planes * (across + outside));
        self.add("number added across an edge", planes * across * width);
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
    // Rows are left out that change no weight. Where none changes, nobody looks.
    let mut rows = outputs as f64;
    if work.trains_weights {
        counter.add("output", rows);
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
    counter.add("group", groups as f64);
    if filters == 1 && taken == 1 {
        return depthwise(window, work, counter);
    }
    let area = window.size.iter().map(|&size| size as usize).product::<usize>();
    let weights = taken * area;
    let places = (groups * (work.output.count() / out_channels.max(1))) as f64;
    let windows = Windows::new(window, work);
    let planes = in_channels as f64;
    counter.add("place", places);
    counter.windows(planes, windows);
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
    if work.trains_weights {
        counter.add("weight changed", groups as f64 * filters * weights as f64);
    }
    if !work.trains_weights && !work.passes_gradient {
        return;
    }
    if area == 1 && window.stride == [1, 1] {
        let products = places * filters * taken as f64;
        if work.trains_weights {
            counter.add("plane of a block", planes * blocks);
            counter.add("product of planes", products);
        }
        if work.passes_gradient {
            counter.add("plane of a block passed on", planes * blocks);
            counter.add("product of planes passed on", products);
            counter.add("gradient passed on", work.input.count() as f64);
        }
        return;
    }
    counter.add("place of a block", places * blocks);
    if work.trains_weights {
        counter.windows(planes * blocks, windows);
        let at_a_place = ["filter at a place", "eight weights at a place", "weight at a place"];
        counter.multiples(at_a_place, places * filters, weights);
    }
    if work.passes_gradient {
        counter.add("window passed on", places * blocks * weights as f64);
        let passed_on = ["filter passed on", "eight weights passed on", "weight passed on"];
        counter.multiples(passed_on, places * filters, weights);
        counter.scattered(planes * blocks, windows);
        counter.add("gradient passed on", work.input.count() as f64);
    }
}

/// A convolution of one filter for each channel: row by row, and all places of a row together.
fn depthwise(window: WindowSpec<2>, work: Work, counter: &mut Counter) {
    let ([height, width], [down, along]) = (window.size, window.stride);
    let [rows, places] = plane(work.output);
    let planes = f64::from(work.input.channels());
    let (all_rows, weights) = (planes * f64::from(rows), f64::from(height * width));
    counter.add("row of places", all_rows);
    // The window's first rows are those that were its last ones.
    let again = if window.dilation[0] == 1 { height.saturating_sub(down) } else { 0 };
    let copied = planes * f64::from(height + (rows - 1) * (height - again));
    let last = (width - 1) * window.dilation[1];
    counter.add("row copied", copied);
    counter.add(
        "number copied",
        copied * f64::from(last.min(along - 1) + 1) * f64::from(places + last / along),
    );
    let sums = all_rows * f64::from(places.div_ceil(BESIDE));
    counter.add("eight places of a row", sums);
    let is_plain = along == 1 && window.dilation[1] == 1;
    counter.add(if is_plain { "weight of a row" } else { "weight of a row apart" }, sums * weights);
    if work.pass == Pass::Inference {
        return;
    }
    if work.trains_weights {
        counter.add("weight changed", planes * weights);
        let fours = f64::from(height * width / 4);
        counter.add("four weights at a row", all_rows * fours);
        counter.add("four products at a row", all_rows * fours * f64::from(places));
        let others = f64::from(height * width % 4);
        counter.add("weight at a row", all_rows * others);
        counter.add("product at a row", all_rows * others * f64::from(places));
    }
    if work.passes_gradient {
        let windows = Windows::new(window, work);
        let rows_in = (windows.rows[0] + windows.rows[1]) / f64::from(places);
        counter.add("row of weights passed on", all_rows * f64::from(height));
        let weights = planes * rows_in * f64::from(width);
        if along == 1 {
            let passed_on =
                ["weight of a row passed on", "eight places passed on", "place passed on"];
            counter.multiples(passed_on, weights, places as usize);
        } else {
            counter.add("weight of a row apart passed on", weights);
            counter.add("place apart passed on", weights * f64::from(places));
        }
        counter.add("gradient passed on", work.input.count() as f64);
    }
}

fn pool(window: WindowSpec<2>, work: Work, counter: &mut Counter) {
    let area = window.size.iter().map(|&size| f64::from(size)).product::<f64>();
    let places = work.output.count() as f64;
    counter.add("channel", f64::from(work.input.channels()));
    counter.add("place", places);
    counter.add("number", places * area);
    let windows = Windows::new(window, work);
    counter.windows(f64::from(work.input.channels()), windows);
    if work.pass == Pass::Step {
        counter.scattered(f64::from(work.input.channels()), windows);
        counter.add("gradient passed on", work.input.count() as f64);
    }
}

/// Returns height and width of the planes of a shape.
fn plane(dims: Dims) -> [u32; 2] {
    match *dims.sizes() {
        [_, length] => [1, length],
        [_, height, width] => [height, width],
        _ => [1, 1],
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
    /// How many windows there are.
    places: f64,
}

impl Windows {
    fn new(window: WindowSpec<2>, work: Work) -> Self {
        let [[height, width], [places_down, places_along]] =
            [work.input, work.output].map(plane).map(|sizes| sizes.map(i64::from));
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
            places: (places_down * places_along) as f64,
        }
    }
}
