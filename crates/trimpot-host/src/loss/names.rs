//! Names of losses: one look-up for all commands, however a name is written.
//!
//! A loss is found by the registry's name, by the name of its type, and by the names that other
//! libraries and papers give it. Case, `_`, `-` and spaces do not count, nor does a path before the
//! name (`torch.nn.`, `optax.`) or the word "loss" at its end: `MSELoss`, `F.mse_loss` and `mse`
//! are the same.

use strsim::levenshtein;
use trimpot::loss::spec::{LOSSES, ListedLoss};

/// There is no loss of a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no loss {name}; the nearest names are {}", nearest.join(", "))]
pub struct UnknownLoss {
    /// What was asked for.
    pub name: String,
    /// Names that look like it, the nearest first.
    pub nearest: Vec<&'static str>,
}

/// Returns the registry's name of a loss.
///
/// # Errors
/// If there is no such loss, or the name stands for several.
pub fn find(name: &str) -> Result<&'static str, UnknownLoss> {
    let wanted = plain(name);
    let found = LOSSES.iter().find(|loss| names(loss).contains(&wanted));
    found.map(|loss| loss.name).ok_or_else(|| {
        let mut others: Vec<_> = LOSSES.iter().collect();
        others.sort_by_cached_key(|other| {
            let names = names(other);
            let holds_it = wanted.len() > 2 && names.iter().any(|name| name.contains(&wanted));
            let distance = names.iter().map(|name| levenshtein(name, &wanted)).min();
            (!holds_it, distance)
        });
        others.truncate(3);
        UnknownLoss {
            name: name.to_owned(),
            nearest: others.iter().map(|loss| loss.name).collect(),
        }
    })
}

/// Returns all names of a loss, as `plain` leaves them.
fn names(loss: &ListedLoss) -> Vec<String> {
    [loss.name, loss.type_name].iter().chain(loss.spec.names).copied().map(plain).collect()
}

/// Returns a name without what does not count.
fn plain(name: &str) -> String {
    let name = name.rsplit(['.', ':']).next().unwrap_or(name);
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    let name: String = letters.flat_map(char::to_lowercase).collect();
    match name.strip_suffix("loss") {
        Some(short) if !short.is_empty() => short.to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for (written, meant) in [
            ("crossentropy", "cross_entropy"),
            ("CrossEntropyLoss", "cross_entropy"),
            ("cross-entropy", "cross_entropy"),
            ("torch.nn.MSELoss", "mse"),
            ("F.mse_loss", "mse"),
            ("rmse", "mse"),
            ("L1", "mae"),
            ("l1_loss", "mae"),
            ("pinball", "quantile"),
            ("iou", "jaccard"),
            ("trimpot::loss::SmoothL1", "smooth_l1"),
            ("SMOOTHL1LOSS", "smooth_l1"),
            ("BCEWithLogitsLoss", "bce_with_logits"),
            ("KLDivLoss", "kl_divergence"),
            ("PoissonNLLLoss", "poisson_nll"),
            ("MultiLabelSoftMarginLoss", "multilabel_soft_margin"),
            ("keras.losses.SparseCategoricalCrossentropy", "cross_entropy"),
            ("log_loss", "bce"),
        ] {
            assert_eq!(find(written), Ok(meant), "{written}");
        }
    }

    #[test]
    fn no_name_belongs_to_two_losses() {
        let mut all = std::collections::BTreeMap::new();
        for loss in LOSSES {
            for name in names(loss) {
                let other = all.insert(name.clone(), loss.name);
                assert!(
                    other.is_none_or(|other| other == loss.name),
                    "{name}: {}, {other:?}",
                    loss.name
                );
            }
        }
    }

    #[test]
    fn what_is_meant_is_among_the_nearest() {
        for (typed, meant) in [("hubber", "huber"), ("crosentropy", "cross_entropy")] {
            let nearest = find(typed).unwrap_err().nearest;
            assert_eq!((nearest.len(), nearest[0]), (3, meant), "{nearest:?}");
        }
        assert_eq!(find("").unwrap_err().nearest.len(), 3);
    }
}
