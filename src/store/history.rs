//! The history of calls in SQLite: one call, or all that match, newest first; and how many count for each group.

use rusqlite::Connection;
use uuid::Uuid;

use super::error::Doing;
use super::filter::{CallFilter, Called, GroupCount, Question, ceiling, id_digits, users_called};
use super::people::id;
use super::{Store, StoreError, query};
use crate::directory::{Group, email_key};
use crate::record::CallRecord;
use crate::telephony::Time;

impl Store {
    /// The calls that match, newest first.
    pub fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRecord>, StoreError> {
        const DOING: &str = "read calls";
        let connection = self.connection();
        let question = self.question(&connection, filter)?;
        if question.is_hopeless() || question.limit == 0 {
            return Ok(Vec::new());
        }
        let (sql, values) = query::sql(&question);
        let mut statement = connection.prepare_cached(&sql).doing(&self.path, DOING)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).doing(&self.path, DOING)?;
        let mut calls: Vec<CallRecord> = Vec::new();
        let mut last = String::new();
        while let Some(row) = rows.next().doing(&self.path, DOING)? {
            let id = row.get_ref(0).and_then(|id| Ok(id.as_str()?)).doing(&self.path, DOING)?;
            if id == last {
                continue;
            }
            id.clone_into(&mut last);
            let json: String = row.get(1).doing(&self.path, DOING)?;
            calls.push(self.read_record(&last, &json)?);
            if calls.len() == question.limit {
                break;
            }
        }
        Ok(calls)
    }

    /// The call whose id begins so, with or without hyphens; `None` where there is none.
    pub fn call(&self, prefix: &str) -> Result<Option<CallRecord>, StoreError> {
        const DOING: &str = "read a call";
        let from = id_prefix(prefix).ok_or_else(|| StoreError::NotACallId { prefix: prefix.to_owned() })?;
        // 'g' follows 'f' and everything else that an id is written with.
        let to = format!("{from}g");
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT id, record FROM calls WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 5")
            .doing(&self.path, DOING)?;
        let rows = statement.query_map([from, to], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect);
        let found: Vec<(String, String)> = rows.doing(&self.path, DOING)?;
        match found.as_slice() {
            [] => Ok(None),
            [(id, json)] => self.read_record(id, json).map(Some),
            several => {
                let candidates = several.iter().filter_map(|(id, _)| id.parse().ok()).collect();
                Err(StoreError::AmbiguousCall { prefix: prefix.to_owned(), candidates })
            }
        }
    }

    /// How many calls that began in this time count for each group; by the groups' names, and only those with calls.
    pub fn count_by_group(&self, since: Option<Time>, until: Option<Time>) -> Result<Vec<GroupCount>, StoreError> {
        const DOING: &str = "count calls";
        let connection = self.connection();
        let mut statement = connection.prepare_cached(COUNT).doing(&self.path, DOING)?;
        let rows = statement.query_map(bounds(since, until), |row| {
            let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
            Ok(GroupCount { group: Group { id: id(row, 0)?, name: row.get(1)? }, calls: count(2)?, answered: count(3)? })
        });
        rows.and_then(Iterator::collect).doing(&self.path, DOING)
    }

    fn question(&self, connection: &Connection, filter: &CallFilter) -> Result<Question, StoreError> {
        let users = filter.user.as_deref().map(|wanted| self.users_called(connection, wanted)).transpose()?;
        let groups = filter.group.as_deref().map(|wanted| self.groups_called(connection, wanted)).transpose()?;
        Ok(Question::new(filter, users, groups))
    }

    fn users_called(&self, connection: &Connection, wanted: &str) -> Result<Vec<Uuid>, StoreError> {
        const DOING: &str = "read the people";
        let name = wanted.trim();
        let exactly = [name.parse::<Uuid>().map(|id| id.to_string()).unwrap_or_default(), email_key(name), name.to_owned()];
        let known = |sql, values: &[String]| -> rusqlite::Result<Vec<Called>> {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(rusqlite::params_from_iter(values), |row| Ok((id(row, 0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        };
        let sql = "SELECT id, name, email_key FROM users WHERE id = ?1 OR email_key = ?2 OR name = ?3";
        let users = known(sql, &exactly).doing(&self.path, DOING)?;
        if !users.is_empty() {
            return users_called(&users, wanted);
        }
        // Whoever is written a little differently is looked for among all.
        let users = known("SELECT id, name, email_key FROM users", &[]).doing(&self.path, DOING)?;
        users_called(&users, wanted)
    }

    fn groups_called(&self, connection: &Connection, wanted: &str) -> Result<Vec<Uuid>, StoreError> {
        const DOING: &str = "read the people";
        let mut statement = connection.prepare_cached("SELECT id FROM user_groups WHERE name = ?1 OR id = ?1").doing(&self.path, DOING)?;
        statement.query_map([wanted.trim()], |row| id(row, 0)).and_then(Iterator::collect).doing(&self.path, DOING)
    }

    fn read_record(&self, id: &str, json: &str) -> Result<CallRecord, StoreError> {
        serde_json::from_str(json).map_err(|error| StoreError::Unreadable {
            path: self.path.clone(),
            what: format!("call {id}"),
            detail: error.to_string(),
        })
    }

    /// How SQLite would answer, for the test that no question walks through all calls.
    #[doc(hidden)]
    pub fn explain_query(&self, filter: &CallFilter) -> Result<String, StoreError> {
        let connection = self.connection();
        let (sql, values) = query::sql(&self.question(&connection, filter)?);
        self.plan(&connection, &sql, values)
    }

    /// The same for the count by group.
    #[doc(hidden)]
    pub fn explain_count(&self) -> Result<String, StoreError> {
        self.plan(&self.connection(), COUNT, bounds(None, None))
    }

    fn plan(&self, connection: &Connection, sql: &str, values: impl IntoIterator<Item: rusqlite::ToSql>) -> Result<String, StoreError> {
        const DOING: &str = "explain a question";
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).doing(&self.path, DOING)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).and_then(Iterator::collect);
        rows.doing(&self.path, DOING).map(|rows: Vec<String>| rows.join("\n"))
    }
}

const COUNT: &str = "SELECT g.id, g.name, count(DISTINCT s.call), count(DISTINCT iif(s.outcome = 'answered', s.call, NULL)) \
                     FROM user_groups AS g CROSS JOIN segments AS s ON s.group_id = g.id \
                     WHERE s.call_started_at >= ?1 AND s.call_started_at < ?2 GROUP BY g.id ORDER BY g.name";

fn bounds(since: Option<Time>, until: Option<Time>) -> [i64; 2] {
    [since.map_or(i64::MIN, |since| ceiling(since).as_micros()), until.map_or(i64::MAX, |until| ceiling(until).as_micros())]
}

/// The beginning of an id as it is stored: lower case, hyphens where they belong.
fn id_prefix(text: &str) -> Option<String> {
    let mut id = String::with_capacity(36);
    for (place, digit) in id_digits(text)?.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    Some(id)
}
