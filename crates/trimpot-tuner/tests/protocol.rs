//! The promise: a malformed, truncated, replayed or oversized frame, and a request that makes no
//! sense, get an error reply and change nothing.

use crate::common::*;
use proptest::prelude::*;
use trimpot_link::{Checksum, Error, PROTOCOL, Packet, Request, Response, Target, Task};
use trimpot_testkit::packet::AsIs;
use trimpot_tuner::Settings;

/// A board that has seen something: what could be changed is there.
fn experienced() -> Board {
    let mut server = server();
    let features = bytes(&[0.1, -0.2, 0.3, 0.4]);
    let features = numbers(&features);
    let [low, high] = [-2.0, 2.0].map(|limit| bytes(&[limit; INPUTS]));
    let requests = [
        Request::Widen { features: numbers(&low) },
        Request::Widen { features: numbers(&high) },
        Request::HoldOut { features, target: Target::Class(2) },
        Request::Install,
        Request::Remember { features, target: Target::Class(1) },
        Request::Learn { features, target: Target::Class(2) },
        Request::Evaluate { features, target: Target::Class(2) },
        Request::Commit,
        Request::Learn { features, target: Target::Class(0) },
    ];
    for (sequence, request) in (0..).zip(requests) {
        let [answer] = send(&mut server, &framed(sequence, request))[..] else { panic!("one") };
        assert_eq!(answer.sequence, sequence);
        assert!(!matches!(answer.message, Response::Refused(_)), "{answer:?}");
    }
    server
}

/// The number of the next request to [`experienced`].
const NEXT: u64 = 9;

/// One request of each kind, all of which would be answered by [`experienced`].
fn requests<'a>(features: &'a [u8], values: &'a [u8]) -> Vec<Request<'a>> {
    let features = numbers(features);
    let values = numbers(values);
    vec![
        Request::Describe,
        Request::Predict { features },
        Request::Learn { features, target: Target::Class(1) },
        Request::Widen { features },
        Request::Remember { features, target: Target::Class(2) },
        Request::HoldOut { features, target: Target::Class(1) },
        Request::Evaluate { features, target: Target::Class(0) },
        Request::ClearSamples,
        Request::Metrics,
        Request::ClearMetrics,
        Request::ReadNetwork { at: 2 },
        Request::ReadConstants { at: 0, count: 5 },
        Request::ReadParameters { at: 3, count: 5 },
        Request::WriteParameters { at: 2, values },
        Request::Install,
        Request::Commit,
        Request::Rollback,
        Request::Reset,
    ]
}

fn each_request(mut check: impl FnMut(Request<'_>, Vec<u8>)) {
    let features = bytes(&[0.5, 0.0, -0.25, 1.0]);
    let values = bytes(&[0.5, 1e-3, -2.0]);
    for request in requests(&features, &values) {
        check(request, framed(NEXT, request));
    }
}

#[test]
fn every_request_is_answered() {
    each_request(|request, frame| {
        let answers = send(&mut experienced(), &frame);
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].sequence, NEXT);
        assert!(!matches!(answers[0].message, Response::Refused(_)), "{request:?}: {answers:?}");
    });
}

#[test]
fn a_frame_with_a_wrong_byte_is_refused_and_changes_nothing() {
    each_request(|request, frame| {
        for position in 0..frame.len() {
            for flip in [1, 0x80, 0xff, frame[position]] {
                let mut damaged = frame.clone();
                damaged[position] ^= flip;
                if damaged == frame {
                    continue;
                }
                damaged.push(0);
                let mut server = experienced();
                let before = state(&server);
                let answers = send(&mut server, &damaged);
                // A first byte of zero is an empty frame; the rest is a frame without its start.
                assert!(!answers.is_empty(), "{request:?}, byte {position} ^ {flip:#x}");
                for answer in answers {
                    assert_eq!(answer.message, Response::Unreadable(Error::Damaged));
                }
                assert_eq!(state(&server), before);
                assert_serves(&mut server);
            }
        }
    });
}

