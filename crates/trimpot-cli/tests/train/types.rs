//! A network that is described has the bits of the same network as a type.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use trimpot::chain;
use trimpot::clip::ClipNorm;
use trimpot::layer::initialization::{GlorotUniform, HeNormal, Initialization};
use trimpot::layer::{
    BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, Flatten, Frozen, HardSwish, LayerNorm,
    MaxPool2d, Relu, Reshape, Residual, Sigmoid, Tanh,
};
use trimpot::loss::{
    BinaryCrossEntropy, CrossEntropy, Dice, Huber, Jaccard, Loss, MeanSquaredError,
    SoftCrossEntropy,
};
use trimpot::network::Model;
use trimpot::optimizer::{Adam, AdamW, Lion, Optimizer, Sgd};
use trimpot::schedule::Cosine;
use trimpot::shape::{Image, Rows, Vector};
use trimpot_host::block::SampleTarget;
use trimpot_host::dataset::{DataSpec, Dataset, Samples};
use trimpot_host::dyn_network::DynNetwork;
use trimpot_host::train::{Clipping, TrainConfig, train};
use trimpot_model::file::{self, StoredModel};

use super::{DIGITS, digits, folder, said};

/// The digits, a number for each class.
fn one_hot() -> Dataset {
    let digits = digits();
    let digits = digits.samples::<64, u32>().unwrap();
    let labels = digits
        .targets()
        .iter()
        .map(|&label| std::array::from_fn(|class| if class == label as usize { 1.0 } else { 0.0 }));
    Dataset::new::<64, [f32; 10]>(digits.features().to_vec(), labels.collect()).unwrap()
}

fn classes(digits: &Dataset) -> Samples<'_, 64> {
    digits.samples().unwrap()
}

fn numbers(digits: &Dataset) -> Samples<'_, 64, [f32; 10]> {
    digits.samples().unwrap()
}

/// The digits as text, scaled: with --scale there would be another layer in front.
fn table() -> String {
    let digits = digits();
    let samples = digits.samples::<64, u32>().unwrap();
    let row = |(features, class): (&[f32; 64], &u32)| {
        let features: String = features.iter().map(|number| format!("{number},")).collect();
        format!("{features}{class}\n")
    };
    samples.features().iter().zip(samples.targets()).map(row).collect()
}

/// Trains the same network as a type and as described, and compares all bits.
fn agree<M, C, O, T>(
    options: &str,
    mut network: M,
    how: &impl Initialization,
    loss: &C,
    optimizer: O,
    samples: Samples<'_, 64, T>,
    config: TrainConfig,
) where
    M: Model<Input = Vector<64>, Output = Vector<10>> + Clone + Send + Sync,
    C: Loss<Vector<10>, Target = T::Targets> + Send + Sync,
    O: Optimizer + Send + Sync,
    T: SampleTarget,
{
    let mut described = network.clone();
    network.initialize_with(how, config.seed);
    train(&mut network, loss, optimizer, samples, config, |_, _| {}).unwrap();

    let (_folder, file) = folder();
    let (data, file) = (file("digits.csv"), file("model.safetensors"));
    fs::write(&data, table()).unwrap();
    let data = format!("--data {} --no-header", data.display());
    said(&format!("{data} {options} --epochs 2 --seed 7 --output {}", file.display()));
    file::load_into(&mut described, &file).unwrap();
    let bits = |network: &M| -> Vec<u32> {
        network.parameters().iter().map(|parameter| parameter.to_bits()).collect()
    };
    assert!(bits(&network) == bits(&described), "{options}: other bits");
}

#[test]
fn a_type_loads_a_file_with_a_factor_in_front() {
    type Front = trimpot::Chain![Reshape<Rows<1, 64>>, BatchNorm<1>, Flatten<64>];
    type Scaled = trimpot::network!(Frozen<Front, 2>, Dense<64, 8>, Relu, Dense<8, 10>; from 64);
    static SCALE_AND_SHIFT: [f32; 2] = [0.0625, 0.0];
    let (_folder, file) = folder();
    let file = file("model.safetensors");
    let options = format!("--network 64-8-10 --epochs 1 --output {}", file.display());
    said(&options);
    let statistics = BatchNorm::new([0.0], [1.0 - 1e-5]).unwrap();
    let front = Frozen::new(chain!(Reshape::new(), statistics, Flatten), &SCALE_AND_SHIFT);
    let layers = chain!(front, Dense, Relu, Dense);
    let mut scaled = Scaled::new(layers, [0.0; Scaled::PARAMETERS]);
    file::load_into(&mut scaled, &file).unwrap();
    let digits = DataSpec::classes(64, 10).read(Path::new(DIGITS)).unwrap().dataset;
    let stored = StoredModel::read(&file, None).unwrap();
    let mut steps = Vec::new();
    let network = DynNetwork::new(&stored.layers, &mut steps).unwrap();
    let outputs = network.predict_rows(&stored.parameters, digits.features());
    let samples = digits.samples::<64, u32>().unwrap();
    for (row, features) in samples.features().iter().enumerate() {
        assert_eq!(scaled.predict::<f32>(features), outputs.row(row), "{row}");
    }
}

fn config(batch: usize) -> TrainConfig {
    TrainConfig::new(2, NonZeroUsize::new(batch).unwrap(), 7)
}

