//! The facts of one moment in the order and shape of CSTA (CSTA reference §7, §11).
//!
//! Where the exchange's facts are otherwise: a call that comes to a hunt group with a free member is told at the group first; what goes on
//! at another device of the same user is handed over in one step; what is retrieved elsewhere is diverted there; an attended transfer says
//! all by itself; parts of a conference have one number.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use strowger_protocol::csta::word::EventCause;

use super::told::{Body, Item, Told};
use crate::simulator::csta::cause::cause;
use crate::simulator::csta::naming::Numbers;
use crate::simulator::csta::profile::{Joined, Losers, Profile, QueueArrival};
use crate::simulator::exchange::{CallFact, CallFactKind, Cause, Exchange, Fact, Leaving, LocalState, Offer, Side, View, What};
use crate::telephony::{DeviceId, SwitchCallId};

/// What is remembered between facts.
#[derive(Default, Debug)]
pub(in crate::simulator::csta) struct Arranger {
    /// Groups that were told as the place where the call is.
    queues: BTreeMap<SwitchCallId, DeviceId>,
    /// Who took a call that rang elsewhere.
    pickers: BTreeMap<SwitchCallId, DeviceId>,
    /// Devices without a part in the call at which it failed.
    blamed: BTreeMap<SwitchCallId, DeviceId>,
}

impl Arranger {
    pub(super) fn arrange(&mut self, facts: &[Fact], numbers: &mut Numbers, profile: &Profile, exchange: &Exchange) -> Vec<Told> {
        let mut arranging =
            Arranging { memory: self, numbers, profile, exchange, told: Vec::new(), place: 0, transferred: BTreeSet::new() };
        for (place, fact) in facts.iter().enumerate() {
            arranging.place = place;
            if let What::Call(call) = &fact.what {
                arranging.call(call, &facts[place + 1..]);
                arranging.forget(call);
            }
        }
        arranging.told
    }
}

struct Arranging<'a> {
    memory: &'a mut Arranger,
    numbers: &'a mut Numbers,
    profile: &'a Profile,
    exchange: &'a Exchange,
    told: Vec<Told>,
    place: usize,
    /// Calls that were handed over with these facts after asking.
    transferred: BTreeSet<SwitchCallId>,
}

