//! How long the history takes to answer, whatever is in it: calls of a user, a device, a number or a time, and counts by group, on SQLite
//! and on PostgreSQL, by the questions that the command line asks.
//!
//! `cargo bench --bench history`; `STROWGER_RECORDS=10000000` asks among ten million calls: filling them in takes a quarter of an hour or
//! more and some 35 GB below the target directory for each database, one after the other; `-- sqlite` or `-- postgres` asks one of them.
//! `STROWGER_KEEP=1` leaves the databases there, below `tmp`, and asks those that are there; filled within the last days they are as good
//! as new ones.
//! It ends with an error where a database would not answer from the index. Before it asks, it reads the calls of the last two months: a
//! database that works has what was stored lately in memory.

#![allow(clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench is at the rim")]

mod calls;
#[path = "../common/mod.rs"]
mod common;
mod rows;
mod server;
mod sqlite;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use strowger::directory::user_id;
use strowger::store::postgres::Settings;
use strowger::store::{Archive, CallFilter, Cursor, OnServer, Store};
use strowger::telephony::Time;

use calls::{Calls, RARE, SITE, USERS};
use common::{at, directory, is_test};
use support::postgres::PostgresServer;
use support::program::target;

/// Calls in the history, unless said otherwise.
const RECORDS: u32 = 200_000;
/// So many are stored by the store as well, to see that the quick way gives the same.
const CHECKED: u32 = 500;
const QUESTIONS: u32 = 2_000;
const LIMIT: usize = 50;

fn main() {
    let wanted = std::env::var("STROWGER_RECORDS").map(|text| text.parse().expect("STROWGER_RECORDS is a number"));
    let records = if is_test() { 2_000 } else { wanted.unwrap_or(RECORDS) };
    // One of them alone where it is named: `cargo bench --bench history -- postgres`.
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if only.as_deref().is_none_or(|only| only == "sqlite") {
        on_sqlite(records);
    }
    if only.as_deref().is_none_or(|only| only == "postgres") {
        on_postgres(records);
    }
}

fn on_sqlite(records: u32) {
    let fill = |directory: &Path, total, quick: bool| {
        let store = Store::open(directory).expect("opens");
        store.import_people(&calls::people(), Time::from_millis(0)).expect("imported");
        if quick {
            drop(store);
            sqlite::fill(directory, Calls::new(total));
        } else {
            store.put(&Calls::new(total).collect::<Vec<_>>()).expect("stored");
        }
    };
    let [quick, slow] = [true, false].map(|quick| {
        let directory = directory();
        fill(directory.path(), CHECKED, quick);
        sqlite::contents(directory.path())
    });
    assert!(same(&quick, &slow));
    let began = Instant::now();
    let (passing, kept) = (directory(), target().join("tmp").join(kept(records)));
    let directory = if is_kept() { &*kept } else { passing.path() };
    if !is_whole(directory) {
        std::fs::create_dir_all(directory).expect("made");
        fill(directory, records, true);
        std::fs::write(directory.join(WHOLE), "").expect("noted");
    }
    let archive = Archive::Sqlite(Store::open(directory).expect("opens"));
    let size = std::fs::metadata(strowger::store::database_path(directory)).map_or(0, |file| file.len());
    println!("SQLite      {records} calls filled in within {:.0} s, {} MiB", began.elapsed().as_secs_f64(), size >> 20);
    ask("SQLite", &archive, records, "segments_by_user (user_id=?)");
}

fn on_postgres(records: u32) {
    let settings = [
        ("shared_buffers", "1GB"),
        ("max_wal_size", "8GB"),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("fsync", "off"),
        ("maintenance_work_mem", "512MB"),
        ("autovacuum", "off"),
    ];
    let server = if is_kept() {
        PostgresServer::start_kept(&kept(records), &settings).expect("a server")
    } else {
        PostgresServer::start_with(&settings, None).expect("a server")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let filled = |name: &str, total, quick: bool| {
        server.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}")).expect("dropped");
        let url = server.database(name).expect("made");
        let archive = Archive::Postgres(OnServer::connect(&Settings::parse(&url).expect("a good URL"), SITE, false).expect("connects"));
        archive.import_people(&calls::people(), Time::from_millis(0)).expect("imported");
        if quick {
            runtime.block_on(server::fill(&url, Calls::new(total)));
        } else {
            archive.put(&Calls::new(total).collect::<Vec<_>>()).expect("stored");
        }
        (archive, url)
    };
    let [quick, slow] =
        [("quick", true), ("slow", false)].map(|(name, quick)| runtime.block_on(server::contents(&filled(name, CHECKED, quick).1)));
    assert!(same(&quick, &slow));
    let began = Instant::now();
    let filled_ones = "SELECT count(*) FROM pg_database WHERE datname = 'calls' AND shobj_description(oid, 'pg_database') = 'whole'";
    if server.sql("postgres", filled_ones).expect("asked") == "0" {
        drop(filled("calls", records, true));
        // What autovacuum does within minutes.
        server.sql("calls", "VACUUM ANALYZE").expect("analysed");
        server.sql("postgres", "COMMENT ON DATABASE calls IS 'whole'").expect("noted");
    }
    let url = server.url("calls");
    let archive = Archive::Postgres(OnServer::connect(&Settings::parse(&url).expect("a good URL"), SITE, false).expect("connects"));
    let size = server.sql("calls", "SELECT pg_database_size('calls') / 1048576").expect("asked");
    println!("PostgreSQL  {records} calls filled in within {:.0} s, {size} MiB", began.elapsed().as_secs_f64());
    ask("PostgreSQL", &archive, records, "_site_user_id_call_started_at_call_id_idx");
}

