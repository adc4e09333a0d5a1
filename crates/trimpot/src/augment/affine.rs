//! Affine maps of images, and their bilinear sampling.

use crate::lanes::{Bits, Lanes, Mask};
use crate::math::sin_pi;
use crate::spec::Dims;

/// An affine map of an image, another one in each lane.
///
/// What is seen is mirrored, then scaled, then turned, all about the centre of the image, and then
/// shifted. With x to the right and y downwards, the centre c = ((width − 1) / 2, (height − 1) / 2)
/// and an angle θ, counter-clockwise as the image is seen, a point p goes to
///
/// `c + shift + factor · R · S · (p − c)`, `R = [cos θ, sin θ; −sin θ, cos θ]`,
/// `S = diag(signs)`
///
/// which is torchvision's `affine(angle=−θ, translate, scale, shear=0)` of a mirrored image (it
/// turns clockwise), and its `rotate(θ)`. A pixel of the result is looked up where it comes from,
/// between four pixels, bilinearly; pixels outside of the image are 0. That is torchvision's
/// `grid_sample` with `padding_mode="zeros"`, Keras' `fill_mode="constant"`, and
/// `scipy.ndimage.affine_transform(order=1, mode="grid-constant")`. (Rejected: SciPy's
/// `mode="constant"`, which is 0 as soon as a point lies less than a pixel outside. Its jump at the
/// rim would make a last bit of the angle decide whether the outer pixels are there.) Channels are
/// sampled alike.
///
/// Nothing moves along a side of one pixel. So a sequence, an image of one row for each channel, is
/// shifted, scaled and mirrored in time.
///
/// Quarter turns of images as high as wide, flips and shifts by whole pixels are exact. Elsewhere
/// where a pixel comes from is off by at most 5 · 10⁻⁷ of the longer side (divided by the factor
/// where that is below 1), and its value by that times the differences of neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Affine<V> {
    /// From the result to the image: rows for x and y.
    inverse: [[V; 2]; 2],
    shift: [V; 2],
}

impl<V: Lanes> Affine<V> {
    /// Creates the maps of these angles in degrees, factors above 0, shifts to the right and
    /// downwards in pixels, and signs: −1 mirrors left to right, and top to bottom; 1 does not.
    pub fn new(degrees: V, factor: V, shift: [V; 2], signs: [V; 2]) -> Self {
        V::vectorize(
            degrees,
            #[inline(always)]
            |degrees| {
                // By half turns, so that quarter turns are exact; the cosine is the sine of the
                // rest.
                let turn = degrees / V::splat(180.0);
                let sine = sin_pi(turn) / factor;
                let cosine = sin_pi(V::splat(0.5) - turn.abs()) / factor;
                let [across, down] = signs;
                let inverse = [[cosine * across, -sine * across], [sine * down, cosine * down]];
                Affine { inverse, shift }
            },
        )
    }

    /// Writes the images that the maps make of the rows that `row` gives for each lane, of this
    /// shape: an image, or a sequence. Numbers that a row lacks are 0.
    ///
    /// Sides are at most 2²² pixels: whole numbers beyond have no halves in `f32`.
    pub fn sample<'a>(&self, dims: Dims, row: impl Fn(usize) -> &'a [f32], output: &mut [V]) {
        V::vectorize(
            output,
            #[inline(always)]
            |output| {
                let [height, width] = sides(dims);
                let area = (height as usize).saturating_mul(width as usize).max(1);
                let [x_axis, y_axis] = [Axis::<V>::new(width), Axis::<V>::new(height)];
                let ([[xx, xy], [yx, yy]], [shift_x, shift_y]) = self.along(width, height);
                let stride = V::Bits::splat(width);
                for y in 0..height {
                    let line = (y as usize).wrapping_mul(width as usize);
                    let dy = V::splat(y as f32) - y_axis.centre - shift_y;
                    let [x_base, y_base] =
                        [xy.mul_add(dy, x_axis.centre), yy.mul_add(dy, y_axis.centre)];
                    for x in 0..width {
                        let pixel = line.wrapping_add(x as usize);
                        let dx = V::splat(x as f32) - x_axis.centre - shift_x;
                        let columns = x_axis.neighbours(xx.mul_add(dx, x_base));
                        let [above, below] = y_axis.neighbours(yx.mul_add(dx, y_base));
                        let [upper, lower] =
                            [on_line(above, columns, stride), on_line(below, columns, stride)];
                        for (channel, plane) in output.chunks_mut(area).enumerate() {
                            let start = channel.wrapping_mul(area);
                            let above = between(columns, &row, start, upper) * above.weight;
                            let below = between(columns, &row, start, lower) * below.weight;
                            if let Some(place) = plane.get_mut(pixel) {
                                *place = above + below;
                            }
                        }
                    }
                }
            },
        )
    }

    /// Returns the inverse map and the shift of an image with these sides: nothing moves along a
    /// side of one pixel.
    #[inline(always)]
    fn along(&self, width: u32, height: u32) -> ([[V; 2]; 2], [V; 2]) {
        let Affine { inverse: [x_row, y_row], shift: [x, y] } = *self;
        let (x_row, x) = if width > 1 { (x_row, x) } else { ([V::ZERO; 2], V::ZERO) };
        let (y_row, y) = if height > 1 { (y_row, y) } else { ([V::ZERO; 2], V::ZERO) };
        ([x_row, y_row], [x, y])
    }
}

