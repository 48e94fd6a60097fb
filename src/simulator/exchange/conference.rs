//! Three and more parties in one call.

use super::action::Done;
use super::call::{Call, CallKey, Leg, LegKey};
use super::fact::{CallFactKind, LocalState};
use super::refusal::Refusal;
use super::transfer::share_a_device;
use super::{Cause, Exchange};
use crate::simulator::truth::{Exit, StayKey, StoryKey};
use crate::telephony::{DeviceId, Role, SwitchCallId};

impl Exchange {
    pub(super) fn conference(&mut self, device: &DeviceId, calls: &[SwitchCallId]) -> Result<Done, Refusal> {
        self.acting(device)?;
        let legs = self.to_be_joined(device, calls)?;
        // Who talks elsewhere, or hears a tone, cannot come into a conference of held calls.
        if self.legs_of(device).any(|(_, leg)| leg.is_active() && !legs.contains(&leg.key)) {
            return Err(Refusal::WrongState);
        }
        let found: Vec<(&Call, &Leg)> = legs.iter().filter_map(|leg| self.leg(*leg)).collect();
        // Every call has its controller once, who counts once.
        let parties = 1 + found.iter().map(|(call, _)| call.participants().count().saturating_sub(1)).sum::<usize>();
        if parties > self.config.options.conference_max {
            return Err(Refusal::ConferenceFull);
        }
        if share_a_device(&found.iter().map(|(call, _)| *call).collect::<Vec<_>>(), device) {
            return Err(Refusal::WrongState);
        }
        let first = found.iter().min_by_key(|(call, _)| call.story).map(|(call, leg)| (call.key, leg.key, leg.id.clone(), call.story));
        let (base, own, primary, story) = first.ok_or(Refusal::NoActiveCall)?;
        let secondary = found.iter().rev().find(|(call, _)| call.key != base).map(|(_, leg)| leg.id.clone());
        let secondary = secondary.ok_or(Refusal::NoActiveCall)?;
        let own_stays: Vec<StayKey> = found.iter().filter_map(|(_, leg)| leg.stay).collect();
        let joined: Vec<(CallKey, LegKey)> =
            found.iter().filter(|(call, _)| call.key != base).map(|(call, leg)| (call.key, leg.key)).collect();
        let number = self.numbers.allot().ok_or(Refusal::ResourcesExhausted)?;

        let mut story = story;
        for (call, leg) in joined {
            story = self.take_in(call, leg, base, story, &own_stays);
        }
        if let Some(stay) = self.leg(own).and_then(|(_, leg)| leg.stay) {
            self.ledger.retrieve(stay, self.now);
        }
        if let Some(open) = self.open(base) {
            open.story = story;
            open.is_conference = true;
        }
        if let Some(leg) = self.leg_mut(own) {
            leg.hold = None;
        }
        self.set_state(own, LocalState::Connected);
        self.renumber_call(base, &number);
        self.renumber(own, &number);

        let controller = |leg: &&Leg| leg.key == own;
        let open = self.calls.get(&base).ok_or(Refusal::InvalidCall)?;
        let in_order = open.participants().filter(controller).chain(open.participants().filter(|leg| !controller(leg)));
        let parties: Vec<_> = in_order.map(|leg| (leg.side(), leg.id.clone())).collect();
        let kind = CallFactKind::Conferenced { controller: device.clone(), primary, secondary, parties: parties.clone() };
        self.tell(base, kind, Cause::Conference);
        let done = self.done_at(own);
        Ok(Done { parties, ..done })
    }

    /// The device's own legs that are meant, each of another call.
    fn to_be_joined(&self, device: &DeviceId, calls: &[SwitchCallId]) -> Result<Vec<LegKey>, Refusal> {
        let is_fit =
            |call: &Call, leg: &Leg| matches!(leg.state, LocalState::Connected | LocalState::Hold) && call.is_talk() && !leg.is_monitor();
        let mut legs: Vec<LegKey> = if calls.is_empty() {
            self.legs_of(device).filter(|(call, leg)| is_fit(call, leg)).map(|(_, leg)| leg.key).collect()
        } else {
            let meant = calls.iter().map(|id| self.meant(device, Some(id), is_fit, Refusal::WrongState));
            meant.collect::<Result<_, _>>()?
        };
        legs.sort_unstable();
        legs.dedup();
        if legs.len() < 2 {
            return Err(Refusal::NoHeldCall);
        }
        if calls.len() > legs.len() {
            return Err(Refusal::InvalidCall);
        }
        Ok(legs)
    }

    /// The parties of a call come into the conference; its controller leaves there what it consulted by.
    fn take_in(&mut self, call: CallKey, own: LegKey, base: CallKey, story: Option<StoryKey>, own_stays: &[StayKey]) -> Option<StoryKey> {
        let open = self.calls.get(&call)?;
        let other = open.story;
        let guests: Vec<StayKey> = open.participants().filter(|leg| leg.key != own).filter_map(|leg| leg.stay).collect();
        for guest in guests {
            self.ledger.turn_out(guest, Role::Conference);
        }
        let story = story.zip(other).map(|(one, other)| self.ledger.join(one, other, own_stays, Role::Conference));
        self.end_listeners(own);
        self.end_leg(own, Exit::CONFERENCED);
        self.move_legs(call, base, false);
        story
    }
}
