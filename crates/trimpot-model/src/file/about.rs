//! What a model is for: the metadata of its file beside its layers.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::num::NonZeroU8;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::Value;
use trimpot::optimizer::LARGEST_LEARNING_RATE;
use trimpot::spec::Dims;
use trimpot::threshold::Rule;

use super::{BoardOptimizer, HeldOut, Latents, ModelTask};
use crate::front_end::{Extractor, FrontEnd};
use crate::plan::Trained;

const CLASSES: &str = "classes";
const LOSS: &str = "loss";
const TASK: &str = "task";
/// The key of the task in files of earlier versions, which had no anomalies.
const PREDICTS: &str = "predicts";
const FEATURES: &str = "features";
const LABELS: &str = "labels";
const NORMAL: &str = "normal";
const FRONT_END: &str = "front_end";
const HELD_OUT: &str = "held_out";
const RULE: &str = "rule";
const THRESHOLD: &str = "threshold";
const WINDOW: &str = "window";
const CENTRE: &str = "centre";
const LEARNING_RATE: &str = "learning_rate";
const REPLAYS: &str = "replays";
const OPTIMIZER: &str = "optimizer";
const TRAINED: &str = "trained";
const LATENTS: &str = "latents";
const BATCH: &str = "batch";

/// The largest window of predictions that vote on an alarm.
pub const LARGEST_WINDOW: u8 = 32;

/// What a model is for, as its file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// What its outputs say.
    pub task: Option<ModelTask>,
    /// The names of the classes in the order of the outputs; none, if they are numbers.
    pub classes: Vec<String>,
    /// The names of the features, in the order of the inputs; none, if they have none.
    pub features: Vec<String>,
    /// The names of the columns of the class, of the targets in the order of the outputs, or of
    /// what is normal; none, if they have none.
    pub labels: Vec<String>,
    /// The labels of normal samples, where anomalies are detected and samples had labels.
    pub normal: Vec<String>,
    /// What makes its features of recordings, with the length of these; none, if samples are
    /// features. The features have no names then.
    pub front_end: Option<FrontEnd>,
    /// The loss that it was trained with, and its settings: `huber delta=0.5`.
    pub loss: Option<String>,
    /// The samples of its data that it has not learned from.
    pub held_out: Option<HeldOut>,
    /// How the threshold of anomalies follows from the scores of normal samples.
    pub rule: Option<Rule>,
    /// The threshold of anomalies: what scores above it is anomalous.
    pub threshold: Option<f32>,
    /// What the outputs for a sample are compared with, where anomalies are detected by distance: the
    /// centre of those for normal samples; none, if they are a reconstruction.
    pub centre: Vec<f32>,
    /// How many predictions vote on an alarm: 1 to [`LARGEST_WINDOW`].
    pub window: Option<u8>,
    /// The learning rate with which a board learns: positive, up to [`LARGEST_LEARNING_RATE`]. What
    /// is not said here and below is the board's own.
    pub learning_rate: Option<f32>,
    /// How many samples a board replays for each that it learns.
    pub replays: Option<u16>,
    /// The optimizer with which a board learns.
    pub optimizer: Option<BoardOptimizer>,
    /// Which parameters a board trains.
    pub trained: Option<Trained>,
    /// How a board keeps what the frozen front makes of samples.
    pub latents: Option<Latents>,
    /// How many samples a step of a board takes.
    pub batch: Option<NonZeroU8>,
}

impl About {
    /// Returns the optimizer with which a board learns, and how many samples make one of its steps.
    /// `None` for gradient descent in place: plain descent sample by sample needs no memory for a
    /// gradient.
    #[must_use]
    pub fn optimizer_and_batch(&self) -> Option<(BoardOptimizer, NonZeroU8)> {
        let optimizer = self.optimizer.or_else(|| BoardOptimizer::named("sgd"))?;
        let batch = self.batch.unwrap_or(NonZeroU8::MIN);
        (!optimizer.is_plain() || batch.get() > 1).then_some((optimizer, batch))
    }

