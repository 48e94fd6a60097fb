//! From facts to lines: each client hears of a fact once for each of its monitors that sees it (OAI reference §4.5).

use smol_str::{SmolStr, format_smolstr};
use strowger_protocol::oai::{Alarm, AlarmSystem, Cause, EventBody, MonitorEnded, SmdrRecord, Text};

use super::connection::Connection;
use super::monitor::Subject;
use super::naming::{Naming, node_of};
use super::prepared::Prepared;
use super::server::Server;
use super::view::{Copy, News, Teller, To, Told, arrange};
use crate::simulator::exchange::{CallFact, CallFactKind, Exchange, Fact, SystemFact, What};
use crate::telephony::{AgentId, DeviceId};

/// Something about the system that the exchange does not model (OAI reference §5.4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Announcement {
    /// AG: an alarm of a node.
    Alarm {
        /// The node.
        node: u16,
        /// What it is about.
        device: Option<DeviceId>,
        /// Its number; 0: cleared.
        number: u16,
        /// What it says.
        text: SmolStr,
    },
    /// SMR: a call record as the PBX would print it (P >= 9.00).
    CallRecord {
        /// The node.
        node: u16,
        /// The record.
        text: SmolStr,
    },
}

impl Server {
    /// What happened in the exchange, in order: all that came of one action or moment together.
    pub fn facts(&mut self, facts: &[Fact], exchange: &Exchange) {
        let told = arrange(facts, &self.profile.forms, exchange, &mut self.early);
        for told in &told {
            self.tell(told, exchange);
        }
        for connection in self.connections.values_mut() {
            connection.flush_late(&self.profile);
        }
    }

    fn tell(&mut self, told: &Told, exchange: &Exchange) {
        match &told.fact.what {
            What::System(SystemFact::NodeLink { node, up }) => self.node_link(*node, *up),
            What::Call(call) => {
                for connection in self.connections.values_mut() {
                    for view in &call.views {
                        connection.monitors.follow(&view.call, &view.device);
                    }
                }
                self.offer(call, exchange);
            }
            _ => {}
        }
        for expanded in [false, true] {
            if !self.connections.values().any(|connection| connection.options.expanded == expanded && !connection.monitors.is_empty()) {
                continue;
            }
            let naming = Naming { expanded, home: self.profile.home() };
            let copies = Teller { naming, profile: &self.profile, exchange }.copies(told);
            self.spread(&copies, expanded, exchange);
        }
        match &told.fact.what {
            What::System(SystemFact::ExtensionChanged { old: Some(old), .. }) => self.monitors_end(old),
            What::Call(fact) if matches!(fact.kind, CallFactKind::CallCleared { .. }) => {
                self.desk.call_over(&fact.call.id);
                for connection in self.connections.values_mut() {
                    connection.monitors.call_over(&fact.call.id);
                }
            }
            _ => {}
        }
    }

    /// Tells the system monitors of something that the exchange does not model.
    pub fn announce(&mut self, announcement: Announcement, exchange: &Exchange) {
        let news = match announcement {
            Announcement::Alarm { node, device, number, text } => {
                self.alarms += 1;
                let id = format_smolstr!("{}", self.alarms);
                let body = move |naming: Naming| {
                    EventBody::Alarm(Alarm {
                        system: Some(AlarmSystem::PBX),
                        node: Some(node),
                        device: device.as_ref().map(|device| naming.extension(device)),
                        number: Some(number),
                        text: Some(Text::new(&text)),
                        id: Some(id.clone()),
                    })
                };
                News { to: To::System(node), body: Box::new(body) }
            }
            Announcement::CallRecord { .. } if !self.profile.since(9, 0) => return,
            Announcement::CallRecord { node, text } => {
                let body = move |_| EventBody::SmdrRecord(SmdrRecord { node: Some(node), text: Some(Text::new(&text)) });
                News { to: To::System(node), body: Box::new(body) }
            }
        };
        self.tell_news(&[news], exchange);
    }

