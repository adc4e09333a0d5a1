//! The promise: what a host asks for is what a method does, whatever the task; and what belongs to
//! another task is refused and changes nothing.

use crate::tasks::*;
use trimpot::layer::Dense;
use trimpot::loss::{CrossEntropy, MeanSquaredError};
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot_link::{Error, Flagged, Numbers, Packet, Request, Response, Target, frame};
use trimpot_testkit::packet::bytes;
use trimpot_tuner::{
    AnomalyDetection, Classification, Condition, Metrics, Regression, Server, Settings, Task,
    TaskKind,
};

type Model = Planned<'static, Vector<2>, Dense<2, 2>>;

static LAYER: Dense<2, 2> = Dense;
const SETTINGS: Settings = Settings::new().with_pinned(4).with_recent(4);
const ROW: [f32; 2] = [0.5, -0.25];

fn tuner<T: Task>(task: T) -> TunerOf<Model, T> {
    boot(Planned::new(&LAYER), task, SETTINGS, None)
}

/// A host that asks over frames.
struct Host<T: Task> {
    tuner: TunerOf<Model, T>,
    server: Server<300>,
    sequence: u64,
}

impl<T: Task> Host<T> {
    fn new(task: T) -> Self {
        Host { tuner: tuner(task), server: Server::new(), sequence: 0 }
    }

    /// Asks, and looks at the answer.
    fn ask<R>(&mut self, message: Request<'_>, look: impl FnOnce(Response<'_>) -> R) -> R {
        let mut buffer = [0; 300];
        let packet = Packet { sequence: self.sequence, message };
        let request = frame::encode(&packet, &mut buffer).expect("room");
        let mut replies = request
            .iter()
            .filter_map(|&byte| self.server.serve_byte(&mut self.tuner, byte).map(<[u8]>::to_vec));
        let reply = replies.next().expect("an answer");
        drop(replies);
        let mut receiver = frame::Receiver::<300>::new();
        let (&last, start) = reply.split_last().expect("a frame");
        for &byte in start {
            assert_eq!(receiver.push(byte), None);
        }
        let data = receiver.push(last).expect("a whole frame").expect("a good frame");
        let Packet { sequence, message } = frame::decode(data).expect("a packet");
        assert_eq!(sequence, self.sequence);
        self.sequence = self.server.next();
        look(message)
    }

    fn expect(&mut self, request: Request<'_>, expected: Response<'_>) {
        self.ask(request, |found| assert_eq!(found, expected));
    }

    fn widen(&mut self) {
        for limit in [-1.0, 1.0] {
            let bytes = bytes(&[limit; 2]);
            let features = Numbers::from_bytes(&bytes).expect("numbers");
            self.expect(Request::Widen { features }, Response::Done);
        }
    }
}

