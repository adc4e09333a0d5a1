//! Elementary functions over [`Lanes`](crate::lanes::Lanes), with stated error bounds.
//!
//! Each is branch-free IEEE arithmetic in a fixed order, so that a lane of any width on any machine
//! gets the same bits. Each holds its bound on every `f32`, subnormal inputs and results included:
//! a sweep over all 2³² inputs measured it against `f64`, and the tests read the same bounds from
//! one table.
//!
//! | function | value | largest error in ULP |
//! |---|---|---|
//! | [`exp`] | eˣ | 1 |
//! | [`exp_m1`] | eˣ − 1 | 1.3 |
//! | [`ln`] | ln x | 1 |
//! | [`ln_1p`] | ln(1 + x) | 1 |
//! | [`tanh`] | tanh x | 2.1 |
//! | [`normal_cdf`] | Φ(x) = ½ erfc(−x / √2) | 3.8 |
//! | [`sigmoid`] | 1 / (1 + e⁻ˣ) | 2.5 |
//! | [`sin_pi`] | sin πx | 1.7 |
//! | [`softplus`] | ln(1 + eˣ) | 2.2 |
//! | [`log_sum_exp`] | ln Σ e^xᵢ | 2.5, of the largest number involved |
//!
//! One ULP is the spacing of `f32` at the exact result; correct rounding errs by up to 0.5.
//!
//! The polynomials are minimax fits made for these files: a linear program on 1,500 Chebyshev nodes
//! minimises the largest error *relative to the function's result*; then coefficients are rounded
//! to `f32` one after the other, from the constant term up, the rest being fitted again each time.
//! Terms are summed in pairs, and these by Horner's rule in x²: no more work on the board, where x²
//! is needed anyway, and a shorter chain on a PC, which otherwise waits for one operation after the
//! other.
//!
//! Cost: on a Cortex-M4F (rustc 1.95, `opt-level = 3`), a call of `exp` is 55 instructions,
//! `exp_m1` 60, `ln` 76, `ln_1p` 73, `tanh` 58 and `sigmoid` 59 with one division each, `softplus`
//! 86, `normal_cdf` about twice `tanh`; about one in five loads a constant, which a loop does once.
//! None of them branches.

mod exp;
mod exp_m1;
mod ln;
mod ln_1p;
mod log_sum_exp;
mod normal_cdf;
mod polynomial;
mod sigmoid;
mod sin_pi;
mod softplus;
mod tanh;

pub use exp::exp;
pub(crate) use exp::{LIFT, exp_of_negative, lifted_exps_of_negative, normal_exp_of_negative};
pub use exp_m1::exp_m1;
pub use ln::ln;
pub use ln_1p::ln_1p;
pub(crate) use ln_1p::ln_1p_of_unit;
pub use log_sum_exp::log_sum_exp;
pub(crate) use log_sum_exp::two_sum;
pub(crate) use normal_cdf::normal;
pub use normal_cdf::normal_cdf;
pub use sigmoid::sigmoid;
pub(crate) use sigmoid::{sigmoid_and_rest, sigmoid_derivative};
pub use sin_pi::sin_pi;
pub use softplus::softplus;
pub use tanh::tanh;
pub(crate) use tanh::tanh_and_decay;
