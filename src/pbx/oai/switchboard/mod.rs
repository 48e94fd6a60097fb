//! From OAI events to telephony events.
//!
//! The PBX tells each fact once for each monitor that sees it, so the same fact comes up to several times, and some of its copies
//! may be missing or change places with others of the same moment. Parts of calls are followed by device and Call_ID; a copy that
//! says what is known already changes nothing but what it knows better. A fact counts at the moment of its first copy.
//!
//! What a line alone cannot say is decided when the moment is over (`copies`, of the settings): a cleared connection is a hang-up, or the trace
//! of a transfer; a device that stops ringing lost to another one, or rang in vain. It is told for the moment at which it came.
//!
//! References such as "OAI §5.1" mean the sections of `docs/oai.md`.

mod agent;
mod call;
mod cause;
mod clearing;
mod conference;
mod device;
mod divert;
mod feature;
mod hold;
mod locate;
mod offer;
mod queue;
mod ring;
mod snapshot;
#[cfg(test)]
mod tests;
mod transfer;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use foldhash::fast::FixedState;
use strowger_protocol::oai::{CallState, DeviceType, Event, EventBody, Extension};

use super::settings::Settings;
use crate::telephony::{AgentState, DeviceId, Scope, Stamped, SwitchCallId, Time};
use agent::Agents;
use call::{Call, CallKey, Out};
use device::Devices;
use feature::Features;
use snapshot::Replay;

/// Calls that are followed at a time at most; beyond it the oldest is given up as lost.
const CALLS_MAX: usize = 50_000;
/// Ended calls that are remembered, for lines about them that come late.
const ENDED_MAX: usize = 512;
/// Nodes whose being out of sight is remembered at most.
const LOST_MAX: usize = 1_000;

/// The calls, devices and agents of one PBX.
#[derive(Debug)]
pub(super) struct Switchboard {
    devices: Devices,
    /// How long the lines about one moment take to arrive, at most.
    copies_ms: u64,
    calls: BTreeMap<CallKey, Call>,
    next_call: CallKey,
    by_number: HashMap<SwitchCallId, CallKey, FixedState>,
    /// The calls in which a device is, oldest first.
    at_device: HashMap<DeviceId, Vec<CallKey>, FixedState>,
    /// Calls with something to be settled, by when.
    due: BTreeSet<(Time, CallKey)>,
    /// Calls that ended last, newest at the end.
    ended: VecDeque<(SwitchCallId, Time)>,
    agents: Agents,
    features: Features,
    /// The present state, while it is being told.
    replay: Option<Replay>,
    /// What is out of sight.
    lost: Vec<Lost>,
    out: Out,
}

/// A part of the PBX that is out of sight.
#[derive(Debug)]
struct Lost {
    scope: Scope,
    since: Time,
    /// And again, before it was told.
    last: Time,
    /// Nothing of it is in what is told of everything.
    stays: bool,
}

