//! The files: one that grows, and those that are full.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::lines::{self, Contents};
use crate::sink::destination::Source;
use crate::sink::settings::File as Settings;
use crate::spool::outbox::{Entry, Place, Sources};
use crate::telephony::Time;

/// What cannot be done with which file.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot {doing}: {source}", path.display())]
pub struct FileError {
    path: PathBuf,
    doing: &'static str,
    source: io::Error,
}

/// The file that grows.
#[derive(Debug)]
pub(super) struct Writer {
    settings: Settings,
    name: String,
    sources: Sources,
    path: PathBuf,
    file: File,
    bytes: u64,
    /// When its first line was written; `None`: it has none.
    began: Option<Time>,
    last_seq: Option<u64>,
    last_history: Option<u64>,
}

impl Writer {
    /// Opens the file, or makes it; takes off what a crash left of a line, and finds out what is there already.
    ///
    /// No number beyond `newest` was handed over so far. Where the file has one, an older copy of the database was put back, and what
    /// comes now has numbers that stand there already: the file's mark says nothing then.
    pub(super) fn open(settings: Settings, name: &str, sources: Sources, newest: u64) -> Result<Self, FileError> {
        let directory = settings.directory.clone();
        let made = fs::DirBuilder::new().recursive(true).mode(0o750).create(&directory);
        made.at(&directory, "make the directory")?;
        let path = directory.join(format!("{name}.jsonl"));
        let file = open(&path)?;
        let length = file.metadata().at(&path, "look at the file")?.len();
        let mut contents = lines::read(BufReader::new(&file), &sources).at(&path, "read the file")?;
        if length > contents.whole_bytes {
            tracing::warn!(file = %path.display(), bytes = length - contents.whole_bytes, "took off the beginning of a line that a crash has left");
            file.set_len(contents.whole_bytes).at(&path, "take off the rest of a line")?;
            file.sync_all().at(&path, "sync the file")?;
        }
        let began = (contents.whole_bytes > 0).then(|| first_time(&path)).flatten();
        // A crash between a full file and the first line of the next leaves the newest line in the full one.
        if contents.last_seq.is_none() || contents.last_history.is_none() {
            let earlier = newest_full(&directory, name, &sources)?;
            contents.last_seq = contents.last_seq.or(earlier.last_seq);
            contents.last_history = contents.last_history.or(earlier.last_history);
            contents.has_lost |= earlier.has_lost;
        }
        if let Some(last) = contents.last_seq.filter(|last| *last > newest) {
            tracing::error!(
                file = %path.display(),
                last,
                newest,
                "the file has numbers beyond the newest of the database: an older copy of the database was put back. What comes now is \
                 written with numbers that stand in the file already; tell messages apart by `message_id`, or stop strowger and run \
                 `strowger spool renumber`"
            );
            (contents.last_seq, contents.last_history) = (None, None);
        }
        let Contents { whole_bytes: bytes, last_seq, last_history, has_lost } = contents;
        if has_lost && let Some(last) = last_seq.filter(|last| sources.of(Place::Sequence(*last)) != sources.current()) {
            tracing::warn!(
                file = %path.display(),
                last,
                "an older copy of the database was put back and renumbered: what it has up to this number stands in the file and is not \
                 written again. Where strowger ran on the copy before it was renumbered, `strowger sinks replay` that time"
            );
        }
        let name = name.to_owned();
        Ok(Self { settings, name, sources, path, file, bytes, began, last_seq, last_history })
    }

