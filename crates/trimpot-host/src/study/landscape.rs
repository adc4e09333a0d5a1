//! Loss landscapes: the loss around the weights that training ended with, in the plane in which it
//! moved most.

use trimpot::spec::{NetworkSpec, Role};

use super::error::RecipeError;
use super::recipe::Recipe;
use super::subject::{Draw, Subject};
use super::training::{self, Seen, Stop};

/// The loss over a plane of weights, and the trajectory of training over it.
///
/// The two directions are the principal components of the weights after each epoch, seen from the
/// last ones. Each is normalised filter by filter, "Visualizing the Loss Landscape of Neural Nets"
/// (Li et al. 2018): the weights of each unit of a layer are scaled to the norm of the unit's own
/// weights, so that landscapes of networks can be compared whose weights have other sizes. Biases
/// are one filter for each layer. The trajectory is that of the points in the plane that are
/// nearest to the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The validation loss by row, from below, each from the left.
    pub loss: Vec<Vec<f64>>,
    /// Where the first and the last column are, in the first direction.
    pub x: [f64; 2],
    /// Where the first and the last row are, in the second direction.
    pub y: [f64; 2],
    /// Where training was, from the initial weights to the last ones, which are at the origin.
    pub path: Vec<(f64, f64)>,
    /// The share of what the weights moved that each direction has, before it is normalised.
    pub explained: [f64; 2],
}

/// Rows and columns of the plane.
const SIDE: usize = 25;
/// How far the plane goes beyond the trajectory, as a share of its size.
const MARGIN: f64 = 0.25;

impl Landscape {
    /// Trains by a recipe, with this draw, and looks around where it ends. None, if it was stopped
    /// or ends where it began.
    ///
    /// # Errors
    /// If the recipe cannot be followed.
    pub fn of(
        recipe: &Recipe,
        subject: &Subject,
        draw: Draw,
        stop: &Stop,
    ) -> Result<Option<Self>, RecipeError> {
        let (mut trajectory, mut landscape) = (Vec::<Vec<f32>>::new(), None);
        let mut watch = |seen: Seen<'_>| {
            let parameters = seen.network.parameters();
            trajectory.push(seen.weights[..parameters].to_vec());
            if seen.is_last {
                let rest = &seen.weights[parameters..];
                let spec = seen.network.layers().spec();
                landscape = around(spec, &trajectory, |weights| {
                    let weights: Vec<f32> = weights.iter().chain(rest).copied().collect();
                    seen.validation.score(seen.network, &weights).loss.into()
                });
            }
        };
        let outcome = training::run_watched(recipe, subject, draw, stop, &mut watch)?;
        Ok(outcome.and(landscape))
    }
}

/// Returns the landscape around the last of these weights.
fn around(
    network: NetworkSpec<'_>,
    trajectory: &[Vec<f32>],
    loss: impl Fn(&[f32]) -> f64,
) -> Option<Landscape> {
    let last = trajectory.last()?;
    let from_last = |weights: &Vec<f32>| -> Vec<f64> {
        weights.iter().zip(last).map(|(&now, &last)| f64::from(now) - f64::from(last)).collect()
    };
    let moves: Vec<Vec<f64>> = trajectory.iter().map(from_last).collect();
    let [(mut first, one), (mut second, other)] = principal(&moves)?;
    let filters = filters(network);
    normalise(&mut first, last, &filters);
    normalise(&mut second, last, &filters);
    let path: Vec<(f64, f64)> =
        moves.iter().map(|step| nearest(step, &first, &second)).collect::<Option<_>>()?;
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) = path
            .iter()
            .map(of)
            .fold((0.0, 0.0), |(low, high), value| (f64::min(low, value), f64::max(high, value)));
        let beyond = MARGIN * (high - low).max(f64::MIN_POSITIVE);
        [low - beyond, high + beyond]
    };
    let (x, y) = (range(|place| place.0), range(|place| place.1));
    let at =
        |[low, high]: [f64; 2], index: usize| low + (high - low) * index as f64 / (SIDE - 1) as f64;
    let loss_at = |right: f64, up: f64| {
        let weights: Vec<f32> = (last.iter().zip(first.iter().zip(&second)))
            .map(|(&last, (first, second))| (f64::from(last) + right * first + up * second) as f32)
            .collect();
        loss(&weights)
    };
    let row = |row| (0..SIDE).map(|column| loss_at(at(x, column), at(y, row))).collect();
    let loss = (0..SIDE).map(row).collect();
    Some(Landscape { loss, x, y, path, explained: [one, other] })
}