impl Switchboard {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            devices: Devices::new(settings),
            copies_ms: u64::try_from(settings.copies.as_millis()).unwrap_or(u64::MAX),
            calls: BTreeMap::new(),
            next_call: 0,
            by_number: HashMap::default(),
            at_device: HashMap::default(),
            due: BTreeSet::new(),
            ended: VecDeque::new(),
            agents: Agents::default(),
            features: Features::default(),
            replay: None,
            lost: Vec::new(),
            out: Out::default(),
        }
    }

    /// Whether devices are told apart by node, where the settings leave it open.
    pub(super) fn networked(&mut self, is_networked: bool) {
        self.devices.networked(is_networked);
    }

    /// What a list says that a device is.
    pub(super) fn device(&mut self, node: Option<u16>, number: &str, kind: DeviceType) {
        self.devices.learn(Extension { node, number: number.into() }, kind);
    }

    /// A Personal Router Device: it shows in calls, but is neither a party nor a group that calls wait at (OAI §8).
    pub(super) fn router(&mut self, node: Option<u16>, number: &str) {
        self.devices.learn_router(&Extension { node, number: number.into() });
    }

    /// The next event for the tracker.
    pub(super) fn poll(&mut self) -> Option<Stamped> {
        self.out.pop()
    }

    /// When [`Self::timeout`] is wanted.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.due.first().map(|&(at, _)| at)
    }

    /// Time has passed: what was left open until now is decided.
    pub(super) fn timeout(&mut self, at: Time) {
        while let Some(&(due, key)) = self.due.first()
            && due <= at
        {
            self.settle(key, Some(due));
        }
    }

    /// Takes an event, live or of a resync. Events that are no matter of calls, devices and agents change nothing.
    pub(super) fn event(&mut self, at: Time, event: &Event) {
        self.timeout(at);
        if event.resync.is_some() && self.replay.is_some() && self.replayed(at, &event.body) {
            return;
        }
        match &event.body {
            EventBody::ServiceInitiated(si) => self.service_initiated(at, si),
            EventBody::Originated(or) => self.originated(at, or),
            EventBody::Delivered(de) => self.delivered(at, de),
            EventBody::Established(es) => self.established(at, es),
            EventBody::EstablishedRouting(er) => self.routed(at, er),
            EventBody::Held(he) => self.held(at, he),
            EventBody::Retrieved(re) => self.retrieved(at, re),
            EventBody::Queued(qu) => self.queued(at, qu),
            EventBody::Diverted(di) => self.diverted(at, di),
            EventBody::Transferred(tr) => self.transferred(at, tr),
            EventBody::Conferenced(co) => self.conferenced(at, co),
            EventBody::ConnectionCleared(xc) => self.cleared(at, xc),
            EventBody::CallCleared(cc) => self.call_cleared(at, cc),
            EventBody::Failed(fa) => self.failed(at, fa),
            EventBody::NetworkReached(nt) => self.network_reached(at, nt),
            EventBody::CallInfo(ci) => self.call_info(at, ci),
            EventBody::AgentLoggedOn(ln) => self.agents.logged_on(at, ln, &self.devices, &mut self.out),
            EventBody::AgentLoggedOff(lf) => self.agents.logged_off(at, lf, &self.devices, &mut self.out),
            EventBody::AgentReady(state) => Agents::state(at, state, AgentState::Ready, &self.devices, &mut self.out),
            EventBody::AgentNotReady(state) => Agents::state(at, state, AgentState::NotReady, &self.devices, &mut self.out),
            EventBody::AgentWorkNotReady(state) => {
                Agents::state(at, state, AgentState::WorkingAfterCall, &self.devices, &mut self.out);
            }
            body => self.features.take(at, body, &self.devices, &mut self.out),
        }
    }

    /// The answer to a question for the calls at a device (`_SP`): in a resync they are there; otherwise what is not among them ended
    /// unseen.
    pub(super) fn calls_at(&mut self, at: Time, node: Option<u16>, number: &str, calls: &[CallState]) {
        self.timeout(at);
        let device = self.devices.id(&Extension { node, number: number.into() });
        self.found_at(at, &device, calls);
    }

    /// A device in the call that was heard of longest ago, if that was before `before`.
    pub(super) fn silent_since(&self, before: Time) -> Option<DeviceId> {
        let call = self.calls.values().min_by_key(|call| call.seen_at).filter(|call| call.seen_at < before)?;
        call.parts.first().map(|part| part.device.clone())
    }

    /// The PBX, or a node, is out of sight; `at` is its last sign of life.
    pub(super) fn lost(&mut self, at: Time, scope: Scope) {
        self.settle_all();
        // What is told of everything goes on to be told of the other nodes.
        self.replay.take_if(|replay| scope == Scope::All || replay.scope == scope);
        if let Some(lost) = self.lost.iter_mut().find(|lost| lost.scope == scope) {
            (lost.stays, lost.last) = (true, at);
        } else if self.lost.len() < LOST_MAX {
            self.lost.push(Lost { scope: scope.clone(), since: at, last: at, stays: true });
        }
        self.out.tell(at, crate::telephony::Event::LinkLost { scope });
    }

    /// When what was in the call was last in sight: its end would have been told until then.
    fn last_sign(&self, call: &Call) -> Time {
        self.losses(call).map(|lost| lost.since).min().unwrap_or(Time::MIN)
    }

    /// When something of what was in the call went out of sight last, where it is not in sight again.
    fn last_loss(&self, call: &Call) -> Option<Time> {
        self.losses(call).map(|lost| lost.last).max()
    }

    fn losses(&self, call: &Call) -> impl Iterator<Item = &Lost> {
        let covers = |scope: &Scope| call.parts.iter().any(|part| scope.covers(part.party.device.as_str(), part.party.trunk.as_deref()));
        self.lost.iter().filter(move |lost| covers(&lost.scope))
    }

    fn settle_all(&mut self) {
        while let Some(&(_, key)) = self.due.first() {
            self.settle(key, None);
        }
    }

    /// A call that is to be changed; [`Self::put`] takes it back.
    fn take(&mut self, key: CallKey) -> Option<Call> {
        self.calls.remove(&key)
    }

    fn take_numbered(&mut self, number: &SwitchCallId) -> Option<Call> {
        let key = *self.by_number.get(number)?;
        self.take(key)
    }

    /// A call as it is now: found by its numbers and devices, settled in time, and forgotten when nobody is in it.
    fn put(&mut self, mut call: Call) {
        let key = call.key;
        self.dissolve(&mut call);
        if call.parts.is_empty() {
            for number in std::mem::take(&mut call.numbers) {
                if self.by_number.get(&number) == Some(&key) {
                    self.by_number.remove(&number);
                    self.remember_end(number, call.seen_at);
                }
            }
            return;
        }
        let present: BTreeSet<DeviceId> = call.parts.iter().map(|part| part.device.clone()).collect();
        for device in &present {
            let keys = self.at_device.entry(device.clone()).or_default();
            keys.push(key);
            keys.sort_unstable();
        }
        call.indexed = present;
        for number in &call.numbers {
            self.by_number.insert(number.clone(), key);
        }
        call.due = call.settles_at(self.copies_ms);
        if let Some(due) = call.due {
            self.due.insert((due, key));
        }
        self.calls.insert(key, call);
    }

    /// The call is not found by its devices, nor settled, any more.
    fn dissolve(&mut self, call: &mut Call) {
        if let Some(due) = call.due.take() {
            self.due.remove(&(due, call.key));
        }
        for device in std::mem::take(&mut call.indexed) {
            if let Some(keys) = self.at_device.get_mut(&device) {
                keys.retain(|other| *other != call.key);
                if keys.is_empty() {
                    self.at_device.remove(&device);
                }
            }
        }
    }

    /// Late lines about the number are no new call.
    fn remember_end(&mut self, number: SwitchCallId, at: Time) {
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back((number, at));
    }

    fn new_call(&mut self, at: Time, number: SwitchCallId) -> Call {
        if self.calls.len() >= CALLS_MAX
            && let Some((&oldest, _)) = self.calls.first_key_value()
        {
            self.lose(oldest);
        }
        self.ended.retain(|(ended, _)| *ended != number);
        self.next_call += 1;
        Call::new(self.next_call, number, at)
    }

    /// A call that is not there any more, and nobody saw it end.
    fn lose(&mut self, key: CallKey) {
        if let Some(mut call) = self.take(key) {
            let at = call.seen_at.max(self.last_sign(&call));
            call.lose(at, &mut self.out);
            self.put(call);
        }
    }
}
