//! The state of one PBX as telephony events tell it: calls with their segments, agents, devices.
//!
//! Pure: an event and its moment go in, [`Change`]s come out; the same events give the same changes. The whole state can be
//! written down and read back ([`serde`]), which is how a restart continues open calls. Who is credited is not decided here:
//! a segment only notes which agent was logged on at its device at the instants that may count.
//!
//! Bounds: calls and devices are limited by [`Limits`]. Past the limit of calls the oldest call is closed as lost and counted
//! ([`Change::Overflow`]); past the limits of devices and agents further ones are not remembered.

mod agent;
mod call;
mod device;
mod ended;
mod open;
mod outcome;
mod resync;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

pub use agent::AgentEnd;
pub use ended::{EndedCall, EndedSegment, EndedTransfer};
pub use open::{OpenCall, OpenPart};

use crate::telephony::{
    AgentId, AgentState, Cause, Clearing, ConnectionId, DeviceChange, DeviceId, Entry, Event, Party, Scope, Stamped, SwitchCallId, Time,
};
use agent::Agents;
use call::{Call, CallKey, Segment, SegmentKey};
use device::Devices;

/// What the tracker tells the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// A call began.
    CallBegan {
        /// Its identity at the switch.
        call: SwitchCallId,
        /// When it began, as its identity remembers it.
        at: Time,
    },
    /// A call is over: everything about it.
    CallEnded(Box<EndedCall>),
    /// An agent logged on.
    AgentLoggedOn {
        /// The agent.
        agent: AgentId,
        /// Where.
        device: DeviceId,
    },
    /// An agent's login ended.
    AgentLoggedOff {
        /// The agent.
        agent: AgentId,
        /// Where it was.
        device: DeviceId,
        /// Why it ended.
        end: AgentEnd,
    },
    /// An agent's state changed.
    AgentState {
        /// The agent.
        agent: AgentId,
        /// The new state.
        state: AgentState,
    },
    /// A device changed.
    Device(DeviceChange),
    /// The PBX or a part of it went out of sight.
    SightLost {
        /// Which part.
        scope: Scope,
        /// Its last sign of life.
        since: Time,
    },
    /// What was out of sight is in sight again.
    SightRegained {
        /// Which part.
        scope: Scope,
        /// Its last sign of life before.
        from: Time,
        /// When its present state was told.
        until: Time,
    },
    /// An event named a connection that is not known (any more).
    Stray,
    /// A bound was reached and the oldest call closed.
    Overflow,
}

/// Bounds of the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Open calls at most.
    pub calls_max: usize,
    /// Segments, and numbers, of one call at most; further ones are counted as stray.
    pub segments_max: usize,
    /// Devices whose state is remembered, and agents logged on, at most.
    pub devices_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls_max: 100_000, segments_max: 2_000, devices_max: 200_000 }
    }
}

/// Cleared connections that a transfer told late can still name.
const CLEARED_MAX: usize = 64;
/// Newest calls in which a login that is told late is looked for.
const LATE_LOGIN_CALLS_MAX: usize = 64;

type Index<K, V> = HashMap<K, V, FixedState>;

/// The state of one PBX.
#[derive(Default, Debug, Serialize, Deserialize)]
pub struct Tracker {
    calls: BTreeMap<CallKey, Call>,
    next_call: CallKey,
    next_segment: SegmentKey,
    agents: Agents,
    devices: Devices,
    link: resync::Link,
    #[serde(skip)]
    by_call: Index<SwitchCallId, CallKey>,
    #[serde(skip)]
    by_connection: Index<ConnectionId, (CallKey, SegmentKey)>,
    /// Connections that were cleared last, newest at the end.
    #[serde(default)]
    cleared: VecDeque<(ConnectionId, CallKey, SegmentKey)>,
    #[serde(skip)]
    limits: Limits,
}

impl Tracker {
    /// An empty state.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes up a state that was written down.
    #[must_use]
    pub fn restored(mut self, limits: Limits) -> Self {
        self.limits = limits;
        for (&key, call) in &self.calls {
            for id in call.numbers() {
                self.by_call.insert(id.clone(), key);
            }
            for segment in call.segments.iter().filter(|s| s.is_open()) {
                self.by_connection.insert(segment.connection.clone(), (key, segment.key));
            }
        }
        self
    }

