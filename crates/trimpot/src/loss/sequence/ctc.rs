//! Connectionist temporal classification by the forward-backward algorithm.
//!
//! The labels are laid out with a blank before, between and after them: 2L + 1 states. A path
//! through the frames starts in the first blank or label, stays or moves on to the next state in
//! every frame, may skip the blank between two *different* labels, and ends in the last label or
//! blank.
//!
//! 1. Forwards, `α_t(s)` is the logarithm of the probability of all path beginnings that end in
//!    state `s` at frame `t`, that frame's own probability included.
//! 2. Backwards, `β_t(s)` is that of all endings that leave `s` at frame `t`, without that frame's.
//!    So `α + β` is the logarithm of the probability of all paths through `s` at `t`; as shares of
//!    their sum, the posteriors `γ_t(s)`.
//! 3. By the logits, the gradient is the softmax minus the posteriors of the states of each class.
//!
//! After each frame the largest logarithm is taken off and added to a sum apart. So the numbers
//! that matter stay near 0, where `f32` is fine, and posteriors are as good in the last frame as in
//! the first. States that cannot be reached are −∞, and need no branch.
//!
//! Rejected: probabilities instead of logarithms, scaled frame by frame (an exponential less for
//! each state, but a path that starts 10³⁸ times less likely than another is lost, and with
//! confident logits that path may be the only one).

use core::slice;

use super::Labels;
use crate::ParameterError;
use crate::lanes::{Bits, Lanes, Mask};
use crate::loss::Loss;
use crate::loss::multiclass::softmax::Softmax;
use crate::loss::multiclass::{is_class, is_known};
use crate::loss::spec::{
    AnyRows, Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Small,
    TargetSpec,
};
use crate::math::{self, log_sum_exp};
use crate::shape::Rows;

/// Connectionist temporal classification: `−ln` of the probability that `T` frames spell the
/// labels, over all ways to stretch them with repeats and blanks. One row of `C` logits a frame, up
/// to `L` labels.
///
/// Gradient `softmax(z_t) − γ_t` for each frame, `γ_t(c)` being the posterior probability that
/// frame `t` is class `c`, given the labels. Each row sums to 0. The blank is class 0 unless said
/// otherwise; the same label twice in a row needs a blank between. A target ends at the first label
/// that is the blank or no class; without labels, all frames are blank. If no path spells the
/// labels (more labels and repeats than frames, or logits of −∞) the value is +∞ and the gradient
/// 0: the sample is left out of training, as with PyTorch's `zero_infinity`, but seen. Logits are
/// any finite numbers; NaN and +∞ give NaN.
///
/// For speech, handwriting and gestures, where it is known what was said, but not when. Outputs are
/// spikes among blanks: it does not tell where a label begins and ends. Memory: `T (3 L + 2)`
/// numbers on the stack.
///
/// PyTorch `F.ctc_loss(log_softmax(z), …, reduction="sum")`, TensorFlow `ctc_loss`; optax
/// `ctc_loss` has large numbers in place of infinity. The value is never negative; near 0 it is
/// right to 2·10⁻⁶. Graves et al. 2006. Not convex.
///
/// ```
/// use trimpot::loss::{Ctc, Loss};
///
/// // Two frames, a blank and a letter: three of the four paths spell the letter.
/// let value = Ctc::default().value::<f32>(&[[0.0, 0.0], [0.0, 0.0]], &[1]);
/// assert!((value - (4.0f32 / 3.0).ln()).abs() < 1e-6);
///
/// // The letter twice needs a third frame.
/// let mut gradient = [[1.0; 2]; 2];
/// let value = Ctc::default().gradient::<f32>(&[[0.0, 0.0], [0.0, 0.0]], &[1, 1], &mut gradient);
/// assert_eq!((value, gradient), (f32::INFINITY, [[0.0; 2]; 2]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ctc<const L: usize = 1> {
    blank: u32,
}

impl<const L: usize> Ctc<L> {
    /// Makes class `blank` the blank. (If it is no class, there are no blanks, and no equal
    /// neighbours.)
    pub const fn with_blank(mut self, blank: u32) -> Self {
        self.blank = blank;
        self
    }
}

/// A number for each state: the blank before each label, the label, and the blank after the last
/// one.
#[derive(Clone, Copy)]
struct States<V, const L: usize> {
    blanks: [V; L],
    labels: [V; L],
    last: V,
}

/// A target with what all frames want to know about it.
struct Alignment<V: Lanes, const L: usize> {
    labels: [V::Bits; L],
    /// In which lanes each label is part of the target.
    open: [V::Mask; L],
    /// In which lanes each label equals the one before.
    repeats: [V::Mask; L],
    /// How many labels there are.
    length: V,
}

