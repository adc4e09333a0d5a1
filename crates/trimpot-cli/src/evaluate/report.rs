//! Scores as text.

use std::fmt::{self, Display, Formatter, Write};

use trimpot::metric::{Calibration, ClassScores, RegressionScores};
use trimpot_host::dyn_model::{BINS, ConfusionCounts, Detection, Evaluation, Scores};
use trimpot_tuner::AnomalyScores;

use crate::model::{class_name, column_name, ignored_columns};
use crate::table::Table;
use crate::terminal::{counted, digits, lacking, plain};

/// The classes of the largest confusion matrix that is shown as a whole.
const LARGEST: usize = 20;

/// Scores of a model on a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The name of the data.
    pub name: String,
    /// The name of the loss.
    pub loss: String,
    /// Whether the loss counts differences in deviations of the targets.
    pub in_deviations: bool,
    /// The names of the classes; none, if they are numbers.
    pub classes: Vec<String>,
    /// The names of the targets; none, if they have none.
    pub targets: Vec<String>,
    /// The scores.
    pub evaluation: Evaluation,
    /// How many samples were left out, because a value is missing.
    pub dropped: usize,
    /// The names of columns that were left out, because the model does not know them.
    pub ignored: Vec<String>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Evaluation { score, samples, scores } = &self.evaluation;
        let samples = counted(*samples, "sample");
        write!(f, "{}: {samples}", plain(&self.name))?;
        if self.dropped > 0 {
            write!(f, ", without {}", lacking(self.dropped))?;
        }
        writeln!(f)?;
        if let Some(line) = ignored_columns(&self.ignored) {
            writeln!(f, "{}", plain(&line))?;
        }
        if let Scores::Anomalies(detection) = scores {
            return write_detection(f, &self.loss, detection);
        }
        writeln!(f, "{} {}", self.loss, digits(score.loss))?;
        match scores {
            Scores::Classes { confusion, calibration } => {
                self.write_classes(f, confusion)?;
                match calibration {
                    Some(calibration) => write_calibration(f, calibration),
                    None => writeln!(
                        f,
                        "\nno calibration: outputs for {} are no probabilities",
                        self.loss
                    ),
                }
            }
            Scores::Numbers(outputs) => {
                if self.in_deviations {
                    writeln!(f, "of standardized targets; in the units of the targets:")?;
                }
                write!(f, "\n{}", numbers(outputs, &self.targets))
            }
            Scores::Anomalies(_) => Ok(()),
        }
    }
}

impl Report {
    fn name_of(&self, class: usize) -> String {
        plain(&class_name(&self.classes, class)).into_owned()
    }

    fn write_classes(&self, f: &mut Formatter<'_>, confusion: &ConfusionCounts) -> fmt::Result {
        let scores = confusion.scores();
        writeln!(f, "accuracy {}", percent(scores.accuracy()))?;
        writeln!(f, "balanced accuracy {}", percent(scores.balanced_accuracy()))?;
        writeln!(f, "macro F1 {}", score(scores.macro_f1()))?;

        let mut table = Table::new(["class", "precision", "recall", "F1", "support"], 1);
        for class in 0..scores.classes() {
            table.add([
                self.name_of(class),
                score(scores.precision(class)),
                score(scores.recall(class)),
                score(scores.f1(class)),
                scores.support(class).to_string(),
            ]);
        }
        write!(f, "\n{table}")?;
        if scores.classes() <= LARGEST {
            writeln!(f, "\nconfusion matrix: a row for each class, a column for each prediction")?;
            write!(f, "{}", self.matrix(scores))
        } else {
            writeln!(f, "\nmost frequent confusions")?;
            write!(f, "{}", self.confusions(scores))
        }
    }

    fn matrix(&self, scores: ClassScores<'_>) -> Table {
        let classes = 0..scores.classes();
        let names = classes.clone().map(|class| self.name_of(class));
        let mut table = Table::new([String::new()].into_iter().chain(names), 1);
        for target in classes.clone() {
            let counts = classes.clone().map(|predicted| scores.count(target, predicted));
            let counts = counts.map(|count| count.to_string());
            table.add([self.name_of(target)].into_iter().chain(counts));
        }
        table
    }

