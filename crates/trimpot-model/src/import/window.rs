//! Windows of any number of directions, as files say them.

use trimpot::layer::WindowSpec;

use super::ImportError;

/// What there is to a window beside its size: for each direction, or empty where it is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// How far from one place to the next: by default 1 for a convolution, the window's size for a
    /// pool.
    pub stride: Vec<u32>,
    /// Zeros before and behind: by default none.
    pub padding: Vec<[u32; 2]>,
    /// How far apart the numbers under the window are: by default 1.
    pub dilation: Vec<u32>,
}

impl Window {
    /// Returns the window of this size, whose stride is by default this one.
    pub(super) fn spec<const D: usize>(
        &self,
        place: &str,
        size: [u32; D],
        stride: [u32; D],
    ) -> Result<WindowSpec<D>, ImportError> {
        fn all<T: Copy, const D: usize>(
            place: &str,
            what: &str,
            given: &[T],
            default: [T; D],
        ) -> Result<[T; D], ImportError> {
            match given {
                [] => Ok(default),
                given => given.try_into().map_err(|_| {
                    let what = format!("{what} is of {} directions, not of {D}", given.len());
                    ImportError::at(place, what)
                }),
            }
        }
        let spec = WindowSpec {
            size,
            stride: all(place, "its stride", &self.stride, stride)?,
            padding: all(place, "its padding", &self.padding, [[0; 2]; D])?,
            dilation: all(place, "its dilation", &self.dilation, [1; D])?,
        };
        if [spec.size, spec.stride, spec.dilation].iter().flatten().any(|&number| number == 0) {
            return Err(ImportError::at(place, "window, stride and dilation are from 1"));
        }
        for ((sides, size), dilation) in spec.padding.iter().zip(size).zip(spec.dilation) {
            let covered = (u64::from(size) - 1) * u64::from(dilation) + 1;
            if sides.iter().any(|&side| u64::from(side) >= covered) {
                let what = format!(
                    "its padding is {}, but must be less than the {covered} of the window",
                    sides[0].max(sides[1])
                );
                return Err(ImportError::at(place, what));
            }
        }
        Ok(spec)
    }
}
