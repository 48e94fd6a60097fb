//! Dynamic Extension Express: several devices of one user ring together, and hand calls to each other.

use super::action::Done;
use super::call::{Call, CallKey, Leg, LegKey, Offer};
use super::config::DeeMember;
use super::fact::{DeviceFact, DeviceFactKind, Leaving, LocalState, What};
use super::legs::NewLeg;
use super::refusal::Refusal;
use super::timer::Timer;
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{DeviceId, DeviceKind, Role, SwitchCallId};

impl Exchange {
    /// The others that ring when this main extension is called.
    pub(super) fn dee_others(&self, main: &DeviceId) -> Vec<DeeMember> {
        let Some(user) = self.dee.get(main).filter(|user| user.is_on) else { return Vec::new() };
        user.members.iter().filter(|member| self.can_ring_along(member)).cloned().collect()
    }

    fn can_ring_along(&self, member: &DeeMember) -> bool {
        match member {
            DeeMember::Station(device) => {
                let station = self.stations.get(device);
                station.is_some_and(|station| station.is_online && station.dnd.is_none()) && !self.is_busy(device)
            }
            DeeMember::Outside(_) => self.trunk_groups.keys().any(|group| self.free_trunk(group).is_some()),
        }
    }

    /// All other devices of the user that a station belongs to.
    fn siblings(&self, device: &DeviceId) -> Result<Vec<DeeMember>, Refusal> {
        let own = DeeMember::Station(device.clone());
        let mut users = self.dee.iter().filter(|(_, user)| user.is_on);
        let (main, user) = users.find(|(main, user)| *main == device || user.members.contains(&own)).ok_or(Refusal::Incompatible)?;
        let main = DeeMember::Station(main.clone());
        Ok(std::iter::once(main).chain(user.members.iter().cloned()).filter(|member| *member != own).collect())
    }

    pub(super) fn hand_off_push(&mut self, device: &DeviceId, call: Option<&SwitchCallId>) -> Result<Done, Refusal> {
        self.acting(device)?;
        let siblings = self.siblings(device)?;
        let giver = self.meant(device, call, can_be_handed_off, Refusal::NoActiveCall)?;
        let call = self.call_of.get(&giver).copied().ok_or(Refusal::InvalidCall)?;
        let is_in =
            |member: &DeeMember| matches!(member, DeeMember::Station(device) if self.legs_of(device).any(|(other, _)| other.key == call));
        let others: Vec<DeeMember> = siblings.into_iter().filter(|member| self.can_ring_along(member) && !is_in(member)).collect();
        if others.is_empty() {
            return Err(Refusal::InvalidDestination);
        }
        let attempt = self.number();
        if let Some(open) = self.open(call) {
            open.handoff = Some((giver, attempt));
        }
        for other in others {
            match other {
                DeeMember::Station(station) => {
                    self.ring(call, &station, Role::TransferTarget, Offer::HandOff, Cause::Transfer);
                }
                DeeMember::Outside(digits) => {
                    self.ring_outside(call, &digits, Role::TransferTarget, Offer::HandOff);
                }
            }
        }
        self.timers.set(self.now.plus(self.config.timers.handoff), Timer::HandOff(call, attempt));
        Ok(self.done_in(call))
    }

    /// Nobody took the call: it stays where it is.
    pub(super) fn hand_off_in_vain(&mut self, call: CallKey, attempt: u64) {
        let Some(open) = self.open(call) else { return };
        let Some((giver, _)) = open.handoff.filter(|(_, number)| *number == attempt) else { return };
        open.handoff = None;
        let ringing = open.ringing();
        let Some(by) = open.leg(giver).map(|leg| leg.device.clone()) else { return };
        for leg in ringing {
            if let Some(gone) = self.end_leg(leg, Exit::no_answer(Cause::CallNotAnswered)) {
                self.tell_cleared(call, &gone, &by, Leaving::NotAnswered, Cause::CallNotAnswered);
            }
        }
    }

    pub(super) fn hand_off_pull(&mut self, device: &DeviceId) -> Result<Done, Refusal> {
        self.acting(device)?;
        let siblings = self.siblings(device)?;
        if self.is_busy(device) {
            return Err(Refusal::WrongState);
        }
        let (call, giver) = siblings.iter().find_map(|member| self.talk_of(member)).ok_or(Refusal::NoActiveCall)?;
        if self.legs_of(device).any(|(other, _)| other.key == call) {
            return Err(Refusal::WrongState);
        }
        let attempt = self.number();
        if let Some(open) = self.open(call) {
            open.handoff = Some((giver, attempt));
        }
        let new = self.stay_of(device, DeviceKind::Extension);
        let stay = self.enter(call, Role::TransferTarget, new);
        let leg = self.add_leg(call, NewLeg::station(device.clone(), LocalState::Connected, Offer::HandOff, stay));
        self.established(leg, Cause::Answered);
        Ok(self.done_in(call))
    }

    /// The conversation that a device of a user is in; outside only one that was offered to it as such.
    fn talk_of(&self, member: &DeeMember) -> Option<(CallKey, LegKey)> {
        match member {
            DeeMember::Station(device) => {
                self.legs_of(device).find(|(call, leg)| can_be_handed_off(call, leg)).map(|(call, leg)| (call.key, leg.key))
            }
            DeeMember::Outside(number) => {
                let legs = self.trunks.keys().flat_map(|trunk| self.legs_of(trunk));
                let mut own =
                    legs.filter(|(_, leg)| leg.number.as_ref() == Some(number) && matches!(leg.offer, Offer::Dee | Offer::HandOff));
                own.find(|(call, leg)| can_be_handed_off(call, leg)).map(|(call, leg)| (call.key, leg.key))
            }
        }
    }

    pub(super) fn set_dee(&mut self, main: &DeviceId, on: bool) -> Result<Done, Refusal> {
        self.dee.get_mut(main).ok_or(Refusal::InvalidDevice)?.is_on = on;
        self.tell_what(What::Device(DeviceFact { device: main.clone(), kind: DeviceFactKind::Dee(on) }));
        Ok(Done::default())
    }
}

fn can_be_handed_off(call: &Call, leg: &Leg) -> bool {
    leg.state == LocalState::Connected
        && call.is_talk()
        && !call.is_conference
        && !leg.is_monitor()
        && call.only_other(leg.key).is_some_and(|other| other.state == LocalState::Connected)
}
