use std::time::Duration;

use rusqlite::Connection;
use strowger::spool::{Checkpoint, Closed, Input, Recovered, Report, Settings, Spool, State};
use strowger::store::{CallFilter, Store, StoreError, database_path};
use strowger::telephony::Time;

use super::{clock, entry, numbers, open, record, settings, wait_for};

const SOON: Duration = Duration::from_secs(10);

fn checkpoint(pbx: &str, state: &str) -> Input {
    Input::Checkpoint(Checkpoint { pbx: pbx.into(), state: state.as_bytes().to_vec() })
}

#[test]
fn nothing_is_recovered_from_an_empty_directory() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, _reports) = open(state.path(), settings());
    assert_eq!(spool.recover("a").expect("read"), Recovered::default());
}

#[test]
fn events_come_back_in_order_and_for_their_pbx() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, _reports) = open(state.path(), settings());
    let handle = spool.handle();
    for number in 0..1000 {
        handle.blocking_send(entry(if number % 3 == 0 { "a" } else { "b" }, number, Vec::new())).expect("taken");
    }
    handle.blocking_send(Input::Alive { pbx: "a".into(), at: Time::from_millis(5) }).expect("taken");
    handle.blocking_send(Input::Alive { pbx: "a".into(), at: Time::from_millis(7) }).expect("taken");
    spool.close(SOON).expect("durable");
    let (spool, _reports) = open(state.path(), settings());
    let (a, b) = (spool.recover("a").expect("read"), spool.recover("b").expect("read"));
    assert_eq!(numbers(&a.events), (0..1000).filter(|number| number % 3 == 0).collect::<Vec<_>>());
    assert_eq!(numbers(&b.events), (0..1000).filter(|number| number % 3 != 0).collect::<Vec<_>>());
    assert_eq!((a.last_alive, b.last_alive, a.checkpoint), (Some(Time::from_millis(7)), None, None));
}

#[test]
fn a_checkpoint_takes_the_place_of_what_came_before_it_on_its_pbx() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, reports) = open(state.path(), settings());
    let handle = spool.handle();
    // Some before it in earlier commits, some in the same commit, some after it.
    for number in 0..10 {
        handle.blocking_send(entry("a", number, Vec::new())).expect("taken");
    }
    handle.blocking_flush(SOON).expect("durable");
    for number in 10..20 {
        handle.blocking_send(entry("a", number, Vec::new())).expect("taken");
    }
    handle.blocking_send(entry("b", 7, Vec::new())).expect("taken");
    handle.blocking_send(checkpoint("a", "twenty")).expect("taken");
    handle.blocking_send(entry("a", 20, Vec::new())).expect("taken");
    spool.close(SOON).expect("durable");
    let last = reports.try_iter().filter_map(|report| match report {
        Report::Committed(committed) => Some(committed),
        Report::State(_) => None,
    });
    let committed: Vec<_> = last.collect();
    assert_eq!(committed.iter().map(|committed| committed.entries).sum::<usize>(), 22);
    assert_eq!(committed.last().map(|committed| committed.journal_events), Some(2), "one of each PBX is left");
    let (spool, _reports) = open(state.path(), settings());
    let a = spool.recover("a").expect("read");
    assert_eq!((a.checkpoint.as_deref(), numbers(&a.events)), (Some(&b"twenty"[..]), vec![20]));
    assert_eq!(numbers(&spool.recover("b").expect("read").events), [7]);
    spool.handle().blocking_send(checkpoint("a", "more")).expect("taken");
    spool.close(SOON).expect("durable");
    let (spool, _reports) = open(state.path(), settings());
    let a = spool.recover("a").expect("read");
    assert_eq!((a.checkpoint.as_deref(), a.events.len()), (Some(&b"more"[..]), 0));
}

#[test]
fn records_are_stored_once_and_reported_when_they_are() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, reports) = open(state.path(), settings());
    let handle = spool.handle();
    handle.blocking_send(entry("a", 1, vec![record(1), record(2)])).expect("taken");
    handle.blocking_send(entry("a", 2, vec![record(1)])).expect("taken");
    handle.blocking_flush(SOON).expect("durable");
    let store = Store::open_existing(state.path()).expect("opens beside the spool");
    let stored = store.calls(&CallFilter::default()).expect("read");
    assert_eq!(stored, [record(2), record(1)]);
    let durable: Vec<_> = reports
        .try_iter()
        .flat_map(|report| match report {
            Report::Committed(committed) => committed.records,
            Report::State(_) => Vec::new(),
        })
        .map(|durable| durable.record.id)
        .collect();
    assert_eq!(durable, [record(1).id, record(2).id, record(1).id], "in order, each as handed in");
}

#[tokio::test]
async fn what_is_handed_in_together_is_committed_together() {
    let state = tempfile::tempdir().expect("temporary directory");
    let slow = Settings { group_commit_delay: Duration::from_millis(200), ..Settings::default() };
    let (spool, reports) = open(state.path(), slow);
    let handle = spool.handle();
    for number in 0..500 {
        handle.send(entry("a", number, Vec::new())).await.expect("taken");
    }
    handle.flush(SOON).await.expect("durable");
    let commits = reports.try_iter().filter(|report| matches!(report, Report::Committed(_))).count();
    assert!(commits <= 2, "{commits} commits");
    tokio::task::spawn_blocking(move || spool.close(SOON)).await.expect("ends").expect("durable");
    assert_eq!(handle.send(entry("a", 1, Vec::new())).await, Err(Closed));
}

#[test]
fn a_second_spool_on_the_directory_is_refused() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (first, _reports) = open(state.path(), settings());
    let error = Spool::open(state.path(), settings(), clock(), |_| {}).expect_err("refused");
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    first.close(SOON).expect("durable");
    drop(open(state.path(), settings()));
}

#[test]
fn another_process_with_the_database_in_hand_only_delays() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, _reports) = open(state.path(), settings());
    let other = Connection::open(database_path(state.path())).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("begins");
    spool.handle().blocking_send(entry("a", 1, vec![record(1)])).expect("taken");
    // Longer than the writer waits for another's transaction.
    wait_for(&spool, |state| matches!(state, State::Stalled { error, .. } if error.contains("another process holds the database")));
    other.execute_batch("ROLLBACK").expect("ends");
    wait_for(&spool, |state| *state == State::Ok);
    spool.close(SOON).expect("durable");
    let (spool, _reports) = open(state.path(), settings());
    assert_eq!(numbers(&spool.recover("a").expect("read").events), [1]);
}

#[test]
fn a_journal_that_was_cut_is_told() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, _reports) = open(state.path(), settings());
    spool.handle().blocking_send(entry("a", 123_456, Vec::new())).expect("taken");
    spool.close(SOON).expect("durable");
    let other = Connection::open(database_path(state.path())).expect("opens");
    other.execute("UPDATE journal SET body = substr(body, 1, length(body) - 1)", []).expect("cut");
    let (spool, _reports) = open(state.path(), settings());
    let error = spool.recover("a").expect_err("refused").to_string();
    assert!(error.contains("row 1 of the journal cannot be read back (0 of 1 events are whole)"), "{error}");
}
