use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use trimpot::average::MovingAverage;
use trimpot::clip::{ClipNorm, ClipValue};
use trimpot::layer::{Dense, Dropout, Relu};
use trimpot::loss::{CrossEntropy, MeanSquaredError};
use trimpot::optimizer::{Adam, Sgd, step};
use trimpot::penalty::{L1, L2};
use trimpot::schedule::Linear;

use super::*;
use crate::dataset::Dataset;
use crate::evaluate::evaluate;

type Small = trimpot::network!(Dense<2, 16>, Relu, Dropout, Dense<16, 3>; from 2);
type Linear3 = trimpot::network!(Dense<2, 3>; from 2);

/// Three classes around the corners of a triangle.
fn triangle(samples: u32, seed: u32) -> Dataset {
    let mut random = Random::new(seed);
    let corners = [[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0]];
    let labels: Vec<u32> = (0..samples).map(|_| random.below(3) as u32).collect();
    let mut near = |center: f32| center + random.uniform() - 0.5;
    let features = labels.iter().map(|&label| corners[label as usize].map(&mut near)).collect();
    Dataset::new(features, labels).unwrap()
}

fn two<T: SampleTarget>(data: &Dataset) -> Samples<'_, 2, T> {
    data.samples().unwrap()
}

fn config(epochs: u32, batch: usize) -> TrainConfig {
    TrainConfig::new(epochs, NonZeroUsize::new(batch).unwrap(), 1)
}

fn bits(parameters: &[f32]) -> Vec<u32> {
    parameters.iter().map(|parameter| parameter.to_bits()).collect()
}

/// Returns a network that is worth several threads, trained on some of them.
fn trained_on_threads(threads: usize) -> (Vec<u32>, Vec<(u32, Option<f32>)>) {
    type Large = trimpot::network!(Dense<40, 150>, Relu, Dropout, Dense<150, 3>; from 40);
    let mut random = Random::new(1);
    let features = (0..333).map(|_| std::array::from_fn(|_| random.uniform())).collect();
    let data = Dataset::new::<40, u32>(features, (0..333).map(|i| i % 3).collect()).unwrap();
    const { assert!(3 * 150 * Large::PARAMETERS >= step::WORTHWHILE) };
    let mut network = Box::new(Large::seeded(1));
    let mut epochs = Vec::new();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let adam = Adam::new(0.01).unwrap();
        let watch = |_: &_, epoch: Epoch| epochs.push((epoch.loss.to_bits(), epoch.accuracy));
        // The last batch is smaller, and so is its last block.
        train(
            &mut *network,
            &CrossEntropy::new(),
            adam,
            data.samples::<40, u32>().unwrap(),
            config(3, 150),
            watch,
        )
    })
    .unwrap();
    assert_ne!(bits(network.parameters()), bits(Large::seeded(1).parameters()));
    (bits(network.parameters()), epochs)
}

#[test]
fn a_run_has_the_same_bits_for_any_number_of_threads() {
    let one = trained_on_threads(1);
    for threads in 2..=4 {
        assert_eq!(trained_on_threads(threads), one, "{threads} threads");
    }
}

/// What a board does that adds up a batch sample by sample.
#[test]
fn a_step_has_the_bits_of_a_board() {
    let data = triangle(43, 1);
    let mut network = Small::seeded(1);
    let mut board = Small::seeded(1);
    let noise = {
        let mut random = Random::new(hash(1 ^ hash::<u32>(0)));
        let mut order: Vec<usize> = (0..43).collect();
        random.shuffle(&mut order);
        (order, random.next_u32())
    };
    let mut adam = Adam::new(0.01).unwrap();
    train(&mut network, &CrossEntropy::new(), adam, two::<u32>(&data), config(1, 43), |_, _| {})
        .unwrap();

    let mut gradient = [0.0; Small::PARAMETERS];
    for &sample in &noise.0 {
        let (features, label) = two(&data).iter().nth(sample).unwrap();
        let seed = hash(noise.1 ^ hash::<u32>(sample as u32));
        board.accumulate::<f32, _>(&CrossEntropy::new(), features, &label, seed, &mut gradient);
    }
    let share = 1.0 / 43.0;
    let mean = gradient.map(|sum| sum * share);
    let mut state = [[0.0; 2]; Small::PARAMETERS];
    step(&mut adam, board.parameters_mut(), &mean, &mut state);
    assert_eq!(bits(network.parameters()), bits(board.parameters()));
}

