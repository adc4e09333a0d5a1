//! Which parameters are trained on the board.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use trimpot::layer::FrozenSpec;
use trimpot::plan;
use trimpot::spec::LayerSpec;

use super::workload::parameters;

/// Which parameters are trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trained {
    /// All that are not frozen.
    #[default]
    All,
    /// The last ones, so many that have parameters: what is in front of them is frozen.
    Head(usize),
    /// Biases, and all parameters of normalisations:
    /// [`BiasesAndNormalization`](plan::Trained::BiasesAndNormalization).
    Biases,
}

impl Display for Trained {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Trained::All => f.write_str("all"),
            Trained::Head(layers) => write!(f, "head:{layers}"),
            Trained::Biases => f.write_str("biases"),
        }
    }
}

impl FromStr for Trained {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "all" => Ok(Trained::All),
            None if text == "biases" => Ok(Trained::Biases),
            Some(("head", layers)) => match layers.parse() {
                Ok(layers @ 1..) => Ok(Trained::Head(layers)),
                _ => Err(format!("`{layers}` is no number of layers: head:1 trains the last one")),
            },
            _ => Err(
                "there are `all`, `head:N` for the last N layers with parameters, and `biases` \
                     for biases and normalisations"
                    .to_owned(),
            ),
        }
    }
}

/// There are fewer layers that can be trained than are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("head:{wanted}: layers of the network that can be trained: {found}")]
pub struct TooFewLayers {
    /// How many are to be trained.
    pub wanted: usize,
    /// How many there are.
    pub found: usize,
}

impl Trained {
    /// Returns which parameters are trained of those that are not [frozen](Self::of).
    pub const fn of_unfrozen(self) -> plan::Trained {
        match self {
            Trained::All | Trained::Head(_) => plan::Trained::All,
            Trained::Biases => plan::Trained::BiasesAndNormalization,
        }
    }

    /// Returns the layers, with those in frozen ones that are not trained.
    ///
    /// # Errors
    /// If there are fewer layers with parameters than are to be trained.
    pub fn of(self, layers: &[LayerSpec]) -> Result<Vec<LayerSpec>, TooFewLayers> {
        let Trained::Head(wanted) = self else { return Ok(layers.to_vec()) };
        let trainable = trainable(layers);
        let found = trainable.len();
        let first = found.checked_sub(wanted).and_then(|front| trainable.get(front));
        let &first = first.ok_or(TooFewLayers { wanted, found })?;
        let mut specs = Vec::new();
        freeze(layers, first, &mut specs);
        Ok(specs)
    }
}

/// Returns where the layers are that have parameters and are not frozen.
fn trainable(layers: &[LayerSpec]) -> Vec<usize> {
    let mut frozen_until = 0;
    let mut places = Vec::new();
    for (place, &spec) in layers.iter().enumerate() {
        if let LayerSpec::Frozen(_) = spec {
            frozen_until = frozen_until.max(place + 1 + spec.inside());
        }
        if place >= frozen_until && parameters(spec) > 0 {
            places.push(place);
        }
    }
    places
}

/// Appends the layers, of which those in front of the first one that is trained are frozen. If that
/// is in a residual connection, so are those in front of it there.
fn freeze(layers: &[LayerSpec], first_trained: usize, specs: &mut Vec<LayerSpec>) {
    // Where the layer begins that is trained or has it inside.
    let mut start = 0;
    let end = loop {
        let end = start + 1 + layers[start].inside();
        if first_trained < end {
            break end;
        }
        start = end;
    };
    let (front, rest) = layers.split_at(start);
    // A shortcut stays the first layer, and has the frozen ones inside.
    let front = match front {
        [first @ LayerSpec::Shortcut(_), others @ ..] => {
            let (shortcut, others) = others.split_at(first.inside());
            push_around(*first, specs, |specs| push_frozen(shortcut, specs));
            others
        }
        front => front,
    };
    push_frozen(front, specs);
    if first_trained == start {
        specs.extend_from_slice(rest);
        return;
    }
    let (around, behind) = rest.split_at(end - start);
    let (&residual, inside) = around.split_first().expect("a layer is itself at least");
    push_around(residual, specs, |specs| freeze(inside, first_trained - start - 1, specs));
    specs.extend_from_slice(behind);
}

/// Appends layers, inside of a frozen one if any of them would be trained.
fn push_frozen(layers: &[LayerSpec], specs: &mut Vec<LayerSpec>) {
    if !trainable(layers).is_empty() {
        specs.push(LayerSpec::Frozen(FrozenSpec { layers: layers.len() as u32 }));
    }
    specs.extend_from_slice(layers);
}

