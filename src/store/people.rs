//! People as the store has them: the whole directory for attribution, and lists for people.

use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::error::Doing;
use super::{Store, StoreError};
use crate::directory::{Assignable, Association, DeeMembership, DeeSource, Directory, Group, GroupMembership, Parts, PrimaryGroup, User};
use crate::telephony::{DeviceId, Time};

/// A user as of now, for lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserEntry {
    /// Who.
    pub user: User,
    /// The one primary, with the moment it began.
    pub primary: Option<(Assignable, Time)>,
    /// The others, sorted, each with the moment it began.
    pub secondary: Vec<(Assignable, Time)>,
    /// Names, sorted.
    pub groups: Vec<String>,
    /// The group that calls count for.
    pub primary_group: Option<String>,
    /// Since when the people file no longer has this user.
    pub gone_at: Option<Time>,
}

impl Store {
    /// Everything known about people, at every moment, but for what PBXs say.
    pub fn load_directory(&self) -> Result<Directory, StoreError> {
        self.load_directory_of("")
    }

    /// Everything known about people, at every moment, with what this PBX says.
    pub fn load_directory_of(&self, pbx: &str) -> Result<Directory, StoreError> {
        const DOING: &str = "read the people";
        let mut connection = self.connection();
        // One transaction, so that all tables are of one moment.
        let transaction = connection.transaction().doing(&self.path, DOING)?;
        let parts = Parts {
            users: self.rows(&transaction, "SELECT id, name, email FROM users ORDER BY id", user)?,
            associations: self.rows(
                &transaction,
                "SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations ORDER BY id",
                association,
            )?,
            primary_groups: self.rows(
                &transaction,
                "SELECT valid_from, valid_until, user_id, group_id, name \
                 FROM primary_groups JOIN user_groups ON user_groups.id = group_id ORDER BY primary_groups.id",
                |row| Ok(PrimaryGroup { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, group: group(row)? }),
            )?,
            memberships: self.rows(
                &transaction,
                "SELECT valid_from, valid_until, user_id, group_id, name \
                 FROM memberships JOIN user_groups ON user_groups.id = group_id ORDER BY memberships.id",
                |row| Ok(GroupMembership { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, group: group(row)? }),
            )?,
            dee: dee_as_of(&transaction, pbx).doing(&self.path, DOING)?,
            version: version(&transaction).doing(&self.path, DOING)?,
        };
        Ok(Directory::new(parts))
    }

    /// Changes whenever the people change, whoever changed them; cheap to ask every second.
    pub fn directory_version(&self) -> Result<u64, StoreError> {
        version(&self.connection()).doing(&self.path, "read the version of the people")
    }

    /// Everybody as of now, sorted by name; those who are gone only if asked for.
    pub fn users(&self, with_gone: bool) -> Result<Vec<UserEntry>, StoreError> {
        const DOING: &str = "read the people";
        let mut connection = self.connection();
        let transaction = connection.transaction().doing(&self.path, DOING)?;
        let mut entries: Vec<UserEntry> = self.rows(&transaction, "SELECT id, name, email, gone_at FROM users ORDER BY id", |row| {
            Ok(UserEntry {
                user: user(row)?,
                primary: None,
                secondary: Vec::new(),
                groups: Vec::new(),
                primary_group: None,
                gone_at: row.get::<_, Option<i64>>(3)?.map(Time::from_micros),
            })
        })?;
        let place = |entries: &[UserEntry], id: Uuid| entries.binary_search_by_key(&id, |entry| entry.user.id).ok();
        let held = "SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations \
                    WHERE valid_until IS NULL ORDER BY kind DESC, number";
        for held in self.rows(&transaction, held, association)? {
            let Some(index) = place(&entries, held.user) else { continue };
            let value = (held.assignable, held.from);
            if held.primary {
                entries[index].primary = Some(value);
            } else {
                entries[index].secondary.push(value);
            }
        }
        let groups =
            "SELECT user_id, name FROM memberships JOIN user_groups ON user_groups.id = group_id WHERE valid_until IS NULL ORDER BY name";
        for (user, name) in self.rows(&transaction, groups, |row| Ok((id(row, 0)?, row.get(1)?)))? {
            if let Some(index) = place(&entries, user) {
                entries[index].groups.push(name);
            }
        }
        let primary = "SELECT user_id, name FROM primary_groups JOIN user_groups ON user_groups.id = group_id WHERE valid_until IS NULL";
        for (user, name) in self.rows(&transaction, primary, |row| Ok((id(row, 0)?, row.get(1)?)))? {
            if let Some(index) = place(&entries, user) {
                entries[index].primary_group = Some(name);
            }
        }
        entries.retain(|entry| with_gone || entry.gone_at.is_none());
        entries.sort_by(|a, b| (&a.user.name, a.user.id).cmp(&(&b.user.name, b.user.id)));
        Ok(entries)
    }

