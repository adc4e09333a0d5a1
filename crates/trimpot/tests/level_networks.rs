//! Networks on vectors that a kernel gets when the program runs: what comes out of each lane has
//! the bits of the same sample by itself, on every level that the processor has, in one vector and
//! in several in step. Every layer as a type and as data, every loss and optimizer whose kind is
//! known when the program runs, augmentation, and a whole training. What it prints of each level,
//! `cargo xtask instruction-sets` reads.

use trimpot::augment::{self, RandomAffine};
use trimpot::interpreter::{Interpreter, TrainingPassError};
use trimpot::lanes::{Bits, Kernel, Lanes, Level, Registers};
use trimpot::layer::{
    Accumulate, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, Flatten, MaxPool2d, Relu,
    Reshape,
};
use trimpot::loss::spec::LOSSES;
use trimpot::loss::{ActionTaken, AnyLoss, AnyTarget, MeanSquaredError, SliceLoss};
use trimpot::network::Model;
use trimpot::optimizer::{AnyOptimizer, OPTIMIZERS, step};
use trimpot::penalty::{ElasticNet, L1, L2, Penalty};
use trimpot::random::{Noise, Random};
use trimpot::shape::{Image, Vector};
use trimpot::spec::Dims;
use trimpot::{chain, network};
use trimpot_parity::layers::{LayerVisitor, networks};
use trimpot_parity::with_interpreter;

/// What was computed, and the bits that came out in each lane.
type Outcomes = Vec<(String, Vec<Vec<u32>>)>;

/// The most lanes of [`Registers::PerRow`].
const SAMPLES: usize = 32;

/// The bits of a number. A NaN is a NaN, but its sign and payload are the processor's.
fn bits(number: f32) -> u32 {
    if number.is_nan() { f32::NAN.to_bits() } else { number.to_bits() }
}

/// Computes of samples, one in each lane from a first one on.
struct Lab<V: Lanes> {
    first: usize,
    seeds: V::Bits,
    all: Outcomes,
}

impl<V: Lanes> Lab<V> {
    fn new(first: usize) -> Self {
        let seeds = V::Bits::from_fn(|lane| (first + lane) as u32);
        Lab { first, seeds, all: Vec::new() }
    }

    fn note(&mut self, what: &str, values: &[V]) {
        let lane = |lane| -> Vec<u32> {
            values.iter().map(|value| bits(value.to_array().as_ref()[lane])).collect()
        };
        let lanes = (0..V::LANES).map(lane).collect();
        self.all.push((what.to_owned(), lanes));
    }

    /// Returns numbers of each sample.
    fn draw(&self, seed: u32, count: usize, draw: fn(&mut Random) -> f32) -> Vec<V> {
        let mut random: Vec<_> = (0..V::LANES)
            .map(|lane| Random::new(seed.wrapping_mul(1000) + (self.first + lane) as u32))
            .collect();
        (0..count).map(|_| V::from_fn(|lane| draw(&mut random[lane]))).collect()
    }

    fn everything(mut self) -> Outcomes {
        networks(&mut self).unwrap();
        self.visit("network", whole(), small);
        self.losses();
        self.optimizers();
        self.augmentation();
        self.all
    }

    fn interpreted(
        &mut self,
        name: &str,
        interpreter: &Interpreter,
        parameters: &[f32],
        [input, target]: [&[V]; 2],
    ) {
        let mut gradient = vec![V::ZERO; parameters.len()];
        let mut arena = vec![V::splat(f32::NAN); interpreter.plan().step_values()];
        let loss = interpreter.backpropagate(
            Accumulate::new(parameters, &mut gradient),
            Noise::new(self.seeds),
            input,
            &mut arena,
            |output, gradient| MeanSquaredError.slice_gradient(output, target, gradient),
        );
        gradient.push(loss.unwrap());
        self.note(&format!("{name}, gradient as data"), &gradient);

        // The same in two parts.
        let mut gradient = vec![V::ZERO; parameters.len()];
        let mut pass =
            interpreter.training_pass(Noise::new(self.seeds), input, &mut arena).unwrap();
        let all = pass.forward(parameters, 0..usize::MAX);
        let Err(TrainingPassError::Steps { steps, .. }) = all else { panic!("{all:?}") };
        pass.forward(parameters, 0..1).unwrap();
        pass.forward(parameters, 1..steps).unwrap();
        let loss = pass.with_output(|output, gradient| {
            MeanSquaredError.slice_gradient(output, target, gradient)
        });
        pass.backward(Accumulate::new(parameters, &mut gradient), 0..steps).unwrap();
        gradient.push(loss);
        self.note(&format!("{name}, gradient in parts"), &gradient);

        let mut arena = vec![V::splat(f32::NAN); interpreter.plan().inference_values()];
        let output = interpreter.predict(parameters, input, &mut arena).unwrap().to_vec();
        self.note(&format!("{name}, output as data"), &output);
    }

