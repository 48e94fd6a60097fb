//! Somebody answers: at a telephone, by taking a call that rings elsewhere, outside, or in order to listen in.

use smol_str::SmolStr;

use super::action::{Deed, Done};
use super::call::{CallKey, Failure, LegKey, LegKind, Offer};
use super::fact::{CallFactKind, Leaving, LocalState, Side};
use super::legs::NewLeg;
use super::refusal::Refusal;
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{DeviceId, DeviceKind, Role, SwitchCallId, TransferKind};

impl Exchange {
    pub(super) fn answer(&mut self, device: &DeviceId, call: Option<&SwitchCallId>) -> Result<Done, Refusal> {
        self.acting(device)?;
        let leg = self.meant(device, call, |_, leg| leg.is_ringing(), Refusal::NothingToAnswer)?;
        if self.is_active(device) {
            return Err(Refusal::WrongState);
        }
        let call = self.call_of.get(&leg).copied().ok_or(Refusal::InvalidCall)?;
        self.established(leg, Cause::Answered);
        Ok(self.done_in(call))
    }

    /// The leg answered: it and the calling side talk, nobody else is offered the call any more.
    pub(super) fn established(&mut self, leg: LegKey, cause: Cause) {
        let Some((open, answering)) = self.leg(leg) else { return };
        let (call, side, is_handed) = (open.key, answering.side(), answering.offer == Offer::HandOff);
        let handoff = open.handoff.map(|(leg, _)| leg).filter(|_| is_handed);
        let agent = self.agent_at(&side.device);
        if let Some(stay) = self.leg(leg).and_then(|(_, leg)| leg.stay) {
            self.ledger.answer(stay, self.now, agent);
        }
        if let Some(leg) = self.leg_mut(leg) {
            leg.takes_part = true;
            leg.is_routed = false;
        }
        self.set_state(leg, LocalState::Connected);
        if let Some(old) = handoff {
            self.hand_on(call, old, leg);
        }
        let Some(open) = self.calls.get_mut(&call) else { return };
        open.is_established = true;
        open.was_established = true;
        open.recall = None;
        open.handoff = None;
        let others: Vec<_> = open.participants().filter(|other| other.key != leg).filter_map(|other| other.stay).collect();
        let losers = open.ringing();
        let views = open.legs.iter().filter(|leg| leg.takes_part).map(super::Leg::view).collect();
        let waited = open.waiting.as_ref().map(|waiting| waiting.leg);
        for stay in others {
            self.ledger.answer(stay, self.now, None);
        }
        self.tell_views(call, CallFactKind::Established { answering: side.clone() }, cause, views);
        for loser in losers {
            if let Some(gone) = self.end_leg(loser, Exit::ELSEWHERE) {
                self.tell_cleared(call, &gone, &side.device, Leaving::AnsweredElsewhere, Cause::AnsweredElsewhere);
            }
        }
        if let Some(gone) = waited.and_then(|leg| self.end_leg(leg, Exit::PUT_THROUGH)) {
            self.tell_cleared(call, &gone, &side.device, Leaving::PutThrough, Cause::NormalClearing);
        }
        self.leave_queue(call);
    }

    /// The conversation goes on at another device of the same user.
    pub(super) fn hand_on(&mut self, call: CallKey, old: LegKey, new: LegKey) {
        let was_calling = self.calls.get(&call).is_some_and(|call| call.calling == old);
        let Some((_, taker)) = self.leg(new) else { return };
        let (to, stay) = (taker.side(), taker.stay);
        if let Some(giver) = self.leg(old).and_then(|(_, leg)| leg.stay) {
            self.ledger.hand_over(giver, TransferKind::Blind, stay.into_iter().collect());
        }
        let Some(gone) = self.end_leg(old, Exit::HANDED_OVER) else { return };
        if was_calling {
            self.set_calling(call, new);
        }
        self.tell_gone(call, &gone, CallFactKind::HandedOff { from: gone.side(), to }, Cause::Redirected);
    }

    pub(super) fn pick_up(&mut self, device: &DeviceId, from: &DeviceId, call: Option<&SwitchCallId>) -> Result<Done, Refusal> {
        self.acting(device)?;
        if !self.stations.contains_key(from) {
            return Err(Refusal::InvalidDevice);
        }
        if self.is_active(device) || device == from {
            return Err(Refusal::WrongState);
        }
        let longest = |(_, leg): &(&super::Call, &super::Leg)| leg.is_ringing() && call.is_none_or(|call| leg.id == *call);
        let found = self.legs_of(from).find(longest).map(|(call, leg)| (call.key, leg.key, leg.offer == Offer::HandOff));
        let (call, rung, is_handoff) = found.ok_or(Refusal::NothingToAnswer)?;
        let is_there = self.legs_of(device).any(|(other, leg)| other.key == call && !leg.is_ringing());
        if is_handoff || is_there {
            return Err(Refusal::WrongState);
        }
        // A device that rings with the other one is offered the call already: taking it is answering.
        let own = self.legs_of(device).find(|(other, _)| other.key == call).map(|(_, leg)| leg.key);
        if let Some(own) = own {
            self.established(own, Cause::Answered);
            return Ok(self.done_in(call));
        }
        let gone = self.end_leg(rung, Exit::PICKED_UP).ok_or(Refusal::NothingToAnswer)?;
        let new = self.stay_of(device, DeviceKind::Extension);
        let stay = self.enter(call, Role::Pickup, new);
        let leg = self.add_leg(call, NewLeg::station(device.clone(), LocalState::Connected, Offer::Direct, stay));
        if let Some(open) = self.open(call) {
            open.last_redirection = Some(from.clone());
        }
        let kind = CallFactKind::Diverted { from: gone.side(), to: Side::inside(device.clone()) };
        self.tell_gone(call, &gone, kind, Cause::CallPickup);
        self.established(leg, Cause::Answered);
        Ok(self.done_in(call))
    }