#[test]
fn numbers_are_learned_over_a_link() {
    let (mut host, mut called) =
        (Host::new(Regression::new(MeanSquaredError)), tuner(Regression::new(MeanSquaredError)));
    let (features, values) = (bytes(&ROW), bytes(&[1.5, -2.5]));
    let features = Numbers::from_bytes(&features).expect("numbers");
    let target = Target::Values(Numbers::from_bytes(&values).expect("numbers"));
    host.widen();
    host.expect(Request::Remember { features, target }, Response::Remembered { count: 1 });
    host.expect(Request::HoldOut { features, target }, Response::Remembered { count: 1 });
    for limit in [-1.0, 1.0] {
        called.widen(&[limit; 2]).expect("a range");
    }
    called.pin(&ROW, &[1.5, -2.5]).expect("room");
    called.hold_out(&ROW, &[1.5, -2.5]).expect("room");
    let learned = called.learn(&ROW, &[1.5, -2.5]).expect("a sample");
    let (loss, steps, rolled_back) = (learned.loss, learned.steps, learned.rolled_back);
    let answer = Response::Learned { loss, steps, rolled_back };
    host.expect(Request::Learn { features, target }, answer);
    let estimate = called.evaluate(&ROW, &[1.5, -2.5]).expect("a sample").values.to_vec();
    host.ask(Request::Evaluate { features, target }, |answer| match answer {
        Response::Prediction { class: None, outputs } => assert!(outputs.iter().eq(estimate)),
        other => panic!("{other:?}"),
    });
    let Metrics { scores, learned, mean_loss, rollbacks } = called.metrics();
    let (mae, rmse, r2) = (scores.mae, scores.rmse, scores.r2);
    assert!(mae.is_some_and(|mae| mae > 0.0));
    let answer =
        Response::ValueMetrics { samples: 1, mae, rmse, r2, learned, mean_loss, rollbacks };
    host.expect(Request::Metrics, answer);
    host.ask(Request::Describe, |answer| match answer {
        Response::Description(description) => {
            assert_eq!((description.task, description.classes), (TaskKind::Values, 0));
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(host.tuner.parameters(), called.parameters());
    let short = Target::Values(Numbers::from_bytes(&values[..4]).expect("a number"));
    let refusal = Response::Refused(Error::Values { expected: 2, found: 1 });
    host.expect(Request::Learn { features, target: short }, refusal);
}

#[test]
fn anomalies_are_found_over_a_link() {
    let task = AnomalyDetection::autoencoder(MeanSquaredError);
    let (mut host, mut called) = (Host::new(task), tuner(task));
    let row = bytes(&ROW);
    let features = Numbers::from_bytes(&row).expect("numbers");
    let far = bytes(&[0.9, 0.9]);
    let far = Numbers::from_bytes(&far).expect("numbers");
    let normal = Target::Normal;
    host.widen();
    host.expect(Request::Calibrate, Response::Refused(Error::NothingToJudgeBy));
    host.expect(Request::Remember { features, target: normal }, Response::Remembered { count: 1 });
    for limit in [-1.0, 1.0] {
        called.widen(&[limit; 2]).expect("a range");
    }
    called.pin(&ROW, Condition::Normal).expect("room");
    for _ in 0..3 {
        let learned = called.learn(&ROW, Condition::Unknown).expect("a sample");
        let (loss, steps, rolled_back) = (learned.loss, learned.steps, learned.rolled_back);
        let answer = Response::Learned { loss, steps, rolled_back };
        host.expect(Request::Learn { features, target: Target::Unknown }, answer);
    }
    let calibrated = called.calibrate().expect("samples");
    let (threshold, samples) = (calibrated.threshold, calibrated.samples);
    let (mean, deviation) = (calibrated.mean, calibrated.deviation);
    let answer = Response::Calibrated { threshold, samples, mean, deviation };
    host.expect(Request::Calibrate, answer);
    let inspection = called.predict(&[0.9, 0.9]).expect("a sample");
    let (score, is_anomalous, alarm) = (inspection.score, Some(true), true);
    let answer = Response::Inspection { score, is_anomalous, alarm };
    host.expect(Request::Predict { features: far }, answer);
    let answer = Response::Refused(Error::Anomalous { score, threshold });
    host.expect(Request::Learn { features: far, target: Target::Unknown }, answer);
    let evaluate = Request::Evaluate { features: far, target: Target::Anomalous };
    host.expect(evaluate, Response::Inspection { score, is_anomalous, alarm });
    let (none, learned) = (Flagged::default(), called.metrics());
    let (mean_loss, rollbacks) = (learned.mean_loss, learned.rollbacks);
    let anomalous = Flagged { samples: 1, anomalous: 1, mean_score: score };
    let (normal, unknown, learned) = (none, none, 3);
    let answer =
        Response::AnomalyMetrics { normal, anomalous, unknown, learned, mean_loss, rollbacks };
    host.expect(Request::Metrics, answer);
    assert_eq!(host.tuner.parameters(), called.parameters());
}

#[test]
fn classes_in_use_are_told() {
    let mut host = Host::new(Classification::new(CrossEntropy::new()).with_classes(1));
    let classes = |host: &mut Host<_>| {
        host.ask(Request::Describe, |answer| match answer {
            Response::Description(description) => {
                (description.task, description.classes, description.outputs)
            }
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(classes(&mut host), (TaskKind::Classes, 1, 2));
    let row = bytes(&ROW);
    let features = Numbers::from_bytes(&row).expect("numbers");
    let learn = Request::Learn { features, target: Target::Class(1) };
    host.ask(learn, |answer| assert!(matches!(answer, Response::Learned { .. })));
    assert_eq!(classes(&mut host), (TaskKind::Classes, 2, 2));
}

/// Asks for what other tasks have.
fn refuses<T: Task>(task: T, own: TaskKind)
where
    TunerOf<Model, T>: std::fmt::Debug,
{
    let mut host = Host::new(task);
    let before = format!("{:?}", host.tuner);
    let row = bytes(&ROW);
    let features = Numbers::from_bytes(&row).expect("numbers");
    let targets = [Target::Class(0), Target::Values(features), Target::Normal, Target::Unknown];
    for target in targets.into_iter().filter(|target| target.task() != own) {
        for request in [
            Request::Learn { features, target },
            Request::Evaluate { features, target },
            Request::Remember { features, target },
            Request::HoldOut { features, target },
        ] {
            let (expected, found) = (own, target.task());
            host.expect(request, Response::Refused(Error::Task { expected, found }));
        }
    }
    if own != TaskKind::Anomaly {
        let (expected, found) = (own, TaskKind::Anomaly);
        host.expect(Request::Calibrate, Response::Refused(Error::Task { expected, found }));
    }
    assert_eq!(format!("{:?}", host.tuner), before);
    assert_eq!(host.server.next(), 0);
}

#[test]
fn what_belongs_to_another_task_is_refused_and_changes_nothing() {
    refuses(Classification::new(CrossEntropy::new()), TaskKind::Classes);
    refuses(Regression::new(MeanSquaredError), TaskKind::Values);
    refuses(AnomalyDetection::distance(MeanSquaredError), TaskKind::Anomaly);
}
