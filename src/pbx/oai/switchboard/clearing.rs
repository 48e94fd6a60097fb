//! Parts and calls that end, or do not come about (XC, CC, FA; OAI §5.1, §9.2).
//!
//! A cleared connection looks the same when its party hung up and when it handed the call over, so the end of a call is concluded
//! when the moment is over, or sooner where each device's own line leaves no doubt.

use std::time::Duration;

use smol_str::SmolStr;
use strowger_protocol::oai::{self, Cause as C, LocalState};

use super::call::{Call, CallKey, Ending, Handover, Part, State, Unrung};
use super::device::number_of;
use super::ring::entry;
use super::{Switchboard, cause};
use crate::telephony::{Cause, Clearing, DeviceId, DeviceKind, Entry, Event, SwitchCallId, Time, TransferKind};

/// How long the end of a call is waited for that failed and has no number: as long as somebody listens to a tone.
const TONE_MS: u64 = 30_000;

impl Call {
    /// A device stops ringing; the reason shows in what else comes of this moment.
    pub(super) fn stops_ringing(&mut self, index: usize, at: Time, why: Option<C>) {
        let part = &mut self.parts[index];
        let (how, cause) = match cause::unrung(why) {
            Some(how) => (how, cause::named(why)),
            // What a group offers in vain goes on to another member.
            None if part.how == Entry::Queue => (Clearing::NoAnswer, Cause::NO_ANSWER),
            None => (Clearing::Cancelled, Cause::NORMAL_CLEARING),
        };
        part.unrung.get_or_insert(Unrung { at, how, cause });
        part.is_gone = true;
    }

    /// When what is undecided about it is decided, where the lines about a moment take that long.
    pub(super) fn settles_at(&self, copies_ms: u64) -> Option<Time> {
        let copies = self.undecided_since().map(|at| at.plus(Duration::from_millis(copies_ms)));
        let tone = self.unnumbered_since.map(|at| at.plus(Duration::from_millis(TONE_MS)));
        copies.into_iter().chain(tone).min()
    }

    /// Since when something about it is undecided.
    fn undecided_since(&self) -> Option<Time> {
        let caller = self.caller().map(|index| &self.parts[index]).filter(|part| !part.is_told && part.state == State::Calling);
        let unrung = self.parts.iter().filter_map(|part| part.unrung.as_ref()).map(|unrung| unrung.at);
        unrung.chain(caller.map(|part| part.since)).chain(self.ending.as_ref().map(|ending| ending.at)).min()
    }

    /// The PBX said of each device by itself that its part is over.
    fn is_all_gone(&self) -> bool {
        let needs_no_line =
            |part: &Part| matches!(part.state, State::Queued | State::Failed(..) | State::DialTone) || part.unrung.is_some();
        self.parts.iter().all(|part| part.is_gone || needs_no_line(part) || part.how == Entry::Monitor)
    }
}

impl Switchboard {
    /// XC: a part is over.
    pub(super) fn cleared(&mut self, at: Time, xc: &oai::ConnectionCleared) {
        let by = self.devices.party_id(xc.terminating.as_ref());
        let Some(device) = self.devices.party_id(xc.cleared.as_ref()).or_else(|| by.clone()) else { return };
        let number = SwitchCallId::new(&xc.call);
        let Some(mut call) = self.known_call(at, &number, &[Some(&device)]) else { return };
        self.part_cleared(&mut call, at, &number, &device, by.as_ref(), xc.cause);
        self.put(call);
    }

    fn part_cleared(&mut self, call: &mut Call, at: Time, number: &SwitchCallId, device: &DeviceId, by: Option<&DeviceId>, why: Option<C>) {
        let other = by.filter(|by| *by != device);
        // The trace of a hand-over: who gave the call away ended its own part of the consultation.
        if other.is_some_and(|by| call.part(by).is_none() && call.gave(by).is_some()) {
            return;
        }
        let Some(index) = call.find(device) else {
            // What is over already is told again, and what rang out of sight lost to who answers.
            let copies_ms = self.copies_ms;
            let answers = |part: &Part| part.answered_at.is_some_and(|answered_at| at.millis_since(answered_at) <= copies_ms);
            let stays = |by: &&DeviceId| call.part(by).is_some_and(|part| !answers(part));
            if let Some(by) = other.filter(stays).filter(|_| !call.departed.contains(device)) {
                self.hangs_up(call, at, None, by, why);
            }
            return;
        };
        let is_reshaped = call.reshaped_at.is_some_and(|reshaped_at| at.millis_since(reshaped_at) <= self.copies_ms);
        if is_reshaped && call.parts[index].number != *number {
            return;
        }
        let offered_by = call.parts[index].by.clone();
        let called_it =
            |by: &&DeviceId| call.part(by).is_some_and(|part| part.how == Entry::Calling || Some(&part.connection) == offered_by.as_ref());
        // A ring in vain beside those who talk is nobody's leaving.
        let left = other.filter(called_it).filter(|_| call.talkers() < 2 || cause::unrung(why).is_none());
        match call.parts[index].state {
            State::DialTone => {
                call.parts.remove(index);
            }
            State::Queued | State::Reached | State::Alerting | State::Failed(..) if left.is_some() => {
                self.hangs_up(call, at, Some(device), left.unwrap_or(device), why);
            }
            State::Failed(..) | State::Queued => call.parts[index].is_gone = true,
            State::Reached | State::Alerting => match cause::unrung(why) {
                Some(how) => call.clear(index, at, how, cause::named(why), &mut self.out),
                // A party outside that ends by itself did not accept the call.
                None if call.parts[index].is_outside() && by == Some(device) => {
                    call.clear(index, at, Clearing::Rejected, Cause::NORMAL_CLEARING, &mut self.out);
                }
                None => call.stops_ringing(index, at, why),
            },
            _ => self.hangs_up(call, at, Some(device), by.unwrap_or(device), why),
        }
        if !call.parts.iter().any(Part::is_active) && call.parts.iter().all(|part| part.is_gone) {
            call.ending.get_or_insert(Ending { at, by: None, cause: why });
            self.finish(call);
        }
    }

