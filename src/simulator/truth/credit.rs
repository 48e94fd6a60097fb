//! Who is credited (design §4), from people files alone: what stands in the first holds from the beginning, what stands in another
//! from the moment on at which it replaced the one before.

use std::collections::BTreeMap;

use crate::directory::{Assignable, PeopleFile, group_id};
use crate::record::{Attribution, GroupRef, UserRef};
use crate::telephony::{AgentId, DeviceId, DeviceKind, Rule, Time};

/// Who holds what.
#[derive(Debug)]
struct Credits {
    users: Vec<(UserRef, Option<GroupRef>)>,
    /// With the place of the user, and whether as the primary.
    extensions: BTreeMap<DeviceId, (usize, bool)>,
    agents: BTreeMap<AgentId, usize>,
    /// Each member with its mains, sorted.
    mains: BTreeMap<DeviceId, Vec<DeviceId>>,
}

/// What is to be credited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) device: &'a DeviceId,
    pub(super) kind: DeviceKind,
    pub(super) agent: Option<&'a AgentId>,
    pub(super) at: Time,
}

/// The decision.
#[derive(Debug)]
pub(super) struct Credit {
    pub(super) user: Option<UserRef>,
    pub(super) group: Option<GroupRef>,
    pub(super) attribution: Attribution,
}

/// Who held what, when: the people of the beginning, and those of each change.
#[derive(Debug)]
pub(super) struct History {
    beginning: Credits,
    /// By moment.
    changes: Vec<(Time, Credits)>,
}

impl History {
    pub(super) fn new(people: &PeopleFile) -> Self {
        Self { beginning: Credits::new(people), changes: Vec::new() }
    }

    /// These people from that moment on, which is not earlier than that of the change before.
    pub(super) fn change(&mut self, at: Time, people: &PeopleFile) {
        self.changes.push((at.to_millisecond(), Credits::new(people)));
    }

    /// The decision, by the people of the subject's instant.
    pub(super) fn credit(&self, subject: &Subject<'_>) -> Credit {
        let past = self.changes.partition_point(|(from, _)| *from <= subject.at);
        let eras = self.changes[..past].iter().rev().map(|(from, credits)| (Some(*from), credits));
        let mut eras = eras.chain(std::iter::once((None, &self.beginning))).map(|(from, credits)| (from, credits.credit(subject)));
        let Some((mut since, mut credit)) = eras.next() else { return self.beginning.credit(subject) };
        let key =
            |credit: &Credit| (credit.user.as_ref().map(|user| user.id), credit.attribution.rule, credit.attribution.association.clone());
        for (from, _) in eras.take_while(|(_, before)| key(before) == key(&credit)) {
            since = from;
        }
        credit.attribution.since = since.filter(|_| credit.user.is_some());
        credit
    }
}

impl Credits {
    fn new(people: &PeopleFile) -> Self {
        let mut credits = Self { users: Vec::new(), extensions: BTreeMap::new(), agents: BTreeMap::new(), mains: BTreeMap::new() };
        for (place, person) in people.users.iter().enumerate() {
            let group = person.primary_group.as_ref().map(|name| GroupRef { id: group_id(name), name: name.clone() });
            credits.users.push((UserRef { id: person.id(), name: person.name.clone() }, group));
            for (assignable, is_primary) in person.assignables() {
                match assignable {
                    Assignable::Extension(device) => {
                        credits.extensions.insert(device.clone(), (place, is_primary));
                    }
                    Assignable::Agent(agent) => {
                        credits.agents.insert(agent.clone(), place);
                    }
                }
            }
        }
        for group in &people.dee {
            for member in &group.members {
                let mains = credits.mains.entry(member.clone()).or_default();
                mains.push(group.main.clone());
                mains.sort();
                mains.dedup();
            }
        }
        credits
    }

    fn credit(&self, subject: &Subject<'_>) -> Credit {
        let mut seen = Vec::new();
        if !matches!(subject.kind, DeviceKind::Extension | DeviceKind::External) {
            return self.decided(subject, None, Rule::None, None, "not_a_person", seen);
        }
        let device = subject.device;
        let holder = self.extensions.get(device);
        if let Some(agent) = subject.agent {
            if let Some(&user) = self.agents.get(agent) {
                seen.push(format!("agent {agent} was logged on and is {}", self.name_of(user)));
                if let Some((other, _)) = holder.filter(|(other, _)| *other != user) {
                    seen.push(format!("extension {device} is {}, but the agent goes before it", self.name_of(*other)));
                }
                return self.decided(subject, Some(user), Rule::Agent, Some(format!("agent {agent}")), "agent_logged_on", seen);
            }
            seen.push(format!("agent {agent} was logged on, but is nobody's"));
        } else if subject.kind == DeviceKind::Extension {
            seen.push("no agent was logged on".to_owned());
        }
        if let Some(&(user, is_primary)) = holder {
            seen.push(format!("extension {device} is {}", self.name_of(user)));
            let rule = if is_primary { Rule::PrimaryExtension } else { Rule::SecondaryExtension };
            return self.decided(subject, Some(user), rule, Some(format!("extension {device}")), "associated", seen);
        }
        seen.push(format!("{device} is nobody's extension"));
        match self.mains.get(device).map_or(&[][..], Vec::as_slice) {
            [] => {
                seen.push(format!("{device} is no DEE member"));
                let reason = if subject.kind == DeviceKind::External { "external" } else { "unassigned" };
                self.decided(subject, None, Rule::None, None, reason, seen)
            }
            [main] => {
                let holder = self.extensions.get(main).filter(|(_, is_primary)| *is_primary);
                let Some(&(user, _)) = holder else {
                    seen.push(format!("{device} is a DEE member of {main}, which is nobody's primary extension"));
                    return self.decided(subject, None, Rule::None, None, "dee_main_unassigned", seen);
                };
                seen.push(format!("{device} is a DEE member of {main}, which is {}", self.name_of(user)));
                self.decided(subject, Some(user), Rule::Dee, Some(format!("dee {main} > {device}")), "dee_member", seen)
            }
            _ => {
                seen.push(format!("{device} is a DEE member of several mains: nobody is credited"));
                self.decided(subject, None, Rule::None, None, "dee_conflict", seen)
            }
        }
    }

    fn decided(
        &self,
        subject: &Subject<'_>,
        user: Option<usize>,
        rule: Rule,
        association: Option<String>,
        reason: &str,
        considered: Vec<String>,
    ) -> Credit {
        let user = user.and_then(|place| self.users.get(place)).cloned();
        let (user, group) = user.map_or((None, None), |(user, group)| (Some(user), group));
        let attribution =
            Attribution { rule, at: subject.at, association, since: None, reason: reason.to_owned(), uncertain: false, considered };
        Credit { user, group, attribution }
    }

    fn name_of(&self, place: usize) -> String {
        self.users.get(place).map_or_else(String::new, |(user, _)| format!("{}'s", user.name))
    }
}
