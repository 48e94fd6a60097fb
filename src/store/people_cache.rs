//! The people of a server, copied into the database of the state directory: from there the daemon starts while the server is away.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::error::Doing;
use super::import::{changed_at, from_then_on};
use super::people::{association, group, id, time, until};
use super::{DeeEntry, PeopleCopy, Store, StoreError};
use crate::directory::{GroupMembership, PrimaryGroup, User, email_key};
use crate::telephony::Time;

impl Store {
    /// Everything that is known about people, all of one moment.
    pub fn people(&self) -> Result<PeopleCopy, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction().doing(&self.path, "read the people")?;
        copy(&transaction).doing(&self.path, "read the people")
    }

    /// Makes these people the ones that are known, but for what the PBXs say of DEE members, which stays. Whether anything changed.
    pub fn take_people(&self, people: &PeopleCopy, now: Time) -> Result<bool, StoreError> {
        const DOING: &str = "take over people";
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, DOING)?;
        if is_same(&copy(&transaction).doing(&self.path, DOING)?, people) {
            return Ok(false);
        }
        replace(&transaction, people, now).doing(&self.path, DOING)?;
        transaction.commit().doing(&self.path, DOING)?;
        Ok(true)
    }
}

fn is_same(own: &PeopleCopy, theirs: &PeopleCopy) -> bool {
    let bare = |people: &PeopleCopy| {
        let dee = people.dee.iter().filter(|entry| entry.pbx.is_none()).cloned().collect();
        PeopleCopy { dee, changed_at: None, version: 0, ..people.clone() }
    };
    bare(own) == bare(theirs)
}

fn copy(connection: &Connection) -> rusqlite::Result<PeopleCopy> {
    let in_groups = |table: &str| {
        format!(
            "SELECT valid_from, valid_until, user_id, group_id, name FROM {table} JOIN user_groups ON user_groups.id = group_id \
             ORDER BY {table}.id"
        )
    };
    let meta = |key: &str| connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get::<_, Option<i64>>(0));
    let dee = "SELECT valid_from, valid_until, main, member, source, pbx FROM dee_memberships ORDER BY id";
    Ok(PeopleCopy {
        users: connection
            .prepare("SELECT id, name, email, gone_at FROM users ORDER BY id")?
            .query_map([], |row| {
                let gone_at = row.get::<_, Option<i64>>(3)?.map(Time::from_micros);
                Ok((User { id: id(row, 0)?, name: row.get(1)?, email: row.get(2)? }, gone_at))
            })?
            .collect::<rusqlite::Result<_>>()?,
        groups: connection
            .prepare("SELECT NULL, NULL, NULL, id, name FROM user_groups ORDER BY id")?
            .query_map([], group)?
            .collect::<rusqlite::Result<_>>()?,
        associations: connection
            .prepare("SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations ORDER BY id")?
            .query_map([], association)?
            .collect::<rusqlite::Result<_>>()?,
        primary_groups: connection
            .prepare(&in_groups("primary_groups"))?
            .query_map([], |row| Ok(PrimaryGroup { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, group: group(row)? }))?
            .collect::<rusqlite::Result<_>>()?,
        memberships: connection
            .prepare(&in_groups("memberships"))?
            .query_map([], |row| Ok(GroupMembership { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, group: group(row)? }))?
            .collect::<rusqlite::Result<_>>()?,
        dee: connection
            .prepare(dee)?
            .query_map([], |row| {
                let pbx: String = row.get(5)?;
                Ok(DeeEntry { pbx: Some(pbx).filter(|pbx| !pbx.is_empty()), membership: super::people::dee(row)? })
            })?
            .collect::<rusqlite::Result<_>>()?,
        changed_at: meta("people_changed_at")?.map(Time::from_micros),
        version: meta("directory_version")?.unwrap_or_default().unsigned_abs(),
    })
}

fn replace(transaction: &Transaction<'_>, people: &PeopleCopy, now: Time) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "DELETE FROM dee_memberships WHERE pbx = ''; DELETE FROM memberships; DELETE FROM primary_groups; DELETE FROM associations; \
         DELETE FROM users; DELETE FROM user_groups;",
    )?;
    for (user, gone_at) in &people.users {
        let values =
            params![user.id.to_string(), user.name, user.email, user.email.as_deref().map(email_key), gone_at.map(Time::as_micros)];
        transaction
            .prepare_cached("INSERT INTO users (id, name, email, email_key, gone_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(values)?;
    }
    for group in &people.groups {
        transaction
            .prepare_cached("INSERT INTO user_groups (id, name) VALUES (?1, ?2)")?
            .execute(params![group.id.to_string(), group.name])?;
    }
    for held in &people.associations {
        let sql = "INSERT INTO associations (user_id, kind, number, is_primary, valid_from, valid_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (kind, number) = (held.assignable.kind(), held.assignable.number());
        let until = held.until.map(Time::as_micros);
        let values = params![held.user.to_string(), kind, number, held.primary, held.from.as_micros(), until];
        transaction.prepare_cached(sql)?.execute(values)?;
    }
    let members = people.memberships.iter().map(|held| ("memberships", held.user, &held.group, held.from, held.until));
    let primary = people.primary_groups.iter().map(|held| ("primary_groups", held.user, &held.group, held.from, held.until));
    for (table, user, group, from, until) in members.chain(primary) {
        let sql = format!("INSERT INTO {table} (user_id, group_id, valid_from, valid_until) VALUES (?1, ?2, ?3, ?4)");
        let values = params![user.to_string(), group.id.to_string(), from.as_micros(), until.map(Time::as_micros)];
        transaction.prepare_cached(&sql)?.execute(values)?;
    }
    for entry in people.dee.iter().filter(|entry| entry.pbx.is_none()) {
        let held = &entry.membership;
        let sql = "INSERT INTO dee_memberships (pbx, main, member, source, valid_from, valid_until) VALUES ('', ?1, ?2, 'file', ?3, ?4)";
        let values = params![held.main.as_str(), held.member.as_str(), held.from.as_micros(), held.until.map(Time::as_micros)];
        transaction.prepare_cached(sql)?.execute(values)?;
    }
    let last = people.changed_at.unwrap_or(now);
    let at = from_then_on(transaction, last)?;
    changed_at(transaction, at)
}
