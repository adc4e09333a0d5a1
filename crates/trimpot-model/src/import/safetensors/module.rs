//! Modules: tensors whose names are alike up to the last dot.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::SafeTensorError;
use trimpot::spec::{Dims, LayerSpec};

use crate::architecture::written;
use crate::import::{FoundModule, ImportError};

/// The tensors that a layer may have, in their order.
const TENSORS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];
/// How many batches a batch normalisation has seen: nothing that is computed depends on it.
const IGNORED: &str = "num_batches_tracked";
/// Stands for a layer that somebody has to say.
pub(super) const UNTOLD: &str = "?";
/// How many `?` there are between two modules at most.
const MOST_BETWEEN: usize = 8;

/// A module with its tensors, by the last part of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// What their names have before the last dot; empty for tensors without one.
    pub name: String,
    tensors: BTreeMap<String, Found>,
}

/// A tensor of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    name: String,
    shape: Vec<usize>,
}

/// Returns the modules of a file whose tensors have these names, in this order.
pub(super) fn of(file: &SafeTensors<'_>, names: &[String]) -> Result<Vec<Module>, SafeTensorError> {
    let mut modules: Vec<Module> = Vec::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        let (module, last) = name.rsplit_once('.').unwrap_or(("", name));
        if last == IGNORED {
            continue;
        }
        let number = *numbers.entry(module).or_insert(modules.len());
        if number == modules.len() {
            modules.push(Module { name: module.to_owned(), tensors: BTreeMap::new() });
        }
        let found = Found { name: name.clone(), shape: file.tensor(name)?.shape().to_vec() };
        modules[number].tensors.insert(last.to_owned(), found);
    }
    Ok(modules)
}

impl Module {
    /// Creates one with tensors of these names and shapes.
    #[cfg(test)]
    pub(super) fn new(name: &str, tensors: &[(&str, &[usize])]) -> Self {
        let tensor = |&(last, shape): &(&str, &[usize])| {
            (last.to_owned(), Found { name: format!("{name}.{last}"), shape: shape.to_vec() })
        };
        Module { name: name.to_owned(), tensors: tensors.iter().map(tensor).collect() }
    }

    /// Returns the whole name of a tensor, if the module has it.
    pub(super) fn tensor(&self, last: &str) -> Option<&str> {
        self.tensors.get(last).map(|found| found.name.as_str())
    }

    fn shape(&self, last: &str) -> Option<&[usize]> {
        self.tensors.get(last).map(|found| found.shape.as_slice())
    }

    /// Returns what tells it from modules of other layers: whether it has statistics, and the shape
    /// of its weight or its mean.
    pub(super) fn signature(&self) -> (bool, Vec<usize>) {
        let mean = self.shape("running_mean");
        let shape = mean.or_else(|| self.shape("weight")).unwrap_or_default();
        (mean.is_some(), shape.to_vec())
    }

    /// Returns an error if it has a tensor that no layer has, or one that this layer has not.
    pub(super) fn check(&self, spec: LayerSpec) -> Result<(), ImportError> {
        let is_known = |last: &str| spec.tensors().iter().any(|own| own.name == last);
        match self.tensors.iter().find(|(last, _)| !is_known(last)) {
            Some((_, found)) => {
                let what = format!("the network has {} in its place, without one", written(spec));
                Err(ImportError::at(&found.name, what))
            }
            None => Ok(()),
        }
    }

    /// Returns what it seems to be, in front of another module.
    ///
    /// # Errors
    /// If it has tensors that no layer has.
    pub(super) fn found(&self, next: Option<&Module>) -> Result<FoundModule, ImportError> {
        let unknown = self.tensors.iter().find(|(last, _)| !TENSORS.contains(&last.as_str()));
        if let Some((_, found)) = unknown {
            let what =
                format!("there is no layer with such a tensor: layers have {}", TENSORS.join(", "));
            return Err(ImportError::at(&found.name, what));
        }
        let layer = match self.signature() {
            (true, _) => "batch_norm".to_owned(),
            (false, weight) => match weight[..] {
                [_] => "layer_norm".to_owned(),
                [outputs, _] => format!("dense {outputs}"),
                [channels, _, length] => format!("conv {channels} {length}"),
                [channels, _, height, width] => format!("conv {channels} {height}x{width}"),
                _ => {
                    let what =
                        "there is no layer with such tensors: weights have one to four dimensions";
                    return Err(ImportError::at(&self.name, what));
                }
            },
        };
        let may_be = self.may_be(next);
        let layer = if may_be.is_some() { UNTOLD.to_owned() } else { layer };
        let of = |last: &&str| Some(((*last).to_owned(), self.shape(last)?.to_vec()));
        let tensors = TENSORS.iter().filter_map(of).collect();
        Ok(FoundModule { name: self.name.clone(), layer, may_be, tensors })
    }

