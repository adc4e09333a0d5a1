//! Layers with a window that may be rectangular, have strides, dilation, groups, and padding of its
//! own on each side: against the formula, in `f64`.

extern crate std;

use std::vec;
use std::vec::Vec;

use crate::lanes::{Bits, Lanes, f32x4};
use crate::layer::kernel::{Backward, Forward, LayerKernel, OutputMemory};
use crate::layer::{Accumulate, AveragePoolSpec, ConvSpec, MaxPoolSpec, WindowSpec};
use crate::random::{Noise, Random};
use crate::spec::{Dims, LayerSpec};

/// What comes out of a layer: its output, the gradient of its parameters, that of its input.
type Outcome<T> = [Vec<T>; 3];

/// Runs a layer with everything where it may be.
fn run(layer: LayerSpec, input: Dims, parameters: &[f32], x: &[f32], dy: &[f32]) -> Outcome<f32> {
    run_with(layer, input, parameters, (x, dy), false)
}

/// [`run`] in any width, with the mask or what may be stored instead.
fn run_with<V: Lanes>(
    layer: LayerSpec,
    input: Dims,
    parameters: &[f32],
    (x, dy): (&[V], &[V]),
    masked: bool,
) -> Outcome<V> {
    let dims = [input, layer.output(input).unwrap()];
    let needs = layer.memory(input);
    assert_eq!(needs.output, OutputMemory::Separate);
    let anything = V::splat(f32::NAN);
    let mut buffers = needs.buffers.map(|len| vec![anything; len]);
    let mut output = vec![anything; dims[1].count()];
    let mut mask = vec![anything; if masked { needs.mask } else { 0 }];
    layer.forward(Forward {
        dims,
        parameters,
        constants: &[],
        noise: None,
        input: x,
        output: &mut output,
        mask: &mut mask,
        buffer: &mut buffers[0],
    });
    let mut gradient = vec![V::ZERO; parameters.len()];
    let mut input_gradient = vec![V::ZERO; x.len()];
    let mut dy = dy.to_vec();
    layer.backward(Backward {
        dims,
        sink: Accumulate::new(parameters, &mut gradient),
        trains_weights: true,
        constants: &[],
        noise: Noise::<V>::new(V::Bits::splat(0)),
        stored: if needs.stored.is_input() && !masked { x } else { &[] },
        mask: &mask,
        gradient: &mut dy,
        input_gradient: Some(&mut input_gradient),
        buffer: &mut buffers[1],
    });
    [output, gradient, input_gradient]
}

/// The numbers under a window at a place of a plane of `[height, width]`, row by row: where they
/// are, if they are in the plane.
fn under(
    window: WindowSpec<2>,
    [height, width]: [usize; 2],
    [v, u]: [usize; 2],
) -> Vec<Option<usize>> {
    let [[above, _], [before, _]] = window.padding;
    let mut places = Vec::new();
    for k in 0..window.size[0] {
        for l in 0..window.size[1] {
            let y = v as i64 * i64::from(window.stride[0]) + i64::from(k * window.dilation[0]);
            let x = u as i64 * i64::from(window.stride[1]) + i64::from(l * window.dilation[1]);
            let (y, x) = (y - i64::from(above), x - i64::from(before));
            let inside = (0..height as i64).contains(&y) && (0..width as i64).contains(&x);
            places.push(inside.then(|| y as usize * width + x as usize));
        }
    }
    places
}

