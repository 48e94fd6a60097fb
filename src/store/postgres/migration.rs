//! Brings a database to this program's schema: numbered SQL texts, each applied once and remembered with its checksum.
//!
//! Everything happens in one transaction under an advisory lock: of several starters the first does it, the others find it done,
//! and one that is stopped in the middle leaves nothing.

use tokio_postgres::{Client, GenericClient};

use super::PostgresError;
use crate::store::checksum;

/// Name and text of each migration; its place in the list, from 1, is the schema version that it leads to.
const MIGRATIONS: &[(&str, &str)] = &[
    ("people_and_calls", include_str!("../migrations/postgres/0001_people_and_calls.sql")),
    ("what_sites_sent", include_str!("../migrations/postgres/0002_what_sites_sent.sql")),
    ("privacy", include_str!("../migrations/postgres/0003_privacy.sql")),
    ("clock_stood", include_str!("../migrations/postgres/0004_clock_stood.sql")),
];

/// The oldest server that will do.
const MAJOR_MIN: u32 = 15;

/// So that starters wait for each other: `STRW` and a number of our own.
const LOCK: i64 = 0x5354_5257_0001;

/// What the others are waited for at most.
const LOCK_TIMEOUT: &str = "5min";

const DOING: &str = "bring the schema up to date";

/// The newest schema version that this program knows.
fn newest() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// What is there: version, name and checksum of each migration applied.
type History = Vec<(i32, String, String)>;

/// Applies what is missing.
pub(super) async fn migrate(client: &mut Client, at: &str) -> Result<(), PostgresError> {
    let refused = |error: tokio_postgres::Error| PostgresError::of(at, DOING, &error);
    recognise(client, at).await?;
    if compare(&history(client).await.map_err(refused)?, at)? == newest() {
        return Ok(());
    }
    let transaction = client.transaction().await.map_err(refused)?;
    // Indexes over many rows take longer than any question may.
    let patience = format!("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'");
    transaction.batch_execute(&patience).await.map_err(refused)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(refused)?;
    let present = compare(&history(&transaction).await.map_err(refused)?, at)?;
    if present == 0 {
        let table = "CREATE TABLE strowger_migrations (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, \
                     applied_at timestamptz NOT NULL DEFAULT now())";
        transaction.batch_execute(table).await.map_err(refused)?;
    }
    for (version, (name, text)) in (1_i32..).zip(MIGRATIONS).filter(|(version, _)| *version > present) {
        transaction.batch_execute(text).await.map_err(refused)?;
        let note = "INSERT INTO strowger_migrations (version, name, checksum) VALUES ($1, $2, $3)";
        transaction.execute(note, &[&version, name, &checksum(text)]).await.map_err(refused)?;
    }
    transaction.commit().await.map_err(refused)
}

/// For questions, which change nothing: the schema must be there, as this program knows it.
pub(super) async fn require(client: &Client, at: &str) -> Result<(), PostgresError> {
    recognise(client, at).await?;
    let history = history(client).await.map_err(|error| PostgresError::of(at, "read the history of the schema", &error))?;
    match compare(&history, at)? {
        found if found == newest() => Ok(()),
        found => Err(PostgresError::OlderSchema { at: at.to_owned(), found, needed: newest() }),
    }
}

async fn recognise(client: &Client, at: &str) -> Result<(), PostgresError> {
    let asked = client.query_one("SELECT current_setting('server_version_num')::int / 10000, version()", &[]).await;
    let row = asked.map_err(|error| PostgresError::of(at, "ask the server's version", &error))?;
    let (major, version): (i32, String) = (row.get(0), row.get(1));
    if major.unsigned_abs() < MAJOR_MIN {
        let found = version.split_whitespace().nth(1).unwrap_or_default().to_owned();
        return Err(PostgresError::TooOld { at: at.to_owned(), found, needed: MAJOR_MIN });
    }
    Ok(())
}

async fn history(client: &impl GenericClient) -> Result<History, tokio_postgres::Error> {
    let table = "SELECT to_regclass(format('%I.strowger_migrations', current_schema())) IS NOT NULL";
    if !client.query_one(table, &[]).await?.get::<_, bool>(0) {
        return Ok(History::new());
    }
    let rows = client.query("SELECT version, name, checksum FROM strowger_migrations ORDER BY version", &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// The version that is there; refuses newer ones and others.
fn compare(history: &History, at: &str) -> Result<i32, PostgresError> {
    let Some((found, name, _)) = history.last() else { return Ok(0) };
    if *found > newest() {
        return Err(PostgresError::NewerSchema { at: at.to_owned(), found: *found, name: name.clone(), known: newest() });
    }
    for ((version, _, stored), (expected, (_, text))) in history.iter().zip((1_i32..).zip(MIGRATIONS)) {
        if *version != expected || *stored != checksum(text) {
            return Err(PostgresError::OtherHistory { at: at.to_owned(), version: expected });
        }
    }
    Ok(*found)
}
