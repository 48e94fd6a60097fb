//! The snapshot that attribution asks.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use uuid::Uuid;

use super::history::{Spanning, newest};
use super::{
    Assignable, Association, DeeConflict, DeeMembership, DeeSource, Group, GroupMembership, PeopleFile, PrimaryGroup, User, group_id,
};
use crate::pbx::session::DeeReport;
use crate::telephony::{AgentId, DeviceId, Time};

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Everything a [`Directory`] is made of, in any order.
#[derive(Clone, Default, Debug)]
pub struct Parts {
    /// Everybody ever known.
    pub users: Vec<User>,
    /// All associations, ended ones too.
    pub associations: Vec<Association>,
    /// All primary groups, ended ones too.
    pub primary_groups: Vec<PrimaryGroup>,
    /// All group memberships, ended ones too.
    pub memberships: Vec<GroupMembership>,
    /// All DEE memberships, ended ones too.
    pub dee: Vec<DeeMembership>,
    /// What [`Directory::version`] answers.
    pub version: u64,
}

/// Who holds what, at any moment: an immutable snapshot, answered from memory.
///
/// A look-up is one hash and a search in that device's few entries over time.
#[derive(Clone, Default, Debug)]
pub struct Directory {
    users: Map<Uuid, User>,
    extensions: Map<DeviceId, Vec<Association>>,
    agents: Map<AgentId, Vec<Association>>,
    primary_groups: Map<Uuid, Vec<PrimaryGroup>>,
    memberships: Map<Uuid, Vec<GroupMembership>>,
    dee: Map<DeviceId, Vec<DeeMembership>>,
    /// Members that ever had two mains, sorted.
    doubtful: Vec<DeviceId>,
    version: u64,
}

impl Directory {
    /// From what was kept over time.
    pub fn new(parts: Parts) -> Self {
        let mut directory = Self { version: parts.version, ..Self::default() };
        directory.users = parts.users.into_iter().map(|user| (user.id, user)).collect();
        for association in parts.associations {
            match association.assignable.clone() {
                Assignable::Extension(device) => directory.extensions.entry(device).or_default().push(association),
                Assignable::Agent(agent) => directory.agents.entry(agent).or_default().push(association),
            }
        }
        for entry in parts.primary_groups {
            directory.primary_groups.entry(entry.user).or_default().push(entry);
        }
        for entry in parts.memberships {
            directory.memberships.entry(entry.user).or_default().push(entry);
        }
        sort(&mut directory.extensions);
        sort(&mut directory.agents);
        sort(&mut directory.primary_groups);
        for entries in directory.memberships.values_mut() {
            entries.sort_by(|a, b| (&a.group.name, a.from).cmp(&(&b.group.name, b.from)));
        }
        directory.add_dee(parts.dee);
        directory
    }

    /// From a people file alone: everything in it has always held.
    pub fn from_people(file: &PeopleFile) -> Self {
        let mut parts = Parts::default();
        for person in &file.users {
            let user = person.id();
            parts.users.push(User { id: user, name: person.name.clone(), email: person.email.clone() });
            parts.associations.extend(person.assignables().map(|(assignable, primary)| Association {
                user,
                assignable: assignable.clone(),
                primary,
                from: Time::MIN,
                until: None,
            }));
            let group = |name: &String| Group { id: group_id(name), name: name.clone() };
            parts.memberships.extend(person.groups.iter().map(|name| GroupMembership {
                user,
                group: group(name),
                from: Time::MIN,
                until: None,
            }));
            let primary = person.primary_group.iter();
            parts.primary_groups.extend(primary.map(|name| PrimaryGroup { user, group: group(name), from: Time::MIN, until: None }));
        }
        parts.dee = file.dee_memberships(DeeSource::File, Time::MIN);
        Self::new(parts)
    }

    /// The same with further DEE memberships, such as those of the configuration.
    #[must_use]
    pub fn with_dee(mut self, memberships: Vec<DeeMembership>) -> Self {
        self.add_dee(memberships);
        self
    }

