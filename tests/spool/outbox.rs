//! The outbox: numbers without holes, cursors of several sinks, what is kept and what is let go of.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use strowger::record::LinkGap;
use strowger::spool::outbox::{Body, Entry, Outbox, Place, QUARANTINE_MAX, Registered, Sink, Start};
use strowger::spool::{Handle, Input, Spool};
use strowger::store::{StoreError, database_path};
use strowger::telephony::{Scope, Time};

use super::{entry, open, record, settings};

const SOON: Duration = Duration::from_secs(10);
const NOW: Time = Time::from_millis(1_790_000_000_000);

fn sink(name: &str) -> Sink {
    Sink { name: name.to_owned(), start: Start::Present }
}

fn register(outbox: &Outbox, names: &[&str]) -> Registered {
    outbox.register(&names.iter().map(|name| sink(name)).collect::<Vec<_>>(), NOW).expect("registered")
}

/// Hands in records with these numbers, one by one, durably.
fn store(handle: &Handle, numbers: std::ops::Range<u64>) {
    for number in numbers {
        handle.blocking_send(entry("a", number, vec![record(number)])).expect("taken");
    }
    handle.blocking_flush(SOON).expect("durable");
}

fn gap(until: Option<i64>) -> LinkGap {
    LinkGap {
        site: "hq".to_owned(),
        pbx: "a".to_owned(),
        scope: Scope::Node("2".into()),
        from: NOW,
        until: until.map(|millis| Time::from_millis(NOW.as_millis() + millis)),
    }
}

fn seqs(entries: &[Entry]) -> Vec<u64> {
    entries.iter().filter_map(Entry::seq).collect()
}

fn all(outbox: &Outbox, sink: &str) -> Vec<Entry> {
    outbox.read(sink, None, usize::MAX, usize::MAX).expect("read")
}

fn rows(directory: &Path) -> (i64, i64, i64) {
    let connection = Connection::open(database_path(directory)).expect("opens");
    let sql = "SELECT (SELECT count(*) FROM outbox), (SELECT coalesce(sum(bytes), 0) FROM outbox), bytes FROM outbox_head";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("read")
}

fn started(directory: &Path) -> (Spool, Outbox, Handle) {
    let (spool, _reports) = open(directory, settings());
    let (outbox, handle) = (spool.outbox(), spool.handle());
    (spool, outbox, handle)
}

#[test]
fn every_record_and_gap_is_numbered_and_told_once() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    register(&outbox, &["one"]);
    let mut uncertain = record(1);
    uncertain.end_uncertain = true;
    handle.blocking_send(entry("a", 0, vec![record(0), uncertain.clone()])).expect("taken");
    let mut lost = strowger::spool::Entry { pbx: "a".into(), event: b"1".to_vec(), records: Vec::new(), gaps: vec![gap(None)] };
    handle.blocking_send(Input::Entry(lost.clone())).expect("taken");
    // What is played again after a crash changes nothing; a record that knows its end better does.
    handle.blocking_send(entry("a", 2, vec![record(0), uncertain, record(1), record(1)])).expect("taken");
    lost.gaps = vec![gap(Some(1500))];
    handle.blocking_send(Input::Entry(lost)).expect("taken");
    handle.blocking_flush(SOON).expect("durable");

    let found = all(&outbox, "one");
    assert_eq!(seqs(&found), [1, 2, 3, 4, 5]);
    let (first, second, source) = (record(0).id, record(1).id, outbox.source());
    let messages: Vec<&str> = found.iter().map(|entry| entry.message_id.as_str()).collect();
    assert_eq!(messages, [first.to_string(), second.to_string(), format!("{source}.3"), format!("{second}.r2"), format!("{source}.5")]);
    assert_eq!(found[0].body, Body::Record(first));
    assert_eq!(found[0].json, serde_json::to_string(&record(0)).expect("written"));
    assert_eq!(found[3].json, serde_json::to_string(&record(1)).expect("written"));
    assert_eq!(found[2].body, Body::Gap(gap(None)));
    assert_eq!(
        found[4].json,
        r#"{"site":"hq","pbx":"a","scope":{"node":"2"},"from":"2026-09-21T14:13:20.000Z","until":"2026-09-21T14:13:21.500Z"}"#
    );
    assert_eq!(*outbox.newest().borrow(), 5);
    assert_eq!(uuid::Uuid::parse_str(source).expect("a UUID").get_version_num(), 4);
}

#[test]
fn without_sinks_nothing_is_kept_and_numbers_run_on() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (spool, outbox, handle) = started(state.path());
    store(&handle, 0..3);
    assert_eq!((rows(state.path()), *outbox.newest().borrow()), ((0, 0, 0), 3));
    register(&outbox, &["late"]);
    assert_eq!(all(&outbox, "late"), []);
    store(&handle, 3..5);
    assert_eq!(seqs(&all(&outbox, "late")), [4, 5]);
    let source = outbox.source().to_owned();
    spool.close(SOON).expect("closed");
    let (_spool, outbox, _) = started(state.path());
    assert_eq!((outbox.source(), *outbox.newest().borrow()), (source.as_str(), 5));
    assert_eq!(seqs(&all(&outbox, "late")), [4, 5]);
}