    /// Number of open calls.
    pub fn open_calls(&self) -> usize {
        self.calls.len()
    }

    /// Number of agents logged on.
    pub fn agents_logged_on(&self) -> usize {
        self.agents.logged_on()
    }

    /// The agent logged on at a device.
    pub fn agent_at(&self, device: &DeviceId) -> Option<&AgentId> {
        self.agents.at(device)
    }

    /// Takes one event; what follows from it is appended to `changes`.
    pub fn handle(&mut self, stamped: &Stamped, changes: &mut Vec<Change>) {
        let at = stamped.at;
        match &stamped.event {
            Event::LinkLost { scope } => self.link_lost(at, scope, changes),
            Event::ResyncBegan { scope } => self.resync_began(scope),
            Event::Present(present) => self.present(at, present, changes),
            Event::Resynchronised { scope } => self.resynchronised(at, scope, changes),
            Event::Device(change) => {
                if self.devices.apply(change, self.limits.devices_max) {
                    changes.push(Change::Device(change.clone()));
                }
            }
            Event::AgentLoggedOn { agent, device } => {
                self.agents.log_on(agent, device, at, self.limits.devices_max, changes);
                self.learn_agent(agent, device, at);
            }
            Event::AgentLoggedOff { agent, device } => self.agents.log_off(agent, device, changes),
            Event::AgentState { agent, state, reason } => self.agents.set_state(agent, *state, reason.as_ref(), changes),
            Event::Originated { .. }
            | Event::Dialled { .. }
            | Event::Identified { .. }
            | Event::Offered { .. }
            | Event::Delivered { .. }
            | Event::Established { .. }
            | Event::Held { .. }
            | Event::Retrieved { .. }
            | Event::Queued { .. }
            | Event::Diverted { .. }
            | Event::Failed { .. }
            | Event::Transferred { .. }
            | Event::TransferReached { .. }
            | Event::Entered { .. }
            | Event::CallsJoined { .. }
            | Event::Renumbered { .. }
            | Event::Cleared { .. }
            | Event::CallKept { .. }
            | Event::CallCleared { .. }
            | Event::Discarded { .. } => self.call_event(at, &stamped.event, changes),
        }
    }

