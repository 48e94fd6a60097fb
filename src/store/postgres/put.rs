//! Call records into their rows: whole batches, each row of each table by one statement, and never a call twice.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use deadpool_postgres::{Client, Transaction};
use serde::Serialize;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::time::At;
use crate::record::CallRecord;
use crate::store::ReceivedRecord;
use crate::store::call_row::{keys, word};

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

/// The rows of one table as columns.
type Columns<'a> = Vec<Box<dyn ToSql + Sync + Send + 'a>>;

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
    let (_, claimed) = tokio::try_join!(transaction.execute(&site, &named), transaction.query(&claim, &claimed))?;
    let taken: BTreeMap<Uuid, bool> = claimed.iter().map(|row| (row.get(0), row.get(1))).collect();
    let replaced: Vec<Uuid> = taken.iter().filter(|(_, is_known)| **is_known).map(|(id, _)| *id).collect();
    let taken: Vec<&ReceivedRecord> = batch.into_iter().filter(|received| taken.contains_key(&received.record().id)).collect();
    if !replaced.is_empty() {
        for (table, column) in [("call_numbers", "call_id"), ("segments", "call_id"), ("calls", "id")] {
            transaction.execute(&format!("DELETE FROM {table} WHERE {column} = ANY($1)"), &[&replaced]).await?;
        }
    }
    if !taken.is_empty() {
        let mut statements = Vec::with_capacity(TABLES.len());
        for (sql, _) in TABLES {
            statements.push(transaction.prepare_cached(sql).await?);
        }
        let columns: Vec<Columns<'_>> = TABLES.iter().map(|(_, columns)| columns(&taken)).collect();
        let parameters: Vec<Vec<&(dyn ToSql + Sync)>> =
            columns.iter().map(|columns| columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect()).collect();
        let insert = |index: usize| transaction.execute(&statements[index], &parameters[index]);
        tokio::try_join!(insert(0), insert(1), insert(2), insert(3), insert(4))?;
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
    for (sql, columns) in &TABLES[1..4] {
        let columns = columns(&batch);
        let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
        transaction.execute(&transaction.prepare_cached(sql).await?, &parameters).await?;
    }
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

type Table = (&'static str, fn(&[&ReceivedRecord]) -> Columns<'static>);

/// A text for each table, and what it binds.
const TABLES: [Table; 5] = [
    (
        "INSERT INTO calls (id, site, pbx, direction, outcome, caller, dialled, trunk, started_at, answered_at, ended_at, start_uncertain, \
         end_uncertain, record, anonymised_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], \
         $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bool[], $13::bool[], $14::text[]::json[], $15::timestamptz[])",
        calls,
    ),
    (
        "INSERT INTO segments (call_id, call_started_at, site, seq, device, device_kind, agent, role, outcome, rule, user_id, group_id, \
         started_at, answered_at, ended_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::int[], $5::text[], \
         $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::uuid[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], \
         $15::timestamptz[])",
        segments,
    ),
    (
        "INSERT INTO call_numbers (call_id, call_started_at, site, reversed) \
         SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[])",
        numbers,
    ),
    (
        "INSERT INTO credited_users (site, id, name) SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING",
        credited_users,
    ),
    (
        "INSERT INTO credited_groups (site, id, name) SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING",
        credited_groups,
    ),
];

fn column<'a, T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Box<dyn ToSql + Sync + Send + 'a>
where
    V: ToSql + Sync + Send + 'a,
{
    Box::new(rows.iter().map(value).collect::<Vec<V>>())
}

/// So many characters of a text can be searched for: what is longer would not fit into an index.
const SEARCHED_MAX: usize = 256;

/// A text of PostgreSQL holds no NUL, and an index nothing long; the record itself keeps all.
pub(super) fn clean(text: &str) -> String {
    text.chars().take(SEARCHED_MAX).map(|letter| if letter == '\0' { '\u{fffd}' } else { letter }).collect()
}

fn cleaned(text: Option<&String>) -> Option<String> {
    text.map(|text| clean(text))
}

fn named<T: Serialize>(value: &T) -> String {
    word(value).unwrap_or_default()
}

fn calls(batch: &[&ReceivedRecord]) -> Columns<'static> {
    let records: Vec<&CallRecord> = batch.iter().map(|received| received.record()).collect();
    vec![
        column(&records, |record| record.id),
        column(&records, |record| clean(&record.site)),
        column(&records, |record| clean(&record.pbx)),
        column(&records, |record| named(&record.direction)),
        column(&records, |record| named(&record.outcome)),
        column(&records, |record| cleaned(record.caller.number.as_ref())),
        column(&records, |record| cleaned(record.dialled.number.as_ref())),
        column(&records, |record| cleaned(record.trunk.as_ref())),
        column(&records, |record| At::millisecond(record.started_at)),
        column(&records, |record| record.answered_at.map(At::millisecond)),
        column(&records, |record| At::millisecond(record.ended_at)),
        column(&records, |record| record.start_uncertain),
        column(&records, |record| record.end_uncertain),
        column(batch, |received| received.json().to_owned()),
        column(&records, |record| record.anonymised_at.map(At::millisecond)),
    ]
}

