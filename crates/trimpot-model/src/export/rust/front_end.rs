//! The front end of a module: a static, and the types that it is used with.

use trimpot::spec::Dims;
use trimpot::spectrum::{Floor, MelNorm, MelScale};

use super::line;
use crate::front_end::{
    Extractor, FrontEnd, MelBands, Order, SampleKind, SpectrumKind, WindowKind,
};

/// Returns the front end of a network that takes samples of this shape, and what of
/// `trimpot::spectrum` it uses.
pub(super) fn items(extractor: &Extractor, input: Dims) -> (String, Vec<&'static str>) {
    let front_end = extractor.front_end();
    let (fft, hop, frames, bands) =
        (front_end.fft, front_end.hop, extractor.frames(), front_end.bands());
    let (name, size, spec) = match &front_end.spectrum {
        SpectrumKind::LogMel(mel) => {
            let spec = log_mel(mel, front_end.sample_rate, &window(extractor));
            ("LogMel", format!("{fft}, {bands}"), spec)
        }
        SpectrumKind::Magnitudes | SpectrumKind::Powers => {
            ("Spectrum", fft.to_string(), window(extractor))
        }
    };
    let mut text = String::new();
    line(
        &mut text,
        "\n/// The front end, in flash: the features of the network have its bits. In RAM:\n///",
    );
    let predict = "let output = network.predict::<f32>(&input);";
    for each in usage(extractor, input, "text", predict).lines() {
        line(&mut text, format!("/// {each}"));
    }
    line(&mut text, "#[rustfmt::skip]");
    line(&mut text, format!("pub static FRONT: {name}<{size}> = match {name}::new({spec}) {{"));
    line(&mut text, "    Ok(front) => front,\n    Err(_) => panic!(\"invalid settings\"),\n};");
    line(&mut text, "\n/// Frames of the samples that come.");
    line(&mut text, format!("pub type FrontFramer = Framer<{fft}, {hop}>;"));
    line(&mut text, "\n/// The spectra that are a sample of the network.");
    line(&mut text, format!("pub type FrontSpectrogram = Spectrogram<{frames}, {bands}>;"));
    let mut used = vec!["Framer", "Spectrogram", "Window", name];
    if name == "LogMel" {
        used.extend(["Floor", "LogMelSpec", "MelNorm", "MelScale"]);
    }
    used.sort_unstable();
    (text, used)
}

/// Returns how it is used, as Markdown with code of this language: what it takes in RAM, and what
/// becomes of samples, with what is done to each `input` of the network, an array of this shape.
pub(super) fn usage(extractor: &Extractor, input: Dims, language: &str, does: &str) -> String {
    let FrontEnd { fft, samples, spectrum, .. } = extractor.front_end();
    let samples = match samples {
        SampleKind::I16 => "`i16`, as the driver gives them",
        SampleKind::F32 => {
            "`f32`, in the units of the recordings of training: whole numbers of a driver become such first"
        }
    };
    let apply = match spectrum {
        SpectrumKind::LogMel(_) => "spectrogram.push(&FRONT.apply(frame, &mut buffer));",
        SpectrumKind::Magnitudes => {
            "if let Some(spectrum) = FRONT.magnitudes(frame, &mut buffer).first_chunk() {\n    spectrogram.push(spectrum);\n}"
        }
        SpectrumKind::Powers => {
            "if let Some(spectrum) = FRONT.power(frame, &mut buffer).first_chunk() {\n    spectrogram.push(spectrum);\n}"
        }
    };
    let mut text = String::new();
    for each in [
        &format!("```{language}"),
        "let mut framer = FrontFramer::new();",
        "let mut spectrogram = FrontSpectrogram::new();",
        &format!("let mut buffer = [0.0_f32; {fft}];"),
        "```",
        "",
        &format!("Samples are {samples}; as many at a time as there are:"),
        "",
        &format!("```{language}"),
        "let mut samples = &block[..];",
        "while let Some(frame) = framer.next_frame(&mut samples) {",
    ] {
        line(&mut text, each);
    }
    for each in apply.lines().map(str::to_owned).chain(take(extractor.order(), input, does)) {
        line(&mut text, format!("    {each}"));
    }
    line(&mut text, "}\n```");
    line(&mut text, "");
    line(
        &mut text,
        format!(
            "A recording of training is {} samples; `reset` of both begins a new one. Without it there is\n\
             an output for each frame from then on, of as many samples that end with it.",
            extractor.length()
        ),
    );
    text
}

/// Returns lines that hand a sample of the network on.
fn take(order: Order, input: Dims, does: &str) -> Vec<String> {
    let lines = match (order, input.sizes()) {
        (Order::ByBand, &[size]) => format!(
            "if spectrogram.is_full() {{\n    let mut input = [0.0_f32; {size}];\n    spectrogram.write_by_band(&mut input);\n"
        ),
        (Order::ByBand, sizes) => {
            let array = array(sizes);
            format!(
                "if spectrogram.is_full() {{\n    let mut input = {array};\n    spectrogram.write_by_band(input.as_flattened_mut());\n"
            )
        }
        (Order::ByFrame, &[_, height, width]) => format!(
            "if let Some(rows) = spectrogram.sample() {{\n    let mut input = [[[0.0_f32; {width}]; {height}]];\n    \
             input.as_flattened_mut().as_flattened_mut().copy_from_slice(rows);\n"
        ),
        (Order::ByFrame, _) => {
            "if let Some(&input) = spectrogram.sample().and_then(|sample| sample.first_chunk()) {\n"
                .to_owned()
        }
    };
    let lines = format!("{lines}    {does}\n}}");
    lines.lines().map(str::to_owned).collect()
}

/// Returns an array of zeros.
fn array(sizes: &[u32]) -> String {
    sizes.iter().rev().fold("0.0_f32".to_owned(), |inner, size| format!("[{inner}; {size}]"))
}

fn window(extractor: &Extractor) -> String {
    let front_end = extractor.front_end();
    let name = match front_end.window {
        WindowKind::Hann => "hann",
        WindowKind::Hamming => "hamming",
        WindowKind::Rectangular => "rectangular",
    };
    format!("Window::{name}({})", front_end.window_length)
}

fn log_mel(mel: &MelBands, sample_rate: f32, window: &str) -> String {
    let [lowest, highest] = mel.range;
    let scale = match mel.scale {
        MelScale::Htk => "Htk",
        MelScale::Slaney => "Slaney",
    };
    let norm = match mel.norm {
        MelNorm::Height => "Height",
        MelNorm::Area => "Area",
    };
    let floor = match mel.floor {
        Floor::Plus(_) => "Plus",
        Floor::Max(_) => "Max",
    };
    let epsilon = mel.floor.epsilon();
    format!(
        "\n    LogMelSpec::new({sample_rate:?}, {window})\n        .with_range({lowest:?}, {highest:?})\n        \
         .with_scale(MelScale::{scale})\n        .with_norm(MelNorm::{norm})\n        \
         .with_floor(Floor::{floor}({epsilon:?})),\n"
    )
}
