//! Facts about the retention.

use tracing::{error, info, warn};

use super::metrics::RetentionMetrics;
use crate::privacy::Tally;
use crate::telephony::Time;

/// What became of calls that were kept long enough.
#[derive(Debug)]
pub struct RetentionFacts {
    metrics: RetentionMetrics,
}

impl RetentionFacts {
    /// With its metrics.
    pub fn new() -> Self {
        Self { metrics: RetentionMetrics::new() }
    }

    /// A run over one database is over.
    pub fn ran(&self, database: &str, tally: &Tally, at: Time) {
        self.metrics.ran(tally, at);
        let Tally { anonymised, deleted, held, unreadable } = tally;
        let (anonymised, deleted, held, unreadable) = (anonymised.calls, deleted.calls, held.calls, unreadable.calls);
        info!(database, anonymised, deleted, held, unreadable, "calls that were kept long enough are anonymised and deleted");
    }

    /// The last run is noted at a moment that has not come yet.
    pub fn noted_ahead(&self, last: Time, now: Time) {
        let (last, now) = (last.to_string(), now.to_string());
        warn!(
            last,
            now, "the last run of the retention is noted in the future, as if the clock had been ahead: its next run counts from now on"
        );
    }

    /// There is no note of a run, and the clock has not gone on for long.
    pub fn first_waits(&self, now: Time) {
        let now = now.to_string();
        info!(
            now,
            "no run of the retention is noted yet: it begins at its time of day once the clock has gone on steadily for a day, because a \
             clock that is ahead would delete too much"
        );
    }

    /// The last run is so far back that the clock may be wrong.
    pub fn waits(&self, last: Time, now: Time, until: Time, by_hand: &str) {
        let (last, now, until) = (last.to_string(), now.to_string(), until.to_string());
        warn!(
            last,
            now,
            until,
            "the last run of the retention is far back: this machine was off so long, or its clock is ahead, by which too much would be \
             deleted. The next run waits until the clock has gone on so for a day. If the clock is wrong, set it; if it is right, {by_hand}"
        );
    }

    /// The clock was set, or somebody has done the run.
    pub fn waits_no_longer(&self) {
        info!("by the clock as it is now the last run of the retention is not far back: the next one comes as usual");
    }

    /// Nobody has set the clock.
    pub fn waited(&self) {
        info!("the clock has gone on steadily for a day: the run of the retention is done by it");
    }

    /// It could not be done; it is tried again.
    pub fn failed(&self, error: &str) {
        self.metrics.failed();
        error!(error, "calls that were kept long enough cannot be anonymised or deleted; it is tried again");
    }
}

impl Default for RetentionFacts {
    fn default() -> Self {
        Self::new()
    }
}
