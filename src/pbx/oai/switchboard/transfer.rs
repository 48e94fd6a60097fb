//! Calls that are handed over (TR; OAI §5.1, §10.4 to §10.6).
//!
//! A transferred call keeps its Call_ID and the announcement's dies, or the call gets a new one; copies name the announcement or
//! leave it blank. So the calls are found by who is in them, and become one.

use strowger_protocol::oai::{self, LocalState};

use super::Switchboard;
use super::call::{Call, CallKey, Giver, Handover, Part, State};
use super::offer::Offer;
use crate::telephony::{Cause, Clearing, ConnectionId, DeviceId, Entry, Event, SwitchCallId, Time, TransferKind};

/// A hand-over as a line tells it.
#[derive(Debug)]
struct Transfer {
    number: SwitchCallId,
    giver: DeviceId,
    /// Who is handed over; `None`: a conference.
    moved: Option<DeviceId>,
    announcement: Option<SwitchCallId>,
    to: Option<DeviceId>,
    /// State of whose copy it is.
    state: Option<LocalState>,
}

impl Switchboard {
    /// A line about what follows a hand-over, which was not told yet: it is one.
    pub(super) fn foretold(&mut self, at: Time, number: &SwitchCallId, offer: &Offer) {
        let (Some(giver), Some(moved)) = (&offer.path.redirected_by, &offer.caller.device) else { return };
        if offer.path.cause != Some(oai::Cause::TRANSFER) || giver == moved || offer.called.device.as_ref() == Some(giver) {
            return;
        }
        let transfer = Transfer {
            number: number.clone(),
            giver: giver.clone(),
            moved: Some(moved.clone()),
            announcement: None,
            to: offer.called.device.clone(),
            state: None,
        };
        let talks = |key: &CallKey| {
            self.calls.get(key).is_some_and(|call| [giver, moved].iter().all(|who| call.part(who).is_some_and(Part::is_talking)))
        };
        if !self.at_device.get(moved).into_iter().flatten().any(talks) {
            return;
        }
        match self.calls_of(&transfer) {
            (Some(main), consultation) if talks(&main) => {
                let (main, consultation) = (self.take(main), consultation.and_then(|key| self.take(key)));
                match (main, consultation) {
                    (Some(main), Some(consultation)) => {
                        let announcement = Some(consultation.number().clone());
                        self.join(at, main, consultation, &Transfer { announcement, ..transfer });
                    }
                    (Some(main), None) => self.hand_over(at, main, &transfer, false),
                    (None, _) => {}
                }
            }
            _ => {}
        }
    }

    /// TR: a call was handed over.
    pub(super) fn transferred(&mut self, at: Time, tr: &oai::Transferred) {
        let Some(giver) = self.devices.party_id(tr.transferring.as_ref()) else { return };
        let transfer = Transfer {
            number: SwitchCallId::new(&tr.call),
            giver,
            moved: self.devices.party_id(tr.transferred.as_ref()),
            announcement: tr.announcement.as_ref().filter(|id| !id.is_empty()).map(SwitchCallId::new),
            to: self.devices.party_id(tr.destination.as_ref()),
            state: tr.state,
        };
        let (main, consultation) = self.calls_of(&transfer);
        match (main.and_then(|key| self.take(key)), consultation.and_then(|key| self.take(key))) {
            (Some(main), Some(consultation)) => self.join(at, main, consultation, &transfer),
            (Some(main), None) => self.hand_over(at, main, &transfer, transfer.announcement.is_some()),
            // Only the consultation was seen.
            (None, Some(consultation)) => self.hand_over(at, consultation, &transfer, true),
            (None, None) => {}
        }
    }

    /// The call that is handed over, and the one by which its target was asked.
    fn calls_of(&self, transfer: &Transfer) -> (Option<CallKey>, Option<CallKey>) {
        let named = self.by_number.get(&transfer.number).copied();
        let announced = transfer.announcement.as_ref().and_then(|id| self.by_number.get(id)).copied();
        let at_giver = self.at_device.get(&transfer.giver).into_iter().flatten().copied();
        let mut candidates: Vec<CallKey> = Vec::new();
        for key in named.into_iter().chain(announced).chain(at_giver) {
            if !candidates.contains(&key) {
                candidates.push(key);
            }
        }
        let has = |key: CallKey, device: Option<&DeviceId>| {
            device.is_some_and(|device| self.calls.get(&key).is_some_and(|call| call.part(device).is_some()))
        };
        let both = |key: &&CallKey| has(**key, transfer.moved.as_ref()) && has(**key, Some(&transfer.giver));
        let moved = |key: &&CallKey| has(**key, transfer.moved.as_ref()) && (Some(**key) == named || Some(**key) == announced);
        let main = candidates.iter().find(both).or_else(|| candidates.iter().find(moved)).copied();
        let reaches =
            |key: CallKey| transfer.to.as_ref().is_some_and(|to| self.calls.get(&key).is_some_and(|call| call.target(to).is_some()));
        let asks = |key: &&CallKey| Some(**key) != main && has(**key, Some(&transfer.giver)) && reaches(**key);
        let asking = candidates.iter().find(asks).copied();
        let main = main.or(named.filter(|named| asking != Some(*named)));
        let consultation = asking.or(announced.filter(|announced| Some(*announced) != main)).or(named.filter(|named| Some(*named) != main));
        (main, consultation)
    }

