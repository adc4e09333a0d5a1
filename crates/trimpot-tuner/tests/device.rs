//! The promises to a device without a host: it calls methods, whatever its network is made of, and
//! is told by errors of types what is wrong.

use crate::board::Heap;
use embedded_storage::nor_flash::NorFlash;
use trimpot::lanes::Lanes;
use trimpot::layer::{Dense, DenseSpec, Relu};
use trimpot::loss::{Class, CrossEntropy, SliceLoss};
use trimpot::network::Planned;
use trimpot::plan::{Plan, PlannedStep};
use trimpot::shape::Vector;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{Chain, chain};
use trimpot_link::{Checksum, Numbers, Request, Response, Target};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::inputs::Random;
use trimpot_tuner::{
    Classification, Commit, Error, Interpreted, Memory, Model, Origin, Server, Settings, Sizes,
    StartError, Storage, Tuner,
};

type Nor = Flash<1, 4, 256>;
type Layers = Chain![Dense<4, 6>, Relu, Dense<6, 3>];
type Typed = Planned<'static, Vector<4>, Layers>;

const SETTINGS: Settings = Settings::new().with_pinned(2).with_recent(3).with_stored_samples(true);
const SIZES: Sizes = Sizes::of::<Vector<4>, Layers>(&SETTINGS);
const TASK: Classification<CrossEntropy> = Classification::new(CrossEntropy::new());
const AREA: std::ops::Range<u32> = 0..SIZES.flash::<Nor>();

static LAYERS: Layers = chain![Dense, Relu, Dense];

/// The same layers as data.
const SPEC: NetworkSpec<'_> = NetworkSpec {
    input: Dims::vector(4),
    layers: &[
        LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 6 }),
        LayerSpec::Relu(Relu),
        LayerSpec::Dense(DenseSpec { inputs: 6, outputs: 3 }),
    ],
};

fn blank() -> Nor {
    Nor::new(AREA.end as usize)
}

fn typed() -> Typed {
    Planned::new(&LAYERS)
}

fn start<M: Model>(model: M, flash: Nor) -> Tuner<M, Classification<CrossEntropy>, Nor, Heap> {
    let memory = Heap::new(&Sizes::of_model(&model, &SETTINGS));
    Tuner::new(model, TASK, SETTINGS, memory, flash, AREA).expect("a boot")
}

/// A sample of a class: one feature stands out, in noise.
fn sample(random: &mut Random, class: u32) -> [f32; 4] {
    std::array::from_fn(|feature| {
        let signal = if feature == class as usize { 1.0 } else { 0.0 };
        signal + random.between(-0.4, 0.4)
    })
}

/// The share of fresh samples that are classified right.
fn accuracy<M: Model, F: NorFlash, S: Storage>(
    tuner: &mut Tuner<M, Classification<CrossEntropy>, F, S>,
) -> f32 {
    let mut random = Random::new(99);
    tuner.clear_metrics();
    for index in 0..300 {
        tuner.evaluate(&sample(&mut random, index % 3), index % 3).expect("a prediction");
    }
    let scores = tuner.metrics().scores;
    scores.correct as f32 / scores.samples as f32
}

#[test]
fn a_device_learns_and_remembers_without_a_host() {
    static MEMORY: std::sync::Mutex<Memory<{ SIZES.values() }, { SIZES.bytes() }>> =
        std::sync::Mutex::new(Memory::new());
    let mut memory = MEMORY.lock().expect("nobody else has it");
    let mut random = Random::new(1);
    let mut tuner =
        Tuner::new(typed(), TASK, SETTINGS, &mut *memory, blank(), AREA).expect("a boot");
    let before = accuracy(&mut tuner);
    for index in 0..60 {
        let learned = tuner.learn(&sample(&mut random, index % 3), index % 3).expect("a sample");
        assert!(learned.loss.is_finite() && !learned.rolled_back);
    }
    let after = accuracy(&mut tuner);
    assert!(before <= 0.6 && after >= 0.95, "{before} before, {after} after");
    let Ok(Commit::Stored(stored)) = tuner.commit() else { panic!("a commit") };
    let parameters = tuner.parameters().to_vec();

    let flash = tuner.into_flash();
    let mut tuner = Tuner::new(typed(), TASK, SETTINGS, &mut *memory, flash, AREA).expect("a boot");
    assert_eq!(tuner.parameters(), parameters);
    let description = tuner.describe();
    assert_eq!(description.origin, Origin::Commit);
    assert_eq!((description.generation, description.fingerprint), (1, stored.fingerprint));
    assert_eq!(description.replay.learned, 9, "learned samples are stored too");
    assert_eq!(accuracy(&mut tuner), after);
}