/// Returns height and width: a sequence is one row.
fn sides(dims: Dims) -> [u32; 2] {
    match *dims.sizes() {
        [_, height, width] => [height, width],
        [_, width] => [1, width],
        _ => [1, 1],
    }
}

/// Returns where the pixels of two columns are on a line.
#[inline(always)]
fn on_line<V: Lanes>(
    line: Neighbour<V>,
    [left, right]: [Neighbour<V>; 2],
    stride: V::Bits,
) -> [V::Bits; 2] {
    let first = line.index.wrapping_mul(stride);
    [first.wrapping_add(left.index), first.wrapping_add(right.index)]
}

/// Returns what is between two columns, whose numbers are at these indices.
#[inline(always)]
fn between<'a, V: Lanes>(
    [left, right]: [Neighbour<V>; 2],
    row: &impl Fn(usize) -> &'a [f32],
    start: usize,
    [first, second]: [V::Bits; 2],
) -> V {
    let first = gather(row, start, first);
    right.weight.mul_add(gather(row, start, second), left.weight * first)
}

/// Returns the number of each lane's row at its own index behind `start`.
///
/// Indices pass through one array: taken from the register one by one they would be written to
/// memory once for each.
#[inline(always)]
fn gather<'a, V: Lanes>(row: impl Fn(usize) -> &'a [f32], start: usize, at: V::Bits) -> V {
    let at = V::from_bits(at).to_array();
    let mut lanes = V::ZERO.to_array();
    for (lane, (place, at)) in lanes.as_mut().iter_mut().zip(at.as_ref()).enumerate() {
        let at = start.wrapping_add(at.to_bits() as usize);
        *place = row(lane).get(at).copied().unwrap_or(0.0);
    }
    V::from_array(lanes)
}

/// A side of an image.
struct Axis<V> {
    /// Its middle, in pixels.
    centre: V,
    /// Its last pixel.
    last: V,
}

/// A pixel beside a point, and how much it counts: nothing if it is outside of the image, where the
/// index is that of one inside.
#[derive(Clone, Copy)]
struct Neighbour<V: Lanes> {
    index: V::Bits,
    weight: V,
}

/// 2²³: the sum with a whole number below it has that number in its lowest bits.
const WHOLE: f32 = 8_388_608.0;

impl<V: Lanes> Axis<V> {
    #[inline(always)]
    fn new(size: u32) -> Self {
        let last = size.saturating_sub(1) as f32;
        Axis { centre: V::splat(0.5 * last), last: V::splat(last) }
    }

    /// Returns the pixels on either side of a point.
    #[inline(always)]
    fn neighbours(&self, point: V) -> [Neighbour<V>; 2] {
        // A pixel further out there is nothing, wherever; and whole numbers have a place there.
        let point = point.max(-V::ONE).min(self.last + V::ONE);
        // The nearest whole number, and the next one down if that is greater.
        let magic = V::splat(1.5 * WHOLE);
        let nearest = (point + magic) - magic;
        let before = nearest - nearest.gt(point).select(V::ONE, V::ZERO);
        let share = point - before;
        [self.neighbour(before, V::ONE - share), self.neighbour(before + V::ONE, share)]
    }

    #[inline(always)]
    fn neighbour(&self, pixel: V, weight: V) -> Neighbour<V> {
        let is_inside = pixel.ge(V::ZERO) & pixel.le(self.last);
        let pixel = is_inside.select(pixel, V::ZERO);
        let index = (pixel + V::splat(WHOLE)).to_bits() & V::Bits::splat(0x007f_ffff);
        Neighbour { index, weight: is_inside.select(weight, V::ZERO) }
    }
}
