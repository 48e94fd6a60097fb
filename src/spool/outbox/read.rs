//! What sinks and those who watch them ask.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Body, Entry, Outbox, Place, signed};
use crate::record::LinkGap;
use crate::store::StoreError;
use crate::telephony::Time;

/// How much waits for one sink.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Depth {
    /// Entries of the outbox.
    pub rows: u64,
    /// When the oldest of them was stored.
    pub oldest_at: Option<Time>,
    /// Calls from before it was registered; about so many, never too few.
    pub history: u64,
}

/// How the outbox fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overview {
    /// The newest number.
    pub newest: u64,
    /// Entries that are kept.
    pub rows: u64,
    /// What they take on disk, about, in bytes.
    pub bytes: u64,
    /// When the oldest of them was stored.
    pub oldest_at: Option<Time>,
    /// The sinks, by name.
    pub sinks: Vec<SinkState>,
}

/// How one sink fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// Whether it is configured. Nothing waits for one that is not.
    pub active: bool,
    /// It has everything up to this number.
    pub cursor: u64,
    /// How much waits for it.
    pub depth: Depth,
    /// How much it refused for good.
    pub quarantined: u64,
}

impl Outbox {
    /// The next entries for the sink, in order: after that place, or where it is `None` after what it has. What is in its
    /// quarantine is left out.
    ///
    /// No more than `rows_max` entries, nor than `bytes_max` of JSON beyond the first one. None: there is nothing more now.
    pub fn read(&self, sink: &str, after: Option<Place>, rows_max: usize, bytes_max: usize) -> Result<Vec<Entry>, StoreError> {
        let found = self.reading(|connection| {
            let sql = "SELECT cursor, history_cursor, history_until FROM sinks WHERE name = ?1";
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let cursors: Option<(i64, i64, i64)> = connection.prepare_cached(sql)?.query_row([sink], row).optional()?;
            let Some((mut cursor, mut history, history_until)) = cursors else { return Ok(None) };
            match after {
                None => {}
                Some(Place::History(number)) => history = signed(number),
                Some(Place::Sequence(number)) => (cursor, history) = (signed(number), history_until),
            }
            let mut entries = Entries::up_to(rows_max, bytes_max);
            if history < history_until {
                entries.history(connection, sink, history, history_until)?;
            }
            entries.outbox(connection, sink, cursor)?;
            Ok(Some(entries.found))
        })?;
        found.ok_or_else(|| self.unknown(sink))
    }

    /// How much waits for the sink.
    pub fn depth(&self, sink: &str) -> Result<Depth, StoreError> {
        let found = self.reading(|connection| {
            let sql = "SELECT cursor, history_cursor, history_until, active FROM sinks WHERE name = ?1";
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            let cursors = connection.prepare_cached(sql)?.query_row([sink], row).optional()?;
            cursors.map(|(cursor, history, until, active)| depth(connection, cursor, (history, until), active)).transpose()
        })?;
        found.ok_or_else(|| self.unknown(sink))
    }

    /// How the outbox and all sinks fare.
    pub fn overview(&self) -> Result<Overview, StoreError> {
        self.reading(overview)
    }
}

pub(in crate::spool) fn overview(connection: &Connection) -> rusqlite::Result<Overview> {
    let sql = "SELECT seq, bytes FROM outbox_head";
    let (newest, bytes): (i64, i64) = connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "SELECT min(seq), (SELECT at FROM outbox ORDER BY seq LIMIT 1) FROM outbox";
    let (first, oldest): (Option<i64>, Option<i64>) =
        connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "SELECT name, active, cursor, history_cursor, history_until, \
        (SELECT count(*) FROM quarantine WHERE sink = sinks.name) FROM sinks ORDER BY name";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut sinks = Vec::new();
    while let Some(row) = rows.next()? {
        let (active, cursor): (bool, i64) = (row.get(1)?, row.get(2)?);
        sinks.push(SinkState {
            name: row.get(0)?,
            active,
            cursor: cursor.unsigned_abs(),
            depth: depth(connection, cursor, (row.get(3)?, row.get(4)?), active)?,
            quarantined: row.get::<_, i64>(5)?.unsigned_abs(),
        });
    }
    let rows = first.map_or(0, |first| (newest - first + 1).unsigned_abs());
    Ok(Overview { newest: newest.unsigned_abs(), rows, bytes: bytes.unsigned_abs(), oldest_at: oldest.map(Time::from_micros), sinks })
}

