//! Registers that a function keeps for its caller: r4 to r11, and s16 to s31.
//!
//! The functions of assembly are called themselves, since those around them may keep registers
//! that they do not. What fills registers around a call, and reads them, is assembly as well: hence
//! the `unsafe`.

use core::arch::naked_asm;

use trimpot::random::Random;
use trimpot_vfp::routines;

use super::slices::{COLUMNS, ROWS, number, settings};

/// How many registers there are to keep.
const KEPT: usize = 8 + 16;
/// Columns of a tile of a product of matrices.
const TILE: usize = 8;

/// A function, and what it is called with: all of them take four words in registers, or fewer,
/// three on the stack, and two numbers.
#[repr(C)]
struct Call {
    function: *const (),
    numbers: [f32; 2],
    on_stack: [usize; 3],
    in_registers: [usize; 4],
}

/// Calls with the registers filled, and replaces what they were filled with by what they hold
/// afterwards.
///
/// # Safety
/// The function may be called like that.
#[unsafe(naked)]
unsafe extern "C" fn call(call: &Call, kept: &mut [u32; KEPT]) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "push {{r1, r4-r11, lr}}",
        "vpush {{s16-s31}}",
        "sub sp, #16",
        "mov r12, r0",
        "ldm r1!, {{r4-r11}}",
        "vldmia r1, {{s16-s31}}",
        "ldr lr, [r12], #4",
        "vldmia r12!, {{s0-s1}}",
        "ldm r12!, {{r0-r2}}",
        "stm sp, {{r0-r2}}",
        "ldm r12, {{r0-r3}}",
        "blx lr",
        "add sp, #16",
        // What was r1 lies behind the numbers.
        "ldr r12, [sp, #64]",
        "stm r12!, {{r4-r11}}",
        "vstmia r12, {{s16-s31}}",
        "vpop {{s16-s31}}",
        "pop {{r1, r4-r11, pc}}",
    )
}

/// Returns how many calls were compared, and in how many of them a register has changed: with every
/// function, number of columns and number of rows.
pub(super) fn compare(random: &mut Random) -> [u32; 2] {
    let mut tally = [0; 2];
    for columns in 0..=COLUMNS {
        for rows in 0..=ROWS {
            compare_sizes(columns, rows, random, &mut tally);
        }
    }
    tally
}

fn compare_sizes(
    columns: usize,
    rows: usize,
    random: &mut Random,
    [compared, wrong]: &mut [u32; 2],
) {
    // As many as the longest of what the functions work on.
    let mut memory: [[f32; TILE * COLUMNS]; 4] =
        core::array::from_fn(|_| core::array::from_fn(|_| number(random)));
    let [.., [_, factor, ..]] = &mut memory;
    // Of the factors of rows one that is left out.
    *factor = 0.0;
    let numbers = [number(random), number(random)];
    let step = settings(random);
    let apart = columns * size_of::<f32>();
    let layouts = [[rows, 1, apart, 0], [rows, 1, 0, apart]];

    let [a, b, c, d] = memory.each_mut().map(|numbers| numbers.as_mut_ptr() as usize);
    let step = &raw const step as usize;
    let [outer, transposed] = layouts.each_ref().map(|layout| layout.as_ptr() as usize);
    let second = d + TILE * size_of::<f32>();
    let calls: [(*const (), _, _); 9] = [
        (routines::update as _, [a, b, c, columns], [step, 0, 0]),
        (routines::add_multiple as _, [a, columns, b, 0], [0; 3]),
        (routines::add_products as _, [a, b, columns, rows], [d, c, 0]),
        (routines::add_multiples as _, [a, b, columns, d], [outer, 0, 0]),
        (routines::add_multiples as _, [b, a, columns, d], [transposed, 0, 0]),
        (routines::exchange as _, [a, b, columns, d], [rows, c, 0]),
        (routines::two_columns as _, [a, 2, columns, b], [TILE, c, 0]),
        (routines::two_rows as _, [a, b, columns, c], [TILE, d, second]),
        (routines::square_root as _, [0; 4], [0; 3]),
    ];
    for (function, in_registers, on_stack) in calls {
        let filled: [u32; KEPT] = core::array::from_fn(|_| random.next_u32());
        let mut kept = filled;
        let with = Call { function, numbers, on_stack, in_registers };
        // SAFETY: these are the arguments that the function takes, in their order, and each array
        // has as many numbers as it reads and writes there: a matrix of rows and columns, one of as
        // many rows of a tile as there are columns, or two rows of a tile.
        unsafe { call(&with, &mut kept) };
        *compared += 1;
        *wrong += u32::from(kept != filled);
    }
}