    /// The consultation and the held call become one.
    fn join(&mut self, at: Time, mut main: Call, mut consultation: Call, transfer: &Transfer) {
        for call in [&mut main, &mut consultation] {
            call.seen_at = call.seen_at.max(at);
            stays_up(call);
        }
        let giver = &transfer.giver;
        let target = transfer.to.as_ref().and_then(|to| consultation.target(to)).map(|index| &consultation.parts[index]);
        let is_answered = target.is_some_and(Part::is_talking);
        let target = target.map(|part| part.connection.clone());
        let mut by = main.gave(giver).map(|giver| giver.connection.clone());
        if let Some(index) = main.find(giver) {
            main.tell(index, &mut self.out);
            by = Some(main.parts[index].connection.clone());
        }
        for call in [&mut main, &mut consultation] {
            for index in 0..call.parts.len() {
                call.tell(index, &mut self.out);
            }
        }
        // Who called in the younger call did so to ask, or was called on by that.
        let younger = if main.key < consultation.key { &mut consultation } else { &mut main };
        let calling: Vec<usize> = (0..younger.parts.len()).filter(|index| younger.parts[*index].how == Entry::Calling).collect();
        for index in calling {
            let how = if younger.parts[index].device == *giver { Entry::Consultation } else { Entry::Transfer };
            younger.enter_as(index, at, how, &mut self.out);
        }
        let asked = consultation.part(giver).filter(|part| part.is_told && part.how == Entry::Consultation);
        let asked = asked.map(|part| part.connection.clone());
        if let Some(by) = &by {
            let event = Event::Transferred { kind: TransferKind::Attended, by: by.clone(), consultation: asked, to: target.clone() };
            self.out.tell(at, event);
        }
        if main.is_told && consultation.is_told {
            let (older, newer) = if main.key < consultation.key { (&main, &consultation) } else { (&consultation, &main) };
            self.out.tell(at, Event::CallsJoined { call: older.number().clone(), with: newer.number().clone(), how: Entry::Transfer });
        }
        // From here on it is who was handed over that waits for them; all that ring are its targets.
        let moved = transfer.moved.as_ref().and_then(|moved| main.part(moved)).map(|part| part.connection.clone());
        let asking = consultation.part(giver).map(|part| part.connection.clone());
        for part in consultation.parts.iter_mut().filter(|part| part.by.is_some() && part.by == asking && moved.is_some()) {
            part.by.clone_from(&moved);
            if part.is_ringing() && part.how == Entry::Called {
                part.how = Entry::Transfer;
            }
        }
        for call in [&mut main, &mut consultation] {
            if let Some(index) = call.find(giver) {
                call.clear(index, at, Clearing::Transferred, Cause::TRANSFER, &mut self.out);
            }
        }
        if let Some(by) = by {
            let is_reached = target.is_some();
            main.handover = (!is_answered).then(|| Handover { by: by.clone(), giver: giver.clone(), to: transfer.to.clone(), is_reached });
            main.remember_giver(Giver { device: giver.clone(), connection: by });
        }
        self.absorb(at, &mut main, consultation, transfer);
        if let Some(index) = transfer.to.as_ref().and_then(|to| main.target(to)).filter(|index| main.parts[*index].how == Entry::Called) {
            main.parts[index].how = Entry::Transfer;
        }
        self.end_state(&mut main, at, transfer);
        self.put(main);
    }

