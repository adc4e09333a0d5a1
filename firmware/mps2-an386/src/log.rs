//! Logs: defmt's frames go out at a UART, and the host makes text of them.
//!
//! A logger of our own, because the published ones panic where one message begins inside another,
//! and this firmware links no panic.

use core::cell::UnsafeCell;

use cortex_m::peripheral::SCB;
use critical_section::RestoreState;
use defmt::Encoder;

use crate::uart::Uart;

struct Log {
    port: Option<Uart>,
    encoder: Encoder,
    /// What to restore when the message ends; `None` between messages.
    restore: Option<RestoreState>,
}

struct Shared(UnsafeCell<Log>);

// SAFETY: used within a critical section on a single core only.
unsafe impl Sync for Shared {}

static LOG: Shared =
    Shared(UnsafeCell::new(Log { port: None, encoder: Encoder::new(), restore: None }));

/// Sends logs to this port from now on; until then they are lost.
pub(crate) fn start(port: Uart) {
    critical_section::with(|_| with(|log| log.port = Some(port)));
}

#[defmt::global_logger]
struct Logger;

// SAFETY: between `acquire` and `release` interrupts are off, and a message that begins before the
// last one has ended does not return: so messages do not mix.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        // SAFETY: `release` restores what this returns, once.
        let restore = unsafe { critical_section::acquire() };
        with(|log| {
            if log.restore.is_some() {
                // A fault handler logs, and the fault was in here: starting afresh is all that's
                // left.
                SCB::sys_reset();
            }
            log.restore = Some(restore);
            log.encode(|encoder, port| encoder.start_frame(|bytes| port.send(bytes)));
        });
    }

    unsafe fn write(bytes: &[u8]) {
        with(|log| log.encode(|encoder, port| encoder.write(bytes, |bytes| port.send(bytes))));
    }

    unsafe fn flush() {}

    unsafe fn release() {
        with(|log| {
            log.encode(|encoder, port| encoder.end_frame(|bytes| port.send(bytes)));
            if let Some(restore) = log.restore.take() {
                // SAFETY: `acquire` got this from `critical_section::acquire`.
                unsafe { critical_section::release(restore) };
            }
        });
    }
}

impl Log {
    fn encode(&mut self, step: impl FnOnce(&mut Encoder, &mut Uart)) {
        if let Some(port) = &mut self.port {
            step(&mut self.encoder, port);
        }
    }
}

/// Changes the log. Called with interrupts off, and never from within itself.
fn with(work: impl FnOnce(&mut Log)) {
    // SAFETY: with interrupts off nothing else on this single core can refer to the log meanwhile.
    work(unsafe { &mut *LOG.0.get() });
}
