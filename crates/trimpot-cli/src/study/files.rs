//! The files of a study: all runs, also as a table, and what follows from them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;
use trimpot_host::study::statistics::Summary;
use trimpot_host::study::{CHOICE, Draw, ExperimentResult, Measure, Procedure, Runs};
use trimpot_model::output;

/// All runs, each added as it ends.
pub(super) const RUNS: &str = "runs.jsonl";
/// The same as a table.
pub(super) const TABLE: &str = "runs.csv";
/// What follows from the runs.
pub(super) const RESULTS: &str = "results.json";
/// The page to read.
pub(super) const REPORT: &str = "report.html";

/// What follows from the runs of a study.
#[derive(Serialize)]
struct Results<'a> {
    experiments: Vec<Experiment<'a>>,
    /// The options of `trimpot train` for what did best together; none without a choice.
    choice: Option<Vec<String>>,
}

/// What follows from the runs of an experiment.
#[derive(Serialize)]
struct Experiment<'a> {
    name: &'a str,
    data: &'a str,
    measure: Measure,
    levels: Vec<Level<'a>>,
    pairs: Vec<Pair<'a>>,
    conclusion: Option<String>,
    folklore: Option<String>,
}

#[derive(Serialize)]
struct Level<'a> {
    name: &'a str,
    #[serde(flatten)]
    procedure: How,
    measures: BTreeMap<Measure, Measured>,
    folklore: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum How {
    Train {
        /// The options of `trimpot train` that train so.
        train: Vec<String>,
        rows: usize,
    },
    /// A board learns.
    Teach { samples: usize, learning_rate: f32, replays: u16, pinned: u8, trained: String },
}

#[derive(Serialize)]
struct Measured {
    runs: usize,
    mean: f64,
    deviation: f64,
    interval: [f64; 2],
}

#[derive(Serialize)]
struct Pair<'a> {
    a: &'a str,
    b: &'a str,
    a_is_better: f64,
    interval: [f64; 2],
}

/// Writes what follows from the runs, as JSON. What depends on the machine is left out, so that the
/// same study gives the same file.
/// `data` are the options of `trimpot train` for the data.
pub(super) fn write_results(
    results: &[ExperimentResult<'_>],
    data: &[String],
    file: &Path,
) -> io::Result<()> {
    let chosen = results.iter().find(|result| result.experiment.name == CHOICE);
    let chosen = chosen.and_then(|result| result.levels.last());
    let chosen = chosen.and_then(|level| level.procedure.recipe());
    let choice = chosen.map(|recipe| data.iter().cloned().chain(recipe.words()).collect());
    let experiments = results.iter().map(experiment).collect();
    let text = serde_json::to_string_pretty(&Results { experiments, choice });
    let text = text.map_err(io::Error::other)?;
    output::write(file, (text + "\n").as_bytes())
}

fn experiment<'a>(result: &'a ExperimentResult<'a>) -> Experiment<'a> {
    let name = |level: usize| result.levels[level].level.name.as_str();
    let measured = |&Summary { runs, mean, deviation, interval }: &Summary| Measured {
        runs,
        mean,
        deviation,
        interval,
    };
    let level = |level: &'a trimpot_host::study::LevelResult<'a>| Level {
        name: &level.level.name,
        procedure: match &level.procedure {
            Procedure::Train(recipe) => How::Train { train: recipe.words(), rows: recipe.rows },
            Procedure::Teach(lesson) => How::Teach {
                samples: lesson.samples,
                learning_rate: lesson.learning_rate,
                replays: lesson.replays,
                pinned: lesson.pinned,
                trained: lesson.trained.to_string(),
            },
        },
        measures: (level.summaries.iter())
            .filter(|(measure, _)| measure.is_reproducible())
            .map(|(&measure, summary)| (measure, measured(summary)))
            .collect(),
        folklore: level.level.folklore.as_ref().map(|folklore| folklore.said),
    };
    let pairs = result.pairs.iter().map(|pair| Pair {
        a: name(pair.a),
        b: name(pair.b),
        a_is_better: pair.improvement.probability,
        interval: pair.improvement.interval,
    });
    Experiment {
        name: result.experiment.name,
        data: &result.experiment.subject.name,
        measure: result.experiment.measure,
        levels: result.levels.iter().map(level).collect(),
        pairs: pairs.collect(),
        conclusion: result.conclusion(),
        // Of what does not depend on the machine.
        folklore: (result.experiment.folklore_of.is_none_or(Measure::is_reproducible))
            .then(|| result.verdict())
            .flatten(),
    }
}

/// Writes all runs as a table: a row a run, a column a measure.
pub(super) fn write_runs(runs: &Runs, file: &Path) -> io::Result<()> {
    let measures: Vec<Measure> = Measure::ALL
        .into_iter()
        .filter(|measure| runs.iter().any(|run| run.outcome.values.contains_key(measure)))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headers = ["experiment", "level", "kind", "number", "tuned", "diverged"];
    let headers = headers.map(str::to_owned).into_iter();
    writer.write_record(headers.chain(measures.iter().map(Measure::to_string)))?;
    for run in runs.iter() {
        let (kind, number) = match run.draw {
            Draw::Point(number) => ("point", number),
            Draw::Seed(number) => ("seed", number),
        };
        let tuned = run.tuned.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
        let diverged = run.outcome.diverged.map_or(String::new(), |epoch| epoch.to_string());
        let row = [&*run.experiment, &*run.level, kind, &number.to_string(), &tuned, &diverged];
        let row = row.map(str::to_owned).into_iter();
        let value = |measure| run.outcome.values.get(measure).map_or(String::new(), f64::to_string);
        writer.write_record(row.chain(measures.iter().map(value)))?;
    }
    output::write(file, &writer.into_inner().map_err(io::Error::other)?)
}
