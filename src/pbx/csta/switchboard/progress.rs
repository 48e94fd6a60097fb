//! Calls that begin, ring, wait, are answered, held and sent on.

use smol_str::SmolStr;
use strowger_protocol::csta::event::{
    Delivered, Diverted, Established, Failed, NetworkParties, NetworkReached, Offered, Originated, Parties, Queued, ServiceInitiated,
};
use strowger_protocol::csta::word::EventCause as C;
use strowger_protocol::csta::{ConnectionId, Device};

use super::Switchboard;
use super::call::{Call, Diversion, State};
use super::clearing;
use super::device::{self, Devices, name, number};
use crate::telephony::{Cause, Clearing, DeviceKind, Entry, Event, Time};

impl Switchboard {
    /// Dial tone is no call yet.
    pub(super) fn service_initiated(&mut self, at: Time, event: &ServiceInitiated) {
        let Some(device) = name(&event.connection).or(event.initiating.number()) else { return };
        let Some(mut call) = self.take_to_begin(at, &event.connection.call, device) else { return };
        if call.parts.is_empty() {
            let party = self.devices.party(device, event.initiating.id());
            call.add(device, party, Entry::Calling, State::DialTone, at);
        }
        self.put(call);
    }

    /// A device has dialled.
    pub(super) fn originated(&mut self, at: Time, event: &Originated) {
        let Some(device) = name(&event.connection).or(event.calling.number()) else { return };
        let Some(mut call) = self.take_to_begin(at, &event.connection.call, device) else { return };
        call.seen_at = call.seen_at.max(at);
        let index = call.find(device).or_else(|| {
            let (id, calling) = (event.calling.id(), event.calling.number());
            let is_trunk = self.devices.kind(device) == DeviceKind::Trunk;
            let trunk = number(event.network.associated_calling.as_ref()).or(Some(device).filter(|_| is_trunk));
            // A call that begins at a trunk is that of who is behind it.
            let outside = trunk.and_then(|trunk| Devices::outside(calling, id.and_then(|id| id.canonical().name), Some(trunk)));
            let party = outside.unwrap_or_else(|| self.devices.party(device, id));
            let index = call.add(device, party, Entry::Calling, State::Calling, at)?;
            call.parts[index].also_named(calling.unwrap_or_default());
            Some(index)
        });
        if let Some(index) = index {
            let part = &mut call.parts[index];
            part.is_confirmed = true;
            if part.state == State::DialTone {
                (part.state, part.since) = (State::Calling, at);
            }
            let is_new = !part.is_told;
            call.tell(index, &mut self.out);
            if let Some(dialled) = event.called.number().filter(|_| is_new) {
                call.dialled(index, at, dialled, &mut self.out);
            }
        }
        self.put(call);
    }

    /// A device is offered the call.
    pub(super) fn offered(&mut self, at: Time, event: &Offered) {
        let (parties, cause) = (&event.parties, event.local.cause.as_ref());
        let Some((call, _)) = self.arrives(at, &event.connection, &event.offered, parties, &event.network, cause) else { return };
        self.put(call);
    }

    /// A device rings.
    pub(super) fn delivered(&mut self, at: Time, event: &Delivered) {
        let (parties, cause) = (&event.parties, event.local.cause.as_ref());
        let Some((mut call, index)) = self.arrives(at, &event.connection, &event.alerting, parties, &event.network, cause) else { return };
        if let Some(index) = index {
            if matches!(call.parts[index].state, State::Offered | State::Failed(..)) {
                call.deliver(index, at, &mut self.out);
            }
            self.comes_for(&mut call, index, at);
        }
        self.put(call);
    }

    /// The call, who calls in it, and the part of the device that it comes to. `None`: nothing to be followed.
    fn arrives(
        &mut self,
        at: Time,
        connection: &ConnectionId,
        device: &Device,
        parties: &Parties,
        network: &NetworkParties,
        cause: Option<&C>,
    ) -> Option<(Call, Option<usize>)> {
        let named = name(connection).or(device.number()).map(str::to_owned)?;
        let mut call = self.take_or_new(at, &connection.call)?;
        call.seen_at = call.seen_at.max(at);
        self.meet_caller(&mut call, at, &named, parties, number(network.associated_calling.as_ref()));
        let index = match self.find_called(&call, &named, device) {
            Some(index) => {
                let part = &mut call.parts[index];
                part.also_named(&named);
                part.is_confirmed = true;
                Some(index)
            }
            None if call.has_just_left(&named, at) && call.is_answered && call.talkers() >= 2 => None,
            None => {
                let how = self.entry(&call, &named, parties, cause);
                let number = device.number().unwrap_or(&named);
                let mut party = self.devices.party(number, device.id());
                if party.kind == DeviceKind::External {
                    party.trunk = device::number(network.associated_called.as_ref()).map(SmolStr::new);
                }
                let state = if party.kind == DeviceKind::HuntGroup { State::Queued } else { State::Offered };
                let index = call.add(&named, party, how, state, at);
                if let Some(index) = index {
                    call.parts[index].also_named(number);
                    call.tell(index, &mut self.out);
                }
                index
            }
        };
        Some((call, index))
    }

