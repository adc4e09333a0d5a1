//! Which losses there are, and the shapes that they take.

use trimpot::ParameterError;
use trimpot::loss::spec::{Form, LossKind};
use trimpot::loss::{
    BinaryCrossEntropy, CrossEntropy, Ctc, Dice, Huber, Loss, Masked, MeanSquaredError, MultiTask,
    Nll, RescaledSquare, Uncertain,
};
use trimpot::shape::{Rows, Shape, Vector};

use crate::source::Inputs;

/// The shape of a registered loss's predictions, with rows of `N` numbers.
pub type Prediction<L, const N: usize> = <<L as LossKind>::Form as Form>::Prediction<N>;

/// Who gets to see all losses.
pub trait Visitor {
    /// A loss with rows of `N` numbers.
    fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(&mut self, name: &str, loss: &L);
}

/// Shows all losses of the registry, as they are by default, with rows of `N` numbers.
pub fn registered<const N: usize>(visitor: &mut impl Visitor) {
    macro_rules! visit {
        ($($name:ident: $loss:ty;)*) => {$(
            visitor.visit::<N, Prediction<$loss, N>, _>(stringify!($name), &<$loss>::default());
        )*};
    }
    trimpot::for_each_loss!(visit);
}

/// Shows losses with other settings than by default: all of those that have some, and losses that
/// are made of others.
///
/// # Errors
/// If a loss refuses its settings.
pub fn configured<const N: usize>(visitor: &mut impl Visitor) -> Result<(), ParameterError> {
    macro_rules! visit {
        ($($name:ident: $loss:ty;)*) => {$(
            if !<$loss as LossKind>::SPEC.settings.is_empty() {
                let loss = <$loss>::with_other_settings()?;
                let name = concat!(stringify!($name), ", configured");
                visitor.visit::<N, Prediction<$loss, N>, _>(name, &loss);
            }
        )*};
    }
    trimpot::for_each_loss!(visit);

    let weights: [f32; N] = core::array::from_fn(|class| 0.25 + class as f32 * 0.5);
    let smooth = CrossEntropy::new().with_label_smoothing(0.1)?;
    let weighted = smooth.with_class_weights(weights)?;
    visitor.visit::<N, Vector<N>, _>("cross_entropy, weights and smoothing", &weighted);
    let weighted = CrossEntropy::new().with_class_weights(weights)?;
    visitor.visit::<N, Vector<N>, _>("cross_entropy, weights", &weighted);
    let weighted = Nll::new().with_class_weights(weights)?;
    visitor.visit::<N, Vector<N>, _>("nll, weights", &weighted);
    let weighted = RescaledSquare::default().with_class_weights(weights)?;
    visitor.visit::<N, Vector<N>, _>("rescaled_square, weights", &weighted);
    visitor.visit::<N, Rows<9, N>, _>("ctc, 4 labels", &Ctc::<4>::default());
    visitor.visit::<N, Vector<N>, _>("huber, masked", &Masked::new(Huber::default()));
    let sum = 0.75 * Dice::default() + 0.25 * BinaryCrossEntropy;
    visitor.visit::<N, Vector<N>, _>("dice and bce", &sum);
    Ok(())
}

/// Shows the losses of several heads.
pub fn of_heads(visitor: &mut impl Visitor) {
    let gesture = Uncertain::<2, _>::new(2.0 * CrossEntropy::new());
    visitor.visit::<3, Vector<3>, _>("uncertain", &gesture);
    visitor.visit::<3, Vector<3>, _>(
        "multi_task",
        &MultiTask::<2, 1, _, _>::new(CrossEntropy::new(), 0.25 * MeanSquaredError),
    );
}
