//! Retention in SQLite: what is due, in short transactions, oldest first.
//!
//! Works on its own connection beside the one that writes the journal: SQLite lets one write at a time, so each transaction is kept
//! short, and in the daemon they take turns (`Outbox::in_turn`). What is deleted is overwritten in the file (`secure_delete`).

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::call_row::{delete_numbers, rewrite};
use super::error::Doing;
use super::privacy::{Mark, Step, Stood, Sweep};
use super::{Store, StoreError, waiting};
use crate::privacy::{Fate, Standing, Tally, anonymise};
use crate::record::CallRecord;
use crate::telephony::Time;

const DOING: &str = "apply the retention";

const DUE: &str = "SELECT seq, ended_at, record, anonymised_at IS NOT NULL, \
    EXISTS (SELECT 1 FROM segments AS s JOIN holds AS h ON h.user_id = s.user_id AND h.removed_at IS NULL WHERE s.call = calls.seq) \
    FROM calls WHERE ended_at >= ?1 AND ended_at <= ?2 AND (ended_at, seq) > (?1, ?3)";

struct Due {
    seq: i64,
    record: String,
    standing: Standing,
}

impl Store {
    /// Does the next batch of what is due, in one transaction, or says what would be done; `after` comes from the step before.
    pub fn sweep(&self, sweep: &Sweep, after: Option<Mark>) -> Result<Step, StoreError> {
        let mark = after.unwrap_or(Mark::START);
        let Some(bound) = mark.bound(sweep) else {
            return Ok(Step { tally: Tally::default(), next: mark.next_phase() });
        };
        let mut connection = self.connection();
        // Not only forgotten, but overwritten.
        connection.pragma_update(None, "secure_delete", true).doing(&self.path, DOING)?;
        let behaviour = if sweep.dry_run { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let transaction = connection.transaction_with_behavior(behaviour).doing(&self.path, DOING)?;
        let step = batch(&transaction, sweep, mark, bound).doing(&self.path, DOING)?;
        if !sweep.dry_run {
            transaction.commit().doing(&self.path, DOING)?;
        }
        Ok(step)
    }

    /// Notes that a run is over, and moves what was overwritten from the log into the file.
    pub fn swept(&self, sweep: &Sweep, tally: &Tally) -> Result<(), StoreError> {
        let connection = self.connection();
        note(&connection, sweep.now, tally).doing(&self.path, DOING)?;
        // Nobody is waited for, since nobody could write meanwhile: where somebody reads, a later checkpoint does it.
        connection.busy_timeout(Duration::ZERO).doing(&self.path, DOING)?;
        drop(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
        connection.busy_timeout(super::database::BUSY_TIMEOUT).doing(&self.path, DOING)?;
        Ok(())
    }

    /// Notes a moment from which on the next run is counted, where no run can have been: there is no note, or one of the future.
    pub fn note_sweep(&self, at: Time) -> Result<(), StoreError> {
        note(&self.connection(), at, &Tally::default()).doing(&self.path, DOING)
    }

    /// When the last run was over.
    pub fn last_sweep(&self) -> Result<Option<Time>, StoreError> {
        let asked = self.connection().query_row("SELECT ran_at FROM retention_last", [], |row| row.get(0)).optional();
        Ok(asked.doing(&self.path, DOING)?.map(Time::from_micros))
    }

    /// How long the clock has stood that is doubted, as it was kept.
    pub fn clock_stood(&self) -> Result<Option<Stood>, StoreError> {
        let connection = self.connection();
        let meta = |key: &str| -> Result<Option<i64>, StoreError> {
            let asked = connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional();
            Ok(asked.doing(&self.path, DOING)?.flatten())
        };
        Ok(Stood::of(meta("clock_seen_at")?.map(Time::from_micros), meta("clock_stood_seconds")?))
    }

    /// Keeps that, or forgets it.
    pub fn keep_clock_stood(&self, stood: Option<Stood>) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta (key, value) VALUES ('clock_seen_at', ?1), ('clock_stood_seconds', ?2) \
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        let (seen, seconds) = (stood.map(|stood| stood.seen.as_micros()), stood.map(|stood| stood.seconds()));
        self.connection().execute(sql, params![seen, seconds]).doing(&self.path, DOING).map(drop)
    }

    /// How SQLite finds what is due, for the test that it walks through no other calls.
    #[doc(hidden)]
    pub fn explain_sweep(&self) -> Result<String, StoreError> {
        let connection = self.connection();
        let plan = |only_due| -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", due(only_due)))?;
            statement.query_map(params![0, 0, 0, 1], |row| row.get(3))?.collect()
        };
        Ok([plan(false).doing(&self.path, DOING)?, plan(true).doing(&self.path, DOING)?].concat().join("\n"))
    }
}

