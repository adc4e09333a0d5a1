use std::collections::HashMap;
use std::fmt::Write;
use std::fs;

use clap::Parser;
use trimpot_host::dataset::Dataset;
use trimpot_host::loss;
use trimpot_host::study::catalogue::{self, Effort};
use trimpot_host::study::{Draw, Split};

use super::*;
use crate::train;

#[derive(Parser)]
struct StudyWords {
    #[command(flatten)]
    options: Options,
}

#[derive(Parser)]
struct TrainWords {
    #[command(flatten)]
    options: train::Options,
}

fn options(words: &[&str]) -> Options {
    StudyWords::try_parse_from([&["study"], words].concat()).unwrap().options
}

#[test]
fn means_of_missing_values_are_those_of_samples_that_are_not_tested_on() {
    let mut table = "number,value,class\n".to_owned();
    for number in 0..100 {
        let value = if number % 3 == 0 { String::new() } else { (number * number).to_string() };
        let _ = writeln!(table, "{number},{value},{}", number % 2);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.csv");
    fs::write(&file, table).unwrap();
    let words = ["--data", file.to_str().unwrap(), "--missing", "mean"];
    let subject = own(&options(&words)).unwrap();
    let Split { train, validation, test } = subject.split(Draw::Seed(0), usize::MAX);
    let rows = |data: &Dataset| -> HashMap<u32, f32> {
        data.features()
            .numbers
            .as_chunks()
            .0
            .iter()
            .map(|&[number, value]| (number as u32, value))
            .collect()
    };
    let (mut pool, tested) = (rows(&train), rows(&test));
    pool.extend(rows(&validation));
    assert_eq!(pool.len(), 80);
    let there: Vec<f64> = pool
        .keys()
        .filter(|&number| number % 3 != 0)
        .map(|&number| f64::from(number).powi(2))
        .collect();
    let mean = (there.iter().sum::<f64>() / there.len() as f64) as f32;
    let all = pool.into_iter().chain(tested);
    let filled: Vec<f32> =
        all.filter(|(number, _)| number % 3 == 0).map(|(_, value)| value).collect();
    assert!(filled.len() > 27);
    assert!(filled.iter().all(|&value| value == mean), "{mean}: {filled:?}");
}

/// Whatever a study has chosen, `trimpot train` takes it, with the same loss.
#[test]
fn the_words_of_all_levels_are_those_of_train() {
    let data = read(&options(&["--folder", "../../data"])).unwrap();
    let mut levels = 0;
    for experiment in catalogue::experiments(&data.subjects, Effort::QUICK) {
        for level in &experiment.levels {
            let Some(recipe) = level.procedure.recipe() else { continue };
            let words = ["train".to_owned()].into_iter().chain(data.words.clone());
            let words: Vec<String> = words.chain(recipe.words()).collect();
            let train = match TrainWords::try_parse_from(&words) {
                Ok(words) => words.options,
                Err(error) => panic!("{words:?}: {error}"),
            };
            let outputs = experiment.subject.kind.outputs();
            let name = train.loss.as_ref().unwrap();
            let found = loss::named(name, &train.loss_options, outputs).unwrap();
            let expected = loss::of_text(&recipe.loss, outputs).unwrap();
            assert_eq!(found.text(), expected.text());
            assert_eq!(train.network, Some(recipe.network.parse().unwrap()));
            levels += 1;
        }
    }
    assert!(levels > 50, "{levels}");
}
