//! Every loss and every layer on processors that are no boards: the same bits as here, in one lane
//! and in four.
//!
//! The programs are those of `firmware/fingerprints`; `cargo xtask targets` builds them, and runs
//! this test.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use trimpot_parity::host;
use wasmi::{Caller, Engine, Linker, Module, Store};

/// Where a program is.
fn program(name: &str) -> PathBuf {
    let default = || "../../target/firmware/fingerprints".into();
    PathBuf::from(env::var_os("TRIMPOT_FIRMWARE_DIR").unwrap_or_else(default)).join(name)
}

/// What a WebAssembly program sends.
fn in_webassembly(name: &str) -> String {
    let engine = Engine::default();
    let module = Module::new(&engine, fs::read(program(name)).unwrap()).unwrap();
    let mut store = Store::new(&engine, Vec::<u8>::new());
    let mut linker = Linker::new(&engine);
    let send = |mut caller: Caller<'_, Vec<u8>>, byte: u32| {
        caller.data_mut().push(u8::try_from(byte).unwrap());
    };
    linker.func_wrap("host", "send_byte", send).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    instance.get_typed_func::<(), ()>(&store, "run").unwrap().call(&mut store, ()).unwrap();
    String::from_utf8(store.into_data()).unwrap()
}

/// What a program for 64-bit Arm sends.
fn on_arm(name: &str) -> String {
    let mut qemu = Command::new("qemu-system-aarch64");
    qemu.args(["-machine", "virt", "-cpu", "cortex-a53", "-kernel"]).arg(program(name));
    qemu.args(["-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none"]);
    let output = qemu.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "QEMU ended with {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Compares what was sent with what comes out here. A register there holds so many lanes.
fn compare(there: &str, lanes: usize) {
    let here = format!("lanes\t{lanes:08x}\n{}", host::everything());
    let differences: Vec<_> =
        here.lines().zip(there.lines()).filter(|(here, there)| here != there).collect();
    assert!(differences.is_empty(), "(here, there): {differences:#?}");
    assert_eq!(here.lines().count(), there.lines().count(), "{there}");
    println!(
        "{} fingerprints are the same",
        here.lines().filter(|line| line.contains('\t')).count() - 1
    );
}

#[test]
#[ignore = "needs programs: cargo xtask targets"]
fn losses_and_layers_have_the_same_bits_in_webassembly() {
    compare(&in_webassembly("wasm32"), 1);
}

#[test]
#[ignore = "needs programs: cargo xtask targets"]
fn losses_and_layers_have_the_same_bits_in_webassembly_with_simd() {
    compare(&in_webassembly("wasm32-simd128"), 4);
}

#[test]
#[ignore = "needs programs and QEMU: cargo xtask targets"]
fn losses_and_layers_have_the_same_bits_on_64_bit_arm() {
    compare(&on_arm("aarch64"), 4);
}
