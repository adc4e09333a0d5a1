//! What networks predict: precision over recall, and masks.

use maud::{Markup, html};
use trimpot_host::dataset::Targets;
use trimpot_host::study::ExperimentResult;
use trimpot_host::study::catalogue::OTHERS_TO_ONE;

use crate::pages::plot::{Image, Images, LinePlot, Mask, Series};

/// Precision over recall of the first seed of each level; none, if runs have no such curve.
pub(super) fn precision_recall(result: &ExperimentResult<'_>) -> Option<Markup> {
    let levels = result.levels.iter().filter_map(|level| {
        let curve = &level.seeds.first()?.outcome.precision_recall;
        let points = curve.iter().map(|&[recall, precision]| (recall.into(), precision.into()));
        (!curve.is_empty()).then(|| Series::new(&level.level.name, points.collect()))
    });
    let series: Vec<Series> = levels.collect();
    let positives = 1.0 / (OTHERS_TO_ONE + 1) as f64;
    let title = "precision over recall, for all thresholds";
    let plot = || LinePlot::precision_recall(title, series.clone(), positives).draw();
    (!series.is_empty()).then(|| plot().figure(&html! { "Test samples of the first seed." }))
}

/// The masks of a few test samples and what the first seed of the best level predicts; none, if
/// runs have no masks.
pub(super) fn masks(result: &ExperimentResult<'_>) -> Option<Markup> {
    let best = &result.levels[result.best()?];
    let predicted = &best.seeds.first()?.outcome.masks;
    let subject = &result.experiment.subject;
    let shown = subject.shown();
    let Targets::Numbers(masks) = shown.targets() else { return None };
    let width = subject.input.sizes().last().map_or(1, |&width| width as usize);
    let images = predicted.iter().enumerate().take(shown.len()).map(|(sample, predicted)| Image {
        name: format!("tile {}", sample + 1),
        width,
        pixels: shown.features().row(sample).to_vec(),
        masks: vec![
            Mask(masks.row(sample).iter().map(|&pixel| pixel > 0.5).collect()),
            Mask(predicted.chars().map(|pixel| pixel == '1').collect()),
        ],
    });
    let images = Images {
        title: "masks, and what is predicted".to_owned(),
        masks: vec!["mask".to_owned(), format!("predicted, {}", best.level.name)],
        columns: 3,
        images: images.collect(),
    };
    let caption = html! { "Test tiles, with the first seed of what did best." };
    (!images.images.is_empty()).then(|| images.draw().figure(&caption))
}
