//! From samples to frames, and from spectra to what a network takes.

use core::cell::Cell;

/// A sample as it comes from a driver.
pub trait PcmSample: Copy {
    /// Returns it as a number.
    fn to_f32(self) -> f32;
}

impl PcmSample for f32 {
    /// As it is.
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
}

impl PcmSample for i16 {
    /// Divided by 2¹⁵, so that it is in [−1, 1), as torchaudio and librosa read files.
    #[inline(always)]
    fn to_f32(self) -> f32 {
        f32::from(self) * (1.0 / 32_768.0)
    }
}

/// Cuts a stream of samples into frames of `N`, which begin `HOP` samples apart: frame i has samples
/// i `HOP` to i `HOP` + `N` − 1, as with `center=False` in PyTorch and librosa. Samples come as many
/// at a time as there are.
///
/// **Memory**: 4 `N` + 8 bytes, on a microcontroller.
///
/// ```
/// use trimpot::spectrum::Framer;
///
/// let mut framer = Framer::<4, 2>::new();
/// let mut samples = &[1.0_f32, 2.0, 3.0][..];
/// assert_eq!(framer.next_frame(&mut samples), None);
/// let mut samples = &[4.0_f32, 5.0, 6.0, 7.0][..];
/// assert_eq!(framer.next_frame(&mut samples), Some(&[1.0, 2.0, 3.0, 4.0]));
/// assert_eq!(framer.next_frame(&mut samples), Some(&[3.0, 4.0, 5.0, 6.0]));
/// assert_eq!(framer.next_frame(&mut samples), None);
/// assert!(samples.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Framer<const N: usize, const HOP: usize> {
    samples: [f32; N],
    /// How many of them belong to the next frame. With all of them it has been returned.
    filled: usize,
    /// How many samples of the stream are between two frames, and in none.
    skipped: usize,
}

impl<const N: usize, const HOP: usize> Framer<N, HOP> {
    /// Creates a framer at the beginning of a stream.
    pub const fn new() -> Self {
        const { assert!(N > 0 && HOP > 0, "frames have samples, and go on") };
        Framer { samples: [0.0; N], filled: 0, skipped: 0 }
    }

    /// Takes samples until a frame is complete, and leaves the others in the slice; returns `None`
    /// when all are taken. To be called until then.
    pub fn next_frame<S: PcmSample>(&mut self, samples: &mut &[S]) -> Option<&[f32; N]> {
        if self.filled == N {
            self.hop();
        }
        let skipped = self.skipped.min(samples.len());
        *samples = samples.get(skipped..).unwrap_or_default();
        self.skipped = self.skipped.saturating_sub(skipped);
        let missing = self.samples.get_mut(self.filled..).unwrap_or_default();
        let taken = missing.len().min(samples.len());
        for (place, sample) in missing.iter_mut().zip(*samples) {
            *place = sample.to_f32();
        }
        *samples = samples.get(taken..).unwrap_or_default();
        self.filled = self.filled.saturating_add(taken);
        (self.filled == N).then_some(&self.samples)
    }

    /// Begins a new stream.
    pub const fn reset(&mut self) {
        (self.filled, self.skipped) = (0, 0);
    }

    /// Moves what the next frame has in common with this one to the front.
    fn hop(&mut self) {
        shift_down(&mut self.samples, HOP);
        (self.filled, self.skipped) = (N.saturating_sub(HOP), HOP.saturating_sub(N));
    }
}

impl<const N: usize, const HOP: usize> Default for Framer<N, HOP> {
    fn default() -> Self {
        Self::new()
    }
}

/// Moves all numbers to the front by so many places. (`copy_within` could panic.)
fn shift_down(numbers: &mut [f32], by: usize) {
    let cells = Cell::from_mut(numbers).as_slice_of_cells();
    for (place, number) in cells.iter().zip(cells.get(by..).unwrap_or_default()) {
        place.set(number.get());
    }
}

/// The last `FRAMES` spectra of `BANDS` numbers, the oldest one first: what a network takes as a
/// sample.
///
/// [`sample`](Self::sample) has them row by row, as an image of `1 × FRAMES × BANDS` for `Conv2d`, or
/// for a `Dense` layer. [`write_by_band`](Self::write_by_band) has the bands as rows: `BANDS`
/// channels of `FRAMES` numbers for `Conv1d`, which is the order of torchaudio and librosa.
///
/// **Memory**: 4 `FRAMES` · `BANDS` + 4 bytes, on a microcontroller.
#[derive(Clone, Debug)]
pub struct Spectrogram<const FRAMES: usize, const BANDS: usize> {
    rows: [[f32; BANDS]; FRAMES],
    filled: usize,
}

impl<const FRAMES: usize, const BANDS: usize> Spectrogram<FRAMES, BANDS> {
    /// Creates one without spectra: all zero.
    pub const fn new() -> Self {
        const { assert!(FRAMES > 0 && BANDS > 0, "there is something to see") };
        Spectrogram { rows: [[0.0; BANDS]; FRAMES], filled: 0 }
    }

    /// Adds a spectrum behind the others. If all places are taken, the oldest one goes.
    pub fn push(&mut self, spectrum: &[f32; BANDS]) {
        if self.filled == FRAMES {
            shift_down(self.rows.as_flattened_mut(), BANDS);
        } else {
            self.filled = self.filled.saturating_add(1);
        }
        if let Some(row) = self.rows.get_mut(self.filled.wrapping_sub(1)) {
            *row = *spectrum;
        }
    }

    /// Returns whether there are as many spectra as a sample takes.
    pub const fn is_full(&self) -> bool {
        self.filled == FRAMES
    }

    /// Returns the sample, spectrum by spectrum, once there are as many as it takes.
    pub fn sample(&self) -> Option<&[f32]> {
        self.is_full().then_some(self.rows.as_flattened())
    }

    /// Writes the sample band by band, as far as the slice reaches. Spectra that have not come are
    /// zeros.
    pub fn write_by_band(&self, sample: &mut [f32]) {
        for (band, row) in sample.chunks_mut(FRAMES).enumerate() {
            for (place, spectrum) in row.iter_mut().zip(&self.rows) {
                *place = spectrum.get(band).copied().unwrap_or_default();
            }
        }
    }

    /// Forgets all spectra.
    pub const fn reset(&mut self) {
        self.rows = [[0.0; BANDS]; FRAMES];
        self.filled = 0;
    }
}

impl<const FRAMES: usize, const BANDS: usize> Default for Spectrogram<FRAMES, BANDS> {
    fn default() -> Self {
        Self::new()
    }
}