#[test]
fn training_learns() {
    let mut network = Small::seeded(1);
    let mut losses = Vec::new();
    let adam = Adam::new(0.01).unwrap();
    let data = triangle(500, 1);
    let watch = |_: &_, epoch: Epoch| losses.push((epoch.loss, epoch.accuracy));
    train(&mut network, &CrossEntropy::new(), adam, two::<u32>(&data), config(20, 32), watch)
        .unwrap();
    assert_eq!(losses.len(), 20);
    assert!(losses[19].0 < 0.5 * losses[0].0, "{losses:?}");
    assert!(losses[19].1 > losses[0].1, "{losses:?}");
    let accuracy = evaluate(&network, two(&triangle(500, 2))).accuracy().unwrap();
    assert!(accuracy >= 0.99, "{accuracy}");
}

/// Numbers to be predicted, in place of classes.
#[test]
fn regression_learns() {
    let mut random = Random::new(3);
    let features: Vec<[f32; 2]> = (0..200).map(|_| [random.uniform(), random.uniform()]).collect();
    let targets = features.iter().map(|[a, b]| [a + b, a - b, 0.5]).collect();
    let data = Dataset::new::<2, [f32; 3]>(features, targets).unwrap();
    let mut network = Linear3::seeded(1);
    let mut last = None;
    let adam = Adam::new(0.05).unwrap();
    train(
        &mut network,
        &MeanSquaredError,
        adam,
        two::<[f32; 3]>(&data),
        config(50, 16),
        |_, epoch| {
            last = Some(epoch);
        },
    )
    .unwrap();
    let last = last.unwrap();
    assert!(last.loss < 1e-5, "{last:?}");
    assert_eq!(last.accuracy, None);
}

#[test]
fn a_batch_of_all_samples_is_one_step_along_their_mean_gradient() {
    let data = triangle(43, 1);
    let mut network = Linear3::seeded(1);
    let before = *network.parameters();
    let mut gradient = [0.0; Linear3::PARAMETERS];
    for (features, label) in two(&data).iter() {
        network.accumulate(&CrossEntropy::new(), features, &label, 0, &mut gradient);
    }
    let sgd = Sgd::new(0.5).unwrap();
    train(&mut network, &CrossEntropy::new(), sgd, two::<u32>(&data), config(1, 43), |_, _| {})
        .unwrap();
    for ((after, before), gradient) in network.parameters().iter().zip(before).zip(gradient) {
        let expected = before - 0.5 * gradient / 43.0;
        assert!((after - expected).abs() <= 1e-6, "{after} {expected}");
    }
}

/// Returns the step that an optimizer of learning rate 1 makes, which is minus the gradient.
fn one_step(clipping: Clipping) -> Vec<f32> {
    let mut network = Linear3::seeded(1);
    let before = *network.parameters();
    let config = TrainConfig { clipping, ..config(1, 43) };
    let sgd = Sgd::new(1.0).unwrap();
    train(&mut network, &CrossEntropy::new(), sgd, two::<u32>(&triangle(43, 1)), config, |_, _| {})
        .unwrap();
    before.iter().zip(network.parameters()).map(|(before, after)| before - after).collect()
}

#[test]
fn gradients_are_clipped() {
    let whole = one_step(Clipping::None);
    let norm = whole.iter().map(|x| x * x).sum::<f32>().sqrt();
    let scaled = one_step(Clipping::Norm(ClipNorm::new(0.25 * norm).unwrap()));
    let cut = one_step(Clipping::Value(ClipValue::new(0.05).unwrap()));
    assert!(whole.iter().any(|x| x.abs() > 0.05) && whole.iter().any(|x| x.abs() < 0.05));
    for ((whole, scaled), cut) in whole.iter().zip(scaled).zip(cut) {
        assert!((scaled - 0.25 * whole).abs() < 1e-6);
        assert!((cut - whole.clamp(-0.05, 0.05)).abs() < 1e-6);
    }
}

