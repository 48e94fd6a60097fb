//! Who and what there is to choose from.

use smol_str::SmolStr;

use crate::simulator::exchange::{Config, DeeMember, Exchange, HuntGroupKind, StationKind};
use crate::telephony::{AgentId, DeviceId};

/// The site as the load sees it.
#[derive(Default, Debug)]
pub(super) struct Office {
    /// Telephones that people use, with their numbers as dialled.
    pub(super) stations: Vec<(DeviceId, SmolStr)>,
    /// Extensions without a telephone.
    pub(super) phantoms: Vec<DeviceId>,
    /// Main extensions of users with several devices, as dialled.
    pub(super) mains: Vec<(DeviceId, SmolStr)>,
    /// Every station among the devices of such users.
    pub(super) dee_devices: Vec<DeviceId>,
    /// Hunt groups, as dialled.
    pub(super) groups: Vec<SmolStr>,
    pub(super) voice_mails: Vec<SmolStr>,
    /// What leads outside.
    pub(super) access: Option<SmolStr>,
    pub(super) agents: Vec<AgentId>,
    /// Who logs on where when the office opens; without an agent ID: the extension itself.
    pub(super) shift: Vec<(DeviceId, Option<AgentId>)>,
    pub(super) nodes: Vec<u16>,
}

impl Office {
    pub(super) fn of(exchange: &Exchange) -> Self {
        let stations = |wanted: fn(StationKind) -> bool| {
            let all = exchange.stations().filter(move |(_, station)| wanted(station.config.kind));
            all.map(|(device, station)| (device.clone(), station.config.address.number.clone()))
        };
        let members = exchange.dee().flat_map(|(main, dee)| {
            let members = dee.members.iter().filter_map(|member| match member {
                DeeMember::Station(station) => Some(station.clone()),
                DeeMember::Outside(_) => None,
            });
            std::iter::once(main.clone()).chain(members)
        });
        let number = |device: &DeviceId| exchange.place(device).map(|address| address.number.clone());
        Self {
            stations: stations(|kind| kind != StationKind::Phantom).collect(),
            phantoms: stations(|kind| kind == StationKind::Phantom).map(|(device, _)| device).collect(),
            mains: exchange.dee().filter_map(|(main, _)| Some((main.clone(), number(main)?))).collect(),
            dee_devices: members.collect(),
            groups: exchange.hunt_groups().map(|(_, group)| group.config.address.number.clone()).collect(),
            voice_mails: exchange.voice_mails().map(|(_, application)| application.address.number.clone()).collect(),
            access: exchange.trunk_groups().next().map(|(_, group)| group.config.access.clone()),
            agents: exchange.agents().iter().map(|agent| agent.id.clone()).collect(),
            shift: shift(exchange.config()),
            nodes: exchange.nodes().iter().map(|node| node.number).collect(),
        }
    }
}

/// Agents log on at the station of their own name, else where nobody else works; members without agent IDs at their own.
fn shift(site: &Config) -> Vec<(DeviceId, Option<AgentId>)> {
    let of_kind = |kind| site.hunt_groups.iter().filter(move |group| group.kind == kind).flat_map(|group| &group.members);
    let mut shift: Vec<(DeviceId, Option<AgentId>)> = of_kind(HuntGroupKind::Acd).map(|member| (DeviceId::new(member), None)).collect();
    let is_member = |device: &DeviceId| site.hunt_groups.iter().any(|group| group.members.iter().any(|member| member == device.as_str()));
    for id in of_kind(HuntGroupKind::AcdWithAgents) {
        let agent = AgentId::new(id);
        if shift.iter().any(|(_, there)| there.as_ref() == Some(&agent)) {
            continue;
        }
        let name = site.agents.iter().find(|config| config.id == agent).map(|config| &config.name);
        let stations = || site.stations.iter().filter(|station| station.kind != StationKind::Phantom);
        let free = |device: &DeviceId| shift.iter().all(|(taken, _)| taken != device);
        let own = stations().find(|station| Some(&station.name) == name).map(|station| site.device(&station.address));
        let spare = || stations().rev().map(|station| site.device(&station.address)).find(|device| free(device) && !is_member(device));
        if let Some(device) = own.filter(|device| free(device)).or_else(spare) {
            shift.push((device, Some(agent)));
        }
    }
    shift
}
