//! The promises about a model in flash memory: it is there twice, damage in one of the places is
//! said and mended, damage in both is said, and what was learned is never applied to another model.
//! Wherever the power fails meanwhile, the model is there.

use crate::misread::Misread;
use crate::models::*;
use trimpot::layer::DenseSpec;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_link::{
    Description, Error, ModelCopies, ModelPart, Numbers, Origin, Request, Response, Target,
    fingerprint,
};
use trimpot_testkit::flash::Torn;
use trimpot_tuner::model_image::Purpose;
use trimpot_tuner::{Reference, Rule, TaskSpec};

/// Bytes of a slot.
const SLOT: u32 = AREAS.models.end / 2;

/// Flips a bit in the slots, at this byte of each.
fn damaged(mut flash: Memory, slots: &[u32], at: u32) -> Memory {
    slots.iter().for_each(|slot| flash.bytes_mut()[(slot * SLOT + at) as usize] ^= 8);
    flash
}

fn is(description: &Description, model: &Model) -> bool {
    description.architecture == model.fingerprint()
        && description.fingerprint == fingerprint(&model.parameters)
}

/// What a board says once that it is installed.
const WHOLE: ModelCopies = ModelCopies { intact: 2, damaged: 0 };

#[test]
fn a_model_survives_a_flipped_bit_in_either_of_its_copies_and_the_board_says_so() {
    let model = Model::new(5, 1);
    let start = install(blank(), &model);
    let (description, start) = describe(start);
    assert_eq!(description.model_copies, WHOLE);
    // In the record, in the layers, in the last number.
    let length = model.image().len() as u32;
    for at in [0, 5, 63, 64, 100, 64 + length - 1] {
        for slot in 0..2 {
            let (said, flash) = describe(damaged(start.clone(), &[slot], at));
            assert!(is(&said, &model), "{slot} {at}: {said:?}");
            assert_eq!(said.model_copies, ModelCopies { intact: 2, damaged: 1 }, "{slot} {at}");
            // It is mended: the other one may be damaged now.
            let (said, flash) = describe(flash);
            assert_eq!(said.model_copies, WHOLE, "{slot} {at}");
            let (said, _) = describe(damaged(flash, &[1 - slot], at));
            assert!(is(&said, &model), "{slot} {at}: {said:?}");
        }
    }
}

#[test]
fn a_model_that_is_damaged_twice_does_not_run_and_can_be_installed_again() {
    let model = Model::new(5, 1);
    for at in [5, 100] {
        let flash = damaged(install(blank(), &model), &[0, 1], at);
        let (said, flash) = describe(flash);
        assert_eq!((said.inputs, said.origin), (0, Origin::Blank));
        assert_eq!(said.model_copies, ModelCopies { intact: 0, damaged: 2 });
        let (said, _) = describe(install(flash, &model));
        assert!(is(&said, &model), "{said:?}");
        assert_eq!((said.origin, said.model_copies), (Origin::Factory, WHOLE));
    }
}

/// Teaches a board, and returns the fingerprint of what it stored.
fn taught(flash: Memory) -> (Memory, u32) {
    let sample: Vec<u8> = [0.5_f32; 4].iter().flat_map(|number| number.to_le_bytes()).collect();
    let features = Numbers::from_bytes(&sample).unwrap();
    let target = Target::Class(1);
    let requests = [
        Request::Widen { features },
        Request::HoldOut { features, target },
        Request::Install,
        Request::Learn { features, target },
        Request::Commit,
    ];
    let mut committed = None;
    let flash = ask(flash, &requests, |index, response| match response {
        Response::Committed { fingerprint, .. } if index == 4 => committed = Some(fingerprint),
        Response::Refused(_) => panic!("{response:?}"),
        _ => {}
    });
    (flash, committed.unwrap())
}

#[test]
fn what_was_learned_is_not_applied_to_another_model_with_the_same_layers() {
    let (model, other) = (Model::new(5, 1), Model::new(5, 2));
    let other = Model { constants: model.constants.clone(), ..other };
    assert_eq!(model.fingerprint(), other.fingerprint());
    let (flash, learned) = taught(install(blank(), &model));
    for at in [5, 100] {
        // What was learned is kept as long as one copy is.
        let (said, _) = describe(damaged(flash.clone(), &[0], at));
        assert_eq!((said.fingerprint, said.origin), (learned, Origin::Commit));
        let flash = damaged(flash.clone(), &[0, 1], at);
        let (said, _) = describe(install(flash, &other));
        assert!(is(&said, &other), "{said:?}");
        assert_eq!(said.origin, Origin::Factory);
    }
}

