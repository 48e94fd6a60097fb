//! Every metric that this program has: name, unit, meaning. Handles are made once and handed down; nothing reaches for a name elsewhere.

#![allow(clippy::disallowed_macros, reason = "the one place where metrics are named")]

mod hub;
mod retention;

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

pub use hub::HubMetrics;
pub use retention::RetentionMetrics;

use crate::pbx::session::Status;
use crate::record::{CallRecord, Rule};
use crate::sink;
use crate::telephony::Time;

/// What a metric counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Its values fall into buckets.
    Histogram,
}

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name by the Prometheus conventions.
    pub name: &'static str,
    /// What it counts.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it means.
    pub about: &'static str,
    unit: Unit,
}

macro_rules! metrics {
    ($($constant:ident = $name:literal, $kind:ident, $unit:ident, $labels:expr, $about:literal;)*) => {
        $(const $constant: &str = $name;)*

        /// All metrics of this program, apart from those of the process (`process_…`).
        pub const ALL: &[Metric] = &[
            $(Metric { name: $name, kind: Kind::$kind, labels: &$labels, about: $about, unit: Unit::$unit },)*
        ];
    };
}

metrics! {
    BUILD_INFO = "strowger_build_info", Gauge, Count, ["version", "site"], "Always 1; the labels tell what runs where.";
    LINK_UP = "strowger_link_up", Gauge, Count, ["pbx"], "1 while in step with the PBX, else 0.";
    LINK_STATE = "strowger_link_state", Gauge, Count, ["pbx", "state"], "1 for the state that the link is in, 0 for the others: down, logging_in, resynchronising, in_step.";
    LINK_CONNECTS = "strowger_link_connects_total", Counter, Count, ["pbx"], "Connections that were opened.";
    LINK_FAILURES = "strowger_link_failures_total", Counter, Count, ["pbx", "kind"], "Connections that could not be made, were lost or given up, by why.";
    RESYNCS = "strowger_link_resyncs_total", Counter, Count, ["pbx"], "Times that the present state of the PBX was read.";
    MESSAGES = "strowger_pbx_messages_total", Counter, Count, ["pbx", "kind"], "Messages taken from the PBX.";
    MALFORMED = "strowger_pbx_malformed_total", Counter, Count, ["pbx"], "Lines and messages that could not be read and were skipped.";
    DEGRADED = "strowger_pbx_degraded_total", Counter, Count, ["pbx"], "Times that the PBX was found to give less than it could.";
    CALLS_OPEN = "strowger_calls_open", Gauge, Count, ["pbx"], "Calls under way, and those that ended and are not on disk yet.";
    CALLS = "strowger_calls_total", Counter, Count, ["pbx", "direction", "outcome"], "Calls that ended and are on disk.";
    SEGMENTS = "strowger_segments_total", Counter, Count, ["pbx", "rule"], "Segments of those calls, by the rule that credited them.";
    DEE_CONFLICTS = "strowger_dee_conflicts_total", Counter, Count, ["pbx"], "Segments credited to nobody because the device is a DEE member of two mains.";
    UNCERTAIN = "strowger_segments_uncertain_total", Counter, Count, ["pbx"], "Segments credited from knowledge that a gap may have made stale.";
    STRAY = "strowger_events_stray_total", Counter, Count, ["pbx"], "Events about connections that are not known.";
    OVERFLOWS = "strowger_calls_overflowed_total", Counter, Count, ["pbx"], "Calls closed as lost because too many were open.";
    AGENTS_LOGGED_ON = "strowger_agents_logged_on", Gauge, Count, ["pbx"], "Agents logged on.";
    RECORD_DURABLE = "strowger_record_durable_seconds", Histogram, Seconds, ["pbx"], "From the end of a call as seen here to its record on disk.";
    SPOOL_STALLED = "strowger_spool_stalled", Gauge, Count, [], "1 while nothing can be written to disk.";
    SPOOL_STALLS = "strowger_spool_stalls_total", Counter, Count, [], "Times that writing to disk began to fail.";
    SPOOL_QUEUE = "strowger_spool_queued", Gauge, Count, [], "What waits for the disk.";
    SPOOL_COMMIT = "strowger_spool_commit_seconds", Histogram, Seconds, [], "How long commits to disk took, tries included.";
    OUTBOX_ENTRIES = "strowger_outbox_entries", Gauge, Count, [], "Records and gaps on disk that some sink does not have yet.";
    OUTBOX_BYTES = "strowger_outbox_bytes", Gauge, Bytes, [], "What they take on disk, about.";
    OUTBOX_AGE = "strowger_outbox_oldest_age_seconds", Gauge, Seconds, [], "How long the oldest of them has waited.";
    OUTBOX_USED = "strowger_outbox_used_ratio", Gauge, Count, [], "How much of what may wait does wait, by size or age: at 1 nothing more is taken from the PBX.";
    JOURNAL = "strowger_journal_events", Gauge, Count, [], "Events in the journal since the last checkpoints.";
    PEOPLE_IMPORTS = "strowger_people_imports_total", Counter, Count, ["result"], "Imports of the people file by this daemon: done, unchanged, failed.";
    USERS = "strowger_users", Gauge, Count, [], "Users that the daemon knows.";
    SINK_STATE = "strowger_sink_state", Gauge, Count, ["sink", "state"], "1 for the state that the sink is in, 0 for the others: idle, delivering, failing, quarantine_full, disabled.";
    SINK_WAITING = "strowger_sink_waiting", Gauge, Count, ["sink"], "Messages that wait for the sink.";
    SINK_OLDEST = "strowger_sink_oldest_seconds", Gauge, Seconds, ["sink"], "Age of the oldest message that waits for the sink; 0 if none does.";
    SINK_ATTEMPTS = "strowger_sink_attempts_total", Counter, Count, ["sink"], "Batches handed to the destination.";
    SINK_FAILURES = "strowger_sink_failures_total", Counter, Count, ["sink"], "Batches that the destination did not take, or not wholly.";
    SINK_DELIVERED = "strowger_sink_delivered_total", Counter, Count, ["sink"], "Messages that the destination confirmed.";
    SINK_QUARANTINED = "strowger_sink_quarantined_total", Counter, Count, ["sink"], "Messages put into quarantine because the destination refused them for good.";
    SINK_QUARANTINE = "strowger_sink_quarantine", Gauge, Count, ["sink"], "Messages in quarantine.";
    RETENTION_CALLS = "strowger_retention_calls_total", Counter, Count, ["deed"], "Calls that were kept long enough, by what was done: anonymised, deleted; in each database.";
    RETENTION_HELD = "strowger_retention_held", Gauge, Count, [], "Calls that the last run left as they are because of a legal hold.";
    RETENTION_LAST = "strowger_retention_last_run_timestamp_seconds", Gauge, Seconds, [], "When the last run of this daemon began, in seconds since 1970.";
    RETENTION_FAILURES = "strowger_retention_failures_total", Counter, Count, [], "Runs that could not be done; they are tried again.";
    HUB_UP = "strowger_hub_up", Gauge, Count, ["end"], "Of the hub: 1 while that end works, else 0: nats (the stream), postgres.";
    HUB_PENDING = "strowger_hub_pending_messages", Gauge, Count, [], "Of the hub: messages in the stream that are not stored yet.";
    HUB_IN_FLIGHT = "strowger_hub_in_flight_messages", Gauge, Count, [], "Of the hub: messages taken by this hub and not stored yet.";
    HUB_RECORDS = "strowger_hub_records_total", Counter, Count, ["result"], "Of the hub: records committed: stored, replaced (one whose end was uncertain), left (there already).";
    HUB_REPEATED = "strowger_hub_repeated_total", Counter, Count, [], "Of the hub: numbered messages that had come before.";
    HUB_COMMIT = "strowger_hub_commit_seconds", Histogram, Seconds, [], "Of the hub: how long the transaction of a batch took.";
    HUB_UNCONFIRMED = "strowger_hub_acks_unconfirmed_total", Counter, Count, [], "Of the hub: acknowledgements that the server did not confirm; those messages come again.";
    HUB_RENEWALS = "strowger_hub_consumer_renewals_total", Counter, Count, ["reason"], "Of the hub: times that the consumer was made anew: silent (no heartbeat), ended (by the server), away (no server), closed.";
    HUB_QUARANTINED = "strowger_hub_quarantined_total", Counter, Count, [], "Of the hub: messages that it put into the quarantine.";
    HUB_QUARANTINE = "strowger_hub_quarantine_messages", Gauge, Count, [], "Of the hub: messages in the quarantine.";
    HUB_SITE_LAG = "strowger_hub_site_lag_seconds", Gauge, Seconds, ["site"], "Of the hub: from the end of the site's call committed last to its commit.";
    HUB_SITE_TOLD = "strowger_hub_site_told_timestamp_seconds", Gauge, Seconds, ["site"], "Of the hub: the end of the site's call committed last, in seconds since 1970.";
    RELOADS = "strowger_reloads_total", Counter, Count, ["result"], "Reloads asked for: done, failed.";
}