/// Returns the two directions in which these points vary most from zero, of length 1, and their
/// shares of all variation; none, if there is no variation. Of points on a line, the second one is
/// zero.
///
/// By powers of the matrix of products of the points with each other, which is small: as many rows
/// as points.
fn principal(points: &[Vec<f64>]) -> Option<[(Vec<f64>, f64); 2]> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let all: f64 = points.iter().map(|point| product(point, point)).sum();
    let is_positive = all.is_finite() && all > 0.0;
    let mut left: Vec<Vec<f64>> = is_positive.then(|| points.to_vec())?;
    let mut component = || {
        let gram: Vec<Vec<f64>> =
            left.iter().map(|a| left.iter().map(|b| product(a, b)).collect()).collect();
        let mut mix: Vec<f64> = (0..left.len()).map(|index| 1.0 + index as f64).collect();
        for _ in 0..500 {
            let next: Vec<f64> = gram.iter().map(|row| product(row, &mix)).collect();
            let length = product(&next, &next).sqrt();
            if length == 0.0 {
                break;
            }
            mix = next.iter().map(|value| value / length).collect();
        }
        let mut direction = vec![0.0; left.first().map_or(0, Vec::len)];
        for (share, point) in mix.iter().zip(&left) {
            direction.iter_mut().zip(point).for_each(|(sum, value)| *sum += share * value);
        }
        let length = product(&direction, &direction).sqrt();
        if length * length <= all * f64::EPSILON {
            direction.fill(0.0);
            return (direction, 0.0);
        }
        direction.iter_mut().for_each(|value| *value /= length);
        let mut explained = 0.0;
        for point in &mut left {
            let along = product(point, &direction);
            explained += along * along;
            point.iter_mut().zip(&direction).for_each(|(value, unit)| *value -= along * unit);
        }
        (direction, explained / all)
    };
    Some([component(), component()])
}

/// Returns where among the parameters each filter is: the weights of each unit of a layer; vectors
/// are one filter.
fn filters(network: NetworkSpec<'_>) -> Vec<std::ops::Range<usize>> {
    let mut filters = Vec::new();
    network.for_each_tensor(&mut |placed| {
        if placed.role != Role::Parameter {
            return;
        }
        let count = placed.tensor.count();
        let each = match placed.tensor.sizes() {
            [units, rest @ ..] if !rest.is_empty() => count / (*units).max(1) as usize,
            _ => count,
        };
        let starts = (placed.at..placed.at + count).step_by(each.max(1));
        filters.extend(starts.map(|start| start..start + each));
    });
    filters
}

/// Gives each filter of a direction the norm of the filter of these weights.
fn normalise(direction: &mut [f64], weights: &[f32], filters: &[std::ops::Range<usize>]) {
    for filter in filters {
        let part = &mut direction[filter.clone()];
        let norm = |squares: f64| squares.sqrt();
        let own = norm(part.iter().map(|value| value * value).sum());
        let wanted =
            norm(weights[filter.clone()].iter().map(|&value| f64::from(value).powi(2)).sum());
        let factor = if own > 0.0 { wanted / own } else { 0.0 };
        part.iter_mut().for_each(|value| *value *= factor);
    }
}

