//! The simulated board, through the link.

use std::path::Path;

use tempfile::{TempDir, tempdir};
use trimpot::layer::DenseSpec;
use trimpot::metric::argmax;
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot::spec::{Dims, LayerSpec};
use trimpot_host::board::{Board, BoardAddress, BoardError, Commit};
use trimpot_host::dataset::{Dataset, Samples};
use trimpot_host::evaluate::{evaluate, predict};
use trimpot_link::{Error, Origin, fingerprint};
use trimpot_model::file::{About, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_tuner::digits::{self, CLASSES, INPUTS, Network, PINNED};

fn boot(folder: &TempDir) -> Board {
    let flash = folder.path().join("flash.bin");
    let mut board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
    board.install_model(&model()).unwrap();
    board
}

/// The digits' network, as a file would have it.
fn model() -> StoredModel {
    let layers = Layers::of::<Vector<INPUTS>, _>(&digits::Layers::default());
    let about = About {
        classes: (0..CLASSES).map(|class| format!("digit {class}")).collect(),
        loss: Some("focal gamma=1.5".to_owned()),
        learning_rate: Some(0.01),
        replays: Some(20),
        ..About::default()
    };
    StoredModel { layers, parameters: Network::seeded(3).parameters().to_vec(), about }
}

#[test]
fn a_blank_board_gets_its_network_over_the_link_keeps_it_and_says_it() {
    let folder = tempdir().unwrap();
    let flash = folder.path().join("flash.bin");
    let mut board = Board::boot(BoardAddress::Simulated { flash }).unwrap();
    let description = board.describe().unwrap();
    assert_eq!((description.inputs, description.origin), (0, Origin::Blank));
    let blank = board.predict(&[0.0; INPUTS]).unwrap_err();
    assert!(matches!(blank, BoardError::Refused(Error::NoModel)), "{blank}");

    board.install_model(&model()).unwrap();
    assert_eq!(board.read_model().unwrap(), model());
    let mut board = Board::boot(board.cut_power()).unwrap();
    assert_eq!(board.read_model().unwrap(), model());
    assert_eq!(board.describe().unwrap().origin, Origin::Factory);
    // As the model says: twenty replays.
    board.learn(&[0.5; INPUTS], 3).unwrap();
    assert_eq!(board.learn(&[0.5; INPUTS], 3).unwrap().steps, 21);

    let mut deep = model();
    deep.layers.specs = vec![LayerSpec::Dense(DenseSpec { inputs: 64, outputs: 64 }); 257];
    deep.parameters = vec![0.0; deep.layers.spec().parameters()];
    let before = board.describe().unwrap();
    let refused = board.install_model(&deep).unwrap_err();
    assert!(
        matches!(
            refused,
            BoardError::Refused(Error::ModelTooLong { .. } | Error::Layers { capacity: 256 })
        ),
        "{refused}"
    );
    let after = board.describe().unwrap();
    assert_eq!((after.fingerprint, after.version), (before.fingerprint, before.version));
}

/// Random images, whose classes a network can learn: the brightest of the first ten pixels.
fn samples(count: usize) -> Dataset {
    let mut random = Random::new(5);
    let features: Vec<[f32; INPUTS]> =
        (0..count).map(|_| std::array::from_fn(|_| random.uniform())).collect();
    let labels = features.iter().map(|features| argmax(&features[..10]) as u32).collect();
    Dataset::new(features, labels).unwrap()
}

fn images(samples: &Dataset) -> Samples<'_, INPUTS> {
    samples.samples().unwrap()
}

#[test]
fn parameters_arrive_and_come_back_bit_for_bit() {
    let folder = tempdir().unwrap();
    let mut board = boot(&folder);
    assert_eq!(board.describe().unwrap().origin, Origin::Factory);
    let network = Network::seeded(7);
    board.write_parameters(network.parameters()).unwrap();
    let back = board.read_parameters().unwrap();
    let bits = |parameters: &[f32]| parameters.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&back), bits(network.parameters()));
    assert_eq!(board.describe().unwrap().fingerprint, fingerprint(network.parameters()));
}

