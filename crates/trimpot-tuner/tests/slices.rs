//! Learning in slices has the bits of learning at once, and other calls in the midst of it do what
//! they say.

use crate::board::Heap;
use trimpot::layer::{Dense, Dropout, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::optimizer::Adam;
use trimpot::shape::Vector;
use trimpot::{Chain, chain};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::{
    Classification, Commit, Error, Model, Optimized, Origin, Settings, Sizes, Tuner, Work,
};

type Nor = Flash<1, 4, 256>;
type Layers = Chain![Dense<4, 6>, Relu, Dropout, Dense<6, 3>];
type Device<M> = Tuner<M, Classification<CrossEntropy>, Nor, Heap>;

const SETTINGS: Settings =
    Settings::new().with_pinned(2).with_recent(3).with_replays(11).with_stored_samples(true);

fn typed() -> Planned<'static, Vector<4>, Layers> {
    let dropout = Dropout::new(0.2).expect("a share");
    let layers: Layers = chain![Dense, Relu, dropout, Dense];
    Planned::new(Box::leak(Box::new(layers)))
}

fn batches() -> impl Model {
    let adam = Adam::new(0.01).expect("a learning rate");
    Optimized::new(typed(), adam).with_batch(5.try_into().expect("a batch"))
}

/// Starts with an empty flash memory, and installs a few samples.
fn start<M: Model>(model: M) -> Device<M> {
    let sizes = Sizes::of_model(&model, &SETTINGS);
    let flash = Nor::new(sizes.flash::<Nor>() as usize);
    let mut device = boot(model, flash);
    let mut random = Random::new(5);
    (device.widen(&[-2.0; 4]).and(device.widen(&[2.0; 4]))).expect("a range");
    for class in [0, 1, 2, 0, 1] {
        device.pin(&sample(&mut random, class), class).expect("a sample");
        device.hold_out(&sample(&mut random, class), class).expect("a sample");
    }
    device.install().expect("a good flash");
    device
}

fn boot<M: Model>(model: M, flash: Nor) -> Device<M> {
    let memory = Heap::new(&Sizes::of_model(&model, &SETTINGS));
    let (task, area) = (Classification::new(CrossEntropy::new()), 0..flash.bytes().len() as u32);
    Tuner::new(model, task, SETTINGS, memory, flash, area).expect("a boot")
}

/// A sample of a class: one feature stands out, in noise.
fn sample(random: &mut Random, class: u32) -> [f32; 4] {
    std::array::from_fn(|feature| {
        let signal = if feature == class as usize { 1.0 } else { 0.0 };
        signal + random.between(-0.4, 0.4)
    })
}

fn bits<M: Model>(device: &Device<M>) -> Vec<u32> {
    device.parameters().iter().map(|parameter| parameter.to_bits()).collect()
}

/// Learns samples and commits, each at once, or in slices of `slice()` steps with predictions
/// between. Returns all that comes out.
fn life<M: Model>(
    device: &mut Device<M>,
    mut slice: Option<&mut dyn FnMut() -> u32>,
) -> Vec<String> {
    let (mut random, mut found) = (Random::new(8), Vec::new());
    for index in 0..25 {
        let (features, class) = (sample(&mut random, index % 3), index % 3);
        let learned = match &mut slice {
            None => device.learn(&features, class).expect("a good sample"),
            Some(slice) => {
                device.begin(&features, class).expect("a good sample");
                loop {
                    let steps = slice();
                    match device.work(steps).expect("a good flash") {
                        Work::Done(learned) => break learned,
                        Work::More => {
                            device.predict(&[0.5, -0.5, 0.25, 1.0]).expect("a sample");
                        }
                        Work::Idle => panic!("a sample was begun"),
                    }
                }
            }
        };
        found.push(format!("{learned:?} {:?}", bits(device)));
        if index % 6 == 5 {
            found.push(format!("{:?}", device.commit()));
        }
    }
    found
}

