//! Facts about the sinks: each is one log line and the metrics that go with it.

use tracing::{debug, error, info, warn};

use super::metrics::SinkMetrics;
use crate::sink::Report;
use crate::telephony::Time;

/// Facts about one sink.
#[derive(Debug)]
pub struct SinkFacts {
    metrics: SinkMetrics,
}

impl SinkFacts {
    /// For the sink of this name.
    pub fn new(sink: &str) -> Self {
        Self { metrics: SinkMetrics::new(sink) }
    }

    /// What its loop tells.
    pub fn report(&self, report: &Report<'_>, now: Time) {
        match report {
            Report::Status(status) => self.metrics.status(status, now),
            Report::Attempted => self.metrics.attempted(),
            Report::Delivered { sink, count } => {
                self.metrics.delivered(*count);
                debug!(sink, count, "delivered");
            }
            Report::Failed { sink, why, wait, failures } => {
                self.metrics.failed();
                let wait_s = wait.as_secs_f64();
                // Once loudly: that it goes on is seen in metrics and health.
                if *failures <= 1 {
                    warn!(sink, error = why, wait_s, "the destination fails; nothing is lost, it is tried again");
                } else {
                    debug!(sink, error = why, wait_s, failures, "the destination still fails");
                }
            }
            Report::Recovered { sink } => info!(sink, "the destination works again"),
            Report::Quarantined { sink, message_id, why } => {
                self.metrics.quarantined();
                error!(
                    sink,
                    message_id,
                    error = why,
                    "the destination refuses this message; it is in quarantine (`strowger sinks quarantine`), the others go on"
                );
            }
            Report::QuarantineFull { sink, why, is_news } => {
                self.metrics.failed();
                if *is_news {
                    error!(sink, error = why, "the sink stops: its quarantine is full; nothing is lost, what is for it waits");
                } else {
                    debug!(sink, error = why, "the quarantine is still full");
                }
            }
            Report::QuarantineHasRoom { sink } => info!(sink, "there is room in the quarantine: the sink goes on"),
            Report::Disabled { sink, why } => {
                error!(sink, error = why, "disabled; what is for it waits until `strowger sinks enable`");
            }
        }
    }

    /// The sink is no longer configured.
    pub fn gone(&self) {
        self.metrics.gone();
    }
}