/// All that a factory and a user do. Returns what came out.
fn life<M: Model>(tuner: &mut Tuner<M, Classification<CrossEntropy>, Nor, Heap>) -> String {
    let (mut random, mut found) = (Random::new(3), String::new());
    let mut note = |what: &dyn std::fmt::Debug| found += &format!("{what:?}\n");
    note(&(tuner.widen(&[-2.0; 4]), tuner.widen(&[2.0; 4])));
    for class in [0, 1, 2, 2, 2] {
        note(&tuner.pin(&sample(&mut random, class), class));
        note(&tuner.hold_out(&sample(&mut random, class), class));
    }
    note(&tuner.install());
    for index in 0..20 {
        note(&tuner.learn(&sample(&mut random, index % 3), index % 3));
    }
    note(&tuner.commit());
    note(&tuner.predict(&[0.1, 0.2, 0.3, 0.4]));
    note(&tuner.evaluate(&[0.1, 0.2, 0.3, 0.4], 1).map(|prediction| prediction.class));
    note(&tuner.metrics());
    note(&tuner.write_parameters(3, &[50.0; 40]));
    note(&tuner.commit());
    note(&(tuner.reset(), tuner.rollback(), tuner.describe()));
    found
}

#[test]
fn a_network_that_is_data_does_what_the_type_does_to_the_bit() {
    let mut steps = [PlannedStep::EMPTY; 3];
    let data = Interpreted::new(SPEC, &mut steps, &[]).expect("a network");
    assert_eq!(Sizes::of_plan(data.plan(), &SETTINGS), SIZES);
    let (mut typed, mut data) = (start(typed(), blank()), start(data, blank()));
    assert_eq!(typed.parameters(), data.parameters());
    let (of_type, of_data) = (life(&mut typed), life(&mut data));
    for (of_type, of_data) in of_type.lines().zip(of_data.lines()) {
        assert_eq!(of_type, of_data);
    }
    assert!(of_type.contains("Rejected") && of_type.contains("Full { capacity: 2 }"), "{of_type}");
    assert_eq!(typed.parameters(), data.parameters());
    assert_eq!(typed.into_flash().bytes(), data.into_flash().bytes());
}

#[test]
fn what_is_stored_of_classes_has_the_bytes_that_it_had_before_there_were_other_tasks() {
    let mut tuner = start(typed(), blank());
    life(&mut tuner);
    let mut checksum = Checksum::new();
    checksum.update(tuner.into_flash().bytes());
    assert_eq!(checksum.value(), 0x9897_9bdd);
}

#[test]
fn sizes_of_a_network_that_is_data_are_constants_too() {
    const OF_DATA: Sizes = {
        let mut steps = [PlannedStep::EMPTY; SPEC.steps()];
        match Plan::new(SPEC, &mut steps) {
            Ok(plan) => Sizes::of_plan(&plan, &SETTINGS),
            Err(_) => panic!("a network"),
        }
    };
    let memory = Memory::<{ OF_DATA.values() }, { OF_DATA.bytes() }>::new();
    assert_eq!(size_of_val(&memory), OF_DATA.ram().next_multiple_of(4));
}