/// Seconds: a commit is a few milliseconds, a stall is minutes.
const DURABLE_BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0];

/// Sets the recorder up for the whole process and gives what renders it. Call once, before any handle is made.
pub fn install(site: &str) -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for name in [RECORD_DURABLE, SPOOL_COMMIT, HUB_COMMIT] {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), DURABLE_BUCKETS)?;
    }
    let handle = builder.install_recorder()?;
    describe();
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION"), "site" => site.to_owned()).set(1.0);
    Ok(handle)
}

fn describe() {
    for metric in ALL {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.unit, metric.about),
            Kind::Gauge => describe_gauge!(metric.name, metric.unit, metric.about),
            Kind::Histogram => describe_histogram!(metric.name, metric.unit, metric.about),
        }
    }
}

/// The handles of one PBX's link.
#[derive(Debug)]
pub struct LinkMetrics {
    pbx: String,
    up: Gauge,
    states: [(Status, Gauge); 4],
    connects: Counter,
    resyncs: Counter,
    messages: Vec<(&'static str, Counter)>,
    malformed: Counter,
    degraded: Counter,
}

impl LinkMetrics {
    /// For the PBX of this name. All values are there from the start, so that a rate can be told from nothing.
    pub fn new(pbx: &str) -> Self {
        let name = || pbx.to_owned();
        let state = |status| (status, gauge!(LINK_STATE, "pbx" => name(), "state" => state_name(status)));
        let metrics = Self {
            pbx: name(),
            up: gauge!(LINK_UP, "pbx" => name()),
            states: [state(Status::Down), state(Status::LoggingIn), state(Status::Resynchronising), state(Status::InStep)],
            connects: counter!(LINK_CONNECTS, "pbx" => name()),
            resyncs: counter!(RESYNCS, "pbx" => name()),
            messages: Vec::new(),
            malformed: counter!(MALFORMED, "pbx" => name()),
            degraded: counter!(DEGRADED, "pbx" => name()),
        };
        metrics.status(Status::Down);
        metrics
    }

