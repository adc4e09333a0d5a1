//! What a pool makes of a window.

use super::PoolSpec;
use crate::lanes::{Lanes, Mask};
use crate::spec::LayerSpec;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Max {}
    impl Sealed for super::Average {}
}

/// What a pool makes of a window: [`Max`] or [`Average`].
pub trait Kind: sealed::Sealed {
    /// What a pool of this kind over sequences is, as data.
    fn over_sequences(spec: PoolSpec<1>) -> LayerSpec;
    /// What a pool of this kind over images is, as data.
    fn over_images(spec: PoolSpec<2>) -> LayerSpec;
    /// The number for a window.
    fn of<V: Lanes, const H: usize, const W: usize>(window: &[[V; W]; H]) -> V;
    /// Returns the gradient of each number of a window, whose number is `y` and has the gradient
    /// `dy`.
    fn spread<V: Lanes, const H: usize, const W: usize>(
        window: &[[V; W]; H],
        y: V,
        dy: V,
    ) -> [[V; W]; H];
}

/// The largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Max;

impl Kind for Max {
    fn over_sequences(spec: PoolSpec<1>) -> LayerSpec {
        LayerSpec::MaxPool1d(spec)
    }

    fn over_images(spec: PoolSpec<2>) -> LayerSpec {
        LayerSpec::MaxPool2d(spec)
    }

    #[inline(always)]
    fn of<V: Lanes, const H: usize, const W: usize>(window: &[[V; W]; H]) -> V {
        let lowest = V::splat(f32::NEG_INFINITY);
        window.as_flattened().iter().fold(lowest, |y, &x| (x.gt(y) | x.is_nan()).select(x, y))
    }

    #[inline(always)]
    fn spread<V: Lanes, const H: usize, const W: usize>(
        window: &[[V; W]; H],
        y: V,
        dy: V,
    ) -> [[V; W]; H] {
        // What is left is handed to the first number that is the largest.
        let mut left = dy;
        window.map(|row| {
            row.map(|x| {
                let largest = x.eq(y) | x.is_nan();
                let gradient = largest.select(left, V::ZERO);
                left = largest.select(V::ZERO, left);
                gradient
            })
        })
    }
}

/// The mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Average;

impl Kind for Average {
    fn over_sequences(spec: PoolSpec<1>) -> LayerSpec {
        LayerSpec::AveragePool1d(spec)
    }

    fn over_images(spec: PoolSpec<2>) -> LayerSpec {
        LayerSpec::AveragePool2d(spec)
    }

    #[inline(always)]
    fn of<V: Lanes, const H: usize, const W: usize>(window: &[[V; W]; H]) -> V {
        let sum = window.as_flattened().iter().fold(V::ZERO, |sum, &x| sum + x);
        sum * V::splat(1.0 / (H * W) as f32)
    }

    #[inline(always)]
    fn spread<V: Lanes, const H: usize, const W: usize>(
        _window: &[[V; W]; H],
        _y: V,
        dy: V,
    ) -> [[V; W]; H] {
        [[dy * V::splat(1.0 / (H * W) as f32); W]; H]
    }
}