#[test]
fn a_frame_cut_short_is_refused_and_changes_nothing() {
    each_request(|request, frame| {
        let mut server = experienced();
        let before = state(&server);
        for length in 1..frame.len() - 1 {
            let mut cut = frame[..length].to_vec();
            cut.push(0);
            let answers = send(&mut server, &cut);
            let refused = Packet { sequence: NEXT, message: Response::Unreadable(Error::Damaged) };
            assert_eq!(answers, [refused], "{request:?} cut after {length}");
            assert_eq!(state(&server), before);
        }
        assert_serves(&mut server);
    });
}

#[test]
fn a_replayed_or_lost_request_is_refused_and_changes_nothing() {
    each_request(|request, frame| {
        let mut server = experienced();
        let answers = send(&mut server, &frame);
        assert_eq!(answers.len(), 1);
        let before = state(&server);
        if request == Request::Describe {
            assert_eq!(send(&mut server, &frame), answers);
        } else {
            for found in [NEXT, 0, NEXT + 2, u64::MAX] {
                let error = Error::Sequence { expected: NEXT + 1, found };
                let refused = Packet { sequence: found, message: Response::Refused(error) };
                assert_eq!(send(&mut server, &framed(found, request)), [refused], "{request:?}");
            }
        }
        assert_eq!(state(&server), before);
    });
}

#[test]
fn a_frame_of_another_version_is_told_ours_and_changes_nothing() {
    for version in [0, PROTOCOL - 1, PROTOCOL + 1, u16::MAX] {
        for rest in [&[][..], &[0, 0], &[0x55; 200]] {
            let mut server = experienced();
            let before = state(&server);
            let answers = replies(&mut server, &framed_by_hand(version, rest));
            // COBS, `T`, `p`, our version, the CRC-32 of these four.
            let check = Checksum::of(&[b'T', b'p', PROTOCOL as u8, 0]).to_le_bytes();
            let mut hello = vec![4, b'T', b'p', PROTOCOL as u8, 5];
            hello.extend(check);
            hello.push(0);
            assert_eq!(answers, [hello], "version {version}");
            assert_eq!(state(&server), before);
            assert_serves(&mut server);
        }
    }
    // A hello is asked for by a hello.
    assert_eq!(replies(&mut experienced(), &framed_by_hand(PROTOCOL, &[])).len(), 1);
}

#[test]
fn an_oversized_frame_is_refused_once_and_changes_nothing() {
    for length in [FRAME + 10, 10_000] {
        let mut server = experienced();
        let before = state(&server);
        let mut frame = vec![0x55; length];
        frame.push(0);
        let error = Error::TooLong { capacity: FRAME as u32 };
        let refused = Packet { sequence: NEXT, message: Response::Unreadable(error) };
        assert_eq!(send(&mut server, &frame), [refused]);
        assert_eq!(state(&server), before);
        assert_serves(&mut server);
    }
    let values = bytes(&[1.0; PARAMETERS + 40]);
    let frame = framed(NEXT, Request::WriteParameters { at: 0, values: numbers(&values) });
    let error = Error::TooLong { capacity: FRAME as u32 };
    assert_eq!(send(&mut experienced(), &frame)[0].message, Response::Unreadable(error));
}

#[test]
fn zeros_between_frames_are_ignored() {
    let mut server = experienced();
    assert_eq!(send(&mut server, &[0; 100]), []);
    assert_serves(&mut server);
}

/// The next request goes through as if nothing had been.
fn assert_serves(server: &mut Board) {
    let answers = send(server, &framed(NEXT, Request::Metrics));
    assert!(matches!(answers[..], [Packet { sequence: NEXT, message: Response::Metrics { .. } }]));
}

