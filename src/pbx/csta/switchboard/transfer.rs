//! Calls that are handed over or become a conference: two calls are one from here on, under either number or a new one (CSTA §6).

use smol_str::SmolStr;
use strowger_protocol::csta::data::ConnectionListItem;
use strowger_protocol::csta::event::{Conferenced, Transferred};
use strowger_protocol::csta::{ConnectionId, DeviceId};

use super::Switchboard;
use super::call::{Call, Handover, Part, State};
use super::device::name;
use crate::telephony::{Cause, Clearing, DeviceKind, Entry, Event, SwitchCallId, Time, TransferKind};

/// Who an item is about: the device as it is named from here on.
fn item_name(item: &ConnectionListItem) -> Option<&str> {
    let endpoint = item.endpoint.as_ref().and_then(|endpoint| endpoint.id()).map(DeviceId::number);
    item.new.as_ref().and_then(name).or(endpoint).filter(|name| !name.is_empty())
}

/// The number that the call goes by from here on.
fn new_number(items: &[ConnectionListItem]) -> Option<SmolStr> {
    items.iter().filter_map(|item| item.new.as_ref()).map(|connection| connection.call.clone()).find(|call| !call.is_empty())
}

impl Switchboard {
    /// A device handed its call over.
    pub(super) fn transferred(&mut self, at: Time, event: &Transferred) {
        let giver = event.transferring.number().or_else(|| name(&event.primary_old_call)).map(SmolStr::new);
        let items = &event.connections.items;
        let second = event.secondary_old_call.as_ref();
        let Some((mut call, was_joined)) = self.old_calls(at, &event.primary_old_call, second, giver.as_deref(), items) else { return };
        let to = event.transferred_to.number();
        if let Some(third) = self.take_renamed(items) {
            self.join(&mut call, third, giver.as_deref(), at, Some(true));
        }
        self.rename(&mut call, items, at);
        if !was_joined && let Some(index) = giver.as_deref().and_then(|giver| call.find(giver)) {
            // Without a second call, or with one that was not seen.
            let target = to.and_then(|to| call.find(to));
            // Handed over to the one who is left alone, it is that one who calls.
            let others = || (0..call.parts.len()).filter(|other| *other != index && call.parts[*other].is_talking());
            let is_to_itself = second.is_none() && target.is_some() && others().eq(target);
            let target = target.filter(|_| !is_to_itself).map(|target| call.parts[target].connection.clone());
            let by = call.parts[index].connection.clone();
            call.give(index, at, second.is_some(), target.clone(), &mut self.out);
            call.handover = Some(Handover { by, to: to.map(Into::into), is_reached: target.is_some() });
        }
        self.meet_items(&mut call, items, to, at);
        let is_awaited = call.handover.as_ref().is_some_and(|handover| !handover.is_reached && handover.to.as_deref() == to);
        if let Some(to) = to
            && let Some(index) = call.find(to).filter(|index| !(is_awaited && call.parts[*index].is_talking()))
        {
            if call.parts[index].how == Entry::Called {
                call.parts[index].how = Entry::Transfer;
            }
            if call.parts[index].is_talking() {
                call.handover = None;
            }
        }
        // Who was handed over may wait again.
        call.is_answered = call.talkers() >= 2;
        self.goes_out_of_sight(&mut call, at, to);
        self.put(call);
    }

