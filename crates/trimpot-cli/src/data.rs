//! Options by which samples are read from a file: those of all words that take data.

mod read;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use trimpot::loss::spec::Domain;
use trimpot_host::dataset::{Conditions, DataSpec, Layout, Missing, is_table};
use trimpot_model::file::{About, ModelTask};
use trimpot_model::layers::Layers;
use trimpot_tuner::Condition;

pub(crate) use self::read::{read, read_features, read_to_train};
use crate::names::one_of;
use crate::numbers::{count_from_one, factor};

/// Which samples, and what their file looks like.
#[derive(Args, Clone, Debug)]
pub struct SampleOptions {
    /// Samples: `.npz`; or `.csv`, `.tsv` or `.txt` with a line for each; or `-`, which reads such
    /// lines from standard input. Names of classes are those of the model, and so are those of
    /// features and labels: such columns are found wherever they are. Where either has no names,
    /// and features alone are wanted, other columns are named with --label or --drop
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its text would be that of the word")]
    pub reading: DataOptions,
}

impl SampleOptions {
    /// Checks that the options are for the file.
    ///
    /// # Errors
    /// If one is not.
    pub fn check(&self) -> Result<(), String> {
        self.reading.check_file(&self.data)
    }
}

/// What a file of samples looks like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Data")]
pub struct DataOptions {
    /// Array of features in an `.npz` file, one row a sample [default: x]
    #[arg(long, value_name = "NAME")]
    pub features: Option<String>,
    /// Array of classes or targets in an `.npz` file [default: y]
    #[arg(long, value_name = "NAME")]
    pub labels: Option<String>,
    /// Column of the class in a table, by its name in the header or by its number from 1 [default:
    /// that of the model by its name, or the last]; as often as there are --targets
    #[arg(long, value_name = "COLUMN")]
    pub label: Vec<String>,
    /// Column of a table that is left out, by name or number; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub drop: Vec<String>,
    /// The first line of a table has the names of columns [default: if it looks like it]
    #[arg(long, conflicts_with = "no_header")]
    pub header: bool,
    /// The first line of a table is a sample
    #[arg(long)]
    pub no_header: bool,
    /// What separates columns: a character, or `tab` [default: tab, semicolon or comma, as the
    /// first line has it]. Unless it is the comma, numbers may have a decimal comma
    #[arg(long, value_name = "CHARACTER", value_parser = separator)]
    pub separator: Option<u8>,
    /// What to do where a value is missing: empty, `NA`, `NaN` or `?` [default: an error]
    #[arg(long, value_parser = missing())]
    pub missing: Option<Missing>,
    /// Factor for all features, such as 0.0625 for pixels from 0 to 16. Training keeps it in the
    /// model, as a layer in front, so that it is needed only for models without such a layer
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub scale: Option<f32>,
    /// Predict so many numbers, one for each output, in place of a class
    #[arg(long, value_name = "COUNT", value_parser = |text: &str| count_from_one(text).map(NonZeroUsize::get))]
    pub targets: Option<usize>,
    /// Label of normal samples, where anomalies are detected: samples with another one are
    /// anomalous; may be given several times [default: those of the model, or normal, and 0]. The
    /// labels are read if this or --label is given, or if the table has the column of the model
    #[arg(long, value_name = "LABEL")]
    pub normal: Vec<String>,
}

/// The labels of normal samples, unless others are given.
const NORMAL: [&str; 2] = ["normal", "0"];

