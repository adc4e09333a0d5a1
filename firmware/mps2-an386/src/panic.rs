//! What happens if the firmware panics, which it is built not to: it says so, and starts afresh
//! from the stored weights.

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    defmt::error!("panic: {}", defmt::Display2Format(info));
    SCB::sys_reset()
}
