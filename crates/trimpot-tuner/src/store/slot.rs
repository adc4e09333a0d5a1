//! What is known of a slot.

use super::record::Record;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot {
    /// No record, nor anything else in its place; or it was erased since.
    Blank,
    /// A record of ours, whose image is whole as far as is known.
    Valid(Record),
    /// A record of ours, whose image is not what it was.
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

    /// Returns whether a slot in this state should be erased before one in another state.
    pub fn is_needed_less_than(&self, other: &Slot) -> bool {
        match (self, other) {
            (Slot::Valid(record), Slot::Valid(other))
            | (Slot::Foreign(record), Slot::Foreign(other)) => other.is_newer_than(record),
            _ => self.need() < other.need(),
        }
    }

    fn need(&self) -> u8 {
        match self {
            Slot::Blank => 0,
            Slot::Valid(_) => 1,
            // They may be what is needed most, and read rightly at the next boot.
            Slot::Damaged(_) | Slot::Broken | Slot::Garbage | Slot::Torn => 2,
            // So that the newest commit of the firmware before stays, for whoever returns to it.
            Slot::Foreign(_) => 3,
            Slot::Unreadable => 4,
            Slot::Stuck => 5,
        }
    }

    /// Returns whether there may be a record of ours that does not count, and may count when it is
    /// read again.
    pub const fn may_hide_a_record(&self) -> bool {
        match self {
            Slot::Damaged(_) | Slot::Broken | Slot::Garbage | Slot::Torn | Slot::Unreadable => true,
            Slot::Blank | Slot::Valid(_) | Slot::Foreign(_) | Slot::Stuck => false,
        }
    }
}
