//! Where numbers are that originals with channels last have elsewhere.

use trimpot::spec::Dims;

use super::{Builder, ImportError, Tensor};

/// The numbers of a vector that was an image, or a sequence, of so many positions and channels: in
/// the original the channels of a position are side by side, and here the positions of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turned {
    positions: usize,
    channels: usize,
}

impl Turned {
    /// Returns how numbers of this shape have changed places; none, if they have not. The last size
    /// is that of the channels.
    pub(super) fn of(sizes: &[u32]) -> Option<Self> {
        let (channels, positions) = sizes.split_last()?;
        let positions: usize = positions.iter().map(|&size| size as usize).product();
        let channels = *channels as usize;
        (positions > 1 && channels > 1).then_some(Turned { positions, channels })
    }

    /// Returns a tensor whose first dimension is that of the vector, with its numbers in the places
    /// that they have here.
    pub(super) fn apply(self, tensor: Tensor) -> Result<Tensor, ImportError> {
        let shape = tensor.shape().to_vec();
        let Turned { positions, channels } = self;
        let behind = shape.get(1..).unwrap_or_default();
        let split: Vec<usize> = [positions, channels].iter().chain(behind).copied().collect();
        let axes: Vec<usize> = [1, 0].into_iter().chain(2..split.len()).collect();
        tensor.reshaped(split)?.transposed(&axes)?.reshaped(shape)
    }
}

/// Returns the shape, channels first, of what has these sizes with channels last.
pub(super) fn channels_first(sizes: &[u32]) -> Option<Dims> {
    let mut sizes = sizes.to_vec();
    if !sizes.is_empty() {
        sizes.rotate_right(1);
    }
    Dims::of_sizes(&sizes)
}

/// Returns the sizes of a shape with channels last.
pub(super) fn channels_last(dims: Dims) -> Vec<u32> {
    let mut sizes = dims.sizes().to_vec();
    sizes.rotate_left(1);
    sizes
}

/// Says that samples, or outputs, of this shape have their channels last in the original.
pub(super) fn say_channels_last(builder: &mut Builder, what: &str, dims: Dims, original: &str) {
    builder.set_channels_last();
    let sizes = written(&channels_last(dims));
    builder.note(format!(
        "{what} are {dims}, channels first, and not {sizes}, channels last, as in {original}"
    ));
}

/// Returns sizes as text: `28x28x1`.
pub(super) fn written(sizes: &[u32]) -> String {
    sizes.iter().map(u32::to_string).collect::<Vec<_>>().join("x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_dense_layer_go_where_their_numbers_are() {
        let turned = Turned::of(&[3, 1, 2]).unwrap();
        let rows = (0..12_u8).map(f32::from).collect();
        let tensor = turned.apply(Tensor::new("w", vec![6, 2], rows).unwrap()).unwrap();
        assert_eq!(tensor.shape(), [6, 2]);
        assert_eq!(tensor.numbers(), [0., 1., 4., 5., 8., 9., 2., 3., 6., 7., 10., 11.]);
        assert_eq!(
            (Turned::of(&[3, 1]), Turned::of(&[1, 4]), Turned::of(&[4])),
            (None, None, None)
        );
        assert_eq!(channels_first(&[28, 27, 3]), Some(Dims::image(3, 28, 27)));
        assert_eq!(channels_last(Dims::image(3, 28, 27)), [28, 27, 3]);
    }
}
