//! The tensors of a layer.

/// A tensor of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name, which is PyTorch's: `weight`, `running_mean`.
    pub name: &'static str,
    /// Whether it is one of the parameters, which training changes; else it is one of the
    /// constants.
    pub is_trained: bool,
    sizes: [u32; 4],
    rank: usize,
}

impl TensorSpec {
    /// Returns the size of each dimension.
    pub const fn sizes(&self) -> &[u32] {
        match self.sizes.split_at_checked(self.rank) {
            Some((sizes, _)) => sizes,
            None => &self.sizes,
        }
    }

    /// Returns how many numbers it has.
    pub const fn count(&self) -> usize {
        let mut count = 1_usize;
        let mut rest = self.sizes();
        while let [size, others @ ..] = rest {
            count = count.saturating_mul(*size as usize);
            rest = others;
        }
        count
    }
}

/// The tensors of a layer: those that are trained, in the order of the parameters, then the
/// constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensors {
    list: [Option<TensorSpec>; Self::MOST],
    count: usize,
}

impl Tensors {
    /// Batch normalisation has most.
    const MOST: usize = 4;

    /// Creates an empty list.
    pub(crate) const fn new() -> Self {
        Tensors { list: [None; Self::MOST], count: 0 }
    }

    /// Creates the list of a weight of these sizes and a bias of so many numbers.
    pub(crate) const fn affine(weight: &[u32], bias: u32) -> Self {
        Tensors::new().with("weight", weight, true).with("bias", &[bias], true)
    }

    /// Adds a tensor. There is space for [`MOST`](Self::MOST).
    pub(crate) const fn with(
        mut self,
        name: &'static str,
        sizes: &[u32],
        is_trained: bool,
    ) -> Self {
        let mut tensor = TensorSpec { name, is_trained, sizes: [0; 4], rank: sizes.len() };
        let (mut places, mut rest) = (tensor.sizes.as_mut_slice(), sizes);
        while let ([place, others @ ..], [size, behind @ ..]) = (places, rest) {
            *place = *size;
            (places, rest) = (others, behind);
        }
        if let Some((_, [place, ..])) = self.list.split_at_mut_checked(self.count) {
            *place = Some(tensor);
        }
        self.count = self.count.saturating_add(1);
        self
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = &TensorSpec> {
        self.list.iter().flatten()
    }

    /// Returns how many numbers the bias has, the last of those that are trained; 0 if there is
    /// none.
    pub(crate) const fn biases(&self) -> usize {
        let mut rest = self.list.as_slice();
        while let [tensor, others @ ..] = rest {
            if let Some(tensor) = tensor
                && tensor.is_trained
                && matches!(tensor.name.as_bytes(), b"bias")
            {
                return tensor.count();
            }
            rest = others;
        }
        0
    }

    /// Returns how many numbers the trained tensors have, or the others.
    pub const fn numbers(&self, trained: bool) -> usize {
        let mut numbers = 0_usize;
        let mut rest = self.list.as_slice();
        while let [tensor, others @ ..] = rest {
            if let Some(tensor) = tensor
                && tensor.is_trained == trained
            {
                numbers = numbers.saturating_add(tensor.count());
            }
            rest = others;
        }
        numbers
    }
}