#[test]
fn a_penalty_is_in_the_gradient_before_it_is_clipped() {
    let start = Linear3::seeded(1);
    let (l1, l2) = (0.25_f32, 0.5_f32);
    let change = |penalty, clipping| {
        let mut network = start.clone();
        let config = TrainConfig { penalty, clipping, ..config(1, 43) };
        let (loss, sgd) = (CrossEntropy::new(), Sgd::new(1.0).unwrap());
        let data = triangle(43, 1);
        train(&mut network, &loss, sgd, two::<u32>(&data), config, |_, _| {}).unwrap();
        let pairs = start.parameters().iter().zip(network.parameters());
        pairs.map(|(before, after)| before - after).collect::<Vec<f32>>()
    };
    let penalty = Some((L1::new(l1).unwrap(), L2::new(l2).unwrap()).into());
    let plain = change(None, Clipping::None);
    let sum = |(&gradient, &w): (&f32, &f32)| gradient + l1 * w.signum() + 2.0 * l2 * w;
    let expected: Vec<f32> = plain.iter().zip(start.parameters()).map(sum).collect();
    // Biases begin with 0, where the penalty has no slope.
    for ((changed, expected), &w) in
        change(penalty, Clipping::None).iter().zip(&expected).zip(start.parameters())
    {
        assert!(w == 0.0 || (changed - expected).abs() < 1e-5, "{changed} {expected}");
    }
    let cut = change(penalty, Clipping::Value(ClipValue::new(0.05).unwrap()));
    assert!(expected.iter().any(|x| x.abs() > 0.05) && cut.iter().all(|x| x.abs() <= 0.05 + 1e-6));
}

/// Returns a run with everything that a config has.
fn rich<'a>(
    network: &'a mut Small,
    samples: Samples<'a, 2>,
    loss: &'a CrossEntropy,
) -> Trainer<Compiled<'a, Small, CrossEntropy, u32, 2>, Adam> {
    let config = TrainConfig {
        schedule: Some(Box::new(Linear::new(0.02, 0.001, 30).unwrap())),
        clipping: Clipping::Norm(ClipNorm::new(0.5).unwrap()),
        average: Some(MovingAverage::new(0.9).unwrap()),
        ..config(6, 30)
    };
    Trainer::new(Compiled::new(network, loss, samples), Adam::new(0.01).unwrap(), config)
}

#[test]
fn an_interrupted_run_ends_with_the_same_bits() {
    let (data, loss) = (triangle(133, 1), CrossEntropy::new());
    let mut network = Small::seeded(1);
    let mut whole = rich(&mut network, two(&data), &loss);
    let mut expected = Vec::new();
    while !whole.is_done() {
        whole.epoch().unwrap();
        expected.push(whole.progress());
    }
    assert_ne!(bits(whole.average().unwrap()), bits(&expected[5].parameters));

    for stop in 0..6 {
        // The network itself is another one: nothing but the progress is stored.
        let mut network = Small::seeded(99);
        let mut resumed = rich(&mut network, two(&data), &loss);
        assert!(resumed.resume(&expected[stop]));
        while !resumed.is_done() {
            resumed.epoch().unwrap();
        }
        assert_eq!(resumed.progress(), expected[5], "stopped after {} epochs", stop + 1);
    }
}

#[test]
fn progress_of_another_network_is_refused() {
    let (data, loss) = (triangle(20, 1), CrossEntropy::new());
    let mut network = Small::seeded(1);
    let mut trainer = rich(&mut network, two(&data), &loss);
    let before = trainer.progress();
    let other = Progress { parameters: vec![0.0; 3], epochs: 2, ..before.clone() };
    assert!(!trainer.resume(&other));
    assert_eq!(trainer.progress(), before);
}

#[test]
fn divergence_is_an_error_and_leaves_the_last_good_weights() {
    let data = Dataset::new(vec![[f32::MAX, f32::MAX]; 40], vec![0; 40]).unwrap();
    let mut network = Small::seeded(1);
    let sgd = Sgd::new(1.0).unwrap();
    let result =
        train(&mut network, &CrossEntropy::new(), sgd, two::<u32>(&data), config(3, 8), |_, _| {});
    let error = result.unwrap_err();
    assert!(
        matches!(error, TrainError::Diverged { epoch: 1, learning_rate: 1.0, .. }),
        "{error:?}"
    );
    assert!(error.to_string().starts_with("training diverged in epoch 1, step 1: "), "{error}");
    assert_eq!(network.parameters(), Small::seeded(1).parameters());

    // A learning rate at which it goes well for a while: numbers of any size come back from every
    // epoch.
    let data = triangle(64, 1);
    let mut good = network.parameters().to_vec();
    let schedule = Linear::new(0.01, 1e30, 400).unwrap();
    let config = TrainConfig { schedule: Some(Box::new(schedule)), ..config(200, 8) };
    let sgd = Sgd::new(0.0).unwrap().with_momentum(0.9).unwrap();
    let mut epochs = 0;
    let result =
        train(&mut network, &CrossEntropy::new(), sgd, two::<u32>(&data), config, |network, _| {
            good = network.parameters().to_vec();
            epochs += 1;
        });
    let Err(TrainError::Diverged { epoch, .. }) = result else { panic!("{result:?}") };
    assert_eq!(epoch, epochs + 1);
    assert_eq!(bits(network.parameters()), bits(&good));
}

