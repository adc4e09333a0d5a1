//! The list of losses, from which operators, tests, benchmarks and the catalogue are made.

/// Calls a macro with every loss of the crate: `name: type;` for each, by family.
///
/// The names are those of the golden cases. A loss that is missing here has no `number * loss`, no
/// golden cases, no width test and no benchmark; a test compares the list with the source files.
#[macro_export]
macro_rules! for_each_loss {
    ($callback:ident) => {
        $callback! {
            mse: $crate::loss::MeanSquaredError;
            mae: $crate::loss::MeanAbsoluteError;
            huber: $crate::loss::Huber;
            smooth_l1: $crate::loss::SmoothL1;
            log_cosh: $crate::loss::LogCosh;
            quantile: $crate::loss::Quantile;
            msle: $crate::loss::MeanSquaredLogarithmicError;
            mape: $crate::loss::MeanAbsolutePercentageError;
            poisson_nll: $crate::loss::PoissonNll;
            gaussian_nll: $crate::loss::GaussianNll;
            cosine_similarity: $crate::loss::CosineSimilarity;
            bce: $crate::loss::BinaryCrossEntropy;
            bce_with_logits: $crate::loss::BinaryCrossEntropyWithLogits;
            binary_focal_with_logits: $crate::loss::BinaryFocal;
            cross_entropy: $crate::loss::CrossEntropy;
            soft_cross_entropy: $crate::loss::SoftCrossEntropy;
            categorical_cross_entropy: $crate::loss::CategoricalCrossEntropy;
            nll: $crate::loss::Nll;
            kl_divergence: $crate::loss::KlDivergence;
            kl_divergence_with_logits: $crate::loss::KlDivergenceWithLogits;
            focal: $crate::loss::Focal;
            hinge: $crate::loss::Hinge;
            squared_hinge: $crate::loss::SquaredHinge;
            soft_margin: $crate::loss::SoftMargin;
            multi_margin: $crate::loss::MultiMargin;
            multilabel_margin: $crate::loss::MultilabelMargin;
            multilabel_soft_margin: $crate::loss::MultilabelSoftMargin;
            hinge_embedding: $crate::loss::HingeEmbedding;
            categorical_hinge: $crate::loss::CategoricalHinge;
            margin_ranking: $crate::loss::MarginRanking;
            cosine_embedding: $crate::loss::CosineEmbedding;
            contrastive: $crate::loss::Contrastive;
            triplet_margin: $crate::loss::TripletMargin;
            info_nce: $crate::loss::InfoNce;
            dice: $crate::loss::Dice;
            jaccard: $crate::loss::Jaccard;
            tversky: $crate::loss::Tversky;
            focal_tversky: $crate::loss::FocalTversky;
            lovasz_hinge: $crate::loss::LovaszHinge;
            ctc: $crate::loss::Ctc;
            policy_gradient: $crate::loss::PolicyGradient;
            ppo_clip: $crate::loss::PpoClip;
        }
    };
}