/// A kept directory that has this file is filled.
const WHOLE: &str = "whole";

fn is_kept() -> bool {
    std::env::var_os("STROWGER_KEEP").is_some() && !is_test()
}

fn kept(records: u32) -> String {
    format!("history-{records}")
}

fn is_whole(directory: &Path) -> bool {
    directory.join(WHOLE).exists()
}

/// Whether they are, to the byte.
fn same(quick: &[String], slow: &[String]) -> bool {
    for (quick, slow) in quick.iter().zip(slow) {
        assert_eq!(quick, slow);
    }
    quick.len() == slow.len()
}

fn ask(name: &str, archive: &Archive, records: u32, index: &str) {
    let all = || CallFilter { site: Some(SITE.to_owned()), limit: LIMIT, ..CallFilter::default() };
    let user = |user: u32| CallFilter { user: Some(user_id(&calls::name_of(user), None).to_string()), ..all() };
    let plan = archive.explain_query(&user(1)).expect("explained");
    // Among few calls reading all of them is quicker.
    assert!(is_test() || plan.contains(index), "{name} does not answer from {index}:\n{plan}");

    let calls = Calls::new(records);
    warm(archive, calls.began(records - 1));
    let since = |random: &mut Rng| calls.began(random.u32(0..records));
    let day = Duration::from_hours(24);
    let asked = |what: &str, questions: u32, filter: &mut dyn FnMut(&mut Rng) -> CallFilter| {
        let mut random = Rng::with_seed(2);
        let mut found = 0;
        let took = (0..questions).map(|_| {
            let filter = filter(&mut random);
            let began = Instant::now();
            found += archive.calls(&filter).expect("answered").len();
            began.elapsed()
        });
        tell(name, what, took.collect(), found);
    };
    asked("a user's last", QUESTIONS, &mut |random| user(random.u32(0..USERS - RARE)));
    asked("of one who has few", QUESTIONS / 4, &mut |random| user(USERS - RARE + random.u32(0..RARE)));
    asked("a user's of a day", QUESTIONS, &mut |random| {
        let since = since(random);
        CallFilter { since: Some(since), until: Some(since.plus(day)), ..user(random.u32(0..USERS - RARE)) }
    });
    asked("a device's last", QUESTIONS, &mut |random| CallFilter { device: Some(calls::extension_of(random.u32(0..USERS))), ..all() });
    asked("a number's last", QUESTIONS, &mut |random| CallFilter { number: Some(calls::outside(random.u32(0..200_000))), ..all() });
    asked("of an hour", QUESTIONS, &mut |random| {
        let since = since(random);
        CallFilter { since: Some(since), until: Some(since.plus(Duration::from_hours(1))), ..all() }
    });
    asked("a group's last", QUESTIONS, &mut |random| CallFilter { group: Some(calls::group_of(random.u32(0..USERS))), ..all() });
    for (what, days, questions) in [("count by group, a day", 1, 200), ("count by group, 30 days", 30, 10)] {
        let mut random = Rng::with_seed(3);
        let mut found = 0;
        let took = (0..questions).map(|_| {
            let since = since(&mut random);
            let began = Instant::now();
            let counts = archive.count_by_group(Some(since), Some(since.plus(day * days))).expect("counted");
            found += counts.iter().map(|count| usize::try_from(count.calls).unwrap_or_default()).sum::<usize>();
            began.elapsed()
        });
        tell(name, what, took.collect(), found);
    }
}

fn warm(archive: &Archive, newest: Time) {
    let mut filter = CallFilter {
        site: Some(SITE.to_owned()),
        since: Some(Time::from_micros(newest.as_micros() - 60 * 86_400_000_000)),
        limit: 1_000,
        ..CallFilter::default()
    };
    loop {
        let page = archive.calls(&filter).expect("answered");
        let Some(last) = page.last() else { return };
        filter.after = Some(Cursor::of(last));
    }
}

fn tell(name: &str, what: &str, mut took: Vec<Duration>, found: usize) {
    took.sort_unstable();
    let questions = took.len();
    println!(
        "{name:<11} {what:<24} {:>9.2?} (p50) {:>9.2?} (p99) {:>9.2?} (longest), {questions} questions, {:.1} calls each",
        at(&took, 50),
        at(&took, 99),
        at(&took, 100),
        f64::from(u32::try_from(found).unwrap_or(u32::MAX)) / f64::from(u32::try_from(questions).unwrap_or(1))
    );
}
