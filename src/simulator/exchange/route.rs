//! Where digits lead, and how a call gets there.

use smol_str::SmolStr;

use super::call::{CallKey, LegKey, LegKind, Offer, Waiting};
use super::config::{DeeMember, Forward, ForwardKind, HuntOrder};
use super::fact::{CallFactKind, LocalState, Side};
use super::legs::{LEGS_MAX, NewLeg, outside_stay};
use super::timer::Timer;
use super::{Address, Cause, Exchange};
use crate::simulator::truth::StayKey;
use crate::telephony::{CallOutcome, DeviceId, DeviceKind, Role};

/// What digits lead to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    Station(DeviceId),
    HuntGroup(DeviceId),
    VoiceMail(DeviceId),
    /// By that trunk group, with these digits.
    Outside(DeviceId, SmolStr),
}

impl Target {
    /// The device that is told as the destination: for outside the trunk group.
    pub(super) fn device(&self) -> &DeviceId {
        match self {
            Self::Station(device) | Self::HuntGroup(device) | Self::VoiceMail(device) | Self::Outside(device, _) => device,
        }
    }

    pub(super) fn kind(&self) -> DeviceKind {
        match self {
            Self::Station(_) => DeviceKind::Extension,
            Self::HuntGroup(_) => DeviceKind::HuntGroup,
            Self::VoiceMail(_) => DeviceKind::VoiceMail,
            Self::Outside(..) => DeviceKind::External,
        }
    }

    pub(super) fn side(&self) -> Side {
        match self {
            Self::Outside(group, digits) => Side { device: group.clone(), is_outside: true, number: Some(digits.clone()) },
            _ => Side::inside(self.device().clone()),
        }
    }
}

/// How a call comes to a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Way {
    pub(super) role: Role,
    pub(super) cause: Cause,
    /// Devices of the same user ring along.
    pub(super) with_dee: bool,
}

impl Way {
    pub(super) const CALLED: Self = Self { role: Role::Called, cause: Cause::NewCall, with_dee: true };

    pub(super) const fn forwarded(cause: Cause) -> Self {
        Self { role: Role::ForwardTarget, cause, with_dee: false }
    }
}

/// What would happen to a call to a target: whom it passes, and where it ends.
#[derive(Debug)]
pub(super) struct Plan {
    /// Stations that forward it at once, each with where to.
    passed: Vec<(DeviceId, Target)>,
    /// Where it gets to; or why it does not, and where.
    end: Result<Goal, (Cause, Option<Target>)>,
}

#[derive(Debug)]
enum Goal {
    Station { device: DeviceId, waits: bool },
    HuntGroup(DeviceId),
    VoiceMail(DeviceId),
    Outside { trunk: DeviceId, digits: SmolStr },
}

impl Plan {
    pub(super) fn is_good(&self) -> bool {
        self.end.is_ok()
    }
}

impl Exchange {
    /// What digits lead to, seen from a node: an extension there, then anywhere, then an access code.
    pub(super) fn resolve(&self, node: u16, digits: &str) -> Option<Target> {
        let nodes = std::iter::once(node).chain(self.config.nodes.iter().map(|other| other.number));
        let named = std::iter::once(DeviceId::new(digits));
        let devices = nodes.map(|node| self.config.device(&Address::new(node, digits))).chain(named);
        devices.into_iter().find_map(|device| self.as_target(device)).or_else(|| self.outside_target(node, digits))
    }

    fn as_target(&self, device: DeviceId) -> Option<Target> {
        if self.stations.contains_key(&device) {
            Some(Target::Station(device))
        } else if self.hunt_groups.contains_key(&device) {
            Some(Target::HuntGroup(device))
        } else if self.voice_mails.contains_key(&device) {
            Some(Target::VoiceMail(device))
        } else {
            None
        }
    }

    /// The trunk group with the longest access code that the digits begin with; on the own node first.
    fn outside_target(&self, node: u16, digits: &str) -> Option<Target> {
        let fits = |access: &str| !access.is_empty() && digits.len() > access.len() && digits.starts_with(access);
        let groups = self.trunk_groups.iter().filter(|(_, group)| fits(&group.config.access));
        let best = groups.max_by_key(|(_, group)| (group.config.access.len(), group.config.address.node == node))?;
        let (id, group) = best;
        Some(Target::Outside(id.clone(), SmolStr::new(&digits[group.config.access.len()..])))
    }

    pub(super) fn node_of(&self, device: &DeviceId) -> u16 {
        self.place(device).map_or(1, |address| address.node)
    }

    /// The first trunk of the group without a call.
    pub(super) fn free_trunk(&self, group: &DeviceId) -> Option<DeviceId> {
        let group = self.trunk_groups.get(group)?;
        group.config.trunks.iter().find(|trunk| !self.legs_at.contains_key(*trunk)).cloned()
    }