/// Appends a layer and those inside of it.
fn push_around(
    around: LayerSpec,
    specs: &mut Vec<LayerSpec>,
    inside: impl FnOnce(&mut Vec<LayerSpec>),
) {
    let place = specs.len();
    specs.push(around);
    inside(specs);
    specs[place] = around.with_inside((specs.len() - place - 1) as u32);
}

#[cfg(test)]
mod tests {
    use trimpot::spec::NetworkSpec;

    use super::*;
    use crate::architecture::{Architecture, Between};

    fn head(text: &str, layers: usize) -> Result<String, TooFewLayers> {
        let network = text.parse::<Architecture>().unwrap().layers(Between::default()).unwrap();
        let specs = Trained::Head(layers).of(&network.specs)?;
        let spec = NetworkSpec { layers: &specs, ..network.spec() };
        assert_eq!(spec.output(), network.spec().output());
        Ok(spec.to_string())
    }

    #[test]
    fn what_is_in_front_of_the_head_is_frozen() {
        assert_eq!(
            head("8-4-3-2", 1).unwrap(),
            "Frozen(Dense(8, 4), Relu, Dense(4, 3), Relu), Dense(3, 2)"
        );
        assert_eq!(
            head("8-4-3-2", 2).unwrap(),
            "Frozen(Dense(8, 4), Relu), Dense(4, 3), Relu, Dense(3, 2)"
        );
        assert_eq!(
            head("8-4-3-2", 3).unwrap(),
            "Dense(8, 4), Relu, Dense(4, 3), Relu, Dense(3, 2)"
        );
        assert_eq!(head("8-4-3-2", 4), Err(TooFewLayers { wanted: 4, found: 3 }));
        // Nothing to be frozen.
        assert_eq!(head("1x4x4, relu, dense 2", 1).unwrap(), "Relu, Flatten, Dense(16, 2)");
    }

    #[test]
    fn a_head_may_begin_inside_of_a_residual_connection() {
        let text = "8, dense 6, residual(dense 4, relu, dense 6), relu, dense 2";
        let whole = "Residual(Dense(6, 4), Relu, Dense(4, 6)), Relu";
        assert_eq!(head(text, 1).unwrap(), format!("Frozen(Dense(8, 6), {whole}), Dense(6, 2)"));
        assert_eq!(
            head(text, 2).unwrap(),
            "Frozen(Dense(8, 6)), Residual(Frozen(Dense(6, 4), Relu), Dense(4, 6)), Relu, Dense(6, 2)"
        );
        assert_eq!(head(text, 3).unwrap(), format!("Frozen(Dense(8, 6)), {whole}, Dense(6, 2)"));
    }

    #[test]
    fn a_head_may_begin_in_a_shortcut_or_behind_it() {
        let text = "8, residual(shortcut(dense 4, tanh, dense 6), dense 5, relu, dense 6), dense 2";
        let layers = "Dense(8, 5), Relu, Dense(5, 6)";
        let whole = format!("Residual(Shortcut(Dense(8, 4), Tanh, Dense(4, 6)), {layers})");
        assert_eq!(head(text, 1).unwrap(), format!("Frozen({whole}), Dense(6, 2)"));
        let frozen = "Residual(Shortcut(Frozen(Dense(8, 4), Tanh, Dense(4, 6))), ";
        assert_eq!(
            head(text, 2).unwrap(),
            format!("{frozen}Frozen(Dense(8, 5), Relu), Dense(5, 6)), Dense(6, 2)")
        );
        assert_eq!(head(text, 3).unwrap(), format!("{frozen}{layers}), Dense(6, 2)"));
        assert_eq!(
            head(text, 4).unwrap(),
            format!(
                "Residual(Shortcut(Frozen(Dense(8, 4), Tanh), Dense(4, 6)), {layers}), Dense(6, 2)"
            )
        );
        assert_eq!(head(text, 5).unwrap(), format!("{whole}, Dense(6, 2)"));
    }

    #[test]
    fn what_is_trained_is_read() {
        assert_eq!("all".parse(), Ok(Trained::All));
        assert_eq!("head:2".parse(), Ok(Trained::Head(2)));
        assert_eq!("biases".parse(), Ok(Trained::Biases));
        for trained in [Trained::All, Trained::Head(2), Trained::Biases] {
            assert_eq!(trained.to_string().parse(), Ok(trained));
        }
        for text in ["biases:1", "bias", "head", "head:0", "head:x", "all:1", ""] {
            assert!(text.parse::<Trained>().is_err(), "{text}");
        }
    }
}
