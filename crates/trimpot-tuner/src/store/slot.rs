//! What is known of a slot.

use super::record::Record;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot {
    /// No record, nor anything else in its place; or it was erased since.
    Blank,
    /// A record of ours, whose image is whole as far as is known.
    Valid(Record),
    /// A record of ours, whose image is not what it was, or cannot be read.
    Damaged(Record),
    /// A record of another network.
    Foreign(Record),
    /// A record that is not whole: torn, or rotten.
    Broken,
    /// Something that is no record.
    Garbage,
    /// A record that comes and goes.
    Torn,
    /// Reading fails.
    Unreadable,
    /// It does not hold what is written to it.
    Stuck,
}

impl Slot {
    /// Returns whether it holds a whole record, ours or another network's.
    pub const fn is_record(&self) -> bool {
        matches!(self, Slot::Valid(_) | Slot::Foreign(_))
    }

    /// Returns whether it may hold a record of which nothing is known.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Slot::Broken | Slot::Garbage | Slot::Torn | Slot::Unreadable)
    }

    /// Returns whether there may be a record that does not count, and may count when it is read
    /// again.
    pub const fn may_hide_a_record(&self) -> bool {
        matches!(self, Slot::Damaged(_)) || self.is_unknown()
    }
}
