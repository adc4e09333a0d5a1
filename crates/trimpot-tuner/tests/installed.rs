//! The promises of a board whose network is data: it takes a model over the link, says what it was
//! given, and has one model or the other whenever the power fails. What is no model, or too large a
//! one, changes nothing.

use crate::models::*;
use proptest::prelude::*;
use trimpot::loss::{Focal, SliceLoss};
use trimpot::plan::{Plan, PlannedStep};
use trimpot_link::{
    Checksum, Description, Error, MODEL_BLOCK, Numbers, Origin, Request, Response, Target,
    fingerprint,
};
use trimpot_testkit::flash::Torn;
use trimpot_tuner::{Device, DeviceError, FlashAreas, ModelNeeds, Server, TaskKind, Workspace};

#[test]
fn a_blank_board_says_so_and_does_nothing_else() {
    let bytes = [0; 16];
    let features = Numbers::from_bytes(&bytes).unwrap();
    let requests = [
        Request::Describe,
        Request::Predict { features },
        Request::Commit,
        Request::ReadNetwork { at: 0 },
    ];
    let mut number = 0;
    for request in requests {
        ask(blank(), &[request], |_, response| match response {
            Response::Description(description) => {
                assert_eq!((description.inputs, description.origin), (0, Origin::Blank));
                assert_eq!(description.model_capacity, 2048 - 4 * MODEL_BLOCK as u32);
                number += 1;
            }
            other => assert_eq!(other, Response::Refused(Error::NoModel)),
        });
    }
    assert_eq!(number, 1);
}

#[test]
fn a_board_says_what_it_was_given_and_keeps_it() {
    let model = Model::new(5, 1);
    let flash = install(blank(), &model);
    for _ in 0..2 {
        let (description, _) = describe(flash.clone());
        assert_eq!(description.architecture, model.fingerprint());
        assert_eq!(description.fingerprint, fingerprint(&model.parameters));
        assert_eq!(description.origin, Origin::Factory);
        let count = u32::MAX;
        let requests = [
            Request::ReadNetwork { at: 0 },
            Request::ReadNetwork { at: 7 },
            Request::ReadConstants { at: 1, count },
            Request::ReadParameters { at: 0, count },
        ];
        ask(flash.clone(), &requests, |index, response| match response {
            Response::Network { at, length, bytes } => {
                let network = model.network();
                assert_eq!((at, length as usize), ([0, 7][index], network.len()));
                assert_eq!(bytes, &network[at as usize..]);
            }
            Response::Constants { at: 1, count, values } => {
                assert_eq!(count as usize, model.constants.len());
                assert!(values.iter().eq(model.constants[1..].iter().copied()));
            }
            Response::Parameters { at: 0, values } => {
                assert!(values.iter().eq(model.parameters.iter().copied()));
            }
            other => panic!("{other:?}"),
        });
    }
}

#[test]
fn it_learns_with_the_loss_and_the_settings_of_the_model() {
    let model = Model::new(5, 1);
    let bytes: Vec<u8> = [0.5_f32, 1.0, 0.25, 0.75].iter().flat_map(|n| n.to_le_bytes()).collect();
    let features = Numbers::from_bytes(&bytes).unwrap();
    let requests = [
        Request::Predict { features },
        Request::Learn { features, target: Target::Class(2) },
        Request::Learn { features, target: Target::Class(2) },
        Request::Learn { features, target: Target::Values(features) },
    ];
    let mut logits = Vec::new();
    ask(install(blank(), &model), &requests, |index, response| match response {
        Response::Prediction { outputs, .. } => logits = outputs.iter().collect(),
        Response::Learned { loss, steps, rolled_back: false } => {
            if index == 1 {
                let focal = Focal::default().with_gamma(1.5).unwrap();
                let expected = focal.slice_gradient::<f32>(&logits, 2, &mut [0.0; 3]);
                assert_eq!(loss, expected);
            }
            // Three replayed ones, once there are any.
            assert_eq!(steps, 4 - 3 * u32::from(index == 1 && steps == 1));
        }
        other => assert!(matches!(other, Response::Refused(Error::Task { .. })), "{other:?}"),
    });
}

#[test]
fn another_model_takes_the_place_of_the_first() {
    let (first, second) = (Model::new(5, 1), Model::new(7, 2));
    let mut flash = install(blank(), &first);
    // Whoever comes back, with the same layers and other parameters: what was stored is not his.
    for model in [&second, &first, &Model { parameters: vec![0.25; 43], ..Model::new(5, 1) }] {
        flash = install(flash, model);
        let (description, after) = describe(flash);
        assert_eq!(description.architecture, model.fingerprint());
        assert_eq!(description.fingerprint, fingerprint(&model.parameters));
        flash = after;
    }
}

