//! Going through a list of layers of which some are inside of others.

use super::{Dims, LayerSpec, SpecError};

/// How deep layers may be inside of each other.
pub const DEPTH: usize = 8;

/// Where a walk is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A layer. If it has others inside, these come next.
    Layer(LayerSpec),
    /// The end of what is inside of a layer, and what [`LayerCursor::next`] was told when the layer
    /// came; where a residual layer with a shortcut ends, when that ended.
    Leave(LayerSpec, Dims),
    /// The end of the list.
    End,
}

/// A layer's number, behind those of the layers that it is inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    numbers: [u32; DEPTH + 1],
    length: usize,
}

impl Path {
    /// Returns the numbers, from the outside.
    pub fn numbers(&self) -> &[u32] {
        self.numbers.get(..self.length).unwrap_or(&self.numbers)
    }
}

/// A layer that others are inside of.
#[derive(Clone, Copy, Debug)]
struct Level {
    layer: LayerSpec,
    dims: Dims,
    /// Specs that are left inside.
    left: usize,
    /// Layers that came.
    number: u32,
}

/// A way through a list, from the first layer to the last.
#[derive(Clone, Copy, Debug)]
pub struct LayerCursor<'a> {
    rest: &'a [LayerSpec],
    /// Layers that came, outside of all others.
    number: u32,
    levels: [Option<Level>; DEPTH],
    depth: usize,
}

impl<'a> LayerCursor<'a> {
    /// Creates a walk that begins at the first layer.
    pub const fn new(layers: &'a [LayerSpec]) -> Self {
        LayerCursor { rest: layers, number: 0, levels: [None; DEPTH], depth: 0 }
    }

    /// Returns the next step. Where it is a layer with others inside, `dims` is given back when
    /// these end: behind a shortcut they are those of its input again, and where its residual layer
    /// ends those of its output.
    ///
    /// # Errors
    /// If a layer has more inside than follow it, layers are nested too deeply, or a shortcut is
    /// not the first layer inside of a residual one.
    pub const fn next(&mut self, dims: Dims) -> Result<Step, SpecError> {
        if let Some(level) = self.level()
            && level.left == 0
        {
            let (layer, before) = (level.layer, level.dims);
            self.depth = self.depth.saturating_sub(1);
            if let LayerSpec::Shortcut(_) = layer
                && let Some(residual) = self.level()
            {
                residual.dims = dims;
            }
            return Ok(Step::Leave(layer, before));
        }
        let [layer, rest @ ..] = self.rest else { return Ok(Step::End) };
        self.rest = rest;
        let inside = layer.inside();
        let available = match self.level() {
            Some(level) => {
                level.left = level.left.saturating_sub(1);
                level.number = level.number.saturating_add(1);
                level.left
            }
            None => {
                self.number = self.number.saturating_add(1);
                rest.len()
            }
        };
        if let LayerSpec::Shortcut(_) = layer
            && !matches!(self.level(), Some(Level { layer: LayerSpec::Residual(_), number: 1, .. }))
        {
            return Err(SpecError::Shortcut);
        }
        if inside > available {
            return Err(SpecError::Inside { layer: layer.name(), layers: inside });
        }
        if layer.has_inside() {
            if let Some(level) = self.level() {
                level.left = level.left.saturating_sub(inside);
            }
            let Some((_, [place, ..])) = self.levels.split_at_mut_checked(self.depth) else {
                return Err(SpecError::TooDeep { limit: DEPTH });
            };
            *place = Some(Level { layer: *layer, dims, left: inside, number: 0 });
            self.depth = self.depth.saturating_add(1);
        }
        Ok(Step::Layer(*layer))
    }

    /// Returns the layers inside of the one that came last.
    pub const fn inside(&self) -> &'a [LayerSpec] {
        let count = match self.open() {
            [.., Some(level)] if level.number == 0 => level.left,
            _ => 0,
        };
        match self.rest.split_at_checked(count) {
            Some((inside, _)) => inside,
            None => &[],
        }
    }

    /// Returns whether the layer that came last is inside of a frozen one.
    pub const fn is_frozen(&self) -> bool {
        let mut rest = self.open();
        while let [level, others @ ..] = rest {
            if let Some(Level { layer: LayerSpec::Frozen(_), .. }) = level {
                return true;
            }
            rest = others;
        }
        false
    }

    /// Returns the path of the layer that came last, which has none inside.
    pub fn path(&self) -> Path {
        let mut path = Path { numbers: [0; DEPTH + 1], length: self.depth + 1 };
        let inside = self.open().iter().flatten().map(|level| level.number);
        let counts = core::iter::once(self.number).chain(inside);
        for (number, count) in path.numbers.iter_mut().zip(counts) {
            *number = count.saturating_sub(1);
        }
        path
    }

    const fn open(&self) -> &[Option<Level>] {
        match self.levels.split_at_checked(self.depth) {
            Some((open, _)) => open,
            None => &self.levels,
        }
    }

    const fn level(&mut self) -> Option<&mut Level> {
        match self.levels.split_at_mut_checked(self.depth) {
            Some(([.., Some(level)], _)) => Some(level),
            _ => None,
        }
    }
}
