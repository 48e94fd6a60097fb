//! How long the history takes to answer, whatever is in it: one user's last fifty calls among many, on SQLite and on PostgreSQL.
//!
//! `cargo bench --bench history`; `STROWGER_RECORDS=10000000` fills in ten million calls first, which takes its time and some 60 GB
//! below the target directory. It ends with an error where a database would not answer from the index.

#![allow(clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench is at the rim")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use strowger::directory::{PeopleFile, user_id};
use strowger::record::{Attribution, CallOutcome, CallRecord, Direction, LeftBy, PartyInfo, Role, Rule, Segment, SegmentOutcome, UserRef};
use strowger::store::postgres::Settings;
use strowger::store::{Archive, CallFilter, OnServer, Store};
use strowger::telephony::{DeviceKind, Time};
use uuid::Uuid;

use support::postgres::PostgresServer;

/// Calls in the history, unless said otherwise.
const RECORDS: u32 = 200_000;

/// They are spread over so many days up to the last.
const DAYS: i64 = 90;
const BEGIN_MS: i64 = 1_790_000_000_000;

const USERS: u32 = 1_000;
const QUESTIONS: u32 = 2_000;
const BATCH: u32 = 2_000;
const LIMIT: usize = 50;

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let wanted = std::env::var("STROWGER_RECORDS").map(|text| text.parse().expect("STROWGER_RECORDS is a number"));
    let records = if is_test { 2_000 } else { wanted.unwrap_or(RECORDS) };

    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("temporary directory");
    let sqlite = Archive::Sqlite(Store::open(directory.path()).expect("opens"));
    fill("SQLite", &sqlite, records);
    ask("SQLite", &sqlite, records, "segments_by_user (user_id=?)");
    drop((sqlite, directory));

    let server = PostgresServer::start_with(&[("shared_buffers", "512MB"), ("max_wal_size", "4GB")], None).expect("a server");
    let settings = Settings::parse(&server.database("calls").expect("made")).expect("a good URL");
    let postgres = Archive::Postgres(OnServer::connect(&settings, "hq", false).expect("connects"));
    fill("PostgreSQL", &postgres, records);
    // What autovacuum does within minutes.
    server.sql("calls", "VACUUM ANALYZE").expect("analysed");
    ask("PostgreSQL", &postgres, records, "_site_user_id_call_started_at_call_id_idx");
}

fn name_of(user: u32) -> String {
    format!("User {user:04}")
}

fn fill(name: &str, archive: &Archive, records: u32) {
    let mut people = String::new();
    for user in 0..USERS {
        writeln!(people, "[[users]]\nname = \"{}\"\nprimary = {{ extension = \"{}\" }}", name_of(user), 10_000 + user).expect("text");
    }
    archive.import_people(&PeopleFile::parse(&people).expect("people"), Time::from_millis(BEGIN_MS)).expect("imported");
    let mut random = fastrand::Rng::with_seed(1);
    let began = Instant::now();
    for first in (0..records).step_by(BATCH as usize) {
        let batch: Vec<CallRecord> = (first..records.min(first + BATCH)).map(|number| record(number, records, &mut random)).collect();
        archive.put(&batch).expect("stored");
    }
    println!("{name:<11} {records} calls stored, {:.0} calls/s in batches of {BATCH}", f64::from(records) / began.elapsed().as_secs_f64());
}

fn ask(name: &str, archive: &Archive, records: u32, index: &str) {
    let filter = |user: u32| CallFilter {
        site: Some("hq".to_owned()),
        user: Some(user_id(&name_of(user), None).to_string()),
        limit: LIMIT,
        ..CallFilter::default()
    };
    let plan = archive.explain_query(&filter(1)).expect("explained");
    assert!(plan.contains(index), "{name} does not answer from {index}:\n{plan}");
    let mut random = fastrand::Rng::with_seed(2);
    let mut took: Vec<Duration> = (0..QUESTIONS)
        .map(|_| {
            let filter = filter(random.u32(0..USERS));
            let asked = Instant::now();
            let calls = archive.calls(&filter).expect("answered");
            let took = asked.elapsed();
            assert!(calls.len() == LIMIT || records < USERS * 50, "{} calls", calls.len());
            took
        })
        .collect();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    println!("{name:<11} a user's last {LIMIT} of {records} calls: {:.2?} (p50), {:.2?} (p99), {:.2?} (longest)", at(50), at(99), at(100));
}

/// A call between two of the users, one after the other over the days.
fn record(number: u32, records: u32, random: &mut fastrand::Rng) -> CallRecord {
    let at = Time::from_millis(BEGIN_MS + DAYS * 86_400_000 * i64::from(number) / i64::from(records));
    let users = [random.u32(0..USERS), random.u32(0..USERS)];
    let party = |user: u32| PartyInfo { number: Some((10_000 + user).to_string()), e164: None, name: Some(name_of(user)) };
    let segment = |seq: u32, user: u32| Segment {
        seq,
        device: (10_000 + user).to_string(),
        device_kind: DeviceKind::Extension,
        agent: None,
        role: if seq == 1 { Role::Caller } else { Role::Called },
        started_at: at,
        answered_at: Some(at.plus(Duration::from_secs(5))),
        ended_at: at.plus(Duration::from_mins(1)),
        ring_ms: 5_000,
        talk_ms: 55_000,
        hold_ms: 0,
        queue_ms: 0,
        holds: Vec::new(),
        outcome: SegmentOutcome::Answered,
        left_by: LeftBy::Hangup,
        cause: "normalClearing".to_owned(),
        transfer: None,
        user: Some(UserRef { id: user_id(&name_of(user), None), name: name_of(user) }),
        group: None,
        attribution: Attribution {
            rule: Rule::PrimaryExtension,
            at,
            association: Some(format!("extension {}", 10_000 + user)),
            since: None,
            reason: "associated".to_owned(),
            uncertain: false,
            considered: vec![format!("extension {} is {}'s (primary)", 10_000 + user, name_of(user))],
        },
    };
    CallRecord {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()),
        site: "hq".to_owned(),
        pbx: "asterisk".to_owned(),
        switch_calls: vec![number.to_string()],
        direction: Direction::Internal,
        caller: party(users[0]),
        dialled: party(users[1]),
        trunk: None,
        started_at: at,
        answered_at: Some(at.plus(Duration::from_secs(5))),
        ended_at: at.plus(Duration::from_mins(1)),
        outcome: CallOutcome::Answered,
        start_uncertain: false,
        end_uncertain: false,
        gaps: Vec::new(),
        anonymised_at: None,
        segments: vec![segment(1, users[0]), segment(2, users[1])],
    }
}
