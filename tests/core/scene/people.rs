//! People over time, written in words.
//!
//! ```text
//! Ann extension 1001 primary
//! Ann agent 2001 secondary from 3
//! Ben extension 1001 primary until 5
//! Ann group Sales until 3
//! dee 1001 1011 from 2
//! ```

use strowger::directory::{
    Assignable, Association, DeeMembership, DeeSource, Directory, Group, GroupMembership, Parts, PrimaryGroup, User, group_id, user_id,
};
use strowger::telephony::{AgentId, DeviceId, Time};

use super::moment;

/// Understands a text; panics at what it does not understand.
pub(crate) fn people(text: &str) -> Directory {
    let mut parts = Parts::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let until = time(&mut words, "until");
        let from = time(&mut words, "from").unwrap_or(Time::MIN);
        match words[..] {
            ["dee", main, member] => parts.dee.push(DeeMembership {
                main: DeviceId::new(main),
                member: DeviceId::new(member),
                source: DeeSource::File,
                from,
                until,
            }),
            [name, "group", group] => {
                let (user, group) = (known(&mut parts, name), Group { id: group_id(group), name: group.to_owned() });
                parts.memberships.push(GroupMembership { user, group: group.clone(), from, until });
                parts.primary_groups.push(PrimaryGroup { user, group, from, until });
            }
            [name, kind, number, rank @ ("primary" | "secondary")] => {
                let assignable = match kind {
                    "extension" => Assignable::Extension(DeviceId::new(number)),
                    "agent" => Assignable::Agent(AgentId::new(number)),
                    _ => panic!("not understood: {line}"),
                };
                let user = known(&mut parts, name);
                parts.associations.push(Association { user, assignable, primary: rank == "primary", from, until });
            }
            [name] => {
                known(&mut parts, name);
            }
            _ => panic!("not understood: {line}"),
        }
    }
    Directory::new(parts)
}

fn known(parts: &mut Parts, name: &str) -> uuid::Uuid {
    let id = user_id(name, None);
    if !parts.users.iter().any(|user| user.id == id) {
        parts.users.push(User { id, name: name.to_owned(), email: None });
    }
    id
}

fn time(words: &mut Vec<&str>, key: &str) -> Option<Time> {
    let at = words.iter().position(|word| *word == key)?;
    let seconds = words.get(at + 1).and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no time after {key}: {words:?}"));
    words.drain(at..at + 2);
    Some(moment(seconds))
}