impl DataOptions {
    /// Returns the words that say the same.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut say = |option: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("--{option}={value}")));
        };
        say("features", self.features.clone());
        say("labels", self.labels.clone());
        self.label.iter().for_each(|label| say("label", Some(label.clone())));
        self.drop.iter().for_each(|column| say("drop", Some(column.clone())));
        say(
            "separator",
            self.separator.map(|byte| match byte {
                b'\t' => "tab".to_owned(),
                byte => char::from(byte).to_string(),
            }),
        );
        say(
            "missing",
            self.missing.map(|missing| match missing {
                Missing::Mean => "mean".to_owned(),
                Missing::Drop => "drop".to_owned(),
            }),
        );
        say("scale", self.scale.map(|scale| scale.to_string()));
        say("targets", self.targets.map(|targets| targets.to_string()));
        self.normal.iter().for_each(|label| say("normal", Some(label.clone())));
        words.extend(self.header.then(|| "--header".to_owned()));
        words.extend(self.no_header.then(|| "--no-header".to_owned()));
        words
    }

    /// Returns what samples for these layers look like: with numbers to be predicted, if there are
    /// `targets`; else with classes, which are the `known` ones, if they are.
    pub fn spec(
        &self,
        layers: &Layers,
        targets: Option<Domain>,
        known_classes: Option<Vec<String>>,
    ) -> DataSpec {
        DataSpec {
            inputs: layers.input.count(),
            input: Some(layers.input).filter(|input| input.sizes().len() > 1),
            front_end: None,
            outputs: layers.outputs(),
            targets,
            known_classes,
            new_classes: 0,
            conditions: None,
            known_features: Vec::new(),
            known_labels: Vec::new(),
            beside: Vec::new(),
            scale: self.scale.unwrap_or(1.0),
            features: self.features.clone().unwrap_or_else(|| "x".to_owned()),
            labels: self.labels.clone().unwrap_or_else(|| "y".to_owned()),
            layout: Layout {
                header: (self.header || self.no_header).then_some(self.header),
                separator: self.separator,
                labels: self.label.clone(),
                drop: self.drop.clone(),
            },
            missing: self.missing,
            known_means: Vec::new(),
        }
    }

    /// Returns how the file says which samples are normal: by labels, or of all what is `unsaid`.
    /// What is not given is as the model has it.
    pub fn conditions(&self, unsaid: Condition, about: Option<&About>) -> Conditions {
        let is_given = !(self.normal.is_empty() && self.label.is_empty());
        let known = about.filter(|about| !about.normal.is_empty());
        let normal = match known {
            _ if !self.normal.is_empty() => self.normal.clone(),
            Some(about) => about.normal.clone(),
            None => NORMAL.map(str::to_owned).to_vec(),
        };
        match known {
            _ if is_given => Conditions::Labels(normal),
            Some(_) => Conditions::KnownLabels { normal, unsaid },
            None => Conditions::Unsaid(unsaid),
        }
    }

    /// Checks that the options are for a task.
    ///
    /// # Errors
    /// If one is not.
    pub fn check_task(&self, task: ModelTask) -> Result<(), String> {
        match task {
            ModelTask::Classes | ModelTask::Anomalies if self.targets.is_some() => {
                Err(format!("--targets are numbers to be predicted, and the task is {task}"))
            }
            ModelTask::Classes | ModelTask::Numbers if !self.normal.is_empty() => {
                Err(format!("--normal is where anomalies are detected, and the task is {task}"))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the options are for a file of this kind: arrays have no names in a table. What is
    /// for tables alone is refused where arrays are read.
    ///
    /// # Errors
    /// If one is not.
    pub fn check_file(&self, file: &Path) -> Result<(), String> {
        let given = [("--features", &self.features), ("--labels", &self.labels)];
        match given.into_iter().find(|(_, name)| name.is_some()) {
            Some((option, _)) if is_table(file) == Some(true) => Err(format!(
                "{option} names an array of an .npz file, and {} is a table: --label and --drop choose columns",
                file.display()
            )),
            _ => Ok(()),
        }
    }

    /// Checks that the options are for recordings, of which a front end makes features.
    ///
    /// # Errors
    /// If one is not.
    pub fn check_recordings(&self) -> Result<(), String> {
        match self {
            DataOptions { scale: Some(_), .. } => Err("--scale is left out where a front end makes features: it says what \
                                                       samples are, and --standardize scales features"
                .to_owned()),
            DataOptions { missing: Some(Missing::Mean), .. } => Err("--missing mean is for features of a table, and these \
                                                                     are recordings: --missing drop leaves those out \
                                                                     that lack a sample"
                .to_owned()),
            _ => Ok(()),
        }
    }

    /// Checks that no option is about labels, where features alone are read.
    ///
    /// # Errors
    /// If one is.
    pub fn check_without_labels(&self) -> Result<(), String> {
        let option = match self {
            DataOptions { labels: Some(_), .. } => "--labels",
            DataOptions { normal, .. } if !normal.is_empty() => "--normal",
            _ => return Ok(()),
        };
        Err(format!("{option} is left out: predictions come from features, and no label is read"))
    }

    /// Checks that means take the place of missing values only where the model has them.
    ///
    /// # Errors
    /// If they are wanted, and there are no `means`.
    pub fn check_means(&self, means: Option<&[f32]>) -> Result<(), String> {
        match (self.missing, means) {
            (Some(Missing::Mean), None) => Err("--missing mean is for training, and for models that standardize each \
                                                feature, which hold the means of columns: this one holds none; \
                                                --missing drop leaves samples out"
                .to_owned()),
            _ => Ok(()),
        }
    }
}

fn separator(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" => Ok(b'\t'),
        [byte]
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\n\r.-+".contains(byte) =>
        {
            Ok(*byte)
        }
        _ => Err("it must be one character that numbers do not have, or tab".to_owned()),
    }
}

fn missing() -> impl TypedValueParser<Value = Missing> {
    one_of([
        PossibleValue::new("mean")
            .help("The mean of the column takes its place: that of the model, if it standardizes each feature; else that of the samples that are learned from"),
        PossibleValue::new("drop").help("The sample is left out"),
    ])
}