    /// Somebody left: `gone`, because of `by`.
    fn hangs_up(&mut self, call: &mut Call, at: Time, gone: Option<&DeviceId>, by: &DeviceId, why: Option<C>) {
        if let Some(index) = gone.and_then(|gone| call.find(gone)) {
            let part = &call.parts[index];
            let is_own = part.device == *by;
            let how = if is_own { Clearing::HungUp } else { Clearing::Released };
            let stay = call.parts.iter().filter(|other| other.device != part.device);
            let talk_on = stay.clone().filter(|part| part.is_talking() && part.how != Entry::Monitor).count() >= 2;
            let is_called_on = is_own && part.is_talking() && {
                let stays = |connection| stay.clone().any(|other| Some(&other.connection) == connection && other.is_talking());
                stay.clone().any(|other| other.is_ringing() && stays(other.by.as_ref()))
            };
            // An announcement ends; who listened to it still waits.
            let waits_on = part.is_machine() && stay.clone().any(|other| other.state == State::Queued);
            let successor = call.taken_over.as_ref().filter(|(when, new)| at.millis_since(*when) <= self.copies_ms && *new != part.device);
            if let Some(new) = successor.filter(|_| is_own && talk_on).and_then(|(_, new)| call.part(new)) {
                let new = new.connection.clone();
                return call.give(index, at, TransferKind::Blind, Some(new), &mut self.out);
            }
            if part.is_talking() && (talk_on || waits_on || is_called_on) || part.how == Entry::Monitor {
                return call.clear(index, at, how, Cause::NORMAL_CLEARING, &mut self.out);
            }
            call.parts[index].is_gone = true;
        }
        let ending = call.ending.get_or_insert(Ending { at, by: None, cause: why });
        if ending.by.is_none() {
            (ending.by, ending.cause) = (Some(by.clone()), why);
        }
        if call.is_all_gone() && !self.may_hand_over(call) {
            self.finish(call);
        }
    }

    /// Somebody in it has another call, and holds one of both: a hand-over may follow.
    fn may_hand_over(&self, call: &Call) -> bool {
        call.parts.iter().filter(|part| part.is_active()).any(|part| {
            let keys = self.at_device.get(&part.device).into_iter().flatten().filter(|key| **key != call.key);
            let others = keys.filter_map(|key| self.calls.get(key)?.part(&part.device));
            others.map(|other| &other.state).any(|other| *other == State::Held || part.state == State::Held)
        })
    }

    /// CC: the call is over, unless it became another one by a transfer.
    pub(super) fn call_cleared(&mut self, at: Time, cc: &oai::CallCleared) {
        let number = SwitchCallId::new(&cc.call);
        if cc.transferred.as_ref().is_some_and(|into| !into.is_empty() && *into != cc.call) {
            return;
        }
        let Some(mut call) = self.take_numbered(&number) else { return };
        if call.numbers.len() == 1 {
            call.seen_at = call.seen_at.max(at);
            call.ending.get_or_insert(Ending { at, by: None, cause: cc.cause });
        }
        self.put(call);
    }

