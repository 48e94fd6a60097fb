//! Millions of calls into SQLite within minutes: without syncs, and with the indexes of parts of calls made at the end.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};
use strowger::record::CallRecord;
use strowger::store::database_path;
use strowger::telephony::Time;

use crate::calls::Calls;
use crate::rows::{numbers, progress, word};

const TABLES: [&str; 3] = ["calls", "segments", "call_numbers"];
const AT_ONCE: u32 = 100_000;

/// Into a database that has its schema, and that nobody else uses.
pub(crate) fn fill(directory: &Path, calls: Calls) {
    let connection = Connection::open(database_path(directory)).expect("opens");
    let settings = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -3000000; PRAGMA temp_store = MEMORY";
    connection.execute_batch(settings).expect("set");
    let made_at_the_end =
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('segments', 'call_numbers') AND sql IS NOT NULL";
    let indexes: Vec<(String, String)> = {
        let mut statement = connection.prepare(made_at_the_end).expect("prepared");
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).expect("read")
    };
    for (name, _) in &indexes {
        connection.execute_batch(&format!("DROP INDEX {name}")).expect("dropped");
    }
    let (total, began) = (calls.total, Instant::now());
    connection.execute_batch("BEGIN").expect("begun");
    for (number, record) in (1..).zip(calls) {
        insert(&connection, i64::from(number), &record);
        if number % AT_ONCE == 0 {
            connection.execute_batch("COMMIT; BEGIN").expect("committed");
        }
        progress("SQLite", number, total, began);
    }
    connection.execute_batch("COMMIT").expect("committed");
    for (name, sql) in &indexes {
        connection.execute_batch(sql).expect("made");
        if total > AT_ONCE {
            println!("SQLite      {name} made after {:.0} s", began.elapsed().as_secs_f64());
        }
    }
}

fn insert(connection: &Connection, call: i64, record: &CallRecord) {
    let started_at = record.started_at.as_micros();
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO calls (seq, id, site, pbx, direction, outcome, caller, dialled, trunk, started_at, answered_at, ended_at, \
             start_uncertain, end_uncertain, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )
        .expect("prepared");
    let values = params![
        call,
        record.id.to_string(),
        record.site,
        record.pbx,
        word(&record.direction),
        word(&record.outcome),
        record.caller.number,
        record.dialled.number,
        record.trunk,
        started_at,
        record.answered_at.map(Time::as_micros),
        record.ended_at.as_micros(),
        record.start_uncertain,
        record.end_uncertain,
        serde_json::to_string(record).expect("JSON"),
    ];
    insert.execute(values).expect("inserted");
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO segments (call, seq, call_started_at, device, device_kind, agent, role, outcome, rule, user_id, group_id, \
             started_at, answered_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .expect("prepared");
    for segment in &record.segments {
        let values = params![
            call,
            segment.seq,
            started_at,
            segment.device,
            word(&segment.device_kind),
            segment.agent,
            word(&segment.role),
            word(&segment.outcome),
            word(&segment.attribution.rule),
            segment.user.as_ref().map(|user| user.id.to_string()),
            segment.group.as_ref().map(|group| group.id.to_string()),
            segment.started_at.as_micros(),
            segment.answered_at.map(Time::as_micros),
            segment.ended_at.as_micros(),
        ];
        insert.execute(values).expect("inserted");
    }
    let mut insert =
        connection.prepare_cached("INSERT INTO call_numbers (reversed, call, call_started_at) VALUES (?1, ?2, ?3)").expect("prepared");
    for number in numbers(record) {
        insert.execute(params![number, call, started_at]).expect("inserted");
    }
}

/// Everything that finds calls, and the calls.
pub(crate) fn contents(directory: &Path) -> Vec<String> {
    let connection = Connection::open(database_path(directory)).expect("opens");
    let mut all = Vec::new();
    for table in TABLES {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).expect("prepared");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("read");
        while let Some(row) = rows.next().expect("read") {
            let values: Vec<String> = (0..columns).map(|column| format!("{:?} ", row.get_ref(column).expect("a value"))).collect();
            all.push(values.concat());
        }
    }
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master ORDER BY name").expect("prepared");
    let schema = statement.query_map([], |row| Ok(format!("{} {:?}", row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)));
    all.extend(schema.expect("read").map(|row| row.expect("read")));
    all
}
