//! Every constructor of a loss refuses what is out of range, and says what, how much and what
//! range.

use std::collections::BTreeSet;
use std::path::Path;

use trimpot::ParameterError;
use trimpot::loss::{
    BinaryCrossEntropyWithLogits, BinaryFocal, Contrastive, CosineEmbedding, CrossEntropy, Dice,
    Focal, FocalTversky, GaussianNll, Hinge, HingeEmbedding, Huber, InfoNce, Jaccard,
    MarginRanking, MultiMargin, Nll, PoissonNll, PpoClip, Quantile, SmoothL1, SquaredHinge,
    TripletMargin, Tversky,
};

/// A parameter of a constructor.
struct Parameter {
    constructor: &'static str,
    make: fn(f32) -> Result<(), ParameterError>,
    name: &'static str,
    range: Range,
}

/// The ranges there are. Each is written as errors write it.
#[derive(Clone, Copy, PartialEq)]
enum Range {
    Positive,
    NotNegative,
    Inside,
    Share,
    Cosine,
    Normal,
}

/// The largest subnormal, and the number before 1.
const SUBNORMAL: f32 = f32::MIN_POSITIVE.next_down();
const BELOW_ONE: f32 = 1f32.next_down();
const ABOVE_ONE: f32 = 1f32.next_up();

impl Range {
    fn written(self) -> &'static str {
        match self {
            Range::Positive => "(0, inf)",
            Range::NotNegative => "[0, inf)",
            Range::Inside => "(0, 1)",
            Range::Share => "[0, 1]",
            Range::Cosine => "[-1, 1]",
            Range::Normal => "[2^-126, inf)",
        }
    }

    /// Numbers in the range, its ends and what is next to them among them.
    fn taken(self) -> &'static [f32] {
        match self {
            Range::Positive => &[1e-45, SUBNORMAL, 0.5, 1.0, 1e4, f32::MAX],
            Range::NotNegative => &[0.0, -0.0, 1e-45, 0.5, 1.0, 1e4, f32::MAX],
            Range::Inside => &[1e-45, 0.5, BELOW_ONE],
            Range::Share => &[0.0, -0.0, 1e-45, 0.5, BELOW_ONE, 1.0],
            Range::Cosine => &[-1.0, -BELOW_ONE, -0.0, 0.0, 0.5, 1.0],
            Range::Normal => &[f32::MIN_POSITIVE, 0.07, 1.0, f32::MAX],
        }
    }

    /// Finite numbers outside it, those next to its ends among them.
    fn refused(self) -> &'static [f32] {
        match self {
            Range::Positive => &[0.0, -0.0, -1e-45, -1.0, f32::MIN],
            Range::NotNegative => &[-1e-45, -1.0, f32::MIN],
            Range::Inside => &[0.0, -0.0, -1e-45, 1.0, ABOVE_ONE, -0.5, 2.0],
            Range::Share => &[-1e-45, -1.0, ABOVE_ONE, 2.0],
            Range::Cosine => &[-ABOVE_ONE, ABOVE_ONE, -2.0, f32::MAX],
            Range::Normal => &[0.0, -0.0, 1e-45, SUBNORMAL, -0.07],
        }
    }
}

/// `constructor: name in range`, each with its call.
macro_rules! parameters {
    ($($constructor:literal: $name:literal in $range:ident, |$value:ident| $make:expr;)*) => {
        &[$(Parameter {
            constructor: $constructor,
            make: |$value| $make.map(drop),
            name: $name,
            range: Range::$range,
        }),*]
    };
}

