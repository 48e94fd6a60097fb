//! Retention in PostgreSQL: what is due of one site, in short transactions, oldest first.
//!
//! The id of a call that is deleted stays in `call_ids` as long as its month may be stored again: whoever delivers it once more does
//! not bring it back. Months of which nothing is left are dropped.

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError, months, put};
use crate::privacy::{Fate, Standing, Tally, anonymise};
use crate::record::{CallRecord, site_token};
use crate::store::ReceivedRecord;
use crate::store::privacy::{Mark, Step, Stood, Sweep};
use crate::telephony::Time;

const DOING: &str = "apply the retention";

const NOTE: &str = "INSERT INTO retention_last (site, ran_at, tally) VALUES ($1, $2, $3) \
    ON CONFLICT (site) DO UPDATE SET ran_at = excluded.ran_at, tally = excluded.tally";

const HELD: &str = "EXISTS (SELECT 1 FROM segments AS s JOIN holds AS h ON h.site = s.site AND h.user_id = s.user_id AND h.removed_at IS NULL \
    WHERE s.call_id = c.id AND s.call_started_at = c.started_at)";

/// How many stands in the text, so that the plan kept for it knows that few are wanted.
fn due(only_whole: bool, limit: usize) -> String {
    let whole = if only_whole { " AND c.anonymised_at IS NULL" } else { "" };
    format!(
        "SELECT c.id, c.ended_at, c.record::text, c.anonymised_at IS NOT NULL, {HELD} FROM calls AS c \
         WHERE c.site = $1 AND c.ended_at >= $2 AND c.ended_at <= $3 AND (c.ended_at, c.id) > ($2, $4){whole} \
         ORDER BY c.ended_at, c.id LIMIT {limit}"
    )
}

impl Postgres {
    /// Does the next batch of what is due of the site's calls, or says what would be done; `after` comes from the step before.
    pub async fn sweep(&self, site: &str, sweep: &Sweep, after: Option<Mark>) -> Result<Step, PostgresError> {
        let mark = after.unwrap_or(Mark::START);
        let Some(bound) = mark.bound(sweep) else {
            return Ok(Step { tally: Tally::default(), next: mark.next_phase() });
        };
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, batch(&mut client, site, sweep, mark, bound)).await;
        self.judge(DOING, client, self.patience, outcome)
    }

    /// Notes that a run is over; forgets by which names nobody is credited any more, and drops months of which nothing is left.
    pub async fn swept(&self, site: &str, sweep: &Sweep, tally: &Tally) -> Result<(), PostgresError> {
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(super::MAINTENANCE, finish(&mut client, site, sweep, tally)).await;
        let dropped = self.judge(DOING, client, super::MAINTENANCE, outcome)?;
        if dropped > 0 {
            *self.months() = months::Months::default();
        }
        Ok(())
    }

    /// Notes a moment of the site from which on its next run is counted, where no run can have been: there is no note, or one of the
    /// future.
    pub async fn note_sweep(&self, site: &str, at: Time) -> Result<(), PostgresError> {
        let json = serde_json::to_string(&Tally::default()).unwrap_or_default();
        self.ask(DOING, NOTE, &[&site, &At(at), &json]).await.map(drop)
    }

    /// Every site, and when its last run was over.
    pub async fn last_sweeps(&self) -> Result<Vec<(String, Option<Time>)>, PostgresError> {
        let sql = "SELECT sites.name, ran_at FROM sites LEFT JOIN retention_last ON site = sites.name ORDER BY sites.name";
        let rows = self.ask(DOING, sql, &[]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get::<_, Option<At>>(1).map(|at| at.0))).collect())
    }

    /// How long the clock has stood that is doubted, as a hub kept it.
    pub async fn clock_stood(&self) -> Result<Option<Stood>, PostgresError> {
        let rows = self.ask(DOING, "SELECT clock_seen_at, clock_stood_seconds FROM retention", &[]).await?;
        Ok(rows.first().and_then(|row| Stood::of(row.get::<_, Option<At>>(0).map(|at| at.0), row.get(1))))
    }

    /// Keeps that, or forgets it.
    pub async fn keep_clock_stood(&self, stood: Option<Stood>) -> Result<(), PostgresError> {
        let (seen, seconds) = (stood.map(|stood| At(stood.seen)), stood.map(|stood| stood.seconds()));
        self.ask(DOING, "UPDATE retention SET clock_seen_at = $1, clock_stood_seconds = $2", &[&seen, &seconds]).await.map(drop)
    }

    /// How PostgreSQL finds what is due, for the test that it walks through no other calls.
    #[doc(hidden)]
    pub async fn explain_sweep(&self, site: &str) -> Result<String, PostgresError> {
        let (since, until, id) = (At(Time::MIN), At(Time::from_millis(1_800_000_000_000)), Uuid::nil());
        let values: [&(dyn ToSql + Sync); 4] = [&site, &since, &until, &id];
        Ok([self.plan(&due(false, 10), &values).await?, self.plan(&due(true, 10), &values).await?].join("\n"))
    }
}

