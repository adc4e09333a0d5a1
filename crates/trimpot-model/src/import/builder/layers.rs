//! The layers that files of other frameworks have, each with its tensors.

use trimpot::layer::{
    AveragePoolSpec, BatchNormSpec, ConvSpec, DenseSpec, Dropout, FlattenSpec, GlobalAveragePool,
    LayerNormSpec, MaxPoolSpec, ReshapeSpec,
};
use trimpot::spec::{Dims, LayerSpec};

use super::Builder;
use crate::import::{ImportError, Tensor, Window};

/// The tensors of a batch normalisation, a number for each channel. Without a weight it is 1,
/// without a bias 0.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNormTensors {
    /// The scale, γ.
    pub weight: Option<Tensor>,
    /// The shift, β.
    pub bias: Option<Tensor>,
    /// The mean of the data.
    pub mean: Tensor,
    /// The variance of the data, without ε.
    pub variance: Tensor,
}

impl Builder {
    /// Adds a fully connected layer. Without a bias it is 0.
    ///
    /// # Errors
    /// If the weight is no matrix, what comes in is no vector of its inputs, or the bias has another
    /// number than outputs.
    pub fn dense(
        &mut self,
        place: &str,
        weight: Tensor,
        bias: Option<Tensor>,
    ) -> Result<(), ImportError> {
        let [outputs, inputs] = sizes(&weight)?;
        let spec = LayerSpec::Dense(DenseSpec { inputs, outputs });
        let bias = or_filled(bias, place, "bias", outputs, 0.0);
        self.layer(place, spec, vec![weight, bias])
    }

    /// Adds a convolution over sequences or images, as the weight has three or four dimensions:
    /// `[out, in / groups, height, width]`. Without a bias it is 0.
    ///
    /// # Errors
    /// If weight, groups, window, bias and what comes in do not go together.
    pub fn conv(
        &mut self,
        place: &str,
        weight: Tensor,
        bias: Option<Tensor>,
        groups: u32,
        window: &Window,
    ) -> Result<(), ImportError> {
        let in_channels = |taken: u32| taken.checked_mul(groups).filter(|&count| count > 0);
        let channels = |taken: u32, out_channels: u32| match in_channels(taken) {
            Some(in_channels) if out_channels.is_multiple_of(groups) => Ok(in_channels),
            _ => {
                let what = format!("{groups} groups do not divide {out_channels} channels");
                Err(ImportError::at(place, what))
            }
        };
        let (spec, out_channels) = match weight.shape().len() {
            3 => {
                let [out_channels, taken, length] = sizes(&weight)?;
                let window = window.spec(place, [length], [1])?;
                let in_channels = channels(taken, out_channels)?;
                let spec = ConvSpec { in_channels, out_channels, window, groups };
                (LayerSpec::Conv1d(spec), out_channels)
            }
            _ => {
                let [out_channels, taken, height, width] = sizes(&weight)?;
                let window = window.spec(place, [height, width], [1; 2])?;
                let in_channels = channels(taken, out_channels)?;
                let spec = ConvSpec { in_channels, out_channels, window, groups };
                (LayerSpec::Conv2d(spec), out_channels)
            }
        };
        let bias = or_filled(bias, place, "bias", out_channels, 0.0);
        self.layer(place, spec, vec![weight, bias])
    }

    /// Adds a batch normalisation with the statistics of training.
    ///
    /// # Errors
    /// If a tensor has another number than channels come in, a variance is negative, or ε is not
    /// positive.
    pub fn batch_norm(
        &mut self,
        place: &str,
        tensors: BatchNormTensors,
        epsilon: f32,
    ) -> Result<(), ImportError> {
        check_epsilon(place, epsilon)?;
        let [channels] = sizes(&tensors.mean)?;
        let spec = LayerSpec::BatchNorm(BatchNormSpec { channels, epsilon });
        let weight = or_filled(tensors.weight, place, "weight", channels, 1.0);
        let bias = or_filled(tensors.bias, place, "bias", channels, 0.0);
        self.layer(place, spec, vec![weight, bias, tensors.mean, tensors.variance])
    }

    /// Adds a normalisation of each row, of the last size of what comes in. Without a weight it is
    /// 1, without a bias 0.
    ///
    /// # Errors
    /// If a tensor has another number, or ε is not positive.
    pub fn layer_norm(
        &mut self,
        place: &str,
        [weight, bias]: [Option<Tensor>; 2],
        epsilon: f32,
    ) -> Result<(), ImportError> {
        check_epsilon(place, epsilon)?;
        let size = self.dims().last();
        let spec = LayerSpec::LayerNorm(LayerNormSpec { size, epsilon });
        let weight = or_filled(weight, place, "weight", size, 1.0);
        let bias = or_filled(bias, place, "bias", size, 0.0);
        self.layer(place, spec, vec![weight, bias])
    }

