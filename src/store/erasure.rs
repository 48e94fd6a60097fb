//! One person's erasure in SQLite, in short transactions: calls by their number, what waits for destinations, then all the rest.
//!
//! How far it has got is in the database: after a crash it goes on, and a step that is done twice finds nothing to do.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::Value;
use uuid::Uuid;

use super::call_row::rewrite;
use super::error::Doing;
use super::import::{changed_at, from_then_on};
use super::privacy::{Changed, Concerned, Erased, Receipt, Stage, Work};
use super::waiting::{Table, json};
use super::{Store, StoreError, state_dir};
use crate::privacy::Erasure;
use crate::record::CallRecord;
use crate::telephony::Time;

const DOING: &str = "erase a person";

impl Store {
    /// Notes that the person is to be erased; the steps do it. `id` will be the receipt's.
    pub fn begin_erasure(&self, id: Uuid, erasure: &Erasure, export_sha256: Option<String>, at: Time) -> Result<(), StoreError> {
        let stage = Stage::Calls { seq: 0, id: Uuid::nil() };
        let work = Work { erasure: erasure.clone(), export_sha256, stage, changed: Changed::default() };
        let sql = "INSERT INTO erasures (id, begun_at, work) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.connection().execute(sql, params![id.to_string(), at.as_micros(), work_text(&work)]).doing(&self.path, DOING)?;
        Ok(())
    }

    /// Erasures that were begun and are not done.
    pub fn pending_erasures(&self) -> Result<Vec<Uuid>, StoreError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare("SELECT id FROM erasures WHERE work IS NOT NULL ORDER BY begun_at").doing(&self.path, DOING)?;
        let rows = statement.query_map([], |row| super::people::id(row, 0)).and_then(Iterator::collect);
        rows.doing(&self.path, DOING)
    }

    /// Whom a pending erasure is about: it must go on everywhere as it was begun.
    pub fn pending_erasure(&self, id: Uuid) -> Result<Option<(Erasure, Option<String>)>, StoreError> {
        let work = load(&self.connection(), id).doing(&self.path, DOING)?;
        Ok(work.and_then(|(_, work)| work.ok()).map(|work| (work.erasure, work.export_sha256)))
    }

    /// Receipts of everybody who was erased, the oldest first.
    pub fn receipts(&self) -> Result<Vec<Receipt>, StoreError> {
        let connection = self.connection();
        let sql = "SELECT receipt FROM erasures WHERE receipt IS NOT NULL ORDER BY begun_at";
        let mut statement = connection.prepare(sql).doing(&self.path, DOING)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
        Ok(rows.doing(&self.path, DOING)?.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }

    /// Does the next step, in one transaction of at most `batch` calls; nothing while a legal hold stands on the person.
    pub fn erase_step(&self, id: Uuid, batch: usize, now: Time) -> Result<Erased, StoreError> {
        let mut connection = self.connection();
        connection.pragma_update(None, "secure_delete", true).doing(&self.path, DOING)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, DOING)?;
        let erased = self.step(&transaction, id, batch, now).doing(&self.path, DOING)?;
        transaction.commit().doing(&self.path, DOING)?;
        Ok(erased)
    }

    /// How many calls are credited to that user.
    pub fn concerned(&self, user: Uuid) -> Result<Concerned, StoreError> {
        let sql = "SELECT count(DISTINCT call) FROM segments WHERE user_id = ?1";
        let counted: rusqlite::Result<i64> = self.connection().query_row(sql, [user.to_string()], |row| row.get(0));
        Ok(Concerned { credited: counted.doing(&self.path, DOING)?.unsigned_abs() })
    }

    /// Leaves no remnant of what was overwritten in the file: writes it anew where no daemon works there. Whether it did.
    pub fn scour(&self) -> Result<bool, StoreError> {
        let directory = self.path.parent().map(std::path::Path::to_owned).unwrap_or_default();
        let lock = match state_dir::Lock::take(&directory) {
            Ok(lock) => Some(lock),
            Err(StoreError::InUse { .. }) => None,
            Err(error) => return Err(error),
        };
        let connection = self.connection();
        if lock.is_some() {
            connection.execute_batch("VACUUM").doing(&self.path, DOING)?;
        }
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).doing(&self.path, DOING)?;
        Ok(lock.is_some() && busy == 0)
    }

    fn step(&self, transaction: &Transaction<'_>, id: Uuid, batch: usize, now: Time) -> rusqlite::Result<Erased> {
        let Some((begun_at, work)) = load(transaction, id)? else { return Err(rusqlite::Error::QueryReturnedNoRows) };
        let mut work = match work {
            Ok(work) => work,
            Err(receipt) => return Ok(Erased::Done(receipt)),
        };
        if is_held(transaction, work.erasure.person.id)? {
            return Ok(Erased::Held);
        }
        let limit = i64::try_from(batch.max(1)).unwrap_or(i64::MAX);
        let (stage, changed) = (&mut work.stage, &mut work.changed);
        *stage = match *stage {
            Stage::Calls { seq, .. } => match calls(transaction, &work.erasure, changed, seq, limit)? {
                Some(seq) => Stage::Calls { seq, id: Uuid::nil() },
                None => Stage::Waiting { seq: 0 },
            },
            Stage::Waiting { seq } => match copies(transaction, &work.erasure, changed, Table::Outbox, seq, limit)? {
                Some(seq) => Stage::Waiting { seq },
                None => Stage::Rest,
            },
            Stage::Rest => {
                rest(transaction, &work.erasure, changed, now)?;
                let Work { changed, export_sha256, .. } = work;
                let receipt = Receipt { id, database: self.path.display().to_string(), begun_at, finished_at: now, changed, export_sha256 };
                let text = serde_json::to_string(&receipt).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                transaction.execute("UPDATE erasures SET work = NULL, receipt = ?2 WHERE id = ?1", params![id.to_string(), text])?;
                return Ok(Erased::Done(receipt));
            }
        };
        transaction.execute("UPDATE erasures SET work = ?2 WHERE id = ?1", params![id.to_string(), work_text(&work)])?;
        Ok(Erased::Going)
    }
}

