//! The spool's promises, one file for one concern.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod bounds;
mod closing;
mod command;
mod crash;
mod full_disk;
mod model;
mod numbers;
mod outbox;
mod privacy;
mod promises;
mod transfer;
mod wrong_files;

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use strowger::record::{Attribution, CallOutcome, CallRecord, Direction, LeftBy, PartyInfo, Role, Rule, Segment, SegmentOutcome};
use strowger::spool::{Clock, Entry, Input, Report, Settings, Spool, State};
use strowger::telephony::{DeviceKind, Now, Time};
use uuid::Uuid;

#[allow(clippy::disallowed_methods, reason = "a test is at the rim")]
fn clock() -> Clock {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    LazyLock::force(&START);
    Arc::new(|| {
        let monotonic = START.elapsed();
        Now { wall: Time::from_millis(1_790_000_000_000).plus(monotonic), monotonic }
    })
}

fn settings() -> Settings {
    Settings { group_commit_delay: Duration::from_millis(1), queue_max: 64, batch_max: 32, ..Settings::default() }
}

/// A spool and what it reports.
fn open(directory: &Path, settings: Settings) -> (Spool, Receiver<Report>) {
    let (sender, receiver) = channel();
    let report = move |report| {
        sender.send(report).ok();
    };
    (Spool::open(directory, settings, clock(), report).expect("spool opens"), receiver)
}

/// The number-th event; with `record`, it finishes a call.
fn entry(pbx: &str, number: u64, records: Vec<CallRecord>) -> Input {
    Input::Entry(Entry { pbx: pbx.into(), event: number.to_string().into_bytes(), records, gaps: Vec::new() })
}

fn numbers(events: &[Vec<u8>]) -> Vec<u64> {
    events.iter().map(|event| std::str::from_utf8(event).expect("text").parse().expect("a number")).collect()
}

/// Waits until the state is as wanted.
fn wait_for(spool: &Spool, wanted: fn(&State) -> bool) {
    for _ in 0..10_000 {
        if wanted(&spool.state()) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the spool stays {:?}", spool.state());
}

fn record(number: u64) -> CallRecord {
    let at = Time::from_millis(1_790_000_000_000 + i64::try_from(number).expect("small"));
    let party = |number: &str| PartyInfo { number: Some(number.to_owned()), e164: None, name: None };
    let segment = |seq, device: &str| Segment {
        seq,
        device: device.to_owned(),
        device_kind: DeviceKind::Extension,
        agent: None,
        role: Role::Called,
        started_at: at,
        answered_at: None,
        ended_at: at,
        ring_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        queue_ms: 0,
        holds: Vec::new(),
        outcome: SegmentOutcome::NoAnswer,
        left_by: LeftBy::Timeout,
        cause: "noAnswer".to_owned(),
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
            considered: Vec::new(),
        },
    };
    CallRecord {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()),
        site: "hq".to_owned(),
        pbx: "asterisk".to_owned(),
        switch_calls: vec![number.to_string()],
        direction: Direction::Internal,
        caller: party("1001"),
        dialled: party("1002"),
        trunk: None,
        started_at: at,
        answered_at: None,
        ended_at: at,
        outcome: CallOutcome::NoAnswer,
        start_uncertain: false,
        end_uncertain: false,
        gaps: Vec::new(),
        segments: vec![segment(1, "1001"), segment(2, "1002")],
        anonymised_at: None,
    }
}
