//! Losses made of losses do what their parts do, in every width.

use trimpot::lanes::{Bits, Lanes, f32x8};
use trimpot::loss::{
    CrossEntropy, Huber, Loss, Masked, MeanSquaredError, MultiTask, PoissonNll, Uncertain,
};
use trimpot_testkit::inputs::Random;

fn numbers<const N: usize>(random: &mut Random) -> [f32; N] {
    std::array::from_fn(|_| random.between(-3.0, 3.0))
}

#[test]
fn a_mask_that_lets_all_through_changes_nothing() {
    let mut random = Random::new(1);
    let (p, t) = (numbers::<8>(&mut random), numbers::<8>(&mut random));
    let (mut plain, mut masked) = ([0.0; 8], [0.0; 8]);
    let value = Huber::default().gradient::<f32>(&p, &t, &mut plain);
    let all = Masked::new(Huber::default()).gradient::<f32>(&p, &(t, [1.0; 8]), &mut masked);
    assert_eq!((value, plain), (all, masked));
}

#[test]
fn a_mask_leaves_the_mean_of_the_rest_and_an_empty_one_nothing() {
    let mut random = Random::new(2);
    let (p, t) = (numbers::<3>(&mut random), numbers::<3>(&mut random));
    let hidden = ([t[0], f32::NAN, t[1], f32::INFINITY, t[2]], [1.0, 0.0, 1.0, 0.0, 1.0]);
    let (mut rest, mut masked) = ([0.0; 3], [9.0; 5]);
    let value = MeanSquaredError.gradient::<f32>(&p, &t, &mut rest);
    let loss = Masked::new(MeanSquaredError);
    let all = loss.gradient::<f32>(&[p[0], 1.0, p[1], f32::NAN, p[2]], &hidden, &mut masked);
    assert_eq!((value, [rest[0], 0.0, rest[1], 0.0, rest[2]]), (all, masked));

    let none = loss.gradient::<f32>(&[f32::MAX; 5], &(hidden.0, [0.0; 5]), &mut masked);
    assert_eq!((none, masked), (0.0, [0.0; 5]));
}

#[test]
fn heads_are_their_losses_side_by_side() {
    let mut random = Random::new(3);
    let p = numbers::<6>(&mut random);
    let loss = MultiTask::<4, 2, _, _>::new(CrossEntropy::new(), 0.5 * PoissonNll::new());
    let (mut both, mut first, mut second) = ([0.0; 6], [0.0; 4], [0.0; 2]);
    let value = loss.gradient::<f32>(&p, &(2, [1.0, 4.0]), &mut both);
    let [a, b, c, d, e, f] = p;
    let apart = CrossEntropy::new().gradient::<f32>(&[a, b, c, d], &2, &mut first)
        + (0.5 * PoissonNll::new()).gradient::<f32>(&[e, f], &[1.0, 4.0], &mut second);
    assert_eq!(value, apart);
    assert_eq!(both, [first[0], first[1], first[2], first[3], second[0], second[1]]);
}

#[test]
fn a_learnt_weight_is_in_balance_at_one_over_the_loss() {
    let loss = Uncertain::<1, _>::new(MeanSquaredError);
    let mut gradient = [0.0; 2];
    for error in [0.1f32, 1.0, 30.0] {
        let log_variance = (error * error).ln();
        let value = loss.gradient::<f32>(&[error, log_variance], &[0.0], &mut gradient);
        assert!((value - 0.5 * (1.0 + log_variance)).abs() <= 1e-5);
        assert!(gradient[1].abs() <= 1e-5);
        assert!((gradient[0] - 1.0 / error).abs() <= 1e-5 / error);
    }
    for extreme in [1e4, -1e4] {
        let value = loss.gradient::<f32>(&[1.0, extreme], &[0.0], &mut gradient);
        assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()));
    }
}

#[test]
fn compositions_agree_in_every_width() {
    let heads = MultiTask::<4, 2, _, _>::new(
        Uncertain::<3, _>::new(CrossEntropy::new()),
        Masked::new(Huber::default()),
    );
    let samples: Vec<([f32; 6], u32, [f32; 2])> = (0..8)
        .map(|seed| {
            let mut random = Random::new(seed);
            (numbers(&mut random), seed as u32 % 4, numbers(&mut random))
        })
        .collect();
    let prediction = std::array::from_fn(|i| f32x8::from_fn(|lane| samples[lane].0[i]));
    let label = Bits::from_fn(|lane| samples[lane].1);
    let values = std::array::from_fn(|i| f32x8::from_fn(|lane| samples[lane].2[i]));
    let mask = [f32x8::from_fn(|lane| (lane % 2) as f32), f32x8::from_fn(|lane| (lane / 4) as f32)];
    let mut wide = [f32x8::ZERO; 6];
    let value = heads.gradient(&prediction, &(label, (values, mask)), &mut wide);
    for (lane, (prediction, label, values)) in samples.iter().enumerate() {
        let mask = mask.map(|mask| mask.to_array()[lane]);
        let mut gradient = [0.0; 6];
        let alone = heads.gradient::<f32>(prediction, &(*label, (*values, mask)), &mut gradient);
        assert_eq!(alone.to_bits(), value.to_array()[lane].to_bits());
        assert_eq!(gradient, wide.map(|g| g.to_array()[lane]));
    }
}
