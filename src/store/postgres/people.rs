//! People as PostgreSQL has them, always those of one site.

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::{IsolationLevel, Row};
use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError, import, seed};
use crate::directory::{Assignable, Association, DeeMembership, DeeSource, Directory, Group, GroupMembership, PrimaryGroup, User};
use crate::store::{DeeEntry, PeopleCopy, UserEntry};
use crate::telephony::{DeviceId, Time};

const DOING: &str = "read the people";

impl Postgres {
    /// Everything known about the site's people, all of one moment.
    pub async fn people(&self, site: &str) -> Result<PeopleCopy, PostgresError> {
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, copy(&mut client, site)).await;
        self.judge(DOING, client, self.patience, outcome)
    }

    /// Everything known about people, at every moment, with what this PBX says.
    pub async fn load_directory_of(&self, site: &str, pbx: &str) -> Result<Directory, PostgresError> {
        Ok(self.people(site).await?.directory(pbx))
    }

    /// Changes whenever the site's people change, whoever changed them; cheap to ask every second.
    pub async fn directory_version(&self, site: &str) -> Result<u64, PostgresError> {
        let rows = self.ask("read the version of the people", "SELECT people_version FROM sites WHERE name = $1", &[&site]).await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }

    /// Everybody as of now, sorted by name; those who are gone only if asked for.
    pub async fn users(&self, site: &str, with_gone: bool) -> Result<Vec<UserEntry>, PostgresError> {
        Ok(self.people(site).await?.entries(with_gone))
    }

    /// What a user holds and ever held, oldest first.
    pub async fn associations(&self, site: &str, user: Uuid) -> Result<Vec<Association>, PostgresError> {
        let sql = "SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations \
                   WHERE site = $1 AND user_id = $2 ORDER BY valid_from, kind DESC, number COLLATE \"C\"";
        Ok(self.ask(DOING, sql, &[&site, &user]).await?.iter().filter_map(association).collect())
    }

    /// Every membership ever, by main, then member, oldest first.
    pub async fn dee_memberships(&self, site: &str) -> Result<Vec<DeeEntry>, PostgresError> {
        let sql = "SELECT valid_from, valid_until, main, member, source, pbx FROM dee_memberships WHERE site = $1 \
                   ORDER BY main COLLATE \"C\", member COLLATE \"C\", valid_from, pbx COLLATE \"C\"";
        Ok(self.ask(DOING, sql, &[&site]).await?.iter().filter_map(dee).collect())
    }

    /// Takes these people where none of the site were ever known, as when a site that had them elsewhere comes to this server. Whether
    /// it did.
    pub async fn seed_people(&self, site: &str, people: &PeopleCopy, now: Time) -> Result<bool, PostgresError> {
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, seed::seed(&mut client, site, people, now)).await;
        self.judge("take over people", client, self.patience, outcome)
    }

    /// Takes what the site's PBXs say of DEE members, whole: it replaces what was known of that. Whether anything changed.
    pub async fn put_reported_members(&self, site: &str, entries: &[DeeEntry], at: Time) -> Result<bool, PostgresError> {
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, put_reported(&mut client, site, entries, at)).await;
        self.judge("store the members of main extensions", client, self.patience, outcome)
    }
}

