//! What is still to be delivered: an entry for each record stored and for each gap that began or ended, numbered, and for each
//! destination (sink) how far it has got.
//!
//! The writer appends in the transaction that stores the record (`append`); sinks read and advance on connections of their own.
//!
//! # Promises
//!
//! 1. *As stored.* A record that was stored is in the outbox and one that is in the outbox was stored: it is one transaction. A
//!    record that was handed in again and changed nothing is not there again.
//! 2. *Numbered.* Numbers run 1, 2, 3 … without a hole for the life of the database file, whether anybody reads them or not.
//!    [`Outbox::sources`] name the file: another file's numbers are other numbers.
//! 3. *Kept.* An entry stays until every registered sink has advanced beyond it. Without sinks nothing is kept, and numbers run on.
//! 4. *Alone.* Each sink has its own cursor and quarantine; none waits for another.
//! 5. *At least once.* After a crash or a power failure a cursor may stand a little earlier than told, never later: a sink may be
//!    given an entry again, and gets the same message id and the same bytes, unless numbers and names went from it meanwhile.

mod append;
mod numbers;
mod quarantine;
mod read;
mod sinks;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::watch;
use uuid::Uuid;

pub(super) use append::{Appender, row_bytes};
pub use numbers::Sources;
pub(super) use numbers::{Earlier, calls_upto, earlier};
pub use quarantine::{QUARANTINE_MAX, Quarantined};
pub(crate) use read::Entries;
pub(super) use read::overview;
pub use read::{Depth, Overview, SinkState};
pub use sinks::{Registered, Sink, Start, Unregistered};

use crate::record::LinkGap;
use crate::store::{self, Doing, StoreError};
use crate::telephony::Time;

/// So many connections are kept open for the next question.
const IDLE_MAX: usize = 4;

/// What is delivered as one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// The same for the same message, however often it is delivered: the record's id, `<record id>.r2` for the record that replaced
    /// one with an uncertain end, `<source>.<number>` for a gap.
    pub message_id: String,
    /// When it was stored.
    pub at: Time,
    /// The record by its schema, or the gap; JSON.
    pub json: String,
    /// What it is.
    pub body: Body,
}

impl Entry {
    /// Its number; `None` for what was there before the sink was.
    pub fn seq(&self) -> Option<u64> {
        match self.place {
            Place::History(_) => None,
            Place::Sequence(seq) => Some(seq),
        }
    }
}

/// What an entry tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// The record of this id.
    Record(Uuid),
    /// A gap that began or ended.
    Gap(LinkGap),
}

/// Where an entry stands; history comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// Among the calls that were stored before the sink was registered. Their order is the one in which they were stored; the
    /// numbers have holes.
    History(u64),
    /// In the outbox.
    Sequence(u64),
}

impl Place {
    fn parts(self) -> (bool, i64) {
        match self {
            Self::History(number) => (true, signed(number)),
            Self::Sequence(number) => (false, signed(number)),
        }
    }
}

/// The outbox of one state directory. Clones share connections; every method blocks for the time of some disk accesses.
#[derive(Clone, Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    sources: Sources,
    newest: watch::Sender<u64>,
    idle: Mutex<Vec<Connection>>,
    /// Who writes in this process has it: waiting here is fairer and quicker than asking SQLite again and again.
    turn: Mutex<()>,
}

impl Outbox {
    /// Of a state directory that is there, for a process beside the daemon: it hears of nothing new.
    pub fn open_existing(directory: &Path) -> Result<Self, StoreError> {
        let path = store::database_path(directory);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let connection = store::open_database(&path)?;
        Self::of(path, &connection)
    }

    pub(super) fn of(path: PathBuf, connection: &Connection) -> Result<Self, StoreError> {
        let read = || -> rusqlite::Result<(Sources, i64)> {
            Ok((Sources::read(connection)?, connection.query_row("SELECT seq FROM outbox_head", [], |row| row.get(0))?))
        };
        let (sources, seq) = read().doing(&path, "read the outbox")?;
        let newest = watch::Sender::new(seq.unsigned_abs());
        Ok(Self { shared: Arc::new(Shared { path, sources, newest, idle: Mutex::default(), turn: Mutex::new(()) }) })
    }

    /// Names the database file in which the numbers run that are given now: a UUID made with the file, or when it was renumbered.
    pub fn source(&self) -> &str {
        self.shared.sources.current()
    }

    /// By what names all numbers go.
    pub fn sources(&self) -> &Sources {
        &self.shared.sources
    }

    /// The newest number that is on disk; changes whenever there is a newer one.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.shared.newest.subscribe()
    }

    /// Everything up to this number is on disk.
    pub(super) fn tell_newest(&self, seq: u64) {
        self.shared.newest.send_if_modified(|newest| std::mem::replace(newest, seq) != seq);
    }

    /// To be held while writing.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes something else into the file, in turn with whoever writes here: waiting for each other costs nobody a refusal.
    pub fn in_turn<T>(&self, write: impl FnOnce() -> T) -> T {
        let _turn = self.turn();
        write()
    }

    fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Asks something.
    fn reading<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let connection = self.connection()?;
        let answer = connection.unchecked_transaction().and_then(|transaction| ask(&transaction)).doing(self.path(), "read the outbox")?;
        self.give_back(connection);
        Ok(answer)
    }

    /// Changes something, whole or not at all.
    fn writing<T>(&self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut connection = self.connection()?;
        let _turn = self.turn();
        let write = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcome = change(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        };
        let outcome = write().doing(self.path(), "write the outbox")?;
        self.give_back(connection);
        Ok(outcome)
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        if let Some(connection) = self.idle().pop() {
            return Ok(connection);
        }
        let connection = store::open_database(self.path())?;
        // Cursors need not be synced: one that is lost with the power only means that something is delivered again. What the
        // writer syncs afterwards syncs them too, in order.
        connection.pragma_update(None, "synchronous", "NORMAL").doing(self.path(), "open the database")?;
        Ok(connection)
    }

    /// After an error a connection is not used again.
    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As SQLite has numbers. None of ours comes near the bound.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
