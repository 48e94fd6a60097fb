//! What holds of every record, whatever happened.

use std::collections::BTreeSet;

use strowger::record::{CallOutcome, CallRecord, LeftBy, Role, Rule, Segment, SegmentOutcome};
use strowger::telephony::DeviceKind;

/// Times in their order, sums that come out, references that lead somewhere, credits that have a reason.
pub(super) fn assert_sound(record: &CallRecord) {
    let text = serde_json::to_string_pretty(record).expect("written");
    assert_eq!(serde_json::from_str::<CallRecord>(&text).expect("read"), *record, "it is what it is when read back");
    assert!(!record.switch_calls.is_empty() && !record.segments.is_empty(), "{text}");
    assert_eq!(record.switch_calls.iter().collect::<BTreeSet<_>>().len(), record.switch_calls.len(), "{text}");
    assert_eq!(Some(record.started_at), record.segments.iter().map(|s| s.started_at).min(), "{text}");
    assert_eq!(Some(record.ended_at), record.segments.iter().map(|s| s.ended_at).max(), "{text}");
    assert!(record.segments.is_sorted_by_key(|s| s.started_at), "{text}");
    assert_eq!(
        record.answered_at.is_some(),
        record.segments.iter().any(|s| s.answered_at.is_some() && s.answered_at == record.answered_at)
    );
    assert!(record.answered_at.is_none() || record.outcome == CallOutcome::Answered, "{text}");
    assert!(record.gaps.iter().all(|gap| gap.from <= gap.until), "{text}");
    if record.outcome == CallOutcome::LinkLost {
        assert!(record.end_uncertain, "{text}");
    }
    for (seq, segment) in (1..).zip(&record.segments) {
        assert_eq!(segment.seq, seq, "{text}");
        assert_stay(segment, &text);
        assert_credit(segment, &text);
        let to = segment.transfer.as_ref().and_then(|transfer| transfer.to_seq);
        assert!(to.is_none_or(|to| to != seq && to >= 1 && to as usize <= record.segments.len()), "{text}");
    }
}

fn assert_stay(segment: &Segment, text: &str) {
    let stay = segment.ended_at.millis_since(segment.started_at);
    let answered = segment.answered_at.map_or(0, |at| segment.ended_at.millis_since(at));
    assert!(segment.started_at <= segment.answered_at.unwrap_or(segment.started_at), "{text}");
    assert!(segment.answered_at.unwrap_or(segment.started_at) <= segment.ended_at, "{text}");
    assert_eq!(segment.talk_ms + segment.hold_ms, answered, "{text}");
    assert_eq!(segment.hold_ms, segment.holds.iter().map(|(from, until)| until.millis_since(*from)).sum::<u64>(), "{text}");
    assert!(segment.ring_ms + answered <= stay, "{text}");
    let waits = matches!(segment.device_kind, DeviceKind::HuntGroup | DeviceKind::Park);
    assert_eq!(segment.queue_ms, if waits { stay } else { 0 }, "{text}");
    let mut free = segment.answered_at.unwrap_or(segment.ended_at);
    for &(from, until) in &segment.holds {
        assert!(free <= from && from <= until && until <= segment.ended_at, "{text}");
        free = until;
    }
    // The calling side fares as the call does.
    if segment.outcome == SegmentOutcome::LinkLost && segment.role != Role::Caller {
        assert_eq!(segment.left_by, LeftBy::LinkLost, "{text}");
    }
}

fn assert_credit(segment: &Segment, text: &str) {
    let credit = &segment.attribution;
    let is_nobody = credit.rule == Rule::None;
    assert_eq!(segment.user.is_none(), is_nobody, "{text}");
    assert_eq!(credit.association.is_none(), is_nobody, "{text}");
    assert!(segment.group.is_none() || segment.user.is_some(), "{text}");
    assert!(credit.rule != Rule::Agent || segment.agent.is_some(), "{text}");
    assert!(segment.agent.is_none() || segment.device_kind == DeviceKind::Extension, "{text}");
    assert!(is_nobody || matches!(segment.device_kind, DeviceKind::Extension | DeviceKind::External), "{text}");
    assert!(segment.started_at <= credit.at && credit.at <= segment.ended_at, "{text}");
    assert!(!credit.reason.is_empty(), "{text}");
}
