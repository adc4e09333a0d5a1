//! Reading samples, with a word on what is odd about them.

use std::path::Path;

use trimpot_host::dataset::{Data, DataError, DataSpec, Features, Suspicion};

use crate::terminal::{complain, in_shell, plain};

/// Reads samples for a model, which says what their columns are.
pub(crate) fn read(spec: &DataSpec, file: &Path) -> Result<Data, DataError> {
    let data = spec.read(file)?;
    warn(file, data.suspicions.iter().filter(|suspicion| suspicion.is_of_unit()));
    Ok(data)
}

/// Reads samples to train on, whose columns nobody has checked yet.
pub(crate) fn read_to_train(spec: &DataSpec, file: &Path) -> Result<Data, DataError> {
    let data = spec.read(file)?;
    warn(file, &data.suspicions);
    Ok(data)
}

/// Reads features for a model.
pub(crate) fn read_features(spec: &DataSpec, file: &Path) -> Result<Features, DataError> {
    let features = spec.read_features(file)?;
    warn(file, features.suspicions.iter().filter(|suspicion| suspicion.is_of_unit()));
    Ok(features)
}

/// Says each in a line, as standard output may be a table.
fn warn<'a>(file: &Path, suspicions: impl IntoIterator<Item = &'a Suspicion>) {
    for suspicion in suspicions {
        complain(&format!("warning: {}: {}", file.display(), text(suspicion)));
    }
}

/// Returns what is odd, and the options that mend it.
fn text(suspicion: &Suspicion) -> String {
    match suspicion {
        Suspicion::RowNumbers { column } => format!(
            "column {} counts the samples, and is read as those beside it are: --drop {} leaves it out",
            plain(column),
            in_shell(column)
        ),
        Suspicion::OneHot { columns } => {
            let named = columns.iter().map(|column| plain(column)).collect::<Vec<_>>().join(", ");
            let options = columns.iter().map(|column| format!(" --label {}", in_shell(column)));
            format!(
                "each row has a single 1 among zeros in the columns {named}, of which the last alone is read as the class, \
                 and the others are features that say it: all of them are the class with{}",
                options.collect::<String>()
            )
        }
        Suspicion::WholeNumbers { largest } => format!(
            "recordings are whole numbers of 16 bits, up to {largest}, and the front end has samples=f32, which takes \
             numbers as they are: samples=i16 divides them by 32768, as a board does"
        ),
        Suspicion::Fractions => "no sample of the recordings is beyond 1, and the front end has samples=i16, which divides \
                                 whole numbers of 16 bits by 32768: samples=f32 takes numbers as they are"
            .to_owned(),
    }
}
