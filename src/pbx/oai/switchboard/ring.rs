//! Calls that begin, ring and are answered: SI, OR, NT, DE, ER, ES (OAI §5.1).

use smol_str::SmolStr;
use strowger_protocol::oai;

use super::Switchboard;
use super::call::{Call, Part, State};
use super::offer::{Offer, Path, Side};
use crate::telephony::{Cause, Clearing, DeviceId, DeviceKind, Entry, SwitchCallId, Time};

/// Within this time of its beginning, a call that begins again is the same one told again.
const SAME_BEGINNING_MS: u64 = 1000;

impl Switchboard {
    /// SI: dial tone is no call yet.
    pub(super) fn service_initiated(&mut self, at: Time, si: &oai::ServiceInitiated) {
        let Some(device) = self.devices.party_id(si.initiator.as_ref()) else { return };
        let number = SwitchCallId::new(&si.call);
        let Some(mut call) = self.beginning(at, &number, &device) else { return };
        if call.parts.is_empty() {
            let party = self.devices.inside(&device);
            call.add(Part::new(device, number, party, Entry::Calling, State::DialTone, at));
        }
        self.put(call);
    }

    /// OR: a call begins.
    pub(super) fn originated(&mut self, at: Time, or: &oai::Originated) {
        let caller = Side::new(&self.devices, or.calling.as_ref(), or.calling_type, or.outside_number.as_ref(), None);
        let Some(device) = caller.device.clone() else { return };
        let number = SwitchCallId::new(&or.call);
        if caller.is_outside {
            self.trunk_is_free(&device, &number);
        }
        let Some(mut call) = self.beginning(at, &number, &device) else { return };
        let index = match call.find(&device) {
            Some(index) => index,
            None => {
                match call.add(Part::new(device.clone(), number, caller.party(&device, &self.devices), Entry::Calling, State::Calling, at))
                {
                    Some(index) => index,
                    None => return self.put(call),
                }
            }
        };
        if call.parts[index].state == State::DialTone {
            (call.parts[index].state, call.parts[index].since) = (State::Calling, at);
        }
        call.identify(index, at, caller.number.as_ref(), None, &mut self.out);
        if call.dialled.is_none() && !call.is_told {
            call.dialled = super::device::dialled(or.dialled.as_ref());
        }
        if !caller.is_outside {
            call.tell(index, &mut self.out);
        }
        self.put(call);
    }

    /// The call that begins at a device under that number: a new one, or the one that began there just now. `None`: it is told again.
    fn beginning(&mut self, at: Time, number: &SwitchCallId, device: &DeviceId) -> Option<Call> {
        for key in self.at_device.get(device).cloned().unwrap_or_default() {
            // Who begins a call has left the tone of the last one, whose number may be given to it.
            let is_known = self.by_number.get(number) == Some(&key);
            let is_left = |since: Time| !is_known || at.millis_since(since) > SAME_BEGINNING_MS;
            if self.calls.get(&key).and_then(|call| call.unnumbered_since).is_some_and(is_left) {
                self.settle(key, None);
            }
        }
        let Some(&key) = self.by_number.get(number) else { return Some(self.new_call(at, number.clone())) };
        let call = self.calls.get(&key)?;
        let own = call.part(device).filter(|part| part.how == Entry::Calling);
        let is_alone = call.parts.len() == 1 && call.ending.is_none() && !call.is_answered;
        let is_young = own.is_some_and(|own| at.millis_since(own.since) <= SAME_BEGINNING_MS) && call.ending.is_none();
        if own.is_some() && is_alone {
            return self.take(key);
        }
        if is_young {
            return None;
        }
        self.begin_anew(key, number);
        Some(self.new_call(at, number.clone()))
    }

    /// A trunk carries one call: where it begins another one, the end of the former was not seen.
    fn trunk_is_free(&mut self, trunk: &DeviceId, number: &SwitchCallId) {
        for key in self.at_device.get(trunk).cloned().unwrap_or_default() {
            if self.by_number.get(number) == Some(&key) {
                continue;
            }
            self.settle(key, None);
            self.lose(key);
        }
    }