    /// What would happen now to a call to that target, to that call if it is there already.
    pub(super) fn plan(&self, call: Option<CallKey>, target: &Target) -> Plan {
        let mut passed = Vec::new();
        let mut target = target.clone();
        loop {
            let next = match self.look(call, &target) {
                Ok(goal) => return Plan { passed, end: Ok(goal) },
                Err((cause, None)) => return Plan { passed, end: Err((cause, Some(target).filter(|_| cause != Cause::TrunksBusy))) },
                Err((_, Some(next))) => next,
            };
            if passed.len() >= usize::try_from(self.config.options.forward_hops).unwrap_or(usize::MAX) {
                return Plan { passed, end: Err((Cause::DestNotObtainable, Some(target))) };
            }
            passed.push((target.device().clone(), next.clone()));
            target = next;
        }
    }

    /// Where the target takes the call, or why not, or whom it forwards it to at once.
    fn look(&self, call: Option<CallKey>, target: &Target) -> Result<Goal, (Cause, Option<Target>)> {
        match target {
            Target::HuntGroup(group) if self.is_group_full(group) => Err((Cause::Busy, None)),
            Target::HuntGroup(group) => Ok(Goal::HuntGroup(group.clone())),
            Target::VoiceMail(device) => Ok(Goal::VoiceMail(device.clone())),
            Target::Outside(group, digits) => match self.free_trunk(group) {
                Some(trunk) => Ok(Goal::Outside { trunk, digits: digits.clone() }),
                None => Err((Cause::TrunksBusy, None)),
            },
            Target::Station(device) => {
                let Some(station) = self.stations.get(device) else { return Err((Cause::DestNotObtainable, None)) };
                let all = self.forward_target(device, |kind| kind == ForwardKind::All);
                if all.is_some() {
                    return Err((Cause::CallForward, all));
                }
                if station.dnd.is_some() {
                    return Err((Cause::DoNotDisturb, None));
                }
                if !station.is_online {
                    return Err((Cause::DestNotObtainable, self.forward_target(device, |_| true)));
                }
                if self.is_busy(device) {
                    let busy = self.forward_target(device, |kind| matches!(kind, ForwardKind::Busy | ForwardKind::NoAnswerOrBusy));
                    let is_in = call.is_some_and(|call| self.legs_of(device).any(|(other, _)| other.key == call));
                    let waits = station.config.has_camp_on && !is_in && self.legs_of(device).count() < LEGS_MAX;
                    return if busy.is_none() && waits {
                        Ok(Goal::Station { device: device.clone(), waits })
                    } else {
                        Err((Cause::Busy, busy))
                    };
                }
                Ok(Goal::Station { device: device.clone(), waits: false })
            }
        }
    }

    /// Where the station forwards such calls: by hand, else by the system.
    pub(super) fn forward_target(&self, device: &DeviceId, is_meant: impl Fn(ForwardKind) -> bool) -> Option<Target> {
        let station = self.stations.get(device)?;
        let mut forwards = station.forward.iter().chain(&station.config.system_forward);
        let Forward { to, .. } = forwards.find(|forward| is_meant(forward.kind))?;
        let target = self.resolve(station.config.address.node, to)?;
        (target.device() != device).then_some(target)
    }

    /// Brings the call to the target, or lets it fail. What it came to is returned as it entered the truth: all devices that ring, or
    /// the group alone.
    pub(super) fn deliver(&mut self, call: CallKey, target: &Target, way: Way) -> Vec<StayKey> {
        let plan = self.plan(Some(call), target);
        let mut way = way;
        for (from, to) in &plan.passed {
            if let Some(call) = self.open(call) {
                call.last_redirection = Some(from.clone());
            }
            let kind = CallFactKind::Diverted { from: Side::inside(from.clone()), to: to.side() };
            self.tell(call, kind, Cause::CallForward);
            way = Way::forwarded(Cause::CallForward);
        }
        match plan.end {
            Ok(Goal::Station { device, waits }) => {
                let cause = if waits { Cause::CampOn } else { way.cause };
                self.ring_user(call, &device, Way { cause, ..way })
            }
            Ok(Goal::HuntGroup(group)) => self.arrive(call, &group),
            Ok(Goal::VoiceMail(device)) => self.reach_voice_mail(call, &device, way),
            Ok(Goal::Outside { trunk, digits }) => {
                let stay = self.seize(call, &trunk, &digits, way.role, Offer::Direct).1;
                stay.into_iter().collect()
            }
            Err((cause, at)) => {
                let role = if at.as_ref().is_some_and(|at| matches!(at, Target::HuntGroup(_))) { Role::Queue } else { way.role };
                self.fail_at(call, cause, at.as_ref(), role);
                Vec::new()
            }
        }
    }

    /// Rings a station, and with it the others of its user.
    fn ring_user(&mut self, call: CallKey, device: &DeviceId, way: Way) -> Vec<StayKey> {
        let others = if way.with_dee { self.dee_others(device) } else { Vec::new() };
        let offer = if others.is_empty() { Offer::Direct } else { Offer::Dee };
        let leg = self.ring(call, device, way.role, offer, way.cause);
        self.timers.set(self.now.plus(self.config.timers.forward_no_answer), Timer::ForwardNoAnswer(leg));
        let mut rung = vec![leg];
        for other in others {
            match other {
                DeeMember::Station(station) => rung.push(self.ring(call, &station, way.role, Offer::Dee, way.cause)),
                DeeMember::Outside(digits) => rung.extend(self.ring_outside(call, &digits, way.role, Offer::Dee)),
            }
        }
        rung.into_iter().filter_map(|leg| self.leg(leg).and_then(|(_, leg)| leg.stay)).collect()
    }

