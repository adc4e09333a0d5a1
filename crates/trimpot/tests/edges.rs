//! What losses make of the numbers that break things: no NaN and no infinity from finite numbers
//! that they take, NaN from NaN, and from infinities what the documentation says. All exceptions
//! are here.

use trimpot_testkit::case::{Answer, Case, ValueAndGradient};
use trimpot_testkit::domain::{DOMAINS, Domain, Source, TargetKind, ValueRange};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::losses::{self, Width};

/// Row lengths that are tried.
const SIZES: [usize; 5] = [1, 2, 5, 8, 10];

/// Zeros, subnormals, the neighbours of 0 and 1, where exponentials end, and saturated logits.
const EDGES: [f32; 26] = [
    0.0,
    -0.0,
    1e-45,
    -1e-45,
    f32::MIN_POSITIVE.next_down(),
    -f32::MIN_POSITIVE,
    1e-20,
    1e-7,
    -1e-7,
    0.5,
    -0.5,
    1f32.next_down(),
    -1f32.next_down(),
    1.0,
    -1.0,
    1f32.next_up(),
    2.0,
    -2.0,
    17.0,
    -17.0,
    88.8,
    -88.8,
    104.0,
    -104.0,
    1e4,
    -1e4,
];

/// An infinity that is right although all that came in is finite and valid.
struct Overflow {
    loss: &'static str,
    reason: &'static str,
    holds: fn(&Case) -> bool,
}

/// All of them. None gives NaN.
const OVERFLOWS: &[Overflow] = &[
    Overflow {
        loss: "poisson_nll",
        reason: "the rate e^p exceeds f32 from p = 88.7 on",
        holds: |case| {
            let rates = case.options.0.get("log_input").is_some();
            !rates && case.prediction.iter().any(|&p| p > 88.7)
        },
    },
    Overflow {
        loss: "ctc",
        reason: "no path spells the labels: value +inf, gradient 0",
        holds: |case| {
            let classes = (case.prediction.len() / case.rows) as u32;
            let blank = case.option("blank", 0.0) as u32;
            let of_target = |&label: &u32| label < classes && label != blank;
            let labels: Vec<u32> = case.labels().into_iter().take_while(of_target).collect();
            let repeats = labels.windows(2).filter(|pair| pair[0] == pair[1]).count();
            labels.len() + repeats > case.rows
        },
    },
    Overflow {
        loss: "info_nce",
        reason: "2^120, the steepest slope of a direction, over a temperature below 1/256",
        holds: |case| {
            let rows = case.prediction.chunks(case.prediction.len() / case.rows);
            let mut longest = rows.map(|row| row.iter().fold(0f32, |max, x| max.max(x.abs())));
            case.option("temperature", 0.07) < 1.0 / 256.0 && longest.any(|x| x < 1e-34)
        },
    },
];

/// A NaN that does not reach the value.
struct Silence {
    loss: &'static str,
    reason: &'static str,
    holds: fn(&Case, Place) -> bool,
}

/// Where a NaN is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Prediction(usize),
    Target(usize),
}

const IGNORED: &str = "a label that is no class is ignored";

