//! Counts of what each kind of layer does, which its cost depends on.
//!
//! They follow the kernels of [`trimpot::interpreter`]: what is done for a pass, for an output, for
//! a product. What each of them costs is measured: see [`Costs`](super::Costs).

mod convolution;

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

    /// Adds other counts, so many times.
    #[must_use]
    pub fn and(mut self, times: f64, others: &Counts) -> Self {
        others
            .iter()
            .for_each(|((layer, pass, what), count)| self.add(layer, pass, what, times * count));
        self
    }

    /// Returns all of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, f64)> {
        self.0.iter().map(|(&key, &count)| (key, count))
    }
}

/// A row of more numbers is copied in a loop.
const SHORT: f64 = 4.0;

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

    /// Returns one for another layer and pass.
    fn of(&mut self, layer: &'static str, pass: Pass) -> Counter<'_> {
        Counter { layer, pass, counts: self.counts }
    }

    /// Norms of so many numbers each, by which gradients are clipped that change parameters at once.
    fn norms(&mut self, work: Work, norms: f64, numbers: f64) {
        if work.pass == Pass::Step && !work.adds_up {
            let mut counter = self.of("Norm", Pass::Step);
            counter.add("call", norms);
            counter.add("number", norms * numbers);
        }
    }

    /// What is done to each of so many numbers, `times` times: eight at a time, then four, and one
    /// by one.
    fn numbers(&mut self, [eight, four, one]: [&'static str; 3], times: f64, numbers: usize) {
        self.add(eight, times * (numbers / 8) as f64);
        self.add(four, times * (numbers % 8 / 4) as f64);
        self.add(one, times * (numbers % 4) as f64);
    }

    /// Weighted sums: two rows at a time.
    fn weighted_sums(&mut self, times: f64, rows: usize, inputs: usize) {
        let pairs = times * rows.div_ceil(2) as f64;
        self.add("pair of sums", pairs);
        let products = ["eight products of a pair", "four products of a pair", "product of a pair"];
        self.numbers(products, pairs, inputs);
    }

    /// Numbers under windows that are copied from so many planes.
    fn windows(&mut self, planes: f64, windows: Windows) {
        let Windows { rows, width, places, is_row } = windows;
        let [inside, across, outside] = rows.map(|rows| planes * rows);
        match (is_row, width <= SHORT) {
            (true, true) => {
                self.add("short row alone", inside);
                self.add("number of a short row alone", inside * width);
            }
            (true, false) => {
                self.add("row alone", inside);
                self.add("number of a row alone", inside * width);
            }
            (false, true) => {
                self.add("short row inside", inside);
                self.add("number of a short row inside", inside * width);
            }
            (false, false) => {
                self.add("row inside", inside);
                self.add("number inside", inside * width);
            }
        }
        if !is_row {
            self.add("plane under a window", planes * places);
        }
        self.add("row across an edge", across + outside);
        self.add("number across an edge", (across + outside) * width);
    }

    /// Numbers under windows that are added to, of so many planes.
    fn scattered(&mut self, planes: f64, windows: Windows) {
        let Windows { rows: [inside, across, outside], width, places, is_row } = windows;
        if is_row {
            self.add("row alone added", planes * inside);
            self.add("number of a row alone added", planes * inside * width);
        } else {
            self.add("plane under a window added", planes * places);
            self.add("row added", planes * inside);
            self.add("number added", planes * inside * width);
        }
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
            counter.norms(work, 2.0, channels);
        }
        Kind::Rows(size) => {
            counter.add("row", inputs / f64::from(size.max(1)));
            counter.add("number", inputs);
            counter.add("scale", f64::from(size));
            counter.norms(work, 2.0, f64::from(size));
        }
        Kind::Lookups => {
            counter.add("row", inputs);
            counter.add("number", outputs);
            counter.norms(work, inputs, outputs / inputs.max(1.0));
        }
        Kind::WeightedSums => dense(work, &mut counter),
        Kind::Convolution { window, channels, groups } => {
            convolution::count(window, channels, groups, work, &mut counter);
        }
        Kind::Pool { window, .. } => pool(window, work, &mut counter),
    }
}

