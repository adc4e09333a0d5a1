//! Data sets that are made harder: one class is made rare, or some targets wrong.

use trimpot::random::{Random, hash};

use crate::dataset::{Dataset, Table, Targets};

/// Returns the samples as two classes, 1 for those of `class` and 0 for all others, with so few of
/// the first that there is one to so many others: drawn without replacement, the same each time, in
/// their order. None, if samples have no classes.
pub fn rare(dataset: &Dataset, class: u32, others_to_one: usize) -> Option<Dataset> {
    let Targets::Classes(classes) = dataset.targets() else { return None };
    let (mut positive, others): (Vec<usize>, Vec<usize>) =
        (0..classes.len()).partition(|&row| classes[row] == class);
    Random::new(hash(class)).shuffle(&mut positive);
    positive.truncate(others.len() / others_to_one.max(1));
    let mut rows: Vec<usize> = positive.into_iter().chain(others).collect();
    rows.sort_unstable();
    let is_positive = rows.iter().map(|&row| u32::from(classes[row] == class)).collect();
    let features = dataset.select(&rows).features;
    let targets = Targets::Classes(is_positive);
    Some(Dataset::of_tables(features, targets, Vec::new()).expect("each row has its class"))
}

/// Returns the samples with this share of the targets, rounded, multiplied by a factor: as when a
/// decimal point slips. Which ones is drawn, the same each time. None, if targets are no numbers.
pub fn with_outliers(dataset: &Dataset, share: f64, factor: f32) -> Option<Dataset> {
    let Targets::Numbers(Table { columns, numbers }) = dataset.targets() else { return None };
    let mut rows: Vec<usize> = (0..dataset.len()).collect();
    Random::new(hash(0x0071)).shuffle(&mut rows);
    rows.truncate((share * rows.len() as f64).round() as usize);
    let mut numbers = numbers.clone();
    for row in rows {
        numbers[row * columns..][..*columns].iter_mut().for_each(|number| *number *= factor);
    }
    let targets = Targets::Numbers(Table { columns: *columns, numbers });
    let altered = Dataset::of_tables(dataset.features().clone(), targets, Vec::new());
    Some(altered.expect("each row has its targets"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_class_is_one_to_so_many_and_the_others_are_all_there() {
        let features = (0..400).map(|sample| [sample as f32]).collect();
        let classes: Vec<u32> = (0..400).map(|sample| sample % 4).collect();
        let dataset = Dataset::new::<1, u32>(features, classes).unwrap();
        let found = rare(&dataset, 2, 50).unwrap();
        let samples: Vec<(u32, u32)> =
            found.labelled().unwrap().map(|(row, class)| (row[0] as u32, class)).collect();
        assert_eq!(samples.len(), 306);
        assert!(samples.is_sorted());
        assert!(samples.iter().all(|&(sample, class)| class == u32::from(sample % 4 == 2)));
        assert_eq!(samples.iter().map(|(_, class)| class).sum::<u32>(), 6);
        // Not the first ones.
        let positive = samples.iter().filter(|(_, class)| *class == 1);
        assert!(positive.map(|(sample, _)| sample).max() > Some(&100));
    }

    #[test]
    fn a_share_of_targets_is_multiplied() {
        let features = vec![[0.0]; 200];
        let targets: Vec<[f32; 1]> = (1..=200).map(|target| [target as f32]).collect();
        let dataset = Dataset::new::<1, [f32; 1]>(features, targets).unwrap();
        let found = with_outliers(&dataset, 0.05, 10.0).unwrap();
        let Targets::Numbers(numbers) = found.targets() else { panic!("targets are numbers") };
        let changed: Vec<(usize, f32)> = (numbers.numbers.iter().copied().enumerate())
            .filter(|&(row, target)| target != (row + 1) as f32)
            .collect();
        assert_eq!(changed.len(), 10);
        assert!(changed.iter().all(|&(row, target)| target == 10.0 * (row + 1) as f32));
        assert_eq!(
            (rare(&found, 1, 50), with_outliers(&Dataset::default(), 0.1, 2.0)),
            (None, None)
        );
    }
}
