//! Agents: who is logged on where, and in which state.
//!
//! An agent is at one device at a time and a device has one agent at a time: the newest login holds, an older one that it
//! contradicts ends as superseded (rules.md §2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Change;
use crate::telephony::{AgentId, AgentState, DeviceId, Scope, Time};

/// Why a login ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AgentEnd {
    /// The agent logged off.
    LoggedOff,
    /// A newer login of this agent, or of another one at this device, took its place.
    Superseded,
    /// It was found gone after a gap.
    Lost,
}

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    device: DeviceId,
    since: Time,
    state: AgentState,
    reason: Option<SmolStr>,
    confirmed: bool,
}

#[derive(Default, Debug, Serialize, Deserialize)]
pub(super) struct Agents {
    logins: BTreeMap<AgentId, Login>,
    at: BTreeMap<DeviceId, AgentId>,
}

impl Agents {
    pub(super) fn at(&self, device: &DeviceId) -> Option<&AgentId> {
        self.at.get(device)
    }

    pub(super) fn logged_on(&self) -> usize {
        self.logins.len()
    }

    pub(super) fn log_on(&mut self, agent: &AgentId, device: &DeviceId, at: Time, agents_max: usize, changes: &mut Vec<Change>) {
        if let Some(login) = self.logins.get_mut(agent)
            && login.device == *device
        {
            login.confirmed = true;
            return;
        }
        self.end(agent, AgentEnd::Superseded, changes);
        if let Some(other) = self.at.get(device).cloned() {
            self.end(&other, AgentEnd::Superseded, changes);
        }
        if self.logins.len() >= agents_max {
            return;
        }
        self.at.insert(device.clone(), agent.clone());
        let login = Login { device: device.clone(), since: at, state: AgentState::Ready, reason: None, confirmed: true };
        self.logins.insert(agent.clone(), login);
        changes.push(Change::AgentLoggedOn { agent: agent.clone(), device: device.clone() });
    }

    pub(super) fn log_off(&mut self, agent: &AgentId, device: &DeviceId, changes: &mut Vec<Change>) {
        if self.logins.get(agent).is_some_and(|login| login.device == *device) {
            self.end(agent, AgentEnd::LoggedOff, changes);
        }
    }

    pub(super) fn set_state(&mut self, agent: &AgentId, state: AgentState, reason: Option<&SmolStr>, changes: &mut Vec<Change>) {
        if let Some(login) = self.logins.get_mut(agent)
            && (login.state != state || login.reason.as_ref() != reason)
        {
            login.state = state;
            login.reason = reason.cloned();
            changes.push(Change::AgentState { agent: agent.clone(), state });
        }
    }

    pub(super) fn resync_began(&mut self, scope: &Scope) {
        for login in self.logins.values_mut().filter(|login| scope.covers(login.device.as_str(), None)) {
            login.confirmed = false;
        }
    }

    /// What is told about devices out of sight holds on.
    pub(super) fn keep(&mut self, scope: &Scope) {
        for login in self.logins.values_mut().filter(|login| scope.covers(login.device.as_str(), None)) {
            login.confirmed = true;
        }
    }

    pub(super) fn resynchronised(&mut self, changes: &mut Vec<Change>) {
        let gone: Vec<AgentId> = self.logins.iter().filter(|(_, login)| !login.confirmed).map(|(agent, _)| agent.clone()).collect();
        for agent in gone {
            self.end(&agent, AgentEnd::Lost, changes);
        }
    }

    fn end(&mut self, agent: &AgentId, end: AgentEnd, changes: &mut Vec<Change>) {
        if let Some(login) = self.logins.remove(agent) {
            if self.at.get(&login.device) == Some(agent) {
                self.at.remove(&login.device);
            }
            changes.push(Change::AgentLoggedOff { agent: agent.clone(), device: login.device, end });
        }
    }

    #[cfg(test)]
    pub(super) fn assert_one_to_one(&self) {
        assert_eq!(self.logins.len(), self.at.len());
        for (agent, login) in &self.logins {
            assert_eq!(self.at.get(&login.device), Some(agent));
        }
    }
}
