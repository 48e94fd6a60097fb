//! Partitions by month: made ahead of the calls, never without end, and dropped with what is in them.

use std::collections::BTreeSet;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::time::At;
use crate::telephony::Time;

/// A month of UTC: year × 12 + month, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Month(i32);

impl Month {
    pub(super) fn of(time: Time) -> Self {
        let date = time.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
        Self(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// `calls_2026_11` without the table's name.
    fn parse(suffix: &str) -> Option<Self> {
        let (year, month) = suffix.split_once('_')?;
        let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
        (1..=12).contains(&month).then_some(Self(year * 12 + month - 1))
    }

    fn suffix(self) -> String {
        format!("{:04}_{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }

    /// Its first moment, as SQL understands it.
    fn start(self) -> String {
        format!("{:04}-{:02}-01T00:00:00Z", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }

    fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }
}

/// Months that get partitions of their own: so far back, and so far ahead, of the server's clock. Records from elsewhere go to the
/// default partition.
const BACK: i32 = 120;
const AHEAD: i32 = 2;

/// Which months have partitions, as far as this program knows.
#[derive(Default, Debug)]
pub(super) struct Months {
    known: BTreeSet<Month>,
    /// The server's month when it was last looked at.
    present: Option<Month>,
}

impl Months {
    /// What is missing for these calls and the months ahead; nothing is known yet, or the clock has gone on: everything.
    pub(super) fn missing(&self, calls: impl Iterator<Item = Time>) -> bool {
        let Some(present) = self.present else { return true };
        let mut calls = calls.map(Month::of);
        calls.any(|month| month > present || (is_within(month, present) && !self.known.contains(&month)))
    }
}

fn is_within(month: Month, present: Month) -> bool {
    (present.plus(-BACK)..=present.plus(AHEAD)).contains(&month)
}

/// Makes the partitions of these calls' months and of the months ahead, as far as they are within bounds.
pub(super) async fn make(client: &mut Client, calls: &BTreeSet<Month>) -> Result<Months, tokio_postgres::Error> {
    let row = client.query_one("SELECT now()", &[]).await?;
    let present = Month::of(row.get::<_, At>(0).0);
    let mut known = there(client).await?;
    let ahead = (0..=AHEAD).map(|months| present.plus(months));
    let wanted: BTreeSet<Month> = calls.iter().copied().filter(|month| is_within(*month, present)).chain(ahead).collect();
    for month in wanted.difference(&known.clone()) {
        let transaction = client.transaction().await?;
        transaction.execute("SELECT make_month($1::text::timestamptz)", &[&month.start()]).await?;
        transaction.commit().await?;
        known.insert(*month);
    }
    Ok(Months { known, present: Some(present) })
}

async fn there(client: &Client) -> Result<BTreeSet<Month>, tokio_postgres::Error> {
    let sql = "SELECT substr(child.relname, length('calls_') + 1) FROM pg_inherits \
               JOIN pg_class AS child ON child.oid = inhrelid WHERE inhparent = 'calls'::regclass";
    let rows = client.query(sql, &[]).await?;
    Ok(rows.iter().filter_map(|row| Month::parse(row.get(0))).collect())
}

/// So many ids are forgotten in one transaction.
const IDS_AT_ONCE: i64 = 10_000;

/// Drops every month that ended at `before` or earlier, and of the default partition what began before the first month kept.
/// Returns how many months were dropped. What began before is not taken again.
pub(super) async fn drop_before(client: &mut Client, before: Time) -> Result<usize, tokio_postgres::Error> {
    let first_kept = Month::of(before);
    // First of all nothing of that time may come in any more.
    let floor = "UPDATE retention SET kept_from = greatest(kept_from, $1::text::timestamptz)";
    client.execute(floor, &[&first_kept.start()]).await?;
    let old: Vec<Month> = there(client).await?.range(..first_kept).copied().collect();
    for month in &old {
        let suffix = month.suffix();
        forget_ids(client, &format!("calls_{suffix}"), first_kept).await?;
        let transaction = client.transaction().await?;
        transaction.batch_execute("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0").await?;
        for table in ["call_numbers", "segments", "calls"] {
            transaction.batch_execute(&format!("DROP TABLE {table}_{suffix}")).await?;
        }
        transaction.commit().await?;
    }
    forget_ids(client, "calls_default", first_kept).await?;
    let transaction = client.transaction().await?;
    for (table, column) in [("call_numbers", "call_started_at"), ("segments", "call_started_at"), ("calls", "started_at")] {
        let sql = format!("DELETE FROM {table}_default WHERE {column} < $1::text::timestamptz");
        transaction.execute(&sql, &[&first_kept.start()]).await?;
    }
    transaction.commit().await?;
    Ok(old.len())
}

/// Drops the months up to that moment's in which nothing is left; how many. What began in them may come again.
pub(super) async fn drop_empty_before(client: &mut Client, until: Time) -> Result<usize, tokio_postgres::Error> {
    let old: Vec<Month> = there(client).await?.range(..Month::of(until)).copied().collect();
    let mut dropped = 0;
    for month in old {
        match drop_if_empty(client, &month.suffix()).await {
            Ok(is_dropped) => dropped += usize::from(is_dropped),
            // Somebody works there without a pause: the next run finds it as empty.
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(dropped)
}

async fn drop_if_empty(client: &mut Client, suffix: &str) -> Result<bool, tokio_postgres::Error> {
    let is_left = format!("SELECT EXISTS (SELECT 1 FROM calls_{suffix})");
    if client.query_one(&is_left, &[]).await?.get(0) {
        return Ok(false);
    }
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0").await?;
    // So that nobody stores a call there between the look and the drop.
    transaction.batch_execute("LOCK TABLE calls, segments, call_numbers IN ACCESS EXCLUSIVE MODE").await?;
    if transaction.query_one(&is_left, &[]).await?.get(0) {
        return Ok(false);
    }
    for table in ["call_numbers", "segments", "calls"] {
        transaction.batch_execute(&format!("DROP TABLE {table}_{suffix}")).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

async fn forget_ids(client: &Client, partition: &str, first_kept: Month) -> Result<(), tokio_postgres::Error> {
    let sql = format!(
        "DELETE FROM call_ids WHERE id IN (SELECT gone.id FROM {partition} AS gone JOIN call_ids AS known \
         ON known.id = gone.id AND known.started_at = gone.started_at WHERE gone.started_at < $1::text::timestamptz LIMIT {IDS_AT_ONCE})"
    );
    while client.execute(&sql, &[&first_kept.start()]).await? > 0 {}
    Ok(())
}

/// Months of these calls, for [`make`].
pub(super) fn of(calls: impl Iterator<Item = Time>) -> BTreeSet<Month> {
    calls.map(Month::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months() {
        let month = |text: &str| Month::of(Time::parse(text).expect("a time"));
        assert_eq!(month("2026-11-30T23:59:59.999Z").suffix(), "2026_11");
        assert_eq!(month("2026-12-01T00:00:00Z").plus(1).start(), "2027-01-01T00:00:00Z");
        assert_eq!(Month::parse("2026_11"), Some(month("2026-11-01T00:00:00Z")));
        assert_eq!((Month::parse("default"), Month::parse("2026_13")), (None, None));
        let present = month("2026-11-22T00:00:00Z");
        let within = |text| is_within(month(text), present);
        assert_eq!([within("2027-01-31T00:00:00Z"), within("2027-02-01T00:00:00Z")], [true, false]);
        assert_eq!([within("2016-11-01T00:00:00Z"), within("1970-01-01T00:00:00Z")], [true, false]);
        assert!(!is_within(Month::of(Time::MIN), present), "no date is too odd");
    }
}
