//! Facts about the hub: each is one method that writes one log line and moves the metrics that go with it.

use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::metrics::HubMetrics;
use crate::store::postgres::Received;
use crate::telephony::Time;

/// Facts about the hub, for all its workers.
#[derive(Debug, Default)]
pub struct HubFacts {
    metrics: HubMetrics,
}

impl HubFacts {
    /// All counts from 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The process is up.
    pub fn started(&self, stream: &str, consumer: &str, http: &str) {
        info!(version = env!("CARGO_PKG_VERSION"), stream, consumer, http, "hub started");
    }

    /// The end began.
    pub fn stopping(&self, by: &str) {
        info!(by, "stopping: storing what is held");
    }

    /// The end.
    pub fn stopped(&self) {
        info!("stopped");
    }

    /// One of the two servers cannot be reached at the start.
    pub fn cannot_start_yet(&self, server: &str, why: &str) {
        warn!(server, error = why, "cannot begin yet; trying again");
    }

    /// Messages were taken from the stream.
    pub fn taken(&self, messages: usize) {
        self.metrics.taken(messages);
    }

    /// What was taken is stored, or given back.
    pub fn released(&self, messages: usize) {
        self.metrics.released(messages);
    }

    /// A batch is committed.
    pub fn stored(&self, received: &Received, took: Duration) {
        debug!(
            stored = received.put.stored,
            replaced = received.put.replaced,
            left = received.put.left,
            took_ms = took.as_secs_f64() * 1000.0,
            "stored a batch"
        );
        self.metrics.stored(received, took);
    }

    /// Something of a site is committed: the end of what it tells, and now.
    pub fn site(&self, site: &str, told: Time, now: Time) {
        self.metrics.site(site, told, now);
    }

    /// A message is in the quarantine.
    pub fn put_aside(&self, subject: &str, reason: &str) {
        warn!(subject, reason, "put a message into the quarantine: see the table `quarantine`");
    }

    /// The server did not confirm acknowledgements.
    pub fn unconfirmed(&self, messages: usize) {
        debug!(messages, "acknowledgements were not confirmed; the messages come again");
        self.metrics.unconfirmed(messages);
    }

    /// A consumer was found stale.
    pub fn renewed(&self, reason: &'static str, what: &str) {
        // Servers come and go; only silence is strange.
        if reason == "silent" {
            warn!(reason = what, "making the consumer anew");
        } else {
            info!(reason = what, "making the consumer anew");
        }
        self.metrics.renewed(reason);
    }

    /// The stream or its consumer cannot be had.
    pub fn stream_away(&self, why: &str) {
        error!(error = why, "nothing can be taken from the stream; trying again");
        self.metrics.up("nats", false);
    }

    /// They can be had again.
    pub fn stream_back(&self) {
        info!("taking from the stream");
        self.metrics.up("nats", true);
    }

    /// The database does not take anything.
    pub fn database_away(&self, why: &str, passing: bool) {
        let then = if passing { "trying again" } else { "it will not pass by itself; trying again all the same" };
        error!(error = why, "nothing can be stored, and nothing more is taken: {then}");
        self.metrics.up("postgres", false);
    }

    /// It does again.
    pub fn database_back(&self) {
        info!("storing in PostgreSQL");
        self.metrics.up("postgres", true);
    }

    /// What waits in the stream, and what is in the quarantine.
    pub fn waiting(&self, messages: u64, quarantined: Option<u64>) {
        self.metrics.waiting(messages, quarantined);
    }
}
