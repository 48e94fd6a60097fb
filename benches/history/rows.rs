//! The rows of a call as the store writes them; `main` holds them against what the store itself has written.

use std::collections::BTreeSet;

use serde::Serialize;
use strowger::record::{CallRecord, Segment};
use strowger::telephony::DeviceKind;

/// The word that the record's JSON has for it.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Every number that the call can be found by, back to front.
pub(crate) fn numbers(record: &CallRecord) -> BTreeSet<String> {
    let outside = |segment: &&Segment| segment.device_kind == DeviceKind::External;
    let outside = record.segments.iter().filter(outside).map(|segment| &segment.device);
    let parties = [&record.caller, &record.dialled].into_iter().filter_map(|party| party.number.as_ref());
    parties.chain(outside).map(|number| number.chars().rev().collect()).collect()
}

/// Tells how far a long fill has got.
pub(crate) fn progress(name: &str, done: u32, total: u32, began: std::time::Instant) {
    if done.is_multiple_of(500_000) {
        println!("{name:<11} {done} of {total} calls after {:.0} s", began.elapsed().as_secs_f64());
    }
}
