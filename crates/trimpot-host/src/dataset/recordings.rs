//! Recordings in place of features: a front end makes features of them.

use rayon::prelude::*;
use trimpot_model::front_end::{Extractor, SampleKind};

use super::{Data, DataSpec, Features, Missing, Table};
use crate::problem::{Problem, Remedy, counted};

impl DataSpec {
    /// Returns the same of recordings, of which a front end makes the features, if there is one.
    /// Their samples have no names, and no means that would stand for them.
    #[must_use]
    pub fn with_front_end(self, front_end: Option<Extractor>) -> Self {
        let Some(front_end) = front_end else { return self };
        DataSpec {
            inputs: front_end.length(),
            input: None,
            known_features: Vec::new(),
            known_means: Vec::new(),
            scale: 1.0,
            front_end: Some(front_end),
            ..self
        }
    }

    /// Returns what an array of another shape is not.
    pub(super) fn wanted_rows(&self) -> String {
        match &self.front_end {
            None => format!("the network takes rows of {}", counted(self.inputs, "number")),
            Some(front_end) => format!(
                "the front end takes recordings of {}, and makes the {} of each",
                counted(self.inputs, "sample"),
                counted(front_end.features(), "feature")
            ),
        }
    }

    /// Returns an error if an array of recordings has several channels.
    pub(super) fn check_channels(&self, array: &str, shape: &[usize]) -> Result<(), String> {
        let several = shape.iter().skip(1).filter(|&&size| size > 1).count() > 1;
        if self.front_end.is_some() && several {
            return Err(format!(
                "array `{array}` has shape {shape:?}, but a row is a recording of one channel"
            ));
        }
        Ok(())
    }

    /// Returns an error if a number, which is finite or missing, is no sample of a recording.
    pub(super) fn check_sample(
        &self,
        number: f32,
        place: impl Fn() -> String,
    ) -> Result<(), Problem> {
        let Some(front_end) = &self.front_end else { return Ok(()) };
        if number.is_nan() {
            return match self.missing {
                Some(Missing::Drop) => Ok(()),
                _ => {
                    Err(Problem::new(format!("{}: a sample of the recording is missing", place()))
                        .with(Remedy::LeaveOut))
                }
            };
        }
        let is_i16 = number.fract() == 0.0 && (-32_768.0..=32_767.0).contains(&number);
        if front_end.front_end().samples == SampleKind::I16 && !is_i16 {
            let place = place();
            let what = format!(
                "{place}: {number} is no whole number of 16 bits, and the front end has samples=i16; samples=f32 takes \
                 numbers as they are"
            );
            return Err(what.into());
        }
        Ok(())
    }

    /// Returns the features of recordings, if there is a front end; else what there is.
    fn extract(&self, recordings: Table) -> Result<Table, Problem> {
        let Some(front_end) = &self.front_end else { return Ok(recordings) };
        let transform = front_end.transform().map_err(|error| error.to_string())?;
        let columns = front_end.features();
        let count = recordings.rows().saturating_mul(columns);
        let mut numbers = Vec::new();
        numbers.try_reserve_exact(count).map_err(|_| {
            let rows = counted(recordings.rows(), "recording");
            format!("{columns} features of each of {rows} do not fit into memory: a larger hop gives fewer")
        })?;
        numbers.resize(count, 0.0);
        numbers
            .par_chunks_mut(columns)
            .zip(recordings.numbers.par_chunks(recordings.columns))
            .for_each(|(features, recording)| transform(recording, features));
        if let Some(place) = numbers.iter().position(|feature| !feature.is_finite()) {
            let (row, feature) = (place / columns + 1, numbers[place]);
            return Err(format!(
                "recording {row}: a feature is {feature}: its samples are too large"
            )
            .into());
        }
        Ok(Table { columns, numbers })
    }

    /// Returns the samples with features in place of recordings, likewise.
    pub(super) fn extract_data(&self, data: Data) -> Result<Data, Problem> {
        if self.front_end.is_none() {
            return Ok(data);
        }
        let Data { mut dataset, mut suspicions, .. } = data;
        suspicions.extend(self.unit_suspected(&dataset.features));
        dataset.features = self.extract(dataset.features)?;
        Ok(Data { dataset, suspicions, names: Vec::new(), ..data })
    }

