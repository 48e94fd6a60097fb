//! Who was in a call: each part that was seen is told as it was, with whom it is credited to.

use std::time::Duration;

use strowger::record::{Attribution, CallOutcome, CallRecord, LeftBy, Role, Segment, SegmentOutcome};
use strowger::telephony::{DeviceKind, Time};

use super::trial::{Trial, is_outside};
use crate::windows::Window;

impl Trial<'_> {
    pub(super) fn segments(&mut self, call: &CallRecord, record: &CallRecord) {
        let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
        let mut free: Vec<usize> = (0..record.segments.len()).collect();
        // Who came at a seen moment is known by it; who is left is paired in order.
        let mut found: Vec<Option<usize>> = call
            .segments
            .iter()
            .map(|segment| {
                let is_it = |&index: &usize| {
                    let told = &record.segments[index];
                    told.device == segment.device
                        && self.judge.near(told.started_at, segment.started_at)
                        && told.device_kind == segment.device_kind
                };
                let place = free.iter().position(is_it)?;
                Some(free.remove(place))
            })
            .collect();
        for by_role in [true, false] {
            for (place, segment) in call.segments.iter().enumerate() {
                let is_it = |&index: &usize| {
                    let told = &record.segments[index];
                    (told.device == segment.device || self.is_by_trunk(call, segment, told))
                        && (told.role == segment.role || !by_role)
                        && self.judge.not_after(segment.started_at, told.started_at)
                        && self.judge.not_after(told.started_at, segment.ended_at)
                };
                if found[place].is_none() {
                    found[place] = free.iter().position(is_it).map(|place| free.remove(place));
                }
            }
        }
        pairs.extend(found.into_iter().enumerate());
        for index in free {
            let told = &record.segments[index];
            self.allow("outside party again by its trunk", self.is_again_by_trunk(call, told), || {
                format!("segment {}: {} was not there so", told.seq, told.device)
            });
        }
        let seq_of = |to: Option<u32>| {
            let place = to.and_then(|to| usize::try_from(to).ok())?.checked_sub(1)?;
            pairs.get(place).and_then(|(_, told)| told.map(|told| record.segments[told].seq))
        };
        for &(place, told) in &pairs {
            let segment = &call.segments[place];
            match told {
                Some(told) => {
                    let to = segment.transfer.as_ref().and_then(|transfer| seq_of(transfer.to_seq));
                    self.segment(segment, &record.segments[told], to, call, record);
                }
                None if self.hides_all(segment.started_at, segment.ended_at) => self.allowed.push("segment not seen"),
                // A resync is told by stations: who talks with a machine from outside is known, the machine is not.
                None if segment.device_kind == DeviceKind::VoiceMail && !self.is_seen(segment.started_at) => {
                    self.allowed.push("machine not told");
                }
                None => self.wrong.push(format!("segment {}: {} is missing", segment.seq, segment.device)),
            }
        }
    }

    /// A resync may tell of an outside party that came unseen by its trunk only.
    pub(super) fn is_by_trunk(&self, call: &CallRecord, truth: &Segment, told: &Segment) -> bool {
        let are_outside = truth.device_kind == DeviceKind::External && told.device_kind == DeviceKind::External;
        let is_first = call.segments.iter().find(|segment| is_outside(segment)).is_some_and(|first| first.seq == truth.seq);
        let fits = self.judge.trunks.contains(&told.device) && is_first == (call.trunk.as_ref() == Some(&told.device));
        are_outside && !self.is_seen(truth.started_at) && fits
    }

    /// In life a resync takes time: of a call that ends amid it the trunk may be told as one more party, until the resync is over.
    fn is_again_by_trunk(&self, call: &CallRecord, told: &Segment) -> bool {
        let is_trunk = is_outside(told) && call.trunk.as_ref() == Some(&told.device);
        let is_unseen = !self.is_seen(told.started_at) && !self.is_seen(told.ended_at);
        self.judge.tolerance_ms > 0 && is_trunk && is_unseen && told.attribution.uncertain && told.left_by == LeftBy::LinkLost
    }

    /// A queue that gave the call on unseen: since the last sign of life.
    pub(super) fn put_through_unseen(&self, truth: &Segment, told: &Segment) -> Option<Time> {
        let is_told = self.judge.near(truth.ended_at, told.ended_at);
        let is_so = told.left_by == LeftBy::PutThrough && told.device_kind == DeviceKind::HuntGroup && !is_told;
        self.gap_at(truth.ended_at).filter(|_| is_so).map(|window| window.from)
    }

    /// Who left unseen, in a call whose end was seen before the resync was over, seems to have been there until then.
    fn ends_with_the_call(&self, truth: &Segment, told: &Segment, record: &CallRecord) -> bool {
        let is_in =
            |window: &Window| self.judge.not_after(truth.ended_at, told.ended_at) && self.judge.not_after(told.ended_at, window.until);
        told.ended_at == record.ended_at
            && !self.judge.near(truth.ended_at, told.ended_at)
            && self.gap_at(truth.ended_at).is_some_and(is_in)
    }

    pub(super) fn segment(&mut self, truth: &Segment, told: &Segment, to: Option<u32>, call: &CallRecord, record: &CallRecord) {
        let at = |what: &str| format!("segments[{}].{what}", truth.seq);
        self.same(&at("device_kind"), &truth.device_kind, &told.device_kind);
        if truth.device != told.device {
            self.allowed.push("outside party by its trunk");
        }
        let began_seen = self.is_seen(truth.started_at);
        let ended_seen = self.is_seen(truth.ended_at);
        if began_seen {
            self.same_time(&at("started_at"), truth.started_at, told.started_at);
            let is_tied = call.segments.iter().any(|truth| self.ties_unseen(truth));
            let as_untied = matches!(
                (truth.role, told.role),
                (Role::Consultation, Role::Caller) | (Role::Conference | Role::TransferTarget, Role::Called)
            );
            if is_tied && as_untied {
                self.allowed.push("role by what was seen");
            } else {
                self.same(&at("role"), &truth.role, &told.role);
            }
        } else {
            if truth.role != told.role {
                self.allowed.push("role by what was seen");
            }
            if !self.judge.near(truth.started_at, told.started_at) {
                let until = self.gap_at(truth.started_at).map_or(truth.started_at, |window| window.until);
                let fits = self.judge.not_after(truth.started_at, told.started_at) && self.judge.not_after(told.started_at, until);
                self.allow("segment's beginning not seen", fits, || {
                    format!("{}: {} in truth, {} in the record", at("started_at"), truth.started_at, told.started_at)
                });
            }
        }
        let is_lost = told.left_by == LeftBy::LinkLost;
        self.segment_answer(truth, told, is_lost, call);
        if let Some(from) = self.end_gap(call, truth.ended_at).map(|window| window.from).filter(|_| is_lost) {
            let fits = self.judge.not_after(from.max(told.started_at), told.ended_at)
                && self.judge.not_after(told.ended_at, truth.ended_at.max(told.started_at));
            self.allow("segment's end not seen", fits, || {
                format!("{}: {} in truth, {} in the record", at("ended_at"), truth.ended_at, told.ended_at)
            });
            let is_path = !matches!(told.device_kind, DeviceKind::Extension | DeviceKind::External | DeviceKind::Trunk);
            let has_talked = told.answered_at.is_some() && (record.outcome == CallOutcome::Answered || told.role != Role::Caller);
            let outcome = if has_talked && !is_path { SegmentOutcome::Answered } else { SegmentOutcome::LinkLost };
            self.same(&at("outcome"), &outcome, &told.outcome);
        } else if let Some(from) = self.put_through_unseen(truth, told) {
            self.same_time(&at("ended_at"), from.max(told.started_at), told.ended_at);
            self.allowed.push("queue's end not seen");
        } else if self.ends_with_the_call(truth, told, record) {
            self.allowed.push("leaving by what was seen");
        } else {
            self.same_time(&at("ended_at"), truth.ended_at, told.ended_at);
            if ended_seen {
                self.same(&at("left_by"), &truth.left_by, &told.left_by);
                self.same(&at("cause"), &truth.cause, &told.cause);
                // The caller's outcome is its call's.
                let is_calls = truth.role == Role::Caller && record.outcome != call.outcome;
                if truth.answered_at.is_some() == told.answered_at.is_some() && !is_calls {
                    self.same(&at("outcome"), &truth.outcome, &told.outcome);
                }
            } else if (truth.left_by, &truth.cause, truth.outcome) != (told.left_by, &told.cause, told.outcome) {
                self.allowed.push("leaving by what was seen");
            }
            let given = truth.transfer.as_ref().map(|transfer| (transfer.kind, to));
            let told_given = told.transfer.as_ref().map(|transfer| (transfer.kind, transfer.to_seq));
            if given != told_given {
                let target_seen = truth
                    .transfer
                    .as_ref()
                    .and_then(|transfer| transfer.to_seq)
                    .and_then(|to| call.segments.get(usize::try_from(to).ok()?.checked_sub(1)?))
                    .is_some_and(|target| self.is_seen(target.started_at) && self.is_seen(target.ended_at));
                self.allow("transfer by what was seen", !ended_seen || !target_seen, || {
                    format!("{}: {:?} in truth, {:?} in the record", at("transfer"), truth.transfer, told.transfer)
                });
            }
        }
        self.durations(truth, told, call);
        self.credit(truth, told);
    }

    pub(super) fn segment_answer(&mut self, truth: &Segment, told: &Segment, is_lost: bool, call: &CallRecord) {
        let place = format!("segments[{}].answered_at", truth.seq);
        match (truth.answered_at, told.answered_at) {
            (None, None) => {}
            (Some(truly), Some(at)) if self.judge.near(truly, at) => {}
            (Some(truly), at) if !self.is_seen(truly) => {
                let until = self.gap_at(truly).map_or(truly, |window| window.until);
                // A resync is told by stations: who talks outside with a machine, or with another outside, and who was put through
                // before and waits again, is not told to be answered.
                let talks = |other: &Segment| {
                    other.seq != truth.seq
                        && other.device_kind == DeviceKind::Extension
                        && other.answered_at.is_some_and(|at| at <= until)
                        && until <= other.ended_at
                };
                let by_machine = (is_outside(truth) || truth.role == Role::Caller) && !call.segments.iter().any(talks);
                let by_trunk = truth.device != told.device;
                let fits = at.map_or(is_lost || by_machine || by_trunk || !self.is_seen(truth.ended_at), |at| {
                    let in_gap = self.judge.not_after(truly, at) && self.judge.not_after(at, until);
                    // A caller that was handed on unseen and rings again is put through by the next one who answers.
                    in_gap || call.segments.iter().filter_map(|other| other.answered_at).any(|other| self.judge.near(other, at))
                });
                self.allow("segment's answer not seen", fits, || format!("{place}: {truly} in truth, {at:?} in the record"));
            }
            (truly, at) => self.wrong.push(format!("{place}: {truly:?} in truth, {at:?} in the record")),
        }
    }

    pub(super) fn durations(&mut self, truth: &Segment, told: &Segment, call: &CallRecord) {
        let at = |what: &str| format!("segments[{}].{what}", truth.seq);
        let stay = told.ended_at.millis_since(told.started_at);
        let answered = told.answered_at.map_or(0, |from| told.ended_at.millis_since(from));
        let holds: u64 = told.holds.iter().map(|(from, until)| until.millis_since(*from)).sum();
        self.same_ms(&at("hold_ms"), holds, told.hold_ms);
        self.same_ms(&at("talk_ms"), answered.saturating_sub(holds), told.talk_ms);
        if truth.queue_ms > 0 || told.queue_ms > 0 {
            self.same_ms(&at("queue_ms"), stay, told.queue_ms);
        }
        let rang_until = truth.answered_at.unwrap_or(truth.ended_at);
        if self.is_seen(truth.started_at) && self.is_seen(rang_until) && !self.rings_early(truth) {
            self.same_ms(&at("ring_ms"), truth.ring_ms, told.ring_ms);
        } else if told.ring_ms > stay {
            self.wrong.push(format!("{}: {} of a stay of {stay}", at("ring_ms"), told.ring_ms));
        }
        for (from, until) in &truth.holds {
            let (began, ended) = (self.is_seen(*from), self.is_seen(*until));
            let near = |(a, b): &(Time, Time)| {
                (!began || self.judge.near(*a, *from)) && (!ended || self.judge.near(*b, *until) || *b == told.ended_at)
            };
            let is_told = told.holds.iter().any(near);
            if !is_told {
                let hidden = self.hides_all(*from, *until) || told.ended_at <= *from || !began;
                self.allow("hold not seen", hidden, || format!("{}: {from} to {until} is missing", at("holds")));
            }
        }
        for (from, until) in &told.holds {
            let within = |(a, b): &(Time, Time)| self.judge.not_after(*a, *from) && (self.judge.not_after(*until, *b) || !self.is_seen(*b));
            // Of a device that came twice unseen, who holds and who consults may be told the other way round.
            let others = call.segments.iter().filter(|other| other.device == truth.device && !self.is_seen(other.started_at));
            if !truth.holds.iter().chain(others.flat_map(|other| &other.holds)).any(within) {
                self.wrong.push(format!("{}: there was none from {from} to {until}", at("holds")));
            }
        }
    }

    /// A resync tells of a call on its way to outside as if it rang there.
    pub(super) fn rings_early(&self, truth: &Segment) -> bool {
        let is_on_its_way = |window: &&Window| truth.started_at <= window.until && window.until <= truth.attribution.at;
        is_outside(truth) && truth.answered_at.is_none() && self.windows.iter().any(is_on_its_way)
    }

    pub(super) fn credit(&mut self, truth: &Segment, told: &Segment) {
        let at = |what: &str| format!("segments[{}].{what}", truth.seq);
        let instant = truth.attribution.at;
        // Where the gap is another node's, or at the very last sign of life, there may be doubt and need not.
        let late = Duration::from_millis(self.judge.tolerance_ms);
        let is_covered = |window: &&&Window| {
            window.is_in(instant)
                && window.is_in(instant.plus(late))
                && window.scope.covers(&truth.device, None)
                && !self.judge.near(window.from, instant)
        };
        let must_doubt = self.windows.iter().any(|window| is_covered(&window));
        let is_unanswered = truth.answered_at == Some(instant) && told.answered_at.is_none();
        // Who is not known to have called is credited by when it was put through.
        if truth.role == Role::Caller && told.role != Role::Caller && !self.is_seen(instant) {
            return self.allowed.push("credit in doubt");
        }
        if !self.is_seen(instant) && (must_doubt || told.attribution.uncertain || is_unanswered) {
            // The instant that counts may be another one: of an answer that was not seen, that of the ringing.
            let doubtful = told.attribution.uncertain;
            let ring_seen = self.gap_at(told.attribution.at).is_none_or(|window| self.judge.near(window.from, told.attribution.at));
            let by_the_ring = told.answered_at.is_none() && ring_seen && told.attribution.at <= instant;
            self.allow("credit in doubt", doubtful || by_the_ring, || {
                format!("{}: a gap covers {instant}, and the credit of {} is certain", at("attribution.uncertain"), told.attribution.at)
            });
            return;
        }
        if self.rings_early(truth) && truth.attribution.at != told.attribution.at {
            let fits = truth.started_at <= told.attribution.at && told.attribution.at < instant && truth.user == told.user;
            return self.allow("ring told early", fits, || format!("{}: {instant} in truth", at("attribution.at")));
        }
        // Who was found ringing at the resync rings since then.
        if !self.is_seen(truth.started_at) && told.answered_at.is_none() && told.attribution.uncertain {
            self.allowed.push("credit in doubt");
            return;
        }
        self.same_time(&at("attribution.at"), instant, told.attribution.at);
        self.same(&at("agent"), &truth.agent, &told.agent);
        self.same(&at("user"), &truth.user, &told.user);
        self.same(&at("group"), &truth.group, &told.group);
        self.same(&at("attribution"), &bare(&truth.attribution, instant), &bare(&told.attribution, instant));
    }
}

/// Without the moment, which is compared alone, and without what else was considered.
fn bare(attribution: &Attribution, at: Time) -> Attribution {
    Attribution { at, considered: Vec::new(), ..attribution.clone() }
}
