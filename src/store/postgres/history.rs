//! The history of calls in PostgreSQL: one call, or all that match, newest first; and how many count for each group.

use deadpool_postgres::Client;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, SimpleQueryMessage};
use uuid::Uuid;

use super::Postgres;
use super::query::{self, Reach};
use super::time::At;
use crate::directory::{Group, email_key};
use crate::record::CallRecord;
use crate::store::StoreError;
use crate::store::filter::{CallFilter, Called, GroupCount, Question, ceiling, id_digits, users_called};
use crate::telephony::Time;

const DOING: &str = "read calls";

impl Postgres {
    /// The calls that match, newest first.
    pub async fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRecord>, StoreError> {
        let question = self.question(filter).await?;
        if question.is_hopeless() || question.limit == 0 {
            return Ok(Vec::new());
        }
        if query::may_be_recent(&question) {
            let recent = self.newest(&question, Reach::Recent).await?;
            if recent.len() == question.limit {
                return recent.iter().map(|row| self.record(row)).collect();
            }
        }
        self.newest(&question, Reach::All).await?.iter().map(|row| self.record(row)).collect()
    }

    async fn newest(&self, question: &Question, reach: Reach) -> Result<Vec<Row>, super::PostgresError> {
        let (sql, values) = query::sql(question, reach);
        self.ask(DOING, &sql, &borrowed(&values)).await
    }

    /// The call whose id begins so, with or without hyphens, of any site; `None` where there is none.
    pub async fn call(&self, prefix: &str) -> Result<Option<CallRecord>, StoreError> {
        let wrong = || StoreError::NotACallId { prefix: prefix.to_owned() };
        let digits = id_digits(prefix).ok_or_else(wrong)?;
        let bound = |filler: &str| Uuid::parse_str(&format!("{digits}{}", filler.repeat(32 - digits.len()))).map_err(|_| wrong());
        let (from, to) = (bound("0")?, bound("f")?);
        let sql = "SELECT c.id, c.record::text FROM (SELECT id, started_at FROM call_ids WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 5) AS found \
                   JOIN calls AS c ON c.id = found.id AND c.started_at = found.started_at ORDER BY c.id";
        let rows = self.ask("read a call", sql, &[&from, &to]).await?;
        match rows.as_slice() {
            [] => Ok(None),
            [row] => self.record(row).map(Some),
            several => {
                let candidates = several.iter().map(|row| row.get(0)).collect();
                Err(StoreError::AmbiguousCall { prefix: prefix.to_owned(), candidates })
            }
        }
    }

    /// How many calls of the site that began in this time count for each group; by the groups' names, and only those with calls.
    pub async fn count_by_group(&self, site: &str, since: Option<Time>, until: Option<Time>) -> Result<Vec<GroupCount>, StoreError> {
        let rows = self.ask("count calls", COUNT, &[&site, &since.map(|at| At(ceiling(at))), &until.map(|at| At(ceiling(at)))]).await?;
        let count = |row: &Row, column| row.get::<_, i64>(column).unsigned_abs();
        let counted = rows.iter().map(|row| GroupCount {
            group: Group { id: row.get(0), name: row.get(1) },
            calls: count(row, 2),
            answered: count(row, 3),
        });
        Ok(counted.collect())
    }

    async fn question(&self, filter: &CallFilter) -> Result<Question, StoreError> {
        let users = match &filter.user {
            None => None,
            Some(wanted) => Some(self.users_called(filter.site.as_deref(), wanted).await?),
        };
        let groups = match &filter.group {
            None => None,
            Some(wanted) => {
                let here = of_site(filter.site.as_deref());
                let sql = format!(
                    "SELECT id FROM user_groups WHERE {here} AND (name = $2 OR id::text = $2) \
                     UNION SELECT id FROM credited_groups WHERE {here} AND (name = $2 OR id::text = $2)"
                );
                let rows = self.ask("read the people", &sql, &[&filter.site, &wanted.trim()]).await?;
                Some(rows.iter().map(|row| row.get(0)).collect())
            }
        };
        Ok(Question::new(filter, users, groups))
    }

