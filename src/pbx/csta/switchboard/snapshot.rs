//! The present state: what snapshots say, and that it is told.

use strowger_protocol::csta::Device;
use strowger_protocol::csta::response::{CallState, SnapshotDeviceEntry};
use strowger_protocol::csta::word::{LocalConnectionState as L, SimpleCallState as S};

use super::Switchboard;
use super::call::{Call, Part, State};
use super::device::{Devices, name};
use crate::telephony::{Cause, Clearing, DeviceKind, Entry, Event, Party, Scope, Time};

fn state(state: &L) -> Option<State> {
    Some(match state {
        L::Initiated => State::DialTone,
        L::Alerting => State::Alerting,
        L::Connected => State::Connected,
        L::Hold => State::Held,
        L::Queued => State::Queued,
        L::Fail => State::Failed(Clearing::Failed, Cause::UNKNOWN),
        L::Null | L::Other(_) => return None,
    })
}

/// The state of the device itself, and of the other side. `None`: it is not told.
fn states(told: Option<&CallState>) -> (Option<State>, Option<State>) {
    match told {
        Some(CallState::Compound(compound)) => {
            let mut states = compound.states.iter();
            let (own, other) = (states.next().and_then(state), states.next().and_then(state));
            // Who takes part while all others ring or wait, or a tone is all there is, is the one that calls.
            let mut rest = compound.states.iter().skip(1);
            let is_calling = own == Some(State::Connected) && rest.all(|state| matches!(state, L::Alerting | L::Queued | L::Fail));
            (own.map(|own| if is_calling { State::Calling } else { own }), other)
        }
        Some(CallState::Simple(simple)) => {
            let (own, other) = match simple {
                S::CallDelivered => (Some(State::Calling), Some(State::Alerting)),
                S::CallDeliveredHeld => (Some(State::Held), Some(State::Alerting)),
                S::CallReceived => (Some(State::Alerting), Some(State::Calling)),
                S::CallReceivedOnHold => (Some(State::Alerting), Some(State::Held)),
                S::CallEstablished => (Some(State::Connected), Some(State::Connected)),
                S::CallEstablishedHeld => (Some(State::Connected), Some(State::Held)),
                S::CallEstablishedOnHold => (Some(State::Held), Some(State::Connected)),
                S::CallQueued => (Some(State::Calling), Some(State::Queued)),
                S::CallQueuedHeld => (Some(State::Held), Some(State::Queued)),
                S::CallPending | S::CallOriginated | S::CallFailed | S::CallFailedHeld | S::CallBlocked => (Some(State::Calling), None),
                S::CallNull | S::Other(_) => (None, None),
            };
            (own, other)
        }
        _ => (Some(State::Connected), None),
    }
}

/// Somebody waits at a queue meanwhile.
fn waits(told: Option<&CallState>) -> bool {
    matches!(told, Some(CallState::Compound(compound)) if compound.states.contains(&L::Queued))
}

/// What a snapshot says of the device itself.
struct Told<'a> {
    /// The device's number, and what its connection is named.
    device: &'a str,
    named: &'a str,
    own: State,
    /// The state of the other side, where it is told.
    other: Option<State>,
    /// Somebody waits at a queue.
    waits: bool,
    at: Time,
}

impl Switchboard {
    /// What a snapshot of a device says; taken silently, up to [`Self::resynchronised`]. What an event said since the gap holds.
    pub(in crate::pbx::csta) fn snapshot(&mut self, at: Time, device: &str, entries: &[SnapshotDeviceEntry]) {
        for entry in entries {
            let (own, other) = states(entry.state.as_ref());
            let endpoint = entry.endpoint.as_ref().filter(|endpoint| endpoint.number().is_some_and(|number| number != device));
            // Of one state alone it is not said that there is no other.
            let own = own.map(|own| if own == State::Calling && other.is_none() && endpoint.is_some() { State::Connected } else { own });
            let Some(own) = own else { continue };
            let Some(mut call) = self.take_or_new(at, &entry.connection.call) else { continue };
            if call.parts.is_empty() {
                call.found_after = Some(self.lost_at);
            }
            call.seen_at = call.seen_at.max(at);
            let told =
                Told { device, named: name(&entry.connection).unwrap_or(device), own, other, waits: waits(entry.state.as_ref()), at };
            let index = self.see_device(&mut call, &told);
            if let Some(endpoint) = endpoint {
                self.see_endpoint(&mut call, index, endpoint, &told);
            }
            call.is_answered |= call.talkers() >= 2;
            self.put(call);
        }
    }

