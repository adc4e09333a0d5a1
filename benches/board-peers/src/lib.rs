//! Trimpot, as the programs in `c/` call it: the functions of `c/network.h` and `c/cores.c`.
#![no_std]

mod networks;

use core::panic::PanicInfo;

use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::optimizer::{self, Adam};
use trimpot::{chain, network};

type NetworkA = network!(Dense<64, 32>, Relu, Dense<32, 10>; from 64);
type NetworkB = network!(Dense<16, 32>, Relu, Dense<32, 16>, Relu, Dense<16, 4>; from 16);

const A: usize = NetworkA::PARAMETERS;
const B: usize = NetworkB::PARAMETERS;
const SAMPLES: usize = 16;
const LEARNING_RATE: f32 = 0.05;
const ADAM_LEARNING_RATE: f32 = 0.001;
const LOSS: CrossEntropy = CrossEntropy::new();

/// What there is beside a network to learn from batches by Adam.
struct Batches {
    adam: Option<Adam>,
    gradient: [f32; A],
    moments: [[f32; 2]; A],
}

static mut NETWORK_A: NetworkA = NetworkA::new(chain![Dense, Relu, Dense], [0.0; A]);
static mut NETWORK_B: NetworkB = NetworkB::new(chain![Dense, Relu, Dense, Relu, Dense], [0.0; B]);
static mut BATCHES: Batches = Batches { adam: None, gradient: [0.0; A], moments: [[0.0; 2]; A] };

/// # Safety
/// Nobody else uses the network meanwhile: there is one thread, and no function calls another one.
unsafe fn network_a() -> &'static mut NetworkA {
    let network = &raw mut NETWORK_A;
    // SAFETY: the caller vouches for it.
    unsafe { &mut *network }
}

/// # Safety
/// That of [`network_a`].
unsafe fn network_b() -> &'static mut NetworkB {
    let network = &raw mut NETWORK_B;
    // SAFETY: the caller vouches for it.
    unsafe { &mut *network }
}

/// Takes the initial parameters of network (a).
///
/// # Safety
/// They are there, and there is one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_a(parameters: &[f32; A]) {
    // SAFETY: there is one thread.
    *unsafe { network_a() }.parameters_mut() = *parameters;
}

/// Takes the initial parameters of network (b).
///
/// # Safety
/// They are there, and there is one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_b(parameters: &[f32; B]) {
    // SAFETY: there is one thread.
    *unsafe { network_b() }.parameters_mut() = *parameters;
}

/// A step of gradient descent of network (a). Returns the loss before it.
///
/// # Safety
/// There is a sample, and one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn step_a(sample: &[f32; 64], label: u32) -> f32 {
    // SAFETY: there is one thread.
    unsafe { network_a() }.train_step(&LOSS, sample, &label, LEARNING_RATE, 0)
}

/// A step of gradient descent of network (b). Returns the loss before it.
///
/// # Safety
/// There is a sample, and one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn step_b(sample: &[f32; 16], label: u32) -> f32 {
    // SAFETY: there is one thread.
    unsafe { network_b() }.train_step(&LOSS, sample, &label, LEARNING_RATE, 0)
}

/// Returns the first logit of network (a).
///
/// # Safety
/// There is a sample, and one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn infer_a(sample: &[f32; 64]) -> f32 {
    // SAFETY: there is one thread.
    unsafe { network_a() }.predict::<f32>(sample)[0]
}

/// Returns the first logit of network (b).
///
/// # Safety
/// There is a sample, and one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn infer_b(sample: &[f32; 16]) -> f32 {
    // SAFETY: there is one thread.
    unsafe { network_b() }.predict::<f32>(sample)[0]
}

/// A step of Adam on the mean gradient of all samples. Returns their mean loss before it.
///
/// # Safety
/// There are 16 samples, and one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn batch_a(samples: &[[f32; 64]; SAMPLES]) -> f32 {
    let batches = &raw mut BATCHES;
    // SAFETY: there is one thread, and nothing else uses what batches need.
    let (network, batches) = unsafe { (network_a(), &mut *batches) };
    if batches.adam.is_none() {
        batches.adam = Adam::new(ADAM_LEARNING_RATE).ok();
    }
    let Some(adam) = &mut batches.adam else { return f32::NAN };
    learn_batch(network, adam, &mut batches.gradient, &mut batches.moments, samples)
}

/// Out of line, so that the compiler knows that all this is memory of its own, as in the firmware.
#[inline(never)]
fn learn_batch(
    network: &mut NetworkA,
    adam: &mut Adam,
    gradient: &mut [f32; A],
    moments: &mut [[f32; 2]; A],
    samples: &[[f32; 64]; SAMPLES],
) -> f32 {
    gradient.fill(0.0);
    let mut loss = 0.0;
    for (k, sample) in (0..).zip(samples) {
        loss += network.accumulate::<f32, _>(&LOSS, sample, &(k % 10), 0, gradient);
    }
    let share = 1.0 / SAMPLES as f32;
    for gradient in &mut *gradient {
        *gradient *= share;
    }
    optimizer::step(adam, network.parameters_mut(), gradient, moments);
    loss * share
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
