//! Legal holds in SQLite: while one stands, calls credited to that person are neither anonymised nor deleted.

use rusqlite::params;
use uuid::Uuid;

use super::error::Doing;
use super::people::id;
use super::privacy::Hold;
use super::{Store, StoreError};
use crate::telephony::Time;

impl Store {
    /// Puts a hold on that user; false: one stands already, and stays as it is.
    pub fn add_hold(&self, user: Uuid, reason: &str, by: &str, at: Time) -> Result<bool, StoreError> {
        let sql = "INSERT INTO holds (user_id, reason, added_by, added_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        let added = self.connection().execute(sql, params![user.to_string(), reason, by, at.as_micros()]);
        Ok(added.doing(&self.path, "put a hold")? > 0)
    }

    /// Ends the hold on that user; false: none stood.
    pub fn remove_hold(&self, user: Uuid, by: &str, at: Time) -> Result<bool, StoreError> {
        let sql = "UPDATE holds SET removed_by = ?2, removed_at = ?3 WHERE user_id = ?1 AND removed_at IS NULL";
        let removed = self.connection().execute(sql, params![user.to_string(), by, at.as_micros()]);
        Ok(removed.doing(&self.path, "end a hold")? > 0)
    }

    /// Every hold, the oldest first; those that ended only if asked for.
    pub fn holds(&self, with_ended: bool) -> Result<Vec<Hold>, StoreError> {
        const DOING: &str = "read the holds";
        let connection = self.connection();
        let sql = "SELECT user_id, name, reason, added_by, added_at, removed_by, removed_at FROM holds LEFT JOIN users ON users.id = user_id \
                   WHERE ?1 OR removed_at IS NULL ORDER BY holds.id";
        let mut statement = connection.prepare_cached(sql).doing(&self.path, DOING)?;
        let rows = statement.query_map([with_ended], |row| {
            Ok(Hold {
                user: id(row, 0)?,
                name: row.get(1)?,
                reason: row.get(2)?,
                added_by: row.get(3)?,
                added_at: Time::from_micros(row.get(4)?),
                removed_by: row.get(5)?,
                removed_at: row.get::<_, Option<i64>>(6)?.map(Time::from_micros),
            })
        });
        rows.and_then(Iterator::collect).doing(&self.path, DOING)
    }
}
