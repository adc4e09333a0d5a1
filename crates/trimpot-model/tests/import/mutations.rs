//! Files that are damaged: bytes are changed at random, or the end is missing. Whatever comes of it
//! is a network or an error, and takes no more memory than its numbers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{env, fs};

use trimpot::random::Random;
use trimpot_model::import::{Format, Request};

use super::keras::{archive, entries};
use super::{Case, cases, folder};

/// Address space that reading may add, in KiB: arenas of the allocator for each thread, and far less
/// than a size in a header can say.
const MOST_KIB: u64 = 512 << 10;

/// A file that is not damaged yet.
struct Whole {
    format: Format,
    request: Request,
    /// The file, or the entries of an archive, which has a checksum of each: names and bytes.
    parts: Vec<(String, Vec<u8>)>,
}

/// All files of a folder, with what is said of each.
fn files(of: &str) -> Vec<Whole> {
    let whole = |case: Case| {
        let bytes = fs::read(folder(of).join(&case.file)).unwrap();
        let format = Format::of(&bytes, None).unwrap();
        let parts = match format {
            Format::Keras => entries(&bytes),
            _ => vec![(String::new(), bytes)],
        };
        Whole { format, request: case.request(), parts }
    };
    cases(of).into_iter().map(whole).collect()
}

/// Changes some bytes, or cuts the end off. Digits and signs of a header become others more often.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut below = |limit| random.below(limit);
    if below(8) == 0 {
        let length = below(bytes.len());
        bytes.truncate(length);
    }
    for _ in 0..=below(4) {
        let header = if below(2) == 0 { 512 } else { usize::MAX };
        let at = below(bytes.len().min(header));
        let kind = below(5);
        let (any, digit) = (below(256) as u8, b"0123456789-[]{}\",:eE"[below(20)]);
        let bit = 1 << below(8);
        let Some(byte) = bytes.get_mut(at) else { continue };
        match kind {
            0 => *byte = any,
            1 => *byte ^= bit,
            2 => *byte = digit,
            3 => bytes.insert(at, digit),
            _ => drop(bytes.remove(at)),
        }
    }
}

/// The largest address space that the process has had, in KiB; where the system does not say, 0.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Reads so many damaged files of a folder. Returns how many were networks all the same.
fn read_damaged(of: &str, count: u64, seed: u32) -> u64 {
    let files = files(of);
    let mut random = Random::new(seed);
    let mut read = 0;
    let before = peak();
    for number in 0..count {
        let Whole { format, request, parts } = &files[(number % files.len() as u64) as usize];
        let mut parts = parts.clone();
        let part = random.below(parts.len());
        mutate(&mut parts[part].1, &mut random);
        let bytes = match format {
            Format::Keras => archive(&parts),
            _ => parts.swap_remove(0).1,
        };
        let nothing = Request::default();
        let request = if number % 16 == 0 { &nothing } else { request };
        let result = catch_unwind(AssertUnwindSafe(|| format.read(&bytes, request)));
        match result {
            Ok(Ok(_)) => read += 1,
            Ok(Err(error)) => drop(error.to_string()),
            Err(_) => panic!("file {number} of seed {seed}: {bytes:?}"),
        }
    }
    let added = peak() - before;
    assert!(added <= MOST_KIB, "reading took {added} KiB more");
    read
}

#[test]
fn damaged_files_are_networks_or_errors() {
    for (of, count) in [("pytorch", 20_000), ("keras", 3_000)] {
        let read = read_damaged(of, count, 1);
        // Else nothing behind the header was tried.
        assert!(read > count / 20, "{read} of {count} were read");
        assert!(read < count - count / 20, "{read} of {count} were read");
    }
}

/// As many of each kind as `TRIMPOT_MUTATIONS` says.
#[test]
#[ignore = "takes as long as it is told to"]
fn many_damaged_files_are_networks_or_errors() {
    let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
    let count = number("TRIMPOT_MUTATIONS").unwrap_or(100_000);
    let seed = number("TRIMPOT_SEED").unwrap_or(2) as u32;
    for of in ["pytorch", "keras"] {
        let read = read_damaged(of, count, seed);
        println!("{of}: {count} damaged files, of which {read} were networks all the same");
    }
}