    /// Who calls is in the call, and as well known as the line tells.
    pub(super) fn meet_caller(&mut self, call: &mut Call, at: Time, number: &SwitchCallId, offer: &Offer) {
        let Some(device) = &offer.caller.device else { return };
        let index = match call.find(device) {
            Some(index) => index,
            None if call.has_caller || call.is_answered => return,
            None => {
                let since = call.parts.iter().map(|part| part.since).min().unwrap_or(at);
                let party = offer.caller.party(device, &self.devices);
                let Some(index) = call.add(Part::new(device.clone(), number.clone(), party, Entry::Calling, State::Calling, since)) else {
                    return;
                };
                index
            }
        };
        if call.parts[index].state == State::DialTone {
            (call.parts[index].state, call.parts[index].since) = (State::Calling, at);
        }
        if offer.caller.is_outside {
            call.identify(index, at, offer.caller.number.as_ref(), offer.caller.name.as_ref(), &mut self.out);
        }
        call.renumber(index, number);
        if call.dialled.is_none() && !call.parts.iter().any(|part| part.is_told && part.how != Entry::Calling) {
            let first = || offer.path.original.clone().filter(|_| !offer.caller.is_outside);
            call.dialled = offer.path.trunk_number.clone().filter(|_| offer.caller.is_outside).or_else(first);
        }
    }

    /// NT: the call leaves by a trunk; the digits are told to the trunk's monitor only.
    pub(super) fn network_reached(&mut self, at: Time, nt: &oai::NetworkReached) {
        let number = SwitchCallId::new(&nt.call);
        let Some(trunk) = self.devices.party_id(nt.trunk.as_ref()) else { return };
        let called =
            Side { device: Some(trunk.clone()), is_outside: true, number: nt.dialled.clone().filter(|d| !d.is_empty()), name: None };
        let Some(mut call) = self.outgoing_call(at, &number) else { return };
        call.seen_at = call.seen_at.max(at);
        let index = call.find(&trunk).or_else(|| {
            let how = entry(&call, &trunk, true, &Path::default());
            let mut part = Part::new(trunk.clone(), number, called.party(&trunk, &self.devices), how, State::Reached, at);
            part.by = call.waiting(None);
            call.add(part)
        });
        if let Some(index) = index {
            call.identify(index, at, called.number.as_ref(), None, &mut self.out);
            if called.number.is_some() && call.has_caller {
                call.tell(index, &mut self.out);
                call.reach(index, &mut self.out);
            }
        }
        self.put(call);
    }

    /// DE: a device rings.
    pub(super) fn delivered(&mut self, at: Time, de: &oai::Delivered) {
        let number = SwitchCallId::new(&de.call);
        let offer = Offer::delivered(de, &self.devices);
        self.foretold(at, &number, &offer);
        let Some(mut call) = self.offered_call(at, &number, &offer) else { return };
        self.meet_caller(&mut call, at, &number, &offer);
        self.meet_group(&mut call, at, &number, &offer);
        if let Some(device) = offer.called.device.clone() {
            match call.find(&device) {
                Some(index) => {
                    if offer.called.is_outside && call.parts[index].how != Entry::Calling {
                        call.identify(index, at, offer.called.number.as_ref(), None, &mut self.out);
                    }
                    call.renumber(index, &number);
                    if matches!(call.parts[index].state, State::Reached | State::Failed(..)) {
                        call.deliver(index, at, &mut self.out);
                        call.reach(index, &mut self.out);
                    }
                }
                None => {
                    if let Some(index) = self.come_in(&mut call, at, &number, &device, &offer, State::Reached) {
                        call.deliver(index, at, &mut self.out);
                        self.comes_for(&mut call, index);
                    }
                }
            }
        }
        self.goes_on(&mut call, at, offer.path.redirected_by.as_ref());
        self.put(call);
    }

    /// A device comes into the call on behalf of who calls.
    pub(super) fn come_in(
        &mut self,
        call: &mut Call,
        at: Time,
        number: &SwitchCallId,
        device: &DeviceId,
        offer: &Offer,
        state: State,
    ) -> Option<usize> {
        let how = entry(call, device, offer.called.is_outside, &offer.path);
        let mut part = Part::new(device.clone(), number.clone(), offer.called.party(device, &self.devices), how, state, at);
        part.by = call.waiting(offer.caller.device.as_ref());
        call.add(part)
    }

    /// Whoever comes in may be the one to whom the call was handed over.
    fn comes_for(&mut self, call: &mut Call, index: usize) {
        let Some(part) = call.parts.get(index) else { return };
        let is_meant = call.handover.as_ref().is_some_and(|handover| handover.to.as_ref() == Some(&part.device));
        if is_meant || matches!(part.how, Entry::Transfer | Entry::Forward) {
            call.reach(index, &mut self.out);
        }
    }

