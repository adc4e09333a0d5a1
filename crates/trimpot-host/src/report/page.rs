//! The report's text.

use std::fmt::Write;

use super::ReportError;
use super::plot::{Axes, Curve, FACTORY, FIELD, confusion, curves};
use crate::demo::{AdaptationRun, DemoResult, Point, Promise, SeedResult, count};

/// Returns the report about this run.
pub fn page(result: &DemoResult) -> Result<String, ReportError> {
    let others = count(result.run.after.samples() as usize);
    let (before, after) = (share(result.run.before), share(result.run.after));
    let (factory, adapted) = (share(result.factory.factory), share(result.run.factory));
    let title =
        format!("{} samples on the board: {before} → {after} on the new sensor", result.samples);
    Ok(format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trimpot demo</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">Trimpot demo · {board} · seed {seed}</p>
<h1>{title}</h1>
<p>A 64-32-10 network was trained on MNIST on the PC. In the field its digits come from another sensor, the UCI
digits. The board learned from {samples} of them, one by one, and replayed {pinned} samples from the factory
meanwhile; {others} other digits tell how well.</p>
</header>
<section class="cards">
{cards}
</section>
<section>
<h2>On the board</h2>
<p>Accuracy against the number of digits learned. Dashed: the same without samples from the factory in the replay
buffer, when the old digits are forgotten.</p>
<figure class="chart">{learning}</figure>
</section>
<section class="pair">
<figure><figcaption>UCI digits before: {before}</figcaption>{confusion_before}</figure>
<figure><figcaption>UCI digits after: {after}</figcaption>{confusion_after}</figure>
</section>
<section>
<h2>{count} seeds</h2>
<p>Training, the choice of {samples} digits and of factory samples, all anew for each seed; on simulated boards. Accuracy in
percent.</p>
<div class="wide">{table}</div>
</section>
<section>
<h2>In the factory</h2>
<p>10,000 MNIST digits, {epochs} epochs, {speed:.2} million samples a second: accuracy {factory} on 10,000 test digits; {adapted}
after learning on the board.</p>
<figure class="chart">{training}</figure>
</section>
<section>
<h2>Promises</h2>
<ul>
{promises}</ul>
<p>Weights on the board after learning: <code>{fingerprint:08x}</code> after {steps} steps of gradient descent. All of it took
{seconds:.1} s.</p>
</section>
</body>
</html>
"#,
        board = escape(&result.board),
        seed = result.seed,
        samples = result.samples,
        pinned = result.run.pinned,
        cards = cards(result),
        learning = learning(result)?,
        confusion_before = confusion("the confusion matrix before", &result.run.before)?,
        confusion_after = confusion("the confusion matrix after", &result.run.after)?,
        count = result.seeds.len(),
        table = table(result),
        epochs = result.factory.epochs.len(),
        speed = result.factory.samples_per_second / 1e6,
        training = training(result)?,
        promises = promises(result),
        fingerprint = result.run.fingerprint,
        steps = count(result.run.steps as usize),
        seconds = result.seconds,
    ))
}

/// Returns the figures that matter.
fn cards(result: &DemoResult) -> String {
    let mut cards = String::new();
    let mut card = |name: &str, value: String, more: &str| {
        let _ =
            writeln!(cards, "<div><b>{value}</b><span>{name}</span><small>{more}</small></div>");
    };
    let run = &result.run;
    card("UCI digits before", share(run.before), "from the factory");
    card("UCI digits after", share(run.after), &format!("{} samples learned", result.samples));
    card("MNIST after", share(run.factory), &format!("{} before", share(result.factory.factory)));
    let same = if result.same_after_power_cut { "the same" } else { "not the same" };
    card("after the power cut", same.to_owned(), "weights and answers");
    cards
}

/// Accuracy against samples, with and without samples from the factory.
fn learning(result: &DemoResult) -> Result<String, ReportError> {
    let line = |name, color, dashed, run: &AdaptationRun, of: fn(&Point) -> f32| {
        let point = |point: &Point| (point.samples as f64, 100.0 * f64::from(of(point)));
        Curve { name, color, dashed, points: run.points.iter().map(point).collect() }
    };
    let mut lines = vec![
        line("MNIST", FACTORY, false, &result.run, |point| point.factory),
        line("UCI digits", FIELD, false, &result.run, |point| point.field),
    ];
    if let Some(SeedResult { without, .. }) = result.seeds.first() {
        lines.push(line("MNIST, without", FACTORY, true, without, |point| point.factory));
        lines.push(line("UCI, without", FIELD, true, without, |point| point.field));
    }
    let values = lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y);
    let lowest = values.fold(100.0, f64::min);
    let axes = Axes {
        x: "digits learned",
        x_range: [0.0, result.samples as f64],
        x_decimals: 0,
        y: "accuracy, %",
        y_range: [(lowest / 5.0).floor() * 5.0, 100.0],
        decimals: 0,
        margin: 118,
    };
    curves("accuracy", &axes, &lines)
}

