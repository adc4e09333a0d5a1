//! The logarithm of a mel spectrum: what networks that listen are trained on.

use super::mel::{MelNorm, MelScale, Segment, Triangles, add_up};
use super::{Spectrum, Window};
use crate::ParameterError;
use crate::lanes::Lanes;
use crate::math::ln;

/// What keeps the logarithm of silence finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Floor {
    /// ln(x + ε): torchaudio's `log_mels` and TensorFlow's examples, both with ε = 10⁻⁶.
    Plus(f32),
    /// ln max(x, ε): librosa's `amin` with `top_db=None`, and Keras' `min_power`, 10⁻¹⁰ in both,
    /// which count in decibels, 10 / ln 10 = 4.3429 of them a unit. (By default librosa also cuts
    /// what is 80 dB below the loudest of a whole recording, which a stream has not.)
    Max(f32),
}

impl Floor {
    /// Returns ε.
    pub const fn epsilon(self) -> f32 {
        match self {
            Floor::Plus(epsilon) | Floor::Max(epsilon) => epsilon,
        }
    }

    /// Returns the logarithm. NaN stays NaN.
    #[inline(always)]
    fn ln<V: Lanes>(self, x: V) -> V {
        ln(match self {
            Floor::Plus(epsilon) => x + V::splat(epsilon),
            Floor::Max(epsilon) => V::splat(epsilon).max(x),
        })
    }
}

/// The settings of a [`LogMel`], as plain data. What it has by default is what torchaudio's
/// `MelSpectrogram` has.
///
/// | | by default | |
/// |---|---|---|
/// | [range](Self::with_range) | from 0 to half of the sample rate | `f_min`, `f_max`; `fmin`, `fmax` |
/// | [scale](Self::with_scale) | [HTK](MelScale::Htk) | `mel_scale`; `htk` |
/// | [norm](Self::with_norm) | [height 1](MelNorm::Height) | `norm` |
/// | [floor](Self::with_floor) | ln(x + 10⁻⁶) | `torch.log(mel + 1e-6)` |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogMelSpec {
    sample_rate: f32,
    window: Window,
    range: Option<[f32; 2]>,
    scale: MelScale,
    norm: MelNorm,
    floor: Floor,
}

impl LogMelSpec {
    /// Creates the settings for samples of this rate, in Hz, and this window.
    pub const fn new(sample_rate: f32, window: Window) -> Self {
        LogMelSpec {
            sample_rate,
            window,
            range: None,
            scale: MelScale::Htk,
            norm: MelNorm::Height,
            floor: Floor::Plus(1e-6),
        }
    }

    /// Sets where the first triangle begins and the last one ends, in Hz.
    #[must_use]
    pub const fn with_range(self, lowest: f32, highest: f32) -> Self {
        LogMelSpec { range: Some([lowest, highest]), ..self }
    }

    /// Sets the scale.
    #[must_use]
    pub const fn with_scale(self, scale: MelScale) -> Self {
        LogMelSpec { scale, ..self }
    }

    /// Sets the factor of triangles.
    #[must_use]
    pub const fn with_norm(self, norm: MelNorm) -> Self {
        LogMelSpec { norm, ..self }
    }

    /// Sets what keeps the logarithm of silence finite.
    #[must_use]
    pub const fn with_floor(self, floor: Floor) -> Self {
        LogMelSpec { floor, ..self }
    }

    /// Returns the lowest and the highest frequency in Hz.
    pub const fn range(&self) -> [f32; 2] {
        match self.range {
            Some(range) => range,
            None => [0.0, 0.5 * self.sample_rate],
        }
    }

