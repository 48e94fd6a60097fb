//! The state directory: that it is there, that it can be written, and that one daemon at a time works in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;

const DATABASE: &str = "strowger.db";
const LOCK: &str = "strowger.lock";

/// Where the database file of a state directory is.
pub fn database_path(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

/// Makes sure that the directory exists and that this process may write there; creates it where it is missing.
pub fn prepare(directory: &Path) -> Result<(), StoreError> {
    match fs::metadata(directory) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            let source = io::Error::from(io::ErrorKind::NotADirectory);
            return Err(refusal(directory, directory, "it is not a directory", source));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = fs::DirBuilder::new().recursive(true).mode(0o750).create(directory);
            made.map_err(|source| refusal(directory, directory, "it cannot be created", source))?;
        }
        Err(source) => return Err(refusal(directory, directory, "it cannot be read", source)),
    }
    open_lock_file(directory)?;
    // The database holds names and numbers: the owner's and the group's business only. WAL files take over its mode.
    let database = database_path(directory);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o640).open(&database);
    opened.map_err(|source| refusal(directory, &database, "the database cannot be opened for writing", source))?;
    Ok(())
}

/// Held for as long as the daemon works in the directory; freed with the process, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the directory for this process, or says who has it.
    pub fn take(directory: &Path) -> Result<Self, StoreError> {
        let mut file = open_lock_file(directory)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = match file.read_to_string(&mut text) {
                    Ok(_) if !text.trim().is_empty() => format!("process {}", text.trim()),
                    _ => "it left no process number".to_owned(),
                };
                return Err(StoreError::InUse { path: directory.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(refusal(directory, directory, "it cannot be locked", source)),
        }
        // The number only helps whoever reads it; on a full disk the lock itself still holds.
        let told = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).and_then(|_| writeln!(file, "{}", std::process::id()));
        if let Err(error) = told {
            tracing::warn!(%error, path = %directory.join(LOCK).display(), "cannot write the process number into the lock file");
        }
        Ok(Self { _file: file })
    }
}

fn open_lock_file(directory: &Path) -> Result<File, StoreError> {
    let lock = directory.join(LOCK);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o640).open(&lock);
    opened.map_err(|source| refusal(directory, &lock, "files in it cannot be written", source))
}

/// `at` is what could not be used: the directory or a file in it.
fn refusal(directory: &Path, at: &Path, what: &'static str, source: io::Error) -> StoreError {
    let own = fs::metadata("/proc/self").ok().map(|own| own.uid());
    let asker = own.map_or_else(|| "unknown uid".to_owned(), |uid| format!("uid {uid}"));
    let existing = at.ancestors().find_map(|at| Some((at, fs::metadata(at).ok()?)));
    let facts = existing.map_or_else(String::new, |(at, found)| {
        format!("{} belongs to uid {} gid {} with mode {:04o}, ", at.display(), found.uid(), found.gid(), found.mode() & 0o7777)
    });
    let to_do = match source.kind() {
        io::ErrorKind::PermissionDenied => "run as its owner, or hand it over with `chown`".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "mount it writable, or set another state directory".to_owned(),
        io::ErrorKind::StorageFull => "make room on that disk".to_owned(),
        io::ErrorKind::NotADirectory => "set the state directory to a directory".to_owned(),
        _ => "check the path and its file system".to_owned(),
    };
    StoreError::StateDirectory { path: directory.to_owned(), what, facts: format!("{facts}this process runs as {asker}"), to_do, source }
}
