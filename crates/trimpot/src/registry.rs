//! The lists of losses and layers, from which operators, tests, benchmarks and the catalogue are
//! made.

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
            rescaled_square: $crate::loss::RescaledSquare;
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

/// Calls a macro with every layer of the crate: `name: spec;` for each, where the spec is the layer
/// as data.
///
/// A layer that is missing here is in no [`LayerSpec`](crate::spec::LayerSpec), so it cannot say
/// what it is, and does not compile.
#[macro_export]
macro_rules! for_each_layer {
    ($callback:ident) => {
        $crate::for_each_activation! { $callback, [
            /// Fully connected.
            Dense: $crate::layer::DenseSpec;
            /// Filters over sequences.
            Conv1d: $crate::layer::ConvSpec<1>;
            /// Filters over images.
            Conv2d: $crate::layer::ConvSpec<2>;
            /// The largest number of each window of a sequence.
            MaxPool1d: $crate::layer::MaxPoolSpec<1>;
            /// The largest number of each window of an image.
            MaxPool2d: $crate::layer::MaxPoolSpec<2>;
            /// The mean of each window of a sequence.
            AveragePool1d: $crate::layer::AveragePoolSpec<1>;
            /// The mean of each window of an image.
            AveragePool2d: $crate::layer::AveragePoolSpec<2>;
            /// The mean of each channel.
            GlobalAveragePool: $crate::layer::GlobalAveragePool;
            /// Normalisation of each channel, with statistics that training has measured.
            BatchNorm: $crate::layer::BatchNormSpec;
            /// Normalisation of each row.
            LayerNorm: $crate::layer::LayerNormSpec;
            /// A row of numbers for each index.
            Embedding: $crate::layer::EmbeddingSpec;
            /// The same numbers as a vector.
            Flatten: $crate::layer::FlattenSpec;
            /// The same numbers in another shape.
            Reshape: $crate::layer::ReshapeSpec;
        ], [
            /// An activation of the user's own.
            Custom: $crate::layer::CustomSpec;
            /// Randomly silences numbers during training.
            Dropout: $crate::layer::Dropout;
            /// Layers, and a way round them.
            Residual: $crate::layer::ResidualSpec;
            /// Layers on the way round those of a residual connection.
            Shortcut: $crate::layer::ShortcutSpec;
            /// Layers that are not trained.
            Frozen: $crate::layer::FrozenSpec;
        ] }
    };
}

/// Calls a macro with every activation of the crate, as [`for_each_layer!`](crate::for_each_layer)
/// does with every layer. An activation is its own spec.
///
/// Of lists of others in brackets, one goes before them and one behind.
#[macro_export]
macro_rules! for_each_activation {
    ($callback:ident) => {
        $crate::for_each_activation! { $callback, [], [] }
    };
    ($callback:ident, [$($before:tt)*], [$($behind:tt)*]) => {
        $callback! {
            $($before)*
            /// Rectified linear.
            Relu: $crate::layer::Relu;
            /// Rectified linear, with a slope below 0.
            LeakyRelu: $crate::layer::LeakyRelu;
            /// Exponential linear.
            Elu: $crate::layer::Elu;
            /// Gaussian error linear.
            Gelu: $crate::layer::Gelu;
            /// Gaussian error linear, by a hyperbolic tangent.
            GeluTanh: $crate::layer::GeluTanh;
            /// Sigmoid linear.
            Silu: $crate::layer::Silu;
            /// Logistic sigmoid.
            Sigmoid: $crate::layer::Sigmoid;
            /// Hyperbolic tangent.
            Tanh: $crate::layer::Tanh;
            /// A smooth rectifier.
            Softplus: $crate::layer::Softplus;
            /// `x / (1 + |x|)`.
            Softsign: $crate::layer::Softsign;
            /// A sigmoid of straight lines.
            HardSigmoid: $crate::layer::HardSigmoid;
            /// `x` times a sigmoid of straight lines.
            HardSwish: $crate::layer::HardSwish;
            /// Cut at both ends.
            HardTanh: $crate::layer::HardTanh;
            $($behind)*
        }
    };
}
