use crate::ParameterError;
use crate::lanes::{Lanes, Mask};
use crate::loss::multiclass::{each_class, is_known};
use crate::loss::slices::loss_of_arrays;
use crate::loss::spec::{
    Domain, Example, ExampleTarget, Family, LossKind, LossSpec, OneRow, Range, Setting, Small,
    TargetSpec, flag,
};
use crate::loss::{Class, SliceLoss};

/// Multi-class margin: `1/N·Σⱼ max(0, m − x[label] + xⱼ)^p` over all classes `j` but the label,
/// with p = 1 or 2 and the margin `m`, both 1 unless said otherwise.
///
/// Gradient `p·max(0, m − x[label] + xⱼ)^(p−1) / N` at every other class, and minus their sum at
/// the label. At the kink of p = 1, where a class is behind by the margin exactly, its part is 0,
/// as in PyTorch. Predictions are any numbers: a score for each class. −∞ is allowed for a class
/// that is not the label, and +∞ at the label; the opposite gives infinity or NaN, and NaN anywhere
/// gives a NaN value. A label out of range is ignored: value and gradient 0. Small values are right
/// to the rounding of the scores' differences, and never negative.
///
/// For maximum-margin classifiers of several classes; gives no probabilities. Other than
/// cross-entropy it leaves a sample alone once its label leads by the margin. p = 2 is smooth, and
/// harder on large errors.
///
/// PyTorch `nn.MultiMarginLoss(p, margin)`. Weston and Watkins 1999. Convex.
///
/// ```
/// use trimpot::loss::{Loss, MultiMargin};
///
/// let mut gradient = [0.0; 4];
/// let scores = [0.5, 1.0, -2.0, 1.5];
/// let value = MultiMargin::default().gradient::<f32>(&scores, &1, &mut gradient);
/// assert_eq!((value, gradient), (0.5, [0.25, -0.5, 0.0, 0.25]));
///
/// let squared = MultiMargin::default().with_margin(1.0)?.squared();
/// assert_eq!(squared.value::<f32>(&scores, &1), (0.25 + 2.25) / 4.0);
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiMargin {
    margin: f32,
    squared: bool,
}

impl MultiMargin {
    /// Asks the label to lead by at least `margin`, which is finite and positive.
    ///
    /// # Errors
    /// If `margin` is out of range.
    pub fn with_margin(mut self, margin: f32) -> Result<Self, ParameterError> {
        self.margin = ParameterError::positive("margin", margin)?;
        Ok(self)
    }

    /// Squares the terms (p = 2).
    pub const fn squared(self) -> Self {
        MultiMargin { squared: true, ..self }
    }
}

impl Default for MultiMargin {
    /// Creates the default: a margin of 1, and p = 1.
    fn default() -> Self {
        MultiMargin { margin: 1.0, squared: false }
    }
}

impl LossKind for MultiMargin {
    type Form = OneRow;
    type Settings = [f32; 2];
    const SOURCE: &'static str = include_str!("multi_margin.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the margin (its square where p = 2)");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec = LossSpec::new(Family::Margin, Domain::Logits, TargetSpec::Class)
        .with_least_outputs(2)
        .with_names(&["multiclass_hinge"])
        .with_example(Example::new(&[0.0, 0.0, 1.0], ExampleTarget::Class(0), 0, [-2.0, 3.0]))
        .with_settings(&[Setting::new("margin", 1.0, Range::Positive), Setting::flag("squared")]);

    fn from_settings([margin, squared]: [f32; 2]) -> Result<Self, ParameterError> {
        let loss = Self::default().with_margin(margin)?;
        Ok(if flag("squared", squared)? { loss.squared() } else { loss })
    }

    fn settings(&self) -> [f32; 2] {
        [self.margin, f32::from(u8::from(self.squared))]
    }
}

loss_of_arrays!(MultiMargin);

impl SliceLoss for MultiMargin {
    type Target = Class;
    const LEAST: usize = 1;

    #[inline(always)]
    fn row_gradient<V: Lanes>(&self, scores: &[V], label: V::Bits, gradient: &mut [V]) -> V {
        let mut wanted = V::ZERO;
        for (&x, here) in scores.iter().zip(each_class::<V>(label)) {
            wanted = here.select(x, wanted);
        }

        let share = V::splat(1.0 / scores.len() as f32);
        let known = is_known::<V>(label, scores.len());
        let if_known = |x: V| known.select(x, V::ZERO);
        let (mut value, mut total) = (V::ZERO, V::ZERO);
        let classes = scores.iter().zip(each_class::<V>(label));
        for (gradient, (&x, here)) in gradient.iter_mut().zip(classes) {
            let shortfall = V::splat(self.margin) + (x - wanted);
            // Asked this way round, NaN counts as a shortfall and is seen.
            let content = shortfall.le(V::ZERO) | here;
            let (term, derivative) = if self.squared {
                (shortfall * shortfall, if_known((shortfall + shortfall) * share))
            } else {
                (shortfall, if_known(share))
            };
            value += content.select(V::ZERO, term);
            *gradient = content.select(V::ZERO, derivative);
            total += *gradient;
        }
        // At the label there is 0 so far. Subtracting 0 elsewhere takes a plain load and store,
        // where a selection becomes a masked store.
        for (gradient, here) in gradient.iter_mut().zip(each_class::<V>(label)) {
            *gradient -= here.select(total, V::ZERO);
        }
        if_known(value * share)
    }
}
