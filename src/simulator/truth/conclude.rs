//! From a story that is over to its record.

use uuid::Uuid;

use super::Settings;
use super::credit::{History, Subject};
use super::story::{Stay, StayKey, Story};
use crate::record::{CallRecord, PartyInfo, Segment, Transfer};
use crate::telephony::{AgentId, CallOutcome, DeviceKind, SegmentOutcome, Time};

/// Namespace of the ids here: unlike those of the program's own records, so that nobody takes one for the other.
const NAMESPACE: Uuid = Uuid::from_u128(0x0d3c_41f2_7b55_4c1e_8a0f_95c2_66e1_74aa);

/// Makes the record. `is_cut`: it goes on, unseen.
pub(super) fn conclude(mut story: Story, settings: &Settings, credits: &History, is_cut: bool) -> CallRecord {
    let end = |stay: &Stay| stay.left.map_or(stay.started_at, |(at, _)| at);
    story.stays.sort_by_key(|stay| (stay.started_at.to_millisecond(), !stay.is_originator, end(stay), stay.key));
    let stays = &story.stays;
    let answered_at = stays.iter().filter(|stay| stay.is_called_person()).filter_map(|stay| stay.answered_at).min();
    let outcome = if answered_at.is_some() { CallOutcome::Answered } else { story.unanswered };
    let caller = stays.iter().find(|stay| stay.key == story.caller);
    let first_called = || stays.iter().find(|stay| !stay.is_originator).map(|stay| stay.device.as_str());
    let dialled = story.dialled.as_deref().or_else(first_called);
    let started_at = stays.iter().map(|stay| stay.started_at).min().unwrap_or(Time::MIN);
    let party = |number: Option<&str>, name: Option<&str>| PartyInfo {
        number: number.map(ToOwned::to_owned),
        e164: number.and_then(|number| settings.country.as_ref()?.e164(number)),
        name: name.map(ToOwned::to_owned),
    };
    let first_number = story.switch_calls.first().map_or("", |id| id.as_str());
    CallRecord {
        id: Uuid::new_v5(&NAMESPACE, format!("{}\0{}\0{first_number}\0{}", settings.site, settings.pbx, started_at.as_micros()).as_bytes()),
        site: settings.site.clone(),
        pbx: settings.pbx.clone(),
        switch_calls: story.switch_calls.iter().map(ToString::to_string).collect(),
        direction: story.direction,
        caller: party(caller.and_then(|stay| stay.number.as_deref()), caller.and_then(|stay| stay.name.as_deref())),
        dialled: party(dialled, None),
        trunk: stays.iter().find_map(|stay| stay.trunk.as_ref()).map(ToString::to_string),
        started_at: started_at.to_millisecond(),
        answered_at: answered_at.map(Time::to_millisecond),
        ended_at: stays.iter().map(end).max().unwrap_or(started_at).to_millisecond(),
        outcome,
        start_uncertain: false,
        end_uncertain: is_cut,
        gaps: Vec::new(),
        segments: (1..).zip(stays).map(|(seq, stay)| segment(seq, stay, &story, answered_at.is_none(), credits)).collect(),
        anonymised_at: None,
    }
}

fn segment(seq: u32, stay: &Stay, story: &Story, is_unanswered: bool, credits: &History) -> Segment {
    let (ended_at, exit) = stay.left.map_or((stay.started_at, super::Exit::RELEASED), |left| left);
    let spans: Vec<(Time, Time)> =
        stay.holds.iter().map(|&(from, until)| (from.to_millisecond(), until.unwrap_or(ended_at).to_millisecond())).collect();
    let hold_ms: u64 = spans.iter().map(|(from, until)| until.millis_since(*from)).sum();
    let is_path = !matches!(stay.kind, DeviceKind::Extension | DeviceKind::External);
    let ring_ms = match stay.alerted_at {
        Some(from) if !is_path => stay.rang_until.or(stay.answered_at).unwrap_or(ended_at).millis_since(from),
        _ => 0,
    };
    let outcome = match exit.outcome {
        _ if stay.key == story.caller && is_unanswered => of_call(story.unanswered),
        Some(outcome) => outcome,
        None if stay.answered_at.is_some() => SegmentOutcome::Answered,
        None => SegmentOutcome::Abandoned,
    };
    let instant = match stay.answered_at {
        _ if stay.is_originator => stay.started_at,
        Some(answered_at) => answered_at,
        None => stay.alerted_at.unwrap_or(stay.started_at),
    };
    let agent = stay.agent.as_ref().filter(|_| stay.kind == DeviceKind::Extension);
    let credit = credits.credit(&Subject { device: &stay.device, kind: stay.kind, agent, at: instant.to_millisecond() });
    Segment {
        seq,
        device: stay.device.to_string(),
        device_kind: stay.kind,
        agent: agent.map(AgentId::to_string),
        role: stay.role,
        started_at: stay.started_at.to_millisecond(),
        answered_at: stay.answered_at.map(Time::to_millisecond),
        ended_at: ended_at.to_millisecond(),
        ring_ms,
        talk_ms: stay.answered_at.map_or(0, |from| ended_at.millis_since(from)).saturating_sub(hold_ms),
        hold_ms,
        queue_ms: if stay.kind == DeviceKind::HuntGroup { ended_at.millis_since(stay.started_at) } else { 0 },
        holds: spans,
        outcome,
        left_by: exit.left_by,
        cause: exit.cause.to_string(),
        transfer: stay.transfer.as_ref().map(|(kind, to)| Transfer { kind: *kind, to_seq: handed_to(to, &story.stays) }),
        user: credit.user,
        group: credit.group,
        attribution: credit.attribution,
    }
}

/// Of those that the call was handed to at once, the one that answered, else the first.
fn handed_to(to: &[StayKey], stays: &[Stay]) -> Option<u32> {
    let place = |key: &StayKey| stays.iter().position(|stay| stay.key == *key);
    let is_answered = |place: &usize| stays[*place].answered_at.is_some();
    let mut places: Vec<usize> = to.iter().filter_map(place).collect();
    places.sort_unstable();
    let chosen = places.iter().copied().find(is_answered).or(places.first().copied())?;
    u32::try_from(chosen + 1).ok()
}

fn of_call(outcome: CallOutcome) -> SegmentOutcome {
    match outcome {
        CallOutcome::Answered => SegmentOutcome::Answered,
        CallOutcome::NoAnswer => SegmentOutcome::NoAnswer,
        CallOutcome::Abandoned => SegmentOutcome::Abandoned,
        CallOutcome::Busy => SegmentOutcome::Busy,
        CallOutcome::Rejected => SegmentOutcome::Rejected,
        CallOutcome::Failed => SegmentOutcome::Failed,
        CallOutcome::LinkLost => SegmentOutcome::LinkLost,
    }
}
