//! What happens, and what those concerned intend then.

use super::Load;
use super::intention::{Intention, Part};
use super::mix::{
    ANSWER_MS, CONFERENCE_MS, HOLD_MS, MAIL_MS, MEMBER_RINGING, NETWORK_MS, OUTSIDE, PATIENCE_MS, QUEUE_PATIENCE_MS, RINGING, TALK_MS,
    THINK_MS, TONE_MS,
};
use crate::simulator::exchange::{CallFact, CallFactKind, Deed, Exchange, Fact, HoldKind, LegKind, LocalState, Side, What};
use crate::telephony::{DeviceId, Time};

impl Load {
    pub(super) fn react(&mut self, fact: &Fact, exchange: &Exchange) {
        let What::Call(call) = &fact.what else { return };
        let at = fact.at;
        let caller = || part(call, &call.call.calling.device);
        match &call.kind {
            CallFactKind::ServiceInitiated { device } => self.soon(at, TONE_MS, Intention::PutDown(part(call, device))),
            CallFactKind::Originated { .. } => self.soon(at, PATIENCE_MS, Intention::GiveUp(caller())),
            CallFactKind::Queued { .. } => self.soon(at, QUEUE_PATIENCE_MS, Intention::GiveUp(caller())),
            CallFactKind::NetworkReached { trunk, .. } => self.reached_outside(at, part(call, trunk)),
            CallFactKind::Delivered { alerting } => self.delivered(at, call, alerting, exchange),
            CallFactKind::Routed { answering } => {
                let deed = if self.dice.chance(80) { Deed::Accepts } else { Deed::Declines };
                self.soon(at, THINK_MS, Intention::Outside(part(call, &answering.device), deed));
            }
            CallFactKind::Established { .. } | CallFactKind::Retrieved { .. } => self.talks(at, call, exchange),
            CallFactKind::Held { holder } => self.held(at, part(call, holder), exchange),
            CallFactKind::Transferred { transferred, is_answered, .. } => {
                if *is_answered {
                    self.talks(at, call, exchange);
                } else {
                    self.soon(at, PATIENCE_MS, Intention::GiveUp(part(call, &transferred.device)));
                }
            }
            CallFactKind::Conferenced { parties, .. } => {
                for (side, id) in parties {
                    self.soon(at, CONFERENCE_MS, Intention::HangUp(Part { device: side.device.clone(), call: id.clone() }));
                }
            }
            CallFactKind::ConnectionCleared { cleared, .. } => self.left(at, cleared, exchange),
            CallFactKind::Failed { .. } => self.soon(at, TONE_MS, Intention::GiveUp(caller())),
            CallFactKind::Diverted { .. }
            | CallFactKind::HandedOff { .. }
            | CallFactKind::CallCleared { .. }
            | CallFactKind::Information { .. } => {}
        }
    }

    pub(super) fn soon(&mut self, at: Time, around_ms: u32, intention: Intention) {
        let later = self.dice.around(around_ms);
        self.agenda.put(at.plus(later), intention);
    }

    /// The network has the call: the party outside rings, or cannot be reached.
    fn reached_outside(&mut self, at: Time, part: Part) {
        let deed = self.dice.weighted(OUTSIDE).unwrap_or(Deed::Rings);
        let cannot_ring = matches!(deed, Deed::IsBusy | Deed::IsCongested | Deed::DoesNotExist);
        if cannot_ring {
            return self.soon(at, NETWORK_MS, Intention::Outside(part, deed));
        }
        let rings_at = at.plus(self.dice.around(NETWORK_MS));
        self.agenda.put(rings_at, Intention::Outside(part.clone(), Deed::Rings));
        if deed != Deed::Rings {
            self.soon(rings_at, ANSWER_MS, Intention::Outside(part, deed));
        }
    }

    fn delivered(&mut self, at: Time, call: &CallFact, alerting: &Side, exchange: &Exchange) {
        let caller = part(call, &call.call.calling.device);
        if holds_for(exchange, &caller.device) == Some(HoldKind::Transfer) && self.dice.chance(35) {
            self.soon(at, THINK_MS, Intention::HandOver(caller));
        }
        if alerting.is_outside {
            return;
        }
        let table = if call.call.group.is_some() { MEMBER_RINGING } else { RINGING };
        if let Some(deed) = self.dice.weighted(table) {
            self.soon(at, ANSWER_MS, Intention::Ringing(part(call, &alerting.device), deed));
        }
    }

    /// Two or more talk: one of them does the next thing. With a mailbox nobody does anything but hang up.
    fn talks(&mut self, at: Time, call: &CallFact, exchange: &Exchange) {
        let is_station = |device: &DeviceId| exchange.station(device).is_some();
        let connected: Vec<&DeviceId> =
            call.views.iter().filter(|view| view.state == LocalState::Connected).map(|view| &view.device).collect();
        let people: Vec<&DeviceId> = connected.iter().copied().filter(|device| is_station(device)).collect();
        let has_mailbox = exchange.call(&call.call.id).is_some_and(|call| call.legs().iter().any(|leg| leg.kind() == LegKind::VoiceMail));
        if has_mailbox || people.is_empty() {
            let length = if has_mailbox { MAIL_MS } else { TALK_MS };
            let trunks: Vec<&DeviceId> =
                connected.into_iter().filter(|device| exchange.trunks().any(|(trunk, _)| trunk == *device)).collect();
            if let Some(device) = people.first().or(trunks.first()) {
                self.soon(at, length, Intention::HangUp(part(call, device)));
            }
        } else if let Some(device) = self.dice.one(&people) {
            let is_asking = holds_for(exchange, device).is_some();
            self.soon(at, if is_asking { THINK_MS * 3 } else { TALK_MS }, Intention::Continue(part(call, device)));
        }
    }

    fn held(&mut self, at: Time, part: Part, exchange: &Exchange) {
        let kind = part.find(exchange).and_then(|(_, leg)| leg.hold());
        match kind {
            Some(HoldKind::Individual) if self.dice.chance(90) => self.soon(at, HOLD_MS, Intention::Resume(part)),
            Some(HoldKind::System) if self.dice.chance(60) => self.soon(at, HOLD_MS, Intention::Unpark(part)),
            Some(HoldKind::System) if self.dice.chance(75) => self.soon(at, HOLD_MS, Intention::Resume(part)),
            _ => {}
        }
    }

    /// Whoever is left with nothing but a held call comes back to it.
    fn left(&mut self, at: Time, device: &DeviceId, exchange: &Exchange) {
        let mut legs = exchange.legs_of(device);
        if let (Some((_, leg)), None) = (legs.next(), legs.next())
            && matches!(leg.hold(), Some(HoldKind::Transfer | HoldKind::Conference))
        {
            let part = Part { device: device.clone(), call: leg.call().clone() };
            self.soon(at, THINK_MS, Intention::Resume(part));
        }
    }
}

/// The device's part in the call that the fact is about.
fn part(call: &CallFact, device: &DeviceId) -> Part {
    let own = call.views.iter().find(|view| view.device == *device).map(|view| &view.call);
    Part { device: device.clone(), call: own.unwrap_or(&call.call.id).clone() }
}

/// What a station holds another call for, in order to hand it over or to bring parties together.
pub(super) fn holds_for(exchange: &Exchange, device: &DeviceId) -> Option<HoldKind> {
    let kinds = exchange.legs_of(device).filter_map(|(_, leg)| leg.hold());
    kinds.filter(|kind| matches!(kind, HoldKind::Transfer | HoldKind::Conference)).last()
}