    /// Writes and syncs what is not there yet. After an error the writer is not to be used again.
    pub(super) fn write(&mut self, entries: &[Entry], by: Source, now: Time) -> Result<(), FileError> {
        self.follow()?;
        let mut buffer = Vec::new();
        let is_asked_for = by != Source::Outbox;
        let mut newest = (self.last_seq, self.last_history);
        for entry in entries.iter().filter(|entry| is_asked_for || !self.has(entry.place)) {
            lines::append(&mut buffer, entry, &self.sources, is_asked_for);
            if is_asked_for {
                continue;
            }
            match entry.place {
                Place::Sequence(seq) => newest.0 = Some(seq),
                Place::History(call) => newest.1 = Some(call),
            }
        }
        if buffer.is_empty() {
            return Ok(());
        }
        let too_old = self.began.is_some_and(|began| now >= began.plus(self.settings.age_max));
        if self.bytes > 0 && (too_old || self.bytes + buffer.len() as u64 > self.settings.bytes_max) {
            self.rotate(now)?;
        }
        let written = self.file.write_all(&buffer).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // A reader should not see half a batch for as long as the disk refuses; what cannot be taken off now is by the next opening.
            self.file.set_len(self.bytes).ok();
            return Err(error).at(&self.path, "write and sync");
        }
        self.bytes += buffer.len() as u64;
        self.began = self.began.or(Some(now));
        (self.last_seq, self.last_history) = newest;
        Ok(())
    }

    /// Whether it was written before: by this process, or by one that crashed before it could note so.
    fn has(&self, place: Place) -> bool {
        match place {
            Place::Sequence(seq) => self.last_seq.is_some_and(|last| seq <= last),
            Place::History(call) => self.last_history.is_some_and(|last| call <= last),
        }
    }

    /// Where somebody else has moved the file away or removed it, a new one is begun.
    fn follow(&mut self) -> Result<(), FileError> {
        let own = self.file.metadata().at(&self.path, "look at the file")?;
        let is_there = fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino()));
        if !is_there {
            self.begin()?;
        }
        Ok(())
    }

    /// The file is full: it gets its final name, and the next begins.
    fn rotate(&mut self, now: Time) -> Result<(), FileError> {
        let stamp = now.timestamp().strftime("%Y%m%dT%H%M%SZ");
        let directory = self.settings.directory.clone();
        let mut full = directory.join(format!("{}-{stamp}.jsonl", self.name));
        for number in 1.. {
            if !full.exists() {
                break;
            }
            full = directory.join(format!("{}-{stamp}.{number}.jsonl", self.name));
        }
        fs::rename(&self.path, &full).at(&full, "give the full file its name")?;
        self.begin()?;
        let mut all = full_files(&directory, &self.name).at(&directory, "list the full files")?;
        let surplus = all.len().saturating_sub(self.settings.keep);
        for old in all.drain(..surplus) {
            fs::remove_file(&old).at(&old, "remove the oldest file")?;
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), FileError> {
        self.file = open(&self.path)?;
        self.bytes = self.file.metadata().at(&self.path, "look at the file")?.len();
        self.began = None;
        let directory = &self.settings.directory;
        // Or a new file could be gone after a power failure, with lines that counted.
        File::open(directory).and_then(|directory| directory.sync_all()).at(directory, "sync the directory")
    }
}

/// Held for as long as it is open: two that write the same file would not know what is in it.
fn open(path: &Path) -> Result<File, FileError> {
    // Names and numbers: the owner's and the group's business only.
    let opened = OpenOptions::new().read(true).append(true).create(true).mode(0o640).open(path);
    let file = opened.at(path, "open the file")?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another writer has it; is there a second sink or daemon with this file?")),
        Err(TryLockError::Error(error)) => Err(error),
    }
    .at(path, "lock the file")
}

/// Full files, the oldest first.
fn full_files(directory: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let stamp = file_name.to_str().and_then(|file| file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".jsonl"));
        // `NAME-other.jsonl` may be another sink's.
        if stamp.is_some_and(|stamp| stamp.len() >= 16 && stamp.as_bytes()[8] == b'T' && stamp.as_bytes()[15] == b'Z') {
            found.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// What the newest full file has. Where a backup was put back, the newest ones may have nothing but what was lost with it.
fn newest_full(directory: &Path, name: &str, sources: &Sources) -> Result<Contents, FileError> {
    let all = full_files(directory, name).at(directory, "list the full files")?;
    let mut newest = Contents::default();
    for path in all.iter().rev() {
        let file = File::open(path).at(path, "open the file")?;
        let Contents { last_seq, last_history, .. } = lines::read(BufReader::new(file), sources).at(path, "read the file")?;
        newest.last_seq = newest.last_seq.or(last_seq);
        newest.last_history = newest.last_history.or(last_history);
        let is_enough = newest.last_seq.is_some() && newest.last_history.is_some();
        if is_enough || !sources.is_renumbered() {
            break;
        }
    }
    Ok(newest)
}

/// When the file was begun, as near as the file system knows.
fn first_time(path: &Path) -> Option<Time> {
    let created = fs::metadata(path).and_then(|found| found.created().or_else(|_| found.modified())).ok()?;
    let since = created.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Time::from_micros(i64::try_from(since.as_micros()).ok()?))
}

/// Says what was tried with which file.
trait At<T> {
    fn at(self, path: &Path, doing: &'static str) -> Result<T, FileError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path, doing: &'static str) -> Result<T, FileError> {
        self.map_err(|source| FileError { path: path.to_owned(), doing, source })
    }
}
