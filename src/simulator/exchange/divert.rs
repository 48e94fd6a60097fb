//! Ringing calls go on elsewhere: deflected by hand, forwarded because nobody answers, called back after a transfer.

use super::action::Done;
use super::call::{Call, CallKey, Leg, LegKey, LegKind, Offer};
use super::config::ForwardKind;
use super::dial::check_digits;
use super::fact::{CallFactKind, LocalState, Side};
use super::refusal::Refusal;
use super::route::{Target, Way};
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{DeviceId, Role, SwitchCallId};

impl Exchange {
    pub(super) fn deflect(&mut self, device: &DeviceId, call: Option<&SwitchCallId>, digits: &str) -> Result<Done, Refusal> {
        check_digits(digits)?;
        let is_group = self.hunt_groups.contains_key(device);
        if !is_group {
            self.acting(device)?;
        }
        let is_fit = |call: &Call, leg: &Leg| match leg.kind {
            LegKind::HuntGroup => call.ringing().is_empty(),
            _ => leg.is_ringing() && call.ringing().len() == 1 && !matches!(leg.offer, Offer::Member(_) | Offer::HandOff),
        };
        let leg = self.meant(device, call, is_fit, Refusal::WrongState)?;
        let call = self.call_of.get(&leg).copied().ok_or(Refusal::InvalidCall)?;
        let target = self.resolve(self.node_of(device), digits).ok_or(Refusal::InvalidDestination)?;
        if target.device() == device || !self.plan(Some(call), &target).is_good() {
            return Err(Refusal::InvalidDestination);
        }
        let number = self.number_of(&target);
        if let Some(open) = self.open(call) {
            open.originally_called = Some(number);
        }
        self.divert(call, &[leg], &target, Exit::REDIRECTED, Cause::Redirected);
        let done = self.done_in(call);
        Ok(Done { destination: Some(target.side()), ..done })
    }

    /// The call goes on from these legs to a target that can be reached.
    pub(super) fn divert(&mut self, call: CallKey, from: &[LegKey], target: &Target, exit: Exit, cause: Cause) {
        for leg in from {
            let Some(gone) = self.end_leg(*leg, exit) else { continue };
            if gone.kind == LegKind::HuntGroup {
                self.leave_queue(call);
            }
            if let Some(open) = self.open(call) {
                open.last_redirection = Some(gone.device.clone());
            }
            self.tell_gone(call, &gone, CallFactKind::Diverted { from: gone.side(), to: target.side() }, cause);
        }
        let way = match cause {
            Cause::CallForwardNoAnswer => Way::forwarded(Cause::CallForward),
            other => Way::forwarded(other),
        };
        self.deliver(call, target, way);
    }

    /// A station rang long enough: it, and what rings with it, is passed by if the call can go on elsewhere.
    pub(super) fn forward_no_answer(&mut self, leg: LegKey) {
        let Some((open, rung)) = self.leg(leg) else { return };
        if !rung.is_ringing() || !matches!(rung.offer, Offer::Direct | Offer::Dee) {
            return;
        }
        let (call, ringing, device) = (open.key, open.ringing(), rung.device.clone());
        let is_meant = |kind| matches!(kind, ForwardKind::NoAnswer | ForwardKind::NoAnswerOrBusy);
        let Some(target) = self.forward_target(&device, is_meant) else { return };
        if self.plan(Some(call), &target).is_good() {
            self.divert(call, &ringing, &target, Exit::no_answer(Cause::CallForwardNoAnswer), Cause::CallForwardNoAnswer);
        }
    }

    /// What was handed over and is not answered comes back, if who gave it is still there.
    pub(super) fn recall(&mut self, call: CallKey, promise: u64) {
        let Some(open) = self.calls.get(&call) else { return };
        let Some((giver, _)) = open.recall.clone().filter(|(_, number)| *number == promise) else { return };
        let ringing = open.ringing();
        let can_ring = self.stations.get(&giver).is_some_and(|station| station.is_online);
        if open.waiting.is_some() || ringing.is_empty() || !can_ring || self.has_part(call, &giver) {
            return;
        }
        let number = self.place(&giver).map(|address| address.number.clone());
        for leg in ringing {
            let Some(gone) = self.end_leg(leg, Exit::no_answer(Cause::Recall)) else { continue };
            if let Some(open) = self.open(call) {
                open.recall = None;
                open.last_redirection = Some(gone.device.clone());
                open.originally_called.clone_from(&number);
            }
            let to = Side::inside(giver.clone());
            self.tell_gone(call, &gone, CallFactKind::Diverted { from: gone.side(), to }, Cause::Recall);
        }
        self.ring(call, &giver, Role::Called, Offer::Recall, Cause::Recall);
    }

    /// The device is in the call already, and not just ringing.
    pub(super) fn has_part(&self, call: CallKey, device: &DeviceId) -> bool {
        self.legs_of(device).any(|(other, leg)| other.key == call && leg.state != LocalState::Alerting)
    }
}
