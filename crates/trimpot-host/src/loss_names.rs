//! Names of losses: one look-up for all commands, however a name is written.
//!
//! A loss is found by the registry's name, by the name of its type, and by the names that other
//! libraries and papers give it. Case, `_`, `-` and spaces do not count, nor does a path before the
//! name (`torch.nn.`, `optax.`) or the word "loss" at its end: `MSELoss`, `F.mse_loss` and `mse`
//! are the same.

use strsim::levenshtein;

macro_rules! losses {
    ($($name:ident: $loss:ty;)*) => { &[$((stringify!($name), stringify!($loss))),*] };
}

/// The registry's name of each loss, and the path of its type.
const LOSSES: &[(&str, &str)] = trimpot::for_each_loss!(losses);

/// Names elsewhere, by the registry's name: those of PyTorch, torchvision, Keras, optax and
/// scikit-learn that are not the registry's, and short forms. A root of a loss has its minimum
/// where the loss has it.
const ALIASES: &[(&str, &[&str])] = &[
    (
        "mse",
        &["l2", "squared_error", "mean_square", "quadratic", "rmse", "root_mean_squared_error"],
    ),
    ("mae", &["l1", "absolute_error"]),
    ("quantile", &["pinball", "mean_pinball"]),
    ("msle", &["squared_logarithmic_error", "mean_squared_log_error", "rmsle"]),
    ("mape", &["absolute_percentage_error"]),
    ("poisson_nll", &["poisson"]),
    ("gaussian_nll", &["gaussian"]),
    ("cosine_similarity", &["cosine", "cosine_distance"]),
    ("bce", &["binary_cross_entropy", "log_loss"]),
    (
        "bce_with_logits",
        &[
            "binary_cross_entropy_with_logits",
            "sigmoid_cross_entropy",
            "sigmoid_binary_cross_entropy",
        ],
    ),
    ("binary_focal_with_logits", &["binary_focal", "binary_focal_crossentropy", "sigmoid_focal"]),
    (
        "cross_entropy",
        &[
            "ce",
            "xent",
            "softmax",
            "cross_entropy_with_logits",
            "sparse_categorical_crossentropy",
            "softmax_cross_entropy_with_integer_labels",
        ],
    ),
    ("soft_cross_entropy", &["softmax_cross_entropy", "soft_target_cross_entropy"]),
    ("categorical_cross_entropy", &["cce"]),
    ("nll", &["negative_log_likelihood"]),
    ("kl_divergence", &["kl", "kl_div", "kullback_leibler"]),
    ("kl_divergence_with_logits", &["kl_with_logits", "kl_div_with_logits"]),
    ("focal", &["softmax_focal", "categorical_focal_crossentropy"]),
    ("soft_margin", &["logistic"]),
    ("multi_margin", &["multiclass_hinge"]),
    ("triplet_margin", &["triplet"]),
    ("info_nce", &["ntxent"]),
    ("dice", &["soft_dice"]),
    ("jaccard", &["iou", "soft_iou", "intersection_over_union"]),
    ("lovasz_hinge", &["lovasz"]),
    ("policy_gradient", &["reinforce"]),
    ("ppo_clip", &["ppo", "clipped_surrogate_pg"]),
];

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
pub fn find(name: &str) -> Result<&'static str, UnknownLoss> {
    let wanted = plain(name);
    let is = |loss: &&str| names(loss).contains(&wanted);
    let all = || LOSSES.iter().map(|(name, _)| *name);
    all().find(is).ok_or_else(|| {
        let mut others: Vec<_> = all().collect();
        others.sort_by_cached_key(|other| {
            let names = names(other);
            let holds_it = wanted.len() > 2 && names.iter().any(|name| name.contains(&wanted));
            let distance = names.iter().map(|name| levenshtein(name, &wanted)).min();
            (!holds_it, distance)
        });
        others.truncate(3);
        UnknownLoss { name: name.to_owned(), nearest: others }
    })
}

/// Returns all names of a loss, as `plain` leaves them.
fn names(loss: &str) -> Vec<String> {
    let type_name = LOSSES.iter().find(|(name, _)| *name == loss).map(|(_, path)| *path);
    let aliases = ALIASES.iter().filter(|(name, _)| *name == loss).flat_map(|(_, names)| *names);
    let all = std::iter::once(loss).chain(type_name).chain(aliases.copied());
    all.map(plain).collect()
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
        for (loss, _) in LOSSES {
            for name in names(loss) {
                let other = all.insert(name.clone(), loss);
                assert!(other.is_none_or(|other| other == loss), "{name}: {loss}, {other:?}");
            }
        }
        for (loss, _) in ALIASES {
            assert!(LOSSES.iter().any(|(name, _)| name == loss), "{loss}");
        }
    }

    #[test]
    fn what_is_meant_is_among_the_nearest() {
        for (typed, meant) in [("hubber", "huber"), ("crosentropy", "cross_entropy"), ("", "ctc")] {
            let nearest = find(typed).unwrap_err().nearest;
            assert_eq!(nearest.len(), 3, "{nearest:?}");
            assert!(nearest[0] == meant || typed.is_empty(), "{nearest:?}");
        }
    }
}
