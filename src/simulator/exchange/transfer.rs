//! Calls are handed over: in one step, or to the party of a consultation, answered or still ringing.

use super::action::Done;
use super::call::{Call, CallKey, Leg, LegKey};
use super::dial::check_digits;
use super::fact::{CallFact, CallFactKind, Fact, Leaving, LocalState, Side, View, What};
use super::refusal::Refusal;
use super::route::{Target, Way};
use super::timer::Timer;
use super::{Cause, Exchange, Offer};
use crate::simulator::truth::{Exit, StayKey};
use crate::telephony::{DeviceId, Role, SwitchCallId, TransferKind};

/// What becomes of the party of a consultation.
struct Heirs {
    /// Who gets the call, as told.
    to: Side,
    /// Those who can get it, in the truth.
    stays: Vec<StayKey>,
    is_answered: bool,
}

impl Exchange {
    pub(super) fn transfer_one_step(&mut self, device: &DeviceId, call: Option<&SwitchCallId>, digits: &str) -> Result<Done, Refusal> {
        self.acting(device)?;
        check_digits(digits)?;
        let is_fit = |call: &Call, leg: &Leg| leg.state == LocalState::Connected && can_be_handed_over(call) && !leg.is_monitor();
        let giver = self.meant(device, call, is_fit, Refusal::NoActiveCall)?;
        let (open, _) = self.leg(giver).ok_or(Refusal::InvalidCall)?;
        let call = open.key;
        let party = open.only_other(giver).filter(|leg| leg.state == LocalState::Connected).ok_or(Refusal::WrongState)?;
        let (party, transferred) = (party.key, party.side());
        let target = self.resolve(self.node_of(device), digits).ok_or(Refusal::InvalidDestination)?;
        let plan = self.plan(Some(call), &target);
        if !plan.is_good() || target.device() == device {
            return Err(Refusal::InvalidDestination);
        }
        let primary = open.id.clone();
        if self.config.options.transfer_renumbers {
            let id = self.numbers.allot().ok_or(Refusal::ResourcesExhausted)?;
            self.renumber_call(call, &id);
            self.renumber(party, &id);
        }
        self.end_listeners(giver);
        let giver_stay = self.leg(giver).and_then(|(_, leg)| leg.stay);
        let gone = self.end_leg(giver, Exit::HANDED_OVER).ok_or(Refusal::InvalidCall)?;
        self.offered_anew(call, party, &target, device);
        let to = target.side();
        let kind = CallFactKind::Transferred {
            by: device.clone(),
            transferred: transferred.clone(),
            primary,
            announcement: None,
            to: to.clone(),
            is_answered: false,
        };
        self.tell_gone(call, &gone, kind, Cause::Transfer);
        let way = Way { role: Role::TransferTarget, cause: Cause::Transfer, with_dee: false };
        let reached = self.deliver(call, &target, way);
        if let Some(stay) = giver_stay {
            self.ledger.hand_over(stay, TransferKind::Blind, reached);
        }
        let done = self.done_in(call);
        Ok(Done { transferred: Some(transferred), destination: Some(to), ..done })
    }

    /// From here on the call is offered on behalf of the party that stays.
    fn offered_anew(&mut self, call: CallKey, party: LegKey, target: &Target, giver: &DeviceId) {
        let number = self.number_of(target);
        self.set_calling(call, party);
        self.promise_recall(call, giver);
        if let Some(open) = self.open(call) {
            open.is_established = false;
            open.originally_called = Some(number);
            open.last_redirection = Some(giver.clone());
        }
    }

    /// If nobody answers, the call comes back.
    fn promise_recall(&mut self, call: CallKey, giver: &DeviceId) {
        let Some(after) = self.config.timers.transfer_recall else { return };
        let promise = self.number();
        if let Some(open) = self.open(call) {
            open.recall = Some((giver.clone(), promise));
        }
        self.timers.set(self.now.plus(after), Timer::Recall(call, promise));
    }

