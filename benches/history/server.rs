//! Millions of calls into PostgreSQL within minutes: each month is a table of its own, filled in the transaction that makes it, and
//! gets its indexes when it is whole.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Instant;

use strowger::record::CallRecord;
use strowger::telephony::Time;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Transaction};
use uuid::Uuid;

use crate::calls::{Calls, SITE};
use crate::rows::{numbers, progress, word};

const SEGMENTS: &[Type] = &[
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::INT4,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::UUID,
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
];
// The JSON is sent as the text that it is.
const CALLS: &[Type] = &[
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::BOOL,
    Type::BOOL,
    Type::TEXT,
];

/// As `make_month` has them.
const PARTITIONED: [&str; 3] = ["calls", "segments", "call_numbers"];

/// Into a database that has its schema and no calls.
pub(crate) async fn fill(url: &str, calls: Calls) {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
    tokio::spawn(connection);
    client
        .batch_execute(
            "SET statement_timeout = 0; SET timezone = 'UTC'; INSERT INTO sites (name) VALUES ('hq') ON CONFLICT DO NOTHING; \
                       ALTER TABLE call_ids DROP CONSTRAINT call_ids_pkey",
        )
        .await
        .expect("set");
    let (total, began) = (calls.total, Instant::now());
    let mut done = 0;
    let mut calls = calls.peekable();
    let mut people = BTreeSet::new();
    while let Some(first) = calls.peek() {
        let month = month(first.started_at);
        let suffix = month.replace('-', "_");
        let transaction = client.transaction().await.expect("begun");
        for table in PARTITIONED {
            let sql = format!(
                "DROP TABLE IF EXISTS {table}_{suffix}; CREATE TABLE {table}_{suffix} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            );
            transaction.batch_execute(&sql).await.expect("made");
        }
        // What is copied at once is held in memory here.
        loop {
            let mut part: Vec<CallRecord> = Vec::new();
            while part.len() < 50_000 && calls.peek().is_some_and(|record| self::month(record.started_at) == month) {
                part.extend(calls.next());
                done += 1;
                progress("PostgreSQL", done, total, began);
            }
            if part.is_empty() {
                break;
            }
            for segment in part.iter().flat_map(|record| &record.segments) {
                people.extend(segment.user.as_ref().map(|user| (true, user.id, user.name.clone())));
                people.extend(segment.group.as_ref().map(|group| (false, group.id, group.name.clone())));
            }
            copy(&transaction, &suffix, &part).await;
        }
        for table in PARTITIONED {
            let sql = format!(
                "ALTER TABLE {table} ATTACH PARTITION {table}_{suffix} FOR VALUES FROM ('{month}-01Z') TO ('{month}-01Z'::timestamptz + interval '1 month')"
            );
            transaction.batch_execute(&sql).await.expect("attached");
        }
        transaction.commit().await.expect("committed");
    }
    client.batch_execute("ALTER TABLE call_ids ADD PRIMARY KEY (id)").await.expect("made");
    for (is_user, id, name) in people {
        let table = if is_user { "credited_users" } else { "credited_groups" };
        client.execute(&format!("INSERT INTO {table} (site, id, name) VALUES ($1, $2, $3)"), &[&SITE, &id, &name]).await.expect("inserted");
    }
}

/// `2026-11` of UTC.
fn month(at: Time) -> String {
    at.timestamp().strftime("%Y-%m").to_string()
}

async fn copy(transaction: &Transaction<'_>, suffix: &str, part: &[CallRecord]) {
    let columns = "id, site, pbx, direction, outcome, caller, dialled, trunk, started_at, answered_at, ended_at, start_uncertain, end_uncertain, record";
    let sql = format!("COPY calls_{suffix} ({columns}) FROM STDIN (FORMAT binary, FREEZE)");
    let mut writer = pin!(BinaryCopyInWriter::new(transaction.copy_in(&sql).await.expect("begun"), CALLS));
    for record in part {
        let json = serde_json::to_string(record).expect("JSON");
        let (answered_at, [started_at, ended_at]) =
            (record.answered_at.map(Time::timestamp), [record.started_at, record.ended_at].map(Time::timestamp));
        let (direction, outcome) = (word(&record.direction), word(&record.outcome));
        let row: [&(dyn ToSql + Sync); 14] = [
            &record.id,
            &record.site,
            &record.pbx,
            &direction,
            &outcome,
            &record.caller.number,
            &record.dialled.number,
            &record.trunk,
            &started_at,
            &answered_at,
            &ended_at,
            &record.start_uncertain,
            &record.end_uncertain,
            &json,
        ];
        writer.as_mut().write(&row).await.expect("sent");
    }
    writer.finish().await.expect("copied");

    let columns = "call_id, call_started_at, site, seq, device, device_kind, agent, role, outcome, rule, user_id, group_id, started_at, answered_at, ended_at";
    let sql = format!("COPY segments_{suffix} ({columns}) FROM STDIN (FORMAT binary, FREEZE)");
    let mut writer = pin!(BinaryCopyInWriter::new(transaction.copy_in(&sql).await.expect("begun"), SEGMENTS));
    for (record, segment) in part.iter().flat_map(|record| record.segments.iter().map(move |segment| (record, segment))) {
        let seq = i32::try_from(segment.seq).expect("small");
        let words = [word(&segment.device_kind), word(&segment.role), word(&segment.outcome), word(&segment.attribution.rule)];
        let (user, group) = (segment.user.as_ref().map(|user| user.id), segment.group.as_ref().map(|group| group.id));
        let times = [record.started_at, segment.started_at, segment.ended_at].map(Time::timestamp);
        let answered_at = segment.answered_at.map(Time::timestamp);
        let row: [&(dyn ToSql + Sync); 15] = [
            &record.id,
            &times[0],
            &record.site,
            &seq,
            &segment.device,
            &words[0],
            &segment.agent,
            &words[1],
            &words[2],
            &words[3],
            &user,
            &group,
            &times[1],
            &answered_at,
            &times[2],
        ];
        writer.as_mut().write(&row).await.expect("sent");
    }
    writer.finish().await.expect("copied");

    let sql = format!("COPY call_numbers_{suffix} (call_id, call_started_at, site, reversed) FROM STDIN (FORMAT binary, FREEZE)");
    let types = [Type::UUID, Type::TIMESTAMPTZ, Type::TEXT, Type::TEXT];
    let mut writer = pin!(BinaryCopyInWriter::new(transaction.copy_in(&sql).await.expect("begun"), &types));
    for record in part {
        for number in numbers(record) {
            writer.as_mut().write(&[&record.id, &record.started_at.timestamp(), &record.site, &number]).await.expect("sent");
        }
    }
    writer.finish().await.expect("copied");

    let mut ids: Vec<(Uuid, Time, bool)> = part.iter().map(|record| (record.id, record.started_at, record.end_uncertain)).collect();
    ids.sort_unstable();
    let types = [Type::UUID, Type::TIMESTAMPTZ, Type::BOOL];
    let copying = transaction.copy_in("COPY call_ids (id, started_at, end_uncertain) FROM STDIN (FORMAT binary)").await.expect("begun");
    let mut writer = pin!(BinaryCopyInWriter::new(copying, &types));
    for (id, started_at, end_uncertain) in ids {
        writer.as_mut().write(&[&id, &started_at.timestamp(), &end_uncertain]).await.expect("sent");
    }
    writer.finish().await.expect("copied");
}

/// Everything that finds calls, and the calls.
pub(crate) async fn contents(url: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
    tokio::spawn(connection);
    let mut all = Vec::new();
    for table in ["sites", "call_ids", "calls", "segments", "call_numbers", "credited_users", "credited_groups"] {
        all.extend(rows(&client, table).await);
    }
    all
}

async fn rows(client: &Client, table: &str) -> Vec<String> {
    let sql = format!("SELECT (to_jsonb(t) - 'stored_at')::text FROM {table} AS t ORDER BY 1");
    client.query(&sql, &[]).await.expect("read").iter().map(|row| format!("{table} {}", row.get::<_, &str>(0))).collect()
}
