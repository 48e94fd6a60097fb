//! What makes a crash harmless: events and the records they finish are on disk before they count.
//!
//! In go, in order, events with the records that they finished, checkpoints of the state that events build up, and signs of life of
//! each PBX; out comes the report of what became durable, and after a crash everything needed to go on ([`Spool::recover`]).
//! It lives in the store's database file, so that a record and the event that finished it are one transaction.
//!
//! # Promises
//!
//! 1. *Durable, then reported.* Nothing is reported as durable before the transaction that holds it is committed and synced.
//! 2. *Both or neither.* An entry's event, its records and gaps, and their entries in the [`outbox`] are in one transaction.
//! 3. *A prefix survives.* What is handed in first is durable first: after a crash everything up to some entry is there, nothing after it.
//! 4. *A checkpoint stands for what came before.* It replaces its PBX's events handed in before it, in one transaction. Checkpoint
//!    and events after it together always give the present state.
//! 5. *Once.* Records are stored by id, and one that is there stays: playing events again after a crash doubles none.
//! 6. *Nothing is dropped.* While the disk refuses, or more waits in the outbox than may ([`Bounds`]), the batch is kept and tried again, the queue fills, and whoever hands in waits.
//!    Only [`Spool::close`] gives up, at its deadline, and says so; what was never reported is then not there, and the gap rules
//!    deal with it as with any time away.
//! 7. *One writer.* A second spool on the same state directory is refused.
//!
//! # On disk
//!
//! A row of `journal` holds the events that one commit brought for one PBX, each with its length before it; rows are in order.
//! `checkpoints` has one state for each PBX, `liveness` its last sign of life. Not in here: what events and states mean.

mod bounds;
mod handle;
mod inspect;
mod journal;
pub mod outbox;
mod renumber;
mod report;
pub mod transfer;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use bounds::Bounds;
use bounds::Gate;
pub use handle::{Closed, Handle, NotDurable};
pub use inspect::{Inspection, JournalState, inspect};
pub use outbox::Outbox;
pub use renumber::{Renumbered, renumber};
pub use report::{Committed, Durable, Report, State};

use crate::record::{CallRecord, LinkGap};
use crate::store::{self, Doing, Lock, StoreError};
use crate::telephony::{Now, Time};

/// Both clocks, read at the rim.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// What is handed in.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// An event and what it finished.
    Entry(Entry),
    /// The state that all events so far built up.
    Checkpoint(Checkpoint),
    /// The PBX was in sight at that moment.
    Alive {
        /// Which PBX.
        pbx: Arc<str>,
        /// When.
        at: Time,
    },
}

impl Input {
    /// The calls that ended with it.
    fn records(&self) -> &[CallRecord] {
        match self {
            Self::Entry(entry) => &entry.records,
            Self::Checkpoint(_) | Self::Alive { .. } => &[],
        }
    }
}

/// An event and what it finished.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Which PBX.
    pub pbx: Arc<str>,
    /// The event, as whoever recovers reads it.
    pub event: Vec<u8>,
    /// The calls that ended with it.
    pub records: Vec<CallRecord>,
    /// The gaps that began or ended with it.
    pub gaps: Vec<LinkGap>,
}

/// A state that stands for every event of its PBX handed in before it.
#[derive(Clone, PartialEq, Debug)]
pub struct Checkpoint {
    /// Which PBX.
    pub pbx: Arc<str>,
    /// The state, as whoever recovers reads it.
    pub state: Vec<u8>,
}

/// What a crash left: where to go on from.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Recovered {
    /// The newest checkpoint.
    pub checkpoint: Option<Vec<u8>>,
    /// The events after it, in order.
    pub events: Vec<Vec<u8>>,
    /// The last sign of life that was handed in.
    pub last_alive: Option<Time>,
}

