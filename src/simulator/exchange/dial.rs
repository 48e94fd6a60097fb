//! A call begins: off hook, dialled, commanded, from outside; and how it fails to begin.

use smol_str::SmolStr;

use super::action::Done;
use super::call::{CallKey, Failure, LegKey, LegKind, Offer};
use super::fact::{CallFactKind, LocalState, Side};
use super::legs::{LEGS_MAX, NewLeg, outside_stay};
use super::refusal::Refusal;
use super::route::{Target, Way};
use super::timer::Timer;
use super::{Cause, Exchange};
use crate::simulator::truth::Exit;
use crate::telephony::{CallOutcome, DeviceId, DeviceKind, Direction, Role};

/// Digits that are dialled, at most.
const DIGITS_MAX: usize = 48;

impl Exchange {
    pub(super) fn off_hook(&mut self, device: &DeviceId) -> Result<Done, Refusal> {
        let (call, _) = self.dial_tone(device)?;
        Ok(self.done_in(call))
    }

    pub(super) fn dial(&mut self, device: &DeviceId, digits: &str, account: Option<SmolStr>) -> Result<Done, Refusal> {
        let node = self.acting(device)?.config.address.node;
        check_digits(digits)?;
        let (call, leg) = self.tone_to_dial_on(device)?;
        match self.resolve(node, digits) {
            Some(target) => self.originate(call, leg, &target, digits, true, account, Way::CALLED),
            None => self.dialled_nowhere(call, leg, digits),
        }
        Ok(self.done_in(call))
    }

    pub(super) fn make_call(&mut self, device: &DeviceId, digits: &str, account: Option<SmolStr>) -> Result<Done, Refusal> {
        let node = self.acting(device)?.config.address.node;
        check_digits(digits)?;
        let target = self.resolve(node, digits).ok_or(Refusal::InvalidCalledDevice)?;
        let (call, leg) = self.tone_to_dial_on(device)?;
        self.originate(call, leg, &target, digits, false, account, Way::CALLED);
        Ok(self.done_in(call))
    }

    pub(super) fn trunk_call(
        &mut self,
        trunk: Option<DeviceId>,
        number: Option<SmolStr>,
        name: Option<SmolStr>,
        dnis: &str,
    ) -> Result<Done, Refusal> {
        let trunk = match trunk {
            Some(trunk) if !self.trunks.contains_key(&trunk) => return Err(Refusal::InvalidDevice),
            Some(trunk) if self.legs_at.contains_key(&trunk) => return Err(Refusal::ResourceBusy),
            Some(trunk) => trunk,
            None => self.trunks.keys().find(|trunk| !self.legs_at.contains_key(*trunk)).cloned().ok_or(Refusal::ResourcesExhausted)?,
        };
        let id = self.numbers.allot().ok_or(Refusal::ResourcesExhausted)?;
        let dialled = Some(dnis).filter(|dnis| !dnis.is_empty()).map(SmolStr::new);
        let caller = outside_stay(&trunk, number.as_ref(), name.clone());
        let (story, stay) = self.ledger.begin(self.now, &id, Direction::Inbound, dialled.clone(), caller);
        let first = NewLeg {
            device: trunk.clone(),
            kind: LegKind::Trunk,
            state: LocalState::Connected,
            number,
            offer: Offer::Calling,
            stay: Some(stay),
        };
        let (call, leg) = self.begin_call(id, first);
        let (label, target) = self.way_in(&trunk, dnis);
        let trunk_name = label.or_else(|| self.trunks.get(&trunk).map(|trunk| trunk.config.name.clone()));
        let originally_called = target.as_ref().map(|target| self.number_of(target));
        if let Some(open) = self.open(call) {
            open.story = Some(story);
            open.outside_name = name;
            open.trunk_name = trunk_name;
            open.trunk_number.clone_from(&dialled);
            open.originally_called = originally_called;
        }
        self.set_ring_limit(call);
        self.tell(call, CallFactKind::Originated { dialled }, Cause::NewCall);
        match target {
            Some(target) => {
                self.deliver(call, &target, Way::CALLED);
            }
            None => self.fail(call, Cause::DestNotObtainable, None, SmolStr::new(dnis), leg),
        }
        Ok(self.done_in(call))
    }

