//! Shapes of marks, by the style of their series.

use std::fmt::Write;

use super::drawing::Px;
use crate::pages::theme::STYLES;

/// Returns the class of the style of a series, by its number.
pub(super) fn style(series: usize) -> String {
    format!("s{}", series % STYLES)
}

/// Returns the outline of a series' shape around a point: circle, square, triangle, diamond, a
/// triangle upside down, a plus, a bar, a hexagon.
pub(super) fn shape(series: usize, x: f64, y: f64, size: f64) -> String {
    let corners: &[(f64, f64)] = match series % STYLES {
        0 => return circle(x, y, size),
        1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
        3 => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
        4 => &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)],
        5 => return plus(x, y, size),
        6 => &[(-0.5, -1.3), (0.5, -1.3), (0.5, 1.3), (-0.5, 1.3)],
        _ => &[(-0.6, -1.0), (0.6, -1.0), (1.2, 0.0), (0.6, 1.0), (-0.6, 1.0), (-1.2, 0.0)],
    };
    polygon(corners.iter().map(|(dx, dy)| (x + size * dx, y + size * dy)))
}

/// Returns a closed path around corners.
fn polygon(corners: impl Iterator<Item = (f64, f64)>) -> String {
    path(corners) + "z"
}

/// Returns a path from point to point. Where one is not finite, it is interrupted.
pub(super) fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let (mut path, mut command) = (String::new(), 'M');
    for (x, y) in points {
        if x.is_finite() && y.is_finite() {
            // Writing to a string does not fail.
            let _ = write!(path, "{command}{} {}", Px(x), Px(y));
            command = 'L';
        } else {
            command = 'M';
        }
    }
    path
}

fn circle(x: f64, y: f64, radius: f64) -> String {
    let r = Px(radius);
    format!(
        "M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 {} 0z",
        Px(x - radius),
        Px(y),
        Px(2.0 * radius),
        Px(-2.0 * radius)
    )
}

fn plus(x: f64, y: f64, size: f64) -> String {
    let (long, thin) = (1.3 * size, 0.45 * size);
    let quarter = [(thin, -long), (thin, -thin), (long, -thin)];
    let turned = (0..4).flat_map(|turn| {
        quarter.map(|(dx, dy)| match turn {
            0 => (dx, dy),
            1 => (-dy, dx),
            2 => (-dx, -dy),
            _ => (dy, -dx),
        })
    });
    polygon(turned.map(|(dx, dy)| (x + dx, y + dy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_has_a_shape_of_its_own() {
        let shapes: Vec<String> = (0..STYLES).map(|i| shape(i, 10.0, 10.0, 3.0)).collect();
        for (i, one) in shapes.iter().enumerate() {
            assert!(one.starts_with('M') && one.ends_with('z'), "{one}");
            assert!(!shapes[..i].contains(one), "{one}");
        }
        assert_eq!(style(9), "s1");
    }

    #[test]
    fn a_path_is_interrupted_where_there_is_no_number() {
        let points = [(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.5), (3.0, 4.0)];
        assert_eq!(path(points), "M0 1M2 3.5L3 4");
    }
}