fn segments(batch: &[&ReceivedRecord]) -> Columns<'static> {
    let rows: Vec<_> = batch
        .iter()
        .flat_map(|received| {
            // A part's number is its place in the call: a foreign record that has one twice keeps the first.
            let mut seen = HashSet::new();
            let record = received.record();
            record.segments.iter().filter(move |segment| seen.insert(segment.seq)).map(move |segment| (record, segment))
        })
        .collect();
    vec![
        column(&rows, |(record, _)| record.id),
        column(&rows, |(record, _)| At::millisecond(record.started_at)),
        column(&rows, |(record, _)| clean(&record.site)),
        column(&rows, |(_, segment)| i32::try_from(segment.seq).unwrap_or(i32::MAX)),
        column(&rows, |(_, segment)| clean(&segment.device)),
        column(&rows, |(_, segment)| named(&segment.device_kind)),
        column(&rows, |(_, segment)| cleaned(segment.agent.as_ref())),
        column(&rows, |(_, segment)| named(&segment.role)),
        column(&rows, |(_, segment)| named(&segment.outcome)),
        column(&rows, |(_, segment)| named(&segment.attribution.rule)),
        column(&rows, |(_, segment)| segment.user.as_ref().map(|user| user.id)),
        column(&rows, |(_, segment)| segment.group.as_ref().map(|group| group.id)),
        column(&rows, |(_, segment)| At::millisecond(segment.started_at)),
        column(&rows, |(_, segment)| segment.answered_at.map(At::millisecond)),
        column(&rows, |(_, segment)| At::millisecond(segment.ended_at)),
    ]
}

fn numbers(batch: &[&ReceivedRecord]) -> Columns<'static> {
    let rows: Vec<(&CallRecord, String)> =
        batch.iter().flat_map(|received| keys(received.record()).into_iter().map(|key| (received.record(), clean(&key)))).collect();
    vec![
        column(&rows, |(record, _)| record.id),
        column(&rows, |(record, _)| At::millisecond(record.started_at)),
        column(&rows, |(record, _)| clean(&record.site)),
        column(&rows, |(_, key)| key.clone()),
    ]
}

fn credited_users(batch: &[&ReceivedRecord]) -> Columns<'static> {
    let parts = batch.iter().flat_map(|received| received.record().segments.iter().map(|segment| (&received.record().site, segment)));
    credited(parts.filter_map(|(site, segment)| segment.user.as_ref().map(|user| (clean(site), user.id, clean(&user.name)))).collect())
}

fn credited_groups(batch: &[&ReceivedRecord]) -> Columns<'static> {
    let parts = batch.iter().flat_map(|received| received.record().segments.iter().map(|segment| (&received.record().site, segment)));
    credited(parts.filter_map(|(site, segment)| segment.group.as_ref().map(|group| (clean(site), group.id, clean(&group.name)))).collect())
}

fn credited(rows: BTreeSet<(String, Uuid, String)>) -> Columns<'static> {
    let rows: Vec<_> = rows.into_iter().collect();
    vec![column(&rows, |row| row.0.clone()), column(&rows, |row| row.1), column(&rows, |row| row.2.clone())]
}
