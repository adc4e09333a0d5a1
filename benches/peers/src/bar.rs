//! What Trimpot is held to.

use crate::comparison::{Comparison, OURS};
use crate::isa::Isa;
use crate::report::figure;

/// A bar, of both instruction sets or of one.
#[derive(Clone, Debug)]
pub enum Bar {
    /// At most so much, in the table's unit; with this instruction set, or with any.
    AtMost(f64, Option<Isa>),
    /// So many times as fast as this contender.
    Faster(f64, &'static str),
    /// So many times as fast as the fastest rival.
    FasterThanAll(f64),
    /// One of the two is enough.
    Either(Box<[Bar; 2]>),
}

/// How Trimpot did.
pub struct Verdict {
    /// The bar in words.
    pub bar: String,
    /// What Trimpot reaches, in the bar's measure; not known where it or the rival has no time.
    pub reached: Option<String>,
    pub is_met: bool,
}

impl Bar {
    pub fn at_most(limit: f64) -> Self {
        Bar::AtMost(limit, None)
    }

    pub fn at_most_on(isa: Isa, limit: f64) -> Self {
        Bar::AtMost(limit, Some(isa))
    }

    pub fn either(one: Bar, other: Bar) -> Self {
        Bar::Either(Box::new([one, other]))
    }

    /// Returns whether it is one with these instructions.
    pub fn holds(&self, isa: Isa) -> bool {
        !matches!(self, Bar::AtMost(_, Some(only)) if *only != isa)
    }

    pub fn judge(&self, result: &Comparison) -> Verdict {
        match self {
            Bar::AtMost(limit, _) => {
                let (unit, ours) = (result.line.unit(), result.ours());
                Verdict {
                    bar: format!("≤ {limit} {unit}"),
                    reached: ours.map(|ours| format!("{} {unit}", figure(ours))),
                    is_met: ours.is_some_and(|ours| ours <= *limit),
                }
            }
            Bar::Faster(times, name) => ratio(*times, name, result.time(name), result),
            Bar::FasterThanAll(times) => {
                let rivals = result.entries.iter().map(|&(name, _)| name);
                let rivals = rivals.filter(|name| !OURS.contains(name) && *name != "triad");
                let best = rivals.filter_map(|name| result.time(name)).min_by(f64::total_cmp);
                ratio(*times, "the fastest", best, result)
            }
            Bar::Either(bars) => {
                let [one, other] = bars.each_ref().map(|bar| bar.judge(result));
                let reached =
                    [one.reached, other.reached].map(|text| text.unwrap_or("–".to_owned()));
                Verdict {
                    bar: format!("{} or {}", one.bar, other.bar),
                    reached: Some(reached.join(", ")),
                    is_met: one.is_met || other.is_met,
                }
            }
        }
    }
}

fn ratio(times: f64, name: &str, rival: Option<f64>, result: &Comparison) -> Verdict {
    let ratio = rival.zip(result.ours()).map(|(rival, ours)| rival / ours);
    Verdict {
        bar: format!("≥ {times}× {name}"),
        reached: ratio.map(|ratio| format!("{ratio:.2}×")),
        is_met: ratio.is_some_and(|ratio| ratio >= times),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::lines;
    use crate::comparison::Sample;

    /// Times in ns of a line of training of one step a run, whose unit is µs.
    fn result(times: &[(&'static str, f64)]) -> Comparison {
        let line = lines("".as_ref()).pop().expect("the last one is an epoch");
        let entry = |&(name, ns)| (name, Ok(Sample { ns, faults: 0.0 }));
        Comparison { line, entries: times.iter().map(entry).collect() }
    }

    fn is_met(bar: &Bar, times: &[(&'static str, f64)]) -> bool {
        bar.judge(&result(times)).is_met
    }

    #[test]
    fn trimpot_is_held_to_the_bar_and_not_its_rivals() {
        let times = [("trimpot", 2e3), ("trimpot as data", 1e3), ("torch", 9e3), ("jax", 5e3)];
        assert!(is_met(&Bar::at_most(2.0), &times));
        assert!(!is_met(&Bar::at_most(1.9), &times));
        assert!(is_met(&Bar::Faster(4.5, "torch"), &times));
        assert!(!is_met(&Bar::FasterThanAll(4.5), &times));
        assert!(is_met(&Bar::FasterThanAll(2.5), &times));
        assert!(is_met(&Bar::either(Bar::at_most(1.0), Bar::Faster(2.0, "jax")), &times));
        assert!(!is_met(&Bar::either(Bar::at_most(1.0), Bar::Faster(3.0, "jax")), &times));
    }

    #[test]
    fn without_a_time_no_bar_is_met() {
        assert!(!is_met(&Bar::at_most(2.0), &[("jax", 1.0)]));
        assert!(!is_met(&Bar::Faster(0.0, "jax"), &[("trimpot", 1.0)]));
        assert!(!is_met(&Bar::FasterThanAll(0.0), &[("trimpot", 1.0), ("triad", 9.0)]));
    }

    #[test]
    fn a_bar_of_one_instruction_set_is_none_of_the_other() {
        let bar = Bar::at_most_on(Isa::Avx2, 1.0);
        assert!(bar.holds(Isa::Avx2) && !bar.holds(Isa::Avx512));
        assert!(Bar::at_most(1.0).holds(Isa::Avx2) && Bar::at_most(1.0).holds(Isa::Avx512));
    }
}
