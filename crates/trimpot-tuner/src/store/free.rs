//! Which slot may be erased for what.

use embedded_storage::nor_flash::NorFlash;

use super::layout::SLOTS;
use super::record::{Kind, Record};
use super::slot::Slot;
use super::{Layout, Store, Stored};

/// How much the content of a slot is needed: what is needed less is erased first.
///
/// A second copy of the factory's image takes a slot that is needed up to
/// [`OlderForeign`](Self::OlderForeign); a candidate that may be rejected yet, up to
/// [`Stuck`](Self::Stuck), or as much as a copy in the factory's slots; what is to be stored, any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// There is nothing.
    Blank,
    /// A record of ours that a newer one has replaced.
    Replaced,
    /// Something that is no record.
    Garbage,
    /// A record of another network that a newer one of such has replaced.
    OlderForeign,
    /// The second copy of our newest record.
    Copy,
    /// The newest record of another network, for whoever returns to it.
    Foreign,
    /// It did not hold what was written to it, and may now.
    Stuck,
    /// It may be our newest record, misread.
    Hidden,
    /// The same, where reading fails: it may be whole.
    Unreadable,
}

impl<F: NorFlash> Store<F> {
    /// Returns the slot for this kind that is needed least, and at most so much: never that of the
    /// record that says what is stored, or would say it if the other kind's were not there.
    pub(super) fn free(&self, kind: Kind, most: Need, tried: &[bool; SLOTS]) -> Option<usize> {
        let places = Layout::slots(kind);
        let newest = self.newest_of(|other| Layout::slots(other) == places);
        let deciding = self.deciding().filter(|deciding| places.contains(&deciding.slot));
        let needed = deciding.or(newest).map(|needed| needed.slot);
        let mut best: Option<((Need, u64), usize)> = None;
        for (slot, tried) in tried.iter().enumerate() {
            if places.contains(&slot) && !tried && needed != Some(slot) {
                let need = self.need(kind, slot, newest);
                if need.0 <= most && best.is_none_or(|(least, _)| need < least) {
                    best = Some((need, slot));
                }
            }
        }
        best.map(|(_, slot)| slot)
    }

    /// Returns how much a slot is needed, and its generation: the oldest goes first.
    fn need(&self, kind: Kind, slot: usize, newest: Option<Stored>) -> (Need, u64) {
        let is_replaced =
            |record: &Record| newest.is_some_and(|newest| !record.is_newer_than(&newest.record));
        match self.slot(slot) {
            Slot::Blank => (Need::Blank, 0),
            Slot::Valid(record) if newest.is_some_and(|newest| record == newest.record) => {
                (Need::Copy, record.generation)
            }
            Slot::Valid(record) => (Need::Replaced, record.generation),
            Slot::Damaged(record) if is_replaced(&record) => (Need::Replaced, record.generation),
            Slot::Garbage => (Need::Garbage, 0),
            Slot::Foreign(record) => {
                let is_older = Layout::slots(kind).filter(|&other| other != slot).any(|other| {
                    let other = self.slot(other);
                    matches!(other, Slot::Foreign(other) if !record.is_newer_than(&other))
                });
                let need = if is_older { Need::OlderForeign } else { Need::Foreign };
                (need, record.generation)
            }
            Slot::Damaged(_) | Slot::Broken => (Need::Hidden, 0),
            Slot::Torn | Slot::Unreadable => (Need::Unreadable, 0),
            Slot::Stuck => (Need::Stuck, 0),
        }
    }

    /// Erases slots that may hide a record, once a newer one of this kind is stored: they can be
    /// used again, and nothing comes back from them. The factory's image stays for resets, so
    /// another commit replaces none of its slots, but two whole copies of it do. If that fails, the
    /// next change tries again.
    pub(super) fn erase_replaced(&mut self, kind: Kind) {
        let factory = kind == Kind::Factory || self.has_copies();
        for slot in 0..SLOTS {
            let replaced = factory || !Layout::slots(Kind::Factory).contains(&slot);
            if replaced && self.slot(slot).may_hide_a_record() {
                let _ = self.erase(slot);
            }
        }
    }
}
