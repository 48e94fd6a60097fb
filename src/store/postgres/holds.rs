//! Legal holds in PostgreSQL, always those of one site.

use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError};
use crate::store::privacy::Hold;
use crate::telephony::Time;

impl Postgres {
    /// Puts a hold on that user; false: one stands already, and stays as it is.
    pub async fn add_hold(&self, site: &str, user: Uuid, reason: &str, by: &str, at: Time) -> Result<bool, PostgresError> {
        let sql =
            "INSERT INTO holds (site, user_id, reason, added_by, added_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id";
        Ok(!self.ask("put a hold", sql, &[&site, &user, &reason, &by, &At(at)]).await?.is_empty())
    }

    /// Ends the hold on that user; false: none stood.
    pub async fn remove_hold(&self, site: &str, user: Uuid, by: &str, at: Time) -> Result<bool, PostgresError> {
        let sql = "UPDATE holds SET removed_by = $3, removed_at = $4 WHERE site = $1 AND user_id = $2 AND removed_at IS NULL RETURNING id";
        Ok(!self.ask("end a hold", sql, &[&site, &user, &by, &At(at)]).await?.is_empty())
    }

    /// Every hold of the site, the oldest first; those that ended only if asked for.
    pub async fn holds(&self, site: &str, with_ended: bool) -> Result<Vec<Hold>, PostgresError> {
        let sql = "SELECT holds.user_id, coalesce(users.name, (SELECT min(name) FROM credited_users AS c WHERE c.site = holds.site AND c.id = user_id)), \
                   reason, added_by, added_at, removed_by, removed_at \
                   FROM holds LEFT JOIN users ON users.site = holds.site AND users.id = holds.user_id \
                   WHERE holds.site = $1 AND ($2 OR removed_at IS NULL) ORDER BY holds.id";
        let rows = self.ask("read the holds", sql, &[&site, &with_ended]).await?;
        let holds = rows.iter().map(|row| Hold {
            user: row.get(0),
            name: row.get(1),
            reason: row.get(2),
            added_by: row.get(3),
            added_at: row.get::<_, At>(4).0,
            removed_by: row.get(5),
            removed_at: row.get::<_, Option<At>>(6).map(|at| at.0),
        });
        Ok(holds.collect())
    }
}
