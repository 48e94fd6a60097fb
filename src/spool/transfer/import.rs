//! Into a state directory: one transaction, committed only when the last line was seen.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::journals::with_journal;
use super::line::{Body, Entry, Head, Line, Quarantined, Replay, Sink};
use super::{FORMAT, Progress, TransferError, privacy};
use crate::record::CallRecord;
use crate::spool::outbox::{Appender, row_bytes};
use crate::store::{self, Doing, Lock, Stored};
use crate::telephony::Time;

pub(super) const DOING: &str = "import the spool";

/// Between two words of progress.
const TOLD_EVERY: u64 = 1000;

/// What was imported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// How it was taken in.
    pub how: How,
    /// Records that were not there.
    pub records: u64,
    /// Entries that are now in the outbox.
    pub entries: u64,
    /// Sinks that were not known.
    pub sinks: u64,
    /// PBXs whose journal was taken over.
    pub journals: u64,
    /// PBXs whose journal was left, because there is one.
    pub journals_left: u64,
    /// Legal holds and receipts of erasures that were not there.
    pub privacy: u64,
    /// Calls to be delivered to a sink once more.
    pub replays: u64,
    /// The same that were left, because the directory has sinks of its own.
    pub replays_left: u64,
    /// Numbers that the export could not read.
    pub missing: u64,
}

/// How it was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// Nothing was there: it goes on under the same name and numbers.
    GoesOn,
    /// Calls were there: what is new has numbers of this file.
    Merged,
    /// Everything was there already.
    NothingNew,
}

/// Takes in what [`export`](super::export) wrote. No daemon may work in the directory.
pub fn import(directory: &Path, file: &Path, now: Time, told: Progress<'_>) -> Result<Imported, TransferError> {
    let read_error = |source| TransferError::Read { path: file.to_owned(), source };
    let opened = File::open(file).map_err(read_error)?;
    let size = opened.metadata().map_err(read_error)?.len();
    store::prepare(directory)?;
    let _lock = Lock::take(directory)?;
    let path = store::database_path(directory);
    let mut connection = store::open_database(&path)?;
    store::quick_check(&connection, &path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&path, DOING)?;
    let mut lines = Lines { path: file, reader: BufReader::new(opened), number: 0, bytes: 0 };
    let Some(Line::StrowgerSpool(head)) = lines.next_line()? else {
        return Err(lines.refused(&"the first line is not that of an export"));
    };
    if head.format > FORMAT {
        return Err(TransferError::Newer { path: file.to_owned(), found: head.format });
    }
    let mut import = Import::begin(&transaction, &path, &head, now)?;
    loop {
        match lines.next_line()? {
            Some(Line::End(end)) if end.lines + 1 == lines.number => break,
            Some(Line::End(end)) => {
                let what = format!("counts {} lines where there are {}", end.lines, lines.number - 1);
                return Err(TransferError::Cut { path: file.to_owned(), what });
            }
            Some(Line::StrowgerSpool(_)) => return Err(lines.refused(&"a second first line")),
            Some(line) => import.take(line, &lines)?,
            None => return Err(TransferError::Cut { path: file.to_owned(), what: "is missing".to_owned() }),
        }
        if lines.number.is_multiple_of(TOLD_EVERY) {
            told(lines.bytes, size);
        }
    }
    let imported = import.finish()?;
    transaction.commit().doing(&path, DOING)?;
    Ok(imported)
}

pub(super) struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    number: u64,
    bytes: u64,
}

impl Lines<'_> {
    fn next_line(&mut self) -> Result<Option<Line>, TransferError> {
        let mut text = Vec::new();
        let read = self.reader.read_until(b'\n', &mut text);
        let read = read.map_err(|source| TransferError::Read { path: self.path.to_owned(), source })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes += read as u64;
        if !text.ends_with(b"\n") {
            return Err(TransferError::Cut { path: self.path.to_owned(), what: "is missing".to_owned() });
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| self.refused(&error))
    }

    pub(super) fn refused(&self, detail: &impl ToString) -> TransferError {
        TransferError::Line { path: self.path.to_owned(), number: self.number, detail: detail.to_string() }
    }
}

