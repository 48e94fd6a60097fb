//! What durability costs: entries and records a second through the spool, beside the same rows written by a bare loop of batch
//! inserts; how long a record takes to be durable, and how many commits a record costs.
//!
//! `cargo bench --bench spool`. The first lines give the ratios, measured in one run on one disk; it is the ratios that count.

#![allow(clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench is at the rim")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use strowger::record::CallRecord;
use strowger::spool::outbox::{Sink, Start};
use strowger::spool::{Clock, Entry, Input, Report, Settings, Spool};
use strowger::store::{Store, database_path};
use strowger::telephony::{Now, Time};

use common::{at, directory, is_test, record};

const ENTRIES: u32 = 200_000;
/// One call in so many events: a call of two devices is about this many.
const EVENTS_PER_CALL: u32 = 12;
const BATCH: usize = 8192;
const EVENT: &[u8] = br#"{"at":1790000000000000,"event":{"delivered":{"call":"1790000000.42","connection":"PJSIP/1001-0000002a","alerting_device":"1001","calling_device":"01715550009","called_device":"3001","last_redirection_device":null,"cause":"newCall"}}}"#;

/// Records of the runs that store only those.
const RECORDS: u32 = 30_000;
/// A busy site.
const RECORDS_PER_S: u32 = 500;

fn main() {
    ratio();
    records();
    latency();
    divan::main();
}

/// The best of three each, in turn.
fn ratio() {
    let entries = if is_test() { 2_000 } else { ENTRIES };
    let best = |run: &dyn Fn() -> Duration| (0..3).map(|_| run()).min().unwrap_or_default();
    let rate = |took: Duration| f64::from(entries) / took.as_secs_f64();
    let raw = rate(best(&|| bare(entries)));
    let events = rate(best(&|| spooled(entries, false)));
    let calls = rate(best(&|| spooled(entries, true)));
    println!("bare batch inserts       {raw:>10.0} events/s");
    println!("spool, events only       {events:>10.0} events/s, {:.2} of bare", events / raw);
    println!(
        "spool, a call in {EVENTS_PER_CALL}      {calls:>10.0} events/s, {:.2} of bare, {:.0} calls/s",
        calls / raw,
        calls / f64::from(EVENTS_PER_CALL)
    );
}

/// Records with everything that is stored of each: the call, its segments and numbers, its entry in the outbox.
fn records() {
    let records = if is_test() { 500 } else { RECORDS };
    let filled = directory();
    let (first, _) = stored(filled.path(), records);
    let rows = Rows::read(filled.path());
    let (mut through, mut raw) = (first, rows.insert());
    let mut commits = 0;
    for _ in 1..3 {
        let directory = directory();
        let (took, committed) = stored(directory.path(), records);
        (through, commits) = (through.min(took), committed);
        raw = raw.min(rows.insert());
    }
    let rate = |took: Duration| f64::from(records) / took.as_secs_f64();
    println!("bare inserts, same rows  {:>10.0} records/s", rate(raw));
    println!(
        "spool with outbox        {:>10.0} records/s, {:.2} of bare, {:.5} commits a record",
        rate(through),
        rate(through) / rate(raw),
        f64::from(commits) / f64::from(records)
    );
}

/// From handed in to durable at the rate of a busy site, with the defaults of the configuration.
fn latency() {
    let records = if is_test() { 100 } else { RECORDS_PER_S * 10 };
    let directory = directory();
    let (sender, receiver) = std::sync::mpsc::channel();
    let settings = Settings { group_commit_delay: Duration::from_millis(5), ..Settings::default() };
    let spool = Spool::open(directory.path(), settings, clock(), move |report| drop(sender.send(report))).expect("opens");
    register(&spool);
    let (handle, pbx, began) = (spool.handle(), Arc::<str>::from("asterisk"), Instant::now());
    for number in 0..records {
        std::thread::sleep((Duration::from_secs(1) / RECORDS_PER_S * number).saturating_sub(began.elapsed()));
        handle.blocking_send(input(&pbx, vec![record(number)])).expect("taken");
    }
    spool.close(Duration::from_secs(10)).expect("closes");
    let (mut waited, mut commits) = (Vec::new(), 0_u32);
    for report in receiver {
        if let Report::Committed(committed) = report {
            commits += 1;
            waited.extend(committed.records.iter().map(|durable| durable.waited));
        }
    }
    waited.sort();
    println!(
        "{RECORDS_PER_S} records/s: durable after {:.1?} (p50), {:.1?} (p99), {:.2} commits a record",
        at(&waited, 50),
        at(&waited, 99),
        f64::from(commits) / f64::from(records)
    );
}

/// From the first record handed in until all are durable, and in how many commits.
fn stored(directory: &Path, records: u32) -> (Duration, u32) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let report = move |report| {
        if matches!(report, Report::Committed(_)) {
            sender.send(()).ok();
        }
    };
    let settings = Settings { batch_max: BATCH, queue_max: 2 * BATCH, group_commit_delay: Duration::from_millis(5), ..Settings::default() };
    let spool = Spool::open(directory, settings, clock(), report).expect("opens");
    register(&spool);
    let (handle, pbx) = (spool.handle(), Arc::<str>::from("asterisk"));
    let made: Vec<CallRecord> = (0..records).map(record).collect();
    let began = Instant::now();
    for record in made {
        handle.blocking_send(input(&pbx, vec![record])).expect("taken");
    }
    handle.blocking_flush(Duration::from_mins(5)).expect("durable");
    let took = began.elapsed();
    spool.close(Duration::from_secs(10)).expect("closes");
    (took, u32::try_from(receiver.iter().count()).unwrap_or(u32::MAX))
}

