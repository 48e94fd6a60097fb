//! The records that the rules ask for, worked out from what happened. Slow, and plain.

use std::fmt::Write as _;

use serde::Serialize;
use strowger::record::CallRecord;
use strowger::telephony::{DeviceKind, Entry, TransferKind};

use super::story::{DEE, Login, People, Story};
use super::truth::{Call, Ends, Stay};
use crate::scene::seconds as seconds_of;

/// What can be seen of a stay.
struct Seen<'a> {
    stay: &'a Stay,
    start: u64,
    alert: Option<u64>,
    answer: Option<u64>,
    end: u64,
    /// Its end was not seen.
    lost: bool,
    /// It was there when it was first seen.
    found: bool,
    /// Its answer was not seen.
    found_answered: bool,
}

fn see(stay: &Stay, gap: Option<(u64, u64)>) -> Option<Seen<'_>> {
    let Stay { start, alert, answer, end, .. } = *stay;
    let whole = Seen { stay, start, alert, answer, end, lost: false, found: false, found_answered: false };
    let Some((from, until)) = gap else { return Some(whole) };
    if end < from || start > until {
        return Some(whole);
    }
    let hidden = |at: u64| from < at && at < until;
    match (hidden(start), hidden(end)) {
        (true, true) => None,
        // Gone when the link came back: until the last sign of life.
        (false, true) => {
            Some(Seen { alert: alert.filter(|at| !hidden(*at)), answer: answer.filter(|at| !hidden(*at)), end: from, lost: true, ..whole })
        }
        // There when the link came back: since when it says it is there, and in the state in which it is.
        (true, false) => {
            let found_answered = answer.is_some_and(hidden);
            let alert = alert.map(|at| if hidden(at) { start } else { at }).filter(|_| !found_answered);
            Some(Seen { alert, answer: if found_answered { Some(start) } else { answer }, found: true, found_answered, ..whole })
        }
        (false, false) => {
            let found_answered = answer.is_some_and(hidden);
            let late = alert.is_some_and(hidden) && !found_answered;
            let alert = if late { Some(start) } else { alert.filter(|at| !hidden(*at)) };
            Some(Seen { alert, answer: if found_answered { Some(until) } else { answer }, found_answered, ..whole })
        }
    }
}

/// The record of a call; `None`: nothing of it was seen.
pub(super) fn expected(call: &Call, story: &Story) -> Option<String> {
    let seen: Vec<Seen<'_>> = call.stays.iter().filter_map(|stay| see(stay, story.gap)).collect();
    let start = seen.iter().map(|s| s.start).min()?;
    let end = seen.iter().map(|s| s.end).max()?;
    let is_called = |s: &&Seen<'_>| s.stay.kind != DeviceKind::HuntGroup && !matches!(s.stay.how, Entry::Calling | Entry::Consultation);
    let answer = seen.iter().filter(is_called).filter_map(|s| s.answer).min();
    let caller = seen.iter().find(|s| s.stay.how == Entry::Calling)?;
    let outcome = if answer.is_some() {
        "answered"
    } else if caller.lost {
        "link_lost"
    } else if caller.stay.ends == Ends::HangsUp {
        "abandoned"
    } else {
        match seen.iter().rfind(is_called)?.stay.ends {
            Ends::Busy => "busy",
            Ends::Rejected => "rejected",
            _ => "no_answer",
        }
    };
    let is_outside = |stay: &Stay| stay.kind == DeviceKind::External;
    let first_tried: Vec<&Seen<'_>> =
        seen.iter().filter(|s| matches!(s.stay.how, Entry::Called | Entry::Queue) && s.stay.call == call.stays[0].call).collect();
    let direction = if is_outside(caller.stay) {
        "inbound"
    } else if !first_tried.is_empty() && first_tried.iter().all(|s| is_outside(s.stay)) {
        "outbound"
    } else {
        "internal"
    };
    let mut text = format!("{direction} {} > {} {outcome} {start} {answer:?} {end}", caller.stay.device, call.dialled);
    if caller.found {
        text.push_str(" start_uncertain");
    }
    if caller.lost {
        text.push_str(" end_uncertain");
    }
    if let Some((from, until)) = story.gap
        && seen.iter().any(|s| s.start < from && s.stay.end > from)
    {
        write!(text, " gap {from} {until}").expect("written");
    }
    let mut lines: Vec<String> = seen.iter().map(|s| stay_in_words(s, outcome, call, story)).collect();
    lines.sort();
    Some(format!("{text}\n{}", lines.join("\n")))
}