    /// The device is in the call. A trunk stands there for the party outside that it leads to.
    fn see_device(&self, call: &mut Call, told: &Told<'_>) -> Option<usize> {
        let kind = self.devices.kind(told.device);
        let trunk = (kind == DeviceKind::Trunk).then_some(told.device);
        let by_name = call.find(told.named).or_else(|| call.find(told.device));
        let index = by_name.or_else(|| trunk.and_then(|_| call.only_outside(|_, part| part.party.trunk.is_none())));
        if let Some(index) = index {
            call.parts[index].also_named(told.named);
            if let Some(trunk) = trunk {
                call.reached_by(index, trunk);
            }
            call.see(index, told.own.clone());
            return Some(index);
        }
        // The snapshot was overtaken by the event that tells that it left.
        if [told.named, told.device].iter().any(|name| call.departed.get(*name).is_some_and(|left| *left > self.lost_at)) {
            return None;
        }
        let calls = matches!(told.own, State::DialTone | State::Calling)
            || matches!(told.own, State::Connected | State::Held) && matches!(told.other, Some(State::Alerting | State::Queued));
        let how = match kind {
            DeviceKind::HuntGroup => Entry::Queue,
            _ if calls && call.caller().is_none() => Entry::Calling,
            _ if told.waits && told.own == State::Alerting => Entry::Queue,
            _ => Entry::Called,
        };
        let outside = trunk.and_then(|trunk| Devices::outside(None, None, Some(trunk)));
        let party = outside.unwrap_or_else(|| self.devices.party(told.device, None));
        call.add_seen(told.named, party, how, told.own.clone(), told.at)
    }

    /// The one other side, where there are two. Whoever has a monitor says itself that it is there.
    fn see_endpoint(&mut self, call: &mut Call, device: Option<usize>, endpoint: &Device, told: &Told<'_>) {
        let Some(number) = endpoint.number() else { return };
        if call.departed.get(number).is_some_and(|left| *left > self.lost_at) {
            return;
        }
        let party = self.devices.party(number, endpoint.id());
        let is_nameless = |index: usize, part: &Part| Some(index) != device && part.party.number.is_none();
        let is_outside = party.kind == DeviceKind::External;
        let known = call.find(number).or_else(|| is_outside.then(|| call.only_outside(is_nameless)).flatten());
        // Who waits until the device answers is connected from its own point of view.
        let is_waited_for = matches!(told.own, State::Alerting | State::Queued);
        let state = told.other.clone().unwrap_or(State::Connected);
        let state = if is_waited_for && state == State::Connected { State::Calling } else { state };
        let Some(index) = known else {
            let how = if call.caller().is_none() && is_waited_for { Entry::Calling } else { Entry::Called };
            call.add_seen(number, party, how, state, told.at);
            return;
        };
        if is_outside {
            call.identify(index, told.at, party, &mut self.out);
        }
        if !call.parts[index].is_monitored {
            call.see(index, state);
        }
    }

    /// The PBX does not tell what is at a device: what was known there stays as it was.
    pub(in crate::pbx::csta) fn untold(&mut self, device: &str) {
        for part in self.calls.values_mut().flat_map(|call| &mut call.parts).filter(|part| part.is_named(device)) {
            part.is_confirmed = true;
        }
    }

