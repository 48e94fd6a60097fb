//! Retention against a naive computation, on both databases.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use strowger::directory::user_id;
use strowger::privacy::{Fate, Key, Numbers, Policy, Standing, Tally, anonymise};
use strowger::record::{CallRecord, Segment};
use strowger::store::postgres::{Postgres, Settings};
use strowger::store::{Archive, CallFilter, Mark, OnServer, Stood, Sweep};
use strowger::telephony::Time;
use uuid::Uuid;

use super::engine::{Engine, is_sound};
use super::sketch::{CALLS, record, segment};
use super::support::postgres::PostgresServer;
use super::{at, directory, open};

const USERS: [&str; 3] = ["Noor Haddad", "Ada Lind", "Bob Baker"];

/// One call: days before now that it ended, and who is credited with each part.
type Call = (i64, Vec<Option<usize>>);

#[derive(Clone, Debug)]
struct Case {
    calls: Vec<Call>,
    anonymise_days: Option<u64>,
    delete_more_days: Option<u64>,
    held: BTreeSet<usize>,
    pseudonyms: bool,
    batch: usize,
    /// A run before that is broken off after so many steps.
    broken_off_after: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let call = (0..40_i64, prop::collection::vec(prop::option::of(0..USERS.len()), 0..3));
    let what = (prop::collection::vec(call, 0..25), prop::option::of(1..30_u64), prop::option::of(1..20_u64));
    (what, prop::collection::btree_set(0..USERS.len(), 0..2), any::<bool>(), 1..8_usize, 0..6_usize).prop_map(
        |((calls, anonymise_days, delete_more_days), held, pseudonyms, batch, broken_off_after)| Case {
            calls,
            anonymise_days,
            delete_more_days,
            held,
            pseudonyms,
            batch,
            broken_off_after,
        },
    )
}

