//! What became of a call and of each device in it, decided once, when the call is over.
//!
//! A PBX says "cancelled" for a device that stops ringing because another one answered, because the caller gave up and because
//! its own time ran out; which it was shows only in what happens around it, so nothing here is decided earlier.

use super::call::{Call, Segment, SegmentKey};
use super::{EndedCall, EndedSegment, EndedTransfer};
use crate::telephony::{CallOutcome, Cause, Clearing, DeviceKind, Direction, Entry, LeftBy, Role, SegmentOutcome, Time};

/// Within this time before or after its end, another device's answer is why a device stopped ringing.
const ANSWER_WINDOW_MS: u64 = 250;
/// Within this time before or after its end, the caller's hanging up is why a device stopped ringing.
const GIVE_UP_WINDOW_MS: u64 = 300;

/// Contacts of one device that are called within this time of each other are called at once.
const AT_ONCE_MS: u64 = 20;

/// Devices offered a call within this time of each other on behalf of the same one are offered it at once.
const SAME_OFFER_MS: u64 = 1000;

/// Works out what became of a call whose last device is gone.
pub(super) fn conclude(mut call: Call) -> EndedCall {
    settle_contacts(&mut call.segments);
    // Devices that are offered a call at once stand in the order in which they leave it: refused, cancelled, answered.
    call.segments.sort_by_key(|s| (s.started_at.to_millisecond(), !s.originated, end_of(s), s.key));
    // A device that the PBX forgot was the last one there: when it went is not known.
    call.end_uncertain |= call.segments.iter().max_by_key(|s| end_of(s)).is_some_and(|s| how_it_ended(s) == Clearing::Lost);
    settle_transfers(&mut call.segments);
    let caller = caller_index(&call.segments);
    let answered_at = call.segments.iter().filter(|s| is_called_person(s)).filter_map(|s| s.answered_at).min();
    let outcome = call_outcome(&call, caller, answered_at);
    let started_at = call.segments.iter().map(|s| s.started_at).min().unwrap_or(Time::MIN);
    let ended_at = call.segments.iter().map(end_of).max().unwrap_or(started_at);
    EndedCall {
        direction: direction(&call.segments, caller),
        caller,
        dialled: dialled(&call.segments, caller),
        trunk: call.segments.iter().find_map(|s| s.party.trunk.as_ref()).map(ToString::to_string),
        started_at,
        answered_at,
        ended_at,
        outcome,
        start_uncertain: call.start_uncertain,
        end_uncertain: call.end_uncertain,
        segments: (0..call.segments.len()).map(|index| conclude_segment(&call.segments, index, caller, outcome, answered_at)).collect(),
        gaps: call.gaps,
        switch_calls: call.switch_calls,
        began_at: call.began_at,
    }
}

/// The contacts of one device are called at once: milliseconds between them say nothing, so all are offered the call at the first's.
fn settle_contacts(segments: &mut [Segment]) {
    for index in 0..segments.len() {
        let (by, started_at) = (segments[index].by, segments[index].started_at);
        let device = segments[index].party.device.clone();
        let at_once =
            |s: &Segment| !s.originated && s.by == by && s.party.device == device && started_at.millis_since(s.started_at) < AT_ONCE_MS;
        let first = segments.iter().filter(|s| at_once(s)).map(|s| s.started_at).min();
        if let Some(first) = first.filter(|first| *first < started_at && !segments[index].originated) {
            segments[index].started_at = first;
        }
    }
}

/// A call that is handed to several devices at once is handed to the one of them that answers; all of them are its targets.
fn settle_transfers(segments: &mut [Segment]) {
    for giver in 0..segments.len() {
        let Some(to) = segments[giver].transfer.as_ref().and_then(|transfer| transfer.to) else { continue };
        // Handed to a queue, it is the queue's: who answers there was not chosen.
        let Some(target) = segments.iter().find(|s| s.key == to && !is_path(s)) else { continue };
        let (by, from, is_answered) = (target.by, target.started_at, target.answered_at.is_some());
        // Who came when the target was gone was called instead of it; who was gone at the transfer, or had answered before the target
        // was offered the call, was called by the giver.
        let (own, until, given) = (segments[giver].key, end_of(target), end_of(&segments[giver]));
        let near = |at: Time| at.millis_since(from) < SAME_OFFER_MS && from.millis_since(at) < SAME_OFFER_MS && at < until;
        let talked = |s: &Segment| s.answered_at.is_some_and(|at| at < from);
        let is_other = |s: &Segment| s.key != to && s.key != own && s.how != Entry::Monitor;
        let beside = |s: &Segment| {
            is_other(s) && by.is_some() && s.by == by && !is_path(s) && near(s.started_at) && end_of(s) >= given && !talked(s)
        };
        let answered = segments.iter().find(|s| beside(s) && s.answered_at.is_some()).map(|s| s.key);
        for segment in segments.iter_mut().filter(|s| beside(s)) {
            segment.enter_by_transfer();
        }
        if let (false, Some(answered), Some(transfer)) = (is_answered, answered, &mut segments[giver].transfer) {
            transfer.to = Some(answered);
        }
    }
}

