//! Outputs of a model, compared with those of the original.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use trimpot::spec::Dims;
use trimpot_host::dataset::{Numbers, Table, check_shape, read_arrays};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_model::file::StoredModel;
use trimpot_model::import::{self, Ending, Imported, Precision};

use super::ImportCommandError;
use crate::terminal::counted;
use crate::threads;

/// How far outputs may be from those of the original, in the largest of these.
#[derive(Clone, Copy, Debug)]
pub struct Bound(Precision);

impl Bound {
    /// What sums in another order may add up to in `f32`, and no more.
    const OF_SINGLE: f64 = 1e-5;
    /// In units of the last place, where the original has 16 bits: it rounds between layers, and the
    /// model here does not. A few layers were seen to be half a unit apart.
    const UNITS: f64 = 4.0;

    fn value(self) -> f64 {
        match self.0 {
            Precision::F16 | Precision::Bf16 => Bound::UNITS * self.0.epsilon(),
            Precision::F32 | Precision::F64 => Bound::OF_SINGLE,
        }
    }
}

/// `3.9e-3, 4 units of the last place of F16, to which the original rounds`.
impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Precision::F16 | Precision::Bf16 => write!(
                f,
                "{:.1e}, {} units of the last place of {}, to which the original rounds",
                self.value(),
                Bound::UNITS,
                self.0
            ),
            Precision::F32 | Precision::F64 => write!(f, "{:.0e}", self.value()),
        }
    }
}

/// What there is to know of the original beside the model.
#[derive(Clone, Copy)]
pub(super) struct Original {
    ending: Option<Ending>,
    channels_last: bool,
    precision: Precision,
}

impl Original {
    pub(super) fn of(imported: &Imported) -> Self {
        let Imported { ending, channels_last, precision, .. } = *imported;
        Original { ending, channels_last, precision }
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
    pub(super) bound: Bound,
    ending: Option<Ending>,
}

impl Checked {
    /// Returns whether they are the same but for rounding.
    pub(super) fn is_close(&self) -> bool {
        self.relative <= self.bound.value()
    }
}

impl Display for Checked {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Checked { samples, absolute, at: [sample, output], relative, bound, .. } = self;
        let end = self.ending.map_or(String::new(), |ending| format!(" after {ending}"));
        write!(
            f,
            "checked with {}: outputs{end} are at most {absolute:.1e} from those of the original (sample {sample}, \
             output {output}), {relative:.1e} of the largest, of at most {bound}",
            counted(*samples, "sample")
        )
    }
}

/// Compares outputs for the samples of a file with those that it has for them. Both are as the original
/// has them, which may be with channels last.
pub(super) fn run(
    model: &StoredModel,
    original: Original,
    file: &Path,
) -> Result<Checked, ImportCommandError> {
    let Original { ending, channels_last, precision } = original;
    let bound = Bound(precision);
    let wrong =
        |what: String| ImportCommandError::Options(format!("--check {}: {what}", file.display()));
    let arrays = read_arrays(file, &["x", "y"])?;
    let [x, y] =
        <[Numbers; 2]>::try_from(arrays).unwrap_or_else(|_| unreachable!("two were asked for"));
    let (input, logits) = (model.layers.input, model.layers.outputs());
    let outputs = ending.map_or(logits, |ending| ending.outputs(logits));
    let samples = x.shape.first().copied().unwrap_or(0);
    if samples == 0 {
        return Err(wrong("`x` has no samples".to_owned()));
    }
    check_shape("x", &x.shape, input, channels_last).map_err(wrong)?;
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
    // What has an ending is a vector.
    let expected = match ending {
        None => turned(model.layers.spec().output()?, y.numbers),
        Some(_) => y.numbers,
    };
    let pool = threads::pool(threads::cores(), logits)?;
    let found = pool.install(|| network.predict_rows(&model.parameters, &features));
    let mut checked = Checked { samples, absolute: 0.0, at: [1, 1], relative: 0.0, bound, ending };
    let mut largest = 0.0_f64;
    for (sample, expected) in expected.chunks_exact(outputs).enumerate() {
        let row: Vec<f64> = found.row(sample).iter().map(|&output| f64::from(output)).collect();
        let row = ending.map_or(row.clone(), |ending| ending.of(&row));
        for (output, (found, &expected)) in row.into_iter().zip(expected).enumerate() {
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
