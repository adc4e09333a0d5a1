//! The order of the sums, on which the bits depend: that of the weights, with zeros outside of the
//! planes, however it is done.

extern crate std;

use std::vec;
use std::vec::Vec;

use super::*;
use crate::lanes::{Bits as _, f32x4};
use crate::layer::{Accumulate, WindowSpec};
use crate::random::Noise;

/// What comes out: the output, the gradient of the parameters, that of the input.
type Outcome = [Vec<f32>; 3];

/// What the kernel makes of the same numbers in each lane, in the first one.
fn kernel<V: Lanes>(
    spec: ConvSpec<2>,
    dims: [Dims; 2],
    parameters: &[f32],
    x: &[f32],
    dy: &[f32],
) -> Outcome {
    let mut buffers = spec.memory(dims[0]).buffers.map(|len| vec![V::splat(f32::NAN); len]);
    let [mut output, mut gradient, mut input_gradient] =
        [vec![V::ZERO; dy.len()], vec![V::ZERO; parameters.len()], vec![V::ZERO; x.len()]];
    let lanes = |numbers: &[f32]| numbers.iter().map(|&x| V::splat(x)).collect::<Vec<V>>();
    let (x, mut dy) = (lanes(x), lanes(dy));
    spec.forward(Forward {
        dims,
        parameters,
        constants: &[],
        noise: None,
        input: &x,
        output: &mut output,
        mask: &mut [],
        buffer: &mut buffers[0],
    });
    spec.backward(Backward {
        dims,
        sink: Accumulate::new(parameters, &mut gradient),
        trains_weights: true,
        constants: &[],
        noise: Noise::<V>::new(V::Bits::splat(0)),
        stored: &x,
        mask: &[],
        gradient: &mut dy,
        input_gradient: Some(&mut input_gradient),
        buffer: &mut buffers[1],
    });
    let first = |values: Vec<V>| values.iter().map(|v| v.to_array().as_ref()[0]).collect();
    [output, gradient, input_gradient].map(first)
}

/// Place by place: each output is the sum of its bias and of its products, each weight's gradient
/// that of its products, each input's that of what some filters together give.
fn one_by_one(
    spec: ConvSpec<2>,
    [input, output]: [Dims; 2],
    parameters: &[f32],
    x: &[f32],
    dy: &[f32],
) -> Outcome {
    let &[_, height, width] = input.sizes() else { panic!("an image") };
    let &[_, rows, columns] = output.sizes() else { panic!("an image") };
    let WindowSpec { size, stride, padding, dilation } = spec.window;
    let (taken, filters) = (spec.taken(), spec.out_channels / spec.groups);
    let weights = (taken * size[0] * size[1]) as usize;
    let biases = weights * spec.out_channels as usize;
    // Where the number is that a weight meets at a place.
    let met = |group: u32, place: u32, weight: usize| {
        let weight = weight as u32;
        let (channel, tap) = (weight / (size[0] * size[1]), weight % (size[0] * size[1]));
        let at = |place, tap, i: usize| {
            i64::from(place * stride[i] + tap * dilation[i]) - i64::from(padding[i][0])
        };
        let (v, u) = (at(place / columns, tap / size[1], 0), at(place % columns, tap % size[1], 1));
        let inside = (0..i64::from(height)).contains(&v) && (0..i64::from(width)).contains(&u);
        let plane = i64::from((group * taken + channel) * height);
        inside.then(|| ((plane + v) * i64::from(width) + u) as usize)
    };
    let area = rows * columns;
    let mut result = [vec![0.0; dy.len()], vec![0.0; parameters.len()], vec![0.0; x.len()]];
    let [y, dw, dx] = &mut result;
    for group in 0..spec.groups {
        let all: Vec<_> = (group * filters..(group + 1) * filters).collect();
        // Where the windows are single numbers, filters go one by one, and so do those that are
        // left over.
        let shared = if spec.has_plain_planes() { 1 } else { spec.shared() };
        let blocks = all.chunks(shared).flat_map(|block| match block.len() == shared {
            true => vec![block],
            false => block.chunks(1).collect(),
        });
        for block in blocks {
            for place in 0..area {
                for &filter in block {
                    let at = (filter * area + place) as usize;
                    y[at] = parameters[biases + filter as usize];
                    dw[biases + filter as usize] += dy[at];
                    for weight in 0..weights {
                        let number = met(group, place, weight).map_or(0.0, |from| x[from]);
                        let weight = filter as usize * weights + weight;
                        y[at] += parameters[weight] * number;
                        dw[weight] += dy[at] * number;
                    }
                }
                for weight in 0..weights {
                    let sum = block.iter().fold(0.0, |sum, &filter| {
                        let at = (filter * area + place) as usize;
                        sum + dy[at] * parameters[filter as usize * weights + weight]
                    });
                    if let Some(to) = met(group, place, weight) {
                        dx[to] += sum;
                    }
                }
            }
        }
    }
    result
}

#[test]
fn sums_are_in_the_order_of_weights_and_places() {
    let mut random = Random::new(5);
    let mut checked = [0; 4];
    while checked.iter().any(|&count| count < 100) {
        let mut below = |most: usize| random.below(most) as u32;
        let kind = below(3);
        let mut some = |most: usize| if kind == 0 { 1 } else { 1 + below(most) };
        let mut window = WindowSpec::new([some(4), some(4)])
            .with_padding([0; 2].map(|_| [some(3) - 1, some(3) - 1]))
            .with_stride([some(3), some(3)])
            .with_dilation([some(2), some(3)]);
        if kind == 1 {
            let ([height, _], [above, _]) = (window.size, window.padding);
            window = WindowSpec::new([height, 3]).with_padding([above, [1, 1]]);
        }
        let plane = [1 + below(7), 1 + below(20)];
        let groups = 1 + below(3);
        let [taken, filters] = if below(3) == 0 { [1, 1] } else { [1 + below(3), 1 + below(9)] };
        let [in_channels, out_channels] = [groups * taken, groups * filters];
        let spec = ConvSpec { in_channels, out_channels, window, groups };
        let input = Dims::image(in_channels, plane[0], plane[1]);
        let Ok(output) = spec.output(input) else { continue };
        // Among them are zeros of both signs, of which sums of nothing else are.
        let zeros = [0.0, -0.0];
        let mut numbers = |count| {
            let number = |_| match random.below(4) {
                0 => zeros[random.below(2)],
                _ => random.normal(),
            };
            (0..count).map(number).collect::<Vec<f32>>()
        };
        let parameters = numbers(spec.tensors().numbers(true));
        let (x, dy) = (numbers(input.count()), numbers(output.count()));
        let dims = [input, output];
        let groups = Groups::new(spec, dims);
        checked[match groups.is_depthwise {
            true if groups.is_narrow() => 3,
            true => 0,
            false if groups.grid.has_plain_planes() => 1,
            false => 2,
        }] += 1;
        let found = [
            kernel::<f32>(spec, dims, &parameters, &x, &dy),
            kernel::<f32x4>(spec, dims, &parameters, &x, &dy),
        ];
        let expected = one_by_one(spec, dims, &parameters, &x, &dy);
        let bits =
            |runs: Outcome| runs.map(|run| run.into_iter().map(f32::to_bits).collect::<Vec<u32>>());
        let expected = bits(expected);
        for found in found.map(bits) {
            assert_eq!(found, expected, "{spec:?} of {input}");
        }
    }
}
