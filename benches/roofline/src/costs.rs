//! What the formulas need, counted by hand: value and gradient of one element of a prediction.

/// What a kernel needs for an element.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Sums, products, comparisons, selections, signs.
    pub operations: f64,
    /// Divisions and square roots.
    pub divisions: f64,
    pub exponentials: f64,
    pub logarithms: f64,
}

impl Cost {
    pub const fn new(operations: f64, divisions: f64, exponentials: f64, logarithms: f64) -> Self {
        Cost { operations, divisions, exponentials, logarithms }
    }
}

/// Returns the cost of a loss of the registry, for rows of `row` numbers. What is done once a row
/// is left out, so this is a little less than is needed.
pub fn of_loss(name: &str, row: usize) -> Option<Cost> {
    let row = row as f64;
    Some(match name {
        "mse" => Cost::new(5.0, 0.0, 0.0, 0.0),
        "mae" => Cost::new(7.0, 0.0, 0.0, 0.0),
        "huber" => Cost::new(8.0, 0.0, 0.0, 0.0),
        // By default its beta is 1, which the compiler does not divide by.
        "smooth_l1" => Cost::new(11.0, 0.0, 0.0, 0.0),
        "log_cosh" => Cost::new(12.0, 1.0, 1.0, 1.0),
        "quantile" => Cost::new(11.0, 0.0, 0.0, 0.0),
        "msle" => Cost::new(6.0, 1.0, 0.0, 2.0),
        "mape" => Cost::new(10.0, 1.0, 0.0, 0.0),
        "poisson_nll" => Cost::new(5.0, 0.0, 1.0, 0.0),
        // An element is a mean or a variance.
        "gaussian_nll" => Cost::new(6.0, 1.0, 0.0, 0.5),
        // Squares and unit vectors of both, their product, the gradient.
        "cosine_similarity" => Cost::new(12.0, 0.0, 0.0, 0.0),
        "bce" => Cost::new(14.0, 1.0, 0.0, 2.0),
        "bce_with_logits" | "multilabel_soft_margin" => Cost::new(17.0, 1.0, 1.0, 1.0),
        "binary_focal_with_logits" => Cost::new(40.0, 2.0, 2.0, 2.0),
        // The largest, the exponential's argument, the sum; the share, the label, the gradient.
        "cross_entropy" | "focal" | "policy_gradient" | "ppo_clip" => Cost::new(7.0, 0.0, 1.0, 0.0),
        "soft_cross_entropy" => Cost::new(9.0, 0.0, 1.0, 0.0),
        "categorical_cross_entropy" => Cost::new(9.0, 1.0, 0.0, 1.0),
        "nll" => Cost::new(4.0, 0.0, 0.0, 0.0),
        "kl_divergence" => Cost::new(6.0, 0.0, 0.0, 1.0),
        "kl_divergence_with_logits" => Cost::new(13.0, 0.0, 1.0, 1.0),
        // By default k is 1, which the compiler does not multiply by.
        "rescaled_square" => Cost::new(8.0, 0.0, 0.0, 0.0),
        "hinge" => Cost::new(8.0, 0.0, 0.0, 0.0),
        "squared_hinge" => Cost::new(9.0, 0.0, 0.0, 0.0),
        "soft_margin" => Cost::new(14.0, 1.0, 1.0, 1.0),
        // The label's score; the shortfall, where there is some, its sum and that of the gradient;
        // the label's gradient.
        "multi_margin" => Cost::new(12.0, 0.0, 0.0, 0.0),
        // Every pair.
        "multilabel_margin" => Cost::new(10.0 * row, 0.0, 0.0, 0.0),
        "hinge_embedding" => Cost::new(10.0, 0.0, 0.0, 0.0),
        // The label's score, the largest and NaN among the others; how many are as large; the
        // gradient.
        "categorical_hinge" => Cost::new(12.0, 0.0, 0.0, 0.0),
        "margin_ranking" => Cost::new(4.5, 0.0, 0.0, 0.0),
        // Of two rows squares, unit vectors, the cosine and the gradients.
        "cosine_embedding" => Cost::new((4.0 + 2.0 + 2.0 + 6.0) / 2.0, 0.0, 0.0, 0.0),
        // The difference of two rows, its squares, the unit vector, the gradients.
        "contrastive" => Cost::new((1.0 + 2.0 + 1.0 + 2.0) / 2.0, 0.0, 0.0, 0.0),
        // Of three rows two differences with ε, their squares, the gap with what its sums lose, two
        // unit vectors, the gradients.
        "triplet_margin" => Cost::new((4.0 + 4.0 + 8.0 + 2.0 + 5.0) / 3.0, 0.0, 0.0, 0.0),
        // Eight rows, four queries: squares, unit vectors, gradients; a cosine and two gradients by
        // unit vectors for each of sixteen pairs.
        "info_nce" => Cost::new(6.0 + 16.0 * 6.0 / 8.0, 0.0, 0.0, 0.0),
        "dice" => Cost::new(7.0, 0.0, 0.0, 0.0),
        "jaccard" => Cost::new(8.0, 0.0, 0.0, 0.0),
        "tversky" => Cost::new(15.0, 0.0, 0.0, 0.0),
        "focal_tversky" => Cost::new(16.0, 0.0, 0.0, 0.0),
        // Every pair.
        "lovasz_hinge" => Cost::new(6.0 * row, 2.0, 0.0, 0.0),
        // A softmax a frame; the alignment is left out.
        "ctc" => Cost::new(10.0, 0.0, 1.0, 0.0),
        _ => return None,
    })
}

/// `W·x + b`, for a weight and a sample.
pub const DENSE_FORWARD: Cost = Cost::new(2.0, 0.0, 0.0, 0.0);
/// The same, and `dy·xᵀ` added up.
pub const DENSE_FORWARD_AND_WEIGHTS: Cost = Cost::new(4.0, 0.0, 0.0, 0.0);
/// 64-32-10: both layers forward and with `dy·xᵀ`, the second with `Wᵀ·dy` as well; for a weight
/// and a sample.
pub const DIGITS: Cost = Cost::new(4.0 + 2.0 * 320.0 / 2368.0, 0.0, 0.0, 0.0);
/// Returns the cost of an optimizer, for a parameter. A sign is three operations.
pub fn of_optimizer(name: &str) -> Option<Cost> {
    Some(match name {
        "SGD" => Cost::new(4.0, 0.0, 0.0, 0.0),
        "RMSprop" => Cost::new(7.0, 2.0, 0.0, 0.0),
        "Adagrad" => Cost::new(5.0, 2.0, 0.0, 0.0),
        "Adadelta" => Cost::new(13.0, 3.0, 0.0, 0.0),
        "Adam" => Cost::new(11.0, 2.0, 0.0, 0.0),
        "AdamW" => Cost::new(12.0, 2.0, 0.0, 0.0),
        "Lion" => Cost::new(12.0, 0.0, 0.0, 0.0),
        _ => return None,
    })
}
