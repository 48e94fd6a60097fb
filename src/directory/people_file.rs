//! The people file, understood: users with what they hold, and DEE groups.
//!
//! A value of [`PeopleFile`] is free of contradictions: no extension or agent ID belongs to two users, no email or nameless
//! identity is used twice, a secondary never stands without a primary, a primary group is one of the user's groups.

use std::fs;
use std::path::Path;

use uuid::Uuid;

use super::people_reader::read;
use super::{Assignable, DeeMembership, DeeSource, Mistake, PeopleError, user_id};
use crate::telephony::{DeviceId, Time};

/// Users and DEE groups as a file lists them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PeopleFile {
    /// In the order of the file.
    pub users: Vec<Person>,
    /// In the order of the file.
    pub dee: Vec<DeeGroup>,
    /// Usable, but perhaps not meant: shown, never fatal. Sorted by line.
    pub warnings: Vec<Mistake>,
}

/// One `[[users]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Display name.
    pub name: String,
    /// As written; compared without regard to case.
    pub email: Option<String>,
    /// The one primary; none for a person who handles no calls.
    pub primary: Option<Assignable>,
    /// Any number of others.
    pub secondary: Vec<Assignable>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// One of `groups`.
    pub primary_group: Option<String>,
    /// Where it stands in the file.
    pub line: usize,
}

/// One `[[dee]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeeGroup {
    /// The extension whose calls also ring the members.
    pub main: DeviceId,
    /// The devices that ring along.
    pub members: Vec<DeviceId>,
    /// Where it stands in the file.
    pub line: usize,
}

impl PeopleFile {
    /// Reads and understands the file.
    pub fn read(path: &Path) -> Result<Self, PeopleError> {
        let text = fs::read_to_string(path).map_err(|source| PeopleError::Unreadable { path: path.to_owned(), source })?;
        read(&text).map_err(|mistakes| PeopleError::Mistaken { path: Some(path.to_owned()), mistakes })
    }

    /// Understands a text.
    pub fn parse(text: &str) -> Result<Self, PeopleError> {
        read(text).map_err(|mistakes| PeopleError::Mistaken { path: None, mistakes })
    }

    /// The DEE groups, pair by pair, each open from that moment.
    pub fn dee_memberships(&self, source: DeeSource, from: Time) -> Vec<DeeMembership> {
        let pair =
            |main: &DeviceId, member: &DeviceId| DeeMembership { main: main.clone(), member: member.clone(), source, from, until: None };
        self.dee.iter().flat_map(|group| group.members.iter().map(move |member| pair(&group.main, member))).collect()
    }
}

impl Person {
    /// The identity that this entry stands for.
    pub fn id(&self) -> Uuid {
        user_id(&self.name, self.email.as_deref())
    }

    /// What the person holds, the primary (`true`) first.
    pub fn assignables(&self) -> impl Iterator<Item = (&Assignable, bool)> {
        self.primary.iter().map(|assignable| (assignable, true)).chain(self.secondary.iter().map(|assignable| (assignable, false)))
    }
}
