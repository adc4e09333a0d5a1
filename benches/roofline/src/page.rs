//! The table.

use std::fmt::Write;

use trimpot::lanes::{Lanes, Native};

use crate::kernels::Kernel;
use crate::limits::Limits;
use crate::ports;

/// A kernel beside its limit.
pub struct Share<'a> {
    pub kernel: &'a Kernel,
    /// ns an element that the machine needs at least.
    pub limit: f64,
    /// What binds.
    pub binding: &'static str,
}

impl Share<'_> {
    /// From 0 to 1.
    pub fn share(&self) -> f64 {
        self.limit / self.kernel.time
    }
}

/// Returns all kernels beside their limits, the lowest share first.
pub fn shares<'a>(kernels: &'a [Kernel], limits: &Limits) -> Vec<Share<'a>> {
    let mut shares: Vec<_> = kernels.iter().map(|kernel| share(kernel, limits)).collect();
    shares.sort_by(|one, other| one.share().total_cmp(&other.share()));
    shares
}

/// Arithmetic and exponentials take turns in the same units, so their times add up; divisions,
/// loads and stores have units of their own.
fn share<'a>(kernel: &'a Kernel, limits: &Limits) -> Share<'a> {
    let cost = kernel.cost;
    let arithmetic = cost.operations / limits.unfused;
    let exponentials = cost.exponentials * limits.exponential + cost.logarithms * limits.logarithm;
    let name = if exponentials > arithmetic { "exp and ln" } else { "arithmetic" };
    let candidates = [
        (kernel.bytes / limits.level(kernel.held).bandwidth, "bandwidth"),
        (cost.divisions * limits.division, "division"),
        (arithmetic + exponentials, name),
    ];
    let longest = candidates.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
    let (limit, binding) = longest.expect("there are three");
    Share { kernel, limit, binding }
}

/// Returns the page.
pub fn page(limits: &Limits, shares: &[Share]) -> String {
    let mut page = "# Roofline\n\nWritten by `cargo xtask roofline`. One core.\n\n\
                    | limit | |\n|---|--:|\n"
        .to_owned();
    let _ = writeln!(page, "| product and sum, not fused | {:.0} GFLOP/s |", limits.unfused);
    let _ = writeln!(page, "| the same, fused | {:.0} GFLOP/s |", limits.fused);
    let _ = writeln!(page, "| division | {:.3} ns |", limits.division);
    let _ = writeln!(page, "| `math::exp` | {:.3} ns |", limits.exponential);
    let _ = writeln!(page, "| `math::ln` | {:.3} ns |", limits.logarithm);
    for level in &limits.levels {
        let _ = writeln!(page, "| triad, {} | {:.1} GB/s |", level.name, level.bandwidth);
    }
    let _ = writeln!(page, "| triad, memory, streaming stores | {:.1} GB/s |", limits.streaming);
    page += "\nA limit is the least time that the machine needs for what the formula needs: for its bytes, or for its \
             operations, whichever is longer. The formulas' operations are counted by hand (`costs.rs`); what is done once a row is \
             left out.\n\n| kernel | ns an element | limit | binds | share |\n|---|--:|--:|---|--:|\n";
    for share in shares {
        let _ = writeln!(
            page,
            "| {} | {:.4} | {:.4} | {} | {:.0} % |",
            share.kernel.name,
            share.kernel.time,
            share.limit,
            share.binding,
            100.0 * share.share()
        );
    }
    page
}

/// Returns the table of kernels whose instructions are counted, in vectors as wide as the
/// processor's registers.
pub fn ports(limits: &Limits, kernels: &[Kernel]) -> String {
    let cycles = limits.clock * Native::LANES as f64;
    let mut page = format!(
        "\n## Instructions\n\nThe least cycles for the instructions of a vector, counted by hand (`ports.rs`), on \
         two units that multiply, two that add, two loads and a store a cycle. {} lanes at {:.2} GHz; a division \
         takes {:.1} cycles.\n\n| kernel | products | sums | others | loads | stores | limit | binds | measured | share |\n\
         |---|--:|--:|--:|--:|--:|--:|---|--:|--:|\n",
        Native::LANES,
        limits.clock,
        limits.division * cycles,
    );
    let width = format!(", f32x{}", Native::LANES);
    for kernel in kernels {
        let Some(name) = kernel.name.strip_suffix(&width) else { continue };
        let Some(counted) = ports::of(name) else { continue };
        let (limit, binds) = counted.limit(limits.division * cycles);
        let measured = kernel.time * cycles;
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {} | {} | {} | {limit:.1} | {binds} | {measured:.1} | {:.0} % |",
            counted.products,
            counted.sums,
            counted.others,
            counted.loads,
            counted.stores,
            100.0 * limit / measured
        );
    }
    page
}
