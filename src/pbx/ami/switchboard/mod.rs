//! From AMI events to telephony events.
//!
//! Channels are followed by Uniqueid; relations (dialled by, half of, in bridge with, took the place of) are kept apart from the
//! calls derived from them, so that nothing depends on the order of two events about different channels. Only channels that a
//! device stands behind become connections; Local channels and the PBX's own are the wiring between them.
//!
//! Each connection is told once as offered or originated, once as delivered, once as established and once as cleared.

mod agent;
mod announce;
mod bridge;
mod channel;
mod component;
mod device;
mod dial;
mod hangup;
mod load;
mod park;
mod queue;
#[cfg(test)]
mod tests;
mod transfer;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use foldhash::fast::FixedState;
use smol_str::SmolStr;
use strowger_protocol::ami::Message;

pub(super) use load::{Entry as ListEntry, Lists};

use super::settings::Naming;
use crate::telephony::{AgentId, ConnectionId, DeviceId, Event, Stamped, SwitchCallId, Time};
use channel::{Channel, Uid};
use component::Components;

/// Queues of which an agent is a member at a device.
type Memberships = BTreeMap<(AgentId, DeviceId), BTreeSet<SmolStr>>;

/// State of one Asterisk's channels.
#[derive(Debug)]
pub(super) struct Switchboard {
    naming: Naming,
    channels: HashMap<Uid, Channel, FixedState>,
    components: Components,
    /// Members of each bridge where parties talk.
    bridges: HashMap<SmolStr, Vec<Uid>, FixedState>,
    /// Waiting lines by agent.
    lines: BTreeMap<AgentId, Uid>,
    /// Queues of which an agent is a member at a device.
    memberships: Memberships,
    /// Who works after a call, until when.
    wrapping_up: BTreeSet<(Time, AgentId)>,
    /// Wrap-up time in seconds of an agent's queue.
    wrap_up_s: BTreeMap<AgentId, u64>,
    out_of_service: BTreeSet<DeviceId>,
    /// Channels that the last audit did not find.
    missing: BTreeSet<Uid>,
    /// Extensions that have shown themselves to be devices.
    known_devices: BTreeSet<SmolStr>,
    /// The present state is being taken up: connections are told as present.
    loading: bool,
    /// What is to be told, in order.
    out: VecDeque<Stamped>,
}

/// Bound on channels; beyond it new ones are not followed (and a notice says so).
pub(super) const CHANNELS_MAX: usize = 200_000;

impl Switchboard {
    pub(super) fn new(naming: Naming) -> Self {
        Self {
            naming,
            channels: HashMap::default(),
            components: Components::default(),
            bridges: HashMap::default(),
            lines: BTreeMap::new(),
            memberships: BTreeMap::new(),
            wrapping_up: BTreeSet::new(),
            wrap_up_s: BTreeMap::new(),
            out_of_service: BTreeSet::new(),
            missing: BTreeSet::new(),
            known_devices: BTreeSet::new(),
            loading: false,
            out: VecDeque::new(),
        }
    }

    pub(super) fn poll(&mut self) -> Option<Stamped> {
        self.out.pop_front()
    }

    fn emit(&mut self, at: Time, event: Event) {
        self.out.push_back(Stamped { at, event });
    }

    /// Takes one event. False: it is of no use here.
    pub(super) fn event(&mut self, message: &Message, at: Time) -> bool {
        self.end_wrap_up(at);
        match message.name() {
            b"Newchannel" => self.new_channel(message, at),
            b"Newstate" => self.new_state(message, at),
            b"Rename" => self.rename(message),
            b"DialBegin" => self.dial_begin(message, at),
            b"DialState" => self.dial_state(message, at),
            b"DialEnd" => self.dial_end(message, at),
            b"BridgeEnter" => self.bridge_enter(message, at),
            b"BridgeLeave" => self.bridge_leave(message, at),
            b"LocalBridge" => self.local_bridge(message, at),
            b"Hold" => self.hold(message, at, true),
            b"Unhold" => self.hold(message, at, false),
            b"BlindTransfer" => self.blind_transfer(message, at),
            b"AttendedTransfer" => self.attended_transfer(message, at),
            b"Pickup" => self.pickup(message, at),
            b"HangupRequest" => self.hangup_request(message, at),
            b"Hangup" => self.hangup(message, at),
            b"ParkedCall" => self.parked(message, at),
            b"UnParkedCall" => self.unparked(message, at),
            b"ParkedCallTimeOut" => self.park_ended(message, at, crate::telephony::Clearing::TimedOut),
            b"ParkedCallGiveUp" => self.park_ended(message, at, crate::telephony::Clearing::Abandoned),
            b"ParkedCallSwap" => self.park_swap(message),
            b"ConfbridgeJoin" => self.conference_join(message, at),
            b"ConfbridgeLeave" => self.conference_leave(message, at),
            b"QueueCallerJoin" => self.queue_join(message, at),
            b"QueueCallerAbandon" => self.queue_abandon(message),
            b"QueueCallerLeave" => self.queue_leave(message, at),
            b"AgentCalled" => self.agent_called(message, at),
            b"AgentRingNoAnswer" => self.agent_ring_no_answer(message, at),
            b"AgentConnect" => self.agent_connect(message, at),
            b"AgentComplete" => self.agent_complete(message, at),
            b"AgentLogin" => self.agent_login(message, at),
            b"AgentLogoff" => self.agent_logoff(message, at),
            b"QueueMemberAdded" => self.member_added(message, at),
            b"QueueMemberRemoved" => self.member_removed(message, at),
            b"QueueMemberPause" => self.member_pause(message, at),
            b"DeviceStateChange" => self.device_state(message, at),
            b"ChanSpyStart" => self.spy_start(message, at),
            _ => return false,
        }
        true
    }

    /// The channel that a message is about; `prefix` as in `DestUniqueid`.
    fn uid<'a>(message: &'a Message, key: &str) -> Option<&'a str> {
        text(message, key)
    }

    fn connection_of(&self, uid: &str) -> Option<ConnectionId> {
        self.channels.get(uid)?.connection()
    }

    fn call_of(&self, uid: &str) -> Option<SwitchCallId> {
        let component = self.component_of(uid)?;
        self.components.get(component).map(|c| c.id.clone())
    }
}

/// A field's value; `None` where it is missing, empty or `<unknown>`.
fn text<'a>(message: &'a Message, key: &str) -> Option<&'a str> {
    message.str(key).filter(|v| !v.is_empty() && *v != "<unknown>")
}

/// A name or number as the telephone sent it: any bytes, and quoting that SIP and AMI each added and nobody undid.
fn presented(message: &Message, key: &str) -> Option<SmolStr> {
    let value = message.text(key)?;
    let value = value.trim();
    if value.is_empty() || value == "<unknown>" {
        return None;
    }
    if value.contains('\\') {
        return Some(SmolStr::new(unquote(&unquote(value))));
    }
    Some(SmolStr::new(value))
}

fn unquote(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => plain.extend(rest.next()),
            other => plain.push(other),
        }
    }
    plain
}