fn dense(work: Work, counter: &mut Counter) {
    let [inputs, outputs] = [work.input, work.output].map(Dims::count);
    counter.of(counter.layer, Pass::Inference).weighted_sums(1.0, outputs, inputs);
    if work.pass == Pass::Inference {
        return;
    }
    let rows = outputs as f64;
    counter.add("output", rows);
    counter.norms(work, 1.0, rows);
    if work.trains_weights {
        counter.norms(work, 1.0, rows);
        counter.norms(work, 1.0, inputs as f64);
    }
    // Rows are left out that change no weight. Where none changes, nobody looks.
    let active = if work.trains_weights && !work.adds_up { rows * work.active } else { rows };
    if work.trains_weights && work.passes_gradient && !work.adds_up {
        let weights = ["eight weights exchanged", "four weights exchanged", "weight exchanged"];
        counter.add("row exchanged", active);
        counter.numbers(weights, active, inputs);
    } else {
        // To the weights or their gradient, to the gradient of the input, or to both.
        let times = f64::from(u8::from(work.trains_weights) + u8::from(work.passes_gradient));
        let numbers = ["eight numbers added", "four numbers added", "number added"];
        counter.add("row added", times * active);
        counter.numbers(numbers, times * active, inputs);
    }
    if work.passes_gradient {
        counter.add("gradient passed on", inputs as f64);
    }
}

fn pool(window: WindowSpec<2>, work: Work, counter: &mut Counter) {
    let area = window.size.iter().map(|&size| f64::from(size)).product::<f64>();
    let places = work.output.count() as f64;
    counter.add("channel", f64::from(work.input.channels()));
    counter.add("place", places);
    counter.add("number", places * area);
    // Plane by plane, whatever the window.
    let windows = Windows { is_row: false, ..Windows::new(window, work) };
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
    /// Whether a window is one row, which is copied from all planes together.
    is_row: bool,
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
            is_row: size[0] == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use trimpot::layer::{AveragePoolSpec, ConvSpec, MaxPoolSpec};
    use trimpot::plan::{Plan, PlannedStep, Trained};
    use trimpot::spec::{LayerSpec, NetworkSpec};

    use super::super::workload::{Method, ReluUnits, workload};
    use super::super::{Costs, Pass};
    use super::*;

    fn is_known(input: Dims, layer: LayerSpec, trained: Trained) -> bool {
        // Something in front that learns from the gradient of its input.
        let channels = [input.channels(); 2];
        let front = ConvSpec { window: WindowSpec::new([1, 1]), ..conv(channels, 1) };
        let layers = [LayerSpec::Conv2d(front), layer];
        let network = NetworkSpec { input, layers: &layers };
        let mut steps = [PlannedStep::EMPTY; 2];
        let plan = Plan::for_training(network, &mut steps, trained, 0).unwrap();
        let method = Method { trained, ..Method::default() };
        let counts = workload(network, &plan, Pass::Step, method, ReluUnits::HalfOn);
        Costs::measured().instructions(&counts).is_some()
    }

    fn conv([in_channels, out_channels]: [u32; 2], groups: u32) -> ConvSpec<2> {
        ConvSpec { in_channels, out_channels, window: WindowSpec::new([1, 1]), groups }
    }

    #[test]
    fn costs_of_all_windows_are_known() {
        let planes = [[1, 7], [2, 3], [7, 1], [7, 7], [9, 12]];
        let sizes = [[1, 1], [1, 3], [1, 6], [3, 1], [2, 2], [3, 3], [5, 5]];
        let ways = [(1, 1), (2, 1), (1, 2), (2, 2)];
        let mut seen = 0;
        for (plane, size) in planes.iter().flat_map(|plane| sizes.map(|size| (plane, size))) {
            let input = Dims::image(4, plane[0], plane[1]);
            for ((stride, dilation), is_padded) in
                ways.iter().flat_map(|&way| [false, true].map(|is_padded| (way, is_padded)))
            {
                let window = WindowSpec::new(size)
                    .with_stride([stride; 2])
                    .with_dilation([dilation; 2])
                    .with_padding(size.map(|size| [u32::from(is_padded) * (size / 2); 2]));
                let filters = [(3, 1), (4, 1), (9, 1), (6, 2), (8, 4), (4, 4)];
                let convolutions = filters.map(|(filters, groups)| {
                    LayerSpec::Conv2d(ConvSpec { window, ..conv([4, filters], groups) })
                });
                let pools = [
                    LayerSpec::MaxPool2d(MaxPoolSpec::new(window)),
                    LayerSpec::AveragePool2d(AveragePoolSpec::new(window)),
                ];
                for layer in convolutions.into_iter().chain(pools) {
                    if layer.output(input).is_ok() {
                        for trained in [Trained::All, Trained::BiasesAndNormalization] {
                            assert!(is_known(input, layer, trained), "{input:?} {layer:?}");
                            seen += 1;
                        }
                    }
                }
            }
        }
        assert!(seen > 1000, "{seen}");
    }
}
