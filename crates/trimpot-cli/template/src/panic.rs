//! What happens if the program panics, or the processor finds a fault: it says so to an emulator or a
//! debugger, and ends there with an error. Without a debugger it stops: a device in the field had
//! better start afresh, by `cortex_m::peripheral::SCB::sys_reset()`.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::{debug, hprintln};

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    hprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    panic!("{frame:?}");
}
