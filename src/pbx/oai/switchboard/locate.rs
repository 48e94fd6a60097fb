//! Which call a line is about.
//!
//! Mostly that of its Call_ID. But the PBX gives ids anew, and an id may change when a call is handed over.

use super::Switchboard;
use super::call::{Call, CallKey};
use super::offer::Offer;
use crate::telephony::{DeviceId, DeviceKind, Entry, Event, SwitchCallId, Time};

/// Numbers that one call goes by at most.
use super::call::NUMBERS_MAX;

impl Switchboard {
    /// The call that somebody is offered; a new one where the number is new. `None`: a late line about a call that is over.
    pub(super) fn offered_call(&mut self, at: Time, number: &SwitchCallId, offer: &Offer) -> Option<Call> {
        if let Some(&key) = self.by_number.get(number) {
            let fits = self.calls.get(&key).is_some_and(|call| concerns(call, offer));
            if fits {
                let mut call = self.take(key)?;
                if is_without_caller(&call)
                    && let Some(main) = self.handed_to(offer).or_else(|| self.on_trunk(at, offer)).and_then(|main| self.take(main))
                {
                    call = self.continues(at, main, call);
                }
                return Some(heard(call, at));
            }
            self.begin_anew(key, number);
            let Some(mut call) = self.handed_to(offer).and_then(|key| self.take(key)) else {
                return Some(self.new_call(at, number.clone()));
            };
            self.also_numbered(&mut call, at, number);
            return Some(heard(call, at));
        }
        let handed = self.handed_to(offer);
        if handed.is_none() && self.has_just_ended(number, at) {
            return None;
        }
        let Some(key) = handed.or_else(|| self.on_trunk(at, offer)) else { return Some(self.new_call(at, number.clone())) };
        let mut call = self.take(key)?;
        self.also_numbered(&mut call, at, number);
        Some(heard(call, at))
    }

    /// The call that goes out by a trunk: where its number is new, the one that was handed over to the outside just now. If that is
    /// not known for sure, it is a call without a caller until somebody rings.
    pub(super) fn outgoing_call(&mut self, at: Time, number: &SwitchCallId) -> Option<Call> {
        let may_be_outside = |to: &DeviceId| self.devices.kind(to) == Some(DeviceKind::Trunk) || !self.devices.may_be_inside(to);
        let numbered = self.by_number.get(number).copied();
        let handed = self.handed_now(at, |to| to.is_none_or(may_be_outside)).filter(|_| self.is_free(number));
        let Some(key) = handed.or(numbered) else { return (!self.has_just_ended(number, at)).then(|| self.new_call(at, number.clone())) };
        self.goes_on_as(key, at, number)
    }

    /// The call that a device sends on: where its number is new, the one that was handed over to that device just now.
    pub(super) fn diverted_call(
        &mut self,
        at: Time,
        number: &SwitchCallId,
        from: Option<&DeviceId>,
        to: Option<&DeviceId>,
    ) -> Option<Call> {
        let handed = from.filter(|_| self.is_free(number)).and_then(|from| self.handed_now(at, |to| to == Some(from)));
        match handed {
            Some(key) => self.goes_on_as(key, at, number),
            None => self.known_call(at, number, &[from, to]),
        }
    }

    /// No part of a call bears the number now: the PBX may have given it to another call.
    fn is_free(&self, number: &SwitchCallId) -> bool {
        let call = self.by_number.get(number).and_then(|key| self.calls.get(key));
        call.is_none_or(|call| call.numbers.len() > 1 && !call.parts.iter().any(|part| part.number == *number))
    }

    /// A call that has this number, too, from here on.
    fn goes_on_as(&mut self, key: CallKey, at: Time, number: &SwitchCallId) -> Option<Call> {
        if let Some(former) = self.by_number.get(number).copied().filter(|former| *former != key) {
            self.begin_anew(former, number);
        }
        let mut call = self.take(key)?;
        self.also_numbered(&mut call, at, number);
        Some(heard(call, at))
    }

    /// The call that was handed over this moment to such a device, which did not come yet. `None`: none, or several.
    fn handed_now(&self, at: Time, fits: impl Fn(Option<&DeviceId>) -> bool) -> Option<CallKey> {
        let awaits = |call: &&Call| {
            let is_now = call.reshaped_at.is_some_and(|reshaped_at| at.millis_since(reshaped_at) <= self.copies_ms);
            is_now && call.handover.as_ref().is_some_and(|handover| !handover.is_reached && fits(handover.to.as_ref()))
        };
        let mut handed = self.calls.values().filter(awaits);
        let key = handed.next()?.key;
        handed.next().is_none().then_some(key)
    }

    /// What seemed to be a call of its own is how another one goes on.
    fn continues(&mut self, at: Time, mut main: Call, mut new: Call) -> Call {
        for number in std::mem::take(&mut new.numbers) {
            self.also_numbered(&mut main, at, &number);
        }
        for part in std::mem::take(&mut new.parts) {
            main.add(part);
        }
        main
    }

