//! Starting, stopping and filtering monitors (OAI reference §4).

use strowger_protocol::oai::{
    Command, ConfirmationBody, Extension, Filters, MonitorId, MonitorPart, MonitorType, MonitorsStarted, Outcome, StartedMonitor,
};

use super::super::filter::Masks;
use super::super::monitor::Subject;
use super::super::naming::node_of;
use super::{Context, DONE, Replied, Reply, done};
use crate::simulator::exchange::HuntGroupKind;
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

/// How many monitors one answer to `_MA` tells.
const PART: usize = 100;

impl Context<'_> {
    pub(super) fn monitor_start(
        &mut self,
        command: &Command,
        target: Option<&Extension>,
        kind: Option<MonitorType>,
        filters: Filters,
        is_advanced: bool,
    ) -> Replied {
        let kind = kind.unwrap_or(MonitorType::DEVICE);
        check_filters(command, kind, filters)?;
        if let Some(node) = target.and_then(|target| target.node).filter(|node| self.nodes_down.contains(node)) {
            return Err(if node == 0 { Outcome::INVALID_DEVICE_IDENTIFIER } else { Outcome::NETWORK_OUT_OF_SERVICE });
        }
        let subjects = self.subjects(target, kind, is_advanced)?;
        let (version, limit) = (self.profile.protocol, self.profile.monitors);
        let mut started = Vec::new();
        let mut granted = Masks::granted(filters, None, version);
        let mut outcome = Outcome::SUCCESS;
        for subject in subjects {
            let device = match &subject {
                Subject::Device(device) | Subject::Via(device) => Some(self.named(device)),
                Subject::System(node) => Some(Extension::node(*node)),
                Subject::Call(call) => Some(Extension::new(call.as_str())),
                Subject::Agent(agent) => Some(Extension::new(agent.as_str())),
                Subject::Termination => None,
            };
            match self.connection.monitors.start(subject, limit, |before| Masks::granted(filters, before, version)) {
                Ok(id) => {
                    granted = self.connection.monitors.get(id).map_or(granted, |monitor| monitor.masks);
                    started.push(StartedMonitor { monitor: MonitorId::from(id), device });
                }
                Err(_full) => {
                    outcome = Outcome::MONITOR_LIMIT;
                    break;
                }
            }
        }
        let is_any = !started.is_empty();
        let filters = match kind {
            MonitorType::CALL_TERMINATION => None,
            kind => self.profile.since(5, 0).then(|| granted.filters(kind == MonitorType::SYSTEM)),
        };
        self.tell_started(command, kind, started, filters, outcome, is_advanced);
        if is_any && matches!(kind, MonitorType::DEVICE_RESYNC | MonitorType::ALL_STATIONS_RESYNC) {
            let only = if kind == MonitorType::DEVICE_RESYNC { target.map(|target| self.watched(target)).transpose()? } else { None };
            self.replay(u32::from(command.invoke), target, only.as_ref());
        }
        Ok(Reply::Sent)
    }

    fn tell_started(
        &mut self,
        command: &Command,
        kind: MonitorType,
        started: Vec<StartedMonitor>,
        filters: Option<Filters>,
        outcome: Outcome,
        is_advanced: bool,
    ) {
        let body = |part, monitors: Vec<StartedMonitor>, filters| {
            let count = u32::try_from(monitors.len()).unwrap_or(u32::MAX);
            ConfirmationBody::Monitors(MonitorsStarted { part, count, monitors, filters })
        };
        if !is_advanced {
            self.answer(command, outcome, body(None, started, filters));
            return;
        }
        let parts: Vec<Vec<StartedMonitor>> =
            if started.is_empty() { vec![Vec::new()] } else { started.chunks(PART).map(<[_]>::to_vec).collect() };
        let last = parts.len() - 1;
        for (number, part) in parts.into_iter().enumerate() {
            let is_last = number == last;
            self.answer(command, outcome, body(Some(MonitorPart { last: is_last, kind }), part, filters));
        }
    }

    /// A device; also the Personal Router Device, where it was given an extension that can be dialled (OAI reference §8.1, S6).
    fn watched(&self, named: &Extension) -> Result<DeviceId, Outcome> {
        let router = &self.profile.forms.personal_router;
        let is_dialable = !router.is_empty() && router.bytes().all(|digit| digit.is_ascii_digit());
        if is_dialable && named.number == router.as_str() { Ok(DeviceId::new(router)) } else { self.device(named) }
    }

    /// What a request of that type means.
    fn subjects(&self, target: Option<&Extension>, kind: MonitorType, is_advanced: bool) -> Result<Vec<Subject>, Outcome> {
        let named = || target.ok_or(Outcome::INVALID_DEVICE_IDENTIFIER);
        let nodes = self.nodes(target.filter(|target| target.is_node()));
        let home = self.profile.home();
        let of_nodes = |devices: Vec<DeviceId>| {
            let kept = devices.into_iter().filter(|device| nodes.contains(&node_of(device, home)) || self.exchange.nodes().len() <= 1);
            kept.map(Subject::Device).collect::<Vec<_>>()
        };
        let groups = |acd: bool| {
            let groups = self.exchange.hunt_groups().filter(|(_, group)| (group.config.kind != HuntGroupKind::Ucd) == acd);
            groups.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        Ok(match kind {
            MonitorType::CALL => {
                let call = SwitchCallId::new(&named()?.number);
                self.exchange.call(&call).ok_or(Outcome::INVALID_CALL_IDENTIFIER)?;
                vec![Subject::Call(call)]
            }
            MonitorType::DEVICE | MonitorType::DEVICE_RESYNC => vec![Subject::Device(self.watched(named()?)?)],
            MonitorType::CALLS_VIA_DEVICE => vec![Subject::Via(self.device(named()?)?)],
            MonitorType::ALL_STATIONS | MonitorType::ALL_STATIONS_RESYNC => {
                of_nodes(self.exchange.stations().map(|(id, _)| id.clone()).collect())
            }
            MonitorType::ALL_TRUNKS => of_nodes(self.exchange.trunks().map(|(id, _)| id.clone()).collect()),
            MonitorType::AGENT => {
                let agent = AgentId::new(&named()?.number);
                if !self.exchange.agents().iter().any(|known| known.id == agent) {
                    return Err(Outcome::INVALID_AGENT);
                }
                vec![Subject::Agent(agent)]
            }
            MonitorType::CALL_TERMINATION => vec![Subject::Termination],
            MonitorType::ALL_VOICE_MAIL => of_nodes(self.exchange.voice_mails().map(|(id, _)| id.clone()).collect()),
            MonitorType::ALL_PRIVATE_TRUNKS => Vec::new(),
            MonitorType::SYSTEM => nodes.into_iter().map(Subject::System).collect(),
            MonitorType::ALL_UCD_GROUPS if is_advanced => of_nodes(groups(false)),
            MonitorType::ALL_ACD_GROUPS if is_advanced => of_nodes(groups(true)),
            _ => return Err(Outcome::VALUE_OUT_OF_RANGE),
        })
    }

    pub(super) fn monitor_stop(&mut self, monitor: Option<&MonitorId>) -> Replied {
        match monitor {
            None => self.connection.monitors.clear(),
            Some(monitor) => {
                let id = number(monitor)?;
                self.connection.monitors.stop(id).ok_or(Outcome::INVALID_MONITOR)?;
            }
        }
        DONE
    }

    pub(super) fn change_filter(&mut self, command: &Command, monitor: &MonitorId, filters: Filters) -> Replied {
        let version = self.profile.protocol;
        let monitor = self.connection.monitors.get_mut(number(monitor)?).ok_or(Outcome::INVALID_MONITOR)?;
        let is_system = matches!(monitor.subject, Subject::System(_));
        check_filters(command, if is_system { MonitorType::SYSTEM } else { MonitorType::DEVICE }, filters)?;
        monitor.masks = Masks::granted(filters, Some(monitor.masks), version);
        done(ConfirmationBody::Filters(monitor.masks.filters(is_system)))
    }

    pub(super) fn query_filter(&self, monitor: &MonitorId) -> Replied {
        let monitor = self.connection.monitors.get(number(monitor)?).ok_or(Outcome::INVALID_MONITOR)?;
        done(ConfirmationBody::Filters(monitor.masks.filters(matches!(monitor.subject, Subject::System(_)))))
    }
}

fn number(monitor: &MonitorId) -> Result<u32, Outcome> {
    monitor.as_str().parse().map_err(|_| Outcome::INVALID_MONITOR)
}

/// Filters that this type of monitor does not have, and arguments that are none.
fn check_filters(command: &Command, kind: MonitorType, filters: Filters) -> Result<(), Outcome> {
    for extra in &command.extra {
        let outcome = match extra.as_str().split_once(':') {
            None if extra.as_str().is_empty() => continue,
            None => Outcome::MISSING_FILTER_TYPE,
            Some(("A", _)) => Outcome::INVALID_AGENT_FILTER,
            Some(("C", _)) => Outcome::INVALID_CALL_FILTER,
            Some(("F", _)) => Outcome::INVALID_FEATURE_FILTER,
            Some(("S", _)) => Outcome::INVALID_SYSTEM_FILTER,
            Some(_) => Outcome::INVALID_FILTER_TYPE,
        };
        return Err(outcome);
    }
    let is_wrong =
        if kind == MonitorType::SYSTEM { filters.agent.or(filters.call).or(filters.feature).is_some() } else { filters.system.is_some() };
    if is_wrong { Err(Outcome::INVALID_FILTER_TYPE) } else { Ok(()) }
}
