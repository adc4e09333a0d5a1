//! Plots as data, and how they are drawn.
//!
//! | plot | shows |
//! |---|---|
//! | [`DotPlot`] | runs by level: each a dot, with mean and interval, beside reference values |
//! | [`LinePlot`] | curves by name, with bands around them; precision against recall |
//! | [`Matrix`] | counts by class and prediction |
//! | [`Landscape`] | a function of two variables, with a path over it |
//! | [`Images`] | grey images, with outlines of masks |
//!
//! Each has `draw`, which returns a [`Drawing`]. What stands for data carries the class `mark`, and
//! a drawing says how many of these it has.

mod axis;
mod dots;
mod drawing;
mod images;
mod landscape;
mod legend;
mod lines;
mod matrix;
mod shape;

pub use self::axis::Axis;
pub use self::dots::{DotPlot, Level, Runs};
pub use self::drawing::Drawing;
pub use self::images::{Image, Images, Mask};
pub use self::landscape::Landscape;
pub use self::lines::{LinePlot, Series};
pub use self::matrix::Matrix;
