//! Importing a people file into PostgreSQL: one transaction, which locks the people of its site and no other.

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError};
use crate::directory::{Assignable, PeopleFile, email_key};
use crate::store::ImportReport;
use crate::store::identify::Known;
use crate::store::people_change::{Change, Pairs, Present, change};
use crate::telephony::Time;

impl Postgres {
    /// Makes the file the truth of the site's people from `at` on.
    ///
    /// Where something changed at `at` or later already (a clock was set back), the moment just after that counts instead, so that
    /// what holds over time never overlaps; the report says which.
    pub async fn import_people(&self, site: &str, file: &PeopleFile, at: Time) -> Result<ImportReport, PostgresError> {
        let mut client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, import(&mut client, site, file, at)).await;
        self.judge("import people", client, self.patience, outcome)
    }
}

async fn import(client: &mut Client, site: &str, file: &PeopleFile, at: Time) -> Result<ImportReport, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let changed_at = lock(&transaction, site).await?;
    let present = Present { changed_at, ..present(&transaction, site).await? };
    let change = change(&present, file, at);
    if !change.report.is_unchanged() {
        write(&transaction, site, &change).await?;
        changed(&transaction, site, change.report.at).await?;
        transaction.commit().await?;
    }
    Ok(change.report)
}

/// One writer of a site's people at a time; when they changed last.
pub(super) async fn lock(transaction: &Transaction<'_>, site: &str) -> Result<Option<Time>, tokio_postgres::Error> {
    transaction.execute("INSERT INTO sites (name) VALUES ($1) ON CONFLICT DO NOTHING", &[&site]).await?;
    let row = transaction.query_one("SELECT people_changed_at FROM sites WHERE name = $1 FOR UPDATE", &[&site]).await?;
    Ok(row.get::<_, Option<At>>(0).map(|at| at.0))
}

/// Lets everybody who has read the people know that they changed.
pub(super) async fn changed(transaction: &Transaction<'_>, site: &str, at: Time) -> Result<(), tokio_postgres::Error> {
    let sql = "UPDATE sites SET people_version = people_version + 1, people_changed_at = $2 WHERE name = $1";
    transaction.execute(sql, &[&site, &At(at)]).await.map(drop)
}

async fn present(transaction: &Transaction<'_>, site: &str) -> Result<Present, tokio_postgres::Error> {
    let users = transaction.query("SELECT id, name, email, gone_at IS NOT NULL FROM users WHERE site = $1", &[&site]).await?;
    let held = "SELECT kind, number, user_id, is_primary FROM associations WHERE site = $1 AND valid_until IS NULL";
    let held = transaction.query(held, &[&site]).await?;
    let dee = "SELECT main, member FROM dee_memberships WHERE site = $1 AND source = 'file' AND valid_until IS NULL";
    let dee = transaction.query(dee, &[&site]).await?;
    let held = held.iter().filter_map(|row| Some((Assignable::from_parts(row.get(0), row.get(1))?, (row.get(2), row.get(3)))));
    Ok(Present {
        users: users.iter().map(|row| (row.get(0), Known { name: row.get(1), email: row.get(2), gone: row.get(3) })).collect(),
        held: held.collect(),
        members: in_groups(transaction, site, "memberships").await?,
        primary_groups: in_groups(transaction, site, "primary_groups").await?,
        dee: dee.iter().map(|row| (row.get(0), row.get(1))).collect(),
        changed_at: None,
    })
}

