//! Opening the database file: settings, schema, integrity.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::Doing;
use super::{StoreError, migration};

/// How long one process waits for another's transaction.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Above this size, only what a start depends on is checked at start; `check` reads everything.
const QUICK_CHECK_PAGES_MAX: i64 = 4096;

/// What a start depends on: people and what a crash left behind.
const CHECKED_ALWAYS: [&str; 13] = [
    "meta",
    "users",
    "user_groups",
    "memberships",
    "primary_groups",
    "associations",
    "dee_memberships",
    "journal",
    "checkpoints",
    "liveness",
    "outbox_head",
    "earlier_sources",
    "sinks",
];

/// Opens a database file that exists (perhaps empty), brings its schema up to date and sets this connection up.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    const DOING: &str = "open the database";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).doing(path, DOING)?;
    connection.busy_timeout(BUSY_TIMEOUT).doing(path, DOING)?;
    migration::recognise(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL").doing(path, DOING)?;
    connection.pragma_update(None, "synchronous", "FULL").doing(path, DOING)?;
    connection.pragma_update(None, "foreign_keys", true).doing(path, DOING)?;
    connection.pragma_update(None, "temp_store", "MEMORY").doing(path, DOING)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20).doing(path, DOING)?;
    connection.set_prepared_statement_cache_capacity(64);
    migration::migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens a database file to read it only: whatever version of ours has written it, damaged or not, nothing is changed.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    const DOING: &str = "open the database to read it";
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = |target: &Path, flags| -> Result<Connection, StoreError> {
        let connection = Connection::open_with_flags(target, flags).doing(path, DOING)?;
        connection.busy_timeout(BUSY_TIMEOUT).doing(path, DOING)?;
        migration::recognise(&connection, path)?;
        Ok(connection)
    };
    let connection = match opened(path, flags) {
        // Where nothing can be written, not even the log's index can be made. Without a log there is nothing to index.
        Err(StoreError::Sqlite { .. }) if !with_suffix(path, "-wal").exists() => {
            opened(&immutable(path), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
        other => other?,
    };
    connection.pragma_update(None, "temp_store", "MEMORY").doing(path, DOING)?;
    Ok(connection)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The file's URI by which SQLite takes it as one that nobody changes.
fn immutable(path: &Path) -> PathBuf {
    let mut uri = OsString::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => uri.push(format!("%{byte:02x}")),
            other => uri.push(OsStr::from_bytes(&[*other])),
        }
    }
    uri.push("?immutable=1");
    PathBuf::from(uri)
}

/// The check at every start of the daemon: the whole file while it is small, what the start depends on in any case.
pub(crate) fn quick_check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    const DOING: &str = "check the database";
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).doing(path, DOING)?;
    if pages <= QUICK_CHECK_PAGES_MAX {
        return judge(&findings(connection, "PRAGMA quick_check(1)").doing(path, DOING)?, path);
    }
    for table in CHECKED_ALWAYS {
        judge(&findings(connection, &format!("PRAGMA quick_check({table})")).doing(path, DOING)?, path)?;
    }
    Ok(())
}

/// The whole check, references between tables included; every finding, none for a sound file.
pub(crate) fn full_check(connection: &Connection, path: &Path) -> Result<Vec<String>, StoreError> {
    const DOING: &str = "check the database";
    let mut all = findings(connection, "PRAGMA integrity_check(100)").doing(path, DOING)?;
    all.retain(|finding| finding != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check").doing(path, DOING)?;
    let rows = statement.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} refers to a row of {parent} that is missing"))
    });
    for row in rows.doing(path, DOING)? {
        all.push(row.doing(path, DOING)?);
    }
    Ok(all)
}

fn findings(connection: &Connection, pragma: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(pragma)?.query_map([], |row| row.get(0))?.collect()
}

fn judge(findings: &[String], path: &Path) -> Result<(), StoreError> {
    match findings.first() {
        Some(finding) if finding != "ok" => Err(StoreError::Damaged { path: path.to_owned(), detail: finding.replace('\n', " ") }),
        _ => Ok(()),
    }
}
