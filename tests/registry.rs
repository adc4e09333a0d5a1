//! The registry lists every loss that has a source file.

use std::collections::BTreeSet;
use std::path::Path;

/// Types in the source files of the losses.
fn losses_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            losses_in(&path, found);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for line in source.lines().filter(|line| line.starts_with("impl")) {
            let Some((trait_, type_)) = line.split_once(" for ") else { continue };
            let one_of = ["Elementwise", "Overlap"];
            let is_loss =
                trait_.contains("Loss<") || one_of.iter().any(|one| trait_.ends_with(one));
            let name: String = type_.chars().take_while(|c| c.is_alphanumeric()).collect();
            if is_loss && name.len() > 1 {
                found.insert(name);
            }
        }
    }
}

#[test]
fn every_loss_is_in_the_registry() {
    let mut found = BTreeSet::new();
    losses_in(Path::new("crates/trimpot/src/loss"), &mut found);
    // Made of other losses, so without a name of their own.
    for composition in ["Masked", "MultiTask", "Sum", "Uncertain", "Weighted"] {
        assert!(found.remove(composition), "{composition} is not a loss any more");
    }

    macro_rules! types {
        ($($name:ident: $loss:ty;)*) => { [$(stringify!($loss)),*] };
    }
    let listed = trimpot::for_each_loss!(types);
    let listed = listed.iter().map(|path| path.rsplit("::").next().unwrap().trim().to_owned());
    assert_eq!(found, listed.collect());
}
