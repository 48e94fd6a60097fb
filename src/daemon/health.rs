//! How the daemon fares, for `/health` and for the one line that systemd shows. Written by the loops, read by whoever asks.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::pbx::session::Status;
use crate::privacy::Tally;
use crate::sink;
use crate::telemetry::metrics::state_name;
use crate::telephony::Time;

/// The whole.
#[derive(Debug)]
pub(super) struct Health {
    site: String,
    pbxs: Vec<PbxHealth>,
    spool: Mutex<Spool>,
    sinks: Mutex<BTreeMap<String, sink::Status>>,
    retention: Mutex<Option<RetentionReport>>,
    stopping: std::sync::atomic::AtomicBool,
}

/// One PBX.
#[derive(Debug)]
pub(super) struct PbxHealth {
    name: String,
    state: Mutex<State>,
}

#[derive(Clone, Debug)]
struct State {
    status: Status,
    since: Time,
    error: Option<String>,
    calls_open: usize,
    agents_logged_on: usize,
}

#[derive(Clone, Default, Debug)]
struct Spool {
    stalled: Option<(Time, String)>,
    outbox: Option<OutboxReport>,
}

/// What waits for the sinks.
#[derive(Clone, PartialEq, Serialize, Debug)]
pub(super) struct OutboxReport {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oldest_at: Option<String>,
    /// Of what may wait; at 100 nothing more is taken.
    pub(super) used_percent: u64,
}

/// What the retention did last.
#[derive(Clone, PartialEq, Default, Serialize, Debug)]
pub(super) struct RetentionReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    ran_at: Option<String>,
    anonymised: u64,
    deleted: u64,
    held: u64,
    /// Why it could not be done since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// Because the clock is doubted: both times, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waits: Option<String>,
}

impl RetentionReport {
    pub(super) fn of(tally: &Tally, at: Time) -> Self {
        let (anonymised, deleted, held) = (tally.anonymised.calls, tally.deleted.calls, tally.held.calls);
        Self { ran_at: Some(at.to_string()), anonymised, deleted, held, error: None, waits: None }
    }
}

/// What `/health/ready` answers.
#[derive(Serialize, Debug)]
pub(super) struct Report {
    pub(super) ready: bool,
    reasons: Vec<String>,
    site: String,
    version: &'static str,
    pbxs: Vec<PbxReport>,
    spool: SpoolReport,
    sinks: Vec<SinkReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<RetentionReport>,
}

#[derive(Serialize, Debug)]
struct PbxReport {
    name: String,
    state: &'static str,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    calls_open: usize,
    agents_logged_on: usize,
}

/// A destination that fails is no reason not to be ready: what is for it waits.
#[derive(Serialize, Debug)]
struct SinkReport {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    state: &'static str,
    since: String,
    waiting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<String>,
    quarantined: u64,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error_at: Option<String>,
}

impl SinkReport {
    fn of(status: &sink::Status) -> Self {
        let (at, error) = status.last_error.clone().unzip();
        Self {
            name: status.name.clone(),
            kind: status.kind.clone(),
            state: status.state.name(),
            since: status.since.to_string(),
            waiting: status.depth.rows + status.depth.history,
            oldest: status.depth.oldest_at.map(|at| at.to_string()),
            quarantined: status.quarantined,
            failures: status.failures,
            next_try_at: status.next_try_at.map(|at| at.to_string()),
            last_error: error,
            last_error_at: at.map(|at| at.to_string()),
        }
    }
}

#[derive(Serialize, Debug)]
struct SpoolReport {
    stalled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<OutboxReport>,
}

