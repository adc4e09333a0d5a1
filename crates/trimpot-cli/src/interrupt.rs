//! Ctrl-C and SIGTERM: the first one asks the work to end, the second one ends the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Once};

use signal_hook::consts::{SIGINT, SIGTERM};

/// What a shell gets from a program that Ctrl-C has ended.
pub const EXIT_CODE: u8 = 130;

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static CAUGHT: Once = Once::new();

/// From now on, a signal asks. SIGHUP stays what it is: `nohup` has it ignored.
pub(crate) fn catch() {
    ASKED.store(false, Ordering::Relaxed);
    CAUGHT.call_once(catch_signals);
}

/// Returns whether there was a signal.
pub(crate) fn is_asked_for() -> bool {
    ASKED.load(Ordering::Relaxed)
}

#[cfg(unix)]
fn catch_signals() {
    // Where a system has no such signals, there is nothing to catch.
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for _ in &mut signals {
            if ASKED.swap(true, Ordering::Relaxed) {
                // Not in the middle of a file.
                let _writing = trimpot_model::output::pause_writing();
                std::process::exit(EXIT_CODE.into());
            }
        }
    });
}

#[cfg(not(unix))]
fn catch_signals() {
    for signal in [SIGINT, SIGTERM] {
        // Where a system has no such signals, there is nothing to catch.
        let _ = signal_hook::flag::register(signal, Arc::clone(&ASKED));
    }
}
