//! A tuner behind a link.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::{Class, Loss};
use trimpot::shape::Vector;
use trimpot_link::{Error, Packet, Request, Response};

use crate::{Service, Tuner};

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
> Service for Tuner<L, C, F, I, O, P, STEP, PINNED, RECENT>
where
    L: Layer<Vector<I>, Output = Vector<O>>,
    C: Loss<Vector<O>, Target = Class>,
    F: NorFlash,
{
    const NUMBERS: usize = if I > O { I } else { O };

    /// A request takes its number only if it is done: a refused one changes nothing, so its
    /// number is still the next.
    fn answer<'s>(
        &mut self,
        request: Result<Packet<Request<'_>>, Error>,
        scratch: &'s mut [u8],
    ) -> Packet<Response<'s>> {
        let expected = self.next();
        let Packet { sequence, message: request } = match request {
            Ok(packet) => packet,
            Err(error) => {
                return Packet { sequence: expected, message: Response::Unreadable(error) };
            }
        };
        if request == Request::Describe {
            return Packet { sequence, message: self.handle(&request, scratch) };
        }
        if sequence != expected {
            let error = Error::Sequence { expected, found: sequence };
            return Packet { sequence, message: Response::Refused(error) };
        }
        let message = self.handle(&request, scratch);
        if !matches!(message, Response::Refused(_)) {
            self.count();
        }
        Packet { sequence, message }
    }
}
