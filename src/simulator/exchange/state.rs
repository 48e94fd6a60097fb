//! What is: for lists, snapshots and resynchronisation.

use super::call::{Call, CallKey, Leg, LegKey};
use super::config::{AgentConfig, Config, NodeConfig, VoiceMailConfig};
use super::device::{Dee, HuntGroup, Login, Station, Trunk, TrunkGroup};
use super::refusal::Refusal;
use super::route::Target;
use super::{Exchange, HuntGroupKind};
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

impl Exchange {
    /// As programmed at the start.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The nodes.
    pub fn nodes(&self) -> &[NodeConfig] {
        &self.config.nodes
    }

    /// The node that a device is on, and its number there.
    pub fn place(&self, device: &DeviceId) -> Option<&super::Address> {
        let station = self.stations.get(device).map(|d| &d.config.address);
        let trunk = || self.trunks.get(device).map(|d| &d.config.address);
        let hunt_group = || self.hunt_groups.get(device).map(|d| &d.config.address);
        let trunk_group = || self.trunk_groups.get(device).map(|d| &d.config.address);
        let voice_mail = || self.voice_mails.get(device).map(|d| &d.address);
        station.or_else(trunk).or_else(hunt_group).or_else(trunk_group).or_else(voice_mail)
    }

    /// Telephones, in the order of their ids.
    pub fn stations(&self) -> impl Iterator<Item = (&DeviceId, &Station)> {
        self.stations.iter()
    }

    /// That telephone.
    pub fn station(&self, device: &DeviceId) -> Option<&Station> {
        self.stations.get(device)
    }

    /// Trunks, in the order of their ids.
    pub fn trunks(&self) -> impl Iterator<Item = (&DeviceId, &Trunk)> {
        self.trunks.iter()
    }

    /// That trunk.
    pub fn trunk(&self, device: &DeviceId) -> Option<&Trunk> {
        self.trunks.get(device)
    }

    /// Trunk groups, in the order of their ids.
    pub fn trunk_groups(&self) -> impl Iterator<Item = (&DeviceId, &TrunkGroup)> {
        self.trunk_groups.iter()
    }

    /// Hunt groups, in the order of their ids.
    pub fn hunt_groups(&self) -> impl Iterator<Item = (&DeviceId, &HuntGroup)> {
        self.hunt_groups.iter()
    }

    /// That hunt group.
    pub fn hunt_group(&self, device: &DeviceId) -> Option<&HuntGroup> {
        self.hunt_groups.get(device)
    }

    /// The calls at a hunt group, in order of arrival, those that ring a member included.
    pub fn calls_at(&self, group: &DeviceId) -> impl Iterator<Item = &Call> {
        self.hunt_groups.get(group).into_iter().flat_map(|group| &group.queue).filter_map(|key| self.calls.get(key))
    }

    /// Voice mail applications, in the order of their ids.
    pub fn voice_mails(&self) -> impl Iterator<Item = (&DeviceId, &VoiceMailConfig)> {
        self.voice_mails.iter()
    }

    /// Agent IDs, as programmed.
    pub fn agents(&self) -> &[AgentConfig] {
        &self.config.agents
    }

    /// Who is logged on where.
    pub fn logins(&self) -> impl Iterator<Item = (&DeviceId, &Login)> {
        self.logins.iter()
    }

    /// Who is logged on at that station.
    pub fn login(&self, device: &DeviceId) -> Option<&Login> {
        self.logins.get(device)
    }

    /// Where that agent is logged on.
    pub fn agent_place(&self, agent: &AgentId) -> Option<&DeviceId> {
        self.logins.iter().find(|(_, login)| login.agent.as_ref() == Some(agent)).map(|(device, _)| device)
    }

    /// Users with several devices: the main extension and the others.
    pub fn dee(&self) -> impl Iterator<Item = (&DeviceId, &Dee)> {
        self.dee.iter()
    }

    /// Night mode is on there.
    pub fn is_night(&self, node: u16) -> bool {
        self.night.contains(&node)
    }

    /// The way to that node is there.
    pub fn is_linked(&self, node: u16) -> bool {
        !self.cut_off.contains(&node)
    }

