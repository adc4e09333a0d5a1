//! What is written is read, and what cannot be is refused.

extern crate std;
use core::num::NonZeroU8;
use std::vec::Vec;

use proptest::prelude::*;
use trimpot::layer::{DenseSpec, Relu};
use trimpot::plan::Trained;
use trimpot::spec::{Dims, LayerSpec};

use super::*;
use crate::{LatentFormat, Reference, Rule, TaskSpec};

const LAYERS: [LayerSpec; 2] =
    [LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 3 }), LayerSpec::Relu(Relu)];

fn written(purpose: &Purpose<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let layers = |visit: &mut dyn FnMut(LayerSpec)| LAYERS.into_iter().for_each(visit);
    let visit = &mut |run: &[u8]| bytes.extend_from_slice(run);
    write_network(Dims::vector(4), &layers, purpose, visit).unwrap();
    bytes
}

const PURPOSE: Purpose<'_> = Purpose {
    loss: "focal",
    loss_settings: &[2.0],
    learning_rate: Some(0.5),
    replays: Some(7),
    task: TaskSpec::Classes { first: Some(2) },
    optimizer: "lion",
    optimizer_settings: &[0.5, 0.75, 0.0],
    batch: NonZeroU8::new(4),
    trained: Trained::Last(1),
    latents: Some(LatentFormat::I8),
    texts: &[("classes", "[\"a\",\"b\"]"), ("", "")],
};

fn detector(reference: Reference, rule: Rule) -> Purpose<'static> {
    let task = TaskSpec::Anomalies { reference, rule, window: 9 };
    Purpose { task, trained: Trained::BiasesAndNormalization, ..Purpose::default() }
}

#[test]
fn a_network_part_comes_back() {
    let percentile = Rule::percentile(0.95).unwrap();
    let mut purposes = std::vec![
        PURPOSE,
        Purpose::default(),
        detector(Reference::Sample, Rule::DEFAULT),
        detector(Reference::Centre, percentile),
        Purpose { task: TaskSpec::Values, ..Purpose::default() },
    ];
    purposes.extend(
        [None, Some(LatentFormat::F32), Some(LatentFormat::U8)]
            .map(|latents| Purpose { latents, ..PURPOSE }),
    );
    for purpose in purposes {
        let bytes = written(&purpose);
        let part = NetworkPart::read(&bytes).unwrap();
        assert_eq!((part.input, part.layer_count()), (Dims::vector(4), 2));
        assert!(part.layers().eq(LAYERS));
        let read = Purpose {
            task: part.task,
            loss: part.loss,
            loss_settings: &part.loss_settings().collect::<Vec<_>>(),
            learning_rate: part.learning_rate,
            replays: part.replays.map(|replays| replays as u16),
            optimizer: part.optimizer,
            optimizer_settings: &part.optimizer_settings().collect::<Vec<_>>(),
            batch: part.batch,
            trained: part.trained,
            latents: part.latents,
            texts: &part.texts().collect::<Vec<_>>(),
        };
        assert_eq!(read, purpose);
    }
}

/// The layout that boards store: these bytes must not change.
#[test]
fn the_network_part_has_the_bytes_that_are_documented() {
    let mut expected = std::vec![1, 4, 0, 0, 0, 2, 0];
    expected.extend(b"\x05Dense\x02\x04\0\0\0\x03\0\0\0");
    expected.extend(b"\x04Relu\0");
    expected.extend(b"\x05focal\x01\0\0\0\x40");
    expected.extend(b"\0\x02\0");
    expected.extend(b"\0\0\0\x3f\x07\0\0\0");
    expected.extend(b"\x04lion\x03\0\0\0\x3f\0\0\x40\x3f\0\0\0\0\x04");
    expected.extend(b"\x01\x01\0\0\0\x03");
    expected.extend(b"\x02\x07classes\x09\0[\"a\",\"b\"]\0\0\0");
    assert_eq!(written(&PURPOSE), expected);

    expected.truncate(7 + 15 + 6);
    expected.extend(b"\0\0\x03\x0apercentile\0\0\x40\x3f\x09");
    expected.extend(b"\0\0\xc0\x7f\xff\xff\xff\xff\0\0\0\x02\0\0");
    let rule = Rule::percentile(0.75).unwrap();
    assert_eq!(written(&detector(Reference::Centre, rule)), expected);
}

#[test]
fn what_is_none_of_several_is_refused() {
    let bytes = written(&Purpose::default());
    // Behind the layers and an empty loss.
    let task = 7 + 15 + 6 + 2;
    for (place, valid) in [(task, 1), (task + 14, 1), (task + 15, 3)] {
        let refused = (0..=255_u8).filter(|&byte| {
            let mut bytes = bytes.clone();
            bytes[place] = byte;
            NetworkPart::read(&bytes).is_none()
        });
        // Some of the others have fields of their own, and lack them here.
        assert!(refused.count() >= 255 - valid, "{place}");
    }
    let rule = |number: f32| {
        let mut bytes = written(&detector(Reference::Sample, Rule::DEFAULT));
        let place = task + 1 + 11;
        bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
        NetworkPart::read(&bytes).map(|part| part.task)
    };
    let task = |rule| detector(Reference::Sample, rule).task;
    assert_eq!(rule(2.0), Some(task(Rule::deviations(2.0).unwrap())));
    assert_eq!(rule(-2.0), None);
    assert_eq!(rule(f32::NAN), None);
}

#[test]
fn a_part_that_is_cut_or_longer_is_refused() {
    let bytes = written(&PURPOSE);
    for length in 0..bytes.len() {
        assert!(NetworkPart::read(&bytes[..length]).is_none(), "{length}");
    }
    assert!(NetworkPart::read(&[&bytes[..], &[0]].concat()).is_none());
}

#[test]
fn what_does_not_fit_into_its_length_is_not_written() {
    let long = "x".repeat(300);
    let layers = |visit: &mut dyn FnMut(LayerSpec)| LAYERS.into_iter().for_each(visit);
    let purpose = Purpose { loss: &long, ..Purpose::default() };
    let written = write_network(Dims::vector(4), &layers, &purpose, &mut |_| {});
    assert_eq!(written, Err(TooLong));
}

#[test]
fn a_header_says_where_numbers_are() {
    let header = ModelHeader { network: 10, constants: 2, parameters: 3, state: 5 };
    assert_eq!(ModelHeader::decode(&header.encode()), Some(header));
    let places = [header.constants_at(), header.parameters_at(), header.state_at()];
    assert_eq!((places, header.length()), ([30, 38, 50], 70));
    let mut other = header.encode();
    other[3] = b'1';
    assert_eq!(ModelHeader::decode(&other), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        place in 0_usize..80, byte: u8, noise in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = written(&PURPOSE);
        if let Some(place) = bytes.get_mut(place) {
            *place = byte;
        }
        for bytes in [bytes, noise] {
            if let Some(part) = NetworkPart::read(&bytes) {
                prop_assert_eq!(part.layers().count(), part.layer_count());
            }
        }
    }
}
