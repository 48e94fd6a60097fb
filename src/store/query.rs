//! A question about calls as SQL for SQLite: from the index that narrows most, newest first.
//!
//! A call may come several times, once for each segment or number that matches, always in a row: whoever reads drops what follows
//! its like, and stops reading when there is enough. So the index is walked only as far as needed.

use rusqlite::types::Value;

use super::filter::Question;
use super::number_key::{Wanted, end_of};

/// The text and what it binds.
pub(super) fn sql(question: &Question) -> (String, Vec<Value>) {
    let mut binds = Binds::default();
    let (from, time) = if question.is_about_segments() {
        ("segments AS s CROSS JOIN calls AS c ON c.seq = s.call", "s.call_started_at")
    } else if question.number.is_some() {
        ("call_numbers AS n CROSS JOIN calls AS c ON c.seq = n.call", "n.call_started_at")
    } else {
        ("calls AS c", "c.started_at")
    };
    let mut conditions = Vec::new();
    for (column, ids) in [("s.user_id", &question.users), ("s.group_id", &question.groups)] {
        let Some(ids) = ids else { continue };
        let places: Vec<String> = ids.iter().map(|id| binds.bind(id.to_string())).collect();
        conditions.push(format!("{column} IN ({})", places.join(", ")));
    }
    for (column, text) in [("s.device", &question.device), ("s.agent", &question.agent), ("c.site", &question.site)] {
        let Some(text) = text else { continue };
        conditions.push(format!("{column} = {}", binds.bind(text.clone())));
    }
    for (column, word) in &question.words {
        conditions.push(format!("c.{column} = {}", binds.bind(word.clone())));
    }
    if let Some(number) = &question.number {
        let key = binds.number(number);
        conditions.push(if question.is_about_segments() {
            format!("s.call IN (SELECT n.call FROM call_numbers AS n WHERE {key})")
        } else {
            key
        });
    }
    if let Some(since) = question.since {
        conditions.push(format!("{time} >= {}", binds.bind(since.as_micros())));
    }
    if let Some(until) = question.until {
        conditions.push(format!("{time} < {}", binds.bind(until.as_micros())));
    }
    if let Some(after) = question.after {
        let (started_at, id) = (binds.bind(after.started_at.as_micros()), binds.bind(after.id.to_string()));
        // The first half for the index, the second for calls of the same moment.
        conditions.push(format!("{time} <= {started_at} AND ({time}, c.id) < ({started_at}, {id})"));
    }
    let conditions = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    (format!("SELECT c.id, c.record FROM {from}{conditions} ORDER BY {time} DESC, c.id DESC"), binds.values)
}

#[derive(Default)]
struct Binds {
    values: Vec<Value>,
}

impl Binds {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Of one row of `call_numbers AS n`; its end as the index has it.
    fn number(&mut self, wanted: &Wanted) -> String {
        let end = self.bind(end_of(wanted));
        let exactly = match wanted {
            Wanted::Exactly(key) => format!("n.reversed = {}", self.bind(key.clone())),
            Wanted::Between(from, to) => format!("n.reversed >= {} AND n.reversed < {}", self.bind(from.clone()), self.bind(to.clone())),
        };
        format!("substr(n.reversed, 1, 6) = {end} AND {exactly}")
    }
}