    fn call_event(&mut self, at: Time, event: &Event, changes: &mut Vec<Change>) {
        let known = match event {
            Event::Originated { call, connection, party, dialled } => {
                let agent = self.agents.at(&party.device).cloned();
                let is_doubtful = self.link.lost_since(party).is_some();
                let new = NewSegment { connection, party, how: Entry::Calling, by: None, agent, is_doubtful };
                self.begin(at, call, new, changes).map(|segment| segment.dialled.clone_from(dialled)).is_some()
            }
            Event::Dialled { connection, number } => {
                self.with(connection, |segment| segment.dialled.get_or_insert_with(|| number.clone()).is_empty()).is_some()
            }
            Event::Identified { connection, party } => self.with(connection, |segment| segment.party.clone_from(party)).is_some(),
            Event::Offered { call, connection, party, how, by } => {
                let agent = self.agents.at(&party.device).cloned();
                let by = by.as_ref().and_then(|by| self.by_connection.get(by)).map(|(_, segment)| *segment);
                let is_doubtful = self.link.lost_since(party).is_some();
                self.begin(at, call, NewSegment { connection, party, how: *how, by, agent, is_doubtful }, changes).is_some()
            }
            Event::Queued { call, connection, party, waiting } => {
                let by = self.by_connection.get(waiting).map(|(_, segment)| *segment);
                let is_doubtful = self.link.lost_since(party).is_some();
                let new = NewSegment { connection, party, how: Entry::Queue, by, agent: None, is_doubtful };
                self.begin(at, call, new, changes).map(|segment| segment.answered_at = segment.answers_by_itself().then_some(at)).is_some()
            }
            Event::Delivered { connection } => {
                self.with_agent(connection, |segment, agent, is_doubtful| segment.delivered(at, agent, is_doubtful)).is_some()
            }
            Event::Established { connection } => {
                self.with_agent(connection, |segment, agent, is_doubtful| segment.established(at, agent, is_doubtful)).is_some()
            }
            Event::Held { connection } => self.with(connection, |segment| segment.held(at)).is_some(),
            Event::Retrieved { connection } => self.with(connection, |segment| segment.retrieved(at)).is_some(),
            Event::Failed { connection } => self.with(connection, |segment| segment.failed(at)).is_some(),
            Event::Diverted { connection, .. } => self.with(connection, |segment| segment.diverted = true).is_some(),
            Event::Transferred { kind, by, consultation, to } => {
                let to = to.as_ref().and_then(|to| {
                    self.with(to, |segment| {
                        segment.enter_by_transfer();
                        segment.key
                    })
                });
                if let Some(consultation) = consultation {
                    self.with(consultation, |segment| segment.how = Entry::Consultation);
                }
                self.with_late(by, |segment| segment.transferred(at, *kind, to)).is_some()
            }
            Event::TransferReached { by, to } => self.transfer_reached(by, to),
            Event::Entered { connection, how } => self.with(connection, |segment| segment.enter(*how)).is_some(),
            Event::CallsJoined { call, with, how } => self.join(call, with, *how),
            Event::Renumbered { from, to } => self.renumber(from, to),
            Event::Cleared { connection, how, cause } => self.clear(at, connection, *how, cause.clone(), changes),
            Event::CallKept { call } => self.keep(call, true, changes),
            Event::CallCleared { call } => self.keep(call, false, changes),
            Event::Discarded { call } => self.discard(at, call, changes),
            _ => true,
        };
        if !known {
            changes.push(Change::Stray);
        }
    }

    /// A login that is told late holds for what began at the device since.
    fn learn_agent(&mut self, agent: &AgentId, device: &DeviceId, since: Time) {
        for segment in self.calls.values_mut().rev().take(LATE_LOGIN_CALLS_MAX).flat_map(|call| &mut call.segments) {
            if segment.party.device == *device && segment.is_open() && segment.started_at >= since && !segment.start_uncertain {
                segment.agent_at_start.get_or_insert_with(|| agent.clone());
            }
        }
    }

    /// Begins a segment, and its call where that is new. `None`: the connection is in that call already, or the call has too many
    /// segments.
    fn begin(&mut self, at: Time, call: &SwitchCallId, new: NewSegment<'_>, changes: &mut Vec<Change>) -> Option<&mut Segment> {
        if let Some(&(of, _)) = self.by_connection.get(new.connection) {
            if self.by_call.get(call) == Some(&of) {
                return None;
            }
            // The PBX uses the name anew: the end of what bore it was missed.
            self.clear(at, new.connection, Clearing::Lost, Cause::UNKNOWN, changes);
        }
        let (key, is_new) = match self.by_call.get(call) {
            Some(&key) => (key, false),
            None => (self.begin_call(at, call, changes), true),
        };
        let segment_key = self.next_segment;
        let open = self.calls.get_mut(&key)?;
        // It may have been there before.
        open.start_uncertain |= is_new && new.is_doubtful;
        if open.segments.len() >= self.limits.segments_max {
            return None;
        }
        self.next_segment.0 += 1;
        self.by_connection.insert(new.connection.clone(), (key, segment_key));
        open.segments.push(Segment::new(segment_key, at, new));
        open.segments.last_mut()
    }

    fn begin_call(&mut self, at: Time, call: &SwitchCallId, changes: &mut Vec<Change>) -> CallKey {
        if self.calls.len() >= self.limits.calls_max
            && let Some((&oldest, _)) = self.calls.first_key_value()
        {
            self.close_as_lost(oldest, changes);
            changes.push(Change::Overflow);
        }
        let key = self.next_call;
        self.next_call.0 += 1;
        self.by_call.insert(call.clone(), key);
        self.calls.insert(key, Call::new(call.clone(), at));
        changes.push(Change::CallBegan { call: call.clone(), at });
        key
    }

