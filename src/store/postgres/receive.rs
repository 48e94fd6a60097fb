//! What a hub took from the sites, in one transaction: records, the numbers that came, gaps, and what could not be read.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError, PutReport, put, rows};
use crate::record::LinkGap;
use crate::store::ReceivedRecord;
use crate::store::sequence::{self, Range};
use crate::telephony::{Scope, Time};

/// What is stored together or not at all. The same may be handed in again after any failure.
#[derive(Clone, Default, Debug)]
pub struct Delivery {
    /// Records of calls.
    pub records: Vec<ReceivedRecord>,
    /// Numbers that came, each with the end of what it tells of.
    pub numbers: BTreeMap<NumberedBy, BTreeMap<u64, Time>>,
    /// Gaps that began or ended.
    pub gaps: Vec<LinkGap>,
    /// What could not be read or stored.
    pub aside: Vec<PutAside>,
}

/// In what numbers run: the database file of a site.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NumberedBy {
    /// Name of the site.
    pub site: String,
    /// Made once for the file.
    pub source: Uuid,
}

/// A message that could not be read or stored, as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PutAside {
    /// The same for the same message.
    pub id: Uuid,
    /// The site, as the subject has it.
    pub site: Option<String>,
    /// The number, if it could be read.
    pub number: Option<(Uuid, u64)>,
    /// The subject.
    pub subject: String,
    /// All headers, a line each.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
    /// What is wrong.
    pub reason: String,
}

/// What became of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Received {
    /// Of its records.
    pub put: PutReport,
    /// Numbers that had come before.
    pub repeated: usize,
    /// Messages that are newly put aside.
    pub aside: u64,
}

impl Postgres {
    /// Stores what a hub took, all of it or, where it fails, nothing.
    pub async fn receive(&self, delivery: &Delivery) -> Result<Received, PostgresError> {
        let began = || delivery.records.iter().map(|received| received.record().started_at);
        if self.months().missing(began()) {
            self.make_months(began()).await?;
        }
        let mut client = self.client().await?;
        let work = async {
            let transaction = client.transaction().await?;
            let received = receive(&transaction, delivery).await?;
            transaction.commit().await?;
            Ok(received)
        };
        let outcome = timeout(self.patience, work).await;
        self.judge("store what sites sent", client, self.patience, outcome)
    }
}

async fn receive(transaction: &Transaction<'_>, delivery: &Delivery) -> Result<Received, tokio_postgres::Error> {
    let put = if delivery.records.is_empty() { PutReport::default() } else { put::put_in(transaction, &delivery.records).await? };
    gaps(transaction, &delivery.gaps).await?;
    let aside = put_aside(transaction, &delivery.aside).await?;
    let repeated = if delivery.numbers.is_empty() { 0 } else { numbers(transaction, &delivery.numbers).await? };
    Ok(Received { put, repeated, aside })
}

