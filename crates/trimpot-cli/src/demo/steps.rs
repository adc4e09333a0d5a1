//! The demo's steps, each with what it says.

use indicatif::HumanCount;
use tempfile::TempDir;
use trimpot_host::board::{Board, BoardAddress, Commit, FactorySamples};
use trimpot_link::Origin;
use trimpot_model::{file, output};

use super::accuracy;
use super::data::Data;
use super::error::DemoError;
use super::factory::{Factory, train_factory};
use super::field::{self, AdaptationRun};
use super::options::Options;
use super::page::page;
use super::result::{DemoResult, SEEDS, SeedResult, mean};
use super::simulated::boot_digits;
use super::terminal::{self, heading, line, percent};

/// Trains a network, and writes its model file.
pub fn train(options: &Options, data: &Data) -> Result<Factory, DemoError> {
    heading(
        "Factory",
        &format!("train 64-32-10 on {} MNIST digits", HumanCount(data.train.len() as u64)),
    );
    let factory = train_factory(data, options.seed)?;
    let file = options.model_file();
    file::save(&factory.network, &file)?;
    let tested = HumanCount(data.test.len() as u64);
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
    let mut board = boot_digits(address)?;
    let description = board.describe()?;
    if description.replay.learned > 0 {
        return Err(DemoError::InUse { learned: description.replay.learned });
    }
    let kilobytes = f64::from(description.ram) / 1024.0;
    let parameters = HumanCount(description.parameters.into());
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
    let others = format!("on the {} others", HumanCount(split.others.len() as u64));
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
        Commit::Unchanged => line("committed", "stored already"),
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
        &format!("{} on the {} others", percent(&answers), HumanCount(split.others.len() as u64)),
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
    let mut seeds = vec![run_seed(data, factory, options.seed, options.samples)?];
    for offset in 1..SEEDS {
        let seed = options.seed.wrapping_add(offset);
        let factory = train_factory(data, seed)?;
        seeds.push(run_seed(data, &factory, seed, options.samples)?);
    }
    print(&seeds);
    Ok(seeds)
}

/// The whole way once more for one seed, on simulated boards: with and without samples of the
/// factory.
fn run_seed(
    data: &Data,
    factory: &Factory,
    seed: u32,
    samples: usize,
) -> Result<SeedResult, DemoError> {
    let split = data.split(seed, samples);
    let run = |samples: &FactorySamples| -> Result<AdaptationRun, DemoError> {
        let folder =
            TempDir::with_prefix("trimpot-").map_err(DemoError::writing(&std::env::temp_dir()))?;
        let flash = folder.path().join("flash.bin");
        let mut board = boot_digits(BoardAddress::Simulated { flash })?;
        board.install(factory.network.parameters(), samples)?;
        Ok(field::teach(&mut board, data, &split, |_| {})?)
    };
    let (with, without) = (run(&data.factory_samples(seed))?, run(&Data::no_samples())?);
    Ok(SeedResult { seed, factory: factory.factory, with, without })
}

/// Prints one line a seed, and the means.
fn print(seeds: &[SeedResult]) {
    line("", "     before           after,         after, without");
    line("", "                with factory samples        them");
    line("", "  MNIST     UCI     MNIST     UCI     MNIST     UCI");
    let row = |name: &str, value: &dyn Fn(fn(&SeedResult) -> f32) -> f32| {
        let columns: [fn(&SeedResult) -> f32; 6] = [
            |seed_result| accuracy(&seed_result.factory),
            |seed_result| accuracy(&seed_result.with.before),
            |seed_result| accuracy(&seed_result.with.factory),
            |seed_result| accuracy(&seed_result.with.after),
            |seed_result| accuracy(&seed_result.without.factory),
            |seed_result| accuracy(&seed_result.without.after),
        ];
        let cells = columns.map(|of| format!("{:>6.1} %", 100.0 * value(of)));
        line(name, &cells.join(""));
    };
    for seed_result in seeds {
        row(&format!("seed {}", seed_result.seed), &|of| of(seed_result));
    }
    row("mean", &|of| mean(seeds, of));
}

/// Writes the report, and says which promises were met.
pub fn report(options: &Options, result: &DemoResult) -> Result<(), DemoError> {
    let file = options.report_file();
    output::write(&file, page(result).as_bytes()).map_err(DemoError::writing(&file))?;
    heading("Report", &file.display().to_string());
    for promise in result.promises() {
        line(if promise.is_met() { "met" } else { "NOT MET" }, &promise.to_string());
    }
    line("time", &format!("{:.1} s", result.seconds));
    Ok(())
}
