//! One call and its record: what was seen of it, and how what differs is noted.

use std::time::Duration;

use serde::Serialize;
use strowger::record::{CallOutcome, CallRecord, Role, Segment};
use strowger::telephony::{DeviceKind, Time};

use super::Judge;
use crate::compare;
use crate::windows::Window;

pub(super) fn is_outside(segment: &Segment) -> bool {
    segment.device_kind == DeviceKind::External
}

pub(super) fn apart(a: Time, b: Time) -> u64 {
    a.millis_since(b).max(b.millis_since(a))
}

/// One call and its record.
pub(super) struct Trial<'a> {
    pub(super) judge: &'a Judge,
    pub(super) windows: Vec<&'a Window>,
    pub(super) wrong: Vec<String>,
    pub(super) allowed: Vec<&'static str>,
}

impl Trial<'_> {
    /// The gap that covers a moment; where clocks that differ leave a choice, the one that is nearest to it.
    pub(super) fn gap_at(&self, at: Time) -> Option<&Window> {
        let is_in = |window: &&&Window| self.judge.not_after(window.from, at) && self.judge.not_after(at, window.until);
        let away = |window: &&&Window| window.from.millis_since(at).max(at.millis_since(window.until));
        self.windows.iter().filter(is_in).min_by_key(away).copied()
    }

    pub(super) fn is_seen(&self, at: Time) -> bool {
        self.gap_at(at).is_none()
    }

    /// Everything between these moments lies in one gap.
    pub(super) fn hides_all(&self, from: Time, until: Time) -> bool {
        let hides = |window: &&&Window| self.judge.not_after(window.from, from) && self.judge.not_after(until, window.until);
        self.windows.iter().any(|window| hides(&window))
    }

    /// It began unseen, and at the gap's end nobody rang or talked in it.
    pub(super) fn is_untold(&self, call: &CallRecord) -> bool {
        self.gap_at(call.started_at).is_some() && self.tone_gap(call).is_some()
    }

    /// The gap at whose end nobody rang or talked in the call: a resync tells of no tones.
    pub(super) fn tone_gap(&self, call: &CallRecord) -> Option<&Window> {
        let is_toned = |window: &&&Window| {
            let rings = |segment: &Segment| {
                segment.ring_ms > 0 && window.until <= segment.attribution.at.plus(Duration::from_millis(segment.ring_ms))
            };
            let rings_or_talks = |segment: &Segment| {
                segment.started_at <= window.until
                    && window.until <= segment.ended_at
                    && (rings(segment) || segment.queue_ms > 0 || segment.answered_at.is_some())
            };
            call.started_at <= window.until && window.until < call.ended_at && !call.segments.iter().any(rings_or_talks)
        };
        self.windows.iter().find(is_toned).copied()
    }

    /// The gap in which the end of something was not seen, where it was not.
    pub(super) fn end_gap(&self, call: &CallRecord, ended_at: Time) -> Option<&Window> {
        self.gap_at(ended_at).or_else(|| self.tone_gap(call))
    }

    /// The end of a consultation is where two calls become one.
    pub(super) fn ties_unseen(&self, truth: &Segment) -> bool {
        truth.role == Role::Consultation && !self.is_seen(truth.ended_at)
    }

    /// A further record of a number that the first does not have, tied to it by somebody who consulted and handed over, or made a
    /// conference, while nothing was seen.
    pub(super) fn is_tied_unseen(&mut self, call: &CallRecord, record: Option<&CallRecord>, further: &CallRecord) -> bool {
        let is_other = |number: &String| record.is_some_and(|record| !record.switch_calls.contains(number));
        let is_tied = further.switch_calls.iter().all(is_other) && call.segments.iter().any(|truth| self.ties_unseen(truth));
        if is_tied {
            self.allowed.push("tie not seen");
        }
        is_tied
    }

    pub(super) fn allow(&mut self, name: &'static str, holds: bool, otherwise: impl FnOnce() -> String) {
        if holds { self.allowed.push(name) } else { self.wrong.push(otherwise()) }
    }

    pub(super) fn same<T: PartialEq + Serialize>(&mut self, place: &str, truth: &T, record: &T) {
        if truth != record {
            let text = |value: &T| serde_json::to_string(value).expect("JSON");
            self.wrong.push(format!("{place}: {} in truth, {} in the record", text(truth), text(record)));
        }
    }

    pub(super) fn same_time(&mut self, place: &str, truth: Time, record: Time) {
        if !self.judge.near(truth, record) {
            self.same(place, &truth.to_string(), &record.to_string());
        }
    }

    pub(super) fn same_ms(&mut self, place: &str, truth: u64, record: u64) {
        if truth.abs_diff(record) > 2 * self.judge.tolerance_ms {
            self.same(place, &truth, &record);
        }
    }

    pub(super) fn call(&mut self, call: &CallRecord, record: &CallRecord) {
        if let Some(from) = self.undecided_at_restart(call).filter(|_| record.end_uncertain) {
            self.allowed.push("wrong number undecided at a restart");
            self.same_time("started_at", call.started_at, record.started_at);
            self.same("caller", &call.caller, &record.caller);
            self.same_time("ended_at", from, record.ended_at);
            return self.same("outcome", &CallOutcome::LinkLost, &record.outcome);
        }
        if self.windows.is_empty() && self.judge.tolerance_ms == 0 {
            let mut record = record.clone();
            if !self.judge.is_numbered && record.switch_calls.first() == call.switch_calls.first() {
                record.switch_calls.clone_from(&call.switch_calls);
            }
            self.wrong.extend(compare::difference(call, &record).into_iter().flat_map(|difference| difference.places));
            return;
        }
        self.same("site", &call.site, &record.site);
        self.same("pbx", &call.pbx, &record.pbx);
        if !self.is_half_seen(call) && self.is_untold(call) {
            // Of a call at a tone a trunk says that it is there, and nothing else.
            self.allowed.push("call at a tone after the gap");
            let is_known = |told: &Segment| call.segments.iter().any(|s| s.device == told.device || self.is_by_trunk(call, s, told));
            let fits = record.start_uncertain && record.answered_at.is_none() && record.segments.iter().all(is_known);
            if !fits {
                self.wrong.push("what is told of a call at a tone is more than can be known".to_owned());
            }
            return self.same_time("ended_at", call.ended_at, record.ended_at);
        }
        if self.is_half_seen(call) {
            self.allowed.push("half seen");
            return self.in_part(call, record);
        }
        if self.is_consulting(call) {
            self.allowed.push("consultation over a gap");
            return self.in_part(call, record);
        }
        self.beginning(call, record);
        self.numbers(call, record);
        self.end(call, record);
        self.gaps(call, record);
        self.segments(call, record);
    }
}
