//! Flash memory in a file or in memory, with the manners of NOR flash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read,
    check_write,
};
use trimpot_model::output;

use super::error::BoardError;

const ERASED: u8 = 0xff;

/// NOR flash, words of 4 bytes, pages of 4 KiB: programming can only clear bits, erasing
/// sets all bits of a page. Its cells are a file, or bytes in memory.
#[derive(Debug)]
pub struct SimulatedFlash<M> {
    cells: M,
    capacity: u32,
    /// Nobody else has the file open meanwhile.
    _lock: Option<File>,
}

/// Flash memory in a file. Every change is in the file before the next one begins.
pub type FileFlash = SimulatedFlash<File>;

/// Flash memory that is gone when it is dropped.
pub type MemoryFlash = SimulatedFlash<Cursor<Vec<u8>>>;

/// An operation on a [`SimulatedFlash`] failed.
#[derive(Debug, thiserror::Error)]
pub enum FileFlashError {
    /// The operation is out of bounds or not aligned.
    #[error("flash operation: {0:?}")]
    Operation(NorFlashErrorKind),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
}

impl From<NorFlashErrorKind> for FileFlashError {
    fn from(kind: NorFlashErrorKind) -> Self {
        FileFlashError::Operation(kind)
    }
}

impl NorFlashError for FileFlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            FileFlashError::Operation(kind) => *kind,
            FileFlashError::File(_) => NorFlashErrorKind::Other,
        }
    }
}

impl FileFlash {
    /// Bytes of the two pages in which boots are counted.
    pub const BOOTS: u32 = 2 * Self::ERASE_SIZE as u32;

    /// Returns the flash memory of `capacity` bytes in this file; erased, if there is no such file.
    ///
    /// # Errors
    /// If the file cannot be read or made, has another size, or is open already.
    pub fn open(file: &Path, capacity: u32) -> Result<Self, BoardError> {
        let lock = lock_or_make(file, capacity.into())?;
        let file = OpenOptions::new().read(true).write(true).open(file).map_err(failed(file))?;
        Ok(FileFlash { cells: file, capacity, _lock: Some(lock) })
    }

    /// Returns where the tuner stores what it learns.
    pub fn store(&self) -> Range<u32> {
        0..self.boots().start
    }
}

impl<M> SimulatedFlash<M> {
    /// Returns where boots are counted: the last two pages.
    pub fn boots(&self) -> Range<u32> {
        self.capacity.saturating_sub(FileFlash::BOOTS)..self.capacity
    }
}

impl MemoryFlash {
    /// Creates erased memory of `capacity` bytes.
    pub fn new(capacity: u32) -> Self {
        let cells = Cursor::new(vec![ERASED; capacity as usize]);
        MemoryFlash { cells, capacity, _lock: None }
    }
}

/// Locks a flash memory of `size` bytes; makes an erased one, if there is none. Nobody else locks
/// it until what is returned is closed, here and in each process that was given it.
///
/// # Errors
/// [`BoardError::Busy`], if somebody else has locked it; if it cannot be read or made, or has
/// another size.
pub(super) fn lock_or_make(path: &Path, size: u64) -> Result<File, BoardError> {
    let lock = lock(path, size)?;
    if !path.exists() {
        write_erased(path, size)?;
    }
    Ok(lock)
}

/// Erases a flash memory of `size` bytes, or makes one. A file of another size is none, and stays
/// as it is.
///
/// # Errors
/// As [`lock_or_make`].
pub(super) fn erase(path: &Path, size: u64) -> Result<(), BoardError> {
    let _lock = lock(path, size)?;
    write_erased(path, size)
}

fn write_erased(path: &Path, size: u64) -> Result<(), BoardError> {
    output::write(path, &vec![ERASED; size as usize]).map_err(failed(path))
}

/// Locks a flash memory that may not be there yet, by a file beside it: that is never replaced.
fn lock(path: &Path, size: u64) -> Result<File, BoardError> {
    if path.exists() {
        check_size(path, size)?;
    }
    // Beside the file that links lead to.
    let mut name = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(".lock");
    let name = PathBuf::from(name);
    let lock = output::lock(&name).map_err(failed(&name))?;
    lock.ok_or_else(|| BoardError::Busy { file: path.to_owned() })
}