fn now() -> Time {
    at(100 * 86_400)
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

fn made(site: &str, salt: u64, number: usize, (age, parts): &Call) -> CallRecord {
    let mut call = record(number, &CALLS[number % CALLS.len()]);
    call.id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{site} {salt} {number}").as_bytes());
    site.clone_into(&mut call.site);
    call.ended_at = now().minus(days(age.unsigned_abs()));
    call.started_at = call.ended_at.minus(Duration::from_secs(20));
    let parts = (1..).zip(parts).map(|(seq, user): (u32, _)| -> Segment { segment(seq, 10, "1001", user.map(|user| USERS[user])) });
    call.segments = parts.collect();
    call
}

/// Every step from the beginning on, or so many.
fn run(store: &Archive, sweep: &Sweep, steps_max: usize) -> Tally {
    let (mut tally, mut mark) = (Tally::default(), None::<Mark>);
    for _ in 0..steps_max {
        let step = store.sweep(sweep, mark).expect("swept");
        tally.plus(&step.tally);
        mark = step.next;
        if mark.is_none() {
            store.swept(sweep, &tally).expect("noted");
            break;
        }
    }
    tally
}

fn all(store: &Archive) -> BTreeMap<Uuid, CallRecord> {
    let filter = CallFilter { site: store.site().map(ToOwned::to_owned), limit: 1000, ..CallFilter::default() };
    store.calls(&filter).expect("read").into_iter().map(|call| (call.id, call)).collect()
}

fn check(store: &Archive, case: &Case) {
    let site = store.site().unwrap_or("hq").to_owned();
    let made: Vec<CallRecord> = case.calls.iter().enumerate().map(|(number, call)| made(&site, 0, number, call)).collect();
    store.put(&made).expect("stored");
    for user in &case.held {
        assert!(store.add_hold(user_id(USERS[*user], None), "case 7", "an officer", at(0)).expect("held"));
    }
    let delete_days = case.delete_more_days.map(|more| case.anonymise_days.unwrap_or(0) + more);
    let policy = Policy { anonymise_after: case.anonymise_days.map(days), delete_after: delete_days.map(days) };
    let key = Key::new(b"a key of sixteen bytes or more").expect("long enough");
    let numbers = if case.pseudonyms { Numbers::Pseudonym(Box::new(key)) } else { Numbers::Truncate };
    let sweep = Sweep { policy, numbers, now: now(), dry_run: false, batch: case.batch };

    let (mut expected, mut tally) = (BTreeMap::new(), Tally::default());
    for call in made {
        let held: BTreeSet<Uuid> = case.held.iter().map(|user| user_id(USERS[*user], None)).collect();
        let is_held = call.segments.iter().filter_map(|part| part.user.as_ref()).any(|user| held.contains(&user.id));
        let fate = policy.fate(&Standing { ended_at: call.ended_at, is_anonymised: false, is_held }, now());
        tally.count(fate, call.ended_at);
        match fate {
            Fate::Delete => {}
            Fate::Anonymise => drop(expected.insert(call.id, anonymise(&call, &sweep.numbers, now()))),
            Fate::Keep | Fate::Held => drop(expected.insert(call.id, call)),
        }
    }
    let before = all(store);
    assert_eq!(run(store, &Sweep { dry_run: true, ..sweep.clone() }, usize::MAX), tally, "a dry run says it");
    assert_eq!(all(store), before, "and changes nothing");
    run(store, &sweep, case.broken_off_after);
    run(store, &sweep, usize::MAX);
    assert_eq!(all(store), expected);
    assert_eq!(run(store, &sweep, usize::MAX), Tally { held: tally.held, ..Tally::default() }, "a second time changes nothing");
    assert_eq!(all(store), expected);
    assert!(is_sound(store));
    // What is found by its rows is what the records say.
    for (user, name) in USERS.iter().enumerate() {
        let id = user_id(name, None);
        let credited = expected.values().filter(|call| call.segments.iter().any(|part| part.user.as_ref().is_some_and(|who| who.id == id)));
        assert_eq!(store.concerned(id).expect("counted").credited, u64::try_from(credited.count()).expect("few"), "{user}");
    }
}

fn model(engine: &Engine, cases_max: u32) {
    let mut runner = TestRunner::new(Config { cases: cases_max, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases(), |case| {
        check(&engine.fresh(), &case);
        Ok(())
    });
    outcome.expect("as computed");
}

#[test]
fn any_policy_does_what_a_naive_computation_says_in_sqlite() {
    let [sqlite, _] = Engine::lazy();
    model(&sqlite(), 48);
}

#[test]
fn any_policy_does_what_a_naive_computation_says_in_postgresql() {
    let [_, postgres] = Engine::lazy();
    model(&postgres(), 16);
}

#[test]
fn what_is_gone_does_not_come_back_and_numbers_are_not_found() {
    for engine in Engine::both() {
        let store = engine.fresh();
        let site = store.site().unwrap_or("hq").to_owned();
        let mut calls: Vec<CallRecord> = (0..2).map(|number| made(&site, 1, number, &(20, vec![Some(0)]))).collect();
        calls[1].ended_at = now().minus(days(60));
        calls[1].started_at = calls[1].ended_at;
        for call in &mut calls {
            call.end_uncertain = true;
        }
        store.put(&calls).expect("stored");
        let policy = Policy { anonymise_after: Some(days(10)), delete_after: Some(days(50)) };
        let sweep = Sweep { policy, numbers: Numbers::Truncate, now: now(), dry_run: false, batch: 10 };
        run(&store, &sweep, usize::MAX);
        let bare = all(&store);
        assert_eq!(bare.len(), 1);
        // The same once more, with an end that is certain: what an earlier telling of it lacked.
        let certain = CallRecord { end_uncertain: false, ..calls[0].clone() };
        store.put(&[certain]).expect("stored");
        assert_eq!(all(&store), bare);
        if matches!(store, Archive::Postgres(_)) {
            store.put(&[CallRecord { end_uncertain: false, ..calls[1].clone() }]).expect("stored");
            assert_eq!(all(&store), bare, "delivered once more, it stays deleted");
        }
        let by_number = CallFilter { number: Some("+4930555010".to_owned()), ..CallFilter::default() };
        assert_eq!(store.calls(&by_number).expect("read"), []);
        let caller = bare.values().next().and_then(|call| call.caller.number.clone());
        assert_eq!(caller.as_deref(), Some("+493055xxxx"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_the_clock_has_stood_is_kept_and_forgotten() {
    let state = directory();
    let sqlite = open(state.path());
    let server = PostgresServer::start().expect("a server");
    let settings = Settings::parse(&server.database("calls").expect("a database")).expect("a good URL");
    let postgres = Postgres::connect(&settings).await.expect("connected");
    for kept in [None, Some(Stood { seen: now(), standing: days(1) }), Some(Stood { seen: at(0), standing: Duration::ZERO }), None] {
        sqlite.keep_clock_stood(kept).expect("kept");
        assert_eq!(sqlite.clock_stood().expect("read"), kept);
        postgres.keep_clock_stood(kept).await.expect("kept");
        assert_eq!(postgres.clock_stood().await.expect("read"), kept);
    }
}

#[test]
fn what_is_due_is_found_from_an_index() {
    let state = directory();
    let plan = Archive::Sqlite(open(state.path())).explain_sweep().expect("explained");
    assert!(plan.contains("calls_by_end (ended_at>? AND ended_at<?)"), "{plan}");
    assert!(plan.contains("calls_to_anonymise (ended_at>? AND ended_at<?)"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN calls"), "{plan}");

    let server = PostgresServer::start().expect("a server");
    let url = server.database("calls").expect("a database");
    for ways in ["enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"] {
        server.sql("postgres", &format!("ALTER DATABASE calls SET {ways} = off")).expect("set");
    }
    let settings = Settings::parse(&url).expect("a good URL");
    let store = Archive::Postgres(OnServer::connect(&settings, "hq", false).expect("connected"));
    let calls: Vec<CallRecord> =
        (0..60).map(|number| made("hq", 2, number, &(i64::try_from(number).expect("few"), vec![Some(0)]))).collect();
    store.put(&calls).expect("stored");
    let plan = store.explain_sweep().expect("explained");
    assert!(plan.contains("_site_ended_at_id_idx"), "{plan}");
    assert!(!plan.contains("Seq Scan on calls") && !plan.contains("Sort  ("), "{plan}");
}
