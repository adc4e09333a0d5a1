//! Outputs of a model, compared with those of the original.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use trimpot::spec::Dims;
use trimpot_host::dataset::{Numbers, Table, read_arrays};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::file::StoredModel;
use trimpot_model::import::{self, Imported};

use super::ImportCommandError;
use crate::terminal::counted;
use crate::threads;

/// How far outputs may be from those of the original, in the largest of these: what sums in another
/// order may add up to, and no more.
pub(super) const TOLERANCE: f64 = 1e-5;

/// What the original has behind the outputs of the model.
#[derive(Clone, Copy)]
pub(super) enum End {
    Nothing,
    Softmax,
    LogSoftmax,
}

impl End {
    /// Returns that of the original.
    pub(super) fn of(imported: &Imported) -> Self {
        match (imported.ends_with_softmax, imported.ends_with_logarithm) {
            (false, _) => End::Nothing,
            (true, false) => End::Softmax,
            (true, true) => End::LogSoftmax,
        }
    }

    /// Returns what the original makes of outputs.
    fn behind(self, outputs: Vec<f64>) -> Vec<f64> {
        match self {
            End::Nothing => outputs,
            End::Softmax => log_softmax(&outputs).into_iter().map(f64::exp).collect(),
            End::LogSoftmax => log_softmax(&outputs),
        }
    }
}

/// How far outputs are from those of the original.
pub(super) struct Checked {
    samples: usize,
    /// The largest difference.
    absolute: f64,
    /// The sample and the output where it is, from 1.
    at: [usize; 2],
    /// The largest difference, in the largest output of the original.
    pub(super) relative: f64,
    end: End,
}

impl Checked {
    /// Returns whether they are the same but for rounding.
    pub(super) fn is_close(&self) -> bool {
        self.relative <= TOLERANCE
    }
}

impl Display for Checked {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Checked { samples, absolute, at: [sample, output], relative, .. } = self;
        let end = match self.end {
            End::Nothing => "",
            End::Softmax => " after softmax",
            End::LogSoftmax => " after the logarithm of softmax",
        };
        write!(
            f,
            "checked with {}: outputs{end} are at most {absolute:.1e} from those of the original (sample {sample}, \
             output {output}), {relative:.1e} of the largest",
            counted(*samples, "sample")
        )
    }
}

/// Compares outputs for the samples of a file with those that it has for them. Both are as the original
/// has them, which may be with channels last.
pub(super) fn run(
    model: &StoredModel,
    end: End,
    channels_last: bool,
    file: &Path,
) -> Result<Checked, ImportCommandError> {
    let wrong =
        |what: String| ImportCommandError::Options(format!("--check {}: {what}", file.display()));
    let arrays = read_arrays(file, &["x", "y"])?;
    let [x, y] =
        <[Numbers; 2]>::try_from(arrays).unwrap_or_else(|_| unreachable!("two were asked for"));
    let (input, outputs) = (model.layers.input, model.layers.outputs());
    let samples = x.shape.first().copied().unwrap_or(0);
    // A single channel need not be among the sizes.
    let sizes = |sizes: &mut dyn Iterator<Item = usize>| -> Vec<usize> {
        sizes.filter(|&size| size != 1).collect()
    };
    let found = sizes(&mut x.shape.iter().skip(1).copied());
    let mut of_input: Vec<usize> = input.sizes().iter().map(|&size| size as usize).collect();
    if channels_last {
        of_input.rotate_left(1);
    }
    let expected = sizes(&mut of_input.iter().copied());
    if samples == 0 || (found != expected && found != [input.count()]) {
        let order = if channels_last { ", channels last" } else { "" };
        let of_input = of_input.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
        let what =
            format!("`x` has the shape {:?}, but must be samples of {of_input}{order}", x.shape);
        return Err(wrong(what));
    }
    if y.shape.first() != Some(&samples) || y.numbers.len() != samples * outputs {
        let what = format!(
            "`y` has the shape {:?}, but must be {samples} times {}",
            y.shape,
            super::outputs(outputs)
        );
        return Err(wrong(what));
    }
    let mut steps = Vec::new();
    let network = DynNetwork::new(&model.layers, &mut steps)?;
    let turned = |dims: Dims, numbers: Vec<f32>| match channels_last {
        true => {
            let samples = numbers.chunks_exact(dims.count());
            samples.flat_map(|sample| import::channels_first(dims, sample)).collect()
        }
        false => numbers,
    };
    let features = Table { columns: input.count(), numbers: turned(input, x.numbers) };
    let expected = turned(model.layers.spec().output()?, y.numbers);
    let pool = threads::pool(threads::cores(), outputs)?;
    let found = pool.install(|| network.predict_rows(&model.parameters, &features));
    let mut checked = Checked { samples, absolute: 0.0, at: [1, 1], relative: 0.0, end };
    let mut largest = 0.0_f64;
    for (sample, expected) in expected.chunks_exact(outputs).enumerate() {
        let row = found.row(sample).iter().map(|&output| f64::from(output)).collect();
        for (output, (found, &expected)) in end.behind(row).into_iter().zip(expected).enumerate() {
            let difference = (found - f64::from(expected)).abs();
            largest = largest.max(f64::from(expected).abs());
            // What is no number is as far as can be.
            let difference = if difference.is_nan() { f64::INFINITY } else { difference };
            if difference > checked.absolute {
                (checked.absolute, checked.at) = (difference, [sample + 1, output + 1]);
            }
        }
    }
    checked.relative = match checked.absolute {
        0.0 => 0.0,
        absolute => absolute / largest,
    };
    Ok(checked)
}

/// Returns the logarithms of the probabilities of these logits.
fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|logit| (logit - most).exp()).sum();
    logits.iter().map(|logit| logit - most - sum.ln()).collect()
}
