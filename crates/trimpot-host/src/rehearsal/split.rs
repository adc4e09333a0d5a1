//! Which samples of a user, a sensor or a month are learned, and which test.
//!
//! Samples of one recording are alike, and windows of it may overlap: a split by chance would test
//! on what was learned. So the first part of the time is learned and the rest tests: by [whole
//! recordings](Cut::Recordings), or [within each](Cut::Within), with a gap.

use std::collections::{BTreeMap, BTreeSet};

use trimpot::random::Random;

/// How samples are cut into a first part, to be learned, and a second one, to test on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A recording is learned as a whole or tests as a whole: of each class, the first ones are
    /// learned.
    Recordings,
    /// Each recording is cut, and so many samples between are left out, such as windows that
    /// overlap either part.
    Within {
        /// Samples that are left out of each recording.
        gap: usize,
    },
}

/// Which rows are learned, in the order of time, and which test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Those that are learned.
    pub learned: Vec<usize>,
    /// Those that test.
    pub tested: Vec<usize>,
}

/// A class is in one part alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// The class.
    pub class: u32,
    /// Whether there is something to learn of it, and nothing to test.
    pub is_learned: bool,
    /// How many recordings have samples of it.
    pub recordings: usize,
}

/// Cuts rows, which come in the order of time, at this share of them; each has a class and, if they
/// have some, the number of its recording. Without recordings, those of a class are one.
///
/// # Errors
/// If there are samples of a class in one part, and none in the other.
pub fn split(
    classes: &[u32],
    recordings: Option<&[usize]>,
    share: f64,
    cut: Cut,
) -> Result<Parts, OneSided> {
    let of_row = |row: usize| recordings.map_or(classes[row] as usize, |all| all[row]);
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for row in 0..classes.len() {
        match groups.iter_mut().find(|(recording, _)| *recording == of_row(row)) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((of_row(row), vec![row])),
        }
    }
    let mut parts = Parts::default();
    match cut {
        Cut::Recordings => {
            let mut quotas = Quotas::new(classes, share);
            for (_, rows) in &groups {
                let is_learned = quotas.take(most_frequent(classes, rows), rows.len());
                let part = if is_learned { &mut parts.learned } else { &mut parts.tested };
                part.extend(rows);
            }
        }
        Cut::Within { gap } => {
            for (_, rows) in &groups {
                let left = rows.len().saturating_sub(gap);
                let first = (share * left as f64).round() as usize;
                parts.learned.extend(&rows[..first]);
                parts.tested.extend(&rows[rows.len().min(first + gap)..]);
            }
        }
    }
    parts.learned.sort_unstable();
    parts.tested.sort_unstable();
    let has = |part: &[usize], class| part.iter().any(|&row| classes[row] == class);
    for &class in classes {
        let is_learned = has(&parts.learned, class);
        if is_learned != has(&parts.tested, class) {
            let recordings = groups.iter().filter(|(_, rows)| has(rows, class)).count();
            return Err(OneSided { class, is_learned, recordings });
        }
    }
    Ok(parts)
}

/// Returns the rows in the order in which a board is given them in turns: one of each class and
/// recording, again and again; where one has more, evenly among the others. Those of a recording
/// stay in their order.
pub fn in_turns(classes: &[u32], recordings: Option<&[usize]>, rows: &[usize]) -> Vec<usize> {
    let group = |row: usize| (classes[row], recordings.map_or(0, |all| all[row]));
    let mut counts = BTreeMap::<_, usize>::new();
    rows.iter().for_each(|&row| *counts.entry(group(row)).or_default() += 1);
    let mut seen = BTreeMap::<_, usize>::new();
    let place = |&row: &usize| {
        let number = seen.entry(group(row)).or_default();
        *number += 1;
        ((*number as f64 - 0.5) / counts[&group(row)] as f64, row)
    };
    let mut placed: Vec<(f64, usize)> = rows.iter().map(place).collect();
    let in_order = |row: usize| (recordings.map_or(0, |all| all[row]), classes[row]);
    placed.sort_by(|a, b| a.0.total_cmp(&b.0).then(in_order(a.1).cmp(&in_order(b.1))));
    placed.into_iter().map(|(_, row)| row).collect()
}

/// Returns which rows stay and which are held out: about a share of each class, as whole recordings
/// that the seed chooses. Of each class a recording stays.
pub fn hold_out(
    classes: &[u32],
    recordings: &[usize],
    share: f64,
    seed: u32,
) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = Vec::new();
    let mut rows_of = BTreeMap::<usize, Vec<usize>>::new();
    for (row, &recording) in recordings.iter().enumerate() {
        let rows = rows_of.entry(recording).or_default();
        if rows.is_empty() {
            order.push(recording);
        }
        rows.push(row);
    }
    let classes_of =
        |rows: &[usize]| -> BTreeSet<u32> { rows.iter().map(|&row| classes[row]).collect() };
    // How many recordings of each class are not held out.
    let mut left = BTreeMap::<u32, usize>::new();
    for class in rows_of.values().flat_map(|rows| classes_of(rows)) {
        *left.entry(class).or_default() += 1;
    }
    Random::new(seed).shuffle(&mut order);
    let mut quotas = Quotas::new(classes, share);
    let [mut stay, mut aside] = [Vec::new(), Vec::new()];
    for recording in order {
        let rows = &rows_of[&recording];
        let of_rows = classes_of(rows);
        let is_last = of_rows.iter().any(|class| left[class] == 1);
        if !is_last && quotas.take(most_frequent(classes, rows), rows.len()) {
            aside.extend(rows);
            for class in &of_rows {
                left.entry(*class).and_modify(|left| *left -= 1);
            }
        } else {
            stay.extend(rows);
        }
    }
    stay.sort_unstable();
    aside.sort_unstable();
    (stay, aside)
}

/// How many samples of each class are still to be taken.
struct Quotas(BTreeMap<u32, f64>);

impl Quotas {
    fn new(classes: &[u32], share: f64) -> Self {
        let mut left = BTreeMap::<u32, f64>::new();
        classes.iter().for_each(|&class| *left.entry(class).or_default() += share);
        Quotas(left)
    }

    /// Returns whether so many are taken together: if at least half of them are still to be. Once
    /// that is not so, no others of the class are.
    fn take(&mut self, class: u32, count: usize) -> bool {
        let left = self.0.entry(class).or_default();
        let is_taken = 2.0 * *left >= count as f64;
        *left = if is_taken { *left - count as f64 } else { 0.0 };
        is_taken
    }
}

/// Returns the class that most of these rows have; of equals the first.
fn most_frequent(classes: &[u32], rows: &[usize]) -> u32 {
    let mut counts = BTreeMap::<u32, usize>::new();
    rows.iter().for_each(|&row| *counts.entry(classes[row]).or_default() += 1);
    let most = counts.values().max().copied();
    counts.into_iter().find(|(_, count)| Some(*count) == most).map_or(0, |(class, _)| class)
}
