//! The planned memory changes no bit: networks with anything inside of anything compute what they
//! do where every value has memory of its own.

extern crate std;

mod apart;
mod draw;

use std::vec;
use std::vec::Vec;

use self::apart::{Apart, Part};
use self::draw::draw;
use super::*;
use crate::layer::{Accumulate, BatchNormSpec, Dense, DenseSpec, FrozenSpec, SgdInPlace};
use crate::network::Planned;
use crate::plan::{Buffers, Location, Plan, PlannedStep, Reach, Trained};
use crate::random::{Noise, Random, hash};
use crate::shape::Vector;
use crate::spec::{Dims, LayerSpec, NetworkSpec};

#[test]
fn planned_memory_changes_no_bit() {
    let mut random = Random::new(1);
    let (mut nested, mut trained, mut reached, mut again) = (0, 0, 0, 0);
    let (mut fronts, mut scales, mut shorter) = (0, 0, [0; 3]);
    let (mut masks, mut masks_again) = (Masks::default(), Masks::default());
    for network in 0..900 {
        let input_dims = Dims::image(2, 3, 4);
        let layers = draw(&mut random, input_dims);
        let spec = NetworkSpec { input: input_dims, layers: &layers };
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let plan = Plan::new(spec, &mut steps).unwrap();
        let mut small = |_| random.normal() * 0.5;
        let parameters: Vec<f32> = (0..plan.parameters()).map(&mut small).collect();
        let constants: Vec<f32> =
            (0..plan.constants()).map(&mut small).map(|number| number.abs() + 0.1).collect();
        let input: Vec<f32> = (0..input_dims.count()).map(&mut small).collect();
        let target: Vec<f32> = (0..plan.output().count()).map(&mut small).collect();
        masks.count(&plan);
        let values = plan.step_values();
        let interpreter = Interpreter::new(plan, &constants).unwrap();
        let noise = Noise::<f32>::new(network);

        let mut arena = vec![f32::NAN; plan.step_values()];
        let mut gradient = vec![0.0; parameters.len()];
        let sink = Accumulate::new(&parameters, &mut gradient);
        let output = interpreter.backpropagate(sink, noise, &input, &mut arena, |output, dy| {
            for ((dy, &y), &target) in dy.iter_mut().zip(output).zip(&target) {
                assert_eq!(*dy, 0.0);
                *dy = y - target;
            }
            output.to_vec()
        });
        let output = output.unwrap();

        let apart = Apart { parameters: &parameters, constants: &constants };
        let whole = Part {
            layers: &layers,
            dims: input_dims,
            parameters: 0,
            constants: 0,
            frozen: false,
            outermost: true,
        };
        let mut expected = vec![0.0; parameters.len()];
        let mut expected_output = Vec::new();
        let of_input = apart.run(whole, noise, input.clone(), &mut expected, &mut |output| {
            expected_output = output.clone();
            output.iter().zip(&target).map(|(y, target)| y - target).collect()
        });
        let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&output), bits(&expected_output), "{network}: {spec}");
        assert_eq!(bits(&gradient), bits(&expected), "{network}: {spec}");

        // Parameters that change as soon as their gradient is known.
        let train_step = |interpreter: &Interpreter| {
            let mut changed = parameters.clone();
            let mut arena = vec![f32::NAN; interpreter.plan().step_values()];
            let sink = SgdInPlace::new(&mut changed, 0.1);
            let target = |output: &[f32], dy: &mut [f32]| dy.copy_from_slice(output);
            interpreter.backpropagate(sink, noise, &input, &mut arena, target).unwrap();
            bits(&changed)
        };
        let stepped = train_step(&interpreter);

        // The same in two parts: the front once, then what is behind it.
        let mut arena = vec![f32::NAN; plan.inference_values()];
        let latent = interpreter.latent(&input, &mut arena).unwrap().to_vec();
        assert_eq!(latent.len(), plan.latents());
        fronts += usize::from(plan.front() > 0);
        scales += usize::from(plan.steps().iter().any(|step| step.scales_outputs));
        let mut arena = vec![f32::NAN; plan.inference_values()];
        let whole = bits(interpreter.predict(&parameters, &input, &mut arena).unwrap());
        let mut arena = vec![f32::NAN; plan.inference_values()];
        let parts = interpreter.predict_from_latent(&parameters, &latent, &mut arena).unwrap();
        assert_eq!(bits(parts), whole, "{network}: {spec}");
        let mut arena = vec![f32::NAN; plan.step_values()];
        let mut gradient = vec![0.0; parameters.len()];
        let sink = Accumulate::new(&parameters, &mut gradient);
        let difference = |output: &[f32], dy: &mut [f32]| {
            for ((dy, &y), &target) in dy.iter_mut().zip(output).zip(&target) {
                assert_eq!(*dy, 0.0);
                *dy = y - target;
            }
            output.to_vec()
        };
        let output =
            interpreter.backpropagate_from_latent(sink, noise, &latent, &mut arena, difference);
        assert_eq!(bits(&output.unwrap()), bits(&expected_output), "{network}: {spec}");
        assert_eq!(bits(&gradient), bits(&expected), "{network}: {spec}");

        // The same in passes that halt.
        let count = plan.steps().len();
        let mut cuts = [network, hash(network)].map(|place| place as usize % (count + 1));
        cuts.sort_unstable();
        let parts = [0..cuts[0], cuts[0]..cuts[1], cuts[1]..count];
        let mut arena = vec![f32::NAN; plan.step_values()];
        let mut gradient = vec![0.0; parameters.len()];
        for part in parts.clone() {
            let mut pass = interpreter.training_pass(noise, &input, &mut arena).unwrap();
            pass.forward(&parameters, part).unwrap();
        }
        let mut pass = interpreter.training_pass(noise, &input, &mut arena).unwrap();
        assert_eq!(bits(&pass.with_output(difference)), bits(&expected_output));
        for part in parts.into_iter().rev() {
            let mut pass = interpreter.training_pass(noise, &input, &mut arena).unwrap();
            pass.backward(Accumulate::new(&parameters, &mut gradient), part).unwrap();
        }
        assert_eq!(bits(&gradient), bits(&expected), "{network}, {cuts:?}: {spec}");

        // The same with values that are computed again.
        for every in 1..5 {
            let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
            let plan = Plan::with_checkpoints(spec, &mut steps, every).unwrap();
            if plan.steps().iter().any(|step| step.checkpoint.end.is_some()) {
                again += 1;
                masks_again.count(&plan);
            }
            let is_again = plan.steps().iter().any(|step| step.checkpoint.end.is_some());
            let interpreter = Interpreter::new(plan, &constants).unwrap();
            let mut arena = vec![f32::NAN; plan.step_values()];
            let pass = interpreter.training_pass(noise, &input, &mut arena);
            assert_eq!(pass.err(), is_again.then_some(TrainingPassError::Checkpoints));
            let mut gradient = vec![0.0; parameters.len()];
            let sink = Accumulate::new(&parameters, &mut gradient);
            let output =
                interpreter.backpropagate(sink, noise, &input, &mut arena, |output, dy| {
                    for ((dy, &y), &target) in dy.iter_mut().zip(output).zip(&target) {
                        *dy = y - target;
                    }
                    output.to_vec()
                });
            assert_eq!(
                bits(&output.unwrap()),
                bits(&expected_output),
                "{network}, {every}: {spec}"
            );
            assert_eq!(bits(&gradient), bits(&expected), "{network}, {every}: {spec}");
            assert_eq!(train_step(&interpreter), stepped, "{network}, {every}: {spec}");
            let mut arena = vec![f32::NAN; plan.step_values()];
            let mut gradient = vec![0.0; parameters.len()];
            let sink = Accumulate::new(&parameters, &mut gradient);
            interpreter
                .backpropagate_from_latent(sink, noise, &latent, &mut arena, difference)
                .unwrap();
            assert_eq!(bits(&gradient), bits(&expected), "{network}, {every}: {spec}");
        }

        // Gradients of some parameters alone, by a plan that knows which.
        let some = [Trained::BiasesAndNormalization, Trained::Last(1), Trained::Last(2)];
        for (trained, shorter) in some.into_iter().zip(&mut shorter) {
            let mut is_trained = vec![false; parameters.len()];
            plan.subset(trained).runs().flatten().for_each(|at| is_trained[at] = true);
            let own = expected.iter().zip(&is_trained);
            let own: Vec<f32> = own.map(|(&dp, &is)| if is { dp } else { 0.0 }).collect();
            let every = network as usize % 4;
            let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
            let plan = Plan::for_training(spec, &mut steps, trained, every).unwrap();
            let interpreter = Interpreter::new(plan, &constants).unwrap();
            let mut arena = vec![f32::NAN; plan.step_values()];
            let mut gradient = vec![0.0; parameters.len()];
            let sink = Accumulate::new(&parameters, &mut gradient);
            interpreter.backpropagate(sink, noise, &input, &mut arena, difference).unwrap();
            assert_eq!(bits(&gradient), bits(&own), "{network}, {trained:?}, {every}: {spec}");
            assert!(every > 0 || plan.step_values() <= values, "{network}, {trained:?}: {spec}");
            *shorter += usize::from(every == 0 && plan.step_values() < values);
        }

        // The same up to the input. A zero of the other sign is one that was added to.
        let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
        let every = random.below(5);
        let plan = Plan::with_reach(spec, &mut steps, Reach::Input, Trained::All, every).unwrap();
        let mut arena = vec![f32::NAN; plan.step_values()];
        let mut gradient = vec![0.0; parameters.len()];
        let to_input = Interpreter::new(plan, &constants).unwrap();
        let mut pass = Pass::new(plan.steps(), Scope::All, &input, &mut arena, Some(noise));
        to_input.forward(plan.steps(), &parameters, &mut pass);
        pass.with_output(|output, dy| {
            for ((dy, &y), &target) in dy.iter_mut().zip(output).zip(&target) {
                *dy = y - target;
            }
        });
        let sink = Accumulate::new(&parameters, &mut gradient);
        to_input.backward(plan.steps(), sink, &mut pass);
        assert_eq!(bits(&gradient), bits(&expected), "{network}: {spec}");
        let found = pass.into_input_gradient();
        let reaches = !found.is_empty();
        let values =
            |numbers: &[f32]| numbers.iter().map(|x| (x + 0.0).to_bits()).collect::<Vec<_>>();
        assert!(
            if reaches {
                values(found) == values(&of_input)
            } else {
                of_input.iter().all(|&dx| dx == 0.0)
            },
            "{network}: {spec}"
        );
        reached += usize::from(reaches);

        if !layers.iter().any(|layer| matches!(layer, LayerSpec::Dropout(_))) {
            let mut arena = vec![f32::NAN; plan.inference_values()];
            let predicted = interpreter.predict(&parameters, &input, &mut arena).unwrap();
            assert_eq!(bits(predicted), bits(&expected_output), "{network}: {spec}");
        }
        nested += usize::from(layers.iter().any(|layer| layer.has_inside()));
        trained += usize::from(gradient.iter().any(|&gradient| gradient != 0.0));
    }
    assert!(nested > 200 && trained > 200 && reached > 200, "{nested} {trained} {reached}");
    assert!(again > 200, "{again}");
    assert!(fronts > 80 && scales > 60, "{fronts} {scales}");
    assert!(shorter.iter().all(|&networks| networks > 40), "{shorter:?}");
    for masks in [masks, masks_again] {
        let Masks { behind_relu, behind_others, relu, both_at_end } = masks;
        assert!(behind_relu > 20 && behind_others > 20 && relu > 20, "{masks:?}");
        assert!(both_at_end > 20, "{masks:?}");
    }
}

