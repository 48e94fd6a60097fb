//! An older copy of the database was put back: the numbers that it will give were given before. Under another name they are other numbers.
//!
//! Numbers that the copy has given stay as they are, with the name and the message ids that they went out by: it is the same past.

use std::path::{Path, PathBuf};

use rusqlite::{TransactionBehavior, params};

use super::outbox::calls_upto;
use crate::store::{self, Doing, Lock, StoreError};

const DOING: &str = "renumber the spool";

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renumbered {
    /// The database file.
    pub path: PathBuf,
    /// By which name its numbers went.
    pub before: String,
    /// By which name new ones go.
    pub after: String,
    /// The newest number; those after it go by the new name.
    pub newest: u64,
    /// Entries up to there that some sink may lack.
    pub waiting: u64,
}

/// Gives the database another name, under which it numbers from now on. No daemon may work in the directory.
///
/// # Errors
/// A daemon works there, or the database is missing, damaged or cannot be written.
pub fn renumber(directory: &Path) -> Result<Renumbered, StoreError> {
    let path = store::database_path(directory);
    if !path.exists() {
        return Err(StoreError::Missing { path });
    }
    let _lock = Lock::take(directory)?;
    let mut connection = store::open_database(&path)?;
    store::quick_check(&connection, &path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&path, DOING)?;
    let change = || -> rusqlite::Result<Renumbered> {
        let sql = "SELECT source, seq, (SELECT count(*) FROM outbox) FROM outbox_head";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (before, newest, waiting): (String, i64, i64) = transaction.query_row(sql, [], row)?;
        let calls = calls_upto(&transaction)?;
        // A name under which nothing was numbered is not kept.
        let sql = "INSERT INTO earlier_sources (source, seq, call) SELECT ?1, ?2, ?3 WHERE (?2 > 0 OR ?3 > 0) \
            AND NOT EXISTS (SELECT 1 FROM earlier_sources WHERE seq >= ?2 AND call >= ?3)";
        transaction.execute(sql, params![before, newest, calls])?;
        transaction.execute("UPDATE meta SET value = max(value, ?1) WHERE key = 'calls_upto'", [calls])?;
        let sql = "UPDATE outbox_head SET source = (SELECT lower(substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-4' || substr(id, 14, 3) \
            || '-a' || substr(id, 18, 3) || '-' || substr(id, 21)) FROM (SELECT hex(randomblob(16)) AS id)) RETURNING source";
        let after = transaction.query_row(sql, [], |row| row.get(0))?;
        Ok(Renumbered { path: path.clone(), before, after, newest: newest.unsigned_abs(), waiting: waiting.unsigned_abs() })
    };
    let renumbered = change().doing(&path, DOING)?;
    transaction.commit().doing(&path, DOING)?;
    Ok(renumbered)
}
