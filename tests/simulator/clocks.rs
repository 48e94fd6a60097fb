//! The judge where the clocks of both sides differ, as in a storm: a moment that is near a gap is not therefore in it.

use std::collections::BTreeSet;
use std::time::Duration;

use strowger::record::{CallRecord, Gap};
use strowger::telephony::{DeviceKind, Scope, Time};

use crate::judge::{Judge, Verdict};
use crate::two_gaps::played;
use crate::windows::Window;

/// How far they may be apart.
const LATE_MS: u64 = 600;

/// A call that waited in a group and was answered by its second member.
fn call() -> CallRecord {
    let stage = played(15);
    let truth = &stage.ledger.as_ref().expect("kept").truth;
    truth.iter().find(|call| group(call).is_some()).expect("one of them").clone()
}

fn group(call: &CallRecord) -> Option<usize> {
    call.segments.iter().position(|segment| segment.device_kind == DeviceKind::HuntGroup)
}

fn judged(windows: Vec<Window>, call: &CallRecord, record: CallRecord) -> Verdict {
    let judge = Judge { windows, tolerance_ms: LATE_MS, trunks: BTreeSet::new(), is_numbered: true, restarts: Vec::new() };
    judge.judge(std::slice::from_ref(call), &[record])
}

fn gap(from: Time, until: Time) -> Window {
    Window { scope: Scope::All, from, until }
}

fn before(at: Time, ms: u64) -> Time {
    at.minus(Duration::from_millis(ms))
}

#[test]
fn what_begins_in_a_gap_is_told_by_its_end_however_near_another_gap_is() {
    let (call, late) = (call(), Duration::from_millis(900));
    let began = call.started_at;
    let found = began.plus(late);
    let mut record = call.clone();
    (record.started_at, record.start_uncertain) = (found, true);
    for segment in record.segments.iter_mut().filter(|segment| segment.started_at == began) {
        segment.started_at = found;
        segment.ring_ms = segment.ring_ms.saturating_sub(900);
        segment.queue_ms = segment.queue_ms.saturating_sub(900);
        segment.attribution.at = segment.attribution.at.max(found);
        segment.attribution.uncertain = true;
    }
    let windows = vec![gap(before(began, 2000), before(began, 200)), gap(before(began, 100), found)];
    let verdict = judged(windows, &call, record);
    assert!(verdict.wrong.is_empty(), "{}", verdict.wrong[0].text());
}

#[test]
fn a_group_that_is_left_soon_after_a_gap_is_left_in_sight() {
    let call = call();
    let left = call.segments[group(&call).expect("a group")].ended_at;
    let (from, until) = (before(left, 2000), before(left, 200));
    let mut record = call.clone();
    record.gaps.push(Gap { from, until });
    let group = &mut record.segments[group(&call).expect("a group")];
    (group.ended_at, group.queue_ms) = (left.plus(Duration::from_millis(3)), group.queue_ms + 3);
    let verdict = judged(vec![gap(from, until)], &call, record);
    assert!(verdict.wrong.is_empty(), "{}", verdict.wrong[0].text());
}
