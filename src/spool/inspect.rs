//! Looking at a spool without changing it: is the file sound, what waits for whom, what would a restart go on from.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::outbox::{Overview, overview};
use crate::store::{self, StoreError};
use crate::telephony::Time;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// The database file.
    pub path: PathBuf,
    /// Its size with its write-ahead log, in bytes.
    pub bytes: u64,
    /// Everything that is wrong; empty for a sound file.
    pub findings: Vec<String>,
    /// Names the file in which the numbers run.
    pub source: Option<String>,
    /// What waits for whom; `None` where it cannot be read, or is from before there was an outbox.
    pub overview: Option<Overview>,
    /// What a restart would go on from, by the name of the PBX.
    pub journals: Vec<JournalState>,
}

/// The journal of one PBX.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalState {
    /// Which PBX.
    pub pbx: String,
    /// The size of its checkpoint in bytes; 0: there is none.
    pub checkpoint_bytes: u64,
    /// Events since.
    pub events: u64,
    /// When it was last in sight.
    pub last_alive: Option<Time>,
}

/// Reads the whole file and changes nothing; a daemon may work there meanwhile.
///
/// # Errors
/// The database cannot be opened at all: it is missing, another program's, or of a newer version.
pub fn inspect(directory: &Path) -> Result<Inspection, StoreError> {
    let path = store::database_path(directory);
    let connection = store::open_to_read(&path)?;
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    let bytes = size(&path) + size(&directory.join("strowger.db-wal"));
    let mut inspection = Inspection { bytes, findings: Vec::new(), source: None, overview: None, journals: Vec::new(), path };
    match store::full_check(&connection, &inspection.path) {
        Ok(findings) => inspection.findings = findings,
        Err(error) => inspection.findings.push(error.to_string()),
    }
    inspection.outbox(&connection);
    match journals(&connection) {
        Ok(journals) => inspection.journals = journals,
        Err(error) => inspection.findings.push(format!("the journal cannot be read: {error}")),
    }
    Ok(inspection)
}

impl Inspection {
    fn outbox(&mut self, connection: &Connection) {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'outbox_head'";
        if matches!(connection.query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(0)) {
            return;
        }
        let source = connection.query_row("SELECT source FROM outbox_head", [], |row| row.get(0));
        let read = source.and_then(|source| Ok((source, overview(connection)?, agreement(connection)?)));
        match read {
            Ok((source, overview, findings)) => {
                self.source = Some(source);
                self.overview = Some(overview);
                self.findings.extend(findings);
            }
            Err(error) => self.findings.push(format!("the outbox cannot be read: {error}")),
        }
    }
}

/// Whether rows, numbers and cursors of the outbox agree.
fn agreement(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut findings = Vec::new();
    let sql = "SELECT count(*), coalesce(min(seq), 0), coalesce(max(seq), 0), coalesce(sum(bytes), 0) FROM outbox";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let (rows, first, last, bytes): (i64, i64, i64, i64) = connection.query_row(sql, [], row)?;
    let sql = "SELECT seq, bytes, coalesce((SELECT max(cursor) FROM sinks), 0) FROM outbox_head";
    let (newest, noted, cursor): (i64, i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if rows > 0 && last - first + 1 != rows {
        findings.push(format!("{} numbers of the outbox between {first} and {last} are missing", last - first + 1 - rows));
    }
    if rows > 0 && last != newest {
        findings.push(format!("the newest entry of the outbox is {last}, the newest number {newest}"));
    }
    if bytes != noted {
        findings.push(format!("the outbox holds {bytes} bytes, {noted} are noted"));
    }
    if cursor > newest {
        findings.push(format!("a sink has got to {cursor}, beyond the newest number {newest}"));
    }
    Ok(findings)
}

fn journals(connection: &Connection) -> rusqlite::Result<Vec<JournalState>> {
    let sql = "SELECT pbx, coalesce((SELECT length(state) FROM checkpoints WHERE checkpoints.pbx = names.pbx), 0), \
        (SELECT coalesce(sum(events), 0) FROM journal WHERE journal.pbx = names.pbx), \
        (SELECT alive_at FROM liveness WHERE liveness.pbx = names.pbx) \
        FROM (SELECT pbx FROM checkpoints UNION SELECT pbx FROM liveness UNION SELECT pbx FROM journal) AS names ORDER BY pbx";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(JournalState {
            pbx: row.get(0)?,
            checkpoint_bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            events: row.get::<_, i64>(2)?.unsigned_abs(),
            last_alive: row.get::<_, Option<i64>>(3)?.map(Time::from_micros),
        })
    })?;
    rows.collect()
}