/// Loss against epochs.
fn training(result: &DemoResult) -> Result<String, ReportError> {
    let losses: Vec<(f64, f64)> = (1..)
        .zip(&result.factory.epochs)
        .map(|(epoch, (loss, _))| (f64::from(epoch), f64::from(*loss)))
        .collect();
    let highest = losses.iter().map(|(_, loss)| *loss).fold(0.0, f64::max);
    let axes = Axes {
        x: "epoch",
        x_range: [0.0, losses.len() as f64],
        x_decimals: 0,
        y: "training loss",
        y_range: [0.0, (highest * 10.0).ceil() / 10.0],
        decimals: 2,
        margin: 20,
    };
    let curve = Curve { name: "", color: FACTORY, dashed: false, points: losses };
    curves("the training loss", &axes, &[curve])
}

/// Returns a row for every seed, and their means.
fn table(result: &DemoResult) -> String {
    let columns: [fn(&SeedResult) -> f32; 6] = [
        |seed_result| accuracy(seed_result.factory),
        |seed_result| accuracy(seed_result.with.before),
        |seed_result| accuracy(seed_result.with.factory),
        |seed_result| accuracy(seed_result.with.after),
        |seed_result| accuracy(seed_result.without.factory),
        |seed_result| accuracy(seed_result.without.after),
    ];
    let row = |name: &str, value: &dyn Fn(fn(&SeedResult) -> f32) -> f32| {
        let cells = columns.map(|column| format!("<td>{:.1}</td>", 100.0 * value(column)));
        format!("<tr><th>{name}</th>{}</tr>\n", cells.concat())
    };
    let mut table = String::from(
        "<table>\n<thead><tr><th rowspan=\"2\">seed</th><th colspan=\"2\">before</th>\
         <th colspan=\"2\">after, with factory samples</th><th colspan=\"2\">after, without</th></tr>\n\
         <tr><th>MNIST</th><th>UCI</th><th>MNIST</th><th>UCI</th><th>MNIST</th><th>UCI</th></tr></thead>\n",
    );
    for seed_result in &result.seeds {
        table += &row(&seed_result.seed.to_string(), &|column| column(seed_result));
    }
    table += &row("mean", &|column| result.mean(column));
    table + "</table>"
}

fn promises(result: &DemoResult) -> String {
    let item = |promise: &Promise| {
        let class = if promise.is_met() { "met" } else { "missed" };
        format!("<li class=\"{class}\">{}</li>\n", escape(&promise.to_string()))
    };
    result.promises().iter().map(item).collect()
}

fn accuracy<const N: usize>(matrix: trimpot::metric::ConfusionMatrix<N>) -> f32 {
    matrix.accuracy().unwrap_or(0.0)
}

fn share<const N: usize>(matrix: trimpot::metric::ConfusionMatrix<N>) -> String {
    format!("{:.1} %", 100.0 * accuracy(matrix))
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(crate) const STYLE: &str = r#"
:root { color-scheme: light; --ink: #222a35; --soft: #66707f; --line: #e2e6ec; --blue: #1f5fa8; --amber: #c96a14; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 56rem; background: #fff; color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .2rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .3rem; }
p { margin: .3rem 0 .8rem; max-width: 44rem; }
.eyebrow { color: var(--soft); font-size: .9rem; margin: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; margin: 1.6rem 0; }
.cards div { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; display: grid; }
.cards b { font-size: 1.5rem; }
.cards small, figcaption { color: var(--soft); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.6rem; margin-top: 2rem; }
figure { margin: .6rem 0 0; }
figcaption { text-align: center; }
svg { display: block; width: 100%; height: auto; }
.wide, .chart { overflow-x: auto; }
.chart svg { min-width: 30rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .9rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; }
thead th { font-weight: 600; color: var(--soft); vertical-align: bottom; }
th[colspan] { text-align: center; }
tr:last-child > * { font-weight: 600; border-bottom: 0; }
thead tr:last-child > * { border-bottom: 1px solid var(--line); }
ul { list-style: none; padding: 0; }
li { padding-left: 1.6rem; position: relative; }
li::before { position: absolute; left: 0; font-weight: 700; }
li.met::before { content: "✓"; color: var(--blue); }
li.missed::before { content: "✗"; color: #b3261e; }
code { font-size: .95em; }
"#;