/// What a run has stored, to be stored again without the spool.
struct Rows {
    tables: Vec<(String, Vec<Vec<Value>>)>,
    records: usize,
}

impl Rows {
    fn read(directory: &Path) -> Self {
        let connection = Connection::open(database_path(directory)).expect("opens");
        let table = |name: &str| {
            let mut statement = connection.prepare(&format!("SELECT * FROM {name} ORDER BY 1")).expect("prepared");
            let columns = statement.column_count();
            let places: Vec<String> = (1..=columns).map(|number| format!("?{number}")).collect();
            let row = |row: &Row<'_>| (0..columns).map(|column| row.get(column)).collect();
            let rows = statement.query_map([], row).and_then(Iterator::collect).expect("read");
            (format!("INSERT INTO {name} VALUES ({})", places.join(", ")), rows)
        };
        let tables: Vec<(String, Vec<Vec<Value>>)> = ["calls", "segments", "call_numbers", "outbox", "journal"].map(table).into();
        let records = tables[0].1.len();
        Self { tables, records }
    }

    /// Into tables and indexes that are the same, as many records in a transaction as the spool puts into one.
    fn insert(&self) -> Duration {
        let directory = directory();
        drop(Store::open(directory.path()).expect("made"));
        let connection = Connection::open(database_path(directory.path())).expect("opens");
        connection.pragma_update(None, "synchronous", "FULL").expect("set");
        connection.pragma_update(None, "foreign_keys", true).expect("set");
        connection.pragma_update(None, "cache_size", -(8 << 10)).expect("set");
        let began = Instant::now();
        let batches = self.records.div_ceil(BATCH);
        for batch in 0..batches {
            let transaction = connection.unchecked_transaction().expect("begins");
            for (sql, rows) in &self.tables {
                let mut insert = transaction.prepare_cached(sql).expect("prepared");
                let part = |number: usize| rows.len() * number / batches;
                for row in &rows[part(batch)..part(batch + 1)] {
                    insert.execute(params_from_iter(row)).expect("inserted");
                }
            }
            transaction.commit().expect("committed");
        }
        began.elapsed()
    }
}

fn register(spool: &Spool) {
    let sink = Sink { name: "sink".to_owned(), start: Start::Present };
    spool.outbox().register(&[sink], Time::from_millis(0)).expect("registered");
}

fn input(pbx: &Arc<str>, records: Vec<CallRecord>) -> Input {
    Input::Entry(Entry { pbx: Arc::clone(pbx), event: EVENT.to_vec(), records, gaps: Vec::new() })
}

fn clock() -> Clock {
    let start = Instant::now();
    Arc::new(move || Now { wall: Time::from_millis(0), monotonic: start.elapsed() })
}

#[divan::bench(args = [1_000, 20_000], sample_count = 10)]
fn bare_rows(bencher: Bencher<'_, '_>, entries: u32) {
    bencher.counter(ItemsCount::new(entries)).bench_local(|| bare(black_box(entries)));
}

#[divan::bench(args = [1_000, 20_000], sample_count = 10)]
fn events(bencher: Bencher<'_, '_>, entries: u32) {
    bencher.counter(ItemsCount::new(entries)).bench_local(|| spooled(black_box(entries), false));
}

#[divan::bench(args = [1_000, 20_000], sample_count = 10)]
fn events_and_calls(bencher: Bencher<'_, '_>, entries: u32) {
    bencher.counter(ItemsCount::new(entries)).bench_local(|| spooled(black_box(entries), true));
}

/// One row for each event, as many in a transaction as the spool takes, with the same settings of SQLite.
fn bare(entries: u32) -> Duration {
    let directory = directory();
    let connection = Connection::open(directory.path().join("bare.db")).expect("opens");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE journal (seq INTEGER PRIMARY KEY, pbx TEXT NOT NULL, event BLOB NOT NULL) STRICT")
        .expect("made");
    let rows: Vec<u32> = (0..entries).collect();
    let began = Instant::now();
    for batch in rows.chunks(BATCH) {
        let transaction = connection.unchecked_transaction().expect("begins");
        let mut insert = transaction.prepare_cached("INSERT INTO journal (pbx, event) VALUES (?1, ?2)").expect("prepared");
        for _ in batch {
            insert.execute(params!["asterisk", EVENT]).expect("inserted");
        }
        drop(insert);
        transaction.commit().expect("committed");
    }
    began.elapsed()
}

/// From the first entry handed in until all are durable.
fn spooled(entries: u32, with_calls: bool) -> Duration {
    let directory = directory();
    let spool = open(directory.path());
    let (handle, pbx) = (spool.handle(), Arc::<str>::from("asterisk"));
    let began = Instant::now();
    for number in 0..entries {
        let records = if with_calls && number % EVENTS_PER_CALL == 0 { vec![record(number)] } else { Vec::new() };
        handle
            .blocking_send(Input::Entry(Entry { pbx: Arc::clone(&pbx), event: EVENT.to_vec(), records, gaps: Vec::new() }))
            .expect("taken");
    }
    handle.blocking_flush(Duration::from_mins(5)).expect("durable");
    let took = began.elapsed();
    spool.close(Duration::from_secs(10)).expect("closes");
    took
}

fn open(directory: &Path) -> Spool {
    let settings = Settings { batch_max: BATCH, queue_max: 2 * BATCH, group_commit_delay: Duration::from_millis(5), ..Settings::default() };
    Spool::open(directory, settings, clock(), |report| drop(black_box(report))).expect("opens")
}
