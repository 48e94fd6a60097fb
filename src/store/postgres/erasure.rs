//! One person's erasure in PostgreSQL, of one site, in short transactions: calls from the oldest on, then all the rest.
//!
//! How far it has got is in the database: after a crash it goes on, and a step that is done twice finds nothing to do.

use deadpool_postgres::{Client, Transaction};
use uuid::Uuid;

use super::import::{changed as people_changed, lock};
use super::time::At;
use super::{Postgres, PostgresError, put};
use crate::privacy::Erasure;
use crate::record::{CallRecord, site_token};
use crate::store::ReceivedRecord;
use crate::store::people_change::from_then_on;
use crate::store::privacy::{Changed, Erased, Receipt, Stage, Work};
use crate::telephony::Time;

const DOING: &str = "erase a person";

impl Postgres {
    /// Notes that the person is to be erased; the steps do it. `id` will be the receipt's.
    pub async fn begin_erasure(
        &self,
        site: &str,
        id: Uuid,
        erasure: &Erasure,
        export_sha256: Option<String>,
        at: Time,
    ) -> Result<(), PostgresError> {
        let stage = Stage::Calls { seq: Time::MIN.as_micros(), id: Uuid::nil() };
        let work = Work { erasure: erasure.clone(), export_sha256, stage, changed: Changed::default() };
        let sql = "INSERT INTO erasures (site, id, begun_at, work) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        self.ask(DOING, sql, &[&site, &id, &At(at), &text(&work)]).await.map(drop)
    }

    /// Erasures of the site that were begun and are not done.
    pub async fn pending_erasures(&self, site: &str) -> Result<Vec<Uuid>, PostgresError> {
        let sql = "SELECT id FROM erasures WHERE site = $1 AND work IS NOT NULL ORDER BY begun_at";
        Ok(self.ask(DOING, sql, &[&site]).await?.iter().map(|row| row.get(0)).collect())
    }

    /// Whom a pending erasure is about.
    pub async fn pending_erasure(&self, site: &str, id: Uuid) -> Result<Option<(Erasure, Option<String>)>, PostgresError> {
        let sql = "SELECT work FROM erasures WHERE site = $1 AND id = $2 AND work IS NOT NULL";
        let rows = self.ask(DOING, sql, &[&site, &id]).await?;
        let work = rows.first().and_then(|row| serde_json::from_str::<Work>(row.get(0)).ok());
        Ok(work.map(|work| (work.erasure, work.export_sha256)))
    }

    /// Receipts of everybody of the site who was erased, the oldest first.
    pub async fn receipts(&self, site: &str) -> Result<Vec<Receipt>, PostgresError> {
        let sql = "SELECT receipt FROM erasures WHERE site = $1 AND receipt IS NOT NULL ORDER BY begun_at";
        Ok(self.ask(DOING, sql, &[&site]).await?.iter().filter_map(|row| serde_json::from_str(row.get(0)).ok()).collect())
    }

    /// Does the next step, in one transaction of at most `batch` calls; nothing while a legal hold stands on the person.
    pub async fn erase_step(&self, site: &str, id: Uuid, batch: usize, now: Time) -> Result<Erased, PostgresError> {
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, step(&mut client, &self.at, site, id, batch, now)).await;
        let erased = self.judge(DOING, client, self.patience, outcome)?;
        let lost = || PostgresError::Unfit { at: self.at.to_string(), doing: DOING, why: format!("erasure {id} is not there") };
        erased.ok_or_else(lost)
    }
}

fn text(work: &Work) -> String {
    serde_json::to_string(work).unwrap_or_default()
}

/// `None`: no such erasure.
async fn step(
    client: &mut Client,
    at: &str,
    site: &str,
    id: Uuid,
    batch: usize,
    now: Time,
) -> Result<Option<Erased>, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let sql = "SELECT begun_at, work, receipt FROM erasures WHERE site = $1 AND id = $2 FOR UPDATE";
    let Some(row) = transaction.query_opt(sql, &[&site, &id]).await? else { return Ok(None) };
    let Some(mut work) = row.get::<_, Option<&str>>(1).and_then(|work| serde_json::from_str::<Work>(work).ok()) else {
        return Ok(row.get::<_, Option<&str>>(2).and_then(|receipt| serde_json::from_str(receipt).ok()).map(Erased::Done));
    };
    // A hold may be put on while an erasure goes on or is broken off.
    let held = "SELECT EXISTS (SELECT 1 FROM holds WHERE site = $1 AND user_id = $2 AND removed_at IS NULL)";
    if transaction.query_one(held, &[&site, &work.erasure.person.id]).await?.get(0) {
        return Ok(Some(Erased::Held));
    }
    let Stage::Calls { seq, id: after } = work.stage else {
        rest(&transaction, site, &work.erasure, &mut work.changed, now).await?;
        let Work { changed, export_sha256, .. } = work;
        let begun_at = row.get::<_, At>(0).0;
        let receipt = Receipt { id, database: at.to_owned(), begun_at, finished_at: now, changed, export_sha256 };
        let text = serde_json::to_string(&receipt).unwrap_or_default();
        transaction.execute("UPDATE erasures SET work = NULL, receipt = $3 WHERE site = $1 AND id = $2", &[&site, &id, &text]).await?;
        transaction.commit().await?;
        return Ok(Some(Erased::Done(receipt)));
    };
    let place = (Time::from_micros(seq), after);
    work.stage = match calls(&transaction, site, &work.erasure, &mut work.changed, place, batch).await? {
        Some((since, id)) => Stage::Calls { seq: since.as_micros(), id },
        None => Stage::Rest,
    };
    transaction.execute("UPDATE erasures SET work = $3 WHERE site = $1 AND id = $2", &[&site, &id, &text(&work)]).await?;
    transaction.commit().await?;
    Ok(Some(Erased::Going))
}