    /// ER: an outside party answered, but nobody has accepted the call there. That is no answer.
    pub(super) fn routed(&mut self, at: Time, er: &oai::Established) {
        let offer = Offer::established(er, &self.devices);
        let number = SwitchCallId::new(&er.call);
        let Some(mut call) = self.take_numbered(&number) else { return };
        call.seen_at = call.seen_at.max(at);
        if let Some(index) = offer.called.device.as_ref().and_then(|device| call.find(device))
            && call.parts[index].how != Entry::Calling
        {
            call.identify(index, at, offer.called.number.as_ref(), None, &mut self.out);
        }
        self.put(call);
    }

    /// ES: somebody answered.
    pub(super) fn established(&mut self, at: Time, es: &oai::Established) {
        let number = SwitchCallId::new(&es.call);
        let offer = Offer::established(es, &self.devices);
        self.foretold(at, &number, &offer);
        let Some(mut call) = self.offered_call(at, &number, &offer) else { return };
        self.meet_caller(&mut call, at, &number, &offer);
        if let Some(device) = offer.called.device.clone() {
            self.answered(&mut call, at, &number, &device, &offer);
        }
        self.goes_on(&mut call, at, offer.path.redirected_by.as_ref());
        self.put(call);
    }

    fn answered(&mut self, call: &mut Call, at: Time, number: &SwitchCallId, device: &DeviceId, offer: &Offer) {
        // Who stopped ringing a moment ago did so because of this answer.
        let unrung = call.parts.iter().filter(|part| part.device != *device).filter_map(|part| part.unrung.as_ref());
        let moment = unrung.map(|unrung| unrung.at).filter(|unrung| at.millis_since(*unrung) <= self.copies_ms).min().unwrap_or(at);
        let index = if let Some(index) = call.find(device) {
            index
        } else {
            let Some(index) = self.come_in(call, moment, number, device, offer, State::Reached) else { return };
            if matches!(call.parts[index].how, Entry::Called | Entry::Queue) && takes_over(call, index) {
                call.parts[index].how = Entry::Pickup;
            }
            index
        };
        if offer.called.is_outside && call.parts[index].how != Entry::Calling {
            call.identify(index, at, offer.called.number.as_ref(), None, &mut self.out);
        }
        call.renumber(index, number);
        match call.parts[index].state {
            State::Connected => return self.put_through(call, moment, offer),
            State::Held => return call.hold(index, at, false, &mut self.out),
            State::Calling | State::DialTone if call.parts[index].how == Entry::Calling => return self.put_through(call, moment, offer),
            _ => {}
        }
        if call.parts[index].how == Entry::Transfer && call.handover.is_none() && call.talkers() >= 2 {
            call.taken_over = Some((moment, device.clone()));
        }
        call.establish(index, moment, &mut self.out);
        if call.parts[index].how != Entry::Monitor {
            self.comes_for(call, index);
            self.others_lose(call, device, moment);
            self.put_through(call, moment, offer);
            self.hand_off(call, moment, Some(device));
            call.is_answered = true;
            call.diversions.clear();
            call.handover = None;
        }
    }

    /// Somebody answered: the others stop ringing, and nobody waits any more.
    fn others_lose(&mut self, call: &mut Call, device: &DeviceId, at: Time) {
        let Some(winner) = call.part(device) else { return };
        // Where from it was picked up was told, or follows from who rings.
        let was_told = call.is_picked_up_by(device);
        let ringing = call.parts.iter().filter(|part| part.is_ringing()).count();
        let (is_machine, is_pickup) = (winner.is_machine(), winner.how == Entry::Pickup && !was_told && ringing == 1);
        // An announcement takes the call without taking it out of the group.
        let waits = call.parts.iter().any(|part| part.state == State::Queued);
        if is_machine && waits {
            return;
        }
        let mut index = 0;
        while index < call.parts.len() {
            let part = &call.parts[index];
            let cleared = match &part.state {
                _ if part.device == *device => None,
                State::Reached | State::Alerting if is_pickup && !part.is_outside() => Some((Clearing::PickedUp, Cause::CALL_PICKUP)),
                State::Reached | State::Alerting => Some((Clearing::AnsweredElsewhere, Cause::ANSWERED_ELSEWHERE)),
                State::Queued => Some((Clearing::PutThrough, Cause::NORMAL_CLEARING)),
                State::Failed(how, cause) => Some((*how, cause.clone())),
                _ => None,
            };
            match cleared {
                Some((how, cause)) => call.clear(index, at, how, cause, &mut self.out),
                None => index += 1,
            }
        }
        call.failure = None;
    }

