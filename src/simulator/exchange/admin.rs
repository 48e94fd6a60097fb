//! Features of devices, and programming while the exchange runs.

use smol_str::SmolStr;

use super::action::Done;
use super::call::{Call, Leg, LegKey};
use super::config::{Address, DeeMember, Dnd, Forward, StationConfig};
use super::device::Station;
use super::fact::{CallFactKind, DeviceFact, DeviceFactKind, SystemFact, What};
use super::refusal::Refusal;
use super::{Cause, Exchange};
use crate::telephony::{DeviceId, SwitchCallId};

impl Exchange {
    pub(super) fn set_account(&mut self, device: &DeviceId, call: Option<&SwitchCallId>, code: SmolStr) -> Result<Done, Refusal> {
        self.acting(device)?;
        let leg = self.meant(device, call, takes_part, Refusal::NoActiveCall)?;
        let call = self.call_of.get(&leg).copied().ok_or(Refusal::InvalidCall)?;
        if let Some(open) = self.open(call) {
            open.account = Some(code);
        }
        self.tell(call, CallFactKind::Information { device: device.clone() }, Cause::NewCall);
        Ok(self.done_in(call))
    }

    pub(super) fn modify(
        &mut self,
        device: &DeviceId,
        call: &SwitchCallId,
        name: Option<SmolStr>,
        number: Option<SmolStr>,
        trunk_name: Option<SmolStr>,
        trunk_number: Option<SmolStr>,
    ) -> Result<Done, Refusal> {
        if !self.is_device(device) {
            return Err(Refusal::InvalidDevice);
        }
        let leg = self.meant(device, Some(call), |_, _| true, Refusal::InvalidCall)?;
        let call = self.call_of.get(&leg).copied().ok_or(Refusal::InvalidCall)?;
        if let Some(open) = self.open(call) {
            let is_outside = open.calling_side.is_outside;
            open.outside_name = name.or_else(|| open.outside_name.take());
            open.trunk_name = trunk_name.or_else(|| open.trunk_name.take());
            open.trunk_number = trunk_number.or_else(|| open.trunk_number.take());
            if let Some(number) = number.filter(|_| is_outside) {
                open.calling_side.number = Some(number);
            }
        }
        self.tell(call, CallFactKind::Information { device: device.clone() }, Cause::NewCall);
        Ok(self.done_in(call))
    }

    pub(super) fn set_dnd(&mut self, device: &DeviceId, dnd: Option<Dnd>) -> Result<Done, Refusal> {
        if dnd.as_ref().is_some_and(|dnd| !(1..=20).contains(&dnd.message) || dnd.text.chars().count() > 16) {
            return Err(Refusal::OutOfRange);
        }
        self.known(device)?.dnd.clone_from(&dnd);
        self.tell_device(device, DeviceFactKind::DoNotDisturb(dnd));
        Ok(Done::default())
    }

    pub(super) fn set_forward(&mut self, device: &DeviceId, forward: Option<Forward>) -> Result<Done, Refusal> {
        let node = self.known(device)?.config.address.node;
        if let Some(forward) = &forward {
            let target = self.resolve(node, &forward.to).ok_or(Refusal::InvalidDestination)?;
            if target.device() == device {
                return Err(Refusal::InvalidDestination);
            }
        }
        self.known(device)?.forward.clone_from(&forward);
        self.tell_device(device, DeviceFactKind::Forwarding(forward));
        Ok(Done::default())
    }

    pub(super) fn set_online(&mut self, device: &DeviceId, online: bool) -> Result<Done, Refusal> {
        if self.known(device)?.is_online == online {
            return Ok(Done::default());
        }
        if !online {
            let legs: Vec<LegKey> = self.legs_of(device).filter(|(_, leg)| !leg.is_ringing()).map(|(_, leg)| leg.key).collect();
            for leg in legs {
                self.depart(leg);
            }
        }
        self.known(device)?.is_online = online;
        self.tell_device(device, DeviceFactKind::Online(online));
        Ok(Done::default())
    }

    pub(super) fn set_hunt_groups(&mut self, device: &DeviceId, on: bool) -> Result<Done, Refusal> {
        self.known(device)?.takes_group_calls = on;
        self.tell_device(device, DeviceFactKind::HuntGroups(on));
        Ok(Done::default())
    }

    pub(super) fn hot_desk(&mut self, device: &DeviceId, at: Option<DeviceId>) -> Result<Done, Refusal> {
        self.known(device)?;
        if self.legs_at.contains_key(device) {
            return Err(Refusal::WrongState);
        }
        let former = self.stations.iter().find(|(_, station)| station.taken_by.as_ref() == Some(device)).map(|(id, _)| id.clone());
        if let Some(telephone) = &at {
            let is_free = self.known(telephone)?.taken_by.is_none();
            if !is_free || !self.known(telephone)?.is_online || self.legs_at.contains_key(telephone) || telephone == device {
                return Err(Refusal::WrongState);
            }
        }
        if let Some(former) = former {
            self.known(&former)?.taken_by = None;
            self.set_online(&former, true)?;
        }
        let Some(telephone) = at else { return self.set_online(device, false) };
        self.known(&telephone)?.taken_by = Some(device.clone());
        self.set_online(&telephone, false)?;
        self.set_online(device, true)
    }

    pub(super) fn set_members(&mut self, group: &DeviceId, members: Vec<SmolStr>) -> Result<Done, Refusal> {
        let found = self.hunt_groups.get(group).ok_or(Refusal::InvalidDevice)?;
        if members.iter().any(|member| !self.can_be_member(found.config.kind, member)) {
            return Err(Refusal::InvalidDestination);
        }
        self.replace_members(group, members);
        Ok(Done::default())
    }

