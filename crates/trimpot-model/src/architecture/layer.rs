//! One layer as text: its name, its sizes, its settings.

mod named;
mod written;

use std::collections::VecDeque;
use std::str::FromStr;

use trimpot::ParameterError;
use trimpot::layer::{
    AveragePoolSpec, BatchNormSpec, ConvSpec, DenseSpec, Dropout, FlattenSpec, GlobalAveragePool,
    LayerNormSpec, MaxPoolSpec, ReshapeSpec, WindowSpec,
};
use trimpot::spec::{Dims, LayerSpec, Value};

pub use self::written::written;
use super::catalogue::{self, Written};
use super::error::Wrong;
use super::{Activation, shape};

/// The words of a layer: each is taken once, and all have to be taken.
pub(super) struct Words<'t> {
    item: &'t str,
    name: &'t str,
    sizes: VecDeque<&'t str>,
    settings: Vec<(&'t str, &'t str)>,
}

impl<'t> Words<'t> {
    pub(super) fn new(item: &'t str) -> Result<Self, Wrong<'t>> {
        let mut words = item.split_whitespace();
        let name = words.next().ok_or(Wrong::new(item, "there is nothing between two commas"))?;
        let (mut sizes, mut settings) = (VecDeque::new(), Vec::new());
        for word in words {
            match word.split_once('=') {
                Some(setting) => settings.push(setting),
                None => sizes.push_back(word),
            }
        }
        Ok(Words { item, name, sizes, settings })
    }

    pub(super) fn name(&self) -> &'t str {
        self.name
    }

    /// Returns the layer, for an input of this shape.
    pub(super) fn layer(mut self, input: Dims) -> Result<LayerSpec, Wrong<'t>> {
        let layer = match self.name {
            "dense" => LayerSpec::Dense(DenseSpec {
                inputs: input.count() as u32,
                outputs: self.size("outputs")?,
            }),
            "conv" | "depthwise" => self.convolution(input)?,
            "pool" | "max_pool" | "average_pool" => self.pool(input)?,
            "global_average_pool" => LayerSpec::GlobalAveragePool(GlobalAveragePool),
            "batch_norm" => {
                let (channels, epsilon) = (input.channels(), self.epsilon()?);
                LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon })
            }
            "layer_norm" => {
                let (size, epsilon) = (input.last(), self.epsilon()?);
                LayerSpec::LayerNorm(LayerNormSpec { size, epsilon })
            }
            "flatten" => LayerSpec::Flatten(FlattenSpec),
            "reshape" => {
                let text = self.next("shape")?;
                let dims = shape(text).map_err(|what| Wrong::new(text, what))?;
                LayerSpec::Reshape(ReshapeSpec { dims })
            }
            "dropout" => {
                let text = self.next("p")?;
                let p = text.parse().map_err(|_| Wrong::new(text, "p is a number"))?;
                let dropout = Dropout::new(p);
                LayerSpec::Dropout(dropout.map_err(|error| Wrong::new(text, error.to_string()))?)
            }
            catalogue::RELU6 => {
                let wrong = |error: ParameterError| Wrong::new(self.item, error.to_string());
                catalogue::relu6().map_err(wrong)?
            }
            name => self.activation(name)?,
        };
        self.all_taken()?;
        Ok(layer)
    }

    fn activation(&mut self, name: &'t str) -> Result<LayerSpec, Wrong<'t>> {
        let Ok(activation) = name.parse::<Activation>() else {
            let unwritten =
                catalogue::find(name).into_iter().find_map(|listed| match listed.written {
                    Written::Not { reason } => Some(reason),
                    Written::As(_) => None,
                });
            let what = match unwritten {
                Some(reason) => format!("`{name}` cannot be written: {reason}"),
                None => format!("`{name}` is no layer. There are {}", catalogue::ways()),
            };
            return Err(Wrong::new(name, what));
        };
        let layer = activation.spec();
        let mut settings = Vec::new();
        for argument in layer.arguments().iter() {
            match (self.take(argument.name)?, argument.default) {
                (Some(given), _) | (None, Some(Value::Real(given))) => settings.push(given),
                _ => {}
            }
        }
        layer.with_settings(&settings).map_err(|error| Wrong::new(self.item, error.to_string()))
    }
}

