//! From facts to events: each client hears of a fact once for each of its monitors of a device that sees it (CSTA reference §6.1).

mod arrange;
mod event;
mod feature;
mod told;

use smol_str::SmolStr;
use strowger_protocol::csta::Event;

pub(super) use arrange::Arranger;
pub(super) use event::{local_state, other_states};
pub(super) use feature::{forwarding_kinds, is_busy};

use super::connection::Connection;
use super::monitor::Subject;
use super::server::Server;
use crate::simulator::exchange::{Exchange, Fact, LocalState, SystemFact, What};
use crate::telephony::DeviceId;
use told::{Body, Told};

/// What is needed to tell.
struct Teller<'a> {
    naming: &'a super::naming::Naming,
}

impl Server {
    /// What happened in the exchange, in order: all that came of one action or moment together.
    pub(super) fn tell(&mut self, facts: &[Fact], exchange: &Exchange) {
        let all = self.arranger.arrange(facts, &mut self.numbers, &self.profile, exchange);
        let mut all = all.iter().peekable();
        for (place, fact) in facts.iter().enumerate() {
            while let Some(told) = all.next_if(|told| told.place == place) {
                self.tell_call(told);
            }
            match &fact.what {
                What::Agent(agent) => self.tell_agent(agent, exchange),
                What::Device(device) => self.tell_device(device, exchange),
                What::System(SystemFact::ExtensionChanged { old, .. }) => self.extension_changed(old.as_ref()),
                What::Call(_) | What::System(_) => {}
            }
        }
    }

    fn tell_call(&mut self, told: &Told) {
        let teller = Teller { naming: &self.naming };
        let is_over = matches!(told.body, Body::CallCleared);
        for connection in self.connections.values_mut().filter(|connection| connection.is_open(&self.profile)) {
            for (device, state) in &told.seen {
                let body = |monitor: &SmolStr| teller.event(told, monitor, Some((device, *state)));
                spread(connection, &Subject::Device(device.clone()), &self.profile, &self.style, body);
                spread(connection, &Subject::Everything, &self.profile, &self.style, body);
            }
            let of_call = Subject::Call(told.call.clone());
            spread(connection, &of_call, &self.profile, &self.style, |monitor| teller.event(told, monitor, None));
            if is_over {
                let ended: Vec<SmolStr> = connection.monitors.of(&of_call).cloned().collect();
                for monitor in ended {
                    connection.monitors.stop(&monitor);
                }
            }
        }
    }

    /// An event about a device itself.
    pub(super) fn tell_of(&mut self, device: &DeviceId, body: impl Fn(&SmolStr) -> Event + Copy) {
        for connection in self.connections.values_mut().filter(|connection| connection.is_open(&self.profile)) {
            for subject in [Subject::Device(device.clone()), Subject::Everything] {
                spread(connection, &subject, &self.profile, &self.style, body);
            }
        }
    }

    /// A device is gone or has another number: its monitors end, and the list of devices is another.
    fn extension_changed(&mut self, old: Option<&DeviceId>) {
        for connection in self.connections.values_mut() {
            if let Some(old) = old {
                let ended: Vec<SmolStr> = connection.monitors.of(&Subject::Device(old.clone())).cloned().collect();
                for monitor in ended {
                    connection.end_monitor(&monitor, &self.profile, &self.style);
                }
            }
            connection.devices_changed(&self.profile, &self.style);
        }
    }
}

fn spread(
    connection: &mut Connection,
    subject: &Subject,
    profile: &super::profile::Profile,
    style: &strowger_protocol::csta::Style,
    body: impl Fn(&SmolStr) -> Event,
) {
    let monitors: Vec<SmolStr> = connection.monitors.of(subject).cloned().collect();
    for monitor in monitors {
        let event = body(&monitor);
        if connection.monitors.passes(&monitor, &event, profile.invert_filter) {
            connection.event(event, profile, style);
        }
    }
}

/// A device and its state in a call.
type Seen<'a> = (&'a DeviceId, LocalState);
