//! Writes a capture from a thread of its own, so that no disk ever holds up the link.

use std::io;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::{info, warn};

use super::file::CaptureFile;
use super::{Entry, Target, line};
use crate::telephony::Time;

/// Entries that may wait for the disk.
const QUEUE_ENTRIES_MAX: usize = 4096;
/// Bytes that may wait for the disk.
const QUEUE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Lines are written once there are so many bytes of them …
const BLOCK_BYTES: usize = 64 * 1024;
/// … or after so long. Twice that passes at most.
const FLUSH_AFTER: Duration = Duration::from_millis(500);
/// After a failure the disk is left alone for so long.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Why a capture cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// A capture of one file never overwrites.
    #[error("capture file {0} exists already; name another or move it away")]
    Exists(PathBuf),
    /// The file cannot be made.
    #[error("cannot write capture file {path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No thread to write from.
    #[error("cannot start the thread that writes the capture")]
    Thread(#[source] io::Error),
}

/// What became of a capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloseReport {
    /// Entries in the file or files.
    pub written: u64,
    /// Entries that are missing there.
    pub dropped: u64,
}

/// A capture under writing.
///
/// [`Writer::record`] never waits: beyond 4096 entries or 8 MiB waiting for the disk, entries are dropped and counted, and a
/// line in the capture says where and how many. The same while the disk is full: it is tried again every 30 s. What
/// was recorded is in the file after a second at most, and as soon as a connection closes.
#[derive(Debug)]
pub struct Writer {
    queue: SyncSender<Message>,
    counts: Arc<Counts>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct Message {
    time: Time,
    entry: Entry,
    /// How many were dropped just before this one.
    dropped: u64,
}

#[derive(Debug, Default)]
struct Counts {
    /// Bytes that wait in the queue.
    waiting_bytes: AtomicUsize,
    /// Dropped since the last entry that went into the queue.
    unreported: AtomicU64,
    dropped: AtomicU64,
    written: AtomicU64,
}

impl Writer {
    /// Opens the file and starts the thread.
    pub fn create(target: Target) -> Result<Self, CreateError> {
        let path = target.path().to_owned();
        let file = CaptureFile::open(target).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => CreateError::Exists(path.clone()),
            _ => CreateError::Io { path: path.clone(), source },
        })?;
        let (queue, messages) = sync_channel(QUEUE_ENTRIES_MAX);
        let counts = Arc::new(Counts::default());
        let clerk = Clerk {
            path,
            file,
            counts: Arc::clone(&counts),
            lines: Vec::with_capacity(2 * BLOCK_BYTES),
            pending: 0,
            since: Time::MIN,
            missing: 0,
            failed_at: None,
            was_slow: false,
        };
        let thread = thread::Builder::new().name("capture".into()).spawn(move || clerk.work(&messages)).map_err(CreateError::Thread)?;
        Ok(Self { queue, counts, thread })
    }

    /// Adds an entry. Never waits.
    pub fn record(&self, time: Time, entry: Entry) {
        let bytes = size(&entry);
        let counts = &self.counts;
        if counts.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= QUEUE_BYTES_MAX {
            let dropped = counts.unreported.swap(0, Ordering::Relaxed);
            if self.queue.try_send(Message { time, entry, dropped }).is_ok() {
                return;
            }
            counts.unreported.fetch_add(dropped, Ordering::Relaxed);
        }
        counts.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        counts.unreported.fetch_add(1, Ordering::Relaxed);
        counts.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// How many entries are missing in the capture so far.
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything is written. Blocks: off the async threads, please. A writer that is only let go writes
    /// the rest as well, but nobody waits for it.
    pub fn close(self) -> CloseReport {
        let Self { queue, counts, thread } = self;
        drop(queue);
        if thread.join().is_err() {
            warn!("the thread that writes the capture ended by a panic; the capture is not whole");
        }
        CloseReport { written: counts.written.load(Ordering::Relaxed), dropped: counts.dropped.load(Ordering::Relaxed) }
    }
}

fn size(entry: &Entry) -> usize {
    match entry {
        Entry::In(bytes) | Entry::Out(bytes) => bytes.len(),
        Entry::Open(_) | Entry::Close(_) | Entry::Dropped(_) => 0,
    }
}

