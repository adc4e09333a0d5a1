//! Hands the memory map and the linker scripts to the linker.

use std::{env, fs, path::PathBuf};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("memory.x"), include_str!("memory.x")).expect("OUT_DIR is writable");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=--nmagic");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    // It runs models of any size, on a board with as much RAM.
    println!("cargo:rustc-link-arg-bin=device=--defsym=RAM_BYTES=1M");
    println!("cargo:rerun-if-changed=memory.x");
}
