//! A tuner that has started: what it needs beside its memory.

use embedded_storage::nor_flash::NorFlash;
use trimpot::layer::initialization::GlorotUniform;
use trimpot::layer::{ClippedSgdInPlace, Layer};
use trimpot::loss::{Class, Loss};
use trimpot::metric::argmax;
use trimpot::network::Planned;
use trimpot::random::{Noise, Random};
use trimpot::shape::Vector;
use trimpot_link::{Checksum, Origin};

use crate::Settings;
use crate::log::event;
use crate::memory::Memory;
use crate::replay;
use crate::store::{Baseline, Store};

/// Layers, loss, store, settings and what changes with every request.
#[derive(Debug)]
pub struct Running<L, C, F, const STEP: usize> {
    pub layers: L,
    pub loss: C,
    pub store: Store<F>,
    pub settings: Settings,
    pub random: Random,
    /// Where the parameters came from at boot.
    pub origin: Origin,
    /// The generation of the parameters in memory when they were last read or stored; 0 for initial
    /// ones.
    pub generation: u32,
    /// The number of the next request.
    pub next: u64,
}

impl<L, C, F, const STEP: usize> Running<L, C, F, STEP> {
    /// Returns the network's outputs for a sample.
    pub fn outputs<const I: usize, const O: usize>(
        &self,
        parameters: &[f32],
        sample: &[f32; I],
    ) -> [f32; O]
    where
        L: Layer<Vector<I>, Output = Vector<O>>,
    {
        let planned = Planned::<Vector<I>, L>::new(&self.layers);
        let mut arena = [0.0; STEP];
        let outputs = planned.predict(parameters, sample, &mut arena);
        // There is memory for a step, which is no less.
        outputs.ok().copied().unwrap_or([f32::NAN; O])
    }

    /// One step of gradient descent on a sample, in place. Returns the loss before it.
    pub fn step<const I: usize, const O: usize>(
        &mut self,
        parameters: &mut [f32],
        sample: &[f32; I],
        label: u32,
    ) -> f32
    where
        L: Layer<Vector<I>, Output = Vector<O>>,
        C: Loss<Vector<O>, Target = Class>,
    {
        let Settings { learning_rate, clip_norm, .. } = self.settings;
        let noise = Noise::<f32>::new(self.random.next_u32());
        let sink = ClippedSgdInPlace::new(parameters, learning_rate, clip_norm);
        let planned = Planned::<Vector<I>, L>::new(&self.layers);
        let rest = |outputs: &_, gradient: &mut _| self.loss.gradient(outputs, &label, gradient);
        let loss = planned.backpropagate(sink, noise, sample, &mut [0.0; STEP], rest);
        loss.unwrap_or(f32::NAN)
    }

    /// Reads the stored parameters, or the next best that can be read; else makes initial ones. At
    /// boot those of a commit come with the samples that are stored with them.
    pub fn restore<
        const I: usize,
        const O: usize,
        const P: usize,
        const PINNED: usize,
        const RECENT: usize,
    >(
        &mut self,
        memory: &mut Memory<I, O, P, PINNED, RECENT>,
        with_samples: bool,
    ) -> Origin
    where
        L: Layer<Vector<I>, Output = Vector<O>>,
        F: NorFlash,
    {
        while let Some((stored, origin)) = self.store.newest() {
            let with_samples = with_samples && origin == Origin::Commit;
            match self.store.load(stored, &mut memory.commit_image(with_samples)) {
                Ok(()) => {
                    self.generation = stored.generation();
                    return origin;
                }
                Err(error) => event!("stored parameters are lost: {}", error),
            }
            if with_samples {
                memory.learned.clear();
            }
        }
        let mut random = Random::new(self.settings.seed);
        self.layers.initialize(&GlorotUniform, &mut memory.parameters, &mut random);
        self.generation = 0;
        Origin::Blank
    }

    /// Reads all that is stored, at boot: the factory's samples, and the parameters with the
    /// samples that were learned.
    pub fn boot<
        const I: usize,
        const O: usize,
        const P: usize,
        const PINNED: usize,
        const RECENT: usize,
    >(
        &mut self,
        memory: &mut Memory<I, O, P, PINNED, RECENT>,
    ) where
        L: Layer<Vector<I>, Output = Vector<O>>,
        F: NorFlash,
    {
        while let Some(factory) = self.store.factory() {
            if self.store.load(factory, &mut memory.factory_image()).is_ok() {
                break;
            }
            memory.factory.clear();
        }
        self.origin = self.restore(memory, self.settings.stores_learned);
    }
}