/// How the spool works; the defaults suit a site server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How long the writer waits for more to commit together.
    pub group_commit_delay: Duration,
    /// How much is committed together at most.
    pub batch_max: usize,
    /// How much may wait for the writer; beyond it whoever hands in waits.
    pub queue_max: usize,
    /// The longest wait between two tries while the disk refuses.
    pub retry_delay_max: Duration,
    /// How much may wait in the outbox before nothing more is taken.
    pub outbox: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            group_commit_delay: Duration::from_millis(10),
            batch_max: 8192,
            queue_max: 8192,
            retry_delay_max: Duration::from_secs(2),
            outbox: Bounds::default(),
        }
    }
}

/// The spool of one state directory, with its writer.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    handle: Handle,
    outbox: Outbox,
    closing: Arc<AtomicBool>,
    abandon: Arc<AtomicBool>,
    writer: JoinHandle<()>,
}

impl Spool {
    /// Takes the state directory for this process, checks the database and starts the writer.
    ///
    /// `report` is called on the writer's thread after every commit and whenever the state changes; it should be quick.
    pub fn open(
        directory: &Path,
        settings: Settings,
        clock: Clock,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Result<Self, StoreError> {
        store::prepare(directory)?;
        let lock = Lock::take(directory)?;
        let path = store::database_path(directory);
        let connection = writer::connect(&path)?;
        store::quick_check(&connection, &path)?;
        let journal_events = journal::count(&connection).doing(&path, "read the journal")?;
        let outbox = Outbox::of(path.clone(), &connection)?;
        let (handle, inlet) = handle::channel(settings.queue_max.max(1), Arc::clone(&clock));
        let (closing, abandon) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let writer = writer::Writer {
            path: path.clone(),
            connection,
            settings,
            clock,
            report: Box::new(report),
            inlet,
            gate: Gate::new(settings.outbox),
            closing: Arc::clone(&closing),
            abandon: Arc::clone(&abandon),
            journal_events,
            outbox: outbox.clone(),
            _lock: lock,
        };
        let started = thread::Builder::new().name("spool".to_owned()).spawn(move || writer.run());
        let writer = started.map_err(|source| StoreError::StateDirectory {
            path: directory.to_owned(),
            what: "the writer cannot be started",
            facts: "no thread could be made".to_owned(),
            to_do: "raise the limit of threads or memory".to_owned(),
            source,
        })?;
        Ok(Self { path, handle, outbox, closing, abandon, writer })
    }

    /// What to go on from for that PBX. To be asked before anything of that PBX is handed in.
    pub fn recover(&self, pbx: &str) -> Result<Recovered, StoreError> {
        let connection = store::open_database(&self.path)?;
        journal::recover(&connection, &self.path, pbx)
    }

    /// A way in; any number of them may be used at once.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What is still to be delivered.
    pub fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    /// How writing goes.
    pub fn state(&self) -> State {
        self.handle.state()
    }

    /// From now on what is handed in is written even where the outbox is full: soon nothing more comes, and stopping shall lose
    /// nothing.
    pub fn write_beyond_bounds(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Makes everything handed in durable and ends the writer; later hand-ins are refused. Blocks.
    ///
    /// What was taken is written even where the outbox is full: stopping shall lose nothing.
    /// At the deadline it gives up: what was not reported durable by then is lost to this process and to the next.
    pub fn close(self, deadline: Duration) -> Result<(), NotDurable> {
        const SLICE: Duration = Duration::from_millis(1);
        self.write_beyond_bounds();
        let mut left = deadline;
        let mut asked = false;
        while !self.writer.is_finished() {
            asked = asked || self.handle.ask_to_stop();
            if left.is_zero() {
                self.abandon.store(true, Ordering::Relaxed);
                return Err(self.handle.not_durable());
            }
            let slice = SLICE.min(left);
            thread::sleep(slice);
            left -= slice;
        }
        // A writer that ended by a panic has not made everything durable.
        self.writer.join().map_err(|_| self.handle.not_durable())
    }
}