fn stay_in_words(seen: &Seen<'_>, of_call: &str, call: &Call, story: &Story) -> String {
    let stay = seen.stay;
    let is_caller = stay.how == Entry::Calling;
    let is_target = call.stays.iter().any(|giver| giver.transfer.is_some_and(|(_, to)| call.stays[to].name == stay.name));
    let role = match stay.how {
        _ if is_target => "transfer_target",
        Entry::Calling => "caller",
        Entry::Consultation => "consultation",
        Entry::Queue => "queue",
        _ => "called",
    };
    let (outcome, left_by) = match stay.ends {
        _ if seen.lost && seen.answer.is_some() && !(is_caller && of_call != "answered") => ("answered", "link_lost"),
        _ if seen.lost => ("link_lost", "link_lost"),
        Ends::HangsUp => ("answered", "hangup"),
        Ends::OtherHangsUp => ("answered", "remote_hangup"),
        Ends::HandsOver => ("answered", "transfer"),
        Ends::NoAnswer => ("no_answer", "timeout"),
        Ends::Busy => ("busy", "hangup"),
        Ends::Rejected => ("rejected", "hangup"),
        Ends::Elsewhere if seen.answer.is_some() => ("answered", "remote_hangup"),
        Ends::Elsewhere => ("answered_elsewhere", "answered_elsewhere"),
        Ends::GaveUp => ("abandoned", "remote_hangup"),
        Ends::PutThrough => ("answered", "put_through"),
        Ends::StopsWaiting => ("abandoned", "hangup"),
        Ends::WaitsTooLong => ("diverted", "timeout"),
    };
    let outcome = if is_caller { of_call } else { outcome };
    let instant = if is_caller || stay.how == Entry::Consultation { seen.start } else { seen.answer.or(seen.alert).unwrap_or(seen.start) };
    let uncertain = seen.found && (is_caller || seen.answer.is_none()) || seen.found_answered && !is_caller;
    let agent = agent_at(stay.device, instant, &story.logins).filter(|_| stay.kind == DeviceKind::Extension);
    let (user, by_rule) = credit(stay, agent, instant, &story.people);
    let hold: u64 = stay.holds.iter().map(|(from, until)| until - from).sum();
    let transfer = stay.transfer.map(|(kind, to)| (kind, &call.stays[to])).map(|(kind, to)| {
        let kind = if kind == TransferKind::Blind { "blind" } else { "attended" };
        format!(" {kind} to {} at {}", to.device, to.start)
    });
    let told = Words {
        device: stay.device,
        role,
        outcome,
        left_by,
        start: seen.start,
        answer: seen.answer,
        end: seen.end,
        ring: seen.alert.map_or(0, |alert| seen.answer.unwrap_or(seen.end) - alert),
        talk: seen.answer.map_or(0, |answer| seen.end - answer - hold),
        hold,
        queue: if stay.kind == DeviceKind::HuntGroup { seen.end - seen.start } else { 0 },
        transfer: transfer.unwrap_or_default(),
        agent,
        user,
        rule: by_rule,
        instant,
        uncertain,
    };
    told.text()
}

/// The agent at a device: of those who logged on there the last, unless somebody did so after him, he did so elsewhere after that,
/// or he logged off there.
pub(super) fn agent_at<'a>(device: &str, at: u64, logins: &'a [Login]) -> Option<&'a str> {
    let past = || logins.iter().filter(move |login| login.at <= at);
    let last = past().rfind(|login| login.on && login.device == device)?;
    let ended = past().any(|login| login.at > last.at && login.agent == last.agent && (login.on != (login.device == device)));
    (!ended).then_some(last.agent)
}

