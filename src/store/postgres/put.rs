//! Whole batches of call records, and never a call twice: whoever claims its id stores it.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::{self, clean, cleaned};
use super::time::At;
use crate::store::ReceivedRecord;

/// What became of the records of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PutReport {
    /// New ones.
    pub stored: usize,
    /// Took the place of one whose end was uncertain.
    pub replaced: usize,
    /// There already, or older than what is kept: nothing was done.
    pub left: usize,
}

/// Stores all of them or, where it fails, none.
pub(super) async fn put(client: &mut Client, records: &[ReceivedRecord]) -> Result<PutReport, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let report = put_in(&transaction, records).await?;
    transaction.commit().await?;
    Ok(report)
}

/// The same within a caller's own transaction, after [`super::Postgres::prepare_months`]: what else it writes is there with the calls,
/// or neither is.
pub async fn put_in(transaction: &Transaction<'_>, records: &[ReceivedRecord]) -> Result<PutReport, tokio_postgres::Error> {
    let batch = once_each(records);
    let sites: BTreeSet<&str> = batch.iter().map(|received| received.record().site.as_str()).collect();
    let sites: Vec<String> = sites.into_iter().map(clean).collect();
    let site = transaction.prepare_cached("INSERT INTO sites (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING").await?;
    // In the order of their ids, so that two who store the same calls wait for each other in turn.
    let claim = transaction
        .prepare_cached(
            "INSERT INTO call_ids (id, started_at, end_uncertain) \
             SELECT id, started_at, end_uncertain FROM unnest($1::uuid[], $2::timestamptz[], $3::bool[]) AS new (id, started_at, end_uncertain) \
             WHERE started_at >= (SELECT kept_from FROM retention) \
             ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, end_uncertain = false, revision = call_ids.revision + 1 \
             WHERE call_ids.end_uncertain AND NOT excluded.end_uncertain RETURNING id, revision > 1",
        )
        .await?;
    let ids: Vec<Uuid> = batch.iter().map(|received| received.record().id).collect();
    let started: Vec<At> = batch.iter().map(|received| At::millisecond(received.record().started_at)).collect();
    let uncertain: Vec<bool> = batch.iter().map(|received| received.record().end_uncertain).collect();
    let claimed: [&(dyn ToSql + Sync); 3] = [&ids, &started, &uncertain];
    let named: [&(dyn ToSql + Sync); 1] = [&sites];
    // Where the first fails, the second does for that reason alone: the first one's words count.
    let (_, claimed) = tokio::try_join!(biased; transaction.execute(&site, &named), transaction.query(&claim, &claimed))?;
    let taken: BTreeMap<Uuid, bool> = claimed.iter().map(|row| (row.get(0), row.get(1))).collect();
    let replaced: Vec<Uuid> = taken.iter().filter(|(_, is_known)| **is_known).map(|(id, _)| *id).collect();
    let taken: Vec<&ReceivedRecord> = batch.into_iter().filter(|received| taken.contains_key(&received.record().id)).collect();
    if !replaced.is_empty() {
        for (table, column) in [("call_numbers", "call_id"), ("segments", "call_id"), ("calls", "id")] {
            transaction.execute(&format!("DELETE FROM {table} WHERE {column} = ANY($1)"), &[&replaced]).await?;
        }
    }
    if !taken.is_empty() {
        rows::calls(transaction, &taken).await?;
        rows::parts(transaction, &taken).await?;
        credit(transaction, &taken).await?;
    }
    Ok(PutReport { stored: taken.len() - replaced.len(), replaced: replaced.len(), left: records.len() - taken.len() })
}

