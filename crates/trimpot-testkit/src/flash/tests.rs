//! The model itself, tested.

mod cuts;
mod faults;
mod weak;

use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind, ReadNorFlash};

use super::*;

type Small = Flash<1, 4, 16>;

/// The tears that are drawn from a seed.
const SEEDED: [fn(u64) -> Torn; 7] = [
    Torn::Random,
    Torn::Weak,
    Torn::WeakEcc,
    Torn::Page,
    Torn::WeakPage,
    Torn::Disturb,
    Torn::DisturbNeighbours,
];

/// Memory full of `old`, a program of whose first bytes to `new` is cut after `place` bytes.
fn torn_program<const WRITE: usize, const ERASE: usize>(
    old: u8,
    new: &[u8],
    place: u64,
    torn: Torn,
) -> Flash<1, WRITE, ERASE> {
    let mut flash = Flash::new(3 * ERASE);
    flash.bytes_mut().fill(old);
    flash.cut_after(place, torn);
    assert_eq!(flash.write(0, new), Err(FlashError::NoPower));
    flash.power_on();
    flash
}

/// Memory full of `old`, the erasure of whose second page of three is cut.
fn torn_erasure<const WRITE: usize, const ERASE: usize>(
    old: u8,
    torn: Torn,
) -> Flash<1, WRITE, ERASE> {
    let mut flash = Flash::new(3 * ERASE);
    flash.bytes_mut().fill(old);
    flash.cut_after(0, torn);
    assert_eq!(flash.erase(ERASE as u32, 2 * ERASE as u32), Err(FlashError::NoPower));
    flash.power_on();
    flash
}

fn read<const LENGTH: usize>(
    flash: &mut impl ReadNorFlash<Error = FlashError>,
    offset: u32,
) -> Result<[u8; LENGTH], FlashError> {
    let mut bytes = [0; LENGTH];
    flash.read(offset, &mut bytes).map(|()| bytes)
}

/// Returns the bits that are not the same in all of these.
fn differing<const LENGTH: usize>(all: &[[u8; LENGTH]]) -> [u8; LENGTH] {
    let mut bits = [0; LENGTH];
    for bytes in all {
        for (index, byte) in bytes.iter().enumerate() {
            bits[index] |= byte ^ all[0][index];
        }
    }
    bits
}

fn ones(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| byte.count_ones()).sum()
}

#[test]
fn programming_clears_bits_and_erasing_sets_them() {
    let mut flash = Small::new(32);
    assert_eq!(flash.bytes(), [0xff; 32]);
    flash.write(4, &[0x0f, 0xf0, 0, 0xff]).unwrap();
    flash.write(4, &[0xff, 0x3c, 0xff, 0xff]).unwrap();
    assert_eq!(flash.bytes()[3..9], [0xff, 0x0f, 0x30, 0, 0xff, 0xff]);
    assert_eq!(
        flash.counts(),
        Counts { programmed: 8, erased: 0, overwritten: 1, ..Counts::default() }
    );
    flash.erase(0, 16).unwrap();
    assert_eq!(flash.bytes(), [0xff; 32]);
    flash.write(4, &[0; 4]).unwrap();
    assert_eq!(
        flash.counts(),
        Counts { programmed: 12, erased: 16, overwritten: 1, ..Counts::default() }
    );
}

#[test]
fn what_is_misaligned_or_outside_is_refused() {
    let mut flash = Small::new(32);
    let refused = |kind| Err(FlashError::Kind(kind));
    assert_eq!(flash.write(2, &[0; 4]), refused(NorFlashErrorKind::NotAligned));
    assert_eq!(flash.write(4, &[0; 3]), refused(NorFlashErrorKind::NotAligned));
    assert_eq!(flash.write(32, &[0; 4]), refused(NorFlashErrorKind::OutOfBounds));
    assert_eq!(flash.erase(0, 8), refused(NorFlashErrorKind::NotAligned));
    assert_eq!(flash.erase(0, 48), refused(NorFlashErrorKind::OutOfBounds));
    assert_eq!(flash.read(30, &mut [0; 4]), refused(NorFlashErrorKind::OutOfBounds));
    assert_eq!(flash.bytes(), [0xff; 32]);
}

#[test]
fn after_a_cut_nothing_works_until_the_power_is_back() {
    let mut flash = Small::new(32);
    flash.cut_after(6, Torn::Untouched);
    assert_eq!(flash.write(0, &[0; 12]), Err(FlashError::NoPower));
    assert!(!flash.is_powered());
    assert_eq!(flash.read(0, &mut [0; 4]), Err(FlashError::NoPower));
    assert_eq!(flash.write(16, &[0; 4]), Err(FlashError::NoPower));
    assert_eq!(flash.erase(0, 16), Err(FlashError::NoPower));
    flash.power_on();
    let mut bytes = [0; 12];
    flash.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(flash.counts().cuts(), 4);
}