fn check_size(path: &Path, expected: u64) -> Result<(), BoardError> {
    // Before it is opened, because that would wait for the other end of a pipe.
    let file = fs::metadata(path).map_err(failed(path))?;
    if !file.is_file() {
        return Err(failed(path)(io::Error::other("it is a folder, a device or a pipe")));
    }
    match file.len() {
        found if found == expected => Ok(()),
        found => Err(BoardError::FlashSize { file: path.to_owned(), expected, found }),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BoardError {
    |source| BoardError::Flash { file: path.to_owned(), source }
}

impl<M> ErrorType for SimulatedFlash<M> {
    type Error = FileFlashError;
}

impl<M: Read + Seek> ReadNorFlash for SimulatedFlash<M> {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FileFlashError> {
        check_read(self, offset, bytes.len())?;
        self.cells.seek(SeekFrom::Start(offset.into()))?;
        Ok(self.cells.read_exact(bytes)?)
    }

    fn capacity(&self) -> usize {
        self.capacity as usize
    }
}

impl<M: Read + Write + Seek> NorFlash for SimulatedFlash<M> {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FileFlashError> {
        check_erase(self, from, to)?;
        self.cells.seek(SeekFrom::Start(from.into()))?;
        Ok(self.cells.write_all(&vec![ERASED; (to - from) as usize])?)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FileFlashError> {
        check_write(self, offset, bytes.len())?;
        let mut cells = vec![0; bytes.len()];
        self.read(offset, &mut cells)?;
        for (cell, byte) in cells.iter_mut().zip(bytes) {
            *cell &= byte;
        }
        self.cells.seek(SeekFrom::Start(offset.into()))?;
        Ok(self.cells.write_all(&cells)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use tempfile::tempdir;

    const CAPACITY: u32 = 256 * 1024;

    #[test]
    fn programming_clears_bits_erasing_sets_them_and_both_stay() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        let mut flash = FileFlash::open(&path, CAPACITY).unwrap();
        let mut bytes = [0; 4];
        flash.read(4096, &mut bytes).unwrap();
        assert_eq!(bytes, [0xff; 4]);
        flash.write(4096, &[0xf0, 0x55, 0xff, 0x00]).unwrap();
        flash.write(4096, &[0x0f, 0xff, 0xaa, 0xff]).unwrap();
        drop(flash);

        let mut flash = FileFlash::open(&path, CAPACITY).unwrap();
        flash.read(4096, &mut bytes).unwrap();
        assert_eq!(bytes, [0x00, 0x55, 0xaa, 0x00]);
        flash.erase(4096, 8192).unwrap();
        flash.read(4096, &mut bytes).unwrap();
        assert_eq!(bytes, [0xff; 4]);
    }

    #[test]
    fn cells_in_memory_are_those_of_a_file() {
        let directory = tempdir().unwrap();
        let mut file = FileFlash::open(&directory.path().join("flash.bin"), CAPACITY).unwrap();
        let mut memory = MemoryFlash::new(CAPACITY);
        fn use_it<M: Read + Write + Seek>(flash: &mut SimulatedFlash<M>) -> [[u8; 4]; 3] {
            [0xf0, 0x3c, 0xff].map(|byte| {
                if byte == 0xff {
                    flash.erase(4096, 8192).unwrap();
                } else {
                    flash.write(4100, &[byte; 4]).unwrap();
                }
                let mut bytes = [0; 4];
                flash.read(4100, &mut bytes).unwrap();
                bytes
            })
        }
        let found = use_it(&mut memory);
        assert_eq!(found, [[0xf0; 4], [0x30; 4], [0xff; 4]]);
        assert_eq!(found, use_it(&mut file));
    }

    #[test]
    fn what_is_not_aligned_or_out_of_bounds_is_refused() {
        let directory = tempdir().unwrap();
        let mut flash = FileFlash::open(&directory.path().join("flash.bin"), CAPACITY).unwrap();
        let kind = |result: Result<(), FileFlashError>| result.unwrap_err().kind();
        assert_eq!(kind(flash.write(2, &[0; 4])), NorFlashErrorKind::NotAligned);
        assert_eq!(kind(flash.erase(0, 100)), NorFlashErrorKind::NotAligned);
        let end = CAPACITY;
        assert_eq!(kind(flash.write(end, &[0; 4])), NorFlashErrorKind::OutOfBounds);
    }

    #[test]
    fn a_flash_memory_is_used_once_at_a_time() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        let first = FileFlash::open(&path, CAPACITY).unwrap();
        let error = FileFlash::open(&path, CAPACITY).unwrap_err();
        assert!(matches!(&error, BoardError::Busy { file } if *file == path), "{error}");
        let error = erase(&path, CAPACITY.into()).unwrap_err();
        assert!(matches!(&error, BoardError::Busy { file } if *file == path), "{error}");
        drop(first);
        FileFlash::open(&path, CAPACITY).unwrap();
    }

    #[test]
    fn one_of_those_that_make_a_flash_memory_at_once_has_it() {
        let directory = tempdir().unwrap();
        let path = &directory.path().join("flash.bin");
        let start = &Barrier::new(8);
        let open = || {
            start.wait();
            let flash = FileFlash::open(path, CAPACITY);
            start.wait();
            flash.is_ok()
        };
        let opened = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .filter(|&is_open| is_open)
                .count()
        });
        assert_eq!(opened, 1);
    }

    #[test]
    fn what_a_killed_command_left_is_removed_and_nothing_else() {
        let directory = tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let [left, written, folder, other] =
            [".trimpot-a1.part", ".trimpot-b2.part", ".trimpot-c3.part", "d4.part"].map(path);
        for file in [&left, &written, &other] {
            fs::write(file, "a part").unwrap();
        }
        fs::create_dir(&folder).unwrap();
        // Somebody is writing it.
        let writer = File::open(&written).unwrap();
        writer.try_lock().unwrap();
        let flash = FileFlash::open(&path("flash.bin"), CAPACITY).unwrap();
        assert!(!left.exists());
        assert!(written.exists() && folder.exists() && other.exists());
        // He has been killed; while the flash memory is in use nobody looks.
        drop(writer);
        FileFlash::open(&path("flash.bin"), CAPACITY).unwrap_err();
        assert!(written.exists());
        drop(flash);
        FileFlash::open(&path("flash.bin"), CAPACITY).unwrap();
        assert!(!written.exists());
    }

    #[test]
    fn a_file_of_another_size_is_not_touched() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("flash.bin");
        std::fs::write(&path, "a letter to my aunt").unwrap();
        let error = FileFlash::open(&path, CAPACITY).unwrap_err();
        assert!(error.to_string().ends_with("has 19 bytes, but must have 262144"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"a letter to my aunt");
    }
}
