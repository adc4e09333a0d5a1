//! Opening a store: whose area it is, and what it holds.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use super::area::{Aligned, Area, Reading};
use super::layout::SLOTS;
use super::record::{Baseline, Kind, Record};
use super::slot::Slot;
use super::{Identity, Layout, OpenError, Store, StoreError};

/// Bits that a torn record may clear elsewhere in its page.
const STRAY_BITS: u32 = 8;

/// What there is in a record's place.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    Blank,
    Record(Record),
    Broken,
    Other,
}

impl Content {
    fn decode(bytes: &[u8; Record::BYTES]) -> Self {
        match Record::decode(bytes) {
            Some(record) => Content::Record(record),
            None if bytes.iter().all(|&byte| byte == 0xff) => Content::Blank,
            None if Record::was(bytes) => Content::Broken,
            None => Content::Other,
        }
    }
}

impl<F: NorFlash> Store<F> {
    /// Opens the store in a range of the flash memory, of which it uses the first
    /// [`bytes`](Layout::bytes) of the layout. A blank area is formatted.
    ///
    /// # Errors
    /// If the area is too small or not made of whole pages, cannot be read, or holds something
    /// else.
    pub fn open(
        flash: F,
        range: Range<u32>,
        identity: Identity,
        layout: Layout,
    ) -> Result<Self, OpenError> {
        let (needed, page) = (layout.bytes(), layout.page());
        let available = range.end.saturating_sub(range.start);
        if !range.start.is_multiple_of(page) {
            return Err(OpenError::NotAligned { start: range.start, page });
        }
        if available < needed {
            return Err(OpenError::TooSmall { needed, available });
        }
        let capacity = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
        if range.end > capacity {
            return Err(OpenError::OutOfFlash { end: range.end, capacity });
        }
        let used = range.start..range.start.saturating_add(needed);
        let slots = [Slot::Unreadable; SLOTS];
        let area = Area::new(flash, &used);
        let (latest, hides, shown) = (0, false, None);
        let mut store = Store { area, identity, layout, slots, latest, hides, shown, damaged: 0 };
        for slot in 0..SLOTS {
            store.examine(slot);
        }
        if store.torn() > SLOTS / 2 {
            return Err(OpenError::Flash(StoreError::Unstable));
        }
        if !store.is_ours() {
            store.check_blank(used.start)?;
            store.format().map_err(OpenError::Flash)?;
        }
        store.note_strays(range.end.saturating_sub(range.start));
        store.check_images();
        store.note_opened();
        Ok(store)
    }

    /// Reads a slot's record.
    pub(super) fn examine(&mut self, slot: usize) {
        let state = match self.area.examine(self.layout.offset(slot), Content::decode) {
            Reading::Stable(Content::Blank) => Slot::Blank,
            Reading::Stable(Content::Record(record)) => {
                self.note(&record);
                let ours = record.identity == self.identity
                    && record.length == self.layout.image_bytes(record.kind)
                    && Layout::slots(record.kind).contains(&slot);
                if ours { Slot::Valid(record) } else { Slot::Foreign(record) }
            }
            Reading::Stable(Content::Broken) => Slot::Broken,
            Reading::Stable(Content::Other) => Slot::Garbage,
            Reading::Unstable => Slot::Torn,
            Reading::Unreadable => Slot::Unreadable,
        };
        self.set(slot, state);
    }

    /// Returns whether there is a record of ours anywhere: those of another network may be at the
    /// start of any page.
    fn is_ours(&mut self) -> bool {
        if self.slots.iter().any(Slot::is_record) {
            return true;
        }
        let mut at = 0;
        while at < self.area.length() {
            let found = self.area.examine(at, Content::decode);
            if matches!(found, Reading::Stable(Content::Record(_))) {
                return true;
            }
            at = at.saturating_add(self.layout.page());
        }
        false
    }

    /// Fails if there is anything in the area but what a torn record leaves: the power may have
    /// failed while the area was formatted.
    fn check_blank(&mut self, start: u32) -> Result<(), OpenError> {
        const STEP: u32 = Record::BYTES as u32;
        for slot in 0..SLOTS {
            let (from, size) = (self.layout.offset(slot), self.layout.size(slot));
            let formats = Layout::slots(Kind::Formatted).contains(&slot);
            let torn = formats && self.slot(slot) != Slot::Blank;
            let mut stray = 0_u32;
            let mut at = if torn { STEP } else { 0 };
            while at < size {
                let offset = from.saturating_add(at);
                let mut bytes = Aligned([0; Record::BYTES]);
                self.area.read(offset, &mut bytes).map_err(OpenError::Flash)?;
                let zeros = bytes.0.iter().map(|byte| byte.count_zeros()).sum::<u32>();
                stray = stray.saturating_add(zeros);
                let left = torn && at < self.layout.page() && stray <= STRAY_BITS;
                if zeros > 0 && !left {
                    return Err(OpenError::Occupied { offset: start.saturating_add(offset) });
                }
                at = at.saturating_add(STEP);
            }
        }
        Ok(())
    }

    /// Writes the first record, where there was nothing yet. What the power has torn before is
    /// erased only if there is no other place, because a cut then would leave more than a torn
    /// record.
    fn format(&mut self) -> Result<(), StoreError> {
        let (kind, identity) = (Kind::Formatted, self.identity);
        let baseline = Baseline { loss: 0.0, judges: 0 };
        let record = Record { kind, generation: 0, identity, baseline, length: 0, checksum: 0 };
        let mut failure = StoreError::Mismatch;
        for erases in [false, true] {
            for slot in Layout::slots(kind) {
                if erases {
                    self.erase(slot)?;
                }
                if self.slot(slot) == Slot::Blank {
                    match self.write_record(slot, record) {
                        Ok(_) => return Ok(()),
                        Err(error) => failure = error,
                    }
                }
            }
        }
        Err(failure)
    }

    /// Returns how many records come and go.
    fn torn(&self) -> usize {
        self.slots.iter().filter(|&&slot| slot == Slot::Torn).count()
    }

    /// Checks all images, counts what is damaged, and copies the factory's image again where one
    /// copy is.
    fn check_images(&mut self) {
        for slot in 0..SLOTS {
            let state = self.slot(slot);
            if let Slot::Valid(record) = state
                && self.check(super::Stored { slot, record }).is_err()
            {
                self.give_up(slot);
            }
            if matches!(state, Slot::Broken | Slot::Torn | Slot::Unreadable) {
                self.damaged = self.damaged.saturating_add(1);
            }
        }
        self.copy_factory();
    }
}
