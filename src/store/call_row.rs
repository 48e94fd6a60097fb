//! A call record into its rows.

use std::collections::BTreeSet;
use std::mem;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, ToSql, params};
use serde::Serialize;

use super::StoreError;
use super::error::Doing;
use super::number_key::reversed;
use crate::privacy::is_truncated;
use crate::record::{CallRecord, Segment};
use crate::telephony::{DeviceKind, Time};

const DOING: &str = "store a call";

/// What storing a record came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stored {
    /// It is there now; this is its JSON.
    New(String),
    /// It took the place of one whose end was uncertain; this is its JSON.
    Replaced(String),
    /// The one that was there stays.
    Kept,
}

/// Stores records by their ids, within one transaction; what came of each, in their order. One that is there already stays, unless
/// its end was uncertain and the new one's is not.
pub(crate) fn put<'a>(
    connection: &Connection,
    path: &Path,
    records: impl IntoIterator<Item = &'a CallRecord>,
) -> Result<Vec<Stored>, StoreError> {
    put_all(connection, path, records.into_iter().map(|record| (record, None)))
}

/// Stores a record under the number that it has in another file, or under one of this file where another call has that. What came of it,
/// and which number it has now.
pub(crate) fn put_numbered(
    connection: &Connection,
    path: &Path,
    record: &CallRecord,
    number: Option<i64>,
) -> Result<(Stored, i64), StoreError> {
    let id = record.id.to_string();
    let one = |sql: &str, values: &[&dyn ToSql]| connection.prepare_cached(sql)?.query_row(values, |row| row.get::<_, i64>(0));
    let is_taken = "SELECT EXISTS (SELECT 1 FROM calls WHERE seq = ?1 AND id <> ?2)";
    let is_taken = number.map_or(Ok(0), |number| one(is_taken, &[&number, &id])).doing(path, DOING)? != 0;
    let stored = put_all(connection, path, [(record, number.filter(|_| !is_taken))])?.pop().unwrap_or(Stored::Kept);
    let number = one("SELECT seq FROM calls WHERE id = ?1", &[&id]).doing(path, DOING)?;
    Ok((stored, number))
}

fn put_all<'a>(
    connection: &Connection,
    path: &Path,
    records: impl IntoIterator<Item = (&'a CallRecord, Option<i64>)>,
) -> Result<Vec<Stored>, StoreError> {
    let mut stored = Vec::new();
    // Table by table, so that each index is walked while it is at hand.
    let mut fresh = Vec::new();
    let mut above = number_above(connection).doing(path, DOING)?;
    for (record, number) in records {
        let json = serde_json::to_string(record).map_err(|source| StoreError::Unwritable { id: record.id, source })?;
        let id = record.id.to_string();
        if let Some(call) = insert(connection, record, (&id, number.or(above)), &json).doing(path, DOING)? {
            above = above.filter(|above| call < *above);
            fresh.push((call, record));
            stored.push(Stored::New(json));
            continue;
        }
        // What it replaces may be among those of before.
        parts(connection, &mem::take(&mut fresh)).doing(path, DOING)?;
        let replaced = replace(connection, path, record, (&id, number), &json)?;
        above = number_above(connection).doing(path, DOING)?;
        stored.push(if replaced { Stored::Replaced(json) } else { Stored::Kept });
    }
    parts(connection, &fresh).doing(path, DOING)?;
    Ok(stored)
}

/// The number that the next call needs where the one that SQLite would give it was given before: by itself it counts on from the
/// greatest that is there. `None`: that will do.
fn number_above(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT value + 1 FROM meta WHERE key = 'calls_upto' AND value > coalesce((SELECT max(seq) FROM calls), 0)";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
}

fn insert(connection: &Connection, record: &CallRecord, (id, number): (&str, Option<i64>), json: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO calls (id, site, pbx, direction, outcome, caller, dialled, trunk, started_at, answered_at, ended_at, \
         start_uncertain, end_uncertain, record, anonymised_at, seq) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT (id) DO NOTHING",
    )?;
    let inserted = statement.execute(params![
        id,
        record.site,
        record.pbx,
        word(&record.direction),
        word(&record.outcome),
        record.caller.number,
        record.dialled.number,
        record.trunk,
        record.started_at.to_millisecond().as_micros(),
        record.answered_at.map(|time| time.to_millisecond().as_micros()),
        record.ended_at.to_millisecond().as_micros(),
        record.start_uncertain,
        record.end_uncertain,
        json,
        record.anonymised_at.map(|time| time.to_millisecond().as_micros()),
        number,
    ])?;
    Ok((inserted == 1).then(|| connection.last_insert_rowid()))
}

