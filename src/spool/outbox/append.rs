//! The writer's side: entries appended within its transaction.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::signed;
use crate::record::{CallRecord, LinkGap};
use crate::store::Stored;
use crate::telephony::Time;

/// What a row takes beside its texts, about.
const ROW_BYTES: usize = 64;

/// What a row is taken to need on disk.
pub(in crate::spool) fn row_bytes(message_id: &str, json: &str) -> usize {
    message_id.len() + json.len() + ROW_BYTES
}

/// Appends to the outbox within one transaction of the writer.
pub(in crate::spool) struct Appender<'a> {
    connection: &'a Connection,
    at: Time,
    source: String,
    /// Whether there is a sink to keep anything for.
    kept: bool,
    seq: u64,
    rows: u64,
    bytes: usize,
}

impl<'a> Appender<'a> {
    /// `at` is the moment that entries are said to be stored at.
    pub(in crate::spool) fn begin(connection: &'a Connection, source: &str, at: Time) -> rusqlite::Result<Self> {
        let sql = "SELECT seq, EXISTS (SELECT 1 FROM sinks WHERE active = 1) FROM outbox_head";
        let (seq, kept): (i64, bool) = connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { connection, at, source: source.to_owned(), kept, seq: seq.unsigned_abs(), rows: 0, bytes: 0 })
    }

    /// A record was handed in and that came of storing it.
    pub(in crate::spool) fn record(&mut self, record: &CallRecord, stored: &Stored) -> rusqlite::Result<()> {
        match stored {
            Stored::New(json) => self.append(&record.id.to_string(), Some(record.id), json),
            Stored::Replaced(json) => self.append(&format!("{}.r2", record.id), Some(record.id), json),
            Stored::Kept => Ok(()),
        }
    }

    /// A gap began or ended.
    pub(in crate::spool) fn gap(&mut self, gap: &LinkGap) -> rusqlite::Result<()> {
        self.gap_of(&format!("{}.{}", self.source, self.seq + 1), gap)
    }

    /// A gap that another file told, by the message id that it has from there.
    pub(in crate::spool) fn gap_of(&mut self, message_id: &str, gap: &LinkGap) -> rusqlite::Result<()> {
        let json = serde_json::to_string(gap).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.append(message_id, None, &json)
    }

    /// There may be a sink now to keep something for.
    pub(in crate::spool) fn look_again(&mut self) -> rusqlite::Result<()> {
        self.kept = self.connection.query_row("SELECT EXISTS (SELECT 1 FROM sinks WHERE active = 1)", [], |row| row.get(0))?;
        Ok(())
    }

    /// Notes what was appended; the newest number and how many bytes were added.
    pub(in crate::spool) fn finish(self) -> rusqlite::Result<u64> {
        if self.rows > 0 {
            let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
            let sql = "UPDATE outbox_head SET seq = ?1, bytes = bytes + ?2";
            self.connection.prepare_cached(sql)?.execute(params![signed(self.seq), bytes])?;
        }
        Ok(self.seq)
    }

    fn append(&mut self, message_id: &str, call: Option<Uuid>, json: &str) -> rusqlite::Result<()> {
        self.seq += 1;
        self.rows += 1;
        if !self.kept {
            return Ok(());
        }
        let bytes = row_bytes(message_id, json);
        self.bytes += bytes;
        let sql = "INSERT INTO outbox (seq, at, bytes, message_id, call_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let size = i64::try_from(bytes).unwrap_or(i64::MAX);
        let call = call.map(|id| id.to_string());
        self.connection.prepare_cached(sql)?.execute(params![signed(self.seq), self.at.as_micros(), size, message_id, call, json])?;
        Ok(())
    }
}
