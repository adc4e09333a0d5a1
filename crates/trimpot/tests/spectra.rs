//! Spectra are those of a sum in `f64`, within the bounds that are documented; log-mel spectra are
//! librosa's; the bits are the same in every width, and however samples come.

use std::f64::consts::{PI, TAU};

use trimpot::ParameterError;
use trimpot::lanes::{Lanes, f32x4, f32x8, f32x16};
use trimpot::random::Random;
use trimpot::spectrum::{
    Floor, Framer, LogMel, LogMelSpec, MelNorm, MelScale, PcmSample, Spectrogram, Spectrum, Window,
};

/// How far a bin may be off, in parts of the largest magnitude: as documented at [`Spectrum`].
const BIN_ERROR: f64 = 4e-7;
/// How far a logarithm may be off because of sums and the logarithm itself: as documented at
/// [`LogMel`].
const LOG_ERROR: f64 = 2e-6;

/// How far one may be off that is less than 50 dB below the largest bin, on the frames of this test.
const LOUD_ERROR: f64 = 2e-6;

/// A window of a frame's length, in `f64`: mean and amplitude.
fn window(n: usize, [mean, amplitude]: [f64; 2]) -> Vec<f64> {
    (0..n).map(|t| mean - amplitude * (TAU * t as f64 / n as f64).cos()).collect()
}

/// The spectrum in `f64`, by halves.
fn expected(frame: &[f32], window: &[f64]) -> Vec<[f64; 2]> {
    fn halved(x: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let n = x.len();
        if n == 1 {
            return x.to_vec();
        }
        let part =
            |first: usize| halved(&x.iter().skip(first).step_by(2).copied().collect::<Vec<_>>());
        let (even, odd) = (part(0), part(1));
        let bin = |k: usize| {
            let ([a, b], [c, d]) = (even[k % (n / 2)], odd[k % (n / 2)]);
            let (sine, cosine) = (TAU * k as f64 / n as f64).sin_cos();
            [a + c * cosine + d * sine, b + d * cosine - c * sine]
        };
        (0..n).map(bin).collect()
    }
    let windowed = frame.iter().zip(window).map(|(&x, w)| [f64::from(x) * w, 0.0]);
    let mut bins = halved(&windowed.collect::<Vec<_>>());
    bins.truncate(frame.len() / 2 + 1);
    bins
}

/// The oracle is the definition.
#[test]
fn the_oracle_is_a_sum_over_the_frame() {
    for (name, frame) in frames::<64>() {
        let window = window(64, [0.54, 0.46]);
        for (k, [re, im]) in expected(&frame, &window).into_iter().enumerate() {
            let mut sums = [0.0; 2];
            for (t, (&x, w)) in frame.iter().zip(&window).enumerate() {
                let (sine, cosine) = (TAU * (k * t % 64) as f64 / 64.0).sin_cos();
                let x = f64::from(x) * w;
                sums = [sums[0] + x * cosine, sums[1] - x * sine];
            }
            let scale: f64 = frame.iter().map(|&x| f64::from(x).abs()).sum();
            let error = (re - sums[0]).hypot(im - sums[1]);
            assert!(error <= 1e-14 * scale, "{name}, {k}: {error}");
        }
    }
}

fn largest(bins: &[[f64; 2]]) -> f64 {
    bins.iter().map(|[re, im]| re.hypot(*im)).fold(0.0, f64::max)
}

