//! What is said of samples that do not look like those of training.

use trimpot_host::dataset::{Dataset, Table};
use trimpot_model::standardization::Standardization;

use super::{LoadedModel, column_name};
use crate::terminal::{complain, digits, few};

impl LoadedModel {
    /// Warns of features and targets that are not as in training.
    pub(crate) fn warn_of(&self, dataset: &Dataset) {
        self.warn_of_features(dataset.features());
        self.far_targets(dataset).iter().for_each(|line| complain(line));
    }

    /// Warns of features that are not as in training.
    pub(crate) fn warn_of_features(&self, features: &Table) {
        self.changed_constants(features).iter().for_each(|line| complain(line));
    }

    /// Returns a line about the features that were the same in all samples of training, and are not
    /// the same now: the network has learned nothing about them, so what they do to outputs is
    /// chance. The model says so if it standardizes features.
    fn changed_constants(&self, features: &Table) -> Option<String> {
        let Standardization { mean, deviation } = Standardization::of(&self.stored.layers)?;
        let of_channel = features.columns / mean.len().max(1);
        let found = |feature: usize| {
            let channel = feature / of_channel.max(1);
            let constant = (deviation.get(channel) == Some(&0.0)).then(|| mean[channel])?;
            let mut rows = (0..features.rows()).map(|row| features.row(row)[feature]);
            rows.find(|&value| value != constant && !value.is_nan()).map(|value| (constant, value))
        };
        let changed = (0..features.columns).filter_map(|feature| {
            let (constant, value) = found(feature)?;
            Some(format!("{} ({constant}, now {value})", self.feature_name(feature)))
        });
        let changed = few(changed.collect())?;
        Some(format!(
            "warning: the model has learned nothing about features that were the same in all samples of training, \
             and are not now: {changed}"
        ))
    }

    /// Returns a line about features that come to a board rounded by more than half a deviation of
    /// those of training, where the model standardizes each: so large is what the board then takes
    /// for a difference. `rounding` is by how much each is rounded at most.
    pub(crate) fn coarse_features(&self, rounding: &[f32]) -> Option<String> {
        let Standardization { deviation, mean } = Standardization::of(&self.stored.layers)?;
        let of_channel = rounding.len() / mean.len().max(1);
        let coarse = rounding.iter().enumerate().filter_map(|(feature, &by)| {
            let &deviation = deviation.get(feature / of_channel.max(1))?;
            // Those that were constant are centred only.
            let unit = if deviation == 0.0 { 1.0 } else { deviation };
            let is_fine = by <= 0.5 * unit;
            (!is_fine).then(|| {
                let (name, by) = (self.feature_name(feature), digits(by));
                format!("{name} (by up to {by}, with a deviation of {})", digits(deviation))
            })
        });
        let coarse = few(coarse.collect())?;
        Some(format!(
            "warning: --numbers has one scale for all features of a sample, and rounds some by more than half of their \
             deviation in training, so that the board knows little of them: {coarse}; --numbers f32 is exact"
        ))
    }

    /// Returns the name of a feature.
    fn feature_name(&self, feature: usize) -> String {
        column_name(&self.stored.about.features, feature)
    }

    /// Returns a line about targets that are far from those of training, which a column in another
    /// unit is: with a mean that is more than three deviations away. The model says where they were
    /// if they were standardized.
    fn far_targets(&self, dataset: &Dataset) -> Option<String> {
        let trained = Standardization::undone_by(&self.stored.layers)?;
        let found = dataset.target_standardization()?;
        let trained = trained.mean.iter().zip(&trained.deviation);
        let mut outputs = (0..).zip(found.mean.iter().zip(trained));
        let far = outputs.find(|(_, (found, (mean, deviation)))| {
            let is_near = (*found - *mean).abs() <= 3.0 * *deviation;
            !is_near
        });
        let (output, (found, (mean, deviation))) = far?;
        let [found, mean, deviation] = [*found, *mean, *deviation].map(digits);
        let target = column_name(self.stored.about.target_names(), output);
        Some(format!(
            "warning: the mean of target {target} is {found}, and was {mean} in training, with a deviation of \
             {deviation}: it may be another column, or in another unit"
        ))
    }
}
