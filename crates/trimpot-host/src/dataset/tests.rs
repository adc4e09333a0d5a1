use super::*;

fn samples() -> Dataset {
    let numbers = (0..40).map(|number| number as f32).collect();
    let features = Table { columns: 2, numbers };
    Dataset::of_tables(features, Targets::Classes((0..20).collect()), Vec::new()).unwrap()
}

#[test]
fn what_is_held_out_does_not_stay() {
    let (stay, aside) = samples().hold_out(0.25, 1);
    assert_eq!((stay.len(), aside.len()), (15, 5));
    let mut all: Vec<u32> = Vec::new();
    for part in [&stay, &aside] {
        let Targets::Classes(classes) = &part.targets else { panic!() };
        for (row, &class) in classes.iter().enumerate() {
            assert_eq!(part.features.row(row)[0], 2.0 * class as f32);
        }
        all.extend(classes);
    }
    all.sort_unstable();
    assert_eq!(all, (0..20).collect::<Vec<u32>>());
    assert_ne!(samples().hold_out(0.25, 2).1, aside);
    assert_eq!(samples().hold_out(0.0, 1).0, samples());
}

#[test]
fn every_class_has_its_share_of_what_is_held_out() {
    // 70, 20, 9 and 1 of 100, in this order.
    let classes =
        (0..100).map(|row| u32::from(row >= 70) + u32::from(row >= 90) + u32::from(row >= 99));
    let features = Table { columns: 1, numbers: vec![0.0; 100] };
    for (share, expected) in [(0.2, [14, 4, 2, 0]), (0.1, [7, 2, 1, 0]), (0.5, [35, 10, 5, 0])] {
        for seed in 0..5 {
            let targets = Targets::Classes(classes.clone().collect());
            let samples = Dataset::of_tables(features.clone(), targets, Vec::new()).unwrap();
            let (stay, aside) = samples.hold_out(share, seed);
            let Targets::Classes(classes) = &aside.targets else { panic!() };
            let count = |class: u32| classes.iter().filter(|other| **other == class).count();
            assert_eq!([0, 1, 2, 3].map(count), expected, "{share}");
            assert_eq!(stay.len() + aside.len(), 100);
        }
    }
}

#[test]
fn what_is_held_out_of_classes_with_large_numbers_takes_no_memory_for_others() {
    let data = Dataset::new::<1, u32>(vec![[0.0]; 8], [0, u32::MAX].repeat(4)).unwrap();
    let (stay, aside) = data.hold_out(0.5, 1);
    for part in [stay, aside] {
        let Targets::Classes(mut classes) = part.targets else { panic!() };
        classes.sort_unstable();
        assert_eq!(classes, [0, 0, u32::MAX, u32::MAX]);
    }
}

#[test]
fn a_changed_bit_changes_the_fingerprint() {
    let mut other = samples();
    other.features.numbers[7] = -0.0;
    assert_ne!(other.fingerprint(), samples().fingerprint());
    let mut other = samples();
    other.features.columns = 4;
    assert_ne!(other.fingerprint(), samples().fingerprint());
}

#[test]
fn shuffling_keeps_each_sample_with_its_label() {
    let features = (0..50).map(|i| [i as f32]).collect();
    let data = Dataset::new::<1, u32>(features, (0..50).collect()).unwrap();
    let shuffled = data.shuffled(7);
    assert_ne!(shuffled, data);
    assert_eq!(shuffled, data.shuffled(7));
    assert!(shuffled.samples::<1, u32>().unwrap().iter().all(|(x, label)| x[0] == label as f32));

    let (first, rest) = shuffled.split(20);
    let [first, rest] = [&first, &rest].map(|part| part.samples::<1, u32>().unwrap());
    let mut both: Vec<u32> = first.targets().iter().chain(rest.targets()).copied().collect();
    both.sort_unstable();
    assert_eq!((first.len(), both), (20, (0..50).collect()));
}

#[test]
fn each_class_gives_as_many_as_asked_for() {
    let labels = vec![0, 0, 1, 0, 1, 2, 1];
    let features = (0..7).map(|i| [i as f32]).collect();
    let data = Dataset::new::<1, u32>(features, labels).unwrap();
    let (first, rest) = data.split_classes(2);
    let [first, rest] = [&first, &rest].map(|part| part.samples::<1, u32>().unwrap());
    assert_eq!(first.targets(), [0, 0, 1, 1, 2]);
    assert_eq!(first.features(), [[0.0], [1.0], [2.0], [4.0], [5.0]]);
    assert_eq!(rest.features(), [[3.0], [6.0]]);
}

#[test]
fn samples_of_another_kind_than_asked_for_are_an_error() {
    let classes = Dataset::new(vec![[1.0, 2.0], [3.0, 4.0]], vec![1, 0]).unwrap();
    let samples = classes.samples::<2, u32>().unwrap();
    assert_eq!(samples.iter().collect::<Vec<_>>(), [(&[1.0, 2.0], 1), (&[3.0, 4.0], 0)]);
    let features = classes.samples::<4, u32>().unwrap_err();
    assert_eq!(features, DatasetError::Features { expected: 4, found: 2 });
    let numbers = classes.samples::<2, [f32; 1]>().unwrap_err();
    assert_eq!(numbers, DatasetError::Targets { expected: "numbers, as many as asked for" });

    let numbers = Dataset::new(vec![[1.0], [2.0]], vec![[3.0, 4.0], [5.0, 6.0]]).unwrap();
    assert_eq!(numbers.samples::<1, [f32; 2]>().unwrap().targets(), [[3.0, 4.0], [5.0, 6.0]]);
    for error in
        [numbers.samples::<1, [f32; 4]>().unwrap_err(), numbers.samples::<1, u32>().unwrap_err()]
    {
        assert!(matches!(error, DatasetError::Targets { .. }), "{error}");
    }
    assert!(Dataset::default().samples::<7, [f32; 3]>().unwrap().is_empty());
}

#[test]
fn as_many_rows_as_targets_are_needed() {
    let error = DatasetError::Rows { rows: 2, targets: 1 };
    assert_eq!(Dataset::new(vec![[0.0], [1.0]], vec![1]).unwrap_err(), error);
    assert_eq!(Dataset::new(vec![[0.0], [1.0]], vec![[1.0, 2.0]]).unwrap_err(), error);
    assert_eq!(Samples::new(&[[0.0], [1.0]], &[1]).unwrap_err(), error);
    assert_eq!(error.to_string(), "2 rows of features, but 1 target");
}

#[test]
fn a_part_of_a_row_is_an_error() {
    let part = Table { columns: 2, numbers: vec![0.0; 3] };
    let whole = Table { columns: 1, numbers: vec![0.0] };
    let class = || Targets::Classes(vec![0]);
    let made = Dataset::of_tables(part.clone(), class(), Vec::new());
    assert_eq!(made, Err(DatasetError::PartOfARow));
    let made = Dataset::of_tables(whole, Targets::Numbers(part), Vec::new());
    assert_eq!(made, Err(DatasetError::PartOfARow));
}
