//! Intentions are carried out, as far as they are still possible.

use super::intention::{Intention, Part, Ringing};
use super::mix::{ASKED, Asked, NEXT, Next, TALK_MS, THINK_MS};
use super::react::holds_for;
use super::{Load, Office};
use crate::simulator::exchange::{Action, Deed, Dnd, Exchange, HoldKind, Leg, LegKind, LocalState, Purpose};
use crate::telephony::{DeviceId, SwitchCallId, Time};

impl Load {
    pub(super) fn carry_out(&mut self, at: Time, intention: Intention, exchange: &mut Exchange) {
        match intention {
            Intention::Open => {
                self.office = Office::of(exchange);
                self.open(at, exchange);
            }
            Intention::Arrive => self.arrive(at, exchange),
            Intention::Sweep => self.sweep(at, exchange),
            Intention::Undo(action) => {
                self.act(at, *action, exchange);
            }
            Intention::Ringing(part, deed) => self.ringing(at, part, deed, exchange),
            Intention::Outside(part, deed) => {
                if part.find(exchange).is_some() {
                    self.act(at, Action::Outside { trunk: part.device, deed }, exchange);
                }
            }
            Intention::GiveUp(part) => {
                if part.find(exchange).is_some_and(|(call, leg)| !call.is_established() && leg.hold().is_none()) {
                    self.end_part(at, part, exchange);
                }
            }
            Intention::Continue(part) => {
                if part.find(exchange).is_some_and(|(_, leg)| leg.state() == LocalState::Connected) {
                    self.go_on(at, part, exchange);
                }
            }
            Intention::HandOver(part) => {
                if part.find(exchange).is_some() && holds_for(exchange, &part.device).is_some() {
                    self.act(at, Action::Transfer { device: part.device, held: None, consultation: Some(part.call) }, exchange);
                }
            }
            Intention::Resume(part) => self.resume(at, part, exchange),
            Intention::Unpark(part) => {
                if part.find(exchange).is_some_and(|(_, leg)| leg.hold() == Some(HoldKind::System))
                    && let Some(device) = self.free_station(exchange)
                {
                    self.act(at, Action::Retrieve { device, call: Some(part.call) }, exchange);
                }
            }
            Intention::PutDown(part) => {
                if part.find(exchange).is_some_and(|(_, leg)| leg.state() == LocalState::Initiated) {
                    self.hang_up(at, part, exchange);
                }
            }
            Intention::HangUp(part) => self.hang_up(at, part, exchange),
        }
    }

    fn ringing(&mut self, at: Time, part: Part, deed: Ringing, exchange: &mut Exchange) {
        if !part.find(exchange).is_some_and(|(_, leg)| leg.is_ringing()) {
            return;
        }
        let Part { device, call } = part;
        let action = match deed {
            Ringing::Answer => Action::Answer { device, call: Some(call) },
            Ringing::Decline => {
                let undo = Action::SetDnd { device: device.clone(), dnd: None };
                self.soon(at, TALK_MS, Intention::Undo(Box::new(undo)));
                Action::Reject { device, call: Some(call), message: Dnd { message: 1, text: "Busy".into() } }
            }
            Ringing::Deflect => match self.somewhere(&device) {
                Some(digits) => Action::Deflect { device, call: Some(call), digits },
                None => return,
            },
            Ringing::PickUp => match self.free_station(exchange) {
                Some(colleague) => Action::Pickup { device: colleague, from: device, call: Some(call) },
                None => return,
            },
            Ringing::Ignore => return,
        };
        self.act(at, action, exchange);
    }

    fn go_on(&mut self, at: Time, part: Part, exchange: &mut Exchange) {
        let legs = part.find(exchange).map(|(call, _)| call.legs().iter().map(Leg::kind).collect::<Vec<_>>()).unwrap_or_default();
        let has_held = holds_for(exchange, &part.device);
        let next = if legs.contains(&LegKind::VoiceMail) { Some(Next::HangUp) } else { self.dice.weighted(NEXT) };
        match (has_held, next) {
            (Some(kind), _) => self.asked(at, part, kind, exchange),
            (None, Some(next)) => self.next(at, part, next, exchange),
            (None, None) => self.hang_up(at, part, exchange),
        }
    }

    /// Somebody who asked before a transfer has heard the answer.
    fn asked(&mut self, at: Time, part: Part, kind: HoldKind, exchange: &mut Exchange) {
        let device = part.device.clone();
        let chosen = if kind == HoldKind::Conference { Some(Asked::BringTogether) } else { self.dice.weighted(ASKED) };
        let is_done = match chosen {
            Some(Asked::HandOver) => self.act(at, Action::Transfer { device, held: None, consultation: Some(part.call.clone()) }, exchange),
            Some(Asked::BringTogether) => self.act(at, Action::Conference { device, calls: Vec::new() }, exchange),
            Some(Asked::GoBack) | None => false,
        };
        if !is_done {
            self.hang_up(at, part, exchange);
        }
    }