fn end_of(segment: &Segment) -> Time {
    segment.cleared.as_ref().map_or(segment.started_at, |cleared| cleared.at)
}

fn how_it_ended(segment: &Segment) -> Clearing {
    segment.cleared.as_ref().map_or(Clearing::Lost, |cleared| cleared.how)
}

fn is_path(segment: &Segment) -> bool {
    matches!(
        segment.party.kind,
        DeviceKind::HuntGroup | DeviceKind::Park | DeviceKind::Conference | DeviceKind::VoiceMail | DeviceKind::Ivr
    )
}

/// A device on the called side where a person, or several in a conference, can answer.
fn is_called_person(segment: &Segment) -> bool {
    match segment.party.kind {
        DeviceKind::Extension | DeviceKind::External | DeviceKind::Trunk => {
            !matches!(segment.how, Entry::Calling | Entry::Consultation | Entry::Conference | Entry::Monitor)
        }
        DeviceKind::Conference => true,
        DeviceKind::HuntGroup | DeviceKind::Park | DeviceKind::VoiceMail | DeviceKind::Ivr => false,
    }
}

pub(super) fn caller_index(segments: &[Segment]) -> usize {
    let calling = segments.iter().position(|s| s.how == Entry::Calling && !is_path(s));
    calling.or_else(|| segments.iter().position(|s| s.originated)).or_else(|| segments.iter().position(|s| !is_path(s))).unwrap_or(0)
}

pub(super) fn dialled(segments: &[Segment], caller: usize) -> Option<String> {
    let by_caller = segments.get(caller).and_then(|s| s.dialled.as_ref()).map(ToString::to_string);
    by_caller.or_else(|| segments.iter().skip(caller + 1).find(|s| !s.originated).map(|s| s.party.device.to_string()))
}

pub(super) fn direction(segments: &[Segment], caller: usize) -> Direction {
    let Some(first) = segments.get(caller) else { return Direction::Internal };
    if is_outside(first) {
        return Direction::Inbound;
    }
    // Whoever is handed over later was a first try only if the caller itself had called it.
    let first_try = |s: &&Segment| {
        let (by_caller, is_called) = (s.by == Some(first.key), matches!(s.how, Entry::Called | Entry::Queue));
        !s.originated && (is_called && (by_caller || s.by.is_none()) || s.was_called && by_caller)
    };
    let mut tries = segments.iter().filter(first_try).peekable();
    // Only who dials outside is told that all trunks are engaged.
    let wanted_a_trunk = || first.cleared.as_ref().is_some_and(|cleared| cleared.cause == Cause::TRUNKS_BUSY);
    let is_outbound = if tries.peek().is_some() { tries.all(is_outside) } else { wanted_a_trunk() };
    if is_outbound { Direction::Outbound } else { Direction::Internal }
}

fn is_outside(segment: &Segment) -> bool {
    matches!(segment.party.kind, DeviceKind::External | DeviceKind::Trunk)
}

