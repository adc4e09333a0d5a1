//! Losses that are known when the program runs, over slices, have the bits of those that are types.

use trimpot::lanes::{Bits, Lanes, f32x4, f32x8, f32x16};
use trimpot::loss::spec::{Domain, LOSSES, ListedLoss, TargetSpec};
use trimpot::loss::{
    ActionTaken, AnyLoss, AnyTarget, Class, Contrastive, CrossEntropy, Focal, Loss,
    MeanSquaredError, Nll, RescaledSquare, RowsLoss, SliceError, SliceLoss, SoftCrossEntropy,
    Weighted,
};
use trimpot::shape::Vector;
use trimpot_testkit::case::{Answer, Case, ValueAndGradient};
use trimpot_testkit::inputs::Random;
use trimpot_testkit::losses::{self, SIZES, Width};
use trimpot_testkit::widths::same_bits;

/// Runs cases of one loss over slices.
fn run<V: Lanes>(cases: &[Case]) -> Vec<ValueAndGradient> {
    let first = &cases[0];
    let loss = AnyLoss::named(&first.loss, |setting| first.setting(setting)).unwrap().unwrap();
    let weights = first.options.numbers("weight").unwrap_or_default();
    let weights: Vec<f32> = weights.into_iter().map(|weight| weight as f32).collect();
    let run_block = |block: &[Case]| {
        let of = |lane: usize| &block[lane.min(block.len() - 1)];
        let lanes = |numbers: &dyn Fn(&Case) -> &[f32]| -> Vec<V> {
            (0..numbers(first).len()).map(|i| V::from_fn(|lane| numbers(of(lane))[i])).collect()
        };
        let prediction = lanes(&|case| &case.prediction);
        let numbers: Vec<V>;
        let target = match first.target {
            Answer::Values(_) => {
                numbers = lanes(&|case| match &case.target {
                    Answer::Values(values) => values,
                    other => panic!("{other:?}"),
                });
                AnyTarget::Values(&numbers[..])
            }
            Answer::Class(_) => AnyTarget::Class(V::Bits::from_fn(|lane| of(lane).class() as u32)),
            Answer::Action { .. } => AnyTarget::Action(ActionTaken {
                action: V::Bits::from_fn(|lane| of(lane).action().0 as u32),
                advantage: V::from_fn(|lane| of(lane).action().1 as f32),
                old_log_probability: V::from_fn(|lane| of(lane).action().2 as f32),
            }),
            Answer::Number(_) => AnyTarget::Number(V::from_fn(|lane| of(lane).number() as f32)),
            Answer::Nothing => AnyTarget::Nothing,
            Answer::Labels(_) => panic!("a loss of labels is one of any number of rows"),
        };
        // A loss writes all of it, whatever was there.
        let mut gradient = vec![V::splat(f32::NAN); prediction.len()];
        let value = loss.gradient(&weights, &prediction, target, &mut gradient).unwrap();
        let lane = |lane: usize| ValueAndGradient {
            value: value.to_array().as_ref()[lane],
            gradient: gradient.iter().map(|g| g.to_array().as_ref()[lane]).collect(),
        };
        (0..block.len()).map(lane).collect::<Vec<_>>()
    };
    cases.chunks(V::LANES).flat_map(run_block).collect()
}

fn same(cases: &[Case], typed: &[ValueAndGradient], slices: &[ValueAndGradient]) {
    assert_eq!(typed.len(), slices.len());
    for ((case, typed), slices) in cases.iter().zip(typed).zip(slices) {
        let gradients = || typed.gradient.iter().zip(&slices.gradient);
        let same = same_bits(typed.value, slices.value)
            && typed.gradient.len() == slices.gradient.len()
            && gradients().all(|(&typed, &slices)| same_bits(typed, slices));
        assert!(same, "{case:?}\n{typed:?}\n{slices:?}");
    }
}

/// The losses of a known number of rows.
fn of_known_rows() -> impl Iterator<Item = &'static ListedLoss> {
    LOSSES.iter().filter(|listed| listed.rows.is_some())
}