    /// The part that a device has already: outside, by number or by the trunk that was reached before.
    fn find_called(&self, call: &Call, named: &str, device: &Device) -> Option<usize> {
        let by_number = call.find(named).or_else(|| device.number().and_then(|number| call.find(number)));
        by_number.or_else(|| {
            let is_outside = self.devices.kind(named) == DeviceKind::External || self.devices.kind(named) == DeviceKind::Trunk;
            let reached = |part: &super::call::Part| part.is_outside() && part.how != Entry::Calling && part.state == State::Offered;
            call.parts.iter().position(|part| is_outside && reached(part))
        })
    }

    /// Who calls is in the call.
    fn meet_caller(&mut self, call: &mut Call, at: Time, called: &str, parties: &Parties, trunk: Option<&str>) {
        if call.caller().is_some() || call.is_answered {
            if let Some(index) = call.caller()
                && call.parts[index].state == State::DialTone
            {
                (call.parts[index].state, call.parts[index].since) = (State::Calling, at);
            }
            return;
        }
        let id = parties.calling.as_ref().and_then(Device::id);
        let calling = number(parties.calling.as_ref());
        // Who takes over from the caller is told as calling.
        if calling == Some(called) {
            return;
        }
        // After a transfer who waits is told as calling.
        if calling.or(trunk).is_some_and(|calling| call.find(calling).is_some()) {
            return;
        }
        let party = match calling {
            Some(calling) if !matches!(self.devices.kind(calling), DeviceKind::External | DeviceKind::Trunk) => {
                Some(self.devices.party(calling, id))
            }
            calling => {
                Devices::outside(calling, id.and_then(|id| id.canonical().name), trunk.or_else(|| calling.is_none().then_some("outside")))
            }
        };
        let Some(party) = party else { return };
        let device = calling.or(trunk).unwrap_or("outside").to_owned();
        if let Some(index) = call.add(&device, party, Entry::Calling, State::Calling, at) {
            call.tell(index, &mut self.out);
            if let Some(dialled) = number(parties.called.as_ref()) {
                call.dialled(index, at, dialled, &mut self.out);
            }
        }
    }

    /// How a device comes into a call.
    fn entry(&self, call: &Call, named: &str, parties: &Parties, cause: Option<&C>) -> Entry {
        match cause {
            Some(C::CallPickup) => return Entry::Pickup,
            Some(C::SilentParticipation | C::Intrude | C::ActiveParticipation) => return Entry::Monitor,
            Some(C::SingleStepConference | C::Conference) => return Entry::Conference,
            Some(C::Distributed) => return Entry::Queue,
            Some(C::Recall) => return Entry::Called,
            Some(C::Transfer | C::SingleStepTransfer) => return Entry::Transfer,
            _ => {}
        }
        if call.handover.as_ref().is_some_and(|handover| handover.to.is_none() || handover.to.as_deref() == Some(named)) {
            return Entry::Transfer;
        }
        let waits = call.parts.iter().any(|part| part.state == State::Queued);
        let by = number(parties.last_redirection.as_ref()).filter(|by| *by != named);
        let by_queue = by.is_some_and(|by| self.devices.kind(by) == DeviceKind::HuntGroup);
        if let Some(diversion) =
            call.diversion.as_ref().filter(|diversion| diversion.to.is_none() || diversion.to.as_deref() == Some(named))
        {
            return if diversion.from_queue || waits && by_queue { Entry::Queue } else { Entry::Forward };
        }
        if by_queue || waits {
            return Entry::Queue;
        }
        let forwards =
            matches!(cause, Some(C::CallForward | C::CallForwardImmediate | C::CallForwardBusy | C::CallForwardNoAnswer | C::Redirected));
        if forwards || by.is_some() { Entry::Forward } else { Entry::Called }
    }

    /// Whoever comes in may be the one to whom the call was handed over, or to whom that one forwards.
    fn comes_for(&mut self, call: &mut Call, index: usize, at: Time) {
        if !matches!(call.parts[index].how, Entry::Calling | Entry::Monitor | Entry::Conference) {
            call.reach(index, at, &mut self.out);
        }
    }

