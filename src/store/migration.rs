//! Brings a database file to this program's schema: numbered SQL texts, each applied once and remembered with its checksum.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::StoreError;
use super::error::Doing;

/// `STRW`, in the header of every database file of ours.
pub(super) const APPLICATION_ID: i64 = 0x5354_5257;

/// Name and text of each migration; its place in the list, from 1, is the schema version that it leads to.
const MIGRATIONS: &[(&str, &str)] = &[
    ("people_calls_journal", include_str!("migrations/sqlite/0001_people_calls_journal.sql")),
    ("dee_by_pbx", include_str!("migrations/sqlite/0002_dee_by_pbx.sql")),
    ("outbox", include_str!("migrations/sqlite/0003_outbox.sql")),
    ("newest_first", include_str!("migrations/sqlite/0004_newest_first.sql")),
    ("sinks", include_str!("migrations/sqlite/0005_sinks.sql")),
    ("privacy", include_str!("migrations/sqlite/0006_privacy.sql")),
    ("numbers", include_str!("migrations/sqlite/0007_numbers.sql")),
];

/// The newest schema version that this program knows.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Refuses files of other programs and of newer versions without touching them.
pub(super) fn recognise(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    const DOING: &str = "read the header";
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).doing(path, DOING)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).doing(path, DOING)?;
    if application != APPLICATION_ID && (application != 0 || tables != 0) {
        let why = if application == 0 { "its tables are not ours".to_owned() } else { format!("its application id is {application:#x}") };
        return Err(StoreError::Foreign { path: path.to_owned(), why });
    }
    let found = version(connection).doing(path, DOING)?;
    if found > newest() {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, known: newest() });
    }
    Ok(())
}

/// Applies what is missing. Several processes may start at once: the first does it, the others find it done.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    const DOING: &str = "bring the schema up to date";
    if version(connection).doing(path, DOING)? < newest() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(path, DOING)?;
        apply(&transaction).doing(path, DOING)?;
        transaction.commit().doing(path, DOING)?;
    }
    compare(connection, path)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn apply(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT",
    )?;
    let present = version(transaction)?;
    for (number, (name, text)) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > present) {
        transaction.execute_batch(text)?;
        transaction.execute("INSERT INTO migrations (version, name, checksum) VALUES (?1, ?2, ?3)", (number, name, checksum(text)))?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    Ok(())
}

fn compare(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    const DOING: &str = "read the history of the schema";
    let mut statement = connection.prepare("SELECT checksum FROM migrations WHERE version = ?1").doing(path, DOING)?;
    for (version, (_, text)) in (1_i64..).zip(MIGRATIONS) {
        let stored: Option<String> = statement.query_row([version], |row| row.get(0)).optional().doing(path, DOING)?;
        if stored != Some(checksum(text)) {
            return Err(StoreError::OtherHistory { path: path.to_owned(), version });
        }
    }
    Ok(())
}

/// What a migration's text is remembered by.
pub(super) fn checksum(text: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
}