/// How many masks are stored: by pools behind a ReLU, by other pools, and by ReLUs; and how often
/// input and output both lie at the end of the arena.
#[derive(Debug, Default)]
struct Masks {
    behind_relu: usize,
    behind_others: usize,
    relu: usize,
    both_at_end: usize,
}

impl Masks {
    fn count(&mut self, plan: &Plan) {
        let mut is_behind_relu = false;
        for step in plan.steps() {
            let is_relu = matches!(
                step.operation,
                Operation::Layer(LayerSpec::Relu(_) | LayerSpec::LeakyRelu(_))
            );
            if step.mask.is_some() {
                *(match (is_relu, is_behind_relu) {
                    (true, _) => &mut self.relu,
                    (false, true) => &mut self.behind_relu,
                    (false, false) => &mut self.behind_others,
                }) += 1;
            }
            let is_at_end = |place| matches!(place, Location::High(_));
            let Buffers { input, output, .. } = step.training;
            self.both_at_end +=
                usize::from(input != output && is_at_end(input) && is_at_end(output));
            is_behind_relu = is_relu;
        }
    }
}

#[test]
fn runs_of_the_wrong_length_are_errors_and_change_nothing() {
    let layers = [LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 3 })];
    let spec = NetworkSpec { input: Dims::vector(2), layers: &layers };
    let mut steps = [PlannedStep::EMPTY; 1];
    let plan = Plan::new(spec, &mut steps).unwrap();
    let what = |error: LengthError| (error.what, error.needed, error.found);
    assert_eq!(Interpreter::new(plan, &[1.0]).map_err(what).err(), Some(("the constants", 0, 1)));
    let interpreter = Interpreter::new(plan, &[]).unwrap();
    let predict = |parameters: usize, input: usize, arena: usize| {
        let (parameters, input) = (vec![1.0; parameters], vec![1.0; input]);
        let mut arena = vec![7.0_f32; arena];
        interpreter.predict(&parameters, &input, &mut arena).map(<[f32]>::to_vec).map_err(what)
    };
    assert_eq!(predict(9, 2, 3), Ok(vec![3.0; 3]));
    assert_eq!(predict(9, 2, 5), Ok(vec![3.0; 3]));
    assert_eq!(predict(8, 2, 3), Err(("the parameters", 9, 8)));
    assert_eq!(predict(9, 3, 3), Err(("the input", 2, 3)));
    assert_eq!(predict(9, 2, 2), Err(("the arena", 3, 2)));

    let (parameters, mut gradient, mut arena) = ([1.0; 9], [0.5; 9], [7.0_f32; 5]);
    let sink = Accumulate::new(&parameters, &mut gradient);
    let noise = Noise::<f32>::new(1);
    let result = interpreter.backpropagate(sink, noise, &[1.0; 2], &mut arena, |_, _| ());
    assert_eq!(result.map_err(what), Err(("the arena", 6, 5)));
    assert_eq!((gradient, arena), ([0.5; 9], [7.0; 5]));

    let (mut short, mut arena) = ([0.5; 8], [7.0_f32; 6]);
    let backpropagate = |gradient: &mut [f32], arena: &mut [f32]| {
        let sink = Accumulate::new(&parameters, gradient);
        interpreter.backpropagate(sink, noise, &[1.0; 2], arena, |_, _| ()).map_err(what)
    };
    assert_eq!(backpropagate(&mut short, &mut arena), Err(("the gradient", 9, 8)));
    let planned = Planned::<Vector<2>, _>::new(&Dense::<2, 3>);
    let sink = Accumulate::new(&parameters, &mut short);
    let result = planned.backpropagate(sink, noise, &[1.0; 2], &mut arena, |_, _| ());
    assert_eq!(result.map_err(what), Err(("the gradient", 9, 8)));
    assert_eq!((short, arena), ([0.5; 8], [7.0; 6]));
}

