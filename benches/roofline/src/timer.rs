//! How long something takes.

use std::time::Instant;

/// ns of one call: the least of many short samples.
pub fn least_ns(mut call: impl FnMut()) -> f64 {
    let mut sample = |calls: u32| {
        let start = Instant::now();
        for _ in 0..calls {
            call();
        }
        start.elapsed().as_nanos() as f64
    };
    let mut calls = 1;
    while sample(calls) < 2e5 && calls < 1 << 24 {
        calls *= 2;
    }
    let start = Instant::now();
    let mut least = f64::INFINITY;
    for turn in 0.. {
        if turn >= 10 && start.elapsed().as_millis() >= 60 {
            break;
        }
        least = least.min(sample(calls) / f64::from(calls));
    }
    least
}
