//! A site's people with all their history, brought from another database into one that does not know them.

use deadpool_postgres::Client;
use uuid::Uuid;

use super::import::{changed, lock};
use super::time::At;
use crate::directory::email_key;
use crate::store::PeopleCopy;
use crate::telephony::Time;

/// False: the site has people there.
pub(super) async fn seed(client: &mut Client, site: &str, people: &PeopleCopy, now: Time) -> Result<bool, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    if people.users.is_empty() || lock(&transaction, site).await?.is_some() {
        return Ok(false);
    }
    let ids: Vec<Uuid> = people.users.iter().map(|(user, _)| user.id).collect();
    let names: Vec<&str> = people.users.iter().map(|(user, _)| user.name.as_str()).collect();
    let emails: Vec<Option<&str>> = people.users.iter().map(|(user, _)| user.email.as_deref()).collect();
    let keys: Vec<Option<String>> = people.users.iter().map(|(user, _)| user.email.as_deref().map(email_key)).collect();
    let gone: Vec<Option<At>> = people.users.iter().map(|(_, gone_at)| gone_at.map(At)).collect();
    let sql = "INSERT INTO users (site, id, name, email, email_key, gone_at) \
               SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])";
    transaction.execute(sql, &[&site, &ids, &names, &emails, &keys, &gone]).await?;

    let ids: Vec<Uuid> = people.groups.iter().map(|group| group.id).collect();
    let names: Vec<&str> = people.groups.iter().map(|group| group.name.as_str()).collect();
    let sql = "INSERT INTO user_groups (site, id, name) SELECT $1, * FROM unnest($2::uuid[], $3::text[])";
    transaction.execute(sql, &[&site, &ids, &names]).await?;

    let held = &people.associations;
    let users: Vec<Uuid> = held.iter().map(|held| held.user).collect();
    let kinds: Vec<&str> = held.iter().map(|held| held.assignable.kind()).collect();
    let numbers: Vec<&str> = held.iter().map(|held| held.assignable.number()).collect();
    let primary: Vec<bool> = held.iter().map(|held| held.primary).collect();
    let from: Vec<At> = held.iter().map(|held| At(held.from)).collect();
    let until: Vec<Option<At>> = held.iter().map(|held| held.until.map(At)).collect();
    let sql = "INSERT INTO associations (site, user_id, kind, number, is_primary, valid_from, valid_until) \
               SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bool[], $6::timestamptz[], $7::timestamptz[])";
    transaction.execute(sql, &[&site, &users, &kinds, &numbers, &primary, &from, &until]).await?;

    let members: Vec<_> = people.memberships.iter().map(|held| (held.user, held.group.id, held.from, held.until)).collect();
    let primary: Vec<_> = people.primary_groups.iter().map(|held| (held.user, held.group.id, held.from, held.until)).collect();
    for (table, held) in [("memberships", members), ("primary_groups", primary)] {
        let users: Vec<Uuid> = held.iter().map(|held| held.0).collect();
        let groups: Vec<Uuid> = held.iter().map(|held| held.1).collect();
        let from: Vec<At> = held.iter().map(|held| At(held.2)).collect();
        let until: Vec<Option<At>> = held.iter().map(|held| held.3.map(At)).collect();
        let sql = format!(
            "INSERT INTO {table} (site, user_id, group_id, valid_from, valid_until) \
             SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])"
        );
        transaction.execute(&sql, &[&site, &users, &groups, &from, &until]).await?;
    }

    let dee: Vec<_> = people.dee.iter().filter(|entry| entry.pbx.is_none()).map(|entry| &entry.membership).collect();
    let mains: Vec<&str> = dee.iter().map(|held| held.main.as_str()).collect();
    let members: Vec<&str> = dee.iter().map(|held| held.member.as_str()).collect();
    let from: Vec<At> = dee.iter().map(|held| At(held.from)).collect();
    let until: Vec<Option<At>> = dee.iter().map(|held| held.until.map(At)).collect();
    let sql = "INSERT INTO dee_memberships (site, pbx, source, main, member, valid_from, valid_until) \
               SELECT $1, '', 'file', * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])";
    transaction.execute(sql, &[&site, &mains, &members, &from, &until]).await?;
    changed(&transaction, site, people.changed_at.unwrap_or(now)).await?;
    transaction.commit().await?;
    Ok(true)
}
