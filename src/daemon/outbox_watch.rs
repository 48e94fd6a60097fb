//! Looks at the outbox now and then: metrics, health, and a warning before it is full.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::clock::SystemClock;
use super::health::{Health, OutboxReport};
use crate::spool::outbox::Overview;
use crate::spool::{Bounds, Outbox};
use crate::telemetry::fact::SiteFacts;
use crate::telephony::Time;

/// So often.
const EVERY: Duration = Duration::from_secs(2);

/// From this part of what may wait on it is warned of …
const WARNS_AT: f64 = 0.8;

/// … until it is less than this.
const CALMS_AT: f64 = 0.7;

pub(super) struct OutboxWatch {
    outbox: Outbox,
    bounds: Bounds,
    facts: Arc<SiteFacts>,
    health: Arc<Health>,
    clock: SystemClock,
    warned: bool,
}

impl OutboxWatch {
    pub(super) fn new(outbox: Outbox, bounds: Bounds, facts: Arc<SiteFacts>, health: Arc<Health>, clock: SystemClock) -> Self {
        Self { outbox, bounds, facts, health, clock, warned: false }
    }

    pub(super) async fn run(mut self) {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let outbox = self.outbox.clone();
            // A database that cannot be read is told by the writer.
            if let Ok(Ok(overview)) = tokio::task::spawn_blocking(move || outbox.overview()).await {
                self.tell(&overview, self.clock.now().wall);
            }
        }
    }

    fn tell(&mut self, overview: &Overview, now: Time) {
        let used = self.bounds.used(overview.bytes, overview.oldest_at, now);
        let age = overview.oldest_at.map_or(0, |oldest| now.millis_since(oldest));
        self.facts.outbox(overview.rows, overview.bytes, Duration::from_millis(age), used);
        let used_percent = percent(used);
        self.health.outbox(OutboxReport {
            entries: overview.rows,
            bytes: overview.bytes,
            oldest_at: overview.oldest_at.map(|oldest| oldest.to_string()),
            used_percent,
        });
        if !self.warned && used >= WARNS_AT {
            self.warned = true;
            let slowest = overview.sinks.iter().filter(|sink| sink.active).max_by_key(|sink| sink.depth.rows);
            let waits_for = slowest.map_or("", |sink| sink.name.as_str());
            self.facts.outbox_nearly_full(overview.rows, overview.bytes, used_percent, waits_for);
        } else if self.warned && used < CALMS_AT {
            self.warned = false;
            self.facts.outbox_has_room(used_percent);
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shown only; beyond any bound it saturates")]
fn percent(used: f64) -> u64 {
    (used * 100.0) as u64
}
