//! Commands about the session itself (OAI reference §1.5, §3, §7.1, §7.4).

use std::time::Duration;

use strowger_protocol::oai::{Command, CommandBody, ConfirmationBody, Extension, NodeStatus, Outcome};

use super::super::form::TooSoon;
use super::super::prepared;
use super::{Context, DONE, Replied, Reply, done};

impl Context<'_> {
    pub(super) fn session(&mut self, command: &Command) -> Replied {
        match &command.body {
            CommandBody::NoOperation {} if self.connection.options.node_aware => done(ConfirmationBody::Nodes(
                self.exchange
                    .nodes()
                    .iter()
                    .map(|node| NodeStatus { node: node.number, answered: Some(!self.nodes_down.contains(&node.number)) })
                    .collect(),
            )),
            CommandBody::NoOperation {} => DONE,
            CommandBody::NodeAware { on } => {
                if !on && !self.nodes_down.is_empty() {
                    return Err(Outcome::GENERIC_STATE_INCOMPATIBILITY);
                }
                self.connection.options.node_aware = *on;
                done(ConfirmationBody::Setting(Some(*on)))
            }
            CommandBody::ExpandedExtension { on } => {
                self.connection.options.expanded = *on;
                done(ConfirmationBody::Setting(Some(*on)))
            }
            CommandBody::ApplicationParameters { events_delayed, .. } => {
                self.connection.options.events_wait = *events_delayed;
                DONE
            }
            CommandBody::SetScope { one_node, node } => {
                let node = node.filter(|_| *one_node);
                if *one_node && !node.is_some_and(|node| self.exchange.nodes().iter().any(|known| known.number == node)) {
                    return Err(Outcome::VALUE_OUT_OF_RANGE);
                }
                self.connection.options.scope = node;
                DONE
            }
            CommandBody::ResetPort {} => {
                self.answer(command, Outcome::SUCCESS, ConfirmationBody::Empty);
                self.connection.reset();
                prepared::power_up(self.connection, self.profile, self.at);
                Ok(Reply::Sent)
            }
            CommandBody::LegacyTime { .. } => {
                self.connection.restart_numbers();
                let line = prepared::resync_response(1, self.profile, self.at);
                self.connection.line(&line, self.profile);
                Ok(Reply::Sent)
            }
            CommandBody::LegacyResync { device } => {
                self.legacy_resync(device.as_ref());
                Ok(Reply::Sent)
            }
            CommandBody::Resync { device } => self.resync(command, device.as_ref()),
            _ => Err(Outcome(self.profile.forms.unlisted)),
        }
    }

    fn resync(&mut self, command: &Command, device: Option<&Extension>) -> Replied {
        if !self.profile.since(6, 0) {
            return Err(Outcome::INVALID_COMMAND);
        }
        let target = device.filter(|device| !device.is_node()).map(|device| self.device(device)).transpose()?;
        if let Some(target) = &target
            && self.connection.monitors.about(&super::super::monitor::Subject::Device(target.clone())).is_none()
        {
            return Err(Outcome::INVALID_OBJECT_STATE);
        }
        if let Some(node) = device.filter(|device| device.is_node()).and_then(|device| device.node) {
            if !self.exchange.nodes().iter().any(|known| known.number == node) {
                return Err(Outcome::INVALID_DEVICE_IDENTIFIER);
            }
            if self.nodes_down.contains(&node) {
                return Err(Outcome::NETWORK_OUT_OF_SERVICE);
            }
        }
        let confirmed = ConfirmationBody::Device(device.cloned());
        if device.is_none() && self.is_too_soon() {
            return match self.profile.forms.resync_too_soon {
                TooSoon::Silence => Ok(Reply::Sent),
                TooSoon::ConfirmedOnly => done(confirmed),
                TooSoon::Refused(outcome) => Err(Outcome(outcome)),
            };
        }
        self.answer(command, Outcome::SUCCESS, confirmed);
        self.replay(u32::from(command.invoke), device, target.as_ref());
        Ok(Reply::Sent)
    }

    /// `RR` knows no refusals.
    fn legacy_resync(&mut self, device: Option<&Extension>) {
        let target = match device.filter(|device| !device.is_node()).map(|device| self.device(device)) {
            Some(Err(_)) => return,
            Some(Ok(target)) => Some(target),
            None => None,
        };
        if device.is_none() && self.is_too_soon() {
            return;
        }
        self.connection.restart_numbers();
        let response = prepared::resync_response(1, self.profile, self.at);
        self.connection.line(&response, self.profile);
        self.replay(1, device, target.as_ref());
    }

    /// True if a global resync was honoured shortly before; else this one counts.
    fn is_too_soon(&mut self) -> bool {
        let every = Duration::from_millis(self.profile.resync_every_ms);
        if self.connection.resynced_at.is_some_and(|last| self.at < last.plus(every)) {
            return true;
        }
        self.connection.resynced_at = Some(self.at);
        false
    }

    /// Sends the present state, tagged, and RD: at once, or when the resync's time is over.
    pub(super) fn replay(&mut self, code: u32, named: Option<&Extension>, only: Option<&crate::telephony::DeviceId>) {
        let node = named.filter(|named| named.is_node()).and_then(|named| named.node);
        for line in self.snapshot(code, node, only) {
            self.connection.line(&line, self.profile);
        }
        let end = prepared::resync_ended(code, named.cloned(), self.profile);
        if self.profile.resync_ms == 0 {
            self.connection.line(&end, self.profile);
        } else {
            self.connection.resync_until(self.at.plus(Duration::from_millis(self.profile.resync_ms)), end);
        }
    }
}
