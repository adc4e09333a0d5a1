//! The source files of the losses, as text: their comments are what a catalogue says.

macro_rules! sources {
    ($($path:literal)*) => { &[$(($path, include_str!(concat!("../", $path)))),*] };
}

/// Path and text of each source file of a listed loss, and of each family's module before those of
/// its losses. The paths are those below the folder of the losses.
///
/// A program that does not read it does not hold it.
pub const SOURCES: &[(&str, &str)] = sources! {
    "regression.rs"
    "regression/cosine_similarity.rs"
    "regression/gaussian_nll.rs"
    "regression/huber.rs"
    "regression/log_cosh.rs"
    "regression/mae.rs"
    "regression/mape.rs"
    "regression/mse.rs"
    "regression/msle.rs"
    "regression/poisson_nll.rs"
    "regression/quantile.rs"
    "regression/smooth_l1.rs"
    "binary.rs"
    "binary/bce.rs"
    "binary/bce_with_logits.rs"
    "binary/focal.rs"
    "multiclass.rs"
    "multiclass/categorical_cross_entropy.rs"
    "multiclass/cross_entropy.rs"
    "multiclass/focal.rs"
    "multiclass/kl_divergence.rs"
    "multiclass/kl_divergence_with_logits.rs"
    "multiclass/nll.rs"
    "multiclass/soft_cross_entropy.rs"
    "margin.rs"
    "margin/categorical_hinge.rs"
    "margin/hinge.rs"
    "margin/hinge_embedding.rs"
    "margin/multi_margin.rs"
    "margin/multilabel_margin.rs"
    "margin/multilabel_soft_margin.rs"
    "margin/soft_margin.rs"
    "margin/squared_hinge.rs"
    "pair.rs"
    "pair/contrastive.rs"
    "pair/cosine_embedding.rs"
    "pair/info_nce.rs"
    "pair/margin_ranking.rs"
    "pair/triplet_margin.rs"
    "overlap.rs"
    "overlap/dice.rs"
    "overlap/focal_tversky.rs"
    "overlap/jaccard.rs"
    "overlap/lovasz_hinge.rs"
    "overlap/tversky.rs"
    "sequence.rs"
    "sequence/ctc.rs"
    "policy.rs"
    "policy/policy_gradient.rs"
    "policy/ppo_clip.rs"
};
