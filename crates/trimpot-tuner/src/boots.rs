//! Counting boots, where the hardware has no random numbers.
//!
//! A [`Tuner`](crate::Tuner) needs a number that no boot repeats. The count is kept in two erase pages: each
//! boot adds an entry behind the last, and when a page is full, the other one is erased and goes on. An
//! entry is a count and its complement. One that was torn by a power cut counts as a boot, too, so that
//! a count that could have been given is not given again.

use core::ops::Range;

use embedded_storage::nor_flash::{NorFlash, NorFlashError};

use crate::store::{OpenError, StoreError};

/// Bytes of an entry: whole words of any flash memory.
const ENTRY: usize = 32;

/// So many torn entries there may be where no boot was ever counted. More is somebody else's, or cannot be read.
const MOST_TORN: u32 = 4;

/// Pages that are used.
const PAGES: u32 = 2;

/// Bytes at the address of a word.
#[repr(C, align(4))]
struct Entry([u8; ENTRY]);

impl Entry {
    fn of(count: u32) -> Self {
        let mut bytes = [0; ENTRY];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip([count, !count]) {
            *place = word.to_le_bytes();
        }
        Entry(bytes)
    }

    fn is_blank(&self) -> bool {
        self.0 == [0xff; ENTRY]
    }

    /// The count, if the entry is whole.
    fn count(&self) -> Option<u32> {
        let mut words = self.0.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
        let count = words.next()?;
        (self.0 == Entry::of(count).0).then_some(count)
    }
}

/// What there is in a page.
#[derive(Clone, Copy, Default)]
struct Page {
    /// The largest count.
    largest: Option<u32>,
    /// Entries that cannot be read, or are torn.
    torn: u32,
    /// Where the next entry goes: behind the last that is not blank.
    next: u32,
}

/// Counts this boot, and returns the count: from 1, larger than at every boot before.
///
/// `area` are two erase pages that nothing else uses, and that are blank at first.
///
/// # Errors
/// If the area is too small or not aligned, or the flash memory fails.
pub fn count<F: NorFlash>(flash: &mut F, area: Range<u32>) -> Result<u32, OpenError> {
    const {
        assert!(
            ENTRY.is_multiple_of(F::READ_SIZE) && ENTRY.is_multiple_of(F::WRITE_SIZE),
            "the flash is read and written in units of up to 32 bytes, a power of two"
        );
        assert!(F::ERASE_SIZE.is_multiple_of(ENTRY), "an erase page has whole entries");
    };
    let page = F::ERASE_SIZE as u32;
    let (needed, available) = (PAGES * page, area.end.saturating_sub(area.start));
    if available < needed {
        return Err(OpenError::TooSmall { needed, available });
    }
    if !area.start.is_multiple_of(page) {
        return Err(OpenError::NotAligned { start: area.start, page });
    }
    let capacity = flash.capacity() as u32;
    if area.end > capacity {
        return Err(OpenError::OutOfFlash { end: area.end, capacity });
    }
    let (one, two) = (area.start, area.start.saturating_add(page));
    let (first, second) = (look(flash, one, page), look(flash, two, page));
    let (start, other, current) =
        if second.largest > first.largest { (two, one, second) } else { (one, two, first) };
    let torn = first.torn.saturating_add(second.torn);
    let largest = first.largest.max(second.largest);
    if largest.is_none() && torn > MOST_TORN {
        return Err(OpenError::Occupied { offset: start });
    }
    let largest = largest.unwrap_or(0);
    let count = largest.saturating_add(torn).saturating_add(1);
    // An entry that does not hold what is written is passed over.
    let mut at = current.next;
    while at < page {
        if write(flash, start.saturating_add(at), count).is_ok() {
            return Ok(count);
        }
        at = at.saturating_add(ENTRY as u32);
    }
    let failed = |error: F::Error| OpenError::Flash(StoreError::Flash(error.kind()));
    flash.erase(other, other.saturating_add(page)).map_err(failed)?;
    write(flash, other, count).map_err(OpenError::Flash)?;
    Ok(count)
}

fn look<F: NorFlash>(flash: &mut F, start: u32, page: u32) -> Page {
    let mut found = Page::default();
    let mut at = 0;
    while at < page {
        let entry = read(flash, start.saturating_add(at));
        let next = at.saturating_add(ENTRY as u32);
        match entry {
            Some(entry) if entry.is_blank() => {}
            Some(entry) if entry.count().is_some() => {
                (found.largest, found.next) = (found.largest.max(entry.count()), next);
            }
            _ => (found.torn, found.next) = (found.torn.saturating_add(1), next),
        }
        at = next;
    }
    found
}

/// An entry that reads the same several times.
fn read<F: NorFlash>(flash: &mut F, at: u32) -> Option<Entry> {
    const READINGS: u32 = 40;
    let mut last: Option<Entry> = None;
    for _ in 0..READINGS {
        let mut entry = Entry([0; ENTRY]);
        flash.read(at, &mut entry.0).ok()?;
        if last.is_some_and(|last| last.0 != entry.0) {
            return None;
        }
        last = Some(entry);
    }
    last
}

fn write<F: NorFlash>(flash: &mut F, at: u32, count: u32) -> Result<(), StoreError> {
    let written = flash.write(at, &Entry::of(count).0);
    written.map_err(|error| StoreError::Flash(error.kind()))?;
    match read(flash, at).and_then(|entry| entry.count()) {
        Some(found) if found == count => Ok(()),
        _ => Err(StoreError::Mismatch),
    }
}
