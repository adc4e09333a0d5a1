//! The steps of a pass.

use crate::layer::kernel::{MemoryNeeds, OutputMemory, Stored};
use crate::spec::{Dims, LayerSpec, NetworkSpec};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    /// Applies a layer.
    Layer(LayerSpec),
    /// Holds on to the input of a residual connection.
    Branch,
    /// Holds on to the output of the shortcut instead, and goes on with that input.
    Turn,
    /// Adds what is held on to to the output of the layers inside.
    Join,
}

/// Where some values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// They are the network's input.
    Input,
    /// In the arena, from here on.
    Low(usize),
    /// In the arena, from so many values before its end on.
    High(usize),
}

impl Location {
    /// Returns whether two places are equal, where `==` cannot be had: at compile time.
    pub const fn is(self, other: Location) -> bool {
        match (self, other) {
            (Location::Input, Location::Input) => true,
            (Location::Low(a), Location::Low(b)) | (Location::High(a), Location::High(b)) => a == b,
            _ => false,
        }
    }
}

/// Where a step has what it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Buffers {
    /// Its input.
    pub input: Location,
    /// Its output.
    pub output: Location,
    /// Of a [`Operation::Join`]: the input of the residual connection, or the output of its
    /// shortcut.
    pub branch: Location,
    /// Where what is stored in passing begins: forward, and backward.
    pub passing: [usize; 2],
}

impl Buffers {
    const EMPTY: Self = Buffers {
        input: Location::Input,
        output: Location::Input,
        branch: Location::Input,
        passing: [0; 2],
    };
}

/// What a step does backward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derivative {
    /// Nothing: nothing in front of it is trained.
    Unwanted,
    /// Nobody wants the gradient of its input.
    Parameters,
    /// All of it.
    Whole,
}

/// Where gradients are when a step goes backward: how far before the end of the arena they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gradients {
    /// Where the step finds that of its output.
    pub found: usize,
    /// Where it moves that to, if it is another place, further up.
    pub output: usize,
    /// Where that of its input is in the end.
    pub input: usize,
}

/// Which values of a training step are computed again, on the way back, instead of kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The number of the segment, of which the values are there at a time; 0 in front of what is
    /// trained.
    pub segment: u32,
    /// Of the last step of a segment that is computed again.
    pub end: Option<SegmentEnd>,
}

/// The end of a segment that is computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEnd {
    /// Where in the arena its output is kept: behind the input of the segment.
    pub kept: usize,
    /// How much of the arena the segment takes forward, with what is kept.
    pub forward: usize,
    /// How far before the end of the arena the gradient of its output is found. It is moved to the
    /// end before the segment is computed again.
    pub found: usize,
}

/// A step of a pass: what it does, and where its numbers and values are. Opaque; made by
/// [`Plan::new`](super::Plan::new).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedStep {
    pub(crate) operation: Operation,
    pub(crate) input: Dims,
    pub(crate) output: Dims,
    /// Where the layer's parameters begin: among those of the network, or, of a frozen layer, among
    /// its constants.
    pub(crate) parameters: usize,
    /// Where the layer's constants begin.
    pub(crate) constants: usize,
    /// How many there are of each.
    pub(crate) counts: [usize; 2],
    /// How many of the parameters, the last ones, a training step trains.
    pub(crate) trained: usize,
    /// Whether the layer is inside of a frozen one.
    pub(crate) frozen: bool,
    /// Whether it is a frozen normalisation of the network's outputs, through which the gradient
    /// goes.
    pub(crate) scales_outputs: bool,
    /// Whether it belongs to the front: see [`Plan::latents`](super::Plan::latents).
    pub(crate) front: bool,
    /// The innermost residual connection that the step is inside of: 1 more than the number of its
    /// step; 0 if there is none.
    pub(crate) branch: usize,
    /// How many layers came before it, inside of the same residual connection.
    pub(crate) number: u32,
    /// What memory it needs.
    pub(crate) needs: MemoryNeeds,
    /// Where in the arena the mask is that a training step stores instead of the input or output,
    /// if it does.
    pub(crate) mask: Option<usize>,
    pub(crate) inference: Buffers,
    pub(crate) training: Buffers,
    pub(crate) derivative: Derivative,
    pub(crate) gradients: Gradients,
    pub(crate) checkpoint: Checkpoint,
}

impl PlannedStep {
    /// A step that does nothing, to be overwritten.
    pub const EMPTY: Self = PlannedStep {
        operation: Operation::Branch,
        input: Dims::vector(0),
        output: Dims::vector(0),
        parameters: 0,
        constants: 0,
        counts: [0; 2],
        trained: 0,
        frozen: false,
        scales_outputs: false,
        front: false,
        branch: 0,
        number: 0,
        needs: MemoryNeeds::new(OutputMemory::SameAsInput, Stored::Nothing),
        mask: None,
        inference: Buffers::EMPTY,
        training: Buffers::EMPTY,
        derivative: Derivative::Unwanted,
        gradients: Gradients { found: 0, output: 0, input: 0 },
        checkpoint: Checkpoint { segment: 0, end: None },
    };

    /// Returns whether a segment may end after it: it is not inside of a residual connection.
    pub(crate) const fn is_outermost(&self) -> bool {
        self.branch == 0 && !matches!(self.operation, Operation::Branch)
    }

    /// Returns whether training adds noise of its own to each sample, which inference does not.
    pub(crate) const fn is_random(&self) -> bool {
        matches!(self.operation, Operation::Layer(LayerSpec::Dropout(_))) && !self.frozen
    }

    /// Returns what of its values the backward pass needs.
    #[inline(always)]
    pub(crate) const fn stored(&self) -> Stored {
        match self.derivative {
            Derivative::Parameters | Derivative::Whole if !self.frozen => self.needs.stored,
            _ => Stored::Nothing,
        }
    }

    /// Returns whether no gradient goes through it.
    #[inline(always)]
    pub(crate) const fn stops_gradient(&self) -> bool {
        self.frozen && !self.scales_outputs
    }

    /// Returns whether the step has parameters that are not frozen.
    pub(crate) const fn has_parameters(&self) -> bool {
        let [parameters, _] = self.counts;
        parameters > 0 && !self.frozen
    }

    /// Returns whether a training step trains any of its parameters.
    pub(crate) const fn is_trained(&self) -> bool {
        self.trained > 0
    }

    /// Returns whether a training step trains all of its parameters, and not biases alone.
    #[inline(always)]
    pub(crate) const fn trains_weights(&self) -> bool {
        let [parameters, _] = self.counts;
        self.trained == parameters
    }
}

/// Marks the last step, if it gives the outputs their units: nothing is stored for the gradients
/// of its scales and shifts.
pub(super) const fn mark_output_scale(network: NetworkSpec<'_>, steps: &mut [PlannedStep]) {
    if network.output_norm().is_some()
        && let [.., last] = steps
    {
        last.scales_outputs = true;
        if let Operation::Layer(spec) = last.operation {
            last.needs = spec.memory_for_biases(last.input);
        }
    }
}
