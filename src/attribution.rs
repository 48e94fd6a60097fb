//! Who is credited with a device's part in a call (design §4), and nothing else.
//!
//! 1. **Agent.** An agent is logged on at the device at the instant that counts, and the agent ID is a user's: that user.
//! 2. **Extension.** The device is a user's primary or secondary extension at that instant: that user.
//! 3. **DEE.** The device is a member of a main that is a user's primary extension, and is itself nobody's: that user.
//! 4. **Nobody**, with the reason.

use uuid::Uuid;

use crate::directory::{Association, Directory};
use crate::telephony::{AgentId, DeviceId, DeviceKind, Rule, Time};

/// What is to be credited.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The device.
    pub device: &'a DeviceId,
    /// What it is.
    pub kind: DeviceKind,
    /// The agent logged on there at the instant.
    pub agent: Option<&'a AgentId>,
    /// The instant that counts.
    pub at: Time,
}

/// The decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credit {
    /// Who; `None`: nobody.
    pub user: Option<Uuid>,
    /// By which rule.
    pub rule: Rule,
    /// What is associated with the user.
    pub association: Option<String>,
    /// Since when it is.
    pub since: Option<Time>,
    /// In a word.
    pub reason: &'static str,
    /// What was looked at, in the order of the rules.
    pub considered: Vec<String>,
}

/// Decides.
pub fn credit(subject: &Subject<'_>, directory: &Directory) -> Credit {
    let mut considered = Vec::new();
    if !matches!(subject.kind, DeviceKind::Extension | DeviceKind::External) {
        return nobody("not_a_person", considered);
    }
    if let Some(agent) = subject.agent {
        if let Some(association) = directory.agent_holder(agent, subject.at) {
            considered.push(format!("agent {agent} was logged on and is {}", held_by(directory, association)));
            if let Some(holder) = directory.extension_holder(subject.device, subject.at).filter(|h| h.user != association.user) {
                considered.push(format!("extension {} is {}, but the agent goes before it", subject.device, held_by(directory, holder)));
            }
            return credited(association, Rule::Agent, "agent_logged_on", considered);
        }
        considered.push(format!("agent {agent} was logged on, but is nobody's"));
    } else if subject.kind == DeviceKind::Extension {
        considered.push("no agent was logged on".to_owned());
    }
    if let Some(association) = directory.extension_holder(subject.device, subject.at) {
        let rule = if association.primary { Rule::PrimaryExtension } else { Rule::SecondaryExtension };
        considered.push(format!("extension {} is {}", subject.device, held_by(directory, association)));
        return credited(association, rule, "associated", considered);
    }
    considered.push(format!("{} is nobody's extension", subject.device));
    by_dee(subject, directory, considered)
}

fn by_dee(subject: &Subject<'_>, directory: &Directory, mut considered: Vec<String>) -> Credit {
    let mut mains: Vec<&DeviceId> = directory.dee_memberships(subject.device, subject.at).map(|membership| &membership.main).collect();
    mains.dedup();
    match mains.as_slice() {
        [] => {
            considered.push(format!("{} is no DEE member", subject.device));
            nobody(if subject.kind == DeviceKind::External { "external" } else { "unassigned" }, considered)
        }
        [main] => {
            let holder = directory.extension_holder(main, subject.at).filter(|holder| holder.primary);
            let Some(holder) = holder else {
                considered.push(format!("{} is a DEE member of {main}, which is nobody's primary extension", subject.device));
                return nobody("dee_main_unassigned", considered);
            };
            let member_since = directory.dee_memberships(subject.device, subject.at).map(|membership| membership.from).min();
            considered.push(format!("{} is a DEE member of {main}, which is {}", subject.device, held_by(directory, holder)));
            let since = member_since.map_or(holder.from, |from| from.max(holder.from));
            Credit {
                user: Some(holder.user),
                rule: Rule::Dee,
                association: Some(format!("dee {main} > {}", subject.device)),
                since: Some(since).filter(|since| *since > Time::MIN),
                reason: "dee_member",
                considered,
            }
        }
        several => {
            let names: Vec<&str> = several.iter().map(|main| main.as_str()).collect();
            considered.push(format!("{} is a DEE member of {}: a conflict, so nobody is credited", subject.device, names.join(" and of ")));
            nobody("dee_conflict", considered)
        }
    }
}

fn held_by(directory: &Directory, association: &Association) -> String {
    let name = directory.user(association.user).map_or_else(|| association.user.to_string(), |user| user.name.clone());
    let what = if association.primary { "primary" } else { "secondary" };
    if association.from == Time::MIN { format!("{name}'s ({what})") } else { format!("{name}'s ({what}, since {})", association.from) }
}

fn credited(association: &Association, rule: Rule, reason: &'static str, considered: Vec<String>) -> Credit {
    Credit {
        user: Some(association.user),
        rule,
        association: Some(association.assignable.to_string()),
        since: Some(association.from).filter(|since| *since > Time::MIN),
        reason,
        considered,
    }
}

fn nobody(reason: &'static str, considered: Vec<String>) -> Credit {
    Credit { user: None, rule: Rule::None, association: None, since: None, reason, considered }
}
