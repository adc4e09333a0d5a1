//! Whether the ranking that people tell holds, in a sentence.

use super::experiment::Folklore;
use super::result::ExperimentResult;
use super::statistics::Finding;

impl ExperimentResult<'_> {
    /// Returns a sentence on what did best; none without runs.
    pub fn conclusion(&self) -> Option<String> {
        let name = |level: usize| self.levels[level].level.name.as_str();
        let (best, measure) = (self.best()?, self.experiment.measure);
        let summary = self.levels[best].summaries.get(&measure)?;
        let [low, high] = summary.interval.map(|value| measure.show(value));
        let first = format!(
            "{} did best: {measure} {}, interval {low} to {high}, {} seeds.",
            name(best),
            measure.show(summary.mean),
            summary.runs
        );
        let rivals: Vec<&str> = self.rivals_of_best().into_iter().map(name).collect();
        Some(match &rivals[..] {
            [] => format!("{first} All others are worse."),
            all if all.len() + 1 == self.levels.len() => {
                format!("{first} The runs do not tell any other from it.")
            }
            some => format!("{first} The runs do not tell it from {}.", listed(some)),
        })
    }

    /// Returns a sentence that says whether the folklore's ranking held; none without folklore.
    /// Where that is about something else than levels are compared by, such as time, one level has
    /// more of it than another if the intervals of their means do not meet.
    pub fn verdict(&self) -> Option<String> {
        let said: Vec<(usize, &str, &Folklore)> = (self.levels.iter().enumerate())
            .filter_map(|(number, result)| {
                let level = result.level;
                Some((number, level.name.as_str(), level.folklore.as_ref()?))
            })
            .collect();
        let mut ranked = said.clone();
        ranked.sort_by(|a, b| b.2.value.total_cmp(&a.2.value));
        let ranking = ranked.iter().map(|(_, name, said)| format!("{name}: {}", said.said));
        let ranking = ranking.collect::<Vec<_>>().join(", ");
        let measure = self.experiment.folklore_of;
        let (by, is_more) = match measure {
            None => (String::new(), "is better than".to_owned()),
            Some(measure) => (format!(" by {measure}"), format!("has more {measure} than")),
        };
        let (mut held, mut reversed, mut others) = (0, 0, Vec::new());
        for (at, &(better, better_name, better_said)) in ranked.iter().enumerate() {
            for &(worse, worse_name, worse_said) in &ranked[at + 1..] {
                if better_said.value == worse_said.value {
                    continue;
                }
                match self.fate(better, worse) {
                    Finding::Better => held += 1,
                    Finding::Worse => {
                        reversed += 1;
                        others.push(format!("{worse_name} {is_more} {better_name}"));
                    }
                    Finding::Undecided => {
                        others.push(format!("{better_name} and {worse_name} cannot be told apart"));
                    }
                }
            }
        }
        if held + others.len() == 0 {
            return None;
        }
        let verdict = match (held, reversed) {
            _ if others.is_empty() => "holds",
            (0, 0) => "is neither confirmed nor refuted",
            (0, _) => "does not hold",
            _ => "holds in part",
        };
        let others =
            if others.is_empty() { String::new() } else { format!(": {}", others.join("; ")) };
        Some(format!("The folklore's ranking{by} ({ranking}) {verdict}{others}."))
    }
}

impl ExperimentResult<'_> {
    /// Returns whether a level is before another one, in what the folklore is about.
    fn fate(&self, a: usize, b: usize) -> Finding {
        let Some(measure) = self.experiment.folklore_of else { return self.finding(a, b) };
        let interval =
            |level: usize| self.levels[level].summaries.get(&measure).map(|found| found.interval);
        match (interval(a), interval(b)) {
            (Some([low, _]), Some([_, high])) if low > high => Finding::Better,
            (Some([_, high]), Some([low, _])) if high < low => Finding::Worse,
            _ => Finding::Undecided,
        }
    }
}

/// Returns names as they are said: `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