#[test]
fn memory_that_does_not_suffice_is_refused_with_what_is_needed() {
    fn refused<const VALUES: usize, const BYTES: usize>() -> Option<StartError> {
        let memory = Memory::<VALUES, BYTES>::new();
        Tuner::new(typed(), TASK, SETTINGS, memory, blank(), AREA).err()
    }
    const VALUES: usize = SIZES.values();
    const BYTES: usize = SIZES.bytes();
    assert_eq!(refused::<VALUES, BYTES>(), None);
    let (needed, available) = (VALUES, VALUES - 1);
    let error = StartError::Values { needed, available };
    assert_eq!(refused::<{ VALUES - 1 }, BYTES>(), Some(error));
    let error = StartError::Bytes { needed: BYTES, available: BYTES - 1 };
    assert_eq!(refused::<VALUES, { BYTES - 1 }>(), Some(error));
    // More samples at run time than the memory was made for.
    let (more, memory) = (SETTINGS.with_pinned(3), Memory::<VALUES, BYTES>::new());
    let error = Tuner::new(typed(), TASK, more, memory, blank(), AREA).err();
    assert!(matches!(error, Some(StartError::Bytes { available: BYTES, .. })), "{error:?}");
}

/// A loss that compares two outputs.
struct Margin;

impl SliceLoss for Margin {
    type Target = Class;
    const LEAST: usize = 2;

    fn row_gradient<V: Lanes>(&self, outputs: &[V], _: V::Bits, gradient: &mut [V]) -> V {
        gradient.fill(V::ONE);
        outputs[0] - outputs[1]
    }
}

#[test]
fn a_loss_that_is_undefined_for_so_few_outputs_is_refused() {
    static LAYERS: Dense<4, 1> = Dense;
    let model = Planned::<Vector<4>, _>::new(&LAYERS);
    let (memory, flash) = (Heap::new(&Sizes::of_model(&model, &SETTINGS)), blank());
    let error = Tuner::new(model, Classification::new(Margin), SETTINGS, memory, flash, AREA).err();
    assert_eq!(error, Some(StartError::Outputs { needed: 2, available: 1 }));
}

#[test]
fn errors_have_the_facts_in_them_and_change_nothing() {
    let mut tuner = start(typed(), blank());
    let before = format!("{tuner:?}");
    let features = Error::Features { expected: 4, found: 3 };
    assert_eq!(tuner.predict(&[0.0; 3]).err(), Some(features));
    assert_eq!(tuner.learn(&[0.0; 3], 0), Err(features));
    assert_eq!(tuner.learn(&[0.0; 4], 3), Err(Error::Label { classes: 3, found: 3 }));
    assert_eq!(tuner.learn(&[0.0, f32::NAN, 0.0, 0.0], 0), Err(Error::NotFinite { index: 1 }));
    assert_eq!(tuner.pin(&[0.0; 4], 0), Err(Error::NoRange));
    let range = Error::Range { parameters: 51, end: 52 };
    assert_eq!(tuner.write_parameters(50, &[0.0; 2]), Err(range));
    assert_eq!(tuner.commit(), Err(Error::NothingToJudgeBy));
    assert_eq!(
        (tuner.rollback(), tuner.reset()),
        (Err(Error::NothingStored), Err(Error::NothingStored))
    );
    assert_eq!(format!("{tuner:?}"), before);
}

#[test]
fn a_host_and_a_method_have_the_same_done() {
    let (mut told, mut called) = (start(typed(), blank()), start(typed(), blank()));
    let server = Server::<300>::new();
    let (sample, mut bytes, mut scratch) = ([0.3, -0.1, 1e-3, 0.7], [0; 16], [0; 64]);
    let features = Numbers::from_f32s(&sample, &mut bytes).expect("the buffer is large enough");
    let answer = server.handle(
        &mut told,
        &Request::Learn { features, target: Target::Class(1) },
        &mut scratch,
    );
    let learned = called.learn(&sample, 1).expect("a sample");
    let (loss, steps, rolled_back) = (learned.loss, learned.steps, learned.rolled_back);
    assert_eq!(answer, Response::Learned { loss, steps, rolled_back });
    let answer = server.handle(&mut told, &Request::Predict { features }, &mut scratch);
    let prediction = called.predict(&sample).expect("a sample");
    let Response::Prediction { class, outputs } = answer else { panic!("{answer:?}") };
    assert_eq!(class, prediction.class);
    assert!(outputs.iter().eq(prediction.outputs.iter().copied()));
    assert_eq!(told.parameters(), called.parameters());
}