const PARAMETERS: &[Parameter] = parameters! {
    "Huber::with_delta": "delta" in Positive, |x| Huber::default().with_delta(x);
    "SmoothL1::with_beta": "beta" in Positive, |x| SmoothL1::default().with_beta(x);
    "Quantile::new": "quantile" in Inside, |x| Quantile::new(x);
    "PoissonNll::of_rates": "epsilon" in Positive, |x| PoissonNll::of_rates(x);
    "GaussianNll::with_epsilon": "epsilon" in Positive, |x| GaussianNll::new().with_epsilon(x);
    "BinaryCrossEntropyWithLogits::with_positive_weight": "positive_weight" in NotNegative,
        |x| BinaryCrossEntropyWithLogits::default().with_positive_weight(x);
    "BinaryFocal::with_alpha": "alpha" in Share, |x| BinaryFocal::default().with_alpha(x);
    "BinaryFocal::with_gamma": "gamma" in NotNegative, |x| BinaryFocal::default().with_gamma(x);
    "CrossEntropy::with_label_smoothing": "smoothing" in Share,
        |x| CrossEntropy::new().with_label_smoothing(x);
    "CrossEntropy::with_class_weights": "class weight" in NotNegative,
        |x| CrossEntropy::new().with_class_weights([0.0, x, 0.5]);
    "Nll::with_class_weights": "class weight" in NotNegative,
        |x| Nll::new().with_class_weights([0.0, x, 0.5]);
    "Focal::with_gamma": "gamma" in NotNegative, |x| Focal::default().with_gamma(x);
    "Hinge::with_margin": "margin" in Positive, |x| Hinge::default().with_margin(x);
    "SquaredHinge::with_margin": "margin" in Positive, |x| SquaredHinge::default().with_margin(x);
    "MultiMargin::with_margin": "margin" in Positive, |x| MultiMargin::default().with_margin(x);
    "HingeEmbedding::with_margin": "margin" in Positive, |x| HingeEmbedding::default().with_margin(x);
    "MarginRanking::with_margin": "margin" in NotNegative, |x| MarginRanking::default().with_margin(x);
    "CosineEmbedding::with_margin": "margin" in Cosine, |x| CosineEmbedding::default().with_margin(x);
    "Contrastive::with_margin": "margin" in Positive, |x| Contrastive::default().with_margin(x);
    "TripletMargin::with_margin": "margin" in Positive, |x| TripletMargin::default().with_margin(x);
    "TripletMargin::with_epsilon": "epsilon" in NotNegative,
        |x| TripletMargin::default().with_epsilon(x);
    "InfoNce::with_temperature": "temperature" in Normal, |x| InfoNce::default().with_temperature(x);
    "Dice::with_smoothing": "smoothing" in NotNegative, |x| Dice::default().with_smoothing(x);
    "Jaccard::with_smoothing": "smoothing" in NotNegative, |x| Jaccard::default().with_smoothing(x);
    "Tversky::new": "alpha" in NotNegative, |x| Tversky::new(x, 0.5);
    "Tversky::new": "beta" in NotNegative, |x| Tversky::new(0.5, x);
    "Tversky::with_smoothing": "smoothing" in NotNegative,
        |x| Tversky::default().with_smoothing(x);
    "FocalTversky::new": "gamma" in Positive, |x| FocalTversky::new(Tversky::default(), x);
    "PpoClip::with_clip": "clip" in Inside, |x| PpoClip::default().with_clip(x);
};

#[test]
fn what_is_out_of_range_is_refused_with_name_value_and_range() {
    for Parameter { constructor, make, name, range } in PARAMETERS {
        let not_finite = [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        for &value in range.refused().iter().chain(&not_finite) {
            let error = make(value).expect_err(&format!("{constructor} took {name} = {value:e}"));
            assert_eq!((error.name, error.range), (*name, range.written()), "{constructor}");
            let same = error.value == value || error.value.is_nan() && value.is_nan();
            assert!(same, "{constructor}: {error:?} for {value:e}");
            let message = error.to_string();
            for part in [error.name, error.range, &error.value.to_string()] {
                assert!(message.contains(part), "{constructor}: {message:?} lacks {part}");
            }
        }
    }
}

#[test]
fn what_is_in_range_is_taken() {
    for Parameter { constructor, make, name, range } in PARAMETERS {
        for &value in range.taken() {
            let made = make(value);
            assert!(made.is_ok(), "{constructor} refused {name} = {value:e}: {made:?}");
        }
    }
}

#[test]
fn parameters_that_are_only_wrong_together_are_refused() {
    let nothing = |name, value| Err(ParameterError { name, value, range: "(0, inf)" });
    let sum = "sum of the class weights";
    assert_eq!(CrossEntropy::new().with_class_weights([0.0; 3]).map(drop), nothing(sum, 0.0));
    assert_eq!(Nll::new().with_class_weights([0.0, -0.0]).map(drop), nothing(sum, 0.0));
    let too_much = [f32::MAX, f32::MAX];
    let infinite = f32::INFINITY;
    assert_eq!(CrossEntropy::new().with_class_weights(too_much).map(drop), nothing(sum, infinite));
    assert_eq!(Nll::new().with_class_weights(too_much).map(drop), nothing(sum, infinite));

    let sum = "sum of alpha and beta";
    assert_eq!(Tversky::new(0.0, 0.0).map(drop), nothing(sum, 0.0));
    assert_eq!(Tversky::new(f32::MAX, f32::MAX).map(drop), nothing(sum, infinite));
}

/// Public functions of the source files that may refuse, as `Type::function`.
fn constructors_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            constructors_in(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let (mut type_, mut function) = (String::new(), None);
        for line in source.lines() {
            if let Some(rest) = line.strip_prefix("impl") {
                let rest = rest.strip_prefix("<W>").unwrap_or(rest).trim_start();
                type_ = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            }
            if let Some(rest) = line.trim_start().strip_prefix("pub fn ") {
                function = Some(rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_'));
            }
            if line.contains("ParameterError>")
                && let Some(name) = function.take()
            {
                found.insert(format!("{type_}::{}", name.collect::<String>()));
            }
        }
    }
}

#[test]
fn every_constructor_that_may_refuse_is_in_the_table() {
    let mut found = BTreeSet::new();
    constructors_in(Path::new("crates/trimpot/src/loss"), &mut found);
    let listed = PARAMETERS.iter().map(|parameter| parameter.constructor.to_owned());
    assert_eq!(found, listed.collect());
    println!("{} constructors, {} parameters", found.len(), PARAMETERS.len());
}
