//! Pages of HTML, each a file that needs nothing else, and the plots in them.
//!
//! A plot is plain data: what is drawn, over which axes. Drawn, it is an SVG, in a page or as a
//! file. Its colors are those of the page's theme, light or dark.

mod page;
pub mod plot;
mod theme;

pub use self::page::{Entry, Page, Section, figures, scrolled};
