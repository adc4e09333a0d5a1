//! Every loss and penalty of the core agrees with PyTorch, in every width.

use std::collections::BTreeMap;

use trimpot::penalty::{ElasticNet, L1, L2, Penalty};
use trimpot_testkit::case::{Case, ValueAndGradient};
use trimpot_testkit::golden::{self, Golden};
use trimpot_testkit::losses::{self, Width};
use trimpot_testkit::precision::{LOSS, agrees, promised_loss};

const CASES: &str = include_str!("golden/losses.jsonl");

/// The losses that the registry has, by name.
fn registry() -> Vec<&'static str> {
    macro_rules! names {
        ($($name:ident: $loss:ty;)*) => { vec![$(stringify!($name)),*] };
    }
    trimpot::for_each_loss!(names)
}

#[test]
fn losses_agree_with_pytorch_in_every_width() {
    let cases = golden::parse(CASES);
    let mut tried = BTreeMap::<&str, usize>::new();
    for golden in &cases {
        for outcome in in_every_width(&golden.case).into_iter().flatten() {
            check(golden, &outcome);
            *tried.entry(&golden.case.loss).or_default() += 1;
        }
    }
    for loss in registry() {
        assert!(tried.contains_key(loss), "no golden case for {loss}");
    }
    for loss in tried.keys() {
        assert!(registry().contains(loss), "{loss} has golden cases, but is not in the registry");
    }
    println!("golden cases in four widths: {tried:?}");
}

fn in_every_width(case: &Case) -> [Option<ValueAndGradient>; 4] {
    Width::ALL.map(|width| losses::run(width, std::slice::from_ref(case))?.pop())
}

fn check(golden: &Golden, outcome: &ValueAndGradient) {
    let case = &golden.case;
    // Penalties are not in the registry.
    let bound = promised_loss(&case.loss).unwrap_or(LOSS);
    assert!(
        agrees(outcome.value, golden.value, bound),
        "{case:?}\nvalue {}, expected {}",
        outcome.value,
        golden.value
    );
    assert_eq!(outcome.gradient.len(), golden.gradient.len(), "{case:?}");
    for (i, (&found, &expected)) in outcome.gradient.iter().zip(&golden.gradient).enumerate() {
        assert!(
            agrees(found, expected, bound),
            "{case:?}\ngradient[{i}] {found}, expected {expected}"
        );
    }
}

#[test]
fn penalties_agree_with_pytorch() {
    let cases = golden::parse(CASES);
    let mut tried = 0;
    for golden in &cases {
        let Case { loss, options, prediction: parameters, .. } = &golden.case;
        let strength = options.number("strength", 0.0) as f32;
        let mut gradient = vec![0.0; parameters.len()];
        let value = match loss.as_str() {
            "l1" => L1::new(strength).unwrap().add_gradient::<f32>(parameters, &mut gradient),
            "l2" => L2::new(strength).unwrap().add_gradient::<f32>(parameters, &mut gradient),
            "elastic_net" => {
                let penalty = ElasticNet::new(strength, options.number("l1_ratio", 0.5) as f32);
                penalty.unwrap().add_gradient::<f32>(parameters, &mut gradient)
            }
            _ => continue,
        };
        check(golden, &ValueAndGradient { value, gradient });
        tried += 1;
    }
    assert_eq!(tried, 21, "seven cases for each of three penalties");
}

#[test]
#[should_panic(expected = "value")]
fn a_wrong_value_is_noticed() {
    let cases = golden::parse(CASES);
    let golden = cases.into_iter().find(|golden| golden.case.loss == "mse").unwrap();
    let mut outcome =
        losses::run(Width::One, std::slice::from_ref(&golden.case)).unwrap().remove(0);
    outcome.value += 1e-5;
    check(&golden, &outcome);
}
