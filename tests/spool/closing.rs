use std::time::Duration;

use rusqlite::Connection;
use strowger::spool::{Closed, State};
use strowger::store::database_path;

use super::{entry, numbers, open, settings};

#[test]
fn closing_makes_everything_durable_and_takes_nothing_more() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, _reports) = open(state.path(), settings());
    let handle = spool.handle();
    let sender = std::thread::spawn(move || {
        let mut taken = 0;
        while handle.blocking_send(entry("a", taken, Vec::new())) == Ok(()) {
            taken += 1;
        }
        taken
    });
    std::thread::sleep(Duration::from_millis(50));
    spool.close(Duration::from_secs(10)).expect("durable");
    let taken = sender.join().expect("ends");
    let (spool, _reports) = open(state.path(), settings());
    let found = numbers(&spool.recover("a").expect("read").events);
    assert_eq!(found, (0..u64::try_from(found.len()).expect("small")).collect::<Vec<_>>(), "a prefix without a hole");
    // What was put into the queue behind the request to stop was taken but never reported.
    assert!(!found.is_empty() && found.len() as u64 <= taken && taken - found.len() as u64 <= 64, "{} of {taken}", found.len());
}

#[test]
fn at_the_deadline_it_gives_up_and_says_so() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, _reports) = open(state.path(), settings());
    let handle = spool.handle();
    let other = Connection::open(database_path(state.path())).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("begins");
    handle.blocking_send(entry("a", 1, Vec::new())).expect("taken");
    let error = handle.blocking_flush(Duration::from_millis(50)).expect_err("not durable");
    assert!(error.to_string().contains("not everything is on disk"), "{error}");
    super::wait_for(&spool, |state| matches!(state, State::Stalled { .. }));
    let error = spool.close(Duration::from_millis(50)).expect_err("not durable");
    assert!(error.to_string().contains("another process holds the database"), "{error}");
    // The writer gives up once its present try is over, even though nobody waits for it.
    while handle.blocking_send(entry("a", 2, Vec::new())) != Err(Closed) {
        std::thread::sleep(Duration::from_millis(5));
    }
    other.execute_batch("ROLLBACK").expect("ends");
    let (spool, _reports) = open(state.path(), settings());
    assert_eq!(spool.recover("a").expect("read").events.len(), 0);
}
