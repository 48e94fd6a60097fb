//! Calls as rows, in the binary form of COPY: many rows go into the tables and the log at once, which is what makes it quick.
//!
//! One table after the other: of several that were under way at once, what the server says of the one that it refuses could not be told
//! from what it says of those behind it.

use std::collections::HashSet;
use std::pin::pin;

use deadpool_postgres::Transaction;
use serde::Serialize;
use tokio_postgres::Error;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::time::At;
use crate::store::ReceivedRecord;
use crate::store::call_row::{keys, word};

/// The record goes as the text that it is: the binary form of `json`.
const CALLS: Copy<15> = Copy {
    sql: "COPY calls (id, site, pbx, direction, outcome, caller, dialled, trunk, started_at, answered_at, ended_at, start_uncertain, \
          end_uncertain, record, anonymised_at) FROM STDIN (FORMAT binary)",
    types: [
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
        Type::TIMESTAMPTZ,
    ],
};

const SEGMENTS: Copy<15> = Copy {
    sql: "COPY segments (call_id, call_started_at, site, seq, device, device_kind, agent, role, outcome, rule, user_id, group_id, \
          started_at, answered_at, ended_at) FROM STDIN (FORMAT binary)",
    types: [
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
    ],
};

const NUMBERS: Copy<4> = Copy {
    sql: "COPY call_numbers (call_id, call_started_at, site, reversed) FROM STDIN (FORMAT binary)",
    types: [Type::UUID, Type::TIMESTAMPTZ, Type::TEXT, Type::TEXT],
};

struct Copy<const COLUMNS: usize> {
    sql: &'static str,
    types: [Type; COLUMNS],
}

/// What finds the calls and shows them.
pub(super) async fn calls(transaction: &Transaction<'_>, batch: &[&ReceivedRecord]) -> Result<(), Error> {
    let sink = transaction.copy_in(&transaction.prepare_cached(CALLS.sql).await?).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &CALLS.types));
    for received in batch {
        let record = received.record();
        let row: [&(dyn ToSql + Sync); 15] = [
            &record.id,
            &clean(&record.site),
            &clean(&record.pbx),
            &named(&record.direction),
            &named(&record.outcome),
            &cleaned(record.caller.number.as_ref()),
            &cleaned(record.dialled.number.as_ref()),
            &cleaned(record.trunk.as_ref()),
            &At::millisecond(record.started_at),
            &record.answered_at.map(At::millisecond),
            &At::millisecond(record.ended_at),
            &record.start_uncertain,
            &record.end_uncertain,
            &received.json(),
            &record.anonymised_at.map(At::millisecond),
        ];
        rows.as_mut().write(&row).await?;
    }
    rows.finish().await.map(drop)
}

/// What finds calls by their parts.
pub(super) async fn parts(transaction: &Transaction<'_>, batch: &[&ReceivedRecord]) -> Result<(), Error> {
    segments(transaction, batch).await?;
    numbers(transaction, batch).await
}

async fn segments(transaction: &Transaction<'_>, batch: &[&ReceivedRecord]) -> Result<(), Error> {
    let sink = transaction.copy_in(&transaction.prepare_cached(SEGMENTS.sql).await?).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &SEGMENTS.types));
    for record in batch.iter().map(|received| received.record()) {
        // A part's number is its place in the call: a foreign record that has one twice keeps the first.
        let mut seen = HashSet::new();
        for segment in record.segments.iter().filter(|segment| seen.insert(segment.seq)) {
            let row: [&(dyn ToSql + Sync); 15] = [
                &record.id,
                &At::millisecond(record.started_at),
                &clean(&record.site),
                &i32::try_from(segment.seq).unwrap_or(i32::MAX),
                &clean(&segment.device),
                &named(&segment.device_kind),
                &cleaned(segment.agent.as_ref()),
                &named(&segment.role),
                &named(&segment.outcome),
                &named(&segment.attribution.rule),
                &segment.user.as_ref().map(|user| user.id),
                &segment.group.as_ref().map(|group| group.id),
                &At::millisecond(segment.started_at),
                &segment.answered_at.map(At::millisecond),
                &At::millisecond(segment.ended_at),
            ];
            rows.as_mut().write(&row).await?;
        }
    }
    rows.finish().await.map(drop)
}

async fn numbers(transaction: &Transaction<'_>, batch: &[&ReceivedRecord]) -> Result<(), Error> {
    let sink = transaction.copy_in(&transaction.prepare_cached(NUMBERS.sql).await?).await?;
    let mut rows = pin!(BinaryCopyInWriter::new(sink, &NUMBERS.types));
    for record in batch.iter().map(|received| received.record()) {
        let (started_at, site) = (At::millisecond(record.started_at), clean(&record.site));
        for key in keys(record) {
            rows.as_mut().write(&[&record.id, &started_at, &site, &clean(&key)]).await?;
        }
    }
    rows.finish().await.map(drop)
}

/// So many characters of a text can be searched for: what is longer would not fit into an index.
const SEARCHED_MAX: usize = 256;

/// A text of PostgreSQL holds no NUL, and an index nothing long; the record itself keeps all.
pub(super) fn clean(text: &str) -> String {
    text.chars().take(SEARCHED_MAX).map(|letter| if letter == '\0' { '\u{fffd}' } else { letter }).collect()
}

pub(super) fn cleaned(text: Option<&String>) -> Option<String> {
    text.map(|text| clean(text))
}

fn named<T: Serialize>(value: &T) -> String {
    word(value).unwrap_or_default()
}