    /// The same for a connection that may have been cleared just before.
    fn with_late<T>(&mut self, connection: &ConnectionId, change: impl FnOnce(&mut Segment) -> T) -> Option<T> {
        let cleared = || self.cleared.iter().rev().find(|(c, ..)| c == connection).map(|&(_, call, key)| (call, key));
        let (call, key) = self.by_connection.get(connection).copied().or_else(cleared)?;
        self.calls.get_mut(&call)?.segment_mut(key).map(change)
    }

    fn with<T>(&mut self, connection: &ConnectionId, change: impl FnOnce(&mut Segment) -> T) -> Option<T> {
        let &(call, key) = self.by_connection.get(connection)?;
        self.calls.get_mut(&call)?.segment_mut(key).map(change)
    }

    /// The same with who is logged on at the segment's device now, and whether that is in doubt because it is out of sight.
    fn with_agent<T>(&mut self, connection: &ConnectionId, change: impl FnOnce(&mut Segment, Option<&AgentId>, bool) -> T) -> Option<T> {
        let &(call, key) = self.by_connection.get(connection)?;
        let segment = self.calls.get_mut(&call)?.segment_mut(key)?;
        let agent = self.agents.at(&segment.party.device);
        let is_doubtful = self.link.lost_since(&segment.party).is_some();
        Some(change(segment, agent, is_doubtful))
    }

    fn clear(&mut self, at: Time, connection: &ConnectionId, how: Clearing, cause: Cause, changes: &mut Vec<Change>) -> bool {
        let Some((call, key)) = self.by_connection.remove(connection) else { return false };
        if let Some(segment) = self.calls.get_mut(&call).and_then(|call| call.segment_mut(key)) {
            segment.clear(at, how, cause);
        }
        if self.cleared.len() >= CLEARED_MAX {
            self.cleared.pop_front();
        }
        self.cleared.push_back((connection.clone(), call, key));
        self.note_open_gap(call);
        self.end_if_over(call, changes);
        true
    }

    fn transfer_reached(&mut self, by: &ConnectionId, to: &ConnectionId) -> bool {
        let Some(&(call, key)) = self.by_connection.get(to) else { return false };
        let Some(call) = self.calls.get_mut(&call) else { return false };
        if let Some(segment) = call.segment_mut(key) {
            segment.enter_by_transfer();
        }
        let giver = call.segments.iter_mut().rev().find(|s| s.connection == *by && s.transfer.is_some());
        giver.and_then(|giver| giver.transfer.as_mut()).map(|transfer| transfer.to = Some(key)).is_some()
    }

    /// Everything of `with` belongs to `call` from here on.
    fn join(&mut self, call: &SwitchCallId, with: &SwitchCallId, how: Entry) -> bool {
        match (self.by_call.get(call).copied(), self.by_call.get(with).copied()) {
            (Some(into), Some(from)) if into == from => true,
            (Some(into), Some(from)) => {
                if !self.fit_together(into, from) {
                    return false;
                }
                let (into, from) = if self.began_unseen_after(into, from) { (from, into) } else { (into, from) };
                if let Some(joined) = self.calls.remove(&from) {
                    for id in joined.numbers() {
                        self.by_call.insert(id.clone(), into);
                    }
                    self.cleared.iter_mut().filter(|(_, call, _)| *call == from).for_each(|(_, call, _)| *call = into);
                    for segment in joined.segments.iter().filter(|s| s.is_open()) {
                        self.by_connection.insert(segment.connection.clone(), (into, segment.key));
                    }
                    if let Some(call) = self.calls.get_mut(&into) {
                        call.absorb(joined, how);
                    }
                }
                true
            }
            // One side is not known as a call of its own: the known one goes by both numbers.
            (Some(key), None) | (None, Some(key)) => {
                let new = if self.by_call.contains_key(call) { with } else { call };
                self.also_numbered(key, new)
            }
            (None, None) => false,
        }
    }