#[test]
fn steps_outside_of_the_plan_are_errors() {
    let layers = [LayerSpec::Dense(DenseSpec { inputs: 2, outputs: 3 })];
    let spec = NetworkSpec { input: Dims::vector(2), layers: &layers };
    let mut steps = [PlannedStep::EMPTY; 1];
    let interpreter = Interpreter::new(Plan::new(spec, &mut steps).unwrap(), &[]).unwrap();
    let (parameters, mut gradient, mut arena) = ([1.0; 9], [0.5; 9], [7.0_f32; 6]);
    let noise = Noise::<f32>::new(1);
    let mut pass = interpreter.training_pass(noise, &[1.0; 2], &mut arena).unwrap();
    for (start, end) in [(0, 2), (2, 2), (1, 0)] {
        let error = Err(TrainingPassError::Steps { start, end, steps: 1 });
        assert_eq!(pass.forward(&parameters, start..end), error);
        assert_eq!(pass.backward(Accumulate::new(&parameters, &mut gradient), start..end), error);
    }
    assert!(pass.forward(&parameters[1..], 0..1).is_err());
    assert_eq!((gradient, arena), ([0.5; 9], [7.0; 6]));
}

#[test]
fn gradients_go_through_the_units_of_outputs() {
    let layers = [
        LayerSpec::Dense(DenseSpec { inputs: 1, outputs: 2 }),
        LayerSpec::Frozen(FrozenSpec { layers: 1 }),
        LayerSpec::BatchNorm(BatchNormSpec { channels: 2, epsilon: 1e-5 }),
    ];
    let spec = NetworkSpec { input: Dims::vector(1), layers: &layers };
    let constants = [1000.0, 0.5, 7.0, 8.0, 0.0, 0.0, 1.0 - 1e-5, 1.0 - 1e-5];
    let mut steps = vec![PlannedStep::EMPTY; spec.steps()];
    let interpreter = Interpreter::new(Plan::new(spec, &mut steps).unwrap(), &constants).unwrap();
    let parameters = [2.0, 3.0, 0.0, 0.0];
    let mut gradient = vec![0.0; 4];
    let mut arena = vec![f32::NAN; interpreter.plan().step_values()];
    let sink = Accumulate::new(&parameters, &mut gradient);
    let rest = |output: &[f32], dy: &mut [f32]| {
        dy.copy_from_slice(&[1.0, 2.0]);
        output.to_vec()
    };
    let noise = Noise::<f32>::new(1);
    let output = interpreter.backpropagate(sink, noise, &[3.0], &mut arena, rest).unwrap();
    assert_eq!(output, [6007.0, 12.5]);
    assert_eq!(gradient, [3000.0, 3.0, 1000.0, 1.0]);
}
