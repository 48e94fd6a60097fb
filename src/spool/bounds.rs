//! How much may wait in the outbox, by size and by age, and what is said when it is too much.
//!
//! At a bound nothing is let go of: the writer takes nothing more until the sinks have caught up a little, so that whoever hands in
//! waits, then the link, then the PBX.

use std::fmt;
use std::time::Duration;

use rusqlite::Connection;

use crate::telephony::Time;

/// Once shut, it opens again when no more than so many per cent of what may wait do wait: not at every single entry.
const OPENS_AT_PERCENT: u64 = 95;

/// How many sinks are named.
const NAMED_MAX: usize = 3;

/// How much may wait in the outbox; 0: any amount.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Bounds {
    /// Bytes on disk, about.
    pub bytes_max: u64,
    /// How long the oldest may have waited.
    pub age_max: Duration,
}

impl Bounds {
    /// The part of what may wait that does wait, of the bound that is nearer: 0 for nothing, 1 at the bound, more beyond it.
    #[allow(clippy::cast_precision_loss, reason = "a part is shown with two digits")]
    pub fn used(&self, bytes: u64, oldest_at: Option<Time>, now: Time) -> f64 {
        let part = |of: u64, max: u64| if max == 0 { 0.0 } else { of as f64 / max as f64 };
        let age_ms = oldest_at.map_or(0, |oldest| now.millis_since(oldest));
        part(bytes, self.bytes_max).max(part(age_ms, millis(self.age_max)))
    }
}

/// Why nothing more is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Full {
    bytes: u64,
    oldest_at: Option<Time>,
    by_age: bool,
    bounds: Bounds,
    /// Those that are furthest behind, with how much waits for each.
    sinks: Vec<(String, u64)>,
}

impl Full {
    /// What can be done.
    pub(super) const TO_DO: &'static str =
        "mend that destination, or let go of what waits with `strowger sinks skip`, or raise `size_max_mib` or `age_max_days` of `[spool]`";
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_age {
            let days = self.bounds.age_max.as_secs() / 86_400;
            write!(f, "the outbox is too old: its bound is {days} days")?;
        } else {
            write!(f, "the outbox is full: {} MiB of {} MiB wait", self.bytes >> 20, self.bounds.bytes_max >> 20)?;
        }
        if let Some(oldest) = self.oldest_at {
            write!(f, ", the oldest since {oldest}")?;
        }
        for (number, (name, rows)) in self.sinks.iter().enumerate() {
            let word = if number == 0 { ": sink" } else { ", sink" };
            write!(f, "{word} {name:?} lacks {rows} entries")?;
        }
        write!(f, ": {}", Self::TO_DO)
    }
}

/// Lets the writer go on, or not.
#[derive(Debug)]
pub(super) struct Gate {
    bounds: Bounds,
    shut: bool,
}

impl Gate {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, shut: false }
    }

    /// Why nothing more may be written now; `None`: it may.
    pub(super) fn judge(&mut self, connection: &Connection, now: Time) -> rusqlite::Result<Option<Full>> {
        if self.bounds == Bounds::default() {
            return Ok(None);
        }
        let sql = "SELECT bytes, (SELECT at FROM outbox ORDER BY seq LIMIT 1) FROM outbox_head";
        let (bytes, oldest): (i64, Option<i64>) = connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (bytes, oldest_at) = (bytes.unsigned_abs(), oldest.map(Time::from_micros));
        let age_ms = oldest_at.map_or(0, |oldest| now.millis_since(oldest));
        let by_size = self.reaches(bytes, self.bounds.bytes_max);
        let by_age = self.reaches(age_ms, millis(self.bounds.age_max));
        self.shut = by_size || by_age;
        if !self.shut {
            return Ok(None);
        }
        let sql = "SELECT name, (SELECT seq FROM outbox_head) - cursor FROM sinks WHERE active = 1 ORDER BY cursor, name LIMIT ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let rows =
            statement.query_map([i64::try_from(NAMED_MAX).unwrap_or(1)], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        let mut sinks = rows.collect::<rusqlite::Result<Vec<(String, u64)>>>()?;
        sinks.retain(|(_, rows)| *rows > 0);
        Ok(Some(Full { bytes, oldest_at, by_age: !by_size, bounds: self.bounds, sinks }))
    }

    fn reaches(&self, value: u64, max: u64) -> bool {
        let bound = if self.shut { max / 100 * OPENS_AT_PERCENT + max % 100 * OPENS_AT_PERCENT / 100 } else { max };
        max > 0 && value >= bound
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_bound_counts() {
        let bounds = Bounds { bytes_max: 1000, age_max: Duration::from_secs(10) };
        let now = Time::from_millis(100_000);
        let used = |bytes, age_ms: i64| bounds.used(bytes, Some(Time::from_millis(100_000 - age_ms)), now);
        assert!((used(500, 1000) - 0.5).abs() < 1e-9);
        assert!((used(500, 9000) - 0.9).abs() < 1e-9);
        assert!(bounds.used(0, None, now).abs() < 1e-9);
        assert!(Bounds::default().used(u64::MAX, Some(Time::MIN), now).abs() < 1e-9, "without bounds any amount");
    }
}