    /// FA: the call does not come about; the caller hears why until it hangs up.
    pub(super) fn failed(&mut self, at: Time, fa: &oai::Failed) {
        let device = self.devices.party_id(fa.failed.as_ref());
        let called = super::device::dialled(fa.called.as_ref());
        let found = match &fa.call {
            Some(number) if !number.is_empty() => {
                let number = SwitchCallId::new(number);
                let is_callers = device.as_ref().is_some_and(|device| called.as_ref() != Some(&number_of(device)));
                let known = self.known_call(at, &number, &[device.as_ref()]);
                known.or_else(|| (is_callers && called.is_some() && !self.has_just_ended(&number, at)).then(|| self.new_call(at, number)))
            }
            _ => self.dialling_at(device.as_ref()),
        };
        let Some(mut call) = found else { return self.failed_at_once(at, device, called) };
        call.seen_at = call.seen_at.max(at);
        let is_over = fa.call.as_ref().is_none_or(|number| number.is_empty()) && matches!(fa.state, None | Some(LocalState::Null));
        self.does_not_come_about(&mut call, at, device, called, fa.cause);
        if is_over && call.failure.is_some() {
            call.unnumbered_since = Some(at);
        }
        self.put(call);
    }

    /// The call that a device is setting up.
    fn dialling_at(&mut self, device: Option<&DeviceId>) -> Option<Call> {
        let device = device?;
        let sets_up = |call: &Call| call.parts.len() == 1 && matches!(call.parts[0].state, State::DialTone | State::Calling);
        let keys = self.at_device.get(device)?;
        let key = *keys.iter().rev().find(|key| self.calls.get(key).is_some_and(sets_up))?;
        self.take(key)
    }

    /// A call without a number, to a number that leads nowhere: it is over with that.
    fn failed_at_once(&mut self, at: Time, device: Option<DeviceId>, called: Option<SmolStr>) {
        let (Some(device), Some(called)) = (device, called) else { return };
        let number = SwitchCallId::new(format!(":{device}"));
        if self.has_just_ended(&number, at) || number_of(&device) == called {
            return;
        }
        let mut call = self.new_call(at, number.clone());
        let party = self.devices.inside(&device);
        call.dialled = Some(called);
        if let Some(index) = call.add(Part::new(device, number.clone(), party, Entry::Calling, State::Calling, at)) {
            call.tell_dialled_in_vain(at, &mut self.out);
            call.clear(index, at, Clearing::HungUpOnTone, Cause::DEST_NOT_OBTAINABLE, &mut self.out);
        }
        self.by_number.insert(number, call.key);
        self.put(call);
    }

    fn does_not_come_about(&mut self, call: &mut Call, at: Time, device: Option<DeviceId>, called: Option<SmolStr>, why: Option<C>) {
        // A caller that reaches itself is the called device, too.
        let calls_itself = |index: &usize| call.parts[*index].how == Entry::Calling && device.as_ref().map(number_of) == called;
        let known = device.as_ref().and_then(|device| call.find(device)).filter(|index| !calls_itself(index));
        let is_callers =
            known.map_or(call.parts.is_empty(), |index| call.parts[index].how == Entry::Calling && !call.parts[index].is_talking());
        let is_trunk_group = device.as_ref().is_some_and(|device| known.is_none() && self.devices.kind(device) == Some(DeviceKind::Trunk));
        if device.is_none() || is_callers || is_trunk_group {
            return self.leads_nowhere(call, at, device, called, why);
        }
        let Some(device) = device else { return };
        let index = known.or_else(|| {
            let party = self.devices.party_of(&device);
            let path = super::offer::Path { cause: why, ..Default::default() };
            let how = if party.kind == DeviceKind::HuntGroup {
                Entry::Queue
            } else {
                entry(call, &device, party.kind == DeviceKind::External, &path)
            };
            let number = call.number().clone();
            let mut part = Part::new(device.clone(), number, party, how, State::Reached, at);
            part.by = call.waiting(None);
            call.add(part)
        });
        let Some(index) = index.filter(|index| !call.parts[*index].is_talking()) else { return };
        if call.parts[index].is_outside() {
            call.identify(index, at, called.as_ref(), None, &mut self.out);
        }
        call.tell(index, &mut self.out);
        if call.handover.as_ref().is_some_and(|handover| handover.to.as_ref() == Some(&device)) {
            call.reach(index, &mut self.out);
        }
        if call.parts[index].state == State::Alerting {
            self.out.tell(at, Event::Failed { connection: call.parts[index].connection.clone() });
        }
        call.parts[index].unrung = None;
        call.parts[index].state = State::Failed(cause::failed(why), cause::named(why));
        call.failure = Some(cause::named(why));
    }

