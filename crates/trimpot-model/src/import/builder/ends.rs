//! What is in front of all layers, and what is behind them.

use super::Builder;
use crate::import::preprocessing::Affine;
use crate::import::{Ending, ImportError};

impl Builder {
    /// Adds preprocessing in front of all layers, `scale · x + offset`, with numbers for each
    /// channel or one for all. It is frozen in the network. Several come one after the other.
    ///
    /// # Errors
    /// If there are layers before, there are not as many numbers as channels, or a scale is 0.
    pub fn preprocess(
        &mut self,
        place: &str,
        scale: &[f64],
        offset: &[f64],
    ) -> Result<(), ImportError> {
        if !self.specs.is_empty() {
            let what = "a factor for each channel is read in front of all layers only";
            return Err(ImportError::at(place, what));
        }
        let channels = self.input.channels() as usize;
        let affine = Affine::new(place, channels, [scale, offset])?;
        self.preprocessing = Some(affine.behind(place, self.preprocessing.take()));
        Ok(())
    }

    /// Gives the outputs their units, `scale · y + offset`, with numbers for each or one for all: behind
    /// all layers, frozen, as [`OutputScale`](trimpot::output_scale::OutputScale) has it. Several come one after the
    /// other.
    ///
    /// # Errors
    /// If the outputs are no vector, or inside of a residual connection, there are not as many numbers
    /// as outputs, or a scale is not above 0.
    pub fn postprocess(
        &mut self,
        place: &str,
        scale: &[f64],
        offset: &[f64],
    ) -> Result<(), ImportError> {
        self.check_ending(place)?;
        if !self.open.is_empty() || self.dims.sizes().len() != 1 {
            let what = format!(
                "factors and offsets are read in front of all layers, or behind all, of a vector, and not of {}",
                self.dims
            );
            return Err(ImportError::at(place, what));
        }
        let affine = Affine::new(place, self.dims.count(), [scale, offset])?;
        if !affine.is_rising() {
            let what = "outputs are scaled by a number that is not above 0";
            return Err(ImportError::at(place, what));
        }
        self.units = Some(affine.behind(place, self.units.take()));
        Ok(())
    }

    /// Notes what the original ends with, which is left out: a loss has it, so outputs are logits.
    ///
    /// # Errors
    /// If the output is no vector, or it is inside of a residual connection.
    pub fn ending(&mut self, place: &str, ending: Ending) -> Result<(), ImportError> {
        self.check_open_end(place)?;
        if !self.open.is_empty() || self.dims.sizes().len() != 1 {
            let what = format!(
                "{ending} is read as the last layer, of a vector, and not of {}",
                self.dims
            );
            return Err(ImportError::at(place, what));
        }
        self.ending = Some((place.to_owned(), ending));
        Ok(())
    }

    /// Returns an error if the original has ended before, or outputs have their units.
    pub(super) fn check_open_end(&self, place: &str) -> Result<(), ImportError> {
        match &self.units {
            Some((before, _)) => {
                let what = format!(
                    "it comes behind `{before}`: factors and offsets are read in front of all layers, or behind all"
                );
                Err(ImportError::at(place, what))
            }
            None => self.check_ending(place),
        }
    }

    /// Returns an error if the original has ended before.
    fn check_ending(&self, place: &str) -> Result<(), ImportError> {
        match &self.ending {
            Some((before, ending)) => {
                let what = format!("it comes behind the {ending} `{before}`, which must be last");
                Err(ImportError::at(place, what))
            }
            None => Ok(()),
        }
    }
}
