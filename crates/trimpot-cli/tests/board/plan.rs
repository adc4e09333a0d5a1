//! What `trimpot plan` says, against what a board says that has the model.

use crate::desk::Desk;

/// Returns the number behind these words.
fn number(text: &str, words: &str) -> usize {
    let (_, behind) = text.split_once(words).unwrap_or_else(|| panic!("no {words}: {text}"));
    let digits = behind.trim_start().split([' ', '\n']).next().unwrap();
    digits.replace(',', "").parse().unwrap()
}

#[test]
fn a_board_needs_the_memory_that_was_planned() {
    let desk = Desk::new();
    desk.trained("12-8-3", &["--standardize"]);
    std::fs::rename(desk.path("model.safetensors"), desk.path("classes.safetensors")).unwrap();
    let train = "--epochs 5 --hold-out 0.25 --standardize";
    desk.run(&format!("train --data train.csv --network 12-6-3-6-12 --task anomalies --normal low {train} --output normal.safetensors"));
    let without_names = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + "\n";
    desk.file(
        "numbers.csv",
        &desk.text("train.csv").lines().map(without_names).collect::<String>(),
    );
    desk.run(&format!("train --data numbers.csv --targets 2 --loss mse --network 10-6-2 {train} --output numbers.safetensors"));

    let mut seen = Vec::new();
    for (model, data, options) in [
        ("classes", "train", ""),
        ("classes", "train", "--optimizer adam --train head:1 --latents u8"),
        ("classes", "train", "--optimizer momentum:0.9 --batch 4 --train biases --new-classes 2"),
        ("numbers", "numbers", ""),
        ("numbers", "numbers", "--optimizer adam"),
        ("normal", "train", ""),
        ("normal", "train", "--latents none"),
    ] {
        let plan = desk.run(&format!("plan {model}.safetensors {options}"));
        let planned = number(&plan, "It says RAM:");
        desk.board(&format!("install {model}.safetensors {data}.csv {options}"));
        let described = desk.board("describe");
        assert_eq!(planned, number(&described, "\nRAM "), "{model} {options}: {plan}{described}");
        // What a board does not count is in the table, and nothing else.
        let table = plan.split_once("RAM, bytes").unwrap().1.split_once("instructions").unwrap().0;
        let learning = |line: &str| number(line, line.trim_end().rsplit_once(' ').unwrap().0);
        let mut lines = table.lines();
        let all = learning(lines.next().unwrap());
        let parts: Vec<_> = lines.map(|line| (line.trim(), learning(line))).collect();
        assert_eq!(all, parts.iter().map(|(_, bytes)| bytes).sum::<usize>(), "{plan}");
        let beside = parts.iter().filter(|(name, _)| {
            ["list of layers", "stack"].iter().any(|own| name.starts_with(own))
        });
        assert_eq!(all - planned, beside.map(|(_, bytes)| bytes).sum::<usize>(), "{plan}");
        seen.push(planned);
    }
    // The optimizer's memory, latents instead of features, more classes: all of it is seen.
    assert!(seen.iter().enumerate().all(|(at, bytes)| !seen[..at].contains(bytes)), "{seen:?}");
    // What is in the model file need not be said again.
    desk.board("install classes.safetensors train.csv --optimizer adam --train head:1");
    desk.board("read --output read.safetensors");
    let plan = desk.run("plan read.safetensors --board nrf52840-dk");
    assert_eq!(number(&plan, "It says RAM:"), number(&desk.board("describe"), "\nRAM "));
    assert!(plan.contains("  optimizer "), "{plan}");
    // Where nothing is computed again, a board learns like that.
    let kept = desk.run("plan read.safetensors --checkpoint-every 1");
    assert_eq!(kept, desk.run("plan read.safetensors"));
}
