//! The writer: one thread that gathers what arrives within a short while and commits it together.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::bounds::{Full, Gate};
use super::handle::{Inlet, Message};
use super::journal::{self, Pages};
use super::outbox::{Appender, Outbox};
use super::{Clock, Committed, Durable, Input, Report, Settings, State};
use crate::store::{self, Doing, Lock, StoreError, advice};
use crate::telephony::Time;

/// First wait before a commit is tried again; doubled each time.
const RETRY_DELAY_MIN: Duration = Duration::from_millis(50);

/// The wait for more is cut into these, so that a full queue is noticed.
const GATHER_SLICE: Duration = Duration::from_millis(1);

/// The wait for another try is cut into these, so that a request to give up is noticed.
const RETRY_SLICE: Duration = Duration::from_millis(20);

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    /// The state directory is free for others when this thread has ended and the database is closed.
    pub(super) _lock: Lock,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) report: Box<dyn FnMut(Report) + Send>,
    pub(super) inlet: Inlet,
    pub(super) gate: Gate,
    /// Soon nothing more comes: what is there is written even where the outbox is full.
    pub(super) closing: Arc<AtomicBool>,
    pub(super) abandon: Arc<AtomicBool>,
    pub(super) journal_events: u64,
    pub(super) outbox: Outbox,
}

/// While the outbox is full it is looked at so often.
const FULL_DELAY: Duration = Duration::from_millis(100);

/// What one transaction changes is kept in so much memory at most; beyond it, pages are written and read again.
const CACHE_KIB: i64 = 8 << 10;

/// A connection to write by.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = store::open_database(path)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB).doing(path, "open the database")?;
    Ok(connection)
}

/// Why something is not written.
enum Refusal {
    Disk(StoreError),
    Full(Full),
}

/// What is committed together.
#[derive(Default)]
struct Batch {
    inputs: Vec<(Input, Duration)>,
    flushes: Vec<Box<dyn FnOnce() + Send>>,
    stop: bool,
}

impl Writer {
    pub(super) fn run(mut self) {
        loop {
            let batch = self.gather();
            let last = batch.stop;
            if !batch.inputs.is_empty() && !self.make_durable(batch.inputs) {
                return;
            }
            for done in batch.flushes {
                done();
            }
            if last {
                return;
            }
        }
    }

    /// Waits for something, then a short while for more. Nothing and `stop` when nobody can hand in any more.
    fn gather(&mut self) -> Batch {
        let mut batch = Batch::default();
        let Some(first) = self.inlet.queue.blocking_recv() else {
            batch.stop = true;
            return batch;
        };
        batch.add(first);
        // Waiting for the clock rather than for the queue: whoever hands in is not held up by waking this thread each time.
        let enough = self.settings.batch_max.min(self.settings.queue_max.div_ceil(2));
        let mut left = self.settings.group_commit_delay;
        while !left.is_zero() && self.inlet.queue.len() < enough && !batch.stop {
            let slice = GATHER_SLICE.min(left);
            thread::sleep(slice);
            left -= slice;
        }
        while batch.inputs.len() < self.settings.batch_max.max(1) && !batch.stop {
            match self.inlet.queue.try_recv() {
                Ok(message) => batch.add(message),
                Err(_) => break,
            }
        }
        batch
    }

    /// Tries until it is done; false when told to give up.
    fn make_durable(&mut self, inputs: Vec<(Input, Duration)>) -> bool {
        let began = (self.clock)().monotonic;
        let mut delay = RETRY_DELAY_MIN;
        let mut stalled = None;
        loop {
            let refusal = match self.write(&inputs) {
                Ok(journal_events) => {
                    self.journal_events = journal_events;
                    break;
                }
                Err(refusal) => refusal,
            };
            let why = std::mem::discriminant(&refusal);
            if stalled.replace(why) != Some(why) {
                self.change(stalled_by(&refusal, (self.clock)().wall));
            }
            let go_on = match refusal {
                Refusal::Full(_) => self.pause(FULL_DELAY),
                Refusal::Disk(error) => {
                    let go_on = self.pause(delay);
                    delay = delay.saturating_mul(2).min(self.settings.retry_delay_max.max(RETRY_DELAY_MIN));
                    if go_on {
                        self.renew(&error);
                    }
                    go_on
                }
            };
            if !go_on {
                return false;
            }
        }
        if stalled.is_some() {
            self.change(State::Ok);
        }
        let committed = self.committed(inputs, began);
        (self.report)(Report::Committed(committed));
        true
    }

