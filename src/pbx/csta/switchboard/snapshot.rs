//! The present state: what snapshots say, and that it is told.

use smol_str::SmolStr;
use strowger_protocol::csta::Device;
use strowger_protocol::csta::response::{CallState, SnapshotDeviceEntry};
use strowger_protocol::csta::word::{LocalConnectionState as L, SimpleCallState as S};

use super::Switchboard;
use super::call::State;
use super::device::name;
use crate::telephony::{Cause, Clearing, Entry, Event, Scope, Time};

fn state(state: &L) -> Option<State> {
    Some(match state {
        L::Initiated => State::Calling,
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
            // Who takes part while all others ring or wait is the one that calls.
            let rest = || compound.states.iter().skip(1);
            let is_calling =
                own == Some(State::Connected) && other.is_some() && rest().all(|state| matches!(state, L::Alerting | L::Queued));
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

fn see(call: &mut super::call::Call, named: &str, party: crate::telephony::Party, how: Entry, state: State, at: Time) {
    match call.find(named) {
        Some(index) => {
            let part = &mut call.parts[index];
            if !part.is_confirmed || part.is_silent {
                part.state = state;
            }
            part.is_confirmed = true;
        }
        None => {
            if let Some(index) = call.add(named, party, how, state, at) {
                call.parts[index].is_silent = true;
            }
        }
    }
}

impl Switchboard {
    /// What a snapshot of a device says; taken silently, up to [`Self::resynchronised`]. What an event said since the gap holds.
    pub(in crate::pbx::csta) fn snapshot(&mut self, at: Time, device: &str, entries: &[SnapshotDeviceEntry]) {
        for entry in entries {
            let (own, other) = states(entry.state.as_ref());
            let Some(own) = own else { continue };
            let named = name(&entry.connection).unwrap_or(device).to_owned();
            let Some(mut call) = self.take_or_new(at, &entry.connection.call) else { continue };
            let is_caller = matches!(own, State::Calling) || other == Some(State::Alerting) || other == Some(State::Queued);
            let has_caller = call.caller().is_some();
            let how = if is_caller && !has_caller { Entry::Calling } else { Entry::Called };
            let party = self.devices.party(device, None);
            see(&mut call, &named, party, how, own, at);
            let endpoint = entry.endpoint.as_ref().and_then(Device::number).filter(|number| *number != device).map(SmolStr::new);
            if let Some(endpoint) = endpoint
                && !call.departed.contains_key(&endpoint)
            {
                let party = self.devices.party(&endpoint, entry.endpoint.as_ref().and_then(Device::id));
                let how = if call.caller().is_none() { Entry::Calling } else { Entry::Called };
                let is_known = call.find(&endpoint).is_some_and(|index| call.parts[index].is_monitored);
                if !is_known {
                    see(&mut call, &endpoint, party, how, other.unwrap_or(State::Connected), at);
                }
            }
            call.is_answered |= call.talkers() >= 2;
            self.put(call);
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
            call.parts.retain(|part| part.is_confirmed || is_up && !part.is_monitored);
            if !is_up {
                call.parts.retain(|part| part.is_confirmed && !part.is_silent);
            }
            for part in &mut call.parts {
                part.is_confirmed = true;
            }
            call.present(at, &mut self.out);
            self.put(call);
        }
        self.agents.present(at, &mut self.out);
        self.out.tell(at, Event::Resynchronised { scope: Scope::All });
    }

    /// A device's monitor is over. What happens there is not told until it has another; of all other devices it is.
    pub(in crate::pbx::csta) fn out_of_sight(&mut self, at: Time, device: &str) {
        self.monitored(device, false);
        for part in self.calls.values_mut().flat_map(|call| &mut call.parts).filter(|part| part.is_named(device)) {
            part.is_confirmed = false;
        }
        self.out.tell(at, Event::LinkLost { scope: Scope::All });
    }
}
