//! Records in short, as the golden files have them: moments as seconds of the flow, and what is usual left out.
//!
//! Left out: `null`, `false`, `0`, `[]`; of a credit what follows from the rule (`reason`, `association`); of its instant (`at`)
//! what the design says: the answer, else the first moment, and for whoever began the call its beginning.

use std::fs;

use serde_json::{Map, Value, json};
use strowger::record::{CallRecord, Role, Rule, Segment};
use strowger::telephony::{DeviceKind, Time};

use crate::flow::folder;

/// What the golden file of a flow says.
pub(crate) fn golden(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).expect("records beside the flow");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

/// A record in short. `base` is the flow's beginning.
pub(crate) fn in_short(record: &CallRecord, base: Time) -> Value {
    let at = |time: Time| json!(seconds(time, base));
    let gaps: Vec<Value> = record.gaps.iter().map(|gap| json!([at(gap.from), at(gap.until)])).collect();
    let segments: Vec<Value> = (1..).zip(&record.segments).map(|(seq, segment)| segment_in_short(seq, segment, base)).collect();
    without_usual(json!({
        "calls": record.switch_calls,
        "direction": record.direction,
        "caller": record.caller.number,
        "caller_name": record.caller.name,
        "caller_e164": record.caller.e164,
        "dialled": record.dialled.number,
        "dialled_name": record.dialled.name,
        "dialled_e164": record.dialled.e164,
        "trunk": record.trunk,
        "from": at(record.started_at),
        "answered": record.answered_at.map(at),
        "until": at(record.ended_at),
        "outcome": record.outcome,
        "start_uncertain": record.start_uncertain,
        "end_uncertain": record.end_uncertain,
        "gaps": gaps,
        "segments": segments,
    }))
}

fn segment_in_short(seq: u32, segment: &Segment, base: Time) -> Value {
    let at = |time: Time| json!(seconds(time, base));
    let credit = &segment.attribution;
    let instant = if matches!(segment.role, Role::Caller | Role::Consultation) {
        segment.started_at
    } else {
        segment.answered_at.unwrap_or(segment.started_at)
    };
    without_usual(json!({
        "seq": (segment.seq != seq).then_some(segment.seq),
        "device": segment.device,
        "kind": segment.device_kind,
        "agent": segment.agent,
        "role": segment.role,
        "from": at(segment.started_at),
        "answered": segment.answered_at.map(at),
        "until": at(segment.ended_at),
        "ring": milli(segment.ring_ms),
        "talk": milli(segment.talk_ms),
        "hold": milli(segment.hold_ms),
        "queue": milli(segment.queue_ms),
        "holds": segment.holds.iter().map(|(from, until)| json!([at(*from), at(*until)])).collect::<Vec<_>>(),
        "outcome": segment.outcome,
        "left_by": segment.left_by,
        "cause": segment.cause,
        "transfer": segment.transfer.as_ref().map(|transfer| json!([transfer.kind, transfer.to_seq])),
        "user": segment.user.as_ref().map(|user| &user.name),
        "group": segment.group.as_ref().map(|group| &group.name),
        "rule": credit.rule,
        "reason": Some(&credit.reason).filter(|reason| **reason != usual_reason(segment)),
        "association": credit.association.as_ref().filter(|known| Some(*known) != usual_association(segment).as_ref()),
        "at": (credit.at != instant).then(|| at(credit.at)),
        "uncertain": credit.uncertain,
    }))
}

fn usual_reason(segment: &Segment) -> &'static str {
    match (segment.attribution.rule, segment.device_kind) {
        (Rule::Agent, _) => "agent_logged_on",
        (Rule::PrimaryExtension | Rule::SecondaryExtension, _) => "associated",
        (Rule::Dee, _) => "dee_member",
        (Rule::None, DeviceKind::External) => "external",
        (Rule::None, DeviceKind::Extension) => "unassigned",
        (Rule::None, _) => "not_a_person",
    }
}

fn usual_association(segment: &Segment) -> Option<String> {
    match segment.attribution.rule {
        Rule::Agent => segment.agent.as_ref().map(|agent| format!("agent {agent}")),
        Rule::PrimaryExtension | Rule::SecondaryExtension => Some(format!("extension {}", segment.device)),
        Rule::Dee | Rule::None => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few minutes")]
fn seconds(time: Time, base: Time) -> f64 {
    ((time.as_micros() - base.as_micros()) as f64 / 1000.0).round() / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a few minutes")]
fn milli(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn without_usual(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let is_usual = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(said) => !said,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(several) => several.is_empty(),
        _ => false,
    };
    Value::Object(map.into_iter().filter(|(_, value)| !is_usual(value)).collect::<Map<_, _>>())
}

/// Every place where two values differ; numbers may differ by the tolerance in seconds.
pub(crate) fn differences(place: &str, wanted: &Value, got: &Value, tolerance: f64, found: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))).collect();
            keys.sort();
            for key in keys {
                let usual = if [a.get(key), b.get(key)].into_iter().flatten().any(Value::is_number) { json!(0.0) } else { Value::Null };
                differences(&format!("{place}.{key}"), a.get(key).unwrap_or(&usual), b.get(key).unwrap_or(&usual), tolerance, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{place}[{index}]"), a, b, tolerance, found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() <= tolerance + 1e-9) => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{place}: expected {a}, got {b}")),
    }
}
