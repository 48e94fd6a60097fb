//! Hold, retrieval, and retrieval elsewhere: park (HE, RE; OAI §5.1, §10.3).

use strowger_protocol::oai;

use super::Switchboard;
use super::call::{Call, Part, State};
use crate::telephony::{Cause, Clearing, DeviceId, Entry, SwitchCallId, Time};

impl Switchboard {
    /// HE: a device holds the others.
    pub(super) fn held(&mut self, at: Time, he: &oai::Held) {
        let Some(holder) = self.devices.party_id(he.holding.as_ref()) else { return };
        let number = SwitchCallId::new(&he.call);
        let Some(mut call) = self.call_or_remnant(at, &number, &holder) else { return };
        if let Some(index) = call.find(&holder).or_else(|| self.found_in(&mut call, at, &number, &holder)) {
            if !call.parts[index].is_talking() {
                call.establish(index, at, &mut self.out);
            }
            if call.parts[index].state == State::Connected {
                call.hold(index, at, true, &mut self.out);
            }
        }
        self.put(call);
    }

    /// RE: a held call is taken back, by who holds it or elsewhere.
    pub(super) fn retrieved(&mut self, at: Time, re: &oai::Retrieved) {
        let Some(by) = self.devices.party_id(re.retrieving.as_ref()) else { return };
        let other = self.devices.party_id(re.retrieved.as_ref().or(re.retrieved_trunk.as_ref()));
        let number = SwitchCallId::new(&re.call);
        let Some(mut call) = self.retrieved_call(at, &number, &by, other.as_ref()) else { return };
        match call.find(&by) {
            Some(index) if call.parts[index].state == State::Held => call.hold(index, at, false, &mut self.out),
            Some(index) if call.parts[index].is_talking() => {}
            found => self.taken_from_park(&mut call, at, &number, &by, other.as_ref(), found),
        }
        call.ending = None;
        for part in &mut call.parts {
            part.is_gone = false;
        }
        self.put(call);
    }

    /// Another device takes the call; who held it is out of it.
    fn taken_from_park(
        &mut self,
        call: &mut Call,
        at: Time,
        number: &SwitchCallId,
        by: &DeviceId,
        other: Option<&DeviceId>,
        found: Option<usize>,
    ) {
        let may_have_held = |part: &Part| part.is_talking() && part.device != *by && Some(&part.device) != other;
        let held = call.parts.iter().position(|part| may_have_held(part) && part.state == State::Held);
        // The hold itself may not have been told: who is left over held it.
        let left_over = || other.and_then(|_| call.parts.iter().position(may_have_held));
        let holder = held.or_else(left_over).map(|index| call.parts[index].device.clone());
        let index = found.or_else(|| {
            let mut part = Part::new(by.clone(), number.clone(), self.devices.party_of(by), Entry::Pickup, State::Reached, at);
            part.by = call.waiting(other);
            call.add(part)
        });
        if let Some(index) = index {
            call.establish(index, at, &mut self.out);
            call.is_answered = true;
        }
        if let Some(index) = holder.and_then(|holder| call.find(&holder)) {
            call.clear(index, at, Clearing::Parked, Cause::PARK, &mut self.out);
        }
    }

    /// The call that is retrieved. It may have got a new number by that.
    fn retrieved_call(&mut self, at: Time, number: &SwitchCallId, by: &DeviceId, other: Option<&DeviceId>) -> Option<Call> {
        if !self.by_number.contains_key(number)
            && !self.has_just_ended(number, at)
            && let Some(key) = other.and_then(|other| self.at_device.get(other)).and_then(|keys| {
                keys.iter()
                    .copied()
                    .find(|key| self.calls.get(key).is_some_and(|call| call.parts.iter().any(|part| part.state == State::Held)))
            })
            && let Some(mut call) = self.take(key)
        {
            self.also_numbered(&mut call, at, number);
            call.seen_at = call.seen_at.max(at);
            return Some(call);
        }
        self.call_or_remnant(at, number, by)
    }

    /// The call of a device that talks in it; one whose beginning was not seen begins here.
    pub(super) fn call_or_remnant(&mut self, at: Time, number: &SwitchCallId, device: &DeviceId) -> Option<Call> {
        if let Some(call) = self.known_call(at, number, &[Some(device)]) {
            return Some(call);
        }
        (!self.has_just_ended(number, at)).then(|| self.new_call(at, number.clone()))
    }

    /// A device turns out to be in the call.
    pub(super) fn found_in(&mut self, call: &mut Call, at: Time, number: &SwitchCallId, device: &DeviceId) -> Option<usize> {
        let mut part = Part::new(device.clone(), number.clone(), self.devices.party_of(device), Entry::Called, State::Reached, at);
        part.by = call.waiting(None);
        call.add(part)
    }
}
