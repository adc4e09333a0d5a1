//! A tuner that keeps what a frozen front makes of samples learns the same bits, in less memory.

use crate::board::Heap;
use trimpot::layer::{Dense, DenseSpec, Frozen, FrozenSpec, Relu, Tanh};
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::plan::PlannedStep;
use trimpot::shape::Vector;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{Chain, chain};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::{
    Classification, Commit, Error, Interpreted, LatentFormat, LatentReplay, Model, Origin,
    Settings, Sizes, Tuner,
};

type Nor = Flash<1, 4, 256>;
type Front = Chain![Dense<32, 6>, Tanh];
type Layers = Chain![Frozen<Front, 198>, Relu, Dense<6, 5>, Relu, Dense<5, 3>];
type Network = Planned<'static, Vector<32>, Layers>;
type Device<M> = Tuner<M, Classification<CrossEntropy>, Nor, Heap>;

const SETTINGS: Settings =
    Settings::new().with_pinned(4).with_recent(3).with_replays(12).with_stored_samples(true);

/// How latents are kept.
const FORMATS: [LatentFormat; 3] = [LatentFormat::F32, LatentFormat::U8, LatentFormat::I8];

/// Weights of a front that tells the classes apart, somewhat.
static FRONT: [f32; 198] = {
    let mut numbers = [0.0; 198];
    let (mut at, mut hash) = (0, 7_u32);
    while at < 198 {
        hash = hash.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        numbers[at] = (hash >> 16) as f32 / 131_072.0 - 0.25;
        at += 1;
    }
    numbers
};
static LAYERS: Layers = chain![Frozen::new(chain![Dense, Tanh], &FRONT), Relu, Dense, Relu, Dense];
static SPECS: [LayerSpec; 7] = [
    LayerSpec::Frozen(FrozenSpec { layers: 2 }),
    LayerSpec::Dense(DenseSpec { inputs: 32, outputs: 6 }),
    LayerSpec::Tanh(Tanh),
    LayerSpec::Relu(Relu),
    LayerSpec::Dense(DenseSpec { inputs: 6, outputs: 5 }),
    LayerSpec::Relu(Relu),
    LayerSpec::Dense(DenseSpec { inputs: 5, outputs: 3 }),
];

fn network() -> Network {
    Planned::new(&LAYERS)
}

fn flash<M: Model>(model: &M, settings: Settings) -> Nor {
    Nor::new(Sizes::of_model(model, &settings).flash::<Nor>() as usize)
}

fn boot<M: Model>(model: M, settings: Settings, flash: Nor) -> Device<M> {
    let memory = Heap::new(&Sizes::of_model(&model, &settings));
    let (task, area) = (Classification::new(CrossEntropy::new()), 0..flash.bytes().len() as u32);
    Tuner::new(model, task, settings, memory, flash, area).expect("a boot")
}

/// A sample of a class: pixels that are on or off, of which shares of the range are exact.
fn sample(random: &mut Random, class: u32) -> [f32; 32] {
    std::array::from_fn(|pixel| {
        let is_own = pixel % 3 == class as usize;
        let on = if random.between(0.0, 1.0) < 0.15 { !is_own } else { is_own };
        if on { 1.0 } else { 0.0 }
    })
}

/// What a factory and a user do. Returns what came out, with the bits of parameters.
fn life<M: Model>(device: &mut Device<M>) -> Vec<String> {
    let (mut random, mut found) = (Random::new(3), Vec::new());
    (device.widen(&[0.0; 32]).and(device.widen(&[1.0; 32]))).expect("a range");
    for index in 0..12 {
        let class = index % 3;
        found.push(format!("{:?}", device.pin(&sample(&mut random, class), class)));
        found.push(format!("{:?}", device.hold_out(&sample(&mut random, class), class)));
    }
    // What judges is not the same kind of samples, so checksums in the flash memory differ.
    device.install().expect("a good flash");
    for index in 0..30 {
        let class = index % 3;
        found.push(format!("{:?}", device.learn(&sample(&mut random, class), class)));
        found.push(format!("{:?}", device.parameters()));
        if index % 10 == 9 {
            found.push(format!("{:?}", device.commit()));
        }
    }
    let prediction = device.predict(&sample(&mut random, 1)).expect("a sample");
    found.push(format!("{prediction:?}"));
    found
}

fn accuracy<M: Model>(device: &mut Device<M>) -> f32 {
    let mut random = Random::new(99);
    device.clear_metrics();
    for index in 0..300 {
        device.evaluate(&sample(&mut random, index % 3), index % 3).expect("a prediction");
    }
    let scores = device.metrics().scores;
    scores.correct as f32 / scores.samples as f32
}

#[test]
fn latents_have_the_bits_of_features() {
    let model = LatentReplay::new(network());
    let (features, latents) = (flash(&network(), SETTINGS), flash(&model, SETTINGS));
    let expected = life(&mut boot(network(), SETTINGS, features));
    let found = life(&mut boot(model, SETTINGS, latents));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert!(expected.iter().any(|line| line.contains("Stored")), "{expected:?}");
}

