//! Agents and features: each transition has its own event.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use strowger_protocol::csta::DeviceId as DeviceIdentifier;
use strowger_protocol::csta::event::{AgentChange, Event as Wire};
use strowger_protocol::csta::response::AgentStateEntry;
use strowger_protocol::csta::word::AgentState as Told;

use super::call::Out;
use crate::telephony::{AgentState, DeviceChange, DeviceId, Event, Time};

/// Agents that are followed at most; further ones are not.
const AGENTS_MAX: usize = 20_000;

/// Who is logged on where.
#[derive(Default, Debug)]
pub(super) struct Agents(BTreeMap<SmolStr, Agent>);

#[derive(Clone, Debug)]
struct Agent {
    id: SmolStr,
    state: Option<AgentState>,
    /// Where it is logged on, as far as groups were told.
    groups: BTreeSet<SmolStr>,
}

impl Agents {
    pub(super) fn take(&mut self, at: Time, event: &Wire, out: &mut Out) {
        match event {
            Wire::AgentLoggedOn(log) => {
                if let (Some(device), Some(agent)) = (log.device.number(), log.agent.as_ref()) {
                    self.logged_on(at, device, agent, group(log.group.as_ref()), out);
                }
            }
            Wire::AgentLoggedOff(log) => {
                if let Some(device) = log.device.number() {
                    self.logged_off(at, device, log.agent.as_ref(), group(log.group.as_ref()), out);
                }
            }
            Wire::AgentReady(change) => self.changed(at, change, AgentState::Ready, out),
            Wire::AgentNotReady(change) => self.changed(at, change, AgentState::NotReady, out),
            Wire::AgentBusy(change) => self.changed(at, change, AgentState::Busy, out),
            Wire::AgentWorkingAfterCall(change) => self.changed(at, change, AgentState::WorkingAfterCall, out),
            Wire::DoNotDisturb(event) => {
                if let (Some(device), Some(on)) = (event.device.number(), event.on) {
                    out.tell(at, Event::Device(DeviceChange::DoNotDisturb(device.into(), on)));
                }
            }
            Wire::Forwarding(event) => {
                if let (Some(device), Some(on)) = (event.device.number(), event.on) {
                    let to = event.to.as_ref().map(|to| SmolStr::new(to.number())).filter(|to| on && !to.is_empty());
                    out.tell(at, Event::Device(DeviceChange::Forwarding(device.into(), on, to)));
                }
            }
            Wire::BackInService(event) => {
                if let Some(device) = event.device.number() {
                    out.tell(at, Event::Device(DeviceChange::InService(device.into())));
                }
            }
            Wire::OutOfService(event) => {
                if let Some(device) = event.device.number() {
                    out.tell(at, Event::Device(DeviceChange::OutOfService(device.into())));
                }
            }
            _ => {}
        }
    }

    fn logged_on(&mut self, at: Time, device: &str, agent: &SmolStr, group: Option<SmolStr>, out: &mut Out) {
        if let Some(known) = self.0.get_mut(device).filter(|known| known.id == *agent) {
            known.groups.extend(group);
            return;
        }
        // Whoever logs on elsewhere is there and not here.
        self.0.retain(|_, known| known.id != *agent);
        if self.0.len() >= AGENTS_MAX && !self.0.contains_key(device) {
            return;
        }
        self.0.insert(device.into(), Agent { id: agent.clone(), state: None, groups: group.into_iter().collect() });
        out.tell(at, Event::AgentLoggedOn { agent: agent.as_str().into(), device: device.into() });
    }

    /// Of one group, or of all. Who is in another one is still there.
    fn logged_off(&mut self, at: Time, device: &str, agent: Option<&SmolStr>, group: Option<SmolStr>, out: &mut Out) {
        let Some(known) = self.0.get_mut(device).filter(|known| agent.is_none_or(|agent| known.id == *agent)) else { return };
        // Each monitor tells it, that of the group too.
        if let Some(group) = group {
            known.groups.remove(&group);
            if !known.groups.is_empty() {
                return;
            }
        }
        let id = known.id.clone();
        self.0.remove(device);
        out.tell(at, Event::AgentLoggedOff { agent: id.as_str().into(), device: device.into() });
    }

    fn changed(&mut self, at: Time, change: &AgentChange, state: AgentState, out: &mut Out) {
        let Some(device) = change.device.number() else { return };
        // An agent who changes state is logged on, whether that was told or not.
        if let Some(agent) = &change.agent {
            self.logged_on(at, device, agent, group(change.group.as_ref()), out);
        }
        if let Some(known) = self.0.get_mut(device).filter(|known| known.state != Some(state)) {
            known.state = Some(state);
            out.tell(at, Event::AgentState { agent: known.id.as_str().into(), state, reason: None });
        }
    }

    /// What the PBX answers about the agents of a device; told with the present state.
    pub(super) fn told(&mut self, device: &str, entries: &[AgentStateEntry]) {
        let present =
            entries.iter().find(|entry| entry.logged_on == Some(true)).and_then(|entry| entry.agent.clone().map(|agent| (agent, entry)));
        let Some((id, entry)) = present else {
            self.0.remove(device);
            return;
        };
        let told = entry.info.as_ref().and_then(|info| info.items.first()).and_then(|item| item.state.as_ref());
        let state = match told {
            Some(Told::AgentReady) => Some(AgentState::Ready),
            Some(Told::AgentNotReady) => Some(AgentState::NotReady),
            Some(Told::AgentBusy) => Some(AgentState::Busy),
            Some(Told::AgentWorkingAfterCall) => Some(AgentState::WorkingAfterCall),
            _ => None,
        };
        // Who is told to be here is not elsewhere any more.
        self.0.retain(|elsewhere, known| elsewhere == device || known.id != id);
        if self.0.len() < AGENTS_MAX || self.0.contains_key(device) {
            let groups = entry.info.iter().flat_map(|info| &info.items).filter_map(|item| group(item.group.as_ref())).collect();
            self.0.insert(device.into(), Agent { id, state, groups });
        }
    }

    pub(super) fn present(&self, at: Time, out: &mut Out) {
        for (device, agent) in &self.0 {
            let id = agent.id.as_str();
            out.tell(at, Event::AgentLoggedOn { agent: id.into(), device: DeviceId::new(device) });
            if let Some(state) = agent.state {
                out.tell(at, Event::AgentState { agent: id.into(), state, reason: None });
            }
        }
    }
}

fn group(group: Option<&DeviceIdentifier>) -> Option<SmolStr> {
    group.map(|group| SmolStr::new(group.number())).filter(|group| !group.is_empty())
}

impl super::Switchboard {
    /// What the PBX answers about the agents of a device.
    pub(in crate::pbx::csta) fn agents(&mut self, device: &str, entries: &[AgentStateEntry]) {
        self.agents.told(device, entries);
    }
}
