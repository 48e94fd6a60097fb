//! Hunt groups: who is rung, who did not answer, who waits, who waited too long.

use super::call::{CallKey, LegKey, Offer};
use super::config::{HuntGroupKind, HuntOrder};
use super::device::AgentMode;
use super::fact::{CallFactKind, Side};
use super::timer::Timer;
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{DeviceId, Role};

/// As many stays as one call may have before its group tries no further members: a record has an end.
const STAYS_MAX: usize = 1000;

impl Exchange {
    /// Rings whoever is to be rung next. False: nobody is free.
    pub(super) fn offer_to_members(&mut self, call: CallKey) -> bool {
        let Some(open) = self.calls.get(&call) else { return false };
        if !open.ringing().is_empty() {
            return true;
        }
        let Some(group) = open.waits_at().cloned() else { return false };
        let members = self.next_members(call, &group);
        for member in &members {
            self.ring_member(call, &group, member);
        }
        !members.is_empty()
    }

    /// Who is to be rung next: all that are free, or one; without those that did not answer in this round.
    fn next_members(&self, call: CallKey, group: &DeviceId) -> Vec<DeviceId> {
        let (Some(open), Some(found)) = (self.calls.get(&call), self.hunt_groups.get(group)) else { return Vec::new() };
        if open.story.is_some_and(|story| self.ledger.is_full(story, STAYS_MAX)) {
            return Vec::new();
        }
        let tried = open.waiting.as_ref().map_or(&[][..], |waiting| waiting.tried.as_slice());
        let is_new = |member: &DeviceId| !tried.contains(member) && !open.legs.iter().any(|leg| leg.device == *member);
        let free: Vec<DeviceId> = self.free_members(group).into_iter().filter(is_new).collect();
        match found.config.order {
            HuntOrder::AllRing => free,
            HuntOrder::Linear => free.into_iter().take(1).collect(),
            HuntOrder::Circular => {
                let all = self.members_present(found, group);
                let place = |member: &DeviceId| all.iter().position(|other| other == member);
                let last = found.last_tried.as_ref().and_then(place);
                let after = |member: &&DeviceId| last.is_none_or(|last| place(member).is_some_and(|place| place > last));
                free.iter().find(after).or(free.first()).cloned().into_iter().collect()
            }
        }
    }

    fn ring_member(&mut self, call: CallKey, group: &DeviceId, member: &DeviceId) {
        let leg = self.ring(call, member, Role::Queue, Offer::Member(group.clone()), Cause::NewCall);
        let rings_all = self.rings_all(group);
        let Some(found) = self.hunt_groups.get_mut(group) else { return };
        found.last_tried = Some(member.clone());
        if let (false, Some(after)) = (rings_all, found.config.no_answer_after) {
            self.timers.set(self.now.plus(after), Timer::MemberNoAnswer(leg));
        }
    }

    /// Members that can be rung now, in their order.
    pub(super) fn free_members(&self, group: &DeviceId) -> Vec<DeviceId> {
        let Some(found) = self.hunt_groups.get(group) else { return Vec::new() };
        let is_free = |device: &DeviceId| {
            let station = self.stations.get(device);
            let is_ready = || self.logins.get(device).is_some_and(|login| login.mode == AgentMode::Ready && !login.is_paused);
            station.is_some_and(|station| station.is_online && station.dnd.is_none() && station.takes_group_calls)
                && !self.legs_at.contains_key(device)
                && (found.config.kind == HuntGroupKind::Ucd || is_ready())
        };
        let mut free = Vec::new();
        for member in self.members_present(found, group) {
            if is_free(&member) && !free.contains(&member) {
                free.push(member);
            }
        }
        free
    }

    /// Calls that wait are offered to whoever is free, in order of arrival.
    pub(super) fn offer_waiting(&mut self) {
        let groups: Vec<DeviceId> =
            self.hunt_groups.iter().filter(|(_, group)| !group.queue.is_empty()).map(|(id, _)| id.clone()).collect();
        for group in groups {
            let queue = self.hunt_groups.get(&group).map(|group| group.queue.clone()).unwrap_or_default();
            for call in queue {
                if self.calls.get(&call).is_some_and(|call| !call.ringing().is_empty()) {
                    continue;
                }
                if self.free_members(&group).is_empty() {
                    break;
                }
                self.offer_to_members(call);
            }
        }
    }

