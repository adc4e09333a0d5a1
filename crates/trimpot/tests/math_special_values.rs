//! Special values of `trimpot::math`: zeros and their signs, infinities, NaN, the ends of the
//! range.

use trimpot::math;
use trimpot_testkit::widths::same_bits;

const INF: f32 = f32::INFINITY;
const NAN: f32 = f32::NAN;

/// Special values have one right answer each, signs of zeros included.
#[test]
fn special_values_are_exact() {
    type Case = (&'static str, fn(f32) -> f32, &'static [(f32, f32)]);
    const CASES: &[Case] = &[
        (
            "exp",
            math::exp,
            &[
                (0.0, 1.0),
                (-0.0, 1.0),
                (INF, INF),
                (-INF, 0.0),
                (NAN, NAN),
                (89.0, INF),
                (f32::MAX, INF),
                (-104.0, 0.0),
                (f32::MIN, 0.0),
                (1e-45, 1.0),
            ],
        ),
        (
            "exp_m1",
            math::exp_m1,
            &[
                (0.0, 0.0),
                (-0.0, -0.0),
                (INF, INF),
                (-INF, -1.0),
                (NAN, NAN),
                (89.0, INF),
                (-18.0, -1.0),
                (f32::MIN, -1.0),
                (1e-45, 1e-45),
                (-1e-45, -1e-45),
                (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
            ],
        ),
        (
            "ln",
            math::ln,
            &[
                (1.0, 0.0),
                (0.0, -INF),
                (-0.0, -INF),
                (INF, INF),
                (-INF, NAN),
                (NAN, NAN),
                (-1.0, NAN),
                (-1e-45, NAN),
                (f32::MIN, NAN),
            ],
        ),
        (
            "ln_1p",
            math::ln_1p,
            &[
                (0.0, 0.0),
                (-0.0, -0.0),
                (-1.0, -INF),
                (INF, INF),
                (-INF, NAN),
                (NAN, NAN),
                (-1.0000001, NAN),
                (f32::MIN, NAN),
                (1e-45, 1e-45),
                (-1e-45, -1e-45),
                (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
            ],
        ),
        (
            "normal_cdf",
            math::normal_cdf,
            &[
                (0.0, 0.5),
                (-0.0, 0.5),
                (1e-45, 0.5),
                (INF, 1.0),
                (-INF, 0.0),
                (NAN, NAN),
                (f32::MAX, 1.0),
                (f32::MIN, 0.0),
            ],
        ),
        (
            "sigmoid",
            math::sigmoid,
            &[
                (0.0, 0.5),
                (-0.0, 0.5),
                (INF, 1.0),
                (-INF, 0.0),
                (NAN, NAN),
                (f32::MAX, 1.0),
                (f32::MIN, 0.0),
            ],
        ),
        (
            "sin_pi",
            math::sin_pi,
            &[
                (0.0, 0.0),
                (-0.0, -0.0),
                (INF, NAN),
                (-INF, NAN),
                (NAN, NAN),
                (1.0, 0.0),
                (-1.0, -0.0),
                (2.0, 0.0),
                (0.5, 1.0),
                (1.5, -1.0),
                (-2.5, -1.0),
                (4_194_303.5, -1.0),
                (8_388_609.0, 0.0),
                (f32::MAX, 0.0),
                (f32::MIN, -0.0),
            ],
        ),
        (
            "softplus",
            math::softplus,
            &[
                (0.0, core::f32::consts::LN_2),
                (-0.0, core::f32::consts::LN_2),
                (INF, INF),
                (-INF, 0.0),
                (NAN, NAN),
                (f32::MAX, f32::MAX),
                (f32::MIN, 0.0),
                (100.0, 100.0),
            ],
        ),
        (
            "tanh",
            math::tanh,
            &[
                (0.0, 0.0),
                (-0.0, -0.0),
                (INF, 1.0),
                (-INF, -1.0),
                (NAN, NAN),
                (f32::MAX, 1.0),
                (f32::MIN, -1.0),
                (1e-45, 1e-45),
                (-1e-45, -1e-45),
                (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
            ],
        ),
    ];
    for (name, function, cases) in CASES {
        for &(x, expected) in *cases {
            let result = function(x);
            assert!(same_bits(result, expected), "{name}({x:e}) is {result:e}, not {expected:e}");
        }
    }
}

#[test]
fn special_values_of_log_sum_exp_are_exact() {
    assert_eq!(math::log_sum_exp::<f32, 0>(&[]), -INF);
    assert_eq!(math::log_sum_exp(&[-INF]), -INF);
    assert_eq!(math::log_sum_exp(&[-INF, -INF, -INF]), -INF);
    assert_eq!(math::log_sum_exp(&[-INF, 2.5, -INF]), 2.5);
    assert_eq!(math::log_sum_exp(&[INF, 1.0, -INF]), INF);
    assert_eq!(math::log_sum_exp(&[1.0, 2.0, INF]), INF);
    assert_eq!(math::log_sum_exp(&[INF, 1.0, INF, 3.0]), INF);
    assert_eq!(math::log_sum_exp(&[f32::MAX, f32::MIN, 0.0]), f32::MAX);
    assert_eq!(math::log_sum_exp(&[f32::MIN, f32::MIN]), f32::MIN);
    for x in [
        [NAN, 1.0, 2.0],
        [1.0, NAN, -INF],
        [INF, 1.0, NAN],
        [NAN, INF, -INF],
        [-INF, -INF, NAN],
        [NAN, NAN, NAN],
    ] {
        assert!(math::log_sum_exp(&x).is_nan(), "{x:?}");
    }
}
