//! What the database may lack of the sites: numbers that never came, and times when a PBX was out of sight.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError};
use crate::telephony::{Time, rfc3339};

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompletenessFilter {
    /// Only this site.
    pub site: Option<String>,
    /// First day, by UTC.
    pub first: Date,
    /// Last day.
    pub last: Date,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Completeness {
    /// By site and day; days of which nothing is known are not there.
    pub days: Vec<SiteDay>,
    /// Every site that was ever heard of.
    pub sites: Vec<SiteHeard>,
}

/// One day of one site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SiteDay {
    /// Name of the site.
    pub site: String,
    /// The UTC day in which calls and gaps ended.
    pub day: Date,
    /// Numbers that came, and those in the holes.
    pub expected: u64,
    /// Numbers that came: records and gaps.
    pub present: u64,
    /// Numbers in the holes. Where a hole reaches over midnight, its numbers count in both days.
    pub missing: u64,
    /// The holes.
    pub holes: Vec<Hole>,
    /// When PBXs were out of sight.
    pub link_gaps: Vec<OutOfSight>,
}

/// Numbers that have not come between some that have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hole {
    /// In what the numbers run.
    pub source: Uuid,
    /// First number that is missing.
    pub first: u64,
    /// Last number that is missing.
    pub last: u64,
    /// How many.
    pub missing: u64,
    /// How many of them came but are in the quarantine.
    pub quarantined: u64,
    /// What is missing ended about between here …
    #[serde(with = "rfc3339")]
    pub after: Time,
    /// … and here.
    #[serde(with = "rfc3339")]
    pub before: Time,
}

/// A time when a PBX, or a part of it, was out of sight.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutOfSight {
    /// Name of the PBX.
    pub pbx: String,
    /// `all`, or `node NAME`.
    pub scope: String,
    /// Last sign of life before.
    #[serde(with = "rfc3339")]
    pub from: Time,
    /// Back in step; `null`: not yet, as far as was told.
    #[serde(with = "rfc3339::option")]
    pub until: Option<Time>,
}

/// How far a site is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SiteHeard {
    /// Name of the site.
    pub site: String,
    /// When something of it was last stored.
    #[serde(with = "rfc3339")]
    pub heard_at: Time,
    /// The end of the newest call or gap of it.
    #[serde(with = "rfc3339")]
    pub told_until: Time,
}

impl Postgres {
    /// What may be lacking of these sites and days.
    pub async fn completeness(&self, filter: &CompletenessFilter) -> Result<Completeness, PostgresError> {
        let client = self.client().await?;
        let outcome = timeout(self.patience, ask(&client, filter)).await;
        self.judge("ask what is complete", client, self.patience, outcome)
    }

    /// How many messages are in the quarantine.
    pub async fn quarantined(&self) -> Result<u64, PostgresError> {
        let client = self.client().await?;
        let ask = async { client.query_one("SELECT count(*) FROM quarantine", &[]).await.map(|row| row.get::<_, i64>(0).unsigned_abs()) };
        let outcome = timeout(self.patience, ask).await;
        self.judge("count the quarantine", client, self.patience, outcome)
    }
}

async fn ask(client: &Client, filter: &CompletenessFilter) -> Result<Completeness, tokio_postgres::Error> {
    let (since, until) = (begin(filter.first), begin(filter.last.saturating_add(1.day())));
    let end = begin(filter.last).0;
    let mut days: BTreeMap<(String, Date), SiteDay> = BTreeMap::new();
    let mut of = |site: String, day: Date, change: &mut dyn FnMut(&mut SiteDay)| {
        let new = || SiteDay { site: site.clone(), day, expected: 0, present: 0, missing: 0, holes: Vec::new(), link_gaps: Vec::new() };
        change(days.entry((site.clone(), day)).or_insert_with(new));
    };
    let sql = "SELECT site, day, sum(entries)::bigint FROM received_days \
               WHERE day BETWEEN $1 AND $2 AND ($3::text IS NULL OR site = $3) GROUP BY site, day";
    for row in client.query(sql, &[&filter.first, &filter.last, &filter.site]).await? {
        of(row.get(0), row.get(1), &mut |day| day.present = row.get::<_, i64>(2).unsigned_abs());
    }
    let sql = "SELECT site, source, last_seq + 1, next_seq - 1, least(last_at, next_at), greatest(last_at, next_at), \
               (SELECT count(*) FROM quarantine WHERE quarantine.source = ranges.source AND seq BETWEEN last_seq + 1 AND next_seq - 1) \
               FROM (SELECT site, source, last_seq, last_at, lead(first_seq) OVER in_turn AS next_seq, lead(first_at) OVER in_turn AS next_at \
                     FROM received_ranges WHERE $3::text IS NULL OR site = $3 WINDOW in_turn AS (PARTITION BY site, source ORDER BY first_seq)) AS ranges \
               WHERE next_seq IS NOT NULL AND least(last_at, next_at) < $2 AND greatest(last_at, next_at) >= $1 ORDER BY site, source, last_seq";
    for row in client.query(sql, &[&since, &until, &filter.site]).await? {
        let (first, last) = (row.get::<_, i64>(2).unsigned_abs(), row.get::<_, i64>(3).unsigned_abs());
        let (At(after), At(before)) = (row.get(4), row.get(5));
        let missing = last - first + 1;
        let hole = Hole { source: row.get(1), first, last, missing, quarantined: row.get::<_, i64>(6).unsigned_abs(), after, before };
        for day in within(filter, after, before) {
            of(row.get(0), day, &mut |day| {
                day.missing += missing;
                day.holes.push(hole.clone());
            });
        }
    }
    let sql = "SELECT site, pbx, scope, began_at, ended_at FROM link_gaps WHERE began_at < $2 AND (ended_at IS NULL OR ended_at >= $1) \
               AND ($3::text IS NULL OR site = $3) ORDER BY site, began_at, pbx, scope";
    for row in client.query(sql, &[&since, &until, &filter.site]).await? {
        let (At(from), until) = (row.get(3), row.get::<_, Option<At>>(4).map(|At(until)| until));
        let gap = OutOfSight { pbx: row.get(1), scope: row.get(2), from, until };
        // One that lasts, as far as is known, is told with every day that is asked for.
        for day in within(filter, from, until.unwrap_or(end)) {
            of(row.get(0), day, &mut |day| day.link_gaps.push(gap.clone()));
        }
    }
    let sql = "SELECT sources.site, max(heard_at), max(last_at) FROM sources JOIN received_ranges USING (site, source) \
               WHERE $1::text IS NULL OR sources.site = $1 GROUP BY sources.site ORDER BY sources.site";
    let heard = |row: tokio_postgres::Row| {
        let (At(heard_at), At(told_until)) = (row.get(1), row.get(2));
        SiteHeard { site: row.get(0), heard_at, told_until }
    };
    let sites = client.query(sql, &[&filter.site]).await?.into_iter().map(heard).collect();
    let days = days.into_values().map(|day| SiteDay { expected: day.present + day.missing, ..day }).collect();
    Ok(Completeness { days, sites })
}

/// The first moment of a day.
fn begin(day: Date) -> At {
    let began = day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |began| began.timestamp());
    At(Time::from_micros(began.as_microsecond()))
}

/// The days asked for that lie between two moments, their own days included.
fn within(filter: &CompletenessFilter, from: Time, until: Time) -> impl Iterator<Item = Date> {
    let date = |at: Time| at.timestamp().to_zoned(TimeZone::UTC).date();
    let (first, last) = (date(from).max(filter.first), date(until).min(filter.last));
    first.series(1.day()).take_while(move |day| *day <= last)
}