    fn replace_members(&mut self, group: &DeviceId, members: Vec<SmolStr>) {
        if let Some(found) = self.hunt_groups.get_mut(group) {
            let count = members.len();
            found.config.members = members;
            self.tell_what(What::System(SystemFact::MembersChanged { group: group.clone(), count }));
        }
    }

    pub(super) fn set_night(&mut self, node: u16, on: bool) -> Result<Done, Refusal> {
        self.known_node(node)?;
        let changed = if on { self.night.insert(node) } else { self.night.remove(&node) };
        if changed {
            self.tell_what(What::System(SystemFact::NightMode { node, on }));
        }
        Ok(Done::default())
    }

    pub(super) fn node_link(&mut self, node: u16, up: bool) -> Result<Done, Refusal> {
        self.known_node(node)?;
        let changed = if up { self.cut_off.remove(&node) } else { self.cut_off.insert(node) };
        if changed {
            self.tell_what(What::System(SystemFact::NodeLink { node, up }));
        }
        Ok(Done::default())
    }

    pub(super) fn rename(&mut self, device: &DeviceId, name: SmolStr) -> Result<Done, Refusal> {
        self.known(device)?.config.name = name.clone();
        self.tell_what(What::System(SystemFact::StationRenamed { device: device.clone(), name }));
        Ok(Done::default())
    }

    pub(super) fn create_station(&mut self, config: StationConfig) -> Result<Done, Refusal> {
        self.known_node(config.address.node)?;
        let id = self.config.device(&config.address);
        if self.is_device(&id) {
            return Err(Refusal::AlreadyThere);
        }
        let (node, kind) = (config.address.node, config.kind);
        self.stations.insert(id.clone(), Station::new(config));
        self.tell_what(What::System(SystemFact::ExtensionChanged { node, old: None, new: Some(id), kind }));
        Ok(Done::default())
    }

    pub(super) fn remove_station(&mut self, device: &DeviceId) -> Result<Done, Refusal> {
        let config = self.idle(device)?;
        if self.logins.contains_key(device) {
            self.log_off(device, None)?;
        }
        self.replace_everywhere(device, None);
        self.stations.remove(device);
        let fact = SystemFact::ExtensionChanged { node: config.address.node, old: Some(device.clone()), new: None, kind: config.kind };
        self.tell_what(What::System(fact));
        Ok(Done::default())
    }

    pub(super) fn renumber_station(&mut self, device: &DeviceId, number: SmolStr) -> Result<Done, Refusal> {
        let config = self.idle(device)?;
        let address = Address { node: config.address.node, number };
        let id = self.config.device(&address);
        if self.is_device(&id) {
            return Err(Refusal::AlreadyThere);
        }
        let Some(mut station) = self.stations.remove(device) else { return Err(Refusal::InvalidDevice) };
        station.config.address = address;
        self.stations.insert(id.clone(), station);
        self.replace_everywhere(device, Some(&id));
        let fact = SystemFact::ExtensionChanged { node: config.address.node, old: Some(device.clone()), new: Some(id), kind: config.kind };
        self.tell_what(What::System(fact));
        Ok(Done::default())
    }

    /// Whatever refers to a station refers to another one from here on, or to none.
    fn replace_everywhere(&mut self, old: &DeviceId, new: Option<&DeviceId>) {
        let has = |members: &Vec<SmolStr>| members.iter().any(|member| member == old.as_str());
        let groups = self.hunt_groups.iter().filter(|(_, group)| has(&group.config.members));
        let groups: Vec<(DeviceId, Vec<SmolStr>)> = groups.map(|(id, group)| (id.clone(), group.config.members.clone())).collect();
        for (id, members) in groups {
            let other = |member: SmolStr| if member == old.as_str() { new.map(|new| SmolStr::new(new.as_str())) } else { Some(member) };
            self.replace_members(&id, members.into_iter().filter_map(other).collect());
        }
        for user in self.dee.values_mut() {
            let is_old = |member: &DeeMember| *member == DeeMember::Station(old.clone());
            match new {
                Some(new) => {
                    for member in user.members.iter_mut().filter(|member| is_old(member)) {
                        *member = DeeMember::Station(new.clone());
                    }
                }
                None => user.members.retain(|member| !is_old(member)),
            }
        }
        if let Some(user) = self.dee.remove(old)
            && let Some(new) = new
        {
            self.dee.insert(new.clone(), user);
        }
        if let (Some(login), Some(new)) = (self.logins.remove(old), new) {
            self.logins.insert(new.clone(), login);
        }
        for station in self.stations.values_mut().filter(|station| station.taken_by.as_ref() == Some(old)) {
            station.taken_by = new.cloned();
        }
    }

    fn idle(&self, device: &DeviceId) -> Result<StationConfig, Refusal> {
        let station = self.stations.get(device).ok_or(Refusal::InvalidDevice)?;
        if self.legs_at.contains_key(device) { Err(Refusal::WrongState) } else { Ok(station.config.clone()) }
    }

    fn known(&mut self, device: &DeviceId) -> Result<&mut Station, Refusal> {
        let is_other = !self.stations.contains_key(device) && self.is_device(device);
        let refusal = if is_other { Refusal::Incompatible } else { Refusal::InvalidDevice };
        self.stations.get_mut(device).ok_or(refusal)
    }

    fn known_node(&self, node: u16) -> Result<(), Refusal> {
        if self.config.nodes.iter().any(|known| known.number == node) { Ok(()) } else { Err(Refusal::InvalidDevice) }
    }

    fn tell_device(&mut self, device: &DeviceId, kind: DeviceFactKind) {
        self.tell_what(What::Device(DeviceFact { device: device.clone(), kind }));
    }
}

fn takes_part(_: &Call, leg: &Leg) -> bool {
    !leg.is_ringing()
}