    /// The call of a line that begins none.
    pub(super) fn known_call(&mut self, at: Time, number: &SwitchCallId, devices: &[Option<&DeviceId>]) -> Option<Call> {
        if let Some(call) = self.take_numbered(number) {
            return Some(heard(call, at));
        }
        if self.has_just_ended(number, at) {
            return None;
        }
        // A call that was handed over a moment ago may go by another number.
        let keys = devices.iter().flatten().filter_map(|device| self.at_device.get(*device)).flatten();
        let is_reshaped = |key: &&CallKey| {
            let reshaped_at = self.calls.get(key).and_then(|call| call.reshaped_at);
            reshaped_at.is_some_and(|reshaped_at| at.millis_since(reshaped_at) <= self.copies_ms)
        };
        let to_named = || self.handed_now(at, |to| to.is_some() && devices.contains(&to));
        let key = keys.into_iter().find(is_reshaped).copied().or_else(to_named)?;
        let mut call = self.take(key)?;
        self.also_numbered(&mut call, at, number);
        Some(heard(call, at))
    }

    pub(super) fn has_just_ended(&self, number: &SwitchCallId, at: Time) -> bool {
        self.ended.iter().any(|(ended, when)| ended == number && at.millis_since(*when) <= self.copies_ms)
    }

    /// The call goes by a further number.
    pub(super) fn also_numbered(&mut self, call: &mut Call, at: Time, number: &SwitchCallId) {
        if call.numbers.len() >= NUMBERS_MAX || call.numbers.contains(number) {
            return;
        }
        call.numbers.push(number.clone());
        self.by_number.insert(number.clone(), call.key);
        if call.is_told {
            self.out.tell(at, Event::CallsJoined { call: call.number().clone(), with: number.clone(), how: Entry::Conference });
        }
    }

    /// The PBX begins a call under a number that stands for another one: that one ended unseen, unless it goes by a newer number.
    pub(super) fn begin_anew(&mut self, key: CallKey, number: &SwitchCallId) {
        self.settle(key, None);
        let Some(mut call) = self.take(key) else { return };
        if call.numbers.len() > 1 && !call.parts.iter().any(|part| part.number == *number) {
            self.retire(&mut call, number);
        } else {
            let at = call.seen_at.max(self.last_sign(&call));
            call.lose(at, &mut self.out);
        }
        self.put(call);
        self.by_number.remove(number);
    }

    /// The call goes by that number no more. It has another one.
    pub(super) fn retire(&mut self, call: &mut Call, number: &SwitchCallId) {
        if call.numbers.len() < 2 {
            return;
        }
        let at = call.seen_at;
        call.numbers.retain(|other| other != number);
        self.by_number.remove(number);
        let to = call.number().clone();
        if call.is_told {
            self.out.tell(at, Event::Renumbered { from: number.clone(), to: to.clone() });
        }
        for index in 0..call.parts.len() {
            let part = &call.parts[index];
            let Some(line) = part.connection.line_of(number) else { continue };
            let renamed = crate::telephony::ConnectionId::turn(line, &to);
            if !call.parts.iter().any(|other| other.connection == renamed) {
                call.parts[index].connection = renamed;
            }
            if call.parts[index].number == *number {
                call.parts[index].number = to.clone();
            }
        }
    }

    /// The call that was handed over to whom a line under another number names.
    fn handed_to(&self, offer: &Offer) -> Option<CallKey> {
        let keys = self.at_device.get(offer.caller.device.as_ref()?)?;
        let by = offer.path.redirected_by.as_ref();
        let awaits = |call: &Call| {
            let handed = call
                .handover
                .as_ref()
                .is_some_and(|handover| handover.to.is_none() || handover.to == offer.called.device || by == Some(&handover.giver));
            let left = call.ending.as_ref().is_some_and(|ending| ending.by.is_some() && ending.by.as_ref() == by);
            handed || left
        };
        keys.iter().find(|key| self.calls.get(key).is_some_and(awaits)).copied()
    }

    /// The call of the trunk that a line under a new number names: it carries one. By that the PBX calls another of a user's devices
    /// (OAI §8.2), or the former call ended unseen.
    fn on_trunk(&mut self, at: Time, offer: &Offer) -> Option<CallKey> {
        let caller = offer.caller.device.as_ref().filter(|_| offer.caller.is_outside)?;
        for key in self.at_device.get(caller)?.clone() {
            self.settle(key, None);
            let Some(call) = self.calls.get(&key) else { continue };
            // Out of sight it may have become another one.
            let may_be_over = self.last_sign(call) > Time::MIN && at.millis_since(call.seen_at) > self.copies_ms;
            if !call.is_answered && !may_be_over && call.part(caller).is_some() {
                return Some(key);
            }
            self.lose(key);
        }
        None
    }
}

/// Only the trunk is known by which it leaves.
fn is_without_caller(call: &Call) -> bool {
    !call.has_caller && !call.is_answered && !call.is_told
}

fn heard(mut call: Call, at: Time) -> Call {
    call.seen_at = call.seen_at.max(at);
    call
}

/// Whether a line can be about this call: somebody whom it names is in it.
fn concerns(call: &Call, offer: &Offer) -> bool {
    let named = [&offer.caller.device, &offer.called.device];
    let is_named = named.iter().any(|device| device.is_some());
    !is_named || named.into_iter().flatten().any(|device| call.knows(device))
}
