//! Hold, retrieval by oneself and elsewhere (park), consultation.

use smol_str::SmolStr;

use super::action::{Done, HoldKind, Purpose};
use super::call::{Call, Leg, LegKey, LegKind, Offer};
use super::dial::check_digits;
use super::fact::{CallFactKind, LocalState};
use super::legs::{LEGS_MAX, NewLeg};
use super::refusal::Refusal;
use super::route::Way;
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{DeviceId, DeviceKind, Role, SwitchCallId};

impl Exchange {
    pub(super) fn hold(&mut self, device: &DeviceId, call: Option<&SwitchCallId>, kind: HoldKind) -> Result<Done, Refusal> {
        self.acting(device)?;
        let leg = self.meant(device, call, can_be_held, Refusal::NoActiveCall)?;
        self.put_on_hold(leg, kind);
        Ok(self.done_at(leg))
    }

    /// A call without a party outside, and a conference, is held for oneself where it is not held for a purpose.
    pub(super) fn put_on_hold(&mut self, leg: LegKey, kind: HoldKind) {
        let Some((open, holder)) = self.leg(leg) else { return };
        let is_outside = open.participants().any(|leg| leg.kind == LegKind::Trunk) && !open.is_conference;
        let kind = if kind == HoldKind::System && !is_outside { HoldKind::Individual } else { kind };
        let (call, device, stay) = (open.key, holder.device.clone(), holder.stay);
        if let Some(stay) = stay {
            self.ledger.hold(stay, self.now);
        }
        if let Some(leg) = self.leg_mut(leg) {
            leg.hold = Some(kind);
        }
        self.set_state(leg, LocalState::Hold);
        let cause = match kind {
            HoldKind::Individual => Cause::HoldIndividual,
            HoldKind::System => Cause::HoldSystem,
            HoldKind::Transfer => Cause::HoldForTransfer,
            HoldKind::Conference => Cause::HoldForConference,
        };
        self.tell(call, CallFactKind::Held { holder: device }, cause);
    }

    pub(super) fn retrieve(&mut self, device: &DeviceId, call: Option<&SwitchCallId>) -> Result<Done, Refusal> {
        self.acting(device)?;
        if let Some(id) = call
            && !self.legs_of(device).any(|(_, leg)| leg.id == *id)
            && let Some(holder) = self.on_system_hold(id)
        {
            return self.retrieve_elsewhere(device, holder);
        }
        let leg = self.meant(device, call, |_, leg| leg.state == LocalState::Hold, Refusal::NoHeldCall)?;
        if self.is_active(device) {
            return Err(Refusal::ResourceBusy);
        }
        self.take_back(leg);
        Ok(self.done_at(leg))
    }

    fn take_back(&mut self, leg: LegKey) {
        let Some((open, holder)) = self.leg(leg) else { return };
        let (call, device, stay) = (open.key, holder.device.clone(), holder.stay);
        let retrieved = open.only_other(leg).map(Leg::side).filter(|_| !open.is_conference);
        if let Some(stay) = stay {
            self.ledger.retrieve(stay, self.now);
        }
        if let Some(leg) = self.leg_mut(leg) {
            leg.hold = None;
        }
        self.set_state(leg, LocalState::Connected);
        let kind = CallFactKind::Retrieved { by: device.clone(), holder: device, retrieved };
        self.tell(call, kind, Cause::Answered);
    }

    fn on_system_hold(&self, id: &SwitchCallId) -> Option<LegKey> {
        let legs = self.call(id)?.legs.iter();
        legs.filter(|leg| leg.hold == Some(HoldKind::System) && leg.id == *id).map(|leg| leg.key).next()
    }

    fn retrieve_elsewhere(&mut self, device: &DeviceId, held: LegKey) -> Result<Done, Refusal> {
        if self.is_active(device) {
            return Err(Refusal::ResourceBusy);
        }
        if self.legs_of(device).count() >= LEGS_MAX {
            return Err(Refusal::ResourcesExhausted);
        }
        let (open, _) = self.leg(held).ok_or(Refusal::InvalidCall)?;
        let (call, was_calling) = (open.key, open.calling == held);
        let other = open.only_other(held).ok_or(Refusal::WrongState)?;
        let (retrieved, other) = (other.side(), other.key);
        let new = self.stay_of(device, DeviceKind::Extension);
        let agent = new.agent.clone();
        let stay = self.enter(call, Role::Pickup, new);
        if let Some(stay) = stay {
            self.ledger.answer(stay, self.now, agent);
        }
        let gone = self.end_leg(held, Exit::PARKED).ok_or(Refusal::InvalidCall)?;
        let leg = self.add_leg(call, NewLeg::station(device.clone(), LocalState::Connected, Offer::Direct, stay));
        if was_calling {
            self.set_calling(call, other);
        }
        let kind = CallFactKind::Retrieved { by: device.clone(), holder: gone.device.clone(), retrieved: Some(retrieved) };
        self.tell_gone(call, &gone, kind, Cause::Answered);
        Ok(self.done_at(leg))
    }

    pub(super) fn reconnect(&mut self, device: &DeviceId, clear: &SwitchCallId, held: &SwitchCallId) -> Result<Done, Refusal> {
        self.acting(device)?;
        let clear = self.meant(device, Some(clear), |_, leg| leg.is_active(), Refusal::NothingToClear)?;
        let held = self.meant(device, Some(held), |_, leg| leg.state == LocalState::Hold, Refusal::NoHeldCall)?;
        self.depart(clear);
        self.take_back(held);
        Ok(self.done_at(held))
    }

    pub(super) fn consult(
        &mut self,
        device: &DeviceId,
        call: Option<&SwitchCallId>,
        digits: &str,
        purpose: Purpose,
        account: Option<SmolStr>,
    ) -> Result<Done, Refusal> {
        let node = self.acting(device)?.config.address.node;
        check_digits(digits)?;
        let target = self.resolve(node, digits).ok_or(Refusal::InvalidCalledDevice)?;
        let leg = self.meant(device, call, can_be_held, Refusal::NoActiveCall)?;
        if self.legs_of(device).count() >= LEGS_MAX || self.numbers.allot().is_none() {
            return Err(Refusal::ResourcesExhausted);
        }
        let (hold, cause) = match purpose {
            Purpose::Transfer => (HoldKind::Transfer, Cause::TransferAnnouncement),
            Purpose::Conference => (HoldKind::Conference, Cause::NewCall),
        };
        self.put_on_hold(leg, hold);
        let (call, leg) = self.line(device)?;
        self.originate(call, leg, &target, digits, false, account, Way { cause, ..Way::CALLED });
        Ok(self.done_in(call))
    }

    /// Done, with the leg's own number of the call.
    pub(super) fn done_at(&self, leg: LegKey) -> Done {
        Done { call: self.leg(leg).map(|(_, leg)| leg.id.clone()), ..Done::default() }
    }
}

fn can_be_held(call: &Call, leg: &Leg) -> bool {
    leg.state == LocalState::Connected && call.is_talk() && !leg.is_monitor()
}
