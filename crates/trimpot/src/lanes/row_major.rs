//! Rows in memory to lanes, and back: samples one after the other become one sample a lane.
//!
//! Four neighbours of each row are moved at once. A register takes those of every fourth row, which
//! costs no shuffle, as they are put there from memory; then the squares of 4 by 4 in four
//! registers are transposed, eight shuffles however wide they are. Where rows are no multiple of
//! four the last neighbours overlap those before, which costs less than a remainder one number at a
//! time. Shorter rows are moved that way. (Rejected: squares of 8, which take three rounds of
//! shuffles, and overlap more in short rows.)

use bytemuck::cast;

use super::{Lanes, f32x4, f32x8, f32x16};
use crate::shape::Shape;

/// Neighbours of a row that are moved at once.
pub const TILE: usize = 4;

/// Lanes that can be read from rows and written to rows.
///
/// Implemented by `f32`, [`f32x4`], [`f32x8`] and [`f32x16`], by the vectors that a
/// [`Kernel`](super::Kernel) gets, and by two of these in step.
pub trait RowMajor: Lanes {
    /// Neighbours of one row a lane, which `neighbours` gives.
    fn read_tile(neighbours: impl Fn(usize) -> [f32; TILE]) -> [Self; TILE];
    /// Hands `write` each lane and its neighbours in a row.
    fn write_tile(tile: &[Self; TILE], write: impl FnMut(usize, [f32; TILE]));

    /// Writes the row that `row` gives for each lane. Of numbers that a row lacks, zeros.
    fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32], lanes: &mut P::Values<Self>);

    /// Returns the first rows, one in each lane. Where there are fewer rows than lanes, the last
    /// one is repeated.
    #[inline(always)]
    fn from_rows<P: Shape>(rows: &[P::Values<f32>]) -> P::Values<Self> {
        let mut lanes = P::zeros::<Self>();
        Self::gather::<P>(
            #[inline(always)]
            |lane| rows.get(lane).or(rows.last()).map_or(&[][..], P::flat::<f32>),
            &mut lanes,
        );
        lanes
    }

    /// Writes one lane to each of the first rows, if there are that many.
    #[inline(always)]
    fn to_rows<P: Shape>(lanes: &P::Values<Self>, rows: &mut [P::Values<f32>]) {
        let columns = P::flat::<Self>(lanes);
        if P::LEN < TILE {
            for (index, column) in columns.iter().enumerate() {
                for (row, &lane) in rows.iter_mut().zip(column.to_array().as_ref()) {
                    if let Some(number) = P::flat_mut::<f32>(row).get_mut(index) {
                        *number = lane;
                    }
                }
            }
            return;
        }
        for from in tiles(P::LEN) {
            let Some(tile) = at(columns, from) else { return };
            Self::write_tile(
                tile,
                #[inline(always)]
                |lane, neighbours| {
                    let row = rows.get_mut(lane).map(P::flat_mut::<f32>);
                    if let Some(place) = row.and_then(|row| at_mut(row, from)) {
                        *place = neighbours;
                    }
                },
            );
        }
    }
}

/// Returns the rows of all lanes, if each has a tile at least and is as long as the shape.
#[inline(always)]
fn shaped<'a, P: Shape, const LANES: usize>(
    row: impl Fn(usize) -> &'a [f32],
) -> Option<[&'a P::Values<f32>; LANES]> {
    if P::LEN < TILE {
        return None;
    }
    let mut rows = [P::shaped::<f32>(row(0))?; LANES];
    for (lane, place) in rows.iter_mut().enumerate() {
        *place = P::shaped::<f32>(row(lane))?;
    }
    Some(rows)
}

/// Returns where the tiles of a row begin that has at least one.
#[inline(always)]
fn tiles(columns: usize) -> impl Iterator<Item = usize> {
    (0..columns).step_by(TILE).map(move |from| from.min(columns - TILE))
}

/// `columns[from ..]`, if there are that many.
#[inline(always)]
fn at<T>(columns: &[T], from: usize) -> Option<&[T; TILE]> {
    columns.get(from..).and_then(<[T]>::first_chunk)
}

/// `columns[from ..]`, to be written.
#[inline(always)]
fn at_mut<T>(columns: &mut [T], from: usize) -> Option<&mut [T; TILE]> {
    columns.get_mut(from..).and_then(<[T]>::first_chunk_mut)
}

/// [`RowMajor::gather`] for several lanes.
#[inline(always)]
pub(super) fn gather<'a, V: RowMajor, P: Shape, const LANES: usize>(
    row: impl Fn(usize) -> &'a [f32],
    lanes: &mut P::Values<V>,
) {
    let columns = P::flat_mut::<V>(lanes);
    // Of a length that the compiler knows, if there is enough of each.
    let Some(rows) = shaped::<P, LANES>(&row) else {
        for (index, column) in columns.iter_mut().enumerate() {
            *column = V::from_fn(
                #[inline(always)]
                |lane| row(lane).get(index).copied().unwrap_or(0.0),
            );
        }
        return;
    };
    for from in tiles(P::LEN) {
        let tile = V::read_tile(
            #[inline(always)]
            |lane| match rows.get(lane).and_then(|row| at(P::flat::<f32>(row), from)) {
                Some(&neighbours) => neighbours,
                None => [0.0; TILE],
            },
        );
        if let Some(columns) = at_mut(columns, from) {
            *columns = tile;
        }
    }
}

