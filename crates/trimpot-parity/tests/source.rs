//! Inputs are of the kinds that they should be.

use trimpot_parity::source::{EDGES, Kind, Source};

fn numbers(kind: Kind) -> [f32; 4000] {
    let mut source = Source::new(1);
    source.set_kind(kind);
    core::array::from_fn(|_| source.number())
}

#[test]
fn every_edge_is_drawn() {
    let drawn = numbers(Kind::Edges);
    for edge in EDGES {
        assert!(drawn.iter().any(|x| x.to_bits() == edge.to_bits()), "{edge:e}");
    }
    assert!(drawn.iter().filter(|x| x.abs() < 4.0 && x.abs() > 1e-3).count() > 2000);
}

#[test]
fn kinds_stay_in_their_ranges() {
    let all = |kind, inside: fn(f32) -> bool| numbers(kind).into_iter().all(inside);
    assert!(all(Kind::Unit, |x| (0.0..1.0).contains(&x)));
    assert!(all(Kind::Small, |x| (-4.0..4.0).contains(&x)));
    assert!(all(Kind::Quarters, |x| x.abs() <= 2.0 && (x * 4.0).fract() == 0.0));
    assert!(all(Kind::Binary, |x| x == 0.0 || x == 1.0));
    assert!(all(Kind::Sign, |x| x.abs() == 1.0));
    assert!(all(Kind::Large, |x| (-1e4..1e4).contains(&x)));
    assert!(numbers(Kind::Bits).iter().any(|x| x.is_subnormal()));
    assert!(numbers(Kind::Bits).iter().any(|x| x.is_nan()));
}

#[test]
fn labels_are_classes_or_none() {
    let mut source = Source::new(1);
    let labels: [u32; 1000] = core::array::from_fn(|_| source.label(3));
    for label in [0, 1, 2, 3, u32::MAX] {
        assert!(labels.contains(&label), "{label}");
    }
    assert!(labels.iter().filter(|&&label| label < 3).count() > 800);
}
