//! What a sink refused for good: kept beside, counted and shown, and tried again when somebody says so.

use rusqlite::{Row, params};

use super::read::entry;
use super::{Entries, Entry, Outbox, Place};
use crate::store::StoreError;
use crate::telephony::Time;

/// An entry in quarantine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quarantined {
    /// Whose.
    pub sink: String,
    /// The entry.
    pub entry: Entry,
    /// Why it was refused.
    pub reason: String,
    /// When.
    pub at: Time,
    /// It is to be tried again.
    pub retry: bool,
}

const COLUMNS: &str = "seq, at, message_id, call_id, body, sink, reason, quarantined_at, retry, history";

impl Outbox {
    /// Puts the entry aside: the sink is not given it again, and goes on with the next one. A second time changes the reason.
    pub fn quarantine(&self, sink: &str, entry: &Entry, reason: &str, now: Time) -> Result<(), StoreError> {
        let (history, number) = entry.place.parts();
        let call = match &entry.body {
            super::Body::Record(id) => Some(id.to_string()),
            super::Body::Gap(_) => None,
        };
        self.writing(|transaction| {
            let sql = "INSERT INTO quarantine (sink, history, seq, at, message_id, call_id, body, reason, quarantined_at) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                ON CONFLICT (sink, history, seq) DO UPDATE SET reason = excluded.reason, quarantined_at = excluded.quarantined_at, retry = 0";
            let values = params![sink, history, number, entry.at.as_micros(), entry.message_id, call, entry.json, reason, now.as_micros()];
            transaction.prepare_cached(sql)?.execute(values)?;
            Ok(())
        })
    }

    /// What is in quarantine, the oldest first: of one sink, or of all.
    pub fn quarantined(&self, sink: Option<&str>, rows_max: usize) -> Result<Vec<Quarantined>, StoreError> {
        self.in_quarantine("(?1 IS NULL OR sink = ?1)", sink, rows_max)
    }

    /// Asks for what is in the sink's quarantine to be tried again: one message, or all. How many there are.
    pub fn ask_retry(&self, sink: &str, message_id: Option<&str>) -> Result<usize, StoreError> {
        let sql = "UPDATE quarantine SET retry = 1 WHERE sink = ?1 AND (?2 IS NULL OR message_id = ?2)";
        self.writing(|transaction| transaction.prepare_cached(sql)?.execute(params![sink, message_id]))
    }

    /// What is to be tried again. Then it is either [settled](Self::settle) or put aside once more.
    ///
    /// No more than `rows_max` entries, nor than `bytes_max` of JSON beyond the first one.
    pub fn retries(&self, sink: &str, rows_max: usize, bytes_max: usize) -> Result<Vec<Entry>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare_cached(&select("sink = ?1 AND retry = 1"))?;
            let mut rows = statement.query(params![sink, i64::try_from(rows_max).unwrap_or(i64::MAX)])?;
            let mut entries = Entries::up_to(rows_max, bytes_max);
            entries.take(&mut rows, |row| Ok(found(row)?.entry))?;
            Ok(entries.into_vec())
        })
    }

    /// The entry has been delivered after all, or is given up: it leaves the quarantine. Whether it was there.
    pub fn settle(&self, sink: &str, place: Place) -> Result<bool, StoreError> {
        let (history, number) = place.parts();
        // The cursor has to be beyond it, or it would be read again: that is harmless, and the same message.
        let sql = "DELETE FROM quarantine WHERE sink = ?1 AND history = ?2 AND seq = ?3";
        self.writing(|transaction| Ok(transaction.prepare_cached(sql)?.execute(params![sink, history, number])? > 0))
    }

    fn in_quarantine(&self, condition: &str, sink: Option<&str>, rows_max: usize) -> Result<Vec<Quarantined>, StoreError> {
        let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
        self.reading(|connection| connection.prepare_cached(&select(condition))?.query_map(params![sink, rows_max], found)?.collect())
    }
}

fn select(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM quarantine WHERE {condition} ORDER BY id LIMIT ?2")
}

fn found(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    let place = if row.get(9)? { Place::History } else { Place::Sequence };
    Ok(Quarantined {
        entry: entry(row, place)?,
        sink: row.get(5)?,
        reason: row.get(6)?,
        at: Time::from_micros(row.get(7)?),
        retry: row.get(8)?,
    })
}
