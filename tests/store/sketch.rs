//! Calls for the tests of the store: invented, and each told in a line.

use strowger::directory::{group_id, user_id};
use strowger::record::{
    Attribution, CallOutcome, CallRecord, Direction, GroupRef, LeftBy, PartyInfo, Role, Rule, Segment, SegmentOutcome, UserRef,
};
use strowger::telephony::DeviceKind;
use uuid::Uuid;

use super::at;

/// One call in a line: second, caller, dialled, device that answered, user.
pub(crate) type Sketch = (i64, &'static str, &'static str, &'static str, Option<&'static str>);

pub(crate) const CALLS: &[Sketch] = &[
    (10, "+4930555010", "1001", "1001", Some("Noor Haddad")),
    (20, "1001", "01715550009", "01715550009", None),
    (30, "1002", "1001", "1001", Some("Noor Haddad")),
    (40, "anonymous", "3001", "1003", Some("Ada Lind")),
    (40, "030 555-0100", "3001", "1003", Some("Ada Lind")),
];

pub(crate) fn segment(seq: u32, second: i64, device: &str, user: Option<&str>) -> Segment {
    Segment {
        seq,
        device: device.to_owned(),
        device_kind: if device.starts_with("017") { DeviceKind::External } else { DeviceKind::Extension },
        agent: (device == "1003").then(|| "2001".to_owned()),
        role: Role::Called,
        started_at: at(second),
        answered_at: Some(at(second + 1)),
        ended_at: at(second + 5),
        ring_ms: 1000,
        talk_ms: 4000,
        hold_ms: 0,
        queue_ms: 0,
        holds: vec![(at(second + 2), at(second + 3))],
        outcome: SegmentOutcome::Answered,
        left_by: LeftBy::Hangup,
        cause: "normalClearing".to_owned(),
        transfer: None,
        user: user.map(|name| UserRef { id: user_id(name, None), name: name.to_owned() }),
        group: user.map(|_| GroupRef { id: group_id("Sales"), name: "Sales".to_owned() }),
        attribution: Attribution {
            rule: if user.is_some() { Rule::PrimaryExtension } else { Rule::None },
            at: at(second + 1),
            association: None,
            since: None,
            reason: "associated".to_owned(),
            uncertain: false,
            considered: Vec::new(),
        },
    }
}

pub(crate) fn party(number: &str) -> PartyInfo {
    PartyInfo { number: Some(number.to_owned()), e164: None, name: None }
}

pub(crate) fn record(number: usize, sketch: &Sketch) -> CallRecord {
    let (second, caller, dialled, device, user) = *sketch;
    CallRecord {
        id: Uuid::from_u128((number as u128 + 1) << 120 | 7),
        site: "hq".to_owned(),
        pbx: "asterisk".to_owned(),
        switch_calls: vec![format!("{number}")],
        direction: if device.starts_with("017") { Direction::Outbound } else { Direction::Inbound },
        caller: party(caller),
        dialled: party(dialled),
        trunk: None,
        started_at: at(second),
        answered_at: Some(at(second + 1)),
        ended_at: at(second + 5),
        outcome: if number == 3 { CallOutcome::Abandoned } else { CallOutcome::Answered },
        start_uncertain: false,
        end_uncertain: false,
        gaps: Vec::new(),
        segments: vec![segment(1, second, device, user)],
        anonymised_at: None,
    }
}
