//! What front ends are, and that features have the bits of boards.

use trimpot::random::Random;
use trimpot::spectrum::{
    Floor, Framer, LogMel, LogMelSpec, MelNorm, MelScale, PcmSample, Spectrogram, Spectrum, Window,
};

use super::*;

const FRAMES: usize = 5;

fn of(text: &str) -> FrontEnd {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_is_written_is_read() {
    let defaults = of("log-mel,sample_rate=16000,fft=512,samples=f32");
    let text = "log-mel,sample_rate=16000,fft=512,window=hann:512,hop=256,bands=40,lowest=0,highest=8000,scale=htk,\
                norm=height,floor=plus,epsilon=1e-6,samples=f32";
    assert_eq!(defaults.to_string(), text);
    let all = "log-mel, epsilon=0.0003,floor=max,norm=area,scale=slaney,highest=3999.5,lowest=60,bands=9,hop=77,\
               window=hamming:50,fft=64,sample_rate=8000,samples=i16,length=640";
    let mel = MelBands {
        bands: 9,
        range: [60.0, 3999.5],
        scale: MelScale::Slaney,
        norm: MelNorm::Area,
        floor: Floor::Max(0.0003),
    };
    let expected = FrontEnd {
        spectrum: SpectrumKind::LogMel(mel),
        sample_rate: 8000.0,
        fft: 64,
        window: WindowKind::Hamming,
        window_length: 50,
        hop: 77,
        samples: SampleKind::I16,
        length: Some(640),
    };
    assert_eq!(of(all), expected);
    let others = [
        "magnitudes,sample_rate=0.1,fft=16,samples=i16",
        "powers,fft=4096,sample_rate=1e6,window=rectangular,samples=f32",
    ];
    for front_end in others.map(of).into_iter().chain([expected, defaults]) {
        assert_eq!(of(&front_end.to_string()), front_end);
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_word() {
    let wrong = [
        ("mfcc", "`mfcc`: the first word is log-mel, magnitudes or powers"),
        ("log-mel,fft=64", "sample_rate is missing"),
        ("log-mel,sample_rate=8000", "fft is missing"),
        ("log-mel,sample_rate=8000,fft=64", "samples is missing: samples=i16 or samples=f32"),
        ("powers,bands=40,sample_rate=8000,fft=64", "`bands=40`: bands is for log-mel alone"),
        ("log-mel,mels=40", "`mels=40`: there are sample_rate, fft, "),
        ("log-mel,hop=4,hop=5", "`hop=5`: hop is there twice"),
        ("hop=-1", "`hop=-1`: it is written as in hop=160"),
        ("hop=0", "`hop` is 0, but must be from 1 to 16777216"),
        ("hop=99999999", "`hop` is 99999999"),
        ("fft=100", "`fft` is 100, but must be 16, 32, 64 … up to 4096"),
        ("fft=8192", "`fft` is 8192"),
        ("fft=8", "`fft` is 8,"),
        ("window=hann:65", "`window` is 65, but must be from 1 to 64"),
        ("window=hann:0", "`window` is 0"),
        ("window=kaiser:64", "`window=kaiser`: there are hann, hamming, rectangular"),
        ("window=hann:long", "`window=hann:long`: it is written as in window=hann:400"),
        ("bands=0", "`bands` is 0, but must be from 1 to 32"),
        ("bands=33", "`bands` is 33"),
        ("sample_rate=0", "`sample_rate` is 0, but must be positive"),
        ("sample_rate=inf", "`sample_rate` is inf"),
        ("lowest=-1", "`lowest` is -1"),
        ("lowest=4000", "`lowest` is 4000"),
        ("highest=4001", "`highest` is 4001"),
        ("highest=NaN", "`highest` is NaN"),
        ("epsilon=0", "`epsilon` is 0"),
        ("scale=bark", "`scale=bark`: there are htk, slaney"),
        ("norm=l2", "`norm=l2`"),
        ("floor=none", "`floor=none`"),
        ("samples=u8", "`samples=u8`: there are i16, f32"),
        ("length=63", "`length` is 63, but must be from 64 to 16777216"),
        ("length=16777217", "`length` is 16777217"),
    ];
    for (text, expected) in wrong {
        let word = text.split('=').next().unwrap_or_default();
        let others = ["sample_rate=8000", "fft=64", "bands=9", "samples=f32"].into_iter();
        let others: Vec<&str> = others.filter(|other| !other.starts_with(word)).collect();
        let text = match text.contains(',') || text == "mfcc" {
            true => text.to_owned(),
            false => format!("log-mel,{text},{}", others.join(",")),
        };
        let error = text.parse::<FrontEnd>().unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn the_shape_of_the_network_says_the_order() {
    let front_end = of("log-mel,sample_rate=8000,fft=64,samples=f32,hop=30,bands=9,length=213");
    assert_eq!(front_end.frames(), Some(5));
    let order = |input| front_end.for_input(input).map(|extractor| extractor.order());
    assert_eq!(order(Dims::vector(45)), Ok(Order::ByFrame));
    assert_eq!(order(Dims::image(1, 5, 9)), Ok(Order::ByFrame));
    assert_eq!(order(Dims::rows(9, 5)), Ok(Order::ByBand));
    for wrong in [Dims::vector(213), Dims::rows(5, 9), Dims::image(1, 9, 5), Dims::image(5, 3, 3)] {
        let error = order(wrong).unwrap_err();
        let expected = "recordings of 213 samples give 5 frames of 9 bands: 45 features, an image 1x5x9 or a sequence \
                        9x5, and the network takes ";
        assert_eq!(error, format!("{expected}{wrong}"));
    }
    let unsaid = FrontEnd { length: None, ..front_end };
    assert_eq!(unsaid.for_input(Dims::vector(45)).unwrap_err(), "`length` is not said");
    // Sizes that no machine has are compared, and nothing is allocated.
    let huge = FrontEnd { length: Some(LONGEST), hop: 1, ..front_end };
    assert!(huge.for_input(Dims::vector(45)).unwrap_err().contains("16777153 frames of 9"));
    let huge = "magnitudes,sample_rate=8000,fft=4096,samples=i16,hop=1,length=16777216";
    let error = huge.parse::<FrontEnd>().unwrap().for_input(Dims::image(1, 16_773_121, 2049));
    assert!(error.unwrap_err().ends_with("more than 4194304; a larger `hop` gives fewer frames"));
}

/// Bands between two bins, and all of them where the window is zero.
#[test]
fn bands_that_hear_nothing_are_found() {
    let unheard = |words: &str| {
        let text = format!("log-mel,sample_rate=16000,fft=128,length=128,{words}");
        let front_end: FrontEnd = text.parse().unwrap();
        let input = Dims::vector(front_end.bands() as u32);
        front_end.for_input(input).unwrap().unheard().unwrap()
    };
    for samples in ["samples=i16", "samples=f32"] {
        assert_eq!(unheard(&format!("{samples},bands=10")), <[usize; 0]>::default());
        assert_eq!(
            unheard(&format!("{samples},bands=10,window=rectangular:1")),
            <[usize; 0]>::default()
        );
        assert_eq!(unheard(&format!("{samples},bands=3,window=hann:1")), [1, 2, 3]);
        // By the middles of triangles, the second one of 40 is narrower than the distance of bins.
        let narrow = unheard(&format!("{samples},bands=40"));
        assert!(!narrow.is_empty() && narrow.len() < 5, "{narrow:?}");
    }
}

/// Random samples of 16 bits.
fn recording(length: usize, random: &mut Random) -> Vec<i16> {
    (0..length).map(|_| (random.below(65_536) as i32 - 32_768) as i16).collect()
}

/// Compares features with those that a board makes of the same recording, which comes bit by bit.
fn compare<const N: usize, const HOP: usize, const BANDS: usize>(
    text: &str,
    spectrum: impl Fn(&[f32; N], &mut [f32; N]) -> [f32; BANDS],
) {
    let mut random = Random::new(N as u32);
    // Some samples behind the last frame are in none.
    let length = N + (FRAMES - 1) * HOP + HOP / 2;
    let recording = recording(length, &mut random);
    let (frames, bands) = (FRAMES as u32, BANDS as u32);
    for (samples, inputs) in [
        (SampleKind::I16, [Dims::vector(frames * bands), Dims::rows(bands, frames)]),
        (SampleKind::F32, [Dims::image(1, frames, bands), Dims::rows(bands, frames)]),
    ] {
        let as_f32: Vec<f32> = recording.iter().map(|&sample| f32::from(sample)).collect();
        let mut framer = Framer::<N, HOP>::new();
        let mut spectrogram = Spectrogram::<FRAMES, BANDS>::new();
        let mut buffer = [0.0; N];
        let mut push = |frame: &[f32; N]| spectrogram.push(&spectrum(frame, &mut buffer));
        match samples {
            SampleKind::I16 => feed(&mut framer, &recording, &mut push),
            SampleKind::F32 => feed(&mut framer, &as_f32, &mut push),
        }
        let by_frame = spectrogram.sample().unwrap().to_vec();
        let mut by_band = by_frame.clone();
        spectrogram.write_by_band(&mut by_band);
        for (input, expected) in inputs.into_iter().zip([by_frame, by_band]) {
            let front_end =
                FrontEnd { samples, length: Some(length), ..of(&format!("{text},samples=f32")) };
            let extractor = front_end.for_input(input).unwrap();
            let mut features = vec![f32::NAN; extractor.features()];
            extractor.transform().unwrap()(&as_f32, &mut features);
            let bits =
                |numbers: &[f32]| -> Vec<u32> { numbers.iter().map(|x| x.to_bits()).collect() };
            assert_eq!(bits(&features), bits(&expected), "{text}, {samples:?}, {input}");
        }
    }
}

fn feed<S: PcmSample, const N: usize, const HOP: usize>(
    framer: &mut Framer<N, HOP>,
    samples: &[S],
    push: &mut impl FnMut(&[f32; N]),
) {
    for mut some in samples.chunks(37) {
        while let Some(frame) = framer.next_frame(&mut some) {
            push(frame);
        }
    }
}

#[test]
fn features_have_the_bits_of_boards() {
    let spec = LogMelSpec::new(8000.0, Window::hann(16));
    let log_mel = LogMel::<16, 3>::new(spec).unwrap();
    compare::<16, 8, 3>("log-mel,sample_rate=8000,fft=16,bands=3", |frame, buffer| {
        log_mel.apply(frame, buffer)
    });
    let spec = LogMelSpec::new(16_000.0, Window::hamming(400))
        .with_range(60.0, 7600.0)
        .with_scale(MelScale::Slaney)
        .with_norm(MelNorm::Area)
        .with_floor(Floor::Max(1e-10));
    let log_mel = LogMel::<512, 20>::new(spec).unwrap();
    let text = "log-mel,sample_rate=16000,fft=512,window=hamming:400,hop=160,bands=20,lowest=60,highest=7600,\
                scale=slaney,norm=area,floor=max,epsilon=1e-10";
    compare::<512, 160, 20>(text, |frame, buffer| log_mel.apply(frame, buffer));
    // More bands than bins in some of them, and frames that leave samples out.
    let log_mel = LogMel::<128, 64>::new(LogMelSpec::new(100.0, Window::rectangular(99))).unwrap();
    let text = "log-mel,sample_rate=100,fft=128,window=rectangular:99,hop=200,bands=64";
    compare::<128, 200, 64>(text, |frame, buffer| log_mel.apply(frame, buffer));
    let spectrum = Spectrum::<64>::new(Window::hann(64)).unwrap();
    compare::<64, 32, 33>("magnitudes,sample_rate=100,fft=64", |frame, buffer| {
        *spectrum.magnitudes(frame, buffer).first_chunk().unwrap()
    });
    compare::<64, 1, 33>("powers,sample_rate=100,fft=64,hop=1", |frame, buffer| {
        *spectrum.power(frame, buffer).first_chunk().unwrap()
    });
    let spectrum = Spectrum::<4096>::new(Window::hann(4096)).unwrap();
    compare::<4096, 2048, 2049>("powers,sample_rate=48000,fft=4096", |frame, buffer| {
        *spectrum.power(frame, buffer).first_chunk().unwrap()
    });
}
