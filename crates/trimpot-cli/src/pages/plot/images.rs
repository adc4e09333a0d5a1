//! Grey images with outlines of masks.

use std::fmt::Write;

use maud::{Markup, html};

use super::drawing::{Drawing, LINE, Px, WIDTH};
use super::legend::{Swatch, legend, wrapped};
use super::shape::style;

/// Small images side by side, each with its masks: what belongs to an object, and what was
/// predicted to.
#[derive(Clone, Debug)]
pub struct Images {
    /// What is shown: read out by screen readers.
    pub title: String,
    /// The names of the masks, in the order of [`Image::masks`].
    pub masks: Vec<String>,
    /// How many images are side by side, 1 or more.
    pub columns: usize,
    /// The images.
    pub images: Vec<Image>,
}

/// An image.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// What is written below it.
    pub name: String,
    /// How many pixels it is wide, 1 or more.
    pub width: usize,
    /// Brightness by pixel, from 0, black, to 1, row by row from the top.
    pub pixels: Vec<f32>,
    /// Masks, in the order of their names.
    pub masks: Vec<Mask>,
}

/// Which pixels of an image belong to something, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask(pub Vec<bool>);

/// How many shades of grey are told apart.
const SHADES: usize = 24;
/// Space between images.
const GAP: f64 = 10.0;

impl Images {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let columns = self.columns.max(1);
        let side = (WIDTH - GAP * (columns - 1) as f64) / columns as f64;
        let (mut top, mut marks, mut drawn) = (0.0, 0, Vec::new());
        for row in self.images.chunks(columns) {
            let mut height: f64 = 0.0;
            for (column, image) in row.iter().enumerate() {
                let (content, below) = image.draw(side, &mut marks);
                let left = (side + GAP) * column as f64;
                drawn.push(html! {
                    g transform={ "translate(" (Px(left)) " " (Px(top)) ")" } { (content) }
                });
                height = height.max(below);
            }
            top += height + GAP;
        }
        let names = self.masks.iter().enumerate();
        let names: Vec<_> = names.map(|(i, name)| (Swatch::Line(i), name.as_str())).collect();
        let (names, height) = legend(&names, top);
        let content = html! {
            @for image in drawn { (image) }
            (names)
        };
        Drawing::new(&self.title, top + height + 4.0, content, marks)
    }
}

impl Image {
    /// Draws it with a side of this length, and returns how high it is with its name.
    fn draw(&self, side: f64, marks: &mut usize) -> (Markup, f64) {
        let width = self.width.max(1);
        let scale = side / width as f64;
        let below = scale * self.pixels.len().div_ceil(width) as f64;
        let shades = shades(&self.pixels, width);
        let outlines: Vec<String> =
            self.masks.iter().map(|mask| outline(&mask.0, width, scale)).collect();
        let name = wrapped(&self.name, side);
        *marks += shades.iter().chain(&outlines).filter(|path| !path.is_empty()).count();
        let content = html! {
            g transform={ "scale(" (format!("{scale:.5}")) ")" } shape-rendering="crispEdges" {
                @for (shade, path) in shades.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
                    @let grey = 255 * shade / (SHADES - 1);
                    path.mark fill=(format!("rgb({grey},{grey},{grey})")) d=(path) {}
                }
            }
            @for (i, path) in outlines.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
                path class={ "mark stroke " (style(i)) } d=(path) {}
            }
            @for (i, line) in name.iter().enumerate() {
                text x="0" y=(Px(below + LINE * (i as f64 + 1.0) - 3.0)) { (line) }
            }
        };
        (content, below + LINE * name.len() as f64)
    }
}

/// Returns the pixels of each shade as a path, those beside each other as one.
fn shades(pixels: &[f32], width: usize) -> [String; SHADES] {
    let mut paths: [String; SHADES] = Default::default();
    let shade = |pixel: &f32| (pixel.clamp(0.0, 1.0) * (SHADES - 1) as f32).round() as usize;
    for (y, row) in pixels.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| shade(one) == shade(other)) {
            let shade = run.first().map_or(0, shade);
            if let Some(path) = paths.get_mut(shade) {
                // Writing to a string does not fail.
                let _ = write!(path, "M{x} {y}h{}v1H{x}z", run.len());
            }
            x += run.len();
        }
    }
    paths
}

/// Returns the edges between the pixels of a mask and others as a path.
fn outline(mask: &[bool], width: usize, scale: f64) -> String {
    let height = mask.len().div_ceil(width);
    let is_in = |x: usize, y: usize| x < width && mask.get(y * width + x) == Some(&true);
    let mut path = String::new();
    // The pixel before the first is one that no image has.
    let before = |i: usize| i.wrapping_sub(1);
    for y in 0..=height {
        for x in 0..=width {
            let (left, top) = (Px(scale * x as f64), Px(scale * y as f64));
            if y < height && is_in(x, y) != is_in(before(x), y) {
                let _ = write!(path, "M{left} {top}v{}", Px(scale));
            }
            if x < width && is_in(x, y) != (y > 0 && is_in(x, before(y))) {
                let _ = write!(path, "M{left} {top}h{}", Px(scale));
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_goes_around_its_pixels() {
        // Two pixels beside each other have six edges.
        let mask = [false, true, true, false, false, false];
        let path = outline(&mask, 3, 1.0);
        assert_eq!(path.matches('M').count(), 6, "{path}");
        assert!(path.contains("M1 0v1") && path.contains("M3 0v1"), "{path}");
        assert!(path.contains("M1 0h1") && path.contains("M2 1h1"), "{path}");
        assert_eq!(outline(&[false; 6], 3, 1.0), "");
    }

    #[test]
    fn every_shade_and_every_outline_is_a_mark() {
        let image = Image {
            name: "tile 3".to_owned(),
            width: 2,
            pixels: vec![0.0, 0.5, 0.5, 1.0],
            masks: vec![Mask(vec![true; 4]), Mask(vec![false; 4])],
        };
        let images = Images {
            title: "test".to_owned(),
            masks: ["annotated", "predicted"].map(str::to_owned).to_vec(),
            columns: 2,
            images: vec![image.clone(), image],
        };
        let drawing = images.draw();
        let file = drawing.file();
        assert_eq!((drawing.marks(), file.matches("class=\"mark").count()), (8, 8), "{file}");
        assert!(file.contains(">predicted</text>") && file.contains(">tile 3</text>"));
    }
}