    pub(super) fn outside(&mut self, trunk: &DeviceId, deed: Deed) -> Result<Done, Refusal> {
        if !self.trunks.contains_key(trunk) {
            return Err(Refusal::InvalidDevice);
        }
        let found = self.legs_of(trunk).next().map(|(call, leg)| (call.key, leg.clone()));
        let (call, leg) = found.ok_or(Refusal::NoActiveCall)?;
        match deed {
            Deed::HangsUp if matches!(leg.state, LocalState::Connected | LocalState::Hold) => self.depart(leg.key),
            _ if !leg.is_ringing() => return Err(Refusal::WrongState),
            Deed::Rings if leg.is_routed => return Err(Refusal::WrongState),
            Deed::Rings => {
                if let Some(stay) = leg.stay {
                    self.ledger.alert(stay, self.now, None);
                }
                if let Some(leg) = self.leg_mut(leg.key) {
                    leg.rings_outside = true;
                }
                self.tell_apart(call, leg.key, CallFactKind::Delivered { alerting: leg.side() }, Cause::NewCall);
            }
            Deed::Answers if leg.must_accept && leg.is_routed => return Err(Refusal::WrongState),
            Deed::Answers if leg.must_accept => {
                if let Some(leg) = self.leg_mut(leg.key) {
                    leg.is_routed = true;
                }
                self.tell_apart(call, leg.key, CallFactKind::Routed { answering: leg.side() }, Cause::Answered);
            }
            Deed::Accepts if !leg.is_routed => return Err(Refusal::WrongState),
            Deed::Answers | Deed::Accepts => self.established(leg.key, Cause::Answered),
            Deed::Declines | Deed::HangsUp => self.outside_fails(call, leg.key, None),
            Deed::IsBusy => self.outside_fails(call, leg.key, Some(Cause::Busy)),
            Deed::IsCongested => self.outside_fails(call, leg.key, Some(Cause::NetworkCongestion)),
            Deed::DoesNotExist => self.outside_fails(call, leg.key, Some(Cause::DestNotObtainable)),
        }
        Ok(self.done_in(call))
    }

    /// The party outside cannot be reached, or declines (without a cause). While others are offered the call, it goes on with them.
    fn outside_fails(&mut self, call: CallKey, leg: LegKey, cause: Option<Cause>) {
        let Some((open, failing)) = self.leg(leg) else { return };
        let others_ring = open.legs.iter().any(|other| other.key != leg && other.is_ringing());
        let (side, stay, was_handed) = (failing.side(), failing.stay, failing.offer == Offer::HandOff);
        if others_ring || was_handed {
            let (exit, leaving) = match cause {
                Some(cause) => (Exit::failed(cause), Leaving::Released),
                None => (Exit::DECLINED, Leaving::Declined),
            };
            if let Some(gone) = self.end_leg(leg, exit) {
                self.tell_cleared(call, &gone, &side.device, leaving, cause.unwrap_or(Cause::NormalClearing));
            }
            if was_handed
                && !others_ring
                && let Some(open) = self.open(call)
            {
                open.handoff = None;
            }
            return;
        }
        // The last one declines: the caller hears what an engaged party sounds like.
        let cause = cause.unwrap_or(Cause::Busy);
        self.set_state(leg, LocalState::Failed);
        if let Some(stay) = stay {
            self.ledger.stop_ringing(stay, self.now);
        }
        let Some(open) = self.open(call) else { return };
        let calling = open.calling;
        open.failure = Some(Failure { cause, stay: None });
        let called = side.number.clone().unwrap_or_else(SmolStr::default);
        self.fail(call, cause, Some(side), called, calling);
    }

    pub(super) fn listen_in(&mut self, device: &DeviceId, target: &DeviceId) -> Result<Done, Refusal> {
        self.acting(device)?;
        if !self.stations.contains_key(target) {
            return Err(Refusal::InvalidDevice);
        }
        if self.is_busy(device) || device == target {
            return Err(Refusal::WrongState);
        }
        let talks = |(call, leg): &(&super::Call, &super::Leg)| {
            call.is_talk() && leg.state == LocalState::Connected && leg.kind == LegKind::Station && !leg.is_monitor()
        };
        let found = self.legs_of(target).find(talks).map(|(call, leg)| (call.key, leg.key));
        let (call, heard) = found.ok_or(Refusal::NoActiveCall)?;
        if self.legs_of(device).any(|(other, _)| other.key == call) {
            return Err(Refusal::WrongState);
        }
        let new = self.stay_of(device, DeviceKind::Extension);
        let agent = new.agent.clone();
        let stay = self.enter(call, Role::Monitor, new);
        if let Some(stay) = stay {
            self.ledger.answer(stay, self.now, agent);
        }
        let leg = self.add_leg(call, NewLeg::station(device.clone(), LocalState::Connected, Offer::Monitor(heard), stay));
        let views = self.leg(leg).map(|(_, leg)| leg.view()).into_iter().collect();
        self.tell_views(call, CallFactKind::Established { answering: Side::inside(device.clone()) }, Cause::SilentMonitor, views);
        Ok(self.done_in(call))
    }
}