    /// Returns it as texts by their keys: the metadata of a model file.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        fn text(value: Option<impl Display>) -> Option<String> {
            value.map(|value| value.to_string())
        }
        let names = |names: &[String]| (!names.is_empty()).then(|| Value::from(names).to_string());
        let centre = (!self.centre.is_empty()).then(|| {
            let numbers: Vec<String> = self.centre.iter().map(f32::to_string).collect();
            numbers.join(",")
        });
        let texts = [
            (TASK, text(self.task)),
            (CLASSES, names(&self.classes)),
            (FEATURES, names(&self.features)),
            (LABELS, names(&self.labels)),
            (NORMAL, names(&self.normal)),
            (FRONT_END, text(self.front_end)),
            (LOSS, self.loss.clone()),
            (HELD_OUT, text(self.held_out)),
            (RULE, text(self.rule)),
            (THRESHOLD, text(self.threshold)),
            (WINDOW, text(self.window)),
            (CENTRE, centre),
            (LEARNING_RATE, text(self.learning_rate)),
            (REPLAYS, text(self.replays)),
            (OPTIMIZER, text(self.optimizer)),
            (TRAINED, text(self.trained)),
            (LATENTS, text(self.latents)),
            (BATCH, text(self.batch)),
        ];
        texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?))).collect()
    }

    /// Returns what the front end makes of recordings for a network that takes samples of this
    /// shape; none, if there is no front end.
    ///
    /// # Errors
    /// If it makes something else.
    pub fn extractor(&self, input: Dims) -> Result<Option<Extractor>, String> {
        let extractor = self.front_end.map(|front_end| front_end.for_input(input)).transpose();
        extractor.map_err(|error| format!("`{FRONT_END}`: {error}"))
    }

    /// Returns the names of the targets, where numbers are predicted; none, if they have none.
    #[must_use]
    pub fn target_names(&self) -> &[String] {
        if self.task == Some(ModelTask::Numbers) { &self.labels } else { &[] }
    }

    /// Returns what it says of how a board learns, likewise.
    #[must_use]
    pub fn learning_texts(&self) -> BTreeMap<String, String> {
        let keys = [LEARNING_RATE, REPLAYS, OPTIMIZER, TRAINED, LATENTS, BATCH];
        self.texts().into_iter().filter(|(key, _)| keys.contains(&key.as_str())).collect()
    }

    /// Reads such texts; those with other keys say nothing.
    ///
    /// # Errors
    /// If one says what cannot be.
    pub fn of_texts(texts: &BTreeMap<String, String>) -> Result<Self, String> {
        let names = |key: &str| match texts.get(key) {
            None => Ok(Vec::new()),
            Some(names) => serde_json::from_str(names)
                .map_err(|error| format!("`{key}` is no list of names: {error}")),
        };
        let task = if texts.contains_key(TASK) { TASK } else { PREDICTS };
        let about = About {
            task: value(texts, task)?,
            classes: names(CLASSES)?,
            features: names(FEATURES)?,
            labels: names(LABELS)?,
            normal: names(NORMAL)?,
            front_end: value(texts, FRONT_END)?,
            loss: texts.get(LOSS).cloned(),
            held_out: value(texts, HELD_OUT)?,
            rule: value(texts, RULE)?,
            threshold: value(texts, THRESHOLD)?,
            window: value(texts, WINDOW)?,
            centre: centre(texts)?,
            learning_rate: value(texts, LEARNING_RATE)?,
            replays: whole(texts, REPLAYS, 0..=u16::MAX)?,
            optimizer: value(texts, OPTIMIZER)?,
            trained: value(texts, TRAINED)?,
            latents: value(texts, LATENTS)?,
            batch: whole(texts, BATCH, NonZeroU8::MIN..=NonZeroU8::MAX)?,
        };
        about.check()?;
        Ok(about)
    }

    /// Checks what it says of recordings, of anomalies and of learning.
    ///
    /// # Errors
    /// If a setting of the front end, the learning rate or the window is out of range, or the
    /// threshold not finite; if a rule, a threshold, a window or what is normal is said of another
    /// task.
    pub fn check(&self) -> Result<(), String> {
        let within = |key, value: Option<f32>, is_valid: fn(f32) -> bool, range: &str| {
            let wrong = value.filter(|&value| !is_valid(value));
            wrong.map_or(Ok(()), |value| Err(format!("`{key}` is {value}, but must be in {range}")))
        };
        if let Some(front_end) = &self.front_end {
            front_end.check().map_err(|error| format!("`{FRONT_END}`: {error}"))?;
            if front_end.length.is_none() {
                return Err(format!("`{FRONT_END}` does not say the `length` of recordings"));
            }
        }
        let is_rate = |rate| rate > 0.0 && rate <= LARGEST_LEARNING_RATE;
        let rates = format!("(0, {LARGEST_LEARNING_RATE}]");
        within(LEARNING_RATE, self.learning_rate, is_rate, &rates)?;
        within(THRESHOLD, self.threshold, f32::is_finite, "(-inf, inf)")?;
        let mut centre = self.centre.iter().copied();
        within(CENTRE, centre.find(|number| !number.is_finite()), f32::is_finite, "(-inf, inf)")?;
        if self.window.is_some_and(|window| !(1..=LARGEST_WINDOW).contains(&window)) {
            return Err(format!("`{WINDOW}` must be in [1, {LARGEST_WINDOW}]"));
        }
        let of_anomalies = [
            (RULE, self.rule.is_some()),
            (THRESHOLD, self.threshold.is_some()),
            (WINDOW, self.window.is_some()),
            (CENTRE, !self.centre.is_empty()),
            (NORMAL, !self.normal.is_empty()),
        ];
        match of_anomalies.into_iter().find(|(_, is_said)| *is_said) {
            Some((key, _)) if self.task != Some(ModelTask::Anomalies) => {
                Err(format!("`{key}` is for the task `{}`", ModelTask::Anomalies))
            }
            _ => Ok(()),
        }
    }
}

/// Reads the value of a key, if it is there.
fn value<T: FromStr<Err: Display>>(
    texts: &BTreeMap<String, String>,
    key: &str,
) -> Result<Option<T>, String> {
    let read = |text: &String| {
        let error = |error: T::Err| format!("`{key}` is `{text}`: {error}");
        text.parse().map_err(error)
    };
    texts.get(key).map(read).transpose()
}

