//! The demo's steps, each with what it says.

use trimpot_link::Origin;

use super::data::Data;
use super::factory::{Factory, train_factory};
use super::field::{self, AdaptationRun};
use super::result::{self, DemoResult, SeedResult};
use super::terminal::{self, count, heading, line, percent};
use super::{DemoError, Options, SEEDS};
use crate::board::{Board, BoardAddress, Commit};
use crate::{model, output, report as html};

/// Trains a network, and writes its model file.
pub fn train(options: &Options, data: &Data) -> Result<Factory, DemoError> {
    heading("Factory", &format!("train 64-32-10 on {} MNIST digits", count(data.train.len())));
    let factory = train_factory(data, options.seed)?;
    let file = options.model_file();
    model::save(&factory.network, &file)?;
    let tested = count(data.test.len());
    line("trained", &factory.summary());
    line("MNIST", &format!("accuracy {} on {tested} test digits", percent(&factory.factory)));
    line("UCI digits", &format!("accuracy {}: the sensor has changed", percent(&factory.field)));
    line("model", &file.display().to_string());
    Ok(factory)
}

/// Boots the board, and installs the network with its samples.
pub fn boot(options: &Options, data: &Data, factory: &Factory) -> Result<Board, DemoError> {
    let address = options.address();
    heading("Board", &address.to_string());
    let mut board = Board::boot(address)?;
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
) -> Result<AdaptationRun, DemoError> {
    heading("Field", &format!("learn {} UCI digits, one by one", options.samples));
    let split = data.split(options.seed, options.samples);
    let bar = terminal::bar(options.samples as u64, "learning  {bar} {pos}/{len} digits  {msg}");
    let run = field::teach(board, data, &split, |point| {
        bar.set_message(format!("UCI {:.1} %", 100.0 * point.field));
        bar.set_position(point.samples as u64);
        if point.samples == options.samples {
            bar.finish_and_clear();
        }
    })?;
    line("replay", &format!("{} factory samples, {} more to judge by", run.pinned, run.held_out));
    let others = format!("on the {} others", count(split.others.len()));
    let (before, after) = (percent(&run.before), percent(&run.after));
    line("UCI digits", &format!("{before} before, {after} after, {others}"));
    let (before, after) = (percent(&factory.factory), percent(&run.factory));
    line("MNIST", &format!("{before} before, {after} after"));
    Ok(run)
}

/// Commits, cuts the power, and boots again. Tells whether weights and answers are the same.
pub fn cut_power(
    options: &Options,
    data: &Data,
    run: &AdaptationRun,
    mut board: Board,
) -> Result<bool, DemoError> {
    heading("Power cut", "commit, cut the power, boot again");
    match board.commit()? {
        Commit::Stored { fingerprint } => line("committed", &format!("weights {fingerprint:08x}")),
        Commit::Rejected { tolerated, loss, samples } => {
            return Err(DemoError::Rejected { tolerated, loss, samples });
        }
    }
    let address = board.cut_power();
    if matches!(address, BoardAddress::Serial { .. }) {
        terminal::wait_for_power_cut();
    }
    let mut board = Board::boot(address)?;
    let description = board.describe()?;
    let from = match description.origin {
        Origin::Commit => "the last commit",
        Origin::Factory => "the factory",
        Origin::Blank => "nowhere",
    };
    line("booted", &format!("weights {:08x} from {from}", description.fingerprint));
    let split = data.split(options.seed, options.samples);
    let answers = field::ask(&mut board, &split.others)?;
    line(
        "UCI digits",
        &format!("{} on the {} others", percent(&answers), count(split.others.len())),
    );
    Ok(description.fingerprint == run.fingerprint
        && description.origin == Origin::Commit
        && answers == run.after)
}

/// Does all of it for several seeds, on simulated boards.
pub fn repeat(
    options: &Options,
    data: &Data,
    factory: &Factory,
) -> Result<Vec<SeedResult>, DemoError> {
    heading("Repeat", &format!("all of it for {SEEDS} seeds, on simulated boards"));
    let mut seeds = vec![field::run_seed(data, factory, options.seed, options.samples)?];
    for offset in 1..SEEDS {
        let seed = options.seed.wrapping_add(offset);
        let factory = train_factory(data, seed)?;
        seeds.push(field::run_seed(data, &factory, seed, options.samples)?);
    }
    result::print(&seeds);
    Ok(seeds)
}

/// Writes the report, and says which promises were met.
pub fn report(options: &Options, result: &DemoResult) -> Result<(), DemoError> {
    let file = options.report_file();
    output::write(&file, html::page(result)?.as_bytes()).map_err(DemoError::writing(&file))?;
    heading("Report", &file.display().to_string());
    for promise in result.promises() {
        line(if promise.is_met() { "met" } else { "NOT MET" }, &promise.to_string());
    }
    line("time", &format!("{:.1} s", result.seconds));
    Ok(())
}