/// The logarithms of the probabilities of a frame.
#[derive(Clone, Copy)]
struct Emission<V, const L: usize> {
    blank: V,
    labels: [V; L],
}

impl<V: Lanes, const L: usize> States<V, L> {
    #[inline(always)]
    fn all(x: V) -> Self {
        States { blanks: [x; L], labels: [x; L], last: x }
    }

    /// All numbers: no chain of iterators, which is not inlined.
    #[inline(always)]
    fn runs(&self) -> [&[V]; 3] {
        [&self.blanks, &self.labels, slice::from_ref(&self.last)]
    }

    /// [`runs`](Self::runs), to be changed.
    #[inline(always)]
    fn runs_mut(&mut self) -> [&mut [V]; 3] {
        [&mut self.blanks, &mut self.labels, slice::from_mut(&mut self.last)]
    }

    /// Adds the frame's logarithms.
    #[inline(always)]
    fn emit(&mut self, emission: &Emission<V, L>) {
        for (label, &y) in self.labels.iter_mut().zip(&emission.labels) {
            *label += y;
        }
        for blank in &mut self.blanks {
            *blank += emission.blank;
        }
        self.last += emission.blank;
    }

    /// Takes the largest number off all, and returns it; 0 where all are −∞.
    #[inline(always)]
    fn take_largest(&mut self) -> V {
        let none = V::splat(f32::NEG_INFINITY);
        let mut largest = none;
        for run in self.runs() {
            for x in run {
                largest = x.max(largest);
            }
        }
        let largest = largest.eq(none).select(V::ZERO, largest);
        for run in self.runs_mut() {
            for x in run {
                *x -= largest;
            }
        }
        largest
    }
}

impl<V: Lanes, const L: usize> Alignment<V, L> {
    #[inline(always)]
    fn of<const C: usize>(labels: &[V::Bits; L], blank: u32) -> Self {
        let never = V::ZERO.lt(V::ZERO);
        let (mut open, mut repeats) = ([!never; L], [never; L]);
        let (mut so_far, mut length) = (!never, V::ZERO);
        let mut before = V::Bits::splat(blank);
        for ((&label, open), repeats) in labels.iter().zip(&mut open).zip(&mut repeats) {
            let is_blank = V::same(label, V::Bits::splat(blank));
            so_far = so_far & is_known::<V>(label, C) & !is_blank;
            length += so_far.select(V::ONE, V::ZERO);
            *open = so_far;
            *repeats = V::same(label, before);
            before = label;
        }
        Alignment { labels: *labels, open, repeats, length }
    }

    /// Returns the start of all paths, before the first frame.
    #[inline(always)]
    fn start() -> States<V, L> {
        let mut states = States::all(V::splat(f32::NEG_INFINITY));
        match states.blanks.first_mut() {
            Some(first) => *first = V::ZERO,
            None => states.last = V::ZERO,
        }
        states
    }

    /// 0 in the states where paths may end, −∞ elsewhere.
    #[inline(always)]
    fn end(&self) -> States<V, L> {
        let mut states = States::all(self.end_behind(L));
        for (labels, (blank, label)) in states.blanks.iter_mut().zip(&mut states.labels).enumerate()
        {
            *blank = self.end_behind(labels);
            *label = self.end_behind(labels + 1);
        }
        states
    }

    /// 0 where there are so many labels, −∞ elsewhere.
    #[inline(always)]
    fn end_behind(&self, labels: usize) -> V {
        let here = self.length.eq(V::splat(labels as f32));
        here.select(V::ZERO, V::splat(f32::NEG_INFINITY))
    }

    /// One frame on: all ways into each state.
    #[inline(always)]
    fn forwards(&self, from: &States<V, L>) -> States<V, L> {
        let none = V::splat(f32::NEG_INFINITY);
        let (mut to, mut label_before) = (*from, none);
        let states = to.blanks.iter_mut().zip(&mut to.labels);
        for ((blank, label), repeats) in states.zip(&self.repeats) {
            let stayed = *label;
            let skipped = repeats.select(none, label_before);
            *label = log_sum_exp(&[stayed, *blank, skipped]);
            *blank = log_sum_exp(&[*blank, label_before]);
            label_before = stayed;
        }
        to.last = log_sum_exp(&[from.last, label_before]);
        to
    }

    /// One frame back: all ways out of each state.
    #[inline(always)]
    fn backwards(&self, to: &States<V, L>) -> States<V, L> {
        let none = V::splat(f32::NEG_INFINITY);
        let (mut from, mut blank_after, mut label_after) = (*to, to.last, none);
        let states = from.blanks.iter_mut().zip(&mut from.labels);
        for ((blank, label), repeats) in states.zip(&self.repeats).rev() {
            let stayed = *blank;
            let out = log_sum_exp(&[*label, blank_after, label_after]);
            *blank = log_sum_exp(&[stayed, *label]);
            blank_after = stayed;
            label_after = repeats.select(none, *label);
            *label = out;
        }
        from
    }
}

