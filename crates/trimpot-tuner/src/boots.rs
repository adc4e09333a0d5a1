//! Counting boots, where the hardware has no random numbers.
//!
//! A [`Tuner`](crate::Tuner) needs a number that no boot repeats. The count is stored in two erase
//! pages: each boot adds an entry behind the last, and when a page is full, the other one is erased
//! and goes on. An entry is a count and its complement. Its place counts: an entry that was torn by
//! a power cut, or cannot be read now, stands for the boot that it may have counted, so that no
//! count is given again, whichever entries can be read. (Unless a whole page cannot be read at two
//! boots.)

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use crate::store::{Aligned, Area, OpenError, Reading, StoreError};

/// Bytes of an entry: whole words of any flash memory.
const ENTRY: usize = 32;

/// So many torn entries there may be where no boot was ever counted. More is somebody else's, or
/// cannot be read.
const MOST_TORN: u32 = 4;

/// Pages that are used.
const PAGES: u32 = 2;

/// A count and its complement.
struct Entry(Aligned<ENTRY>);

impl Entry {
    fn of(count: u32) -> Self {
        let mut bytes = [0; ENTRY];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip([count, !count]) {
            *place = word.to_le_bytes();
        }
        Entry(Aligned(bytes))
    }

    fn decode(bytes: &[u8; ENTRY]) -> Slot {
        let count = bytes.as_chunks().0.first().map_or(0, |&word| u32::from_le_bytes(word));
        if *bytes == [0xff; ENTRY] {
            Slot::Blank
        } else if *bytes == Entry::of(count).0.0 {
            Slot::Count(count)
        } else {
            Slot::Torn
        }
    }
}

/// What the place of an entry holds.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    Blank,
    Count(u32),
    Torn,
}

/// What there is in a page.
#[derive(Clone, Copy, Default)]
struct Page {
    /// Where it begins in the area.
    start: u32,
    /// The largest count, and the index of its entry.
    largest: Option<(u32, u32)>,
    /// Entries that are torn, or cannot be read.
    torn: u32,
    /// The index of the next entry: behind the last that is not blank.
    next: u32,
}

/// Counts this boot, and returns the count: from 1, larger than at every boot before.
///
/// `area` are two erase pages that nothing else uses, and that are blank at first.
///
/// # Errors
/// If the area is too small or not aligned, or the flash memory fails; and if the area holds
/// something else or cannot be read: then nothing is changed.
// Its stack is gone when a tuner starts.
#[inline(never)]
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
    let capacity = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
    if area.end > capacity {
        return Err(OpenError::OutOfFlash { end: area.end, capacity });
    }
    let entries = page / ENTRY as u32;
    let offset = area.start;
    let mut area = Area::new(flash, &area);
    let (first, second) = (look(&mut area, 0, entries), look(&mut area, page, entries));
    let newer = |page: Page| page.largest.map(|(count, _)| count);
    let (current, other) =
        if newer(second) > newer(first) { (second, first) } else { (first, second) };
    if current.largest.is_none() && first.torn.saturating_add(second.torn) > MOST_TORN {
        area.read(0, &mut Aligned([0; ENTRY])).map_err(OpenError::Flash)?;
        return Err(OpenError::Occupied { offset });
    }
    // The count that belongs to an index in this page, as if all entries up to it were whole.
    let (largest, behind) =
        current.largest.map_or((0, 0), |(count, index)| (count, index.saturating_add(1)));
    let counted =
        |index: u32| largest.saturating_add(index.saturating_sub(behind)).saturating_add(1);
    if let Ok(count) = append(&mut area, current, entries, counted(current.next)) {
        return Ok(count);
    }
    // In the other page there may be newer ones that cannot be read now.
    let hidden = if other.largest.is_none() { other.next } else { 0 };
    let count = counted(entries).saturating_add(hidden);
    if hidden > 0
        && let Ok(count) = append(&mut area, other, entries, count)
    {
        return Ok(count);
    }
    area.erase(other.start, page).map_err(OpenError::Flash)?;
    append(&mut area, Page { next: 0, ..other }, entries, count).map_err(OpenError::Flash)
}

fn look<F: NorFlash>(area: &mut Area<F>, start: u32, entries: u32) -> Page {
    let mut found = Page { start, ..Page::default() };
    for index in 0..entries {
        match examine(area, start, index) {
            Slot::Blank => continue,
            Slot::Torn => found.torn = found.torn.saturating_add(1),
            Slot::Count(count) => {
                if found.largest.is_none_or(|(largest, _)| count > largest) {
                    found.largest = Some((count, index));
                }
            }
        }
        found.next = index.saturating_add(1);
    }
    found
}

fn examine<F: NorFlash>(area: &mut Area<F>, start: u32, index: u32) -> Slot {
    match area.examine(place(start, index), Entry::decode) {
        Reading::Stable(place) => place,
        Reading::Unstable | Reading::Unreadable => Slot::Torn,
    }
}

/// Writes an entry at the page's next index. One that does not hold what is written is passed over,
/// and its count with it.
fn append<F: NorFlash>(
    area: &mut Area<F>,
    page: Page,
    entries: u32,
    count: u32,
) -> Result<u32, StoreError> {
    let mut failure = StoreError::Mismatch;
    for (index, passed) in (page.next..entries).zip(0_u32..) {
        let count = count.saturating_add(passed);
        let written = area.write(place(page.start, index), &Entry::of(count).0.0);
        if examine(area, page.start, index) == Slot::Count(count) {
            return Ok(count);
        }
        failure = written.err().unwrap_or(failure);
    }
    Err(failure)
}

/// Returns where an entry is in the area.
const fn place(start: u32, index: u32) -> u32 {
    start.saturating_add(index.saturating_mul(ENTRY as u32))
}