    /// Returns what it may be, where its tensors are not those of one layer alone: the shapes of a
    /// bias, and of the weight of the next module, tell some from others.
    fn may_be(&self, next: Option<&Module>) -> Option<&'static str> {
        let (weight, bias) = (self.shape("weight")?, self.shape("bias"));
        let taken = next.and_then(|next| match *next.shape("weight")? {
            [_, taken] => Some(taken),
            _ => None,
        });
        match (weight, bias) {
            _ if self.shape("running_mean").is_some() => None,
            ([_], None) => Some(
                "a PReLU or an RMS norm, which there is no layer for, or a layer_norm without a bias",
            ),
            ([first, ..], Some(bias)) if bias != [*first] => Some(
                "a transposed convolution, which there is no layer for: the bias is not that of a conv",
            ),
            ([rows, columns], None)
                if taken.is_some_and(|taken| taken != *rows && taken.is_multiple_of(*columns)) =>
            {
                Some(
                    "an embedding, whose indices cannot be trained here, or a dense layer in another place",
                )
            }
            _ => None,
        }
    }

    /// Returns how many channels it normalises, if it does.
    pub(super) fn normalised(&self) -> Option<usize> {
        match self.signature().1[..] {
            [channels] => Some(channels),
            _ => None,
        }
    }

    /// Returns how many channels come out of it, if it may change them.
    pub(super) fn channels(&self) -> Option<usize> {
        match *self.shape("weight")? {
            [channels, _, ..] => Some(channels),
            _ => None,
        }
    }

    /// Returns its words, with groups, where so many channels come in.
    fn written(&self, layer: &str, channels: Option<usize>) -> String {
        let (Some(&[own, taken, _, ..]), Some(channels)) = (self.shape("weight"), channels) else {
            return layer.to_owned();
        };
        let kernel = layer.rsplit(' ').next().unwrap_or_default();
        match channels.checked_div(taken).filter(|groups| groups * taken == channels) {
            None | Some(0 | 1) => layer.to_owned(),
            Some(_) if taken == 1 && own == channels => format!("depthwise {kernel}"),
            Some(groups) => format!("{layer} groups={groups}"),
        }
    }

    /// Returns the number at the end of the name, and what is in front of it.
    fn numbered(&self) -> Option<(&str, usize)> {
        let (front, last) = self.name.rsplit_once('.').unwrap_or(("", &self.name));
        Some((front, last.parse().ok()?))
    }
}

/// Returns the network as text, as far as its modules tell it: `?` stands for what has no tensors,
/// as many as numbers of modules leave out, or one where there are no numbers.
pub(super) fn network(modules: &[Module], found: &[FoundModule], input: Option<Dims>) -> String {
    let first =
        modules.first().filter(|_| found.first().is_some_and(|found| found.may_be.is_none()));
    let (_, first) = first.map(Module::signature).unwrap_or_default();
    let shape = match (input, &first[..]) {
        (Some(input), _) => input.to_string(),
        (None, [_, taken, _]) => format!("{taken}x?"),
        (None, [_, taken, _, _]) => format!("{taken}x?x?"),
        (None, [.., inputs]) => inputs.to_string(),
        (None, []) => "?".to_owned(),
    };
    let mut channels = input.map(|input| input.channels() as usize);
    let mut layers: Vec<String> = Vec::new();
    for (at, (module, found)) in modules.iter().zip(found).enumerate() {
        let before = at.checked_sub(1).and_then(|before| modules.get(before));
        let between = match (before.map(Module::numbered), module.numbered()) {
            (None, _) => 0,
            (Some(Some((front, before))), Some((same, number))) if front == same => {
                number.saturating_sub(before).saturating_sub(1)
            }
            _ => 1,
        };
        layers.extend(std::iter::repeat_n(UNTOLD.to_owned(), between.min(MOST_BETWEEN)));
        if found.may_be.is_some() {
            layers.push(UNTOLD.to_owned());
            channels = channels.filter(|_| module.channels().is_none());
            continue;
        }
        layers.push(module.written(&found.layer, channels));
        channels = module.channels().or(channels);
    }
    format!("{shape} > {}", layers.join(", "))
}
