//! Networks in `f64`, from their textbook formulas. Gradients are measured by differences.

/// A layer by what it does.
#[derive(Clone, Debug)]
pub enum Layer {
    /// Fully connected to this many outputs: `W` row by row, then `b`.
    Dense(usize),
    /// A function of each element.
    Elementwise(fn(f64) -> f64),
    /// Multiplies each element with a number: what dropout does once its mask is drawn.
    Scale(Vec<f64>),
    /// Filters that move over planes; each sees the planes of its group.
    Convolution {
        /// How they move.
        moves: Moves,
        /// How many groups of planes there are.
        groups: usize,
    },
    /// A number for each window of a plane.
    Pool(Moves, fn(&[f64]) -> f64),
    /// The mean of each of so many channels.
    GlobalAverage(usize),
    /// Rows of so many numbers, brought to mean 0 and variance 1, which this is added to.
    LayerNorm(usize, f64),
    /// Channels whose mean and variance are known; the last number is added to the variance.
    BatchNorm(Vec<f64>, Vec<f64>, f64),
    /// What layers do, added to their input.
    Residual(Vec<Layer>),
    /// What layers do, added to what those of a shortcut do, which come first.
    ResidualWith(Vec<Layer>, Vec<Layer>),
    /// Layers with these parameters.
    Frozen(Vec<Layer>, Vec<f64>),
    /// A table of rows of so many numbers.
    Embedding(usize, usize),
}

/// How a window moves over planes. Sizes are channels, rows and columns; the others of rows and
/// columns.
#[derive(Clone, Copy, Debug)]
pub struct Moves {
    /// The size of the input.
    pub input: [usize; 3],
    /// The size of the output.
    pub output: [usize; 3],
    /// The size of the window.
    pub window: [usize; 2],
    /// How far apart windows are.
    pub stride: [usize; 2],
    /// How far they begin outside.
    pub padding: [usize; 2],
    /// How far the numbers of a window are apart.
    pub dilation: [usize; 2],
    /// What is outside.
    pub outside: f64,
}

impl Moves {
    /// Returns the number at a place of a window.
    fn at(&self, x: &[f64], channel: usize, place: [usize; 2], within: [usize; 2]) -> f64 {
        let [_, height, width] = self.input;
        let coordinate = |axis: usize, size: usize| {
            let at = place[axis] * self.stride[axis] + within[axis] * self.dilation[axis];
            at.checked_sub(self.padding[axis]).filter(|&at| at < size)
        };
        match (coordinate(0, height), coordinate(1, width)) {
            (Some(row), Some(column)) => x[(channel * height + row) * width + column],
            _ => self.outside,
        }
    }

    /// Returns what `of` makes of each output channel and place.
    fn everywhere(&self, mut of: impl FnMut(usize, [usize; 2]) -> f64) -> Vec<f64> {
        let [channels, height, width] = self.output;
        let mut all = Vec::new();
        for channel in 0..channels {
            for row in 0..height {
                all.extend((0..width).map(|column| of(channel, [row, column])));
            }
        }
        all
    }

    /// Returns all places within a window.
    fn window(&self) -> impl Iterator<Item = [usize; 2]> {
        let [height, width] = self.window;
        (0..height * width).map(move |i| [i / width, i % width])
    }
}

/// Returns the output of layers for an input. `parameters` holds those of all layers in order.
///
/// # Panics
/// If there are too few parameters, or too many.
#[must_use]
pub fn forward(layers: &[Layer], mut parameters: &[f64], input: &[f64]) -> Vec<f64> {
    let output = run(layers, &mut parameters, input);
    assert!(parameters.is_empty(), "{} parameters too many", parameters.len());
    output
}

fn run(layers: &[Layer], parameters: &mut &[f64], input: &[f64]) -> Vec<f64> {
    layers.iter().fold(input.to_vec(), |x, layer| run_one(layer, parameters, &x))
}

/// Returns the next so many parameters.
fn take<'a>(parameters: &mut &'a [f64], count: usize) -> &'a [f64] {
    let (first, rest) = parameters.split_at(count);
    *parameters = rest;
    first
}

