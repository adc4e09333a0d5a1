//! A board whose network is data, and models for it.

use std::collections::VecDeque;

use embedded_io::{ErrorType, Read, Write};
use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::{BatchNormSpec, DenseSpec, FrozenSpec, Relu};
use trimpot::plan::PlannedStep;
use trimpot::random::Random;
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot_link::port::PortError;
use trimpot_link::{
    Checksum, Description, MODEL_BLOCK, Packet, Request, Response, first_sequence, frame,
};
use trimpot_testkit::flash::Flash;
use trimpot_tuner::model_image::{ModelHeader, Purpose, write_network};
use trimpot_tuner::{Device, FlashAreas, Server, Workspace};

pub type Memory = Flash<1, 4, 256>;
pub const FRAME: usize = 512;
pub const AREAS: FlashAreas = FlashAreas { models: 0..4096, store: 4096..65536 };

/// What a host sends, and what the board answers.
pub struct Wire {
    requests: VecDeque<u8>,
    answers: Vec<u8>,
    /// How many answers it takes.
    limit: usize,
}

impl ErrorType for Wire {
    type Error = std::io::Error;
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, std::io::Error> {
        std::io::Read::read(&mut self.requests, buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, std::io::Error> {
        if self.answers.iter().filter(|&&byte| byte == 0).count() == self.limit {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        std::io::Write::write(&mut self.answers, buffer)
    }

    fn flush(&mut self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

/// How much memory a board has.
#[derive(Clone, Copy)]
pub struct Room {
    pub layers: usize,
    pub values: usize,
    pub bytes: usize,
    /// Of the flash memory, for models and for what is learned.
    pub areas: [u32; 2],
}

pub const ROOM: Room = Room {
    layers: 4,
    values: 340,
    bytes: 840,
    areas: [AREAS.models.end, AREAS.store.end - AREAS.store.start],
};

/// Boots a board, and sends it bytes until there are none. Returns what it answered, frame by
/// frame.
pub fn send<F: NorFlash>(flash: F, room: Room, bytes: Vec<u8>) -> (Vec<Vec<u8>>, F) {
    send_until(flash, room, bytes, usize::MAX)
}

/// The same, until the host has taken so many answers and is gone.
pub fn send_until<F: NorFlash>(
    flash: F,
    room: Room,
    bytes: Vec<u8>,
    limit: usize,
) -> (Vec<Vec<u8>>, F) {
    let mut layers = [(); 2].map(|()| vec![LayerSpec::Relu(Relu); room.layers]);
    let mut steps = [(); 2].map(|()| vec![PlannedStep::EMPTY; room.layers]);
    // Whatever was in memory before.
    let (mut values, mut rest) = (vec![f32::NAN; room.values], vec![0xa5; room.bytes]);
    let workspace = Workspace {
        layers: layers.each_mut().map(Vec::as_mut_slice),
        steps: steps.each_mut().map(Vec::as_mut_slice),
        values: &mut values,
        bytes: &mut rest,
    };
    let mut server = Server::<FRAME>::new();
    let ([models, learned], start) = (room.areas, AREAS.store.start);
    let areas = FlashAreas { models: 0..models, store: start..start + learned };
    let mut device = Device::new(flash, areas, workspace, &mut server).unwrap();
    let mut wire = Wire { requests: bytes.into(), answers: Vec::new(), limit };
    let Err(end) = device.run(&mut wire);
    assert!(limit < usize::MAX || matches!(end, PortError::Closed), "the port has failed");
    let mut receiver = frame::Receiver::<FRAME>::new();
    let answers =
        wire.answers.iter().filter_map(|&byte| receiver.push(byte).map(|f| f.unwrap().to_vec()));
    (answers.collect(), device.into_flash())
}

/// The frames of requests, numbered from 0.
pub fn framed(requests: &[Request<'_>]) -> Vec<u8> {
    let (mut bytes, mut next) = (Vec::new(), first_sequence(0));
    for &message in requests {
        let mut buffer = [0; 2 * FRAME];
        let packet = Packet { sequence: next, message };
        bytes.extend_from_slice(frame::encode(&packet, &mut buffer).unwrap());
        next += u64::from(message != Request::Describe);
    }
    bytes
}

/// Sends requests, numbered from 0, of which the last alone may be refused. Hands the answers to a
/// function.
pub fn ask_in<F: NorFlash>(
    flash: F,
    room: Room,
    requests: &[Request<'_>],
    mut check: impl FnMut(usize, Response<'_>),
) -> F {
    let (answers, flash) = send(flash, room, framed(requests));
    assert_eq!(answers.len(), requests.len());
    for (index, answer) in answers.iter().enumerate() {
        check(index, frame::decode::<Response<'_>>(answer).unwrap().message);
    }
    flash
}

pub fn ask<F: NorFlash>(
    flash: F,
    requests: &[Request<'_>],
    check: impl FnMut(usize, Response<'_>),
) -> F {
    ask_in(flash, ROOM, requests, check)
}

pub fn blank() -> Memory {
    Memory::new(AREAS.store.end as usize)
}

pub fn describe<F: NorFlash>(flash: F) -> (Description, F) {
    let mut found = None;
    let flash = ask(flash, &[Request::Describe], |_, response| match response {
        Response::Description(description) => found = Some(description),
        other => panic!("{other:?}"),
    });
    (found.unwrap(), flash)
}

/// A small model with preprocessing.
pub struct Model {
    pub layers: [LayerSpec; 4],
    pub constants: Vec<f32>,
    pub parameters: Vec<f32>,
    pub loss: (&'static str, &'static [f32]),
}

impl Model {
    pub fn new(hidden: u32, seed: u32) -> Self {
        let layers = [
            LayerSpec::Frozen(FrozenSpec { layers: 1 }),
            LayerSpec::BatchNorm(BatchNormSpec { channels: 4, epsilon: 1e-5 }),
            LayerSpec::Dense(DenseSpec { inputs: 4, outputs: hidden }),
            LayerSpec::Dense(DenseSpec { inputs: hidden, outputs: 3 }),
        ];
        let mut random = Random::new(seed);
        let mut numbers = |count| (0..count).map(|_| 0.1 + random.uniform()).collect();
        let spec = NetworkSpec { input: Dims::vector(4), layers: &layers };
        let (constants, parameters) = (numbers(spec.constants()), numbers(spec.parameters()));
        Model { layers, constants, parameters, loss: ("focal", &[1.5]) }
    }

    pub fn spec(&self) -> NetworkSpec<'_> {
        NetworkSpec { input: Dims::vector(4), layers: &self.layers }
    }

    pub fn fingerprint(&self) -> u32 {
        self.spec().fingerprint(&self.constants)
    }

    pub fn network(&self) -> Vec<u8> {
        let purpose = Purpose {
            loss: self.loss.0,
            loss_settings: self.loss.1,
            learning_rate: Some(0.05),
            replays: Some(3),
            texts: &[("classes", "[\"a\",\"b\",\"c\"]")],
            ..Purpose::default()
        };
        network(self.spec(), &purpose)
    }

    pub fn image(&self) -> Vec<u8> {
        image(&self.network(), [&self.constants, &self.parameters, &[]])
    }
}

/// The network part of a model.
pub fn network(spec: NetworkSpec<'_>, purpose: &Purpose<'_>) -> Vec<u8> {
    let mut network = Vec::new();
    let layers = |visit: &mut dyn FnMut(LayerSpec)| spec.layers.iter().copied().for_each(visit);
    let visit = &mut |run: &[u8]| network.extend_from_slice(run);
    write_network(spec.input, &layers, purpose, visit).unwrap();
    network
}

/// A model: its network part, its constants, its parameters, and what was learned beside them.
pub fn image(network: &[u8], numbers: [&[f32]; 3]) -> Vec<u8> {
    let [constants, parameters, state] = numbers.map(|numbers| numbers.len() as u32);
    let header = ModelHeader { network: network.len() as u32, constants, parameters, state };
    let mut image = [&header.encode()[..], network].concat();
    image.extend(numbers.concat().iter().flat_map(|number| number.to_le_bytes()));
    image
}

/// The requests that install a model.
pub fn installing(image: &[u8]) -> Vec<Request<'_>> {
    let mut requests: Vec<_> = (0..)
        .zip(image.chunks(4 * MODEL_BLOCK))
        .map(|(index, bytes)| Request::WriteModel { at: index * 4 * MODEL_BLOCK as u32, bytes })
        .collect();
    let (length, checksum) = (image.len() as u32, Checksum::of(image));
    requests.push(Request::InstallModel { length, checksum });
    requests
}

/// Installs a model.
pub fn install<F: NorFlash>(flash: F, model: &Model) -> F {
    ask(flash, &installing(&model.image()), |_, response| assert_eq!(response, Response::Done))
}
