//! The tests of the tuner, a program: what they share is compiled once.

mod anomaly;
mod board;
mod boots;
mod client;
mod common;
mod device;
mod guard;
mod guard_reads;
mod heap;
mod installed;
mod latents;
mod learning;
mod misread;
mod model_copies;
mod model_tasks;
mod models;
mod new_classes;
mod optimizers;
mod power;
mod power_random;
mod protocol;
mod regression;
mod served_tasks;
mod slices;
mod slots;
mod store_area;
mod store_hidden;
mod store_reads;
mod store_rot;
mod stored;
mod stored_samples;
mod tasks;

#[test]
fn every_file_and_folder_of_tests_is_in_this_program() {
    let this = include_str!("all.rs");
    for entry in std::fs::read_dir("tests").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let has_tests =
            path.is_dir() || path.extension().is_some_and(|extension| extension == "rs");
        if has_tests && name != "all" {
            assert!(this.contains(&format!("\nmod {name};\n")), "{name} is not");
        }
    }
}