#[test]
fn a_request_that_makes_no_sense_is_refused_and_changes_nothing() {
    let good = bytes(&[0.5, 0.0, -0.25, 1.0]);
    let long = bytes(&[0.5; INPUTS + 1]);
    let nan = bytes(&[0.5, f32::NAN, 0.0, 0.0]);
    let infinite = bytes(&[0.5, 0.0, 0.0, f32::NEG_INFINITY]);
    let samples = [
        (&good[..], 3, Error::Label { classes: 3, found: 3 }),
        (&good[..], u32::MAX, Error::Label { classes: 3, found: u32::MAX }),
        (&good[..12], 0, Error::Features { expected: 4, found: 3 }),
        (&[], 0, Error::Features { expected: 4, found: 0 }),
        (&long[..], 0, Error::Features { expected: 4, found: 5 }),
        (&nan[..], 0, Error::NotFinite { index: 1 }),
        (&infinite[..], 0, Error::NotFinite { index: 3 }),
    ];
    let mut cases = Vec::new();
    for (features, label, error) in samples {
        let features = numbers(features);
        cases.push((Request::Learn { features, target: Target::Class(label) }, error));
        cases.push((Request::Remember { features, target: Target::Class(label) }, error));
        cases.push((Request::Evaluate { features, target: Target::Class(label) }, error));
        if label == 0 {
            cases.push((Request::Predict { features }, error));
        }
    }
    let parameters = PARAMETERS as u32;
    let write = |at| Request::WriteParameters { at, values: numbers(&good) };
    let range = |end| Error::Range { parameters, end };
    cases.push((write(parameters - 3), range(parameters + 1)));
    cases.push((write(u32::MAX - 2), range(u32::MAX)));
    cases.push((
        Request::WriteParameters { at: 0, values: numbers(&nan) },
        Error::NotFinite { index: 1 },
    ));
    cases.push((Request::ReadParameters { at: parameters + 1, count: 1 }, range(parameters + 1)));

    let outside = bytes(&[0.5, 0.0, 2.1, 0.0]);
    let features = numbers(&outside);
    for request in [
        Request::Remember { features, target: Target::Class(0) },
        Request::HoldOut { features, target: Target::Class(0) },
    ] {
        cases.push((request, Error::OutOfRange { feature: 2 }));
    }
    // The range is in use by the samples that were held out.
    cases.push((Request::Widen { features: numbers(&outside) }, Error::RangeInUse));
    let far = bytes(&[0.5, 10.1, 0.0, 0.0]);
    let features = numbers(&far);
    cases.push((
        Request::Learn { features, target: Target::Class(0) },
        Error::OutOfRange { feature: 1 },
    ));

    let features = numbers(&good);
    for target in [Target::Values(features), Target::Normal] {
        let error = Error::Task { expected: Task::Classes, found: target.task() };
        for request in [
            Request::Learn { features, target },
            Request::Remember { features, target },
            Request::HoldOut { features, target },
            Request::Evaluate { features, target },
        ] {
            cases.push((request, error));
        }
    }

    cases.push((Request::WriteModel { at: 0, bytes: &[1; 64] }, Error::FixedModel));
    cases.push((Request::InstallModel { length: 64, checksum: 0 }, Error::FixedModel));

    for (request, error) in cases {
        let mut server = experienced();
        let before = state(&server);
        let refused = Packet { sequence: NEXT, message: Response::Refused(error) };
        assert_eq!(send(&mut server, &framed(NEXT, request)), [refused], "{request:?}");
        assert_eq!(state(&server), before, "{request:?}");
        assert_serves(&mut server);
    }
}

#[test]
fn a_full_class_is_refused_and_the_others_are_not() {
    let mut board = board(Settings::new());
    widen(&mut board);
    for count in 1..=PINNED as u32 {
        assert_eq!(remember(&mut board, &[0.0; 4], 1), Response::Remembered { count });
    }
    let full = Error::Full { capacity: PINNED as u32 };
    assert_eq!(remember(&mut board, &[0.0; 4], 1), Response::Refused(full));
    let count = PINNED as u32 + 1;
    assert_eq!(remember(&mut board, &[0.0; 4], 0), Response::Remembered { count });
    assert_eq!(hold_out(&mut board, &[0.0; 4], 1), Response::Remembered { count: 1 });
}