    /// Commits, unless more waits for the sinks than may.
    fn write(&mut self, inputs: &[(Input, Duration)]) -> Result<u64, Refusal> {
        if !self.closing.load(Ordering::Relaxed) {
            let now = (self.clock)().wall;
            let judged = self.gate.judge(&self.connection, now).doing(&self.path, "read the outbox").map_err(Refusal::Disk)?;
            if let Some(full) = judged {
                return Err(Refusal::Full(full));
            }
        }
        self.commit(inputs).map_err(Refusal::Disk)
    }

    /// One transaction with everything in it; how many events the journal has after it.
    fn commit(&mut self, inputs: &[(Input, Duration)]) -> Result<u64, StoreError> {
        const DOING: &str = "write the journal";
        let at = (self.clock)().wall;
        let _turn = self.outbox.turn();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, DOING)?;
        let mut pages = Pages::default();
        let mut outbox = Appender::begin(&transaction, self.outbox.source(), at).doing(&self.path, DOING)?;
        let mut events = self.journal_events;
        let mut checkpoint = false;
        let records = inputs.iter().flat_map(|(input, _)| input.records());
        let mut stored = store::put(&transaction, &self.path, records)?.into_iter();
        for (input, _) in inputs {
            match input {
                Input::Entry(entry) => {
                    pages.event(&transaction, &entry.pbx, &entry.event).doing(&self.path, DOING)?;
                    events += 1;
                    for (record, stored) in entry.records.iter().zip(&mut stored) {
                        outbox.record(record, &stored).doing(&self.path, DOING)?;
                    }
                    for gap in &entry.gaps {
                        outbox.gap(gap).doing(&self.path, DOING)?;
                    }
                }
                Input::Checkpoint(state) => {
                    pages.checkpoint(&transaction, state).doing(&self.path, DOING)?;
                    checkpoint = true;
                }
                Input::Alive { pbx, at } => pages.alive(pbx, *at),
            }
        }
        pages.finish(&transaction).doing(&self.path, DOING)?;
        if checkpoint {
            events = journal::count(&transaction).doing(&self.path, DOING)?;
        }
        let newest = outbox.finish().doing(&self.path, DOING)?;
        transaction.commit().doing(&self.path, DOING)?;
        self.outbox.tell_newest(newest);
        Ok(events)
    }

    fn committed(&self, inputs: Vec<(Input, Duration)>, began: Duration) -> Committed {
        let now = (self.clock)().monotonic;
        let mut committed = Committed {
            records: Vec::new(),
            entries: 0,
            waited_max: Duration::ZERO,
            took: now.saturating_sub(began),
            journal_events: self.journal_events,
            queued: self.inlet.queue.len(),
        };
        for (input, handed_in) in inputs {
            let waited = now.saturating_sub(handed_in);
            committed.waited_max = committed.waited_max.max(waited);
            if let Input::Entry(entry) = input {
                committed.entries += 1;
                committed.records.extend(entry.records.into_iter().map(|record| Durable { record, waited }));
            }
        }
        committed
    }

    fn change(&mut self, state: State) {
        self.inlet.state.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&state);
        (self.report)(Report::State(state));
    }

    /// False when told to give up.
    fn pause(&self, delay: Duration) -> bool {
        let mut left = delay;
        while !left.is_zero() {
            if self.abandon.load(Ordering::Relaxed) {
                return false;
            }
            let slice = RETRY_SLICE.min(left);
            thread::sleep(slice);
            left -= slice;
        }
        !self.abandon.load(Ordering::Relaxed)
    }

    /// A connection that met more than a lack of room or another writer is opened anew, if that works.
    fn renew(&mut self, error: &StoreError) {
        let harmless = |source: &rusqlite::Error| {
            matches!(source.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
        };
        if matches!(error, StoreError::Sqlite { source, .. } if harmless(source)) {
            return;
        }
        if let Ok(connection) = connect(&self.path) {
            self.connection = connection;
        }
    }
}

impl Batch {
    fn add(&mut self, message: Message) {
        match message {
            Message::Input(input, handed_in) => self.inputs.push((input, handed_in)),
            Message::Flush(done) => self.flushes.push(done),
            Message::Stop => self.stop = true,
        }
    }
}

fn stalled_by(refusal: &Refusal, since: Time) -> State {
    let (error, to_do) = match refusal {
        Refusal::Full(full) => (full.to_string(), Full::TO_DO),
        Refusal::Disk(error) => {
            let to_do = match error {
                StoreError::Sqlite { source, .. } => advice(source),
                _ => "stop strowger, then run `strowger spool check`",
            };
            (error.to_string(), to_do)
        }
    };
    State::Stalled { since, error, to_do }
}
