//! Which devices there are, their agents and features (CSTA reference §6.4, §6.5).

use smol_str::SmolStr;
use strowger_protocol::csta::request::{
    DeviceAttributes, DeviceQuery, GetAgentState, GetSwitchingFunctionDevices, ListedDevice, ListedDevices, Request, SetAgentState,
    SetDoNotDisturb, SetForwarding, SwitchingFunctionDevices,
};
use strowger_protocol::csta::response::{
    AgentInfo, AgentInfoItem, AgentStateEntry, AgentStateList, AgentStates, DevicesFollow, DoNotDisturbState, ForwardList, ForwardListItem,
    Forwardings, GroupDeviceAttributes, LogicalDeviceInformation, Response,
};
use strowger_protocol::csta::word::{AgentState, DeviceCategory, ForwardingType, RequestedAgentState, RequestedDeviceCategory};
use strowger_protocol::csta::{DeviceId as Named, ErrorCode};

use super::{Answered, Context};
use crate::simulator::csta::tell::{forwarding_kinds, is_busy};
use crate::simulator::exchange::{Action, AgentMode, Dnd, Forward, ForwardKind, HuntGroupKind, Login};
use crate::telephony::{AgentId, DeviceId};

impl Context<'_> {
    pub(super) fn devices(&mut self, wanted: &GetSwitchingFunctionDevices) -> Answered {
        if !self.profile.lists_devices {
            return Err(ErrorCode::not_supported());
        }
        let is_wanted = |category: &DeviceCategory| match &wanted.category {
            None => true,
            Some(RequestedDeviceCategory::Station) => *category == DeviceCategory::Station,
            Some(RequestedDeviceCategory::NetworkInterface) => *category == DeviceCategory::NetworkInterface,
            Some(RequestedDeviceCategory::VoiceUnit) => *category == DeviceCategory::VoiceUnit,
            Some(RequestedDeviceCategory::GroupHunt | RequestedDeviceCategory::GroupAcd | RequestedDeviceCategory::Acd) => {
                *category == DeviceCategory::Group
            }
            Some(_) => false,
        };
        let mut all: Vec<ListedDevice> = self
            .all_devices()
            .into_iter()
            .filter(|(_, category)| is_wanted(category))
            .map(|(device, category)| {
                let attributes = (category == DeviceCategory::Group).then(|| DeviceAttributes::default().with("groupHunt", true));
                ListedDevice { id: self.naming.device(device.as_str()), category: Some(category), attributes, ..ListedDevice::default() }
            })
            .collect();
        let service = self.number();
        let size = self.profile.list_segment.max(1);
        let parts = all.len().div_ceil(size).max(1);
        for part in 1..=parts {
            let rest = all.split_off(size.min(all.len()));
            let devices = std::mem::replace(&mut all, rest);
            let list = SwitchingFunctionDevices {
                service: service.clone(),
                segment: u32::try_from(part).ok(),
                last: Some(part == parts),
                list: ListedDevices { devices, ..ListedDevices::default() },
                ..SwitchingFunctionDevices::default()
            };
            self.after.push(Request::SwitchingFunctionDevices(Box::new(list)));
        }
        Ok(Some(Response::GetSwitchingFunctionDevices(Box::new(DevicesFollow { service, ..DevicesFollow::default() }))))
    }

    fn all_devices(&self) -> Vec<(DeviceId, DeviceCategory)> {
        let of = |category: DeviceCategory| move |device: &DeviceId| (device.clone(), category.clone());
        let exchange = &self.exchange;
        let stations = exchange.stations().map(|(device, _)| device).map(of(DeviceCategory::Station));
        let groups = exchange.hunt_groups().map(|(device, _)| device).map(of(DeviceCategory::Group));
        let trunks = exchange.trunks().map(|(device, _)| device).map(of(DeviceCategory::NetworkInterface));
        let mails = exchange.voice_mails().map(|(device, _)| device).map(of(DeviceCategory::VoiceUnit));
        stations.chain(groups).chain(trunks).chain(mails).collect()
    }

    pub(super) fn logical_device(&mut self, query: &DeviceQuery) -> Answered {
        let device = self.device(&query.device)?;
        let category = self.all_devices().into_iter().find(|(there, _)| *there == device).map(|(_, category)| category);
        let group = self.exchange.hunt_group(&device).map(|group| {
            let kind = if group.config.kind == HuntGroupKind::Ucd { "hunt" } else { "acd" };
            GroupDeviceAttributes::default().with(kind, true)
        });
        let has_physical = Some(self.exchange.station(&device).is_some());
        let information = LogicalDeviceInformation { category, group, has_physical, ..LogicalDeviceInformation::default() };
        Ok(Some(Response::GetLogicalDeviceInformation(Box::new(information))))
    }

    pub(super) fn agent_state(&mut self, get: &GetAgentState) -> Answered {
        if !self.profile.agents {
            return Err(ErrorCode::not_supported());
        }
        let device = self.device(&get.device)?;
        let entries = self.exchange.login(&device).map(|login| self.agent(&device, login)).into_iter().collect();
        let list = AgentStateList { entries, ..AgentStateList::default() };
        Ok(Some(Response::GetAgentState(Box::new(AgentStates { list, ..AgentStates::default() }))))
    }

    fn agent(&self, device: &DeviceId, login: &Login) -> AgentStateEntry {
        let state = match login.mode {
            AgentMode::Ready => AgentState::AgentReady,
            AgentMode::NotReady if is_busy(self.exchange, device) => AgentState::AgentBusy,
            AgentMode::NotReady => AgentState::AgentNotReady,
            AgentMode::WorkingAfterCall => AgentState::AgentWorkingAfterCall,
        };
        let item = |group: &DeviceId| AgentInfoItem {
            group: Some(self.naming.device(group.as_str())),
            state: Some(state.clone()),
            ..AgentInfoItem::default()
        };
        AgentStateEntry {
            agent: login.agent.as_ref().map(|agent| SmolStr::new(agent.as_str())),
            logged_on: Some(true),
            info: Some(AgentInfo { items: login.groups.iter().map(item).collect(), ..AgentInfo::default() }),
            ..AgentStateEntry::default()
        }
    }

    pub(super) fn set_agent_state(&mut self, set: &SetAgentState) -> Answered {
        let device = self.device(&set.device)?;
        let group = set.group.as_ref().map(|group| DeviceId::new(group.number()));
        let action = match &set.state {
            Some(RequestedAgentState::LoggedOn) => Action::LogOn { device, agent: set.agent.as_ref().map(AgentId::new), group },
            Some(RequestedAgentState::LoggedOff) => Action::LogOff { device, group },
            Some(RequestedAgentState::Ready) => Action::SetReady { device, ready: true },
            Some(RequestedAgentState::NotReady) => Action::SetReady { device, ready: false },
            _ => return Err(ErrorCode::Operation(SmolStr::new_static("invalidAgentState"))),
        };
        self.act(action)?;
        Ok(Some(Response::SetAgentState(Box::default())))
    }

    pub(super) fn forwarding(&mut self, query: &DeviceQuery) -> Answered {
        let device = self.device(&query.device)?;
        let forward = self.exchange.station(&device).and_then(|station| station.forward.clone());
        let item = |forward: &Forward, kind: &ForwardingType| ForwardListItem {
            kind: Some(kind.clone()),
            on: Some(true),
            to: Some(self.naming.device(&forward.to)),
            ..ForwardListItem::default()
        };
        let items = forward.iter().flat_map(|forward| forwarding_kinds(forward.kind).iter().map(|kind| item(forward, kind))).collect();
        let list = ForwardList { items, ..ForwardList::default() };
        Ok(Some(Response::GetForwarding(Box::new(Forwardings { list, ..Forwardings::default() }))))
    }

    pub(super) fn set_forwarding(&mut self, set: &SetForwarding) -> Answered {
        let device = self.device(&set.device)?;
        let kind = match &set.kind {
            None | Some(ForwardingType::ForwardImmediate) => ForwardKind::All,
            Some(ForwardingType::ForwardBusy) => ForwardKind::Busy,
            Some(ForwardingType::ForwardNoAns) => ForwardKind::NoAnswer,
            Some(_) => return Err(ErrorCode::Operation(SmolStr::new_static("parameterNotSupported"))),
        };
        let to = set.to.as_ref().map(Named::number).filter(|to| !to.is_empty());
        let forward = match (set.on, to) {
            (Some(false), _) => None,
            (_, Some(to)) => Some(Forward { kind, to: to.into() }),
            (_, None) => return Err(ErrorCode::Operation(SmolStr::new_static("invalidDestination"))),
        };
        self.act(Action::SetForward { device, forward })?;
        Ok(Some(Response::SetForwarding(Box::default())))
    }

    pub(super) fn do_not_disturb(&mut self, query: &DeviceQuery) -> Answered {
        let device = self.device(&query.device)?;
        let on = self.exchange.station(&device).map(|station| station.dnd.is_some());
        Ok(Some(Response::GetDoNotDisturb(Box::new(DoNotDisturbState { on, ..DoNotDisturbState::default() }))))
    }

    pub(super) fn set_do_not_disturb(&mut self, set: &SetDoNotDisturb) -> Answered {
        let device = self.device(&set.device)?;
        let dnd = (set.on != Some(false)).then(|| Dnd { message: 1, text: SmolStr::default() });
        self.act(Action::SetDnd { device, dnd })?;
        Ok(Some(Response::SetDoNotDisturb(Box::default())))
    }
}
