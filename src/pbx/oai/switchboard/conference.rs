//! Conferences (CO; OAI §5.1, §10.7): several calls become one. The controller gets a new number, the others keep theirs.

use strowger_protocol::oai;

use super::Switchboard;
use super::call::{Call, CallKey, Part, State};
use super::transfer::stays_up;
use crate::telephony::{Cause, Clearing, DeviceId, Entry, Event, SwitchCallId, Time};

impl Switchboard {
    /// CO: parties are in one conference.
    pub(super) fn conferenced(&mut self, at: Time, co: &oai::Conferenced) {
        let named = |id: Option<&oai::CallId>| id.filter(|id| !id.is_empty()).map(SwitchCallId::new);
        let controller = self.devices.party_id(co.controller.as_ref());
        let parties: Vec<(DeviceId, Option<SwitchCallId>)> = co
            .parties
            .iter()
            .filter_map(|party| Some((self.devices.party_id(party.device.as_ref())?, named(party.call.as_ref()))))
            .collect();
        let told = [named(co.primary.as_ref()), named(co.secondary.as_ref())];
        let numbers: Vec<SwitchCallId> =
            told.into_iter().flatten().chain(parties.iter().filter_map(|(_, number)| number.clone())).collect();
        let mut keys: Vec<CallKey> = numbers.iter().filter_map(|number| self.by_number.get(number)).copied().collect();
        // Numbers may be missing or new: a call of the controller with another party is part of it.
        for key in controller.as_ref().and_then(|controller| self.at_device.get(controller)).into_iter().flatten() {
            let is_party =
                |part: &Part| Some(&part.device) != controller.as_ref() && parties.iter().any(|(device, _)| part.device == *device);
            if self.calls.get(key).is_some_and(|call| call.parts.iter().any(is_party)) {
                keys.push(*key);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let mut calls = keys.into_iter().filter_map(|key| self.take(key)).collect::<Vec<Call>>().into_iter();
        let first = calls.next().or_else(|| {
            let number = numbers.first().filter(|number| !self.has_just_ended(number, at)).cloned()?;
            Some(self.new_call(at, number))
        });
        let Some(mut main) = first else { return };
        main.seen_at = main.seen_at.max(at);
        stays_up(&mut main);
        for call in calls {
            self.join_conference(at, &mut main, call, controller.as_ref());
        }
        if let Some(index) = controller.as_ref().and_then(|controller| main.find(controller))
            && main.parts[index].state == State::Held
        {
            main.hold(index, at, false, &mut self.out);
        }
        for (device, number) in &parties {
            self.takes_part(at, &mut main, device, number.as_ref());
        }
        main.handover = None;
        main.is_answered = true;
        main.reshaped_at = Some(at);
        self.put(main);
    }

    /// The controller's further call: its own part there ends, the others come into the conference.
    fn join_conference(&mut self, at: Time, main: &mut Call, mut call: Call, controller: Option<&DeviceId>) {
        stays_up(&mut call);
        let own = controller.and_then(|controller| call.find(controller)).filter(|_| {
            // It goes on with the part that it has in the older call.
            controller.is_some_and(|controller| main.find(controller).is_some())
        });
        for index in 0..call.parts.len() {
            call.tell(index, &mut self.out);
            match call.parts[index].how {
                Entry::Calling if Some(index) == own => call.enter_as(index, at, Entry::Consultation, &mut self.out),
                _ if Some(index) == own => {}
                // Who was offered the call by a group, or forwarded to, keeps to that.
                Entry::Calling | Entry::Called => call.enter_as(index, at, Entry::Conference, &mut self.out),
                _ => {}
            }
        }
        for index in 0..main.parts.len() {
            main.tell(index, &mut self.out);
        }
        if main.is_told && call.is_told {
            self.out.tell(at, Event::CallsJoined { call: main.number().clone(), with: call.number().clone(), how: Entry::Conference });
        }
        if let Some(index) = own {
            call.clear(index, at, Clearing::Conferenced, Cause::other("conference"), &mut self.out);
        }
        for number in &call.numbers {
            if !main.numbers.contains(number) {
                main.numbers.push(number.clone());
            }
            self.by_number.insert(number.clone(), main.key);
        }
        main.has_caller |= call.has_caller;
        main.is_told |= call.is_told;
        for part in std::mem::take(&mut call.parts) {
            main.add(part);
        }
        self.dissolve(&mut call);
    }

    /// A party is in the conference, under its own number.
    fn takes_part(&mut self, at: Time, main: &mut Call, device: &DeviceId, number: Option<&SwitchCallId>) {
        let index = main.find(device).or_else(|| {
            let mut part =
                Part::new(device.clone(), main.number().clone(), self.devices.party_of(device), Entry::Conference, State::Reached, at);
            part.by = main.waiting(None);
            main.add(part)
        });
        let Some(index) = index else { return };
        if !main.parts[index].is_talking() {
            main.establish(index, at, &mut self.out);
        }
        if let Some(number) = number {
            self.also_numbered(main, at, number);
            main.renumber(index, number);
        }
    }
}