/// Noise, sines in the middle of bins and between, impulses, a constant, full scale, and what is
/// small or lies on a constant.
fn frames<const N: usize>() -> Vec<(&'static str, [f32; N])> {
    let mut random = Random::new(7);
    let sine =
        |bin: f64| std::array::from_fn(|t| (TAU * bin * t as f64 / N as f64 + 0.3).sin() as f32);
    let full_scale =
        |t: usize| if (t / 3).is_multiple_of(2) { i16::MAX } else { i16::MIN }.to_f32();
    let mut frames = vec![
        ("sine in a bin", sine(3.0)),
        ("sine between bins", sine(N as f64 / 5.3)),
        ("near the highest", sine(N as f64 / 2.0 - 0.7)),
        ("constant", [0.75; N]),
        ("full scale", std::array::from_fn(full_scale)),
        ("alternating", std::array::from_fn(|t| if t.is_multiple_of(2) { 1.0 } else { -1.0 })),
        ("gravity", sine(4.0).map(|x: f32| 9.81 + 0.01 * x)),
        ("quiet", sine(5.0).map(|x: f32| 3e-5 * x)),
        ("large", sine(6.0).map(|x: f32| 1e6 * x)),
    ];
    for place in [0, 1, N / 2, N - 1] {
        let mut impulse = [0.0; N];
        impulse[place] = 1.0;
        frames.push(("impulse", impulse));
    }
    for _ in 0..8 {
        frames.push(("noise", std::array::from_fn(|_| random.uniform() * 2.0 - 1.0)));
        frames.push(("normal noise", std::array::from_fn(|_| random.normal())));
    }
    frames
}

fn bins_are_near<const N: usize>() {
    let windows = [
        (Window::rectangular(N), [1.0, 0.0]),
        (Window::hann(N), [0.5, 0.5]),
        (Window::hamming(N), [0.54, 0.46]),
    ];
    let mut worst = 0.0;
    for (name, frame) in frames::<N>() {
        for (of_library, of_oracle) in windows {
            let spectrum = Spectrum::<N>::new(of_library).unwrap();
            let [mut packed, mut buffer] = [[f32::NAN; N]; 2];
            spectrum.transform(&frame, &mut packed);
            let expected = expected(&frame, &window(N, of_oracle));
            // A window is 0 where an impulse may be all that there is.
            let scale = largest(&expected).max(f64::MIN_POSITIVE);
            let mut compare = |found: f32, expected: f64, bin: usize| {
                let error = (f64::from(found) - expected).abs() / scale;
                assert!(error <= BIN_ERROR, "{name}, {N}, bin {bin}: {found}, {expected}: {error}");
                worst = error.max(worst);
            };
            let magnitudes = spectrum.magnitudes(&frame, &mut buffer);
            assert_eq!(magnitudes.len(), Spectrum::<N>::BINS);
            for (bin, (&found, &[re, im])) in magnitudes.iter().zip(&expected).enumerate() {
                compare(found, re.hypot(im), bin);
                if 0 < bin && bin < N / 2 {
                    compare(packed[2 * bin], re, bin);
                    compare(packed[2 * bin + 1], im, bin);
                }
            }
            compare(packed[0], expected[0][0], 0);
            compare(packed[1], expected[N / 2][0], N / 2);
        }
    }
    println!("{N}: {worst:e} of the largest magnitude");
    // Far below, the bound would say too little.
    assert!(worst >= BIN_ERROR / 20.0, "{worst}");
}

#[test]
fn bins_are_those_of_the_definition() {
    bins_are_near::<16>();
    bins_are_near::<32>();
    bins_are_near::<64>();
    bins_are_near::<128>();
    bins_are_near::<256>();
    bins_are_near::<512>();
    bins_are_near::<1024>();
    bins_are_near::<2048>();
    bins_are_near::<4096>();
}

/// A band in `f64`: the sum, and the largest weight times how many bins have one.
fn band(power: &[f64], bin: f64, [low, middle, high]: [f64; 3]) -> [f64; 2] {
    let (mut sum, mut weights) = (0.0, [0.0_f64; 2]);
    for (k, power) in power.iter().enumerate() {
        let hz = k as f64 * bin;
        let weight = ((hz - low) / (middle - low)).min((high - hz) / (high - middle)).max(0.0);
        sum += weight * power;
        weights = [weights[0].max(weight), weights[1] + f64::from(u8::from(weight > 0.0))];
    }
    [sum, weights[0] * weights[1]]
}