fn run_one(layer: &Layer, parameters: &mut &[f64], x: &[f64]) -> Vec<f64> {
    match layer {
        Layer::Dense(outputs) => {
            let weight = take(parameters, outputs * x.len());
            let bias = take(parameters, *outputs);
            let row = |row: &[f64]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
            weight.chunks(x.len()).zip(bias).map(|(w, b)| row(w) + b).collect()
        }
        Layer::Elementwise(function) => x.iter().copied().map(function).collect(),
        Layer::Scale(factors) => x.iter().zip(factors).map(|(x, f)| x * f).collect(),
        Layer::Convolution { moves, groups } => {
            let (inputs, outputs) = (moves.input[0] / groups, moves.output[0]);
            let size = moves.window[0] * moves.window[1];
            let weight = take(parameters, outputs * inputs * size);
            let bias = take(parameters, outputs);
            moves.everywhere(|output, place| {
                let first = output / (outputs / groups) * inputs;
                let products = (0..inputs).flat_map(|input| {
                    let weight = &weight[(output * inputs + input) * size..];
                    moves
                        .window()
                        .zip(weight)
                        .map(move |(within, w)| w * moves.at(x, first + input, place, within))
                });
                products.sum::<f64>() + bias[output]
            })
        }
        Layer::Pool(moves, of) => moves.everywhere(|channel, place| {
            let window = moves.window().map(|within| moves.at(x, channel, place, within));
            of(&window.collect::<Vec<_>>())
        }),
        Layer::GlobalAverage(channels) => x.chunks(x.len() / channels).map(mean).collect(),
        Layer::LayerNorm(n, epsilon) => {
            let (gamma, beta) = (take(parameters, *n), take(parameters, *n));
            let normal = x.chunks(*n).flat_map(|row| {
                let squares: Vec<f64> = row.iter().map(|x| (x - mean(row)).powi(2)).collect();
                let root = (mean(&squares) + epsilon).sqrt();
                row.iter().map(move |x| (x - mean(row)) / root)
            });
            let affine = gamma.iter().zip(beta).cycle();
            normal.zip(affine).map(|(x, (gamma, beta))| x * gamma + beta).collect()
        }
        Layer::BatchNorm(means, variances, epsilon) => {
            let channels = means.len();
            let (gamma, beta) = (take(parameters, channels), take(parameters, channels));
            let area = x.len() / channels;
            let normal = |(i, x): (usize, &f64)| {
                let c = i / area;
                (x - means[c]) / (variances[c] + epsilon).sqrt() * gamma[c] + beta[c]
            };
            x.iter().enumerate().map(normal).collect()
        }
        Layer::Residual(layers) => {
            run(layers, parameters, x).iter().zip(x).map(|(y, x)| y + x).collect()
        }
        Layer::ResidualWith(shortcut, layers) => {
            let around = run(shortcut, parameters, x);
            run(layers, parameters, x).iter().zip(around).map(|(y, x)| y + x).collect()
        }
        Layer::Frozen(layers, frozen) => forward(layers, frozen, x),
        Layer::Embedding(rows, columns) => {
            let table = take(parameters, rows * columns);
            let row = |&index: &f64| match table
                .chunks(*columns)
                .enumerate()
                .find(|(i, _)| *i as f64 == index)
            {
                Some((_, row)) => row.to_vec(),
                None => vec![0.0; *columns],
            };
            x.iter().flat_map(row).collect()
        }
    }
}

/// Returns the mean of some numbers.
#[must_use]
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Returns the gradient of a function at a point, by central differences.
#[must_use]
pub fn differences(at: &[f64], value: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-6;
    let mut moved = at.to_vec();
    (0..at.len())
        .map(|i| {
            moved[i] = at[i] + step;
            let above = value(&moved);
            moved[i] = at[i] - step;
            let below = value(&moved);
            moved[i] = at[i];
            (above - below) / (2.0 * step)
        })
        .collect()
}