    /// Rings one station.
    pub(super) fn ring(&mut self, call: CallKey, device: &DeviceId, role: Role, offer: Offer, cause: Cause) -> LegKey {
        let new = self.stay_of(device, DeviceKind::Extension);
        let agent = new.agent.clone();
        let stay = self.enter(call, role, new);
        if let Some(stay) = stay {
            self.ledger.alert(stay, self.now, agent);
        }
        let leg = self.add_leg(call, NewLeg::station(device.clone(), LocalState::Alerting, offer, stay));
        self.tell_apart(call, leg, CallFactKind::Delivered { alerting: Side::inside(device.clone()) }, cause);
        leg
    }

    /// Rings a number outside whose person has to accept, by any trunk group.
    pub(super) fn ring_outside(&mut self, call: CallKey, digits: &str, role: Role, offer: Offer) -> Option<LegKey> {
        let trunk = self.trunk_groups.keys().find_map(|group| self.free_trunk(group))?;
        let (leg, _) = self.seize(call, &trunk, digits, role, offer);
        self.leg_mut(leg)?.must_accept = true;
        Some(leg)
    }

    /// Sends the call out by a trunk. The outside party is heard of by what it does.
    fn seize(&mut self, call: CallKey, trunk: &DeviceId, digits: &str, role: Role, offer: Offer) -> (LegKey, Option<StayKey>) {
        let digits = SmolStr::new(digits);
        let stay = self.enter(call, role, outside_stay(trunk, Some(&digits), None));
        let new =
            NewLeg { device: trunk.clone(), kind: LegKind::Trunk, state: LocalState::Alerting, number: Some(digits.clone()), offer, stay };
        let leg = self.add_leg(call, new);
        self.tell_apart(call, leg, CallFactKind::NetworkReached { trunk: trunk.clone(), digits }, Cause::NewCall);
        (leg, stay)
    }

    /// A voice mail application answers by itself.
    fn reach_voice_mail(&mut self, call: CallKey, device: &DeviceId, way: Way) -> Vec<StayKey> {
        let new = self.stay_of(device, DeviceKind::VoiceMail);
        let stay = self.enter(call, way.role, new);
        let new = NewLeg {
            device: device.clone(),
            kind: LegKind::VoiceMail,
            state: LocalState::Alerting,
            number: None,
            offer: Offer::Direct,
            stay,
        };
        let leg = self.add_leg(call, new);
        if let Some(stay) = stay {
            self.ledger.alert(stay, self.now, None);
        }
        self.tell_apart(call, leg, CallFactKind::Delivered { alerting: Side::inside(device.clone()) }, way.cause);
        if let Some(story) = self.open(call).and_then(|call| call.story) {
            self.ledger.unanswered(story, CallOutcome::NoAnswer);
        }
        self.established(leg, Cause::Answered);
        stay.into_iter().collect()
    }

    /// The call comes to a hunt group.
    fn arrive(&mut self, call: CallKey, group: &DeviceId) -> Vec<StayKey> {
        let new = self.stay_of(group, DeviceKind::HuntGroup);
        let stay = self.enter(call, Role::Queue, new);
        let new =
            NewLeg { device: group.clone(), kind: LegKind::HuntGroup, state: LocalState::Queued, number: None, offer: Offer::Direct, stay };
        let leg = self.add_leg(call, new);
        if let Some(open) = self.open(call) {
            open.waiting = Some(Waiting { group: group.clone(), leg, tried: Vec::new(), is_overflow_due: false });
        }
        let mut overflow = None;
        if let Some(group) = self.hunt_groups.get_mut(group) {
            group.queue.push(call);
            overflow = group.config.overflow.as_ref().map(|overflow| overflow.after);
        }
        if let Some(after) = overflow {
            self.timers.set(self.now.plus(after), Timer::Overflow(leg));
        }
        if !self.offer_to_members(call) {
            self.tell_queued(call, Cause::NoAvailableAgents);
        }
        stay.into_iter().collect()
    }

    /// As many wait as may, and nobody is free.
    fn is_group_full(&self, group: &DeviceId) -> bool {
        let Some(found) = self.hunt_groups.get(group) else { return true };
        let waiting = found.queue.iter().filter(|key| self.calls.get(key).is_some_and(|call| call.ringing().is_empty())).count();
        found.config.queue_max.is_some_and(|max| waiting >= max) && self.free_members(group).is_empty()
    }

    /// The group rings all members at once.
    pub(super) fn rings_all(&self, group: &DeviceId) -> bool {
        self.hunt_groups.get(group).is_some_and(|group| group.config.order == HuntOrder::AllRing)
    }
}