impl<'t> Words<'t> {
    fn convolution(&mut self, input: Dims) -> Result<LayerSpec, Wrong<'t>> {
        let in_channels = input.channels();
        let (out_channels, groups) = match self.name {
            "depthwise" => (in_channels, in_channels),
            _ => (self.size("channels")?, self.take("groups")?.unwrap_or(1)),
        };
        let divides = |channels: u32| groups > 0 && channels.is_multiple_of(groups);
        if !divides(in_channels) || !divides(out_channels) {
            let what = format!(
                "{groups} groups are to divide {in_channels} channels of the input and {out_channels} of the \
                 output"
            );
            return Err(Wrong::new(self.item, what));
        }
        match *input.sizes() {
            [_, length] => {
                let window = self.window([length], [1])?;
                Ok(LayerSpec::Conv1d(ConvSpec { in_channels, out_channels, window, groups }))
            }
            [_, height, width] => {
                let window = self.window([height, width], [1; 2])?;
                Ok(LayerSpec::Conv2d(ConvSpec { in_channels, out_channels, window, groups }))
            }
            _ => Err(self.wants_planes(input)),
        }
    }

    fn pool(&mut self, input: Dims) -> Result<LayerSpec, Wrong<'t>> {
        let average = self.name == "average_pool";
        match *input.sizes() {
            [_, length] => {
                let window = self.window([length], [0])?;
                Ok(match average {
                    true => LayerSpec::AveragePool1d(AveragePoolSpec::new(window)),
                    false => LayerSpec::MaxPool1d(MaxPoolSpec::new(window)),
                })
            }
            [_, height, width] => {
                let window = self.window([height, width], [0; 2])?;
                Ok(match average {
                    true => LayerSpec::AveragePool2d(AveragePoolSpec::new(window)),
                    false => LayerSpec::MaxPool2d(MaxPoolSpec::new(window)),
                })
            }
            _ => Err(self.wants_planes(input)),
        }
    }

    fn wants_planes(&self, input: Dims) -> Wrong<'t> {
        let what = format!(
            "{} takes a sequence or an image, and gets {input}: begin with a shape such as 3x32 or 1x28x28, \
             or put `reshape` before",
            self.name
        );
        Wrong::new(self.item, what)
    }

    /// Reads the window's size and its settings. A stride of 0 by default is that of the size.
    fn window<const D: usize>(
        &mut self,
        plane: [u32; D],
        stride: [u32; D],
    ) -> Result<WindowSpec<D>, Wrong<'t>> {
        let size = self.next("window")?;
        let size = self.directions::<D>(size)?;
        let stride = match self.text("stride") {
            Some(text) => self.directions(text)?,
            None if stride == [0; D] => size,
            None => stride,
        };
        let dilation = match self.text("dilation") {
            Some(text) => self.directions(text)?,
            None => [1; D],
        };
        let padding = match self.text("padding") {
            None => [[0; 2]; D],
            Some("same") => std::array::from_fn(|direction| {
                same(plane[direction], size[direction], stride[direction], dilation[direction])
            }),
            Some(text) => self.padding(text)?,
        };
        let item = self.item;
        if [size, stride, dilation].iter().flatten().any(|&number| number == 0) {
            return Err(Wrong::new(item, "window, stride and dilation are from 1"));
        }
        for ((sides, size), dilation) in padding.iter().zip(size).zip(dilation) {
            let covered = (u64::from(size) - 1) * u64::from(dilation) + 1;
            if sides.iter().any(|&side| u64::from(side) >= covered) {
                let what = format!("padding is less than the {covered} of the window");
                return Err(Wrong::new(item, what));
            }
        }
        Ok(WindowSpec { size, stride, padding, dilation })
    }

    /// Reads a number for each direction: `3`, or `10x4`.
    fn directions<const D: usize>(&self, text: &'t str) -> Result<[u32; D], Wrong<'t>> {
        let numbers: Option<Vec<u32>> = text.split('x').map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some([number]) => Some([*number; D]),
            Some(numbers) => numbers.try_into().ok(),
            None => None,
        }
        .ok_or_else(|| {
            let of = if D == 1 { "a number, such as 3" } else { "numbers, such as 3 or 10x4" };
            Wrong::new(text, format!("`{text}` is to be {of}"))
        })
    }

    /// Reads zeros of all sides: `1`, one for each direction, or one for each side as in
    /// `4x5x1x1`: above, below, left, right.
    fn padding<const D: usize>(&self, text: &'t str) -> Result<[[u32; 2]; D], Wrong<'t>> {
        let sides: Option<Vec<u32>> = text.split('x').map(|number| number.parse().ok()).collect();
        if let Some(sides) = sides.filter(|sides| sides.len() == 2 * D) {
            return Ok(std::array::from_fn(|direction| {
                [sides[2 * direction], sides[2 * direction + 1]]
            }));
        }
        self.directions(text).map(|padding| padding.map(|padding| [padding; 2]))
    }

    /// Takes the next size.
    fn next(&mut self, what: &str) -> Result<&'t str, Wrong<'t>> {
        let (item, name) = (self.item, self.name);
        let missing = || Wrong::new(item, format!("{name} is to have its {what}"));
        self.sizes.pop_front().ok_or_else(missing)
    }

    /// Takes the next size, a whole number from 1.
    fn size(&mut self, what: &str) -> Result<u32, Wrong<'t>> {
        let text = self.next(what)?;
        match text.parse() {
            Ok(size @ 1..=65_536) => Ok(size),
            _ => Err(Wrong::new(text, format!("`{text}` is no size: these are from 1 to 65536"))),
        }
    }

    /// Takes a setting.
    fn text(&mut self, name: &str) -> Option<&'t str> {
        let at = self.settings.iter().position(|(setting, _)| *setting == name)?;
        Some(self.settings.remove(at).1)
    }

    /// Takes the ε of a normalisation, 10⁻⁵ unless it is given.
    fn epsilon(&mut self) -> Result<f32, Wrong<'t>> {
        match self.take("epsilon")?.unwrap_or(1e-5) {
            epsilon if epsilon > 0.0_f32 && epsilon.is_finite() => Ok(epsilon),
            _ => Err(Wrong::new(self.item, "epsilon is to be in (0, inf)")),
        }
    }

    /// Takes a setting that is a number.
    fn take<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Wrong<'t>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let wrong = |_| Wrong::new(text, format!("{name} is a number, and not `{text}`"));
        text.parse().map(Some).map_err(wrong)
    }

    fn all_taken(&self) -> Result<(), Wrong<'t>> {
        let extra = self.sizes.front().copied().or(self.settings.first().map(|(name, _)| *name));
        match extra {
            Some(extra) => {
                Err(Wrong::new(extra, format!("{} has no `{extra}`, or not twice", self.name)))
            }
            None => Ok(()),
        }
    }
}

/// Returns the zeros before and behind that TensorFlow's `SAME` has: so many that there are as many
/// places as numbers, by the stride; the odd one behind.
fn same(plane: u32, size: u32, stride: u32, dilation: u32) -> [u32; 2] {
    let places = plane.div_ceil(stride.max(1)).max(1);
    let covered = size.saturating_sub(1).saturating_mul(dilation).saturating_add(1);
    let needed = (places - 1).saturating_mul(stride).saturating_add(covered);
    let zeros = needed.saturating_sub(plane);
    [zeros / 2, zeros - zeros / 2]
}