    /// Where a call from outside goes.
    fn way_in(&self, trunk: &DeviceId, dnis: &str) -> (Option<SmolStr>, Option<Target>) {
        let routes = &self.config.routes;
        let exact = routes.iter().find(|route| route.dnis == dnis);
        let Some(route) = exact.or_else(|| routes.iter().find(|route| route.dnis.is_empty())) else {
            return (None, self.resolve(self.node_of(trunk), dnis).filter(|target| !matches!(target, Target::Outside(..))));
        };
        let to = route.night.as_ref().filter(|_| self.night.contains(&route.node)).unwrap_or(&route.day);
        (route.label.clone(), self.resolve(route.node, to))
    }

    /// Dial tone that is there, or a new one.
    fn tone_to_dial_on(&mut self, device: &DeviceId) -> Result<(CallKey, LegKey), Refusal> {
        let there = self.legs_of(device).find(|(_, leg)| leg.state == LocalState::Initiated).map(|(call, leg)| (call.key, leg.key));
        there.map_or_else(|| self.dial_tone(device), Ok)
    }

    fn dial_tone(&mut self, device: &DeviceId) -> Result<(CallKey, LegKey), Refusal> {
        let (call, leg) = self.line(device)?;
        self.tell(call, CallFactKind::ServiceInitiated { device: device.clone() }, Cause::NewCall);
        Ok((call, leg))
    }

    /// A line of the station for a call that is about to begin.
    pub(super) fn line(&mut self, device: &DeviceId) -> Result<(CallKey, LegKey), Refusal> {
        self.acting(device)?;
        if self.is_active(device) {
            return Err(Refusal::WrongState);
        }
        if self.legs_of(device).count() >= LEGS_MAX {
            return Err(Refusal::ResourcesExhausted);
        }
        let id = self.numbers.allot().ok_or(Refusal::ResourcesExhausted)?;
        Ok(self.begin_call(id, NewLeg::station(device.clone(), LocalState::Initiated, Offer::Calling, None)))
    }

    /// The call is set up. By hand: of a call to outside the access code alone is known at first.
    #[expect(clippy::too_many_arguments, reason = "what one call begins with")]
    pub(super) fn originate(
        &mut self,
        call: CallKey,
        leg: LegKey,
        target: &Target,
        digits: &str,
        by_hand: bool,
        account: Option<SmolStr>,
        way: Way,
    ) {
        let Some((open, station)) = self.leg(leg) else { return };
        let (id, device) = (open.id.clone(), station.device.clone());
        let (direction, dialled, told) = match target {
            Target::Outside(_, sent) => {
                let access = SmolStr::new(&digits[..digits.len().saturating_sub(sent.len())]);
                (Direction::Outbound, sent.clone(), if by_hand { access } else { SmolStr::new(digits) })
            }
            _ => (Direction::Internal, SmolStr::new(digits), SmolStr::new(digits)),
        };
        let caller = self.stay_of(&device, DeviceKind::Extension);
        let (story, stay) = self.ledger.begin(self.now, &id, direction, Some(dialled.clone()), caller);
        if let Some(leg) = self.leg_mut(leg) {
            leg.stay = Some(stay);
        }
        self.set_state(leg, LocalState::Connected);
        let originally_called = if direction == Direction::Outbound { dialled } else { self.number_of(target) };
        if let Some(open) = self.open(call) {
            open.story = Some(story);
            open.account = account;
            open.originally_called = Some(originally_called);
        }
        self.set_ring_limit(call);
        self.tell(call, CallFactKind::Originated { dialled: Some(told) }, Cause::NewCall);
        self.deliver(call, target, way);
    }

    /// The number that a target is dialled by.
    pub(super) fn number_of(&self, target: &Target) -> SmolStr {
        match target {
            Target::Outside(_, digits) => digits.clone(),
            _ => self.place(target.device()).map_or_else(SmolStr::default, |address| address.number.clone()),
        }
    }

