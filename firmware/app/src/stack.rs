//! How deep the stack has been.

use core::hint::black_box;
use core::ptr;

use cortex_m::register::msp;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// One past the highest word of the stack; the linker script of `cortex-m-rt` defines it.
    static _stack_start: u32;
    /// The lowest word that the stack may grow down to.
    static _stack_end: u32;
}

/// Returns the most bytes of stack that were in use at a time since start-up.
///
/// `cortex-m-rt` has painted the stack before `main`; the lowest word that is no longer the paint
/// was in use. (A program that writes the paint's own value is measured too small.)
pub fn peak() -> usize {
    let (mut word, top) = (&raw const _stack_end, &raw const _stack_start);
    // SAFETY: every address from `_stack_end` up to `_stack_start` is aligned, readable memory. It
    // is read as volatile, because the words belong to nobody that the compiler knows.
    while word < top && unsafe { ptr::read_volatile(word) } == STACK_PAINT_VALUE {
        word = word.wrapping_add(1);
    }
    top.addr() - word.addr()
}

/// Returns how many bytes of stack a call takes, with its own frame. (The second argument is the
/// number of the call.)
#[inline(never)]
pub fn depth<S>(state: &mut S, call: fn(&mut S, usize) -> f32) -> usize {
    let here = msp::read() as usize;
    paint();
    black_box(black_box(call)(state, 0));
    peak().saturating_sub((&raw const _stack_start).addr().saturating_sub(here))
}

/// Paints what is below the caller's frame.
#[inline(never)]
fn paint() {
    let mut word = (&raw const _stack_end).cast_mut();
    while word.addr() < msp::read() as usize {
        // SAFETY: what is between the end of the stack and the stack pointer is memory that is in
        // no function's frame; an interrupt would put its frame there and be gone.
        unsafe { ptr::write_volatile(word, STACK_PAINT_VALUE) };
        word = word.wrapping_add(1);
    }
}

/// Bytes that there are for the stack.
pub fn free() -> usize {
    (&raw const _stack_start).addr() - (&raw const _stack_end).addr()
}
