//! What a pool makes of a window.

use super::PoolSpec;
use crate::lanes::{Bits, Lanes, Mask};
use crate::layer::windows::WindowSpec;
use crate::spec::LayerSpec;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Max {}
    impl Sealed for super::Average {}
}

/// What a pool makes of a window: [`Max`] or [`Average`].
pub trait Kind: sealed::Sealed + Copy {
    /// What counts where a window is outside of the input.
    const OUTSIDE: f32;
    /// Whether it is [`Max`], whose gradient depends on the input.
    const IS_MAX: bool;

    /// Returns the number for a window.
    fn reduce<V: Lanes>(window: &[V]) -> V;
    /// Writes the gradient of each number of a window, given that of the number for it. Of [`Max`]
    /// the whole of it goes to the number `winner`.
    fn spread<V: Lanes>(window: &mut [V], winner: V::Bits, dy: V);
}

/// The largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Max;

impl Kind for Max {
    const OUTSIDE: f32 = f32::NEG_INFINITY;
    const IS_MAX: bool = true;

    #[inline(always)]
    fn reduce<V: Lanes>(window: &[V]) -> V {
        let mut largest = V::splat(f32::NEG_INFINITY);
        for &x in window {
            largest = (x.gt(largest) | x.is_nan()).select(x, largest);
        }
        largest
    }

    #[inline(always)]
    fn spread<V: Lanes>(window: &mut [V], winner: V::Bits, dy: V) {
        for (dx, number) in window.iter_mut().zip(0..) {
            *dx = V::same(winner, V::Bits::splat(number)).select(dy, V::ZERO);
        }
    }
}

/// Returns which number of a window is the largest, the first one of equal ones, given the largest
/// number.
#[inline(always)]
pub(super) fn winner<V: Lanes>(window: &[V], y: V) -> V::Bits {
    // The first one comes last.
    let mut winner = V::Bits::splat(0);
    for (number, x) in window.iter().enumerate().rev() {
        let number = V::from_bits(V::Bits::splat(number as u32));
        winner = (x.eq(y) | x.is_nan()).select(number, V::from_bits(winner)).to_bits();
    }
    winner
}

/// The mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Average;

/// Returns what each number of a window contributes to the mean.
#[inline(always)]
fn share<V: Lanes>(window: &[V]) -> V {
    V::splat(1.0 / window.len() as f32)
}

impl Kind for Average {
    const OUTSIDE: f32 = 0.0;
    const IS_MAX: bool = false;

    #[inline(always)]
    fn reduce<V: Lanes>(window: &[V]) -> V {
        window.iter().fold(
            V::ZERO,
            #[inline(always)]
            |sum, &x| sum + x,
        ) * share(window)
    }

    #[inline(always)]
    fn spread<V: Lanes>(window: &mut [V], _winner: V::Bits, dy: V) {
        let share = share(window);
        window.fill(dy * share);
    }
}

/// What a pool over sequences is, as data.
pub(super) const fn over_sequences<T: Kind>(window: WindowSpec<1>) -> LayerSpec {
    if T::IS_MAX {
        LayerSpec::MaxPool1d(PoolSpec::new(window))
    } else {
        LayerSpec::AveragePool1d(PoolSpec::new(window))
    }
}

/// What a pool over images is, as data.
pub(super) const fn over_images<T: Kind>(window: WindowSpec<2>) -> LayerSpec {
    if T::IS_MAX {
        LayerSpec::MaxPool2d(PoolSpec::new(window))
    } else {
        LayerSpec::AveragePool2d(PoolSpec::new(window))
    }
}
