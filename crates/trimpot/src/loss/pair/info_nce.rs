use crate::ParameterError;
use crate::arrays;
use crate::lanes::Lanes;
use crate::loss::direction::{Length, dot};
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
/// for temperatures below 1/256. It needs memory for `R²` numbers.
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
        let share = V::splat(1.0 / pairs as f32);
        // The unit vectors are where the gradients will be.
        let mut inverse_lengths = [V::ZERO; R];
        for ((inverse, row), units) in inverse_lengths.iter_mut().zip(rows).zip(&mut *gradient) {
            *inverse = Length::with_units(row, units).inverse;
        }

        let mut sum = V::ZERO;
        // For each query the cosines with the keys, and then the derivatives by them.
        let mut by_cosines = [[V::ZERO; R]; R];
        // Of each row's gradient by its unit vector, their product. It follows from the cosines.
        let mut along = [V::ZERO; R];
        for (index, (query, row)) in gradient.iter().zip(&mut by_cosines).enumerate().take(pairs) {
            for (cosine, key) in row.iter_mut().zip(gradient.iter().skip(pairs)) {
                *cosine = dot(query, key, |x| x, |x| x);
            }
            let cosines = *row;
            sum += self.query(index, share, row.get_mut(..pairs).unwrap_or_default());
            let mut along_query = V::ZERO;
            let keys = along.iter_mut().skip(pairs);
            for ((&cosine, &derivative), along_key) in cosines.iter().zip(&*row).zip(keys) {
                *along_key += derivative * cosine;
                along_query += derivative * cosine;
            }
            if let Some(along) = along.get_mut(index) {
                *along = along_query;
            }
        }

        // The gradients' numbers at one place follow from the unit vectors' at the same place, so
        // they can lie in the same memory.
        for place in 0..N {
            let units = arrays::map(
                gradient,
                V::ZERO,
                #[inline(always)]
                |row| row.get(place).copied().unwrap_or(V::ZERO),
            );
            let by_units = by_units(&units, &by_cosines);
            let rows = gradient.iter_mut().zip(&inverse_lengths).zip(&along);
            for (((row, &inverse_length), &along), (&by_unit, &unit)) in
                rows.zip(by_units.iter().zip(&units))
            {
                if let Some(number) = row.get_mut(place) {
                    *number = (by_unit - along * unit) * inverse_length;
                }
            }
        }
        sum * share
    }
}

impl InfoNce {
    /// Returns the value of the query of this index, given its cosines with the keys, and makes of
    /// these `share` times the derivatives by them.
    #[inline(always)]
    fn query<V: Lanes>(&self, index: usize, share: V, cosines: &mut [V]) -> V {
        let sharpness = V::splat(1.0 / self.temperature);
        let mut largest = V::splat(f32::NEG_INFINITY);
        for z in &mut *cosines {
            *z *= sharpness;
            largest = z.max(largest);
        }
        let (mut own, mut own_odds, mut others) = (V::ZERO, V::ONE, V::ZERO);
        for (key, z) in cosines.iter_mut().enumerate() {
            let exp = math::exp(*z - largest);
            if key == index {
                (own, own_odds) = (*z, exp);
            } else {
                others += exp;
            }
            *z = exp;
        }
        let scale = sharpness * share / (others + own_odds);
        for (key, odds) in cosines.iter_mut().enumerate() {
            *odds = if key == index { -others } else { *odds } * scale;
        }
        // As in the softmax of one label: what is small is a sum of its own.
        (largest - own) + math::ln_1p(others + (own_odds - V::ONE))
    }
}

/// Returns the gradient by the numbers at one place of the unit vectors.
#[inline(always)]
fn by_units<V: Lanes, const R: usize>(units: &[V; R], by_cosines: &[[V; R]; R]) -> [V; R] {
    let mut gradient = [V::ZERO; R];
    let halves = units.split_at_checked(R / 2).zip(gradient.split_at_mut_checked(R / 2));
    if let Some(((queries, keys), (by_queries, by_keys))) = halves {
        for ((&query, derivatives), by_query) in queries.iter().zip(by_cosines).zip(by_queries) {
            for ((&key, &derivative), by_key) in keys.iter().zip(derivatives).zip(&mut *by_keys) {
                *by_query += derivative * key;
                *by_key += derivative * query;
            }
        }
    }
    gradient
}