    /// All losses that take rows of any length, with the first kind of target that they take.
    fn losses(&mut self) {
        let [prediction, target] = [1, 2].map(|seed| self.draw(seed, 12, Random::uniform));
        let class = V::Bits::from_fn(|lane| ((self.first + lane) % 5) as u32);
        let (advantage, old_log_probability) = (target[0], -target[1]);
        let action = ActionTaken { action: class, advantage, old_log_probability };
        let targets = [
            AnyTarget::Values(&target),
            AnyTarget::Values(&target[..6]),
            AnyTarget::Values(&target[..4]),
            AnyTarget::Class(class),
            AnyTarget::Number(target[0]),
            AnyTarget::Nothing,
            AnyTarget::Action(action),
        ];
        for listed in LOSSES {
            let loss = AnyLoss::named(listed.name, |setting| setting.default).unwrap().unwrap();
            for weights in [&[][..], &[0.5; 12]] {
                let mut gradient = vec![V::ZERO; prediction.len()];
                let value = targets.into_iter().find_map(|target| {
                    loss.gradient(weights, &prediction, target, &mut gradient).ok()
                });
                if let Some(value) = value {
                    gradient.push(value);
                    self.note(&format!("{}, {} weights", listed.name, weights.len()), &gradient);
                }
            }
        }
    }

    fn optimizers(&mut self) {
        for spec in OPTIMIZERS {
            let named = AnyOptimizer::named(spec.name, None, |setting| setting.default);
            let mut optimizer = named.unwrap().unwrap();
            let mut parameters = self.draw(3, 5, small);
            let mut state = [[V::ZERO; 2]; 5];
            for seed in 4..7 {
                step(&mut optimizer, &mut parameters, &self.draw(seed, 5, small), &mut state);
            }
            parameters.extend(state.as_flattened());
            self.note(spec.name, &parameters);
        }
        let (l1, l2) = (L1::new(0.25).unwrap(), L2::new(0.5).unwrap());
        let mut gradient = self.draw(7, 5, small);
        let parameters = self.draw(8, 5, small);
        let price = ElasticNet::from((l1, l2)).add_gradient(&parameters, &mut gradient);
        gradient.push(price);
        self.note("penalty", &gradient);
    }

    fn augmentation(&mut self) {
        let rows: Vec<Vec<f32>> = (0..V::LANES)
            .map(|lane| {
                let mut random = Random::new((self.first + lane) as u32);
                (0..40).map(|_| random.uniform()).collect()
            })
            .collect();
        let noise = Noise::<V>::new(self.seeds);
        let affine = RandomAffine::new().with_flip().with_vertical_flip();
        let affine = affine.with_rotation(20.0).and_then(|affine| affine.with_scale(0.25));
        let affine = affine.and_then(|affine| affine.with_shift(1.5)).unwrap();
        let mut image = vec![V::ZERO; 40];
        affine.draw(noise).sample(Dims::image(2, 5, 4), |lane| &rows[lane], &mut image);
        self.note("affine map", &image);
        augment::random_gain(noise, 0.25, &mut image);
        augment::add_noise(noise, 0.5, &mut image);
        self.note("gain and noise", &image);
    }
}

impl<V: Lanes> LayerVisitor for Lab<V> {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        network: M,
        draw: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let (input, target) = (self.draw(9, I, draw), self.draw(10, O, small));
        let mut gradient = vec![V::ZERO; network.parameters().len()];
        let (of_type, to) = (input.as_array().unwrap(), target.as_array().unwrap());
        let loss = network.accumulate(&MeanSquaredError, of_type, to, self.seeds, &mut gradient);
        gradient.push(loss);
        self.note(&format!("{name}, gradient"), &gradient);
        self.note(&format!("{name}, output"), &network.predict::<V>(of_type));
        let parameters = network.parameters();
        with_interpreter::<Vector<I>, _, _>(network.layers(), |interpreter| {
            self.interpreted(name, interpreter, parameters, [&input, &target]);
        })
        .unwrap();
    }
}

/// Returns a number in [−2, 2).
fn small(random: &mut Random) -> f32 {
    4.0 * random.uniform() - 2.0
}

