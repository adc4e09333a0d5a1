//! 64-bit Arm without an operating system, as QEMU's machine `virt` is: start-up, a UART, and the
//! switch.

use core::arch::{asm, naked_asm};

/// The data register of UART 0, a PL011. The emulated one takes bytes without being set up.
const UART: *mut u32 = 0x0900_0000 as *mut u32;
/// SYSTEM_OFF of Arm's power state interface (PSCI).
const SYSTEM_OFF: u32 = 0x8400_0008;
const STACK_BYTES: usize = 1 << 20;

#[repr(C, align(16))]
struct Stack([u8; STACK_BYTES]);

/// Nobody but the stack pointer knows it.
static mut STACK: Stack = Stack([0; STACK_BYTES]);

/// Sends a byte.
pub fn send(byte: u8) {
    // SAFETY: the machine has this register here, and only this program uses it.
    unsafe { UART.write_volatile(u32::from(byte)) };
}

/// Switches the machine off.
pub fn stop() -> ! {
    // SAFETY: the call does not return, so nothing has to be kept for afterwards.
    unsafe { asm!("hvc #0", in("w0") SYSTEM_OFF, options(noreturn)) };
}

/// Where the machine starts: floating point is allowed, rounds to nearest and keeps subnormal
/// numbers; the stack is empty.
// SAFETY: no other function has this name, and the linker takes it as the program's entry. It never
// returns, and calls `main` with a stack that is aligned to 16 bytes.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn _start() -> ! {
    naked_asm!(
        "mov x0, #(3 << 20)",
        "msr cpacr_el1, x0",
        "isb",
        "msr fpcr, xzr",
        "adrp x0, {stack}",
        "add x0, x0, :lo12:{stack}",
        "mov x1, #{bytes}",
        "add sp, x0, x1",
        "b {main}",
        stack = sym STACK,
        bytes = const STACK_BYTES,
        main = sym main,
    )
}

extern "C" fn main() -> ! {
    crate::run();
    stop()
}
