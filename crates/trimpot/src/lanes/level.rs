//! Which instructions kernels are made of: what the program is built for, or more where the
//! processor has more.

use core::fmt::{self, Display, Formatter};
use core::sync::atomic::{AtomicU8, Ordering};

use super::{Lanes, NativeRegister, Registers};

/// A set of instructions for vectors, from the least to the most.
///
/// Losses over slices ([`batch`](crate::batch)) and the host's training and inference take the
/// [current](Self::current) one by themselves. Results have the same bits on all of them.
///
/// ```
/// use trimpot::lanes::{Kernel, Level, Registers};
///
/// /// The squares of numbers.
/// struct Squares<'a>(&'a mut [f32]);
///
/// impl Kernel for Squares<'_> {
///     type Output = ();
///     #[inline(always)]
///     fn run<V: Registers>(self) {
///         for number in self.0 {
///             *number *= *number;
///         }
///     }
/// }
///
/// let mut numbers = [1.0, 2.0, 3.0];
/// Level::current().run(Squares(&mut numbers));
/// assert_eq!(numbers, [1.0, 4.0, 9.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// What every processor has that the program can run on, and no AVX2:
    /// [`Native`](super::Native) then has registers of SSE, NEON or WebAssembly, or single numbers.
    Baseline,
    /// AVX2: 8 lanes.
    Avx2,
    /// AVX-512, as x86-64-v4 has it: 16 lanes.
    Avx512,
}

/// The level that kernels run on, as a number; [`UNKNOWN`] before the processor was asked.
static CURRENT: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = u8::MAX;

impl Level {
    /// All of them, from the least to the most.
    pub const ALL: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

    /// What the program is built for: there is nothing below.
    pub const BUILT: Level = if cfg!(target_feature = "avx512f") {
        Level::Avx512
    } else if cfg!(target_feature = "avx2") {
        Level::Avx2
    } else {
        Level::Baseline
    };

    /// Whether there may be something to choose when the program runs.
    const IS_CHOSEN: bool =
        cfg!(all(target_arch = "x86_64", target_feature = "sse2", not(target_feature = "avx512f")));

    /// Returns whether kernels can run on this level: the processor has it, and the program is not
    /// built for more. The processor is asked once, without help of a standard library.
    #[must_use]
    pub fn is_available(self) -> bool {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        let has = match self {
            Level::Baseline => true,
            Level::Avx2 => trimpot_x86::has_avx2(),
            Level::Avx512 => trimpot_x86::has_avx512(),
        };
        #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
        let has = self == Level::Baseline;
        self == Level::BUILT || self > Level::BUILT && has
    }

    /// Returns the level that kernels run on: the most that is available, up to a
    /// [limit](Self::limit).
    #[inline]
    #[must_use]
    pub fn current() -> Level {
        const BASELINE: u8 = Level::Baseline as u8;
        const AVX2: u8 = Level::Avx2 as u8;
        const AVX512: u8 = Level::Avx512 as u8;
        if !Self::IS_CHOSEN {
            return Self::BUILT;
        }
        match CURRENT.load(Ordering::Relaxed) {
            BASELINE => Level::Baseline,
            AVX2 => Level::Avx2,
            AVX512 => Level::Avx512,
            _ => Self::ask(),
        }
    }

    /// Asks the processor, unless a limit was set meanwhile.
    #[cold]
    fn ask() -> Level {
        let most = Self::most(Level::Avx512);
        // Who came first has said it.
        #[cfg(target_has_atomic = "8")]
        match CURRENT.compare_exchange(UNKNOWN, most as u8, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => most,
            Err(_) => Self::current(),
        }
        #[cfg(not(target_has_atomic = "8"))]
        most
    }

    /// Returns the most that is available, up to a level.
    fn most(limit: Level) -> Level {
        let allowed = |level: &Level| *level <= limit && level.is_available();
        Self::ALL.into_iter().rfind(allowed).unwrap_or(Self::BUILT)
    }

    /// Has the whole program run kernels on this level at most, to compare levels, or because a
    /// processor slows down where registers are wide. Returns the level that is used: the most that
    /// is available of these, and no less than what the program is built for.
    pub fn limit(self) -> Level {
        let level = Self::most(self);
        CURRENT.store(level as u8, Ordering::Relaxed);
        level
    }

    /// Returns its name: of the baseline, that of the registers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
            Level::Baseline if cfg!(all(target_feature = "avx", not(target_feature = "avx2"))) => {
                "avx"
            }
            Level::Baseline if cfg!(target_feature = "sse2") => "sse2",
            Level::Baseline if cfg!(target_feature = "neon") => "neon",
            Level::Baseline if cfg!(target_feature = "simd128") => "simd128",
            Level::Baseline => "scalar",
        }
    }

    /// Returns how many `f32` a register holds.
    #[must_use]
    pub const fn lanes(self) -> usize {
        match self {
            Level::Avx2 => 8,
            Level::Avx512 => 16,
            Level::Baseline => NativeRegister::LANES,
        }
    }

    /// Returns how many samples go through a network at once: the lanes of a
    /// [block](Registers::Block).
    #[must_use]
    pub fn samples(self) -> usize {
        struct Samples;
        impl Kernel for Samples {
            type Output = usize;
            #[inline(always)]
            fn run<V: Registers>(self) -> usize {
                V::Block::LANES
            }
        }
        self.run(Samples)
    }

    /// Runs a kernel on registers of this level; on those that the program is built for where it is
    /// not available.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        let kernel = match on_registers(self, kernel) {
            Ok(output) => return output,
            Err(kernel) => kernel,
        };
        kernel.run::<NativeRegister>()
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is computed on vectors, whichever there are.
pub trait Kernel {
    /// What comes out.
    type Output;
    /// Computes it, on vectors of type `V`.
    ///
    /// To be `#[inline(always)]`, as all that works on vectors behind it, closures among that: what
    /// is not inlined is compiled for the baseline, and slow. [`Lanes::vectorize`] begins anew.
    fn run<V: Registers>(self) -> Self::Output;
}

/// Runs a kernel on a level that is above what the program is built for, or gives it back.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
fn on_registers<K: Kernel>(level: Level, kernel: K) -> Result<K::Output, K> {
    use super::registers::Vector;
    use trimpot_x86::InstructionSet;

    struct OnVectors<K>(K);
    impl<K: Kernel> trimpot_x86::Kernel for OnVectors<K> {
        type Output = K::Output;
        #[inline(always)]
        fn run_8<S: InstructionSet<8>>(self) -> K::Output {
            self.0.run::<Vector<S, 8>>()
        }
        #[inline(always)]
        fn run_16<S: InstructionSet<16>>(self) -> K::Output {
            self.0.run::<Vector<S, 16>>()
        }
    }

    // As constants, so that nothing is compiled for a level that the program is built for.
    const FEWER_THAN_AVX512: bool = (Level::BUILT as u8) < Level::Avx512 as u8;
    const FEWER_THAN_AVX2: bool = (Level::BUILT as u8) < Level::Avx2 as u8;
    let result = match level {
        Level::Avx512 if FEWER_THAN_AVX512 => trimpot_x86::avx512(OnVectors(kernel)),
        Level::Avx2 if FEWER_THAN_AVX2 => trimpot_x86::avx2(OnVectors(kernel)),
        _ => return Err(kernel),
    };
    result.map_err(|OnVectors(kernel)| kernel)
}
