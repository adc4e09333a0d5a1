//! The data of the experiments that are about other tasks than classes of equal numbers.

use std::path::Path;
use std::sync::Arc;

use trimpot::loss::spec::Domain;
use trimpot::spec::Dims;
use trimpot_host::dataset::{DataError, DataSpec};
use trimpot_host::study::altered::{rare, with_outliers};
use trimpot_host::study::catalogue::{OTHERS_TO_ONE, OUTLIER_FACTOR, OUTLIERS, Subjects};
use trimpot_host::study::{Kind, Subject};

use super::KNOWN;

/// Returns these data with those of such tasks, from the project's folder.
///
/// # Errors
/// If they cannot be read.
pub(super) fn read(main: Arc<Subject>, folder: &Path) -> Result<Subjects, DataError> {
    Ok(Subjects {
        masks: Some(Arc::new(nuclei(folder)?)),
        rare: Some(Arc::new(rare_digit(folder)?)),
        numbers: Some(Arc::new(diabetes(folder)?)),
        ..Subjects::new(main)
    })
}

/// Tiles of a picture, each with its mask.
fn nuclei(folder: &Path) -> Result<Subject, DataError> {
    let input = Dims::image(1, 32, 32);
    let pixels = input.count();
    let read = |features: &str, labels: &str| {
        let spec = DataSpec {
            scale: 1.0 / 31.0,
            features: features.to_owned(),
            labels: labels.to_owned(),
            targets: Some(Domain::Probabilities),
            ..DataSpec::classes(pixels, pixels)
        };
        spec.read(&folder.join("nuclei32.npz")).map(|data| data.dataset)
    };
    let (tiles, test) = (read("x", "y")?, read("xt", "yt")?);
    Ok(Subject::new("Nuclei, tiles of 32x32 pixels", input, Kind::Mask(pixels), tiles, Some(test)))
}

/// The digit 8, which is mistaken most, among all others of the first data set.
fn rare_digit(folder: &Path) -> Result<Subject, DataError> {
    let mnist = &KNOWN[0];
    let read = |features: &str, labels: &str| -> Result<_, DataError> {
        let digits = mnist.samples(folder, features, labels)?;
        Ok(rare(&digits, 8, OTHERS_TO_ONE).expect("digits are classes"))
    };
    let (digits, test) = (read("x", "y")?, read("xt", "yt")?);
    let name = format!("The digit 8 among others of {}", mnist.title);
    let subject = Subject::new(name, mnist.input(), Kind::Rare, digits, Some(test));
    Ok(subject.without_standardization())
}

/// What follows from ten measurements of a patient; some of the numbers are wrong.
fn diabetes(folder: &Path) -> Result<Subject, DataError> {
    let input = Dims::vector(10);
    let spec = DataSpec {
        scale: 1.0 / 255.0,
        targets: Some(Domain::Any),
        ..DataSpec::classes(input.count(), 1)
    };
    let data = spec.read(&folder.join("diabetes10.npz"))?;
    let (samples, test) = data.dataset.hold_out(0.2, 0);
    let samples = with_outliers(&samples, OUTLIERS, OUTLIER_FACTOR).expect("targets are numbers");
    let name = "Diabetes, in hundreds of its unit";
    // Neither features nor targets are standardized: deviations would be those of wrong targets.
    Ok(Subject::new(name, input, Kind::Number, samples, Some(test)).without_standardization())
}