fn note(connection: &Connection, at: Time, tally: &Tally) -> rusqlite::Result<()> {
    let json = serde_json::to_string(tally).unwrap_or_default();
    let sql = "INSERT INTO retention_last (only_row, ran_at, tally) VALUES (1, ?1, ?2) \
               ON CONFLICT (only_row) DO UPDATE SET ran_at = excluded.ran_at, tally = excluded.tally";
    connection.execute(sql, params![at.as_micros(), json]).map(drop)
}

fn due(only_whole: bool) -> String {
    let whole = if only_whole { " AND anonymised_at IS NULL" } else { "" };
    format!("{DUE}{whole} ORDER BY ended_at, seq LIMIT ?4")
}

fn batch(connection: &Connection, sweep: &Sweep, mark: Mark, (until, only_whole): (Time, bool)) -> rusqlite::Result<Step> {
    let limit = i64::try_from(sweep.batch.max(1)).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&due(only_whole))?;
    let found = statement.query_map(params![mark.floor(sweep).as_micros(), until.as_micros(), mark.seq, limit], |row| {
        let standing = Standing { ended_at: Time::from_micros(row.get(1)?), is_anonymised: row.get(3)?, is_held: row.get(4)? };
        Ok(Due { seq: row.get(0)?, record: row.get(2)?, standing })
    });
    let found: Vec<Due> = found?.collect::<rusqlite::Result<_>>()?;
    let mut tally = Tally::default();
    for call in &found {
        let fate = sweep.policy.fate(&call.standing, sweep.now);
        let record = serde_json::from_str::<CallRecord>(&call.record).ok();
        if fate == Fate::Anonymise && record.is_none() {
            tally.unreadable.add(call.standing.ended_at);
            continue;
        }
        tally.count(fate, call.standing.ended_at);
        if !sweep.dry_run {
            apply(connection, sweep, call.seq, fate, record.as_ref())?;
        }
    }
    let is_whole = found.len() == sweep.batch.max(1);
    let next = match found.last().filter(|_| is_whole) {
        Some(last) => Some(Mark { ended_at: last.standing.ended_at, seq: last.seq, ..mark }),
        None => mark.next_phase(),
    };
    Ok(Step { tally, next })
}

fn apply(connection: &Connection, sweep: &Sweep, seq: i64, fate: Fate, record: Option<&CallRecord>) -> rusqlite::Result<()> {
    let bare = |record: &CallRecord| record.anonymised_at.is_none().then(|| anonymise(record, &sweep.numbers, sweep.now));
    match (fate, record) {
        (Fate::Keep | Fate::Held, _) | (Fate::Anonymise, None) => Ok(()),
        (Fate::Anonymise, Some(record)) => {
            rewrite(connection, seq, record, &anonymise(record, &sweep.numbers, sweep.now))?;
            waiting::change(connection, record.id, &bare).map(drop)
        }
        (Fate::Delete, record) => {
            // Numbers of the outbox have no holes: what waits there still goes out, and says nothing of anybody.
            if let Some(record) = record {
                waiting::change(connection, record.id, &bare)?;
            }
            delete_numbers(connection, seq, record)?;
            connection.prepare_cached("DELETE FROM calls WHERE seq = ?1")?.execute([seq]).map(drop)
        }
    }
}