#[test]
fn steps_are_counted_beyond_32_bits() {
    let (data, loss) = (triangle(3, 1), CrossEntropy::new());
    let mut network = Small::seeded(1);
    let compiled = Compiled::new(&mut network, &loss, two::<u32>(&data));
    let mut trainer = Trainer::new(compiled, Sgd::new(0.1).unwrap(), config(u32::MAX, 1));
    let start = Progress { epochs: u32::MAX - 1, steps: 12_884_901_882, ..trainer.progress() };
    assert!(!trainer.resume(&Progress { steps: 3_000_000_000, ..start.clone() }));
    assert!(trainer.resume(&start));
    trainer.epoch().unwrap();
    assert_eq!((trainer.epochs(), trainer.steps()), (u32::MAX, 12_884_901_885));
    assert!(trainer.is_done());
}

#[test]
fn an_interrupted_epoch_leaves_what_was_before_it() {
    let (data, loss) = (triangle(40, 1), CrossEntropy::new());
    let mut network = Small::seeded(1);
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    // An epoch has five steps: it is interrupted in the second one.
    let stop = move || counter.fetch_add(1, Ordering::Relaxed) == 7;
    let average = Some(MovingAverage::new(0.9).unwrap());
    let config = TrainConfig { average, stop: Some(Box::new(stop)), ..config(9, 8) };
    let compiled = Compiled::new(&mut network, &loss, two::<u32>(&data));
    let mut trainer = Trainer::new(compiled, Sgd::new(0.1).unwrap(), config);
    trainer.epoch().unwrap();
    let weights = |trainer: &Trainer<_, _>| {
        let Progress { epochs, steps, parameters, average, .. } = trainer.progress();
        (epochs, steps, parameters, average)
    };
    let before = weights(&trainer);
    let error = trainer.epoch().unwrap_err();
    assert_eq!(error, TrainError::Interrupted { epoch: 2, step: 3 });
    assert_eq!(weights(&trainer), before);
    assert_eq!(asked.load(Ordering::Relaxed), 8);
}

#[test]
fn no_samples_change_nothing() {
    let mut network = Small::seeded(1);
    let sgd = Sgd::new(1.0).unwrap();
    let data = Dataset::default();
    train(&mut network, &CrossEntropy::new(), sgd, two::<u32>(&data), config(2, 8), |_, _| {})
        .unwrap();
    assert_eq!(network.parameters(), Small::seeded(1).parameters());
}

#[test]
fn an_epoch_that_changes_nothing_says_why() {
    let zeros = Dataset::new(vec![[1.0, -2.0]; 5], vec![[0.0; 3]; 5]).unwrap();
    let ones = Dataset::new(vec![[1.0, -2.0]; 5], vec![[1.0; 3]; 5]).unwrap();
    let largest = 4.0 / 3.0;
    for (learning_rate, data, expected) in [
        (0.0, &ones, Some(Still::NoLearningRate)),
        (0.1, &zeros, Some(Still::NoGradient)),
        // A subnormal learning rate: no product with it is larger than half of the least number.
        (1e-45, &ones, Some(Still::NoStep { gradient: largest, learning_rate: 1e-45 })),
        (0.1, &ones, None),
    ] {
        let mut network = Linear3::new(Default::default(), [0.0; Linear3::PARAMETERS]);
        let mut config = config(2, 2);
        config.clipping = Clipping::Norm(ClipNorm::new(0.1).unwrap());
        let mut epochs = 0;
        train(
            &mut network,
            &MeanSquaredError,
            Sgd::new(learning_rate).unwrap(),
            two::<[f32; 3]>(data),
            config,
            |_, epoch| {
                assert_eq!(epoch.still, expected, "{learning_rate}");
                epochs += 1;
            },
        )
        .unwrap();
        assert_eq!(epochs, 2);
    }
}
