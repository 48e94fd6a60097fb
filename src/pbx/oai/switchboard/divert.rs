//! Calls that are sent on (DI): forwarded, deflected, picked up, overflowed, recalled, not answered, or moved by their user to another
//! of the user's devices (OAI §5.1, §10.8).

use strowger_protocol::oai::{self, Cause as C};

use super::call::{Call, Diversion, State};
use super::{Switchboard, cause};
use crate::telephony::{Clearing, DeviceId, Entry, SwitchCallId, Time, TransferKind};

impl Switchboard {
    /// DI: the call goes from one device to another.
    pub(super) fn diverted(&mut self, at: Time, di: &oai::Diverted) {
        let (from, to) = (self.devices.party_id(di.from.as_ref()), self.devices.party_id(di.to.as_ref()));
        // A Personal Router Device rings its user's devices; that diverts nothing.
        if di.to.as_ref().or(di.from.as_ref()).is_some_and(|device| self.devices.is_router(device)) {
            return;
        }
        let is_outside = di.to_outside_number.as_ref().is_some_and(|number| !number.is_empty());
        let number = SwitchCallId::new(&di.call);
        let Some(mut call) = self.diverted_call(at, &number, from.as_ref(), to.as_ref()) else { return };
        let why = di.cause.unwrap_or(C::REDIRECTED);
        let arrived = to.as_ref().and_then(|to| call.part(to)).map(|part| (part.state.clone(), part.how));
        // What rang before this moment, or picks the call up, is not where it was sent now, but who takes it.
        let rang_before =
            to.as_ref().and_then(|to| call.part(to)).is_some_and(|part| part.is_ringing() && at.millis_since(part.since) > self.copies_ms);
        let answers = rang_before || why != C::CALL_PICKUP && to.as_ref().is_some_and(|to| call.is_picked_up_by(to));
        let state = from.as_ref().and_then(|from| call.part(from)).map(|part| part.state.clone());
        // Somebody to whom its own call comes, handed over or sent on, forwards as anybody does.
        let forwards = call.handover.as_ref().is_some_and(|handover| !handover.is_reached && handover.to == from)
            || call.diversions.iter().any(|diversion| diversion.to == from);
        if let (Some(from), Some(State::Connected | State::Held), false) = (&from, &state, forwards) {
            if why != C::RECALL {
                call.handoff = Some((from.clone(), to.clone()));
                if matches!(arrived, Some((State::Connected, _))) {
                    self.hand_off(&mut call, at, to.as_ref());
                }
            }
            return self.put(call);
        }
        if matches!(arrived, Some((State::Connected | State::Held, _))) && state.is_none() {
            // A late copy.
            return self.put(call);
        }
        if let Some((State::Reached | State::Alerting, how)) = arrived {
            if !answers {
                self.arrived_before(&mut call, at, to.as_ref(), why, how);
            }
        } else {
            call.remember_diversion(Diversion { to: to.clone(), is_outside, cause: why });
        }
        if why == C::RECALL {
            call.handover = None;
        }
        if let Some(from) = &from {
            self.left_by_diversion(&mut call, at, from, answers, why);
        }
        self.goes_on(&mut call, at, None);
        self.put(call);
    }

    /// What the call came from is done with it.
    fn left_by_diversion(&mut self, call: &mut Call, at: Time, from: &DeviceId, answers: bool, why: C) {
        let Some(index) = call.find(from) else { return };
        let is_member = call.parts[index].how == Entry::Queue;
        match call.parts[index].state.clone() {
            // It is handed to a member, and waits until that one answers.
            State::Queued if answers => {}
            State::Queued => match why {
                C::OVERFLOW | C::RECALL | C::FORWARD_NO_ANSWER => {
                    call.clear(index, at, Clearing::TimedOut, cause::named(Some(why)), &mut self.out);
                }
                C::REDIRECTED | C::CALL_FORWARD | C::FORWARD_ALWAYS | C::CALL_PICKUP => {
                    call.clear(index, at, Clearing::Diverted, cause::named(Some(why)), &mut self.out);
                }
                _ => {}
            },
            State::Reached | State::Alerting => {
                let told = cause::unrung(Some(why));
                // It went to a device that rang all the while: that one answers.
                let is_lost = answers && !is_own_doing(why);
                match told {
                    Some(how) if !is_lost => call.clear(index, at, how, cause::named(Some(why)), &mut self.out),
                    _ => call.stops_ringing(index, at, Some(why)),
                }
                if why == C::OVERFLOW && is_member {
                    Self::leave_groups(call, at, Clearing::TimedOut, &cause::named(Some(why)), &mut self.out);
                }
            }
            State::Failed(..) => call.clear(index, at, Clearing::Diverted, cause::named(Some(why)), &mut self.out),
            _ => {}
        }
    }

    /// The line about where the call went came before the one that says that it did.
    fn arrived_before(&mut self, call: &mut Call, at: Time, to: Option<&DeviceId>, why: C, how: Entry) {
        let Some(index) = to.and_then(|to| call.find(to)) else { return };
        let entry = match why {
            C::RECALL => Entry::Called,
            C::CALL_PICKUP => Entry::Pickup,
            C::FORWARD_NO_ANSWER | C::CALL_FORWARD | C::REDIRECTED | C::OVERFLOW if how == Entry::Called => Entry::Forward,
            _ => return,
        };
        call.enter_as(index, at, entry, &mut self.out);
    }

    /// A connected party goes on at another of its devices, once that one has answered.
    pub(super) fn hand_off(&mut self, call: &mut Call, at: Time, to: Option<&DeviceId>) {
        let Some((from, meant)) = &call.handoff else { return };
        let (Some(to), Some(index)) = (to, call.find(from)) else { return };
        if meant.as_ref().is_some_and(|meant| meant != to) || from == to {
            return;
        }
        let Some(new) = call.part(to).filter(|part| part.state == State::Connected) else { return };
        let new = new.connection.clone();
        call.give(index, at, TransferKind::Blind, Some(new), &mut self.out);
        call.handoff = None;
    }
}

/// A reason that is the device's own, whatever rings besides it.
fn is_own_doing(why: C) -> bool {
    matches!(why, C::CALL_PICKUP | C::DO_NOT_DISTURB | C::BUSY)
}