/// What must not install, and why.
fn refused(image: &[u8], room: Room, expected: Error) {
    let first = Model::new(5, 1);
    let flash = install(blank(), &first);
    let (before, flash) = describe(flash);
    let requests = installing(image);
    let last = requests.len() - 1;
    let flash = ask_in(flash, room, &requests, |index, response| {
        if index == last {
            assert_eq!(response, Response::Refused(expected));
        } else {
            assert_eq!(response, Response::Done);
        }
    });
    assert_eq!(describe(flash).0, before);
}

#[test]
fn what_is_no_model_or_does_not_fit_is_refused_with_the_reason_and_changes_nothing() {
    let model = Model::new(5, 1);
    let image = model.image();
    refused(&image[..image.len() - 4], ROOM, Error::ModelDamaged);
    for (place, byte) in [(0, b'x'), (4, 1), (8, 1), (12, 1), (16, 1), (20, 4), (29, b'x')] {
        let mut damaged = image.clone();
        damaged[place] = byte;
        refused(&damaged, ROOM, Error::ModelDamaged);
    }
    let unknown = Model { loss: ("mse", &[]), ..Model::new(5, 1) };
    refused(&unknown.image(), ROOM, Error::ModelLoss { task: TaskKind::Classes });
    let setting = Model { loss: ("focal", &[-1.0]), ..Model::new(5, 1) };
    refused(&setting.image(), ROOM, Error::ModelLoss { task: TaskKind::Classes });

    let large = Model::new(40, 2).image();
    let mut found = None;
    let flash = install(blank(), &model);
    ask(flash, &installing(&large), |_, response| {
        if let Response::Refused(Error::Memory { needed, available }) = response {
            found = Some((needed, available));
        }
    });
    let (needed, available) = found.unwrap();
    assert_eq!(available, 4 * ROOM.values as u32);
    // With as much as it says, it fits; with less, it does not.
    let room = |values| Room { values, ..ROOM };
    let needed_values = needed as usize / 4;
    ask_in(blank(), room(needed_values), &installing(&large), |_, response| {
        assert_eq!(response, Response::Done);
    });
    let available = needed - 4;
    refused(&large, room(needed_values - 1), Error::Memory { needed, available });
}

#[test]
fn bytes_that_are_not_the_next_ones_or_too_many_are_refused() {
    let image = Model::new(5, 1).image();
    let written = 2 * MODEL_BLOCK as u32;
    let start = Request::WriteModel { at: 0, bytes: &image[..written as usize] };
    let end = Request::WriteModel { at: written, bytes: &image[written as usize..][..3] };
    let not_next = Error::ModelBytes { written };
    let (length, checksum) = (image.len() as u32, Checksum::of(&image));
    for (requests, error) in [
        (vec![start, Request::WriteModel { at: 64, bytes: &image }], not_next),
        (vec![start, Request::WriteModel { at: 192, bytes: &image[..64] }], not_next),
        (vec![start, Request::InstallModel { length, checksum }], not_next),
        (
            vec![start, end, Request::WriteModel { at: written + 3, bytes: &image[..64] }],
            Error::ModelBytes { written: written + 3 },
        ),
        (vec![Request::InstallModel { length: 0, checksum: 0 }], Error::ModelBytes { written: 0 }),
    ] {
        let last = requests.len() - 1;
        ask(blank(), &requests, |index, response| match response {
            Response::Done => assert!(index < last),
            other => assert_eq!((index, other), (last, Response::Refused(error))),
        });
    }
    let long = vec![7; 2048];
    let mut requests = installing(&long);
    requests.pop();
    let last = requests.len() - 1;
    let capacity = 2048 - 4 * MODEL_BLOCK as u32;
    ask(blank(), &requests, |index, response| {
        let expected = match index == last {
            true => Response::Refused(Error::ModelTooLong { capacity }),
            false => Response::Done,
        };
        assert_eq!(response, expected);
    });
}

/// Which of two models is on a board, after the power has failed; none, if it is blank.
fn found(flash: Memory, models: [&Model; 2], what: &str) -> Option<usize> {
    let (description, flash) = describe(flash);
    // Again, and the same.
    let says = |found: Description| (found.architecture, found.fingerprint, found.origin);
    assert_eq!(says(describe(flash).0), says(description), "{what}");
    if description.inputs == 0 {
        return None;
    }
    let is_it = |model: &&Model| {
        description.architecture == model.fingerprint()
            && description.fingerprint == fingerprint(&model.parameters)
            && description.origin == Origin::Factory
    };
    Some(models.iter().position(is_it).unwrap_or_else(|| panic!("{what}: {description:?}")))
}

