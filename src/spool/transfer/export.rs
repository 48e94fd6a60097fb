//! Out of a state directory, read only.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::line::{Body, End, Entry, Head, Line, Missing, Quarantined, Sink};
use super::{FORMAT, Progress, TransferError, privacy, sturdy};
use crate::store::{self, Doing, StoreError};
use crate::telephony::Time;

const DOING: &str = "read the spool";

/// Between two words of progress.
const TOLD_EVERY: u64 = 1000;

/// What was exported.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Exported {
    /// Entries of the outbox.
    pub entries: u64,
    /// Calls that are no entries.
    pub calls: u64,
    /// Entries that a sink refused for good.
    pub quarantined: u64,
    /// Calls to be delivered to a sink once more.
    pub replays: u64,
    /// Events of the journal.
    pub events: u64,
    /// PBXs with a journal.
    pub pbxs: u64,
    /// Legal holds, also those that ended, and receipts of erasures.
    pub privacy: u64,
    /// What could not be read, and what does not come along.
    pub damage: Vec<String>,
}

/// Writes what is not delivered yet and what a restart needs; with `all_calls` every call that is stored as well.
///
/// A daemon may work there meanwhile: the export is of one moment.
pub fn export(directory: &Path, all_calls: bool, now: Time, out: &mut dyn Write, told: Progress<'_>) -> Result<Exported, TransferError> {
    let path = store::database_path(directory);
    let connection = store::open_to_read(&path)?;
    let snapshot = connection.unchecked_transaction().doing(&path, DOING)?;
    let mut export = Export {
        connection: &snapshot,
        path: &path,
        out,
        lines: 0,
        exported: Exported::default(),
        written: BTreeMap::new(),
        unnumbered: None,
        told,
    };
    // A file from before the outbox has only calls and a journal.
    let has_outbox = export.has_table("outbox_head")?;
    let (source, newest) = export.head(has_outbox);
    let (earlier, calls_upto) = if has_outbox { export.numbers()? } else { (Vec::new(), None) };
    let version = env!("CARGO_PKG_VERSION").to_owned();
    export.line(&Line::StrowgerSpool(Head { format: FORMAT, version, exported_at: now, source, newest, earlier, calls_upto }))?;
    if export.has_table("holds")? {
        export.privacy()?;
    }
    let history_after = if has_outbox { export.sinks()? } else { None };
    if has_outbox {
        export.entries(newest)?;
        export.quarantine()?;
        export.say_unnumbered();
    }
    // Last, so that what waits is new to whoever imports it, and gets into the outbox there.
    let calls_after = if all_calls { Some(0) } else { history_after };
    if let Some(after) = calls_after {
        export.calls(after)?;
    }
    if export.has_table("sink_replays")? {
        export.replays(calls_after)?;
    }
    export.journals()?;
    let lines = export.lines;
    export.line(&Line::End(End { lines }))?;
    export.out.flush().map_err(TransferError::Write)?;
    Ok(export.exported)
}

pub(super) struct Export<'a> {
    pub(super) connection: &'a Connection,
    pub(super) path: &'a Path,
    out: &'a mut dyn Write,
    lines: u64,
    pub(super) exported: Exported,
    /// Of calls that were written as entries or out of quarantine, what the newest of those says, as a hash of the text. There are as
    /// many as the bounds of the spool let wait.
    pub(super) written: BTreeMap<Uuid, u64>,
    /// How many calls have a number that cannot be read, and why that of the first.
    pub(super) unnumbered: Option<(u64, String)>,
    told: Progress<'a>,
}

/// So that reading and writing can fail in one walk.
pub(super) enum Fault {
    Read(rusqlite::Error),
    Write(TransferError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Read(error)
    }
}

impl From<TransferError> for Fault {
    fn from(error: TransferError) -> Self {
        Self::Write(error)
    }
}