async fn copy(client: &mut Client, site: &str) -> Result<PeopleCopy, tokio_postgres::Error> {
    let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let of_site = async |sql: &str| transaction.query(sql, &[&site]).await;
    let version = of_site("SELECT people_version, people_changed_at FROM sites WHERE name = $1").await?;
    let users = of_site("SELECT id, name, email, gone_at FROM users WHERE site = $1 ORDER BY id").await?;
    let groups = of_site("SELECT id, name FROM user_groups WHERE site = $1 ORDER BY id").await?;
    let held =
        of_site("SELECT valid_from, valid_until, user_id, kind, number, is_primary FROM associations WHERE site = $1 ORDER BY id").await?;
    let in_groups = |table: &str| {
        format!(
            "SELECT held.valid_from, held.valid_until, held.user_id, held.group_id, g.name FROM {table} AS held \
             JOIN user_groups AS g ON g.site = held.site AND g.id = held.group_id WHERE held.site = $1 ORDER BY held.id"
        )
    };
    let members = of_site(&in_groups("memberships")).await?;
    let primary = of_site(&in_groups("primary_groups")).await?;
    let members_of =
        of_site("SELECT valid_from, valid_until, main, member, source, pbx FROM dee_memberships WHERE site = $1 ORDER BY id").await?;
    transaction.commit().await?;
    let group = |row: &Row| Group { id: row.get(3), name: row.get(4) };
    Ok(PeopleCopy {
        users: users.iter().map(|row| (User { id: row.get(0), name: row.get(1), email: row.get(2) }, optional(row, 3))).collect(),
        groups: groups.iter().map(|row| Group { id: row.get(0), name: row.get(1) }).collect(),
        associations: held.iter().filter_map(association).collect(),
        primary_groups: primary
            .iter()
            .map(|row| PrimaryGroup { from: time(row, 0), until: optional(row, 1), user: row.get(2), group: group(row) })
            .collect(),
        memberships: members
            .iter()
            .map(|row| GroupMembership { from: time(row, 0), until: optional(row, 1), user: row.get(2), group: group(row) })
            .collect(),
        dee: members_of.iter().filter_map(dee).collect(),
        changed_at: version.first().and_then(|row| optional(row, 1)),
        version: version.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()),
    })
}

async fn put_reported(client: &mut Client, site: &str, entries: &[DeeEntry], at: Time) -> Result<bool, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    import::lock(&transaction, site).await?;
    let reported: Vec<&DeeEntry> = entries.iter().filter(|entry| entry.pbx.is_some()).collect();
    let sql = "SELECT valid_from, valid_until, main, member, source, pbx FROM dee_memberships WHERE site = $1 AND pbx <> '' ORDER BY id";
    let known: Vec<DeeEntry> = transaction.query(sql, &[&site]).await?.iter().filter_map(dee).collect();
    if known.iter().eq(reported.iter().copied()) {
        return Ok(false);
    }
    replace_reported(&transaction, site, &reported).await?;
    import::changed(&transaction, site, at).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn replace_reported(transaction: &Transaction<'_>, site: &str, reported: &[&DeeEntry]) -> Result<(), tokio_postgres::Error> {
    transaction.execute("DELETE FROM dee_memberships WHERE site = $1 AND pbx <> ''", &[&site]).await?;
    let text = |value: fn(&DeeEntry) -> &str| -> Vec<&str> { reported.iter().map(|entry| value(entry)).collect() };
    let pbxs = text(|entry| entry.pbx.as_deref().unwrap_or_default());
    let mains = text(|entry| entry.membership.main.as_str());
    let members = text(|entry| entry.membership.member.as_str());
    let sources = text(|entry| entry.membership.source.as_str());
    let from: Vec<At> = reported.iter().map(|entry| At(entry.membership.from)).collect();
    let until: Vec<Option<At>> = reported.iter().map(|entry| entry.membership.until.map(At)).collect();
    let sql = "INSERT INTO dee_memberships (site, pbx, main, member, source, valid_from, valid_until) \
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])";
    transaction.execute(sql, &[&site, &pbxs, &mains, &members, &sources, &from, &until]).await.map(drop)
}

fn time(row: &Row, column: usize) -> Time {
    row.get::<_, At>(column).0
}

fn optional(row: &Row, column: usize) -> Option<Time> {
    row.get::<_, Option<At>>(column).map(|at| at.0)
}

/// `None`: a kind that the table's check does not let in.
fn association(row: &Row) -> Option<Association> {
    let assignable = Assignable::from_parts(row.get(3), row.get(4))?;
    Some(Association { from: time(row, 0), until: optional(row, 1), user: row.get(2), assignable, primary: row.get(5) })
}

/// `None`: a source that the table's check does not let in.
fn dee(row: &Row) -> Option<DeeEntry> {
    let source = DeeSource::parse(row.get(4))?;
    let (main, member) = (DeviceId::new(row.get::<_, &str>(2)), DeviceId::new(row.get::<_, &str>(3)));
    let pbx: String = row.get(5);
    let membership = DeeMembership { from: time(row, 0), until: optional(row, 1), main, member, source };
    Some(DeeEntry { pbx: Some(pbx).filter(|pbx| !pbx.is_empty()), membership })
}
