//! What a sink refused for good: kept beside, counted and shown, and tried again when somebody says so.
//!
//! Bounded for each sink by the number of messages, and never gone through otherwise than in pages.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::read::entry;
use super::{Entries, Entry, Outbox, Place, signed};
use crate::store::StoreError;
use crate::telephony::Time;

/// Most messages in the quarantine of one sink. So many refusals are no exception any more, but a destination that has to be mended.
pub const QUARANTINE_MAX: u64 = 10_000;

/// So many are changed in one transaction, while which nobody else writes.
const PAGE: i64 = 500;

/// So many bytes of JSON are read at once, but for a single entry that is longer.
const BYTES_MAX: usize = 4 << 20;

/// An entry in quarantine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quarantined {
    /// Where it stands there: later ones have greater numbers.
    pub number: i64,
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

const COLUMNS: &str = "seq, at, message_id, call_id, body, sink, reason, quarantined_at, retry, history, id";

impl Outbox {
    /// Puts the entry aside: the sink is not given it again, and goes on with the next one. A second time changes the reason.
    ///
    /// False, and nothing is changed, where the sink has `entries_max` in quarantine and this is not one of them.
    pub fn quarantine(&self, sink: &str, entry: &Entry, reason: &str, now: Time, entries_max: u64) -> Result<bool, StoreError> {
        let (history, number) = entry.place.parts();
        let call = match &entry.body {
            super::Body::Record(id) => Some(id.to_string()),
            super::Body::Gap(_) => None,
        };
        self.writing(|transaction| {
            let sql = "SELECT count(*) < ?2 OR EXISTS (SELECT 1 FROM quarantine WHERE sink = ?1 AND history = ?3 AND seq = ?4) \
                FROM quarantine WHERE sink = ?1";
            let values = params![sink, signed(entries_max), history, number];
            if !transaction.prepare_cached(sql)?.query_row(values, |row| row.get::<_, bool>(0))? {
                return Ok(false);
            }
            let sql = "INSERT INTO quarantine (sink, history, seq, at, message_id, call_id, body, reason, quarantined_at) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                ON CONFLICT (sink, history, seq) DO UPDATE SET reason = excluded.reason, quarantined_at = excluded.quarantined_at, retry = 0";
            let values = params![sink, history, number, entry.at.as_micros(), entry.message_id, call, entry.json, reason, now.as_micros()];
            transaction.prepare_cached(sql)?.execute(values)?;
            Ok(true)
        })
    }

    /// What is in quarantine, the oldest first: of one sink, or of all; beyond that number where one is given.
    ///
    /// No more than `rows_max` entries, nor than some MiB of JSON beyond the first one.
    pub fn quarantined(&self, sink: Option<&str>, after: Option<i64>, rows_max: usize) -> Result<Vec<Quarantined>, StoreError> {
        self.reading(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE (?1 IS NULL OR sink = ?1) AND id > ?2 ORDER BY id LIMIT ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![sink, after.unwrap_or(0), rows_max])?;
            let (mut page, mut bytes) = (Vec::new(), 0);
            while bytes < BYTES_MAX
                && let Some(row) = rows.next()?
            {
                let one = found(row)?;
                bytes += one.entry.json.len();
                page.push(one);
            }
            Ok(page)
        })
    }

    /// The message of that id in the sink's quarantine.
    pub fn quarantined_message(&self, sink: &str, message_id: &str) -> Result<Option<Quarantined>, StoreError> {
        self.reading(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE sink = ?1 AND message_id = ?2 ORDER BY id LIMIT 1");
            connection.prepare_cached(&sql)?.query_row(params![sink, message_id], found).optional()
        })
    }

    /// Asks for what is in the sink's quarantine to be tried again: one message, or all that is there now. How many there are.
    pub fn ask_retry(&self, sink: &str, message_id: Option<&str>) -> Result<usize, StoreError> {
        self.page_by_page(sink, message_id, "UPDATE quarantine SET retry = 1")
    }

    /// Gives up what is in the sink's quarantine: one message, or all that is there now. How many there were.
    pub fn give_up(&self, sink: &str, message_id: Option<&str>) -> Result<usize, StoreError> {
        self.page_by_page(sink, message_id, "DELETE FROM quarantine")
    }

    /// Does that with what is in the sink's quarantine, in transactions that are short; what comes meanwhile is left alone.
    fn page_by_page(&self, sink: &str, message_id: Option<&str>, what: &str) -> Result<usize, StoreError> {
        let condition = "sink = ?1 AND (?2 IS NULL OR message_id = ?2) AND id > ?3 AND id <= ?4";
        let page = format!("SELECT max(id) FROM (SELECT id FROM quarantine WHERE {condition} ORDER BY id LIMIT {PAGE})");
        let change = format!("{what} WHERE {condition}");
        let upto = self.reading(|connection| {
            let sql = "SELECT coalesce(max(id), 0) FROM quarantine WHERE sink = ?1";
            connection.prepare_cached(sql)?.query_row([sink], |row| row.get::<_, i64>(0))
        })?;
        let next = |transaction: &Transaction<'_>, after: i64| -> rusqlite::Result<Option<(i64, usize)>> {
            let last: Option<i64> =
                transaction.prepare_cached(&page)?.query_row(params![sink, message_id, after, upto], |row| row.get(0))?;
            let Some(last) = last else { return Ok(None) };
            Ok(Some((last, transaction.prepare_cached(&change)?.execute(params![sink, message_id, after, last])?)))
        };
        let (mut after, mut count) = (0, 0);
        while after < upto
            && let Some((last, changed)) = self.writing(|transaction| next(transaction, after))?
        {
            (after, count) = (last, count + changed);
        }
        Ok(count)
    }

    /// What is to be tried again. Then it is either [settled](Self::settle) or put aside once more.
    ///
    /// No more than `rows_max` entries, nor than `bytes_max` of JSON beyond the first one.
    pub fn retries(&self, sink: &str, rows_max: usize, bytes_max: usize) -> Result<Vec<Entry>, StoreError> {
        self.reading(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE sink = ?1 AND retry = 1 ORDER BY id LIMIT ?2");
            let mut statement = connection.prepare_cached(&sql)?;
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
}

fn found(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    let place = if row.get(9)? { Place::History } else { Place::Sequence };
    Ok(Quarantined {
        number: row.get(10)?,
        entry: entry(row, place)?,
        sink: row.get(5)?,
        reason: row.get(6)?,
        at: Time::from_micros(row.get(7)?),
        retry: row.get(8)?,
    })
}
