//! A module that was exported is compiled here, and is the model. So it is for a board: the
//! pictures' and the sounds' are in `trimpot-parity`, without the standard library.

use std::f32::consts::FRAC_1_PI;
use std::fs;
use std::path::{Path, PathBuf};

use trimpot::network::{Model, Planned};
use trimpot::random::Random;
use trimpot::shape::Shape;
use trimpot_model::export;
use trimpot_model::file::StoredModel;
use trimpot_model::layers::Layers;
use trimpot_parity::{exported as images, exported_front_end as sounds};

use super::models::{Named, whole_models};
use super::predicted;

#[allow(dead_code, reason = "as the module says")]
mod classes;
#[allow(dead_code, reason = "as the module says")]
mod numbers;
#[allow(dead_code, reason = "as the module says")]
mod sequence;
#[allow(dead_code, reason = "as the module says")]
mod words;

fn file(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match name {
        "images" => here.join("../trimpot-parity/src/exported.rs"),
        "sounds" => here.join("../trimpot-parity/src/exported_front_end.rs"),
        name => here.join(format!("tests/export/rust/{name}.rs")),
    }
}

fn text(named: &Named) -> String {
    export::rust(&named.model, &format!("{}.safetensors", named.name)).unwrap()
}

#[test]
#[ignore = "writes the modules that the others compile"]
fn write_modules() {
    for named in whole_models() {
        fs::write(file(&named.name), text(&named)).unwrap();
    }
}

#[test]
fn modules_are_what_is_exported() {
    for named in whole_models() {
        let found = fs::read_to_string(file(&named.name)).unwrap();
        assert!(
            found == text(&named),
            "{} is another: `cargo test -p trimpot-model --test export -- --ignored` writes it",
            named.name
        );
    }
}

#[test]
fn a_module_is_the_model_and_predicts_its_bits() {
    for named in whole_models() {
        match named.name.as_str() {
            "classes" => is_model(&named, &classes::network(), &classes::PARAMETERS),
            "numbers" => is_model(&named, &numbers::network(), &numbers::PARAMETERS),
            "sequence" => is_model(&named, &sequence::network(), &sequence::PARAMETERS),
            "sounds" => is_model(&named, &sounds::network(), &sounds::PARAMETERS),
            "words" => is_model(&named, &words::network(), &words::PARAMETERS),
            "images" => is_model(&named, &images::network(), &images::PARAMETERS),
            name => panic!("{name} is compiled nowhere"),
        }
    }
    assert_eq!(classes::CLASSES[2], "\u{e9}\\\u{202e}??/\n*/");
    assert_eq!(classes::FEATURES, ["size", "weight", "legs"]);
    assert_eq!(numbers::TARGETS, ["price", "level"]);
    assert_eq!((sequence::THRESHOLD, sequence::CENTRE), (FRAC_1_PI, [0.5, -3.25]));
}

fn is_model<M: Model>(named: &Named, network: &M, in_flash: &[f32]) {
    let Named { name, model, draw } = named;
    let layers = Layers::of::<M::Input, _>(network.layers());
    assert_eq!(layers.input, model.layers.input, "{name}");
    assert_eq!(layers.specs, model.layers.specs, "{name}");
    assert_eq!(bits(&layers.constants), bits(&model.layers.constants), "{name}");
    assert_eq!(bits(network.parameters()), bits(&model.parameters), "{name}");

    let mut random = Random::new(11);
    let mut arena = vec![0.0_f32; Planned::<M::Input, M::Layers>::INFERENCE_VALUES];
    for _ in 0..20 {
        let mut input = M::Input::zeros::<f32>();
        M::Input::flat_mut::<f32>(&mut input).fill_with(|| draw(&mut random));
        let expected = bits(&predicted(model, M::Input::flat::<f32>(&input)));
        let output = network.predict::<f32>(&input);
        assert_eq!(bits(M::Output::flat::<f32>(&output)), expected, "{name}");
        let planned = Planned::<M::Input, M::Layers>::new(network.layers());
        let output = planned.predict(in_flash, &input, &mut arena).unwrap();
        assert_eq!(bits(M::Output::flat::<f32>(output)), expected, "{name}");
    }
}

/// As its first lines say it is used, sample by sample.
#[test]
fn a_front_end_makes_the_features_of_the_model() {
    let named = whole_models().into_iter().find(|named| named.name == "sounds").unwrap();
    let StoredModel { layers, about, .. } = &named.model;
    let extractor = about.extractor(layers.input).unwrap().unwrap();
    let mut random = Random::new(3);
    let draw = |_| (random.below(65_536) as i32 - 32_768) as i16;
    let recording: Vec<i16> = (0..extractor.length()).map(draw).collect();

    let mut framer = sounds::FrontFramer::new();
    let mut spectrogram = sounds::FrontSpectrogram::new();
    let mut buffer = [0.0; 64];
    let mut inputs = Vec::new();
    for block in recording.chunks(10) {
        let mut samples = block;
        while let Some(frame) = framer.next_frame(&mut samples) {
            spectrogram.push(&sounds::FRONT.apply(frame, &mut buffer));
            if spectrogram.is_full() {
                let mut input = [[0.0_f32; 5]; 7];
                spectrogram.write_by_band(input.as_flattened_mut());
                inputs.push(input);
            }
        }
    }
    let samples: Vec<f32> = recording.into_iter().map(f32::from).collect();
    let mut features = vec![0.0; extractor.features()];
    extractor.transform().unwrap()(&samples, &mut features);
    assert_eq!(inputs.len(), 1);
    assert_eq!(bits(inputs[0].as_flattened()), bits(&features));
    let output = sounds::network().predict::<f32>(&inputs[0]);
    assert_eq!(bits(&output), bits(&predicted(&named.model, &features)));
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}
