use crate::ParameterError;
use crate::lanes::Lanes;
use crate::loss::direction::Direction;
use crate::loss::spec::{
    AnyRows, Domain, Example, ExampleTarget, Family, LossKind, LossSpec, Range, Setting, Small,
    TargetSpec,
};
use crate::loss::{Loss, Nothing};
use crate::math;
use crate::shape::Rows;

/// `InfoNCE` over a fixed batch of `B = R / 2` pairs: each query should find its own key among all.
///
/// The first `B` of the `R` rows are queries, the others keys; query `i` belongs to key `i`. With
/// the cosines `cᵢⱼ = q̂ᵢ·k̂ⱼ` and the temperature τ (0.07 unless said otherwise), the value is the
/// cross-entropy `mean −ln softmax(cᵢ / τ)ᵢ` over the queries.
///
/// With `gᵢⱼ = (softmax(cᵢ / τ)ⱼ − [i = j]) / (τ B)`, the gradient by the unit vectors is
/// `Σⱼ gᵢⱼ k̂ⱼ` for a query and `Σᵢ gᵢⱼ q̂ᵢ` for a key; the part along the vector itself is then
/// taken off, and the rest divided by its length. A row of zeros has cosines of 0 and no gradient;
/// one shorter than 2⁻¹²⁰ gets the gradient of that length in its direction, which may be infinite
/// for temperatures below 1/256. It needs memory for the `R` unit vectors.
///
/// For embeddings without labels: two views of the same signal, or two sensors at the same time.
/// The more pairs in a batch, the more it learns; a low temperature looks only at the nearest keys.
///
/// PyTorch `F.cross_entropy(normalize(q) @ normalize(k).T / τ, arange(B))`. van den Oord et al.
/// 2018; with τ as in Chen et al. 2020 (`SimCLR`), but from queries to keys only. Not convex. NaN
/// and ±∞ give NaN.
///
/// ```
/// use trimpot::loss::{InfoNce, Loss};
///
/// let loss = InfoNce::default().with_temperature(0.5)?;
/// let found = [[1.0, 0.0], [0.0, 1.0], [5.0, 0.0], [0.0, 2.0]];
/// let swapped = [[1.0, 0.0], [0.0, 1.0], [0.0, 2.0], [5.0, 0.0]];
/// assert!(loss.value::<f32>(&found, &()) + 1.9 < loss.value::<f32>(&swapped, &()));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
///
/// Queries and keys come in pairs:
///
/// ```compile_fail,E0080
/// use trimpot::loss::{InfoNce, Loss};
/// InfoNce::default().value::<f32>(&[[1.0, 0.0]; 3], &());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfoNce {
    temperature: f32,
}

impl InfoNce {
    /// Divides cosines by `temperature`: finite, positive, and not subnormal.
    ///
    /// # Errors
    /// If `temperature` is out of range.
    pub fn with_temperature(mut self, temperature: f32) -> Result<Self, ParameterError> {
        // Below, the largest cosine over it would be infinite.
        let valid = temperature >= f32::MIN_POSITIVE && temperature.is_finite();
        ParameterError::unless(valid, "temperature", temperature, "[2^-126, inf)")?;
        self.temperature = temperature;
        Ok(self)
    }
}

impl Default for InfoNce {
    /// Creates the default: a temperature of 0.07.
    fn default() -> Self {
        InfoNce { temperature: 0.07 }
    }
}

impl LossKind for InfoNce {
    type Form = AnyRows<8>;
    type Settings = [f32; 1];
    const SOURCE: &'static str = include_str!("info_nce.rs");
    const LARGEST_TERMS: Option<&'static str> =
        Some("1/τ for the value, 1/(τ |x|) of each row for the gradient");
    const NEAR_MINIMUM: Option<[Small; 2]> = Some([Small::POWER, Small::Absolute]);
    const SPEC: LossSpec = LossSpec::new(Family::Pair, Domain::Any, TargetSpec::Nothing)
        .with_names(&["ntxent"])
        .with_example(Example::new(
            &[
                0.0, 1.0, -1.0, 0.5, 1.0, 0.25, 0.0, -1.0, //
                1.0, 1.0, -1.0, 1.0, 1.0, -0.5, -0.5, -1.0,
            ],
            ExampleTarget::Nothing,
            0,
            [-2.0, 2.0],
        ))
        .with_settings(&[Setting::new("temperature", 0.07, Range::Normal)]);

    fn from_settings([temperature]: [f32; 1]) -> Result<Self, ParameterError> {
        Self::default().with_temperature(temperature)
    }

    fn settings(&self) -> [f32; 1] {
        [self.temperature]
    }
}

impl<const R: usize, const N: usize> Loss<Rows<R, N>> for InfoNce {
    type Target = Nothing;

    #[inline(always)]
    fn gradient<V: Lanes>(&self, rows: &[[V; N]; R], (): &(), gradient: &mut [[V; N]; R]) -> V {
        const { assert!(R > 0 && R.is_multiple_of(2), "queries and keys come in pairs") };
        let pairs = R / 2;
        let sharpness = V::splat(1.0 / self.temperature);
        let share = V::splat(1.0 / pairs as f32);
        let views = rows.each_ref().map(Direction::of);
        *gradient = [[V::ZERO; N]; R];

        let mut sum = V::ZERO;
        for (query_index, query) in views.iter().enumerate().take(pairs) {
            let mut odds = [V::ZERO; R];
            let mut largest = V::splat(f32::NEG_INFINITY);
            for (z, key) in odds.iter_mut().zip(views.iter().skip(pairs)) {
                *z = query.cosine(key) * sharpness;
                largest = z.max(largest);
            }
            let (mut own, mut own_odds, mut others) = (V::ZERO, V::ONE, V::ZERO);
            for (key_index, z) in odds.iter_mut().enumerate().take(pairs) {
                let exp = math::exp(*z - largest);
                if key_index == query_index {
                    (own, own_odds) = (*z, exp);
                } else {
                    others += exp;
                }
                *z = exp;
            }
            // As in the softmax of one label: what is small is a sum of its own.
            sum += (largest - own) + math::ln_1p(others + (own_odds - V::ONE));

            let scale = sharpness * share / (others + own_odds);
            for (key_index, z) in odds.iter_mut().enumerate().take(pairs) {
                *z = if key_index == query_index { -others } else { *z } * scale;
            }
            let keys = views.iter().skip(pairs).zip(&odds);
            if let Some(by_query) = gradient.get_mut(query_index) {
                keys.for_each(|(key, &weight)| add(by_query, weight, &key.unit));
            }
            for (by_key, &weight) in gradient.iter_mut().skip(pairs).zip(&odds) {
                add(by_key, weight, &query.unit);
            }
        }
        for (gradient, view) in gradient.iter_mut().zip(&views) {
            view.backpropagate(gradient);
        }
        sum * share
    }
}

/// Adds `weight` times `vector`.
#[inline(always)]
fn add<V: Lanes, const N: usize>(to: &mut [V; N], weight: V, vector: &[V; N]) {
    for (to, &x) in to.iter_mut().zip(vector) {
        *to += weight * x;
    }
}
