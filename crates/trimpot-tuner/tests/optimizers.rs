//! Optimizers, mini-batches, and parameters that are not trained: what a tuner learns with them is
//! what the core computes.

use crate::board::Heap;
use trimpot::Chain;
use trimpot::clip::ClipNorm;
use trimpot::layer::{Accumulate, BatchNorm, Dense, Relu, Tanh};
use trimpot::loss::{CrossEntropy, SliceLoss};
use trimpot::network::Planned;
use trimpot::optimizer::{Adam, Optimizer, Sgd, step};
use trimpot::plan::Trained;
use trimpot::random::Noise;
use trimpot::shape::Vector;
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::{
    Classification, Commit, Memory, Model, Optimized, PartlyTrained, Settings, Sizes, Tuner,
};

type Nor = Flash<1, 4, 256>;
type Layers = Chain![Dense<4, 6>, BatchNorm<6>, Relu, Dense<6, 5>, Tanh, Dense<5, 3>];
type Network = Planned<'static, Vector<4>, Layers>;
type Device<M> = Tuner<M, Classification<CrossEntropy>, Nor, Heap>;

/// One sample is pinned, and none is kept that was learned: what is replayed is known.
const SETTINGS: Settings = Settings::new().with_pinned(1).with_recent(0).with_replays(3);
const PINNED: ([f32; 4], u32) = ([1.0, 0.0, 0.0, 1.0], 2);

fn network() -> Network {
    Planned::new(Box::leak(Box::new(Layers::default())))
}

fn start<M: Model>(model: M, settings: Settings) -> Device<M> {
    let sizes = Sizes::of_model(&model, &settings);
    let flash = Nor::new(sizes.flash::<Nor>() as usize);
    let (task, area) = (Classification::new(CrossEntropy::new()), 0..flash.bytes().len() as u32);
    let mut device =
        Tuner::new(model, task, settings, Heap::new(&sizes), flash, area).expect("a boot");
    // Shares of 0 and of 1 are exact.
    (device.widen(&[0.0; 4]).and(device.widen(&[1.0; 4]))).expect("a range");
    let (features, class) = PINNED;
    device.pin(&features, class).expect("a sample");
    device.install().expect("a good flash");
    device
}

/// Adds the gradient of a sample up.
fn add_gradient(parameters: &[f32], features: &[f32; 4], class: u32, gradient: &mut [f32]) {
    let mut arena = vec![0.0; Network::STEP_VALUES];
    let (sink, noise) = (Accumulate::new(parameters, gradient), Noise::<f32>::new(0));
    let loss = |outputs: &[f32; 3], dy: &mut [f32; 3]| {
        CrossEntropy::new().slice_gradient::<f32>(outputs, class, dy);
    };
    network().backpropagate(sink, noise, features, &mut arena, loss).expect("an arena");
}

