//! `sum = left + factor · right`: the limit of everything that reads two numbers and writes one.

/// Writes with plain stores, through the caches.
#[inline(never)]
pub fn plain(sum: &mut [f32], left: &[f32], right: &[f32], factor: f32) {
    for ((sum, left), right) in sum.iter_mut().zip(left).zip(right) {
        *sum = left + factor * right;
    }
}

/// Writes past the caches, where the processor has such stores: the memory that is written need not
/// be read first. All three have the same length.
#[inline(never)]
#[cfg(all(target_arch = "x86_64", target_feature = "avx"))]
pub fn streaming(sum: &mut [f32], left: &[f32], right: &[f32], factor: f32) {
    use std::arch::x86_64::{
        __m256, _mm_sfence, _mm256_add_ps, _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps,
        _mm256_stream_ps,
    };
    // SAFETY: Eight `f32` make a `__m256`, and any bits are numbers.
    let (head, body, tail) = unsafe { sum.align_to_mut::<__m256>() };
    let (start, end) = (head.len(), head.len() + 8 * body.len());
    plain(head, left, right, factor);
    plain(tail, &left[end..], &right[end..], factor);
    let (left, _) = left[start..end].as_chunks::<8>();
    let (right, _) = right[start..end].as_chunks::<8>();
    // SAFETY: AVX is there, as asked for above. Loads read eight numbers of an array of eight;
    // stores need an address that is a multiple of 32, which that of a `__m256` is.
    unsafe {
        let factor = _mm256_set1_ps(factor);
        for ((sum, left), right) in body.iter_mut().zip(left).zip(right) {
            let product = _mm256_mul_ps(factor, _mm256_loadu_ps(right.as_ptr()));
            let value = _mm256_add_ps(_mm256_loadu_ps(left.as_ptr()), product);
            _mm256_stream_ps((&raw mut *sum).cast(), value);
        }
        _mm_sfence();
    }
}

/// The same as [`plain`]: this processor has no such stores that a program could ask for.
#[cfg(not(all(target_arch = "x86_64", target_feature = "avx")))]
pub fn streaming(sum: &mut [f32], left: &[f32], right: &[f32], factor: f32) {
    plain(sum, left, right, factor);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_compute_the_same_wherever_the_slices_start() {
        let left: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let right: Vec<f32> = (0..100).map(|i| (i * i) as f32).collect();
        for start in 0..17 {
            for end in [start, start + 1, start + 9, 100] {
                let (mut default, mut past) = (vec![0.0; end - start], vec![0.0; 117 - start]);
                plain(&mut default, &left[start..end], &right[start..end], 3.0);
                let past = &mut past[17 - start..][..end - start];
                streaming(past, &left[start..end], &right[start..end], 3.0);
                assert_eq!(default, past);
                assert!(default.iter().zip(start..).all(|(&sum, i)| sum == (i + 3 * i * i) as f32));
            }
        }
    }
}