    /// A call waits at a queue.
    pub(super) fn queued(&mut self, at: Time, event: &Queued) {
        let Some(queue) = event.queue.number().or_else(|| name(&event.connection)).map(str::to_owned) else { return };
        if !self.devices.is_known(&queue) {
            self.devices.learn(&queue, DeviceKind::HuntGroup);
        }
        let cause = event.local.cause.as_ref();
        let Some((mut call, index)) = self.arrives(at, &event.connection, &event.queue, &event.parties, &event.network, cause) else {
            return;
        };
        if let Some(index) = index {
            self.comes_for(&mut call, index, at);
        }
        self.put(call);
    }

    /// Somebody answered.
    pub(super) fn established(&mut self, at: Time, event: &Established) {
        let (parties, cause) = (&event.parties, event.local.cause.as_ref());
        let Some((mut call, index)) = self.arrives(at, &event.connection, &event.answering, parties, &event.network, cause) else { return };
        let Some(index) = index else { return self.put(call) };
        match call.parts[index].state {
            State::Held => call.hold(index, at, false, &mut self.out),
            // Told already; a queue's announcement takes the call without taking it out of the queue.
            State::Connected | State::Queued | State::Calling | State::DialTone => {}
            _ => {
                call.establish(index, at, &mut self.out);
                self.comes_for(&mut call, index, at);
                if call.parts[index].how == Entry::Monitor {
                    return self.put(call);
                }
                (call.is_answered, call.answered_at) = (true, Some(at));
                (call.handover, call.diversion) = (None, None);
                self.waits_no_more(&mut call, at);
                if let Some(caller) = call.caller().filter(|caller| matches!(call.parts[*caller].state, State::Calling | State::DialTone)) {
                    call.parts[caller].state = State::Calling;
                    call.establish(caller, at, &mut self.out);
                }
            }
        }
        self.put(call);
    }

    /// Somebody answered: nobody waits at a queue any more.
    fn waits_no_more(&mut self, call: &mut Call, at: Time) {
        while let Some(index) = call.parts.iter().position(|part| part.state == State::Queued) {
            call.clear(index, at, Clearing::PutThrough, Cause::NORMAL_CLEARING, &mut self.out);
        }
    }

    /// A device holds the others, or is back with them.
    pub(super) fn held(&mut self, at: Time, connection: &ConnectionId, device: &Device, is_held: bool) {
        let Some(mut call) = self.take(&connection.call) else { return };
        call.seen_at = call.seen_at.max(at);
        if let Some(index) = name(connection).or(device.number()).and_then(|device| call.find(device)) {
            call.parts[index].is_confirmed = true;
            let expected = if is_held { State::Connected } else { State::Held };
            if call.parts[index].state == expected {
                call.hold(index, at, is_held, &mut self.out);
            }
        }
        self.put(call);
    }

    /// The call is on its way outside: the trunk stands for who is called.
    pub(super) fn network_reached(&mut self, at: Time, event: &NetworkReached) {
        let Some(trunk) = event.network_interface.number().or_else(|| name(&event.connection)).map(str::to_owned) else { return };
        let Some(mut call) = self.take_or_new(at, &event.connection.call) else { return };
        call.seen_at = call.seen_at.max(at);
        self.meet_caller(&mut call, at, &trunk, &event.parties, None);
        let called = number(event.parties.called.as_ref());
        // A number may call itself by another trunk: from a mobile its own desk.
        let is_it = |part: &super::call::Part| {
            let is_free = part.party.trunk.as_ref().is_none_or(|other| *other == trunk);
            part.is_outside() && is_free && called.is_some_and(|called| part.is_named(called))
        };
        let known = call.find(&trunk).or_else(|| call.parts.iter().position(is_it));
        if let Some(index) = known {
            call.parts[index].also_named(&trunk);
        } else if let Some(party) = Devices::outside(called, None, Some(&trunk)) {
            let how = self.entry(&call, called.unwrap_or(&trunk), &event.parties, event.local.cause.as_ref());
            if let Some(index) = call.add(&trunk, party, how, State::Offered, at) {
                if let Some(called) = called {
                    call.parts[index].also_named(called);
                }
                if let Some(device) = name(&event.connection) {
                    call.parts[index].also_named(device);
                }
                call.tell(index, &mut self.out);
                self.comes_for(&mut call, index, at);
            }
        }
        self.put(call);
    }

