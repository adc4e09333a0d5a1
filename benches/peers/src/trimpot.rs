//! Trimpot itself: the one place that says which of its calls are timed.

mod losses;
mod training;

use anyhow::{Result, bail};

use crate::case::{Case, Work};
use crate::contender::Run;

/// Networks that are types.
pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    match case.work {
        Work::Loss(work) => losses::prepare(case, &work),
        Work::Training(work) => training::prepare(case, work),
    }
}

/// The same networks, known at run time alone.
pub fn prepare_data(case: &Case) -> Result<Box<dyn Run>> {
    match case.work {
        Work::Loss(_) => bail!("has no losses of its own"),
        Work::Training(work) => training::prepare_data(case, work),
    }
}