    /// Somebody who talks does the next thing; what is not possible ends the call.
    fn next(&mut self, at: Time, part: Part, next: Next, exchange: &mut Exchange) {
        let (device, call) = (part.device.clone(), Some(part.call.clone()));
        let hold = |kind| Action::Hold { device: device.clone(), call: call.clone(), kind };
        let (action, goes_on) = match next {
            Next::OtherHangsUp => {
                if let Some(other) = other_party(&part, exchange) {
                    return self.hang_up(at, other, exchange);
                }
                (None, false)
            }
            Next::Hold => (Some(hold(HoldKind::Individual)), false),
            Next::Park => (Some(hold(HoldKind::System)), false),
            Next::TransferBlind => {
                let digits = self.somewhere(&device);
                (digits.map(|digits| Action::TransferOneStep { device: device.clone(), call: call.clone(), digits }), false)
            }
            Next::Consult | Next::Invite => {
                let purpose = if next == Next::Consult { Purpose::Transfer } else { Purpose::Conference };
                let digits = self.somewhere(&device);
                let consult = |digits| Action::Consult { device: device.clone(), call: call.clone(), digits, purpose, account: None };
                (digits.map(consult), false)
            }
            Next::HandOff if self.office.dee_devices.contains(&device) => {
                (Some(Action::HandOffPush { device: device.clone(), call: call.clone() }), true)
            }
            Next::Account => {
                let code = self.account();
                (Some(Action::SetAccount { device: device.clone(), call: call.clone(), code }), true)
            }
            Next::ListenIn => {
                if let Some(listener) = self.free_station(exchange) {
                    self.listen_in(at, listener, device.clone(), exchange);
                }
                return self.soon(at, TALK_MS, Intention::Continue(part));
            }
            Next::HangUp | Next::HandOff => (None, false),
        };
        let is_done = action.is_some_and(|action| self.act(at, action, exchange));
        if !is_done {
            self.hang_up(at, part, exchange);
        } else if goes_on {
            self.soon(at, TALK_MS, Intention::Continue(part));
        }
    }

    fn listen_in(&mut self, at: Time, listener: DeviceId, target: DeviceId, exchange: &mut Exchange) {
        if self.act(at, Action::SilentMonitor { device: listener.clone(), target }, exchange)
            && let Some((_, leg)) = exchange.legs_of(&listener).last()
        {
            let part = Part { device: listener, call: leg.call().clone() };
            self.soon(at, TALK_MS, Intention::HangUp(part));
        }
    }

    fn resume(&mut self, at: Time, part: Part, exchange: &mut Exchange) {
        if part.find(exchange).is_none_or(|(_, leg)| leg.hold().is_none()) {
            return;
        }
        let is_free = exchange.legs_of(&part.device).all(|(_, leg)| leg.hold().is_some());
        if is_free {
            self.act(at, Action::Retrieve { device: part.device, call: Some(part.call) }, exchange);
        } else {
            self.soon(at, THINK_MS, Intention::Resume(part));
        }
    }

    /// Ends a call that was not answered; who asked before a transfer goes back to whom is held.
    pub(super) fn end_part(&mut self, at: Time, part: Part, exchange: &mut Exchange) {
        let is_asking = holds_for(exchange, &part.device).is_some();
        let (device, clear) = (part.device.clone(), part.call.clone());
        let held = exchange.legs_of(&device).find(|(_, leg)| leg.hold().is_some()).map(|(_, leg)| leg.call().clone());
        if let Some(held) = held.filter(|_| is_asking)
            && self.act(at, Action::Reconnect { device, clear, held }, exchange)
        {
            return;
        }
        self.hang_up(at, part, exchange);
    }

    pub(super) fn hang_up(&mut self, at: Time, part: Part, exchange: &mut Exchange) {
        let Some((_, leg)) = part.find(exchange) else { return };
        let action = match leg.kind() {
            LegKind::Station => Action::HangUp { device: part.device, call: Some(part.call) },
            LegKind::Trunk => Action::Outside { trunk: part.device, deed: Deed::HangsUp },
            LegKind::HuntGroup | LegKind::VoiceMail => return,
        };
        self.act(at, action, exchange);
    }
}

/// Somebody else who talks in the same call.
fn other_party(part: &Part, exchange: &Exchange) -> Option<Part> {
    let (call, _) = part.find(exchange)?;
    let people = call.legs().iter().filter(|leg| matches!(leg.kind(), LegKind::Station | LegKind::Trunk) && *leg.device() != part.device);
    let connected = |leg: &&Leg| leg.state() == LocalState::Connected;
    people.filter(connected).map(|leg| Part { device: leg.device().clone(), call: SwitchCallId::clone(leg.call()) }).next()
}