    async fn users_called(&self, site: Option<&str>, wanted: &str) -> Result<Vec<Uuid>, StoreError> {
        let known = |rows: &[Row]| rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect::<Vec<Called>>();
        let (id, email, name) = (wanted.trim().parse::<Uuid>().ok(), email_key(wanted.trim()), wanted.trim());
        let here = of_site(site);
        let exactly = format!(
            "SELECT id, name, email_key FROM users WHERE {here} AND (id = $2 OR email_key = $3 OR name = $4) \
             UNION SELECT id, name, NULL FROM credited_users WHERE {here} AND (id = $2 OR name = $4)"
        );
        let rows = self.ask("read the people", &exactly, &[&site, &id, &email, &name]).await?;
        if !rows.is_empty() {
            return users_called(&known(&rows), wanted);
        }
        // Whoever is written a little differently is looked for among all.
        let all =
            format!("SELECT id, name, email_key FROM users WHERE {here} UNION SELECT id, name, NULL FROM credited_users WHERE {here}");
        let rows = self.ask("read the people", &all, &[&site]).await?;
        users_called(&known(&rows), wanted)
    }

    fn record(&self, row: &Row) -> Result<CallRecord, StoreError> {
        let json: &str = row.get(1);
        serde_json::from_str(json).map_err(|error| {
            let why = format!("call {} cannot be read back ({error})", row.get::<_, Uuid>(0));
            super::PostgresError::Unfit { at: self.at.to_string(), doing: DOING, why }.into()
        })
    }

    /// How PostgreSQL would answer, for the test that no question walks through all calls.
    #[doc(hidden)]
    pub async fn explain_query(&self, filter: &CallFilter) -> Result<String, StoreError> {
        let question = self.question(filter).await?;
        let mut plans = Vec::new();
        for reach in [Reach::Recent, Reach::All] {
            let (sql, values) = query::sql(&question, reach);
            plans.push(self.plan(&sql, &borrowed(&values)).await?);
        }
        Ok(plans.join("\n"))
    }

    /// The same for the count by group.
    #[doc(hidden)]
    pub async fn explain_count(&self, site: &str) -> Result<String, StoreError> {
        Ok(self.plan(COUNT, &[&site, &None::<At>, &None::<At>]).await?)
    }

    /// The plan that is kept for the text, as it shows with these values.
    pub(super) async fn plan(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<String, super::PostgresError> {
        let client = self.client().await?;
        let work = async {
            let statement = client.prepare(sql).await?;
            // Values cannot be bound here: the server itself writes them out.
            let written = (1..).zip(statement.params()).map(|(number, of)| format!("quote_nullable(${number}::{}::text)", of.name()));
            let written = format!("SELECT ARRAY[{}]::text[]", written.collect::<Vec<_>>().join(", "));
            let written: Vec<String> = client.query_one(&written, values).await?.get(0);
            let written = if written.is_empty() { String::new() } else { format!("({})", written.join(", ")) };
            let explain = format!("PREPARE explained AS {sql}; EXPLAIN EXECUTE explained{written}; DEALLOCATE explained");
            client.simple_query(&explain).await
        };
        let outcome = tokio::time::timeout(self.patience, work).await;
        let messages = self.judge("explain a question", client, self.patience, outcome)?;
        let lines = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Asks one question; its text is prepared once for each connection.
    pub(super) async fn ask(
        &self,
        doing: &'static str,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, super::PostgresError> {
        let client = self.client().await?;
        let outcome = tokio::time::timeout(self.patience, answer(&client, sql, values)).await;
        self.judge(doing, client, self.patience, outcome)
    }
}

async fn answer(client: &Client, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = client.prepare_cached(sql).await?;
    client.query(&statement, values).await
}

/// A condition with `$1`, the site: where there is one, the index by it is of use.
fn of_site(site: Option<&str>) -> &'static str {
    if site.is_some() { "site = $1::text" } else { "$1::text IS NULL" }
}

fn borrowed(values: &query::Values) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
}

const COUNT: &str = "SELECT g.id, g.name, count(DISTINCT s.call_id), count(DISTINCT s.call_id) FILTER (WHERE s.outcome = 'answered') \
    FROM (SELECT id, min(name) AS name FROM (SELECT id, name FROM user_groups WHERE site = $1 \
        UNION ALL SELECT id, name FROM credited_groups WHERE site = $1) AS known GROUP BY id) AS g \
    JOIN segments AS s ON s.group_id = g.id WHERE s.site = $1 AND s.group_id IS NOT NULL \
        AND s.call_started_at >= coalesce($2, '-infinity'::timestamptz) AND s.call_started_at < coalesce($3, 'infinity'::timestamptz) \
    GROUP BY g.id, g.name ORDER BY g.name, g.id";
