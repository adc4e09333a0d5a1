use super::*;
use crate::ParameterError;
use crate::loss::{AnyLoss, AnyTarget};

extern crate std;
use std::string::ToString;
use std::vec::Vec;

/// The ranges' ends and what is next to them, and numbers that are none.
const NUMBERS: [f32; 22] = [
    0.0,
    -0.0,
    1e-45,
    -1e-45,
    f32::MIN_POSITIVE.next_down(),
    f32::MIN_POSITIVE,
    0.07,
    0.5,
    -0.5,
    1f32.next_down(),
    1.0,
    -1.0,
    1f32.next_up(),
    -1f32.next_up(),
    2.0,
    -2.0,
    1e4,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

fn check<L: LossKind + core::fmt::Debug>(name: &str) {
    let (spec, default) = (L::SPEC, L::default());
    let settings = default.settings();
    assert_eq!(settings.as_ref().len(), spec.settings.len(), "{name}");
    let defaults: Vec<f32> = spec.settings.iter().map(|setting| setting.default).collect();
    assert_eq!(settings.as_ref(), defaults, "{name}");
    assert_eq!(L::configured(|setting| setting.default), Ok(default), "{name}");
    assert_eq!((default.outputs(), default.least_outputs()), (spec.outputs, spec.least_outputs));

    let others = L::with_other_settings().unwrap();
    let differ = others.settings().as_ref().iter().zip(&defaults).all(|(other, set)| other != set);
    assert!(differ, "{name}: {others:?}");

    for (index, setting) in spec.settings.iter().enumerate() {
        let what = std::format!("{name}: {}", setting.name);
        let same = spec.settings.iter().filter(|other| other.name == setting.name);
        assert_eq!(same.count(), 1, "{what}");
        assert!(setting.range.holds(setting.default), "{what}");
        let set = |number: f32| {
            let mut settings = settings;
            settings.as_mut()[index] = number;
            L::from_settings(settings).map(|loss| (loss, settings))
        };
        for number in NUMBERS {
            match set(number) {
                Ok((loss, settings)) => {
                    assert!(setting.range.holds(number), "{what} took {number:e}");
                    assert_eq!(loss.settings().as_ref(), settings.as_ref(), "{what} {number:e}");
                    assert_eq!(loss == default, number == setting.default, "{what} {number:e}");
                }
                Err(error) => {
                    assert!(!setting.range.holds(number), "{what} refused {number:e}");
                    let ParameterError { name, value, range } = error;
                    assert_eq!((name, range), (setting.name, setting.range.written()), "{what}");
                    assert_eq!(value.to_bits(), number.to_bits(), "{what}");
                    let message = error.to_string();
                    for part in [name, range, &number.to_string()] {
                        assert!(message.contains(part), "{message:?} lacks {part}");
                    }
                }
            }
        }
    }
}

#[test]
fn settings_have_their_defaults_and_ranges_and_come_back() {
    macro_rules! check {
        ($($name:ident: $loss:ty;)*) => {$( check::<$loss>(stringify!($name)); )*};
    }
    for_each_loss!(check);
}

#[test]
fn examples_are_of_the_form_and_domain_of_their_loss() {
    for ListedLoss { name, rows, spec, .. } in LOSSES {
        let Example { prediction, target, moves, range: [low, high] } = spec.example;
        assert!(moves < prediction.len() && low < high, "{name}");
        assert!(rows.is_none_or(|rows| prediction.len().is_multiple_of(rows as usize)), "{name}");
        let holds = |domain: Domain, numbers: &[f32]| numbers.iter().all(|&x| domain.holds(x));
        assert!(holds(spec.outputs, prediction) && holds(spec.outputs, &[low, high]), "{name}");
        let fits = match (spec.target, target) {
            (TargetSpec::Values(domain), ExampleTarget::Values(numbers)) => {
                let rows = if *rows == Some(1) { 1 } else { 2 };
                holds(domain, numbers) && numbers.len() * rows == prediction.len()
            }
            (TargetSpec::Number(domain), ExampleTarget::Number(number)) => domain.holds(number),
            (TargetSpec::Class, ExampleTarget::Class(class)) => (class as usize) < prediction.len(),
            (TargetSpec::Nothing, ExampleTarget::Nothing) => true,
            (TargetSpec::Labels, ExampleTarget::Labels(labels)) => !labels.is_empty(),
            (TargetSpec::Action, ExampleTarget::Action(..)) => true,
            _ => false,
        };
        assert!(fits, "{name}: {target:?} for {:?}", spec.target);
    }
}

#[test]
fn losses_from_logits_are_losses_of_logits() {
    for ListedLoss { name, spec, .. } in LOSSES {
        for other in spec.from_logits {
            let other = LOSSES.iter().find(|listed| listed.name == *other);
            let outputs = other.map(|listed| listed.spec.outputs);
            assert!(matches!(outputs, Some(Domain::Logits | Domain::Scores)), "{name}: {other:?}");
        }
    }
}

#[test]
fn families_stay_together() {
    assert!(LOSSES.is_sorted_by_key(|listed| {
        LOSSES.iter().position(|other| other.spec.family == listed.spec.family)
    }));
}

#[test]
fn losses_are_listed_with_the_names_of_their_types() {
    let types = ["MeanSquaredError", "MeanAbsoluteError", "Huber", "SmoothL1"];
    assert!(LOSSES.iter().take(4).map(|listed| listed.type_name).eq(types));
    let is_name = |listed: &ListedLoss| listed.type_name.chars().all(char::is_alphanumeric);
    assert!(LOSSES.iter().all(is_name));
}

#[test]
fn losses_of_differences_are_the_same_wherever_zero_is() {
    let mut names = std::vec::Vec::new();
    for listed in LOSSES.iter().filter(|listed| listed.is_of_differences()) {
        names.push(listed.name);
        let loss = AnyLoss::named(listed.name, |setting| setting.default).unwrap().unwrap();
        let value = |shift: f32| {
            let prediction = [1.5, -2.25, 0.0].map(|y| y + shift);
            let (target, mut gradient) = ([shift; 3], [0.0_f32; 3]);
            let target = AnyTarget::Values(&target);
            (loss.gradient(&[], &prediction, target, &mut gradient).unwrap(), gradient)
        };
        assert_eq!(value(0.0), value(64.0), "{}", listed.name);
    }
    assert_eq!(names, ["mse", "mae", "huber", "smooth_l1", "log_cosh", "quantile"]);
}