#[test]
fn there_is_no_way_back_to_what_was_never_stored() {
    let mut board = board(Settings::new());
    let refused = Response::Refused(Error::NothingStored);
    assert_eq!(ask(&mut board, Request::Rollback), refused);
    assert_eq!(ask(&mut board, Request::Reset), refused);
}

#[test]
fn parameters_are_read_in_parts_that_fit() {
    let mut server = experienced();
    let expected = bytes(server.parameters());
    let (mut found, mut scratch) = (Vec::new(), [0; 41]);
    while found.len() < expected.len() {
        let at = (found.len() / 4) as u32;
        let request = Request::ReadParameters { at, count: u32::MAX };
        match server.handle(&request, &mut scratch) {
            Response::Parameters { at: first, values } => {
                assert_eq!(first, at);
                assert!((1..=10).contains(&values.len()));
                found.extend_from_slice(values.as_bytes());
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(found, expected);
}

/// A frame that was recorded before a reboot has an old number after it.
#[test]
fn frames_recorded_before_a_reboot_are_refused_after_it() {
    let features = bytes(&[0.1, -0.2, 0.3, 0.4]);
    let features = numbers(&features);
    let requests =
        [Request::Learn { features, target: Target::Class(1) }, Request::Commit, Request::Install];
    let recorded = (0..).zip(requests).map(|(sequence, request)| framed(sequence, request));
    let recorded: Vec<_> = recorded.collect();
    let mut server = server();
    for frame in &recorded {
        let answers = send(&mut server, frame);
        assert!(!matches!(answers[0].message, Response::Refused(_)), "{answers:?}");
    }
    let flash = server.into_flash();
    let mut server = boot_in_session(flash, Settings::new(), 1);
    let before = state(&server);
    for (found, frame) in (0..).zip(&recorded) {
        let error = Error::Sequence { expected: 1 << 32, found };
        let refused = Packet { sequence: found, message: Response::Refused(error) };
        assert_eq!(send(&mut server, frame), [refused]);
    }
    assert_eq!(state(&server), before);
}

proptest! {
    #[test]
    fn any_bytes_change_nothing(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut server = experienced();
        let before = state(&server);
        let mut stream = noise;
        stream.push(0);
        for answer in send(&mut server, &stream) {
            let error = matches!(
                answer.message,
                Response::Unreadable(Error::Damaged | Error::TooLong { .. })
            );
            prop_assert!(error, "{answer:?}");
        }
        prop_assert_eq!(state(&server), before);
        assert_serves(&mut server);
    }

    /// Behind the CRC: any packet that a host without mercy could send.
    #[test]
    fn any_packet_is_answered_once(
        packets in proptest::collection::vec(
            (prop_oneof![Just(None), any::<u64>().prop_map(Some)],
             proptest::collection::vec(any::<u8>(), 0..40)),
            1..12,
        ),
    ) {
        let mut server = experienced();
        for (sequence, payload) in packets {
            let next = match server.handle(&Request::Describe, &mut []) {
                Response::Description(description) => description.next,
                other => panic!("{other:?}"),
            };
            let before = state(&server);
            let message = AsIs(&payload);
            let packet = Packet { sequence: sequence.unwrap_or(next), message };
            let mut buffer = [0; FRAME];
            let frame = trimpot_link::frame::encode(&packet, &mut buffer).expect("the buffer is large enough");
            let answers = send(&mut server, frame);
            prop_assert_eq!(answers.len(), 1);
            if let Response::Refused(_) | Response::Unreadable(_) = answers[0].message {
                prop_assert_eq!(state(&server), before);
            }
            prop_assert!(server.parameters().iter().all(|p| p.is_finite()));
        }
    }
}
