//! The handles of what the retention did.

use metrics::{Counter, Gauge, counter, gauge};

use super::{RETENTION_CALLS, RETENTION_FAILURES, RETENTION_HELD, RETENTION_LAST};
use crate::privacy::Tally;
use crate::telephony::Time;

/// What moves when calls are anonymised and deleted.
#[derive(Debug)]
pub struct RetentionMetrics {
    anonymised: Counter,
    deleted: Counter,
    held: Gauge,
    last: Gauge,
    failures: Counter,
}

impl RetentionMetrics {
    /// Made once, by whoever looks after it.
    pub(in crate::telemetry) fn new() -> Self {
        Self {
            anonymised: counter!(RETENTION_CALLS, "deed" => "anonymised"),
            deleted: counter!(RETENTION_CALLS, "deed" => "deleted"),
            held: gauge!(RETENTION_HELD),
            last: gauge!(RETENTION_LAST),
            failures: counter!(RETENTION_FAILURES),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "seconds and counts, for a chart")]
    pub(in crate::telemetry) fn ran(&self, tally: &Tally, at: Time) {
        self.anonymised.increment(tally.anonymised.calls);
        self.deleted.increment(tally.deleted.calls);
        self.held.set(tally.held.calls as f64);
        self.last.set(at.as_millis() as f64 / 1000.0);
    }

    pub(in crate::telemetry) fn failed(&self) {
        self.failures.increment(1);
    }
}
