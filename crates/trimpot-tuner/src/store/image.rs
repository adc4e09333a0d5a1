//! What a slot holds behind its record, as runs of bytes.

use trimpot_link::Checksum;

use embedded_storage::nor_flash::NorFlash;

use super::StoreError;
use super::area::{Aligned, Area, CHUNK};

/// Something that is stored: numbers and bytes in a fixed order.
///
/// An image that was stored can be read into one that is its beginning: the factory's parameters,
/// say, without its samples.
pub trait Image {
    /// Bytes.
    fn length(&self) -> u32;

    /// Hands over all bytes, in runs of any length.
    ///
    /// # Errors
    /// That of `visit`.
    fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Hands over buffers for all bytes, in the same order, and takes in what is written there.
    ///
    /// # Errors
    /// That of `visit`.
    fn for_each_mut(&mut self, visit: &mut VisitMut<'_>) -> Result<(), StoreError>;
}

/// What is done with a run of bytes.
pub type Visit<'v> = dyn FnMut(&[u8]) -> Result<(), StoreError> + 'v;
/// What is done with a buffer for a run of bytes.
pub type VisitMut<'v> = dyn FnMut(&mut [u8]) -> Result<(), StoreError> + 'v;

/// Numbers that are converted at once.
const NUMBERS: usize = 16;

/// Hands over numbers, as little-endian bytes.
///
/// # Errors
/// That of `visit`.
pub fn numbers(numbers: &[f32], visit: &mut Visit<'_>) -> Result<(), StoreError> {
    for numbers in numbers.chunks(NUMBERS) {
        let mut bytes = [[0; 4]; NUMBERS];
        for (bytes, number) in bytes.iter_mut().zip(numbers) {
            *bytes = number.to_le_bytes();
        }
        visit(bytes.get(..numbers.len()).unwrap_or_default().as_flattened())?;
    }
    Ok(())
}

/// Takes in numbers, as little-endian bytes.
///
/// # Errors
/// That of `visit`.
pub fn numbers_mut(numbers: &mut [f32], visit: &mut VisitMut<'_>) -> Result<(), StoreError> {
    for numbers in numbers.chunks_mut(NUMBERS) {
        let mut bytes = [[0; 4]; NUMBERS];
        visit(bytes.get_mut(..numbers.len()).unwrap_or_default().as_flattened_mut())?;
        for (bytes, number) in bytes.iter().zip(numbers) {
            *number = f32::from_le_bytes(*bytes);
        }
    }
    Ok(())
}

/// Numbers alone: parameters.
impl<const P: usize> Image for [f32; P] {
    fn length(&self) -> u32 {
        (P * size_of::<f32>()) as u32
    }

    fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        numbers(self, visit)
    }

    fn for_each_mut(&mut self, visit: &mut VisitMut<'_>) -> Result<(), StoreError> {
        numbers_mut(self, visit)
    }
}

/// Writes an image to erased memory from byte `at` on. Returns its CRC-32.
pub fn write<F: NorFlash>(
    area: &mut Area<F>,
    at: u32,
    image: &dyn Image,
) -> Result<u32, StoreError> {
    let mut checksum = Checksum::new();
    let (mut at, mut chunk, mut filled) = (at, Aligned([0xff; CHUNK]), 0_usize);
    image.for_each(&mut |bytes| {
        checksum.update(bytes);
        for &byte in bytes {
            if let Some(place) = chunk.0.get_mut(filled) {
                *place = byte;
            }
            filled = filled.saturating_add(1);
            if filled == CHUNK {
                area.write(at, &chunk.0)?;
                at = at.saturating_add(CHUNK as u32);
                (chunk, filled) = (Aligned([0xff; CHUNK]), 0);
            }
        }
        Ok(())
    })?;
    if filled > 0 {
        area.write(at, &chunk.0)?;
    }
    Ok(checksum.value())
}

/// Reads a stored image in runs of any length, and computes the CRC-32 of what it hands over.
pub struct Reader<'a, F> {
    area: &'a mut Area<F>,
    at: u32,
    /// Bytes of the image that were not handed over yet.
    left: u32,
    chunk: Aligned<CHUNK>,
    used: usize,
    checksum: Checksum,
}

impl<'a, F: NorFlash> Reader<'a, F> {
    /// Reads `length` bytes from byte `at` on.
    pub fn new(area: &'a mut Area<F>, at: u32, length: u32) -> Self {
        let (chunk, checksum) = (Aligned([0; CHUNK]), Checksum::new());
        Reader { area, at, left: length, chunk, used: CHUNK, checksum }
    }

    /// Reads the next bytes.
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<(), StoreError> {
        for byte in &mut *bytes {
            self.refill()?;
            *byte = self.chunk.0.get(self.used).copied().unwrap_or_default();
            self.used = self.used.saturating_add(1);
        }
        self.checksum.update(bytes);
        self.left = self.left.saturating_sub(bytes.len() as u32);
        Ok(())
    }

    /// Reads the rest, and returns the CRC-32 of all.
    pub fn finish(mut self) -> Result<u32, StoreError> {
        while self.left > 0 {
            self.refill()?;
            let rest = self.chunk.0.get(self.used..).unwrap_or_default();
            let rest = rest.get(..self.left as usize).unwrap_or(rest);
            self.checksum.update(rest);
            self.left = self.left.saturating_sub(rest.len() as u32);
            self.used = CHUNK;
        }
        Ok(self.checksum.value())
    }

    /// Reads the next chunk, if all bytes of this one were handed over.
    fn refill(&mut self) -> Result<(), StoreError> {
        if self.used == CHUNK {
            self.area.read(self.at, &mut self.chunk)?;
            self.at = self.at.saturating_add(CHUNK as u32);
            self.used = 0;
        }
        Ok(())
    }
}
