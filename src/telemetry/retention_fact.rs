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
