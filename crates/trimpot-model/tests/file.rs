//! Model files give back the network that was saved, whatever its input and its layers, or say why
//! not.

use std::fs;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};
use trimpot::layer::{
    BatchNorm, Conv1d, Conv2d, Dense, Dropout, Embedding, Flatten, Frozen, GlobalAveragePool,
    LayerNorm, LeakyRelu, Residual,
};
use trimpot::network::Model;
use trimpot::random::Random;
use trimpot::shape::{Image, Rows, Shape};
use trimpot::{Chain, ParameterError, chain, network};
use trimpot_model::file::{self, ModelError};

type Features = Chain![Conv2d<1, Image<3, 6, 6>, 3>, BatchNorm<3>];
type Block = Residual<Chain![Conv2d<3, Image<3, 6, 6>, 3, 1, 1>, BatchNorm<3>]>;
type Pictures = network!(
    Frozen<Features, 36>, BatchNorm<3>, LeakyRelu, Block, Flatten<108>, LayerNorm<108>, Dropout,
    Dense<108, 4>;
    from Image<1, 8, 8>
);

static FROZEN: [f32; 36] = frozen(0.25);
static OTHER: [f32; 36] = frozen(0.5);

const fn frozen(last: f32) -> [f32; 36] {
    let mut numbers = [0.0; 36];
    let mut i = 0;
    while i < numbers.len() {
        numbers[i] = (i * 7 % 13) as f32 * 0.125 - 0.75;
        i += 1;
    }
    numbers[35] = last;
    numbers
}

/// Statistics that take care to keep: zeros with a sign, subnormal numbers, small and large ones.
fn odd() -> Result<[BatchNorm<3>; 2], ParameterError> {
    Ok([
        BatchNorm::new([-3.5, 1e-40, 10.25], [0.0, 1e-30, 7.25])?,
        BatchNorm::new([-0.0, 0.1, -1e3], [0.25, 1e-3, 1e6])?,
    ])
}

/// A network with these statistics, dropout and frozen layers, and other weights for another seed.
fn pictures(
    [first, second]: [BatchNorm<3>; 2],
    p: f32,
    frozen: &'static [f32; 36],
    seed: u32,
) -> Result<Pictures, ParameterError> {
    let features = chain![Conv2d::new(), BatchNorm::new([0.5; 3], [3.0; 3])?];
    let layers = chain![
        Frozen::new(features, frozen),
        first,
        LeakyRelu::default().with_negative_slope(0.2)?,
        Residual(chain![Conv2d::new(), second]),
        Flatten,
        LayerNorm::new().with_epsilon(1e-3)?,
        Dropout::new(p)?,
        Dense
    ];
    Ok(filled(Pictures::new(layers, [0.0; Pictures::PARAMETERS]), seed))
}

/// The network with random parameters of every kind: a bias that is 0 shows nothing.
fn filled<M: Model>(mut network: M, seed: u32) -> M {
    let mut random = Random::new(seed);
    network.parameters_mut().fill_with(|| random.normal());
    network
}

/// The bits of what it predicts for some inputs: small numbers, and some that are whole.
fn predictions<M: Model>(network: &M) -> Vec<u32> {
    let mut random = Random::new(3);
    let predict = |number: usize| {
        let mut input = M::Input::zeros::<f32>();
        let numbers = M::Input::flat_mut::<f32>(&mut input);
        numbers.fill_with(|| 7.0 * random.uniform());
        if number.is_multiple_of(2) {
            numbers.iter_mut().for_each(|number| *number = number.floor());
        }
        let output = network.predict::<f32>(&input);
        let output = M::Output::flat::<f32>(&output);
        assert!(output.iter().all(|y| y.is_finite()), "{output:?}");
        output.iter().map(|y| y.to_bits()).collect::<Vec<_>>()
    };
    (0..20).flat_map(predict).collect()
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    (folder, file)
}

/// Saves one network and loads it into the other, which has to be the same then, and was not
/// before.
fn comes_back<M: Model>(saved: &M, mut loaded: M) {
    let (_folder, file) = file();
    file::save(saved, &file).unwrap();
    let expected = predictions(saved);
    assert_ne!(predictions(&loaded), expected);
    file::load_into(&mut loaded, &file).unwrap();
    assert_eq!(predictions(&loaded), expected);
    let bits = |model: &M| -> Vec<u32> { model.parameters().iter().map(|x| x.to_bits()).collect() };
    assert_eq!(bits(&loaded), bits(saved));
}

#[test]
fn statistics_and_parameters_come_back_with_the_same_bits() -> Result<(), ParameterError> {
    let saved = pictures(odd()?, 0.1, &FROZEN, 1)?;
    comes_back(&saved, pictures(Default::default(), 0.1, &FROZEN, 2)?);
    // Statistics alone make the difference.
    comes_back(&saved, pictures(Default::default(), 0.1, &FROZEN, 1)?);
    Ok(())
}

