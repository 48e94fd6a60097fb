//! A question about calls as SQL for PostgreSQL: from the index that narrows most, newest first.
//!
//! What matches is found in the index of segments or numbers, in its order, each call once; then only as many calls are looked at as
//! needed. Without a site this is done for each site, and the newest of all are taken.
//!
//! How many are wanted stands in the text: the plan that PostgreSQL keeps for it then knows that few are. An index of parts or numbers
//! is one for each month, and newest first means to look into all of them. So the last weeks are asked first: most have enough calls
//! there, and old months stay untouched on the disk.

use tokio_postgres::types::ToSql;

use super::time::At;
use crate::store::filter::Question;
use crate::store::number_key::{Wanted, end_of};

/// What a text binds.
pub(super) type Values = Vec<Box<dyn ToSql + Sync + Send>>;

/// How far back is looked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Over the last weeks before the end of what is asked for.
    Recent,
    /// As far as there are calls.
    All,
}

/// About as far as an index of this month and the one before reaches.
const RECENT: &str = "interval '40 days'";

/// Whether it is of use to ask the last weeks first.
pub(super) fn may_be_recent(question: &Question) -> bool {
    question.since.is_none() && (question.is_about_segments() || question.number.is_some())
}

/// The text and what it binds; the answer is each call's id and record.
pub(super) fn sql(question: &Question, reach: Reach) -> (String, Values) {
    let mut binds = Binds::default();
    let limit = i64::try_from(question.limit).unwrap_or(i64::MAX).to_string();
    let site = question.site.as_ref().map_or_else(|| "sites.name".to_owned(), |site| binds.bind(site.clone()));
    let newest = newest(question, reach, &site, &limit, &mut binds);
    let sql = match question.site {
        Some(_) => format!("SELECT id, record::text FROM ({newest}) AS newest ORDER BY started_at DESC, id DESC"),
        None => format!(
            "SELECT id, record::text FROM sites CROSS JOIN LATERAL ({newest}) AS newest ORDER BY started_at DESC, id DESC LIMIT {limit}"
        ),
    };
    (sql, binds.values)
}

/// The newest of one site.
fn newest(question: &Question, reach: Reach, site: &str, limit: &str, binds: &mut Binds) -> String {
    let mut of_call: Vec<String> =
        question.words.iter().map(|(column, word)| format!("c.{column} = {}", binds.bind(word.clone()))).collect();
    let Some(found) = Found::of(question, binds) else {
        of_call.push(format!("c.site = {site}"));
        of_call.extend(span(question, reach, "c.started_at", "c.id", binds));
        let of_call = of_call.join(" AND ");
        return format!(
            "SELECT c.id, c.started_at, c.record FROM calls AS c WHERE {of_call} ORDER BY c.started_at DESC, c.id DESC LIMIT {limit}"
        );
    };
    let Found { table, conditions } = found;
    let mut of_found = vec![format!("f.site = {site}")];
    of_found.extend(conditions.iter().map(|condition| condition.replace("{site}", site)));
    of_found.extend(span(question, reach, "f.call_started_at", "f.call_id", binds));
    let of_found = of_found.join(" AND ");
    // Where the call itself must still be judged, nobody knows yet how many are needed.
    let enough = if of_call.is_empty() { format!("LIMIT {limit}") } else { "OFFSET 0".to_owned() };
    let of_call = if of_call.is_empty() { "true".to_owned() } else { of_call.join(" AND ") };
    format!(
        "SELECT c.id, c.started_at, c.record FROM (SELECT DISTINCT ON (f.call_started_at, f.call_id) f.call_id, f.call_started_at \
         FROM {table} AS f WHERE {of_found} ORDER BY f.call_started_at DESC, f.call_id DESC {enough}) AS found \
         JOIN calls AS c ON c.id = found.call_id AND c.started_at = found.call_started_at WHERE {of_call} \
         ORDER BY found.call_started_at DESC, found.call_id DESC LIMIT {limit}"
    )
}

/// Where matching calls are found: a table of parts of calls.
struct Found {
    table: &'static str,
    /// Of each part `f`; `{site}` is the site.
    conditions: Vec<String>,
}

impl Found {
    /// `None`: nothing is asked of a part.
    fn of(question: &Question, binds: &mut Binds) -> Option<Self> {
        if !question.is_about_segments() {
            let conditions = vec![binds.number(question.number.as_ref()?, "f")];
            return Some(Self { table: "call_numbers", conditions });
        }
        let mut conditions = Vec::new();
        for (column, ids) in [("user_id", &question.users), ("group_id", &question.groups)] {
            match ids.as_deref() {
                None => {}
                // An equality keeps the order of the index.
                Some([id]) => conditions.push(format!("f.{column} = {}", binds.bind(*id))),
                Some(ids) => conditions.push(format!("f.{column} = ANY({})", binds.bind(ids.to_vec()))),
            }
        }
        for (column, text) in [("device", &question.device), ("agent", &question.agent)] {
            conditions.extend(text.iter().map(|text| format!("f.{column} = {}", binds.bind(text.clone()))));
        }
        conditions.extend(question.number.as_ref().map(|number| {
            let key = binds.number(number, "n");
            format!("EXISTS (SELECT 1 FROM call_numbers AS n WHERE n.site = {{site}} AND n.call_id = f.call_id AND n.call_started_at = f.call_started_at AND {key})")
        }));
        Some(Self { table: "segments", conditions })
    }
}

fn span(question: &Question, reach: Reach, time: &str, id: &str, binds: &mut Binds) -> Vec<String> {
    let mut conditions = Vec::new();
    let mut end = "now()".to_owned();
    conditions.extend(question.since.map(|since| format!("{time} >= {}", binds.bind(At(since)))));
    if let Some(until) = question.until {
        end = binds.bind(At(until));
        conditions.push(format!("{time} < {end}"));
    }
    if let Some(after) = question.after {
        end = binds.bind(At(after.started_at));
        conditions.push(format!("({time}, {id}) < ({end}, {}) AND {time} <= {end}", binds.bind(after.id)));
    }
    if reach == Reach::Recent {
        conditions.push(format!("{time} >= {end} - {RECENT}"));
    }
    conditions
}

#[derive(Default)]
struct Binds {
    values: Values,
}

impl Binds {
    fn bind(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }

    fn number(&mut self, wanted: &Wanted, alias: &str) -> String {
        let end = self.bind(end_of(wanted));
        let exactly = match wanted {
            Wanted::Exactly(key) => format!("{alias}.reversed = {}", self.bind(key.clone())),
            Wanted::Between(from, to) => {
                format!("{alias}.reversed >= {} AND {alias}.reversed < {}", self.bind(from.clone()), self.bind(to.clone()))
            }
        };
        format!("substr({alias}.reversed, 1, 6) = {end} AND {exactly}")
    }
}