/// On all frames, with a formula of its own for the HTK scale.
#[test]
fn logarithms_are_as_near_as_documented() {
    const N: usize = 512;
    const BANDS: usize = 40;
    let front = LogMel::<N, BANDS>::new(LogMelSpec::new(16_000.0, Window::hann(N))).unwrap();
    let highest = 2595.0 * (1.0 + 8000.0_f64 / 700.0).log10();
    let edge =
        |i: usize| 700.0 * (10_f64.powf(highest * i as f64 / (BANDS as f64 + 1.0) / 2595.0) - 1.0);
    let [mut worst, mut worst_of_loud] = [0.0_f64; 2];
    for (name, frame) in frames::<N>() {
        let bins = expected(&frame, &window(N, [0.5, 0.5]));
        let power: Vec<_> = bins.iter().map(|[re, im]| re * re + im * im).collect();
        let off = BIN_ERROR * largest(&bins);
        for (b, found) in front.apply(&frame, &mut [f32::NAN; N]).into_iter().enumerate() {
            let [sum, weight] = band(&power, 16_000.0 / N as f64, [b, b + 1, b + 2].map(edge));
            let sum = sum + 1e-6;
            let bound = LOG_ERROR + 2.0 * off * (weight / sum).sqrt() + weight * off * off / sum;
            let error = (f64::from(found) - sum.ln()).abs();
            assert!(error <= bound, "{name}, band {b}: {found}, {}: {error}, {bound}", sum.ln());
            worst = worst.max(error / bound);
            if sum >= 1e-5 * largest(&bins).powi(2) {
                worst_of_loud = worst_of_loud.max(error);
            }
        }
    }
    println!("{worst} of the bound; {worst_of_loud:e} down to 50 dB below the largest bin");
    assert!(
        (0.05..=1.0 / 3.0).contains(&worst) && worst_of_loud <= LOUD_ERROR,
        "{worst} {worst_of_loud:e}"
    );
}

/// The integers that `make_spectra.py` makes.
fn golden_signal(length: usize) -> Vec<i16> {
    let mut state = 12_345_u32;
    let sample = |t: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = ((state >> 16) as i32 - 32_768) >> (2 + t / 200);
        (noise + if t / 11 % 2 == 1 { 6000 } else { -6000 }) as i16
    };
    (0..length).map(sample).collect()
}

/// Compares two frames with a line of golden values.
fn is_golden<const N: usize, const BANDS: usize>(words: &[&str]) {
    let number = |at: usize| words[at].parse::<f32>().unwrap();
    let length = number(2) as usize;
    let window = if words[3] == "hann" { Window::hann(length) } else { Window::hamming(length) };
    let scale = if words[6] == "htk" { MelScale::Htk } else { MelScale::Slaney };
    let norm = if words[7] == "area" { MelNorm::Area } else { MelNorm::Height };
    let floor = if words[8] == "plus" { Floor::Plus(number(9)) } else { Floor::Max(number(9)) };
    let spec = LogMelSpec::new(number(0), window)
        .with_range(number(4), number(5))
        .with_scale(scale)
        .with_norm(norm)
        .with_floor(floor);
    let front = LogMel::<N, BANDS>::new(spec).unwrap();

    let mut framer = Framer::<N, 160>::new();
    let samples = golden_signal(N + 160);
    let (mut samples, mut found) = (&samples[..], Vec::new());
    while let Some(frame) = framer.next_frame(&mut samples) {
        found.extend(front.apply(frame, &mut [0.0; N]));
    }
    let expected: Vec<f64> = words[11..].iter().map(|word| word.parse().unwrap()).collect();
    assert_eq!((found.len(), expected.len()), (2 * BANDS, 2 * BANDS));
    for (band, (found, expected)) in found.into_iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(error <= 1e-5, "{:?}, {band}: {found}, {expected}", &words[..11]);
    }
}

#[test]
fn log_mel_spectra_are_those_of_librosa() {
    let lines = include_str!("golden/spectra.txt").lines();
    let lines: Vec<Vec<_>> = lines.map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 4);
    for words in lines {
        match [words[1], words[10]] {
            ["512", "40"] => is_golden::<512, 40>(&words),
            ["512", "20"] => is_golden::<512, 20>(&words),
            ["1024", "64"] => is_golden::<1024, 64>(&words),
            ["256", "26"] => is_golden::<256, 26>(&words),
            sizes => panic!("{sizes:?}"),
        }
    }
}

