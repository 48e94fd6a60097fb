//! JSON Lines for log shippers.
//!
//! One line for one message: `{"seq":…,"source":…,"message_id":…,"type":…,"timestamp":…,"data":…}`. A line counts as delivered when it is
//! synced. The file itself says what is in it: after a crash the last line is taken off if it is not whole, and lines that are there
//! are not written again, so the file has each message once, whatever was noted elsewhere.

mod lines;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};

pub use writer::FileError;

use super::destination::{Batch, Failure, Progress, Sink, Source};
use super::settings::File;
use crate::spool::Clock;
use crate::spool::outbox::{Entry, Sources};
use writer::Writer;

/// Writes JSON Lines.
pub struct FileSink {
    settings: File,
    name: String,
    sources: Sources,
    clock: Clock,
    /// No number beyond it was handed over so far, by this process or one before it.
    newest: u64,
    /// `None`: not opened yet, or to be opened anew after an error.
    writer: Arc<Mutex<Option<Writer>>>,
}

impl FileSink {
    /// `name` is the name of the file, without its end; `sources` name the database that numbers what is delivered, and `newest` is its
    /// newest number before anything is stored or delivered by this process.
    pub fn new(settings: File, name: &str, sources: &Sources, newest: u64, clock: Clock) -> Self {
        Self { settings, name: name.to_owned(), sources: sources.clone(), clock, newest, writer: Arc::default() }
    }
}

impl Sink for FileSink {
    fn batch(&self) -> Batch {
        Batch { rows_max: 1000, bytes_max: 4 << 20 }
    }

    async fn deliver(&mut self, batch: &[Entry], source: Source) -> Progress {
        let (settings, name, sources, writer) = (self.settings.clone(), self.name.clone(), self.sources.clone(), Arc::clone(&self.writer));
        let (now, entries, newest) = ((self.clock)().wall, batch.to_vec(), self.newest);
        self.newest = batch.iter().filter_map(Entry::seq).fold(newest, u64::max);
        let written = tokio::task::spawn_blocking(move || {
            // Whoever panicked with it in hand has left a file that is read anew.
            let mut slot = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut writer = match slot.take() {
                Some(writer) => writer,
                None => Writer::open(settings, &name, sources, newest)?,
            };
            writer.write(&entries, source, now)?;
            *slot = Some(writer);
            Ok::<(), FileError>(())
        });
        let why = match written.await {
            Ok(Ok(())) => return Progress { delivered: batch.len(), failure: None },
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Progress { delivered: 0, failure: Some(Failure::Retry { after: None, only_this: false, why }) }
    }
}