pub(super) struct Import<'a> {
    pub(super) connection: &'a Connection,
    pub(super) path: &'a Path,
    imported: Imported,
    /// Only what comes after it is new.
    known_upto: u64,
    newest: u64,
    source: Option<String>,
    /// Numbers of this file, where it has its own.
    own: Option<Appender<'a>>,
    /// Calls keep their numbers: what sinks have of the history goes by them.
    is_numbered: bool,
    /// A call has another number than in the export after all.
    is_renumbered: bool,
    /// PBXs that have a journal already.
    pub(super) there: BTreeSet<String>,
    pub(super) left: BTreeSet<String>,
    pub(super) taken: BTreeSet<String>,
    /// New sinks that lack calls of the time before them.
    with_history: Vec<String>,
    added_bytes: usize,
}

impl<'a> Import<'a> {
    fn begin(transaction: &'a Transaction<'_>, path: &'a Path, head: &Head, now: Time) -> Result<Self, TransferError> {
        let sql = "SELECT source, seq, seq = 0 AND NOT EXISTS (SELECT 1 FROM calls) AND NOT EXISTS (SELECT 1 FROM sinks) \
            AND NOT EXISTS (SELECT 1 FROM journal) AND NOT EXISTS (SELECT 1 FROM checkpoints) FROM outbox_head";
        let found = transaction.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let (own_source, own_newest, empty): (String, i64, bool) = found.doing(path, DOING)?;
        let same = head.source.as_ref() == Some(&own_source);
        let goes_on = head.source.is_some() && (empty || (same && own_newest.unsigned_abs() < head.newest));
        let how = if goes_on {
            How::GoesOn
        } else if same {
            How::NothingNew
        } else {
            How::Merged
        };
        let known_upto = match how {
            How::GoesOn => own_newest.unsigned_abs(),
            How::NothingNew => u64::MAX,
            How::Merged => imported_upto(transaction, head.source.as_deref()).doing(path, DOING)?,
        };
        let own = match how {
            How::Merged => Some(Appender::begin(transaction, &own_source, now).doing(path, DOING)?),
            How::GoesOn | How::NothingNew => None,
        };
        let is_numbered = goes_on && head.calls_upto.is_some();
        if goes_on {
            take_names(transaction, head).doing(path, DOING)?;
        }
        let there = if empty { BTreeSet::new() } else { with_journal(transaction).doing(path, DOING)? };
        let imported = Imported {
            how,
            records: 0,
            entries: 0,
            sinks: 0,
            journals: 0,
            journals_left: 0,
            privacy: 0,
            replays: 0,
            replays_left: 0,
            missing: 0,
        };
        Ok(Self {
            connection: transaction,
            path,
            imported,
            known_upto,
            newest: head.newest,
            source: head.source.clone(),
            own,
            is_numbered,
            is_renumbered: false,
            there,
            left: BTreeSet::new(),
            taken: BTreeSet::new(),
            with_history: Vec::new(),
            added_bytes: 0,
        })
    }

    fn take(&mut self, line: Line, lines: &Lines<'_>) -> Result<(), TransferError> {
        if self.imported.how == How::NothingNew {
            return Ok(());
        }
        match line {
            Line::Hold(hold) => self.counted(privacy::put_hold(self.connection, &hold)),
            Line::Receipt(receipt) => self.counted(privacy::put_receipt(self.connection, &receipt)),
            Line::Sink(sink) => self.sink(&sink),
            Line::Call(call) => self.store(&call.record, call.call_seq).map(drop),
            Line::Entry(entry) => self.entry(&entry, lines),
            Line::Quarantined(quarantined) => self.quarantined(&quarantined, lines),
            Line::Replay(replay) => self.replay(&replay),
            Line::Missing(missing) => {
                self.imported.missing += missing.to.saturating_sub(missing.from) + 1;
                Ok(())
            }
            Line::Checkpoint(state) => self.checkpoint(&state, lines),
            Line::Event(state) => self.event(&state, lines),
            Line::Alive(alive) => self.alive(&alive),
            Line::StrowgerSpool(_) | Line::End(_) => Ok(()),
        }
    }

    fn counted(&mut self, added: rusqlite::Result<bool>) -> Result<(), TransferError> {
        self.imported.privacy += u64::from(added.doing(self.path, DOING)?);
        Ok(())
    }