    /// Computes the window and what makes bands of bins, of as many bands as there are `lengths`: the
    /// weights, and how many bins are in front of all and in the first segment.
    const fn tables<const N: usize>(&self, lengths: &mut [Segment]) -> TablesOf<N> {
        if let Err(error) = self.check() {
            return Err(error);
        }
        let spectrum = match Spectrum::new(self.window) {
            Ok(spectrum) => spectrum,
            Err(error) => return Err(error),
        };
        let [lowest, highest] = self.range();
        let triangles = Triangles {
            scale: self.scale,
            norm: self.norm,
            range: [lowest as f64, highest as f64],
            bands: lengths.len(),
        };
        let (mut weights, mut first) = ([0.0; N], [0; 2]);
        let bin = self.sample_rate as f64 / N as f64;
        triangles.write(bin, &mut weights, &mut first, lengths);
        Ok((spectrum, weights, first))
    }

    /// Checks what does not depend on the size of frames.
    ///
    /// # Errors
    /// If the sample rate or ε is not above 0, or frequencies are not in order between 0 and half of the
    /// sample rate.
    pub const fn check(&self) -> Result<(), ParameterError> {
        if let Err(error) = ParameterError::positive("sample_rate", self.sample_rate) {
            return Err(error);
        }
        let [lowest, highest] = self.range();
        // Before the lowest one, which is compared with it.
        let is_high = highest > 0.0 && highest <= 0.5 * self.sample_rate;
        let range = "(0, half of the sample rate]";
        if let Err(error) = ParameterError::unless(is_high, "highest", highest, range) {
            return Err(error);
        }
        let is_low = lowest >= 0.0 && lowest < highest;
        let range = "[0, the highest frequency)";
        if let Err(error) = ParameterError::unless(is_low, "lowest", lowest, range) {
            return Err(error);
        }
        match ParameterError::positive("epsilon", self.floor.epsilon()) {
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A spectrum, weights of its bins, and the first two segments.
type TablesOf<const N: usize> = Result<(Spectrum<N>, [f32; N], [Segment; 2]), ParameterError>;

/// The logarithm of a mel spectrum: frames of `N` samples become `BANDS` numbers,
///
/// `y(b) = ln(ε + Σₖ t(b, k) |X(k)|²)`
///
/// with the power spectrum of a [`Spectrum`], triangles t that are equally spaced on a
/// [`MelScale`], and a [`Floor`] ε. It is `torch.log(MelSpectrogram(…, center=False)(x) + 1e-6)` of
/// torchaudio, and `numpy.log(librosa.feature.melspectrogram(…, center=False) + 1e-6)`, with the
/// settings that [`LogMelSpec`] names. A band that is narrower than a bin may have none: it is
/// ln ε always (librosa warns of that).
///
/// **Memory**: at most 8 `N` + 2 `BANDS` + 16 bytes, which are in flash if it is a `static`, and
/// twiddle factors as of a [`Spectrum`]; a buffer of 4 `N` bytes for the time of a call.
///
/// **Accuracy**: a magnitude |X(k)| is off by no more than [`Spectrum`] says, ε₁ = 4 · 10⁻⁷ of the
/// largest one, A. So with E for the exact sum of a band, floor included, and t for the largest
/// weight of the band times its bins, the logarithm is off by at most
/// 2 · 10⁻⁶ + 2 ε₁ A √(t / E) + t (ε₁ A)² / E. Errors of a band's bins cancel, so that of the tests'
/// sines, impulses and noise no band errs by more than a third of that, and none by more than
/// 2 · 10⁻⁶ that is less than 50 dB below the loudest bin.
///
/// ```
/// use trimpot::spectrum::{LogMel, LogMelSpec, Window};
///
/// // In flash, computed by the compiler. Settings that are wrong do not compile.
/// static FRONT: LogMel<512, 40> = match LogMel::new(LogMelSpec::new(16_000.0, Window::hann(400))) {
///     Ok(front) => front,
///     Err(_) => panic!("invalid settings"),
/// };
///
/// let tone: [f32; 512] = std::array::from_fn(|t| (t as f32 * 0.4).sin());
/// let bands = FRONT.apply(&tone, &mut [0.0; 512]);
/// // 0.4 radians a sample are 1,019 Hz. The nearest middle is that of band 14, 1,060 Hz.
/// let loudest = (0..40).max_by(|&a, &b| bands[a].total_cmp(&bands[b]));
/// assert_eq!(loudest, Some(14));
/// ```
#[derive(Clone, Debug)]
pub struct LogMel<const N: usize, const BANDS: usize>(DynLogMel<N, [Segment; BANDS]>);

impl<const N: usize, const BANDS: usize> LogMel<N, BANDS> {
    /// Computes window and triangles: to be done by the compiler, for a `static`. A program that
    /// does it gets the same bits, with arithmetic in `f64`, which takes a microcontroller long.
    ///
    /// # Errors
    /// If the window is longer than a frame or empty, frequencies are not in order between 0 and
    /// half of the sample rate, or ε is not above 0.
    pub const fn new(spec: LogMelSpec) -> Result<Self, ParameterError> {
        const { assert!(BANDS > 0, "there is a band at least") };
        let mut lengths = [0; BANDS];
        match spec.tables(&mut lengths) {
            Ok((spectrum, weights, first)) => {
                Ok(LogMel(DynLogMel { spectrum, weights, first, lengths, floor: spec.floor }))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the logarithms of a frame's bands. The buffer may hold anything.
    pub fn apply<V: Lanes>(&self, frame: &[V; N], buffer: &mut [V; N]) -> [V; BANDS] {
        let mut bands = [V::ZERO; BANDS];
        self.0.apply(frame, buffer, &mut bands);
        bands
    }
}

/// A [`LogMel`] of as many bands as `lengths` has places, with the bits of the one whose type says
/// how many: for programs that read it from a file. (`L` is `Vec<u16>`, where there is a heap.)
///
/// ```
/// use trimpot::spectrum::{DynLogMel, LogMel, LogMelSpec, Window};
///
/// let spec = LogMelSpec::new(16_000.0, Window::hann(400));
/// let front = DynLogMel::<512, _>::new(spec, vec![0; 40])?;
/// let frame = std::array::from_fn(|t| (t as f32 * 0.4).sin());
/// let mut bands = vec![0.0; 40];
/// front.apply(&frame, &mut [0.0; 512], &mut bands);
/// assert_eq!(bands, LogMel::<512, 40>::new(spec)?.apply(&frame, &mut [0.0; 512]));
/// # Ok::<(), trimpot::ParameterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DynLogMel<const N: usize, L> {
    spectrum: Spectrum<N>,
    /// What each bin but the last adds to the band that falls there, and to the one that rises.
    weights: [f32; N],
    first: [Segment; 2],
    lengths: L,
    floor: Floor,
}

impl<const N: usize, L: AsMut<[u16]>> DynLogMel<N, L> {
    /// Computes window and triangles, of which `lengths`, which may hold anything, is a part.
    ///
    /// # Errors
    /// Those of [`LogMel::new`].
    pub fn new(spec: LogMelSpec, mut lengths: L) -> Result<Self, ParameterError> {
        let (spectrum, weights, first) = spec.tables(lengths.as_mut())?;
        Ok(DynLogMel { spectrum, weights, first, lengths, floor: spec.floor })
    }
}

impl<const N: usize, L: AsRef<[u16]>> DynLogMel<N, L> {
    /// Writes the logarithms of a frame's bands, as far as there are places. The buffer may hold
    /// anything.
    #[inline]
    pub fn apply<V: Lanes>(&self, frame: &[V; N], buffer: &mut [V; N], bands: &mut [V]) {
        let power = self.spectrum.power(frame, buffer);
        V::vectorize(
            bands,
            #[inline(always)]
            |bands| {
                let DynLogMel { weights, first, lengths, floor, .. } = self;
                add_up(power, weights, *first, lengths.as_ref(), bands);
                for band in bands {
                    *band = floor.ln(*band);
                }
            },
        );
    }
}
