//! Every flow gives the records that are written beside it, however it is told.

use std::fmt::Write as _;

use serde_json::Value;

use crate::expected::{differences, golden, in_short};
use crate::flow::{self, Flow};
use crate::rig::Rig;
use crate::telling::{self, Telling};

#[test]
fn each_flow_gives_its_records_however_it_is_told() {
    let only = std::env::var("STROWGER_FLOW").unwrap_or_default();
    let mut wrong = String::new();
    for flow in flow::all().iter().filter(|flow| flow.name.starts_with(&only)) {
        for telling in telling::all() {
            if let Some(difference) = difference(flow, &telling) {
                writeln!(wrong, "{}, {}:\n{difference}", flow.name, telling.name).expect("text");
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What differs, with what was said.
fn difference(flow: &Flow, telling: &Telling) -> Option<String> {
    let (rig, base) = Rig::play(flow, telling);
    let got: Vec<Value> = rig.records.iter().map(|record| in_short(record, base)).collect();
    let mut found = Vec::new();
    differences("records", &Value::Array(golden(&flow.name)), &Value::Array(got.clone()), 0.0, &mut found);
    if rig.open_calls() > 0 {
        found.push(format!("{} calls are still open", rig.open_calls()));
    }
    if rig.strays > 0 {
        found.push(format!("{} events about nobody", rig.strays));
    }
    if found.is_empty() {
        return None;
    }
    let mut text = String::new();
    for line in &found {
        writeln!(text, "  {line}").expect("text");
    }
    for record in got {
        writeln!(text, "  got {record}").expect("text");
    }
    for line in &rig.complaints {
        writeln!(text, "  complaint {line}").expect("text");
    }
    if telling.name == "plain" {
        for event in &rig.events {
            writeln!(text, "  event {event}").expect("text");
        }
    }
    Some(text)
}
