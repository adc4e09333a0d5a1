//! A tuner behind its server: four features, any layers that are types, any flash memory.

use std::fmt;
use std::ops::Range;

pub use crate::heap::Heap;
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::Layer;
use trimpot::loss::CrossEntropy;
use trimpot::network::Planned;
use trimpot::shape::Vector;
use trimpot_link::port::PortError;
use trimpot_link::{Request, Response};
use trimpot_tuner::store::OpenError;
use trimpot_tuner::{Classification, Server, Settings, Sizes, StartError, Tuner};

pub const FRAME: usize = 300;

/// Layers `L` of `P` parameters; so many samples of each class are pinned, and learned last.
pub struct BoardOf<L: 'static, F, const P: usize, const PINNED: u8, const RECENT: u8> {
    pub tuner: Tuner<Planned<'static, Vector<4>, L>, Classification<CrossEntropy>, F, Heap>,
    server: Server<FRAME>,
}

impl<L, F, const P: usize, const PINNED: u8, const RECENT: u8> BoardOf<L, F, P, PINNED, RECENT>
where
    L: Layer<Vector<4>> + Default,
    F: NorFlash,
{
    /// Bytes of flash memory that are used.
    pub const FLASH: u32 = Self::sizes(Settings::new()).flash::<F>();
    /// The same where learned samples are stored too.
    pub const FLASH_WITH_SAMPLES: u32 =
        Self::sizes(Settings::new().with_stored_samples(true)).flash::<F>();

    const fn sizes(settings: Settings) -> Sizes {
        Sizes::of::<Vector<4>, L>(&settings.with_pinned(PINNED).with_recent(RECENT))
    }

    /// Boots a board whose requests are numbered from `session` · 2³² on.
    pub fn start(
        flash: F,
        area: Range<u32>,
        session: u32,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let settings = settings.with_pinned(PINNED).with_recent(RECENT);
        let model = Planned::new(Box::leak(Box::new(L::default())));
        let memory = Heap::new(&Self::sizes(settings));
        let task = Classification::new(CrossEntropy::new());
        let tuner = Tuner::new(model, task, settings, memory, flash, area);
        let tuner = tuner.map_err(|error| match error {
            StartError::Store(error) => error,
            other => panic!("{other}"),
        })?;
        let mut server = Server::new();
        server.set_session(session);
        Ok(BoardOf { tuner, server })
    }

    pub fn parameters(&self) -> &[f32; P] {
        self.tuner.parameters().try_into().expect("so many parameters")
    }

    pub fn flash_mut(&mut self) -> &mut F {
        self.tuner.flash_mut()
    }

    pub fn into_flash(self) -> F {
        self.tuner.into_flash()
    }

    /// Asks without a link.
    pub fn handle<'s>(&mut self, request: &Request<'_>, scratch: &'s mut [u8]) -> Response<'s> {
        self.server.handle(&mut self.tuner, request, scratch)
    }

    pub fn serve_byte(&mut self, byte: u8) -> Option<&[u8]> {
        self.server.serve_byte(&mut self.tuner, byte)
    }

    pub fn poll<W: Read + Write>(&mut self, port: &mut W) -> Result<(), PortError<W::Error>> {
        self.server.poll(&mut self.tuner, port)
    }
}

/// Everything a board has: weights, samples, metrics, randomness, numbers of requests, flash.
impl<L, F, const P: usize, const PINNED: u8, const RECENT: u8> fmt::Debug
    for BoardOf<L, F, P, PINNED, RECENT>
where
    L: fmt::Debug,
    F: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, next {}", self.tuner, self.server.next())
    }
}