async fn in_groups(transaction: &Transaction<'_>, site: &str, table: &str) -> Result<Pairs, tokio_postgres::Error> {
    let sql = format!(
        "SELECT held.user_id, g.name FROM {table} AS held JOIN user_groups AS g ON g.site = held.site AND g.id = held.group_id \
         WHERE held.site = $1 AND held.valid_until IS NULL"
    );
    let rows = transaction.query(&sql, &[&site]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn write(transaction: &Transaction<'_>, site: &str, change: &Change) -> Result<(), tokio_postgres::Error> {
    let at = At(change.report.at);
    for is_new in [false, true] {
        let users: Vec<_> = change.users.iter().filter(|(_, new)| *new == is_new).map(|(user, _)| user).collect();
        let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
        let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
        let emails: Vec<Option<&str>> = users.iter().map(|user| user.email.as_deref()).collect();
        let keys: Vec<Option<String>> = users.iter().map(|user| user.email.as_deref().map(email_key)).collect();
        let sql = if is_new {
            "INSERT INTO users (site, id, name, email, email_key) SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[])"
        } else {
            "UPDATE users SET name = new.name, email = new.email, email_key = new.email_key, gone_at = NULL \
             FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS new (id, name, email, email_key) \
             WHERE users.site = $1 AND users.id = new.id"
        };
        execute(transaction, ids.len(), sql, &[&site, &ids, &names, &emails, &keys]).await?;
    }
    let (kinds, numbers) = assignables(change.held_ended.iter());
    let sql = "UPDATE associations SET valid_until = $4 FROM unnest($2::text[], $3::text[]) AS ended (kind, number) \
               WHERE site = $1 AND associations.kind = ended.kind AND associations.number = ended.number AND valid_until IS NULL";
    execute(transaction, kinds.len(), sql, &[&site, &kinds, &numbers, &at]).await?;
    let (kinds, numbers) = assignables(change.held_begun.iter().map(|(_, what, _)| what));
    let users: Vec<Uuid> = change.held_begun.iter().map(|(user, ..)| *user).collect();
    let primary: Vec<bool> = change.held_begun.iter().map(|(.., primary)| *primary).collect();
    let sql = "INSERT INTO associations (site, valid_from, user_id, kind, number, is_primary) \
               SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bool[])";
    execute(transaction, users.len(), sql, &[&site, &at, &users, &kinds, &numbers, &primary]).await?;

    let ids: Vec<Uuid> = change.groups.iter().map(|group| group.id).collect();
    let names: Vec<&str> = change.groups.iter().map(|group| group.name.as_str()).collect();
    let sql = "INSERT INTO user_groups (site, id, name) SELECT $1, * FROM unnest($2::uuid[], $3::text[]) ON CONFLICT DO NOTHING";
    execute(transaction, ids.len(), sql, &[&site, &ids, &names]).await?;
    for (table, ended, begun) in [
        ("memberships", &change.members_ended, &change.members_begun),
        ("primary_groups", &change.primary_groups_ended, &change.primary_groups_begun),
    ] {
        let sql = format!(
            "UPDATE {table} AS held SET valid_until = $2 FROM unnest($3::uuid[], $4::text[]) AS ended (user_id, name) \
             JOIN user_groups AS g ON g.site = $1 AND g.name = ended.name \
             WHERE held.site = $1 AND held.user_id = ended.user_id AND held.group_id = g.id AND held.valid_until IS NULL"
        );
        pairs(transaction, site, at, &sql, ended).await?;
        let sql = format!(
            "INSERT INTO {table} (site, valid_from, user_id, group_id) SELECT $1, $2, begun.user_id, g.id \
             FROM unnest($3::uuid[], $4::text[]) AS begun (user_id, name) JOIN user_groups AS g ON g.site = $1 AND g.name = begun.name"
        );
        pairs(transaction, site, at, &sql, begun).await?;
    }
    let sql = "UPDATE users SET gone_at = $2 WHERE site = $1 AND id = ANY($3)";
    execute(transaction, change.gone.len(), sql, &[&site, &at, &change.gone]).await?;
    let sql = "UPDATE dee_memberships AS held SET valid_until = $2 FROM unnest($3::text[], $4::text[]) AS ended (main, member) \
               WHERE site = $1 AND pbx = '' AND held.main = ended.main AND held.member = ended.member AND valid_until IS NULL";
    dee(transaction, site, at, sql, &change.report.dee_ended).await?;
    let sql = "INSERT INTO dee_memberships (site, pbx, source, valid_from, main, member) \
               SELECT $1, '', 'file', $2, * FROM unnest($3::text[], $4::text[])";
    dee(transaction, site, at, sql, &change.report.dee_begun).await
}

fn assignables<'a>(of: impl Iterator<Item = &'a Assignable>) -> (Vec<&'a str>, Vec<&'a str>) {
    of.map(|what| (what.kind(), what.number())).unzip()
}

async fn pairs(
    transaction: &Transaction<'_>,
    site: &str,
    at: At,
    sql: &str,
    pairs: &[(Uuid, String)],
) -> Result<(), tokio_postgres::Error> {
    let (users, names): (Vec<Uuid>, Vec<&str>) = pairs.iter().map(|(user, name)| (*user, name.as_str())).unzip();
    execute(transaction, pairs.len(), sql, &[&site, &at, &users, &names]).await
}

async fn dee(
    transaction: &Transaction<'_>,
    site: &str,
    at: At,
    sql: &str,
    pairs: &[(String, String)],
) -> Result<(), tokio_postgres::Error> {
    let (mains, members): (Vec<&str>, Vec<&str>) = pairs.iter().map(|(main, member)| (main.as_str(), member.as_str())).unzip();
    execute(transaction, pairs.len(), sql, &[&site, &at, &mains, &members]).await
}

/// Nothing where there are no rows.
async fn execute(
    transaction: &Transaction<'_>,
    rows: usize,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<(), tokio_postgres::Error> {
    if rows > 0 {
        transaction.execute(sql, values).await?;
    }
    Ok(())
}
