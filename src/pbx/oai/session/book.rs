//! What the PBX's lists said: hunt groups, who is logged on in them, how much there is of everything.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use strowger_protocol::oai::{EventBody, Extension, HuntGroupType, ListType};

use super::task::Part;

/// Hunt groups that are followed; the PBX has a few hundred at most.
const GROUPS_MAX: usize = 4_000;
/// Trunks that are asked for their calls in a resync; of further ones only those that talk are found again.
const TRUNKS_MAX: usize = 500;
/// Logins that are remembered, one for each agent and group.
const LOGINS_MAX: usize = 100_000;
/// Entries of one list that are counted; a list that goes on is over here.
pub(super) const ENTRIES_MAX: usize = 200_000;

/// What is known of the PBX's programming. It outlives a connection.
#[derive(Default, Debug)]
pub(super) struct Book {
    groups: BTreeMap<Extension, Option<HuntGroupType>>,
    trunks: BTreeSet<Extension>,
    /// Where an agent is logged on, by group and agent.
    logins: BTreeMap<(Extension, SmolStr), Extension>,
    entries: BTreeMap<ListType, usize>,
    /// The list that is being read: how many entries so far, and which hunt groups.
    reading: (usize, BTreeSet<Extension>),
    /// Users for whom personal call routing is enabled.
    pub(super) enabled_users: usize,
}

impl Book {
    /// Whether the extensions were listed once.
    pub(super) fn is_known(&self) -> bool {
        self.entries.contains_key(&ListType::STATIONS)
    }

    /// A list begins anew.
    pub(super) fn open_list(&mut self, list: ListType) {
        self.reading = Default::default();
        match list {
            ListType::USERS => self.enabled_users = 0,
            ListType::TRUNKS => self.trunks.clear(),
            _ => {}
        }
    }

    /// So many more entries. False: the list has more than can be.
    pub(super) fn read(&mut self, entries: usize) -> bool {
        self.reading.0 = self.reading.0.saturating_add(entries);
        self.reading.0 <= ENTRIES_MAX
    }

    pub(super) fn read_trunk(&mut self, trunk: &Extension) {
        if self.trunks.len() < TRUNKS_MAX {
            self.trunks.insert(trunk.clone());
        }
    }

    pub(super) fn trunks(&self, part: Part) -> impl Iterator<Item = &Extension> {
        self.trunks.iter().filter(move |trunk| part.covers(trunk))
    }

    pub(super) fn read_group(&mut self, group: &Extension, kind: Option<HuntGroupType>) {
        if self.groups.len() < GROUPS_MAX || self.groups.contains_key(group) {
            let before = self.groups.entry(group.clone()).or_default();
            *before = kind.or(*before);
            self.reading.1.insert(group.clone());
        }
    }

    /// The list is whole: what it lacks is gone.
    pub(super) fn close_list(&mut self, list: ListType, part: Part) {
        let (entries, groups) = std::mem::take(&mut self.reading);
        if part == Part::All {
            self.entries.insert(list, entries);
        }
        if list == ListType::HUNT_GROUPS {
            self.groups.retain(|group, _| !part.covers(group) || groups.contains(group));
        }
    }

    pub(super) fn is_group(&self, device: &Extension) -> bool {
        self.groups.contains_key(device)
    }

    pub(super) fn group_is(&mut self, group: &Extension, kind: HuntGroupType) {
        if let Some(known) = self.groups.get_mut(group) {
            *known = Some(kind);
        }
    }

    pub(super) fn forget(&mut self, device: &Extension) {
        self.groups.remove(device);
    }

    /// Those that calls wait at. A Personal Router Device has a monitor only where it was given a number for it.
    pub(super) fn groups(&self, part: Part) -> impl Iterator<Item = &Extension> {
        let is_router = |kind: &Option<HuntGroupType>| *kind == Some(HuntGroupType::PERSONAL_ROUTER_DEVICE);
        self.groups.iter().filter(move |(group, kind)| part.covers(group) && !is_router(kind)).map(|(group, _)| group)
    }

    /// Remembers who logs on and off as it happens.
    pub(super) fn follow(&mut self, body: &EventBody) {
        match body {
            EventBody::AgentLoggedOn(logon) => {
                if let (Some(agent), Some(group)) = (&logon.agent, &logon.group) {
                    self.logged_on(group, agent, &logon.device);
                }
            }
            EventBody::AgentLoggedOff(logon) => {
                if let (Some(agent), Some(group)) = (&logon.agent, &logon.group) {
                    self.logins.remove(&(group.clone(), agent.clone()));
                }
            }
            _ => {}
        }
    }

    pub(super) fn logged_on(&mut self, group: &Extension, agent: &SmolStr, device: &Extension) {
        if self.logins.len() < LOGINS_MAX {
            self.logins.insert((group.clone(), agent.clone()), device.clone());
        }
    }

    /// Takes out the logins in a group that are not among those listed there now.
    pub(super) fn gone_from(&mut self, group: &Extension, listed: &BTreeMap<SmolStr, Extension>) -> Vec<(SmolStr, Extension)> {
        let of_group = (group.clone(), SmolStr::default())..;
        let before = self.logins.range(of_group).take_while(|((of, _), _)| of == group);
        let gone = before.filter(|((_, agent), device)| listed.get(agent) != Some(*device));
        let gone: Vec<_> = gone.map(|((_, agent), device)| (agent.clone(), device.clone())).collect();
        for (agent, _) in &gone {
            self.logins.remove(&(group.clone(), agent.clone()));
        }
        gone
    }

    /// For people: how much there is of what.
    pub(super) fn summary(&self) -> String {
        let of = |(list, entries): (&ListType, &usize)| format!("{entries} {}", list.name().unwrap_or("others"));
        self.entries.iter().map(of).collect::<Vec<_>>().join(", ")
    }
}
