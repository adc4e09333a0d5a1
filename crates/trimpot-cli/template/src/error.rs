//! Why the network cannot start.

use core::fmt::{self, Display, Formatter};

use trimpot::ParameterError;
use trimpot_tuner::StartError;

/// Why the network cannot start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Error {
    /// The flash memory fails, or holds something else.
    Start(StartError),
    /// The model cannot be stored.
    Install(trimpot_tuner::Error),
    /// A setting is out of its range.
    Setting(ParameterError),
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Error::Start(error) => error.fmt(f),
            Error::Install(error) => error.fmt(f),
            Error::Setting(error) => error.fmt(f),
        }
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        Error::Start(error)
    }
}

impl From<trimpot_tuner::Error> for Error {
    fn from(error: trimpot_tuner::Error) -> Self {
        Error::Install(error)
    }
}

impl From<ParameterError> for Error {
    fn from(error: ParameterError) -> Self {
        Error::Setting(error)
    }
}
