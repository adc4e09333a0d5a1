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
            bce: $crate::loss::BinaryCrossEntropy;
            bce_with_logits: $crate::loss::BinaryCrossEntropyWithLogits;
            cross_entropy: $crate::loss::CrossEntropy;
            soft_cross_entropy: $crate::loss::SoftCrossEntropy;
            categorical_cross_entropy: $crate::loss::CategoricalCrossEntropy;
            hinge: $crate::loss::Hinge;
            dice: $crate::loss::Dice;
            jaccard: $crate::loss::Jaccard;
        }
    };
}