    /// Who called is connected.
    fn put_through(&mut self, call: &mut Call, at: Time, offer: &Offer) {
        let named = offer.caller.device.as_ref().and_then(|device| call.find(device));
        for index in [call.caller(), named].into_iter().flatten() {
            if matches!(call.parts[index].state, State::Calling | State::DialTone) {
                call.parts[index].state = State::Calling;
                call.establish(index, at, &mut self.out);
            }
        }
    }

    /// CI: what an outside caller presents was changed.
    pub(super) fn call_info(&mut self, at: Time, ci: &oai::CallInfo) {
        let name = ci.outside_name.as_ref().map(|name| SmolStr::new(name.as_str())).filter(|name| !name.is_empty());
        let number = ci.outside_number.clone().filter(|number| !number.is_empty());
        let Some(mut call) = self.take_numbered(&SwitchCallId::new(&ci.call)) else { return };
        if let Some(index) = call.caller().filter(|index| call.parts[*index].is_outside()) {
            call.identify(index, at, number.as_ref(), name.as_ref(), &mut self.out);
        }
        self.put(call);
    }
}

/// A device answers that did not ring, while another one does: it took the call from there.
fn takes_over(call: &Call, index: usize) -> bool {
    let part = &call.parts[index];
    let rings = |other: &Part| other.is_ringing() && other.device != part.device && !other.is_outside() && !other.is_machine();
    part.party.kind == DeviceKind::Extension && call.talkers() < 2 && call.parts.iter().any(rings)
}

/// How a device comes into a call.
pub(super) fn entry(call: &Call, device: &DeviceId, is_outside: bool, path: &Path) -> Entry {
    use oai::Cause as C;
    let by = path.redirected_by.as_ref().filter(|by| *by != device);
    let talks = call.talkers() >= 2;
    if matches!(path.cause, Some(C::SILENT_MONITOR | C::ACTIVE_MONITOR)) || talks && path.cause == Some(C::OVERRIDE) {
        return Entry::Monitor;
    }
    if path.cause == Some(C::RECALL) {
        return Entry::Called;
    }
    let waits = call.parts.iter().any(|part| part.state == State::Queued);
    if call.is_picked_up_by(device) {
        return Entry::Pickup;
    }
    if let Some(diversion) = call.last_diversion_to(device, is_outside) {
        let among_members = path.group.is_some() || waits && diversion.cause == C::CALL_NOT_ANSWERED;
        return match diversion.cause {
            C::RECALL => Entry::Called,
            _ if among_members => Entry::Queue,
            _ => Entry::Forward,
        };
    }
    if path.group.is_some() {
        return Entry::Queue;
    }
    if let Some(handover) = &call.handover
        && (handover.to.as_ref() == Some(device) || by == Some(&handover.giver) || !handover.is_reached && path.cause == Some(C::TRANSFER))
    {
        return Entry::Transfer;
    }
    if call.handoff.as_ref().is_some_and(|(_, to)| to.as_ref() == Some(device)) {
        return Entry::Transfer;
    }
    if waits && by.is_none_or(|by| call.part(by).is_some_and(|part| part.state == State::Queued)) && path.cause != Some(C::OVERFLOW) {
        return Entry::Queue;
    }
    // Who is called while others talk is called by them; what sent the call on before is past.
    if talks {
        // To go on at another device of the same party, the PBX rings all of them.
        let rings_over = call.parts.iter().any(|part| part.is_ringing() && part.how == Entry::Transfer);
        return if path.cause == Some(C::TRANSFER) || is_outside || rings_over { Entry::Transfer } else { Entry::Called };
    }
    match by {
        Some(by) if call.gave(by).is_some() || path.cause == Some(C::TRANSFER) => Entry::Transfer,
        Some(_) => Entry::Forward,
        // A forwarding cause alone may be that of an overridden do-not-disturb.
        None => Entry::Called,
    }
}
