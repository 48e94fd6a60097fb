//! Files that are damaged, cut, read-only, older or newer: each is named, nothing gets worse, and what can be read comes out.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::Connection;
use strowger::spool::outbox::{self, Start};
use strowger::spool::transfer::{How, TransferError, export};
use strowger::spool::{Spool, inspect};
use strowger::store::{StoreError, database_path};
use tempfile::TempDir;

use super::full_disk::{Disk, run};
use super::transfer::{NOW, SOON, exported, fill, folder, imported, register};
use super::{clock, open, settings};

const RECORDS: u64 = 2000;

/// Closed, with everything in one file.
fn site() -> TempDir {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..RECORDS);
    spool.close(SOON).expect("closed");
    state
}

/// Overwrites the page that holds this text; its number, from 0.
fn damage(state: &Path, text: &str) -> u64 {
    let mut file = OpenOptions::new().read(true).write(true).open(database_path(state)).expect("opens");
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("read");
    let page_bytes = u64::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("it is there");
    let page = at as u64 / page_bytes;
    file.seek(SeekFrom::Start(page * page_bytes)).expect("sought");
    file.write_all(&vec![0xA5; usize::try_from(page_bytes).expect("small")]).expect("written");
    page
}

#[test]
fn a_damaged_page_of_the_outbox_is_named_and_read_around() {
    let state = site();
    let source = inspect(state.path()).expect("read").source.expect("there");
    // Only the outbox has the message id of the gap.
    let gap = RECORDS / 2 + 1;
    damage(state.path(), &format!("{source}.{gap}"));
    let refused = Spool::open(state.path(), settings(), clock(), |_| {}).expect_err("refused").to_string();
    assert!(refused.contains("strowger.db is damaged") && refused.contains("restore a backup"), "{refused}");
    let findings = inspect(state.path()).expect("opens").findings;
    assert!(!findings.is_empty());

    let files = folder();
    let (file, told) = exported(state.path(), &files);
    assert!(told.damage[0].contains("of outbox cannot be read") && told.damage.len() < 5, "{:?}", told.damage);
    assert!(told.entries < RECORDS + 1 && told.entries > RECORDS - 20, "one page is gone, not more: {told:?}");
    let other = folder();
    let found = imported(other.path(), &file).expect("imported");
    assert_eq!((found.how, found.entries, found.missing), (How::GoesOn, told.entries, RECORDS + 1 - told.entries));
    // What is left is delivered, and what is not there is known by its numbers.
    let (spool, _reports) = open(other.path(), settings());
    let seqs: Vec<u64> =
        spool.outbox().read("crm", None, usize::MAX, usize::MAX).expect("read").iter().filter_map(outbox::Entry::seq).collect();
    assert_eq!((seqs.len() as u64, seqs.first(), seqs.last(), seqs.contains(&gap)), (told.entries, Some(&1), Some(&(RECORDS + 1)), false));
    fill(&spool, RECORDS..RECORDS + 2);
    assert_eq!(*spool.outbox().newest().borrow(), RECORDS + 4);
}

#[test]
fn a_file_that_was_cut_is_named() {
    let state = site();
    let path = database_path(state.path());
    let bytes = fs::metadata(&path).expect("there").len();
    OpenOptions::new().write(true).open(&path).expect("opens").set_len(bytes / 2).expect("cut");
    let refused = Spool::open(state.path(), settings(), clock(), |_| {}).expect_err("refused");
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert!(!inspect(state.path()).map_or_else(|error| vec![error.to_string()], |found| found.findings).is_empty());
    // Out comes what is left, or why nothing can: never an export that looks whole.
    let mut out = Vec::new();
    match export(state.path(), false, NOW, &mut out, &mut |_, _| {}) {
        Ok(exported) => assert!(!exported.damage.is_empty(), "{exported:?}"),
        Err(error) => assert!(matches!(&error, TransferError::Store(StoreError::Damaged { .. })), "{error}"),
    }
}