#[test]
fn a_described_network_has_the_bits_of_the_type() {
    type Plain = trimpot::network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);
    agree(
        "--network 64-32-10",
        Plain::default(),
        &GlorotUniform,
        &CrossEntropy::new(),
        Adam::new(0.001).unwrap(),
        classes(&digits()),
        config(32),
    );

    type Deep = trimpot::network!(Dense<64, 21>, Tanh, Dropout, Dense<21, 13>, Tanh, Dropout, Dense<13, 10>; from 64);
    let steps = 2 * config(50).steps(digits().len());
    let schedule = Cosine::new(0.1, 0.001, steps).unwrap();
    let dropout = Dropout::new(0.2).unwrap();
    let layers = chain!(Dense, Tanh, dropout, Dense, Tanh, dropout, Dense);
    agree(
        "--network 64-21-13-10 --activation tanh --dropout 0.2 --initialization he_normal --loss mse \
         --optimizer sgd --momentum 0.9 --nesterov --weight-decay 0.001 --learning-rate 0.1 --schedule cosine \
         --final-learning-rate 0.001 --batch 50",
        Deep::new(layers, [0.0; Deep::PARAMETERS]),
        &HeNormal,
        &MeanSquaredError,
        Sgd::new(0.1)
            .unwrap()
            .with_momentum(0.9)
            .unwrap()
            .with_weight_decay(0.001)
            .unwrap()
            .with_nesterov(),
        numbers(&one_hot()),
        TrainConfig { schedule: Some(Box::new(schedule)), ..config(50) },
    );

    type Images = trimpot::network!(
        Reshape<Image<1, 8, 8>>, Conv2d<1, Image<6, 8, 8>, 3, 1, 1>, Relu,
        MaxPool2d<Image<6, 4, 4>, 2>, DepthwiseConv2d<Image<6, 2, 2>, 3>,
        Residual<trimpot::Chain![Conv2d<6, Image<6, 2, 2>, 1>, Tanh]>, LayerNorm<2>, Dropout,
        Flatten<24>, Dense<24, 10>
    ; from 64);
    agree(
        "--network \"64, reshape 1x8x8, conv 6 3 padding=1, relu, pool 2, depthwise 3, \
         residual(conv 6 1, tanh), layer_norm, dropout 0.5, dense 10\" --batch 50",
        Images::default(),
        &GlorotUniform,
        &CrossEntropy::new(),
        Adam::new(0.001).unwrap(),
        classes(&digits()),
        config(50),
    );

    type Flat = trimpot::network!(Dense<64, 10>; from 64);
    agree(
        "--network 64-10 --loss soft_cross_entropy --optimizer lion --clip-norm 0.1 --batch 7",
        Flat::default(),
        &GlorotUniform,
        &SoftCrossEntropy,
        Lion::new(0.0001).unwrap(),
        numbers(&one_hot()),
        TrainConfig { clipping: Clipping::Norm(ClipNorm::new(0.1).unwrap()), ..config(7) },
    );

    type Masks = trimpot::network!(Dense<64, 17>, HardSwish, Dense<17, 10>, Sigmoid; from 64);
    let options =
        "--network 64-17-10 --activation hard_swish --output-activation sigmoid --optimizer adam_w";
    agree(
        &format!("{options} --loss dice"),
        Masks::default(),
        &GlorotUniform,
        &Dice::default(),
        AdamW::new(0.001).unwrap(),
        numbers(&one_hot()),
        config(32),
    );
    agree(
        &format!("{options} --loss bce"),
        Masks::default(),
        &GlorotUniform,
        &BinaryCrossEntropy,
        AdamW::new(0.001).unwrap(),
        numbers(&one_hot()),
        config(32),
    );
}

#[test]
fn settings_of_a_loss_are_those_of_the_type() {
    type Flat = trimpot::network!(Dense<64, 10>; from 64);
    let adam = || Adam::new(0.001).unwrap();
    let careful = CrossEntropy::new().with_label_smoothing(0.1).unwrap();
    let options = "--network 64-10 --loss cross_entropy --loss-option label_smoothing=0.1";
    agree(
        options,
        Flat::default(),
        &GlorotUniform,
        &careful,
        adam(),
        classes(&digits()),
        config(32),
    );
    let weights = [1.0, 2.0, 0.5, 0.0, 1.0, 3.0, 1.0, 1.0, 0.25, 1.0];
    agree(
        &format!("{options} --loss-option class-weights=1,2,0.5,0,1,3,1,1,0.25,1"),
        Flat::default(),
        &GlorotUniform,
        &careful.with_class_weights(weights).unwrap(),
        adam(),
        classes(&digits()),
        config(32),
    );
    agree(
        "--network 64-10 --loss huber --loss-option delta=0.25",
        Flat::default(),
        &GlorotUniform,
        &Huber::default().with_delta(0.25).unwrap(),
        adam(),
        numbers(&one_hot()),
        config(32),
    );

    type Masks = trimpot::network!(Dense<64, 10>, Sigmoid; from 64);
    agree(
        "--network 64-10 --output-activation sigmoid --loss jaccard --loss-option smoothing=0.5",
        Masks::default(),
        &GlorotUniform,
        &Jaccard::default().with_smoothing(0.5).unwrap(),
        adam(),
        numbers(&one_hot()),
        config(32),
    );
}
