//! Agents, and extensions that log on to their groups: on, off, ready or not, and what a call leaves to do.

use std::collections::BTreeSet;

use super::action::Done;
use super::config::HuntGroupKind;
use super::device::{AgentMode, Login};
use super::fact::{AgentFact, AgentFactKind, What};
use super::refusal::Refusal;
use super::timer::Timer;
use super::{Exchange, LocalState};
use crate::telephony::{AgentId, DeviceId};

impl Exchange {
    pub(super) fn log_on(&mut self, device: &DeviceId, agent: Option<AgentId>, group: Option<&DeviceId>) -> Result<Done, Refusal> {
        self.acting(device)?;
        if group.is_some_and(|group| !self.hunt_groups.contains_key(group)) {
            return Err(Refusal::InvalidDevice);
        }
        let groups = self.groups_of(device, agent.as_ref(), group);
        if groups.is_empty() {
            return Err(Refusal::InvalidAgent);
        }
        let is_same = self.logins.get(device).is_some_and(|login| login.agent == agent);
        if !is_same {
            self.supersede(device, agent.is_some());
            if let Some(place) = agent.as_ref().and_then(|agent| self.agent_place(agent)).cloned() {
                self.supersede(&place, true);
            }
        }
        let number = self.number();
        let login = self.logins.entry(device.clone()).or_insert_with(|| Login {
            agent: agent.clone(),
            groups: BTreeSet::new(),
            mode: AgentMode::NotReady,
            is_paused: false,
            wrap_up: number,
        });
        let joined: Vec<DeviceId> = groups.into_iter().filter(|group| login.groups.insert(group.clone())).collect();
        if !joined.is_empty() {
            self.tell_agent(device, agent, AgentFactKind::LoggedOn(joined));
        }
        if !is_same {
            if self.is_on_call(device) { self.enter_mode(device, AgentMode::NotReady) } else { self.enter_mode(device, AgentMode::Ready) }
        }
        Ok(Done::default())
    }

    /// The groups that an agent, or a station without one, can log on to.
    fn groups_of(&self, device: &DeviceId, agent: Option<&AgentId>, only: Option<&DeviceId>) -> Vec<DeviceId> {
        let (kind, member) = match agent {
            Some(agent) => (HuntGroupKind::AcdWithAgents, agent.as_str()),
            None => (HuntGroupKind::Acd, device.as_str()),
        };
        let groups = self.hunt_groups.iter().filter(|(id, _)| only.is_none_or(|only| *id == only));
        let fit = groups.filter(|(_, group)| group.config.kind == kind && group.config.members.iter().any(|other| other == member));
        fit.map(|(id, _)| id.clone()).collect()
    }

    /// A newer login takes the place of who is logged on there. That an extension logs on to its groups does not say so by itself.
    fn supersede(&mut self, device: &DeviceId, by_agent: bool) {
        if let Some(login) = self.logins.remove(device)
            && (self.config.options.superseded_logs_off || !by_agent)
        {
            self.tell_agent(device, login.agent, AgentFactKind::LoggedOff(login.groups.into_iter().collect()));
        }
    }

    pub(super) fn log_off(&mut self, device: &DeviceId, group: Option<&DeviceId>) -> Result<Done, Refusal> {
        if !self.stations.contains_key(device) {
            return Err(Refusal::InvalidDevice);
        }
        let login = self.logins.get_mut(device).ok_or(Refusal::InvalidAgent)?;
        let left: Vec<DeviceId> = login.groups.iter().filter(|id| group.is_none_or(|group| *id == group)).cloned().collect();
        if left.is_empty() {
            return Err(Refusal::InvalidAgent);
        }
        login.groups.retain(|id| !left.contains(id));
        let (agent, is_gone) = (login.agent.clone(), login.groups.is_empty());
        if is_gone {
            self.logins.remove(device);
        }
        self.tell_agent(device, agent, AgentFactKind::LoggedOff(left));
        Ok(Done::default())
    }

    pub(super) fn set_ready(&mut self, device: &DeviceId, ready: bool) -> Result<Done, Refusal> {
        if !self.stations.contains_key(device) {
            return Err(Refusal::InvalidDevice);
        }
        self.logins.get_mut(device).ok_or(Refusal::InvalidAgent)?.is_paused = !ready;
        if !self.is_on_call(device) {
            self.enter_mode(device, if ready { AgentMode::Ready } else { AgentMode::NotReady });
        }
        Ok(Done::default())
    }

    /// What the calls at a station make of who is logged on there.
    pub(super) fn agent_follows(&mut self, device: &DeviceId) {
        let Some(login) = self.logins.get(device) else { return };
        let (mode, is_paused) = (login.mode, login.is_paused);
        if self.is_on_call(device) {
            if mode != AgentMode::NotReady {
                self.enter_mode(device, AgentMode::NotReady);
            }
            return;
        }
        if mode != AgentMode::NotReady || is_paused {
            return;
        }
        match self.wrap_ups.get(device).copied().filter(|wrap_up| !wrap_up.is_zero()) {
            Some(wrap_up) => {
                let number = self.number();
                if let Some(login) = self.logins.get_mut(device) {
                    login.wrap_up = number;
                }
                self.timers.set(self.now.plus(wrap_up), Timer::WrapUp(device.clone(), number));
                self.enter_mode(device, AgentMode::WorkingAfterCall);
            }
            None => self.enter_mode(device, AgentMode::Ready),
        }
    }

    pub(super) fn wrap_up_done(&mut self, device: &DeviceId, number: u64) {
        let Some(login) = self.logins.get(device) else { return };
        if login.wrap_up == number && login.mode == AgentMode::WorkingAfterCall {
            let mode = if login.is_paused { AgentMode::NotReady } else { AgentMode::Ready };
            self.enter_mode(device, mode);
        }
    }

    fn is_on_call(&self, device: &DeviceId) -> bool {
        self.legs_of(device).any(|(_, leg)| leg.state != LocalState::Alerting)
    }

    fn enter_mode(&mut self, device: &DeviceId, mode: AgentMode) {
        let Some(login) = self.logins.get_mut(device) else { return };
        login.mode = mode;
        let agent = login.agent.clone();
        let kind = match mode {
            AgentMode::Ready => AgentFactKind::Ready,
            AgentMode::NotReady => AgentFactKind::NotReady,
            AgentMode::WorkingAfterCall => AgentFactKind::WorkingAfterCall,
        };
        self.tell_agent(device, agent, kind);
    }

    fn tell_agent(&mut self, device: &DeviceId, agent: Option<AgentId>, kind: AgentFactKind) {
        self.tell_what(What::Agent(AgentFact { agent, device: device.clone(), kind }));
    }
}