/// The thread's side. It has no clock: the entries bring the time.
struct Clerk {
    path: PathBuf,
    file: CaptureFile,
    counts: Arc<Counts>,
    lines: Vec<u8>,
    /// Entries in `lines`.
    pending: u64,
    /// When the first of them was recorded.
    since: Time,
    /// Entries that the capture lacks without saying so yet.
    missing: u64,
    failed_at: Option<Time>,
    /// The queue was full once; said aloud then.
    was_slow: bool,
}

impl Clerk {
    fn work(mut self, messages: &Receiver<Message>) {
        let mut last = Time::MIN;
        loop {
            let message = if self.lines.is_empty() {
                messages.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                messages.recv_timeout(FLUSH_AFTER)
            };
            match message {
                Ok(message) => {
                    last = message.time;
                    self.take(message);
                }
                Err(RecvTimeoutError::Timeout) => self.flush(last),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.missing += self.counts.unreported.swap(0, Ordering::Relaxed);
        if self.failed_at.take().is_some() {
            self.file.reopen().ok();
        }
        self.note_missing(last);
        self.flush(last);
    }

    fn take(&mut self, message: Message) {
        let Message { time, entry, dropped } = message;
        self.counts.waiting_bytes.fetch_sub(size(&entry), Ordering::Relaxed);
        self.missing += dropped;
        if dropped > 0 && self.failed_at.is_none() && !self.was_slow {
            self.was_slow = true;
            warn!(file = %self.path.display(), dropped, "the disk is too slow for the capture; entries are dropped, and the capture says where");
        }
        let mut is_trial = false;
        if let Some(failed_at) = self.failed_at {
            is_trial = apart(time, failed_at) >= RETRY_AFTER && self.file.reopen().is_ok();
            if !is_trial {
                self.lose(1);
                return;
            }
        }
        self.note_missing(time);
        if self.pending == 0 {
            self.since = time;
        }
        self.pending += 1;
        let is_close = matches!(entry, Entry::Close(_));
        line::write(&mut self.lines, time, &entry);
        if is_trial || is_close || self.lines.len() >= BLOCK_BYTES || apart(time, self.since) >= FLUSH_AFTER {
            self.flush(time);
        }
    }

    fn note_missing(&mut self, time: Time) {
        if self.missing > 0 {
            line::write(&mut self.lines, time, &Entry::Dropped(mem::take(&mut self.missing)));
        }
    }

    fn lose(&mut self, count: u64) {
        self.missing += count;
        self.counts.dropped.fetch_add(count, Ordering::Relaxed);
    }

    fn flush(&mut self, time: Time) {
        if self.lines.is_empty() {
            return;
        }
        let pending = mem::take(&mut self.pending);
        match self.file.write(&self.lines) {
            Ok(()) => {
                self.counts.written.fetch_add(pending, Ordering::Relaxed);
                if self.failed_at.take().is_some() {
                    let dropped = self.counts.dropped.load(Ordering::Relaxed);
                    info!(file = %self.path.display(), dropped, "the capture can be written again");
                }
            }
            Err(error) => {
                // What a line that was not written said to be missing is still missing.
                self.missing += said_missing(&self.lines);
                self.lose(pending);
                if self.failed_at.replace(time).is_none() {
                    let retry_s = RETRY_AFTER.as_secs();
                    warn!(file = %self.path.display(), %error, retry_s, "cannot write the capture; entries are dropped until it works again");
                }
            }
        }
        self.lines.clear();
        self.lines.shrink_to(4 * BLOCK_BYTES);
    }
}

fn said_missing(lines: &[u8]) -> u64 {
    let count = |line: &[u8]| match line::parse(line) {
        Ok(Some((_, Entry::Dropped(count)))) => count,
        _ => 0,
    };
    lines.split(|byte| *byte == b'\n').map(count).sum()
}

/// How far apart, whichever is first: the wall clock may be set back.
fn apart(a: Time, b: Time) -> Duration {
    Duration::from_micros(a.as_micros().abs_diff(b.as_micros()))
}

#[cfg(test)]
mod tests;