/// The record is there: take its place where the new one knows better. Whether it did.
fn replace(
    connection: &Connection,
    path: &Path,
    record: &CallRecord,
    (id, number): (&str, Option<i64>),
    json: &str,
) -> Result<bool, StoreError> {
    if record.end_uncertain {
        return Ok(false);
    }
    let mut uncertain = connection
        .prepare_cached("SELECT seq, record FROM calls WHERE id = ?1 AND end_uncertain = 1 AND anonymised_at IS NULL")
        .doing(path, DOING)?;
    let found: Option<(i64, String)> = uncertain.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional().doing(path, DOING)?;
    let Some((call, old)) = found else { return Ok(false) };
    let swap = || -> rusqlite::Result<()> {
        delete_numbers(connection, call, serde_json::from_str::<CallRecord>(&old).ok().as_ref())?;
        // Its segments go with it.
        connection.prepare_cached("DELETE FROM calls WHERE seq = ?1")?.execute([call])?;
        match insert(connection, record, (id, number.or(number_above(connection)?)), json)? {
            Some(call) => parts(connection, &[(call, record)]),
            None => Ok(()),
        }
    };
    swap().doing(path, DOING)?;
    Ok(true)
}

/// Makes the numbers of a call unfindable.
pub(super) fn delete_numbers(connection: &Connection, call: i64, record: Option<&CallRecord>) -> rusqlite::Result<()> {
    let Some(record) = record else {
        // Slow, but an old row that cannot be read must not keep anything from being done.
        return connection.execute("DELETE FROM call_numbers WHERE call = ?1", [call]).map(drop);
    };
    for key in keys(record) {
        let sql = "DELETE FROM call_numbers WHERE reversed = ?1 AND call = ?2";
        connection.prepare_cached(sql)?.execute(params![key, call])?;
    }
    Ok(())
}

/// Puts what is left of a record into its place: same call, same times.
pub(super) fn rewrite(connection: &Connection, call: i64, old: &CallRecord, new: &CallRecord) -> rusqlite::Result<()> {
    let json = serde_json::to_string(new).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    delete_numbers(connection, call, Some(old))?;
    connection.prepare_cached("DELETE FROM segments WHERE call = ?1")?.execute([call])?;
    let sql = "UPDATE calls SET caller = ?2, dialled = ?3, trunk = ?4, record = ?5, anonymised_at = ?6 WHERE seq = ?1";
    let anonymised_at = new.anonymised_at.map(|time| time.to_millisecond().as_micros());
    connection.prepare_cached(sql)?.execute(params![call, new.caller.number, new.dialled.number, new.trunk, json, anonymised_at])?;
    parts(connection, &[(call, new)])
}

/// What finds the calls.
fn parts(connection: &Connection, calls: &[(i64, &CallRecord)]) -> rusqlite::Result<()> {
    let moment = |time: Time| time.to_millisecond().as_micros();
    let mut number = connection.prepare_cached("INSERT INTO call_numbers (reversed, call, call_started_at) VALUES (?1, ?2, ?3)")?;
    let keyed = |(call, record): &(i64, &CallRecord)| {
        let (call, started_at) = (*call, moment(record.started_at));
        keys(record).into_iter().map(move |key| (key, call, started_at))
    };
    let mut numbers: Vec<(String, i64, i64)> = calls.iter().flat_map(keyed).collect();
    // In the order of the table.
    numbers.sort_unstable();
    for (key, call, started_at) in numbers {
        number.execute(params![key, call, started_at])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO segments (call, seq, call_started_at, device, device_kind, agent, role, outcome, rule, user_id, group_id, \
         started_at, answered_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    for (call, record) in calls {
        for segment in &record.segments {
            insert.execute(params![
                call,
                segment.seq,
                moment(record.started_at),
                segment.device,
                word(&segment.device_kind),
                segment.agent,
                word(&segment.role),
                word(&segment.outcome),
                word(&segment.attribution.rule),
                segment.user.as_ref().map(|user| user.id.to_string()),
                segment.group.as_ref().map(|group| group.id.to_string()),
                moment(segment.started_at),
                segment.answered_at.map(moment),
                moment(segment.ended_at),
            ])?;
        }
    }
    Ok(())
}

/// Every number that the call can be found by: both parties as presented and in E.164, and numbers outside that took part.
pub(super) fn keys(record: &CallRecord) -> BTreeSet<String> {
    let parties =
        [&record.caller, &record.dialled].into_iter().flat_map(|party| [party.number.as_deref(), party.e164.as_deref()]).flatten();
    let outside = |segment: &&Segment| segment.device_kind == DeviceKind::External;
    let outside = record.segments.iter().filter(outside).map(|segment| segment.device.as_str());
    // Where only the last digits are gone, nothing is left to look for.
    parties.chain(outside).filter(|number| !is_truncated(number)).filter_map(reversed).collect()
}

/// The word that the record's JSON has for it.
pub(super) fn word<T: Serialize>(value: &T) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}