#[test]
fn silence_is_the_floor() {
    let spec = LogMelSpec::new(16_000.0, Window::hann(512));
    let of = |floor| {
        let front = LogMel::<512, 40>::new(spec.with_floor(floor)).unwrap();
        front.apply(&[0.0_f32; 512], &mut [f32::NAN; 512])
    };
    assert_eq!(of(Floor::Plus(1e-6)), [trimpot::math::ln(1e-6_f32); 40]);
    assert_eq!(of(Floor::Max(1e-10)), [trimpot::math::ln(1e-10_f32); 40]);
    // What is no number is not silence.
    for floor in [Floor::Plus(1e-6), Floor::Max(1e-10)] {
        let front = LogMel::<512, 40>::new(spec.with_floor(floor)).unwrap();
        let mut frame = [0.0_f32; 512];
        frame[100] = f32::NAN;
        assert!(front.apply(&frame, &mut [0.0; 512]).iter().all(|band| band.is_nan()));
    }
}

/// Bits of spectra and bands, lane by lane.
fn bits<V: Lanes, const N: usize>(frames: &[[f32; N]]) -> Vec<Vec<u32>> {
    let spectrum = Spectrum::<N>::new(Window::hamming(N - 3)).unwrap();
    let spec = LogMelSpec::new(8000.0, Window::hann(N)).with_scale(MelScale::Slaney);
    let front = LogMel::<N, 9>::new(spec.with_floor(Floor::Max(1e-7))).unwrap();
    let mut all = vec![Vec::new(); frames.len()];
    for (frames, all) in frames.chunks(V::LANES).zip(all.chunks_mut(V::LANES)) {
        let frame: [V; N] = std::array::from_fn(|t| V::from_fn(|lane| frames[lane][t]));
        let [mut packed, mut buffer] = [[V::splat(f32::NAN); N]; 2];
        spectrum.transform(&frame, &mut packed);
        let mut values = packed.to_vec();
        values.extend(spectrum.magnitudes(&frame, &mut buffer));
        values.extend(front.apply(&frame, &mut buffer));
        for value in values {
            for (all, lane) in all.iter_mut().zip(value.to_array().as_ref()) {
                all.push(lane.to_bits());
            }
        }
    }
    all
}

#[test]
fn every_width_has_the_same_bits() {
    fn compare<const N: usize>() {
        let mut random = Random::new(3);
        let frames: [[f32; N]; 16] = std::array::from_fn(|_| [0.0; N].map(|_| random.normal()));
        let expected = bits::<f32, N>(&frames);
        assert!(expected == bits::<f32x4, N>(&frames), "{N}, 4 lanes");
        assert!(expected == bits::<f32x8, N>(&frames), "{N}, 8 lanes");
        assert!(expected == bits::<f32x16, N>(&frames), "{N}, 16 lanes");
    }
    compare::<64>();
    compare::<128>();
}

/// Frames, as copies.
fn cut<const N: usize, const HOP: usize, S: PcmSample>(blocks: &[&[S]]) -> Vec<[f32; N]> {
    let (mut framer, mut frames) = (Framer::<N, HOP>::new(), Vec::new());
    for block in blocks {
        let mut samples = *block;
        while let Some(frame) = framer.next_frame(&mut samples) {
            frames.push(*frame);
        }
        assert!(samples.is_empty());
    }
    frames
}

#[test]
fn frames_are_the_same_however_samples_come() {
    fn compare<const HOP: usize>() {
        let stream: Vec<f32> = (0..100_u8).map(f32::from).collect();
        let expected: Vec<[f32; 16]> =
            stream.windows(16).step_by(HOP).map(|frame| frame.try_into().unwrap()).collect();
        for size in [1, 2, 7, 16, 17, 64, 100] {
            let blocks: Vec<_> = stream.chunks(size).collect();
            assert_eq!(cut::<16, HOP, f32>(&blocks), expected, "{HOP}, {size} at a time");
        }
    }
    compare::<1>();
    compare::<5>();
    compare::<16>();
    compare::<23>();
    compare::<40>();
}

