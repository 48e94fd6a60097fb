//! The journal's rows: events of one PBX that one commit brought, checkpoints, signs of life.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Checkpoint, Recovered};
use crate::store::{Doing, StoreError};
use crate::telephony::Time;

/// A row is closed when it has grown beyond this.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Events gathered for one row.
#[derive(Default)]
struct Body {
    events: i64,
    bytes: Vec<u8>,
}

/// What one transaction adds to the journal, PBX by PBX.
#[derive(Default)]
pub(super) struct Pages {
    bodies: BTreeMap<Arc<str>, Body>,
    alive: BTreeMap<Arc<str>, Time>,
}

impl Pages {
    /// Adds an event; rows that are full are written.
    pub(super) fn event(&mut self, connection: &Connection, pbx: &Arc<str>, event: &[u8]) -> rusqlite::Result<()> {
        let body = match self.bodies.get_mut(pbx) {
            Some(body) => body,
            None => self.bodies.entry(Arc::clone(pbx)).or_default(),
        };
        let length = u32::try_from(event.len()).map_err(|_| rusqlite::Error::ToSqlConversionFailure("an event beyond 4 GiB".into()))?;
        body.bytes.extend_from_slice(&length.to_le_bytes());
        body.bytes.extend_from_slice(event);
        body.events += 1;
        if body.bytes.len() > BODY_BYTES_MAX {
            let full = std::mem::take(body);
            write(connection, pbx, &full)?;
        }
        Ok(())
    }

    /// The state takes the place of every event of its PBX so far.
    pub(super) fn checkpoint(&mut self, connection: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<()> {
        self.bodies.remove(&checkpoint.pbx);
        connection.prepare_cached("DELETE FROM journal WHERE pbx = ?1")?.execute([&checkpoint.pbx])?;
        let sql = "INSERT INTO checkpoints (pbx, state) VALUES (?1, ?2) ON CONFLICT (pbx) DO UPDATE SET state = excluded.state";
        connection.prepare_cached(sql)?.execute(params![checkpoint.pbx, checkpoint.state])?;
        Ok(())
    }

    /// Only the last one of a transaction is written.
    pub(super) fn alive(&mut self, pbx: &Arc<str>, at: Time) {
        self.alive.insert(Arc::clone(pbx), at);
    }

    /// Writes what is left.
    pub(super) fn finish(self, connection: &Connection) -> rusqlite::Result<()> {
        for (pbx, body) in &self.bodies {
            if body.events > 0 {
                write(connection, pbx, body)?;
            }
        }
        let sql = "INSERT INTO liveness (pbx, alive_at) VALUES (?1, ?2) ON CONFLICT (pbx) DO UPDATE SET alive_at = excluded.alive_at";
        for (pbx, at) in &self.alive {
            connection.prepare_cached(sql)?.execute(params![pbx, at.as_micros()])?;
        }
        Ok(())
    }
}

fn write(connection: &Connection, pbx: &str, body: &Body) -> rusqlite::Result<()> {
    let sql = "INSERT INTO journal (pbx, events, body) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![pbx, body.events, body.bytes])?;
    Ok(())
}

/// How many events are in the journal.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(sum(events), 0) FROM journal";
    connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

/// Everything kept for one PBX.
pub(super) fn recover(connection: &Connection, path: &Path, pbx: &str) -> Result<Recovered, StoreError> {
    // One transaction, so that checkpoint and events belong together.
    let transaction = connection.unchecked_transaction().doing(path, "read the journal")?;
    recover_in(&transaction, path, pbx)
}

/// The same within a transaction.
pub(super) fn recover_in(transaction: &Connection, path: &Path, pbx: &str) -> Result<Recovered, StoreError> {
    const DOING: &str = "read the journal";
    let sql = "SELECT state FROM checkpoints WHERE pbx = ?1";
    let checkpoint = transaction.query_row(sql, [pbx], |row| row.get(0)).optional().doing(path, DOING)?;
    let sql = "SELECT alive_at FROM liveness WHERE pbx = ?1";
    let alive: Option<i64> = transaction.query_row(sql, [pbx], |row| row.get(0)).optional().doing(path, DOING)?;
    let mut statement = transaction.prepare("SELECT seq, events, body FROM journal WHERE pbx = ?1 ORDER BY seq").doing(path, DOING)?;
    let mut rows = statement.query([pbx]).doing(path, DOING)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().doing(path, DOING)? {
        let (seq, count, body): (i64, i64, Vec<u8>) = row.try_into().doing(path, DOING)?;
        let before = events.len();
        let whole = split(&body, &mut events);
        let found = events.len() - before;
        if !whole || usize::try_from(count) != Ok(found) {
            let detail = format!("{found} of {count} events are whole");
            return Err(StoreError::Unreadable { path: path.to_owned(), what: format!("row {seq} of the journal"), detail });
        }
    }
    Ok(Recovered { checkpoint, events, last_alive: alive.map(Time::from_micros) })
}

/// Whether nothing is left over.
fn split(mut body: &[u8], events: &mut Vec<Vec<u8>>) -> bool {
    while let Some((length, rest)) = body.split_first_chunk::<4>() {
        let Some((event, rest)) = usize::try_from(u32::from_le_bytes(*length)).ok().and_then(|length| rest.split_at_checked(length)) else {
            return false;
        };
        events.push(event.to_vec());
        body = rest;
    }
    body.is_empty()
}
