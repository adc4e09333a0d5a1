//! Training on the PC from a model that was read out of a board, of which that has trained the last
//! layers.

use trimpot_model::file::StoredModel;

use crate::desk::Desk;

#[test]
fn training_goes_on_from_a_model_that_was_read_frozen_or_not() {
    let desk = Desk::new();
    desk.trained("12-8-6-3", &["--standardize"]);
    desk.board("install model.safetensors train.csv --train head:2");
    desk.board("learn shifted.csv --commit");
    desk.board("read --output read.safetensors");
    let read = || StoredModel::read(desk.path("read.safetensors"), None).unwrap();
    let next = || StoredModel::read(desk.path("next.safetensors"), None).unwrap();
    let options =
        "train --data shifted.csv --init read.safetensors --epochs 3 --output next.safetensors";
    let text = desk.run(options);
    assert!(text.contains("some layers of the model are frozen, and stay"), "{text}");
    assert_eq!(next().layers, read().layers);
    assert_ne!(next().parameters, read().parameters);

    let network = "--network 12-8-6-3 --standardize";
    let error = desk.fails(&format!("{options} {network}"));
    assert!(error.contains("some layers of --init are frozen, "), "{error}");
    assert!(error.contains("--unfreeze trains them as --network says"), "{error}");
    let error = desk.fails(&format!("{options} --network 12-8-5-3 --standardize"));
    assert!(error.contains("layer 3 is `dense 6`, that of --network `dense 5`"), "{error}");

    let mut trainable = read();
    trainable.unfreeze();
    for network in ["", network] {
        desk.succeeds(format!("{options} --unfreeze {network}").split_whitespace());
        let next = next();
        let layers = next.layers.spec().to_string();
        assert_eq!(
            layers,
            "Frozen(BatchNorm(12)), Dense(12, 8), Relu, Dense(8, 6), Relu, Dense(6, 3)"
        );
        assert_eq!(next.layers, trainable.layers);
        // The first layer, too, has learned.
        assert_ne!(next.parameters[..96], trainable.parameters[..96]);
    }
    let again = "train --data shifted.csv --init next.safetensors --unfreeze";
    assert!(desk.fails(again).contains("no layer of the model of --init is frozen"));
}
