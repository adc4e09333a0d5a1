//! In which order modules come.
//!
//! `nn.Sequential` numbers its modules. Other names say nothing of their order, and neither does the
//! place in the file: the library of the format writes tensors sorted by type and name. Where a file
//! is sorted otherwise, its order is that of whoever wrote it, PyTorch's. Where it is sorted by name,
//! shapes decide which module is which layer; modules of one shape come by the numbers in their names,
//! and where names differ in more than numbers, somebody has to say it.

use std::cmp::Ordering;
use std::collections::HashMap;

use safetensors::SafeTensors;
use trimpot::spec::LayerSpec;

use super::guess;
use super::module::Module;
use crate::import::ImportError;

/// What a file says of the order of its modules.
pub(super) struct Order {
    /// The number of the first tensor whose name begins so.
    first: HashMap<String, usize>,
    /// Whether the file is sorted otherwise than by type and name.
    is_of_its_own: bool,
}

impl Order {
    /// Finds what a file says whose tensors have these names in their order.
    pub(super) fn of(modules: &[Module], names: &[String], file: &SafeTensors<'_>) -> Self {
        let mut first = HashMap::new();
        for (number, module) in modules.iter().enumerate() {
            for (end, _) in module.name.match_indices('.') {
                first.entry(module.name[..end].to_owned()).or_insert(number);
            }
            first.entry(module.name.clone()).or_insert(number);
        }
        let dtype = |name: &str| file.tensor(name).ok().map(|tensor| tensor.dtype());
        let is_of_its_own =
            names.windows(2).any(|two| two[0] > two[1] && dtype(&two[0]) == dtype(&two[1]));
        Order { first, is_of_its_own }
    }

    /// Returns the modules in their order, as far as it is known.
    pub(super) fn sorted(&self, mut modules: Vec<Module>) -> Vec<Module> {
        modules.sort_by(|a, b| self.compare(&a.name, &b.name).0);
        modules
    }

    /// Returns whether the order of modules, which are sorted, is known.
    pub(super) fn is_known(&self, modules: &[Module]) -> bool {
        modules.windows(2).all(|two| self.compare(&two[0].name, &two[1].name).1)
    }

    /// Compares two names, part by part: numbers as such, and before others; these by their place in
    /// the file or, if that says nothing, by name. Returns also whether the result is known.
    fn compare(&self, a: &str, b: &str) -> (Ordering, bool) {
        let mut end = 0;
        for (one, other) in a.split('.').zip(b.split('.')) {
            if one == other {
                end += one.len() + 1;
                continue;
            }
            let place = |name: &str, part: &str| self.first.get(&name[..end + part.len()]);
            return match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(first), Ok(second)) => ((first, one).cmp(&(second, other)), true),
                (Ok(_), Err(_)) => (Ordering::Less, false),
                (Err(_), Ok(_)) => (Ordering::Greater, false),
                _ if self.is_of_its_own => (place(a, one).cmp(&place(b, other)), true),
                _ => ((natural(one), one).cmp(&(natural(other), other)), false),
            };
        }
        (a.len().cmp(&b.len()), self.is_of_its_own)
    }

    /// Returns the modules in the order of these layers, of which there are as many; and a note, if
    /// it was found by shapes.
    pub(super) fn assigned(
        &self,
        modules: Vec<Module>,
        layers: &[LayerSpec],
        said: &[String],
    ) -> Result<(Vec<Module>, Option<String>), ImportError> {
        if !said.is_empty() {
            return Ok((as_said(modules, said)?, None));
        }
        if self.is_known(&modules) {
            return Ok((modules, None));
        }
        let mut left: Vec<&Module> = modules.iter().collect();
        let mut sorted = Vec::new();
        for layer in layers {
            let wanted = signature(layer);
            let fits = |module: &&Module| module.signature() == wanted;
            let Some(at) = left.iter().position(fits) else {
                // Whoever compares shapes says what is wrong.
                return Ok((modules, None));
            };
            let next = left.remove(at);
            let same = left.iter().copied().filter(fits);
            if same.clone().any(|other| skeleton(&other.name) != skeleton(&next.name)) {
                let names = std::iter::once(next).chain(same);
                let names = names.map(|module| module.name.clone()).collect();
                let guess = guess::sorted(&modules).into_iter().map(|module| module.name);
                return Err(ImportError::Order { names, guess: guess.collect() });
            }
            sorted.push(next.clone());
        }
        let note = "the file is sorted by names, so modules are in the order of the network by their shapes, and by \
                    the numbers in their names";
        Ok((sorted, Some(note.to_owned())))
    }
}

/// Returns the modules in the order of these names.
fn as_said(mut modules: Vec<Module>, said: &[String]) -> Result<Vec<Module>, ImportError> {
    let mut sorted = Vec::new();
    for name in said {
        let Some(at) = modules.iter().position(|module| module.name == *name) else {
            let left: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
            let what = format!(
                "there is no such module, or it was said before; left are {}",
                left.join(", ")
            );
            return Err(ImportError::at(name, what));
        };
        sorted.push(modules.remove(at));
    }
    match modules.first() {
        Some(left) => Err(ImportError::at(&left.name, "it is not in the order that was said")),
        None => Ok(sorted),
    }
}

/// Returns what a module of this layer has: see [`Module::signature`].
fn signature(layer: &LayerSpec) -> (bool, Vec<usize>) {
    let tensors = layer.tensors();
    let mean = tensors.iter().find(|own| own.name == "running_mean");
    let shape = mean.or_else(|| tensors.iter().next());
    let sizes = shape.map(|own| own.sizes().iter().map(|&size| size as usize).collect());
    (mean.is_some(), sizes.unwrap_or_default())
}

/// Returns a name as text and numbers, so that `conv10` comes behind `conv9`.
pub(super) fn natural(name: &str) -> Vec<(&str, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, behind) = rest.split_at(digits);
        let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let (number, others) = behind.split_at(end);
        parts.push((text, number.parse().unwrap_or(u64::MAX)));
        rest = others;
    }
    parts
}

/// Returns a name without its numbers.
fn skeleton(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c.is_ascii_digit() {
            true if text.ends_with('0') => {}
            true => text.push('0'),
            false => text.push(c),
        }
    }
    text
}
