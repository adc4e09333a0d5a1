//! The kernels: of each kind that the host has some, with inputs that never change.
//! Vectors have eight lanes: the registers of x86-64-v3, which this program is built for.

use std::hint::black_box;
use std::num::NonZeroUsize;

use anyhow::{Context, Result};
use trimpot::batch::{classes, elementwise, overlap, rows};
use trimpot::lanes::{Bits, Lanes, f32x8};
use trimpot::layer::initialization::GlorotUniform;
use trimpot::layer::{Accumulate, Conv2d, Dense, Layer, Relu};
use trimpot::loss::{
    BinaryCrossEntropyWithLogits, CategoricalHinge, Contrastive, CosineEmbedding, CosineSimilarity,
    CrossEntropy, Ctc, Dice, Huber, InfoNce, Loss, MeanSquaredError, MultiMargin, TripletMargin,
};
use trimpot::math;
use trimpot::network::Planned;
use trimpot::optimizer::{Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd, step};
use trimpot::random::{Noise, Random};
use trimpot::shape::{Image, Rows, Shape, Vector};
use trimpot_host::dataset::Samples;
use trimpot_host::stream;
use trimpot_host::train::{Compiled, TrainConfig, Trainer};
use trimpot_parity::{Inputs, Source};

use crate::counting::Visit;

/// Shows all kernels.
pub fn each(visit: &mut Visit) -> Result<()> {
    functions(visit);
    blocks(visit);
    slices(visit);
    layers(visit);
    optimizers(visit)?;
    training(visit)
}

/// `count` numbers in [−4, 4).
fn numbers(count: usize) -> Vec<f32> {
    let mut source = Source::new(1);
    (0..count).map(|_| source.number()).collect()
}

/// Of 1024 numbers.
fn functions(visit: &mut Visit) {
    let x = Source::new(1).prediction::<f32x8, Vector<128>>();
    let mut y = x;
    macro_rules! functions {
        ($($name:ident)*) => {$(
            visit(concat!("math ", stringify!($name)), &mut || {
                for (y, &x) in y.iter_mut().zip(black_box(&x)) {
                    *y = math::$name(x);
                }
                black_box(&y);
            });
        )*};
    }
    functions!(exp ln tanh);
}

/// Eight samples, one in each lane.
fn blocks(visit: &mut Visit) {
    block::<Vector<64>, _>(visit, "block mse", &MeanSquaredError);
    block::<Vector<64>, _>(visit, "block huber", &Huber::default());
    block::<Vector<64>, _>(
        visit,
        "block bce_with_logits",
        &BinaryCrossEntropyWithLogits::default(),
    );
    block::<Vector<10>, _>(visit, "block cross_entropy", &CrossEntropy::new());
    block::<Vector<64>, _>(visit, "block dice", &Dice::default());
    block::<Rows<12, 6>, _>(visit, "block ctc", &Ctc::<4>::default());
    block::<Vector<10>, _>(visit, "block categorical_hinge", &CategoricalHinge);
    block::<Vector<10>, _>(visit, "block multi_margin", &MultiMargin::default());
    block::<Vector<64>, _>(visit, "block cosine_similarity", &CosineSimilarity);
    block::<Rows<2, 64>, _>(visit, "block cosine_embedding", &CosineEmbedding::default());
    block::<Rows<2, 64>, _>(visit, "block contrastive", &Contrastive::default());
    block::<Rows<3, 64>, _>(visit, "block triplet_margin", &TripletMargin::default());
    block::<Rows<8, 64>, _>(visit, "block info_nce", &InfoNce::default());
}

fn block<P: Shape, L: Loss<P, Target: Inputs>>(visit: &mut Visit, name: &str, loss: &L) {
    let mut source = Source::new(1);
    let prediction = source.prediction::<f32x8, P>();
    let target = L::Target::draw::<f32x8>(&mut source, 6);
    let mut gradient = P::zeros::<f32x8>();
    visit(name, &mut || {
        black_box(loss.gradient::<f32x8>(
            black_box(&prediction),
            black_box(&target),
            &mut gradient,
        ));
        black_box(&gradient);
    });
}

/// Of slices that belong together.
const FITS: &str = "they have the same length";

/// Numbers as they lie in memory, with a tail that fills no register.
fn slices(visit: &mut Visit) {
    const COUNT: usize = 4096 + 77;
    let (predictions, targets) = (numbers(COUNT), vec![0.5; COUNT]);
    let mut gradient = vec![0.0; COUNT];
    macro_rules! slices {
        ($($name:literal: $kernel:path, $loss:expr;)*) => {$(
            let loss = $loss;
            visit(concat!("slice ", $name), &mut || {
                let predictions = black_box(&predictions);
                black_box($kernel(&loss, predictions, &targets, &mut gradient)).expect(FITS);
                black_box(&gradient);
            });
        )*};
    }
    slices! {
        "mse": elementwise::gradient, MeanSquaredError;
        "bce_with_logits": elementwise::gradient, BinaryCrossEntropyWithLogits::default();
        "dice": overlap::gradient, Dice::default();
    }

    let loss = CrossEntropy::new();
    let samples: Vec<[f32; 10]> = numbers(10 * 333).as_chunks().0.to_vec();
    let labels: Vec<u32> = (0..10).cycle().take(333).collect();
    let (mut gradient, mut values) = (samples.clone(), vec![0.0; 333]);
    visit("rows cross_entropy, 333 of 10", &mut || {
        let samples = black_box(&samples);
        rows::gradient(&loss, samples, &labels, &mut gradient, &mut values).expect(FITS);
        black_box((&gradient, &values));
    });

    let (logits, labels) = (numbers(8 * 1000), [7, 999, 0, 12, 500, 501, 3, 1]);
    let (mut gradient, mut values) = (logits.clone(), [0.0; 8]);
    visit("classes cross_entropy, 8 of 1000", &mut || {
        let logits = black_box(&logits);
        classes::gradient(&loss, 1000, logits, &labels, &mut gradient, &mut values).expect(FITS);
        black_box((&gradient, &values));
    });

    let (predictions, targets) = (vec![1.0; stream::LARGE], vec![0.5; stream::LARGE]);
    let mut gradient = vec![0.0; stream::LARGE];
    visit("stream mse", &mut || {
        let predictions = black_box(&predictions);
        black_box(stream::mean(&MeanSquaredError, predictions, &targets, &mut gradient))
            .expect(FITS);
        black_box(&gradient);
    });
}