/// Looked at in the transaction of each step: a hold may be put on while an erasure goes on or is broken off.
fn is_held(connection: &Connection, user: Uuid) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM holds WHERE user_id = ?1 AND removed_at IS NULL)";
    connection.query_row(sql, [user.to_string()], |row| row.get(0))
}

fn work_text(work: &Work) -> String {
    serde_json::to_string(work).unwrap_or_default()
}

/// When it began, and what is to be done or, where all is done, the receipt.
fn load(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<(Time, Result<Work, Receipt>)>> {
    let sql = "SELECT begun_at, work, receipt FROM erasures WHERE id = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(i64, Option<String>, Option<String>)> = connection.query_row(sql, [id.to_string()], row).optional()?;
    let unreadable = |error: serde_json::Error| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, error.into());
    let Some((begun_at, work, receipt)) = found else { return Ok(None) };
    let state = match work {
        Some(work) => Ok(serde_json::from_str(&work).map_err(unreadable)?),
        None => Err(serde_json::from_str(receipt.as_deref().unwrap_or_default()).map_err(unreadable)?),
    };
    Ok(Some((Time::from_micros(begun_at), state)))
}

/// The number up to which calls were looked at; `None`: there are no more.
fn calls(connection: &Connection, erasure: &Erasure, changed: &mut Changed, after: i64, limit: i64) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT seq, record FROM calls WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let found: Vec<(i64, String)> = {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_map([after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (seq, text) in &found {
        match serde_json::from_str::<CallRecord>(text) {
            Err(_) => changed.unreadable += 1,
            Ok(record) => {
                if let Some(erased) = erasure.record(&record) {
                    rewrite(connection, *seq, &record, &erased)?;
                    changed.calls += 1;
                }
            }
        }
    }
    Ok(found.last().map(|(seq, _)| *seq))
}

/// The same for copies that wait or were refused. Gaps name nobody, and cannot be read as records.
fn copies(
    connection: &Connection,
    erasure: &Erasure,
    changed: &mut Changed,
    table: Table,
    after: i64,
    limit: i64,
) -> rusqlite::Result<Option<i64>> {
    let key = table.key();
    let sql = format!("SELECT {key}, body, call_id IS NOT NULL FROM {} WHERE {key} > ?1 ORDER BY {key} LIMIT ?2", table.name());
    let found: Vec<(i64, String, bool)> = {
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_map([after, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (at, text, _) in found.iter().filter(|(_, _, is_call)| *is_call) {
        let Ok(record) = serde_json::from_str::<CallRecord>(text) else {
            changed.unreadable += 1;
            continue;
        };
        if let Some(erased) = erasure.record(&record) {
            table.put(connection, *at, text, &json(&erased)?)?;
            match table {
                Table::Outbox => changed.outbox += 1,
                Table::Quarantine => changed.quarantine += 1,
            }
        }
    }
    Ok(found.last().map(|(at, ..)| *at))
}

fn rest(transaction: &Transaction<'_>, erasure: &Erasure, changed: &mut Changed, now: Time) -> rusqlite::Result<()> {
    copies(transaction, erasure, changed, Table::Quarantine, 0, i64::MAX)?;
    // What a restart needs is rewritten by the daemon all the time: it is little.
    changed.journal += states(transaction, erasure, "journal", "seq", "body", &crate::store::journal_body::change)?;
    changed.checkpoints += states(transaction, erasure, "checkpoints", "pbx", "state", &crate::store::journal_body::change_one)?;
    texts(transaction, erasure, "sink_status", "sink", "last_error")?;
    texts(transaction, erasure, "quarantine", "id", "reason")?;
    changed.holds += texts(transaction, erasure, "holds", "id", "reason")?;
    people(transaction, erasure, changed, now)
}

type Rewrite = dyn Fn(&[u8], &mut dyn FnMut(&mut Value) -> bool) -> Option<Vec<u8>>;

fn states(connection: &Connection, erasure: &Erasure, table: &str, key: &str, column: &str, change: &Rewrite) -> rusqlite::Result<u64> {
    let mut changed = 0;
    let found: Vec<(rusqlite::types::Value, Vec<u8>)> = {
        let mut statement = connection.prepare(&format!("SELECT {key}, {column} FROM {table}"))?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (at, bytes) in found {
        if let Some(bytes) = change(&bytes, &mut |value| erasure.state(value)) {
            connection.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1"), params![at, bytes])?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn texts(connection: &Connection, erasure: &Erasure, table: &str, key: &str, column: &str) -> rusqlite::Result<u64> {
    let mut changed = 0;
    let found: Vec<(rusqlite::types::Value, String)> = {
        let mut statement = connection.prepare(&format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL"))?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (at, text) in found {
        if let Some(text) = erasure.text(&text) {
            connection.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1"), params![at, text])?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn people(transaction: &Transaction<'_>, erasure: &Erasure, changed: &mut Changed, now: Time) -> rusqlite::Result<()> {
    let (id, as_id) = (erasure.person.id.to_string(), erasure.as_id.to_string());
    let gone =
        "INSERT INTO users (id, name, email, email_key, gone_at) SELECT ?2, ?3, NULL, NULL, coalesce(gone_at, ?4) FROM users WHERE id = ?1";
    changed.users += count(transaction.execute(gone, params![id, as_id, erasure.as_name, now.as_micros()])?);
    for table in ["associations", "memberships", "primary_groups", "holds"] {
        transaction.execute(&format!("UPDATE {table} SET user_id = ?2 WHERE user_id = ?1"), params![id, as_id])?;
    }
    transaction.execute("DELETE FROM users WHERE id = ?1", [&id])?;
    for number in erasure.person.outside_numbers() {
        let held = transaction.execute("DELETE FROM associations WHERE user_id = ?1 AND number = ?2", params![as_id, number])?;
        changed.associations_removed += count(held);
        let along = transaction.execute("DELETE FROM dee_memberships WHERE main = ?1 OR member = ?1", [number])?;
        changed.dee_memberships_removed += count(along);
    }
    let at = from_then_on(transaction, now)?;
    changed_at(transaction, at)
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
