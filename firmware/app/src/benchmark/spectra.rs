//! What spectra cost: of 256 and 512 samples, and a log-mel spectrum of 40 bands.

use defmt::{debug, info};
use trimpot::spectrum::{LogMel, LogMelSpec, Spectrum, Window};

use crate::counter::Counter;

static OF_256: Spectrum<256> = spectrum();
static OF_512: Spectrum<512> = spectrum();
static LOG_MEL: LogMel<512, 40> = match LogMel::new(LogMelSpec::new(16_000.0, Window::hann(400))) {
    Ok(front) => front,
    Err(_) => panic!("invalid settings"),
};

const fn spectrum<const N: usize>() -> Spectrum<N> {
    match Spectrum::new(Window::hann(N)) {
        Ok(spectrum) => spectrum,
        Err(_) => panic!("invalid settings"),
    }
}

/// A frame, and what becomes of it.
struct Frame<const N: usize> {
    samples: [f32; N],
    buffer: [f32; N],
}

impl<const N: usize> Frame<N> {
    /// Creates a frame of these samples, as often as they fit.
    fn new(samples: &[f32]) -> Self {
        let mut frame = Frame { samples: [0.0; N], buffer: [0.0; N] };
        for (place, &sample) in frame.samples.iter_mut().zip(samples.iter().cycle()) {
            *place = sample;
        }
        frame
    }
}

/// Runs everything on frames of these samples, and logs what it costs.
#[inline(never)]
pub(super) fn run(samples: &[f32], counter: &mut Counter) {
    of_256(samples, counter);
    of_512(samples, counter);
}

#[inline(never)]
fn of_256(samples: &[f32], counter: &mut Counter) {
    let mut frame = Frame::<256>::new(samples);
    let transform = counter.cost(&mut frame, |frame, _| {
        OF_256.transform(&frame.samples, &mut frame.buffer);
        frame.buffer[2]
    });
    debug!("FFT of 256: {=u32} instructions", transform);
}

#[inline(never)]
fn of_512(samples: &[f32], counter: &mut Counter) {
    let mut frame = Frame::<512>::new(samples);
    let transform = counter.cost(&mut frame, |frame, _| {
        OF_512.transform(&frame.samples, &mut frame.buffer);
        frame.buffer[2]
    });
    debug!("FFT of 512: {=u32} instructions", transform);
    let magnitudes = counter.cost(&mut frame, |frame, _| {
        let magnitudes = OF_512.magnitudes(&frame.samples, &mut frame.buffer);
        magnitudes.first().copied().unwrap_or(f32::NAN)
    });
    debug!("magnitudes of 512: {=u32} instructions", magnitudes);
    let log_mel =
        counter.cost(&mut frame, |frame, _| LOG_MEL.apply(&frame.samples, &mut frame.buffer)[20]);
    debug!("log-mel 512-40: {=u32} instructions", log_mel);
    info!("log-mel 512-40, band 21: {=f32}", LOG_MEL.apply(&frame.samples, &mut frame.buffer)[20]);
}
