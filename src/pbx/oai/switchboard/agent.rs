//! Agents (LN, LF, RY, NRY, WNR; OAI §5.2): one line for each group that is joined or left, but one login.

use std::collections::{BTreeMap, BTreeSet};

use strowger_protocol::oai::{AgentLogon, AgentState as StateLine};

use super::call::Out;
use super::device::{Devices, number_of};
use crate::telephony::{AgentId, AgentState, DeviceId, Event, Scope, Time};

/// Agents that are followed at a time at most; further ones are logged on and off with each line.
const AGENTS_MAX: usize = 200_000;
/// Groups of one agent that are told apart at most.
const GROUPS_MAX: usize = 1_000;

#[derive(Debug)]
struct Login {
    device: DeviceId,
    /// The groups that it was told for; `None`: one that was not named.
    groups: BTreeSet<Option<DeviceId>>,
}

/// Who is logged on where.
#[derive(Default, Debug)]
pub(super) struct Agents(BTreeMap<AgentId, Login>);

impl Agents {
    pub(super) fn logged_on(&mut self, at: Time, line: &AgentLogon, devices: &Devices, out: &mut Out) {
        let device = devices.id(&line.device);
        let Some(agent) = agent(line.agent.as_deref(), &device) else { return };
        let group = line.group.as_ref().map(|group| devices.id(group));
        let is_full = self.0.len() >= AGENTS_MAX && !self.0.contains_key(&agent);
        if !is_full {
            let login = self.0.entry(agent.clone()).or_insert_with(|| Login { device: device.clone(), groups: BTreeSet::new() });
            if login.device != device {
                *login = Login { device: device.clone(), groups: BTreeSet::new() };
            }
            let is_known = !login.groups.is_empty();
            if login.groups.len() < GROUPS_MAX {
                login.groups.insert(group);
            }
            if is_known {
                return;
            }
            // One agent at a device: the newest.
            self.0.retain(|other, login| *other == agent || login.device != device);
        }
        out.tell(at, Event::AgentLoggedOn { agent, device });
    }

    pub(super) fn logged_off(&mut self, at: Time, line: &AgentLogon, devices: &Devices, out: &mut Out) {
        let device = devices.id(&line.device);
        let Some(agent) = agent(line.agent.as_deref(), &device) else { return };
        if let Some(login) = self.0.get_mut(&agent) {
            if login.device != device {
                return;
            }
            match &line.group {
                Some(group) => {
                    // A login of which only the fact is known is left with the first group.
                    login.groups.remove(&Some(devices.id(group)));
                    login.groups.remove(&None);
                }
                None => login.groups.clear(),
            }
            if !login.groups.is_empty() {
                return;
            }
            self.0.remove(&agent);
        }
        out.tell(at, Event::AgentLoggedOff { agent, device });
    }

    pub(super) fn state(at: Time, line: &StateLine, state: AgentState, devices: &Devices, out: &mut Out) {
        if let Some(agent) = agent(line.agent.as_deref(), &devices.id(&line.device)) {
            out.tell(at, Event::AgentState { agent, state, reason: None });
        }
    }

    /// Who is logged on within that part is told again.
    pub(super) fn tell_again(&self, at: Time, scope: &Scope, out: &mut Out) {
        for (agent, login) in self.0.iter().filter(|(_, login)| scope.covers(login.device.as_str(), None)) {
            out.tell(at, Event::AgentLoggedOn { agent: agent.clone(), device: login.device.clone() });
        }
    }
}

/// The agent; none in groups without agent ids, where the extension stands for it.
fn agent(id: Option<&str>, device: &DeviceId) -> Option<AgentId> {
    id.map(str::trim).filter(|id| !id.is_empty() && *id != device.as_str() && **id != *number_of(device)).map(AgentId::new)
}