impl Arranging<'_> {
    fn call(&mut self, fact: &CallFact, later: &[Fact]) {
        match &fact.kind {
            CallFactKind::ServiceInitiated { device } => {
                if self.profile.service_initiated {
                    self.say(fact, Body::ServiceInitiated { device: device.clone() });
                }
            }
            CallFactKind::Originated { dialled } => {
                let own = if fact.call.calling.is_outside { &fact.call.trunk_number } else { &fact.call.originally_called };
                self.say(fact, Body::Originated { called: own.clone().or_else(|| dialled.clone()) });
            }
            CallFactKind::NetworkReached { trunk, digits } => {
                let cause = if self.offer(fact, trunk) == Some(Offer::HandOff) { EventCause::Transfer } else { cause(fact.cause) };
                self.say_for(fact, Body::NetworkReached { trunk: trunk.clone(), digits: digits.clone() }, cause);
            }
            CallFactKind::Delivered { alerting } => self.delivered(fact, alerting),
            CallFactKind::Established { answering } => self.established(fact, answering, later),
            CallFactKind::Held { holder } => self.say(fact, Body::Held { holder: holder.clone() }),
            CallFactKind::Retrieved { by, holder, .. } if by == holder => self.say(fact, Body::Retrieved { by: by.clone() }),
            CallFactKind::Retrieved { by, holder, .. } => {
                let (from, to) = (Side::inside(holder.clone()), Side::inside(by.clone()));
                self.say_for(fact, Body::Diverted { from, to: to.clone() }, EventCause::Park);
                self.say_for(fact, Body::Established { answering: to }, EventCause::CallPickup);
            }
            CallFactKind::Queued { group, position } => {
                let is_after_transfer = self.is_told_by_transfer(fact);
                let is_new = self.memory.queues.insert(fact.call.id.clone(), group.clone()).as_ref() != Some(group);
                let cause = if is_new { EventCause::EnteringDistribution } else { cause(fact.cause) };
                if !is_after_transfer {
                    self.say_for(fact, Body::Queued { group: group.clone(), position: *position }, cause);
                }
            }
            CallFactKind::Diverted { from, to } => self.diverted(fact, from, to),
            CallFactKind::Transferred { by, transferred, primary, announcement, to, .. } => {
                self.transferred(fact, by, transferred, primary, announcement.as_ref(), to);
            }
            CallFactKind::HandedOff { from, to } => self.handed_off(fact, from, to),
            CallFactKind::Conferenced { controller, primary, secondary, parties } => {
                self.conferenced(fact, controller, primary, secondary, parties);
            }
            CallFactKind::ConnectionCleared { cleared, by, leaving } => {
                let is_told_before = *leaving == Leaving::AnsweredElsewhere && self.profile.losers != Losers::Cleared;
                if !is_told_before && (*leaving != Leaving::PutThrough || self.profile.queue_cleared) {
                    self.say(fact, Body::Cleared { cleared: cleared.clone(), by: by.clone() });
                }
                self.end_of_failure(fact, cleared);
            }
            CallFactKind::CallCleared { into: None } => self.say(fact, Body::CallCleared),
            // Who answered outside and did not accept yet does not take part; what goes on elsewhere was told by the transfer.
            CallFactKind::Routed { .. } | CallFactKind::CallCleared { into: Some(_) } => {}
            CallFactKind::Failed { failed, called, is_numbered } => self.failed(fact, failed, called, *is_numbered),
            CallFactKind::Information { device } => self.say(fact, Body::Information { device: device.clone() }),
        }
    }

    fn say(&mut self, fact: &CallFact, body: Body) {
        self.say_for(fact, body, cause(fact.cause));
    }

    fn say_for(&mut self, fact: &CallFact, body: Body, cause: EventCause) {
        let seen = fact.views.iter().map(|view| (view.device.clone(), view.state)).collect();
        let call = self.numbers.of(&fact.call.id);
        self.told.push(Told { place: self.place, call, info: fact.call.clone(), seen, cause, body });
    }

    fn offer(&self, fact: &CallFact, device: &DeviceId) -> Option<Offer> {
        let mut legs = self.exchange.legs_of(device).filter(|(call, _)| *call.id() == fact.call.id);
        legs.next().map(|(_, leg)| leg.offer().clone())
    }

    /// What an attended transfer has said already.
    fn is_told_by_transfer(&self, fact: &CallFact) -> bool {
        fact.cause == Cause::Transfer && self.transferred.contains(&fact.call.id) && !self.profile.transfer_established
    }

    fn delivered(&mut self, fact: &CallFact, alerting: &Side) {
        if self.is_told_by_transfer(fact) {
            return;
        }
        let by_group = fact.call.group.as_ref().filter(|_| fact.cause == Cause::NewCall).cloned();
        if let Some(group) = &by_group {
            if self.memory.queues.insert(fact.call.id.clone(), group.clone()).as_ref() != Some(group) {
                self.comes_to_group(fact, group, alerting);
            }
            if self.profile.queue_diverts {
                let (from, to) = (Side::inside(group.clone()), alerting.clone());
                self.say_for(fact, Body::Diverted { from, to }, EventCause::Distributed);
            }
        }
        let cause = match (fact.cause, self.offer(fact, &alerting.device)) {
            _ if by_group.is_some() => EventCause::Distributed,
            (Cause::NewCall, Some(Offer::HandOff)) => EventCause::Transfer,
            (Cause::NewCall, Some(Offer::Dee)) => EventCause::MultipleAlerting,
            (other, _) => cause(other),
        };
        self.say_for(fact, Body::Delivered { alerting: alerting.clone() }, cause);
    }

    /// The call is at a group, and a member rings at once: whoever sees it there is told so before.
    fn comes_to_group(&mut self, fact: &CallFact, group: &DeviceId, alerting: &Side) {
        let mut before = fact.clone();
        before.views.retain(|view| view.device != alerting.device);
        let body = match self.profile.queue_arrival {
            QueueArrival::Delivered => Body::Delivered { alerting: Side::inside(group.clone()) },
            QueueArrival::Queued => Body::Queued { group: group.clone(), position: 1 },
        };
        self.say_for(&before, body, EventCause::EnteringDistribution);
    }

    fn established(&mut self, fact: &CallFact, answering: &Side, later: &[Fact]) {
        if self.is_told_by_transfer(fact) {
            return;
        }
        for (other, cleared) in later.iter().filter_map(loser).filter(|(call, _)| call.call.id == fact.call.id) {
            match self.profile.losers {
                Losers::Cleared => {}
                Losers::ClearedFirst => self.say(other, Body::Cleared { cleared: cleared.clone(), by: answering.device.clone() }),
                Losers::Diverted => {
                    let (from, to) = (self.side(other, cleared), answering.clone());
                    self.say_for(other, Body::Diverted { from, to }, EventCause::Redirected);
                }
            }
        }
        let picker = self.memory.pickers.remove(&fact.call.id);
        let cause = if picker.as_ref() == Some(&answering.device) { EventCause::CallPickup } else { cause(fact.cause) };
        self.say_for(fact, Body::Established { answering: answering.clone() }, cause);
        // Who listens in does not take the call from its group.
        if fact.cause != Cause::SilentMonitor {
            self.memory.queues.remove(&fact.call.id);
        }
    }

    /// A device as a side of the call; one that is gone, by what it is.
    fn side(&self, fact: &CallFact, device: &DeviceId) -> Side {
        let mut legs = self.exchange.legs_of(device).filter(|(call, _)| *call.id() == fact.call.id);
        legs.next().map_or_else(
            || Side { device: device.clone(), is_outside: self.exchange.trunk(device).is_some(), number: None },
            |(_, leg)| leg.side(),
        )
    }

    fn diverted(&mut self, fact: &CallFact, from: &Side, to: &Side) {
        let mut fact = fact.clone();
        // A station that forwards at once has no part in the call, and sees it all the same.
        if !fact.views.iter().any(|view| view.device == from.device) && self.exchange.station(&from.device).is_some() {
            let (device, call) = (from.device.clone(), fact.call.id.clone());
            fact.views.insert(0, View { device, call, state: LocalState::None });
        }
        if fact.cause == Cause::CallPickup {
            self.memory.pickers.insert(fact.call.id.clone(), to.device.clone());
        }
        if self.memory.queues.get(&fact.call.id) == Some(&from.device) {
            self.memory.queues.remove(&fact.call.id);
        }
        self.say(&fact, Body::Diverted { from: from.clone(), to: to.clone() });
    }

    fn transferred(
        &mut self,
        fact: &CallFact,
        by: &DeviceId,
        transferred: &Side,
        primary: &SwitchCallId,
        announcement: Option<&SwitchCallId>,
        to: &Side,
    ) {
        let (held, asked) = (self.numbers.of(primary), announcement.map(|call| self.numbers.of(call)));
        if let Some(asked) = &asked {
            self.transferred.insert(fact.call.id.clone());
            let queue = announcement.and_then(|call| self.memory.queues.remove(call));
            queue.map(|group| self.memory.queues.insert(fact.call.id.clone(), group));
            match self.profile.joined {
                Joined::Held => {}
                Joined::Consultation => self.numbers.call_so(&fact.call.id, asked.clone()),
                Joined::New => {
                    let fresh = self.numbers.fresh();
                    self.numbers.call_so(&fact.call.id, fresh);
                }
            }
            if let Some(call) = announcement {
                self.numbers.forget(call);
            }
        }
        let others = fact.views.iter().map(|view| &view.device).filter(|device| *device != by && **device != transferred.device);
        let mut items = vec![Item { side: transferred.clone(), old: Some(held.clone()) }];
        if let Some(asked) = &asked {
            items.extend(others.map(|device| Item { side: self.side(fact, device), old: Some(asked.clone()) }));
        }
        let cause = if asked.is_some() { EventCause::Transfer } else { EventCause::SingleStepTransfer };
        let body = Body::Transferred { by: by.clone(), primary: held, secondary: asked, to: to.clone(), items };
        self.say_for(fact, body, cause);
    }

    /// A conversation goes on at another device of the same user: it is handed over there in one step.
    fn handed_off(&mut self, fact: &CallFact, from: &Side, to: &Side) {
        let call = self.numbers.of(&fact.call.id);
        let stays = fact.views.iter().filter(|view| view.device != from.device && view.state == LocalState::Connected);
        let items = stays.map(|view| Item { side: self.side(fact, &view.device), old: (view.device != to.device).then(|| call.clone()) });
        let items = items.collect();
        let body = Body::Transferred { by: from.device.clone(), primary: call, secondary: None, to: to.clone(), items };
        self.say_for(fact, body, EventCause::SingleStepTransfer);
    }

    fn conferenced(
        &mut self,
        fact: &CallFact,
        controller: &DeviceId,
        primary: &SwitchCallId,
        secondary: &SwitchCallId,
        parties: &[(Side, SwitchCallId)],
    ) {
        let (first, second) = (self.numbers.of(primary), self.numbers.of(secondary));
        let mut items = Vec::new();
        for (side, own) in parties {
            let old = if side.device == *controller { first.clone() } else { self.numbers.of(own) };
            items.push(Item { side: side.clone(), old: Some(old) });
        }
        let added = parties.iter().find(|(side, own)| own == secondary && side.device != *controller);
        let added = added.or(parties.last()).map_or_else(|| Side::inside(controller.clone()), |(side, _)| side.clone());
        let number = match self.profile.joined {
            Joined::Held => first.clone(),
            Joined::Consultation => second.clone(),
            Joined::New => self.numbers.fresh(),
        };
        let own = fact.views.iter().map(|view| view.call.clone()).chain([fact.call.id.clone()]);
        let numbers: BTreeSet<SwitchCallId> = parties.iter().map(|(_, own)| own.clone()).chain(own).collect();
        for own in &numbers {
            self.numbers.call_so(own, number.clone());
        }
        let body = Body::Conferenced { controller: controller.clone(), primary: first, secondary: second, added, items };
        self.say(fact, body);
    }

    fn failed(&mut self, fact: &CallFact, failed: &Side, called: &SmolStr, is_numbered: bool) {
        if !is_numbered {
            self.say(fact, Body::Failed { failed: failed.clone(), called: called.clone() });
            let body = Body::Cleared { cleared: failed.device.clone(), by: failed.device.clone() };
            return self.say_for(fact, body, EventCause::NormalClearing);
        }
        let has_part = self.exchange.legs_of(&failed.device).any(|(call, _)| *call.id() == fact.call.id);
        if !has_part {
            self.memory.blamed.insert(fact.call.id.clone(), failed.device.clone());
        }
        self.say(fact, Body::Failed { failed: failed.clone(), called: called.clone() });
    }

    /// The caller left the tone: where the call failed, its part is over too.
    fn end_of_failure(&mut self, fact: &CallFact, cleared: &DeviceId) {
        let Some(blamed) = self.memory.blamed.remove(&fact.call.id) else { return };
        let mut fact = fact.clone();
        fact.views.retain(|view| view.state != LocalState::None);
        let (device, call) = (blamed.clone(), fact.call.id.clone());
        fact.views.insert(0, View { device, call, state: LocalState::None });
        self.say(&fact, Body::Cleared { cleared: blamed, by: cleared.clone() });
    }

    /// What no fact will speak of any more.
    fn forget(&mut self, fact: &CallFact) {
        for view in fact.views.iter().filter(|view| view.state == LocalState::None && view.call != fact.call.id) {
            self.numbers.forget(&view.call);
        }
        if matches!(fact.kind, CallFactKind::CallCleared { into: None } | CallFactKind::Failed { is_numbered: false, .. }) {
            let call = &fact.call.id;
            self.numbers.forget(call);
            self.memory.queues.remove(call);
            self.memory.pickers.remove(call);
            self.memory.blamed.remove(call);
        }
    }
}

/// A device that rang along while another one answered.
fn loser(fact: &Fact) -> Option<(&CallFact, &DeviceId)> {
    match &fact.what {
        What::Call(call) => match &call.kind {
            CallFactKind::ConnectionCleared { cleared, leaving: Leaving::AnsweredElsewhere, .. } => Some((call, cleared)),
            _ => None,
        },
        _ => None,
    }
}