#[test]
fn inputs_may_have_any_shape() -> Result<(), ParameterError> {
    type Words = network!(Embedding<7, 4>, Flatten<20>, Dense<20, 3>; from 5);
    comes_back(&filled(Words::seeded(1), 1), Words::seeded(2));
    type Series = network!(
        Conv1d<2, Rows<3, 5>, 3>, BatchNorm<3>, GlobalAveragePool, Dense<3, 2>; from Rows<2, 7>
    );
    let mut saved = filled(Series::seeded(1), 1);
    saved.layers_mut().1.0 = odd()?[1];
    comes_back(&saved, Series::seeded(2));
    let (_folder, file) = file();
    file::save(&saved, &file).unwrap();
    let loaded: Series = file::load(&file).unwrap();
    assert_eq!(predictions(&loaded), predictions(&saved));
    Ok(())
}

/// What loading this file into this network says; the network must stay as it was.
fn refusal(mut network: Pictures, file: &PathBuf) -> ModelError {
    let before = predictions(&network);
    let error = file::load_into(&mut network, file).unwrap_err();
    assert_eq!(predictions(&network), before, "{error}");
    error
}

#[test]
fn other_settings_and_other_frozen_numbers_are_refused() -> Result<(), ParameterError> {
    let (_folder, file) = file();
    file::save(&pictures(odd()?, 0.1, &FROZEN, 1)?, &file).unwrap();

    let message = refusal(pictures(odd()?, 0.3, &FROZEN, 2)?, &file).to_string();
    let layers = |p| {
        format!(
            "Frozen(Conv2d(1, 3, 3), BatchNorm(3)), BatchNorm(3), LeakyRelu(negative_slope=0.2), \
             Residual(Conv2d(3, 3, 3, padding=1), BatchNorm(3)), Flatten, LayerNorm(108, epsilon=0.001), \
             Dropout(p={p}), Dense(108, 4)"
        )
    };
    let expected = format!("holds {}, but {} was expected", layers("0.1"), layers("0.3"));
    assert!(message.ends_with(&expected), "{message}");

    let message = refusal(pictures(odd()?, 0.1, &OTHER, 2)?, &file).to_string();
    assert!(message.starts_with("tensor `0.1.bias` of "), "{message}");
    assert!(message.ends_with("is not what the layers are frozen to"), "{message}");
    Ok(())
}

#[test]
fn damaged_statistics_are_refused() -> Result<(), ParameterError> {
    let (_folder, file) = file();
    file::save(&pictures(odd()?, 0.1, &FROZEN, 1)?, &file).unwrap();
    let saved = fs::read(&file).unwrap();

    // The second normalisation's, so that the first one has been restored when it is found.
    let variance = 1e6_f32.to_le_bytes();
    let at = saved.windows(4).position(|bytes| bytes == variance).unwrap();
    let mut negative = saved.clone();
    negative[at..at + 4].copy_from_slice(&(-1.0_f32).to_le_bytes());
    fs::write(&file, negative).unwrap();
    let message = refusal(pictures(Default::default(), 0.1, &FROZEN, 2)?, &file).to_string();
    assert!(message.ends_with(": variance is -1, but must be in [0, inf)"), "{message}");

    let name = b"\"1.running_mean\"";
    let at = saved.windows(name.len()).position(|bytes| bytes == name).unwrap();
    let mut renamed = saved;
    renamed[at..at + name.len()].copy_from_slice(b"\"1.running_meat\"");
    fs::write(&file, renamed).unwrap();
    let message = refusal(pictures(Default::default(), 0.1, &FROZEN, 2)?, &file).to_string();
    assert!(message.contains("1.running_mean"), "{message}");
    Ok(())
}

#[test]
fn numbers_that_are_not_finite_are_neither_saved_nor_loaded() -> Result<(), ParameterError> {
    let (_folder, file) = file();
    let mut network = pictures(odd()?, 0.1, &FROZEN, 1)?;
    network.parameters_mut()[7] = 12345.5;
    file::save(&network, &file).unwrap();
    let saved = fs::read(&file).unwrap();
    let at = saved.windows(4).position(|bytes| bytes == 12345.5_f32.to_le_bytes()).unwrap();
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut bytes = saved.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        fs::write(&file, &bytes).unwrap();
        let error = refusal(pictures(Default::default(), 0.1, &FROZEN, 2)?, &file);
        assert!(matches!(error, ModelError::NotFinite { .. }), "{error}");

        network.parameters_mut()[7] = number;
        let error = file::save(&network, &file).unwrap_err();
        assert!(matches!(error, ModelError::NotFinite { .. }), "{error}");
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
    Ok(())
}
