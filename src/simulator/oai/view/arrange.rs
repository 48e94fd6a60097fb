//! The facts of one moment, brought into the order and shape that the profile's forms ask for.
//!
//! The exchange tells ES first, then XC of the devices that rang along, then XC of the hunt group; NRY behind all these; and a handoff before
//! the ES of the device that takes over.

use std::collections::BTreeSet;

use super::super::form::{Forms, Handoff, Losers, NotReadyPlace, QueueExit};
use crate::simulator::exchange::{
    AgentFact, AgentFactKind, AgentMode, CallFact, CallFactKind, Cause, Exchange, Fact, Leaving, LocalState, Side, View, What,
};
use crate::telephony::{DeviceId, SwitchCallId};

/// The telephones whose agents were told to be not ready when their call arrived, before they answered it.
pub(in super::super) type Early = BTreeSet<DeviceId>;

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct Told {
    pub(in super::super) fact: Fact,
    /// The number of the cause, where the profile wants another one than the exchange's.
    pub(in super::super) cause: Option<u8>,
}

impl From<Fact> for Told {
    fn from(fact: Fact) -> Self {
        Self { fact, cause: None }
    }
}

/// The facts as they are told, in order.
pub(in super::super) fn arrange(facts: &[Fact], forms: &Forms, exchange: &Exchange, early: &mut Early) -> Vec<Told> {
    let mut arranged = Arranged { forms, exchange, early, told: Vec::with_capacity(facts.len()), behind: Vec::new() };
    for (place, fact) in facts.iter().enumerate() {
        match &fact.what {
            What::Call(call) => arranged.call(fact, call, &facts[place + 1..]),
            What::Agent(agent) => arranged.agent(fact, agent),
            What::Device(_) | What::System(_) => arranged.told.push(fact.clone().into()),
        }
    }
    let Arranged { mut told, behind, .. } = arranged;
    told.extend(behind.into_iter().map(|(_, late)| late));
    told
}

struct Arranged<'a> {
    forms: &'a Forms,
    exchange: &'a Exchange,
    early: &'a mut Early,
    told: Vec<Told>,
    /// What comes behind the next ES of a call.
    behind: Vec<(SwitchCallId, Told)>,
}