impl<const L: usize> LossKind for Ctc<L> {
    type Form = AnyRows<9>;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("ctc.rs");
    const LARGEST_TERMS: Option<&'static str> = Some("the value for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::Absolute, Small::Absolute]);
    const SPEC: LossSpec = LossSpec::new(Family::Sequence, Domain::Logits, TargetSpec::Labels)
        .with_example(Example::new(&[0.0; 18], ExampleTarget::Labels(&[1]), 9, [-6.0, 6.0]))
        .with_settings(&[Setting::new("blank", 0.0, Range::Index)]);

    fn from_settings([blank]: [f32; 1]) -> Result<Self, ParameterError> {
        ParameterError::unless(Range::Index.holds(blank), "blank", blank, Range::Index.written())?;
        Ok(Self::default().with_blank(blank as u32))
    }

    fn settings(&self) -> [f32; 1] {
        [self.blank as f32]
    }
}

impl<const T: usize, const C: usize, const L: usize> Loss<Rows<T, C>> for Ctc<L> {
    type Target = Labels<L>;

    #[inline]
    fn gradient<V: Lanes>(
        &self,
        logits: &[[V; C]; T],
        labels: &[V::Bits; L],
        gradient: &mut [[V; C]; T],
    ) -> V {
        const { assert!(T > 0 && C > 0, "a sequence has frames of classes") };
        V::vectorize(
            gradient,
            #[inline(always)]
            |gradient| {
                let none = V::splat(f32::NEG_INFINITY);
                let alignment = Alignment::<V, L>::of::<C>(labels, self.blank);

                let mut emissions = [Emission { blank: none, labels: [none; L] }; T];
                let mut forwards = [States::all(none); T];
                let mut alpha = Alignment::start();
                let mut taken = V::ZERO;
                let frames = logits.iter().zip(gradient.iter_mut());
                for ((logits, probabilities), (emission, stored)) in
                    frames.zip(emissions.iter_mut().zip(&mut forwards))
                {
                    let softmax = Softmax::of(logits, probabilities);
                    for (class, &z) in logits.iter().enumerate() {
                        let y = -softmax.neg_log_prob(z);
                        if class as u32 == self.blank {
                            emission.blank = y;
                        }
                        let wanted = alignment.labels.iter().zip(&alignment.open);
                        for (emitted, (&label, &open)) in emission.labels.iter_mut().zip(wanted) {
                            *emitted = (is_class::<V>(label, class) & open).select(y, *emitted);
                        }
                    }
                    alpha = alignment.forwards(&alpha);
                    alpha.emit(emission);
                    taken += alpha.take_largest();
                    *stored = alpha;
                }

                let mut beta = alignment.end();
                let mut value = V::ZERO;
                let mut possible = V::ZERO.eq(V::ZERO);
                let frames = gradient.iter_mut().zip(&emissions).zip(&forwards);
                for (index, ((gradient, emission), alpha)) in frames.enumerate().rev() {
                    let mut posterior = *alpha;
                    for (run, beta) in posterior.runs_mut().into_iter().zip(beta.runs()) {
                        for (posterior, &beta) in run.iter_mut().zip(beta) {
                            *posterior += beta;
                        }
                    }
                    let largest = posterior.take_largest();
                    let mut sum = V::ZERO;
                    for run in posterior.runs_mut() {
                        for posterior in run {
                            *posterior = math::exp(*posterior);
                            sum += *posterior;
                        }
                    }
                    if index + 1 == T {
                        possible = !sum.eq(V::ZERO);
                        // Rounded, a probability may be more than 1. `max` gives its argument for NaN: NaN
                        // stays.
                        value = V::ZERO.max(-(taken + (largest + math::ln(sum))));
                    }

                    let share = V::ONE / sum;
                    let blank = posterior.blanks.iter().fold(
                        posterior.last,
                        #[inline(always)]
                        |sum, &blank| sum + blank,
                    );

                    for (class, gradient) in gradient.iter_mut().enumerate() {
                        let mut here = if class as u32 == self.blank { blank } else { V::ZERO };
                        for (&label, &posterior) in labels.iter().zip(&posterior.labels) {
                            here += is_class::<V>(label, class).select(posterior, V::ZERO);
                        }
                        *gradient = possible.select(*gradient - here * share, V::ZERO);
                    }

                    beta.emit(emission);
                    beta = alignment.backwards(&beta);
                    beta.take_largest();
                }
                possible.select(value, V::splat(f32::INFINITY))
            },
        )
    }
}
