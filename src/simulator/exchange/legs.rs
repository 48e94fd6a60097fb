//! Legs and calls come and go; every change of a leg passes here, and is told.

use smol_str::SmolStr;

use super::call::{Call, CallKey, Leg, LegKey, LegKind, Offer};
use super::fact::{CallFact, CallFactKind, Fact, LocalState, Side, View, What};
use super::{Cause, Exchange, HuntGroupKind};
use crate::simulator::truth::{Exit, NewStay, StayKey};
use crate::telephony::{AgentId, DeviceId, DeviceKind, Role, SwitchCallId};

/// Legs that a station has at most; further calls find it engaged.
pub(super) const LEGS_MAX: usize = 8;

/// A leg to be.
pub(super) struct NewLeg {
    pub(super) device: DeviceId,
    pub(super) kind: LegKind,
    pub(super) state: LocalState,
    pub(super) number: Option<SmolStr>,
    pub(super) offer: Offer,
    pub(super) stay: Option<StayKey>,
}

impl NewLeg {
    pub(super) fn station(device: DeviceId, state: LocalState, offer: Offer, stay: Option<StayKey>) -> Self {
        Self { device, kind: LegKind::Station, state, number: None, offer, stay }
    }
}

impl Exchange {
    /// A call that begins with that leg.
    pub(super) fn begin_call(&mut self, id: SwitchCallId, first: NewLeg) -> (CallKey, LegKey) {
        let key = CallKey(self.number());
        self.numbers.bear(&id);
        let side = Side { device: first.device.clone(), is_outside: first.kind == LegKind::Trunk, number: first.number.clone() };
        let call = Call {
            key,
            id,
            legs: Vec::new(),
            calling: LegKey(self.next),
            calling_side: side,
            story: None,
            is_established: false,
            was_established: false,
            is_conference: false,
            outside_name: None,
            trunk_name: None,
            trunk_number: None,
            originally_called: None,
            last_redirection: None,
            account: None,
            waiting: None,
            recall: None,
            failure: None,
            handoff: None,
        };
        self.calls.insert(key, call);
        let leg = self.add_leg(key, first);
        self.set_calling(key, leg);
        (key, leg)
    }

    pub(super) fn add_leg(&mut self, call: CallKey, new: NewLeg) -> LegKey {
        let key = LegKey(self.number());
        let Some(open) = self.calls.get_mut(&call) else { return key };
        self.numbers.bear(&open.id);
        self.legs_at.entry(new.device.clone()).or_default().push(key);
        self.call_of.insert(key, call);
        self.touched.insert(new.device.clone());
        open.legs.push(Leg {
            key,
            takes_part: new.state == LocalState::Connected || new.offer == Offer::Calling,
            device: new.device,
            kind: new.kind,
            id: open.id.clone(),
            former: None,
            state: new.state,
            since: self.now,
            number: new.number,
            offer: new.offer,
            hold: None,
            must_accept: false,
            rings_outside: false,
            is_routed: false,
            stay: new.stay,
        });
        key
    }

    /// The leg is gone; so is its stay in the truth.
    pub(super) fn end_leg(&mut self, key: LegKey, exit: Exit) -> Option<Leg> {
        let leg = self.detach_leg(key)?;
        if let Some(stay) = leg.stay {
            self.ledger.leave(stay, self.now, exit);
        }
        Some(leg)
    }

    /// The leg is gone; in the truth its device stays a while.
    pub(super) fn detach_leg(&mut self, key: LegKey) -> Option<Leg> {
        let call = self.calls.get_mut(&self.call_of.remove(&key)?)?;
        let place = call.legs.iter().position(|leg| leg.key == key)?;
        let mut leg = call.legs.remove(place);
        leg.state = LocalState::None;
        self.numbers.release(&leg.id);
        if let Some(keys) = self.legs_at.get_mut(&leg.device) {
            keys.retain(|other| *other != key);
            if keys.is_empty() {
                self.legs_at.remove(&leg.device);
            }
        }
        self.touched.insert(leg.device.clone());
        if let Offer::Member(group) = &leg.offer
            && leg.takes_part
            && let Some(group) = self.hunt_groups.get(group)
            && group.config.kind != HuntGroupKind::Ucd
        {
            self.wrap_ups.insert(leg.device.clone(), group.config.wrap_up);
        }
        Some(leg)
    }

    pub(super) fn set_state(&mut self, key: LegKey, state: LocalState) {
        let now = self.now;
        if let Some(leg) = self.leg_mut(key)
            && leg.state != state
        {
            leg.state = state;
            leg.since = now;
            let device = leg.device.clone();
            self.touched.insert(device);
        }
    }

    pub(super) fn leg_mut(&mut self, key: LegKey) -> Option<&mut Leg> {
        self.calls.get_mut(self.call_of.get(&key)?)?.leg_mut(key)
    }

    pub(super) fn set_calling(&mut self, call: CallKey, leg: LegKey) {
        if let Some(call) = self.calls.get_mut(&call)
            && let Some(side) = call.leg(leg).map(Leg::side)
        {
            call.calling = leg;
            call.calling_side = side;
        }
    }

