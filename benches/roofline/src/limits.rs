//! What one core of this machine can do.

use std::fs;
use std::hint::black_box;

use trimpot::lanes::{Lanes, Native, f32x8};
use trimpot::math;
use trimpot_roofline::triad;

use crate::timer::least_ns;

/// The machine's limits.
pub struct Limits {
    /// Cycles a ns: GHz.
    pub clock: f64,
    /// By registers, the narrowest first.
    pub widths: Vec<Width>,
    /// From the first cache to memory.
    pub levels: Vec<Level>,
    /// Bytes a ns from memory, written past the caches.
    pub streaming: f64,
}

/// What is done in registers of one width: a kernel that fills half a register reaches half of what
/// the processor could do.
pub struct Width {
    pub lanes: usize,
    /// Products and sums, not fused, a ns: GFLOP/s.
    pub unfused: f64,
    /// The same, fused.
    pub fused: f64,
    /// ns of a division, of an exponential and of a logarithm, for a number.
    pub division: f64,
    pub exponential: f64,
    pub logarithm: f64,
}

/// A cache or memory.
pub struct Level {
    pub name: &'static str,
    /// Bytes that fit.
    pub size: usize,
    /// Bytes a ns of a triad with data that fits: GB/s.
    pub bandwidth: f64,
}

impl Limits {
    pub fn measure() -> Self {
        let sizes = [("L1", 0, 32 << 10), ("L2", 2, 512 << 10), ("L3", 3, 8 << 20)];
        let mut levels: Vec<Level> = sizes
            .into_iter()
            .map(|(name, index, default)| {
                let size = cache(index).unwrap_or(default);
                // Two thirds of it: others have something there as well. A third cache is shared,
                // too.
                let used = if name == "L3" { size / 4 } else { size / 3 * 2 };
                Level { name, size, bandwidth: bandwidth(used, triad::plain) }
            })
            .collect();
        let large = 192 << 20;
        levels.push(Level {
            name: "memory",
            size: usize::MAX,
            bandwidth: bandwidth(large, triad::plain),
        });
        // `wide`'s own vectors fuse where the processor can.
        let fused = || rate(8, wide::f32x8::splat, wide::f32x8::mul_add);
        let mut widths = vec![width::<f32x8>(fused)];
        if Native::LANES > f32x8::LANES {
            let fused = || rate(16, wide::f32x16::splat, wide::f32x16::mul_add);
            widths.push(width::<Native>(fused));
        }
        let streaming = bandwidth(large, triad::streaming);
        Limits { clock: clock(), widths, levels, streaming }
    }

    /// Returns the limits of kernels with so many lanes. If a register has fewer, they take
    /// several.
    pub fn width(&self, lanes: usize) -> &Width {
        let holds = self.widths.iter().find(|width| lanes <= width.lanes);
        holds.unwrap_or(self.widest())
    }

    /// Returns the limits of the widest registers.
    pub fn widest(&self) -> &Width {
        &self.widths[self.widths.len() - 1]
    }

    /// Returns the fastest level that holds so many bytes.
    pub fn level(&self, bytes: usize) -> &Level {
        let fits = self.levels.iter().find(|level| bytes <= level.size / 10 * 9);
        fits.unwrap_or(&self.levels[self.levels.len() - 1])
    }
}

/// Cycles a ns, by a chain of shifts and sums modulo 2 that each take one.
fn clock() -> f64 {
    let mut number = black_box(1_u64);
    let ns = least_ns(|| {
        for _ in 0..ROUNDS {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
        }
        black_box(number);
    });
    (6 * ROUNDS) as f64 / ns
}

/// Returns the size of a cache, as Linux tells it.
fn cache(index: usize) -> Option<usize> {
    let file = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size");
    let text = fs::read_to_string(file).ok()?;
    Some(text.trim().strip_suffix('K')?.parse::<usize>().ok()? << 10)
}

/// GB/s of a triad over so many bytes.
fn bandwidth(bytes: usize, triad: fn(&mut [f32], &[f32], &[f32], f32)) -> f64 {
    let length = bytes / 12 / LINE * LINE;
    let [mut sum, mut left, mut right] = [(); 3].map(|()| vec![1.0_f32; length + LINE]);
    let (left, right) = (aligned(&mut left, length), aligned(&mut right, length));
    let sum = aligned(&mut sum, length);
    let ns = least_ns(|| triad(black_box(&mut *sum), left, right, 3.0));
    12.0 * length as f64 / ns
}

/// Numbers in a line of a cache.
const LINE: usize = 16;

/// From the start of a line on, as vectors lie.
fn aligned(numbers: &mut [f32], length: usize) -> &mut [f32] {
    let start = numbers.as_ptr().align_offset(LINE * size_of::<f32>());
    &mut numbers[start..][..length]
}

fn width<V: Lanes>(fused: impl Fn() -> f64) -> Width {
    Width {
        lanes: V::LANES,
        unfused: rate(V::LANES, V::splat, V::mul_add),
        fused: fused(),
        division: elementwise::<V>(|x| V::ONE / x),
        exponential: elementwise::<V>(math::exp),
        logarithm: elementwise::<V>(math::ln),
    }
}

/// Sums that do not wait for each other: as many as a processor has in flight, and few enough for
/// sixteen registers.
const CHAINS: usize = 12;
const ROUNDS: usize = 1000;

/// Products and sums a ns, of vectors with so many lanes.
fn rate<V: Copy>(lanes: usize, splat: impl Fn(f32) -> V, step: impl Fn(V, V, V) -> V) -> f64 {
    let ns = least_ns(|| {
        let (factor, term) = (splat(black_box(0.5)), splat(black_box(1.0)));
        let mut sums = [splat(black_box(1.0)); CHAINS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = step(*sum, factor, term);
            }
        }
        black_box(sums);
    });
    (2 * lanes * CHAINS * ROUNDS) as f64 / ns
}

/// ns an element of a function, over numbers in the first cache.
fn elementwise<V: Lanes>(function: impl Fn(V) -> V) -> f64 {
    const VECTORS: usize = 64;
    let input: [V; VECTORS] =
        std::array::from_fn(|i| V::from_fn(|lane| 0.01 + (i * V::LANES + lane) as f32 * 0.003));
    let mut output = input;
    let ns = least_ns(|| {
        for (output, &input) in output.iter_mut().zip(black_box(&input)) {
            *output = function(input);
        }
        black_box(&output);
    });
    ns / (V::LANES * VECTORS) as f64
}
