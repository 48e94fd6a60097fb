//! Importing a people file into SQLite, in one transaction; a file that says what is known already changes nothing at all.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::error::Doing;
use super::identify::Known;
use super::import_report::ImportReport;
use super::people::{association, id};
use super::people_change::{Change, Pairs, Present, change};
use super::{Store, StoreError, people_change};
use crate::directory::{PeopleFile, email_key};
use crate::telephony::Time;

const DOING: &str = "import people";

impl Store {
    /// Makes the file the truth from `at` on.
    ///
    /// Where something changed at `at` or later already (a clock was set back), the moment just after that counts instead, so that
    /// what holds over time never overlaps; the report says which.
    pub fn import_people(&self, file: &PeopleFile, at: Time) -> Result<ImportReport, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, DOING)?;
        let report = import(&transaction, file, at).doing(&self.path, DOING)?;
        transaction.commit().doing(&self.path, DOING)?;
        Ok(report)
    }
}

fn import(transaction: &Transaction<'_>, file: &PeopleFile, at: Time) -> rusqlite::Result<ImportReport> {
    let change = change(&present(transaction)?, file, at);
    let at = change.report.at;
    users(transaction, &change)?;
    holdings(transaction, &change, at)?;
    for group in &change.groups {
        let sql = "INSERT INTO user_groups (id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        transaction.prepare_cached(sql)?.execute(params![group.id.to_string(), group.name])?;
    }
    group_table(transaction, "memberships", &change.members_ended, &change.members_begun, at)?;
    group_table(transaction, "primary_groups", &change.primary_groups_ended, &change.primary_groups_begun, at)?;
    for id in &change.gone {
        transaction.prepare_cached("UPDATE users SET gone_at = ?2 WHERE id = ?1")?.execute(params![id.to_string(), at.as_micros()])?;
    }
    dee(transaction, &change.report)?;
    if !change.report.is_unchanged() {
        changed_at(transaction, at)?;
    }
    Ok(change.report)
}

/// `at`, or the moment just after the last change where that was later.
pub(super) fn from_then_on(transaction: &Transaction<'_>, at: Time) -> rusqlite::Result<Time> {
    Ok(people_change::from_then_on(last_change(transaction)?, at))
}

fn last_change(connection: &Connection) -> rusqlite::Result<Option<Time>> {
    let last: Option<i64> = connection.query_row("SELECT value FROM meta WHERE key = 'people_changed_at'", [], |row| row.get(0))?;
    Ok(last.map(Time::from_micros))
}

/// Lets everybody who has read the people know that they changed.
pub(super) fn changed_at(transaction: &Transaction<'_>, at: Time) -> rusqlite::Result<()> {
    transaction.execute("UPDATE meta SET value = value + 1 WHERE key = 'directory_version'", [])?;
    transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'people_changed_at'", [at.as_micros()])?;
    Ok(())
}

fn present(connection: &Connection) -> rusqlite::Result<Present> {
    let held = "SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations WHERE valid_until IS NULL";
    let mut held = connection.prepare(held)?;
    let held = held.query_map([], association)?.map(|row| row.map(|row| (row.assignable, (row.user, row.primary))));
    let dee = "SELECT main, member FROM dee_memberships WHERE source = 'file' AND valid_until IS NULL";
    let mut dee = connection.prepare(dee)?;
    let dee = dee.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Present {
        users: known_users(connection)?,
        held: held.collect::<rusqlite::Result<_>>()?,
        members: in_groups(connection, "memberships")?,
        primary_groups: in_groups(connection, "primary_groups")?,
        dee: dee.collect::<rusqlite::Result<_>>()?,
        changed_at: last_change(connection)?,
    })
}

fn known_users(connection: &Connection) -> rusqlite::Result<BTreeMap<Uuid, Known>> {
    let mut statement = connection.prepare("SELECT id, name, email, gone_at IS NOT NULL FROM users")?;
    let rows = statement.query_map([], |row| Ok((id(row, 0)?, Known { name: row.get(1)?, email: row.get(2)?, gone: row.get(3)? })))?;
    rows.collect()
}

fn in_groups(connection: &Connection, table: &str) -> rusqlite::Result<Pairs> {
    let sql = format!("SELECT user_id, name FROM {table} JOIN user_groups ON user_groups.id = group_id WHERE valid_until IS NULL");
    connection.prepare(&sql)?.query_map([], |row| Ok((id(row, 0)?, row.get(1)?)))?.collect()
}

fn users(transaction: &Transaction<'_>, change: &Change) -> rusqlite::Result<()> {
    for (user, is_new) in &change.users {
        let sql = if *is_new {
            "INSERT INTO users (id, name, email, email_key) VALUES (?1, ?2, ?3, ?4)"
        } else {
            "UPDATE users SET name = ?2, email = ?3, email_key = ?4, gone_at = NULL WHERE id = ?1"
        };
        let values = params![user.id.to_string(), user.name, user.email, user.email.as_deref().map(email_key)];
        transaction.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

fn holdings(transaction: &Transaction<'_>, change: &Change, at: Time) -> rusqlite::Result<()> {
    for what in &change.held_ended {
        let sql = "UPDATE associations SET valid_until = ?3 WHERE kind = ?1 AND number = ?2 AND valid_until IS NULL";
        transaction.prepare_cached(sql)?.execute(params![what.kind(), what.number(), at.as_micros()])?;
    }
    for (user, what, primary) in &change.held_begun {
        let sql = "INSERT INTO associations (user_id, kind, number, is_primary, valid_from) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![user.to_string(), what.kind(), what.number(), primary, at.as_micros()];
        transaction.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

fn group_table(
    transaction: &Transaction<'_>,
    table: &str,
    ended: &[(Uuid, String)],
    begun: &[(Uuid, String)],
    at: Time,
) -> rusqlite::Result<()> {
    let close = format!(
        "UPDATE {table} SET valid_until = ?3 WHERE user_id = ?1 AND valid_until IS NULL \
         AND group_id = (SELECT id FROM user_groups WHERE name = ?2)"
    );
    for (user, name) in ended {
        transaction.prepare_cached(&close)?.execute(params![user.to_string(), name, at.as_micros()])?;
    }
    let insert =
        format!("INSERT INTO {table} (user_id, group_id, valid_from) VALUES (?1, (SELECT id FROM user_groups WHERE name = ?2), ?3)");
    for (user, name) in begun {
        transaction.prepare_cached(&insert)?.execute(params![user.to_string(), name, at.as_micros()])?;
    }
    Ok(())
}

fn dee(transaction: &Transaction<'_>, report: &ImportReport) -> rusqlite::Result<()> {
    for (main, member) in &report.dee_ended {
        let sql = "UPDATE dee_memberships SET valid_until = ?3 \
                   WHERE main = ?1 AND member = ?2 AND source = 'file' AND valid_until IS NULL";
        transaction.prepare_cached(sql)?.execute(params![main, member, report.at.as_micros()])?;
    }
    for (main, member) in &report.dee_begun {
        let sql = "INSERT INTO dee_memberships (pbx, main, member, source, valid_from) VALUES ('', ?1, ?2, 'file', ?3)";
        transaction.prepare_cached(sql)?.execute(params![main, member, report.at.as_micros()])?;
    }
    Ok(())
}
