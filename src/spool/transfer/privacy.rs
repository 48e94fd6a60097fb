//! Legal holds and receipts of erasures: whoever repairs a file must not lose what forbids a deletion or proves one.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::telephony::{Time, rfc3339};

/// A legal hold, standing or ended.
#[derive(Serialize, Deserialize)]
pub(super) struct Hold {
    user: String,
    reason: String,
    added_by: String,
    #[serde(with = "rfc3339")]
    added_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "rfc3339::option")]
    removed_at: Option<Time>,
}

/// An erasure that is done.
#[derive(Serialize, Deserialize)]
pub(super) struct Receipt {
    id: String,
    #[serde(with = "rfc3339")]
    begun_at: Time,
    content: Value,
}

pub(super) fn holds(connection: &Connection) -> rusqlite::Result<Vec<Hold>> {
    let sql = "SELECT user_id, reason, added_by, added_at, removed_by, removed_at FROM holds ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Hold {
            user: row.get(0)?,
            reason: row.get(1)?,
            added_by: row.get(2)?,
            added_at: Time::from_micros(row.get(3)?),
            removed_by: row.get(4)?,
            removed_at: row.get::<_, Option<i64>>(5)?.map(Time::from_micros),
        })
    })?;
    rows.collect()
}

pub(super) fn receipts(connection: &Connection) -> rusqlite::Result<Vec<Receipt>> {
    let mut statement = connection.prepare("SELECT id, begun_at, receipt FROM erasures WHERE receipt IS NOT NULL ORDER BY begun_at, id")?;
    let rows = statement.query_map([], |row| {
        let text: String = row.get(2)?;
        let broken = |error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error));
        let content = serde_json::from_str(&text).map_err(broken)?;
        Ok(Receipt { id: row.get(0)?, begun_at: Time::from_micros(row.get(1)?), content })
    })?;
    rows.collect()
}

/// When those began that are not done. How far they have got is told by numbers of this file, which mean nothing in another.
pub(super) fn unfinished(connection: &Connection) -> rusqlite::Result<Vec<Time>> {
    let mut statement = connection.prepare("SELECT begun_at FROM erasures WHERE work IS NOT NULL ORDER BY begun_at")?;
    let rows = statement.query_map([], |row| Ok(Time::from_micros(row.get(0)?)))?;
    rows.collect()
}

/// Whether it was not there. A user who is under a hold stays under that one.
pub(super) fn put_hold(connection: &Connection, hold: &Hold) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO holds (user_id, reason, added_by, added_at, removed_by, removed_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
        WHERE NOT EXISTS (SELECT 1 FROM holds WHERE user_id = ?1 AND added_at = ?4) ON CONFLICT DO NOTHING";
    let removed_at = hold.removed_at.map(Time::as_micros);
    let values = params![hold.user, hold.reason, hold.added_by, hold.added_at.as_micros(), hold.removed_by, removed_at];
    Ok(connection.execute(sql, values)? > 0)
}

/// Whether it was not there.
pub(super) fn put_receipt(connection: &Connection, receipt: &Receipt) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO erasures (id, begun_at, receipt) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    Ok(connection.execute(sql, params![receipt.id, receipt.begun_at.as_micros(), receipt.content.to_string()])? > 0)
}