/// How parameters do on the samples that they are judged by.
///
/// The loss of a sample is cut off at what it would be if the network knew nothing, if all outputs
/// were 0: so no sample can outweigh the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The mean loss; infinite, if an output is not finite.
    pub loss: f32,
    /// The mean loss of a network that knows nothing.
    pub ignorant: f32,
    pub samples: u32,
    /// A CRC-32 of the samples, the range that they are shares of, and what a network that knows
    /// nothing loses.
    pub judges: u32,
}

impl Verdict {
    /// Returns what later parameters are measured against once these are stored, where `least` is
    /// the least loss so far.
    pub const fn baseline(self, least: f32) -> Baseline {
        Baseline { loss: self.loss.min(least), judges: self.judges }
    }
}

/// Returns the class with the largest output, the first of equals; none if an output is not finite.
pub fn decide(outputs: &[f32]) -> Option<u32> {
    outputs.iter().all(|output| output.is_finite()).then(|| argmax(outputs) as u32)
}

impl<L, C, F, const STEP: usize> Running<L, C, F, STEP> {
    /// Judges the parameters in memory by the held-out samples; by the replayed ones, if there are
    /// none. None if there are no samples at all.
    // A sample and its outputs are on the stack only here.
    #[inline(never)]
    pub fn judge<
        const I: usize,
        const O: usize,
        const P: usize,
        const PINNED: usize,
        const RECENT: usize,
    >(
        &self,
        memory: &Memory<I, O, P, PINNED, RECENT>,
    ) -> Option<Verdict>
    where
        L: Layer<Vector<I>, Output = Vector<O>>,
        C: Loss<Vector<O>, Target = Class>,
    {
        let Memory { parameters, factory, learned, .. } = memory;
        let mut sum = Verdict { loss: 0.0, ignorant: 0.0, samples: 0, judges: 0 };
        let mut judges = Checksum::new();
        for limit in factory.range.limits().into_iter().flatten() {
            judges.update(&limit.to_le_bytes());
        }
        let mut judge = |sample: &[f32; I], label| {
            let outputs = self.outputs::<I, O>(parameters, sample);
            let loss = self.loss.value::<f32>(&outputs, &label);
            let ignorant = self.loss.value::<f32>(&[0.0; O], &label);
            for feature in sample {
                judges.update(&feature.to_le_bytes());
            }
            judges.update(&label.to_le_bytes());
            judges.update(&ignorant.to_le_bytes());
            // NaN is not less, and no output that is not finite counts as little.
            let known = decide(&outputs).is_some() && !loss.is_nan();
            let limited = if loss < ignorant { loss } else { ignorant };
            sum.loss += if known { limited } else { f32::INFINITY };
            sum.ignorant += ignorant;
            sum.samples = sum.samples.saturating_add(1);
        };
        for (bytes, label) in factory.held_out.iter() {
            judge(&factory.range.decode(bytes), label);
        }
        if factory.held_out.len() == 0 {
            for (bytes, label) in factory.pinned.iter() {
                judge(&factory.range.decode(bytes), label);
            }
            for (sample, label) in learned.iter() {
                judge(sample, label);
            }
        }
        let Verdict { loss, ignorant, samples, .. } = sum;
        let (count, judges) = (samples as f32, judges.value());
        let mean = |sum| sum / count;
        (samples > 0).then(|| Verdict {
            loss: mean(loss),
            ignorant: mean(ignorant),
            samples,
            judges,
        })
    }

    /// Returns the mean loss that is tolerated of parameters in place of those with the least.
    pub fn tolerated(&self, least: f32, verdict: Verdict) -> f32 {
        least + self.settings.tolerance * verdict.ignorant
    }

    /// Draws a random sample to be replayed, and returns its class.
    pub fn draw<
        const I: usize,
        const O: usize,
        const P: usize,
        const PINNED: usize,
        const RECENT: usize,
    >(
        &mut self,
        memory: &Memory<I, O, P, PINNED, RECENT>,
        sample: &mut [f32; I],
    ) -> Option<u32> {
        let Memory { factory, learned, .. } = memory;
        replay::draw(&factory.pinned, learned, &factory.range, &mut self.random, sample)
    }
}
