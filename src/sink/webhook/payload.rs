//! Bodies: `{"type", "timestamp", "data"}` as Standard Webhooks recommends, never above its 20 kB.

use serde_json::{Map, Value, json};

use crate::sink::message;
use crate::spool::outbox::Entry;

/// Longest body, in bytes.
pub(super) const BYTES_MAX: usize = 20_000;

/// What a summary keeps of a record: small by nature, or left out.
const KEPT: [&str; 13] = [
    "id",
    "site",
    "pbx",
    "direction",
    "caller",
    "dialled",
    "trunk",
    "started_at",
    "answered_at",
    "ended_at",
    "outcome",
    "start_uncertain",
    "end_uncertain",
];

/// The longest value that a summary keeps, in bytes: all of them together stay below the longest body.
const KEPT_BYTES_MAX: usize = 1000;

/// The body of one request.
///
/// A record that would make it longer than 20,000 bytes is sent as type `call.ended.summary`: what the record says of the call as a
/// whole, how many segments it has, how long it is, and how all of it can be had. Nothing is cut without saying so.
pub(super) fn body(entry: &Entry) -> Vec<u8> {
    let kind = message::kind(entry);
    // The record goes out as it was stored, fields that this program does not know included.
    let whole = format!("{{\"type\":\"{kind}\",\"timestamp\":\"{}\",\"data\":{}}}", entry.at, entry.json);
    if whole.len() <= BYTES_MAX { whole.into_bytes() } else { summary(kind, entry).to_string().into_bytes() }
}

fn summary(kind: &str, entry: &Entry) -> Value {
    let mut record: Map<String, Value> = serde_json::from_str(&entry.json).unwrap_or_default();
    let segments = record.get("segments").and_then(Value::as_array).map_or(0, Vec::len);
    record.retain(|name, value| KEPT.contains(&name.as_str()) && value.to_string().len() <= KEPT_BYTES_MAX);
    record.insert("segments_count".to_owned(), segments.into());
    record.insert("record_bytes".to_owned(), entry.json.len().into());
    let id = entry.message_id.split('.').next().unwrap_or_default();
    record.insert("complete".to_owned(), format!("strowger explain --format json {id}").into());
    json!({ "type": format!("{kind}.summary"), "timestamp": entry.at.to_string(), "data": record })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::message::tests::call;

    #[test]
    fn a_record_goes_out_as_it_was_stored() {
        let entry = call(7, r#"{"id":"x","newer":  {"field":1.50}}"#);
        let body = String::from_utf8(body(&entry)).expect("text");
        assert_eq!(body, r#"{"type":"call.ended","timestamp":"2026-11-22T05:00:00.000Z","data":{"id":"x","newer":  {"field":1.50}}}"#);
    }

    #[test]
    fn a_long_record_is_summed_up_and_says_so() {
        let segments = vec![json!({"device": "1001", "considered": ["x".repeat(500)]}); 60];
        let record = json!({"id": "x", "site": "hq", "outcome": "answered", "trunk": "y".repeat(5000), "segments": segments});
        let mut entry = call(7, &record.to_string());
        entry.message_id = "5f1c.r2".to_owned();
        let body = body(&entry);
        assert!(body.len() <= BYTES_MAX);
        let told: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(told["type"], "call.ended.summary");
        assert_eq!(told["data"]["outcome"], "answered");
        assert_eq!(told["data"]["segments_count"], 60);
        assert_eq!(told["data"]["record_bytes"], entry.json.len());
        assert_eq!(told["data"]["complete"], "strowger explain --format json 5f1c");
        assert_eq!(told["data"].get("trunk"), None);
    }

    #[test]
    fn the_longest_that_fits_goes_out_whole() {
        let empty = body(&call(7, r#"{"pad":""}"#)).len();
        let padded = |bytes: usize| body(&call(7, &format!(r#"{{"pad":"{}"}}"#, "x".repeat(bytes - empty))));
        assert_eq!(padded(BYTES_MAX).len(), BYTES_MAX);
        assert!(padded(BYTES_MAX + 1).len() < 1000);
    }
}
