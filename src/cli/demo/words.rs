//! Calls in the words of the demo: short, with who and why.

use crate::cli::show::{harmless, party, short_duration, word};
use crate::daemon::{LiveCall, LiveCredit};
use crate::record::{CallRecord, Segment};
use crate::telephony::{ConnectionState, DeviceKind, Direction, Rule, SegmentOutcome, Time};
use crate::tracker::OpenPart;

/// Parts of a finished call that are told at most.
const PARTS_MAX: usize = 4;

/// A call that is under way, in one line: `0:12 inbound   01715550009 → 3002  Jonas Weiss talks at 1014 (agent 2003)`.
pub(super) fn live(live: &LiveCall, now: Time) -> String {
    let call = &live.call;
    let began = call.parts.iter().map(|part| part.since).min().unwrap_or(call.began_at);
    let caller = call.parts.iter().find(|part| part.is_caller).map_or_else(|| "-".to_owned(), outside_name);
    let dialled = call.dialled.as_deref().map_or_else(|| "-".to_owned(), |number| harmless(number).into_owned());
    let others: Vec<String> = here(live).map(|(part, credit)| present(part, credit)).collect();
    let lasting = short_duration(now.millis_since(began));
    format!("{lasting:>5}  {:<8}  {caller} → {dialled}  {}", way(call.direction), others.join(", "))
}

/// The parts worth telling: persons; queues while nobody else is there yet.
fn here(live: &LiveCall) -> impl Iterator<Item = (&OpenPart, &LiveCredit)> {
    let parts = || live.call.parts.iter().zip(&live.credits);
    let has_called = parts().any(|(part, _)| !part.is_caller && part.state != ConnectionState::Queued);
    let is_told = move |part: &OpenPart, credit: &LiveCredit| {
        if part.is_caller { credit.user.is_some() } else { !has_called || part.state != ConnectionState::Queued }
    };
    parts().filter(move |(part, credit)| is_told(part, credit))
}

/// Who answered a call that is under way, and why it is theirs; `None` while nobody has.
pub(super) fn answered(live: &LiveCall) -> Option<String> {
    let has_answered = |part: &&OpenPart| !part.is_caller && matches!(part.state, ConnectionState::Connected | ConnectionState::Hold);
    let parts = live.call.parts.iter().zip(&live.credits);
    parts.filter(|(part, credit)| has_answered(part) && credit.user.is_some()).map(|(part, credit)| present(part, credit)).next()
}

fn present(part: &OpenPart, credit: &LiveCredit) -> String {
    let does = match part.state {
        ConnectionState::Initiated => "calls from",
        ConnectionState::Alerting => "rings at",
        ConnectionState::Connected => "talks at",
        ConnectionState::Hold => "holds at",
        ConnectionState::Queued => "waits at",
        ConnectionState::Null => "is tried at",
    };
    let device = harmless(part.party.device.as_str());
    match &credit.user {
        Some(user) => format!("{} {does} {device} ({})", harmless(user), why_short(credit, part)),
        None if part.state == ConnectionState::Queued => format!("{does} {device}"),
        None => format!("{} {does} {device}", part.party.name.as_deref().map_or_else(|| kind(part.party.kind).into(), harmless)),
    }
}

fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Extension | DeviceKind::External => "somebody",
        DeviceKind::HuntGroup => "the hunt group",
        DeviceKind::Trunk => "a line",
        DeviceKind::VoiceMail => "voice mail",
        DeviceKind::Park => "a park slot",
        DeviceKind::Conference => "the conference",
        DeviceKind::Ivr => "the attendant",
    }
}

fn why_short(live: &LiveCredit, part: &OpenPart) -> String {
    match live.credit.rule {
        Rule::Agent => format!("agent {}", part.agent.as_ref().map_or("?", |agent| agent.as_str())),
        Rule::PrimaryExtension => "own extension".to_owned(),
        Rule::SecondaryExtension => "second extension".to_owned(),
        Rule::Dee => format!("rings with {}", main_of(live.credit.association.as_deref())),
        Rule::None => "nobody's".to_owned(),
    }
}

/// The main of `dee 1001 > 1011`.
fn main_of(association: Option<&str>) -> &str {
    association.and_then(|text| text.strip_prefix("dee ")?.split(" > ").next()).unwrap_or("?")
}