    /// Adds the largest number of each window, which has one direction or two.
    ///
    /// # Errors
    /// If the window does not fit what comes in.
    pub fn max_pool(
        &mut self,
        place: &str,
        size: &[u32],
        window: &Window,
    ) -> Result<(), ImportError> {
        let spec = match *size {
            [length] => {
                let window = window.spec(place, [length], [length])?;
                LayerSpec::MaxPool1d(MaxPoolSpec::new(window))
            }
            [height, width] => {
                let window = window.spec(place, [height, width], [height, width])?;
                LayerSpec::MaxPool2d(MaxPoolSpec::new(window))
            }
            _ => return Err(directions(place, size)),
        };
        self.layer(place, spec, Vec::new())
    }

    /// Adds the mean of each window likewise. Zeros of the padding count, as in PyTorch.
    ///
    /// # Errors
    /// If the window does not fit what comes in.
    pub fn average_pool(
        &mut self,
        place: &str,
        size: &[u32],
        window: &Window,
    ) -> Result<(), ImportError> {
        let spec = match *size {
            [length] => {
                let window = window.spec(place, [length], [length])?;
                LayerSpec::AveragePool1d(AveragePoolSpec::new(window))
            }
            [height, width] => {
                let window = window.spec(place, [height, width], [height, width])?;
                LayerSpec::AveragePool2d(AveragePoolSpec::new(window))
            }
            _ => return Err(directions(place, size)),
        };
        self.layer(place, spec, Vec::new())
    }

    /// Adds the mean of each channel: a vector comes out.
    ///
    /// # Errors
    /// If the original has ended before.
    pub fn global_average_pool(&mut self, place: &str) -> Result<(), ImportError> {
        self.layer(place, LayerSpec::GlobalAveragePool(GlobalAveragePool), Vec::new())
    }

    /// Adds a layer that makes a vector of what comes in, unless it is one. Numbers keep their
    /// order, channels first.
    ///
    /// # Errors
    /// If the original has ended before.
    pub fn flatten(&mut self, place: &str) -> Result<(), ImportError> {
        match self.dims().sizes() {
            [_] => Ok(()),
            _ => self.layer(place, LayerSpec::Flatten(FlattenSpec), Vec::new()),
        }
    }

    /// Adds a layer that gives the numbers another shape.
    ///
    /// # Errors
    /// If it has not as many.
    pub fn reshape(&mut self, place: &str, dims: Dims) -> Result<(), ImportError> {
        self.layer(place, LayerSpec::Reshape(ReshapeSpec { dims }), Vec::new())
    }

    /// Adds dropout, which silences a share `p` of the numbers in training.
    ///
    /// # Errors
    /// If `p` is not in [0, 1).
    pub fn dropout(&mut self, place: &str, p: f32) -> Result<(), ImportError> {
        let dropout = Dropout::new(p).map_err(|error| ImportError::at(place, error))?;
        self.layer(place, LayerSpec::Dropout(dropout), Vec::new())
    }
}

/// Returns the sizes of a tensor, of which there must be so many.
fn sizes<const D: usize>(tensor: &Tensor) -> Result<[u32; D], ImportError> {
    let sizes: Option<Vec<u32>> =
        tensor.shape().iter().map(|&size| u32::try_from(size).ok()).collect();
    sizes.and_then(|sizes| sizes.try_into().ok()).ok_or_else(|| {
        let what = format!("it has {} dimensions, and not {D}", tensor.shape().len());
        ImportError::at(tensor.name(), what)
    })
}

/// Returns a tensor, or one of so many equal numbers.
fn or_filled(tensor: Option<Tensor>, place: &str, name: &str, size: u32, number: f32) -> Tensor {
    tensor.unwrap_or_else(|| Tensor::filled(format!("{place}.{name}"), size as usize, number))
}

fn check_epsilon(place: &str, epsilon: f32) -> Result<(), ImportError> {
    match epsilon > 0.0 && epsilon.is_finite() {
        true => Ok(()),
        false => Err(ImportError::at(place, format!("ε is {epsilon}, but must be in (0, inf)"))),
    }
}

fn directions(place: &str, size: &[u32]) -> ImportError {
    let what = format!("a window of {} directions: there are those of 1 and of 2", size.len());
    ImportError::at(place, what)
}
