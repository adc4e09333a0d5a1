//! What passes of networks that are data cost on any core: the function that `c/cores.c` calls.

use trimpot_parity::networks::measured::{Run, predict, step, update, with_memory};
use trimpot_parity::networks::{self, NamedNetwork};

/// Numbers of memory for a network and its passes. Larger ones are left out: they would take minutes
/// where numbers are computed on integers.
const MEMORY: usize = 32 * 1024;
/// How many calls are counted together: one tick is up to 40 instructions.
const CALLS: usize = 4;

static mut NUMBERS: [f32; MEMORY] = [0.0; MEMORY];

/// Measures an inference, a step in place, and a step of Adam, of each whole network that fits, and
/// reports its name and their ticks.
///
/// # Safety
/// It is called once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn measure_networks(
    ticks: extern "C" fn() -> u32,
    report: extern "C" fn(name: *const u8, len: u32, ticks: &[u32; 3]),
) {
    let numbers = &raw mut NUMBERS;
    // SAFETY: nobody else uses them.
    let memory: &mut [f32] = unsafe { &mut *numbers };
    networks::networks(&mut |named: NamedNetwork<'_>| {
        if named.is_part {
            return;
        }
        let measured = with_memory(named, memory, |run| {
            run.initialize(true);
            let passes: [fn(&mut Run<'_>, usize) -> f32; 3] = [predict, step, update];
            run.has_batches().then(|| {
                passes.map(|pass| {
                    ticks();
                    (0..CALLS).for_each(|call| {
                        core::hint::black_box(pass(run, call));
                    });
                    ticks()
                })
            })
        });
        if let Some(Some(measured)) = measured {
            report(named.name.as_ptr(), named.name.len() as u32, &measured);
        }
    });
}
