//! The commands of the README's section on data of one's own, and what it says that they say.

use crate::desk::{Desk, data};

const README: &str = include_str!("../../../../README.md");

/// Commands, and what is shown of their output.
struct Example {
    commands: Vec<String>,
    shown: String,
}

/// Returns the section, and its examples.
fn section() -> (&'static str, Vec<Example>) {
    let (_, section) = README.split_once("## Your own data, on a board").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let examples = section.split("```sh\n").skip(1).map(|rest| {
        let (commands, rest) = rest.split_once("```").unwrap();
        let (_, rest) = rest.split_once("```text\n").unwrap();
        let (shown, _) = rest.split_once("```").unwrap();
        let commands = commands.replace("\\\n", " ");
        let command = |line: &str| {
            let command = line.strip_prefix("cargo run --release -- ");
            command.or(line.strip_prefix("trimpot ")).unwrap().to_owned()
        };
        Example { commands: commands.lines().map(command).collect(), shown: shown.to_owned() }
    });
    (section, examples.collect())
}

/// Returns the arguments of a command, as a shell would.
fn arguments(command: &str) -> Vec<&str> {
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

#[test]
fn the_five_commands_of_each_task_say_what_the_readme_shows() {
    let desk = Desk::new();
    for name in ["wrist-right.csv", "wrist-left.csv", "wrist-left-test.csv", "wrist-windows.npz"] {
        let to = desk.path(&format!("data/{name}"));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(data(name), to).unwrap();
    }
    let (section, examples) = section();
    assert_eq!(examples.len(), 4);
    for Example { commands, shown } in examples {
        let words: Vec<_> =
            commands.iter().map(|command| command.split(" --").next().unwrap()).collect();
        assert!(words[0] == "train" && words[1].starts_with("plan "), "{words:?}");
        assert!(words[2].starts_with("board install "), "{words:?}");
        assert!(words[3].starts_with("board learn ") && commands[3].ends_with(" --commit"));
        assert!(words[4].starts_with("board evaluate ") && words.len() == 5, "{words:?}");
        let mut said = String::new();
        for command in &commands {
            said += &desk.succeeds(arguments(command));
        }
        for line in shown.lines() {
            assert!(said.lines().any(|said| said == line), "{line}: {said}");
        }

        // What the text says of the model before the board learned: in the board's words.
        let evaluate = commands[4].strip_prefix("board evaluate").unwrap();
        let model = commands[1].split(' ').nth(1).unwrap();
        let before = desk.run(&format!("evaluate {model}{evaluate}"));
        let scores = ["accuracy ", "mse ", "false alarm rate "];
        let score = scores.into_iter().find(|&score| shown.contains(score)).unwrap();
        let number = before.lines().find_map(|line| line.strip_prefix(score)).unwrap();
        assert!(section.contains(number), "{score}{number}: not in the text");

        // What was learned before is not forgotten: of the other wrist.
        if score == "accuracy " && commands[4].ends_with("data/wrist-left-test.csv") {
            assert!(desk.accuracy("data/wrist-right.csv") > 90.0);
        }
    }
}