    /// What a user holds and ever held, oldest first.
    pub fn associations(&self, user: Uuid) -> Result<Vec<Association>, StoreError> {
        const DOING: &str = "read the people";
        let connection = self.connection();
        let sql = "SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations \
                   WHERE user_id = ?1 ORDER BY valid_from, kind DESC, number";
        let mut statement = connection.prepare_cached(sql).doing(&self.path, DOING)?;
        let rows = statement.query_map([user.to_string()], association).and_then(Iterator::collect);
        rows.doing(&self.path, DOING)
    }

    fn rows<T>(&self, connection: &Connection, sql: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>, StoreError> {
        const DOING: &str = "read the people";
        let mut statement = connection.prepare_cached(sql).doing(&self.path, DOING)?;
        let rows = statement.query_map([], |row| read(row)).and_then(Iterator::collect);
        rows.doing(&self.path, DOING)
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u64> {
    let version: i64 =
        connection.prepare_cached("SELECT value FROM meta WHERE key = 'directory_version'")?.query_row([], |row| row.get(0))?;
    Ok(version.unsigned_abs())
}

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error)))
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    row.get(column).map(Time::from_micros)
}

pub(super) fn until(row: &Row<'_>) -> rusqlite::Result<Option<Time>> {
    Ok(row.get::<_, Option<i64>>(1)?.map(Time::from_micros))
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: id(row, 0)?, name: row.get(1)?, email: row.get(2)? })
}

pub(super) fn group(row: &Row<'_>) -> rusqlite::Result<Group> {
    Ok(Group { id: id(row, 3)?, name: row.get(4)? })
}

pub(super) fn association(row: &Row<'_>) -> rusqlite::Result<Association> {
    let (kind, number) = (row.get_ref(3)?.as_str()?, row.get_ref(4)?.as_str()?);
    let assignable = Assignable::from_parts(kind, number).ok_or_else(|| unknown_word(3, kind))?;
    Ok(Association { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, assignable, primary: row.get(5)? })
}

/// What the people file and this PBX say.
fn dee_as_of(connection: &Connection, pbx: &str) -> rusqlite::Result<Vec<DeeMembership>> {
    let sql = "SELECT valid_from, valid_until, main, member, source FROM dee_memberships WHERE pbx IN ('', ?1) ORDER BY id";
    connection.prepare_cached(sql)?.query_map([pbx], dee)?.collect()
}

pub(super) fn dee(row: &Row<'_>) -> rusqlite::Result<DeeMembership> {
    let word = row.get_ref(4)?.as_str()?;
    let source = DeeSource::parse(word).ok_or_else(|| unknown_word(4, word))?;
    let (main, member) = (DeviceId::new(row.get_ref(2)?.as_str()?), DeviceId::new(row.get_ref(3)?.as_str()?));
    Ok(DeeMembership { from: time(row, 0)?, until: until(row)?, main, member, source })
}

fn unknown_word(column: usize, word: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, format!("unknown word {word:?}").into())
}
