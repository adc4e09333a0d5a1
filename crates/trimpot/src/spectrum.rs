//! Spectra of frames of samples: what a microphone or an accelerometer gives a network, with the
//! same bits on a PC that trains it and on the board that listens.
//!
//! | | makes | of |
//! |---|---|---|
//! | [`Framer`] | frames of `N` samples, `HOP` samples apart | samples, as many at a time as there are |
//! | [`Spectrum`] | N / 2 + 1 magnitudes or powers, or complex numbers | a frame |
//! | [`LogMel`] | the logarithms of so many mel bands | a frame |
//! | [`Spectrogram`] | the sample that a network takes | the last so many spectra |
//!
//! `N` is a power of two from 16 to 4096. Nothing is allocated: all memory is that of these types,
//! and a buffer of `N` numbers that the caller lends. Window, twiddle factors and triangles are
//! computed by the compiler, in `f64`, and rounded to `f32`; what then happens to samples is `f32`
//! arithmetic in a fixed order.
//!
//! In instructions on a Cortex-M4F (rustc 1.96, `opt-level = 3`), windows included:
//!
//! | | instructions |
//! |---|--:|
//! | [`Spectrum::transform`] of 256 samples | 7,507 |
//! | of 512 samples | 18,165 |
//! | [`Spectrum::magnitudes`] of 512 samples | 21,428 |
//! | [`LogMel::apply`], 512 samples, 40 bands | 25,405 |
//!
//! Networks take features of a few units about 0. Logarithms are between ln ε and 10 or so: a frozen
//! normalisation in front of the network, as `trimpot train --standardize` adds it, gives mean 0 and
//! deviation 1 to each feature of a vector, to each band of a sequence ([`Spectrogram`] by band), and
//! to an image as a whole; a [`HardTanh`](crate::layer::HardTanh) behind it limits them.
//!
//! From a microphone at 16 kHz to a class (`examples/listen.rs` learns, too):
//!
//! ```
//! use trimpot::layer::{Dense, Relu};
//! use trimpot::spectrum::{Framer, LogMel, LogMelSpec, Spectrogram, Window};
//!
//! // Windows of 25 ms every 10 ms, and 16 of them are a sample.
//! static FRONT: LogMel<512, 20> = match LogMel::new(LogMelSpec::new(16_000.0, Window::hann(400))) {
//!     Ok(front) => front,
//!     Err(_) => panic!("invalid settings"),
//! };
//! type Words = trimpot::network!(Dense<320, 16>, Relu, Dense<16, 4>; from 320);
//!
//! let network = Words::seeded(1);
//! let mut framer = Framer::<512, 160>::new();
//! let mut spectrogram = Spectrogram::<16, 20>::new();
//! let mut buffer = [0.0; 512];
//! let mut classes = Vec::new();
//! // What the driver of the microphone gives, 100 samples at a time.
//! for block in [0_i16; 100].map(|_| [0_i16; 100]) {
//!     let mut samples = &block[..];
//!     while let Some(frame) = framer.next_frame(&mut samples) {
//!         spectrogram.push(&FRONT.apply(frame, &mut buffer));
//!         if let Some(sample) = spectrogram.sample().and_then(|sample| sample.first_chunk()) {
//!             let logits = network.predict::<f32>(sample);
//!             classes.push(trimpot::metric::argmax(&logits));
//!         }
//!     }
//! }
//! // (10,000 − 512) / 160 + 1 frames.
//! assert_eq!(classes.len(), 60 - 15);
//! ```

mod elementary;
mod fft;
mod framer;
mod log_mel;
mod mel;
mod tables;
mod window;

pub use framer::{Framer, PcmSample, Spectrogram};
pub use log_mel::{DynLogMel, Floor, LogMel, LogMelSpec};
pub use mel::{MelNorm, MelScale};
pub use window::Window;

use crate::ParameterError;
use crate::lanes::Lanes;
use tables::Tables;

