//! The least firmware that learns: network (a) of the benchmark, one step and one inference, and
//! nothing else. Its size is what training costs in flash and RAM.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m_rt::entry;
use trimpot::loss::CrossEntropy;
use trimpot_firmware::benchmark::{NetworkA, network_a};

/// Not zero when all is done. Whoever measures the stack from outside looks here.
#[unsafe(no_mangle)]
static RESULT: AtomicU32 = AtomicU32::new(0);

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[entry]
fn main() -> ! {
    static mut NETWORK: NetworkA = network_a();

    NETWORK.initialize(1);
    let sample = black_box(&[0.5; 64]);
    let loss = NETWORK.train_step(&CrossEntropy::new(), sample, &black_box(3), 0.05, 0);
    let logits = NETWORK.predict::<f32>(sample);
    // The sign bit keeps it from being zero.
    RESULT.store((loss + logits[3]).to_bits() | 1 << 31, Ordering::Release);
    loop {
        core::hint::spin_loop();
    }
}
