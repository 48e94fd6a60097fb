//! What several benches share.

#![allow(dead_code, reason = "each bench uses its part")]

use std::time::Duration;

use strowger::record::{Attribution, CallOutcome, CallRecord, Direction, LeftBy, PartyInfo, Role, Rule, Segment, SegmentOutcome};
use strowger::telephony::{DeviceKind, Time};
use uuid::Uuid;

/// Whether it is only to be seen that it runs.
pub(crate) fn is_test() -> bool {
    std::env::args().any(|argument| argument == "--test")
}

pub(crate) fn directory() -> tempfile::TempDir {
    // Beside the build, which is on a disk; /tmp may not be.
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("temporary directory")
}

/// The value that so many per cent of them do not exceed.
pub(crate) fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// A call of two devices that were nobody's; each a millisecond after the one before.
pub(crate) fn record(number: u32) -> CallRecord {
    let at = Time::from_millis(1_790_000_000_000 + i64::from(number));
    let party = |number: &str| PartyInfo { number: Some(number.to_owned()), e164: None, name: Some("Noor Haddad".to_owned()) };
    let segment = |seq, device: &str| Segment {
        seq,
        device: device.to_owned(),
        device_kind: DeviceKind::Extension,
        agent: None,
        role: Role::Called,
        started_at: at,
        answered_at: Some(at),
        ended_at: at,
        ring_ms: 1000,
        talk_ms: 60_000,
        hold_ms: 0,
        queue_ms: 0,
        holds: Vec::new(),
        outcome: SegmentOutcome::Answered,
        left_by: LeftBy::Hangup,
        cause: "normalClearing".to_owned(),
        transfer: None,
        user: None,
        group: None,
        attribution: Attribution {
            rule: Rule::None,
            at,
            association: None,
            since: None,
            reason: "unassigned".to_owned(),
            uncertain: false,
            considered: vec!["1001 is associated with nobody".to_owned()],
        },
    };
    CallRecord {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()),
        site: "hq".to_owned(),
        pbx: "asterisk".to_owned(),
        switch_calls: vec![number.to_string()],
        direction: Direction::Inbound,
        caller: party("01715550009"),
        dialled: party("1001"),
        trunk: Some("94001".to_owned()),
        started_at: at,
        answered_at: Some(at),
        ended_at: at,
        outcome: CallOutcome::Answered,
        start_uncertain: false,
        end_uncertain: false,
        gaps: Vec::new(),
        segments: vec![segment(1, "1001"), segment(2, "94001")],
        anonymised_at: None,
    }
}
