//! Vectors are the core's own types, and never fuse a product with a sum.

use std::any::type_name;

use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};

/// With `x = 1 + 2⁻¹²` the product `x · x = 1 + 2⁻¹¹ + 2⁻²⁴` rounds to `1 + 2⁻¹¹`, and a fused sum
/// would have its last term.
fn rounds_twice<V: Lanes>(mul_add: impl Fn(V, V, V) -> V) {
    let (x, rounded) = (1.0 + 2.0_f32.powi(-12), 1.0 + 2.0_f32.powi(-11));
    assert_eq!(x.mul_add(x, -rounded), 2.0_f32.powi(-24));
    let [x, term] = std::hint::black_box([V::splat(x), V::splat(-rounded)]);
    let found = mul_add(x, x, term).to_array();
    assert!(found.as_ref().iter().all(|&lane| lane == 0.0), "{}: {found:?}", type_name::<V>());
}

#[test]
fn kernels_round_products_before_they_add() {
    rounds_twice::<f32>(Lanes::mul_add);
    rounds_twice::<f32x4>(Lanes::mul_add);
    rounds_twice::<f32x8>(Lanes::mul_add);
    rounds_twice::<f32x16>(Lanes::mul_add);
}

/// A method of the type itself would be called instead of that of [`Lanes`].
#[test]
fn vectors_have_no_mul_add_of_their_own_that_fuses() {
    rounds_twice(|x: f32x4, factor, term| x.mul_add(factor, term));
    rounds_twice(|x: f32x8, factor, term| x.mul_add(factor, term));
    rounds_twice(|x: f32x16, factor, term| x.mul_add(factor, term));
}

#[test]
fn vectors_masks_and_integers_are_types_of_the_core() {
    fn names<V: Lanes>() -> [&'static str; 3] {
        [type_name::<V>(), type_name::<V::Mask>(), type_name::<V::Bits>()]
    }
    for name in [names::<f32x4>(), names::<f32x8>(), names::<f32x16>()].as_flattened() {
        assert!(name.starts_with("trimpot::lanes::"), "{name}");
    }
}