    /// Calls became a conference, or a device joined one.
    pub(super) fn conferenced(&mut self, at: Time, event: &Conferenced) {
        let controller = event.conferencing.number().or_else(|| name(&event.primary_old_call)).map(SmolStr::new);
        let items = &event.connections.items;
        let second = event.secondary_old_call.as_ref().map(|second| &second.call);
        let others = items.iter().filter_map(|item| item.old.as_ref()).map(|old| &old.call);
        let further: Vec<SmolStr> = second.into_iter().chain(others).cloned().collect();
        // Only the second one may have been seen.
        let first = self.take(&event.primary_old_call.call).or_else(|| self.take_renamed(items));
        let Some(mut call) = first.or_else(|| further.iter().find_map(|number| self.take(number))) else { return };
        call.seen_at = call.seen_at.max(at);
        if let Some(index) = controller.as_deref().and_then(|controller| call.find(controller))
            && call.parts[index].state == State::Held
        {
            call.hold(index, at, false, &mut self.out);
        }
        for number in further.iter().chain(new_number(items).as_ref()) {
            if let Some(other) = self.take(number) {
                self.join(&mut call, other, controller.as_deref(), at, None);
            }
        }
        self.rename(&mut call, items, at);
        let added = event.added.number().map(SmolStr::new);
        for item in items {
            let Some(named) = item_name(item) else { continue };
            let id = item.endpoint.as_ref().and_then(|endpoint| endpoint.id());
            let number = id.map(DeviceId::number).filter(|number| !number.is_empty()).unwrap_or(named);
            if let Some(index) = call.find(named).or_else(|| call.find(number)) {
                call.parts[index].also_named(named);
            } else {
                let party = self.devices.party(number, id);
                if let Some(index) = call.add(named, party, Entry::Conference, State::Offered, at) {
                    call.establish(index, at, &mut self.out);
                }
            }
        }
        if let Some(added) = added
            && let Some(index) = call.find(&added).filter(|index| call.parts[*index].how == Entry::Called)
        {
            call.enter_as(index, at, Entry::Conference, &mut self.out);
        }
        call.is_answered = true;
        call.handover = None;
        self.put(call);
    }

    /// The parts go by their new names, the call by its new number: after a restart it is known by that.
    fn rename(&mut self, call: &mut Call, items: &[ConnectionListItem], at: Time) {
        if let Some(number) = new_number(items)
            && !call.numbers.contains(&number)
        {
            call.also_numbered(&number);
            if call.is_told {
                let with = SwitchCallId::new(&number);
                self.out.tell(at, Event::CallsJoined { call: call.id.clone(), with, how: Entry::Conference });
            }
        }
        for item in items {
            let (Some(old), Some(new)) = (item.old.as_ref().and_then(name), item.new.as_ref().and_then(name)) else { continue };
            if let Some(index) = call.find(old) {
                call.parts[index].also_named(new);
            }
        }
    }

    /// The calls that become one; true: there were two, and they are joined. `None`: neither is known, or it was told before.
    fn old_calls(
        &mut self,
        at: Time,
        primary: &ConnectionId,
        secondary: Option<&ConnectionId>,
        giver: Option<&str>,
        items: &[ConnectionListItem],
    ) -> Option<(Call, bool)> {
        let first = self.take(&primary.call);
        let second = secondary.and_then(|secondary| self.take(&secondary.call)).or_else(|| self.take_renamed(items));
        match (first, second) {
            (Some(mut first), Some(second)) => {
                first.seen_at = first.seen_at.max(at);
                let call = if first.key == second.key { first } else { self.join_transfer(first, second, giver, at) };
                Some((call, true))
            }
            // By the first copy both numbers are the same call: what a further one says is known.
            (Some(mut call), None) | (None, Some(mut call)) => {
                call.seen_at = call.seen_at.max(at);
                let is_joined = giver.is_some_and(|giver| call.find(giver).is_none());
                Some((call, is_joined))
            }
            (None, None) => None,
        }
    }

    /// The call that goes already by the number that the parts have from here on.
    fn take_renamed(&mut self, items: &[ConnectionListItem]) -> Option<Call> {
        new_number(items).and_then(|number| self.take(&number))
    }

    fn join_transfer(&mut self, first: Call, second: Call, giver: Option<&str>, at: Time) -> Call {
        // The call goes on as the older one, whichever of the two is handed over. Of two that were found at once it is that on hold.
        let is_older = first.key <= second.key || first.found_after.is_some() && first.found_after == second.found_after;
        let (mut main, younger) = if is_older { (first, second) } else { (second, first) };
        self.join(&mut main, younger, giver, at, Some(is_older));
        main
    }