    /// No device is at fault: what was dialled leads nowhere, or there is no way.
    fn leads_nowhere(&mut self, call: &mut Call, at: Time, device: Option<DeviceId>, called: Option<SmolStr>, why: Option<C>) {
        if call.parts.is_empty()
            && let Some(device) = device
        {
            let (number, party) = (call.number().clone(), self.devices.inside(&device));
            call.add(Part::new(device, number, party, Entry::Calling, State::DialTone, at));
        }
        let Some(index) = call.caller() else { return };
        if call.parts[index].state == State::DialTone {
            // Dial tone that nobody dialled at is no call.
            if called.is_none() {
                return;
            }
            (call.parts[index].state, call.parts[index].since) = (State::Calling, at);
        }
        if called.is_some() && !call.parts[index].is_outside() {
            call.dialled = called;
        }
        call.tell(index, &mut self.out);
        let is_invalid = matches!(why, Some(C::REORDER_TONE | C::DESTINATION_NOT_AVAILABLE) | None);
        call.failure = Some(if is_invalid { Cause::DEST_NOT_OBTAINABLE } else { cause::named(why) });
    }

    /// The moment is over for what began before `until` (`None`: for everything).
    pub(super) fn settle(&mut self, key: CallKey, until: Option<Time>) {
        let Some(mut call) = self.take(key) else { return };
        let copies = Duration::from_millis(self.copies_ms);
        let is_past = |at: Time| until.is_none_or(|until| at.plus(copies) <= until);
        if let Some(index) = call.caller().filter(|index| call.parts[*index].state == State::Calling && is_past(call.parts[*index].since)) {
            call.tell(index, &mut self.out);
        }
        while let Some(index) = call.parts.iter().position(|part| part.unrung.as_ref().is_some_and(|unrung| is_past(unrung.at))) {
            let Some(Unrung { at, how, cause }) = call.parts[index].unrung.take() else { break };
            call.clear(index, at, how, cause, &mut self.out);
        }
        if let Some(at) = call.unnumbered_since.filter(|at| until.is_none_or(|until| at.plus(Duration::from_millis(TONE_MS)) <= until)) {
            call.ending.get_or_insert(Ending { at, by: None, cause: None });
            self.finish(&mut call);
        }
        if call.ending.as_ref().is_some_and(|ending| is_past(ending.at)) {
            self.finish(&mut call);
        }
        self.put(call);
    }

    /// The call goes on although somebody left: as `redirected_by`, by handing it over.
    pub(super) fn goes_on(&mut self, call: &mut Call, at: Time, redirected_by: Option<&DeviceId>) {
        let Some(ending) = call.ending.take() else { return };
        while let Some(index) = call.parts.iter().position(|part| part.is_gone && part.unrung.is_none()) {
            let part = &call.parts[index];
            if part.is_talking() && redirected_by == Some(&part.device) {
                let (by, giver) = (part.connection.clone(), part.device.clone());
                call.give(index, ending.at, TransferKind::Blind, None, &mut self.out);
                call.handover = Some(Handover { by, giver, to: None, is_reached: false });
                if let Some(target) = call.parts.iter().rposition(|part| part.since >= ending.at && part.is_told) {
                    call.reach(target, &mut self.out);
                }
                continue;
            }
            let how = match &part.state {
                State::Failed(how, _) => *how,
                State::Reached | State::Alerting => Clearing::Cancelled,
                _ if ending.by.as_ref() == Some(&part.device) => Clearing::HungUp,
                _ => Clearing::Released,
            };
            call.clear(index, ending.at.min(at), how, Cause::NORMAL_CLEARING, &mut self.out);
        }
    }

    /// The call is over.
    pub(super) fn finish(&mut self, call: &mut Call) {
        let Some(ending) = call.ending.take() else { return };
        let at = ending.at;
        let is_timed_out = !call.is_answered && ending.cause == Some(C::CALL_NOT_ANSWERED);
        call.tell_dialled_in_vain(at, &mut self.out);
        while let Some(part) = call.parts.first() {
            let is_own = ending.by.as_ref() == Some(&part.device);
            let gives_up = ending.by.is_none() && !call.is_answered;
            let (how, cause) = match &part.state {
                State::Failed(how, cause) => (*how, cause.clone()),
                State::Queued if is_timed_out => (Clearing::TimedOut, Cause::NO_ANSWER),
                State::Queued => (Clearing::Abandoned, Cause::NORMAL_CLEARING),
                State::Reached | State::Alerting if is_timed_out => (Clearing::NoAnswer, Cause::NO_ANSWER),
                State::Reached | State::Alerting if is_own => (Clearing::Rejected, Cause::REJECTED),
                State::Reached | State::Alerting => (Clearing::Released, Cause::NORMAL_CLEARING),
                State::Calling if call.failure.is_some() => {
                    (Clearing::HungUpOnTone, call.failure.clone().unwrap_or(Cause::NORMAL_CLEARING))
                }
                State::Calling if is_timed_out => (Clearing::Released, Cause::NO_ANSWER),
                State::Calling if gives_up => (Clearing::HungUp, Cause::NORMAL_CLEARING),
                _ if is_own => (Clearing::HungUp, Cause::NORMAL_CLEARING),
                _ => (Clearing::Released, Cause::NORMAL_CLEARING),
            };
            call.clear(0, at, how, cause, &mut self.out);
        }
    }
}
