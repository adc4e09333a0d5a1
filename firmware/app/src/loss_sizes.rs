//! Each loss of the registry as a function of its own, so that `cargo xtask sizes` can weigh it:
//! value and gradient of one sample of 10 numbers (rows of 10 where it takes several).
//!
//! Parameters are not known to the compiler, as if they came from a file: a loss with constant ones
//! can only be smaller.

use trimpot::loss::{Loss, Target};
use trimpot::shape::Shape;
use trimpot_parity::Prediction;

/// How long rows are.
const N: usize = 10;

/// A loss: `xtask` reads it from the finished program.
#[repr(C)]
pub struct Entry {
    name: *const u8,
    length: usize,
    function: *const (),
}

// SAFETY: a name and a function, both of the program, and nobody changes them.
unsafe impl Sync for Entry {}

impl Entry {
    const fn new(name: &'static str, function: *const ()) -> Self {
        Entry { name: name.as_ptr(), length: name.len(), function }
    }
}

type Values<L> = <Prediction<L, N> as Shape>::Values<f32>;
type TargetValues<L> = <<L as Loss<Prediction<L, N>>>::Target as Target>::Values<f32>;

macro_rules! functions {
    ($($name:ident: $loss:ty;)*) => {
        $(
            #[inline(never)]
            fn $name(
                loss: &$loss,
                prediction: &Values<$loss>,
                target: &TargetValues<$loss>,
                gradient: &mut Values<$loss>,
            ) -> f32 {
                loss.gradient::<f32>(prediction, target, gradient)
            }
        )*

        /// All losses, by the names of the registry.
        #[unsafe(no_mangle)]
        pub static LOSSES: [Entry; [$(stringify!($name)),*].len()] =
            [$(Entry::new(stringify!($name), $name as *const ())),*];
    };
}
trimpot::for_each_loss!(functions);
