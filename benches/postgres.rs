//! What PostgreSQL costs: records a second by the batches that sinks and hubs store, beside a bare copy of the same rows, as many in a
//! transaction, into the same tables and indexes on the same server.
//!
//! `cargo bench --bench postgres`. It is the ratio that counts.

#![allow(clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout, reason = "a bench is at the rim")]

mod common;
#[path = "../tests/support/mod.rs"]
mod support;

use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt as _, TryStreamExt as _};
use strowger::store::ReceivedRecord;
use strowger::store::postgres::{Postgres, Settings};
use tokio_postgres::{Client, NoTls};

use common::{is_test, record};
use support::postgres::PostgresServer;

const RECORDS: u32 = 30_000;

/// As many as a sink hands over at once.
const BATCH: u32 = 500;

/// Each with what tells the batch that a row is of.
const TABLES: [(&str, &str); 4] =
    [("call_ids", "started_at"), ("calls", "started_at"), ("segments", "call_started_at"), ("call_numbers", "call_started_at")];

/// The rows of a batch, table by table, as PostgreSQL itself writes them.
type Rows = Vec<Vec<Bytes>>;

#[tokio::main]
async fn main() {
    let records = if is_test() { 1_000 } else { RECORDS };
    let server = PostgresServer::start_with(&[("shared_buffers", "512MB"), ("max_wal_size", "4GB")], None).expect("a server");
    let texts: Vec<String> = (0..records).map(|number| serde_json::to_string(&record(number)).expect("JSON")).collect();
    // Schema and month are there before anything is measured.
    made(&server, "made", &texts[..1]).await;
    server.sql("made", "DELETE FROM calls; DELETE FROM segments; DELETE FROM call_numbers; DELETE FROM call_ids").expect("emptied");
    let (mut through, mut bare, mut rows) = (Duration::MAX, Duration::MAX, Vec::new());
    for run in 0..3 {
        let name = format!("put_{run}");
        server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE made")).expect("copied");
        server.sql("postgres", "CHECKPOINT").expect("done");
        through = through.min(made(&server, &name, &texts).await);
        if run == 0 {
            rows = read(&server, &name, records).await;
        }
        let name = format!("bare_{run}");
        server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE made")).expect("copied");
        server.sql("postgres", "CHECKPOINT").expect("done");
        bare = bare.min(copied(&server, &name, &rows).await);
    }
    let rate = |took: Duration| f64::from(records) / took.as_secs_f64();
    println!("bare COPY, same rows     {:>10.0} records/s, {BATCH} a transaction", rate(bare));
    println!("store, from JSON         {:>10.0} records/s, {:.2} of bare", rate(through), rate(through) / rate(bare));
}

/// As a sink does it: each batch is read, and stored as one transaction.
async fn made(server: &PostgresServer, name: &str, texts: &[String]) -> Duration {
    let settings = Settings::parse(&server.database(name).expect("made")).expect("a good URL");
    let postgres = Postgres::connect(&settings).await.expect("connects");
    let began = Instant::now();
    for batch in texts.chunks(BATCH as usize) {
        let records: Vec<_> = batch.iter().map(|text| ReceivedRecord::parse(text.as_str()).expect("read")).collect();
        let report = postgres.put(&records).await.expect("stored");
        assert_eq!(report.stored, batch.len(), "{report:?}");
    }
    began.elapsed()
}

async fn client(server: &PostgresServer, name: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url(name), NoTls).await.expect("connects");
    tokio::spawn(connection);
    client
}

async fn read(server: &PostgresServer, name: &str, records: u32) -> Vec<Rows> {
    let client = client(server, name).await;
    let moment = |number: u32| record(number).started_at;
    let mut batches = Vec::new();
    for first in (0..records).step_by(BATCH as usize) {
        let mut tables = Vec::new();
        for (table, time) in TABLES {
            let (from, until) = (moment(first), moment(first + BATCH));
            let sql = format!("COPY (SELECT * FROM {table} WHERE {time} >= '{from}' AND {time} < '{until}') TO STDOUT (FORMAT binary)");
            tables.push(client.copy_out(&sql).await.expect("copied").try_collect().await.expect("copied"));
        }
        batches.push(tables);
    }
    batches
}

async fn copied(server: &PostgresServer, name: &str, rows: &[Rows]) -> Duration {
    let client = client(server, name).await;
    let mut statements = Vec::new();
    for (table, _) in TABLES {
        statements.push(client.prepare(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await.expect("prepared"));
    }
    let began = Instant::now();
    for batch in rows {
        client.batch_execute("BEGIN").await.expect("begun");
        for (statement, rows) in statements.iter().zip(batch) {
            let mut sink = pin!(client.copy_in(statement).await.expect("begun"));
            for part in rows {
                sink.feed(part.clone()).await.expect("sent");
            }
            sink.finish().await.expect("copied");
        }
        client.batch_execute("COMMIT").await.expect("committed");
    }
    let took = began.elapsed();
    let calls: i64 = client.query_one("SELECT count(*) FROM calls", &[]).await.expect("counted").get(0);
    assert_eq!(calls, i64::from(u32::try_from(rows.len()).expect("few") * BATCH), "all rows are there");
    took
}