/// A network of several layers, with dropout.
fn whole() -> impl Model<Input = Vector<48>, Output = Vector<5>> {
    type Pictures = Image<4, 4, 6>;
    type Whole = network!(
        Reshape<Image<2, 4, 6>>,
        Conv2d<2, Pictures, 3, 1, 1>,
        BatchNorm<4>,
        Relu,
        DepthwiseConv2d<Pictures, 3, 1, 1>,
        Conv2d<4, Image<8, 4, 6>, 1>,
        MaxPool2d<Image<8, 2, 3>, 2>,
        Flatten<48>,
        Dropout,
        Dense<48, 5>;
        from 48
    );
    let layers = chain![
        Reshape::new(),
        Conv2d::new(),
        BatchNorm::new([0.5; 4], [2.0; 4]).unwrap(),
        Relu,
        DepthwiseConv2d::new(),
        Conv2d::new(),
        MaxPool2d::new(),
        Flatten,
        Dropout::new(0.25).unwrap(),
        Dense
    ];
    let mut network = Whole::new(layers, [0.0; Whole::PARAMETERS]);
    network.initialize(7);
    network
}

/// Adds numbers by halves, as [`Lanes::sum`] does.
fn by_halves(lanes: &[f32]) -> f32 {
    match lanes.split_at(lanes.len() / 2) {
        ([], last) => last[0],
        (first, second) => {
            by_halves(&first.iter().zip(second).map(|(a, b)| a + b).collect::<Vec<_>>())
        }
    }
}

/// Trains the whole network with an optimizer, of which each step takes some samples; by `V`s, or
/// one by one. Returns the bits of the parameters.
fn trained<V: Lanes>(samples: usize) -> Vec<u32> {
    let network = whole();
    let mut parameters = network.parameters().to_vec();
    parameters.resize(parameters.len().next_multiple_of(64), 0.0);
    let mut state = vec![[V::ZERO; 2]; parameters.len() / V::LANES];
    let mut optimizer = AnyOptimizer::named("adam", None, |setting| setting.default);
    let optimizer = optimizer.as_mut().unwrap().as_mut().unwrap();
    for epoch in 0..3 {
        let mut model = whole();
        let count = model.parameters().len();
        model.parameters_mut().copy_from_slice(&parameters[..count]);
        let mut lanes = vec![Vec::new(); count];
        for first in (0..samples).step_by(V::LANES) {
            let lab = Lab::<V>::new(first);
            let (input, target) = (lab.draw(epoch, 48, small), lab.draw(epoch + 9, 5, small));
            let mut gradient = vec![V::ZERO; count];
            model.accumulate(
                &MeanSquaredError,
                input.as_array().unwrap(),
                target.as_array().unwrap(),
                lab.seeds,
                &mut gradient,
            );
            for (lanes, gradient) in lanes.iter_mut().zip(gradient) {
                lanes.extend_from_slice(gradient.to_array().as_ref());
            }
        }
        let mut gradient: Vec<_> = lanes.iter().map(|lanes| by_halves(lanes)).collect();
        gradient.resize(parameters.len(), 0.0);
        let vectors = |numbers: &[f32]| -> Vec<V> {
            V::chunks(numbers).0.iter().map(|&lanes| V::from_array(lanes)).collect()
        };
        let mut updated = vectors(&parameters);
        step(optimizer, &mut updated, &vectors(&gradient), &mut state);
        for (to, from) in V::chunks_mut(&mut parameters).0.iter_mut().zip(updated) {
            *to = from.to_array();
        }
    }
    parameters.into_iter().map(bits).collect()
}

/// All that there is of the vectors of a level, one and several in step.
struct Everything;

impl Kernel for Everything {
    type Output = Vec<(Outcomes, Vec<u32>)>;
    #[inline(always)]
    fn run<V: Registers>(self) -> Self::Output {
        vec![
            (Lab::<V>::new(0).everything(), trained::<V>(SAMPLES)),
            (Lab::<V::PerRow>::new(0).everything(), trained::<V::PerRow>(SAMPLES)),
        ]
    }
}

#[test]
fn every_lane_of_every_level_has_the_bits_of_its_sample() {
    let alone: Vec<_> = (0..SAMPLES).map(|first| Lab::<f32>::new(first).everything()).collect();
    let trained = trained::<f32>(SAMPLES);
    assert_ne!(alone[0], alone[1]);
    assert!(alone[0].len() > 250, "{}", alone[0].len());
    assert!(trained.iter().all(|&bits| f32::from_bits(bits).is_finite()));
    for level in Level::ALL {
        if !level.is_available() {
            let why = if level < Level::BUILT { "built for more" } else { "no such processor" };
            println!("level {level}: NOT RUN, {why}");
            continue;
        }
        for (found, trained_by_it) in level.run(Everything) {
            let lanes = found[0].1.len();
            for (what, (name, found)) in found.iter().enumerate() {
                for (alone, found) in alone.iter().zip(found) {
                    let (of, expected) = &alone[what];
                    assert_eq!((of, &expected[0]), (name, found), "{level}, {lanes} lanes");
                }
            }
            assert_eq!(alone[0].len(), found.len(), "{level}, {lanes} lanes");
            assert_eq!(trained_by_it, trained, "{level}, {lanes} lanes");
            println!("level {level}: {} outcomes in each of {lanes} lanes", found.len());
        }
    }
}