fn call_outcome(call: &Call, caller: usize, answered_at: Option<Time>) -> CallOutcome {
    if answered_at.is_some() {
        return CallOutcome::Answered;
    }
    if call.end_uncertain {
        return CallOutcome::LinkLost;
    }
    // A mailbox takes what nobody answered.
    if call.segments.iter().any(|s| s.party.kind == DeviceKind::VoiceMail && s.answered_at.is_some()) {
        return CallOutcome::NoAnswer;
    }
    let Some(caller) = call.segments.get(caller) else { return CallOutcome::Failed };
    let last_tried = call.segments.iter().rev().find(|s| !s.originated && !is_path(s) && is_called_person(s));
    let put_through_by_pbx = caller.answered_at;
    if how_it_ended(caller) == Clearing::HungUp {
        return match (put_through_by_pbx, last_tried) {
            // It listened to something that the PBX plays: nobody was asked for, or nobody came.
            (Some(_), None) if !call.segments.iter().any(|s| s.party.kind == DeviceKind::HuntGroup) => CallOutcome::Answered,
            (Some(at), Some(tried)) if how_it_ended(tried) == Clearing::NoAnswer && end_of(tried) <= at => CallOutcome::NoAnswer,
            _ => CallOutcome::Abandoned,
        };
    }
    if let Some(tried) = last_tried {
        return match segment_outcome(&call.segments, tried, None) {
            SegmentOutcome::Busy => CallOutcome::Busy,
            SegmentOutcome::Rejected => CallOutcome::Rejected,
            SegmentOutcome::Failed => CallOutcome::Failed,
            SegmentOutcome::Abandoned => CallOutcome::Abandoned,
            SegmentOutcome::LinkLost => CallOutcome::LinkLost,
            SegmentOutcome::Answered | SegmentOutcome::NoAnswer | SegmentOutcome::AnsweredElsewhere | SegmentOutcome::Diverted => {
                CallOutcome::NoAnswer
            }
        };
    }
    if let Some(group) = call.segments.iter().rev().find(|s| s.party.kind == DeviceKind::HuntGroup) {
        return match how_it_ended(group) {
            Clearing::Busy => CallOutcome::Busy,
            Clearing::Rejected => CallOutcome::Rejected,
            Clearing::Failed => CallOutcome::Failed,
            _ => CallOutcome::NoAnswer,
        };
    }
    match caller.cleared.as_ref().map(|c| (c.how, &c.cause)) {
        Some((Clearing::Busy, _)) => CallOutcome::Busy,
        Some((Clearing::Rejected, _)) => CallOutcome::Rejected,
        Some((Clearing::NoAnswer, _)) => CallOutcome::NoAnswer,
        Some((Clearing::Lost, _)) => CallOutcome::LinkLost,
        Some((_, cause)) if *cause == Cause::BUSY => CallOutcome::Busy,
        Some((_, cause)) if put_through_by_pbx.is_some() && *cause == Cause::NORMAL_CLEARING => CallOutcome::Answered,
        _ => CallOutcome::Failed,
    }
}

fn segment_outcome(segments: &[Segment], segment: &Segment, of_call: Option<CallOutcome>) -> SegmentOutcome {
    let how = how_it_ended(segment);
    if is_path(segment) {
        return match how {
            Clearing::Abandoned | Clearing::HungUp if segment.answered_at.is_none() => SegmentOutcome::Abandoned,
            Clearing::TimedOut | Clearing::Diverted | Clearing::Released if segment.answered_at.is_none() => SegmentOutcome::Diverted,
            Clearing::Lost => SegmentOutcome::LinkLost,
            Clearing::Busy => SegmentOutcome::Busy,
            Clearing::Rejected => SegmentOutcome::Rejected,
            Clearing::Failed => SegmentOutcome::Failed,
            _ => SegmentOutcome::Answered,
        };
    }
    if segment.answered_at.is_some() && of_call.is_none_or(|outcome| outcome == CallOutcome::Answered || !segment.originated) {
        return SegmentOutcome::Answered;
    }
    if let Some(outcome) = of_call {
        return match outcome {
            CallOutcome::Answered => SegmentOutcome::Diverted,
            CallOutcome::NoAnswer => SegmentOutcome::NoAnswer,
            CallOutcome::Abandoned => SegmentOutcome::Abandoned,
            CallOutcome::Busy => SegmentOutcome::Busy,
            CallOutcome::Rejected => SegmentOutcome::Rejected,
            CallOutcome::Failed => SegmentOutcome::Failed,
            CallOutcome::LinkLost => SegmentOutcome::LinkLost,
        };
    }
    match how {
        how if segment.diverted || matches!(how, Clearing::Diverted | Clearing::Transferred | Clearing::Conferenced | Clearing::Parked) => {
            SegmentOutcome::Diverted
        }
        Clearing::PickedUp | Clearing::AnsweredElsewhere | Clearing::PutThrough => SegmentOutcome::AnsweredElsewhere,
        Clearing::NoAnswer | Clearing::TimedOut => SegmentOutcome::NoAnswer,
        Clearing::Busy => SegmentOutcome::Busy,
        Clearing::Rejected => SegmentOutcome::Rejected,
        Clearing::HungUp | Clearing::HungUpOnTone if segment.originated => SegmentOutcome::Abandoned,
        Clearing::Abandoned => SegmentOutcome::Abandoned,
        Clearing::Failed | Clearing::HungUp | Clearing::HungUpOnTone => SegmentOutcome::Failed,
        Clearing::Lost => SegmentOutcome::LinkLost,
        Clearing::Released | Clearing::Cancelled => why_cancelled(segments, segment),
        Clearing::Diverted | Clearing::Transferred | Clearing::Conferenced | Clearing::Parked => SegmentOutcome::Diverted,
    }
}