/// All of them; everywhere else NaN gives a NaN value.
const SILENCES: &[Silence] = &[
    Silence { loss: "cross_entropy", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence { loss: "nll", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence { loss: "focal", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence { loss: "rescaled_square", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence {
        loss: "rescaled_square",
        reason: "a class of weight 0 is ignored",
        holds: |case, _| {
            let weights = case.options.numbers("weight").unwrap_or_default();
            !ignored(case) && weights.get(case.class()) == Some(&0.0)
        },
    },
    Silence { loss: "multi_margin", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence { loss: "categorical_hinge", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence { loss: "policy_gradient", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence { loss: "ppo_clip", reason: IGNORED, holds: |case, _| ignored(case) },
    Silence {
        loss: "nll",
        reason: "only the label's element is looked at",
        holds: |case, place| place != Place::Prediction(case.class()),
    },
    Silence {
        loss: "categorical_cross_entropy",
        reason: "what has target 0 does not matter",
        holds: target_is_zero,
    },
    Silence {
        loss: "kl_divergence",
        reason: "what has target 0 does not matter",
        holds: target_is_zero,
    },
    Silence {
        loss: "soft_cross_entropy",
        reason: "without any target there is nothing to compare",
        holds: no_target,
    },
    Silence {
        loss: "kl_divergence_with_logits",
        reason: "without any target there is nothing to compare",
        holds: no_target,
    },
    Silence {
        loss: "multi_margin",
        reason: "one class alone has no rival",
        holds: |case, _| case.prediction.len() == 1,
    },
    Silence {
        loss: "multilabel_margin",
        reason: "without a pair, nothing is compared",
        holds: |case, place| {
            let target = case.values();
            matches!(place, Place::Prediction(_)) && target.iter().all(|&t| t == target[0])
        },
    },
    Silence {
        loss: "policy_gradient",
        reason: "without an advantage there is nothing to learn",
        holds: |case, place| case.action().1 == 0.0 && place != Place::Target(0),
    },
    Silence {
        loss: "policy_gradient",
        reason: "the old log-probability is not looked at",
        holds: |_, place| place == Place::Target(1),
    },
];

fn ignored(case: &Case) -> bool {
    let class = match case.target {
        Answer::Action { action, .. } => action as usize,
        _ => case.class(),
    };
    class >= case.prediction.len()
}

fn target_is_zero(case: &Case, place: Place) -> bool {
    matches!(place, Place::Prediction(i) if case.values()[i] == 0.0)
}

fn no_target(case: &Case, place: Place) -> bool {
    matches!(place, Place::Prediction(_)) && case.values().iter().all(|&t| t == 0.0)
}

/// Picks from a few of the edge cases at a time, so that rows of zeros, of ones and of both are
/// frequent.
struct Edges {
    random: Random,
    first: usize,
    count: usize,
}

impl Edges {
    fn new(seed: u64) -> Self {
        Edges { random: Random::new(seed), first: 0, count: 1 }
    }

    /// Chooses other edge cases.
    fn turn(&mut self) {
        self.first = self.random.bits() as usize % EDGES.len();
        self.count = [1, 2, 3, EDGES.len()][self.random.bits() as usize % 4];
    }
}

impl Source for Edges {
    fn number(&mut self, of: ValueRange) -> f32 {
        let valid: Vec<f32> = EDGES.into_iter().filter(|&x| of.hold(x)).collect();
        let offset = self.random.bits() as usize % self.count;
        // Far from each other in the list, for unlike numbers.
        valid[(self.first + offset * 7) % valid.len()]
    }
    fn below(&mut self, end: u32) -> u32 {
        (self.random.bits() % u64::from(end)) as u32
    }
}

/// Ordinary numbers, now and then 0.
struct Ordinary(Random);

impl Source for Ordinary {
    fn number(&mut self, of: ValueRange) -> f32 {
        if self.0.bits().is_multiple_of(4) && of.hold(0.0) {
            return 0.0;
        }
        of.from_any(self.0.between(-3.0, 3.0))
    }
    fn below(&mut self, end: u32) -> u32 {
        (self.0.bits() % u64::from(end)) as u32
    }
}

fn run(case: &Case) -> ValueAndGradient {
    losses::run(Width::One, std::slice::from_ref(case)).expect("the core has it").remove(0)
}

#[test]
fn finite_numbers_give_finite_values_and_gradients() {
    let mut used = vec![0; OVERFLOWS.len()];
    let mut tried = 0;
    for domain in DOMAINS.iter() {
        let mut source = Edges::new(0xed6e);
        for n in SIZES {
            for _ in 0..1500 {
                source.turn();
                let case = domain.case(n, &mut source);
                let ValueAndGradient { value, gradient } = run(&case);
                tried += 1;
                let numbers = || std::iter::once(&value).chain(&gradient);
                assert!(numbers().all(|x| !x.is_nan()), "{case:?}\n{value} {gradient:?}");
                if numbers().any(|x| x.is_infinite()) {
                    let right =
                        |overflow: &Overflow| overflow.loss == case.loss && (overflow.holds)(&case);
                    let excuse = OVERFLOWS.iter().position(right);
                    used[excuse.unwrap_or_else(|| panic!("{case:?}\n{value} {gradient:?}"))] += 1;
                }
            }
        }
    }
    for (overflow, used) in OVERFLOWS.iter().zip(used) {
        assert!(used > 0, "{} never overflows because: {}", overflow.loss, overflow.reason);
    }
    println!("{tried} samples of edge cases");
}

/// The same sample with NaN in one place, and with the sign of NaN either way.
fn spoilt(case: &Case, place: Place, nan: f32) -> Case {
    let mut case = case.clone();
    match (place, &mut case.target) {
        (Place::Prediction(i), _) => case.prediction[i] = nan,
        (Place::Target(i), Answer::Values(values)) => values[i] = nan,
        (Place::Target(_), Answer::Number(number)) => *number = nan,
        (Place::Target(0), Answer::Action { advantage, .. }) => *advantage = nan,
        (Place::Target(_), Answer::Action { old_log_probability, .. }) => {
            *old_log_probability = nan;
        }
        (Place::Target(_), other) => unreachable!("{other:?} has no numbers"),
    }
    case
}

fn places(domain: &Domain, case: &Case) -> impl Iterator<Item = Place> {
    let targets = match (domain.target, &case.target) {
        (_, Answer::Values(values)) => values.len(),
        (TargetKind::Number(_), _) => 1,
        (TargetKind::Action, _) => 2,
        _ => 0,
    };
    (0..case.prediction.len()).map(Place::Prediction).chain((0..targets).map(Place::Target))
}

#[test]
fn nan_gives_nan_but_for_the_exceptions() {
    let mut used = vec![0; SILENCES.len()];
    let mut tried = 0;
    for domain in DOMAINS.iter() {
        let mut source = Ordinary(Random::new(0xbad));
        for n in SIZES {
            for _ in 0..40 {
                let case = domain.case(n, &mut source);
                for place in places(domain, &case) {
                    let silences = SILENCES.iter().enumerate().filter(|(_, silence)| {
                        silence.loss == case.loss && (silence.holds)(&case, place)
                    });
                    let silences: Vec<usize> = silences.map(|(index, _)| index).collect();
                    silences.iter().for_each(|&index| used[index] += 1);
                    for nan in [f32::NAN, -f32::NAN] {
                        let value = run(&spoilt(&case, place, nan)).value;
                        tried += 1;
                        assert_eq!(
                            value.is_nan(),
                            silences.is_empty(),
                            "NaN as {place:?} gives {value}\n{case:?}"
                        );
                    }
                }
            }
        }
    }
    for (silence, used) in SILENCES.iter().zip(used) {
        assert!(used > 0, "{} is never silent because: {}", silence.loss, silence.reason);
    }
    println!("{tried} samples with NaN");
}