    /// Open calls, older ones first, those included that are a dial tone only.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// The open call that bears that number, or has a part that does.
    pub fn call(&self, id: &SwitchCallId) -> Option<&Call> {
        self.calls.values().find(|call| call.id == *id || call.legs.iter().any(|leg| leg.id == *id))
    }

    /// The parts that a device has in calls, in order of appearance, each with its call.
    pub fn legs_of(&self, device: &DeviceId) -> impl Iterator<Item = (&Call, &Leg)> {
        let keys = self.legs_at.get(device.as_str()).map_or(&[][..], Vec::as_slice);
        keys.iter().filter_map(|key| self.leg(*key))
    }

    /// The station, hunt group or voice mail application that digits lead to when that device dials them; `None`: outside, or nowhere.
    pub fn destination(&self, from: &DeviceId, digits: &str) -> Option<DeviceId> {
        match self.resolve(self.node_of(from), digits)? {
            Target::Outside(..) => None,
            inside => Some(inside.device().clone()),
        }
    }

    /// Whether there is such a device.
    pub fn is_device(&self, device: &DeviceId) -> bool {
        self.place(device).is_some()
    }

    /// The members of a hunt group that can be rung at present, by station: those logged on, where log-on is needed.
    pub fn members_present(&self, group: &HuntGroup, id: &DeviceId) -> Vec<DeviceId> {
        let members = group.config.members.iter();
        match group.config.kind {
            HuntGroupKind::Ucd => members.map(DeviceId::new).collect(),
            HuntGroupKind::Acd => {
                let is_in = |device: &DeviceId| self.logins.get(device).is_some_and(|login| login.groups.contains(id));
                members.map(DeviceId::new).filter(is_in).collect()
            }
            HuntGroupKind::AcdWithAgents => {
                let place = |agent: &smol_str::SmolStr| {
                    let place = self.agent_place(&AgentId::new(agent))?;
                    self.logins.get(place).is_some_and(|login| login.groups.contains(id)).then(|| place.clone())
                };
                members.filter_map(place).collect()
            }
        }
    }

    pub(super) fn leg(&self, key: LegKey) -> Option<(&Call, &Leg)> {
        let call = self.calls.get(self.call_of.get(&key)?)?;
        Some((call, call.leg(key)?))
    }

    pub(super) fn open(&mut self, key: CallKey) -> Option<&mut Call> {
        self.calls.get_mut(&key)
    }

    /// A station that acts.
    pub(super) fn acting(&self, device: &DeviceId) -> Result<&Station, Refusal> {
        match self.stations.get(device) {
            Some(station) if station.is_online => Ok(station),
            Some(_) => Err(Refusal::OutOfService),
            None if self.is_device(device) => Err(Refusal::Incompatible),
            None => Err(Refusal::InvalidDevice),
        }
    }

    /// The device's leg that is meant: the one of that number, which must be fit; without a number the only fit one.
    pub(super) fn meant(
        &self,
        device: &DeviceId,
        call: Option<&SwitchCallId>,
        is_fit: impl Fn(&Call, &Leg) -> bool,
        otherwise: Refusal,
    ) -> Result<LegKey, Refusal> {
        if let Some(id) = call {
            let Some((call, leg)) = self.legs_of(device).find(|(_, leg)| leg.id == *id) else {
                let is_former = self.legs_of(device).any(|(_, leg)| leg.former.as_ref() == Some(id));
                return Err(if is_former { Refusal::CallRenumbered } else { Refusal::InvalidCall });
            };
            return if is_fit(call, leg) { Ok(leg.key) } else { Err(otherwise) };
        }
        let mut fit = self.legs_of(device).filter(|(call, leg)| is_fit(call, leg));
        match (fit.next(), fit.next()) {
            (Some((_, leg)), None) => Ok(leg.key),
            (Some(_), Some(_)) => Err(Refusal::InvalidCall),
            (None, _) => Err(otherwise),
        }
    }

    /// The station has a conversation, a dial tone or a tone of failure.
    pub(super) fn is_active(&self, device: &DeviceId) -> bool {
        self.legs_of(device).any(|(_, leg)| leg.is_active())
    }

    /// The station would have to let a call wait.
    pub(super) fn is_busy(&self, device: &DeviceId) -> bool {
        self.legs_of(device).any(|(_, leg)| leg.is_active() || leg.is_ringing())
    }
}
