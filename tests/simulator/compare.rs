//! Holds records against the truth, field by field; only ids and what else was considered may differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use strowger::record::{CallRecord, Segment};
use strowger::telephony::Time;

/// A call that was told otherwise than it was.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) truth: Option<CallRecord>,
    pub(crate) record: Option<CallRecord>,
    /// Each place where they differ.
    pub(crate) places: Vec<String>,
    /// What was said of it.
    pub(crate) lines: Vec<String>,
}

/// Truth and records as they come; what is equal is forgotten at once, so that a run of any length needs little memory.
#[derive(Default)]
pub(crate) struct Books {
    truth: BTreeMap<Key, CallRecord>,
    records: BTreeMap<Key, CallRecord>,
    /// Calls that were told as they were.
    pub(crate) equal: usize,
    pub(crate) calls: usize,
    pub(crate) differing: Vec<Difference>,
}

/// A number and a beginning identify a call.
type Key = (String, Time);

impl Books {
    /// A true call is over.
    pub(crate) fn truth(&mut self, call: CallRecord) {
        self.calls += 1;
        let key = key(&call);
        match self.records.remove(&key) {
            Some(record) => self.hold(&call, &record),
            None => drop(self.truth.insert(key, call)),
        }
    }

    /// The program has made a record.
    pub(crate) fn record(&mut self, record: CallRecord) {
        let key = key(&record);
        match self.truth.remove(&key) {
            Some(call) => self.hold(&call, &record),
            None => drop(self.records.insert(key, record)),
        }
    }

    fn hold(&mut self, call: &CallRecord, record: &CallRecord) {
        match difference(call, record) {
            Some(difference) => self.differing.push(difference),
            None => self.equal += 1,
        }
    }

    /// Nothing more comes: what is left is paired by its numbers, or differs altogether.
    pub(crate) fn close(&mut self) {
        let mut left: Vec<CallRecord> = std::mem::take(&mut self.records).into_values().collect();
        for call in std::mem::take(&mut self.truth).into_values() {
            let kin = |record: &CallRecord| record.switch_calls.iter().any(|number| call.switch_calls.contains(number));
            let overlaps = |record: &CallRecord| record.started_at <= call.ended_at && call.started_at <= record.ended_at;
            match left.iter().position(|record| kin(record) && overlaps(record)) {
                Some(place) => self.hold(&call, &left.remove(place)),
                None => self.differing.push(Difference {
                    truth: Some(call),
                    record: None,
                    places: vec!["there is no record".to_owned()],
                    lines: Vec::new(),
                }),
            }
        }
        for record in left {
            self.differing.push(Difference {
                truth: None,
                record: Some(record),
                places: vec!["there was no such call".to_owned()],
                lines: Vec::new(),
            });
        }
    }
}

fn key(record: &CallRecord) -> Key {
    (record.switch_calls.first().cloned().unwrap_or_default(), record.started_at)
}

/// What differs between a call and its record; `None`: nothing.
pub(crate) fn difference(truth: &CallRecord, record: &CallRecord) -> Option<Difference> {
    if truth == record {
        return None;
    }
    let mut places = Vec::new();
    diff("", &plain(truth), &plain(record), &mut places);
    (!places.is_empty()).then(|| Difference { truth: Some(truth.clone()), record: Some(record.clone()), places, lines: Vec::new() })
}

fn plain(record: &CallRecord) -> Value {
    let mut value = serde_json::to_value(record).expect("a record is JSON");
    value["id"] = Value::Null;
    for segment in value["segments"].as_array_mut().into_iter().flatten() {
        segment["attribution"]["considered"] = Value::Null;
    }
    value
}

fn diff(place: &str, truth: &Value, record: &Value, places: &mut Vec<String>) {
    match (truth, record) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, a) in a {
                let dot = if place.is_empty() { "" } else { "." };
                diff(&format!("{place}{dot}{name}"), a, b.get(name).unwrap_or(&Value::Null), places);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in (1..).zip(a.iter().zip(b)) {
                diff(&format!("{place}[{number}]"), a, b, places);
            }
        }
        (a, b) if a == b => {}
        (a, b) if place == "segments" => {
            let count = |value: &Value| value.as_array().map_or(0, Vec::len);
            places.push(format!("segments: {} in truth, {} in the record", count(a), count(b)));
        }
        (a, b) => places.push(format!("{place}: {a} in truth, {b} in the record")),
    }
}

impl Difference {
    pub(crate) fn began(&self) -> Time {
        self.either().started_at
    }

    fn either(&self) -> &CallRecord {
        self.truth.as_ref().or(self.record.as_ref()).expect("one of them is there")
    }

    /// When it was under way, by both.
    pub(crate) fn span(&self) -> (Time, Time) {
        let both = || self.truth.iter().chain(&self.record);
        let from = both().map(|call| call.started_at).min().expect("one of them is there");
        let until = both().map(|call| call.ended_at).max().expect("one of them is there");
        (from, until)
    }

    /// Everything that the switch numbered it.
    pub(crate) fn numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> =
            self.truth.iter().chain(&self.record).flat_map(|call| &call.switch_calls).map(String::as_str).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// For people: what differs, and both sides whole.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("call {} of {}\n", self.numbers().join("+"), self.began());
        for place in &self.places {
            writeln!(text, "    {place}").expect("text");
        }
        for (name, call) in [("truth", &self.truth), ("record", &self.record)] {
            if let Some(call) = call {
                text.push_str(&in_words(name, call));
            }
        }
        for line in &self.lines {
            writeln!(text, "    {line}").expect("text");
        }
        text
    }
}

fn in_words(name: &str, call: &CallRecord) -> String {
    let mut text = format!(
        "  {name}: {:?} {:?} from {:?} ({:?}) to {:?} by {:?}, {} answered {} ended {}{}{}\n",
        call.direction,
        call.outcome,
        call.caller.number,
        call.caller.name,
        call.dialled.number,
        call.trunk,
        clock(call.started_at),
        call.answered_at.map_or_else(|| "never".to_owned(), clock),
        clock(call.ended_at),
        if call.start_uncertain { " start uncertain" } else { "" },
        if call.end_uncertain { " end uncertain" } else { "" },
    );
    for segment in &call.segments {
        writeln!(text, "    {}", segment_in_words(segment)).expect("text");
    }
    text
}

fn segment_in_words(segment: &Segment) -> String {
    format!(
        "{} {} {:?} {:?} {}–{} answered {} ring {} talk {} hold {} queue {}: {:?} by {:?} {} {}{} agent {} user {} ({:?} {})",
        segment.seq,
        segment.device,
        segment.device_kind,
        segment.role,
        clock(segment.started_at),
        clock(segment.ended_at),
        segment.answered_at.map_or_else(|| "never".to_owned(), clock),
        segment.ring_ms,
        segment.talk_ms,
        segment.hold_ms,
        segment.queue_ms,
        segment.outcome,
        segment.left_by,
        segment.cause,
        segment.transfer.as_ref().map(|given| format!("{:?}→{:?} ", given.kind, given.to_seq)).unwrap_or_default(),
        if segment.attribution.uncertain { "uncertain" } else { "" },
        segment.agent.as_deref().unwrap_or("none"),
        segment.user.as_ref().map_or("nobody", |user| &user.name),
        segment.attribution.rule,
        segment.attribution.reason,
    )
}

/// Hours, minutes, seconds, milliseconds.
fn clock(time: Time) -> String {
    let text = time.to_string();
    text.split_once('T').map_or(text.clone(), |(_, clock)| clock.trim_end_matches('Z').to_owned())
}