    /// Digits dialled by hand that lead nowhere. No call was set up; the truth knows that the station tried.
    fn dialled_nowhere(&mut self, call: CallKey, leg: LegKey, digits: &str) {
        let Some((open, station)) = self.leg(leg) else { return };
        let (id, device) = (open.id.clone(), station.device.clone());
        let caller = self.stay_of(&device, DeviceKind::Extension);
        let (story, stay) = self.ledger.begin(self.now, &id, Direction::Internal, Some(SmolStr::new(digits)), caller);
        self.ledger.unanswered(story, CallOutcome::Failed);
        let keeps = self.config.options.invalid_number_keeps_call;
        if let Some(leg) = self.leg_mut(leg) {
            leg.stay = Some(stay);
        }
        if let Some(open) = self.open(call) {
            open.story = Some(story);
            open.failure = Some(Failure { cause: Cause::DestNotObtainable, stay: None });
        }
        let kind = CallFactKind::Failed { failed: Side::inside(device), called: SmolStr::new(digits), is_numbered: keeps };
        if keeps {
            self.set_state(leg, LocalState::Failed);
            self.tell(call, kind, Cause::ReorderTone);
        } else if let Some(gone) = self.end_leg(leg, Exit::after_tone(Cause::DestNotObtainable)) {
            self.tell_gone(call, &gone, kind, Cause::ReorderTone);
            self.drop_call(call);
        }
    }

    /// The call cannot be put through to that target.
    pub(super) fn fail_at(&mut self, call: CallKey, cause: Cause, at: Option<&Target>, role: Role) {
        let Some(calling) = self.calls.get(&call).map(|call| call.calling) else { return };
        let called = at.map_or_else(SmolStr::default, |at| self.number_of(at));
        let Some(at) = at else { return self.fail(call, cause, None, called, calling) };
        let new = self.stay_of(at.device(), at.kind());
        let stay = self.enter(call, role, new);
        if let Some(open) = self.open(call) {
            open.failure = Some(Failure { cause, stay });
        }
        self.fail(call, cause, Some(at.side()), called, calling);
    }

    /// The calling side hears a tone from here on. `failed`: who is to blame, if not nobody.
    pub(super) fn fail(&mut self, call: CallKey, cause: Cause, failed: Option<Side>, called: SmolStr, calling: LegKey) {
        let outcome = match cause {
            Cause::Busy => CallOutcome::Busy,
            Cause::DoNotDisturb => CallOutcome::Rejected,
            _ => CallOutcome::Failed,
        };
        let Some(open) = self.calls.get_mut(&call) else { return };
        open.failure.get_or_insert(Failure { cause, stay: None });
        open.recall = None;
        if let Some(story) = open.story
            && !open.was_established
        {
            self.ledger.unanswered(story, outcome);
        }
        let blamed = failed.as_ref().map(|side| side.device.clone());
        let own = open.leg(calling).map_or_else(|| open.calling_side.clone(), super::Leg::side);
        let called = if called.is_empty() { open.originally_called.clone().unwrap_or_default() } else { called };
        let mut views = open.views();
        // A device that has no part in the call sees that it failed there.
        if let Some(device) = blamed.filter(|device| !views.iter().any(|view| view.device == *device)) {
            views.insert(0, super::View { device, call: open.id.clone(), state: LocalState::Failed });
        }
        let kind = CallFactKind::Failed { failed: failed.unwrap_or(own), called, is_numbered: true };
        self.tell_views(call, kind, cause, views);
    }

    fn set_ring_limit(&mut self, call: CallKey) {
        if let Some(limit) = self.config.timers.ring_limit {
            self.timers.set(self.now.plus(limit), Timer::RingLimit(call));
        }
    }

    /// Done, in that call: nothing more where the call is over already.
    pub(super) fn done_in(&self, call: CallKey) -> Done {
        Done { call: self.calls.get(&call).map(|call| call.id.clone()), ..Done::default() }
    }
}

pub(super) fn check_digits(digits: &str) -> Result<(), Refusal> {
    if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.is_ascii() {
        return Err(Refusal::OutOfRange);
    }
    Ok(())
}