fn compare<M: Model>(model: impl Fn() -> M) {
    let mut whole = start(model());
    let expected = life(&mut whole, None);
    assert!(expected.iter().any(|line| line.contains("Stored")), "{expected:?}");
    let expected_flash = whole.into_flash();
    for seed in 0..8 {
        let (mut cut, mut random) = (start(model()), Random::new(seed));
        let mut slice = || random.between(0.0, 1.0 + seed as f32 * 3.0) as u32;
        let found = life(&mut cut, Some(&mut slice));
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{seed}");
        }
        assert_eq!(cut.into_flash().bytes(), expected_flash.bytes(), "{seed}");
    }
}

#[test]
fn however_learning_is_cut_it_has_the_same_bits() {
    compare(typed);
}

#[test]
fn however_mini_batches_are_cut_they_have_the_same_bits() {
    compare(batches);
}

#[test]
fn a_slice_has_so_many_steps_and_at_least_one() {
    let mut device = start(typed());
    assert_eq!(device.work(3), Ok(Work::Idle));
    device.begin(&[1.0, 0.0, 0.0, 0.0], 0).expect("a good sample");
    let mut before = bits(&device);
    for _ in 0..11 {
        assert_eq!(device.work(0), Ok(Work::More));
        assert_ne!(bits(&device), before);
        before = bits(&device);
    }
    let Ok(Work::Done(learned)) = device.work(1) else { panic!("the last step") };
    assert_eq!((learned.steps, learned.rolled_back), (12, false));
    assert_eq!(device.describe().replay.learned, 1);
    assert_eq!(device.work(1), Ok(Work::Idle));
}

#[test]
fn what_would_disturb_learning_is_refused_and_changes_nothing() {
    let (mut device, mut alone) = (start(typed()), start(typed()));
    let features = [0.2, 1.0, -0.1, 0.0];
    device.begin(&features, 1).expect("a good sample");
    device.work(4).expect("a good flash");
    let before = format!("{device:?}");
    let learning = Error::Learning;
    assert_eq!(device.begin(&[1.0, 0.0, 0.0, 0.0], 0), Err(learning));
    assert_eq!(device.learn(&[1.0, 0.0, 0.0, 0.0], 0), Err(learning));
    assert_eq!(device.commit(), Err(learning));
    assert_eq!(device.install(), Err(learning));
    assert_eq!(device.write_parameters(0, &[1.0]), Err(learning));
    assert_eq!(format!("{device:?}"), before);
    assert_eq!(learning.to_string(), "a sample is being learned");

    let Ok(Work::Done(learned)) = device.work(u32::MAX) else { panic!("all steps") };
    assert_eq!(alone.learn(&features, 1), Ok(learned));
    assert_eq!(bits(&device), bits(&alone));
    assert!(matches!(device.commit(), Ok(Commit::Stored(_))));
}

#[test]
fn a_rollback_a_reset_and_a_power_cut_forget_what_was_begun() {
    let begun = || {
        let mut device = start(typed());
        device.learn(&[0.0, 0.0, 1.0, 0.0], 2).expect("a good sample");
        assert!(matches!(device.commit(), Ok(Commit::Stored(_))));
        let stored = bits(&device);
        device.begin(&[1.0, 0.0, 0.0, 0.0], 0).expect("a good sample");
        assert_eq!(device.work(5), Ok(Work::More));
        assert_ne!(bits(&device), stored);
        (device, stored)
    };
    let (mut device, stored) = begun();
    device.rollback().expect("a good flash");
    assert_eq!((device.work(1), bits(&device)), (Ok(Work::Idle), stored));
    assert_eq!(device.describe().replay.learned, 1);

    let (mut device, _) = begun();
    device.reset().expect("a good flash");
    assert_eq!((device.work(1), bits(&device)), (Ok(Work::Idle), bits(&start(typed()))));
    assert_eq!(device.describe().replay.learned, 0);

    let (device, stored) = begun();
    let mut device = boot(typed(), device.into_flash());
    assert_eq!((device.work(1), bits(&device)), (Ok(Work::Idle), stored));
    let description = device.describe();
    assert_eq!((description.origin, description.replay.learned), (Origin::Commit, 1));
}