    pub(super) fn status(&self, now: Status) {
        self.up.set(if now == Status::InStep { 1.0 } else { 0.0 });
        for (status, gauge) in &self.states {
            gauge.set(if *status == now { 1.0 } else { 0.0 });
        }
    }

    pub(super) fn connected(&self) {
        self.connects.increment(1);
    }

    pub(super) fn resynced(&self) {
        self.resyncs.increment(1);
    }

    /// `kind` is from a closed set, so the list stays short.
    pub(super) fn message(&mut self, kind: &'static str) {
        if let Some((_, counter)) = self.messages.iter().find(|(known, _)| *known == kind) {
            counter.increment(1);
        } else {
            let counter = counter!(MESSAGES, "pbx" => self.pbx.clone(), "kind" => kind);
            counter.increment(1);
            self.messages.push((kind, counter));
        }
    }

    pub(super) fn malformed(&self) {
        self.malformed.increment(1);
    }

    pub(super) fn degraded(&self) {
        self.degraded.increment(1);
    }

    pub(super) fn disconnected(&self, kind: &'static str) {
        counter!(LINK_FAILURES, "pbx" => self.pbx.clone(), "kind" => kind).increment(1);
    }
}

/// The handles of one PBX's calls.
#[derive(Debug)]
pub struct CallMetrics {
    pbx: String,
    open: Gauge,
    agents: Gauge,
    durable: Histogram,
    dee_conflicts: Counter,
    uncertain: Counter,
    stray: Counter,
    overflows: Counter,
}

impl CallMetrics {
    /// For the PBX of this name.
    pub fn new(pbx: &str) -> Self {
        let name = || pbx.to_owned();
        Self {
            pbx: name(),
            open: gauge!(CALLS_OPEN, "pbx" => name()),
            agents: gauge!(AGENTS_LOGGED_ON, "pbx" => name()),
            durable: histogram!(RECORD_DURABLE, "pbx" => name()),
            dee_conflicts: counter!(DEE_CONFLICTS, "pbx" => name()),
            uncertain: counter!(UNCERTAIN, "pbx" => name()),
            stray: counter!(STRAY, "pbx" => name()),
            overflows: counter!(OVERFLOWS, "pbx" => name()),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
    pub(super) fn calls_open(&self, calls: usize) {
        self.open.set(calls as f64);
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of agents are far below 2^52")]
    pub(super) fn agents_logged_on(&self, agents: usize) {
        self.agents.set(agents as f64);
    }

    pub(super) fn stray(&self) {
        self.stray.increment(1);
    }

    pub(super) fn overflowed(&self) {
        self.overflows.increment(1);
    }

    pub(super) fn ended(&self, record: &CallRecord, durable_after: Option<Duration>) {
        let (direction, outcome) = (word(&record.direction), word(&record.outcome));
        counter!(CALLS, "pbx" => self.pbx.clone(), "direction" => direction, "outcome" => outcome).increment(1);
        for segment in &record.segments {
            counter!(SEGMENTS, "pbx" => self.pbx.clone(), "rule" => word(&segment.attribution.rule)).increment(1);
            if segment.attribution.rule == Rule::None && segment.attribution.reason == "dee_conflict" {
                self.dee_conflicts.increment(1);
            }
            if segment.attribution.uncertain {
                self.uncertain.increment(1);
            }
        }
        if let Some(after) = durable_after {
            self.durable.record(after.as_secs_f64());
        }
    }
}

#[derive(Debug)]
struct OutboxGauges {
    entries: Gauge,
    bytes: Gauge,
    age: Gauge,
    used: Gauge,
}

/// The handles of one sink.
#[derive(Debug)]
pub struct SinkMetrics {
    states: [(sink::State, Gauge); 5],
    waiting: Gauge,
    oldest: Gauge,
    attempts: Counter,
    failures: Counter,
    delivered: Counter,
    quarantined: Counter,
    quarantine: Gauge,
}

impl SinkMetrics {
    /// For the sink of this name, all values from 0.
    pub fn new(sink: &str) -> Self {
        let name = || sink.to_owned();
        Self {
            states: sink::State::ALL.map(|state| (state, gauge!(SINK_STATE, "sink" => name(), "state" => state.name()))),
            waiting: gauge!(SINK_WAITING, "sink" => name()),
            oldest: gauge!(SINK_OLDEST, "sink" => name()),
            attempts: counter!(SINK_ATTEMPTS, "sink" => name()),
            failures: counter!(SINK_FAILURES, "sink" => name()),
            delivered: counter!(SINK_DELIVERED, "sink" => name()),
            quarantined: counter!(SINK_QUARANTINED, "sink" => name()),
            quarantine: gauge!(SINK_QUARANTINE, "sink" => name()),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of messages and milliseconds are far below 2^52")]
    pub(super) fn status(&self, status: &sink::Status, now: Time) {
        for (state, gauge) in &self.states {
            gauge.set(if *state == status.state { 1.0 } else { 0.0 });
        }
        self.waiting.set((status.depth.rows + status.depth.history) as f64);
        self.oldest.set(status.depth.oldest_at.map_or(0.0, |at| now.millis_since(at) as f64 / 1000.0));
        self.quarantine.set(status.quarantined as f64);
    }

    /// Nothing waits for a sink that is gone.
    pub(super) fn gone(&self) {
        self.states.iter().map(|(_, gauge)| gauge).chain([&self.waiting, &self.oldest]).for_each(|gauge| gauge.set(0.0));
    }

    pub(super) fn delivered(&self, count: u64) {
        self.delivered.increment(count);
    }

    pub(super) fn attempted(&self) {
        self.attempts.increment(1);
    }

    pub(super) fn failed(&self) {
        self.failures.increment(1);
    }

    pub(super) fn quarantined(&self) {
        self.quarantined.increment(1);
    }
}

/// The handles of the site: spool and people.
#[derive(Debug)]
pub struct SiteMetrics {
    stalled: Gauge,
    stalls: Counter,
    queue: Gauge,
    commits: Histogram,
    journal: Gauge,
    outbox: OutboxGauges,
    users: Gauge,
    imports: [(&'static str, Counter); 3],
    reloads: [(&'static str, Counter); 2],
}

impl SiteMetrics {
    /// All values from 0.
    pub fn new() -> Self {
        Self {
            stalled: gauge!(SPOOL_STALLED),
            stalls: counter!(SPOOL_STALLS),
            queue: gauge!(SPOOL_QUEUE),
            commits: histogram!(SPOOL_COMMIT),
            journal: gauge!(JOURNAL),
            outbox: OutboxGauges {
                entries: gauge!(OUTBOX_ENTRIES),
                bytes: gauge!(OUTBOX_BYTES),
                age: gauge!(OUTBOX_AGE),
                used: gauge!(OUTBOX_USED),
            },
            users: gauge!(USERS),
            imports: ["done", "unchanged", "failed"].map(|result| (result, counter!(PEOPLE_IMPORTS, "result" => result))),
            reloads: ["done", "failed"].map(|result| (result, counter!(RELOADS, "result" => result))),
        }
    }

    pub(super) fn stalled(&self, stalled: bool) {
        self.stalled.set(if stalled { 1.0 } else { 0.0 });
        if stalled {
            self.stalls.increment(1);
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
    pub(super) fn committed(&self, queued: usize, journal_events: u64, took: Duration) {
        self.queue.set(queued as f64);
        self.journal.set(journal_events as f64);
        self.commits.record(took.as_secs_f64());
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of rows and bytes are far below 2^52")]
    pub(super) fn outbox(&self, entries: u64, bytes: u64, oldest_age: Duration, used: f64) {
        self.outbox.entries.set(entries as f64);
        self.outbox.bytes.set(bytes as f64);
        self.outbox.age.set(oldest_age.as_secs_f64());
        self.outbox.used.set(used);
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of users are far below 2^52")]
    pub(super) fn users(&self, users: usize) {
        self.users.set(users as f64);
    }

    pub(super) fn imported(&self, result: &str) {
        count(&self.imports, result);
    }

    pub(super) fn reloaded(&self, result: &str) {
        count(&self.reloads, result);
    }
}

fn count(counters: &[(&'static str, Counter)], value: &str) {
    if let Some((_, counter)) = counters.iter().find(|(name, _)| *name == value) {
        counter.increment(1);
    }
}

impl Default for SiteMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// As logs, metrics and health call it.
pub fn state_name(status: Status) -> &'static str {
    match status {
        Status::Down => "down",
        Status::LoggingIn => "logging_in",
        Status::Resynchronising => "resynchronising",
        Status::InStep => "in_step",
    }
}

/// A word of the record's closed sets, as the record writes it.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// docs/metrics.md.
pub fn reference() -> String {
    let mut page = "\
# Metrics

<!-- Generated from src/telemetry/metrics.rs. A test holds it to the code. -->

Served at `/metrics` of the address in `[http]`, in the Prometheus text format. Labels come from closed sets or from the configuration;
a number, a name of a person or a call is never one. `process_…` (memory, processor, descriptors) come with them.

| metric | kind | labels | meaning |
| --- | --- | --- | --- |
"
    .to_owned();
    for metric in ALL {
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        page.extend(["| `", metric.name, "` | ", kind, " | ", &labels, " | ", metric.about, " |\n"]);
    }
    page
}
