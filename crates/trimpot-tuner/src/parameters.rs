//! Reading and writing the parameters in memory.

use trimpot_link::{Error, F32Slice, Response};

use crate::Tuner;

impl<
    L,
    C,
    F,
    const I: usize,
    const O: usize,
    const P: usize,
    const STEP: usize,
    const PINNED: usize,
    const RECENT: usize,
> Tuner<L, C, F, I, O, P, STEP, PINNED, RECENT>
{
    /// Writes some of the parameters to `scratch`, as many as fit.
    pub(crate) fn read_parameters<'s>(
        &self,
        at: u32,
        count: u32,
        scratch: &'s mut [u8],
    ) -> Result<Response<'s>, Error> {
        let range = Error::Range { parameters: P as u32, end: at };
        let parameters = self.parameters().get(at as usize..).ok_or(range)?;
        let fits = (scratch.len() / size_of::<f32>()).min(count as usize);
        let parameters = parameters.get(..fits).unwrap_or(parameters);
        let capacity = scratch.len() as u32;
        let values = F32Slice::from_f32s(parameters, scratch).ok_or(Error::TooLong { capacity })?;
        Ok(Response::Parameters { at, values })
    }

    /// Overwrites some of the parameters in memory.
    pub(crate) fn write_parameters(
        &mut self,
        at: u32,
        values: F32Slice<'_>,
    ) -> Result<Response<'static>, Error> {
        all_finite(values.iter())?;
        let end = at.saturating_add(values.len() as u32);
        let range = Error::Range { parameters: P as u32, end };
        let places = self.parameters_mut().get_mut(at as usize..end as usize).ok_or(range)?;
        if values.copy_to(places) { Ok(Response::Done) } else { Err(range) }
    }
}

/// Fails at the first parameter that is not finite.
pub fn check_finite(parameters: &[f32]) -> Result<(), Error> {
    all_finite(parameters.iter().copied())
}

/// Fails at the first number that is not finite.
pub fn all_finite(numbers: impl Iterator<Item = f32>) -> Result<(), Error> {
    match numbers.zip(0_u32..).find(|(number, _)| !number.is_finite()) {
        Some((_, index)) => Err(Error::NotFinite { index }),
        None => Ok(()),
    }
}