    /// The call goes from one device to another.
    pub(super) fn diverted(&mut self, at: Time, event: &Diverted) {
        let Some(mut call) = self.take(&event.connection.call) else { return };
        call.seen_at = call.seen_at.max(at);
        let device = name(&event.connection).or(event.diverting.number());
        let to = event.new_destination.number();
        let cause = event.local.cause.as_ref();
        let forwards = matches!(cause, Some(C::CallForward | C::CallForwardImmediate | C::CallForwardBusy | C::CallForwardNoAnswer));
        // Who talks and forwards is called by the call that it is in, as it was handed over to itself: it stays.
        let index = device.and_then(|device| call.find(device)).filter(|index| !(forwards && call.parts[*index].is_talking()));
        let is_queue = index.is_some_and(|index| call.parts[index].state == State::Queued);
        let leaves_queue = matches!(
            cause,
            Some(
                C::Overflow
                    | C::QueueTimeOverflow
                    | C::Timeout
                    | C::Redirected
                    | C::CallForward
                    | C::CallForwardImmediate
                    | C::CallForwardBusy
            )
        );
        // Who waits at a queue goes on waiting there until a member answers.
        let to_member = is_queue && !leaves_queue;
        let is_there = to.is_some_and(|to| call.find(to).is_some_and(|to| call.parts[to].is_ringing() || call.parts[to].is_talking()))
            || to.is_some() && call.diversion.as_ref().is_some_and(|diversion| diversion.to.as_deref() == to);
        if !(is_there || call.is_answered && call.talkers() >= 2) {
            call.diversion = Some(Diversion { to: to.map(Into::into), from_queue: to_member });
        }
        if let Some(index) = index.filter(|_| !to_member) {
            let part = &call.parts[index];
            let how = match cause {
                Some(C::CallPickup) => Clearing::PickedUp,
                Some(C::Park) if part.is_talking() => Clearing::Parked,
                Some(C::Overflow | C::QueueTimeOverflow | C::Timeout) if is_queue => Clearing::TimedOut,
                Some(C::CallForwardNoAnswer | C::CallNotAnswered | C::AlertTimeExpired | C::Timeout | C::Recall | C::RecallNoAnswer) => {
                    Clearing::NoAnswer
                }
                // It rang along with who takes the call.
                _ if is_there || call.is_answered && call.talkers() >= 2 => Clearing::AnsweredElsewhere,
                _ => Clearing::Diverted,
            };
            if how == Clearing::Diverted && part.is_told && !part.is_silent {
                let event = Event::Diverted { connection: part.connection.clone(), to: to.map(Into::into) };
                self.out.tell(at, event);
            }
            let cause = if how == Clearing::AnsweredElsewhere { Cause::ANSWERED_ELSEWHERE } else { device::cause(cause) };
            call.clear(index, at, how, cause, &mut self.out);
            self.goes_out_of_sight(&mut call, at, to);
        }
        self.put(call);
    }

    /// A device cannot be reached; where it is the caller's own, no other is to blame.
    pub(super) fn failed(&mut self, at: Time, event: &Failed) {
        let cause = event.local.cause.as_ref();
        let named = name(&event.connection).or(event.failing.number()).map(str::to_owned);
        let Some(named) = named else { return };
        if named == number(event.parties.calling.as_ref()).unwrap_or_default() || self.is_callers(&event.connection.call, &named) {
            return self.caller_failed(at, event, &named);
        }
        let Some((mut call, index)) = self.arrives(at, &event.connection, &event.failing, &event.parties, &event.network, cause) else {
            return;
        };
        if let Some(index) = index.filter(|index| call.parts[*index].is_ringing() || call.parts[*index].state == State::Queued) {
            call.fail(index, at, clearing::failure(cause), device::cause(cause), &mut self.out);
        }
        self.put(call);
    }

    fn is_callers(&self, number: &str, named: &str) -> bool {
        let call = self.by_number.get(number).and_then(|key| self.calls.get(key));
        call.is_some_and(|call| call.caller().is_some_and(|caller| call.parts[caller].is_named(named)))
    }

    /// The caller hears a tone.
    fn caller_failed(&mut self, at: Time, event: &Failed, named: &str) {
        let Some(mut call) = self.take_or_new(at, &event.connection.call) else { return };
        call.seen_at = call.seen_at.max(at);
        let index = call.find(named).or_else(|| {
            let party = self.devices.party(named, event.failing.id());
            call.add(named, party, Entry::Calling, State::Calling, at)
        });
        if let Some(index) = index {
            let part = &mut call.parts[index];
            if part.state == State::DialTone {
                (part.state, part.since) = (State::Calling, at);
            }
            let is_new = !part.is_told;
            call.tell(index, &mut self.out);
            if let Some(called) = number(event.parties.called.as_ref()).filter(|_| is_new) {
                call.dialled(index, at, called, &mut self.out);
            }
            if !call.is_answered {
                call.tone = Some(device::cause(event.local.cause.as_ref()));
            }
        }
        self.put(call);
    }
}
