//! Events of agents and devices (CSTA reference §8).

use smol_str::SmolStr;
use strowger_protocol::csta::Event;
use strowger_protocol::csta::event::{AgentChange, AgentLog, DeviceMaintenance, DoNotDisturb, Forwarding};
use strowger_protocol::csta::word::ForwardingType;

use crate::simulator::csta::server::Server;
use crate::simulator::exchange::{AgentFact, AgentFactKind, DeviceFact, DeviceFactKind, Exchange, Forward, ForwardKind, LocalState};
use crate::telephony::DeviceId;

/// Whether who is logged on there is not ready because of a call.
pub(in crate::simulator::csta) fn is_busy(exchange: &Exchange, device: &DeviceId) -> bool {
    let is_paused = exchange.login(device).is_some_and(|login| login.is_paused);
    !is_paused || exchange.legs_of(device).any(|(_, leg)| leg.state() != LocalState::Alerting)
}

/// The standard's words for a kind of forwarding: it knows both reasons apart.
pub(in crate::simulator::csta) fn forwarding_kinds(kind: ForwardKind) -> &'static [ForwardingType] {
    match kind {
        ForwardKind::All => &[ForwardingType::ForwardImmediate],
        ForwardKind::Busy => &[ForwardingType::ForwardBusy],
        ForwardKind::NoAnswer => &[ForwardingType::ForwardNoAns],
        ForwardKind::NoAnswerOrBusy => &[ForwardingType::ForwardNoAns, ForwardingType::ForwardBusy],
    }
}

impl Server {
    /// Logging on and off go to the telephone and to each group, one event a group; the states to the telephone alone.
    pub(super) fn tell_agent(&mut self, fact: &AgentFact, exchange: &Exchange) {
        let naming = self.naming.clone();
        let agent = fact.agent.as_ref().map(|agent| SmolStr::new(agent.as_str()));
        let log = |monitor: &SmolStr, group: &DeviceId| {
            Box::new(AgentLog {
                monitor: monitor.clone(),
                device: naming.inside(&fact.device),
                agent: agent.clone(),
                group: Some(naming.device(group.as_str())),
                ..AgentLog::default()
            })
        };
        let change = |monitor: &SmolStr| {
            let device = naming.inside(&fact.device);
            Box::new(AgentChange { monitor: monitor.clone(), device, agent: agent.clone(), ..AgentChange::default() })
        };
        let device = &fact.device;
        match &fact.kind {
            AgentFactKind::LoggedOn(groups) => {
                for group in groups {
                    self.tell_of(device, |monitor| Event::AgentLoggedOn(log(monitor, group)));
                    self.tell_of(group, |monitor| Event::AgentLoggedOn(log(monitor, group)));
                }
            }
            AgentFactKind::LoggedOff(groups) => {
                for group in groups {
                    self.tell_of(device, |monitor| Event::AgentLoggedOff(log(monitor, group)));
                    self.tell_of(group, |monitor| Event::AgentLoggedOff(log(monitor, group)));
                }
            }
            AgentFactKind::Ready => self.tell_of(device, |monitor| Event::AgentReady(change(monitor))),
            AgentFactKind::NotReady if is_busy(exchange, device) => self.tell_of(device, |monitor| Event::AgentBusy(change(monitor))),
            AgentFactKind::NotReady => self.tell_of(device, |monitor| Event::AgentNotReady(change(monitor))),
            AgentFactKind::WorkingAfterCall => self.tell_of(device, |monitor| Event::AgentWorkingAfterCall(change(monitor))),
        }
    }

    /// Features that the standard knows. Dynamic Extension Express and leaving hunt groups are not among them.
    pub(super) fn tell_device(&mut self, fact: &DeviceFact, exchange: &Exchange) {
        let naming = self.naming.clone();
        let device = &fact.device;
        let named = || naming.inside(device);
        match &fact.kind {
            DeviceFactKind::DoNotDisturb(dnd) => self.tell_of(device, |monitor| {
                let (monitor, on) = (monitor.clone(), Some(dnd.is_some()));
                Event::DoNotDisturb(Box::new(DoNotDisturb { monitor, device: named(), on, ..DoNotDisturb::default() }))
            }),
            DeviceFactKind::Forwarding(forward) => {
                let kinds = forward.as_ref().map_or(&[ForwardingType::ForwardImmediate][..], |forward| forwarding_kinds(forward.kind));
                let to = forward.as_ref().map(|Forward { to, .. }| {
                    let inside = exchange.destination(device, to);
                    naming.device(inside.as_ref().map_or(to.as_str(), DeviceId::as_str))
                });
                for kind in kinds {
                    self.tell_of(device, |monitor| {
                        Event::Forwarding(Box::new(Forwarding {
                            monitor: monitor.clone(),
                            device: named(),
                            kind: Some(kind.clone()),
                            on: Some(forward.is_some()),
                            to: to.clone(),
                            ..Forwarding::default()
                        }))
                    });
                }
            }
            DeviceFactKind::Online(is_online) => self.tell_of(device, |monitor| {
                let event = Box::new(DeviceMaintenance { monitor: monitor.clone(), device: named(), ..DeviceMaintenance::default() });
                if *is_online { Event::BackInService(event) } else { Event::OutOfService(event) }
            }),
            DeviceFactKind::HuntGroups(_) | DeviceFactKind::Dee(_) => {}
        }
    }
}
