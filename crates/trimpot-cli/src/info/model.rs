//! What is in a model file.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use indicatif::HumanCount;
use trimpot::spec::Dims;
use trimpot_model::file::StoredModel;
use trimpot_model::standardization::{self, Standardization};

use crate::model::UseError;
use crate::table::Table;
use crate::terminal::{counted, digits, plain};

/// A model of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo(StoredModel);

/// Reads a model file. The shape of a sample is what the file says, else `input`.
///
/// # Errors
/// If the file is none, or is damaged.
pub fn model(file: &Path, input: Option<Dims>) -> Result<ModelInfo, UseError> {
    Ok(ModelInfo(StoredModel::read(file, input)?))
}

impl Display for ModelInfo {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let StoredModel { layers, parameters, about } = &self.0;
        let spec = layers.spec();
        let count = |number: usize| HumanCount(number as u64).to_string();
        writeln!(f, "input       {}", layers.input)?;
        if let Ok(Some(front_end)) = about.extractor(layers.input) {
            writeln!(f, "front end   {front_end}")?;
        }
        writeln!(f, "layers      {spec}")?;
        writeln!(f, "outputs     {}", count(layers.outputs()))?;
        write!(f, "parameters  {}", count(parameters.len()))?;
        let constants = layers.constants.len();
        if constants > 0 {
            write!(
                f,
                ", and {} that {} not trained",
                counted(constants, "number"),
                if constants == 1 { "is" } else { "are" }
            )?;
        }
        writeln!(f, "\ntask        {}", about.task.map_or("not said", |said| said.name()))?;
        for (name, text) in [
            ("rule", about.rule.map(|rule| rule.to_string())),
            ("threshold", about.threshold.map(digits)),
            ("window", about.window.map(|window| window.to_string())),
            ("scores", (!about.centre.is_empty()).then(|| "distances from a centre".to_owned())),
        ] {
            if let Some(text) = text {
                writeln!(f, "{name:11} {text}")?;
            }
        }
        for (name, names) in [
            ("features", &about.features),
            ("labels", &about.labels),
            ("normal", &about.normal),
            ("classes", &about.classes),
        ] {
            if !names.is_empty() {
                writeln!(f, "{name:11} {}", plain(&names.join(", ")))?;
            }
        }
        writeln!(f, "loss        {}", plain(about.loss.as_deref().unwrap_or("not said")))?;
        match (standardization::factor(layers), Standardization::of(layers)) {
            (Some(factor), _) => {
                writeln!(f, "\nfeatures are multiplied by {factor} in the first layer")
            }
            (None, Some(standardization)) => {
                let is_vector = layers.input.sizes().len() == 1;
                let what = if is_vector { "feature" } else { "channel" };
                write_standardization(f, what, &about.features, &standardization)
            }
            (None, None) => Ok(()),
        }
    }
}

fn write_standardization(
    f: &mut Formatter<'_>,
    what: &str,
    names: &[String],
    found: &Standardization,
) -> fmt::Result {
    writeln!(f, "\n{what}s are standardized by the first layer")?;
    let mut table = Table::new([what, "mean", "deviation"], usize::from(!names.is_empty()));
    let numbers = found.mean.iter().zip(&found.deviation);
    for (number, (mean, deviation)) in (1..).zip(numbers) {
        let deviation = match deviation {
            0.0 => "none".to_owned(),
            deviation => deviation.to_string(),
        };
        let name = names.get(number - 1).map(|name| plain(name).into_owned());
        table.add([name.unwrap_or_else(|| number.to_string()), mean.to_string(), deviation]);
    }
    write!(f, "{table}")
}
