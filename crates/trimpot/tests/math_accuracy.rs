//! The promises of `trimpot::math`: error bounds, and the same bits in every width.
//!
//! The sampled tests run always; `cargo xtask sweep` runs the ignored ones, which try all 2³²
//! inputs of each function and print the worst error and where it is.

use trimpot::lanes::{Lanes, f32x8};
use trimpot::math;
use trimpot_testkit::inputs::{Random, around, edge_cases, grid, random_bits, spaced, uniform};
use trimpot_testkit::oracle;
use trimpot_testkit::precision::{self, promised};
use trimpot_testkit::ulp::{distance, distance_in, spacing};
use trimpot_testkit::widths::{Kernel, first_difference, map, same_bits};

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;

/// A function of `trimpot::math` and its oracle.
trait Function: Kernel + Sync {
    const NAME: &'static str;
    /// Where its formula changes, or its result saturates.
    const THRESHOLDS: &'static [f32];
    fn exact(x: f64) -> f64;
}

/// Gives every function the same tests; a test below fails for a function that is not listed.
macro_rules! functions {
    ($($name:ident at $thresholds:expr;)*) => {
        const TESTED: &[&str] = &[$(stringify!($name),)* "log_sum_exp"];
        $(mod $name {
            use super::*;

            struct This;
            impl Kernel for This {
                fn run<V: Lanes>(&self, x: V) -> V {
                    math::$name(x)
                }
            }
            impl Function for This {
                const NAME: &'static str = stringify!($name);
                const THRESHOLDS: &'static [f32] = &$thresholds;
                fn exact(x: f64) -> f64 {
                    oracle::$name(x)
                }
            }

            #[test]
            fn errs_no_more_than_promised() {
                check_sample(&This, &sample::<This>());
            }

            #[test]
            fn has_the_same_bits_in_every_width() {
                assert_eq!(first_difference(&This, &sample::<This>()), None);
            }

            #[test]
            #[ignore = "exhaustive sweep: cargo xtask sweep"]
            fn errs_no_more_than_promised_on_all_inputs() {
                sweep(&This);
            }
        })*
    };
}

functions! {
    exp at [-104.0, -103.972_08, -87.336_55, 0.346_573_6, 88.722_84, 89.0];
    exp_m1 at [-18.0, -17.328_68, -0.346_573_6, 0.346_573_6, 88.376_26, 88.722_84, 2.980_232_2e-8];
    ln at [f32::MIN_POSITIVE, core::f32::consts::FRAC_1_SQRT_2, 1.0, core::f32::consts::SQRT_2];
    ln_1p at [-1.0, -0.292_893_2, 0.414_213_6];
    normal_cdf at [-14.5, -14.17, -12.95, -5.786_063_7, -1.0, 1.0, 5.42];
    sigmoid at [-104.0, -103.972_08, -87.336_55, -16.6, 16.6];
    sin_pi at [0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4_194_304.0, 8_388_608.0, 16_777_216.0];
    softplus at [-104.0, -103.972_08, -87.336_55, -16.6, 16.6];
    tanh at [0.173_286_8, 0.55, 0.625, 9.010_913, 10.0];
}

/// About 150,000 inputs: edges, thresholds, every kind of bits, and the range with curvature.
fn sample<F: Function>() -> Vec<f32> {
    let thresholds = F::THRESHOLDS.iter().flat_map(|&x| around(x, 200).chain(around(-x, 200)));
    edge_cases()
        .chain(thresholds)
        .chain(spaced(99_991))
        .chain(random_bits(1, 30_000))
        .chain(grid(-110.0, 110.0, 30_000))
        .chain(uniform(2, -2.0, 2.0, 40_000))
        .collect()
}

/// The worst error of a run: ULPs, and where.
#[derive(Clone, Copy)]
struct Worst {
    ulps: f64,
    input: f32,
    result: f32,
}

impl Worst {
    const NONE: Self = Self { ulps: -1.0, input: NAN, result: NAN };

    fn note<F: Function>(&mut self, input: f32, result: f32) {
        let ulps = distance(result, F::exact(f64::from(input)));
        if ulps > self.ulps {
            *self = Self { ulps, input, result };
        }
    }

    fn assert_within<F: Function>(self) {
        let Self { ulps, input, result } = self;
        let (name, bits) = (F::NAME, input.to_bits());
        println!("{name}: worst error {ulps:.4} ULP at {input:e} ({bits:#010x}): {result:e}");
        let bound = promised(name).expect("a promise for each function");
        assert!(
            ulps >= 0.0 && ulps <= bound,
            "{name}({input:e}) is {ulps} ULP off, {bound} are promised"
        );
    }
}

fn check_sample<F: Function>(function: &F, inputs: &[f32]) {
    let mut worst = Worst::NONE;
    for (&input, result) in inputs.iter().zip(map::<f32x8>(function, inputs)) {
        worst.note::<F>(input, result);
    }
    worst.assert_within::<F>();
}

/// All 2³² inputs on all cores: the error, and the bits of `f32x8` against those of `f32`.
fn sweep<F: Function>(function: &F) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let worst = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut worst = Worst::NONE;
                    for block in (0..1u32 << 29).skip(thread).step_by(threads) {
                        let x = f32x8::from_fn(|lane| f32::from_bits((block << 3) | lane as u32));
                        let y = function.run(x);
                        for (input, result) in x.to_array().into_iter().zip(y.to_array()) {
                            worst.note::<F>(input, result);
                            assert!(same_bits(result, function.run(input)), "{input:e}");
                        }
                    }
                    worst
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a sweep that did not panic"))
            .fold(Worst::NONE, |a, b| if b.ulps > a.ulps { b } else { a })
    });
    worst.assert_within::<F>();
}

