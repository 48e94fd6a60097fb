//! Copies of records that wait for destinations (see the spool): they change with the stored record.

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::record::CallRecord;

/// Changes every copy of that call that waits or was refused; `None` of `change`: nothing to do. How many of each.
pub(super) fn change(
    connection: &Connection,
    call: Uuid,
    change: &dyn Fn(&CallRecord) -> Option<CallRecord>,
) -> rusqlite::Result<(u64, u64)> {
    let mut changed = [0, 0];
    for (table, count) in [Table::Outbox, Table::Quarantine].into_iter().zip(&mut changed) {
        let sql = format!("SELECT {}, body FROM {} WHERE call_id = ?1", table.key(), table.name());
        let found: Vec<(i64, String)> = {
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_map([call.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
        };
        for (key, body) in found {
            let record = serde_json::from_str::<CallRecord>(&body).ok();
            if let Some(record) = record.as_ref().and_then(change) {
                table.put(connection, key, &body, &json(&record)?)?;
                *count += 1;
            }
        }
    }
    Ok((changed[0], changed[1]))
}

/// What has copies.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Outbox,
    Quarantine,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Quarantine => "quarantine",
        }
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Outbox => "seq",
            Self::Quarantine => "id",
        }
    }

    /// Puts a body in the place of that one; the outbox minds how much waits.
    pub(super) fn put(self, connection: &Connection, key: i64, old: &str, new: &str) -> rusqlite::Result<()> {
        match self {
            Self::Quarantine => {
                connection.prepare_cached("UPDATE quarantine SET body = ?2 WHERE id = ?1")?.execute(params![key, new]).map(drop)
            }
            Self::Outbox => {
                let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
                let more = length(new) - length(old);
                let sql = "UPDATE outbox SET body = ?2, bytes = bytes + ?3 WHERE seq = ?1";
                connection.prepare_cached(sql)?.execute(params![key, new, more])?;
                connection.prepare_cached("UPDATE outbox_head SET bytes = max(bytes + ?1, 0)")?.execute([more]).map(drop)
            }
        }
    }
}

pub(super) fn json(record: &CallRecord) -> rusqlite::Result<String> {
    serde_json::to_string(record).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
