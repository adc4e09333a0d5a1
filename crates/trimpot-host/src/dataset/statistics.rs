//! Mean and deviation of features and targets.

use trimpot_model::standardization::Standardization;

use super::{Dataset, Table, Targets};

impl Dataset {
    /// Returns the mean and the standard deviation of each of so many channels, which the features
    /// of a sample are in turn: of each feature, if there are as many. The deviation is that of the
    /// samples themselves (divided by their number, as scikit-learn's `StandardScaler` does); 0
    /// where `f32` does not tell the numbers of a channel apart.
    pub fn standardization(&self, channels: usize) -> Standardization {
        of_channels(&self.features, channels)
    }

    /// Returns the mean and the standard deviation of each target, likewise; none, if samples have
    /// no targets that are numbers.
    pub fn target_standardization(&self) -> Option<Standardization> {
        match &self.targets {
            Targets::Numbers(targets) => Some(of_channels(targets, targets.columns)),
            Targets::Classes(_) | Targets::Conditions(_) => None,
        }
    }
}

fn of_channels(table: &Table, channels: usize) -> Standardization {
    let area = (table.columns / channels.max(1)).max(1);
    let (mut means, mut deviations) = (Vec::new(), Vec::new());
    for channel in 0..channels {
        let columns = channel * area..(channel + 1) * area;
        let numbers = || {
            let rows = (0..table.rows()).map(|row| &table.row(row)[columns.clone()]);
            rows.flatten().map(|&number| f64::from(number))
        };
        let count = numbers().count().max(1) as f64;
        let mean = numbers().sum::<f64>() / count;
        let squares: f64 = numbers().map(|number| (number - mean).powi(2)).sum();
        let deviation = (squares / count).sqrt();
        let is_constant = deviation <= f64::from(f32::EPSILON) * mean.abs();
        means.push(mean as f32);
        deviations.push(if is_constant { 0.0 } else { deviation as f32 });
    }
    Standardization { mean: means, deviation: deviations }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(columns: usize, numbers: &[f32]) -> Dataset {
        let features = Table { columns, numbers: numbers.to_vec() };
        let targets = Targets::Classes(vec![0; features.rows()]);
        Dataset::of_tables(features, targets, Vec::new()).unwrap()
    }

    #[test]
    fn each_feature_has_its_mean_and_deviation() {
        let data = dataset(3, &[1.0, 0.1, 1e6, 3.0, 0.1, 1e6 + 1.0, 5.0, 0.1, 1e6 + 2.0]);
        let found = data.standardization(3);
        assert_eq!(found.mean, [3.0, 0.1, 1e6 + 1.0]);
        let third = (8.0_f32 / 3.0).sqrt();
        assert_eq!(found.deviation, [third, 0.0, (2.0_f32 / 3.0).sqrt()]);
    }

    #[test]
    fn a_channel_of_an_image_has_one() {
        let data = dataset(4, &[1.0, 3.0, 10.0, 10.0, 5.0, 7.0, 10.0, 10.0]);
        let found = data.standardization(2);
        assert_eq!((found.mean, found.deviation), (vec![4.0, 10.0], vec![5.0_f32.sqrt(), 0.0]));
    }

    #[test]
    fn each_target_has_its_mean_and_deviation() {
        let data = dataset(1, &[1.0, 2.0]);
        assert_eq!(data.target_standardization(), None);
        let targets = Table { columns: 2, numbers: vec![100_000.0, 3.0, 300_000.0, 3.0] };
        let data = Dataset { targets: Targets::Numbers(targets), ..data };
        let found = data.target_standardization().unwrap();
        assert_eq!((found.mean, found.deviation), (vec![200_000.0, 3.0], vec![100_000.0, 0.0]));
    }
}