    fn sink(&mut self, sink: &Sink) -> Result<(), TransferError> {
        // Numbers of another file say nothing here: what is new comes after all that is there.
        let cursor = match self.imported.how {
            How::GoesOn => sink.cursor,
            How::Merged | How::NothingNew => self.head()?,
        };
        let (history, until) = match (sink.history_cursor, sink.history_until) {
            (Some(history), Some(until)) if self.is_numbered => (history.min(until), until),
            _ => (0, 0),
        };
        let sql = "INSERT INTO sinks (name, active, registered_at, cursor, history_cursor, history_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
            ON CONFLICT (name) DO NOTHING";
        let values = params![sink.name, sink.configured, sink.registered_at.as_micros(), signed(cursor), signed(history), signed(until)];
        let added = self.connection.execute(sql, values).doing(self.path, DOING)?;
        self.imported.sinks += added as u64;
        if let (true, Some(why)) = (added > 0, &sink.disabled) {
            let sql =
                "INSERT INTO sink_status (sink, disabled) VALUES (?1, ?2) ON CONFLICT (sink) DO UPDATE SET disabled = excluded.disabled";
            self.connection.execute(sql, params![sink.name, why]).doing(self.path, DOING)?;
        }
        if added > 0 && sink.history > 0 {
            self.with_history.push(sink.name.clone());
        }
        if let Some(own) = &mut self.own {
            own.look_again().doing(self.path, DOING)?;
        }
        Ok(())
    }

    /// What came of it, and its number here.
    fn store(&mut self, record: &CallRecord, number: Option<u64>) -> Result<(Stored, i64), TransferError> {
        let number = number.filter(|_| self.is_numbered).map(signed);
        let (stored, found) = store::put_numbered(self.connection, self.path, record, number)?;
        self.is_renumbered |= number.is_some_and(|number| number != found);
        self.imported.records += u64::from(stored != Stored::Kept);
        Ok((stored, found))
    }

    fn replay(&mut self, replay: &Replay) -> Result<(), TransferError> {
        if self.own.is_some() {
            self.imported.replays_left += 1;
            return Ok(());
        }
        let sql = "INSERT OR IGNORE INTO sink_replays (sink, call) SELECT ?1, seq FROM calls WHERE id = ?2";
        let asked = self.connection.prepare_cached(sql).and_then(|mut ask| ask.execute(params![replay.sink, replay.call.to_string()]));
        self.imported.replays += asked.doing(self.path, DOING)? as u64;
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, lines: &Lines<'_>) -> Result<(), TransferError> {
        if entry.seq <= self.known_upto {
            return Ok(());
        }
        self.new_entry(entry, lines)
    }

    fn new_entry(&mut self, entry: &Entry, lines: &Lines<'_>) -> Result<(), TransferError> {
        let stored = match &entry.body {
            Body::Record(record) => Some((record, self.store(record, entry.call_seq)?.0)),
            Body::Gap(_) => None,
        };
        if let Some(own) = &mut self.own {
            match (&stored, &entry.body) {
                (Some((record, stored)), _) => own.record(record, stored),
                (None, Body::Gap(gap)) => own.gap_of(&entry.message_id, gap),
                (None, Body::Record(_)) => Ok(()),
            }
            .doing(self.path, DOING)?;
            self.imported.entries += u64::from(!matches!(stored, Some((_, Stored::Kept))));
            return Ok(());
        }
        let json = entry.body.json().map_err(|error| lines.refused(&error))?;
        let bytes = row_bytes(&entry.message_id, &json);
        let call = match &entry.body {
            Body::Record(record) => Some(record.id.to_string()),
            Body::Gap(_) => None,
        };
        let size = i64::try_from(bytes).unwrap_or(i64::MAX);
        let sql = "INSERT INTO outbox (seq, at, bytes, message_id, call_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![signed(entry.seq), entry.at.as_micros(), size, entry.message_id, call, json];
        self.connection.prepare_cached(sql).and_then(|mut insert| insert.execute(values)).doing(self.path, DOING)?;
        self.added_bytes += bytes;
        self.imported.entries += 1;
        Ok(())
    }