/// Notes numbers; how many had come before.
async fn numbers(
    transaction: &Transaction<'_>,
    numbers: &BTreeMap<NumberedBy, BTreeMap<u64, Time>>,
) -> Result<usize, tokio_postgres::Error> {
    let sites: Vec<&str> = numbers.keys().map(|by| by.site.as_str()).collect();
    let sources: Vec<Uuid> = numbers.keys().map(|by| by.source).collect();
    // Sorted, as the map is: two hubs that note the same sources wait for each other in turn.
    let lock = transaction
        .prepare_cached(
            "INSERT INTO sources (site, source) SELECT * FROM unnest($1::text[], $2::uuid[]) \
             ON CONFLICT (site, source) DO UPDATE SET heard_at = now()",
        )
        .await?;
    transaction.execute(&lock, &[&sites, &sources]).await?;
    let low: Vec<i64> = numbers.values().map(|came| came.keys().next().map_or(0, |number| signed(*number) - 1)).collect();
    let high: Vec<i64> =
        numbers.values().map(|came| came.keys().next_back().map_or(0, |number| signed(*number).saturating_add(1))).collect();
    let touching = transaction
        .prepare_cached(
            "SELECT there.site, there.source, first_seq, last_seq, first_at, last_at \
             FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[]) AS came (site, source, low, high) \
             JOIN received_ranges AS there ON there.site = came.site AND there.source = came.source AND last_seq >= low AND first_seq <= high",
        )
        .await?;
    let mut there: BTreeMap<NumberedBy, Vec<Range>> = BTreeMap::new();
    for row in transaction.query(&touching, &[&sites, &sources, &low, &high]).await? {
        let by = NumberedBy { site: row.get(0), source: row.get(1) };
        let (At(first_at), At(last_at)) = (row.get(4), row.get(5));
        let range = Range { first: row.get::<_, i64>(2).unsigned_abs(), last: row.get::<_, i64>(3).unsigned_abs(), first_at, last_at };
        there.entry(by).or_default().push(range);
    }

    let mut gone: Vec<(&NumberedBy, u64)> = Vec::new();
    let mut kept: Vec<(&NumberedBy, Range)> = Vec::new();
    let mut days: BTreeMap<(&NumberedBy, Date), i64> = BTreeMap::new();
    let mut repeated = 0;
    for (by, came) in numbers {
        let before = there.get(by).map_or(&[][..], Vec::as_slice);
        let merged = sequence::merge(before, came);
        repeated += came.len() - merged.fresh.len();
        for number in &merged.fresh {
            *days.entry((by, day(came[number]))).or_default() += 1;
        }
        let stays: BTreeSet<u64> = merged.ranges.iter().map(|range| range.first).collect();
        gone.extend(before.iter().filter(|range| !stays.contains(&range.first)).map(|range| (by, range.first)));
        kept.extend(merged.ranges.into_iter().filter(|range| !before.contains(range)).map(|range| (by, range)));
    }
    write_ranges(transaction, &gone, &kept).await?;
    write_days(transaction, &days).await?;
    Ok(repeated)
}

async fn write_ranges(
    transaction: &Transaction<'_>,
    gone: &[(&NumberedBy, u64)],
    kept: &[(&NumberedBy, Range)],
) -> Result<(), tokio_postgres::Error> {
    if !gone.is_empty() {
        let sites: Vec<&str> = gone.iter().map(|(by, _)| by.site.as_str()).collect();
        let sources: Vec<Uuid> = gone.iter().map(|(by, _)| by.source).collect();
        let firsts: Vec<i64> = gone.iter().map(|(_, first)| signed(*first)).collect();
        let delete = transaction
            .prepare_cached(
                "DELETE FROM received_ranges AS there USING unnest($1::text[], $2::uuid[], $3::bigint[]) AS gone (site, source, first) \
                 WHERE there.site = gone.site AND there.source = gone.source AND there.first_seq = gone.first",
            )
            .await?;
        transaction.execute(&delete, &[&sites, &sources, &firsts]).await?;
    }
    if kept.is_empty() {
        return Ok(());
    }
    let sites: Vec<&str> = kept.iter().map(|(by, _)| by.site.as_str()).collect();
    let sources: Vec<Uuid> = kept.iter().map(|(by, _)| by.source).collect();
    let firsts: Vec<i64> = kept.iter().map(|(_, range)| signed(range.first)).collect();
    let lasts: Vec<i64> = kept.iter().map(|(_, range)| signed(range.last)).collect();
    let firsts_at: Vec<At> = kept.iter().map(|(_, range)| At(range.first_at)).collect();
    let lasts_at: Vec<At> = kept.iter().map(|(_, range)| At(range.last_at)).collect();
    let insert = transaction
        .prepare_cached(
            "INSERT INTO received_ranges (site, source, first_seq, last_seq, first_at, last_at) \
             SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[]) \
             ON CONFLICT (site, source, first_seq) DO UPDATE SET last_seq = excluded.last_seq, last_at = excluded.last_at",
        )
        .await?;
    let parameters: [&(dyn ToSql + Sync); 6] = [&sites, &sources, &firsts, &lasts, &firsts_at, &lasts_at];
    transaction.execute(&insert, &parameters).await.map(drop)
}

