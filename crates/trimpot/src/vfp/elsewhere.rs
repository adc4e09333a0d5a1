//! What stands for `trimpot-vfp` on other processors (a PC, 64-bit Arm, WebAssembly, a RISC-V with
//! F), where loops over lanes do the work: nobody calls it but for the square root.

pub use libm::sqrtf as sqrt;

pub const fn axpy(_factor: f32, _x: &[f32], _y: &mut [f32]) {}

pub const fn gemv(_matrix: &[f32], _x: &[f32], _offset: &[f32], _y: &mut [f32]) {}

pub const fn gemv_transposed(_matrix: &[f32], _y: &[f32], _sum: &mut [f32]) {}

pub const fn gemm(
    _matrix: &[f32],
    _x: &[f32],
    _columns: usize,
    _offset: &[f32],
    _y: &mut [f32],
) {
}

pub const fn gemm_transposed(_matrix: &[f32], _x: &[f32], _columns: usize, _y: &mut [f32]) {}

pub enum Rows {
    NotZero,
    All,
}

pub const fn ger(_alpha: f32, _y: &[f32], _x: &[f32], _matrix: &mut [f32], _rows: Rows) {}

pub const fn ger_with_sum(
    _alpha: f32,
    _y: &[f32],
    _x: &[f32],
    _matrix: &mut [f32],
    _sum: &mut [f32],
) {
}

#[expect(dead_code, reason = "nobody reads them")]
pub struct Adam {
    pub mean_kept: f32,
    pub mean_fresh: f32,
    pub square_kept: f32,
    pub square_fresh: f32,
    pub learning_rate: f32,
    pub root_correction: f32,
    pub epsilon: f32,
    pub largest: f32,
    pub rounding: f32,
    pub raise: f32,
}

pub const fn adam(_: &Adam, _parameters: &mut [f32], _gradient: &[f32], _state: &mut [[f32; 2]]) {}
