//! Calls, each with the number by which it is stored here: sinks know by it what they have of the time before them.

use rusqlite::OptionalExtension;

use super::TransferError;
use super::export::{Export, hash};
use super::line::{Body, Call, Earlier, Entry, Line, Replay};
use crate::record::CallRecord;
use crate::spool::outbox;

impl Export<'_> {
    /// By what names numbers went before, and the greatest number of a call.
    pub(super) fn numbers(&mut self) -> Result<(Vec<Earlier>, Option<u64>), TransferError> {
        let has_earlier = self.has_table("earlier_sources")?;
        let read = || -> rusqlite::Result<(Vec<outbox::Earlier>, i64)> {
            let earlier = if has_earlier { outbox::earlier(self.connection)? } else { Vec::new() };
            Ok((earlier, outbox::calls_upto(self.connection)?))
        };
        match read() {
            Ok((earlier, calls_upto)) => {
                let of = |earlier: outbox::Earlier| Earlier {
                    source: earlier.source,
                    newest: earlier.seq.unsigned_abs(),
                    calls_upto: earlier.call.unsigned_abs(),
                };
                Ok((earlier.into_iter().map(of).collect(), Some(calls_upto.unsigned_abs())))
            }
            Err(error) => {
                let what = format!(
                    "the numbers of calls cannot be read ({error}): importing numbers calls anew, and sinks that began with what was stored \
                     before them are given all of that once more"
                );
                self.exported.damage.push(what);
                Ok((Vec::new(), None))
            }
        }
    }

    /// Notes by which number the record is stored, if it is.
    pub(super) fn number(&mut self, entry: &mut Entry) {
        let Body::Record(record) = &entry.body else { return };
        let statement = self.connection.prepare_cached("SELECT seq FROM calls WHERE id = ?1");
        let found = statement.and_then(|mut found| found.query_row([record.id.to_string()], |row| row.get::<_, i64>(0)).optional());
        match found {
            Ok(found) => entry.call_seq = found.map(i64::unsigned_abs),
            Err(error) => self.unnumbered.get_or_insert_with(|| (0, error.to_string())).0 += 1,
        }
    }

    pub(super) fn say_unnumbered(&mut self) {
        if let Some((count, error)) = &self.unnumbered {
            let what = format!(
                "by which numbers {count} calls are stored cannot be read ({error}): a sink that was registered after them may not be given \
                 them after the import; `strowger sinks replay` there"
            );
            self.exported.damage.push(what);
        }
    }

    /// Those after that number, where no line has said the same already.
    pub(super) fn calls(&mut self, after: i64) -> Result<(), TransferError> {
        let (first, last) = self.span("calls")?;
        self.walk(("calls", "seq, record"), (first.max(after + 1), last), |export, row| {
            let json: String = row.get(1)?;
            match serde_json::from_str::<CallRecord>(&json) {
                Ok(record) => export.call(row.get::<_, i64>(0)?, record, &json)?,
                Err(error) => export.exported.damage.push(format!("a stored call is no record any more ({error})")),
            }
            Ok(())
        })
    }

    /// A stored call, where no line has said the same already.
    fn call(&mut self, number: i64, record: CallRecord, json: &str) -> Result<(), TransferError> {
        if self.written.get(&record.id) == Some(&hash(json)) {
            return Ok(());
        }
        self.exported.calls += 1;
        self.line(&Line::Call(Box::new(Call { call_seq: Some(number.unsigned_abs()), record })))
    }

    /// Calls that somebody asked for once more: they are not delivered yet, so they come along with what was asked. Those after `calls_after` are written already.
    pub(super) fn replays(&mut self, calls_after: Option<i64>) -> Result<(), TransferError> {
        let connection = self.connection;
        let asked = || -> rusqlite::Result<Vec<(i64, String)>> {
            let mut statement = connection.prepare("SELECT call, sink FROM sink_replays ORDER BY call, sink")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let asked = asked().unwrap_or_else(|error| {
            self.exported.damage.push(format!("which calls were asked for once more cannot be read ({error})"));
            Vec::new()
        });
        for of_call in asked.chunk_by(|one, next| one.0 == next.0) {
            let Some((number, _)) = of_call.first() else { continue };
            let statement = connection.prepare_cached("SELECT record FROM calls WHERE seq = ?1");
            let json = statement.and_then(|mut record| record.query_row([number], |row| row.get::<_, String>(0)).optional());
            let read = json.map_err(|error| error.to_string()).and_then(|json| {
                let json = json.ok_or("it is not there")?;
                Ok((serde_json::from_str::<CallRecord>(&json).map_err(|error| error.to_string())?, json))
            });
            let (record, json) = match read {
                Ok(read) => read,
                Err(why) => {
                    self.exported.damage.push(format!("a call that was asked for once more cannot be read ({why})"));
                    continue;
                }
            };
            let call = record.id;
            if calls_after.is_none_or(|after| *number <= after) {
                self.call(*number, record, &json)?;
            }
            for (_, sink) in of_call {
                self.exported.replays += 1;
                self.line(&Line::Replay(Replay { sink: sink.clone(), call }))?;
            }
        }
        Ok(())
    }
}
