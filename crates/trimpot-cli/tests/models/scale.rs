//! A factor for features is in the model, as its first layer.

use trimpot_model::file::StoredModel;
use trimpot_model::standardization::factor;

use super::{Desk, data};

#[test]
fn a_model_scales_features_itself() {
    let desk = Desk::new();
    let digits = data("digits8.npz");
    desk.run(&format!(
        "train --data {digits} --scale 0.0625 --network 64-10 --epochs 3 --output scaled.safetensors"
    ));
    let scaled = StoredModel::read(desk.path("scaled.safetensors"), None).unwrap();
    assert_eq!(factor(&scaled.layers), Some(0.0625));
    let info = desk.run("info scaled.safetensors");
    assert!(info.contains("features are multiplied by 0.0625 in the first layer"), "{info}");

    // The same weights without the layer need the factor, and give the same bits.
    let mut plain = scaled.clone();
    plain.layers.specs.drain(..4);
    plain.layers.constants.clear();
    plain.save(&desk.path("plain.safetensors")).unwrap();
    for word in ["evaluate", "predict"] {
        let expected = desk.run(&format!("{word} plain.safetensors {digits} --scale 0.0625"));
        assert_eq!(desk.run(&format!("{word} scaled.safetensors {digits}")), expected);
        assert_ne!(desk.run(&format!("{word} plain.safetensors {digits}")), expected);
        let error = desk.fails(&format!("{word} scaled.safetensors {digits} --scale 0.0625"));
        assert!(error.contains("scaled.safetensors: its first layer scales"), "{error}");
    }
    // Training goes on: with the layer, or with a factor that becomes one.
    let train = format!("train --data {digits} --epochs 1 --output next.safetensors --init");
    let mut next = Vec::new();
    for options in [
        "scaled.safetensors",
        "scaled.safetensors --network 64-10",
        "plain.safetensors --scale 0.0625",
        "plain.safetensors --scale 0.0625 --network 64-10",
    ] {
        desk.run(&format!("{train} {options}"));
        next.push(StoredModel::read(desk.path("next.safetensors"), None).unwrap());
    }
    assert!(next.iter().all(|model| *model == next[0]));
    assert_eq!(next[0].layers, scaled.layers);
    assert_ne!(next[0].parameters, scaled.parameters);

    for (options, part) in [
        ("scaled.safetensors --scale 0.0625", "--scale: the first layer of the model of --init"),
        ("scaled.safetensors --network 64-10 --standardize", "its features are not standardized"),
    ] {
        let error = desk.fails(&format!("{train} {options}"));
        assert!(error.contains(part), "{options}: {error}");
    }
    let error = desk.fails(&format!(
        "train --data {digits} --network 64-10 --scale 0.5 --standardize --epochs 1"
    ));
    assert!(error.contains("--standardize gives features deviation 1"), "{error}");
}
