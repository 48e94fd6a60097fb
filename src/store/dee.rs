//! What the PBXs say of the members of main extensions, kept over time beside what the people file says.

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::error::Doing;
use super::import::{changed_at, from_then_on};
use super::people::dee;
use super::{Store, StoreError};
use crate::directory::{DeeMembership, DeeSource};
use crate::pbx::session::DeeReport;
use crate::telephony::{DeviceId, Time};

const DOING: &str = "store the members of main extensions";

/// A membership with who says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeeEntry {
    /// The PBX that says so; `None`: the people file.
    pub pbx: Option<String>,
    /// What it says.
    pub membership: DeeMembership,
}

/// What a report of a PBX changed, as pairs of main and member.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DeeChange {
    /// Members that are new.
    pub begun: Vec<(DeviceId, DeviceId)>,
    /// Members that are none any more.
    pub ended: Vec<(DeviceId, DeviceId)>,
}

impl DeeChange {
    /// Whether the PBX said what was known already.
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.ended.is_empty()
    }
}

impl Store {
    /// Takes what a PBX says of some mains, in order: it replaces what the same PBX said of them before, from `at` on, and nothing else.
    ///
    /// Where something changed at `at` or later already (a clock was set back), the moment just after that counts instead.
    pub fn members_reported(&self, pbx: &str, reports: &[DeeReport], at: Time) -> Result<DeeChange, StoreError> {
        let mut connection = self.connection();
        // Mostly it is known already, and then the writer of records need not wait for us.
        let is_known = |report: &DeeReport| Ok(difference(&connection, pbx, report)?.is_empty());
        if reports.iter().map(is_known).collect::<rusqlite::Result<Vec<bool>>>().doing(&self.path, DOING)?.into_iter().all(|known| known) {
            return Ok(DeeChange::default());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(&self.path, DOING)?;
        let change = put(&transaction, pbx, reports, at).doing(&self.path, DOING)?;
        transaction.commit().doing(&self.path, DOING)?;
        Ok(change)
    }

    /// Every membership ever, by main, then member, oldest first.
    pub fn dee_memberships(&self) -> Result<Vec<DeeEntry>, StoreError> {
        const DOING: &str = "read the people";
        let connection = self.connection();
        let sql = "SELECT valid_from, valid_until, main, member, source, pbx FROM dee_memberships ORDER BY main, member, valid_from, pbx";
        let mut statement = connection.prepare_cached(sql).doing(&self.path, DOING)?;
        let rows = statement.query_map([], |row| {
            let pbx: String = row.get(5)?;
            Ok(DeeEntry { pbx: Some(pbx).filter(|pbx| !pbx.is_empty()), membership: dee(row)? })
        });
        rows.and_then(Iterator::collect).doing(&self.path, DOING)
    }
}

fn difference(connection: &Connection, pbx: &str, report: &DeeReport) -> rusqlite::Result<DeeChange> {
    let sql = "SELECT member FROM dee_memberships WHERE pbx = ?1 AND main = ?2 AND valid_until IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([pbx, report.main.as_str()], |row| Ok(DeviceId::new(row.get_ref(0)?.as_str()?)))?;
    let before: BTreeSet<DeviceId> = rows.collect::<rusqlite::Result<_>>()?;
    let is_member = |member: &&DeviceId| **member != report.main && !member.as_str().is_empty();
    let after: BTreeSet<DeviceId> = report.members.iter().filter(is_member).cloned().collect();
    let pairs =
        |members: std::collections::btree_set::Difference<'_, DeviceId>| members.map(|m| (report.main.clone(), m.clone())).collect();
    Ok(DeeChange { begun: pairs(after.difference(&before)), ended: pairs(before.difference(&after)) })
}

fn put(transaction: &Transaction<'_>, pbx: &str, reports: &[DeeReport], at: Time) -> rusqlite::Result<DeeChange> {
    let mut whole = DeeChange::default();
    for report in reports.iter().filter(|report| !report.main.as_str().is_empty()) {
        let change = difference(transaction, pbx, report)?;
        if change.is_empty() {
            continue;
        }
        // Each by itself, because a later report may end what an earlier one began.
        let at = from_then_on(transaction, at)?;
        for (main, member) in &change.ended {
            let sql = "UPDATE dee_memberships SET valid_until = ?4 WHERE pbx = ?1 AND main = ?2 AND member = ?3 AND valid_until IS NULL";
            transaction.prepare_cached(sql)?.execute(params![pbx, main.as_str(), member.as_str(), at.as_micros()])?;
        }
        let source = DeeSource::from(report.source).as_str();
        for (main, member) in &change.begun {
            let sql = "INSERT INTO dee_memberships (pbx, main, member, source, valid_from) VALUES (?1, ?2, ?3, ?4, ?5)";
            transaction.prepare_cached(sql)?.execute(params![pbx, main.as_str(), member.as_str(), source, at.as_micros()])?;
        }
        changed_at(transaction, at)?;
        whole.begun.extend(change.begun);
        whole.ended.extend(change.ended);
    }
    Ok(whole)
}
