//! Files that the program writes. They are examined before anything is computed, and written as a
//! whole or not at all.
//!
//! A path may be a symbolic link: the file that it leads to is written, the link stays. Folders,
//! devices, pipes and read-only files are refused. A file is written under a temporary name of its
//! own in the same folder, gets mode and owner of the file that it replaces, and is renamed when
//! all of it is on the disk. So whoever reads it, whatever fails, and however many programs write
//! it at once: it is an old one or a new one.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// Links that are followed; more are a circle. Linux follows as many.
const LINKS: usize = 40;

/// How the name of a temporary file begins.
const PREFIX: &str = ".trimpot-";
/// How it ends.
const SUFFIX: &str = ".part";

/// Held while a file is being written.
static WRITING: Mutex<()> = Mutex::new(());

/// Says why [`write()`] would fail, as far as that can be known without writing: the folder does
/// not exist or takes no new files, the path is that of something else than a file, the file is
/// read-only, its owner cannot be kept.
///
/// # Errors
/// If a file cannot be written there.
pub fn check(file: &Path) -> io::Result<()> {
    prepare(&resolve(file)?).map(drop)
}

/// Writes a file as a whole or not at all, and returns when it is on the disk.
///
/// # Errors
/// If the file cannot be written: then it is what it was.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let _writing = pause_writing();
    let file = resolve(file)?;
    let mut part = prepare(&file)?;
    part.write_all(bytes)?;
    // Else the new name might last longer than what it names.
    part.as_file().sync_all()?;
    part.persist(&file)?;
    sync_folder(folder_of(&file))
}

/// Locks a file that is there for that alone, and makes it if need be, for as long as what is
/// returned is open, here and in each process that was given it; none if somebody else has locked
/// it. What killed commands have left in its folder is removed.
///
/// # Errors
/// If the file cannot be made or locked. Where a file system has no locks, nothing is locked, and
/// that is no error.
pub fn lock(file: &Path) -> io::Result<Option<File>> {
    let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file)?;
    match lock.try_lock() {
        Ok(()) => {
            remove_abandoned(file);
            Ok(Some(lock))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Some(lock)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes what [`write()`] leaves in the folder of a file when the program is killed: temporary
/// files that nobody is writing. Who writes one has it locked, and that ends with the process;
/// where a file system has no locks, or a file cannot be removed, all stays.
pub fn remove_abandoned(file: &Path) {
    let Ok(entries) = fs::read_dir(folder_of(file)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_part = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        if !is_part || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let part = File::options().write(true).open(entry.path());
        if part.is_ok_and(|part| part.try_lock().is_ok()) {
            // It does no harm, and the next one may remove it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Waits until no file is being written, and keeps others from being written.
pub fn pause_writing() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether two paths lead to the same file, or would, if it existed.
pub fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one_is), Ok(other_is)) => match (identity(&one_is), identity(&other_is)) {
            (Some(one), Some(other)) => one == other,
            _ => fs::canonicalize(one).ok() == fs::canonicalize(other).ok(),
        },
        (Err(_), Err(_)) => match (resolve(one), resolve(other)) {
            (Ok(one), Ok(other)) => one == other,
            _ => one == other,
        },
        _ => false,
    }
}

/// Returns an error that names the first two of these files that are the same, each given with its
/// option.
///
/// # Errors
/// If two of the files are the same: with both names.
pub fn check_distinct(files: &[(&str, &Path)]) -> Result<(), String> {
    for (number, (option, file)) in files.iter().enumerate() {
        let same = files[..number].iter().find(|(_, other)| is_same(file, other));
        if let Some((other_option, other)) = same {
            let (file, other) = (file.display(), other.display());
            return Err(format!("{option} {file} is the same file as {other_option} {other}"));
        }
    }
    Ok(())
}

/// Returns the path without links: of a file that can be written or does not exist yet.
fn resolve(file: &Path) -> io::Result<PathBuf> {
    let separators = |c: char| c == '/' || c == MAIN_SEPARATOR;
    if file.to_string_lossy().ends_with(separators) {
        return Err(io::Error::other("it names a folder"));
    }
    // Of what links lead to.
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(found) if !found.is_file() => {
            return Err(io::Error::other("it is a device, a pipe or a socket, not a file"));
        }
        Ok(found) if found.permissions().readonly() => {
            return Err(io::Error::other("it is read-only"));
        }
        _ => {}
    }
    let mut file = file.to_owned();
    for _ in 0..LINKS {
        let name = file.file_name().ok_or_else(|| io::Error::other("it names a folder"))?;
        let folder = fs::canonicalize(folder_of(&file)).ok().filter(|folder| folder.is_dir());
        let folder = folder.ok_or_else(|| {
            let folder = folder_of(&file).display();
            io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {folder}"))
        })?;
        let path = folder.join(name);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => file = folder.join(fs::read_link(&path)?),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("it is a link that leads to itself"))
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Returns an empty file beside this one, to be renamed to it; deleted if it is dropped before.
fn prepare(file: &Path) -> io::Result<NamedTempFile> {
    let replaced = match fs::metadata(file) {
        Ok(replaced) => {
            // Opened to see whether that is allowed; nothing is written.
            File::options().append(true).open(file)?;
            Some(replaced)
        }
        Err(_) => None,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    if replaced.is_none() {
        new_file_mode(&mut builder);
    }
    let part = builder.tempfile_in(folder_of(file))?;
    // Without locks nothing is removed that is abandoned.
    let _ = part.as_file().try_lock();
    if let Some(replaced) = replaced {
        keep_owner(&replaced, part.as_file())?;
        part.as_file().set_permissions(replaced.permissions())?;
    }
    Ok(part)
}

#[cfg(unix)]
fn identity(file: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

/// Paths are compared instead.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// What any new file has: all that the user's mask allows. Temporary files are private otherwise.
#[cfg(unix)]
fn new_file_mode(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

/// New files inherit what the folder says.
#[cfg(not(unix))]
fn new_file_mode(_: &mut tempfile::Builder<'_, '_>) {}

#[cfg(unix)]
fn keep_owner(replaced: &Metadata, part: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = part.metadata()?;
    let owner = Some(replaced.uid()).filter(|&owner| owner != new.uid());
    let group = Some(replaced.gid()).filter(|&group| group != new.gid());
    if owner.is_none() && group.is_none() {
        return Ok(());
    }
    fchown(part, owner, group).map_err(|error| {
        let text = format!("it belongs to another user or group, which cannot be kept ({error})");
        io::Error::new(error.kind(), text)
    })
}

/// New files inherit it from the folder.
#[cfg(not(unix))]
fn keep_owner(_: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

/// The new name is in the folder, which has to reach the disk as well.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems have nothing to do for it, and say so.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}

/// Folders cannot be opened for it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
