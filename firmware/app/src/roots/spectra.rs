//! Spectra: frames of both kinds of length, and settings that nobody knows before it runs.

use core::hint::black_box;

use trimpot::ParameterError;
use trimpot::lanes::Lanes;
use trimpot::spectrum::{
    Floor, Framer, LogMel, LogMelSpec, MelNorm, MelScale, Spectrogram, Spectrum, Window,
};

use super::{any, run};

/// What comes in several widths.
pub fn of_any_width<V: Lanes>() {
    // What is wrong with a setting is of no interest here.
    let _ = black_box(of_length::<V, 64>());
    let _ = black_box(of_length::<V, 128>());
}

#[inline(never)]
fn of_length<V: Lanes, const N: usize>() -> Result<(), ParameterError> {
    let (frame, mut buffer) = (black_box([any::<V>(); N]), [any::<V>(); N]);
    let spectrum = Spectrum::<N>::new(black_box(Window::hamming(50)))?;
    spectrum.transform(&frame, black_box(&mut buffer));
    black_box(spectrum.magnitudes(&frame, black_box(&mut buffer)));
    let spec = LogMelSpec::new(any(), black_box(Window::hann(50)))
        .with_range(any(), any())
        .with_scale(black_box(MelScale::Slaney))
        .with_norm(black_box(MelNorm::Area))
        .with_floor(black_box(Floor::Plus(any())));
    let front = LogMel::<N, 9>::new(black_box(spec))?;
    black_box(front.apply(&frame, black_box(&mut buffer)));
    Ok(())
}

/// Streams, and what a network takes of them.
pub fn streams() {
    framed::<16, 7>();
    framed::<16, 23>();
    let mut spectrogram = black_box(Spectrogram::<3, 9>::new());
    spectrogram.push(&black_box([any(); 9]));
    black_box(spectrogram.sample());
    spectrogram.write_by_band(run(&mut [any(); 20]));
    spectrogram.reset();
    black_box(spectrogram);
}

fn framed<const N: usize, const HOP: usize>() {
    let mut framer = black_box(Framer::<N, HOP>::new());
    let mut stream = [1_i16; 50];
    let mut samples = &*run(&mut stream);
    while let Some(frame) = framer.next_frame(&mut samples) {
        black_box(frame);
    }
    let mut stream = [any::<f32>(); 50];
    let mut samples = &*run(&mut stream);
    black_box(framer.next_frame(&mut samples));
    framer.reset();
    black_box(framer);
}