/// The call up to which they were looked at; `None`: there are no more.
async fn calls(
    transaction: &Transaction<'_>,
    site: &str,
    erasure: &Erasure,
    changed: &mut Changed,
    (since, after): (Time, Uuid),
    batch: usize,
) -> Result<Option<(Time, Uuid)>, tokio_postgres::Error> {
    // How many stands in the text, so that the plan for it knows that few are wanted.
    let sql = format!(
        "SELECT started_at, id, record::text FROM calls WHERE site = $1 AND started_at >= $2 AND (started_at, id) > ($2, $3) \
         ORDER BY started_at, id LIMIT {} FOR UPDATE",
        batch.max(1)
    );
    let rows = transaction.query(&sql, &[&site, &At(since), &after]).await?;
    let mut erased = Vec::new();
    for row in &rows {
        match serde_json::from_str::<CallRecord>(row.get(2)) {
            Err(_) => changed.unreadable += 1,
            Ok(record) => erased.extend(erasure.record(&record).and_then(|record| ReceivedRecord::of(record).ok())),
        }
    }
    changed.calls += u64::try_from(erased.len()).unwrap_or(u64::MAX);
    put::rewrite(transaction, &erased).await?;
    Ok(rows.last().map(|row| (row.get::<_, At>(0).0, row.get(1))))
}

async fn rest(
    transaction: &Transaction<'_>,
    site: &str,
    erasure: &Erasure,
    changed: &mut Changed,
    now: Time,
) -> Result<(), tokio_postgres::Error> {
    let (id, as_id, as_name) = (erasure.person.id, erasure.as_id, &erasure.as_name);
    let last = lock(transaction, site).await?;
    let gone =
        "INSERT INTO users (site, id, name, gone_at) SELECT site, $3, $4, coalesce(gone_at, $5) FROM users WHERE site = $1 AND id = $2";
    changed.users += transaction.execute(gone, &[&site, &id, &as_id, as_name, &At(now)]).await?;
    // Rows that refer to users go from the one identity to the other while both are there.
    for table in ["associations", "memberships", "primary_groups", "holds"] {
        let sql = format!("UPDATE {table} SET user_id = $3 WHERE site = $1 AND user_id = $2");
        transaction.execute(&sql, &[&site, &id, &as_id]).await?;
    }
    transaction.execute("DELETE FROM users WHERE site = $1 AND id = $2", &[&site, &id]).await?;
    changed.credited_users += transaction.execute("DELETE FROM credited_users WHERE site = $1 AND id = $2", &[&site, &id]).await?;
    for number in erasure.person.outside_numbers() {
        let sql = "DELETE FROM associations WHERE site = $1 AND user_id = $2 AND number = $3";
        changed.associations_removed += transaction.execute(sql, &[&site, &as_id, number]).await?;
        let sql = "DELETE FROM dee_memberships WHERE site = $1 AND (main = $2 OR member = $2)";
        changed.dee_memberships_removed += transaction.execute(sql, &[&site, number]).await?;
    }
    for row in transaction.query("SELECT id, reason FROM holds WHERE site = $1", &[&site]).await? {
        if let Some(reason) = erasure.text(row.get(1)) {
            changed.holds += transaction.execute("UPDATE holds SET reason = $2 WHERE id = $1", &[&row.get::<_, i64>(0), &reason]).await?;
        }
    }
    quarantine(transaction, site, erasure, changed).await?;
    people_changed(transaction, site, from_then_on(last, now)).await
}

/// Messages that could not be read, as they came: whatever they are, the person's names go.
async fn quarantine(
    transaction: &Transaction<'_>,
    site: &str,
    erasure: &Erasure,
    changed: &mut Changed,
) -> Result<(), tokio_postgres::Error> {
    let sql = "SELECT id, body, headers, reason FROM quarantine WHERE site IN ($1, $2) OR site IS NULL";
    for row in transaction.query(sql, &[&site, &site_token(site)]).await? {
        let body = String::from_utf8_lossy(row.get(1)).into_owned();
        let texts: [&str; 3] = [&body, row.get(2), row.get(3)];
        let erased = texts.map(|text| erasure.text(text));
        if erased.iter().all(Option::is_none) {
            continue;
        }
        let [body, headers, reason] = erased;
        let sql =
            "UPDATE quarantine SET body = coalesce($2, body), headers = coalesce($3, headers), reason = coalesce($4, reason) WHERE id = $1";
        let body = body.map(String::into_bytes);
        changed.quarantine += transaction.execute(sql, &[&row.get::<_, Uuid>(0), &body, &headers, &reason]).await?;
    }
    Ok(())
}
