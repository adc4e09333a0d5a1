//! Tuners of any task, over the tables of a watch's motion.

use std::fmt::Debug;

pub use crate::heap::Heap;
use trimpot::plan::PlannedStep;
use trimpot::spec::NetworkSpec;
use trimpot_testkit::flash::{Flash, Torn};
use trimpot_tuner::{Interpreted, Model, Settings, Sizes, Task, Tuner};

pub type Nor = Flash<1, 4, 256>;
pub type TunerOf<M, T> = Tuner<M, T, Nor, Heap>;

/// Boots a tuner from this flash memory; from a blank one if there is none.
pub fn boot<M: Model, T: Task>(
    model: M,
    task: T,
    settings: Settings,
    flash: Option<Nor>,
) -> TunerOf<M, T> {
    let sizes = Sizes::of_model(&model, &settings).with_task(task.sizes());
    let (memory, area) = (Heap::new(&sizes), 0..sizes.flash::<Nor>());
    let flash = flash.unwrap_or_else(|| Nor::new(area.end as usize));
    Tuner::new(model, task, settings, memory, flash, area).expect("a boot")
}

/// Runs something with a network that is data.
pub fn interpreted<R>(spec: NetworkSpec<'_>, run: impl FnOnce(Interpreted<'_>) -> R) -> R {
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    run(Interpreted::new(spec, &mut steps, &[]).expect("a network"))
}

/// Cuts the power at many places of an operation, and boots again: what was stored before is there,
/// or what is stored after. `boot` starts from a flash memory, `state` looks.
pub fn survives_cuts<M: Model, T: Task, S: PartialEq + Debug>(
    flash: &Nor,
    boot: impl Fn(Nor) -> TunerOf<M, T>,
    operation: impl Fn(&mut TunerOf<M, T>),
    state: impl Fn(&mut TunerOf<M, T>) -> S,
) {
    let old = state(&mut boot(flash.clone()));
    let mut tuner = boot(flash.clone());
    let spent = tuner.flash_mut().counts().cuts();
    operation(&mut tuner);
    let after = tuner.into_flash();
    let places = after.counts().cuts() - spent;
    let new = state(&mut boot(after));
    assert_ne!(old, new, "the operation stores something");
    let mut found = [0, 0];
    for place in (0..places).step_by(7).chain(places.saturating_sub(12)..places) {
        for torn in [Torn::Untouched, Torn::Complete, Torn::Random(place), Torn::Page(place)] {
            let mut tuner = boot(flash.clone());
            tuner.flash_mut().cut_after(place, torn);
            operation(&mut tuner);
            assert!(!tuner.flash_mut().is_powered(), "at {place} of {places}");
            let mut flash = tuner.into_flash();
            flash.power_on();
            let seen = state(&mut boot(flash));
            assert!(seen == old || seen == new, "at {place} of {places}, {torn:?}: {seen:?}");
            found[usize::from(seen == new)] += 1;
        }
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}: one outcome only");
}

/// Features of a window of motion.
pub const FEATURES: usize = 12;
/// Names of exercises, in the order of their labels.
pub const EXERCISES: [&str; 7] = [
    "abduction",
    "external_rotation",
    "forward_elevation",
    "internal_rotation",
    "pendulum",
    "trapezius_extension",
    "upright_row",
];

/// A window of motion, and the exercise.
pub type Window = ([f32; FEATURES], u32);

const RIGHT: &str = include_str!("../../../../data/wrist-right.csv");
const LEFT: &str = include_str!("../../../../data/wrist-left.csv");
const LEFT_TEST: &str = include_str!("../../../../data/wrist-left-test.csv");

/// The windows of the right wrist, of the left one, and later ones of the left: each feature with
/// mean 0 and deviation 1 on the right.
pub fn wrists() -> [Vec<Window>; 3] {
    let tables = [RIGHT, LEFT, LEFT_TEST].map(read);
    let [right, ..] = &tables;
    let count = right.len() as f32;
    let of = |value: &dyn Fn(&Window) -> f32| right.iter().map(value).sum::<f32>() / count;
    let mean: [f32; FEATURES] = std::array::from_fn(|index| of(&|(row, _)| row[index]));
    let deviation: [f32; FEATURES] =
        std::array::from_fn(|index| of(&|(row, _)| (row[index] - mean[index]).powi(2)).sqrt());
    tables.map(|mut table| {
        for (row, _) in &mut table {
            for ((value, mean), deviation) in row.iter_mut().zip(mean).zip(deviation) {
                *value = (*value - mean) / deviation;
            }
        }
        table
    })
}

fn read(table: &str) -> Vec<Window> {
    let row = |line: &str| {
        let (numbers, name) = line.rsplit_once(',').expect("a name");
        let numbers: Vec<f32> =
            numbers.split(',').map(|number| number.parse().expect("a number")).collect();
        let label = EXERCISES.iter().position(|&exercise| exercise == name).expect("an exercise");
        (numbers.try_into().expect("twelve numbers"), label as u32)
    };
    table.lines().skip(1).map(row).collect()
}

/// The windows of an exercise.
pub fn of_exercise(windows: &[Window], label: u32) -> Vec<[f32; FEATURES]> {
    windows.iter().filter(|window| window.1 == label).map(|&(row, _)| row).collect()
}