async fn write_days(transaction: &Transaction<'_>, days: &BTreeMap<(&NumberedBy, Date), i64>) -> Result<(), tokio_postgres::Error> {
    if days.is_empty() {
        return Ok(());
    }
    let sites: Vec<&str> = days.keys().map(|(by, _)| by.site.as_str()).collect();
    let sources: Vec<Uuid> = days.keys().map(|(by, _)| by.source).collect();
    let dates: Vec<Date> = days.keys().map(|(_, day)| *day).collect();
    let entries: Vec<i64> = days.values().copied().collect();
    let upsert = transaction
        .prepare_cached(
            "INSERT INTO received_days (site, source, day, entries) \
             SELECT * FROM unnest($1::text[], $2::uuid[], $3::date[], $4::bigint[]) \
             ON CONFLICT (site, source, day) DO UPDATE SET entries = received_days.entries + excluded.entries",
        )
        .await?;
    transaction.execute(&upsert, &[&sites, &sources, &dates, &entries]).await.map(drop)
}

async fn gaps(transaction: &Transaction<'_>, gaps: &[LinkGap]) -> Result<(), tokio_postgres::Error> {
    // A gap is told when it begins and when it ends; one statement may not touch a row twice.
    let mut each: BTreeMap<(&str, &str, String, Time), Option<Time>> = BTreeMap::new();
    for gap in gaps {
        let until = each.entry((&gap.site, &gap.pbx, scope(&gap.scope), gap.from)).or_default();
        *until = until.or(gap.until);
    }
    if each.is_empty() {
        return Ok(());
    }
    let sites: Vec<&str> = each.keys().map(|key| key.0).collect();
    let pbxs: Vec<&str> = each.keys().map(|key| key.1).collect();
    let scopes: Vec<&str> = each.keys().map(|key| key.2.as_str()).collect();
    let began: Vec<At> = each.keys().map(|key| At(key.3)).collect();
    let ended: Vec<Option<At>> = each.values().map(|until| until.map(At)).collect();
    let upsert = transaction
        .prepare_cached(
            "INSERT INTO link_gaps (site, pbx, scope, began_at, ended_at) \
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) \
             ON CONFLICT (site, pbx, scope, began_at) DO UPDATE SET ended_at = coalesce(link_gaps.ended_at, excluded.ended_at)",
        )
        .await?;
    transaction.execute(&upsert, &[&sites, &pbxs, &scopes, &began, &ended]).await.map(drop)
}

async fn put_aside(transaction: &Transaction<'_>, aside: &[PutAside]) -> Result<u64, tokio_postgres::Error> {
    let mut each: Vec<&PutAside> = aside.iter().collect();
    each.sort_unstable_by_key(|message| message.id);
    let insert = transaction
        .prepare_cached(
            "INSERT INTO quarantine (id, site, source, seq, subject, headers, body, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (id) DO NOTHING",
        )
        .await?;
    let mut new = 0;
    for message in each {
        let (source, seq) = (message.number.map(|(source, _)| source), message.number.map(|(_, number)| signed(number)));
        let [site, subject, headers, reason] =
            [message.site.as_deref().unwrap_or_default(), &message.subject, &message.headers, &message.reason].map(rows::clean);
        let site = message.site.as_ref().map(|_| site);
        let parameters: [&(dyn ToSql + Sync); 8] = [&message.id, &site, &source, &seq, &subject, &headers, &message.body, &reason];
        new += transaction.execute(&insert, &parameters).await?;
    }
    Ok(new)
}

/// As the table has it.
fn scope(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Node(name) => rows::clean(&format!("node {name}")),
    }
}

/// The UTC day of a moment.
fn day(at: Time) -> Date {
    at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// As PostgreSQL has numbers; whoever reads them from messages refuses larger ones.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