#[test]
fn latents_of_a_network_that_is_data_are_those_of_the_type() {
    let spec = NetworkSpec { input: Dims::vector(32), layers: &SPECS };
    for format in FORMATS {
        let settings = SETTINGS.with_latent_format(format);
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let data = Interpreted::new(spec, &mut steps, &FRONT).expect("a network");
        let typed = LatentReplay::new(network());
        let sizes = Sizes::of_plan(data.plan(), &settings).with_latents(data.plan().latents());
        let data = LatentReplay::new(data);
        assert_eq!(Sizes::of_model(&data, &settings), sizes);
        assert_eq!(Sizes::of_model(&typed, &settings), sizes);
        let flash = flash(&typed, settings);
        let mut typed = boot(typed, settings, flash.clone());
        let mut data = boot(data, settings, flash);
        assert_eq!(life(&mut typed), life(&mut data));
        assert_eq!(typed.into_flash().bytes(), data.into_flash().bytes());
    }
}

#[test]
fn latents_as_bytes_learn_as_well_in_less_memory() {
    let sizes = Sizes::of::<Vector<32>, Layers>(&SETTINGS);
    let numbers = sizes.with_latents(Network::LATENTS);
    for format in [LatentFormat::U8, LatentFormat::I8] {
        let settings = SETTINGS.with_latent_format(format);
        let bytes = Sizes::of::<Vector<32>, Layers>(&settings).with_latents(Network::LATENTS);
        assert!(bytes.ram() < numbers.ram() && numbers.ram() < sizes.ram());
        assert!(bytes.flash::<Nor>() < sizes.flash::<Nor>());
        let learned = |settings: Settings| {
            let settings = settings.with_learning_rate(0.1).expect("a learning rate");
            let model = LatentReplay::new(network());
            let flash = flash(&model, settings);
            let mut device = boot(model, settings, flash);
            let before = accuracy(&mut device);
            life(&mut device);
            (before, accuracy(&mut device))
        };
        let ((before, numbers), (_, bytes)) = (learned(SETTINGS), learned(settings));
        assert!(before <= 0.6 && numbers >= 0.75, "{before} before, {numbers} after");
        assert!(bytes >= numbers - 0.03, "{bytes} with {format:?}, {numbers} with numbers");
    }
}

/// Six latents are 24 bytes as they are; with a byte each they have two limits or one scale.
#[test]
fn latents_of_learned_samples_are_kept_in_the_format_of_the_others() {
    let ram = |recent, format| {
        let settings = SETTINGS.with_recent(recent).with_latent_format(format);
        Sizes::of::<Vector<32>, Layers>(&settings).with_latents(Network::LATENTS).ram()
    };
    for (format, bytes) in FORMATS.into_iter().zip([24, 14, 10]) {
        // Ten samples more of each of three classes.
        assert_eq!(ram(13, format) - ram(3, format), 30 * bytes, "{format:?}");
    }
}

#[test]
fn features_are_checked_as_before_and_latents_outlast_a_boot() {
    for settings in FORMATS.map(|format| SETTINGS.with_latent_format(format)) {
        let model = || LatentReplay::new(network());
        let mut device = boot(model(), settings, flash(&model(), settings));
        assert_eq!(device.pin(&[0.5; 32], 0), Err(Error::NoRange));
        life(&mut device);
        assert!(matches!(device.commit(), Ok(Commit::Unchanged(_))), "a life ends with a commit");
        let mut far = [0.5; 32];
        far[30] = 1.5;
        let outside = Err(Error::OutOfRange { feature: 30 });
        assert_eq!((device.pin(&far, 0), device.hold_out(&far, 0)), (outside, outside));
        far[30] = 4.0;
        assert_eq!(device.learn(&far, 0).err(), outside.err());
        assert_eq!(device.learn(&[0.0; 31], 0), Err(Error::Features { expected: 32, found: 31 }));

        let before = device.describe();
        let (parameters, samples) = (device.parameters().to_vec(), before.replay);
        let mut device = boot(model(), settings, device.into_flash());
        assert_eq!(device.describe().replay, samples);
        assert_eq!(device.parameters(), parameters);
        assert_eq!(samples.pinned, 12);
        // From the same state on: the choice of samples begins anew at a boot.
        let mut again = boot(model(), settings, device.flash_mut().clone());
        let mut random = Random::new(17);
        for class in 0..3 {
            let sample = sample(&mut random, class);
            assert_eq!(device.learn(&sample, class), again.learn(&sample, class));
        }
        assert_eq!(device.parameters(), again.parameters());
        assert_ne!(device.parameters(), parameters);
    }
}

#[test]
fn samples_of_another_kind_are_not_taken_for_latents() {
    let model = || LatentReplay::new(network());
    let bytes = SETTINGS.with_latent_format(LatentFormat::U8);
    // Room enough for each of them.
    let room = || Nor::new(32 * 1024);
    let mut device = boot(model(), SETTINGS, room());
    life(&mut device);
    let flash = device.into_flash();
    let mut features = boot(network(), SETTINGS, flash.clone());
    assert_eq!((features.describe().origin, features.describe().replay.pinned), (Origin::Blank, 0));
    let mut other = boot(model(), bytes, flash.clone());
    assert_eq!((other.describe().origin, other.describe().replay.pinned), (Origin::Blank, 0));
    let mut same = boot(model(), SETTINGS, flash);
    assert_eq!((same.describe().origin, same.describe().replay.pinned), (Origin::Commit, 12));
}
