//! Times losses over slices and row-major batches that fit into the first cache.

use std::hint::black_box;

use trimpot::batch::{classes, elementwise, overlap, rows};
use trimpot::lanes::{Lanes, Native};
use trimpot::loss::{
    BinaryCrossEntropyWithLogits, CrossEntropy, Dice, Elementwise, Hinge, Huber, MeanSquaredError,
};
use trimpot_parity::Source;

use crate::costs;
use crate::kernels::Kernel;
use crate::timer::least_ns;

/// Predictions, targets and gradient are 24 KiB.
const ELEMENTS: usize = 2048;

/// Slices that belong together.
const FITS: &str = "they have the same length";

/// Adds the kernels, which are as wide as the processor's registers.
pub fn measure(kernels: &mut Vec<Kernel>) {
    elementwise(kernels, "mse", &MeanSquaredError);
    elementwise(kernels, "huber", &Huber::default());
    elementwise(kernels, "hinge", &Hinge::default());
    elementwise(kernels, "bce_with_logits", &BinaryCrossEntropyWithLogits::default());

    let [predictions, targets, mut gradient] = numbers();
    let ns = least_ns(|| {
        let (predictions, loss) = (black_box(&predictions), Dice::default());
        black_box(overlap::gradient(&loss, predictions, &targets, &mut gradient)).expect(FITS);
        black_box(&gradient);
    });
    kernels.push(kernel("dice", "slice", 12.0, ns));

    let loss = CrossEntropy::new();
    let labels: [u32; ELEMENTS / ROW] = std::array::from_fn(|row| row as u32 % ROW as u32);
    let mut values = [0.0; ELEMENTS / ROW];
    let ns = least_ns(|| {
        let (samples, _) = black_box(&predictions).as_chunks::<ROW>();
        let (gradient, _) = gradient.as_chunks_mut();
        black_box(rows::gradient(&loss, samples, &labels, gradient, &mut values)).expect(FITS);
        black_box((gradient, &values));
    });
    kernels.push(kernel("cross_entropy", "rows of 8", 8.0, ns));

    let ns = least_ns(|| {
        let (logits, values) = (black_box(&predictions), &mut values[..2]);
        let classes = ELEMENTS / 2;
        let done = classes::gradient(&loss, classes, logits, &[7, 1000], &mut gradient, values);
        black_box(done).expect(FITS);
        black_box(&gradient);
    });
    kernels.push(kernel("cross_entropy", "1024 classes", 8.0, ns));
}

/// Classes of a short row.
const ROW: usize = 8;

/// Predictions, targets, and room for a gradient: all losses take numbers from 0 to 1.
fn numbers() -> [Vec<f32>; 3] {
    let mut source = Source::new(1);
    source.set_kind(trimpot_parity::source::Kind::Unit);
    [(); 3].map(|()| (0..ELEMENTS).map(|_| source.number()).collect())
}

fn elementwise(kernels: &mut Vec<Kernel>, name: &str, loss: &impl Elementwise) {
    let [predictions, targets, mut gradient] = numbers();
    let ns = least_ns(|| {
        let predictions = black_box(&predictions);
        black_box(elementwise::gradient(loss, predictions, &targets, &mut gradient)).expect(FITS);
        black_box(&gradient);
    });
    kernels.push(kernel(name, "slice", 12.0, ns));
}

/// Of a loss of the registry.
fn kernel(loss: &str, form: &str, bytes: f64, ns: f64) -> Kernel {
    Kernel {
        name: format!("{loss}, {form}, f32x{}", Native::LANES),
        cost: costs::of_loss(loss, ELEMENTS).expect("these are counted"),
        bytes,
        held: bytes as usize * ELEMENTS,
        time: ns / ELEMENTS as f64,
    }
}