#[test]
fn an_entry_stays_until_every_sink_has_it() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    register(&outbox, &["quick", "slow"]);
    store(&handle, 0..10);
    outbox.advance("quick", Place::Sequence(10)).expect("advanced");
    assert_eq!((all(&outbox, "quick"), all(&outbox, "slow").len(), rows(state.path()).0), (Vec::new(), 10, 10));
    outbox.advance("slow", Place::Sequence(4)).expect("advanced");
    outbox.advance("slow", Place::Sequence(2)).expect("going back is no change");
    assert_eq!(seqs(&all(&outbox, "slow")), [5, 6, 7, 8, 9, 10]);
    let (rows_kept, summed, noted) = rows(state.path());
    assert_eq!((rows_kept, summed), (6, noted));
    let depth = outbox.depth("slow").expect("read");
    assert_eq!((depth.rows, depth.history, depth.oldest_at.is_some()), (6, 0, true));
    assert_eq!(outbox.depth("quick").expect("read"), strowger::spool::outbox::Depth::default());
    // Beyond the newest there is nothing to have.
    outbox.advance("slow", Place::Sequence(1000)).expect("advanced");
    assert_eq!(rows(state.path()), (0, 0, 0));
    store(&handle, 10..11);
    assert_eq!(seqs(&all(&outbox, "slow")), [11]);
    assert!(matches!(outbox.advance("nobody", Place::Sequence(1)), Err(StoreError::UnknownSink { .. })));
    assert!(matches!(outbox.read("nobody", None, 1, 1), Err(StoreError::UnknownSink { .. })));
}

#[test]
fn one_that_leaves_is_waited_for_no_longer_and_goes_on_when_it_comes_back() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    assert_eq!(register(&outbox, &["a", "b"]).added, ["a", "b"]);
    store(&handle, 0..6);
    outbox.advance("a", Place::Sequence(2)).expect("advanced");
    let gone = register(&outbox, &["b"]).gone;
    assert_eq!(gone.iter().map(|gone| (gone.name.as_str(), gone.waited)).collect::<Vec<_>>(), [("a", 4)]);
    // All it lacks is still there because of the other one.
    assert_eq!(register(&outbox, &["a", "b"]).returned, [("a".to_owned(), 0)]);
    assert_eq!(seqs(&all(&outbox, "a")), [3, 4, 5, 6]);
    register(&outbox, &["b"]);
    outbox.advance("b", Place::Sequence(5)).expect("advanced");
    assert_eq!(register(&outbox, &["a", "b"]).returned, [("a".to_owned(), 3)]);
    assert_eq!(seqs(&all(&outbox, "a")), [6]);
    // Without any, nothing is kept.
    register(&outbox, &[]);
    assert_eq!(rows(state.path()), (0, 0, 0));
}

#[test]
fn a_new_sink_can_begin_with_every_call_that_is_stored() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    store(&handle, 0..5);
    outbox.register(&[Sink { name: "whole".to_owned(), start: Start::Beginning }], NOW).expect("registered");
    store(&handle, 5..7);
    let found = all(&outbox, "whole");
    let places: Vec<Place> = found.iter().map(|entry| entry.place).collect();
    let history = (1..=5).map(Place::History);
    assert_eq!(places, history.chain([6, 7].map(Place::Sequence)).collect::<Vec<_>>());
    assert_eq!(
        found.iter().map(|entry| entry.body.clone()).collect::<Vec<_>>(),
        (0..7).map(|n| Body::Record(record(n).id)).collect::<Vec<_>>()
    );
    assert_eq!(found[0].json, serde_json::to_string(&record(0)).expect("written"));
    // Within the history it goes on where it was, also across a start.
    assert_eq!(outbox.read("whole", Some(Place::History(2)), 2, usize::MAX).expect("read").len(), 2);
    outbox.advance("whole", Place::History(3)).expect("advanced");
    assert_eq!(outbox.depth("whole").expect("read").history, 2);
    assert_eq!(all(&outbox, "whole").len(), 4);
    assert_eq!(register(&outbox, &["whole"]), Registered::default());
    outbox.advance("whole", Place::Sequence(6)).expect("advanced");
    assert_eq!(seqs(&all(&outbox, "whole")), [7]);
    assert_eq!(outbox.depth("whole").expect("read").history, 0);
}

#[test]
fn batches_keep_to_rows_and_bytes() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    register(&outbox, &["one"]);
    store(&handle, 0..10);
    let size = all(&outbox, "one")[0].json.len();
    let read = |after, rows, bytes| seqs(&outbox.read("one", after, rows, bytes).expect("read"));
    assert_eq!(read(None, 3, usize::MAX), [1, 2, 3]);
    assert_eq!(read(Some(Place::Sequence(3)), 2, usize::MAX), [4, 5]);
    assert_eq!(read(None, 10, 1), [1], "one at least");
    assert_eq!(read(None, 10, 2 * size + size / 2), [1, 2]);
    assert_eq!(read(Some(Place::Sequence(10)), 10, usize::MAX), Vec::<u64>::new());
}

