//! The demo's steps, each with what it says.

use trimpot_link::Origin;

use super::data::Data;
use super::factory::{Factory, train_factory};
use super::field::{self, Course};
use super::outcome::{self, Outcome, Trial};
use super::terminal::{self, count, heading, line, percent};
use super::{DemoError, Options, TRIALS};
use crate::board::{Board, Commit, Place};
use crate::{model, output, report as html};

/// Trains a network, and writes its model file.
pub fn train(options: &Options, data: &Data) -> Result<Factory, DemoError> {
    heading("Factory", &format!("train 64-32-10 on {} MNIST digits", count(data.train.len())));
    let factory = train_factory(data, options.seed)?;
    let file = options.model_file();
    model::save(&factory.network, &file)?;
    let tested = count(data.test.len());
    line("trained", &factory.summary());
    line("MNIST", &format!("{} of {tested} test digits right", percent(&factory.factory)));
    line("UCI digits", &format!("{} right: the sensor has changed", percent(&factory.field)));
    line("model", &file.display().to_string());
    Ok(factory)
}

/// Boots the board, and installs the network with its samples.
pub fn boot(options: &Options, data: &Data, factory: &Factory) -> Result<Board, DemoError> {
    let place = options.place();
    heading("Board", &place.to_string());
    let mut board = Board::boot(place)?;
    let description = board.describe()?;
    if description.replay.learned > 0 {
        return Err(DemoError::InUse { learned: description.replay.learned });
    }
    let kilobytes = f64::from(description.ram) / 1024.0;
    let parameters = count(description.parameters as usize);
    line("memory", &format!("{parameters} parameters, {kilobytes:.1} KiB of RAM"));
    let samples = data.factory_samples(options.seed);
    let installed = board.install(factory.network.parameters(), &samples)?;
    line("installed", &format!("weights {installed:08x} from the factory"));
    Ok(board)
}

/// Lets the board learn.
pub fn learn(
    options: &Options,
    data: &Data,
    factory: &Factory,
    board: &mut Board,
) -> Result<Course, DemoError> {
    heading("Field", &format!("learn {} UCI digits, one by one", options.samples));
    let lesson = data.lesson(options.seed, options.samples);
    let bar = terminal::bar(options.samples as u64, "learning  {bar} {pos}/{len} digits  {msg}");
    let course = field::teach(board, data, &lesson, |point| {
        bar.set_message(format!("UCI {:.1} %", 100.0 * point.field));
        bar.set_position(point.samples as u64);
        if point.samples == options.samples {
            bar.finish_and_clear();
        }
    })?;
    line(
        "replay",
        &format!("{} factory samples, {} more to judge by", course.pinned, course.held_out),
    );
    let others = format!("on the {} others", count(lesson.others.len()));
    let (before, after) = (percent(&course.before), percent(&course.after));
    line("UCI digits", &format!("{before} before, {after} after, {others}"));
    let (before, after) = (percent(&factory.factory), percent(&course.factory));
    line("MNIST", &format!("{before} before, {after} after"));
    Ok(course)
}

/// Commits, cuts the power, and boots again. Tells whether weights and answers are the same.
pub fn cut_power(
    options: &Options,
    data: &Data,
    course: &Course,
    mut board: Board,
) -> Result<bool, DemoError> {
    heading("Power cut", "commit, cut the power, boot again");
    match board.commit()? {
        Commit::Stored { fingerprint } => line("committed", &format!("weights {fingerprint:08x}")),
        Commit::Rejected { tolerated, loss, samples } => {
            return Err(DemoError::Rejected { tolerated, loss, samples });
        }
    }
    let place = board.cut_power();
    if matches!(place, Place::Serial { .. }) {
        terminal::wait_for_power_cut();
    }
    let mut board = Board::boot(place)?;
    let description = board.describe()?;
    let from = match description.origin {
        Origin::Commit => "the last commit",
        Origin::Factory => "the factory",
        Origin::Blank => "nowhere",
    };
    line("booted", &format!("weights {:08x} from {from}", description.fingerprint));
    let lesson = data.lesson(options.seed, options.samples);
    let answers = field::ask(&mut board, &lesson.others)?;
    line(
        "UCI digits",
        &format!("{} on the {} others", percent(&answers), count(lesson.others.len())),
    );
    Ok(description.fingerprint == course.fingerprint
        && description.origin == Origin::Commit
        && answers == course.after)
}

/// Does all of it for several seeds, on simulated boards.
pub fn repeat(options: &Options, data: &Data, factory: &Factory) -> Result<Vec<Trial>, DemoError> {
    heading("Repeat", &format!("all of it for {TRIALS} seeds, on simulated boards"));
    let mut trials = vec![field::trial(data, factory, options.seed, options.samples)?];
    for trial in 1..TRIALS {
        let seed = options.seed.wrapping_add(trial);
        let factory = train_factory(data, seed)?;
        trials.push(field::trial(data, &factory, seed, options.samples)?);
    }
    outcome::print(&trials);
    Ok(trials)
}

/// Writes the report, and says which promises were kept.
pub fn report(options: &Options, outcome: &Outcome) -> Result<(), DemoError> {
    let file = options.report_file();
    output::write(&file, html::page(outcome)?.as_bytes()).map_err(DemoError::writing(&file))?;
    heading("Report", &file.display().to_string());
    for promise in outcome.promises() {
        line(if promise.is_kept() { "kept" } else { "BROKEN" }, &promise.to_string());
    }
    line("time", &format!("{:.1} s", outcome.seconds));
    Ok(())
}