impl Arranged<'_> {
    fn call(&mut self, fact: &Fact, call: &CallFact, later: &[Fact]) {
        match &call.kind {
            CallFactKind::ConnectionCleared { cleared, by, leaving: leaving @ (Leaving::AnsweredElsewhere | Leaving::PutThrough) } => {
                // What comes before the ES was told with it.
                match (leaving, self.forms.losers, self.forms.queue_exit) {
                    (Leaving::AnsweredElsewhere, Losers::Cleared, _) | (Leaving::PutThrough, _, QueueExit::Cleared) => {
                        self.told.push(fact.clone().into());
                    }
                    (Leaving::PutThrough, _, QueueExit::Established) => self.told.push(group_established(fact, call, cleared, by).into()),
                    _ => {}
                }
            }
            CallFactKind::HandedOff { from, .. } if self.forms.handoff == Handoff::Established => {
                self.behind.push((call.call.id.clone(), left(fact, call, &from.device).into()));
            }
            CallFactKind::Established { answering } => {
                self.before_established(call, answering, later);
                if self.forms.transfer_tells_established || call.cause != Cause::Transfer {
                    self.told.push(fact.clone().into());
                }
                let (now, kept) = std::mem::take(&mut self.behind).into_iter().partition(|(id, _)| *id == call.call.id);
                self.behind = kept;
                let now: Vec<(SwitchCallId, Told)> = now;
                self.told.extend(now.into_iter().map(|(_, late)| late));
            }
            CallFactKind::Delivered { alerting } => self.delivered(fact, &alerting.device),
            CallFactKind::Diverted { from: Side { device, .. }, .. } | CallFactKind::ConnectionCleared { cleared: device, .. } => {
                self.told.push(fact.clone().into());
                // It rang in vain: its agent is ready again, unless the exchange says otherwise.
                let is_ready = self.exchange.login(device).is_some_and(|login| login.mode == AgentMode::Ready);
                if is_ready && self.early.remove(device) {
                    self.tell_agent(fact, device, AgentFactKind::Ready);
                }
            }
            _ => self.told.push(fact.clone().into()),
        }
    }

    /// The losers and the group, where they are told before the ES.
    fn before_established(&mut self, call: &CallFact, answering: &Side, later: &[Fact]) {
        for fact in later {
            let What::Call(other) = &fact.what else { continue };
            let CallFactKind::ConnectionCleared { cleared, leaving, .. } = &other.kind else { continue };
            if other.call.id != call.call.id {
                continue;
            }
            match (leaving, self.forms.losers, self.forms.queue_exit) {
                (Leaving::AnsweredElsewhere, Losers::ClearedFirst, _) => self.told.push(fact.clone().into()),
                (Leaving::AnsweredElsewhere, Losers::Diverted(cause), _) | (Leaving::PutThrough, _, QueueExit::Diverted(cause)) => {
                    self.told.push(diverted(fact, other, cleared, answering, cause));
                }
                _ => {}
            }
        }
    }

    fn delivered(&mut self, fact: &Fact, device: &DeviceId) {
        let place = self.forms.not_ready;
        let is_early = matches!(place, NotReadyPlace::BeforeDelivered | NotReadyPlace::AfterDelivered)
            && self.exchange.login(device).is_some()
            && self.early.insert(device.clone());
        if is_early && place == NotReadyPlace::BeforeDelivered {
            self.tell_agent(fact, device, AgentFactKind::NotReady);
        }
        self.told.push(fact.clone().into());
        if is_early && place == NotReadyPlace::AfterDelivered {
            self.tell_agent(fact, device, AgentFactKind::NotReady);
        }
    }

    fn tell_agent(&mut self, fact: &Fact, device: &DeviceId, kind: AgentFactKind) {
        if let Some(login) = self.exchange.login(device) {
            let agent = AgentFact { agent: login.agent.clone(), device: device.clone(), kind };
            self.told.push(Fact { at: fact.at, what: What::Agent(agent) }.into());
        }
    }

    fn agent(&mut self, fact: &Fact, agent: &AgentFact) {
        match agent.kind {
            AgentFactKind::NotReady if self.early.contains(&agent.device) => return,
            AgentFactKind::NotReady if self.forms.not_ready == NotReadyPlace::BeforeEstablished => {
                let place = self.told.iter().rposition(|told| answers(&told.fact, &agent.device)).unwrap_or(self.told.len());
                return self.told.insert(place, fact.clone().into());
            }
            AgentFactKind::Ready | AgentFactKind::WorkingAfterCall => {
                self.early.remove(&agent.device);
                // Told already, because it rang in vain.
                if self.told.last().is_some_and(|last| last.fact == *fact) {
                    return;
                }
            }
            AgentFactKind::LoggedOff(_) => _ = self.early.remove(&agent.device),
            AgentFactKind::LoggedOn(_) | AgentFactKind::NotReady => {}
        }
        self.told.push(fact.clone().into());
    }
}

fn answers(fact: &Fact, device: &DeviceId) -> bool {
    match &fact.what {
        What::Call(call) => matches!(&call.kind, CallFactKind::Established { answering } if answering.device == *device),
        _ => false,
    }
}

fn with(fact: &Fact, call: &CallFact, kind: CallFactKind, views: Vec<View>) -> Fact {
    let cause = if matches!(kind, CallFactKind::Established { .. }) { Cause::Answered } else { Cause::NormalClearing };
    Fact { at: fact.at, what: What::Call(Box::new(CallFact { kind, call: call.call.clone(), views, cause })) }
}

fn diverted(fact: &Fact, call: &CallFact, from: &DeviceId, to: &Side, cause: u8) -> Told {
    let kind = CallFactKind::Diverted { from: Side::inside(from.clone()), to: to.clone() };
    Told { fact: with(fact, call, kind, call.views.clone()), cause: Some(cause) }
}

/// The ES for a group whose call was put through.
fn group_established(fact: &Fact, call: &CallFact, group: &DeviceId, answering: &DeviceId) -> Fact {
    let views = call.views.iter().filter(|view| view.device == *group).cloned().collect();
    with(fact, call, CallFactKind::Established { answering: Side::inside(answering.clone()) }, views)
}

/// A handed-off device's connection is cleared.
fn left(fact: &Fact, call: &CallFact, from: &DeviceId) -> Fact {
    let kind = CallFactKind::ConnectionCleared { cleared: from.clone(), by: from.clone(), leaving: Leaving::HungUp };
    let mut views = call.views.clone();
    if !views.iter().any(|view| view.device == *from) {
        views.push(View { device: from.clone(), call: call.call.id.clone(), state: LocalState::None });
    }
    with(fact, call, kind, views)
}