#[test]
fn a_log_of_writes_that_was_cut_gives_a_prefix() {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..200);
    // As if the power had failed: the files as they are, their newest writes missing.
    let after = folder();
    for name in ["strowger.db", "strowger.db-wal"] {
        fs::copy(state.path().join(name), after.path().join(name)).expect("copied");
    }
    drop(spool);
    let wal = after.path().join("strowger.db-wal");
    let bytes = fs::metadata(&wal).expect("there").len();
    OpenOptions::new().write(true).open(&wal).expect("opens").set_len(bytes * 2 / 3 + 17).expect("cut");
    let (spool, _reports) = open(after.path(), settings());
    let overview = spool.outbox().overview().expect("read");
    assert!(overview.newest > 0 && overview.newest < 201, "{overview:?}");
    let entries = spool.outbox().read("crm", None, usize::MAX, usize::MAX).expect("read");
    assert_eq!(entries.iter().filter_map(outbox::Entry::seq).collect::<Vec<_>>(), (1..=overview.newest).collect::<Vec<_>>());
    let events = spool.recover("a").expect("read").events.len() as u64;
    // The gap has one as well.
    assert_eq!(events, overview.newest, "journal and outbox end at the same commit");
    assert_eq!(inspect(after.path()).expect("read").findings, Vec::<String>::new());
}

#[test]
fn a_file_that_cannot_be_written_can_still_be_read_out() {
    let state = site();
    let disk = Disk::mounted("read-only-spool", "16m");
    fs::copy(database_path(state.path()), database_path(&disk.path)).expect("copied");
    let path = disk.path.display().to_string();
    run("mount", &["-o", "remount,ro", &path]);
    let files = folder();
    let (_, told) = exported(&disk.path, &files);
    assert_eq!((told.entries, told.damage), (RECORDS + 1, Vec::new()));
    assert_eq!(inspect(&disk.path).expect("read").findings, Vec::<String>::new());
    let refused = Spool::open(&disk.path, settings(), clock(), |_| {}).expect_err("refused").to_string();
    assert!(refused.contains("mount it writable"), "{refused}");
}

#[test]
fn a_file_of_a_newer_version_is_left_alone_and_one_of_an_older_brought_up_to_date() {
    let state = site();
    let raw = || Connection::open(database_path(state.path())).expect("opens");
    let version: i64 = raw().pragma_query_value(None, "user_version", |row| row.get(0)).expect("read");
    raw().pragma_update(None, "user_version", version + 1).expect("set");
    let newer = |error: StoreError| matches!(error, StoreError::NewerSchema { .. });
    assert!(newer(Spool::open(state.path(), settings(), clock(), |_| {}).expect_err("refused")));
    assert!(newer(inspect(state.path()).expect_err("refused")));
    let refused = export(state.path(), false, NOW, &mut Vec::new(), &mut |_, _| {}).expect_err("refused");
    assert!(matches!(refused, TransferError::Store(StoreError::NewerSchema { .. })), "{refused}");

    // As it was before numbers of calls were kept apart: they are there, and come along.
    let tables = "DROP TABLE earlier_sources; DELETE FROM meta WHERE key = 'calls_upto'; DELETE FROM migrations WHERE version > 6;";
    raw().execute_batch(tables).expect("dropped");
    raw().pragma_update(None, "user_version", 6).expect("set");
    let mut out = Vec::new();
    let told = export(state.path(), true, NOW, &mut out, &mut |_, _| {}).expect("exported");
    assert_eq!(told.damage, Vec::<String>::new());
    assert!(String::from_utf8(out).expect("text").contains(&format!("\"calls_upto\":{RECORDS}}}")));

    // As it was before there was an outbox.
    let tables = "DROP TABLE outbox_head; DROP TABLE outbox; DROP TABLE sinks; DROP TABLE quarantine; DROP INDEX call_numbers_by_end; \
                  DROP TABLE sink_replays; DROP TABLE sink_status; DROP INDEX calls_by_end; DROP INDEX calls_to_anonymise; \
                  ALTER TABLE calls DROP COLUMN anonymised_at; DROP TABLE holds; DROP TABLE erasures; DROP TABLE retention_last; DELETE FROM migrations WHERE version > 2;";
    raw().execute_batch(tables).expect("dropped");
    raw().pragma_update(None, "user_version", 2).expect("set");
    let before = inspect(state.path()).expect("read");
    assert_eq!((before.findings, before.overview), (Vec::new(), None));
    let mut out = Vec::new();
    let told = export(state.path(), true, NOW, &mut out, &mut |_, _| {}).expect("exported");
    assert_eq!((told.entries, told.calls, told.pbxs), (0, RECORDS, 1), "nothing was changed by looking");
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Beginning)]);
    assert_eq!(spool.outbox().read("crm", None, usize::MAX, usize::MAX).expect("read").len() as u64, RECORDS);
}
