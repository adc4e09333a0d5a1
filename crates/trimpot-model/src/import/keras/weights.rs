//! The numbers of layers.

use std::cmp::Reverse;

use super::config::{Layer, Part};
use super::hdf5::File;
use crate::import::numbers::Converted;
use crate::import::{ImportError, Tensor};

/// The numbers of all layers.
pub(super) struct Weights {
    file: File,
    layout: Layout,
    pub(super) converted: Converted,
}

/// Where the numbers of a layer are.
enum Layout {
    /// Tensors have names, listed for each layer of the outermost model: that whose names were read
    /// last, with them.
    Named(Option<(String, Vec<String>)>),
    /// The tensors of a layer have numbers in the order in which it has created them, and layers are
    /// in groups of this name.
    Numbered(&'static str),
}

/// Where layers are in archives of Keras 3, and of Keras 2.
const LAYERS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

impl Weights {
    /// Of an `.h5` file.
    pub(super) fn named(file: File) -> Self {
        Weights { file, layout: Layout::Named(None), converted: Converted::default() }
    }

    /// Of a `.keras` file.
    pub(super) fn numbered(file: File) -> Self {
        let layers = LAYERS.into_iter().find(|name| file.has_group(name)).unwrap_or(LAYERS[0]);
        Weights { file, layout: Layout::Numbered(layers), converted: Converted::default() }
    }

    /// Returns the tensors of a layer that have these names, in the order in which the layer has
    /// created them. One of several names is given with `|` between them.
    pub(super) fn tensors<const N: usize>(
        &mut self,
        layer: &Layer<'_>,
        names: [Option<&str>; N],
    ) -> Result<[Option<Tensor>; N], ImportError> {
        let mut tensors = [const { None }; N];
        let mut number = 0;
        for (tensor, name) in tensors.iter_mut().zip(names) {
            let Some(name) = name else { continue };
            *tensor = Some(self.tensor(layer, name, number)?);
            number += 1;
        }
        Ok(tensors)
    }

    fn tensor(
        &mut self,
        layer: &Layer<'_>,
        name: &str,
        number: u32,
    ) -> Result<Tensor, ImportError> {
        let path = match &mut self.layout {
            Layout::Numbered(layers) => {
                let groups = layer.path.iter().map(|part| format!("{layers}/{}/", part.group));
                format!("{}vars/{number}", groups.collect::<String>())
            }
            Layout::Named(cached) => {
                let top = layer.path.first().map_or("", |part| part.name);
                let group = format!("model_weights/{top}");
                if cached.as_ref().is_none_or(|(cached, _)| *cached != group) {
                    *cached = Some((group.clone(), listed(&self.file, &group)?));
                }
                let all = cached.as_ref().map_or(&[][..], |(_, names)| names);
                let found = found(all, &layer.path, name).ok_or_else(|| {
                    layer.wrong(format!(
                        "the file has no tensor `{}` for it",
                        name.replace('|', "` or `")
                    ))
                })?;
                format!("{group}/{found}")
            }
        };
        let (tensor, real) = self.file.tensor(&path)?;
        self.converted.add(&path, real);
        Ok(tensor)
    }
}

/// Returns the names of the tensors in the group of a layer. Many of them are in several attributes.
fn listed(file: &File, group: &str) -> Result<Vec<String>, ImportError> {
    let attributes = file.attributes(group)?;
    let lists = attributes.iter().filter(|(name, _)| name.starts_with("weight_names"));
    Ok(lists.filter_map(|(_, value)| value.as_strings()).flatten().cloned().collect())
}

/// Returns the one of these names that is of a layer, which may be in other models: the last part is
/// that of the tensor, and there may be those of the models and the layer before.
fn found<'n>(all: &'n [String], path: &[Part<'_>], name: &str) -> Option<&'n str> {
    let names: Vec<&str> = path.iter().map(|part| part.name).collect();
    let is = |last: &str| {
        let last = last.split_once(':').map_or(last, |(last, _)| last);
        name.split('|').any(|name| name == last)
    };
    let same = |whole: &str| {
        let front = whole.rsplit('/').skip(1);
        front.zip(names.iter().rev()).take_while(|(a, b)| a == *b).count()
    };
    let all = all.iter().map(String::as_str);
    let candidates = all.filter(|whole| {
        is(whole.rsplit('/').next().unwrap_or_default()) && (names.len() == 1 || same(whole) > 0)
    });
    // Among several, that with most names of where the layer is, and fewest others.
    candidates.max_by_key(|whole| (same(whole), Reverse(whole.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_found_by_the_names_of_their_layer_and_its_models() {
        let all = ["c/kernel", "inner/c/kernel", "inner/d/depthwise_kernel:0", "inner/n/gamma:0"];
        let all = all.map(str::to_owned);
        let of = |names: &[&'static str], name| {
            let part = |&name: &&'static str| Part { name, group: String::new() };
            found(&all, &names.iter().map(part).collect::<Vec<_>>(), name)
        };
        assert_eq!(of(&["body", "c"], "kernel"), Some("c/kernel"));
        assert_eq!(of(&["body", "inner", "c"], "kernel"), Some("inner/c/kernel"));
        let kernel = "kernel|depthwise_kernel";
        assert_eq!(of(&["body", "inner", "d"], kernel), Some("inner/d/depthwise_kernel:0"));
        assert_eq!(of(&["n"], "gamma"), Some("inner/n/gamma:0"));
        assert_eq!(of(&["body", "inner", "c"], "bias"), None);
        assert_eq!(of(&["body", "e"], "kernel"), None);
    }
}
