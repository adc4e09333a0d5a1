//! The benchmark's samples and initial weights.

use trimpot::lanes::Lanes;

/// The linear congruential generator of Numerical Recipes; its 24 high bits make a number.
pub(super) struct Generator(u32);

impl Generator {
    pub(super) const fn new() -> Self {
        Generator(12_345)
    }

    /// Returns the next number in [0, 1).
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 16_777_216.0
    }

    /// Samples of `N` features.
    pub(super) fn samples<const N: usize, const COUNT: usize>(
        &mut self,
        samples: &mut [[f32; N]; COUNT],
    ) {
        samples.as_flattened_mut().fill_with(|| self.unit());
    }

    /// The weights of dense layers with these numbers of inputs and outputs, in ±√(6 / (in + out)).
    /// Biases stay as they are.
    pub(super) fn weights(&mut self, mut parameters: &mut [f32], layers: &[(usize, usize)]) {
        for &(inputs, outputs) in layers {
            let bound = Lanes::sqrt(6.0 / (inputs + outputs) as f32);
            let (weights, rest) =
                parameters.split_at_mut_checked(inputs * outputs).unwrap_or_default();
            weights.fill_with(|| (2.0 * self.unit() - 1.0) * bound);
            parameters = rest.split_at_mut_checked(outputs).unwrap_or_default().1;
        }
    }
}