    /// What is left of the consultation belongs to the call that was handed over.
    fn absorb(&mut self, at: Time, main: &mut Call, mut consultation: Call, transfer: &Transfer) {
        if consultation.key < main.key {
            // Together they are as old as the older one.
            std::mem::swap(&mut main.key, &mut consultation.key);
            std::mem::swap(&mut main.indexed, &mut consultation.indexed);
            std::mem::swap(&mut main.due, &mut consultation.due);
        }
        main.is_answered |= consultation.is_answered;
        main.has_caller |= consultation.has_caller;
        main.is_told |= consultation.is_told;
        for part in std::mem::take(&mut consultation.parts) {
            main.add(part);
        }
        for number in &consultation.numbers {
            if !main.numbers.contains(number) {
                main.numbers.push(number.clone());
            }
            self.by_number.insert(number.clone(), main.key);
        }
        self.dissolve(&mut consultation);
        self.go_by(at, main, transfer);
    }

    /// The call goes by the number that the PBX has for it from now on, and not by the announcement's.
    fn go_by(&mut self, at: Time, call: &mut Call, transfer: &Transfer) {
        self.also_numbered(call, at, &transfer.number);
        if let Some(place) = call.numbers.iter().position(|number| *number == transfer.number) {
            call.numbers.swap(0, place);
        }
        call.reshaped_at = Some(at);
        let dead = transfer.announcement.as_ref().filter(|dead| **dead != transfer.number && call.numbers.contains(dead));
        if let Some(dead) = dead {
            self.retire(call, dead);
            self.remember_end(dead.clone(), at);
        }
    }

    /// The call is handed over without a consultation that was seen.
    fn hand_over(&mut self, at: Time, mut call: Call, transfer: &Transfer, is_announced: bool) {
        call.seen_at = call.seen_at.max(at);
        if call.find(&transfer.giver).is_none() {
            // A further copy: it may know the state of who gets the call.
            self.end_state(&mut call, at, transfer);
            return self.put(call);
        }
        stays_up(&mut call);
        let Some(index) = call.find(&transfer.giver) else { return self.put(call) };
        let kind = if is_announced || call.parts[index].state == State::Held { TransferKind::Attended } else { TransferKind::Blind };
        let target =
            transfer.to.as_ref().filter(|to| **to != transfer.giver && transfer.moved.as_ref() != Some(to)).and_then(|to| call.target(to));
        let target = target.map(|index| &call.parts[index]).filter(|part| part.is_told);
        let target: Option<ConnectionId> = target.map(|part| part.connection.clone());
        let by = call.parts[index].connection.clone();
        call.give(index, at, kind, target.clone(), &mut self.out);
        call.handover = Some(Handover { by, giver: transfer.giver.clone(), to: transfer.to.clone(), is_reached: target.is_some() });
        call.diversions.clear();
        self.go_by(at, &mut call, transfer);
        if let Some(moved) = &transfer.moved
            && call.find(moved).is_none()
        {
            // It waited in a call that was not seen.
            let mut part =
                Part::new(moved.clone(), transfer.number.clone(), self.devices.party_of(moved), Entry::Called, State::Reached, at);
            part.by = call.waiting(None);
            if let Some(index) = call.add(part) {
                call.establish(index, at, &mut self.out);
            }
        }
        self.end_state(&mut call, at, transfer);
        self.put(call);
    }

    /// The state of who gets the call, as its own copy tells it; no further line need follow.
    fn end_state(&mut self, call: &mut Call, at: Time, transfer: &Transfer) {
        let Some(to) = &transfer.to else { return };
        // Who is handed over is told without the announcement, and does not ring.
        let is_targets = transfer.announcement.is_some() || transfer.state == Some(LocalState::Alerting);
        if !is_targets {
            return;
        }
        match (transfer.state, call.target(to)) {
            (Some(LocalState::Connected), Some(index)) if call.parts[index].is_ringing() => {
                call.establish(index, at, &mut self.out);
                call.is_answered = true;
                call.handover = None;
            }
            // A trunk is told so from its seizure on; that it rings is told apart.
            (Some(LocalState::Alerting), Some(index)) if call.parts[index].is_outside() => {}
            (Some(LocalState::Alerting), Some(index)) if call.parts[index].state == State::Reached => {
                call.deliver(index, at, &mut self.out);
            }
            (Some(LocalState::Alerting), None) if self.devices.may_be_inside(to) => {
                let mut part = Part::new(to.clone(), call.number().clone(), self.devices.party_of(to), Entry::Transfer, State::Reached, at);
                part.by = call.waiting(transfer.moved.as_ref());
                if let Some(index) = call.add(part) {
                    call.deliver(index, at, &mut self.out);
                    call.reach(index, &mut self.out);
                }
            }
            _ => {}
        }
    }
}

/// What looked like the end was a hand-over, or its becoming part of another call.
pub(super) fn stays_up(call: &mut Call) {
    call.ending = None;
    for part in &mut call.parts {
        part.is_gone = part.unrung.is_some();
    }
}