fn samples() -> impl Iterator<Item = ([f32; 4], u32)> {
    let mut random = Random::new(3);
    (0..12).map(move |index| {
        let class = index % 3;
        let features = std::array::from_fn(|feature| {
            (if feature == class as usize { 1.0 } else { 0.3 }) + random.between(-0.2, 0.2)
        });
        (features, class)
    })
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Compares what a tuner learns with what the core makes of the same samples.
fn compare<O: Optimizer + Copy>(optimizer: O, batch: u8, trained: Trained) {
    let model = Optimized::new(network(), optimizer)
        .with_trained(trained)
        .with_batch(batch.try_into().expect("a batch"));
    let mut device = start(model, SETTINGS);
    let mut parameters = device.parameters().to_vec();
    let is_trained: Vec<_> = {
        let places: Vec<_> = Network::subset(trained).runs().flatten().collect();
        (0..parameters.len()).map(|at| places.contains(&at)).collect()
    };
    let (mut own, mut states) = (optimizer, vec![O::State::<f32>::default(); parameters.len()]);
    for (features, class) in samples() {
        let learned = device.learn(&features, class).expect("a good sample");
        assert_eq!((learned.steps, learned.rolled_back), (4, false));
        let (pinned, pinned_class) = PINNED;
        let passes = [(features, class)].into_iter().chain([(pinned, pinned_class); 3]);
        for chunk in passes.collect::<Vec<_>>().chunks(batch.into()) {
            let mut gradient = vec![0.0; parameters.len()];
            for (features, class) in chunk {
                add_gradient(&parameters, features, *class, &mut gradient);
            }
            let share = 1.0 / chunk.len() as f32;
            let mut gradient: Vec<_> = gradient
                .iter()
                .zip(&is_trained)
                .filter(|(_, is)| **is)
                .map(|(g, _)| g * share)
                .collect();
            ClipNorm::new(10.0).expect("a norm").clip(&mut gradient);
            let places = (0..parameters.len()).filter(|&at| is_trained[at]);
            let places: Vec<_> = places.collect();
            let mut some: Vec<_> = places.iter().map(|&at| parameters[at]).collect();
            let mut own_states: Vec<_> = places.iter().map(|&at| states[at]).collect();
            step(&mut own, &mut some, &gradient, &mut own_states);
            for ((&at, value), state) in places.iter().zip(some).zip(own_states) {
                (parameters[at], states[at]) = (value, state);
            }
        }
        assert_eq!(bits(device.parameters()), bits(&parameters), "{batch} {trained:?}");
    }
}

#[test]
fn momentum_adam_and_mini_batches_have_the_bits_of_the_core() {
    let momentum = Sgd::new(0.02).and_then(|sgd| sgd.with_momentum(0.9)).expect("settings");
    let adam = Adam::new(0.01).expect("a learning rate");
    for batch in [1, 2, 3, 4, 7] {
        compare(momentum, batch, Trained::All);
        compare(adam, batch, Trained::All);
        compare(adam, batch, Trained::Last(2));
        compare(momentum, batch, Trained::BiasesAndNormalization);
    }
}

#[test]
fn what_is_not_trained_stays_and_the_rest_learns_as_if_all_was_trained_in_place() {
    for trained in [Trained::All, Trained::Last(1), Trained::BiasesAndNormalization] {
        // No replays: a step each, so that all else is equal before it.
        let settings = SETTINGS.with_replays(0);
        let mut partly = start(PartlyTrained::new(network(), trained), settings);
        let mut whole = start(network(), settings);
        let (features, class) = samples().next().expect("a sample");
        let before = partly.parameters().to_vec();
        partly.learn(&features, class).expect("a good sample");
        whole.learn(&features, class).expect("a good sample");
        let mut expected = before;
        for at in Network::subset(trained).runs().flatten() {
            expected[at] = whole.parameters()[at];
        }
        assert_eq!(bits(partly.parameters()), bits(&expected), "{trained:?}");
    }
}

#[test]
fn what_an_optimizer_remembers_is_forgotten_with_the_parameters() {
    let model = || Optimized::new(network(), Adam::new(0.05).expect("a learning rate"));
    let settings = SETTINGS.with_replays(0).with_tolerance(1.0).expect("a tolerance");
    let mut fresh = start(model(), settings);
    let (features, class) = samples().nth(1).expect("a sample");
    let learn = |device: &mut Device<_>| {
        device.learn(&features, class).expect("a good sample");
        bits(device.parameters())
    };
    let factory = fresh.parameters().to_vec();
    let first = learn(&mut fresh);
    let second = learn(&mut fresh);
    assert_ne!(first, second);
    fresh.rollback().expect("a good flash");
    assert_eq!(learn(&mut fresh), first);
    fresh.reset().expect("a good flash");
    assert_eq!(learn(&mut fresh), first);
    fresh.write_parameters(0, factory.as_slice()).expect("as many");
    assert_eq!(learn(&mut fresh), first);
    // A commit stores parameters alone: from there on, a boot begins anew, and others go on.
    fresh.reset().expect("a good flash");
    learn(&mut fresh);
    assert!(matches!(fresh.commit(), Ok(Commit::Stored(_))));
    assert_eq!(learn(&mut fresh), second);
}

#[test]
fn memory_for_an_optimizer_is_counted() {
    const TRAINED: Trained = Trained::BiasesAndNormalization;
    const SIZES: Sizes = Sizes::of::<Vector<4>, Layers>(&SETTINGS)
        .with_optimizer::<Adam>(Network::subset(TRAINED).count());
    let adam = Adam::new(0.01).expect("a learning rate");
    let model = Optimized::new(network(), adam).with_trained(TRAINED);
    assert_eq!(Sizes::of_model(&model, &SETTINGS), SIZES);
    // Biases of three layers, and weight and bias of the normalisation: a gradient and two states.
    let trained = 6 + 2 * 6 + 5 + 3;
    let without = Sizes::of::<Vector<4>, Layers>(&SETTINGS);
    assert_eq!(SIZES.ram(), without.ram() + 4 * 3 * trained);
    let memory = Memory::<{ SIZES.values() }, { SIZES.bytes() }>::new();
    let (task, flash) = (Classification::new(CrossEntropy::new()), Nor::new(32 * 1024));
    let mut tuner = Tuner::new(model, task, SETTINGS, memory, flash, 0..32 * 1024).expect("a boot");
    assert_eq!(tuner.describe().ram as usize, SIZES.ram());
}