impl Export<'_> {
    pub(super) fn line(&mut self, line: &Line) -> Result<(), TransferError> {
        let written = serde_json::to_writer(&mut *self.out, line).map_err(io::Error::from).and_then(|()| self.out.write_all(b"\n"));
        self.lines += 1;
        written.map_err(TransferError::Write)
    }

    pub(super) fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        Ok(self.connection.query_row(sql, [name], |_| Ok(())).optional().doing(self.path, DOING)?.is_some())
    }

    /// Who numbers, and the newest number; where that cannot be read, the newest that is there.
    fn head(&mut self, has_outbox: bool) -> (Option<String>, u64) {
        if !has_outbox {
            return (None, 0);
        }
        let head = self.connection.query_row("SELECT source, seq FROM outbox_head", [], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)));
        match head {
            Ok((source, newest)) => (Some(source), newest.unsigned_abs()),
            Err(error) => {
                self.exported.damage.push(format!("who numbers the outbox cannot be read ({error}): importing numbers anew"));
                let newest = self.connection.query_row("SELECT max(seq) FROM outbox", [], |row| row.get::<_, Option<i64>>(0));
                (None, newest.ok().flatten().unwrap_or(0).unsigned_abs())
            }
        }
    }

    fn privacy(&mut self) -> Result<(), TransferError> {
        let read = || Ok((privacy::holds(self.connection)?, privacy::receipts(self.connection)?, privacy::unfinished(self.connection)?));
        let (holds, receipts, unfinished) = match read() {
            Ok(found) => found,
            Err::<_, rusqlite::Error>(error) => {
                let what =
                    format!("legal holds and receipts of erasures cannot be read ({error}): put the holds anew before the retention runs");
                self.exported.damage.push(what);
                return Ok(());
            }
        };
        self.exported.privacy += (holds.len() + receipts.len()) as u64;
        for hold in holds {
            self.line(&Line::Hold(hold))?;
        }
        for receipt in receipts {
            self.line(&Line::Receipt(receipt))?;
        }
        for begun in unfinished {
            let what = format!("the erasure that began at {begun} is not done and does not come along: ask for it again after the import");
            self.exported.damage.push(what);
        }
        Ok(())
    }

    /// After which call the history of the sink begins that lacks most; `None` where no sink lacks any.
    fn sinks(&mut self) -> Result<Option<i64>, TransferError> {
        let sql = "SELECT name, active, registered_at, cursor, history_cursor, history_until FROM sinks ORDER BY name";
        let read = || -> rusqlite::Result<Vec<(Sink, i64)>> {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                let (history, until): (i64, i64) = (row.get(4)?, row.get(5)?);
                let sink = Sink {
                    name: row.get(0)?,
                    configured: row.get(1)?,
                    registered_at: Time::from_micros(row.get(2)?),
                    cursor: row.get::<_, i64>(3)?.unsigned_abs(),
                    history: (until - history).unsigned_abs(),
                    history_cursor: Some(history.unsigned_abs()),
                    history_until: Some(until.unsigned_abs()),
                    disabled: None,
                };
                Ok((sink, history))
            })?;
            rows.collect()
        };
        let sinks = match read() {
            Ok(sinks) => sinks,
            Err(error) => {
                self.exported.damage.push(format!("the sinks cannot be read ({error}): how far each had got is lost"));
                return Ok(None);
            }
        };
        let after = sinks.iter().filter(|(sink, _)| sink.configured && sink.history > 0).map(|(_, history)| *history).min();
        let mut disabled = self.disabled()?;
        for (sink, _) in sinks {
            let disabled = disabled.remove(&sink.name);
            self.line(&Line::Sink(Sink { disabled, ..sink }))?;
        }
        Ok(after)
    }

    /// Which sinks are disabled, and why.
    fn disabled(&mut self) -> Result<BTreeMap<String, String>, TransferError> {
        if !self.has_table("sink_status")? {
            return Ok(BTreeMap::new());
        }
        let sql = "SELECT sink, disabled FROM sink_status WHERE disabled IS NOT NULL";
        let read = || -> rusqlite::Result<BTreeMap<String, String>> {
            self.connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        Ok(read().unwrap_or_else(|error| {
            let what = format!("which sinks are disabled cannot be read ({error}): `strowger sinks disable` them again after the import");
            self.exported.damage.push(what);
            BTreeMap::new()
        }))
    }

    fn entries(&mut self, newest: u64) -> Result<(), TransferError> {
        let (first, _) = self.span("outbox")?;
        let newest = i64::try_from(newest).unwrap_or(i64::MAX);
        self.walk(("outbox", "seq, at, message_id, call_id, body"), (first, newest), |export, row| {
            match entry(row, 0)? {
                Ok(mut entry) => {
                    export.number(&mut entry);
                    export.is_written(&entry, &row.get::<_, String>(4)?);
                    export.exported.entries += 1;
                    export.line(&Line::Entry(Box::new(entry)))?;
                }
                Err((seq, why)) => export.missing(seq, seq, why)?,
            }
            Ok(())
        })
    }

    fn quarantine(&mut self) -> Result<(), TransferError> {
        let sql = "SELECT sink, reason, quarantined_at, seq, at, message_id, call_id, body, history FROM quarantine ORDER BY id";
        let read = |export: &mut Self| -> Result<(), Fault> {
            let mut statement = export.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (sink, reason) = (row.get(0)?, row.get(1)?);
                match entry(row, 3)? {
                    Ok(mut entry) => {
                        export.number(&mut entry);
                        export.is_written(&entry, &row.get::<_, String>(7)?);
                        let (refused_at, history) = (Time::from_micros(row.get(2)?), row.get(8)?);
                        let quarantined = Quarantined { sink, reason, refused_at, history, entry };
                        export.exported.quarantined += 1;
                        export.line(&Line::Quarantined(Box::new(quarantined)))?;
                    }
                    Err((_, why)) => export.exported.damage.push(format!("an entry in the quarantine of {sink}: {why}")),
                }
            }
            Ok(())
        };
        match read(self) {
            Ok(()) => Ok(()),
            Err(Fault::Write(error)) => Err(error),
            Err(Fault::Read(error)) => {
                self.exported.damage.push(format!("the quarantine cannot be read to its end ({error})"));
                Ok(())
            }
        }
    }

    fn is_written(&mut self, entry: &Entry, json: &str) {
        if let Body::Record(record) = &entry.body {
            self.written.insert(record.id, hash(json));
        }
    }

    /// The first number and the last one; where the edge is damaged, everything from 1 on is tried.
    pub(super) fn span(&self, table: &str) -> Result<(i64, i64), TransferError> {
        let edge = |which: &str| {
            let sql = format!("SELECT {which}(seq) FROM {table}");
            self.connection.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0))
        };
        let first = edge("min").ok().flatten().unwrap_or(1);
        match edge("max") {
            Ok(last) => Ok((first, last.unwrap_or(0))),
            Err(error) => Err(StoreError::sqlite(self.path, DOING, error).into()),
        }
    }

    pub(super) fn walk(
        &mut self,
        table: (&str, &str),
        (from, to): (i64, i64),
        mut take: impl FnMut(&mut Self, &rusqlite::Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), TransferError> {
        let connection = self.connection;
        let total = (to - from + 1).max(0).unsigned_abs();
        let this = std::cell::RefCell::new(self);
        let mut done = 0_u64;
        let walked = sturdy::walk(
            connection,
            table,
            (from, to),
            |row| {
                done += 1;
                let mut export = this.borrow_mut();
                if done.is_multiple_of(TOLD_EVERY) {
                    (export.told)(done, total);
                }
                take(&mut export, row)
            },
            |from, to, error| {
                let why = format!("rows {from} to {to} of {} cannot be read: {error}", table.0);
                if table.0 == "outbox" {
                    this.borrow_mut().missing(from.unsigned_abs(), to.unsigned_abs(), why)?;
                } else {
                    this.borrow_mut().exported.damage.push(why);
                }
                Ok(())
            },
        );
        let path = this.into_inner().path;
        walked.map_err(|fault| match fault {
            Fault::Read(error) => StoreError::sqlite(path, DOING, error).into(),
            Fault::Write(error) => error,
        })
    }

    fn missing(&mut self, from: u64, to: u64, why: String) -> Result<(), TransferError> {
        self.exported.damage.push(why.clone());
        self.line(&Line::Missing(Missing { from, to, why }))
    }
}

pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// From columns beginning at `at`: number, time, message id, call, body. What was read but is no entry: its number and why.
fn entry(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Result<Entry, (u64, String)>> {
    let seq = row.get::<_, i64>(at)?.unsigned_abs();
    let (call, json): (Option<String>, String) = (row.get(at + 3)?, row.get(at + 4)?);
    let body = if call.is_some() { serde_json::from_str(&json).map(Body::Record) } else { serde_json::from_str(&json).map(Body::Gap) };
    Ok(match body {
        Ok(body) => Ok(Entry { seq, at: Time::from_micros(row.get(at + 1)?), message_id: row.get(at + 2)?, call_seq: None, body }),
        Err(error) => Err((seq, format!("entry {seq} is no record or gap any more ({error})"))),
    })
}
