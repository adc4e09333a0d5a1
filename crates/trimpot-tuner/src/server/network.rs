//! What a network is and has learned, run by run.

use trimpot_link::{Error, Numbers, Response};

use crate::model_image::{Purpose, write_network};
use crate::{Model, TaskSpec};

/// Writes bytes of the network to `scratch`, as many as fit: what the layers and the task are, and
/// no more.
#[inline(never)]
pub fn read_network<'s>(
    model: &impl Model,
    task: TaskSpec,
    at: u32,
    scratch: &'s mut [u8],
) -> Result<Response<'s>, Error> {
    let mut window = Window::new(at, scratch);
    let layers = |visit: &mut dyn FnMut(_)| model.for_each_spec(visit);
    let purpose = Purpose { task, ..Purpose::default() };
    // A type has no more layers than a count has bits for.
    let _ = write_network(model.input(), &layers, &purpose, &mut |run| window.push(run));
    let length = window.passed;
    Ok(Response::Network { at, length, bytes: window.into_bytes() })
}

/// Writes constants to `scratch`, as many as fit.
#[inline(never)]
pub fn read_constants<'s>(
    model: &impl Model,
    at: u32,
    count: u32,
    scratch: &'s mut [u8],
) -> Result<Response<'s>, Error> {
    let fits = (scratch.len() / size_of::<f32>()).min(count as usize);
    let scratch = scratch.get_mut(..fits.saturating_mul(4)).unwrap_or_default();
    let mut window = Window::new(at.saturating_mul(4), scratch);
    model.for_each_constant(&mut |run| {
        run.iter().for_each(|number| window.push(&number.to_le_bytes()));
    });
    let count = window.passed / 4;
    let values = Numbers::from_bytes(window.into_bytes()).unwrap_or_default();
    Ok(Response::Constants { at, count, values })
}

/// Writes some of the parameters to `scratch`, as many as fit.
pub fn read_parameters<'s>(
    parameters: &[f32],
    at: u32,
    count: u32,
    scratch: &'s mut [u8],
) -> Result<Response<'s>, Error> {
    let range = Error::Range { parameters: parameters.len() as u32, end: at };
    let parameters = parameters.get(at as usize..).ok_or(range)?;
    let fits = (scratch.len() / size_of::<f32>()).min(count as usize);
    let parameters = parameters.get(..fits).unwrap_or(parameters);
    let capacity = scratch.len() as u32;
    let values = Numbers::from_f32s(parameters, scratch).ok_or(Error::TooLong { capacity })?;
    Ok(Response::Parameters { at, values })
}

/// Writes what was learned beside the parameters to `scratch`.
pub fn read_state<'s>(state: &[f32], scratch: &'s mut [u8]) -> Result<Response<'s>, Error> {
    let capacity = scratch.len() as u32;
    let values = Numbers::from_f32s(state, scratch).ok_or(Error::TooLong { capacity })?;
    Ok(Response::State { values })
}

/// Some of the bytes that come one after the other.
struct Window<'s> {
    /// The first one that is wanted.
    at: u32,
    bytes: &'s mut [u8],
    filled: usize,
    /// Bytes that came.
    passed: u32,
}

impl<'s> Window<'s> {
    fn new(at: u32, bytes: &'s mut [u8]) -> Self {
        Window { at, bytes, filled: 0, passed: 0 }
    }

    fn push(&mut self, run: &[u8]) {
        for &byte in run {
            if self.passed >= self.at
                && let Some(place) = self.bytes.get_mut(self.filled)
            {
                *place = byte;
                self.filled = self.filled.saturating_add(1);
            }
            self.passed = self.passed.saturating_add(1);
        }
    }

    fn into_bytes(self) -> &'s [u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }
}