#[test]
fn the_board_predicts_what_the_host_predicts() {
    let folder = tempdir().unwrap();
    let mut board = boot(&folder);
    let (network, samples) = (Network::seeded(7), samples(100));
    board.write_parameters(network.parameters()).unwrap();
    let counts = board.evaluate(&samples).unwrap();
    let matrix = evaluate(&network, images(&samples));
    for (target, predicted) in (0..CLASSES * CLASSES).map(|i| (i / CLASSES, i % CLASSES)) {
        let count = counts.scores().count(target, predicted);
        assert_eq!(count, matrix.scores().count(target, predicted));
    }
    assert_eq!(predict(&network, images(&samples).features()).len(), 100);
}

#[test]
fn what_is_committed_survives_a_power_cut_and_what_is_not_does_not() {
    let folder = tempdir().unwrap();
    let mut board = boot(&folder);
    board.write_parameters(Network::seeded(7).parameters()).unwrap();
    let samples = samples(40);
    // One of them judges.
    for (features, _) in images(&samples).iter() {
        board.widen(features).unwrap();
    }
    let (features, label) = images(&samples).iter().next().unwrap();
    board.hold_out(features, label).unwrap();
    let factory = board.install_memory().unwrap();

    for (features, label) in images(&samples).iter() {
        let learned = board.learn(features, label).unwrap();
        assert!(learned.loss.is_finite() && !learned.rolled_back);
    }
    let learned = board.describe().unwrap().fingerprint;
    assert_ne!(learned, factory);

    let mut board = Board::boot(board.cut_power()).unwrap();
    let description = board.describe().unwrap();
    assert_eq!((description.fingerprint, description.origin), (factory, Origin::Factory));

    for (features, label) in images(&samples).iter() {
        board.learn(features, label).unwrap();
    }
    // The same samples in the same order, from the same boot: the same bits.
    assert_eq!(board.describe().unwrap().fingerprint, learned);
    assert_eq!(board.commit().unwrap(), Commit::Stored { fingerprint: learned });

    let mut board = Board::boot(board.cut_power()).unwrap();
    let description = board.describe().unwrap();
    assert_eq!((description.fingerprint, description.origin), (learned, Origin::Commit));
}

#[test]
fn a_refused_request_says_why_and_the_next_one_works() {
    let folder = tempdir().unwrap();
    let mut board = boot(&folder);
    let sample = images(&samples(1)).features()[0];
    let refused = board.learn(&sample, 10).unwrap_err();
    assert!(
        matches!(refused, BoardError::Refused(Error::Label { classes: 10, found: 10 })),
        "{refused}"
    );
    let early = board.remember(&sample, 3).unwrap_err();
    assert!(matches!(early, BoardError::Refused(Error::NoRange)), "{early}");
    board.widen(&sample).unwrap();
    for _ in 0..PINNED {
        board.remember(&sample, 3).unwrap();
    }
    let full = board.remember(&sample, 3).unwrap_err();
    assert!(matches!(full, BoardError::Refused(Error::Full { .. })), "{full}");
    board.learn(&sample, 3).unwrap();
}

#[test]
fn another_network_is_an_error_that_names_both() {
    let folder = tempdir().unwrap();
    let mut board = boot(&folder);
    let specs = vec![LayerSpec::Dense(DenseSpec { inputs: 64, outputs: 10 })];
    let other = Layers { input: Dims::vector(64), specs, constants: Vec::new() };
    let error = board.check_layers(&other).unwrap_err().to_string();
    assert_eq!(board.read_network().unwrap().0.specs, model().layers.specs);
    let found = board.describe().unwrap().architecture;
    for part in [
        &format!("runs network {found:08x} (64 features, 10 outputs, 2410 parameters)"),
        "which is not Dense(64, 10) (network ",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_board_that_is_not_there_is_an_error_with_its_name() {
    let message = |address: BoardAddress| Board::boot(address).err().unwrap().to_string();
    let folder = tempdir().unwrap();
    let serial = message(BoardAddress::Serial { device: folder.path().join("tty") });
    assert!(
        serial.starts_with("cannot open serial port ") && serial.contains("/tty: "),
        "{serial}"
    );
    let firmware = Path::new("no/such/tuner").to_owned();
    let qemu = message(BoardAddress::Qemu { firmware, flash: folder.path().join("flash.bin") });
    assert_eq!(qemu, "there is no firmware at no/such/tuner: `cargo xtask firmware` builds it");
}
