//! The store against a real file: people over time, history of calls, schema and refusals.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod away;
mod dee;
mod engine;
mod erasure;
mod history;
mod people;
mod plans;
mod postgres;
mod retention;
mod schema;
mod sketch;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use rusqlite::Connection;
use strowger::directory::PeopleFile;
use strowger::store::{Store, database_path};
use strowger::telephony::Time;

/// A state directory that goes with the test.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("temporary directory")
}

fn open(directory: &Path) -> Store {
    Store::open(directory).expect("store opens")
}

/// A second connection, as an administrator with `sqlite3` has it.
fn raw(directory: &Path) -> Connection {
    Connection::open(database_path(directory)).expect("database opens")
}

fn people(text: &str) -> PeopleFile {
    PeopleFile::parse(text).expect("a good people file")
}

/// Seconds after an arbitrary start.
fn at(seconds: i64) -> Time {
    Time::from_millis(1_790_000_000_000 + seconds * 1000)
}
