//! Spectra of the same frames, and a fingerprint of what came out.

use trimpot::ParameterError;
use trimpot::lanes::Lanes;
use trimpot::spectrum::{Floor, LogMel, LogMelSpec, MelNorm, MelScale, Spectrum, Window};

use crate::fingerprint::Print;
use crate::source::{Kind, Source};

/// Where all randomness comes from.
const SEED: u32 = 0x5_9ec7;
/// What frames are made of: numbers of usual sizes, and edge cases.
const KINDS: [Kind; 3] = [Kind::Small, Kind::Large, Kind::Edges];

/// Computes spectra, and log-mel spectra, of frames of both kinds of length: those whose half is a
/// power of four, and others. Reports for each its name, the length of a frame, and the print of all
/// numbers. Window and triangles are computed by the processor, of which the prints tell as well.
///
/// # Errors
/// If settings are refused.
pub fn spectrum_fingerprints<V: Lanes>(
    report: &mut dyn FnMut(&str, usize, Print),
) -> Result<(), ParameterError> {
    report("spectrum", 64, of_spectrum::<V, 64>(&Spectrum::new(Window::hamming(50))?));
    report("spectrum", 128, of_spectrum::<V, 128>(&Spectrum::new(Window::hann(128))?));
    let htk = LogMelSpec::new(16_000.0, Window::hann(200));
    report("log_mel", 256, of_log_mel::<V, 256, 20>(&LogMel::new(htk)?));
    let slaney = LogMelSpec::new(8000.0, Window::hann(128))
        .with_range(60.0, 3800.0)
        .with_scale(MelScale::Slaney)
        .with_norm(MelNorm::Area)
        .with_floor(Floor::Max(1e-10));
    report("log_mel, slaney", 128, of_log_mel::<V, 128, 12>(&LogMel::new(slaney)?));
    Ok(())
}

/// A function of its own: the frames are compiled once for each length.
#[inline(never)]
fn of_spectrum<V: Lanes, const N: usize>(spectrum: &Spectrum<N>) -> Print {
    of_frames(|frame: &[V; N], buffer, print| {
        spectrum.transform(frame, buffer);
        print.add_all(&*buffer);
        print.add_all(spectrum.magnitudes(frame, buffer));
    })
}

#[inline(never)]
fn of_log_mel<V: Lanes, const N: usize, const BANDS: usize>(front: &LogMel<N, BANDS>) -> Print {
    of_frames(|frame: &[V; N], buffer, print| print.add_all(&front.apply(frame, buffer)))
}

fn of_frames<V: Lanes, const N: usize>(add: impl Fn(&[V; N], &mut [V; N], &mut Print)) -> Print {
    let (mut print, mut source) = (Print::new(), Source::new(SEED));
    let [mut frame, mut buffer] = [[V::ZERO; N]; 2];
    for kind in KINDS {
        source.set_kind(kind);
        for sample in &mut frame {
            *sample = V::from_fn(|_| source.number());
        }
        add(&frame, &mut buffer, &mut print);
    }
    print
}