    /// What no fact of the exchange causes.
    pub(super) fn tell_news(&mut self, news: &[News], exchange: &Exchange) {
        let home = self.profile.home();
        for expanded in [false, true] {
            let copies: Vec<Copy> =
                news.iter().map(|news| Copy { to: news.to.clone(), body: (news.body)(Naming { expanded, home }) }).collect();
            self.spread(&copies, expanded, exchange);
        }
    }

    /// Sends each copy to whom it is for, among the clients with that naming.
    fn spread(&mut self, copies: &[Copy], expanded: bool, exchange: &Exchange) {
        let home = self.profile.home();
        for copy in copies {
            if let To::Device(device) | To::Agent(device, _) = &copy.to
                && self.nodes_down.contains(&node_of(device, home))
            {
                continue;
            }
            let mut prepared = None;
            for connection in self.connections.values_mut().filter(|connection| connection.is_open()) {
                if expanded != connection.options.expanded {
                    continue;
                }
                for monitor in recipients(connection, &copy.to, exchange) {
                    let prepared = prepared.get_or_insert_with(|| Prepared::new(copy.body.clone(), &self.profile));
                    if connection.monitors.get(monitor).is_some_and(|monitor| monitor.masks.pass(prepared.code())) {
                        connection.event(prepared.line(None, monitor, &self.profile), &self.profile);
                    }
                }
            }
        }
    }

    /// Its device is gone or has another number: the monitor ends with ME (OAI reference §4.4).
    fn monitors_end(&mut self, device: &DeviceId) {
        for connection in self.connections.values_mut().filter(|connection| connection.is_open()) {
            for subject in [Subject::Device(device.clone()), Subject::Via(device.clone())] {
                if let Some(monitor) = connection.monitors.about(&subject) {
                    connection.monitors.stop(monitor);
                    let ended = EventBody::MonitorEnded(MonitorEnded { cause: Some(Cause::NORMAL_CLEAR) });
                    connection.event(Prepared::new(ended, &self.profile).line(None, monitor, &self.profile), &self.profile);
                }
            }
        }
    }

    /// OF to who controls the calls offered to the device. The call does not wait for the answer here: DE follows at once.
    fn offer(&mut self, call: &CallFact, exchange: &Exchange) {
        let CallFactKind::Delivered { alerting } = &call.kind else { return };
        let Some((owner, _)) = self.desk.offering.get(&alerting.device) else { return };
        let owner = *owner;
        let Some(view) = call.views.iter().find(|view| view.device == alerting.device) else { return };
        let Some(connection) = self.connections.get_mut(&owner) else { return };
        if let Some(monitor) = connection.monitors.about(&Subject::Device(alerting.device.clone())) {
            let naming = Naming { expanded: connection.options.expanded, home: self.profile.home() };
            let teller = Teller { naming, profile: &self.profile, exchange };
            let offered = teller.delivered(&call.call, alerting, view, Some(Cause::NEW_CALL));
            let line = Prepared::new(EventBody::Offered(offered), &self.profile).line(None, monitor, &self.profile);
            connection.event(line, &self.profile);
        }
    }
}

/// The monitors of a client that see a copy.
fn recipients(connection: &Connection, to: &To, exchange: &Exchange) -> Vec<u32> {
    let monitors = &connection.monitors;
    let agent =
        |agent: Option<&AgentId>| agent.filter(|_| monitors.has_agents()).and_then(|agent| monitors.about(&Subject::Agent(agent.clone())));
    match to {
        To::Device(device) => {
            let at = if monitors.has_agents() { exchange.login(device).and_then(|login| login.agent.as_ref()) } else { None };
            monitors.about(&Subject::Device(device.clone())).into_iter().chain(agent(at)).collect()
        }
        To::Agent(device, of) => monitors.about(&Subject::Device(device.clone())).into_iter().chain(agent(of.as_ref())).collect(),
        To::Call(call) => monitors.on_call(call).collect(),
        To::Cleared(call) => {
            let own = monitors.about(&Subject::Call(call.clone())).filter(|_| exchange.call(call).is_some());
            own.into_iter().chain(monitors.following(call)).collect()
        }
        To::CallOver(call) => monitors.on_call(call).chain(monitors.about(&Subject::Termination)).collect(),
        To::System(node) => monitors.about(&Subject::System(*node)).into_iter().collect(),
    }
}
