//! Open calls, to look at: as they are, not yet as they will have been.

use super::Tracker;
use super::call::{Call, Segment};
use super::outcome::{caller_index, dialled, direction};
use crate::telephony::{AgentId, ConnectionState, DeviceKind, Direction, Party, SwitchCallId, Time};

/// A call that is under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenCall {
    /// What the PBX numbered it first.
    pub switch_call: SwitchCallId,
    /// When it began under that number.
    pub began_at: Time,
    /// By who began it, as far as can be told yet.
    pub direction: Direction,
    /// What the calling party dialled, as far as is known.
    pub dialled: Option<String>,
    /// Who is in it now, the calling party first, then by when they came.
    pub parts: Vec<OpenPart>,
}

/// A device that is in a call now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenPart {
    /// The device.
    pub party: Party,
    /// Whether it began the call.
    pub is_caller: bool,
    /// Its state.
    pub state: ConnectionState,
    /// Since when it is in the call.
    pub since: Time,
    /// The instant that counts for whose part it is, as it stands now: the answer, else the beginning.
    pub instant: Time,
    /// The agent logged on there at that instant.
    pub agent: Option<AgentId>,
}

impl Tracker {
    /// The calls that began last, newest first, at most so many.
    pub fn newest_calls(&self, max: usize) -> Vec<OpenCall> {
        self.calls.values().rev().filter(|call| !call.segments.is_empty()).take(max).map(open).collect()
    }
}

fn open(call: &Call) -> OpenCall {
    let caller = caller_index(&call.segments);
    let here = call.segments.iter().enumerate().filter(|(_, segment)| segment.is_open());
    let mut parts: Vec<OpenPart> = here.map(|(index, segment)| part(segment, index == caller)).collect();
    parts.sort_by_key(|part| (!part.is_caller, part.since));
    OpenCall {
        switch_call: call.switch_calls.first().cloned().unwrap_or_else(|| SwitchCallId::new("")),
        began_at: call.began_at,
        direction: direction(&call.segments, caller),
        dialled: dialled(&call.segments, caller),
        parts,
    }
}

fn part(segment: &Segment, is_caller: bool) -> OpenPart {
    let is_holding = segment.holds.last().is_some_and(|(_, until)| until.is_none());
    let state = match (segment.answered_at, segment.delivered_at) {
        _ if is_holding => ConnectionState::Hold,
        (Some(_), _) => ConnectionState::Connected,
        (None, _) if segment.originated => ConnectionState::Initiated,
        (None, _) if matches!(segment.party.kind, DeviceKind::HuntGroup | DeviceKind::Park) => ConnectionState::Queued,
        (None, Some(_)) => ConnectionState::Alerting,
        (None, None) => ConnectionState::Null, // offered, and not ringing yet
    };
    let agent = if segment.answered_at.is_some() { &segment.agent_at_answer } else { &segment.agent_at_start };
    OpenPart {
        party: segment.party.clone(),
        is_caller,
        state,
        since: segment.started_at,
        instant: segment.answered_at.or(segment.delivered_at).unwrap_or(segment.started_at),
        agent: agent.clone(),
    }
}