/// The spectrum of frames of `N` samples, of which each is multiplied by a [`Window`]:
///
/// `X(k) = Σₜ w(t) x(t) e^(−2πi kt/N)`, k = 0 … N / 2
///
/// It is `numpy.fft.rfft(w * x)`, `torch.stft(…, center=False)`, and CMSIS-DSP's
/// `arm_rfft_fast_f32`: not divided by anything, so a sine of amplitude a at the middle of a bin has
/// the magnitude a Σ w / 2. Bin k is at the frequency k / N of the sample rate.
///
/// **Memory**: 4 `N` bytes, which are in flash if it is a `static`; twiddle factors of less than
/// 6 `N` bytes in flash, once for each size; a buffer of 4 `N` bytes for the time of a call.
///
/// **Accuracy**: real and imaginary parts, and magnitudes, are off by no more than 4 · 10⁻⁷ of the
/// frame's largest magnitude, of frames that are rounded to `f32` and windows that are not.
/// (Products below 10⁻³⁸ are subnormal: magnitudes below 10⁻¹⁹ lose digits or are 0.)
///
/// ```
/// use trimpot::spectrum::{Spectrum, Window};
///
/// static SPECTRUM: Spectrum<128> = match Spectrum::new(Window::hann(128)) {
///     Ok(spectrum) => spectrum,
///     Err(_) => panic!("invalid settings"),
/// };
///
/// // An accelerometer at 100 Hz: 12.5 Hz are bin 16. (Gravity is bin 0, and its window's bin 1.)
/// let frame: [f32; 128] =
///     core::array::from_fn(|t| 1.0 + 0.25 * (t as f32 * std::f32::consts::FRAC_PI_4).cos());
/// let mut buffer = [0.0; 128];
/// let magnitudes = SPECTRUM.magnitudes(&frame, &mut buffer);
/// assert_eq!(magnitudes.len(), 65);
/// assert!((magnitudes[16] - 0.25 * 64.0 / 2.0).abs() <= 64.0 * 4e-7);
/// ```
#[derive(Clone, Debug)]
pub struct Spectrum<const N: usize> {
    half_window: [f32; N],
}

impl<const N: usize> Spectrum<N> {
    /// How many bins there are: N / 2 + 1.
    pub const BINS: usize = N / 2 + 1;

    const TABLES: Tables = match Tables::of(N) {
        Some(tables) => tables,
        None => panic!("a frame has 16, 32, 64, 128, 256, 512, 1024, 2048 or 4096 samples"),
    };

    /// Computes the window: to be done by the compiler, for a `static`.
    ///
    /// # Errors
    /// If the window is longer than a frame, or empty.
    pub const fn new(window: Window) -> Result<Self, ParameterError> {
        let mut half_window = [0.0; N];
        match window.write_half(&mut half_window) {
            Ok(()) => Ok(Spectrum { half_window }),
            Err(error) => Err(error),
        }
    }

    /// Writes the spectrum: X(0) and X(N / 2), which are real, then real and imaginary parts of X(1)
    /// to X(N / 2 − 1). That is the order of CMSIS-DSP's `arm_rfft_fast_f32`.
    pub fn transform<V: Lanes>(&self, frame: &[V; N], spectrum: &mut [V; N]) {
        V::vectorize(
            spectrum,
            #[inline(always)]
            |spectrum| fft::packed(frame, &self.half_window, Self::TABLES, spectrum),
        );
    }

    /// Returns |X(0)|² to |X(N / 2)|², which are in the buffer, whatever that holds.
    pub fn power<'a, V: Lanes>(&self, frame: &[V; N], buffer: &'a mut [V; N]) -> &'a [V] {
        V::vectorize(
            &mut *buffer,
            #[inline(always)]
            |buffer| fft::power(frame, &self.half_window, Self::TABLES, buffer),
        );
        buffer.get(..Self::BINS).unwrap_or_default()
    }

    /// Returns |X(0)| to |X(N / 2)|, which are in the buffer, whatever that holds.
    pub fn magnitudes<'a, V: Lanes>(&self, frame: &[V; N], buffer: &'a mut [V; N]) -> &'a [V] {
        self.power(frame, buffer);
        let bins = buffer.get_mut(..Self::BINS).unwrap_or_default();
        V::vectorize(
            &mut *bins,
            #[inline(always)]
            |bins| bins.iter_mut().for_each(|bin| *bin = bin.sqrt()),
        );
        bins
    }
}
