//! The registry lists every loss that has a source file, and every loss and layer that it lists is
//! proven.

use std::collections::BTreeSet;
use std::path::Path;

use trimpot::layer::Layer;
use trimpot::layer::kind::LAYERS;
use trimpot::loss::spec::LOSSES;
use trimpot::network::Model;
use trimpot::random;
use trimpot::shape::Vector;
use trimpot_parity::{LayerVisitor, layers};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::{golden, layer_golden, losses};

/// A type that is a loss, or says what it is.
#[derive(Default)]
struct Found {
    losses: BTreeSet<String>,
    described: BTreeSet<String>,
    /// The family's folder and the type.
    families: BTreeSet<(String, String)>,
}

/// Returns the name of the trait in `impl<…> Trait<…>`, without what is in brackets.
fn trait_name(code: &str) -> &str {
    let mut depth = 0;
    let outside = |&(_, letter): &(usize, char)| {
        depth += i32::from(letter == '<') - i32::from(letter == '>');
        depth == 0 && letter != '>'
    };
    let outside: Vec<usize> = code.char_indices().filter(outside).map(|(at, _)| at).collect();
    let word = outside.rsplit(|&at| code.as_bytes()[at] == b' ').next().unwrap_or_default();
    match word {
        [first, .., last] => &code[*first..=*last],
        _ => "",
    }
}

/// Types in the source files of the losses.
fn losses_in(folder: &Path, found: &mut Found) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            losses_in(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for line in source.lines().filter(|line| line.starts_with("impl")) {
            let Some((trait_, type_)) = line.split_once(" for ") else { continue };
            let name: String = type_.chars().take_while(|c| c.is_alphanumeric()).collect();
            // One letter is a type parameter.
            if name.len() < 2 {
                continue;
            }
            let trait_ = trait_name(trait_);
            if ["Loss", "SliceLoss", "RowsLoss", "Elementwise", "Overlap"].contains(&trait_) {
                found.losses.insert(name.clone());
            }
            if trait_ == "LossKind" {
                let family = folder.file_name().unwrap().to_str().unwrap().to_owned();
                found.families.insert((family, name.clone()));
                found.described.insert(name);
            }
        }
    }
}

#[test]
fn every_loss_is_in_the_registry_and_says_what_it_is() {
    let mut found = Found::default();
    losses_in(Path::new("src/loss"), &mut found);
    // Made of other losses, so without a name of their own.
    for composition in ["Masked", "MultiTask", "Sum", "Uncertain", "Weighted"] {
        assert!(found.losses.remove(composition), "{composition} is not a loss any more");
    }
    let listed: BTreeSet<String> =
        LOSSES.iter().map(|listed| listed.type_name.to_owned()).collect();
    assert_eq!(found.losses, listed);
    assert_eq!(found.described, listed);
    for listed in LOSSES {
        let family = (listed.spec.family.name().to_owned(), listed.type_name.to_owned());
        assert!(found.families.contains(&family), "{family:?} is in another folder");
    }
}

#[test]
fn every_loss_names_its_own_source_file() {
    for listed in LOSSES {
        let name = listed.type_name;
        let mut types = listed.source().unwrap().lines().filter_map(|line| {
            line.strip_prefix("pub struct ")?.split(|c: char| !c.is_alphanumeric()).next()
        });
        assert!(types.any(|of| of == name), "the file that {name} names has no {name}");
        assert!(listed.spec.family.source().starts_with("//! "), "{name}");
    }
}

#[test]
fn every_loss_is_proven_by_pytorch_and_by_its_formula() {
    let golden = golden::parse(include_str!("golden/losses.jsonl"));
    for listed in LOSSES {
        let name = listed.name;
        let cases = golden.iter().filter(|golden| golden.case.loss == name).count();
        assert!(cases > 0, "{name} has no cases in tests/golden/losses.jsonl");
        let case = losses::random_case(name, 5, &mut Random::new(1));
        let case = case.unwrap_or_else(|| panic!("{name} has no random cases in the testkit"));
        assert!(losses::value(&case).is_some(), "{name} has no formula in the testkit");
    }
}

