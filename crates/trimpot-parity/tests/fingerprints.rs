//! Fingerprints tell losses and layers apart, say something, and are the same again.

use std::collections::{BTreeMap, BTreeSet};

use trimpot::loss::spec::LossKind;
use trimpot::network::Model;
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot_parity::fingerprint::{Counts, ROUNDS};
use trimpot_parity::layers::networks;
use trimpot_parity::{LayerVisitor, host, with_interpreter};

#[test]
fn fingerprints_are_of_numbers_that_say_something() {
    for (name, n, print) in host::prints().unwrap() {
        let Counts { all, finite, not_zero } = print.counts();
        // A value, a gradient, and the value again.
        assert!(all >= 3 * ROUNDS as u32 && finite >= all / 5, "{name} {n}: {finite} of {all}");
        // One class, or one logit of a softmax, leaves nothing to say.
        assert!(n == 1 || not_zero >= all / 50, "{name} {n}: {not_zero} of {all}");
    }
}

#[test]
fn every_fingerprint_has_a_name_and_is_the_same_again() {
    let text = host::losses();
    let all = lines(&text);
    let names: BTreeMap<_, _> = all.iter().map(|line| ((line[0], line[1]), line[2])).collect();
    assert_eq!(names.len(), all.len());
    let lengths = |n: u32| all.iter().filter(|line| line[1] == format!("{n:08x}")).count();
    assert_eq!([1, 2, 67].map(lengths), [LOSSES; 3]);
    let configured = all.iter().filter(|line| line[0].ends_with(", configured")).count();
    assert!(configured > 20 && configured == configurable(), "{configured}");
    // Few are equal, and those for a reason (losses that are the same function by default).
    let different: BTreeSet<_> = names.values().collect();
    assert!(different.len() > all.len() * 9 / 10, "{} of {}", different.len(), all.len());
    assert_eq!(text, host::losses());
}

#[test]
fn every_layer_has_a_fingerprint_of_its_own_that_is_the_same_as_data_and_again() {
    let text = host::layers();
    let all = lines(&text);
    for line in &all {
        assert_eq!(line[1], line[2], "{} as a type and as data", line[0]);
    }
    let names: BTreeSet<_> = all.iter().map(|line| line[0]).collect();
    let different: BTreeSet<_> = all.iter().map(|line| line[1]).collect();
    assert_eq!((names.len(), different.len()), (all.len(), all.len()));
    assert!(all.len() > 30, "{}", all.len());
    assert_eq!(text, host::layers());
}

#[test]
fn every_spectrum_has_a_fingerprint_of_its_own_that_is_the_same_again() {
    let text = host::spectra();
    let different: BTreeSet<_> = lines(&text).iter().map(|line| line[2]).collect();
    assert_eq!(different.len(), 4);
    assert_eq!(text, host::spectra());
    trimpot_parity::spectrum_fingerprints::<f32>(&mut |name, n, print| {
        // Frames with infinite numbers, or none, are one of three.
        let Counts { all, finite, not_zero } = print.counts();
        assert!(all >= 36 && finite >= all / 2 && not_zero >= all / 2, "{name} {n}: {finite}");
    })
    .unwrap();
}

macro_rules! count {
    ($($name:ident: $loss:ty;)*) => {
        [$(stringify!($name)),*].len()
    };
}
const LOSSES: usize = trimpot::for_each_loss!(count);

/// How many losses have settings.
fn configurable() -> usize {
    macro_rules! settings {
        ($($name:ident: $loss:ty;)*) => {
            [$(<$loss as LossKind>::SPEC.settings),*]
        };
    }
    let all = trimpot::for_each_loss!(settings);
    all.iter().filter(|settings| !settings.is_empty()).count()
}

/// Which networks store more than one mask in a training step.
struct Masked(Vec<String>);

impl LayerVisitor for Masked {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        network: M,
        _: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let masks = with_interpreter::<Vector<I>, _, _>(network.layers(), |interpreter| {
            interpreter.plan().masks().filter(|&is_masked| is_masked).count()
        });
        if masks > Some(1) {
            self.0.push(name.to_owned());
        }
    }
}

#[test]
fn masks_of_activations_and_pools_are_among_what_is_compared() {
    let mut masked = Masked(Vec::new());
    networks(&mut masked).unwrap();
    assert_eq!(masked.0, ["max_pool2d, masks", "max_pool2d, leaky masks"]);
}

/// The name and the numbers of each line but the last one.
fn lines(text: &str) -> Vec<[&str; 3]> {
    let lines = text.strip_suffix("end\n").unwrap().lines();
    lines.map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}