#[test]
fn what_is_in_quarantine_blocks_nobody_and_can_be_tried_again() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    register(&outbox, &["one", "other"]);
    store(&handle, 0..3);
    let poisoned = all(&outbox, "one").swap_remove(1);
    outbox.quarantine("one", &poisoned, "no such column", NOW, QUARANTINE_MAX).expect("put aside");
    outbox.quarantine("one", &poisoned, "still none", NOW, QUARANTINE_MAX).expect("put aside");
    assert_eq!((seqs(&all(&outbox, "one")), seqs(&all(&outbox, "other"))), (vec![1, 3], vec![1, 2, 3]));
    for sink in ["one", "other"] {
        outbox.advance(sink, Place::Sequence(3)).expect("advanced");
    }
    assert_eq!(rows(state.path()).0, 0);
    let found = outbox.quarantined(None, None, 10).expect("read");
    assert_eq!((found.len(), found[0].reason.as_str(), &found[0].entry), (1, "still none", &poisoned));
    assert_eq!(outbox.quarantined(Some("other"), None, 10).expect("read"), []);
    assert_eq!(outbox.overview().expect("read").sinks.iter().map(|sink| sink.quarantined).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(outbox.retries("one", 10, usize::MAX).expect("read"), []);
    assert_eq!(outbox.ask_retry("one", Some("no such message")).expect("asked"), 0);
    assert_eq!(outbox.ask_retry("one", None).expect("asked"), 1);
    assert_eq!(outbox.retries("one", 10, usize::MAX).expect("read"), std::slice::from_ref(&poisoned));
    assert!(outbox.settle("one", poisoned.place).expect("settled"));
    assert!(!outbox.settle("one", poisoned.place).expect("settled"));
    assert_eq!(outbox.quarantined(None, None, 10).expect("read"), []);
}

#[test]
fn a_full_quarantine_takes_no_more_and_is_gone_through_in_pages() {
    const MANY: u64 = 1201;
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    register(&outbox, &["one", "other"]);
    store(&handle, 0..1);
    let first = all(&outbox, "one").swap_remove(0);
    let nth = |number: u64| Entry { place: Place::Sequence(number), message_id: format!("m{number}"), ..first.clone() };
    let put = |sink: &str, number, max| outbox.quarantine(sink, &nth(number), "no", NOW, max).expect("written");
    assert!((1..=MANY).all(|number| put("one", number, MANY)));
    assert!(!put("one", MANY + 1, MANY), "there is no room");
    assert!(put("one", MANY, MANY), "it is there already");
    assert!(put("other", 1, 1), "each sink has its own");
    let count = |sink: &str| outbox.overview().expect("read").sinks.iter().find(|known| known.name == sink).map(|known| known.quarantined);
    assert_eq!((count("one"), count("other")), (Some(MANY), Some(1)));

    let mut seen = Vec::new();
    loop {
        let page = outbox.quarantined(Some("one"), seen.last().map(|(number, _)| *number), 500).expect("read");
        assert!(page.len() <= 500);
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|found| (found.number, found.entry.message_id)));
    }
    let messages: Vec<&String> = seen.iter().map(|(_, message)| message).collect();
    assert_eq!(messages, (1..=MANY).map(|number| format!("m{number}")).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    assert_eq!(outbox.quarantined_message("one", "m777").expect("read").map(|found| found.entry), Some(nth(777)));
    assert_eq!(outbox.quarantined_message("other", "m777").expect("read"), None);

    let all = usize::try_from(MANY).expect("small");
    assert_eq!(outbox.ask_retry("one", None).expect("asked"), all);
    assert_eq!(outbox.retries("one", usize::MAX, usize::MAX).expect("read").len(), all);
    assert_eq!(outbox.retries("other", 10, usize::MAX).expect("read"), []);
    assert_eq!(outbox.give_up("one", Some("m777")).expect("given up"), 1);
    assert_eq!(outbox.give_up("one", Some("m777")).expect("given up"), 0);
    assert_eq!(outbox.give_up("one", None).expect("given up"), all - 1);
    assert_eq!((count("one"), count("other")), (Some(0), Some(1)));
}

/// However many rows are asked for.
#[test]
fn a_page_of_the_quarantine_has_so_many_bytes() {
    let state = tempfile::tempdir().expect("temporary directory");
    let (_spool, outbox, handle) = started(state.path());
    register(&outbox, &["one"]);
    store(&handle, 0..1);
    let first = all(&outbox, "one").swap_remove(0);
    for number in 1..=8 {
        let long = Entry { place: Place::Sequence(number), json: "x".repeat(1 << 20), ..first.clone() };
        outbox.quarantine("one", &long, "too long", NOW, QUARANTINE_MAX).expect("put aside");
    }
    let page = outbox.quarantined(None, None, usize::MAX).expect("read");
    assert_eq!(page.len(), 4);
    assert_eq!(outbox.quarantined(None, Some(page[3].number), usize::MAX).expect("read").len(), 4);
}