    /// Returns the pairs of classes that were confused most often.
    fn confusions(&self, scores: ClassScores<'_>) -> Table {
        let classes = scores.classes();
        let pairs = (0..classes * classes).map(|pair| (pair / classes, pair % classes));
        let wrong = pairs.filter(|(target, predicted)| target != predicted);
        let mut counts: Vec<_> = wrong
            .map(|(target, predicted)| (scores.count(target, predicted), target, predicted))
            .filter(|(count, ..)| *count > 0)
            .collect();
        counts.sort_by_key(|&(count, target, predicted)| {
            (std::cmp::Reverse(count), target, predicted)
        });
        let mut table = Table::new(["class", "predicted", "samples"], 2);
        for (count, target, predicted) in counts.into_iter().take(LARGEST) {
            table.add([self.name_of(target), self.name_of(predicted), count.to_string()]);
        }
        table
    }
}

/// Writes how well anomalies are told from normal samples.
pub(crate) fn write_detection(
    f: &mut impl Write,
    loss: &str,
    detection: &Detection,
) -> fmt::Result {
    let Detection { threshold, scores, auc } = detection;
    match threshold {
        Some(threshold) => writeln!(f, "threshold {} of {loss}", digits(*threshold))?,
        None => writeln!(f, "no threshold of {loss} is set: nothing is anomalous")?,
    }
    let AnomalyScores { normal, anomalous, unknown } = scores;
    if normal.samples > 0 && anomalous.samples > 0 {
        writeln!(f, "precision {}", score(scores.precision()))?;
        writeln!(f, "recall {}", score(scores.recall()))?;
        writeln!(f, "F1 {}", score(scores.f1()))?;
    }
    if normal.samples > 0 {
        writeln!(f, "false alarm rate {}", percent(scores.false_alarm_rate()))?;
    }
    if auc.is_some() {
        writeln!(f, "area under the ROC curve {}", score(*auc))?;
    }
    let mut table = Table::new(["", "samples", "taken for anomalous", "mean score"], 1);
    let rows = [("normal", normal), ("anomalous", anomalous), ("unknown", unknown)];
    for (name, flagged) in rows.into_iter().filter(|(_, flagged)| flagged.samples > 0) {
        let [samples, found] = [flagged.samples, flagged.anomalous].map(|count| count.to_string());
        table.add([name.to_owned(), samples, found, digits(flagged.mean_score)]);
    }
    write!(f, "\n{table}")
}

fn percent(share: Option<f32>) -> String {
    share.map_or("none".to_owned(), |share| format!("{:.2} %", 100.0 * share))
}

/// Returns a score with four digits after the point.
fn score(score: Option<f32>) -> String {
    score.map_or("none".to_owned(), |score| format!("{score:.4}"))
}

fn write_calibration(f: &mut Formatter<'_>, calibration: &Calibration<BINS>) -> fmt::Result {
    writeln!(f, "\nexpected calibration error {}", score(calibration.expected_error()))?;
    let mut table = Table::new(["confidence", "samples", "mean confidence", "accuracy"], 1);
    for bin in calibration.bins().filter(|bin| bin.samples > 0) {
        table.add([
            format!("{:.1} to {:.1}", bin.low, bin.high),
            bin.samples.to_string(),
            format!("{:.4}", bin.confidence),
            format!("{:.4}", bin.accuracy),
        ]);
    }
    write!(f, "{table}")
}

/// Returns the scores of each output, by the names of the targets, if they have some.
pub(crate) fn numbers(outputs: &[RegressionScores], names: &[String]) -> Table {
    let number = |score: Option<f32>| score.map_or("none".to_owned(), digits);
    let mut table = Table::new(["output", "R²", "MAE", "RMSE"], 1);
    for (output, scores) in outputs.iter().enumerate() {
        table.add([
            plain(&column_name(names, output)).into_owned(),
            score(scores.r2()),
            number(scores.mae()),
            number(scores.rmse()),
        ]);
    }
    table
}
