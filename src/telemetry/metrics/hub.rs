//! The handles of the hub.

#![allow(clippy::disallowed_macros, reason = "a part of the one place where metrics are named")]

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{
    HUB_COMMIT, HUB_IN_FLIGHT, HUB_PENDING, HUB_QUARANTINE, HUB_QUARANTINED, HUB_RECORDS, HUB_RENEWALS, HUB_REPEATED, HUB_SITE_LAG,
    HUB_SITE_TOLD, HUB_UNCONFIRMED, HUB_UP, count,
};
use crate::store::postgres::Received;
use crate::telephony::Time;

/// Sites with gauges of their own; those beyond share the label `other`.
const SITES_MAX: usize = 20_000;

/// The handles of the hub.
#[derive(Debug)]
pub struct HubMetrics {
    up: [(&'static str, Gauge); 2],
    pending: Gauge,
    in_flight: Gauge,
    records: [(&'static str, Counter); 3],
    repeated: Counter,
    quarantined: Counter,
    quarantine: Gauge,
    commits: Histogram,
    unconfirmed: Counter,
    renewals: [(&'static str, Counter); 4],
    sites: Mutex<BTreeMap<String, Site>>,
}

#[derive(Clone, Debug)]
struct Site {
    lag: Gauge,
    told: Gauge,
}

impl Site {
    fn new(site: &str) -> Self {
        Self { lag: gauge!(HUB_SITE_LAG, "site" => site.to_owned()), told: gauge!(HUB_SITE_TOLD, "site" => site.to_owned()) }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of messages and seconds are far below 2^52")]
impl HubMetrics {
    /// All values from 0.
    pub fn new() -> Self {
        let metrics = Self {
            up: ["nats", "postgres"].map(|end| (end, gauge!(HUB_UP, "end" => end))),
            pending: gauge!(HUB_PENDING),
            in_flight: gauge!(HUB_IN_FLIGHT),
            records: ["stored", "replaced", "left"].map(|result| (result, counter!(HUB_RECORDS, "result" => result))),
            repeated: counter!(HUB_REPEATED),
            quarantined: counter!(HUB_QUARANTINED),
            quarantine: gauge!(HUB_QUARANTINE),
            commits: histogram!(HUB_COMMIT),
            unconfirmed: counter!(HUB_UNCONFIRMED),
            renewals: ["silent", "ended", "away", "closed"].map(|reason| (reason, counter!(HUB_RENEWALS, "reason" => reason))),
            sites: Mutex::default(),
        };
        metrics.up.iter().for_each(|(_, up)| up.set(0.0));
        metrics
    }

    pub(in crate::telemetry) fn up(&self, end: &str, is_up: bool) {
        if let Some((_, gauge)) = self.up.iter().find(|(name, _)| *name == end) {
            gauge.set(f64::from(u8::from(is_up)));
        }
    }

    pub(in crate::telemetry) fn waiting(&self, messages: u64, quarantined: Option<u64>) {
        self.pending.set(messages as f64);
        if let Some(quarantined) = quarantined {
            self.quarantine.set(quarantined as f64);
        }
    }

    pub(in crate::telemetry) fn taken(&self, messages: usize) {
        self.in_flight.increment(messages as f64);
    }

    pub(in crate::telemetry) fn released(&self, messages: usize) {
        self.in_flight.decrement(messages as f64);
    }

    pub(in crate::telemetry) fn stored(&self, received: &Received, took: Duration) {
        let each = [received.put.stored, received.put.replaced, received.put.left];
        for ((_, counter), records) in self.records.iter().zip(each) {
            counter.increment(records as u64);
        }
        self.repeated.increment(received.repeated as u64);
        self.quarantined.increment(received.aside);
        self.commits.record(took.as_secs_f64());
    }

    pub(in crate::telemetry) fn unconfirmed(&self, messages: usize) {
        self.unconfirmed.increment(messages as u64);
    }

    pub(in crate::telemetry) fn renewed(&self, reason: &str) {
        count(&self.renewals, reason);
    }

    pub(in crate::telemetry) fn site(&self, site: &str, told: Time, now: Time) {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let name = if sites.contains_key(site) || sites.len() < SITES_MAX { site } else { "other" };
        let gauges = sites.entry(name.to_owned()).or_insert_with(|| Site::new(name));
        gauges.lag.set(now.millis_since(told) as f64 / 1000.0);
        gauges.told.set(told.as_millis() as f64 / 1000.0);
    }
}

impl Default for HubMetrics {
    fn default() -> Self {
        Self::new()
    }
}
