//! What the execution units need at least for the instructions of a kernel.
//!
//! A roofline asks what the formula needs. This asks what the instructions need that the formula is
//! made of: how many there are of each kind for a vector, counted by hand in the source, and how
//! many of that kind go in a cycle. What is above this limit waits: for results, for registers that
//! were spilled, or for the instructions' decoding.

/// Instructions of a kernel for one vector of its elements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// Products, and what the same units do: selections.
    pub products: f64,
    /// Sums and differences, and what the same units do: comparisons, maxima. (Measured on Zen 5:
    /// 2.0 sums and maxima a cycle together, 4.0 products and maxima, 2.0 products and selections.)
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

    /// Returns what is needed for each of so many elements, which these are the instructions of.
    const fn of_each(self, elements: f64) -> Self {
        Ports {
            products: self.products / elements,
            sums: self.sums / elements,
            others: self.others / elements,
            divisions: self.divisions / elements,
            loads: self.loads / elements,
            stores: self.stores / elements,
        }
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
        // Two clamps among the sums.
        "huber, slice" => Ports::new([3.0, 5.0, 0.0], 0.0, [2.0, 1.0]),
        "hinge, slice" => Ports::new([2.0, 3.0, 3.0], 0.0, [2.0, 1.0]),
        // The exponential (9, 10, 1), the logarithm (9, 8, 0), and the rest; in two stages.
        "bce_with_logits, slice" => Ports::new([25.0, 25.0, 4.0], 1.0, [4.0, 2.0]),
        // Two passes: the sums, the gradient.
        "dice, slice" => Ports::new([2.0, 7.0, 0.0], 0.0, [3.0, 1.0]),
        // The exponential, the label's three selections, the gradient; four shuffles, and halves
        // that are put together and taken apart; logits, exponentials and both halves of these go
        // through memory.
        "cross_entropy, rows of 8" => Ports::new([13.0, 13.0, 11.0], 0.0, [7.0, 6.0]),
        // Three passes: the largest, the exponential and its sum, the gradient.
        "cross_entropy, 1024 classes" => Ports::new([10.0, 13.0, 1.0], 0.0, [4.0, 3.0]),
        // Squares 2, unit vectors 6, their product 1, the gradient 2: of a prediction's number and
        // a target's.
        "cosine_similarity" => Ports::new([11.0, 4.0, 1.0], 0.0, [7.0, 2.0]),
        // Of two rows, three and eight: an element is one of them.
        "cosine_embedding" => Ports::new([11.0, 5.0, 0.0], 0.0, [8.0, 4.0]).of_each(2.0),
        "contrastive" => Ports::new([4.0, 3.0, 1.0], 0.0, [4.0, 2.0]).of_each(2.0),
        // The gap's four sums for what an addition loses.
        "triplet_margin" => Ports::new([8.0, 13.0, 4.0], 0.0, [12.0, 6.0]).of_each(3.0),
        // Lengths and unit vectors; sixteen cosines; two products for each of sixteen weights, and
        // what is across.
        "info_nce" => Ports::new(
            [8.0 * 3.0 + 16.0 + 32.0 + 16.0, 8.0 + 16.0 + 32.0 + 8.0, 0.0],
            0.0,
            [16.0 + 32.0 + 8.0 + 16.0 + 16.0, 16.0],
        )
        .of_each(8.0),
        // Three passes: the label's score and the largest, how many there are, the gradient.
        "categorical_hinge" => Ports::new([4.0, 5.0, 6.0], 0.0, [3.0, 1.0]),
        // Three passes: the label's score, the shortfalls, the label's gradient.
        "multi_margin" => Ports::new([4.0, 6.0, 7.0], 0.0, [3.0, 2.0]),
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
