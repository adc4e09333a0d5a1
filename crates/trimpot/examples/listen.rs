//! From a microphone to a class: frames, log-mel spectra, and a network that learns from them.
//!
//! A motor hums, and with a worn bearing it rattles as well. The same front end makes the samples
//! that the network learns from, and those that it hears later: on a PC or on the board, with the
//! same bits.

use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot::metric::argmax;
use trimpot::random::Random;
use trimpot::spectrum::{Framer, LogMel, LogMelSpec, Spectrogram, Window};

const RATE: f32 = 16_000.0;
/// A frame of 32 ms.
const FRAME: usize = 512;
/// They begin 16 ms apart.
const HOP: usize = 256;
const BANDS: usize = 20;
/// A sample is 8 frames: 144 ms.
const FRAMES: usize = 8;
const FEATURES: usize = FRAMES * BANDS;

const EPOCHS: u32 = 3;
const LEARNING_RATE: f32 = 0.01;

/// The front end, which the compiler computes: in flash.
static FRONT: LogMel<FRAME, BANDS> =
    match LogMel::new(LogMelSpec::new(RATE, Window::hann(FRAME)).with_range(60.0, 7600.0)) {
        Ok(front) => front,
        Err(_) => panic!("invalid settings"),
    };

type Motor = trimpot::network!(Dense<160, 8>, Relu, Dense<8, 2>; from 160);

/// What hears: 4.7 KB of RAM, the network apart.
struct Ear {
    framer: Framer<FRAME, HOP>,
    spectrogram: Spectrogram<FRAMES, BANDS>,
    buffer: [f32; FRAME],
}

impl Ear {
    const fn new() -> Self {
        Ear { framer: Framer::new(), spectrogram: Spectrogram::new(), buffer: [0.0; FRAME] }
    }

    /// Takes what the driver has recorded, and hands each sample of the network on.
    fn hear(&mut self, mut recorded: &[i16], mut sample: impl FnMut(&[f32; FEATURES])) {
        while let Some(frame) = self.framer.next_frame(&mut recorded) {
            // Logarithms of power are between −14 and 10: about 0, and a few units wide.
            let bands = FRONT.apply(frame, &mut self.buffer).map(|y| 0.25 * y + 0.5);
            self.spectrogram.push(&bands);
            if let Some(features) = self.spectrogram.sample().and_then(|all| all.first_chunk()) {
                sample(features);
            }
        }
    }
}

/// Records half a second of a motor: its hum, some noise, and clicks if the bearing is worn.
fn record(is_worn: bool, random: &mut Random) -> Vec<i16> {
    let (pitch, loudness) = (110.0 + 20.0 * random.uniform(), 2000.0 + 4000.0 * random.uniform());
    let clicks = 700 + random.below(300);
    let sample = |t: usize| {
        let hum = (std::f32::consts::TAU * pitch * t as f32 / RATE).sin();
        let click = if is_worn && t % clicks < 20 { 0.3 * random.normal() } else { 0.0 };
        (loudness * (hum + click + 0.02 * random.normal())) as i16
    };
    (0..8000).map(sample).collect()
}

/// Trains on recordings of either kind, and returns the network.
fn train(random: &mut Random) -> Motor {
    let mut samples = Vec::new();
    for recording in 0..60 {
        let label = recording % 2;
        let recorded = record(label == 1, random);
        Ear::new().hear(&recorded, |features| samples.push((*features, label)));
    }
    let mut motor = Motor::seeded(1);
    for step in 0..EPOCHS * samples.len() as u32 {
        let place = step as usize % samples.len();
        if place == 0 {
            random.shuffle(&mut samples);
        }
        let (features, label) = &samples[place];
        motor.train_step(&CrossEntropy::new(), features, label, LEARNING_RATE, step);
    }
    motor
}

/// Returns what the network hears in a recording, which comes 100 numbers at a time.
fn classes(motor: &Motor, recording: &[i16]) -> Vec<usize> {
    let (mut ear, mut classes) = (Ear::new(), Vec::new());
    for block in recording.chunks(100) {
        ear.hear(block, |features| classes.push(argmax(&motor.predict::<f32>(features))));
    }
    classes
}

fn main() {
    let mut random = Random::new(1);
    let motor = train(&mut random);
    for is_worn in [false, true] {
        let heard = classes(&motor, &record(is_worn, &mut random));
        let worn = heard.iter().filter(|&&class| class == 1).count();
        println!("worn: {is_worn}; heard in {worn} of {} samples", heard.len());
    }
}

#[test]
fn a_worn_bearing_is_heard() {
    let mut random = Random::new(2);
    let motor = train(&mut random);
    let (mut right, mut all) = (0, 0);
    for is_worn in [false, true].repeat(5) {
        let heard = classes(&motor, &record(is_worn, &mut random));
        right += heard.iter().filter(|&&class| class == usize::from(is_worn)).count();
        all += heard.len();
    }
    // (8,000 − 512) / 256 + 1 frames make 23 samples of 8.
    assert_eq!(all, 10 * 23);
    assert!(right >= all * 9 / 10, "{right} of {all}");
}