    /// Takes what a PBX says of a main: from `at` on these devices, and no others, ring with it as far as the PBX knows. What it said
    /// before ends then; what the people file and the configuration say stays.
    pub fn members_reported(&mut self, report: &DeeReport, at: Time) {
        for (member, entries) in &mut self.dee {
            let ends = |entry: &DeeMembership| entry.main == report.main && entry.source.is_pbx() && entry.holds(at);
            if report.members.contains(member) {
                continue;
            }
            for entry in entries.iter_mut().filter(|entry| ends(entry)) {
                entry.until = Some(at);
            }
        }
        let is_known = |member: &DeviceId| {
            self.dee_memberships(member, at).any(|membership| membership.main == report.main && membership.source.is_pbx())
        };
        let is_new = |member: &&DeviceId| **member != report.main && !member.as_str().is_empty() && !is_known(member);
        let members: BTreeSet<&DeviceId> = report.members.iter().filter(is_new).collect();
        let membership = |member: &DeviceId| DeeMembership {
            main: report.main.clone(),
            member: member.clone(),
            source: report.source.into(),
            from: at,
            until: None,
        };
        let begun = members.into_iter().map(membership).collect();
        self.add_dee(begun);
    }

    /// The primary extensions of all users then, sorted.
    pub fn primary_extensions(&self, at: Time) -> Vec<DeviceId> {
        let is_primary = |device: &&DeviceId| self.extension_holder(device, at).is_some_and(|holder| holder.primary);
        let mut devices: Vec<DeviceId> = self.extensions.keys().filter(is_primary).cloned().collect();
        devices.sort();
        devices
    }

    /// Who holds the extension then, and as what.
    pub fn extension_holder(&self, device: &DeviceId, at: Time) -> Option<&Association> {
        newest(self.extensions.get(device)?, at)
    }

    /// Who holds the agent ID then, and as what.
    pub fn agent_holder(&self, agent: &AgentId, at: Time) -> Option<&Association> {
        newest(self.agents.get(agent)?, at)
    }

    /// The mains that the device rings with then, sorted by main; one may come from several sources.
    pub fn dee_memberships(&self, member: &DeviceId, at: Time) -> impl Iterator<Item = &DeeMembership> {
        self.dee.get(member).into_iter().flatten().filter(move |membership| membership.holds(at))
    }

    /// The user of that identity, if ever known.
    pub fn user(&self, id: Uuid) -> Option<&User> {
        self.users.get(&id)
    }

    /// The group that the user's calls count for then.
    pub fn primary_group(&self, user: Uuid, at: Time) -> Option<&Group> {
        newest(self.primary_groups.get(&user)?, at).map(|entry| &entry.group)
    }

    /// The groups that the user is in then, sorted by name.
    pub fn groups(&self, user: Uuid, at: Time) -> impl Iterator<Item = &Group> {
        self.memberships.get(&user).into_iter().flatten().filter(move |entry| entry.holds(at)).map(|entry| &entry.group)
    }

    /// Whether the device was ever somebody's extension.
    pub fn is_extension(&self, device: &DeviceId) -> bool {
        self.extensions.contains_key(device)
    }

    /// Whether the device was ever a DEE member.
    pub fn is_dee_member(&self, device: &DeviceId) -> bool {
        self.dee.contains_key(device)
    }

    /// Whether the agent ID was ever somebody's.
    pub fn knows_agent(&self, agent: &AgentId) -> bool {
        self.agents.contains_key(agent)
    }

    /// Devices that ring with two mains then, sorted.
    pub fn conflicts(&self, at: Time) -> Vec<DeeConflict> {
        let mains = |member: &DeviceId| {
            let mut mains: Vec<DeviceId> = self.dee_memberships(member, at).map(|membership| membership.main.clone()).collect();
            mains.dedup();
            mains
        };
        let conflicts = self.doubtful.iter().map(|member| DeeConflict { member: member.clone(), mains: mains(member) });
        conflicts.filter(|conflict| conflict.mains.len() > 1).collect()
    }

    /// Counts the changes of what this was read from; 0 for a people file.
    pub fn version(&self) -> u64 {
        self.version
    }

    fn add_dee(&mut self, memberships: Vec<DeeMembership>) {
        for membership in memberships {
            self.dee.entry(membership.member.clone()).or_default().push(membership);
        }
        let mut doubtful = Vec::new();
        for (member, entries) in &mut self.dee {
            entries.sort_by(|a, b| (&a.main, a.from, a.source).cmp(&(&b.main, b.from, b.source)));
            if entries.first().map(|entry| &entry.main) != entries.last().map(|entry| &entry.main) {
                doubtful.push(member.clone());
            }
        }
        doubtful.sort();
        self.doubtful = doubtful;
    }
}

fn sort<K: Eq + Hash, T: Spanning>(map: &mut Map<K, Vec<T>>) {
    for entries in map.values_mut() {
        entries.sort_by_key(Spanning::from);
    }
}
