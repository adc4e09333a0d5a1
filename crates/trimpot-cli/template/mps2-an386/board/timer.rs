//! The CMSDK APB timer: Arm's Cortex-M System Design Kit, DDI 0479, section 4.1.

use vcell::VolatileCell;

#[repr(C)]
struct Registers {
    control: VolatileCell<u32>,
    value: VolatileCell<u32>,
    reload: VolatileCell<u32>,
}

const ENABLE: u32 = 1 << 0;
const TICKS_PER_MICROSECOND: u32 = 25;

/// A clock that one can wait by.
pub struct Timer {
    registers: &'static Registers,
}

impl Timer {
    /// Starts the timer whose registers are at `address`: it runs through all 32 bits, downwards.
    ///
    /// # Safety
    /// There is such a timer, and nothing else uses it.
    pub(crate) unsafe fn new(address: usize) -> Self {
        // SAFETY: the caller vouches for the address, and the registers allow any access.
        let registers = unsafe { &*(address as *const Registers) };
        registers.reload.set(u32::MAX);
        registers.value.set(u32::MAX);
        registers.control.set(ENABLE);
        Timer { registers }
    }

    /// Waits, at most 171 seconds.
    pub(crate) fn wait_microseconds(&self, microseconds: u32) {
        let start = self.registers.value.get();
        let ticks = microseconds.saturating_mul(TICKS_PER_MICROSECOND);
        while start.wrapping_sub(self.registers.value.get()) < ticks {}
    }
}
