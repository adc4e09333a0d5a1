//! The order that modules most probably have, by their names: a guess, for those who are asked for the
//! order.
//!
//! People number their modules, and call the first and the last ones by some words. Normalisations come
//! behind the layer whose channels they take, and their names do not always say which it is.

use super::module::Module;
use super::order::natural;

/// Words of names, by where modules of these names are; others are in between, in front of decoders.
const PLACES: [(Place, &[&str]); 5] = [
    (
        Place::First,
        &["backbone", "embed", "embedding", "enc", "encoder", "features", "input", "stem"],
    ),
    (Place::Decoder, &["dec", "decoder"]),
    (Place::Dense, &["dense", "fc", "lin", "linear"]),
    (Place::Head, &["head"]),
    (Place::Last, &["classifier", "logits", "out", "output"]),
];

/// Where a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    First,
    Between,
    Decoder,
    Dense,
    Head,
    Last,
}

/// What a part of a name is sorted by: place, number, text.
type Key<'n> = (Place, u64, Vec<(&'n str, u64)>, &'n str);

/// Returns modules in the order that their names suggest.
pub(super) fn sorted(modules: &[Module]) -> Vec<Module> {
    let mut sorted = modules.to_vec();
    sorted.sort_by(|one, other| key(&one.name).cmp(&key(&other.name)));
    let (norms, mut sorted): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|module| module.normalised().is_some());
    for norm in norms {
        let at = behind(&norm, &sorted).unwrap_or_else(|| {
            sorted.partition_point(|module| key(&module.name) < key(&norm.name))
        });
        sorted.insert(at, norm);
    }
    sorted
}

/// Returns where a normalisation comes: behind a layer with as many channels that none is behind yet, of
/// the same parent and number rather than of others.
fn behind(norm: &Module, modules: &[Module]) -> Option<usize> {
    let is_free = |&at: &usize| {
        let next = modules.get(at + 1);
        modules[at].channels() == norm.normalised()
            && next.is_none_or(|next| next.normalised().is_none())
    };
    let free: Vec<usize> = (0..modules.len()).filter(is_free).collect();
    let [parent, number] = [parent(&norm.name), last(&norm.name)];
    let is_near = |&&at: &&usize| parent == self::parent(&modules[at].name);
    let is_nearest = |at: &&usize| is_near(at) && number == last(&modules[**at].name);
    let found = free.iter().find(is_nearest).or(free.iter().find(is_near)).or(free.first());
    found.map(|at| at + 1)
}

/// Returns what a name has in front of its last part.
fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Returns the digits of a name's last part.
fn last(name: &str) -> &str {
    let part = name.rsplit('.').next().unwrap_or_default();
    part.trim_start_matches(|c: char| !c.is_ascii_digit())
}

fn key(name: &str) -> Vec<Key<'_>> {
    let of_part = |part| {
        let words = natural(part);
        let number = words.iter().map(|&(_, number)| number).find(|&number| number != u64::MAX);
        (place(part), number.unwrap_or(0), words, part)
    };
    name.split('.').map(of_part).collect()
}

/// Returns where modules with this part of a name are: `fc1`, `conv_stem`.
fn place(part: &str) -> Place {
    let lower = part.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphabetic());
    let of_word = |word: &str| PLACES.iter().find(|(_, words)| words.contains(&word));
    words.filter_map(of_word).map(|&(place, _)| place).next_back().unwrap_or(Place::Between)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modules of these names: those with `bn` or `norm` in them are normalisations of so many channels,
    /// others have as many outputs.
    fn order(modules: &[(&str, usize)]) -> Vec<String> {
        let module = |&(name, channels): &(&str, usize)| {
            let shape = match name.contains("bn") || name.contains("norm") {
                true => vec![channels],
                false => vec![channels, 3],
            };
            Module::new(name, &[("weight", &shape)])
        };
        let mut modules: Vec<_> = modules.iter().map(module).collect();
        // As files have them.
        modules.sort_by(|one, other| one.name.cmp(&other.name));
        sorted(&modules).into_iter().map(|module| module.name).collect()
    }

    #[test]
    fn modules_are_guessed_by_numbers_and_usual_names() {
        for modules in [
            &[("conv1", 8), ("bn1", 8), ("conv2", 8), ("bn2", 8), ("conv10", 4), ("fc", 2)][..],
            &[("fc1", 8), ("bn1", 8), ("fc2", 6), ("bn2", 6), ("fc3", 2)],
            &[
                ("stem", 8),
                ("norm", 8),
                ("block1.conv1", 8),
                ("block1.bn1", 8),
                ("block2.conv1", 8),
            ],
            &[
                ("conv_stem", 8),
                ("blocks.0", 8),
                ("blocks.1", 8),
                ("conv_head", 9),
                ("classifier", 2),
            ],
            &[("encoder", 4), ("latent", 2), ("decoder", 4), ("output", 9)],
            &[("alpha", 8), ("mid", 8), ("zed", 8), ("out", 3)],
            &[("features.0", 8), ("features.10", 8), ("linear1", 8), ("linear2", 8), ("head", 2)],
            // A normalisation of channels that nothing has comes by its name.
            &[("conv1", 8), ("conv2", 8), ("norm3", 5), ("fc", 2)],
        ] {
            let names: Vec<_> = modules.iter().map(|&(name, _)| name).collect();
            assert_eq!(order(modules), names);
        }
    }
}