    fn quarantined(&mut self, quarantined: &Quarantined, lines: &Lines<'_>) -> Result<(), TransferError> {
        let entry = &quarantined.entry;
        if self.own.is_some() {
            // Numbers of another file mean nothing here; the record is offered anew if it is not there.
            return if quarantined.history { self.new_entry(entry, lines) } else { self.entry(entry, lines) };
        }
        let mut number = signed(entry.seq);
        let call = match &entry.body {
            Body::Record(record) => {
                let id = record.id.to_string();
                let (_, found) = self.store(record, entry.call_seq)?;
                if quarantined.history && !(self.is_numbered && self.is_free(number, &id)?) {
                    number = found;
                }
                Some(id)
            }
            Body::Gap(_) => None,
        };
        let json = entry.body.json().map_err(|error| lines.refused(&error))?;
        let sql = "INSERT INTO quarantine (sink, history, seq, at, message_id, call_id, body, reason, quarantined_at) \
            VALUES (?1, ?9, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (sink, history, seq) DO NOTHING";
        let (at, quarantined_at) = (entry.at.as_micros(), quarantined.refused_at.as_micros());
        let (sink, history) = (&quarantined.sink, quarantined.history);
        let values = params![sink, number, at, entry.message_id, call, json, quarantined.reason, quarantined_at, history];
        self.connection.execute(sql, values).doing(self.path, DOING)?;
        Ok(())
    }

    /// No other call has that number here.
    fn is_free(&self, number: i64, id: &str) -> Result<bool, TransferError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM calls WHERE seq = ?1 AND id <> ?2)";
        Ok(self.connection.query_row(sql, params![number, id], |row| row.get(0)).doing(self.path, DOING)?)
    }

    fn finish(mut self) -> Result<Imported, TransferError> {
        // By other numbers nobody knows what they have: rather all of it again than too little.
        let anew = if self.is_numbered && !self.is_renumbered { &[][..] } else { &self.with_history };
        for sink in anew {
            let sql = "UPDATE sinks SET history_cursor = 0, history_until = (SELECT coalesce(max(seq), 0) FROM calls) WHERE name = ?1";
            self.connection.execute(sql, [sink]).doing(self.path, DOING)?;
        }
        let own = self.own.take();
        self.note(own).doing(self.path, DOING)?;
        self.imported.journals = self.taken.len() as u64;
        self.imported.journals_left = self.left.len() as u64;
        Ok(self.imported)
    }

    /// How far the numbers are now, and how far those of the other file.
    fn note(&self, own: Option<Appender<'_>>) -> rusqlite::Result<()> {
        match (own, &self.source) {
            (Some(own), source) => {
                own.finish()?;
                if let Some(source) = source {
                    let sql =
                        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)";
                    self.connection.execute(sql, params![imported_key(source), signed(self.newest)])?;
                }
            }
            (None, Some(source)) if self.imported.how == How::GoesOn => {
                let bytes = i64::try_from(self.added_bytes).unwrap_or(i64::MAX);
                let sql = "UPDATE outbox_head SET source = ?1, seq = ?2, bytes = bytes + ?3";
                self.connection.execute(sql, params![source, signed(self.newest), bytes])?;
            }
            (None, _) => {}
        }
        Ok(())
    }

    fn head(&self) -> Result<u64, TransferError> {
        let seq = self.connection.query_row("SELECT seq FROM outbox_head", [], |row| row.get::<_, i64>(0)).doing(self.path, DOING)?;
        Ok(seq.unsigned_abs())
    }
}

/// Up to which number of that file everything was imported.
fn imported_upto(connection: &Connection, source: Option<&str>) -> rusqlite::Result<u64> {
    let Some(source) = source else { return Ok(0) };
    // Or it is an export of this file, from before it was renumbered.
    let sql = "SELECT max(coalesce((SELECT value FROM meta WHERE key = ?1), 0), \
        coalesce((SELECT max(seq) FROM earlier_sources WHERE source = ?2), 0))";
    let found = connection.query_row(sql, params![imported_key(source), source], |row| row.get::<_, i64>(0))?;
    Ok(found.unsigned_abs())
}

/// It goes on by the names and above the numbers of the other file.
fn take_names(connection: &Connection, head: &Head) -> rusqlite::Result<()> {
    let calls_upto = signed(head.calls_upto.unwrap_or(0));
    connection.execute("UPDATE meta SET value = max(value, ?1) WHERE key = 'calls_upto'", [calls_upto])?;
    for earlier in &head.earlier {
        let sql = "INSERT INTO earlier_sources (source, seq, call) SELECT ?1, ?2, ?3 \
            WHERE NOT EXISTS (SELECT 1 FROM earlier_sources WHERE source = ?1)";
        connection.execute(sql, params![earlier.source, signed(earlier.newest), signed(earlier.calls_upto)])?;
    }
    Ok(())
}

fn imported_key(source: &str) -> String {
    format!("imported {source}")
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