fn depth(connection: &Connection, cursor: i64, (history, until): (i64, i64), active: bool) -> rusqlite::Result<Depth> {
    if !active {
        return Ok(Depth::default());
    }
    // Numbers have no holes, so nothing has to be counted.
    let sql = "SELECT (SELECT seq FROM outbox_head), (SELECT at FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT 1), \
        EXISTS (SELECT 1 FROM calls WHERE seq > ?2 AND seq <= ?3)";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (head, oldest, more): (i64, Option<i64>, bool) = connection.prepare_cached(sql)?.query_row(params![cursor, history, until], row)?;
    Ok(Depth {
        rows: (head - cursor).max(0).unsigned_abs(),
        oldest_at: oldest.map(Time::from_micros),
        history: if more { (until - history).unsigned_abs() } else { 0 },
    })
}

/// Entries as they are read, no more than are wanted at once.
pub(crate) struct Entries {
    found: Vec<Entry>,
    rows_max: usize,
    bytes_max: usize,
    bytes: usize,
}

impl Entries {
    /// Of no more than `rows_max` entries, nor than `bytes_max` of JSON beyond the first one.
    pub(crate) fn up_to(rows_max: usize, bytes_max: usize) -> Self {
        Self { found: Vec::new(), rows_max, bytes_max, bytes: 0 }
    }

    /// What was taken.
    pub(crate) fn into_vec(self) -> Vec<Entry> {
        self.found
    }

    fn history(&mut self, connection: &Connection, sink: &str, after: i64, until: i64) -> rusqlite::Result<()> {
        let sql = "SELECT seq, ended_at, id, id, record FROM calls WHERE seq > ?1 AND seq <= ?2 \
            AND NOT EXISTS (SELECT 1 FROM quarantine WHERE sink = ?3 AND history = 1 AND quarantine.seq = calls.seq) ORDER BY seq";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![after, until, sink])?;
        self.take(&mut rows, |row| entry(row, Place::History))
    }

    fn outbox(&mut self, connection: &Connection, sink: &str, after: i64) -> rusqlite::Result<()> {
        let sql = "SELECT seq, at, message_id, call_id, body FROM outbox WHERE seq > ?1 \
            AND NOT EXISTS (SELECT 1 FROM quarantine WHERE sink = ?2 AND history = 0 AND quarantine.seq = outbox.seq) ORDER BY seq";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![after, sink])?;
        self.take(&mut rows, |row| entry(row, Place::Sequence))
    }

    /// Takes rows as long as there is room.
    pub(crate) fn take(
        &mut self,
        rows: &mut rusqlite::Rows<'_>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<Entry>,
    ) -> rusqlite::Result<()> {
        while self.found.len() < self.rows_max && (self.found.is_empty() || self.bytes < self.bytes_max) {
            let Some(row) = rows.next()? else { return Ok(()) };
            let entry = read(row)?;
            if !self.found.is_empty() && self.bytes + entry.json.len() > self.bytes_max {
                self.bytes = self.bytes_max;
                return Ok(());
            }
            self.bytes += entry.json.len();
            self.found.push(entry);
        }
        Ok(())
    }
}

/// From number, time, message id, call and body.
pub(super) fn entry(row: &Row<'_>, place: fn(u64) -> Place) -> rusqlite::Result<Entry> {
    let json: String = row.get(4)?;
    let unreadable =
        |error: Box<dyn std::error::Error + Send + Sync>| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, error);
    let body = match row.get::<_, Option<String>>(3)? {
        Some(call) => Body::Record(call.parse::<Uuid>().map_err(|error| unreadable(error.into()))?),
        None => Body::Gap(serde_json::from_str::<LinkGap>(&json).map_err(|error| unreadable(error.into()))?),
    };
    Ok(Entry {
        place: place(row.get::<_, i64>(0)?.unsigned_abs()),
        at: Time::from_micros(row.get(1)?),
        message_id: row.get(2)?,
        json,
        body,
    })
}