#[test]
fn one_model_or_the_other_is_there_wherever_the_power_fails() {
    let models = [&Model::new(5, 1), &Model::new(7, 2)];
    let image = models[1].image();
    for (start, old) in [(blank(), None), (install(blank(), models[0]), Some(0))] {
        let before = start.counts().cuts();
        let whole = install(start.clone(), models[1]);
        let places = whole.counts().cuts() - before;
        let mut seen = [0; 2];
        for place in (0..places).step_by(5) {
            for torn in [Torn::Untouched, Torn::Complete, Torn::Random(place), Torn::Page(place)] {
                let mut flash = start.clone();
                flash.cut_after(place, torn);
                // It answers errors, or nothing any more.
                let requests = installing(&image);
                let (_, mut flash) = send(flash, ROOM, framed(&requests));
                flash.power_on();
                let found = found(flash, models, &format!("{torn:?} at {place}"));
                assert!(found == old || found == Some(1), "{torn:?} at {place}: {found:?}");
                seen[usize::from(found == Some(1))] += 1;
            }
        }
        assert!(seen[0] > 50 && seen[1] > 50, "{seen:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_in_place_of_a_model_change_nothing(
        place in 0_usize..150, byte: u8, noise in proptest::collection::vec(any::<u8>(), 1..300),
    ) {
        let model = Model::new(5, 1);
        let mut image = model.image();
        let same = image[place] == byte;
        image[place] = byte;
        for image in [image, noise] {
            let start = install(blank(), &Model::new(6, 3));
            let (before, flash) = describe(start);
            let mut last = None;
            let flash = ask(flash, &installing(&image), |_, response| {
                last = Some(response == Response::Done);
            });
            let (after, _) = describe(flash);
            // Some bytes are numbers, names and settings: any will do there.
            if last == Some(false) {
                prop_assert_eq!(after, before);
            } else {
                prop_assert!(same || after != before);
            }
        }
    }
}

/// What is told before there is a device is what one takes, to the byte, and without it refuses.
#[test]
fn a_device_needs_what_a_model_is_said_to_need() {
    let model = Model::new(5, 1);
    let image = model.image();
    let mut steps = [PlannedStep::EMPTY; 3];
    let plan = Plan::new(model.spec(), &mut steps).unwrap();
    let needs = ModelNeeds::of(&image, &plan).unwrap();
    let parts: usize = needs.ram_by_part().map(|(_, bytes)| bytes).sum();
    assert_eq!(parts, needs.ram());
    let [models, store] = [needs.models::<Memory>(), needs.store::<Memory>()];
    let exact = Room {
        values: needs.values(),
        bytes: needs.sizes().bytes(),
        areas: [models, store],
        ..ROOM
    };
    let last = |room: Room| {
        let mut last = None;
        let requests: Vec<_> = installing(&image).into_iter().chain([Request::Describe]).collect();
        ask_in(blank(), room, &requests, |_, response| {
            last = Some(match response {
                Response::Description(description) => Ok(description.ram),
                Response::Refused(error) => Err(error),
                _ => return,
            });
        });
        last.unwrap()
    };
    assert_eq!(last(exact), Ok(needs.ram() as u32));
    let refused = |room: Room, expected: fn(Error) -> Option<u32>| {
        let mut found = None;
        ask_in(blank(), room, &installing(&image), |_, response| {
            if let Response::Refused(error) = response {
                found = found.or(expected(error));
            }
        });
        found
    };
    let memory = |error| match error {
        Error::Memory { needed, .. } => Some(needed),
        _ => None,
    };
    let Room { values, bytes, .. } = exact;
    assert_eq!(refused(Room { values: values - 1, ..exact }, memory), Some(4 * values as u32));
    assert_eq!(refused(Room { bytes: bytes - 1, ..exact }, memory), Some(bytes as u32));
    let page = 256;
    let storage = |error| match error {
        Error::Storage { needed, .. } => Some(needed),
        _ => None,
    };
    assert_eq!(refused(Room { areas: [models, store - page], ..exact }, storage), Some(store));
    let too_long = |error| match error {
        Error::ModelTooLong { capacity } => Some(capacity),
        _ => None,
    };
    let short = Room { areas: [models - 2 * page, store], ..exact };
    assert!(refused(short, too_long).is_some_and(|capacity| (capacity as usize) < image.len()));
}

#[test]
fn areas_that_overlap_or_lie_elsewhere_are_refused() {
    let workspace = || Workspace {
        layers: [&mut [], &mut []],
        steps: [&mut [], &mut []],
        values: &mut [],
        bytes: &mut [],
    };
    for (models, store) in
        [(0..4096, 2048..8192), (0..4000, 4096..8192), (0..0, 4096..8192), (0..4096, 4096..1 << 20)]
    {
        let (areas, mut server) = (FlashAreas { models, store }, Server::<FRAME>::new());
        let device = Device::new(blank(), areas, workspace(), &mut server);
        assert_eq!(device.err(), Some(DeviceError::Areas));
    }
}
