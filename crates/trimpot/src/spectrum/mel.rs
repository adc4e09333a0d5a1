//! Filters of a mel scale: triangles over the bins of a power spectrum.

use super::elementary::{exp_m1, ln};
use crate::lanes::Lanes;

/// How the pitch that is heard, in mel, follows from a frequency in Hz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelScale {
    /// 2595 log₁₀(1 + f / 700): torchaudio's default, `htk=True` in librosa. (TensorFlow has this
    /// scale, but triangles that are straight over mel and not over Hz: other weights.)
    #[default]
    Htk,
    /// 3 f / 200 below 1 kHz, and 15 + 27 ln(f / 1000) / ln 6.4 above: librosa's default,
    /// `mel_scale="slaney"` in torchaudio.
    Slaney,
}

/// What the triangle of a band is multiplied by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelNorm {
    /// Nothing, so that its height is 1: torchaudio's default, `norm=None` in librosa.
    #[default]
    Height,
    /// 2 / (its width in Hz), so that its area is 1: librosa's default, `norm="slaney"` in both.
    Area,
}

/// Where the Slaney scale changes, in Hz, and what it has there, in mel.
const CORNER: (f64, f64) = (1000.0, 15.0);

impl MelScale {
    const fn mel(self, hz: f64) -> f64 {
        let (corner, at_corner) = CORNER;
        match self {
            MelScale::Htk => 2595.0 / ln(10.0) * ln(1.0 + hz / 700.0),
            MelScale::Slaney if hz < corner => hz * at_corner / corner,
            MelScale::Slaney => at_corner + 27.0 / ln(6.4) * ln(hz / corner),
        }
    }

    const fn hz(self, mel: f64) -> f64 {
        let (corner, at_corner) = CORNER;
        match self {
            MelScale::Htk => 700.0 * exp_m1(mel * ln(10.0) / 2595.0),
            MelScale::Slaney if mel < at_corner => mel * corner / at_corner,
            MelScale::Slaney => corner * (1.0 + exp_m1((mel - at_corner) * ln(6.4) / 27.0)),
        }
    }
}

/// Triangles over a range of frequencies: each rises from the middle of the one before to its own,
/// and falls to that of the next one. Middles and ends are equally spaced in mel, sides are straight
/// in Hz, as in librosa and torchaudio.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triangles {
    pub scale: MelScale,
    pub norm: MelNorm,
    /// Lowest and highest frequency in Hz.
    pub range: [f64; 2],
    pub bands: usize,
}

/// The bins between two neighbouring middles, which add to two bands: how many.
pub(super) type Segment = u16;

impl Triangles {
    /// Returns where a segment begins, in Hz. There is one more than there are bands.
    const fn edge(&self, segment: usize) -> f64 {
        let [low, high] = self.range;
        let (low, high) = (self.scale.mel(low), self.scale.mel(high));
        self.scale.hz(low + (high - low) * segment as f64 / (self.bands + 1) as f64)
    }

    /// Returns the factor of the triangle that begins with this segment.
    const fn factor(&self, segment: usize) -> f64 {
        match self.norm {
            MelNorm::Height => 1.0,
            MelNorm::Area => 2.0 / (self.edge(segment + 2) - self.edge(segment)),
        }
    }

    /// Writes for each bin what it adds to the falling and to the rising triangle; and how many bins
    /// are in front of all, in the first segment, and in each of the others. A bin is as wide as
    /// `bin`, in Hz.
    pub const fn write(
        &self,
        bin: f64,
        weights: &mut [f32],
        first: &mut [Segment; 2],
        lengths: &mut [Segment],
    ) {
        let [in_front, own] = first;
        let (weights, mut lengths) = (weights.as_chunks_mut().0, lengths);
        *in_front = self.write_segment(None, bin, 0, weights);
        *own = self.write_segment(Some(0), bin, *in_front, weights);
        let (mut k, mut segment) = (*in_front + *own, 1);
        while let Some((length, others)) = lengths.split_first_mut() {
            *length = self.write_segment(Some(segment), bin, k, weights);
            k += *length;
            (lengths, segment) = (others, segment + 1);
        }
    }

    /// Writes the weights of a segment, or of the bins in front, from bin `k` on. Returns how many
    /// bins that are.
    const fn write_segment(
        &self,
        segment: Option<usize>,
        bin: f64,
        k: Segment,
        weights: &mut [[f32; 2]],
    ) -> Segment {
        let (start, end) = match segment {
            Some(segment) => (self.edge(segment), self.edge(segment + 1)),
            None => (0.0, self.edge(0)),
        };
        let factors = match segment {
            // Nothing falls yet.
            Some(0) => [0.0, self.factor(0)],
            // Nothing rises any more.
            Some(last) if last == self.bands => [self.factor(last - 1), 0.0],
            Some(between) => [self.factor(between - 1), self.factor(between)],
            None => [0.0; 2],
        };
        let Some((_, mut weights)) = weights.split_at_mut_checked(k as usize) else { return 0 };
        let mut bins = 0;
        while let hz = (k + bins) as f64 * bin
            && hz < end
            && let Some((pair, others)) = weights.split_first_mut()
        {
            let [falling, rising] = factors;
            *pair = [
                (falling * (end - hz) / (end - start)) as f32,
                (rising * (hz - start) / (end - start)) as f32,
            ];
            (weights, bins) = (others, bins + 1);
        }
        bins
    }
}

