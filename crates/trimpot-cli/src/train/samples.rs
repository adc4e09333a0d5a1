//! The samples of a run: those that are learned from, and others.

use trimpot_host::dataset::{Conditions, Data, DataSpec, Dataset, fill_missing};
use trimpot_host::loss::NamedLoss;
use trimpot_model::file::{HeldOut, ModelTask};
use trimpot_tuner::Condition;

use super::error::FitError;
use super::options::Options;
use super::start::Start;
use crate::data;
use crate::model::{ignored_columns, means};
use crate::terminal::counted;

/// The samples of a run.
pub(super) struct Samples {
    /// Those that are learned from.
    pub learned: Dataset,
    /// Those of the same file that are tested on after every epoch; maybe none.
    pub held_out: Dataset,
    /// Which samples these are, if there are any.
    pub held_out_as: Option<HeldOut>,
    /// Those of another file, that are scored at the end.
    pub test: Option<Dataset>,
    /// The names of the features, if they have names.
    pub features: Vec<String>,
    /// The names of the columns of labels, if they have names.
    pub labels: Vec<String>,
    /// The labels of normal samples, if it is said by labels what is normal.
    pub normal: Vec<String>,
    /// What is to be said of them.
    pub lines: Vec<String>,
}

impl Samples {
    /// Reads what the options name.
    pub(super) fn read(
        options: &Options,
        start: &Start,
        loss: &NamedLoss,
    ) -> Result<Self, FitError> {
        let reading = &options.reading;
        let task = options.task(start);
        let targets = loss.targets.filter(|_| task == ModelTask::Numbers);
        let of_model = start.model.as_ref().map(|model| &model.about);
        let conditions =
            |unsaid| (task == ModelTask::Anomalies).then(|| reading.conditions(unsaid, of_model));
        let spec = DataSpec {
            conditions: conditions(Condition::Normal),
            known_features: start.known_features(),
            known_labels: of_model.map(|about| about.labels.clone()).unwrap_or_default(),
            // The first layer does that.
            scale: 1.0,
            ..reading.spec(&start.layers, targets, start.known_classes())
        };
        let spec = spec.with_front_end(start.front_end);
        let read = if of_model.is_some() { data::read } else { data::read_to_train };
        let Data { mut dataset, dropped, names, label_names, ignored, .. } =
            read(&spec, &options.data)?;
        let mut lines: Vec<String> = ignored_columns(&ignored).into_iter().collect();
        lines.extend(start.front_end.map(|front_end| format!("front end: {front_end}")));
        if task == ModelTask::Anomalies {
            let (normal, anomalous) = dataset.split_condition(Condition::Normal);
            if normal.is_empty() {
                let what = "no sample is normal: --label is the column that says so, and --normal what it says \
                            of normal samples";
                return Err(FitError::Options(what.to_owned()));
            }
            if !anomalous.is_empty() {
                lines.push(format!("anomalous, and not learned from: {}", anomalous.len()));
            }
            dataset = normal;
        }
        let features =
            if spec.known_features.is_empty() { names } else { spec.known_features.clone() };
        let labels = if label_names.is_empty() { spec.known_labels.clone() } else { label_names };
        let normal = match &spec.conditions {
            Some(Conditions::Labels(normal) | Conditions::KnownLabels { normal, .. }) => {
                normal.clone()
            }
            Some(Conditions::Unsaid(_)) | None => Vec::new(),
        };
        let (share, seed, data) = (options.hold_out, options.seed, dataset.fingerprint());
        let held_out_as = (share > 0.0).then_some(HeldOut { share, seed, data });
        let (mut learned, mut held_out) = dataset.hold_out(options.hold_out, options.seed);
        options.check_hold_out(learned.len(), held_out.len()).map_err(FitError::Options)?;
        let left_out = |dropped: usize| format!("left out, because a value is missing: {dropped}");
        if dropped > 0 {
            lines.push(left_out(dropped));
        }
        let mut test = None;
        if let Some(file) = &options.test {
            // In the order that training has found.
            let spec = DataSpec {
                conditions: conditions(Condition::Unknown),
                known_features: features.clone(),
                known_labels: labels.clone(),
                known_classes: Some(learned.classes().to_vec()),
                ..spec
            };
            let Data { dataset, dropped, ignored, .. } = data::read(&spec, file)?;
            lines.push(format!("{} to test on", counted(dataset.len(), "sample")));
            lines.extend(ignored_columns(&ignored));
            if dropped > 0 {
                lines.push(left_out(dropped));
            }
            test = Some(dataset);
        }
        let mut others: Vec<&mut Dataset> = [&mut held_out].into_iter().chain(&mut test).collect();
        let means = start.model.as_ref().and_then(means);
        let filled = fill_missing(&mut learned, &mut others, means.as_deref());
        lines.extend(filled.map_err(FitError::Options)?);
        Ok(Samples { learned, held_out, held_out_as, test, features, labels, normal, lines })
    }
}
