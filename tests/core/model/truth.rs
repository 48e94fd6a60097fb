//! What truly happens in a story: every device's stay in every call, and how it ends.

use strowger::telephony::{DeviceKind, Entry, TransferKind};

use super::story::{self, End, Last, Then, Why};

/// From an offer to the first ringing.
const UNTIL_ALERT: u64 = 200;

#[derive(Debug)]
pub(super) struct Call {
    pub(super) dialled: &'static str,
    /// The first is the caller's.
    pub(super) stays: Vec<Stay>,
}

#[derive(Clone, Debug)]
pub(super) struct Stay {
    /// Unique in the story.
    pub(super) name: String,
    /// The switch's number of the call, and of the call that it ends in, since when.
    pub(super) call: String,
    pub(super) joined: Option<(String, u64)>,
    pub(super) device: &'static str,
    pub(super) kind: DeviceKind,
    pub(super) how: Entry,
    pub(super) start: u64,
    pub(super) alert: Option<u64>,
    pub(super) answer: Option<u64>,
    pub(super) end: u64,
    pub(super) ends: Ends,
    pub(super) holds: Vec<(u64, u64)>,
    /// How it gave the call away, and to which stay.
    pub(super) transfer: Option<(TransferKind, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ends {
    HangsUp,
    OtherHangsUp,
    NoAnswer,
    Busy,
    Rejected,
    /// Another device answered.
    Elsewhere,
    /// The caller gave up.
    GaveUp,
    HandsOver,
    /// Whoever waited here was put through, gave up, waited too long.
    PutThrough,
    StopsWaiting,
    WaitsTooLong,
}

fn kind(device: &str) -> DeviceKind {
    if device.len() > 4 { DeviceKind::External } else { DeviceKind::Extension }
}

/// Works a call out.
pub(super) fn happens(number: usize, call: &story::Call) -> Call {
    let (a, b) = (format!("A{number}"), format!("B{number}"));
    let mut stays: Vec<Stay> = Vec::new();
    let stay = |count: usize, device: &'static str, how, start| Stay {
        name: format!("{number}.{count}"),
        call: a.clone(),
        joined: None,
        device,
        kind: kind(device),
        how,
        start,
        alert: None,
        answer: None,
        end: start,
        ends: Ends::OtherHangsUp,
        holds: Vec::new(),
        transfer: None,
    };
    stays.push(stay(0, call.caller, Entry::Calling, call.at));
    let how = if call.queued { Entry::Queue } else { Entry::Called };
    if call.queued {
        let queue = stay(1, "3001", Entry::Queue, call.at);
        stays.push(Stay { kind: DeviceKind::HuntGroup, ..queue });
        stays[0].answer = Some(call.at);
    }
    let mut now = call.at;
    let ring = |stays: &mut Vec<Stay>, devices: &[&'static str], now: u64, how, until: u64, ends| {
        for device in devices {
            let rings = stay(stays.len(), device, how, now);
            stays.push(Stay { alert: Some(now + UNTIL_ALERT), end: until, ends, ..rings });
        }
    };
    for round in &call.rounds {
        let ends = match round.why {
            Why::NoAnswer => Ends::NoAnswer,
            Why::Busy => Ends::Busy,
            Why::Rejected => Ends::Rejected,
        };
        ring(&mut stays, &round.devices, now, how, now + round.ring, ends);
        now += round.ring;
    }
    let mut queue_ends = Ends::WaitsTooLong;
    let mut queue_end = now;
    match &call.last {
        Last::GivenUp => {}
        Last::Abandoned { devices, ring: ms } => {
            ring(&mut stays, devices, now, how, now + ms, Ends::GaveUp);
            now += ms;
            (queue_ends, queue_end) = (Ends::StopsWaiting, now);
            stays[0].ends = Ends::HangsUp;
        }
        Last::Answered { devices, ring: ms, talk } => {
            let callee = stays.len();
            ring(&mut stays, devices, now, how, now + ms, Ends::Elsewhere);
            now += ms;
            (queue_ends, queue_end) = (Ends::PutThrough, now);
            stays[0].answer.get_or_insert(now);
            stays[callee].answer = Some(now);
            for (by_caller, ms) in &talk.holds {
                now += 1000;
                stays[if *by_caller { 0 } else { callee }].holds.push((now, now + ms));
                now += ms;
            }
            now += talk.ms;
            match talk.end {
                End::HangUp(by_caller) => {
                    let (hangs_up, other) = if by_caller { (0, callee) } else { (callee, 0) };
                    stays[hangs_up].ends = Ends::HangsUp;
                    stays[other].ends = Ends::OtherHangsUp;
                    stays[callee].end = now;
                }
                End::Blind { to, ring: ms, then } => {
                    let target = stays.len();
                    let gives =
                        Stay { end: now, ends: Ends::HandsOver, transfer: Some((TransferKind::Blind, target)), ..stays[callee].clone() };
                    stays[callee] = gives;
                    let ends = match then {
                        Then::Talks(_) => Ends::HangsUp,
                        Then::NoAnswer => Ends::NoAnswer,
                        Then::Abandoned => Ends::GaveUp,
                    };
                    ring(&mut stays, &[to], now, Entry::Transfer, now + ms, ends);
                    now += ms;
                    match then {
                        Then::Talks(ms) => {
                            stays[target].answer = Some(now);
                            now += ms;
                            stays[target].end = now;
                        }
                        Then::NoAnswer => {}
                        Then::Abandoned => stays[0].ends = Ends::HangsUp,
                    }
                }
                End::Attended { to, ring: ms, ask, talk } => {
                    let (asks, target) = (stays.len(), stays.len() + 1);
                    let over = now + ms + ask;
                    stays[callee].holds.push((now, over));
                    let own = stay(asks, stays[callee].device, Entry::Consultation, now);
                    let own = Stay { call: b.clone(), joined: Some((a.clone(), over)), kind: stays[callee].kind, ..own };
                    stays.push(Stay { answer: Some(now + ms), end: over, ends: Ends::HandsOver, ..own });
                    ring(&mut stays, &[to], now, Entry::Called, over + talk, Ends::HangsUp);
                    stays[target].call.clone_from(&b);
                    stays[target].joined = Some((a.clone(), over));
                    stays[target].answer = Some(now + ms);
                    stays[callee].end = over;
                    stays[callee].ends = Ends::HandsOver;
                    stays[callee].transfer = Some((TransferKind::Attended, target));
                    now = over + talk;
                }
            }
        }
    }
    stays[0].end = now;
    if call.queued {
        stays[1].end = queue_end;
        stays[1].ends = queue_ends;
    }
    Call { dialled: if call.queued { "3001" } else { "1009" }, stays }
}