    /// The parts of the younger call come into the older one; the giver's, or the controller's further one, is over.
    ///
    /// `handed`: it is a transfer, of the older call (true) or of the younger one.
    fn join(&mut self, main: &mut Call, mut other: Call, giver: Option<&str>, at: Time, handed: Option<bool>) {
        let is_transfer = handed.is_some();
        for call in [&mut *main, &mut other] {
            for index in 0..call.parts.len() {
                call.tell(index, &mut self.out);
            }
        }
        let own = giver.and_then(|giver| other.find(giver));
        for index in 0..other.parts.len() {
            match other.parts[index].how {
                Entry::Calling if Some(index) == own => other.enter_as(index, at, Entry::Consultation, &mut self.out),
                Entry::Calling if is_transfer => other.enter_as(index, at, Entry::Transfer, &mut self.out),
                Entry::Calling | Entry::Called if !is_transfer && Some(index) != own => {
                    other.enter_as(index, at, Entry::Conference, &mut self.out);
                }
                _ => {}
            }
        }
        let part_of = |call: &Call| giver.and_then(|giver| call.find(giver)).map(|index| call.parts[index].connection.clone());
        let (handing, asked) = if handed == Some(false) { (part_of(&other), part_of(main)) } else { (part_of(main), part_of(&other)) };
        let asking = if handed == Some(false) { &*main } else { &other };
        let target = asking.parts.iter().find(|part| Some(&part.connection) != asked.as_ref());
        let (target_connection, target_name) =
            (target.map(|part| part.connection.clone()), target.and_then(|part| part.names.first()).cloned());
        let is_answered = target.is_some_and(Part::is_talking);
        // Who was called in both calls joins them, and asked nobody.
        let has_asked = |part: &&Part| Some(&part.connection) == asked.as_ref() && part.how == Entry::Consultation;
        let consultation = asking.parts.iter().find(has_asked).map(|part| part.connection.clone());
        if is_transfer && let Some(by) = &handing {
            let event = Event::Transferred { kind: TransferKind::Attended, by: by.clone(), consultation, to: target_connection.clone() };
            self.out.tell(at, event);
        }
        if main.is_told && other.is_told {
            self.out.tell(
                at,
                Event::CallsJoined {
                    call: main.id.clone(),
                    with: other.id.clone(),
                    how: if is_transfer { Entry::Transfer } else { Entry::Conference },
                },
            );
        }
        let (how, cause) =
            if is_transfer { (Clearing::Transferred, Cause::TRANSFER) } else { (Clearing::Conferenced, Cause::other("conference")) };
        if is_transfer && let Some(index) = giver.and_then(|giver| main.find(giver)) {
            main.clear(index, at, how, cause.clone(), &mut self.out);
        }
        if let Some(index) = own {
            other.clear(index, at, how, cause, &mut self.out);
        }
        if is_transfer && let Some(by) = handing {
            main.handover = (!is_answered).then_some(Handover { by, to: target_name, is_reached: target_connection.is_some() });
        }
        main.is_answered |= other.is_answered;
        main.is_told |= other.is_told;
        for number in std::mem::take(&mut other.numbers) {
            main.also_numbered(&number);
        }
        for part in std::mem::take(&mut other.parts) {
            if main.parts.len() < super::call::PARTS_MAX {
                main.parts.push(part);
            }
        }
        // The giver's numbers stand in both: what it was is over.
        if let Some(giver) = giver.filter(|_| is_transfer) {
            main.departed.insert(SmolStr::new(giver), at);
        }
    }

    /// Who is in the list and not in the call was not seen before. Without an item for the target it comes by what follows.
    fn meet_items(&mut self, call: &mut Call, items: &[ConnectionListItem], to: Option<&str>, at: Time) {
        for item in items {
            let Some(named) = item_name(item) else { continue };
            let endpoint = item.endpoint.as_ref().and_then(|endpoint| endpoint.id());
            let other = endpoint.map(DeviceId::number).unwrap_or_default();
            // An outside party may be named by its trunk before, and by its number now.
            let kind = self.devices.kind(named);
            let may_be_outside = matches!(kind, DeviceKind::External | DeviceKind::Trunk) && Some(named) != to;
            let only_outside = || {
                let mut outside = (0..call.parts.len()).filter(|index| call.parts[*index].is_outside());
                outside.next().filter(|_| may_be_outside && outside.next().is_none())
            };
            let known = call.find(named).or_else(|| call.find(other)).or_else(only_outside);
            match known {
                Some(index) => call.parts[index].also_named(named),
                None if call.departed.contains_key(named) => {}
                None => {
                    let party = self.devices.party(named, endpoint);
                    let how = if Some(named) == to { Entry::Transfer } else { Entry::Called };
                    let Some(index) = call.add(named, party, how, State::Offered, at) else { continue };
                    call.tell(index, &mut self.out);
                    if how == Entry::Transfer {
                        call.reach(index, at, &mut self.out);
                    } else {
                        call.establish(index, at, &mut self.out);
                    }
                }
            }
        }
    }
}
