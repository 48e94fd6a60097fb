//! Plays the steps of a scenario.

use std::collections::VecDeque;

use smol_str::SmolStr;

use super::exchange::{Action, Call, Deed, Exchange, HoldKind, HuntGroup, LegKind};
use super::scenario::{AgentDeed, Doing, Step};
use super::traffic::{Act, Notice, Why};
use crate::telephony::{DeviceId, Time};

/// The steps that are still to be done.
#[derive(Debug)]
pub struct Player {
    steps: VecDeque<Step>,
    began: Time,
}

impl Player {
    /// These, in the order of time.
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps: steps.into(), began: Time::MIN }
    }

    /// The first moment.
    pub(super) fn begin(&mut self, at: Time) {
        self.began = at;
    }

    /// When the next step is due.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        self.steps.front().map(|step| self.began.plus(step.at))
    }

    /// Does the next step, if it is due.
    pub(super) fn timeout(&mut self, at: Time, exchange: &mut Exchange) -> Vec<Act> {
        if self.poll_timeout().is_none_or(|due| due > at) {
            return Vec::new();
        }
        let Some(Step { line, sentence, doing, .. }) = self.steps.pop_front() else { return Vec::new() };
        let mut acts = Vec::new();
        let done = match doing {
            Doing::Link(fault) => {
                acts.push(Act::Link(fault));
                Ok(())
            }
            Doing::People { people, .. } => {
                exchange.change_people(at, &people);
                Ok(())
            }
            Doing::Act(action) => act(exchange, at, action),
            Doing::Outside { number, deed } => outside(exchange, at, number.as_ref(), deed),
            Doing::Agent { agent, deed } => match exchange.agent_place(&agent).cloned() {
                Some(device) => act(exchange, at, of_agent(device, deed)),
                None => Err(Why::NotLoggedOn),
            },
            Doing::Member { member, group, joins } => act(exchange, at, membership(exchange, &member, group, joins)),
            Doing::GoBack(device) => go_back(exchange, at, device),
            Doing::Unpark { device, from } => unpark(exchange, at, device, &from),
        };
        let notice = match done {
            Ok(()) => Notice::Step { line, sentence },
            Err(why) => Notice::Refused { line, sentence, why },
        };
        acts.push(Act::Notice(notice));
        acts
    }

    /// Every step was done.
    pub(super) fn is_done(&self) -> bool {
        self.steps.is_empty()
    }
}

fn act(exchange: &mut Exchange, at: Time, action: Action) -> Result<(), Why> {
    exchange.act(at, action)?;
    Ok(())
}

/// The trunk that leads to a number; where several do, the youngest call's.
pub(super) fn trunk_to(exchange: &Exchange, number: Option<&SmolStr>) -> Option<DeviceId> {
    let legs = exchange.calls().flat_map(Call::legs);
    let leads = legs.filter(|leg| leg.kind() == LegKind::Trunk && leg.number() == number);
    leads.last().map(|leg| leg.device().clone())
}

fn outside(exchange: &mut Exchange, at: Time, number: Option<&SmolStr>, deed: Deed) -> Result<(), Why> {
    let trunk = trunk_to(exchange, number).ok_or(Why::NoParty)?;
    act(exchange, at, Action::Outside { trunk, deed })
}

fn of_agent(device: DeviceId, deed: AgentDeed) -> Action {
    match deed {
        AgentDeed::LogOff => Action::LogOff { device, group: None },
        AgentDeed::Ready => Action::SetReady { device, ready: true },
        AgentDeed::NotReady => Action::SetReady { device, ready: false },
    }
}

fn membership(exchange: &Exchange, member: &SmolStr, group: DeviceId, joins: bool) -> Action {
    let present = |group: &HuntGroup| group.config.members.iter().filter(|there| *there != member).cloned().collect();
    let mut members: Vec<SmolStr> = exchange.hunt_group(&group).map(present).unwrap_or_default();
    if joins {
        members.push(member.clone());
    }
    Action::SetMembers { group, members }
}

fn unpark(exchange: &mut Exchange, at: Time, device: DeviceId, from: &DeviceId) -> Result<(), Why> {
    let mut held = exchange.legs_of(from).filter(|(_, leg)| leg.hold() == Some(HoldKind::System));
    let call = held.next().map(|(_, leg)| leg.call().clone()).ok_or(Why::NothingParked)?;
    drop(held);
    act(exchange, at, Action::Retrieve { device, call: Some(call) })
}

fn go_back(exchange: &mut Exchange, at: Time, device: DeviceId) -> Result<(), Why> {
    let calls = |is_held: bool| exchange.legs_of(&device).filter(move |(_, leg)| leg.hold().is_some() == is_held);
    let last = |is_held| calls(is_held).last().map(|(_, leg)| leg.call().clone());
    let (active, held) = (last(false), last(true));
    let action = match (active, held) {
        (Some(clear), Some(held)) => Action::Reconnect { device, clear, held },
        (_, call) => Action::Retrieve { device, call },
    };
    act(exchange, at, action)
}

#[cfg(test)]
mod tests;
