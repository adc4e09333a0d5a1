//! Trimpot itself: the one place that says which of its calls are timed.

mod losses;
mod training;

use anyhow::Result;

use crate::case::{Case, Work};
use crate::contender::Run;

pub fn prepare(case: &Case) -> Result<Box<dyn Run>> {
    match case.work {
        Work::Loss(work) => losses::prepare(case, &work),
        Work::Training(work) => training::prepare(case, work),
    }
}