    /// Returns the features in place of recordings, likewise.
    pub(super) fn extract_features(&self, features: Features) -> Result<Features, Problem> {
        if self.front_end.is_none() {
            return Ok(features);
        }
        let Features { features: recordings, mut suspicions, .. } = features;
        suspicions.extend(self.unit_suspected(&recordings));
        Ok(Features {
            features: self.extract(recordings)?,
            suspicions,
            names: Vec::new(),
            ..features
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::tempdir;
    use trimpot::spec::Dims;
    use trimpot::spectrum::{LogMel, LogMelSpec, Window};
    use trimpot_model::front_end::FrontEnd;

    use super::*;

    const TEXT: &str = "log-mel,sample_rate=100,fft=16,hop=8,bands=3,length=28";

    fn spec(words: &str) -> DataSpec {
        let front_end: FrontEnd = format!("{TEXT}{words}").parse().unwrap();
        DataSpec::classes(6, 2).with_front_end(front_end.for_input(Dims::vector(6)).ok())
    }

    /// A line for each recording: its samples, and its class.
    fn table(recordings: &[[f32; 28]]) -> String {
        let line = |recording: &[f32; 28]| {
            let samples: Vec<String> = recording.iter().map(f32::to_string).collect();
            format!("{},1\n", samples.join(","))
        };
        recordings.iter().map(line).collect()
    }

    #[test]
    fn features_are_those_of_the_recording() {
        let folder = tempdir().unwrap();
        let file = folder.path().join("recordings.csv");
        let recordings: [[f32; 28]; 3] =
            [3, 5, 7].map(|step| std::array::from_fn(|at| ((at * step) % 11) as f32 - 4.0));
        fs::write(&file, table(&recordings)).unwrap();
        let log_mel = LogMel::<16, 3>::new(LogMelSpec::new(100.0, Window::hann(16))).unwrap();
        for (words, factor) in [(",samples=f32", 1.0), (",samples=i16", 1.0 / 32_768.0)] {
            let data = spec(words).read(&file).unwrap().dataset;
            let features = spec(words).read_features(&file);
            assert!(features.is_err(), "the label is a column too many");
            assert_eq!((data.len(), data.features().columns), (3, 6));
            for (row, recording) in recordings.iter().enumerate() {
                let frame = |from: usize| std::array::from_fn(|at| recording[from + at] * factor);
                let expected = [0, 8].map(|from| log_mel.apply(&frame(from), &mut [0.0; 16]));
                assert_eq!(data.features().row(row), expected.as_flattened());
            }
        }
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let folder = tempdir().unwrap();
        let file = folder.path().join("recordings.csv");
        let read = |spec: DataSpec, text: &str| {
            fs::write(&file, text).unwrap();
            spec.read(&file).map(|data| (data.dataset.len(), data.dropped))
        };
        let whole = [[1.0; 28]; 2];
        let refused = |spec: DataSpec, text: &str, expected: &str| {
            let error = read(spec, text).unwrap_err().what;
            assert!(error.contains(expected), "{error}");
        };
        // As many columns as features.
        let expected =
            "line 1 has 7 columns, but 29 are wanted: 28 samples of a recording and 1 class";
        refused(spec(",samples=f32"), "1,2,3,4,5,6,1\n", expected);
        let mut half = whole;
        half[1][27] = 0.5;
        assert_eq!(read(spec(",samples=f32"), &table(&half)).unwrap(), (2, 0));
        let expected = "line 2, column 28: 0.5 is no whole number of 16 bits";
        refused(spec(",samples=i16"), &table(&half), expected);
        half[1][27] = 32_768.0;
        refused(spec(",samples=i16"), &table(&half), "32768 is no whole number of 16 bits");
        // Behind the last frame it would be in none.
        half[1] = [1e30; 28];
        refused(
            spec(",samples=f32"),
            &table(&half),
            "recording 2: a feature is NaN: its samples are too large",
        );
        half[1] = [1.0; 28];
        half[1][27] = f32::NAN;
        let expected = "line 2, column 28: a sample of the recording is missing";
        let mean = DataSpec { missing: Some(Missing::Mean), ..spec(",samples=f32") };
        refused(mean, &table(&half), expected);
        refused(
            spec(",samples=f32"),
            &table(&half),
            "line 2, column 28: a sample of the recording is missing",
        );
        let drop = DataSpec { missing: Some(Missing::Drop), ..spec(",samples=f32") };
        assert_eq!(read(drop, &table(&half)).unwrap(), (1, 1));
    }
}