impl RowMajor for f32 {
    #[inline(always)]
    fn read_tile(neighbours: impl Fn(usize) -> [f32; TILE]) -> [f32; TILE] {
        neighbours(0)
    }
    #[inline(always)]
    fn write_tile(tile: &[f32; TILE], mut write: impl FnMut(usize, [f32; TILE])) {
        write(0, *tile);
    }
    #[inline(always)]
    fn gather<'a, P: Shape>(row: impl Fn(usize) -> &'a [f32], lanes: &mut P::Values<f32>) {
        let given = row(0).iter().copied().chain(core::iter::repeat(0.0));
        for (number, given) in P::flat_mut::<f32>(lanes).iter_mut().zip(given) {
            *number = given;
        }
    }
}

macro_rules! row_major {
    ($float:ident, $lanes:literal, [$($square:literal)*], $transposed:ident) => {
        impl RowMajor for $float {
            #[inline(always)]
            fn read_tile(neighbours: impl Fn(usize) -> [f32; TILE]) -> [$float; TILE] {
                // Vectors and not arrays, which would be put together in memory; and without a
                // loop or a function, which would keep the rows there.
                macro_rules! register {
                    ($row:literal) => {
                        $float(cast([$(f32x4::from_array(neighbours($square * TILE + $row)).0),*]))
                    };
                }
                $transposed([register!(0), register!(1), register!(2), register!(3)])
            }
            #[inline(always)]
            fn write_tile(tile: &[$float; TILE], mut write: impl FnMut(usize, [f32; TILE])) {
                let [a, b, c, d] = $transposed(*tile);
                for (row, register) in [(0, a), (1, b), (2, c), (3, d)] {
                    let squares: [[f32; TILE]; $lanes / TILE] = cast(register.0);
                    $(write($square * TILE + row, squares[$square]);)*
                }
            }
            #[inline(always)]
            fn gather<'a, P: Shape>(
                row: impl Fn(usize) -> &'a [f32],
                lanes: &mut P::Values<$float>,
            ) {
                gather::<$float, P, $lanes>(row, lanes);
            }
        }
    };
}

row_major!(f32x4, 4, [0], transposed_4);
row_major!(f32x8, 8, [0 1], transposed_8);
row_major!(f32x16, 16, [0 1 2 3], transposed_16);

#[inline(always)]
fn transposed_4(square: [f32x4; TILE]) -> [f32x4; TILE] {
    f32x4::transpose(square)
}

/// Transposes registers that are two of half their width. Without `map`, which is a call for arrays
/// of so much: they would go through memory.
#[cfg(not(target_feature = "avx512f"))]
macro_rules! by_halves {
    ($squares:ident of $float:ident, $half:ident, $transposed:ident) => {{
        let [a, b, c, d] = $squares;
        let ([a, e], [b, f]) = (cast::<_, [_; 2]>(a.0), cast::<_, [_; 2]>(b.0));
        let ([c, g], [d, h]) = (cast::<_, [_; 2]>(c.0), cast::<_, [_; 2]>(d.0));
        let [a, b, c, d] = $transposed([$half(a), $half(b), $half(c), $half(d)]);
        let [e, f, g, h] = $transposed([$half(e), $half(f), $half(g), $half(h)]);
        [
            $float(cast([a.0, e.0])),
            $float(cast([b.0, f.0])),
            $float(cast([c.0, g.0])),
            $float(cast([d.0, h.0])),
        ]
    }};
}

/// Transposes the squares that lie side by side in four registers, with a shuffle of pairs within
/// each.
#[cfg(target_feature = "avx")]
macro_rules! transposed {
    ($squares:ident of $float:ident, $shuffle:ident) => {{
        let [a, b, c, d] = $squares;
        let (a, b, c, d) = (cast(a.0), cast(b.0), cast(c.0), cast(d.0));
        // The first two numbers of either register, the last two; every other one from the first
        // on, from the second.
        const LOW: i32 = 0b01_00_01_00;
        const HIGH: i32 = 0b11_10_11_10;
        const EVEN: i32 = 0b10_00_10_00;
        const ODD: i32 = 0b11_01_11_01;
        let (ab_low, cd_low) = ($shuffle::<LOW>(a, b), $shuffle::<LOW>(c, d));
        let (ab_high, cd_high) = ($shuffle::<HIGH>(a, b), $shuffle::<HIGH>(c, d));
        [
            $float(cast($shuffle::<EVEN>(ab_low, cd_low))),
            $float(cast($shuffle::<ODD>(ab_low, cd_low))),
            $float(cast($shuffle::<EVEN>(ab_high, cd_high))),
            $float(cast($shuffle::<ODD>(ab_high, cd_high))),
        ]
    }};
}

#[cfg(target_feature = "avx")]
#[inline(always)]
fn transposed_8(squares: [f32x8; TILE]) -> [f32x8; TILE] {
    use safe_arch::shuffle_m256;
    transposed!(squares of f32x8, shuffle_m256)
}

#[cfg(not(target_feature = "avx"))]
#[inline(always)]
fn transposed_8(squares: [f32x8; TILE]) -> [f32x8; TILE] {
    by_halves!(squares of f32x8, f32x4, transposed_4)
}

#[cfg(target_feature = "avx512f")]
#[inline(always)]
fn transposed_16(squares: [f32x16; TILE]) -> [f32x16; TILE] {
    use safe_arch::shuffle_m512;
    transposed!(squares of f32x16, shuffle_m512)
}

#[cfg(not(target_feature = "avx512f"))]
#[inline(always)]
fn transposed_16(squares: [f32x16; TILE]) -> [f32x16; TILE] {
    by_halves!(squares of f32x16, f32x8, transposed_8)
}
