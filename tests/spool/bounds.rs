//! What happens when more waits in the outbox than may: nothing is dropped, nothing more is taken, and it is said loudly.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use strowger::spool::outbox::{Outbox, Place, Sink, Start};
use strowger::spool::{Bounds, Settings, Spool, State};
use strowger::telephony::Time;

use super::{entry, numbers, open, record, settings, wait_for};

const SOON: Duration = Duration::from_secs(10);
const BYTES_MAX: u64 = 256 << 10;

fn bounded(bounds: Bounds) -> Settings {
    Settings { outbox: bounds, ..settings() }
}

fn started(directory: &Path, settings: Settings) -> (Spool, Outbox) {
    let (spool, _reports) = open(directory, settings);
    let outbox = spool.outbox();
    let sinks = ["crm", "log"].map(|name| Sink { name: name.to_owned(), start: Start::Present });
    outbox.register(&sinks, Time::from_millis(0)).expect("registered");
    (spool, outbox)
}

/// Delivers everything that is there.
fn deliver(outbox: &Outbox, sink: &str, seqs: &mut Vec<u64>) {
    let entries = outbox.read(sink, None, usize::MAX, usize::MAX).expect("read");
    seqs.extend(entries.iter().filter_map(strowger::spool::outbox::Entry::seq));
    if let Some(last) = entries.last() {
        outbox.advance(sink, last.place).expect("advanced");
    }
}

#[test]
fn a_full_outbox_is_told_and_takes_no_more_until_a_sink_has_caught_up() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, outbox) = started(state.path(), bounded(Bounds { bytes_max: BYTES_MAX, age_max: Duration::ZERO }));
    let (taken, enough) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let sender = {
        let (handle, taken, enough) = (spool.handle(), Arc::clone(&taken), Arc::clone(&enough));
        std::thread::spawn(move || {
            for number in 0.. {
                if enough.load(Ordering::Relaxed) {
                    return number;
                }
                handle.blocking_send(entry("a", number, vec![record(number)])).expect("taken");
                taken.store(number + 1, Ordering::Relaxed);
            }
            0
        })
    };
    wait_for(&spool, |state| matches!(state, State::Stalled { .. }));
    let mut delivered = Vec::new();
    deliver(&outbox, "log", &mut delivered);
    let State::Stalled { error, to_do, .. } = spool.state() else { panic!("it stalls no more") };
    assert!(
        error.starts_with("the outbox is full: 0 MiB of 0 MiB wait, the oldest since 2026-") && error.contains(r#"sink "crm" lacks "#),
        "{error}"
    );
    assert!(to_do.contains("strowger sinks skip"), "{to_do}");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(spool.handle().queued(), settings().queue_max, "the queue is full and no longer than it may be");
    let before = taken.load(Ordering::Relaxed);
    let overview = outbox.overview().expect("read");
    // One batch at most comes on top.
    assert!(overview.bytes >= BYTES_MAX && overview.bytes < BYTES_MAX * 3 / 2, "{overview:?}");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(
        (taken.load(Ordering::Relaxed), outbox.overview().expect("read").bytes),
        (before, overview.bytes),
        "everything stands still"
    );
    assert!(matches!(spool.state(), State::Stalled { .. }), "that one of two sinks has everything frees nothing");

    let mut late = Vec::new();
    deliver(&outbox, "crm", &mut late);
    wait_for(&spool, |state| *state == State::Ok);
    enough.store(true, Ordering::Relaxed);
    let sent = sender.join().expect("ends");
    spool.handle().blocking_flush(SOON).expect("durable");
    deliver(&outbox, "crm", &mut late);
    deliver(&outbox, "log", &mut delivered);
    let whole: Vec<u64> = (1..=sent).collect();
    assert_eq!((&late, &delivered), (&whole, &whole), "every record once, for both");
}

#[test]
fn what_waits_too_long_does_the_same() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, outbox) = started(state.path(), bounded(Bounds { bytes_max: 0, age_max: Duration::from_millis(300) }));
    spool.handle().blocking_send(entry("a", 0, vec![record(0)])).expect("taken");
    spool.handle().blocking_flush(SOON).expect("durable");
    std::thread::sleep(Duration::from_millis(350));
    spool.handle().blocking_send(entry("a", 1, vec![record(1)])).expect("taken");
    wait_for(&spool, |state| matches!(state, State::Stalled { .. }));
    let State::Stalled { error, .. } = spool.state() else { panic!("it stalls no more") };
    assert!(
        error.contains("the outbox is too old") && error.contains(r#"sink "crm" lacks 1 entries, sink "log" lacks 1 entries"#),
        "{error}"
    );
    for sink in ["crm", "log"] {
        outbox.advance(sink, Place::Sequence(1)).expect("advanced");
    }
    wait_for(&spool, |state| *state == State::Ok);
    spool.handle().blocking_flush(SOON).expect("durable");
    assert_eq!(*outbox.newest().borrow(), 2);
}

#[test]
fn stopping_at_the_bound_loses_nothing() {
    let state = tempfile::tempdir().expect("temporary directory");
    let bounds = Bounds { bytes_max: 1, age_max: Duration::ZERO };
    let (spool, _outbox) = started(state.path(), bounded(bounds));
    let handle = spool.handle();
    handle.blocking_send(entry("a", 0, vec![record(0)])).expect("taken");
    handle.blocking_flush(SOON).expect("durable");
    for number in 1..20 {
        handle.blocking_send(entry("a", number, vec![record(number)])).expect("taken");
    }
    wait_for(&spool, |state| matches!(state, State::Stalled { .. }));
    spool.close(SOON).expect("everything is written");
    let (spool, outbox) = started(state.path(), bounded(bounds));
    assert_eq!(numbers(&spool.recover("a").expect("read").events), (0..20).collect::<Vec<_>>());
    assert_eq!(*outbox.newest().borrow(), 20);
}