/// Adds a power spectrum up by bands, each from its lowest bin to its highest. The bins of `power`
/// are those of `weights`, as [`Triangles::write`] has written them.
#[inline(always)]
pub(super) fn add_up<V: Lanes>(
    power: &[V],
    weights: &[f32],
    first: [Segment; 2],
    lengths: &[Segment],
    bands: &mut [V],
) {
    let [in_front, first] = first.map(usize::from);
    let weights = weights.as_chunks().0.get(in_front..).unwrap_or_default();
    let power = power.get(in_front..).unwrap_or_default();
    let ([_, mut rising], mut rest) = add_up_segment((power, weights), first, V::ZERO);
    for (band, &bins) in bands.iter_mut().zip(lengths) {
        let ([falling, next], others) = add_up_segment(rest, usize::from(bins), rising);
        (*band, rising, rest) = (falling, next, others);
    }
}

/// Powers and weights of the same bins.
type Bins<'a, V> = (&'a [V], &'a [[f32; 2]]);

/// Adds so many bins to what has risen, which falls there, and up for the next band. Returns the
/// two sums, and the other bins.
#[inline(always)]
fn add_up_segment<'a, V: Lanes>(
    (power, weights): Bins<'a, V>,
    bins: usize,
    rising: V,
) -> ([V; 2], Bins<'a, V>) {
    let (mut falling, mut next) = (rising, V::ZERO);
    let (power, power_rest) = power.split_at_checked(bins).unwrap_or_default();
    let (weights, weights_rest) = weights.split_at_checked(bins).unwrap_or_default();
    for (&power, &[falls, rises]) in power.iter().zip(weights) {
        falling = power.mul_add(V::splat(falls), falling);
        next = power.mul_add(V::splat(rises), next);
    }
    ([falling, next], (power_rest, weights_rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_those_of_librosa_and_their_own_inverses() {
        // librosa.hz_to_mel, with htk=True and without.
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-9 * expected;
        assert!(close(MelScale::Htk.mel(8000.0), 2840.0230467083184));
        assert!(close(MelScale::Slaney.mel(440.0), 6.6));
        assert!(close(MelScale::Slaney.mel(8000.0), 45.245640471924965));
        for scale in [MelScale::Htk, MelScale::Slaney] {
            for hz in [1.0, 60.0, 999.0, 1000.0, 1001.0, 22_050.0] {
                assert!(close(scale.hz(scale.mel(hz)), hz), "{scale:?} {hz}");
            }
        }
    }

    /// Adds up to one between the outermost middles, which is what triangles of height 1 do.
    #[test]
    fn triangles_overlap_by_halves() {
        const BANDS: usize = 10;
        let triangles = Triangles {
            scale: MelScale::Htk,
            norm: MelNorm::Height,
            range: [0.0, 4000.0],
            bands: BANDS,
        };
        let (mut weights, mut first, mut lengths) = ([0.0; 512], [0; 2], [0; BANDS]);
        triangles.write(8000.0 / 512.0, &mut weights, &mut first, &mut lengths);
        let bins: u16 = first.iter().chain(&lengths).sum();
        assert_eq!((first[0], bins), (0, 256));
        let inside = usize::from(first[1])..256 - usize::from(lengths[BANDS - 1]);
        for bin in inside {
            let [falls, rises] = [weights[2 * bin], weights[2 * bin + 1]];
            assert!((falls + rises - 1.0).abs() <= 1.2e-7 && falls > 0.0 && rises >= 0.0, "{bin}");
        }
        // A flat spectrum, and one of a single bin, which is in two bands.
        let mut bands = [0.0; BANDS];
        add_up(&[1.0_f32; 256], &weights, first, &lengths, &mut bands);
        assert!(bands.windows(2).all(|bands| bands[0] < bands[1]), "{bands:?}");
        let mut power = [0.0_f32; 256];
        power[100] = 2.0;
        add_up(&power, &weights, first, &lengths, &mut bands);
        assert_eq!(bands.iter().filter(|&&band| band > 0.0).count(), 2);
        assert!((bands.iter().sum::<f32>() - 2.0).abs() <= 1e-6);
    }
}