    pub(super) fn transfer(
        &mut self,
        device: &DeviceId,
        held: Option<&SwitchCallId>,
        consultation: Option<&SwitchCallId>,
    ) -> Result<Done, Refusal> {
        self.acting(device)?;
        let is_held = |call: &Call, leg: &Leg| leg.state == LocalState::Hold && can_be_handed_over(call);
        let first = self.meant(device, held, is_held, Refusal::NoHeldCall)?;
        let is_other = |call: &Call, leg: &Leg| leg.state == LocalState::Connected && !leg.is_monitor() && can_be_consulted(call, leg);
        let second = self.meant(device, consultation, is_other, Refusal::NoActiveCall)?;
        let (one, own) = self.leg(first).ok_or(Refusal::InvalidCall)?;
        let (other, own_second) = self.leg(second).ok_or(Refusal::InvalidCall)?;
        let party = one.only_other(first).ok_or(Refusal::WrongState)?;
        let heirs = heirs(other, second).ok_or(Refusal::WrongState)?;
        if share_a_device(&[one, other], device) {
            return Err(Refusal::WrongState);
        }
        let (call, gone_call, party, transferred) = (one.key, other.key, party.key, party.side());
        let (primary, announcement, gone_info) = (own.id.clone(), own_second.id.clone(), other.info());
        let gives: Vec<StayKey> = own.stay.into_iter().chain(own_second.stay).collect();
        let stories = one.story.zip(other.story);

        for stay in &heirs.stays {
            self.ledger.turn_out(*stay, Role::TransferTarget);
        }
        let story = stories.map(|(one, other)| self.ledger.join(one, other, &gives, Role::TransferTarget));
        if let Some(stay) = gives.first() {
            self.ledger.hand_over(*stay, TransferKind::Attended, heirs.stays);
        }
        self.end_listeners(first);
        self.end_listeners(second);
        self.end_leg(second, Exit::transferred(heirs.is_answered));
        let gone = self.end_leg(first, Exit::transferred(true)).ok_or(Refusal::InvalidCall)?;
        self.move_legs(gone_call, call, true);
        self.set_calling(call, party);
        if !heirs.is_answered {
            self.promise_recall(call, device);
        }
        let number = heirs.to.number.clone().or_else(|| self.place(&heirs.to.device).map(|address| address.number.clone()));
        if let Some(open) = self.open(call) {
            open.story = story;
            open.is_established = heirs.is_answered;
            open.originally_called = number;
            open.last_redirection = Some(device.clone());
        }
        let kind = CallFactKind::Transferred {
            by: device.clone(),
            transferred: transferred.clone(),
            primary,
            announcement: Some(announcement.clone()),
            to: heirs.to.clone(),
            is_answered: heirs.is_answered,
        };
        self.tell_gone(call, &gone, kind, Cause::Transfer);
        let done = self.done_in(call);
        if let Some(id) = done.call.clone() {
            let kind = CallFactKind::CallCleared { into: Some((id, heirs.to.device.clone())) };
            let views = vec![View { device: device.clone(), call: announcement, state: LocalState::None }];
            let fact = CallFact { kind, call: gone_info, views, cause: Cause::Transfer };
            self.facts.push_back(Fact { at: self.now, what: What::Call(Box::new(fact)) });
        }
        self.tell_present(call, &heirs.to, heirs.is_answered);
        Ok(Done { transferred: Some(transferred), destination: Some(heirs.to), ..done })
    }

    /// Where a call stands that was numbered anew for those at its far end.
    fn tell_present(&mut self, call: CallKey, to: &Side, is_answered: bool) {
        if is_answered {
            return self.tell(call, CallFactKind::Established { answering: to.clone() }, Cause::Transfer);
        }
        let Some(open) = self.calls.get(&call) else { return };
        if !open.legs.iter().any(Leg::is_ringing) {
            return self.tell_queued(call, Cause::Transfer);
        }
        let ringing: Vec<(LegKey, Side)> = open.legs.iter().filter(|leg| leg.is_delivered()).map(|leg| (leg.key, leg.side())).collect();
        for (leg, alerting) in ringing {
            self.tell_apart(call, leg, CallFactKind::Delivered { alerting }, Cause::Transfer);
        }
    }

    /// Who listens in at that leg has nothing more to hear.
    pub(super) fn end_listeners(&mut self, heard: LegKey) {
        let Some((open, leg)) = self.leg(heard) else { return };
        let (call, by) = (open.key, leg.device.clone());
        let listeners: Vec<LegKey> = open.legs.iter().filter(|leg| leg.offer == Offer::Monitor(heard)).map(|leg| leg.key).collect();
        for listener in listeners {
            if let Some(gone) = self.end_leg(listener, Exit::RELEASED) {
                self.tell_cleared(call, &gone, &by, Leaving::Released, Cause::NormalClearing);
            }
        }
    }
}

/// Two talk, no more.
fn can_be_handed_over(call: &Call) -> bool {
    call.is_talk() && !call.is_conference && call.participants().count() == 2
}

/// The other call of who hands over: it talks to one party, or still calls.
fn can_be_consulted(call: &Call, own: &Leg) -> bool {
    let is_quiet = call.failure.is_none() && call.handoff.is_none() && !call.is_conference;
    let calls = call.calling == own.key && !call.was_established;
    is_quiet && if call.is_established { call.participants().count() == 2 } else { calls }
}

fn heirs(call: &Call, own: LegKey) -> Option<Heirs> {
    if call.is_established {
        let party = call.only_other(own)?;
        return Some(Heirs { to: party.side(), stays: party.stay.into_iter().collect(), is_answered: true });
    }
    if let Some(waiting) = &call.waiting {
        let group = call.leg(waiting.leg)?;
        return Some(Heirs { to: group.side(), stays: group.stay.into_iter().collect(), is_answered: false });
    }
    let ringing: Vec<&Leg> = call.legs.iter().filter(|leg| leg.is_ringing()).collect();
    let to = ringing.first()?.side();
    Some(Heirs { to, stays: ringing.iter().filter_map(|leg| leg.stay).collect(), is_answered: false })
}

/// One device, besides the one that acts, has parts in several of the calls.
pub(super) fn share_a_device(calls: &[&Call], acting: &DeviceId) -> bool {
    let mut devices: Vec<&DeviceId> = calls.iter().flat_map(|call| &call.legs).map(|leg| &leg.device).filter(|d| *d != acting).collect();
    devices.sort();
    let all = devices.len();
    devices.dedup();
    devices.len() < all
}
