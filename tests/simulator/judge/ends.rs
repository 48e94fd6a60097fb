//! How a call began and ended, under which numbers, and which gaps its record notes.

use strowger::record::{CallOutcome, CallRecord, Direction, Role, Segment};
use strowger::telephony::Scope;

use super::trial::Trial;
use crate::windows::Window;

impl Trial<'_> {
    pub(super) fn beginning(&mut self, call: &CallRecord, record: &CallRecord) {
        let began = self.gap_at(call.started_at).map(|window| window.until);
        if let Some(until) = began.filter(|_| record.start_uncertain) {
            let fits = self.judge.not_after(call.started_at, record.started_at) && self.judge.not_after(record.started_at, until);
            self.allow("beginning not seen", fits, || {
                format!("start uncertain: {} in truth, {} in the record", call.started_at, record.started_at)
            });
            return;
        }
        self.same("start_uncertain", &call.start_uncertain, &record.start_uncertain);
        self.same_time("started_at", call.started_at, record.started_at);
        // What was dialled shows, and whether it leads outside, when somebody is called.
        let first_called = call.segments.get(1).map(|segment| segment.started_at);
        if first_called.is_some_and(|at| !self.is_seen(at)) && (call.dialled != record.dialled || call.direction != record.direction) {
            let fits = [&None, &call.dialled.number].contains(&&record.dialled.number)
                || call.segments.iter().any(|segment| Some(&segment.device) == record.dialled.number.as_ref());
            self.allow("dialling not seen", fits, || format!("dialled: {:?} in truth, {:?} in the record", call.dialled, record.dialled));
        } else {
            // Who came unseen may seem to have been called by the caller: then not everybody whom it called was outside.
            let came_unseen = call.segments.iter().any(|segment| segment.role != Role::Caller && !self.is_seen(segment.started_at));
            if came_unseen && (call.direction, record.direction) == (Direction::Outbound, Direction::Internal) {
                self.allowed.push("direction by what was seen");
            } else {
                self.same("direction", &call.direction, &record.direction);
            }
            self.same("dialled", &call.dialled, &record.dialled);
        }
        self.same("caller", &call.caller, &record.caller);
        if call.trunk != record.trunk {
            let unseen = call.segments.iter().any(|segment| !self.is_seen(segment.started_at));
            self.allow("trunk not seen", unseen, || format!("trunk: {:?} in truth, {:?} in the record", call.trunk, record.trunk));
        }
    }

    /// A number that a call got unseen may be missing.
    pub(super) fn numbers(&mut self, call: &CallRecord, record: &CallRecord) {
        if !self.judge.is_numbered || call.switch_calls == record.switch_calls {
            return;
        }
        let is_part = record.switch_calls.iter().all(|number| call.switch_calls.contains(number));
        let keeps_first = record.start_uncertain || record.switch_calls.first() == call.switch_calls.first();
        let unseen = call.segments.iter().any(|segment| !self.is_seen(segment.started_at) || !self.is_seen(segment.ended_at));
        self.allow("number not seen", is_part && keeps_first && unseen, || {
            format!("switch_calls: {:?} in truth, {:?} in the record", call.switch_calls, record.switch_calls)
        });
    }

    pub(super) fn end(&mut self, call: &CallRecord, record: &CallRecord) {
        match (call.answered_at, record.answered_at) {
            (Some(truly), Some(told)) if self.judge.near(truly, told) => {}
            (None, None) => {}
            (Some(truly), told) if !self.is_seen(truly) => {
                let until = self.gap_at(truly).map_or(truly, |window| window.until);
                let in_gap = |told| self.judge.not_after(truly, told) && self.judge.not_after(told, until);
                let later = |told| call.segments.iter().filter_map(|segment| segment.answered_at).any(|at| self.judge.near(at, told));
                let fits = told.is_none_or(|told| in_gap(told) || later(told));
                self.allow("answer not seen", fits, || format!("answered_at: {truly} in truth, {told:?} in the record"));
            }
            (truly, told) => self.wrong.push(format!("answered_at: {truly:?} in truth, {told:?} in the record")),
        }
        match self.end_gap(call, call.ended_at).map(|window| window.from) {
            Some(from) if record.end_uncertain => {
                let fits = self.judge.not_after(from.max(record.started_at), record.ended_at)
                    && self.judge.not_after(record.ended_at, call.ended_at.max(record.started_at));
                self.allow("end not seen", fits, || {
                    format!("end uncertain: {} in truth, {} in the record", call.ended_at, record.ended_at)
                });
                let outcome = if record.answered_at.is_some() { CallOutcome::Answered } else { CallOutcome::LinkLost };
                self.same("outcome", &outcome, &record.outcome);
            }
            _ => {
                self.same("end_uncertain", &call.end_uncertain, &record.end_uncertain);
                self.same_time("ended_at", call.ended_at, record.ended_at);
                let put_through = |record: &CallRecord| {
                    record.segments.iter().find(|s| s.role == Role::Caller).is_some_and(|caller| caller.answered_at.is_some())
                };
                let is_known = call.answered_at.is_some() == record.answered_at.is_some()
                    && put_through(call) == put_through(record)
                    && !record.start_uncertain;
                if is_known {
                    self.same("outcome", &call.outcome, &record.outcome);
                } else if call.outcome != record.outcome {
                    self.allowed.push("outcome by what was seen");
                }
            }
        }
    }

    /// Each gap is one that was; those in whose midst the call was there are all noted.
    pub(super) fn gaps(&mut self, call: &CallRecord, record: &CallRecord) {
        for gap in &record.gaps {
            let is_one = |window: &&Window| {
                self.judge.near(window.from, gap.from)
                    && (self.judge.near(window.until, gap.until) || window.is_in(gap.until) && self.judge.near(gap.until, record.ended_at))
            };
            if !self.judge.windows.iter().any(|window| is_one(&window)) {
                self.wrong.push(format!("gaps: there was none from {} to {}", gap.from, gap.until));
            }
        }
        for window in self.windows.clone() {
            // What only touched a node that it had left before is not concerned.
            let stays = |segment: &Segment| {
                let until = if window.scope == Scope::All { window.from } else { window.until };
                segment.started_at < window.from && until < segment.ended_at && window.scope.covers(&segment.device, None)
            };
            let was_there = call.segments.iter().any(stays);
            // What was given up before the resync was over says by its end that nothing was seen from there on.
            if was_there && record.end_uncertain && self.judge.near(record.ended_at, window.from) {
                self.allowed.push("gap at an uncertain end");
                continue;
            }
            if was_there && !record.gaps.iter().any(|gap| self.judge.near(gap.from, window.from)) {
                self.wrong.push(format!("gaps: that from {} is not noted", window.from));
            }
        }
    }
}
