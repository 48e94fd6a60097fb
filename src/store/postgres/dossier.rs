//! Everything that PostgreSQL has of one person of a site.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::time::At;
use super::{Postgres, PostgresError};
use crate::directory::{GroupMembership, PrimaryGroup, User};
use crate::privacy::Person;
use crate::record::CallRecord;
use crate::store::filter::{Called, users_called};
use crate::store::privacy::{Concerned, Dossier, Shown};
use crate::store::{PeopleCopy, StoreError};
use crate::telephony::Time;

const DOING: &str = "read what is known of a person";

/// Calls read at once.
const PAGE: i64 = 500;

impl Postgres {
    /// What is known of the site's user of that name, email or id; also where the site keeps its people elsewhere.
    pub async fn dossier(&self, site: &str, wanted: &str) -> Result<Dossier, StoreError> {
        let sql = "SELECT id, name, email_key FROM users WHERE site = $1 UNION SELECT id, name, NULL FROM credited_users WHERE site = $1";
        let known: Vec<Called> = self.ask(DOING, sql, &[&site]).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        let user = match users_called(&known, wanted)?.as_slice() {
            [one] => *one,
            several => return Err(StoreError::AmbiguousUser { wanted: wanted.to_owned(), candidates: several.to_vec() }),
        };
        let sql = "SELECT EXISTS (SELECT 1 FROM holds WHERE site = $1 AND user_id = $2 AND removed_at IS NULL)";
        let is_held = self.ask(DOING, sql, &[&site, &user]).await?.first().is_some_and(|row| row.get(0));
        let sql = "SELECT DISTINCT name FROM credited_users WHERE site = $1 AND id = $2";
        let names: BTreeSet<String> = self.ask(DOING, sql, &[&site, &user]).await?.iter().map(|row| row.get(0)).collect();
        Ok(gather(self.people(site).await?, user, names, is_held))
    }

    /// Every call of the site with a part that is credited to that user, oldest first.
    pub async fn calls_of(&self, site: &str, user: Uuid, show: Shown<'_>) -> Result<std::io::Result<()>, StoreError> {
        let sql = format!(
            "SELECT f.call_started_at, f.call_id, c.record::text FROM \
             (SELECT DISTINCT call_started_at, call_id FROM segments WHERE site = $1 AND user_id = $2 AND call_started_at >= $3 \
              AND (call_started_at, call_id) > ($3, $4) ORDER BY call_started_at, call_id LIMIT {PAGE}) AS f \
             JOIN calls AS c ON c.id = f.call_id AND c.started_at = f.call_started_at ORDER BY f.call_started_at, f.call_id"
        );
        let (mut since, mut id) = (At(Time::MIN), Uuid::nil());
        loop {
            let rows = self.ask(DOING, &sql, &[&site, &user, &since, &id]).await?;
            let Some(last) = rows.last() else { return Ok(Ok(())) };
            (since, id) = (last.get(0), last.get(1));
            for row in &rows {
                let record: CallRecord = serde_json::from_str(row.get(2)).map_err(|error| {
                    let why = format!("call {} cannot be read back ({error})", row.get::<_, Uuid>(1));
                    PostgresError::Unfit { at: self.at.to_string(), doing: DOING, why }
                })?;
                if let Err(error) = show(&record) {
                    return Ok(Err(error));
                }
            }
        }
    }

    /// How many calls of the site are credited to that user.
    pub async fn concerned(&self, site: &str, user: Uuid) -> Result<Concerned, PostgresError> {
        let sql = "SELECT count(DISTINCT call_id) FROM segments WHERE site = $1 AND user_id = $2";
        let rows = self.ask(DOING, sql, &[&site, &user]).await?;
        Ok(Concerned { credited: rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()) })
    }
}

fn gather(people: PeopleCopy, user: Uuid, mut names: BTreeSet<String>, is_held: bool) -> Dossier {
    let row = people.users.iter().find(|(known, _)| known.id == user);
    let is_present = row.is_some_and(|(_, gone_at)| gone_at.is_none());
    let known = row.map(|(known, _)| known.clone());
    names.extend(known.iter().map(|known| known.name.clone()));
    let name = known.as_ref().map(|known| known.name.clone()).or_else(|| names.first().cloned()).unwrap_or_default();
    let email = known.and_then(|known| known.email);
    let associations: Vec<_> = people.associations.into_iter().filter(|held| held.user == user).collect();
    let overlaps = |from: Time, until: Option<Time>, other: Time, other_until: Option<Time>| {
        until.is_none_or(|until| other < until) && other_until.is_none_or(|until| from < until)
    };
    let mut numbers: BTreeSet<String> = associations.iter().map(|held| held.assignable.number().to_owned()).collect();
    for entry in &people.dee {
        let membership = &entry.membership;
        let rings = associations.iter().any(|held| {
            held.assignable.kind() == "extension"
                && held.assignable.number() == membership.main.as_str()
                && overlaps(held.from, held.until, membership.from, membership.until)
        });
        if rings {
            numbers.insert(membership.member.to_string());
        }
    }
    let memberships: Vec<GroupMembership> = people.memberships.into_iter().filter(|held| held.user == user).collect();
    let primary_groups: Vec<PrimaryGroup> = people.primary_groups.into_iter().filter(|held| held.user == user).collect();
    let person = Person { id: user, names, emails: email.iter().cloned().collect(), numbers };
    Dossier { user: User { id: user, name, email }, is_present, is_held, associations, memberships, primary_groups, person }
}
