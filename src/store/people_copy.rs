//! Everything that is known of a site's people, as one piece: read from one database to be written into another.

use uuid::Uuid;

use super::DeeEntry;
use crate::directory::{Association, Directory, Group, GroupMembership, Parts, PrimaryGroup, User};
use crate::telephony::Time;

/// A site's people over time, all of one moment.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PeopleCopy {
    /// Everybody ever known, with the moment since when the people file no longer has them; by id.
    pub users: Vec<(User, Option<Time>)>,
    /// All groups, by id.
    pub groups: Vec<Group>,
    /// All associations, ended ones too, in the order in which they came.
    pub associations: Vec<Association>,
    /// All primary groups, ended ones too, in the order in which they came.
    pub primary_groups: Vec<PrimaryGroup>,
    /// All group memberships, ended ones too, in the order in which they came.
    pub memberships: Vec<GroupMembership>,
    /// All DEE memberships, ended ones too, in the order in which they came.
    pub dee: Vec<DeeEntry>,
    /// When anything changed last.
    pub changed_at: Option<Time>,
    /// Counts the changes.
    pub version: u64,
}

impl PeopleCopy {
    /// As attribution asks it, with what the people file and this PBX say of DEE members.
    pub fn directory(self, pbx: &str) -> Directory {
        let dee = self.dee.into_iter().filter(|entry| entry.pbx.as_deref().is_none_or(|of| of == pbx));
        Directory::new(Parts {
            users: self.users.into_iter().map(|(user, _)| user).collect(),
            associations: self.associations,
            primary_groups: self.primary_groups,
            memberships: self.memberships,
            dee: dee.map(|entry| entry.membership).collect(),
            version: self.version,
        })
    }

    /// Everybody as of now, sorted by name; those who are gone only if asked for.
    pub(super) fn entries(&self, with_gone: bool) -> Vec<super::UserEntry> {
        let mut entries: Vec<super::UserEntry> = self
            .users
            .iter()
            .map(|(user, gone_at)| super::UserEntry {
                primary: None,
                secondary: Vec::new(),
                groups: Self::of_now(user.id, &self.memberships, |held| (held.user, held.until, &held.group)),
                primary_group: Self::of_now(user.id, &self.primary_groups, |held| (held.user, held.until, &held.group)).pop(),
                gone_at: *gone_at,
                user: user.clone(),
            })
            .collect();
        for held in self.associations.iter().filter(|held| held.until.is_none()) {
            let Some(entry) = entries.iter_mut().find(|entry| entry.user.id == held.user) else { continue };
            let value = (held.assignable.clone(), held.from);
            if held.primary {
                entry.primary = Some(value);
            } else {
                entry.secondary.push(value);
            }
        }
        for entry in &mut entries {
            entry.secondary.sort();
        }
        entries.retain(|entry| with_gone || entry.gone_at.is_none());
        entries.sort_by(|a, b| (&a.user.name, a.user.id).cmp(&(&b.user.name, b.user.id)));
        entries
    }

    /// Names of the user's groups that hold now, sorted.
    fn of_now<T>(user: Uuid, held: &[T], parts: impl Fn(&T) -> (Uuid, Option<Time>, &Group)) -> Vec<String> {
        let mut names: Vec<String> = held
            .iter()
            .map(parts)
            .filter(|(of, until, _)| *of == user && until.is_none())
            .map(|(_, _, group)| group.name.clone())
            .collect();
        names.sort();
        names
    }
}