/// Reads the numbers of a centre.
fn centre(texts: &BTreeMap<String, String>) -> Result<Vec<f32>, String> {
    let Some(text) = texts.get(CENTRE) else { return Ok(Vec::new()) };
    let numbers = text.split(',').map(|number| number.trim().parse());
    numbers.collect::<Result<_, _>>().map_err(|_| format!("`{CENTRE}` is `{text}`, and no numbers"))
}

/// Reads the whole number of a key likewise, of which the type holds this range.
fn whole<T: FromStr + Display>(
    texts: &BTreeMap<String, String>,
    key: &str,
    range: RangeInclusive<T>,
) -> Result<Option<T>, String> {
    let read = |text: &String| {
        let (least, most) = range.into_inner();
        let range =
            format!("`{key}` is `{text}`, but must be a whole number from {least} to {most}");
        text.parse().map_err(|_| range)
    };
    texts.get(key).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[(&str, &str)]) -> Result<About, String> {
        let texts = texts.iter().map(|&(key, text)| (key.to_owned(), text.to_owned()));
        About::of_texts(&texts.collect())
    }

    #[test]
    fn what_is_written_is_read() {
        let about = About {
            task: Some(ModelTask::Anomalies),
            classes: Vec::new(),
            features: vec!["temperature".to_owned(), "a, \"b\"".to_owned()],
            labels: vec!["state".to_owned()],
            normal: vec!["calm".to_owned(), "0".to_owned()],
            front_end: Some(
                "log-mel,sample_rate=8000,fft=64,samples=f32,length=640".parse().unwrap(),
            ),
            loss: Some("huber delta=0.5".to_owned()),
            held_out: Some(HeldOut { share: 0.2, seed: 7, data: 0xc0ff_ee12_3456_789a }),
            rule: Some(Rule::percentile(0.95).unwrap()),
            threshold: Some(0.1),
            window: Some(9),
            centre: vec![0.25, -1e-9],
            learning_rate: Some(0.015),
            replays: Some(12),
            optimizer: BoardOptimizer::momentum(0.9),
            trained: Some(Trained::Head(2)),
            latents: Some(Latents::U8),
            batch: NonZeroU8::new(4),
        };
        let texts = about.texts();
        assert_eq!(texts.len(), 17);
        assert_eq!(About::of_texts(&texts), Ok(about));
        assert_eq!(of(&[]), Ok(About::default()));
        for &task in ModelTask::ALL {
            assert_eq!(task.name().parse(), Ok(task));
        }
        for &latents in Latents::ALL {
            assert_eq!(latents.to_string().parse(), Ok(latents));
        }
        for name in ["sgd", "momentum:0", "adam_w", "lion"] {
            let optimizer: BoardOptimizer = name.parse().unwrap();
            assert_eq!(optimizer.to_string(), name);
            assert_eq!(optimizer.is_plain(), name == "sgd");
        }
    }

    #[test]
    fn files_of_earlier_versions_say_what_they_predict() {
        assert_eq!(of(&[("predicts", "numbers")]).unwrap().task, Some(ModelTask::Numbers));
        let both = of(&[("predicts", "numbers"), ("task", "anomalies")]).unwrap();
        assert_eq!(both.task, Some(ModelTask::Anomalies));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_key() {
        let wrong = [
            ("task", "colours"),
            ("features", "a,b"),
            ("labels", "a,b"),
            ("front_end", "log-mel,sample_rate=8000,fft=64,samples=f32"),
            ("front_end", "log-mel,sample_rate=8000,fft=65,samples=f32,length=640"),
            ("held_out", "0.2:1"),
            ("held_out", "0:1:00c0ffee12345678"),
            ("held_out", "0.2:1:00c0ffee12345678:3"),
            ("rule", "percentile:2"),
            ("threshold", "inf"),
            ("threshold", "NaN"),
            ("window", "0"),
            ("window", "33"),
            ("centre", "0.5,much"),
            ("centre", "0.5,inf"),
            ("learning_rate", "0"),
            ("learning_rate", "3e38"),
            ("replays", "-1"),
            ("replays", "65536"),
            ("optimizer", "momentum:1"),
            ("optimizer", "newton"),
            ("trained", "head:0"),
            ("latents", "f64"),
            ("batch", "0"),
            ("batch", "256"),
        ];
        for (key, text) in wrong {
            let error = of(&[("task", "anomalies"), (key, text)]).unwrap_err();
            assert!(error.contains(&format!("`{key}`")), "{key}={text}: {error}");
        }
        for (key, text) in [
            ("rule", "deviations:3"),
            ("threshold", "1"),
            ("window", "5"),
            ("centre", "0.5"),
            ("normal", "[\"calm\"]"),
        ] {
            assert!(of(&[("task", "anomalies"), (key, text)]).is_ok());
            let error = of(&[("task", "classes"), (key, text)]).unwrap_err();
            assert_eq!(error, format!("`{key}` is for the task `anomalies`"));
        }
    }
}
