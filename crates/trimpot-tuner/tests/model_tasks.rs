//! The promise: a board whose network is data learns what its model says, with the bits of a tuner
//! whose task, optimizer and latents are types; and refuses, with the reason, what it cannot learn.

use std::num::NonZeroU8;

use crate::heap::Heap;
use crate::models::*;
use proptest::prelude::*;
use trimpot::layer::{BatchNormSpec, DenseSpec, FrozenSpec, Relu, Tanh};
use trimpot::loss::{CrossEntropy, Focal, Huber, MeanSquaredError};
use trimpot::optimizer::{Adam, Lion, Sgd};
use trimpot::plan::{PlannedStep, Trained};
use trimpot::random::Random;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_link::{Error, Numbers, Packet, Request, Response, Target, first_sequence, frame};
use trimpot_testkit::packet::{AsIs, bytes};
use trimpot_tuner::model_image::Purpose;
use trimpot_tuner::{
    AnomalyDetection, Classification, Interpreted, LatentFormat, LatentReplay, Optimized,
    PartlyTrained, Reference, Regression, Rule, Server, Settings, Sizes, Task, TaskKind, TaskSpec,
    Tuner,
};

/// Four features, a frozen front of three latents, three outputs.
const LAYERS: [LayerSpec; 7] = [
    LayerSpec::Frozen(FrozenSpec { layers: 2 }),
    LayerSpec::BatchNorm(BatchNormSpec { channels: 4, epsilon: 1e-5 }),
    LayerSpec::Dense(DenseSpec { inputs: 4, outputs: 3 }),
    LayerSpec::Tanh(Tanh),
    LayerSpec::Dense(DenseSpec { inputs: 3, outputs: 5 }),
    LayerSpec::Relu(Relu),
    LayerSpec::Dense(DenseSpec { inputs: 5, outputs: 3 }),
];
const SPEC: NetworkSpec<'_> = NetworkSpec { input: Dims::vector(4), layers: &LAYERS };
const LARGE: Room = Room { layers: 8, values: 4000, bytes: 4000, ..ROOM };

/// Constants and parameters.
fn numbers() -> [Vec<f32>; 2] {
    let mut random = Random::new(5);
    [SPEC.constants(), SPEC.parameters()]
        .map(|count| (0..count).map(|_| 0.1 + 0.5 * random.uniform()).collect())
}

