//! How the hub fares: written by the workers, read by whoever asks, and shown as one line to systemd.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::daemon::pulse::Pulse;

/// One of the two ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Nats,
    Postgres,
}

/// The whole.
#[derive(Debug)]
pub(super) struct Health {
    ends: [Mutex<Result<(), String>>; 2],
    pending: AtomicU64,
    quarantined: AtomicU64,
    stopping: AtomicBool,
    pulses: Vec<Pulse>,
}

/// What `/health/ready` answers.
#[derive(Serialize, Debug)]
pub(super) struct Report {
    pub(super) ready: bool,
    reasons: Vec<String>,
    version: &'static str,
    pending_messages: u64,
    quarantined_messages: u64,
}

impl Health {
    pub(super) fn new(pulses: Vec<Pulse>) -> Self {
        let unknown = || Mutex::new(Err("not connected yet".to_owned()));
        let (pending, quarantined) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { ends: [unknown(), unknown()], pending, quarantined, stopping: AtomicBool::new(false), pulses }
    }

    /// How an end is now; true if that is news: well or not, or another reason.
    pub(super) fn set(&self, end: End, state: Result<(), String>) -> bool {
        let mut held = self.end(end);
        let is_news = *held != state;
        *held = state;
        is_news
    }

    pub(super) fn set_waiting(&self, pending: u64, quarantined: Option<u64>) {
        self.pending.store(pending, Ordering::Relaxed);
        if let Some(quarantined) = quarantined {
            self.quarantined.store(quarantined, Ordering::Relaxed);
        }
    }

    pub(super) fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn pulses(&self) -> &[Pulse] {
        &self.pulses
    }

    pub(super) fn report(&self) -> Report {
        let mut reasons = Vec::new();
        for (end, name) in [(End::Nats, "NATS"), (End::Postgres, "PostgreSQL")] {
            if let Err(why) = &*self.end(end) {
                reasons.push(format!("{name}: {why}"));
            }
        }
        if self.stopping.load(Ordering::Relaxed) {
            reasons.push("stopping".to_owned());
        }
        Report {
            ready: reasons.is_empty(),
            reasons,
            version: env!("CARGO_PKG_VERSION"),
            pending_messages: self.pending.load(Ordering::Relaxed),
            quarantined_messages: self.quarantined.load(Ordering::Relaxed),
        }
    }

    /// For systemd.
    pub(super) fn line(&self) -> String {
        let report = self.report();
        if report.ready { format!("{} messages wait", report.pending_messages) } else { report.reasons.join("; ") }
    }

    fn end(&self, end: End) -> MutexGuard<'_, Result<(), String>> {
        self.ends[end as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
