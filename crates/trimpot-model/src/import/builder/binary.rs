//! A classifier of two classes by one output becomes one of two logits: see [`Binary`].

use trimpot::layer::DenseSpec;
use trimpot::spec::{Dims, LayerSpec};

use super::Builder;
use crate::import::{Binary, Ending, ImportError};

/// A sample of one number.
const ONE: Dims = Dims::vector(1);

impl Builder {
    /// Says what becomes of one output that tells two classes apart.
    pub fn set_binary(&mut self, binary: Binary) {
        self.binary = binary;
    }

    /// Makes two logits of one output, if it tells two classes apart, in place of a sigmoid behind it.
    pub(super) fn split_binary(&mut self) -> Result<(), ImportError> {
        let is_open = self.units.is_none() && self.ending.is_none();
        let is_sigmoid = matches!(self.last(), Some(LayerSpec::Sigmoid(_)));
        let is_wanted = match self.binary {
            Binary::IfSaid => is_sigmoid || self.classes.len() == 2,
            Binary::TwoLogits => true,
            Binary::OneOutput => false,
        };
        if self.dims != ONE || !is_open || !is_wanted {
            return Ok(());
        }
        let (ending, what) = match is_sigmoid {
            true => (Ending::Sigmoid, "the logit z of a sigmoid"),
            false => (Ending::Logit, "a logit z"),
        };
        if is_sigmoid {
            self.specs.pop();
            self.places.pop();
        }
        match self.last() {
            Some(LayerSpec::Dense(dense)) => self.widen(dense),
            _ => {
                self.push("", LayerSpec::Dense(DenseSpec { inputs: 1, outputs: 2 }))?;
                self.numbers.extend([vec![0.0, 1.0], vec![0.0; 2]]);
            }
        }
        self.dims = Dims::vector(2);
        self.note(format!(
            "one output, {what}, is two here, 0 and z: their softmax has the probabilities 1 − σ(z) and σ(z) of two classes"
        ));
        self.ending = Some((String::new(), ending));
        Ok(())
    }

    /// Gives the dense layer of one output that is last another one in front, which is 0.
    fn widen(&mut self, DenseSpec { inputs, outputs }: DenseSpec) {
        let own = self.numbers.len() - 2;
        for (numbers, zeros) in self.numbers[own..].iter_mut().zip([inputs as usize, 1]) {
            numbers.splice(0..0, std::iter::repeat_n(0.0, zeros));
        }
        if let Some(last) = self.specs.last_mut() {
            *last = LayerSpec::Dense(DenseSpec { inputs, outputs: outputs + 1 });
        }
    }

    /// Returns the last layer, unless it is inside of another one.
    fn last(&self) -> Option<LayerSpec> {
        let mut at = 0;
        while let Some(&spec) = self.specs.get(at) {
            at += 1 + spec.inside();
            if at == self.specs.len() && !spec.has_inside() {
                return Some(spec);
            }
        }
        None
    }
}
