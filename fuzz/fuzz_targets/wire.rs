//! Feeds arbitrary packets to a board whose network is data.
//!
//! The first byte chooses what its model learns. The rest are packets, each as long as its first
//! byte says, behind a right version, number and CRC. The board must not panic, answers each packet
//! once, and has the flash memory that it had if it refused all of them.
#![no_main]

use std::collections::VecDeque;

use embedded_io::{ErrorType, Read, Write};
use libfuzzer_sys::fuzz_target;
use serde::ser::Serialize;
use trimpot::layer::{DenseSpec, FrozenSpec, Relu};
use trimpot::plan::PlannedStep;
use trimpot::spec::{Dims, LayerSpec};
use trimpot_link::port::PortError;
use trimpot_link::{
    Checksum, MODEL_BLOCK, Packet, Request, Response, first_sequence, frame, frame::Receiver,
};
use trimpot_testkit::flash::Flash;
use trimpot_testkit::packet::AsIs;
use trimpot_tuner::model_image::{ModelHeader, Purpose, write_network};
use trimpot_tuner::{
    Device, FlashAreas, LatentFormat, Reference, Rule, Server, TaskSpec, Workspace,
};

type Nor = Flash<1, 4, 256>;
const FRAME: usize = 512;
const AREAS: FlashAreas = FlashAreas { models: 0..4096, store: 4096..65536 };
/// A frozen ReLU, whose outputs are latents.
const LAYERS: [LayerSpec; 3] = [
    LayerSpec::Frozen(FrozenSpec { layers: 1 }),
    LayerSpec::Relu(Relu),
    LayerSpec::Dense(DenseSpec { inputs: 3, outputs: 3 }),
];
const PARAMETERS: usize = 12;

/// A host that sends one packet after the other, each with the number that is the next.
struct Wire<'a> {
    packets: std::vec::IntoIter<Frame<'a>>,
    /// Bytes of a frame that are left.
    bytes: VecDeque<u8>,
    receiver: Receiver<FRAME>,
    /// Of each answer, whether it is a refusal.
    refused: Vec<bool>,
}

/// Returns a frame with this number.
type Frame<'a> = Box<dyn Fn(u64) -> Vec<u8> + 'a>;

/// A message, to be sent when its number is known.
fn frame<'a>(message: impl Serialize + Copy + 'a) -> Frame<'a> {
    Box::new(move |sequence| {
        let mut buffer = [0; FRAME];
        let packet = Packet { sequence, message };
        frame::encode(&packet, &mut buffer).expect("a short message").to_vec()
    })
}

impl ErrorType for Wire<'_> {
    type Error = std::io::Error;
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, std::io::Error> {
        if self.bytes.is_empty() {
            // Refused requests do not take their numbers.
            let done = self.refused.iter().filter(|refused| !**refused).count() as u64;
            let next = self.packets.next().map(|frame| frame(first_sequence(0) + done));
            self.bytes.extend(next.unwrap_or_default());
        }
        std::io::Read::read(&mut self.bytes, buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, std::io::Error> {
        for &byte in buffer {
            let Some(frame) = self.receiver.push(byte) else { continue };
            let frame = frame.expect("a whole frame");
            let answer = frame::decode::<Response<'_>>(frame).expect("an answer").message;
            self.refused.push(matches!(answer, Response::Refused(_) | Response::Unreadable(_)));
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

/// Boots a board, and sends it packets until there are none. Returns whether each answer is a
/// refusal.
fn send(flash: Nor, packets: Vec<Frame<'_>>) -> (Vec<bool>, Nor) {
    let mut layers = [[LayerSpec::Relu(Relu); LAYERS.len()]; 2];
    let mut steps = [[PlannedStep::EMPTY; LAYERS.len()]; 2];
    let (mut values, mut rest) = ([f32::NAN; 500], [0xa5; 2000]);
    let workspace = Workspace {
        layers: layers.each_mut().map(<[_; 3]>::as_mut_slice),
        steps: steps.each_mut().map(<[_; 3]>::as_mut_slice),
        values: &mut values,
        bytes: &mut rest,
    };
    let mut server = Server::<FRAME>::new();
    let mut device = Device::new(flash, AREAS, workspace, &mut server).expect("areas of pages");
    let mut wire = Wire {
        packets: packets.into_iter(),
        bytes: VecDeque::new(),
        receiver: Receiver::new(),
        refused: Vec::new(),
    };
    let Err(PortError::Closed) = device.run(&mut wire) else { panic!("the port has failed") };
    (wire.refused, device.into_flash())
}

/// A board with a model of this task.
fn board(task: TaskSpec) -> Nor {
    let purpose = Purpose { task, latents: Some(LatentFormat::I8), ..Purpose::default() };
    let mut network = Vec::new();
    let layers = |visit: &mut dyn FnMut(LayerSpec)| LAYERS.into_iter().for_each(visit);
    write_network(Dims::vector(3), &layers, &purpose, &mut |run| network.extend_from_slice(run))
        .expect("a short network");
    let parameters = PARAMETERS as u32;
    let header = ModelHeader { network: network.len() as u32, constants: 0, parameters, state: 0 };
    let numbers = [0.25_f32; PARAMETERS].map(f32::to_le_bytes);
    let image = [&header.encode()[..], &network, numbers.as_flattened()].concat();
    let mut packets = Vec::new();
    for (index, bytes) in image.chunks(MODEL_BLOCK).enumerate() {
        let at = (index * MODEL_BLOCK) as u32;
        packets.push(frame(Request::WriteModel { at, bytes }));
    }
    let (length, checksum) = (image.len() as u32, Checksum::of(&image));
    packets.push(frame(Request::InstallModel { length, checksum }));
    let (refused, flash) = send(Nor::new(AREAS.store.end as usize), packets);
    assert!(refused.iter().all(|refused| !refused), "a model is installed");
    flash
}

fuzz_target!(|bytes: &[u8]| {
    let Some((task, mut rest)) = bytes.split_first() else { return };
    let detector = |reference| TaskSpec::Anomalies { reference, rule: Rule::DEFAULT, window: 3 };
    let before = board(match task % 4 {
        0 => TaskSpec::Classes { first: Some(1) },
        1 => TaskSpec::Values,
        2 => detector(Reference::Sample),
        _ => detector(Reference::Centre),
    });
    let mut packets = Vec::new();
    while let Some((&length, others)) = rest.split_first() {
        let (packet, others) = others.split_at(others.len().min(length.into()));
        packets.push(frame(AsIs(packet)));
        rest = others;
    }
    let count = packets.len();
    let (refused, after) = send(before.clone(), packets);
    assert_eq!(refused.len(), count, "each packet has an answer");
    if refused.iter().all(|refused| *refused) {
        assert_eq!(before.bytes(), after.bytes(), "what was refused has changed nothing");
    }
});
