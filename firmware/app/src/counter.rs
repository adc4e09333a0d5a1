//! What a call costs, counted by SysTick.

use core::hint::black_box;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// How many calls one count averages.
pub const CALLS: usize = 160;

/// A counter of processor clocks: SysTick, which every Cortex-M has.
///
/// In QEMU with `-icount shift=0` a clock is not a cycle but a number of instructions: one
/// instruction takes 1 ns, so a core at 25 MHz executes 40 of them a tick. On a real board it is 1
/// cycle a tick.
pub struct Counter {
    /// Owned, so that nobody else sets it.
    _systick: SYST,
    per_tick: u32,
}

impl Counter {
    /// SysTick counts 24 bits, downwards.
    const MASK: u32 = 0x00ff_ffff;

    /// Starts counting; each tick stands for `per_tick` instructions (or cycles).
    pub fn new(mut systick: SYST, per_tick: u32) -> Self {
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(Self::MASK);
        systick.clear_current();
        systick.enable_counter();
        Counter { _systick: systick, per_tick }
    }

    /// Returns the mean cost of [`CALLS`] calls of `work`, to the nearest whole instruction (or
    /// cycle), less that of as many calls of a function that does nothing. Each call gets its
    /// number.
    ///
    /// All calls together must stay below 2²⁴ ticks.
    pub fn cost<S>(&mut self, state: &mut S, work: fn(&mut S, usize) -> f32) -> u32 {
        self.cost_of(CALLS, state, work)
    }

    /// [`cost`](Self::cost) of so many calls, of which there is one at least.
    pub fn cost_of<S>(
        &mut self,
        calls: usize,
        state: &mut S,
        work: fn(&mut S, usize) -> f32,
    ) -> u32 {
        let empty = self.ticks(calls, state, |_, _| 0.0);
        let full = self.ticks(calls, state, work);
        let calls = (calls as u32).max(1);
        (full.saturating_sub(empty) * self.per_tick + calls / 2) / calls
    }

    fn ticks<S>(&mut self, calls: usize, state: &mut S, work: fn(&mut S, usize) -> f32) -> u32 {
        // Opaque, so that neither of the two is inlined: both are called the same way.
        let work = black_box(work);
        let before = SYST::get_current();
        for call in 0..calls {
            black_box(work(state, call));
        }
        before.wrapping_sub(SYST::get_current()) & Self::MASK
    }
}
