//! Holds stored records against the truth in every field but ids. Moments and lengths of time may differ by what two processes need
//! to hear of each other; what ended out of sight may differ as the gap rules (design §3) say.

use std::collections::BTreeMap;

use serde_json::Value;
use strowger::record::{CallRecord, LeftBy};
use strowger::telephony::Time;

/// Two processes on a busy machine; the steps of the scenarios stand a second apart.
const LATE_MS: u64 = 700;

/// Each place where a record differs from what happened, or has no counterpart.
pub(crate) fn wrong(name: &str, truth: &[CallRecord], records: &[CallRecord]) -> Vec<String> {
    let key = |call: &CallRecord| call.switch_calls.first().cloned().unwrap_or_default();
    let mut records: BTreeMap<String, &CallRecord> = records.iter().map(|record| (key(record), record)).collect();
    let mut wrong = Vec::new();
    for call in truth {
        let number = key(call);
        match records.remove(&number) {
            None => wrong.push(format!("{name}: there is no record of call {number}: {call:#?}")),
            Some(record) => {
                let seen = as_seen(call, record);
                wrong.extend(differences(&seen, record).into_iter().map(|what| format!("{name}: call {number}: {what}")));
            }
        }
    }
    wrong.extend(records.keys().map(|number| format!("{name}: there was no call {number}")));
    wrong
}

/// The truth as the gap rules let it be told: gaps are noted, what is first seen within one is in doubt, and what ended within one ended
/// uncertainly at the last sign of life.
fn as_seen(truth: &CallRecord, record: &CallRecord) -> CallRecord {
    let mut seen = truth.clone();
    seen.gaps.clone_from(&record.gaps);
    let is_unseen = |at: Time| record.gaps.iter().any(|gap| gap.from <= at && at <= gap.until);
    seen.start_uncertain |= record.start_uncertain && is_unseen(record.started_at);
    for (part, told) in seen.segments.iter_mut().zip(&record.segments) {
        part.attribution.uncertain |= told.attribution.uncertain && is_unseen(told.attribution.at);
    }
    if !record.end_uncertain || !is_unseen(truth.ended_at) {
        return seen;
    }
    (seen.end_uncertain, seen.ended_at) = (true, record.ended_at);
    for (part, told) in seen.segments.iter_mut().zip(&record.segments) {
        if is_unseen(part.ended_at) && told.left_by == LeftBy::LinkLost && told.ended_at == record.ended_at {
            (part.ended_at, part.left_by, part.talk_ms) = (told.ended_at, told.left_by, told.talk_ms);
            part.cause.clone_from(&told.cause);
        }
    }
    seen
}

fn differences(truth: &CallRecord, record: &CallRecord) -> Vec<String> {
    let began = truth.started_at;
    let (truth, record) = (fields(truth), fields(record));
    let mut places: Vec<&String> = truth.keys().chain(record.keys()).collect();
    places.sort();
    places.dedup();
    let nothing = Value::Null;
    let mut found = Vec::new();
    for place in places {
        let (a, b) = (truth.get(place).unwrap_or(&nothing), record.get(place).unwrap_or(&nothing));
        if a != b && !is_near(a, b, place) && !is_since_before(a, b, place, began) {
            found.push(format!("{place}: {a} in truth, {b} in the record"));
        }
    }
    found
}

fn is_near(a: &Value, b: &Value, place: &str) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if place.ends_with("_ms") => {
            a.as_u64().zip(b.as_u64()).is_some_and(|(a, b)| a.abs_diff(b) <= LATE_MS)
        }
        (Value::String(a), Value::String(b)) => {
            let (a, b) = (Time::parse(a), Time::parse(b));
            a.zip(b).is_some_and(|(a, b)| a.millis_since(b).max(b.millis_since(a)) <= LATE_MS)
        }
        _ => false,
    }
}

/// The simulator's people held theirs from the beginning, the store's since their import, which was before the call.
fn is_since_before(truth: &Value, record: &Value, place: &str, began: Time) -> bool {
    let since = record.as_str().and_then(Time::parse);
    place.ends_with("/since") && truth.is_null() && since.is_some_and(|since| since < began)
}

/// Every field by its place, without ids and what else was considered.
fn fields(record: &CallRecord) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    let whole = serde_json::to_value(record).expect("a record is JSON");
    gather(String::new(), whole, &mut fields);
    fields.retain(|place, _| !place.ends_with("/id") && !place.contains("/considered"));
    fields
}

fn gather(place: String, value: Value, fields: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(inner) => inner.into_iter().for_each(|(name, value)| gather(format!("{place}/{name}"), value, fields)),
        Value::Array(inner) => (1..).zip(inner).for_each(|(number, value)| gather(format!("{place}[{number}]"), value, fields)),
        value => drop(fields.insert(place, value)),
    }
}
