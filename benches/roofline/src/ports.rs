//! What the execution units need at least for the instructions of a kernel.
//!
//! A roofline asks what the formula needs. This asks what the instructions need that the formula is
//! made of: how many there are of each kind for a vector, counted by hand in the source, and how
//! many of that kind go in a cycle. What is above this limit waits: for results, for registers that
//! were spilled, or for the instructions' decoding.

/// Instructions of a kernel for one vector of its elements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// Products, and what the same units do: comparisons, maxima, selections.
    pub products: f64,
    /// Sums and differences.
    pub sums: f64,
    /// What any of the four units does: logic, shifts, integers.
    pub others: f64,
    /// Divisions and square roots.
    pub divisions: f64,
    pub loads: f64,
    pub stores: f64,
}

impl Ports {
    const fn new([products, sums, others]: [f64; 3], divisions: f64, memory: [f64; 2]) -> Self {
        let [loads, stores] = memory;
        Ports { products, sums, others, divisions, loads, stores }
    }

    /// Returns the least cycles, and what binds; given those of a division.
    ///
    /// The units are those of Zen 3 to 5 (AMD, "Software Optimization Guide", of each): four of
    /// which two multiply and two add, two loads and one store. On Zen 4 a register of 16 numbers
    /// takes every unit twice.
    pub fn limit(&self, division: f64) -> (f64, &'static str) {
        let candidates = [
            (self.products / 2.0, "products"),
            (self.sums / 2.0, "sums"),
            ((self.products + self.sums + self.others) / 4.0, "instructions"),
            (self.loads / 2.0, "loads"),
            (self.stores, "stores"),
            (self.divisions * division, "division"),
        ];
        let longest = candidates.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
        longest.expect("there are six")
    }
}

/// Returns the instructions of a kernel by its name, without the width; `None` where nobody has
/// counted them. What is done once a row or slice is left out.
pub fn of(kernel: &str) -> Option<Ports> {
    Some(match kernel {
        "mse, slice" => Ports::new([2.0, 3.0, 0.0], 0.0, [2.0, 1.0]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_unit_binds() {
        let ports = Ports::new([4.0, 2.0, 0.0], 0.0, [2.0, 1.0]);
        assert_eq!(ports.limit(5.0), (2.0, "products"));
        assert_eq!(Ports { others: 6.0, ..ports }.limit(5.0), (3.0, "instructions"));
        assert_eq!(Ports { stores: 3.0, ..ports }.limit(5.0), (3.0, "stores"));
        assert_eq!(Ports { divisions: 1.0, ..ports }.limit(5.0), (5.0, "division"));
    }
}
