//! What a network does to features first, and to outputs last: a factor and an offset for each channel,
//! as layers of the network.

use super::ImportError;
use crate::layers::Layers;
use crate::standardization::{Standardization, scaled};

/// `y = scale · x + offset`, of each channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Affine {
    scale: Vec<f64>,
    offset: Vec<f64>,
}

impl Affine {
    /// Creates the one of so many channels, which factor and offset have a number for each of, or
    /// one for all.
    pub(super) fn new(
        place: &str,
        channels: usize,
        [scale, offset]: [&[f64]; 2],
    ) -> Result<Self, ImportError> {
        let of_each = |numbers: &[f64]| match *numbers {
            [number] => Ok(vec![number; channels]),
            _ if numbers.len() == channels => Ok(numbers.to_vec()),
            _ => {
                let what = format!("{} numbers are not for {channels} channels", numbers.len());
                Err(ImportError::at(place, what))
            }
        };
        let affine = Affine { scale: of_each(scale)?, offset: of_each(offset)? };
        let is_finite = |number: &f64| (*number as f32).is_finite();
        let is_invertible = |scale: &f64| scale.recip().is_finite() && *scale as f32 != 0.0;
        if !affine.scale.iter().all(is_invertible)
            || !affine.scale.iter().chain(&affine.offset).all(is_finite)
        {
            let what = "numbers are scaled by 0, or by what is not finite";
            return Err(ImportError::at(place, what));
        }
        Ok(affine)
    }

    /// Returns this one behind the one before, if there is one, and the places of both.
    pub(super) fn behind(self, place: &str, before: Option<(String, Self)>) -> (String, Self) {
        match before {
            Some((before, first)) => (format!("{before}, {place}"), first.then(&self)),
            None => (place.to_owned(), self),
        }
    }

    /// Returns whether larger numbers become larger.
    pub(super) fn is_rising(&self) -> bool {
        self.scale.iter().all(|&scale| scale > 0.0)
    }

    /// Returns this one, and then another.
    fn then(self, other: &Self) -> Self {
        let scale = self.scale.iter().zip(&other.scale).map(|(a, b)| a * b).collect();
        let both = other.scale.iter().zip(&other.offset);
        let offset = self.offset.iter().zip(both).map(|(a, (scale, b))| a * scale + b).collect();
        Affine { scale, offset }
    }

    /// Returns the layers with this one behind, as the units of their outputs.
    pub(super) fn undone_behind(&self, layers: &Layers) -> Layers {
        let of_each = |numbers: &[f64]| numbers.iter().map(|&number| number as f32).collect();
        Standardization { mean: of_each(&self.offset), deviation: of_each(&self.scale) }
            .undone_behind(layers)
    }

    /// Returns the layers with this one in front: a factor, or a frozen normalisation.
    pub(super) fn before(&self, layers: &Layers) -> Layers {
        let first = self.scale.first().copied().unwrap_or(1.0);
        let is_factor = self.scale.iter().all(|&scale| scale == first);
        if is_factor && self.offset.iter().all(|&offset| offset == 0.0) {
            return scaled(layers, first as f32);
        }
        let mean = self.scale.iter().zip(&self.offset).map(|(scale, offset)| -offset / scale);
        Standardization {
            mean: mean.map(|mean| mean as f32).collect(),
            deviation: self.scale.iter().map(|scale| scale.recip() as f32).collect(),
        }
        .before(layers)
    }
}
