//! Features of recordings, with the code that boards run.

use trimpot::ParameterError;
use trimpot::spectrum::{DynLogMel, PcmSample, Spectrum};

use super::{Extractor, FrontEnd, Order, SampleKind, SpectrumKind};

/// Writes the features of a recording.
///
/// As many samples and features as the [`Extractor`] says; what is beyond is left alone.
pub type Transform = Box<dyn Fn(&[f32], &mut [f32]) + Send + Sync>;

/// The spectra of frames of `N` samples.
enum Spectra<const N: usize> {
    LogMel(Box<DynLogMel<N, Vec<u16>>>),
    Magnitudes(Box<Spectrum<N>>),
    Powers(Box<Spectrum<N>>),
}

impl<const N: usize> Spectra<N> {
    fn new(front_end: &FrontEnd) -> Result<Self, ParameterError> {
        let spectrum = || Spectrum::new(front_end.core_window()).map(Box::new);
        Ok(match &front_end.spectrum {
            SpectrumKind::LogMel(mel) => {
                let log_mel = DynLogMel::new(front_end.log_mel(mel), vec![0; mel.bands])?;
                Spectra::LogMel(Box::new(log_mel))
            }
            SpectrumKind::Magnitudes => Spectra::Magnitudes(spectrum()?),
            SpectrumKind::Powers => Spectra::Powers(spectrum()?),
        })
    }

    /// Writes the numbers of a frame.
    fn write(&self, frame: &[f32; N], bands: &mut [f32]) {
        let mut buffer = [0.0; N];
        let found = match self {
            Spectra::LogMel(log_mel) => return log_mel.apply(frame, &mut buffer, bands),
            Spectra::Magnitudes(spectrum) => spectrum.magnitudes(frame, &mut buffer),
            Spectra::Powers(spectrum) => spectrum.power(frame, &mut buffer),
        };
        bands.iter_mut().zip(found).for_each(|(place, &number)| *place = number);
    }
}

impl Extractor {
    /// Computes tables, and returns what computes features with them: the bits that
    /// [`LogMel`](trimpot::spectrum::LogMel) or [`Spectrum`] have on a board. Samples that are `i16`
    /// are whole numbers in their range.
    ///
    /// # Errors
    /// None of a front end that was [checked](FrontEnd::check).
    pub fn transform(&self) -> Result<Transform, ParameterError> {
        macro_rules! by_size {
            ($($n:literal)*) => {
                match self.front_end.fft {
                    $($n => self.of_size::<$n>(),)*
                    fft => {
                        let (value, range) = (fft as f32, "16, 32, 64 … 4096");
                        Err(ParameterError { name: "fft", value, range })
                    }
                }
            };
        }
        by_size!(16 32 64 128 256 512 1024 2048 4096)
    }

    /// Returns the numbers of bands, from 1, that are the same for silence and for a click: of the
    /// narrowest triangles some may have no bin; and a window may be zero.
    ///
    /// # Errors
    /// Those of [`transform`](Self::transform).
    pub fn unheard(&self) -> Result<Vec<usize>, ParameterError> {
        let FrontEnd { fft, window_length, samples, .. } = self.front_end;
        let transform =
            Extractor { length: fft, frames: 1, order: Order::ByFrame, ..*self }.transform()?;
        let bands = |recording: &[f32]| {
            let mut bands = vec![0.0; self.front_end.bands()];
            transform(recording, &mut bands);
            bands
        };
        let mut click = vec![0.0; fft];
        let silence = bands(&click);
        // Where the window is highest.
        click[(fft - window_length) / 2 + window_length / 2] = match samples {
            SampleKind::I16 => 16_384.0,
            SampleKind::F32 => 0.5,
        };
        let both = (1..).zip(silence.into_iter().zip(bands(&click)));
        Ok(both.filter(|(_, (silent, loud))| silent == loud).map(|(number, _)| number).collect())
    }

    fn of_size<const N: usize>(&self) -> Result<Transform, ParameterError> {
        let Extractor { front_end, frames, order, .. } = *self;
        let FrontEnd { hop, samples, .. } = front_end;
        let spectra = Spectra::<N>::new(&front_end)?;
        let count = front_end.bands();
        let frame = move |recording: &[f32], number: usize| -> Option<[f32; N]> {
            let &frame = recording.get(number * hop..)?.first_chunk()?;
            Some(match samples {
                SampleKind::F32 => frame,
                // As the driver of a board gives it.
                SampleKind::I16 => frame.map(|sample| (sample as i16).to_f32()),
            })
        };
        Ok(Box::new(move |recording, features| {
            let mut bands = vec![0.0; count];
            for number in 0..frames {
                let Some(frame) = frame(recording, number) else { return };
                spectra.write(&frame, &mut bands);
                let place = |band: usize| match order {
                    Order::ByFrame => number * count + band,
                    Order::ByBand => band * frames + number,
                };
                for (band, &value) in bands.iter().enumerate() {
                    if let Some(feature) = features.get_mut(place(band)) {
                        *feature = value;
                    }
                }
            }
        }))
    }
}