/// Returns the point of the plane of two directions that is nearest to a point: by the equations of
/// least squares. None, if it is not finite.
fn nearest(point: &[f64], first: &[f64], second: &[f64]) -> Option<(f64, f64)> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (a, b, c) = (product(first, first), product(first, second), product(second, second));
    let (p, q) = (product(point, first), product(point, second));
    let determinant = a * c - b * b;
    let place = match determinant > 1e-12 * a * c {
        true => ((c * p - b * q) / determinant, (a * q - b * p) / determinant),
        // They are one direction.
        false => (p / a, 0.0),
    };
    (place.0.is_finite() && place.1.is_finite()).then_some(place)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_4;

    use trimpot::spec::Dims;
    use trimpot_model::architecture::{Architecture, Between};

    use super::*;

    #[test]
    fn principal_components_are_those_of_an_ellipse() {
        // Points on an ellipse whose axes are (3, 4) / 5 with 2 and (−4, 3) / 5 with 1.
        let point = |angle: f64| {
            let (along, across) = (2.0 * angle.cos(), angle.sin());
            vec![(3.0 * along - 4.0 * across) / 5.0, (4.0 * along + 3.0 * across) / 5.0]
        };
        let points: Vec<_> = (0..8).map(|eighth| point(f64::from(eighth) * FRAC_PI_4)).collect();
        let [(first, one), (second, other)] = principal(&points).unwrap();
        for (found, expected) in [(first, [0.6, 0.8]), (second, [-0.8, 0.6])] {
            let along: f64 = found.iter().zip(expected).map(|(a, b)| a * b).sum();
            assert!((along.abs() - 1.0).abs() < 1e-5, "{found:?}");
        }
        assert!((one - 0.8).abs() < 1e-5 && (other - 0.2).abs() < 1e-5);
        assert_eq!(principal(&[vec![0.0; 3], vec![0.0; 3]]), None);
        let [_, (second, none)] = principal(&[vec![1.0, 2.0], vec![2.0, 4.0]]).unwrap();
        assert_eq!((second, none), (vec![0.0; 2], 0.0));
    }

    #[test]
    fn a_quadratic_loss_is_a_bowl_whose_bottom_is_where_training_ends() {
        let network: Architecture = "3-2".parse().unwrap();
        let layers = network.layers(Between::default()).unwrap();
        assert_eq!(filters(layers.spec()), [0..3, 3..6, 6..8]);
        let end = [1.0, -2.0, 0.5, 3.0, 1.0, -1.0, 0.25, -0.5_f32];
        let trajectory: Vec<Vec<f32>> = (0..6_u8)
            .map(|step| {
                let left = f32::from(5 - step) / 5.0;
                let bend = if step % 2 == 0 { left } else { -left };
                let moved =
                    |(index, end): (usize, &f32)| end + if index < 3 { left } else { 0.3 * bend };
                end.iter().enumerate().map(moved).collect()
            })
            .collect();
        let loss = |weights: &[f32]| {
            weights.iter().zip(end).map(|(now, end)| f64::from(now - end).powi(2)).sum()
        };
        let landscape = around(layers.spec(), &trajectory, loss).unwrap();
        assert_eq!((landscape.loss.len(), landscape.loss[0].len()), (SIDE, SIDE));
        let &(x, y) = landscape.path.last().unwrap();
        assert!(x.abs() < 1e-9 && y.abs() < 1e-9);
        let nearest_to_zero =
            |[low, high]: [f64; 2]| (-low / (high - low) * (SIDE - 1) as f64).round() as usize;
        let bottom = landscape.loss[nearest_to_zero(landscape.y)][nearest_to_zero(landscape.x)];
        let least = landscape.loss.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(bottom, least);
        assert!(landscape.explained[0] + landscape.explained[1] > 0.999);
    }

    #[test]
    fn each_filter_of_a_direction_has_the_norm_of_its_weights() {
        let weights = [3.0, 4.0, 0.0, 0.5, 0.0, 0.0, 1.0, 1.0_f32];
        let mut direction = [1.0, 0.0, 0.0, -2.0, 2.0, 1.0, 0.0, 0.0];
        normalise(&mut direction, &weights, &[0..3, 3..6, 6..8]);
        let norm = |part: &[f64]| part.iter().map(|value| value * value).sum::<f64>().sqrt();
        assert_eq!(direction[..3], [5.0, 0.0, 0.0]);
        assert!((norm(&direction[3..6]) - 0.5).abs() < 1e-12 && direction[3] < 0.0);
        // What does not move stays.
        assert_eq!(direction[6..], [0.0, 0.0]);
    }

    #[test]
    fn filters_of_convolutions_are_those_of_channels() {
        let network: Architecture = "1x6x6 > conv 4 3x3, relu, flatten, dense 2".parse().unwrap();
        let layers = network.layers(Between::default()).unwrap();
        assert_eq!(layers.input, Dims::image(1, 6, 6));
        let lengths: Vec<usize> =
            filters(layers.spec()).into_iter().map(|range| range.len()).collect();
        assert_eq!(lengths, [9, 9, 9, 9, 4, 64, 64, 2]);
    }
}
