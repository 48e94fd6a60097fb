//! What is looked at after every event.

use std::collections::BTreeSet;

use crate::telephony::{Event, Stamped, SwitchCallId};
use crate::tracker::call::{GAPS_MAX, HOLDS_MAX};
use crate::tracker::{Change, EndedCall, Limits, Tracker};

/// The indexes say what the calls say, and all bounds hold.
pub(super) fn assert_consistent(tracker: &Tracker, limits: Limits) {
    assert!(tracker.calls.len() <= limits.calls_max, "calls: {}", tracker.calls.len());
    assert!(tracker.devices.len() <= limits.devices_max, "devices: {}", tracker.devices.len());
    assert!(tracker.agents.logged_on() <= limits.devices_max, "agents: {}", tracker.agents.logged_on());
    tracker.agents.assert_one_to_one();
    let (mut open, mut numbers) = (0, 0);
    for (key, call) in &tracker.calls {
        assert!(!call.segments.is_empty(), "a call without anybody: {call:?}");
        assert!(call.segments.len() <= limits.segments_max, "segments: {}", call.segments.len());
        assert!(call.switch_calls.len() <= limits.segments_max, "switch calls: {}", call.switch_calls.len());
        assert!(call.gaps.len() <= GAPS_MAX, "gaps: {}", call.gaps.len());
        for id in call.numbers() {
            numbers += 1;
            assert_eq!(tracker.by_call.get(id), Some(key), "call {id}");
        }
        for segment in &call.segments {
            assert!(segment.holds.len() <= HOLDS_MAX, "holds: {}", segment.holds.len());
            if segment.is_open() {
                open += 1;
                assert_eq!(tracker.by_connection.get(&segment.connection), Some(&(*key, segment.key)), "{}", segment.connection);
            }
        }
    }
    assert_eq!(tracker.by_connection.len(), open, "connections that are nowhere");
    assert_eq!(tracker.by_call.len(), numbers, "calls that are nowhere");
}

/// Only a resync under way may hold a call of which nobody is there any more: others may still be told.
pub(super) fn assert_nothing_over(tracker: &Tracker) {
    for call in tracker.calls.values() {
        assert!(!call.is_over(), "over and not told: {call:?}");
    }
}

/// A call's times stand in their order, and its parts refer to each other.
pub(super) fn assert_sound(call: &EndedCall) {
    assert!(!call.segments.is_empty() && !call.switch_calls.is_empty());
    assert!(call.caller < call.segments.len());
    assert!(call.started_at <= call.ended_at);
    assert!(call.answered_at.is_none_or(|at| call.started_at <= at && at <= call.ended_at), "{call:#?}");
    assert!(call.segments.is_sorted_by_key(|s| s.started_at.to_millisecond()));
    assert!(call.gaps.iter().all(|(from, until)| from <= until), "{:?}", call.gaps);
    for segment in &call.segments {
        let (started, ended) = (segment.started_at, segment.ended_at);
        let told = segment.answered_at.unwrap_or(started);
        assert!(call.started_at <= started && ended <= call.ended_at);
        assert!(started <= told && told <= ended, "{segment:#?}");
        assert!(started <= segment.instant && segment.instant <= ended, "{segment:#?}");
        assert!(segment.ring_ms <= segment.answered_at.unwrap_or(ended).millis_since(started), "{segment:#?}");
        let mut free = told;
        for &(from, until) in &segment.holds {
            assert!(free <= from && from <= until && until <= ended, "{segment:#?}");
            free = until;
        }
        assert!(segment.holds.is_empty() || segment.answered_at.is_some());
        assert!(segment.transfer.and_then(|t| t.to).is_none_or(|to| to < call.segments.len()));
    }
}

/// A call that began is open until it is told as ended, or discarded.
#[derive(Default, Debug)]
pub(super) struct Ledger {
    open: BTreeSet<SwitchCallId>,
    told: BTreeSet<SwitchCallId>,
}

impl Ledger {
    /// What is discarded is no call and has no end.
    pub(super) fn before(&mut self, tracker: &Tracker, stamped: &Stamped) {
        if let Event::Discarded { call } = &stamped.event
            && let Some(call) = tracker.by_call.get(call).and_then(|key| tracker.calls.get(key))
        {
            self.told.extend(call.switch_calls.iter().cloned());
        }
    }

    pub(super) fn note(&mut self, change: &Change) {
        match change {
            Change::CallBegan { call, .. } => {
                self.open.insert(call.clone());
            }
            Change::CallEnded(call) => self.told.extend(call.switch_calls.iter().cloned()),
            _ => {}
        }
    }

    pub(super) fn after(&mut self, tracker: &Tracker) {
        let borne: BTreeSet<&SwitchCallId> = tracker.calls.values().flat_map(|call| &call.switch_calls).collect();
        let told = std::mem::take(&mut self.told);
        self.open.retain(|number| {
            assert!(borne.contains(number) || told.contains(number), "{number} vanished");
            borne.contains(number)
        });
    }
}