/// Puts what is left of records into their places: the same calls, at the same times.
pub(super) async fn rewrite(transaction: &Transaction<'_>, records: &[ReceivedRecord]) -> Result<(), tokio_postgres::Error> {
    if records.is_empty() {
        return Ok(());
    }
    let batch: Vec<&ReceivedRecord> = records.iter().collect();
    let ids: Vec<Uuid> = batch.iter().map(|received| received.record().id).collect();
    for table in ["call_numbers", "segments"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE call_id = ANY($1)"), &[&ids]).await?;
    }
    let sql = "UPDATE calls SET caller = new.caller, dialled = new.dialled, trunk = new.trunk, record = new.record::json, \
               anonymised_at = new.anonymised_at FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], \
               $7::timestamptz[]) AS new (id, started_at, caller, dialled, trunk, record, anonymised_at) \
               WHERE calls.id = new.id AND calls.started_at = new.started_at";
    let columns: Columns<'_> = vec![
        column(&batch, |received| received.record().id),
        column(&batch, |received| At::millisecond(received.record().started_at)),
        column(&batch, |received| cleaned(received.record().caller.number.as_ref())),
        column(&batch, |received| cleaned(received.record().dialled.number.as_ref())),
        column(&batch, |received| cleaned(received.record().trunk.as_ref())),
        column(&batch, |received| received.json().to_owned()),
        column(&batch, |received| received.record().anonymised_at.map(At::millisecond)),
    ];
    let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
    transaction.execute(sql, &parameters).await?;
    rows::parts(transaction, &batch).await?;
    credit(transaction, &batch).await?;
    // With numbers and names gone on purpose, no later telling of the same call may bring them back.
    let bare: Vec<Uuid> =
        batch.iter().map(|received| received.record()).filter(|record| record.anonymised_at.is_some()).map(|record| record.id).collect();
    settle(transaction, &bare).await
}

/// Whatever is told of these calls from now on does not replace what is there, or is not there any more.
pub(super) async fn settle(transaction: &Transaction<'_>, ids: &Vec<Uuid>) -> Result<(), tokio_postgres::Error> {
    transaction.execute("UPDATE call_ids SET end_uncertain = false WHERE id = ANY($1) AND end_uncertain", &[ids]).await.map(drop)
}

/// Each id once, sorted: the first of its records, unless a later one knows the end.
fn once_each(records: &[ReceivedRecord]) -> Vec<&ReceivedRecord> {
    let mut chosen: BTreeMap<Uuid, &ReceivedRecord> = BTreeMap::new();
    for received in records {
        let place = chosen.entry(received.record().id).or_insert(received);
        if place.record().end_uncertain && !received.record().end_uncertain {
            *place = received;
        }
    }
    chosen.into_values().collect()
}

/// Notes by which names people and groups are found in records.
async fn credit(transaction: &Transaction<'_>, batch: &[&ReceivedRecord]) -> Result<(), tokio_postgres::Error> {
    let (mut users, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for record in batch.iter().map(|received| received.record()) {
        let site = clean(&record.site);
        for segment in &record.segments {
            users.extend(segment.user.as_ref().map(|user| (site.clone(), user.id, clean(&user.name))));
            groups.extend(segment.group.as_ref().map(|group| (site.clone(), group.id, clean(&group.name))));
        }
    }
    let users_sql =
        "INSERT INTO credited_users (site, id, name) SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING";
    let groups_sql =
        "INSERT INTO credited_groups (site, id, name) SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING";
    tokio::try_join!(biased; note(transaction, users_sql, users), note(transaction, groups_sql, groups)).map(drop)
}

async fn note(transaction: &Transaction<'_>, sql: &str, names: BTreeSet<(String, Uuid, String)>) -> Result<(), tokio_postgres::Error> {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = names.into_iter().collect();
    let columns: Columns<'_> =
        vec![column(&names, |name| name.0.clone()), column(&names, |name| name.1), column(&names, |name| name.2.clone())];
    let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
    transaction.execute(&transaction.prepare_cached(sql).await?, &parameters).await.map(drop)
}

/// The rows of one table as columns.
type Columns<'a> = Vec<Box<dyn ToSql + Sync + Send + 'a>>;

fn column<'a, T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Box<dyn ToSql + Sync + Send + 'a>
where
    V: ToSql + Sync + Send + 'a,
{
    Box::new(rows.iter().map(value).collect::<Vec<V>>())
}