#[test]
fn no_name_is_that_of_two_losses() {
    let mut names = BTreeSet::new();
    for listed in LOSSES {
        for name in [&listed.name].into_iter().chain(listed.spec.names) {
            assert!(names.insert(*name), "{name} is the name of two losses");
        }
    }
}

/// The kinds of all layers of some networks.
struct Kinds(BTreeSet<String>);

impl LayerVisitor for Kinds {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        _name: &str,
        network: M,
        _draw: fn(&mut random::Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        network.layers().for_each_spec(&mut |spec| _ = self.0.insert(spec.name().to_owned()));
    }
}

/// Returns the kinds of the registry but those that are named.
fn kinds_but(left_out: &[&str]) -> BTreeSet<String> {
    macro_rules! names {
        ($($(#[$doc:meta])* $name:ident: $spec:ty;)*) => { [$(stringify!($name)),*] };
    }
    let kinds = trimpot::for_each_layer!(names);
    assert!(left_out.iter().all(|name| kinds.contains(name)), "{left_out:?}");
    kinds.into_iter().filter(|name| !left_out.contains(name)).map(str::to_owned).collect()
}

/// Gradients, widths, boards, other processors and the search for panics go by these networks.
#[test]
fn every_layer_is_in_a_network_that_is_tested_on_every_processor() {
    let mut kinds = Kinds(BTreeSet::new());
    layers::networks(&mut kinds).unwrap();
    // An activation of the user's own is computed by the user.
    assert_eq!(kinds.0, kinds_but(&["Custom"]));
}

#[test]
fn every_layer_is_proven_by_pytorch() {
    let cases = layer_golden::parse(include_str!("golden/layers.jsonl"));
    let kinds = cases.iter().map(|case| {
        let name = case.layer.split(',').next().unwrap();
        let name = name.strip_prefix("depthwise_").unwrap_or(name);
        let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
        words.collect::<String>()
    });
    // Dropout's randomness is its own; the others compute nothing.
    let expected = kinds_but(&["Custom", "Dropout", "Frozen", "Reshape"]);
    assert_eq!(kinds.collect::<BTreeSet<_>>(), expected);
}

/// Those of activations are made from the registry.
#[test]
fn every_layer_has_a_benchmark() {
    let benchmarks = include_str!("../../../benches/layers.rs");
    for kind in kinds_but(&["Custom"]) {
        let is_listed = benchmarks.contains(&format!("\"{kind}\", "));
        assert!(is_listed || is_activation(&kind), "{kind}");
    }
}

fn is_activation(kind: &str) -> bool {
    LAYERS.iter().any(|listed| listed.name == kind && listed.is_activation())
}

/// The list of activations is a part of that of layers, so they say themselves that they are some.
#[test]
fn activations_are_those_of_their_list_and_their_accuracy_is_tested() {
    macro_rules! names {
        ($($(#[$doc:meta])* $name:ident: $layer:ty;)*) => {
            [$(stringify!($name)),*]
        };
    }
    let listed = trimpot::for_each_activation!(names);
    let said = LAYERS.iter().filter(|listed| listed.is_activation()).map(|listed| listed.name);
    assert!(listed.into_iter().eq(said));
    let accuracy = include_str!("activation_accuracy.rs");
    for kind in listed {
        let checks = [format!("check({kind},"), format!("check({kind}::default(),")];
        let is_checked = checks.iter().any(|check| accuracy.contains(check));
        assert!(is_checked, "{kind} is not in activation_accuracy.rs");
    }
}

#[test]
fn every_loss_has_a_roofline() {
    let costs = include_str!("../../../benches/roofline/src/costs.rs");
    for listed in LOSSES {
        let name = listed.name;
        assert!(costs.contains(&format!("\"{name}\"")), "{name} is not in roofline/src/costs.rs");
    }
}