/// The modules of `math.rs`, read from its source, are those tested here and those promised.
#[test]
fn every_function_is_tested_and_promised_and_no_promise_is_dead() {
    let mut written: Vec<&str> = include_str!("../src/math.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix(';'))
        .filter_map(|path| path.split_once("::"))
        .map(|(_, name)| name)
        .collect();
    written.sort_unstable();
    let promised: Vec<&str> = precision::MATH.iter().map(|&(name, _)| name).collect();
    let mut tested = TESTED.to_vec();
    tested.sort_unstable();
    assert!(!written.is_empty());
    assert_eq!(written, promised);
    assert_eq!(written, tested);
}

/// Whether `function` never falls from one `f32` to the next, on runs of neighbours.
fn never_falls(function: fn(f32) -> f32, starts: impl Iterator<Item = f32>) {
    for start in starts {
        let mut x = start;
        for _ in 0..20 {
            let next = x.next_up();
            let (low, high) = (function(x), function(next));
            assert!(low <= high, "f({x:e}) = {low:e} > f({next:e}) = {high:e}");
            x = next;
        }
    }
}

#[test]
fn exp_never_falls_between_neighbours() {
    never_falls(math::exp, grid(-105.0, 90.0, 20_000));
    // Where the quotient n steps: (n + 1/2) ln 2.
    let steps = (-150..128).map(|n| ((f64::from(n) + 0.5) * core::f64::consts::LN_2) as f32);
    never_falls(math::exp, steps.map(|x| x - x.abs() * 1e-6));
}

#[test]
#[ignore = "exhaustive sweep: cargo xtask sweep"]
fn exp_never_falls_on_all_inputs() {
    // Bits in order: upwards from 0 to infinity, then downwards from -0.
    let results =
        |first: u32, last: u32| (first..=last).map(|bits| math::exp(f32::from_bits(bits)));
    assert!(results(0, INF.to_bits()).is_sorted());
    assert!(results((-0.0f32).to_bits(), (-INF).to_bits()).is_sorted_by(|a, b| a >= b));
}

/// Oddness is exact: a network of odd activations keeps its symmetry to the last bit.
#[test]
fn tanh_and_sin_pi_are_odd_to_the_bit() {
    for x in edge_cases().chain(random_bits(3, 50_000)) {
        assert!(same_bits(math::tanh(-x), -math::tanh(x)), "{x:e}");
        assert!(same_bits(math::sin_pi(-x), -math::sin_pi(x)), "{x:e}");
    }
}

mod log_sum_exp {
    use super::*;

    /// ULPs of max(|result|, max |xᵢ|, 1): near zero the sum cancels against the largest input.
    fn error<const N: usize>(x: &[f32; N]) -> f64 {
        let wide = x.map(f64::from);
        let exact = oracle::log_sum_exp(&wide);
        let largest = wide.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
        let size = largest.max(exact.abs()).min(f64::from(f32::MAX));
        let result = math::log_sum_exp(x);
        distance_in(spacing(size), result, exact)
    }

    /// The worst error in many rounds: of several spreads, and of one outlier beside equal inputs,
    /// where all roundings fall alike, at the distance where the rest weighs as much as the
    /// outlier.
    fn worst<const N: usize>(rounds: usize) -> f64 {
        let mut random = Random::new(N as u64);
        let mut worst = -1.0f64;
        for round in 0..rounds {
            let spread = [1e-3, 0.1, 1.0, 5.0, 20.0, 100.0, 1e4][round / 2 % 7];
            let centre = random.between(-1.0, 1.0) * [1.0, 8.0, 1e3][round / 14 % 3];
            let rest = centre - random.between(-1.0, 2.0 + (N as f32).ln());
            let x: [f32; N] = if round % 2 == 0 {
                core::array::from_fn(|i| if i == 0 { centre } else { rest })
            } else {
                core::array::from_fn(|_| centre + random.between(-1.0, 1.0) * spread)
            };
            let error = error(&x);
            assert!(error >= 0.0);
            worst = worst.max(error);
        }
        println!("log_sum_exp of {N}: worst error {worst:.4} ULP");
        worst
    }

    #[test]
    fn errs_no_more_than_promised() {
        let bound = promised("log_sum_exp").expect("a promise");
        assert!(worst::<1>(1_000) <= bound);
        assert!(worst::<2>(20_000) <= bound);
        assert!(worst::<3>(20_000) <= bound);
        assert!(worst::<10>(10_000) <= bound);
        assert!(worst::<100>(3_000) <= bound);
        assert!(worst::<1000>(600) <= bound);
    }

    #[test]
    #[ignore = "exhaustive sweep: cargo xtask sweep"]
    fn errs_no_more_than_promised_on_many_inputs() {
        let bound = promised("log_sum_exp").expect("a promise");
        assert!(worst::<2>(20_000_000) <= bound);
        assert!(worst::<3>(20_000_000) <= bound);
        assert!(worst::<8>(10_000_000) <= bound);
        assert!(worst::<20>(5_000_000) <= bound);
        assert!(worst::<100>(1_000_000) <= bound);
        assert!(worst::<1000>(100_000) <= bound);
        assert!(worst::<10_000>(10_000) <= bound);
    }

    /// Three numbers from one: enough to shift by either end and to mix in an infinity or a NaN.
    struct OfThree;
    impl Kernel for OfThree {
        fn run<V: Lanes>(&self, x: V) -> V {
            math::log_sum_exp(&[x, V::ONE, x * V::splat(-0.5)])
        }
    }

    #[test]
    fn has_the_same_bits_in_every_width() {
        let inputs: Vec<f32> =
            edge_cases().chain(random_bits(4, 30_000)).chain(grid(-120.0, 120.0, 30_000)).collect();
        assert_eq!(first_difference(&OfThree, &inputs), None);
    }
}