    /// The leg bears another number of its call from here on.
    pub(super) fn renumber(&mut self, key: LegKey, id: &SwitchCallId) {
        let Some(leg) = self.leg_mut(key) else { return };
        if leg.id != *id {
            let former = std::mem::replace(&mut leg.id, id.clone());
            leg.former = Some(former.clone());
            self.numbers.bear(id);
            self.numbers.release(&former);
        }
    }

    /// The call itself bears another number from here on.
    pub(super) fn renumber_call(&mut self, key: CallKey, id: &SwitchCallId) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let former = std::mem::replace(&mut call.id, id.clone());
        self.numbers.bear(id);
        self.numbers.release(&former);
        if let Some(story) = call.story {
            self.ledger.also_numbered(story, id);
        }
    }

    /// All legs of one call become legs of another; those that bear the call's number bear the other's, if so wished.
    pub(super) fn move_legs(&mut self, from: CallKey, into: CallKey, renumber: bool) {
        let (Some(mut source), Some(id)) = (self.calls.remove(&from), self.calls.get(&into).map(|call| call.id.clone())) else { return };
        let legs = std::mem::take(&mut source.legs);
        for leg in &legs {
            self.call_of.insert(leg.key, into);
        }
        let keys: Vec<LegKey> = legs.iter().map(|leg| leg.key).collect();
        if let Some(call) = self.calls.get_mut(&into) {
            call.legs.extend(legs);
        }
        if renumber {
            for key in keys {
                self.renumber(key, &id);
            }
        }
        if let Some(waiting) = &source.waiting
            && let Some(group) = self.hunt_groups.get_mut(&waiting.group)
        {
            group.queue.iter_mut().filter(|key| **key == from).for_each(|key| *key = into);
        }
        if let Some(call) = self.calls.get_mut(&into) {
            call.waiting = source.waiting.take();
        }
        self.numbers.release(&source.id);
    }

    /// The call is no more. Its legs are gone already.
    pub(super) fn drop_call(&mut self, key: CallKey) {
        self.leave_queue(key);
        if let Some(call) = self.calls.remove(&key) {
            self.numbers.release(&call.id);
        }
    }

    /// The call is at its group no more.
    pub(super) fn leave_queue(&mut self, key: CallKey) {
        let waiting = self.calls.get_mut(&key).and_then(|call| call.waiting.take());
        if let Some(group) = waiting.and_then(|waiting| self.hunt_groups.get_mut(&waiting.group)) {
            group.queue.retain(|other| *other != key);
        }
    }

    /// Tells a fact that all legs of the call see.
    pub(super) fn tell(&mut self, call: CallKey, kind: CallFactKind, cause: Cause) {
        let views = self.calls.get(&call).map(Call::views).unwrap_or_default();
        self.tell_views(call, kind, cause, views);
    }

    /// Tells a fact that those see who do not just ring, and `first`.
    pub(super) fn tell_apart(&mut self, call: CallKey, first: LegKey, kind: CallFactKind, cause: Cause) {
        let Some(open) = self.calls.get(&call) else { return };
        let others = open.legs.iter().filter(|leg| leg.key != first && !leg.is_ringing());
        let views = open.leg(first).into_iter().chain(others).map(Leg::view).collect();
        self.tell_views(call, kind, cause, views);
    }

    /// Tells a fact that all legs of the call see, and a leg that is gone with it.
    pub(super) fn tell_gone(&mut self, call: CallKey, gone: &Leg, kind: CallFactKind, cause: Cause) {
        let mut views = vec![gone.view()];
        views.extend(self.calls.get(&call).map(Call::views).unwrap_or_default());
        self.tell_views(call, kind, cause, views);
    }

    pub(super) fn tell_views(&mut self, call: CallKey, kind: CallFactKind, cause: Cause, views: Vec<View>) {
        if let Some(call) = self.calls.get(&call) {
            let fact = CallFact { kind, call: call.info(), views, cause };
            self.facts.push_back(Fact { at: self.now, what: What::Call(Box::new(fact)) });
        }
    }

    pub(super) fn tell_what(&mut self, what: What) {
        self.facts.push_back(Fact { at: self.now, what });
    }

    /// The agent that counts for a station now: where extensions log on, there is none.
    pub(super) fn agent_at(&self, device: &DeviceId) -> Option<AgentId> {
        self.logins.get(device).and_then(|login| login.agent.clone())
    }

    /// A device of the exchange as it enters the truth.
    pub(super) fn stay_of(&self, device: &DeviceId, kind: DeviceKind) -> NewStay {
        let number = self.place(device).map(|address| address.number.clone());
        NewStay { device: device.clone(), kind, number, name: None, trunk: None, agent: self.agent_at(device) }
    }

    /// A device enters the truth of the call.
    pub(super) fn enter(&mut self, call: CallKey, role: Role, new: NewStay) -> Option<StayKey> {
        let story = self.calls.get(&call)?.story?;
        Some(self.ledger.enter(story, self.now, role, new))
    }
}

/// An outside party as it enters the truth: by its number, or by the trunk where that is withheld.
pub(super) fn outside_stay(trunk: &DeviceId, number: Option<&SmolStr>, name: Option<SmolStr>) -> NewStay {
    NewStay {
        device: number.map_or_else(|| trunk.clone(), DeviceId::new),
        kind: DeviceKind::External,
        number: number.cloned(),
        name,
        trunk: Some(trunk.clone()),
        agent: None,
    }
}
