//! What can be said for certain of what is stored: records may be hidden in slots that cannot be
//! read.

use embedded_storage::nor_flash::NorFlash;
use trimpot_link::Origin;

use super::area::Aligned;
use super::layout::SLOTS;
use super::record::Record;
use super::slot::Slot;
use super::{Store, Stored};

/// The generation of the record that says what is stored, then that of the image.
pub type Standing = (u64, u64);

/// The step of generations where a newer record may be hidden: its upper half makes the next record
/// newer than any that was made in steps of one, its lower half gives it a number that was not
/// given yet, since a slot that lasts 10,000 erases does not take so many commits.
const STEP: u64 = (1 << u32::BITS) + (1 << 16);

impl<F: NorFlash> Store<F> {
    /// Reads slots again that did not count: reading may work now. To be called before a decision
    /// about what is stored.
    pub fn look_again(&mut self) {
        for slot in 0..SLOTS {
            let before = self.slot(slot);
            if !before.may_hide_a_record() {
                continue;
            }
            self.examine(slot);
            match (before, self.slot(slot)) {
                (_, Slot::Valid(record)) if self.check(Stored { slot, record }).is_ok() => {}
                (Slot::Damaged(_), _) => self.set(slot, before),
                (_, Slot::Valid(record)) => self.set(slot, Slot::Damaged(record)),
                _ => {}
            }
        }
        self.hides &= self.slots.iter().any(Slot::is_unknown);
        self.shown = self.shown.max(self.standing());
    }

    /// Returns whether a record may be hidden that is newer than the one that says what is stored.
    pub fn may_hide_newer(&self) -> bool {
        let newest = self.deciding().map_or(0, |deciding| deciding.record.generation);
        self.hides || self.latest > newest
    }

    /// Returns whether what was stored cannot be read any more, since the store was opened: then
    /// [`newest`](Self::newest) is something older, or nothing.
    pub fn has_lost(&self) -> bool {
        self.standing() < self.shown
    }

    /// Whose image is stored, and its generations.
    fn standing(&self) -> Option<Standing> {
        let (image, origin) = self.newest()?;
        let deciding = match origin {
            Origin::Factory => self.deciding()?,
            Origin::Commit | Origin::Blank => image,
        };
        Some((deciding.record.generation, image.record.generation))
    }

    /// Notes which slots may hide a record, and what is stored, once all slots were examined.
    pub(super) fn note_opened(&mut self) {
        self.hides = self.slots.iter().any(Slot::is_unknown);
        self.shown = self.standing();
    }

    /// Notes that a record was stored that is newer than all others.
    pub(super) fn note_stored(&mut self) {
        self.hides = false;
        self.shown = self.standing();
    }

    /// Notes the generation of a record, wherever it was found.
    pub(super) fn note(&mut self, record: &Record) {
        if record.identity == self.identity {
            self.latest = self.latest.max(record.generation);
        }
    }

    /// Notes the generations of records that another setting has put between our slots, or behind
    /// them.
    // The record is on the stack only here.
    #[inline(never)]
    pub(super) fn note_strays(&mut self, length: u32) {
        let page = self.layout.page();
        let mut at = 0;
        while at < length {
            let mut bytes = Aligned([0; Record::BYTES]);
            if self.area.read(at, &mut bytes).is_ok()
                && let Some(record) = Record::decode(&bytes.0)
            {
                self.note(&record);
            }
            at = at.saturating_add(page);
        }
    }

    /// Returns the generation for a new record. It is used up, whatever becomes of the record.
    pub(super) fn next_generation(&mut self) -> u64 {
        let step = if self.hides { STEP } else { 1 };
        self.latest = self.latest.saturating_add(step);
        self.latest
    }
}