#[test]
fn sixteen_bits_become_a_number_below_one() {
    let frames = cut::<4, 4, i16>(&[&[i16::MIN, -1, 0, i16::MAX]]);
    assert_eq!(frames, [[-1.0, -1.0 / 32_768.0, 0.0, 32_767.0 / 32_768.0]]);
    let mut framer = Framer::<2, 1>::new();
    assert_eq!(framer.next_frame(&mut &[1_i16][..]), None);
    framer.reset();
    assert_eq!(framer.next_frame(&mut &[2_i16][..]), None);
}

#[test]
fn a_spectrogram_has_the_last_spectra() {
    let mut spectrogram = Spectrogram::<3, 2>::new();
    for row in 1..=2_u8 {
        spectrogram.push(&[row, 10 * row].map(f32::from));
        assert!(!spectrogram.is_full() && spectrogram.sample().is_none());
    }
    let mut sample = [f32::NAN; 6];
    spectrogram.write_by_band(&mut sample);
    assert_eq!(sample, [1.0, 2.0, 0.0, 10.0, 20.0, 0.0]);
    spectrogram.push(&[3.0, 30.0]);
    assert_eq!(spectrogram.sample(), Some(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0][..]));
    spectrogram.push(&[4.0, 40.0]);
    assert_eq!(spectrogram.sample(), Some(&[2.0, 20.0, 3.0, 30.0, 4.0, 40.0][..]));
    spectrogram.write_by_band(&mut sample);
    assert_eq!(sample, [2.0, 3.0, 4.0, 20.0, 30.0, 40.0]);
    spectrogram.reset();
    assert!(spectrogram.sample().is_none());
}

#[test]
fn what_is_wrong_with_settings_is_said() {
    let spec = LogMelSpec::new(8000.0, Window::hann(64));
    let error = |spec| -> ParameterError { LogMel::<64, 8>::new(spec).unwrap_err() };
    let named = |spec, name: &str, value: f32| {
        let ParameterError { name: found, value: of, .. } = error(spec);
        assert_eq!((found, of), (name, value));
    };
    named(LogMelSpec::new(0.0, Window::hann(64)), "sample_rate", 0.0);
    named(LogMelSpec::new(f32::INFINITY, Window::hann(64)), "sample_rate", f32::INFINITY);
    named(LogMelSpec::new(8000.0, Window::hann(65)), "window", 65.0);
    named(spec.with_range(-1.0, 4000.0), "lowest", -1.0);
    named(spec.with_range(4000.0, 4000.0), "lowest", 4000.0);
    named(spec.with_range(0.0, 4001.0), "highest", 4001.0);
    named(spec.with_floor(Floor::Plus(0.0)), "epsilon", 0.0);
    named(spec.with_range(0.0, -1.0), "highest", -1.0);
    named(spec.with_range(0.0, f32::INFINITY), "highest", f32::INFINITY);
    let not_a_number = |lowest, highest, name| {
        let ParameterError { name: found, value, .. } = error(spec.with_range(lowest, highest));
        assert!(found == name && value.is_nan(), "{found}: {value}");
    };
    not_a_number(f32::NAN, 1.0, "lowest");
    not_a_number(0.0, f32::NAN, "highest");
}

/// A front that the compiler has computed has the bits of one that a program computes.
#[test]
fn a_static_has_the_same_bits() {
    const SPEC: LogMelSpec = LogMelSpec::new(16_000.0, Window::hamming(128));
    static FRONT: LogMel<128, 12> = match LogMel::new(SPEC) {
        Ok(front) => front,
        Err(_) => panic!("invalid settings"),
    };
    let spec = std::hint::black_box(SPEC);
    let frame: [f32; 128] = std::array::from_fn(|t| (t as f64 * PI / 9.0).sin() as f32);
    let of_program = LogMel::<128, 12>::new(spec).unwrap().apply(&frame, &mut [0.0; 128]);
    assert_eq!(FRONT.apply(&frame, &mut [0.0; 128]), of_program);
}
