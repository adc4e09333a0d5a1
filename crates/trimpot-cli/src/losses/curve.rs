//! Value and gradient of a loss along one element of a prediction.

use std::fmt::Debug;

use trimpot::loss::{Loss, Target};
use trimpot::shape::Shape;

use crate::pages::plot::{Axis, Drawing, LinePlot, Series};

/// How many points a curve has.
const POINTS: usize = 241;

/// What the core computes while one element of a sample's prediction, `x`, moves.
pub struct Curve {
    /// The prediction, with `x` for the element that moves.
    pub prediction: String,
    /// The target.
    pub target: String,
    /// `x`, the value, and the derivative of the value by `x`.
    pub points: Vec<[f32; 3]>,
}

impl Curve {
    /// Moves one element of a prediction from the start to the end of a range.
    pub(super) fn trace<P: Shape, L: Loss<P>>(
        loss: &L,
        mut prediction: P::Values<f32>,
        element: usize,
        [from, to]: [f32; 2],
        target: &<L::Target as Target>::Values<f32>,
    ) -> Self
    where
        P::Values<f32>: Debug,
        <L::Target as Target>::Values<f32>: Debug,
    {
        let points = (0..POINTS).map(|i| {
            let x = from + (to - from) * (i as f32 / (POINTS - 1) as f32);
            P::flat_mut::<f32>(&mut prediction)[element] = x;
            let mut gradient = P::zeros::<f32>();
            let value = loss.gradient(&prediction, target, &mut gradient);
            [x, value, P::flat::<f32>(&gradient)[element]]
        });
        let points = points.collect();
        // NaN is no number of a sample, so it is where `x` belongs.
        P::flat_mut::<f32>(&mut prediction)[element] = f32::NAN;
        Curve {
            prediction: format!("{prediction:?}").replace("NaN", "x"),
            target: format!("{target:?}"),
            points,
        }
    }

    /// Draws both.
    pub(super) fn draw(&self, title: &str) -> Drawing {
        let series = |name, of: usize| {
            let points = self.points.iter();
            Series::new(name, points.map(|point| (point[0].into(), point[of].into())).collect())
        };
        let [from, to] = [0, POINTS - 1].map(|i| f64::from(self.points[i][0]));
        let [x, y] = [Axis::linear("x").with_range([from, to]), Axis::linear("").including(0.0)];
        LinePlot::new(title, x, y, vec![series("value", 1), series("gradient", 2)]).draw()
    }
}

#[cfg(test)]
mod tests {
    use trimpot::loss::MeanSquaredError;
    use trimpot::shape::Vector;

    use super::*;
    use crate::losses::entries;

    #[test]
    fn a_curve_is_what_the_core_computes() {
        let curve = Curve::trace::<Vector<2>, _>(
            &MeanSquaredError,
            [0.0, 1.0],
            0,
            [-2.0, 2.0],
            &[1.0, 1.0],
        );
        assert_eq!((curve.prediction.as_str(), curve.target.as_str()), ("[x, 1.0]", "[1.0, 1.0]"));
        assert_eq!(curve.points[0], [-2.0, 4.5, -3.0]);
        assert_eq!(curve.points[POINTS - 1], [2.0, 0.5, 1.0]);
    }

    /// A sample where nothing happens, or a curve of another element than `x`, would show here.
    #[test]
    fn every_curve_moves_and_its_gradient_is_its_derivative() {
        for entry in entries() {
            let curve = (entry.curve)();
            assert_eq!(curve.points.len(), POINTS);
            assert!(curve.points.iter().flatten().all(|x| x.is_finite()), "{}", entry.name);
            assert_eq!(curve.prediction.matches('x').count(), 1, "{}", curve.prediction);
            let values = || curve.points.iter().map(|point| point[1]);
            let (low, high) =
                (values().fold(f32::MAX, f32::min), values().fold(f32::MIN, f32::max));
            assert!(high - low > 0.01, "{}: {low} to {high}", entry.name);

            let total: f32 = curve
                .points
                .windows(2)
                .map(|pair| {
                    let [[from, _, before], [to, _, after]] = [pair[0], pair[1]];
                    0.5 * (before + after) * (to - from)
                })
                .sum();
            let rise = curve.points[POINTS - 1][1] - curve.points[0][1];
            let steepest = curve.points.iter().map(|point| point[2].abs()).fold(0.0, f32::max);
            // The rule of trapezoids misses no more than a step's share at each kink.
            assert!(
                (total - rise).abs() <= 0.03 * steepest.max(high - low),
                "{}: {total} {rise}",
                entry.name
            );
        }
    }
}