impl Health {
    pub(super) fn new<'a>(site: &str, pbxs: impl Iterator<Item = &'a str>, now: Time) -> Self {
        let state = State { status: Status::Down, since: now, error: None, calls_open: 0, agents_logged_on: 0 };
        let pbxs = pbxs.map(|name| PbxHealth { name: name.to_owned(), state: Mutex::new(state.clone()) }).collect();
        Self {
            site: site.to_owned(),
            pbxs,
            spool: Mutex::default(),
            sinks: Mutex::default(),
            retention: Mutex::default(),
            stopping: false.into(),
        }
    }

    /// The PBX at this place of the configuration.
    pub(super) fn pbx(&self, index: usize) -> Option<&PbxHealth> {
        self.pbxs.get(index)
    }

    pub(super) fn stopping(&self) {
        self.stopping.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// `None`: records are written.
    pub(super) fn spool_stalled(&self, stalled: Option<(Time, String)>) {
        lock(&self.spool).stalled = stalled;
    }

    pub(super) fn outbox(&self, outbox: OutboxReport) {
        lock(&self.spool).outbox = Some(outbox);
    }

    /// The retention did something, or could not.
    pub(super) fn retention(&self, change: impl FnOnce(&mut RetentionReport)) {
        change(lock(&self.retention).get_or_insert_default());
    }

    /// How a sink stands.
    pub(super) fn sink(&self, status: &sink::Status) {
        lock(&self.sinks).insert(status.name.clone(), status.clone());
    }

    /// Others are gone.
    pub(super) fn keep_sinks(&self, is_kept: impl Fn(&str) -> bool) {
        lock(&self.sinks).retain(|name, _| is_kept(name));
    }

    pub(super) fn report(&self) -> Report {
        let mut reasons = Vec::new();
        if self.stopping.load(std::sync::atomic::Ordering::Relaxed) {
            reasons.push("stopping".to_owned());
        }
        let pbxs = self.pbxs.iter().map(|pbx| pbx.report(&mut reasons)).collect();
        let Spool { stalled, outbox } = lock(&self.spool).clone();
        let spool = match stalled {
            None => SpoolReport { stalled: false, since: None, error: None, outbox },
            Some((since, error)) => {
                reasons.push(format!("records cannot be written since {since}: {error}"));
                SpoolReport { stalled: true, since: Some(since.to_string()), error: Some(error), outbox }
            }
        };
        let sinks = lock(&self.sinks).values().map(SinkReport::of).collect();
        let retention = lock(&self.retention).clone();
        let (ready, site) = (reasons.is_empty(), self.site.clone());
        Report { ready, reasons, site, version: env!("CARGO_PKG_VERSION"), pbxs, spool, sinks, retention }
    }

    /// One line: `asterisk in_step, 3 calls; records written`.
    pub(super) fn line(&self) -> String {
        let pbxs = self.pbxs.iter().map(|pbx| {
            let state = lock(&pbx.state);
            format!("{} {}, {} calls", pbx.name, state_name(state.status), state.calls_open)
        });
        let mut parts: Vec<String> = pbxs.collect();
        if lock(&self.spool).stalled.is_some() {
            parts.push("records cannot be written".to_owned());
        }
        parts.join("; ")
    }
}

impl PbxHealth {
    pub(super) fn status(&self, status: Status, now: Time) {
        let mut state = lock(&self.state);
        if state.status != status {
            state.status = status;
            state.since = now;
        }
        if status == Status::InStep {
            state.error = None;
        }
    }

    /// Why there is no connection.
    pub(super) fn error(&self, error: &str) {
        lock(&self.state).error = Some(error.to_owned());
    }

    pub(super) fn present(&self, calls_open: usize, agents_logged_on: usize) {
        let mut state = lock(&self.state);
        (state.calls_open, state.agents_logged_on) = (calls_open, agents_logged_on);
    }

    fn report(&self, reasons: &mut Vec<String>) -> PbxReport {
        let state = lock(&self.state).clone();
        if state.status != Status::InStep {
            let error = state.error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
            reasons.push(format!("PBX {} is {} since {}{error}", self.name, state_name(state.status), state.since));
        }
        PbxReport {
            name: self.name.clone(),
            state: state_name(state.status),
            since: state.since.to_string(),
            error: state.error,
            calls_open: state.calls_open,
            agents_logged_on: state.agents_logged_on,
        }
    }
}

/// What is behind these locks is whole at any moment, also after a panic of its holder.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_only_when_every_pbx_is_in_step_and_records_are_written() {
        let now = Time::from_millis(1_795_000_000_000);
        let health = Health::new("hq", ["one", "two"].into_iter(), now);
        assert!(!health.report().ready);
        for index in 0..2 {
            health.pbx(index).expect("there").status(Status::InStep, now);
        }
        assert!(health.report().ready);
        health.spool_stalled(Some((now, "no space left".to_owned())));
        let report = health.report();
        assert_eq!(report.reasons, [format!("records cannot be written since {now}: no space left")]);
        health.spool_stalled(None);
        let two = health.pbx(1).expect("there");
        two.error("refused");
        two.status(Status::Down, now);
        assert_eq!(health.report().reasons, [format!("PBX two is down since {now}: refused")]);
        assert_eq!(health.line(), "one in_step, 0 calls; two down, 0 calls");
    }
}
