//! What is kept: people over time and finished calls, in one SQLite file in the state directory.
//!
//! In come a people file with the moment from which it holds, and call records; out come the directory as it is and was, and
//! calls, newest first. A record is stored once by its id: the first one stays, unless its end was uncertain and a later one's is not.
//! History is never rewritten: associations end, users go, rows stay. That an extension or agent ID has one user at a time is
//! held by the database itself.
//!
//! Not in here: what makes a crash harmless (`spool`, in the same file), and who may see what.

mod archive;
mod call_row;
mod database;
mod dee;
mod dossier;
mod erasure;
mod error;
mod filter;
mod history;
mod holds;
mod identify;
mod import;
mod import_report;
mod journal_body;
mod migration;
mod number_key;
mod people;
mod people_cache;
mod people_change;
mod people_copy;
pub mod postgres;
mod privacy;
mod privacy_archive;
mod query;
mod received;
mod retention;
mod sequence;
mod state_dir;
mod waiting;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

pub use archive::{Archive, OnServer};
pub(crate) use call_row::{Stored, put, put_numbered};
pub(crate) use database::{full_check, open as open_database, open_to_read, quick_check};
pub use dee::{DeeChange, DeeEntry};
pub use error::StoreError;
pub(crate) use error::{Doing, advice};
pub use filter::{CallFilter, Cursor, GroupCount};
pub use import_report::{Ended, ImportReport, Moved, UserChange};
use migration::checksum;
pub use people::UserEntry;
pub use people_copy::PeopleCopy;
pub use privacy::{Changed, Concerned, Dossier, Erased, Hold, Mark, Receipt, Shown, Step, Stood, Sweep};
pub use received::ReceivedRecord;
pub use state_dir::{Lock, database_path, prepare};

use crate::record::CallRecord;

/// One connection to the database of a state directory; used from one thread at a time, others wait.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database of the state directory, creating both where they are missing.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        state_dir::prepare(directory)?;
        Self::connect(database_path(directory))
    }

    /// Opens the database of the state directory only if it is there: for questions, which need not create anything.
    pub fn open_existing(directory: &Path) -> Result<Self, StoreError> {
        let path = database_path(directory);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        Self::connect(path)
    }

    fn connect(path: PathBuf) -> Result<Self, StoreError> {
        let connection = database::open(&path)?;
        Ok(Self { path, connection: Mutex::new(connection) })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks what a start depends on, and a small file wholly.
    pub fn quick_check(&self) -> Result<(), StoreError> {
        database::quick_check(&self.connection(), &self.path)
    }

    /// Checks the whole file; every finding, none for a sound one.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        database::full_check(&self.connection(), &self.path)
    }

    /// Stores finished calls, all of them or, where it fails, none.
    pub fn put(&self, records: &[CallRecord]) -> Result<(), StoreError> {
        const DOING: &str = "store calls";
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, DOING)?;
        call_row::put(&transaction, &self.path, records)?;
        transaction.commit().doing(&self.path, DOING)
    }

    /// A panic while the connection was held leaves no half transaction behind (it is rolled back on drop), so go on.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
