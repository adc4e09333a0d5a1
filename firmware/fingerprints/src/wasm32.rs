//! WebAssembly: the host gives a function `send_byte`, and calls `run`.

#[link(wasm_import_module = "host")]
// SAFETY: the host's function takes a number, and touches no memory.
unsafe extern "C" {
    safe fn send_byte(byte: u32);
}

/// Sends a byte.
pub fn send(byte: u8) {
    send_byte(u32::from(byte));
}

/// Ends the program: a trap.
pub fn stop() -> ! {
    core::arch::wasm32::unreachable()
}

/// What the host calls.
// SAFETY: no other function has this name.
#[unsafe(no_mangle)]
extern "C" fn run() {
    crate::run();
}