fn credit(stay: &Stay, agent: Option<&str>, at: u64, people: &People) -> (&'static str, &'static str) {
    let holder = |kind: &str, number: &str| people.0.iter().find(|h| h.kind == kind && h.number == number && h.from <= at && at < h.until);
    if stay.kind == DeviceKind::HuntGroup {
        return ("nobody", "none");
    }
    if let Some(holder) = agent.and_then(|agent| holder("agent", agent)) {
        return (holder.user, "agent");
    }
    if let Some(holder) = holder("extension", stay.device) {
        return (holder.user, if holder.primary { "primary_extension" } else { "secondary_extension" });
    }
    let mains: Vec<&str> = DEE.iter().filter(|(_, member)| *member == stay.device).map(|(main, _)| *main).collect();
    match mains.as_slice() {
        [main] => holder("extension", main).filter(|holder| holder.primary).map_or(("nobody", "none"), |holder| (holder.user, "dee")),
        _ => ("nobody", "none"),
    }
}

/// What is compared of a segment.
struct Words<'a> {
    device: &'a str,
    role: &'a str,
    outcome: &'a str,
    left_by: &'a str,
    start: u64,
    answer: Option<u64>,
    end: u64,
    ring: u64,
    talk: u64,
    hold: u64,
    queue: u64,
    transfer: String,
    agent: Option<&'a str>,
    user: &'a str,
    rule: &'a str,
    instant: u64,
    uncertain: bool,
}

impl Words<'_> {
    fn text(&self) -> String {
        let Self {
            device,
            role,
            outcome,
            left_by,
            start,
            answer,
            end,
            ring,
            talk,
            hold,
            queue,
            transfer,
            agent,
            user,
            rule,
            instant,
            uncertain,
        } = self;
        format!(
            "{device} {role} {outcome} {left_by} {start} {answer:?} {end} ring {ring} talk {talk} hold {hold} queue {queue}{transfer} \
             agent {agent:?} {user} by {rule} at {instant} uncertain {uncertain}"
        )
    }
}

/// A record in the same words.
pub(super) fn in_words(record: &CallRecord) -> String {
    let number = |party: &strowger::record::PartyInfo| party.number.clone().unwrap_or_default();
    let (start, end) = (ms(record.started_at), ms(record.ended_at));
    let (direction, outcome) = (name(&record.direction), name(&record.outcome));
    let answer = record.answered_at.map(ms);
    let mut text = format!("{direction} {} > {} {outcome} {start} {answer:?} {end}", number(&record.caller), number(&record.dialled));
    if record.start_uncertain {
        text.push_str(" start_uncertain");
    }
    if record.end_uncertain {
        text.push_str(" end_uncertain");
    }
    for gap in &record.gaps {
        write!(text, " gap {} {}", ms(gap.from), ms(gap.until)).expect("written");
    }
    let mut lines: Vec<String> = record
        .segments
        .iter()
        .map(|s| {
            let transfer = s.transfer.as_ref().map(|transfer| {
                let to = transfer.to_seq.and_then(|seq| record.segments.get(seq as usize - 1));
                let to = to.map(|to| format!("{} at {}", to.device, ms(to.started_at))).unwrap_or_default();
                format!(" {} to {to}", name(&transfer.kind))
            });
            let told = Words {
                device: &s.device,
                role: &name(&s.role),
                outcome: &name(&s.outcome),
                left_by: &name(&s.left_by),
                start: ms(s.started_at),
                answer: s.answered_at.map(ms),
                end: ms(s.ended_at),
                ring: s.ring_ms,
                talk: s.talk_ms,
                hold: s.hold_ms,
                queue: s.queue_ms,
                transfer: transfer.unwrap_or_default(),
                agent: s.agent.as_deref(),
                user: s.user.as_ref().map_or("nobody", |user| &user.name),
                rule: &name(&s.attribution.rule),
                instant: ms(s.attribution.at),
                uncertain: s.attribution.uncertain,
            };
            told.text()
        })
        .collect();
    lines.sort();
    format!("{text}\n{}", lines.join("\n"))
}

fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few minutes after the beginning")]
fn ms(at: strowger::telephony::Time) -> u64 {
    (seconds_of(at) * 1000.0).round() as u64
}