/// `y[o][v][u] = b[o] + Σ W[o][i][k][l] · x[g·I/G + i][…][…]`, and its derivatives.
fn convolution(
    spec: ConvSpec<2>,
    [height, width]: [usize; 2],
    [rows, columns]: [usize; 2],
    (parameters, x, dy): (&[f32], &[f32], &[f32]),
) -> Outcome<f64> {
    let [inputs, outputs, groups] =
        [spec.in_channels, spec.out_channels, spec.groups].map(|count| count as usize);
    let (taken, filters) = (inputs / groups, outputs / groups);
    let area = (spec.window.size[0] * spec.window.size[1]) as usize;
    let weights = outputs * taken * area;
    let mut result = [vec![0.0; dy.len()], vec![0.0; parameters.len()], vec![0.0; x.len()]];
    let [y, dw, dx] = &mut result;
    for o in 0..outputs {
        for (place, dy) in dy[o * rows * columns..][..rows * columns].iter().enumerate() {
            let at = o * rows * columns + place;
            y[at] += f64::from(parameters[weights + o]);
            dw[weights + o] += f64::from(*dy);
            let window = under(spec.window, [height, width], [place / columns, place % columns]);
            for i in 0..taken {
                for (k, inside) in window.iter().enumerate() {
                    let Some(inside) = inside else { continue };
                    let from = (o / filters * taken + i) * height * width + inside;
                    let weight = (o * taken + i) * area + k;
                    y[at] += f64::from(parameters[weight]) * f64::from(x[from]);
                    dw[weight] += f64::from(*dy) * f64::from(x[from]);
                    dx[from] += f64::from(*dy) * f64::from(parameters[weight]);
                }
            }
        }
    }
    result
}

fn assert_near(found: &Outcome<f32>, expected: &Outcome<f64>, what: &str) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (&found, &expected) in found.iter().zip(expected) {
            assert!((f64::from(found) - expected).abs() <= 1e-5, "{what}: {found}, not {expected}");
        }
    }
}

/// Draws a window, and planes that it has places on.
fn draw(random: &mut Random) -> (WindowSpec<2>, [u32; 2], [u32; 2]) {
    loop {
        let mut below = |most: usize| random.below(most) as u32;
        let window = WindowSpec::new([1 + below(4), 1 + below(4)])
            .with_stride([1 + below(3), 1 + below(3)])
            .with_padding([[below(3), below(3)], [below(3), below(3)]])
            .with_dilation([1 + below(2), 1 + below(3)]);
        let plane = [1 + below(7), 1 + below(7)];
        if let Some(places) = window.places(plane) {
            return (window, plane, places);
        }
    }
}

#[test]
fn convolutions_are_their_formula() {
    let mut random = Random::new(1);
    for _ in 0..400 {
        let (window, plane, places) = draw(&mut random);
        let groups = 1 + random.below(3) as u32;
        let [in_channels, out_channels] =
            [1, 2].map(|most| groups * (1 + random.below(3 * most) as u32));
        let spec = ConvSpec { in_channels, out_channels, window, groups };
        let layer = LayerSpec::Conv2d(spec);
        let input = Dims::image(in_channels, plane[0], plane[1]);
        let mut numbers = |count| (0..count).map(|_| random.normal() * 0.5).collect::<Vec<f32>>();
        let parameters = numbers(layer.tensors().numbers(true));
        let x = numbers(input.count());
        let dy = numbers(layer.output(input).unwrap().count());
        let found = run(layer, input, &parameters, &x, &dy);
        let [plane, places] = [plane, places].map(|sizes| sizes.map(|size| size as usize));
        let expected = convolution(spec, plane, places, (&parameters, &x, &dy));
        assert_near(&found, &expected, &std::format!("{layer} of {input}"));
    }
}

/// What TensorFlow calls `SAME`: as many places as the input has numbers by the stride, and the odd
/// zero at the end.
#[test]
fn padding_may_be_that_of_tensorflow() {
    let window = WindowSpec::new([10, 4]).with_stride([2, 2]).with_padding([[4, 5], [1, 1]]);
    assert_eq!(window.places([49, 10]), Some([25, 5]));
}