/// What a host does with a board of any task.
fn life(kind: TaskKind, ask: &mut dyn FnMut(&[Request<'_>])) {
    let mut random = Random::new(9);
    let samples: Vec<_> = (0..18_u32)
        .map(|index| {
            let row: [f32; 4] = std::array::from_fn(|_| 2.0 * random.uniform() - 1.0);
            let values: [f32; 3] = std::array::from_fn(|_| random.normal());
            (bytes(&row), bytes(&values), index % 3)
        })
        .collect();
    let sample = |index: usize| {
        let (row, values, class) = &samples[index];
        let features = Numbers::from_bytes(row).unwrap();
        let target = match kind {
            TaskKind::Classes => Target::Class(*class),
            TaskKind::Values => Target::Values(Numbers::from_bytes(values).unwrap()),
            TaskKind::Anomaly => Target::Normal,
        };
        (features, target)
    };
    let limits = [-1.0, 1.0].map(|limit| bytes(&[limit; 4]));
    let mut requests = Vec::new();
    for limit in &limits {
        requests.push(Request::Widen { features: Numbers::from_bytes(limit).unwrap() });
    }
    for index in 0..12 {
        let (features, target) = sample(index);
        requests.push(match index % 2 {
            0 => Request::Remember { features, target },
            _ => Request::HoldOut { features, target },
        });
    }
    if kind == TaskKind::Anomaly {
        requests.push(Request::Calibrate);
    }
    requests.push(Request::Install);
    for index in 12..18 {
        let (features, target) = sample(index);
        requests.push(Request::Learn { features, target });
        requests.push(Request::Predict { features });
        requests.push(Request::Evaluate { features, target });
    }
    let count = u32::MAX;
    requests.extend([Request::Metrics, Request::Commit, Request::ReadState]);
    requests.push(Request::ReadParameters { at: 0, count });
    ask(&requests);
}

/// Answers as text: of numbers that says all bits.
fn on_the_board(purpose: &Purpose<'_>) -> Vec<String> {
    let [constants, parameters] = numbers();
    let image = image(&network(SPEC, purpose), [&constants, &parameters, &[]]);
    let installing = installing(&image);
    let mut answers = Vec::new();
    life(purpose.task.kind(), &mut |requests| {
        let all = [&installing[..], requests].concat();
        ask_in(blank(), LARGE, &all, |index, response| {
            assert!(!matches!(response, Response::Refused(_)), "{:?}: {response:?}", all[index]);
            if index >= installing.len() {
                answers.push(format!("{response:?}"));
            }
        });
    });
    answers
}

/// Runs a tuner over this network, which goes through `around`.
fn typed<M: trimpot_tuner::Model, T: Task>(
    around: impl FnOnce(Interpreted<'static>) -> M,
    task: T,
    settings: Settings,
) -> Vec<String> {
    let [constants, parameters] = numbers();
    let steps = vec![PlannedStep::EMPTY; SPEC.steps()].leak();
    let model = around(Interpreted::new(SPEC, steps, constants.leak()).unwrap());
    let sizes = Sizes::of_model(&model, &settings).with_task(task.sizes());
    let kind = task.spec().kind();
    let memory = Heap::new(&sizes);
    let mut tuner = Tuner::new(model, task, settings, memory, blank(), 4096..65536).unwrap();
    tuner.write_parameters(0, &parameters[..]).unwrap();
    tuner.install().unwrap();
    let server = Server::<FRAME>::new();
    let mut answers = Vec::new();
    life(kind, &mut |requests| {
        for request in requests {
            let mut scratch = [0; FRAME];
            answers.push(format!("{:?}", server.handle(&mut tuner, request, &mut scratch)));
        }
    });
    answers
}

fn settings() -> Settings {
    Settings::new().with_learning_rate(0.05).unwrap().with_replays(3)
}

const PURPOSE: Purpose<'_> = Purpose {
    task: TaskSpec::Classes { first: None },
    loss: "",
    loss_settings: &[],
    learning_rate: Some(0.05),
    replays: Some(3),
    optimizer: "",
    optimizer_settings: &[],
    batch: None,
    trained: Trained::All,
    latents: None,
    texts: &[],
};

fn detector(reference: Reference, rule: Rule) -> TaskSpec {
    TaskSpec::Anomalies { reference, rule, window: 3 }
}

#[test]
fn classes_are_learned_with_the_bits_of_types() {
    let plain = Classification::new(CrossEntropy::new());
    let expected = typed(|model| model, plain, settings());
    assert_eq!(on_the_board(&PURPOSE), expected);

    let open = TaskSpec::Classes { first: Some(1) };
    let purpose = Purpose { task: open, loss: "focal", loss_settings: &[1.5], ..PURPOSE };
    let focal = Focal::default().with_gamma(1.5).unwrap();
    let task = Classification::new(focal).with_classes(1);
    let expected = typed(|model| model, task, settings());
    assert_eq!(on_the_board(&purpose), expected);
    assert!(expected.iter().any(|answer| answer == "State { values: [3.0] }"), "{expected:?}");

    for trained in [Trained::Last(1), Trained::BiasesAndNormalization] {
        let expected = typed(|model| PartlyTrained::new(model, trained), plain, settings());
        assert_eq!(on_the_board(&Purpose { trained, ..PURPOSE }), expected);
    }
}

#[test]
fn latents_are_learned_from_with_the_bits_of_types() {
    for format in [LatentFormat::F32, LatentFormat::U8, LatentFormat::I8] {
        let settings = settings().with_latent_format(format);
        let task = Classification::new(CrossEntropy::new());
        let expected = typed(LatentReplay::new, task, settings);
        assert_eq!(on_the_board(&Purpose { latents: Some(format), ..PURPOSE }), expected);
    }
}

#[test]
fn numbers_are_learned_with_the_bits_of_types() {
    let batch = NonZeroU8::new(3);
    let purpose = Purpose {
        task: TaskSpec::Values,
        loss: "huber",
        loss_settings: &[0.5],
        optimizer: "sgd",
        optimizer_settings: &[0.75, 1.0, 0.0],
        batch,
        ..PURPOSE
    };
    let sgd = Sgd::new(0.05).unwrap().with_momentum(0.75).unwrap().with_nesterov();
    let around = |model| Optimized::new(model, sgd).with_batch(batch.unwrap());
    let task = Regression::new(Huber::default().with_delta(0.5).unwrap());
    assert_eq!(on_the_board(&purpose), typed(around, task, settings()));
}

/// What outputs are compared with is the latent, of which there are as many.
#[test]
fn an_autoencoder_reconstructs_latents_with_the_bits_of_types() {
    let rule = Rule::percentile(0.75).unwrap();
    let purpose = Purpose {
        task: detector(Reference::Sample, rule),
        learning_rate: None,
        optimizer: "adam",
        optimizer_settings: &[0.9, 0.999, 1e-8, 0.0],
        trained: Trained::Last(1),
        latents: Some(LatentFormat::F32),
        ..PURPOSE
    };
    let around = |model| {
        let optimizer = Adam::new(0.001).unwrap();
        Optimized::new(LatentReplay::new(model), optimizer).with_trained(Trained::Last(1))
    };
    let task = AnomalyDetection::autoencoder(MeanSquaredError).with_rule(rule).with_window(3);
    assert_eq!(on_the_board(&purpose), typed(around, task, settings()));
}

#[test]
fn distances_are_learned_with_the_bits_of_types() {
    let rule = Rule::deviations(2.5).unwrap();
    let batch = NonZeroU8::new(2);
    let purpose = Purpose {
        task: detector(Reference::Centre, rule),
        loss: "mse",
        optimizer: "lion",
        optimizer_settings: &[0.9, 0.99, 0.0],
        batch,
        trained: Trained::BiasesAndNormalization,
        ..PURPOSE
    };
    let around = |model| {
        Optimized::new(model, Lion::new(0.05).unwrap())
            .with_batch(batch.unwrap())
            .with_trained(Trained::BiasesAndNormalization)
    };
    let task = AnomalyDetection::distance(MeanSquaredError).with_rule(rule).with_window(3);
    assert_eq!(on_the_board(&purpose), typed(around, task, settings()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Behind the CRC: any packet that a host without mercy could send, to a board of each task.
    #[test]
    fn any_packet_is_answered_once_and_a_board_that_refused_all_is_as_it_was(
        task in 0_usize..4,
        packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..12),
    ) {
        let tasks = [
            TaskSpec::Classes { first: Some(1) },
            TaskSpec::Values,
            detector(Reference::Sample, Rule::DEFAULT),
            detector(Reference::Centre, Rule::DEFAULT),
        ];
        let latents = Some(LatentFormat::I8);
        let purpose = Purpose { task: tasks[task], latents, ..PURPOSE };
        let (before, _) = installed(&purpose, &[], Some(Request::Describe));
        let mut bytes = Vec::new();
        for message in packets.iter().map(|packet| AsIs(packet)) {
            let mut buffer = [0; FRAME];
            let packet = Packet { sequence: first_sequence(0), message };
            bytes.extend_from_slice(frame::encode(&packet, &mut buffer).unwrap());
        }
        let (answers, after) = send(before.clone(), LARGE, bytes);
        prop_assert_eq!(answers.len(), packets.len());
        let refused = |answer: &Vec<u8>| {
            let answer = frame::decode::<Response<'_>>(answer).unwrap().message;
            matches!(answer, Response::Refused(_) | Response::Unreadable(_))
        };
        if answers.iter().all(refused) {
            prop_assert_eq!(before.bytes(), after.bytes());
        }
    }
}

/// Installs a model with what was learned beside its parameters, and asks. Returns the last answer.
fn installed(
    purpose: &Purpose<'_>,
    state: &[f32],
    request: Option<Request<'_>>,
) -> (Memory, String) {
    let [constants, parameters] = numbers();
    let image = image(&network(SPEC, purpose), [&constants, &parameters, state]);
    let mut requests = installing(&image);
    requests.extend(request);
    let (mut last, count) = (String::new(), requests.len());
    let flash = ask_in(blank(), LARGE, &requests, |index, response| {
        if index + 1 == count {
            last = format!("{response:?}");
        } else {
            assert_eq!(response, Response::Done);
        }
    });
    (flash, last)
}

#[test]
fn a_threshold_of_the_model_holds_from_the_beginning_and_after_a_boot() {
    let row = bytes(&[0.5, -0.25, 0.75, 0.0]);
    let features = Numbers::from_bytes(&row).unwrap();
    let predict = Request::Predict { features };
    for (reference, state) in
        [(Reference::Sample, &[1e-6][..]), (Reference::Centre, &[1e-6, 0.5, 0.25, 0.0][..])]
    {
        let latents = Some(LatentFormat::U8);
        let task = detector(reference, Rule::DEFAULT);
        let purpose = Purpose { task, latents, ..PURPOSE };
        let (flash, answer) = installed(&purpose, state, Some(predict));
        assert!(answer.contains("is_anomalous: Some(true)"), "{answer}");
        ask_in(flash, LARGE, &[predict, Request::ReadState], |_, response| match response {
            Response::State { values } => assert!(values.iter().eq(state.iter().copied())),
            other => assert_eq!(format!("{other:?}"), answer),
        });
        let (_, answer) = installed(&purpose, &[], Some(predict));
        assert!(answer.contains("is_anomalous: None"), "{answer}");
        // A threshold alone is none of a distance.
        let other = &state[..state.len() - 1];
        if !other.is_empty() {
            let (_, answer) = installed(&purpose, other, None);
            assert_eq!(answer, format!("{:?}", Response::Refused(Error::ModelDamaged)));
        }
    }
}

#[test]
fn what_was_learned_beside_parameters_is_written_as_it_can_be() {
    let task = detector(Reference::Sample, Rule::DEFAULT);
    let purpose = Purpose { task, latents: Some(LatentFormat::F32), ..PURPOSE };
    let (calibrated, nothing) = (bytes(&[0.25]), bytes(&[f32::NAN]));
    let write = |bytes| Request::WriteState { values: Numbers::from_bytes(bytes).unwrap() };
    let (flash, answer) = installed(&purpose, &[], Some(write(&calibrated)));
    assert_eq!(answer, "Done");
    // It is in memory alone.
    ask_in(flash.clone(), LARGE, &[Request::ReadState], |_, response| match response {
        Response::State { values } => assert!(values.iter().eq([f32::INFINITY])),
        other => panic!("{other:?}"),
    });
    let long = bytes(&[0.25, 0.5]);
    let range = Error::Range { parameters: 1, end: 2 };
    for (request, error) in
        [(write(&nothing), Error::NotFinite { index: 0 }), (write(&long), range)]
    {
        ask_in(flash.clone(), LARGE, &[request], |_, response| {
            assert_eq!(response, Response::Refused(error));
        });
    }
}

#[test]
fn what_cannot_be_learned_is_refused_with_the_reason() {
    let autoencoder = detector(Reference::Sample, Rule::DEFAULT);
    let loss = |task| Error::ModelLoss { task };
    for (purpose, error) in [
        (Purpose { loss: "mse", ..PURPOSE }, loss(TaskKind::Classes)),
        (Purpose { task: TaskSpec::Values, loss: "focal", ..PURPOSE }, loss(TaskKind::Values)),
        (Purpose { task: autoencoder, loss: "hinge", ..PURPOSE }, loss(TaskKind::Anomaly)),
        // Four features, or three latents, as many as outputs.
        (Purpose { task: autoencoder, ..PURPOSE }, Error::ModelOutputs { needed: 4, available: 3 }),
        (Purpose { optimizer: "momentum", ..PURPOSE }, Error::ModelOptimizer),
        (Purpose { optimizer: "adam", ..PURPOSE }, Error::ModelOptimizer),
        (
            Purpose { optimizer: "adagrad", optimizer_settings: &[1e-8; 3], ..PURPOSE },
            Error::ModelOptimizer,
        ),
        (Purpose { optimizer_settings: &[0.9], ..PURPOSE }, Error::ModelOptimizer),
        (Purpose { batch: NonZeroU8::new(2), ..PURPOSE }, Error::ModelOptimizer),
        (Purpose { learning_rate: Some(1000.5), ..PURPOSE }, Error::ModelOptimizer),
        (Purpose { learning_rate: Some(f32::INFINITY), ..PURPOSE }, Error::ModelOptimizer),
    ] {
        let (_, answer) = installed(&purpose, &[], None);
        assert_eq!(answer, format!("{:?}", Response::Refused(error)), "{purpose:?}");
    }
}

#[test]
fn more_replays_than_a_tuner_can_have_are_refused() {
    let [constants, parameters] = numbers();
    let mut network = network(SPEC, &Purpose { replays: Some(0x1234), ..PURPOSE });
    let place = network.windows(4).position(|bytes| bytes == [0x34, 0x12, 0, 0]).unwrap();
    network[place + 2] = 1;
    let image = image(&network, [&constants, &parameters, &[]]);
    let installing = installing(&image);
    ask_in(blank(), LARGE, &installing, |index, response| {
        if index + 1 == installing.len() {
            assert_eq!(response, Response::Refused(Error::ModelOptimizer));
        }
    });
}
