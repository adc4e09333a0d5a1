//! Windows: what a frame is multiplied by.

use super::elementary::cos_of_turn;
use crate::ParameterError;

/// A window of L samples in the middle of a frame, whose other samples count nothing.
///
/// The windows are *periodic*, w(L) being w(0): those that PyTorch makes by default, and librosa,
/// SciPy's `get_window` and TensorFlow's `tf.signal` in spectra. A window that is shorter than its
/// frame has (N − L) / 2 zeros in front, rounded down, as with `win_length` in PyTorch and librosa.
/// (TensorFlow has all zeros behind, which shifts the samples that a frame is made of, and changes
/// nothing else in a power spectrum.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    shape: Shape,
    length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Rectangular,
    Hann,
    Hamming,
}

impl Window {
    /// 1: the samples as they are.
    pub const fn rectangular(length: usize) -> Self {
        Window { shape: Shape::Rectangular, length }
    }

    /// ½ − ½ cos 2πk/L (`torch.hann_window`, `librosa` by default).
    pub const fn hann(length: usize) -> Self {
        Window { shape: Shape::Hann, length }
    }

    /// 0.54 − 0.46 cos 2πk/L (`torch.hamming_window`).
    pub const fn hamming(length: usize) -> Self {
        Window { shape: Shape::Hamming, length }
    }

    /// Returns how many samples it has.
    pub const fn length(self) -> usize {
        self.length
    }

    /// Writes half of the window into the middle of a frame of zeros.
    ///
    /// # Errors
    /// If the window has no samples, or more than the frame.
    pub(super) const fn write_half(self, frame: &mut [f32]) -> Result<(), ParameterError> {
        let (length, range) = (self.length, "[1, the samples of a frame]");
        let is_valid = 1 <= length && length <= frame.len();
        if let Err(error) = ParameterError::unless(is_valid, "window", length as f32, range) {
            return Err(error);
        }
        let unused = (frame.len() - length) / 2;
        let Some((_, mut frame)) = frame.split_at_mut_checked(unused) else { return Ok(()) };
        let mut k = 0;
        while k < length
            && let Some((sample, rest)) = frame.split_first_mut()
        {
            *sample = (0.5 * self.at(k)) as f32;
            (frame, k) = (rest, k + 1);
        }
        Ok(())
    }

    const fn at(self, k: usize) -> f64 {
        let (mean, amplitude) = match self.shape {
            Shape::Rectangular => return 1.0,
            Shape::Hann => (0.5, 0.5),
            Shape::Hamming => (0.54, 0.46),
        };
        mean - amplitude * cos_of_turn(k, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves<const N: usize>(window: Window) -> [f32; N] {
        let mut frame = [0.0; N];
        window.write_half(&mut frame).unwrap();
        frame
    }

    #[test]
    fn windows_are_periodic_and_centred() {
        // torch.hann_window(4) and torch.hamming_window(4).
        assert_eq!(halves(Window::hann(4)).map(|half| 2.0 * half), [0.0, 0.5, 1.0, 0.5]);
        let hamming: [f32; 4] = halves(Window::hamming(4)).map(|half| 2.0 * half);
        assert_eq!(hamming, [0.08, 0.54, 1.0, 0.54]);
        assert_eq!(halves(Window::rectangular(3)), [0.0, 0.5, 0.5, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn a_window_fits_into_its_frame() {
        for length in [0, 9] {
            let error = Window::hann(length).write_half(&mut [0.0; 8]).unwrap_err();
            assert_eq!((error.name, error.value), ("window", length as f32));
        }
    }
}
