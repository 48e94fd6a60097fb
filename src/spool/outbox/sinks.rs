//! Which sinks there are, how far each has got, and letting go of what all of them have.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Outbox, Place, signed};
use crate::store::StoreError;
use crate::telephony::Time;

/// So many rows are let go of in one transaction: others want to write too.
const TRIM_ROWS: i64 = 5_000;

/// A destination, as configured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sink {
    /// Its name; the cursor goes by it.
    pub name: String,
    /// Where it starts when it is new.
    pub start: Start,
}

/// Where a new sink starts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Start {
    /// With what is stored from now on.
    #[default]
    Present,
    /// With every call that is stored.
    Beginning,
}

/// What registering came to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Registered {
    /// New ones.
    pub added: Vec<String>,
    /// Ones that were away and are back; how many entries were let go of meanwhile.
    pub returned: Vec<(String, u64)>,
    /// Ones that are no longer configured: nothing waits for them any more.
    pub gone: Vec<Unregistered>,
}

/// A sink that is no longer configured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unregistered {
    /// Its name.
    pub name: String,
    /// How many entries waited for it.
    pub waited: u64,
}

struct Known {
    active: bool,
    cursor: u64,
}

impl Outbox {
    /// These are all the sinks: entries are kept for them and for no other. To be called before records are handed in.
    ///
    /// One that is not among them any more keeps its cursor, for the case that it comes back before what it lacks is let go of.
    pub fn register(&self, sinks: &[Sink], now: Time) -> Result<Registered, StoreError> {
        let registered = self.writing(|transaction| register(transaction, sinks, now))?;
        self.trim()?;
        Ok(registered)
    }

    /// The sink has everything up to there, or does without it. Going back is no change.
    pub fn advance(&self, sink: &str, upto: Place) -> Result<(), StoreError> {
        let (history, number) = upto.parts();
        let sql = if history {
            "UPDATE sinks SET history_cursor = max(history_cursor, min(history_until, ?2)) WHERE name = ?1"
        } else {
            "UPDATE sinks SET history_cursor = history_until, cursor = max(cursor, min(?2, (SELECT seq FROM outbox_head))) WHERE name = ?1"
        };
        let known = self.writing(|transaction| {
            let known = transaction.prepare_cached(sql)?.execute(params![sink, number])? > 0;
            Ok((known, trim(transaction)?))
        })?;
        match known {
            (false, _) => Err(self.unknown(sink)),
            (true, false) => Ok(()),
            (true, true) => self.trim(),
        }
    }

    fn trim(&self) -> Result<(), StoreError> {
        while self.writing(|transaction| trim(transaction))? {}
        Ok(())
    }

    pub(super) fn unknown(&self, sink: &str) -> StoreError {
        StoreError::UnknownSink { path: self.path().to_owned(), sink: sink.to_owned() }
    }
}

fn register(connection: &Connection, sinks: &[Sink], now: Time) -> rusqlite::Result<Registered> {
    let (head, calls): (i64, i64) =
        connection.query_row("SELECT seq, (SELECT coalesce(max(seq), 0) FROM calls) FROM outbox_head", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let oldest: Option<i64> = connection.query_row("SELECT min(seq) FROM outbox", [], |row| row.get(0))?;
    // Everything from here on is there.
    let kept_from = oldest.unwrap_or(head + 1);
    let mut known = BTreeMap::new();
    let mut statement = connection.prepare("SELECT name, active, cursor FROM sinks")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let cursor: i64 = row.get(2)?;
        known.insert(row.get::<_, String>(0)?, Known { active: row.get(1)?, cursor: cursor.unsigned_abs() });
    }
    let mut registered = Registered::default();
    for sink in sinks {
        match known.remove(&sink.name) {
            None => {
                let until = if sink.start == Start::Beginning { calls } else { 0 };
                connection.execute(
                    "INSERT INTO sinks (name, active, registered_at, cursor, history_cursor, history_until) VALUES (?1, 1, ?2, ?3, 0, ?4)",
                    params![sink.name, now.as_micros(), head, until],
                )?;
                registered.added.push(sink.name.clone());
            }
            Some(back) if !back.active => {
                let missed = (kept_from - 1).saturating_sub(signed(back.cursor)).max(0);
                let sql = "UPDATE sinks SET active = 1, cursor = max(cursor, ?2) WHERE name = ?1";
                connection.execute(sql, params![sink.name, kept_from - 1])?;
                registered.returned.push((sink.name.clone(), missed.unsigned_abs()));
            }
            Some(_) => {}
        }
    }
    for (name, gone) in known.into_iter().filter(|(_, sink)| sink.active) {
        connection.execute("UPDATE sinks SET active = 0 WHERE name = ?1", [&name])?;
        registered.gone.push(Unregistered { waited: head.unsigned_abs().saturating_sub(gone.cursor), name });
    }
    Ok(registered)
}

/// Lets go of some of what every sink has; whether there is more.
fn trim(connection: &Connection) -> rusqlite::Result<bool> {
    let Some(oldest): Option<i64> = connection.prepare_cached("SELECT min(seq) FROM outbox")?.query_row([], |row| row.get(0))? else {
        return Ok(false);
    };
    let sql = "SELECT coalesce(min(cursor), (SELECT seq FROM outbox_head)) FROM sinks WHERE active = 1";
    let floor: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let upto = floor.min(oldest.saturating_add(TRIM_ROWS - 1));
    if upto < oldest {
        return Ok(false);
    }
    let sql = "SELECT sum(bytes) FROM outbox WHERE seq <= ?1";
    let bytes: Option<i64> = connection.prepare_cached(sql)?.query_row([upto], |row| row.get(0)).optional()?.flatten();
    connection.prepare_cached("DELETE FROM outbox WHERE seq <= ?1")?.execute([upto])?;
    connection.prepare_cached("UPDATE outbox_head SET bytes = max(bytes - ?1, 0)")?.execute([bytes.unwrap_or(0)])?;
    Ok(upto < floor)
}