    /// All snapshots are there: what is present is told, and what is not among it is gone.
    pub(in crate::pbx::csta) fn resynchronised(&mut self, at: Time) {
        self.out.tell(at, Event::ResyncBegan { scope: Scope::All });
        let keys: Vec<_> = self.calls.keys().copied().collect();
        for key in keys {
            let Some(mut call) = self.calls.remove(&key) else { continue };
            // Who has no monitor is there while somebody is who has one.
            let is_up = call.parts.iter().any(|part| part.is_confirmed && part.is_monitored);
            if is_up && call.is_another() {
                call.lose_former(self.lost_at, &mut self.out);
            }
            call.parts.retain(|part| part.is_confirmed && (is_up || !part.is_silent) || is_up && !part.is_monitored);
            call.goes_on();
            call.finds_caller();
            call.present(at, &mut self.out);
            self.put(call);
        }
        self.agents.present(at, &mut self.out);
        self.out.tell(at, Event::Resynchronised { scope: Scope::All });
    }

    /// A device's monitor is over. What happens there is not told until it has another; of all other devices it is.
    pub(in crate::pbx::csta) fn out_of_sight(&mut self, at: Time, device: &str) {
        self.monitored(device, false);
        self.lost_at = at;
        for part in self.calls.values_mut().flat_map(|call| &mut call.parts).filter(|part| part.is_named(device)) {
            part.is_confirmed = false;
        }
        self.out.tell(at, Event::LinkLost { scope: Scope::All });
    }
}

impl Call {
    /// The one part outside that fits.
    fn only_outside(&self, fits: impl Fn(usize, &Part) -> bool) -> Option<usize> {
        let mut outside = (0..self.parts.len()).filter(|index| self.parts[*index].is_outside() && fits(*index, &self.parts[*index]));
        outside.next().filter(|_| outside.next().is_none())
    }

    /// A part that was not known is there.
    fn add_seen(&mut self, named: &str, party: Party, how: Entry, state: State, at: Time) -> Option<usize> {
        let index = self.add(named, party, how, state, at)?;
        self.parts[index].is_silent = true;
        Some(index)
    }

    /// A part that is known is there.
    fn see(&mut self, index: usize, state: State) {
        let part = &mut self.parts[index];
        // Who talked before and is alone now waits for another one, and calls nobody.
        let talked = part.is_told && !part.is_silent && part.is_talking();
        let state = if talked && state == State::Calling { State::Connected } else { state };
        // Why it failed was told before, and a snapshot does not say.
        let says_less = part.is_told && state == State::DialTone || matches!((&part.state, &state), (State::Failed(..), State::Failed(..)));
        if (!part.is_confirmed || part.is_silent) && !says_less {
            part.state = state;
        }
        part.is_confirmed = true;
    }

    /// Nobody is left who was told to be in it, and others are: its number was given to another call.
    fn is_another(&self) -> bool {
        let mut former = self.parts.iter().filter(|part| part.is_told && !part.is_silent).peekable();
        former.peek().is_some() && former.all(|part| !part.is_confirmed)
    }

    /// Who was told to be in it was in another call, which is over.
    fn lose_former(&mut self, at: Time, out: &mut super::call::Out) {
        while let Some(index) = self.parts.iter().position(|part| part.is_told && !part.is_silent) {
            self.clear(index, at, Clearing::Lost, Cause::UNKNOWN, out);
        }
        (self.is_told, self.is_answered, self.answered_at) = (false, false, None);
        self.departed.clear();
    }

    /// Of a call that is new to both sides somebody called: who is outside, else the one that was seen last.
    fn finds_caller(&mut self) {
        if self.caller().is_some() || self.parts.iter().any(|part| !part.is_silent) {
            return;
        }
        let may_call = |part: &&mut Part| part.is_outside() || part.party.kind == DeviceKind::Extension;
        let found = self.parts.iter_mut().filter(may_call).max_by_key(|part| part.is_outside());
        if let Some(part) = found {
            part.how = Entry::Calling;
        }
    }

    /// It goes on as it is now: what was to come of what was told before the gap came meanwhile, or does not come.
    fn goes_on(&mut self) {
        for part in &mut self.parts {
            part.is_confirmed = true;
            // Dial tone is no call yet.
            part.is_silent &= part.state != State::DialTone;
        }
        // Who was handed over may wait again.
        self.is_answered = self.talkers() >= 2;
        if self.is_answered {
            (self.handover, self.diversion, self.tone) = (None, None, None);
        }
    }
}