#[test]
fn a_model_is_there_wherever_the_power_fails_while_it_is_copied() {
    let model = Model::new(5, 1);
    let whole = install(blank(), &model);
    for (slot, at) in [(0, 100), (1, 5)] {
        let start = damaged(whole.clone(), &[slot], at);
        let before = start.counts().cuts();
        let places = describe(start.clone()).1.counts().cuts() - before;
        assert!(places > 500, "{places}");
        for place in (0..places).step_by(3) {
            for torn in [Torn::Untouched, Torn::Complete, Torn::Random(place), Torn::Page(place)] {
                let mut flash = start.clone();
                flash.cut_after(place, torn);
                let (_, mut flash) = send(flash, ROOM, Vec::new());
                flash.power_on();
                let (said, flash) = describe(flash);
                assert!(is(&said, &model), "{torn:?} at {place}: {said:?}");
                assert_eq!(said.model_copies.intact, 2, "{torn:?} at {place}");
                assert_eq!(describe(flash).0.model_copies, WHOLE, "{torn:?} at {place}");
            }
        }
    }
}

/// What a board says of one good copy beside one that is not.
const ONE: ModelCopies = ModelCopies { intact: 1, damaged: 1 };

#[test]
fn a_slot_with_a_bad_cell_is_said_to_be_damaged_and_is_not_worn_by_tries_at_each_boot() {
    let model = Model::new(5, 1);
    let page = (SLOT / 256) as usize;
    // In the first number of the model's end, which has some bits.
    let at = 64 + model.image().len() - 4;
    let mut flash = blank();
    flash.stuck_at_zero(SLOT as usize + at, 0xff);
    flash.stuck_at_zero(SLOT as usize + at + 3, 0xff);
    let mut flash = install(flash, &model);
    let models = AREAS.models.start as usize..AREAS.models.end as usize;
    let (bytes, erases) = (flash.bytes()[models.clone()].to_vec(), flash.erases(page));
    assert_eq!(erases, 1);
    for _ in 0..3 {
        let (said, after) = describe(flash);
        assert!(is(&said, &model), "{said:?}");
        assert_eq!(said.model_copies, ONE);
        assert!(after.bytes()[models.clone()] == bytes && after.erases(page) == erases);
        flash = after;
    }
    // In the record: nothing can be said in its place, and one boot tries once.
    let mut flash = blank();
    flash.stuck_at_zero(SLOT as usize, 0xff);
    let mut flash = install(flash, &model);
    for _ in 0..3 {
        let before = flash.erases(page);
        let (said, after) = describe(flash);
        assert!(is(&said, &model), "{said:?}");
        assert_eq!(said.model_copies, ONE);
        // For the copy, and for the record that could not be read.
        assert_eq!(after.erases(page) - before, 2);
        flash = after;
    }
}

/// The first model in the first slot, the second in the second one, and newer.
fn older_and_newer(models: [&Model; 2]) -> Memory {
    let first = install(blank(), models[0]);
    let mut both = install(first.clone(), models[1]);
    let slot = ..SLOT as usize;
    both.bytes_mut()[slot].copy_from_slice(&first.bytes()[slot]);
    assert!(is(&describe(both.clone()).0, models[1]));
    both
}

/// The bytes of both slots.
fn slots(flash: &Memory) -> Vec<u8> {
    flash.bytes()[..AREAS.models.end as usize].to_vec()
}

#[test]
fn an_older_model_is_not_copied_over_a_newer_one_that_is_damaged() {
    let models = [&Model::new(5, 1), &Model::new(7, 2)];
    let flash = damaged(older_and_newer(models), &[1], 100);
    let before = slots(&flash);
    let (said, flash) = describe(flash);
    assert!(is(&said, models[0]) && said.model_copies == ONE, "{said:?}");
    assert!(slots(&flash) == before);
}

#[test]
fn an_older_model_is_not_copied_over_what_cannot_be_read() {
    let models = [&Model::new(5, 1), &Model::new(7, 2)];
    let whole = older_and_newer(models);
    let (record, image) = (SLOT as usize, SLOT as usize + 64);
    for failing in [record..image, image..image + 128] {
        let flash = Misread::new(whole.clone()).with(vec![failing], vec![]);
        let (said, mut flash) = describe(flash);
        assert!(is(&said, models[0]) && said.model_copies == ONE, "{said:?}");
        assert!(slots(&flash.flash) == slots(&whole));
        flash.recover();
        let (said, _) = describe(flash);
        assert!(is(&said, models[1]), "{said:?}");
    }
    let mut flash = whole.clone();
    flash.fail_all_reads(true);
    let (said, mut flash) = describe(flash);
    assert_eq!((said.inputs, said.model_copies), (0, ModelCopies { intact: 0, damaged: 2 }));
    assert!(slots(&flash) == slots(&whole));
    flash.fail_all_reads(false);
    let (said, flash) = describe(flash);
    assert!(is(&said, models[1]) && said.model_copies == WHOLE, "{said:?}");
    // Reads that fail now and then hide nothing.
    let mut flash = damaged(flash, &[0], 100);
    flash.fail_reads(200, 1);
    let (said, _) = describe(flash);
    assert!(is(&said, models[1]), "{said:?}");
    assert_eq!(said.model_copies, ModelCopies { intact: 2, damaged: 1 });
}