fn layers(visit: &mut Visit) {
    type Convolution = Conv2d<4, Image<8, 16, 16>, 3, 1, 1>;
    layer::<Vector<64>, _>(visit, "dense 64-32", &Dense::<64, 32>);
    layer::<Image<4, 16, 16>, _>(visit, "conv2d 4-8, 16 × 16", &Convolution::new());
}

fn layer<In: Shape, L: Layer<In>>(visit: &mut Visit, name: &str, layer: &L) {
    let mut parameters = vec![0.0; L::PARAMETERS];
    layer.initialize(&GlorotUniform, &mut parameters, &mut Random::new(1));
    let mut source = Source::new(1);
    let input = source.prediction::<f32x8, In>();
    let output_gradient = source.prediction::<f32x8, L::Output>();
    let planned = Planned::<In, L>::new(layer);
    let mut arena = vec![f32x8::ZERO; Planned::<In, L>::INFERENCE_VALUES];
    visit(&format!("{name}, forward"), &mut || {
        black_box(planned.predict(&parameters, black_box(&input), &mut arena)).expect(FITS);
    });
    let mut gradient = vec![f32x8::ZERO; L::PARAMETERS];
    let mut arena = vec![f32x8::ZERO; Planned::<In, L>::INPUT_GRADIENT_VALUES];
    visit(&format!("{name}, forward and backward"), &mut || {
        let mut input_gradient = In::zeros::<f32x8>();
        let sink = Accumulate::new(&parameters, &mut gradient);
        let noise = Noise::<f32x8>::new(Bits::splat(0));
        let input = black_box(&input);
        let to_input = &mut input_gradient;
        let rest = |output: &_, gradient: &mut _| {
            black_box(output);
            *gradient = output_gradient;
        };
        planned.backpropagate_to_input(sink, noise, input, to_input, &mut arena, rest).expect(FITS);
        black_box((&gradient, &input_gradient));
    });
}

fn optimizers(visit: &mut Visit) -> Result<()> {
    optimizer(visit, "optimizer sgd, momentum", Sgd::new(1e-3)?.with_momentum(0.9)?);
    optimizer(visit, "optimizer rms_prop", RmsProp::new(1e-3)?);
    optimizer(visit, "optimizer adagrad", Adagrad::new(1e-3)?);
    optimizer(visit, "optimizer adadelta", Adadelta::new(1.0)?);
    optimizer(visit, "optimizer adam", Adam::new(1e-3)?);
    optimizer(visit, "optimizer adam_w", AdamW::new(1e-3)?);
    optimizer(visit, "optimizer lion", Lion::new(1e-3)?);
    Ok(())
}

/// A step of 1024 parameters.
fn optimizer<O: Optimizer>(visit: &mut Visit, name: &str, mut optimizer: O) {
    let mut parameters = [f32x8::ONE; 128];
    let gradient = Source::new(1).prediction::<f32x8, Vector<128>>();
    let mut state = [O::State::<f32x8>::default(); 128];
    visit(name, &mut || {
        step(&mut optimizer, black_box(&mut parameters), black_box(&gradient), &mut state);
        black_box(&state);
    });
}

type Digits = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);

/// Steps of the demo's network.
fn training(visit: &mut Visit) -> Result<()> {
    const BATCH: usize = 32;
    let features = numbers(64 * BATCH);
    let classes: Vec<u32> = (0..BATCH as u32).map(|i| i % 10).collect();
    let samples = Samples::new(features.as_chunks::<64>().0, &classes)?;
    let loss = CrossEntropy::new();

    // An epoch of one step.
    let mut network = Digits::seeded(1);
    let model = Compiled::new(&mut network, &loss, samples);
    let config =
        TrainConfig::new(u32::MAX, NonZeroUsize::new(BATCH).context("a batch has samples")?, 1);
    let mut trainer = Trainer::new(model, Adam::new(1e-3)?, config);
    visit("training 64-32-10, Adam, batch of 32", &mut || {
        black_box(trainer.epoch()).expect("training goes well");
    });

    let mut network = Digits::seeded(1);
    let input = samples.features()[0];
    visit("training 64-32-10, in place, one sample", &mut || {
        black_box(network.train_step(&loss, black_box(&input), &3, 1e-3, 0));
    });
    Ok(())
}