#[test]
fn pools_are_their_formula() {
    let mut random = Random::new(2);
    for _ in 0..400 {
        let (window, plane, places) = draw(&mut random);
        let input = Dims::image(2, plane[0], plane[1]);
        let mut numbers = |count| (0..count).map(|_| random.normal()).collect::<Vec<f32>>();
        let x = numbers(input.count());
        let area = (places[0] * places[1]) as usize;
        let dy = numbers(2 * area);
        let [mut max, mut average] =
            [0, 1].map(|_| [vec![0.0; dy.len()], Vec::new(), vec![0.0; x.len()]]);
        let sizes = plane.map(|size| size as usize);
        for (at, &dy) in dy.iter().enumerate() {
            let columns = places[1] as usize;
            let place = [at % area / columns, at % area % columns];
            let window = under(window, sizes, place);
            let share = 1.0 / window.len() as f64;
            let inside =
                window.iter().flatten().map(|inside| at / area * sizes[0] * sizes[1] + inside);
            max[0][at] = f64::NEG_INFINITY;
            let mut largest = None;
            for from in inside {
                let value = f64::from(x[from]);
                if value > max[0][at] {
                    max[0][at] = value;
                    largest = Some(from);
                }
                average[0][at] += value * share;
                average[2][from] += f64::from(dy) * share;
            }
            max[2][largest.expect("a window is never all padding")] += f64::from(dy);
        }
        let layer = LayerSpec::MaxPool2d(MaxPoolSpec::new(window));
        assert_near(&run(layer, input, &[], &x, &dy), &max, &std::format!("{layer} of {input}"));
        let layer = LayerSpec::AveragePool2d(AveragePoolSpec::new(window));
        assert_near(
            &run(layer, input, &[], &x, &dy),
            &average,
            &std::format!("{layer} of {input}"),
        );
    }
}

/// Returns the largest numbers under a window, and what their gradients make of that of the input:
/// all goes to the first NaN, or to the first of the largest, and is lost outside of the plane.
fn largest(
    window: WindowSpec<2>,
    [plane, places]: [[u32; 2]; 2],
    x: &[f32],
    dy: &[f32],
) -> [Vec<f32>; 2] {
    let [sizes, places] = [plane, places].map(|sizes| sizes.map(|size| size as usize));
    let mut result = [Vec::new(), vec![0.0; x.len()]];
    let [y, dx] = &mut result;
    for (at, &dy) in dy.iter().enumerate() {
        let [rows, columns] = places;
        let channel = at / (rows * columns) * sizes[0] * sizes[1];
        let place = [at / columns % rows, at % columns];
        let (mut largest, mut from) = (f32::NEG_INFINITY, None);
        for (number, inside) in under(window, sizes, place).into_iter().enumerate() {
            let value = inside.map_or(f32::NEG_INFINITY, |inside| x[channel + inside]);
            let is_larger = value > largest || value.is_nan() && !largest.is_nan();
            if number == 0 || is_larger {
                (largest, from) = (value, inside);
            }
        }
        y.push(largest);
        if let Some(from) = from {
            dx[channel + from] += dy;
        }
    }
    result
}

/// Equal numbers, zeros of both signs, infinite numbers, NaN: in any width, with the input or with
/// a mask.
#[test]
fn the_gradient_of_a_pool_goes_to_the_first_of_the_largest() {
    let mut random = Random::new(3);
    let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1.0, -1.0];
    for _ in 0..400 {
        let (window, plane, places) = draw(&mut random);
        let input = Dims::image(2, plane[0], plane[1]);
        let layer = LayerSpec::MaxPool2d(MaxPoolSpec::new(window));
        // With NaN, without it, or finite.
        let from = [0, 1, 3][random.below(3)];
        let mut number = |_| special[from + random.below(special.len() - from)];
        let x: Vec<_> = (0..input.count()).map(|_| f32x4::from_fn(&mut number)).collect();
        let outputs = layer.output(input).unwrap().count();
        let dy: Vec<_> = (0..outputs).map(|_| f32x4::from_fn(|_| random.normal())).collect();
        let lane_of = |values: &[f32x4], lane: usize| {
            values.iter().map(|value| value.to_array()[lane]).collect::<Vec<f32>>()
        };
        let found = [true, false].map(|masked| run_with(layer, input, &[], (&x, &dy), masked));
        for lane in 0..f32x4::LANES {
            let (x, dy) = (lane_of(&x, lane), lane_of(&dy, lane));
            let single = [true, false].map(|masked| run_with(layer, input, &[], (&x, &dy), masked));
            let expected = largest(window, [plane, places], &x, &dy);
            let lanes = found.each_ref().map(|found| found.each_ref().map(|f| lane_of(f, lane)));
            for [y, _, dx] in lanes.iter().chain(&single) {
                let found = [y, dx].map(|numbers| bits(numbers));
                assert_eq!(found, expected.each_ref().map(|numbers| bits(numbers)), "{layer}");
            }
        }
    }
}

/// Returns the bits of numbers; of each NaN the same.
fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| if x.is_nan() { f32::NAN } else { *x }.to_bits()).collect()
}