/// Reading a slot fails while another model is installed, and the power before its copy is begun.
#[test]
fn a_model_is_newer_than_what_could_not_be_read_when_it_was_installed() {
    let [first, second, third] = [&Model::new(5, 1), &Model::new(7, 2), &Model::new(6, 3)];
    let start = damaged(older_and_newer([first, second]), &[0], 5);
    let second_slot = SLOT as usize..2 * SLOT as usize;
    let start = Misread::new(start).with(vec![second_slot], vec![]);
    let bytes = framed(&installing(&third.image()));
    let (mut stored, mut hidden) = (0, 0);
    for place in 0..2048 {
        let mut flash = start.clone();
        flash.flash.cut_after(place, Torn::Untouched);
        let (_, mut flash) = send(flash, ROOM, bytes.clone());
        flash.flash.power_on();
        let is_stored = is(&describe(flash.clone()).0, third);
        flash.recover();
        let is_hidden = flash.flash.bytes()[SLOT as usize] == b'T';
        let (said, _) = describe(flash);
        assert_eq!(is(&said, third), is_stored, "{place}: {said:?}");
        (stored, hidden) =
            (stored + u32::from(is_stored), hidden + u32::from(is_stored && is_hidden));
    }
    assert!(hidden > 100 && stored > hidden, "{stored} {hidden}");
}

/// The answer to an installation is that both copies are there: the host asks for nothing else that
/// takes as long. And pages that a model does not reach are not erased.
#[test]
fn an_installation_writes_both_copies_before_its_answer_and_erases_only_their_pages() {
    let model = Model::new(5, 1);
    let image = model.image();
    let requests = installing(&image);
    for start in [blank(), install(blank(), &Model::new(6, 3))] {
        // The port fails as the answer is sent.
        let bytes = framed(&requests);
        let (_, flash) = send_until(start.clone(), ROOM, bytes, requests.len() - 1);
        for slot in 0..2 {
            let at = (slot * SLOT) as usize + 64;
            assert!(flash.bytes()[at..at + image.len()] == image, "{slot}");
        }
        let whole = install(start.clone(), &model);
        let pages = (image.len() + 256).div_ceil(256);
        for page in 0..16 {
            let erased = whole.erases(page) - start.erases(page);
            assert_eq!(erased, u32::from(page % 8 < pages), "{page}");
        }
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    let first = Model::new(5, 1);
    let flash = install(blank(), &first);
    let (before, flash) = describe(flash);
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (part, index) in
            [(ModelPart::Constants, 3), (ModelPart::Parameters, 0), (ModelPart::Parameters, 42)]
        {
            let mut model = Model::new(5, 2);
            match part {
                ModelPart::Constants => model.constants[index] = number,
                _ => model.parameters[index] = number,
            }
            let image = model.image();
            refused(&flash, &image, Error::ModelNumber { part, index: index as u32 });
        }
    }
    // A threshold.
    let layers = [LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 4 })];
    let spec = NetworkSpec { input: Dims::vector(4), layers: &layers };
    let (reference, rule) = (Reference::Sample, Rule::DEFAULT);
    let task = TaskSpec::Anomalies { reference, rule, window: 1 };
    let network = network(spec, &Purpose { task, loss: "mse", ..Purpose::default() });
    let detector = image(&network, [&[], &[0.1; 20], &[f32::NAN]]);
    refused(&flash, &detector, Error::ModelNumber { part: ModelPart::State, index: 0 });
    assert_eq!(describe(flash).0, before);
}

/// Checks that a model is refused.
fn refused(flash: &Memory, image: &[u8], error: Error) {
    let requests = installing(image);
    let last = requests.len() - 1;
    ask(flash.clone(), &requests, |index, response| {
        assert!(index < last || response == Response::Refused(error), "{response:?}");
    });
}

/// As where the power fails between a model and its samples.
#[test]
fn a_board_without_samples_of_the_factory_refuses_to_commit() {
    let sample: Vec<u8> = [0.5_f32; 4].iter().flat_map(|number| number.to_le_bytes()).collect();
    let features = Numbers::from_bytes(&sample).unwrap();
    let requests = [Request::Learn { features, target: Target::Class(1) }, Request::Commit];
    let flash = ask(install(blank(), &Model::new(5, 1)), &requests, |index, response| {
        let is_refused = response == Response::Refused(Error::NothingToJudgeBy);
        assert_eq!(is_refused, index == 1, "{response:?}");
    });
    assert_eq!(describe(flash).0.origin, Origin::Factory);
}

#[test]
fn a_commit_of_what_is_stored_already_says_so_and_writes_nothing() {
    let (mut flash, committed) = taught(install(blank(), &Model::new(5, 1)));
    let before = flash.bytes().to_vec();
    for _ in 0..2 {
        flash = ask(flash, &[Request::Commit], |_, response| match response {
            Response::Unchanged { fingerprint, .. } => assert_eq!(fingerprint, committed),
            other => panic!("{other:?}"),
        });
    }
    assert!(flash.bytes() == before, "nothing is written");
}
