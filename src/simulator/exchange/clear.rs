//! Calls and parts of them end.

use super::action::Done;
use super::call::{Call, CallKey, Leg, LegKey, LegKind, Offer};
use super::config::Dnd;
use super::fact::{CallFactKind, DeviceFact, DeviceFactKind, Leaving, LocalState, Side, What};
use super::refusal::Refusal;
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{CallOutcome, DeviceId, SwitchCallId};

impl Exchange {
    pub(super) fn hang_up(&mut self, device: &DeviceId, call: Option<&SwitchCallId>) -> Result<Done, Refusal> {
        self.acting(device)?;
        let is_fit = |_: &Call, leg: &Leg| if call.is_some() { !leg.is_ringing() } else { leg.is_active() };
        let leg = self.meant(device, call, is_fit, Refusal::NothingToClear)?;
        self.depart(leg);
        Ok(Done::default())
    }

    pub(super) fn clear_call(&mut self, device: &DeviceId, call: &SwitchCallId) -> Result<Done, Refusal> {
        self.acting(device)?;
        let is_fit = |_: &Call, leg: &Leg| !leg.is_ringing() && !leg.is_monitor();
        let leg = self.meant(device, Some(call), is_fit, Refusal::NothingToClear)?;
        let call = self.call_of.get(&leg).copied().ok_or(Refusal::InvalidCall)?;
        self.finish(call, leg);
        Ok(Done::default())
    }

    /// The device of that leg hangs up: the others go on if there are two or more, else the call is over.
    pub(super) fn depart(&mut self, leg: LegKey) {
        let Some((open, leaver)) = self.leg(leg) else { return };
        let (call, by, is_monitor) = (open.key, leaver.device.clone(), leaver.is_monitor());
        let staying = open.participants().filter(|other| other.key != leg).count();
        if !is_monitor && (staying < 2 || open.failure.is_some()) {
            return self.finish(call, leg);
        }
        let listeners: Vec<LegKey> = open.legs.iter().filter(|other| other.offer == Offer::Monitor(leg)).map(|other| other.key).collect();
        if let Some(gone) = self.end_leg(leg, Exit::HUNG_UP) {
            self.tell_cleared(call, &gone, &by, Leaving::HungUp, Cause::NormalClearing);
        }
        for listener in listeners {
            if let Some(gone) = self.end_leg(listener, Exit::RELEASED) {
                self.tell_cleared(call, &gone, &by, Leaving::Released, Cause::NormalClearing);
            }
        }
    }

    /// The call is over for everybody: the device of that leg hung up.
    pub(super) fn finish(&mut self, call: CallKey, first: LegKey) {
        let Some(open) = self.calls.get_mut(&call) else { return };
        let failure = open.failure.take();
        let was_established = open.was_established;
        let Some(by) = open.leg(first).map(|leg| leg.device.clone()) else { return };
        let others: Vec<LegKey> = open.legs.iter().map(|leg| leg.key).filter(|leg| *leg != first).collect();
        let exit = match &failure {
            Some(failure) if !was_established => Exit::after_tone(failure.cause),
            _ => Exit::HUNG_UP,
        };
        if let Some(gone) = self.end_leg(first, exit) {
            self.tell_cleared(call, &gone, &by, Leaving::HungUp, Cause::NormalClearing);
        }
        for other in others {
            let Some((_, leg)) = self.leg(other) else { continue };
            let (exit, leaving) = match (leg.kind, &failure) {
                (LegKind::Trunk, Some(failure)) if leg.state == LocalState::Failed => (Exit::failed(failure.cause), Leaving::Released),
                (LegKind::HuntGroup, _) => (Exit::ABANDONED_QUEUE, Leaving::Abandoned),
                _ => (Exit::RELEASED, Leaving::Released),
            };
            if let Some(gone) = self.end_leg(other, exit) {
                self.tell_cleared(call, &gone, &by, leaving, Cause::NormalClearing);
            }
        }
        if let Some((stay, cause)) = failure.and_then(|failure| failure.stay.map(|stay| (stay, failure.cause))) {
            self.ledger.leave(stay, self.now, Exit::failed(cause));
        }
        self.tell(call, CallFactKind::CallCleared { into: None }, Cause::NormalClearing);
        self.drop_call(call);
    }

    /// The exchange gives up a call that nobody answers. One that waits at a group is left to the group.
    pub(super) fn ring_limit(&mut self, call: CallKey) {
        let Some(open) = self.calls.get(&call) else { return };
        let ringing = open.ringing();
        if open.was_established || open.waiting.is_some() || open.failure.is_some() || ringing.is_empty() {
            return;
        }
        let (calling, story) = (open.calling, open.story);
        if let Some(story) = story {
            self.ledger.unanswered(story, CallOutcome::NoAnswer);
        }
        let by = open.leg(ringing[0]).map(|leg| leg.device.clone());
        let Some((gone, by)) = self.end_leg(calling, Exit::GIVEN_UP).zip(by) else { return };
        self.tell_cleared(call, &gone, &by, Leaving::Released, Cause::CallNotAnswered);
        for leg in ringing {
            if let Some(gone) = self.end_leg(leg, Exit::no_answer(Cause::CallNotAnswered)) {
                self.tell_cleared(call, &gone, &by, Leaving::NotAnswered, Cause::CallNotAnswered);
            }
        }
        self.tell(call, CallFactKind::CallCleared { into: None }, Cause::CallNotAnswered);
        self.drop_call(call);
    }

    pub(super) fn reject(&mut self, device: &DeviceId, call: Option<&SwitchCallId>, message: Dnd) -> Result<Done, Refusal> {
        self.acting(device)?;
        let is_fit = |call: &Call, leg: &Leg| {
            leg.is_ringing() && leg.offer == Offer::Direct && !call.was_established && call.ringing().len() == 1 && call.waiting.is_none()
        };
        let leg = self.meant(device, call, is_fit, Refusal::WrongState)?;
        let call = self.call_of.get(&leg).copied().ok_or(Refusal::InvalidCall)?;
        if let Some(station) = self.stations.get_mut(device) {
            station.dnd = Some(message.clone());
        }
        let kind = DeviceFactKind::DoNotDisturb(Some(message));
        self.tell_what(What::Device(DeviceFact { device: device.clone(), kind }));
        let stay = self.detach_leg(leg).and_then(|leg| leg.stay);
        if let Some(stay) = stay {
            self.ledger.stop_ringing(stay, self.now);
        }
        let Some(open) = self.open(call) else { return Ok(Done::default()) };
        open.failure = Some(super::call::Failure { cause: Cause::DoNotDisturb, stay });
        let calling = open.calling;
        let called = self.place(device).map(|address| address.number.clone()).unwrap_or_default();
        self.fail(call, Cause::DoNotDisturb, Some(Side::inside(device.clone())), called, calling);
        Ok(self.done_in(call))
    }

    pub(super) fn tell_cleared(&mut self, call: CallKey, gone: &Leg, by: &DeviceId, leaving: Leaving, cause: Cause) {
        let kind = CallFactKind::ConnectionCleared { cleared: gone.device.clone(), by: by.clone(), leaving };
        self.tell_gone(call, gone, kind, cause);
    }
}
