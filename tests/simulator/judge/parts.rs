//! Calls of which only a part can be known.

use strowger::record::{CallOutcome, CallRecord, Role, Segment};
use strowger::telephony::{Scope, Time};

use super::trial::{Trial, is_outside};
use crate::windows::Window;

/// How long somebody may listen to the tone after a wrong number.
const TONE_MS: u64 = 30_000;

impl Trial<'_> {
    /// While one node was out of sight, the call went on at others, too.
    pub(super) fn is_half_seen(&self, call: &CallRecord) -> bool {
        let halves = |window: &&&Window| {
            let is_hidden = |segment: &&Segment| window.scope.covers(&segment.device, None);
            let here = || call.segments.iter().filter(|s| s.started_at <= window.until && window.from <= s.ended_at);
            window.scope != Scope::All && here().any(|s| is_hidden(&s) || is_outside(s)) && here().any(|s| !is_hidden(&s))
        };
        self.windows.iter().any(|window| halves(&window))
    }

    /// Somebody in it had two calls at once when nothing was seen: which of them led to what cannot be told afterwards.
    pub(super) fn is_consulting(&self, call: &CallRecord) -> bool {
        let consults = |window: &Window| {
            call.segments.iter().any(|s| s.role == Role::Consultation && s.started_at <= window.until && window.from <= s.ended_at)
        };
        self.windows.iter().any(|window| consults(window))
    }

    /// Of such a call what is told of somebody is true, but may be only a part; what was in sight throughout is told as it was.
    pub(super) fn in_part(&mut self, call: &CallRecord, record: &CallRecord) {
        for told in &record.segments {
            let is_true = |truth: &&Segment| {
                let is_same = truth.device == told.device || self.is_by_trunk(call, truth, told);
                let began = self.judge.near(truth.started_at, told.started_at)
                    || !self.is_seen(told.started_at) && self.judge.not_after(truth.started_at, told.started_at);
                let ended = self.judge.not_after(told.ended_at, truth.ended_at) || !self.is_seen(truth.ended_at);
                is_same && began && ended
            };
            if !call.segments.iter().any(|truth| is_true(&truth)) {
                self.wrong.push(format!("segment {}: {} was not there so, and the call is known in part", told.seq, told.device));
            }
        }
        // Who came and went in sight, on either side of the gap, is told as it was.
        for truth in &call.segments {
            if !self.is_seen(truth.started_at) || !self.is_seen(truth.ended_at) {
                continue;
            }
            let is_told = |told: &&Segment| {
                told.device == truth.device
                    && self.judge.near(truth.started_at, told.started_at)
                    && self.judge.near(truth.ended_at, told.ended_at)
                    && truth.user == told.user
            };
            let hides = |window: &&&Window| truth.started_at < window.from && window.until < truth.ended_at;
            if !record.segments.iter().any(|told| is_told(&told)) && !self.windows.iter().any(|window| hides(&window)) {
                self.wrong.push(format!("segment {}: {} is missing, and was in sight", truth.seq, truth.device));
            }
        }
        if self.is_seen(call.started_at) {
            self.same_time("started_at", call.started_at, record.started_at);
            self.same("start_uncertain", &call.start_uncertain, &record.start_uncertain);
            self.same("caller", &call.caller, &record.caller);
        }
        if self.is_seen(call.ended_at) && !record.end_uncertain {
            self.same_time("ended_at", call.ended_at, record.ended_at);
        }
    }

    /// What nobody was reached by is held back for as long as a tone may last, and who holds it back is gone after a restart.
    pub(super) fn undecided_at_restart(&self, call: &CallRecord) -> Option<Time> {
        let is_wrong_number = call.outcome == CallOutcome::Failed && call.segments.len() == 1;
        let is_near = |from: &&Time| call.ended_at <= **from && from.millis_since(call.ended_at) <= TONE_MS;
        self.judge.restarts.iter().find(is_near).copied().filter(|_| is_wrong_number)
    }
}