    /// Whether the first of them began unseen, and after the other one: then it is no consultation's or conference's first call.
    fn began_unseen_after(&self, a: CallKey, b: CallKey) -> bool {
        let (Some(a), Some(b)) = (self.calls.get(&a), self.calls.get(&b)) else { return false };
        a.start_uncertain && b.first_at() < a.first_at()
    }

    fn fit_together(&self, into: CallKey, from: CallKey) -> bool {
        let (Some(into), Some(from)) = (self.calls.get(&into), self.calls.get(&from)) else { return false };
        let (segments, numbers) = (into.segments.len() + from.segments.len(), into.switch_calls.len() + from.switch_calls.len());
        segments.max(numbers) <= self.limits.segments_max
    }

    /// The call goes by a further number. False: it has too many already.
    fn also_numbered(&mut self, key: CallKey, number: &SwitchCallId) -> bool {
        let Some(call) = self.calls.get_mut(&key).filter(|call| call.switch_calls.len() < self.limits.segments_max) else { return false };
        call.retired.retain(|retired| retired != number);
        if !call.switch_calls.contains(number) {
            call.switch_calls.push(number.clone());
        }
        self.by_call.insert(number.clone(), key);
        true
    }

    /// The number `from` is free for another call.
    fn renumber(&mut self, from: &SwitchCallId, to: &SwitchCallId) -> bool {
        let Some(&key) = self.by_call.get(from).filter(|_| from != to) else { return false };
        let known = match self.by_call.get(to) {
            Some(_) => self.join_older_first(from, to),
            None => self.also_numbered(key, to),
        };
        let Some(&key) = self.by_call.get(to).filter(|_| known) else { return false };
        let Some(call) = self.calls.get_mut(&key) else { return false };
        call.retired.push(from.clone());
        self.by_call.remove(from);
        for segment in call.segments.iter_mut().filter(|s| s.is_open()) {
            let Some(line) = segment.connection.line_of(from) else { continue };
            let renamed = ConnectionId::turn(line, to);
            // A device that has a part under the new number already keeps both apart.
            if !self.by_connection.contains_key(&renamed) {
                self.by_connection.remove(&segment.connection);
                self.by_connection.insert(renamed.clone(), (key, segment.key));
                segment.connection = renamed;
            }
        }
        true
    }

    fn keep(&mut self, call: &SwitchCallId, on: bool, changes: &mut Vec<Change>) -> bool {
        let Some(&key) = self.by_call.get(call) else { return false };
        if let Some(call) = self.calls.get_mut(&key) {
            call.kept = on;
        }
        self.note_open_gap(key);
        self.end_if_over(key, changes);
        true
    }

    /// What is no call leaves no record; what others took part in before is a call up to here.
    fn discard(&mut self, at: Time, call: &SwitchCallId, changes: &mut Vec<Change>) -> bool {
        let Some(key) = self.by_call.get(call).copied() else { return false };
        if let Some(mut call) = self.calls.remove(&key) {
            self.forget(&call);
            if call.segments.len() > 1 {
                for segment in call.segments.iter_mut().filter(|s| s.is_open()) {
                    segment.clear(at, Clearing::Released, Cause::NORMAL_CLEARING);
                }
                changes.push(Change::CallEnded(Box::new(outcome::conclude(call))));
            }
        }
        true
    }

    fn forget(&mut self, call: &Call) {
        for id in call.numbers() {
            self.by_call.remove(id);
        }
        for segment in call.segments.iter().filter(|s| s.is_open()) {
            self.by_connection.remove(&segment.connection);
        }
    }

    fn end_if_over(&mut self, key: CallKey, changes: &mut Vec<Change>) {
        if self.calls.get(&key).is_some_and(Call::is_over)
            && let Some(call) = self.calls.remove(&key)
        {
            self.forget(&call);
            changes.push(Change::CallEnded(Box::new(outcome::conclude(call))));
        }
    }
}

/// What a new segment is made from.
struct NewSegment<'a> {
    connection: &'a ConnectionId,
    party: &'a Party,
    how: Entry,
    by: Option<SegmentKey>,
    agent: Option<AgentId>,
    /// The device is out of sight: who is logged on there is in doubt.
    is_doubtful: bool,
}
