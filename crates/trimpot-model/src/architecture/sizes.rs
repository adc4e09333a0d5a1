//! Fully connected networks by their sizes.

use trimpot::layer::{DenseSpec, Dropout};
use trimpot::spec::{Dims, LayerSpec};

use super::Activation;
use super::error::Wrong;
use crate::layers::Layers;

/// Numbers before, between and after the layers: `64-32-10` has 64 inputs and 10 outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes(Vec<u32>);

impl Sizes {
    /// Reads sizes with `-` between them.
    pub(super) fn read(text: &str) -> Result<Self, Wrong<'_>> {
        // Who writes layers means them to be listed.
        let more = match text.chars().any(char::is_alphabetic) {
            true => ". Layers have a shape and `>` before them: 64 > dense 10",
            false => "",
        };
        let sizes = text.split('-').map(|size| match size.trim().parse() {
            Ok(size @ 1..=65_536) => Ok(size),
            _ => {
                let what = format!("`{size}` is no layer size: sizes are from 1 to 65536{more}");
                Err(Wrong::new(size.trim(), what))
            }
        });
        let sizes = sizes.collect::<Result<Vec<u32>, _>>()?;
        match sizes.len() {
            ..2 => Err(Wrong::new(text, "at least inputs and outputs are needed, such as 64-10")),
            _ => Ok(Sizes(sizes)),
        }
    }

    /// Returns how many layers there are.
    pub(super) fn count(&self) -> usize {
        self.0.len() - 1
    }

    /// Returns the layers, with an activation and dropout after each but the last one.
    pub(super) fn layers(
        &self,
        activation: Activation,
        output_activation: Option<Activation>,
        dropout: Option<Dropout>,
    ) -> Layers {
        let mut specs = Vec::new();
        let last = self.0.len() - 2;
        for (number, sizes) in self.0.windows(2).enumerate() {
            specs.push(LayerSpec::Dense(DenseSpec { inputs: sizes[0], outputs: sizes[1] }));
            if number == last {
                specs.extend(output_activation.map(Activation::spec));
            } else {
                specs.push(activation.spec());
                specs.extend(dropout.map(LayerSpec::Dropout));
            }
        }
        Layers { input: Dims::vector(self.0[0]), specs, constants: Vec::new() }
    }
}