async fn batch(
    client: &mut Client,
    site: &str,
    sweep: &Sweep,
    mark: Mark,
    (until, only_whole): (Time, bool),
) -> Result<Step, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let lock = if sweep.dry_run { "" } else { " FOR UPDATE OF c" };
    let statement = transaction.prepare_cached(&format!("{}{lock}", due(only_whole, sweep.batch.max(1)))).await?;
    let rows = transaction.query(&statement, &[&site, &At(mark.floor(sweep)), &At(until), &mark.id]).await?;
    let (mut tally, mut bare, mut gone) = (Tally::default(), Vec::new(), Vec::new());
    for row in &rows {
        let standing = standing(row);
        let fate = sweep.policy.fate(&standing, sweep.now);
        match (fate, serde_json::from_str::<CallRecord>(row.get(2))) {
            (Fate::Anonymise, Err(_)) => {
                tally.unreadable.add(standing.ended_at);
                continue;
            }
            (Fate::Anonymise, Ok(record)) => bare.extend(ReceivedRecord::of(anonymise(&record, &sweep.numbers, sweep.now))),
            (Fate::Delete, _) => gone.push(row.get::<_, Uuid>(0)),
            (Fate::Keep | Fate::Held, _) => {}
        }
        tally.count(fate, standing.ended_at);
    }
    if !sweep.dry_run {
        put::rewrite(&transaction, &bare).await?;
        delete(&transaction, &gone).await?;
        transaction.commit().await?;
    }
    let is_whole = rows.len() == sweep.batch.max(1);
    let next = match rows.last().filter(|_| is_whole) {
        Some(last) => Some(Mark { ended_at: standing(last).ended_at, id: last.get(0), ..mark }),
        None => mark.next_phase(),
    };
    Ok(Step { tally, next })
}

fn standing(row: &Row) -> Standing {
    Standing { ended_at: row.get::<_, At>(1).0, is_anonymised: row.get(3), is_held: row.get(4) }
}

async fn delete(transaction: &Transaction<'_>, gone: &Vec<Uuid>) -> Result<(), tokio_postgres::Error> {
    if gone.is_empty() {
        return Ok(());
    }
    for (table, column) in [("call_numbers", "call_id"), ("segments", "call_id"), ("calls", "id")] {
        transaction.execute(&format!("DELETE FROM {table} WHERE {column} = ANY($1)"), &[gone]).await?;
    }
    put::settle(transaction, gone).await
}

async fn finish(client: &mut Client, site: &str, sweep: &Sweep, tally: &Tally) -> Result<usize, tokio_postgres::Error> {
    let json = serde_json::to_string(tally).unwrap_or_default();
    client.execute(NOTE, &[&site, &At(sweep.now), &json]).await?;
    let sql = "DELETE FROM credited_users AS known WHERE site = $1 AND NOT EXISTS \
               (SELECT 1 FROM segments AS s WHERE s.site = known.site AND s.user_id = known.id)";
    client.execute(sql, &[&site]).await?;
    // Messages that could not be read are somebody's as well; their site is known by the subject's word for it.
    let until = sweep.policy.anonymise_until(sweep.now).or(sweep.policy.delete_until(sweep.now));
    let sql = "DELETE FROM quarantine WHERE (site IN ($1, $2) OR site IS NULL) AND put_at <= $3";
    client.execute(sql, &[&site, &site_token(site), &until.map(At)]).await?;
    let Some(deleted) = tally.deleted.last else { return Ok(0) };
    months::drop_empty_before(client, deleted).await
}