#[test]
fn every_loss_of_known_rows_has_the_bits_of_its_type_in_every_width() {
    let mut random = Random::new(0x51_1ce5);
    for loss in of_known_rows() {
        for n in SIZES {
            for _ in 0..4 {
                let mut draw = || losses::random_case(loss.name, n, &mut random).unwrap();
                let first = draw();
                let cases: Vec<Case> =
                    (0..19).map(|_| Case { options: first.options.clone(), ..draw() }).collect();
                let typed = |width| losses::run(width, &cases).unwrap();
                same(&cases, &typed(Width::One), &run::<f32>(&cases));
                same(&cases, &typed(Width::Four), &run::<f32x4>(&cases));
                same(&cases, &typed(Width::Eight), &run::<f32x8>(&cases));
                same(&cases, &typed(Width::Sixteen), &run::<f32x16>(&cases));
            }
        }
    }
}

#[test]
fn a_hundred_classes_have_the_bits_of_the_type() {
    const N: usize = 100;
    let mut random = Random::new(0xc1a55);
    let weights: [f32; N] = std::array::from_fn(|class| (class % 5 + 1) as f32 * 0.3);
    let smooth = CrossEntropy::new().with_label_smoothing(0.1).unwrap();
    fn check<L, W>(plain: &L, weighted: &W, weights: &[f32], random: &mut Random)
    where
        L: SliceLoss<Target = Class> + Loss<Vector<N>, Target = Class> + Copy,
        W: SliceLoss<Target = Class> + Loss<Vector<N>, Target = Class>,
    {
        for label in [0, 1, 57, 99, 100, u32::MAX] {
            let logits: [f32x8; N] =
                std::array::from_fn(|_| f32x8::from_fn(|_| random.between(-8.0, 8.0)));
            let label = Bits::splat(label);
            let (mut typed, mut slices) = ([f32x8::ZERO; N], [f32x8::ONE; N]);
            let value = Loss::<Vector<N>>::gradient(plain, &logits, &label, &mut typed);
            let of_slices = plain.slice_gradient(&logits, label, &mut slices);
            assert_eq!((value, typed), (of_slices, slices));
            let value = weighted.gradient(&logits, &label, &mut typed);
            let of_slices = plain.weighted_slice_gradient(weights, &logits, label, &mut slices);
            assert_eq!((value, typed), (of_slices, slices));
            let of_slices = weighted.slice_gradient(&logits, label, &mut slices);
            assert_eq!((value, typed), (of_slices, slices));
            let part = Weighted::new(0.25, *plain);
            let value = part.gradient(&logits, &label, &mut typed);
            let of_slices = part.slice_gradient(&logits, label, &mut slices);
            assert_eq!((value, typed), (of_slices, slices));
            // Labels that are no class are ignored.
            let ignored = typed.iter().all(|lanes| *lanes == f32x8::ZERO);
            assert_eq!(ignored, label.lane(0) >= 100);
        }
    }
    for loss in [CrossEntropy::new(), smooth] {
        let weighted = loss.with_class_weights(weights).unwrap();
        check(&loss, &weighted, &weights, &mut random);
    }
    check(&Nll::new(), &Nll::new().with_class_weights(weights).unwrap(), &weights, &mut random);
    let square = RescaledSquare::default().with_label_target(30.0).unwrap();
    check(&square, &square.with_class_weights(weights).unwrap(), &weights, &mut random);
}

#[test]
fn what_does_not_fit_is_an_error_and_nothing_is_written() {
    let loss = |name: &str| AnyLoss::named(name, |setting| setting.default).unwrap().unwrap();
    let (two, three) = ([0.5; 2], [0.5; 3]);
    let each = AnyTarget::<f32>::Values(&two);
    for (name, weights, prediction, target, error) in [
        ("mse", &[][..], &three[..], each, SliceError::Length),
        ("cross_entropy", &two, &three, AnyTarget::Class(1), SliceError::Length),
        ("cross_entropy", &[], &two, each, SliceError::Target),
        ("mse", &[], &two, AnyTarget::Class(1), SliceError::Target),
        ("cross_entropy", &[], &[], each, SliceError::Length),
        ("triplet_margin", &[], &two, AnyTarget::Nothing, SliceError::Length),
        ("triplet_margin", &[], &three, AnyTarget::Number(1.0), SliceError::Target),
        ("contrastive", &[], &three, AnyTarget::Number(1.0), SliceError::Length),
        ("gaussian_nll", &[], &two, each, SliceError::Length),
        ("info_nce", &[], &two, AnyTarget::Nothing, SliceError::Rows),
        ("ctc", &[], &two, AnyTarget::Class(1), SliceError::Rows),
    ] {
        let mut gradient = vec![7.0; prediction.len()];
        assert_eq!(loss(name).gradient(weights, prediction, target, &mut gradient), Err(error));
        assert!(gradient.iter().all(|&derivative| derivative == 7.0), "{name}");
    }
    assert_eq!(AnyLoss::named("l3", |_| 0.0), None);
}