    /// A member rang long enough: another one is tried, or the call waits on, or overflows if that is due.
    pub(super) fn member_did_not_answer(&mut self, leg: LegKey) {
        let Some((open, rung)) = self.leg(leg) else { return };
        let (call, is_overflow_due) = (open.key, open.waiting.as_ref().is_some_and(|waiting| waiting.is_overflow_due));
        let (Offer::Member(group), true) = (rung.offer.clone(), rung.is_ringing()) else { return };
        let waits_here = open.waits_at() == Some(&group);
        let Some(gone) = self.end_leg(leg, Exit::no_answer(Cause::CallNotAnswered)).filter(|_| waits_here) else { return };
        if let Some(waiting) = self.open(call).and_then(|open| open.waiting.as_mut()) {
            waiting.tried.push(gone.device.clone());
        }
        let next = if is_overflow_due { Vec::new() } else { self.next_members(call, &group) };
        let to = next.first().unwrap_or(&group).clone();
        let kind = CallFactKind::Diverted { from: gone.side(), to: Side::inside(to) };
        self.tell_gone(call, &gone, kind, Cause::CallNotAnswered);
        if is_overflow_due && self.overflow(call) {
            return;
        }
        if next.is_empty() {
            self.tell_queued(call, Cause::NoAvailableAgents);
            if let Some(leg) = self.calls.get(&call).and_then(|open| open.waiting.as_ref()).map(|waiting| waiting.leg) {
                self.timers.set(self.now.plus(self.config.timers.hunt_again), Timer::HuntAgain(leg));
            }
        }
        for member in next {
            self.ring_member(call, &group, &member);
        }
    }

    /// All members may be tried again.
    pub(super) fn hunt_again(&mut self, leg: LegKey) {
        let call = self.call_of.get(&leg).copied();
        if let Some(waiting) = call.and_then(|call| self.open(call)).and_then(|open| open.waiting.as_mut()) {
            waiting.tried.clear();
        }
    }

    /// The call waited long enough. While one member rings, it goes on ringing.
    pub(super) fn overflow_due(&mut self, leg: LegKey) {
        let Some((open, group)) = self.leg(leg) else { return };
        let (call, group, is_ringing) = (open.key, group.device.clone(), !open.ringing().is_empty());
        if let Some(waiting) = self.open(call).and_then(|open| open.waiting.as_mut()) {
            waiting.is_overflow_due = true;
        }
        if !is_ringing || self.rings_all(&group) {
            self.overflow(call);
        }
    }

    /// The call leaves its group. False: it cannot get where it should, and waits on.
    fn overflow(&mut self, call: CallKey) -> bool {
        let Some(open) = self.calls.get(&call) else { return false };
        let Some((group, leg)) = open.waiting.as_ref().map(|waiting| (waiting.group.clone(), waiting.leg)) else { return false };
        let ringing = open.ringing();
        let to = self.hunt_groups.get(&group).and_then(|found| found.config.overflow.as_ref()).map(|overflow| overflow.to.clone());
        let Some(target) = to.and_then(|to| self.resolve(self.node_of(&group), &to)) else { return false };
        if *target.device() == group || !self.plan(Some(call), &target).is_good() {
            return false;
        }
        for member in ringing {
            if let Some(gone) = self.end_leg(member, Exit::no_answer(Cause::CallNotAnswered)) {
                let kind = CallFactKind::Diverted { from: gone.side(), to: Side::inside(group.clone()) };
                self.tell_gone(call, &gone, kind, Cause::CallNotAnswered);
            }
        }
        self.divert(call, &[leg], &target, Exit::OVERFLOWED, Cause::Overflow);
        true
    }

    /// Tells that the call waits, and at which place.
    pub(super) fn tell_queued(&mut self, call: CallKey, cause: Cause) {
        let Some(group) = self.calls.get(&call).and_then(|open| open.waits_at()).cloned() else { return };
        let queue = self.hunt_groups.get(&group).map_or(&[][..], |group| group.queue.as_slice());
        let waits = |key: &&CallKey| self.calls.get(key).is_some_and(|open| open.ringing().is_empty());
        let place = queue.iter().filter(waits).position(|key| *key == call).map_or(1, |place| place + 1);
        let kind = CallFactKind::Queued { group, position: u32::try_from(place).unwrap_or(u32::MAX) };
        self.tell(call, kind, cause);
    }
}
