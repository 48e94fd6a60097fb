//! What the spool reports, told: a call counts as ended once its record is on disk, not before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::health::Health;
use super::view::Viewed;
use crate::spool::{Report, State};
use crate::telemetry::fact::{CallFacts, SiteFacts};

/// How many calls of one PBX are under way, or ended and not on disk yet.
#[derive(Debug)]
pub(super) struct OpenCalls {
    pbx: usize,
    tracked: AtomicUsize,
    unwritten: AtomicUsize,
    agents: AtomicUsize,
    facts: Arc<CallFacts>,
    health: Arc<Health>,
}

impl OpenCalls {
    pub(super) fn new(pbx: usize, facts: Arc<CallFacts>, health: Arc<Health>) -> Self {
        Self { pbx, tracked: AtomicUsize::default(), unwritten: AtomicUsize::default(), agents: AtomicUsize::default(), facts, health }
    }

    /// `records` were handed to the spool.
    pub(super) fn handed_in(&self, records: usize) {
        self.unwritten.fetch_add(records, Ordering::Relaxed);
    }

    /// One of them is on disk.
    fn written(&self) {
        self.unwritten.fetch_sub(1, Ordering::Relaxed);
        self.tell();
    }

    /// What the tracker knows.
    pub(super) fn tracked(&self, calls: usize, agents: usize) {
        self.tracked.store(calls, Ordering::Relaxed);
        self.agents.store(agents, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        let calls = self.tracked.load(Ordering::Relaxed) + self.unwritten.load(Ordering::Relaxed);
        let agents = self.agents.load(Ordering::Relaxed);
        self.facts.calls_open(calls);
        self.facts.agents_logged_on(agents);
        if let Some(health) = self.health.pbx(self.pbx) {
            health.present(calls, agents);
        }
    }
}

/// Tells what the spool reports. Called on the writer's thread.
pub(super) struct Reporter {
    pub(super) site: Arc<SiteFacts>,
    pub(super) health: Arc<Health>,
    pub(super) pbxs: BTreeMap<String, (Arc<CallFacts>, Arc<OpenCalls>)>,
    pub(super) view: Option<Viewed>,
}

impl Reporter {
    pub(super) fn tell(&self, report: Report) {
        match report {
            Report::Committed(committed) => {
                for durable in &committed.records {
                    if let Some((facts, open)) = self.pbxs.get(&durable.record.pbx) {
                        facts.ended(&durable.record, Some(durable.waited));
                        open.written();
                    }
                    if let Some(view) = &self.view {
                        view.ended(&durable.record);
                    }
                }
                self.site.committed(committed.queued, committed.journal_events, committed.took);
            }
            Report::State(State::Ok) => {
                self.health.spool_stalled(None);
                self.site.spool_recovered();
            }
            Report::State(State::Stalled { since, error, .. }) => {
                self.site.spool_stalled(&error);
                self.health.spool_stalled(Some((since, error)));
            }
        }
    }
}