/// Why a device stopped ringing that did nothing itself.
fn why_cancelled(segments: &[Segment], segment: &Segment) -> SegmentOutcome {
    let end = end_of(segment);
    let near = |at: Time, window_ms: u64| at.millis_since(end) <= window_ms && end.millis_since(at) <= window_ms;
    let others = || segments.iter().filter(|s| s.key != segment.key);
    if others()
        .filter(|s| !s.originated || s.how == Entry::Pickup)
        .filter(|s| !is_path(s))
        .filter_map(|s| s.answered_at)
        .any(|at| near(at, ANSWER_WINDOW_MS))
    {
        return SegmentOutcome::AnsweredElsewhere;
    }
    let gave_up = |s: &&Segment| how_it_ended(s) == Clearing::HungUp && near(end_of(s), GIVE_UP_WINDOW_MS);
    // Who consulted and handed the call over is gone: it is the handed over party that waits.
    let handed_over = |by| others().any(|s| s.key == by && how_it_ended(s) == Clearing::Transferred);
    let is_handed_over = segment.how == Entry::Transfer || segment.by.is_some_and(handed_over);
    let on_behalf = |s: &&Segment| segment.by.is_none_or(|by| by == s.key) || s.originated || is_handed_over;
    if others().filter(on_behalf).any(|s| gave_up(&s)) {
        return SegmentOutcome::Abandoned;
    }
    SegmentOutcome::NoAnswer
}

fn conclude_segment(segments: &[Segment], index: usize, caller: usize, outcome: CallOutcome, call_answered: Option<Time>) -> EndedSegment {
    let segment = &segments[index];
    let of_call = (index == caller && (segment.answered_at.is_none() || call_answered.is_none())).then_some(outcome);
    let outcome = segment_outcome(segments, segment, of_call);
    let ended_at = end_of(segment);
    let (instant, agent, uncertain) = if segment.originated {
        (segment.started_at, &segment.agent_at_start, segment.start_uncertain || segment.start_doubtful)
    } else if let Some(answered_at) = segment.answered_at {
        (answered_at, &segment.agent_at_answer, segment.answer_uncertain)
    } else {
        (segment.delivered_at.unwrap_or(segment.started_at), &segment.agent_at_start, segment.start_uncertain || segment.start_doubtful)
    };
    let rang = segment.delivered_at.filter(|_| !is_path(segment));
    EndedSegment {
        party: segment.party.clone(),
        role: role(segment),
        started_at: segment.started_at,
        answered_at: segment.answered_at,
        ended_at,
        ring_ms: rang
            .map_or(0, |from| segment.answered_at.or(segment.failed_at).map_or(ended_at, |until| until.min(ended_at)).millis_since(from)),
        holds: segment.holds.iter().map(|&(from, until)| (from, until.unwrap_or(ended_at))).collect(),
        left_by: left_by(segment, outcome),
        cause: segment.cleared.as_ref().map_or(Cause::UNKNOWN, |cleared| cleared.cause.clone()),
        transfer: segment.transfer.as_ref().map(|transfer| EndedTransfer {
            kind: transfer.kind,
            to: transfer.to.and_then(|to: SegmentKey| segments.iter().position(|s| s.key == to)),
        }),
        instant,
        agent: agent.clone().filter(|_| segment.party.kind == DeviceKind::Extension),
        uncertain,
        outcome,
    }
}

fn role(segment: &Segment) -> Role {
    match segment.how {
        Entry::Calling => Role::Caller,
        Entry::Called => Role::Called,
        Entry::Queue if segment.party.kind == DeviceKind::Conference => Role::Conference,
        Entry::Queue => Role::Queue,
        Entry::Consultation => Role::Consultation,
        Entry::Transfer => Role::TransferTarget,
        Entry::Forward => Role::ForwardTarget,
        Entry::Pickup => Role::Pickup,
        Entry::Conference => Role::Conference,
        Entry::Monitor => Role::Monitor,
    }
}

fn left_by(segment: &Segment, outcome: SegmentOutcome) -> LeftBy {
    match how_it_ended(segment) {
        _ if outcome == SegmentOutcome::AnsweredElsewhere && how_it_ended(segment) != Clearing::PickedUp => LeftBy::AnsweredElsewhere,
        Clearing::HungUp | Clearing::HungUpOnTone | Clearing::Rejected | Clearing::Busy | Clearing::Abandoned => LeftBy::Hangup,
        Clearing::Released | Clearing::Cancelled => LeftBy::RemoteHangup,
        Clearing::Transferred => LeftBy::Transfer,
        Clearing::Conferenced => LeftBy::Conference,
        Clearing::Parked => LeftBy::Park,
        Clearing::PickedUp => LeftBy::Pickup,
        Clearing::AnsweredElsewhere => LeftBy::AnsweredElsewhere,
        Clearing::NoAnswer | Clearing::TimedOut => LeftBy::Timeout,
        Clearing::Failed => LeftBy::Failure,
        Clearing::Diverted => LeftBy::Diversion,
        Clearing::PutThrough => LeftBy::PutThrough,
        Clearing::Lost => LeftBy::LinkLost,
    }
}
