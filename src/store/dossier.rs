//! Everything that SQLite has of one person, for the person's own questions.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::error::Doing;
use super::filter::users_called;
use super::people::{association, group, id, time, until};
use super::privacy::{Dossier, Shown};
use super::{Store, StoreError};
use crate::directory::{GroupMembership, PrimaryGroup, User};
use crate::privacy::Person;
use crate::record::CallRecord;
use crate::telephony::Time;

const DOING: &str = "read what is known of a person";

/// Calls read at once.
const PAGE: i64 = 500;

impl Store {
    /// What is known of the user of that name, email or id.
    pub fn dossier(&self, wanted: &str) -> Result<Dossier, StoreError> {
        let connection = self.connection();
        let known = || -> rusqlite::Result<Vec<_>> {
            let mut statement = connection.prepare("SELECT id, name, email_key FROM users")?;
            statement.query_map([], |row| Ok((id(row, 0)?, row.get(1)?, row.get(2)?)))?.collect()
        };
        let user = match users_called(&known().doing(&self.path, DOING)?, wanted)?.as_slice() {
            [one] => *one,
            several => return Err(StoreError::AmbiguousUser { wanted: wanted.to_owned(), candidates: several.to_vec() }),
        };
        read(&connection, user).doing(&self.path, DOING)
    }

    /// Every call with a part that is credited to that user, oldest first.
    pub fn calls_of(&self, user: Uuid, show: Shown<'_>) -> Result<std::io::Result<()>, StoreError> {
        let (mut since, mut call) = (i64::MIN, i64::MIN);
        loop {
            let page = page(&self.connection(), user, since, call).doing(&self.path, DOING)?;
            let Some(last) = page.last() else { return Ok(Ok(())) };
            (since, call) = (last.0, last.1);
            for (_, _, record) in &page {
                let record = record.as_ref().map_err(|(id, detail)| StoreError::Unreadable {
                    path: self.path.clone(),
                    what: format!("call {id}"),
                    detail: detail.clone(),
                })?;
                if let Err(error) = show(record) {
                    return Ok(Err(error));
                }
            }
        }
    }
}

type Page = Vec<(i64, i64, Result<CallRecord, (String, String)>)>;

fn page(connection: &Connection, user: Uuid, since: i64, call: i64) -> rusqlite::Result<Page> {
    let sql = "SELECT DISTINCT s.call_started_at, s.call, c.id, c.record FROM segments AS s CROSS JOIN calls AS c ON c.seq = s.call \
               WHERE s.user_id = ?1 AND s.call_started_at >= ?2 AND (s.call_started_at, s.call) > (?2, ?3) \
               ORDER BY s.call_started_at, s.call LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![user.to_string(), since, call, PAGE], |row| {
        let (id, json): (String, String) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, row.get(1)?, serde_json::from_str(&json).map_err(|error| (id, error.to_string()))))
    })?;
    rows.collect()
}

fn read(connection: &Connection, user: Uuid) -> rusqlite::Result<Dossier> {
    let key = user.to_string();
    let sql = "SELECT name, email, gone_at IS NULL, EXISTS (SELECT 1 FROM holds WHERE user_id = users.id AND removed_at IS NULL) \
               FROM users WHERE id = ?1";
    let row = connection.query_row(sql, [&key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).optional()?;
    let (name, email, is_present, is_held): (String, Option<String>, bool, bool) = row.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let sql = "SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations \
               WHERE user_id = ?1 ORDER BY valid_from, kind DESC, number";
    let associations: Vec<_> = connection.prepare(sql)?.query_map([&key], association)?.collect::<rusqlite::Result<_>>()?;
    let in_groups = |table: &str| {
        format!(
            "SELECT valid_from, valid_until, user_id, group_id, name FROM {table} JOIN user_groups ON user_groups.id = group_id \
             WHERE user_id = ?1 ORDER BY {table}.id"
        )
    };
    let memberships = connection
        .prepare(&in_groups("memberships"))?
        .query_map([&key], |row| Ok(GroupMembership { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, group: group(row)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let primary_groups = connection
        .prepare(&in_groups("primary_groups"))?
        .query_map([&key], |row| Ok(PrimaryGroup { from: time(row, 0)?, until: until(row)?, user: id(row, 2)?, group: group(row)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let mut numbers: BTreeSet<String> = associations.iter().map(|held| held.assignable.number().to_owned()).collect();
    let sql = "SELECT DISTINCT member FROM dee_memberships JOIN associations ON kind = 'extension' AND number = main WHERE user_id = ?1 \
               AND (associations.valid_until IS NULL OR dee_memberships.valid_from < associations.valid_until) \
               AND (dee_memberships.valid_until IS NULL OR associations.valid_from < dee_memberships.valid_until)";
    let members: Vec<String> = connection.prepare(sql)?.query_map([&key], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    numbers.extend(members);
    let mut names = BTreeSet::from([name.clone()]);
    names.extend(credited_names(connection, user)?);
    let person = Person { id: user, names, emails: email.iter().cloned().collect(), numbers };
    Ok(Dossier { user: User { id: user, name, email }, is_present, is_held, associations, memberships, primary_groups, person })
}

/// Names by which the user is credited: people change theirs.
fn credited_names(connection: &Connection, user: Uuid) -> rusqlite::Result<BTreeSet<String>> {
    let (mut since, mut call) = (Time::MIN.as_micros(), i64::MIN);
    let mut names = BTreeSet::new();
    loop {
        let page = page(connection, user, since, call)?;
        let Some(last) = page.last() else { return Ok(names) };
        (since, call) = (last.0, last.1);
        let users = page.iter().filter_map(|(_, _, record)| record.as_ref().ok()).flat_map(|record| &record.segments);
        names
            .extend(users.filter_map(|segment| segment.user.as_ref()).filter(|credited| credited.id == user).map(|user| user.name.clone()));
    }
}
