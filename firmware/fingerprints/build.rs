//! Where the program lies in memory.

use std::env;

fn main() {
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "aarch64") {
        // RAM of QEMU's machine `virt` begins at 0x4000_0000, with the device tree.
        println!("cargo:rustc-link-arg-bins=--image-base=0x40200000");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