/// A finished call: its line, and a line for each person.
pub(super) struct Finished {
    /// `14:03:22  inbound   01715550009 (Jane Doe) → 3002  answered  0:34`.
    pub(super) call: String,
    /// `Jonas Weiss: talked 0:21 at 1014, where agent 2003 was logged on`.
    pub(super) people: Vec<String>,
}

pub(super) fn finished(record: &CallRecord, clock: &str) -> Finished {
    let lasted = short_duration(record.ended_at.millis_since(record.started_at));
    let outcome = word(&record.outcome);
    let (caller, dialled) = (party(&record.caller), party(&record.dialled));
    let call = format!("{clock}  {:<8}  {caller} → {dialled}  {outcome}  {lasted}", way(record.direction));
    let mut credited: Vec<&Segment> = record.segments.iter().filter(|segment| segment.user.is_some()).collect();
    // Who answered comes first.
    credited.sort_by_key(|segment| (segment.answered_at.is_none(), segment.seq));
    let mut people: Vec<String> = credited.iter().take(PARTS_MAX).map(|segment| person(segment, segment.seq == 1)).collect();
    match credited.len().saturating_sub(PARTS_MAX) {
        0 if people.is_empty() => people.push("nobody is credited".to_owned()),
        0 => {}
        more => people.push(format!("and {more} more")),
    }
    Finished { call, people }
}

fn person(segment: &Segment, called_out: bool) -> String {
    let name = segment.user.as_ref().map_or("nobody", |user| user.name.as_str());
    let device = harmless(&segment.device);
    let (talked, rang) = (short_duration(segment.talk_ms), short_duration(segment.ring_ms));
    let (did, then) = match segment.outcome {
        _ if segment.answered_at.is_some() && called_out => (format!("called and talked {talked}"), ""),
        _ if segment.answered_at.is_some() => (format!("talked {talked}"), ""),
        _ if called_out => ("called in vain".to_owned(), ""),
        SegmentOutcome::Busy => ("was busy".to_owned(), ""),
        SegmentOutcome::Rejected => ("declined".to_owned(), ""),
        SegmentOutcome::Failed => ("was not reached".to_owned(), ""),
        SegmentOutcome::Diverted => (format!("rang {rang}"), " (sent on)"),
        SegmentOutcome::AnsweredElsewhere => (format!("rang {rang}"), " (answered elsewhere)"),
        SegmentOutcome::Answered | SegmentOutcome::NoAnswer | SegmentOutcome::Abandoned | SegmentOutcome::LinkLost => {
            (format!("rang {rang} in vain"), "")
        }
    };
    let why = match segment.attribution.rule {
        Rule::Agent => format!("agent {} was logged on there", segment.agent.as_deref().unwrap_or("?")),
        Rule::PrimaryExtension => "it is the primary extension".to_owned(),
        Rule::SecondaryExtension => "it is a secondary extension".to_owned(),
        Rule::Dee => format!("it rings with {} (DEE)", main_of(segment.attribution.association.as_deref())),
        Rule::None => segment.attribution.reason.replace('_', " "),
    };
    let doubt = if segment.attribution.uncertain { ", uncertain" } else { "" };
    format!("{}: {did} at {device}{then}, because {why}{doubt}", harmless(name))
}

fn outside_name(part: &OpenPart) -> String {
    let number = part.party.number.as_deref().unwrap_or_else(|| part.party.device.as_str());
    match part.party.name.as_deref() {
        Some(name) => format!("{} ({})", harmless(number), harmless(name)),
        None => harmless(number).into_owned(),
    }
}

fn way(direction: Direction) -> String {
    word(&direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CallRecord {
        serde_json::from_str(include_str!("../../../tests/cli/record.json")).expect("a record")
    }

    #[test]
    fn a_finished_call_with_who_and_why() {
        let finished = finished(&record(), "14:03:22");
        let text = [vec![finished.call], finished.people].concat().join("\n");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        let mut record = record();
        record.caller.name = Some("\u{1b}[2J".to_owned());
        for segment in &mut record.segments {
            if let Some(user) = &mut segment.user {
                user.name = "\u{1b}]0;x\u{7}".to_owned();
            }
        }
        let finished = finished(&record, "14:03:22");
        assert!(!finished.call.contains('\u{1b}') && finished.people.iter().all(|line| !line.contains('\u{1b}')));
    }
}
