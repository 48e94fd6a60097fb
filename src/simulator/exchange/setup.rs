//! From what is programmed to an exchange without calls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use smol_str::SmolStr;

use super::config::{Config, DeeMember, HuntGroupKind, Mistake, NodeConfig};
use super::device::{Dee, HuntGroup, Station, Trunk, TrunkGroup};
use super::number::Numbers;
use super::{Exchange, timer};
use crate::simulator::truth::{Ledger, Settings};
use crate::telephony::{DeviceId, Time};

/// As many numbers for calls as there may be.
const CALL_IDS_MAX: u32 = 60_000;

impl Exchange {
    /// An exchange without calls, and what its truth is told with.
    pub fn new(mut config: Config, truth: Settings) -> Result<Self, Mistake> {
        if config.nodes.is_empty() {
            config.nodes.push(NodeConfig { number: 1, name: SmolStr::new_static("Node 1") });
        }
        check(&config)?;
        let mut exchange = Self {
            stations: BTreeMap::new(),
            trunks: BTreeMap::new(),
            trunk_groups: BTreeMap::new(),
            hunt_groups: BTreeMap::new(),
            voice_mails: BTreeMap::new(),
            dee: BTreeMap::new(),
            logins: BTreeMap::new(),
            night: BTreeSet::new(),
            cut_off: BTreeSet::new(),
            calls: BTreeMap::new(),
            call_of: BTreeMap::new(),
            legs_at: BTreeMap::new(),
            numbers: Numbers::new(config.options.call_id_prefix.clone(), config.options.call_ids),
            timers: timer::Timers::default(),
            now: Time::MIN,
            next: 0,
            touched: BTreeSet::new(),
            wrap_ups: BTreeMap::new(),
            facts: VecDeque::new(),
            ledger: Ledger::new(truth),
            config,
        };
        exchange.install()?;
        exchange.check_references()?;
        Ok(exchange)
    }

    fn install(&mut self) -> Result<(), Mistake> {
        let config = self.config.clone();
        for station in config.stations {
            let id = self.free_number(&config_id(&self.config, &station.address))?;
            self.stations.insert(id, Station::new(station));
        }
        for trunk in config.trunks {
            let id = self.free_number(&config_id(&self.config, &trunk.address))?;
            self.trunks.insert(id, Trunk { config: trunk });
        }
        for group in config.trunk_groups {
            let id = self.free_number(&config_id(&self.config, &group.address))?;
            self.trunk_groups.insert(id, TrunkGroup { config: group });
        }
        for group in config.hunt_groups {
            let id = self.free_number(&config_id(&self.config, &group.address))?;
            self.hunt_groups.insert(id, HuntGroup { config: group, queue: Vec::new(), last_tried: None });
        }
        for application in config.voice_mails {
            let id = self.free_number(&config_id(&self.config, &application.address))?;
            self.voice_mails.insert(id, application);
        }
        for user in config.dee {
            if self.dee.insert(user.main.clone(), Dee { members: user.members, is_on: user.is_on }).is_some() {
                return Err(Mistake::Twice(user.main));
            }
        }
        Ok(())
    }

    fn free_number(&self, id: &DeviceId) -> Result<DeviceId, Mistake> {
        if self.is_device(id) { Err(Mistake::Twice(id.clone())) } else { Ok(id.clone()) }
    }

    fn check_references(&self) -> Result<(), Mistake> {
        let dangling = |of: &DeviceId, to: &str| Mistake::Dangling { of: SmolStr::new(of.as_str()), to: SmolStr::new(to) };
        for (id, group) in &self.trunk_groups {
            if let Some(missing) = group.config.trunks.iter().find(|trunk| !self.trunks.contains_key(*trunk)) {
                return Err(dangling(id, missing.as_str()));
            }
        }
        for (id, group) in &self.hunt_groups {
            if let Some(missing) = group.config.members.iter().find(|member| !self.can_be_member(group.config.kind, member)) {
                return Err(dangling(id, missing));
            }
        }
        for (main, user) in &self.dee {
            if !self.stations.contains_key(main) {
                return Err(dangling(main, main.as_str()));
            }
            for member in &user.members {
                if let DeeMember::Station(device) = member
                    && !self.stations.contains_key(device)
                {
                    return Err(dangling(main, device.as_str()));
                }
            }
        }
        Ok(())
    }

    /// Whether a hunt group of that kind can have that member.
    pub(super) fn can_be_member(&self, kind: HuntGroupKind, member: &str) -> bool {
        match kind {
            HuntGroupKind::AcdWithAgents => self.config.agents.iter().any(|agent| agent.id.as_str() == member),
            HuntGroupKind::Ucd | HuntGroupKind::Acd => self.stations.contains_key(member),
        }
    }
}

fn config_id(config: &Config, address: &super::Address) -> DeviceId {
    config.device(address)
}

fn check(config: &Config) -> Result<(), Mistake> {
    let places = config.stations.iter().map(|d| &d.address);
    let places = places.chain(config.trunks.iter().map(|d| &d.address)).chain(config.trunk_groups.iter().map(|d| &d.address));
    let places = places.chain(config.hunt_groups.iter().map(|d| &d.address)).chain(config.voice_mails.iter().map(|d| &d.address));
    for address in places {
        if !config.nodes.iter().any(|node| node.number == address.node) {
            return Err(Mistake::NoNode(config.device(address)));
        }
    }
    if !(1..=CALL_IDS_MAX).contains(&config.options.call_ids) {
        return Err(Mistake::OutOfRange("call_ids"));
    }
    if !(3..=8).contains(&config.options.conference_max) {
        return Err(Mistake::OutOfRange("conference_max"));
    }
    Ok(())
}