/// What a loss is told to take is what it is compared with.
#[test]
fn kinds_of_targets_are_those_of_the_descriptions() {
    let taken = ActionTaken { action: 1, advantage: 1.0, old_log_probability: -1.0 };
    for listed in of_known_rows() {
        let loss = AnyLoss::named(listed.name, |setting| setting.default).unwrap().unwrap();
        let prediction = vec![0.5; 3 * listed.rows.unwrap() as usize];
        let mut gradient = prediction.clone();
        let mut takes =
            |target| loss.gradient::<f32>(&[], &prediction, target, &mut gradient).is_ok();
        let found = [
            takes(AnyTarget::Values(&[0.5; 3])),
            takes(AnyTarget::Class(1)),
            takes(AnyTarget::Number(1.0)),
            takes(AnyTarget::Nothing),
            takes(AnyTarget::Action(taken)),
        ];
        let expected = [
            matches!(listed.spec.target, TargetSpec::Values(_)),
            listed.spec.target == TargetSpec::Class,
            matches!(listed.spec.target, TargetSpec::Number(_)),
            listed.spec.target == TargetSpec::Nothing,
            listed.spec.target == TargetSpec::Action,
        ];
        assert_eq!(found, expected, "{}", listed.name);
        assert_eq!((loss.name(), loss.listed()), (listed.name, Some(listed)));
    }
    assert!(of_known_rows().any(|listed| listed.spec.outputs == Domain::Distribution));
}

/// Whether everything is NaN.
fn is_undefined(value: f32, gradient: &[f32]) -> bool {
    value.is_nan() && gradient.iter().all(|g| g.is_nan())
}

#[test]
fn slices_that_differ_in_length_and_weights_that_a_loss_has_not_give_nan() {
    let four = [0.5_f32; 4];
    for (prediction, target, gradient) in [(4, 3, 4), (4, 4, 3), (3, 4, 4), (0, 0, 1)] {
        let mut gradient = vec![0.0; gradient];
        let (prediction, target) = (&four[..prediction], &four[..target]);
        let value = MeanSquaredError.slice_gradient(prediction, target, &mut gradient);
        assert!(is_undefined(value, &gradient), "{prediction:?} {target:?}");
        let value = SoftCrossEntropy.slice_gradient(prediction, target, &mut gradient);
        assert!(is_undefined(value, &gradient), "{prediction:?} {target:?}");
    }
    let mut gradient = [0.0; 3];
    let weighted = CrossEntropy::new().with_class_weights([1.0; 4]).unwrap();
    assert!(is_undefined(weighted.slice_gradient(&four[..3], 0, &mut gradient), &gradient));

    let mut gradient = [0.0; 4];
    let cross_entropy = CrossEntropy::new();
    let equal = cross_entropy.slice_gradient(&four, 0, &mut gradient);
    let by_none = cross_entropy.weighted_slice_gradient(&[], &four, 0, &mut gradient);
    assert_eq!(equal, by_none);
    let three = &[1.0; 3];
    let value = cross_entropy.weighted_slice_gradient(three, &four, 0, &mut gradient);
    assert!(is_undefined(value, &gradient));
    let focal = Focal::default();
    let value = focal.weighted_slice_gradient(&[1.0; 4], &four, 0, &mut gradient);
    assert!(is_undefined(value, &gradient));
    let any = AnyLoss::from(focal).gradient(&[1.0; 4], &four, AnyTarget::Class(0), &mut gradient);
    assert_eq!(any, Err(SliceError::Weights));
}

#[test]
fn rows_that_differ_in_length_give_nan() {
    let row = [0.5_f32; 4];
    for (first, second, by_second) in [(4, 3, 4), (4, 4, 3), (3, 4, 4)] {
        let [mut one, mut two] = [vec![0.0; 4], vec![0.0; by_second]];
        let rows = [&row[..first], &row[..second]];
        let value = Contrastive::default().rows_gradient(rows, 1.0, [&mut one, &mut two]);
        assert!(is_undefined(value, &one) && two.iter().all(|g| g.is_nan()));
    }
}
