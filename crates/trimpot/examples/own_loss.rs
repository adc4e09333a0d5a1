//! A loss of your own: written once, it runs on the board and eight samples at a time on a PC.
//!
//! ```text
//! cargo run --release -p trimpot --example own_loss
//! ```

use trimpot::lanes::{Lanes, Mask, f32x8};
use trimpot::layer::{Dense, Tanh};
use trimpot::loss::{Elementwise, Loss, MeanSquaredError, Weighted};
use trimpot::shape::Vector;

/// A thermostat's loss: being too cold is `cold` times as bad as being too warm by the same amount,
/// and within half a degree nobody notices.
///
/// With `e = |p − t| − 0.5`: `e²` where `p` is too warm, `cold·e²` where it is too cold.
struct Comfort {
    cold: f32,
}

impl Elementwise for Comfort {
    #[inline(always)]
    fn value_and_derivative<V: Lanes>(&self, prediction: V, target: V) -> (V, V) {
        let difference = prediction - target;
        let excess = (difference.abs() - V::splat(0.5)).max(V::ZERO);
        let weight = difference.lt(V::ZERO).select(V::splat(self.cold), V::ONE);
        (weight * excess * excess, (weight + weight) * excess * difference.signum())
    }
}

type Heater = trimpot::network!(Dense<2, 8>, Tanh, Dense<8, 1>; from 2);

/// Learns the valve's position from outside temperature and time of day, one sample at a time, as a
/// board would. Returns the mean loss of the first and of the last hundred steps.
fn learn_on_the_board(loss: &impl Loss<Vector<1>, Target = Vector<1>>) -> (f32, f32) {
    let mut heater = Heater::seeded(1);
    let mut sums = (0.0, 0.0);
    for step in 0..2000_u32 {
        let (outside, hour) = ((step % 37) as f32 / 37.0, (step % 24) as f32 / 24.0);
        let wanted = 3.0 - 4.0 * outside * hour;
        let value = heater.train_step(loss, &[outside, hour], &[wanted], 0.02, step);
        match step {
            0..100 => sums.0 += value / 100.0,
            1900.. => sums.1 += value / 100.0,
            _ => {}
        }
    }
    sums
}

fn main() {
    let comfort = Comfort { cold: 4.0 };

    // On a PC: eight samples at once, of one prediction each.
    let predictions = f32x8::from_array([20.0, 20.6, 22.0, 19.0, 18.0, 21.0, 20.4, 25.0]);
    let mut gradient = [f32x8::ZERO];
    let value = comfort.gradient(&[predictions], &[f32x8::splat(20.0)], &mut gradient);
    println!("eight losses at once   {:?}", Lanes::to_array(value));
    println!("and their gradients    {:?}", Lanes::to_array(gradient[0]));

    // On a board: one sample, the same bits.
    let alone = comfort.value::<f32>(&[19.0], &[20.0]);
    assert_eq!(alone.to_bits(), Lanes::to_array(value)[3].to_bits());

    // It trains, and it adds up with others.
    let (first, last) = learn_on_the_board(&comfort);
    println!("learning with it       {first:.3} -> {last:.3}");
    let mixed = Weighted::new(0.5, comfort) + 0.1 * MeanSquaredError;
    let (first, last) = learn_on_the_board(&mixed);
    println!("mixed with squares     {first:.3} -> {last:.3}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_runs_and_learns() {
        main();
        let (first, last) = learn_on_the_board(&Comfort { cold: 4.0 });
        assert!(last < 0.1 * first, "{first} -> {last}");
    }

    #[test]
    fn its_gradient_is_the_derivative_of_its_value() {
        let comfort = Comfort { cold: 4.0 };
        for prediction in [17.0, 19.0, 20.2, 21.0, 23.5] {
            let at = |x: f32| comfort.value::<f32>(&[x], &[20.0]);
            let (_, derivative) = comfort.value_and_derivative::<f32>(prediction, 20.0);
            let difference = (at(prediction + 0.01) - at(prediction - 0.01)) / 0.02;
            assert!(
                (derivative - difference).abs() < 0.02,
                "{prediction}: {derivative} {difference}"
            );
        }
    }
}
