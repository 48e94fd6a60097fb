//! Out of one state directory and into another, by way of a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use strowger::record::LinkGap;
use strowger::sink::Desk;
use strowger::spool::outbox::{self, Outbox, Place, QUARANTINE_MAX, Sink, Start};
use strowger::spool::transfer::{Exported, How, Imported, TransferError, export, import};
use strowger::spool::{Checkpoint, Entry, Input, Spool, inspect};
use strowger::store::{CallFilter, Store, StoreError};
use strowger::telephony::{Scope, Time};
use tempfile::TempDir;

use super::full_disk::Disk;
use super::{entry, open, record, settings};

pub(super) const SOON: Duration = Duration::from_secs(10);
pub(super) const NOW: Time = Time::from_millis(1_790_000_000_000);

pub(super) fn register(outbox: &Outbox, sinks: &[(&str, Start)]) {
    let sinks: Vec<Sink> = sinks.iter().map(|(name, start)| Sink { name: (*name).to_owned(), start: *start }).collect();
    outbox.register(&sinks, NOW).expect("registered");
}

pub(super) fn gap() -> Input {
    let gap = LinkGap { site: "hq".to_owned(), pbx: "a".to_owned(), scope: Scope::All, from: NOW, until: None };
    Input::Entry(Entry { pbx: "a".into(), event: b"{\"lost\":1}".to_vec(), records: Vec::new(), gaps: vec![gap] })
}

/// Records of these numbers, and a gap after the first half of them.
pub(super) fn fill(spool: &Spool, numbers: std::ops::Range<u64>) {
    let half = u64::midpoint(numbers.start, numbers.end);
    for number in numbers {
        if number == half {
            spool.handle().blocking_send(gap()).expect("taken");
        }
        spool.handle().blocking_send(entry("a", number, vec![record(number)])).expect("taken");
    }
    spool.handle().blocking_flush(SOON).expect("durable");
}

pub(super) fn exported(state: &Path, into: &TempDir) -> (PathBuf, Exported) {
    let file = into.path().join(format!("{}.jsonl", fastrand::u64(..)));
    let mut out = fs::File::create(&file).expect("made");
    let exported = export(state, false, NOW, &mut out, &mut |_, _| {}).expect("exported");
    (file, exported)
}

pub(super) fn imported(state: &Path, file: &Path) -> Result<Imported, TransferError> {
    import(state, file, NOW, &mut |_, _| {})
}

pub(super) fn folder() -> TempDir {
    tempfile::tempdir().expect("temporary directory")
}

/// With two sinks, one of them further, a quarantine, and a journal.
fn site() -> (TempDir, Spool) {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Present), ("log", Start::Present)]);
    let checkpoint = Checkpoint { pbx: "a".into(), state: br#"{"calls":{"7":[1,2]}}"#.to_vec() };
    fill(&spool, 0..10);
    spool.handle().blocking_send(Input::Checkpoint(checkpoint)).expect("taken");
    fill(&spool, 10..12);
    let binary = Entry { pbx: "b".into(), event: vec![0xff, 0, 7], records: Vec::new(), gaps: Vec::new() };
    spool.handle().blocking_send(Input::Entry(binary)).expect("taken");
    spool.handle().blocking_send(Input::Alive { pbx: "b".into(), at: NOW }).expect("taken");
    spool.handle().blocking_flush(SOON).expect("durable");
    let outbox = spool.outbox();
    let third = outbox.read("crm", None, 3, usize::MAX).expect("read").swap_remove(2);
    outbox.quarantine("crm", &third, "too long", NOW, QUARANTINE_MAX).expect("put aside");
    outbox.advance("log", Place::Sequence(5)).expect("advanced");
    (state, spool)
}

#[test]
fn an_empty_directory_goes_on_where_the_other_one_was() {
    let (state, spool) = site();
    let files = folder();
    // The daemon may run meanwhile.
    let (file, told) = exported(state.path(), &files);
    assert_eq!(told, Exported { entries: 14, calls: 0, quarantined: 1, replays: 0, events: 4, pbxs: 2, privacy: 0, damage: Vec::new() });
    let before = (spool.outbox().source().to_owned(), spool.outbox().overview().expect("read"));
    let read = |outbox: &Outbox, sink| {
        let found = outbox.read(sink, None, usize::MAX, usize::MAX).expect("read");
        found.into_iter().map(|entry| (entry.place, entry.message_id, entry.at.to_millisecond(), entry.json)).collect::<Vec<_>>()
    };
    let entries = ["crm", "log"].map(|sink| read(&spool.outbox(), sink));
    let recovered = ["a", "b"].map(|pbx| spool.recover(pbx).expect("read"));
    spool.close(SOON).expect("closed");

    let other = folder();
    let how = imported(other.path(), &file).expect("imported");
    let expected = Imported {
        how: How::GoesOn,
        records: 12,
        entries: 14,
        sinks: 2,
        journals: 2,
        journals_left: 0,
        privacy: 0,
        replays: 0,
        replays_left: 0,
        missing: 0,
    };
    assert_eq!(how, expected);
    assert_eq!(inspect(other.path()).expect("read").findings, Vec::<String>::new());
    let (spool, _reports) = open(other.path(), settings());
    let after = spool.outbox().overview().expect("read");
    assert_eq!((spool.outbox().source(), after.newest, after.rows, after.bytes), (before.0.as_str(), 14, 14, before.1.bytes));
    assert_eq!(after.sinks.iter().map(|sink| (sink.cursor, sink.quarantined)).collect::<Vec<_>>(), [(0, 1), (5, 0)]);
    assert_eq!(["crm", "log"].map(|sink| read(&spool.outbox(), sink)), entries);
    assert_eq!(["a", "b"].map(|pbx| spool.recover(pbx).expect("read")), recovered);
    assert_eq!(spool.outbox().quarantined(None, None, 9).expect("read")[0].reason, "too long");
    // It goes on with the next number, and the export says nothing new any more.
    fill(&spool, 20..22);
    assert_eq!(*spool.outbox().newest().borrow(), 17);
    assert!(matches!(imported(other.path(), &file), Err(TransferError::Store(StoreError::InUse { .. }))), "not under a daemon");
    let whole = spool.outbox().overview().expect("read");
    spool.close(SOON).expect("closed");
    assert_eq!(imported(other.path(), &file).expect("imported").how, How::NothingNew);
    let (spool, _reports) = open(other.path(), settings());
    assert_eq!(spool.outbox().overview().expect("read"), whole);
}

#[test]
fn people_can_read_it() {
    let (state, _spool) = site();
    let files = folder();
    let text = fs::read_to_string(exported(state.path(), &files).0).expect("read");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kind = |line: &serde_json::Value| line.as_object().and_then(|line| line.keys().next().cloned()).expect("one key");
    let mut kinds: Vec<String> = lines.iter().map(kind).collect();
    kinds.dedup();
    assert_eq!(kinds, ["strowger_spool", "sink", "entry", "quarantined", "checkpoint", "event", "alive", "end"]);
    assert_eq!(lines[3]["entry"]["record"]["caller"]["number"], "1001");
    assert_eq!((&lines[3]["entry"]["seq"], &lines[3]["entry"]["message_id"]), (&1.into(), &lines[3]["entry"]["record"]["id"]));
    assert!(text.contains(r#"{"checkpoint":{"pbx":"a","json":{"calls":{"7":[1,2]}}}}"#) && text.contains(r#""base64":"/wAH""#), "{text}");
}

#[test]
fn a_directory_with_calls_of_its_own_gets_what_it_lacks() {
    let (state, _spool) = site();
    let (files, other) = (folder(), folder());
    let (file, _) = exported(state.path(), &files);
    let (spool, _reports) = open(other.path(), settings());
    register(&spool.outbox(), &[("log", Start::Present)]);
    spool.handle().blocking_send(entry("a", 3, vec![record(3), record(4)])).expect("taken");
    spool.handle().blocking_flush(SOON).expect("durable");
    let source = spool.outbox().source().to_owned();
    spool.close(SOON).expect("closed");
    let how = imported(other.path(), &file).expect("imported");
    let expected = Imported {
        how: How::Merged,
        records: 10,
        entries: 12,
        sinks: 1,
        journals: 1,
        journals_left: 1,
        privacy: 0,
        replays: 0,
        replays_left: 0,
        missing: 0,
    };
    assert_eq!(how, expected);
    assert_eq!(inspect(other.path()).expect("read").findings, Vec::<String>::new());
    let again = imported(other.path(), &file).expect("imported");
    assert_eq!((again.records, again.entries, again.sinks, again.journals), (0, 0, 0, 0), "a second time changes nothing");
    let (spool, _reports) = open(other.path(), settings());
    assert_eq!(spool.outbox().source(), source);
    let seqs =
        |sink| spool.outbox().read(sink, None, usize::MAX, usize::MAX).expect("read").iter().map(outbox::Entry::seq).collect::<Vec<_>>();
    assert_eq!((seqs("log"), seqs("crm")), ((1..=14).map(Some).collect::<Vec<_>>(), (3..=14).map(Some).collect::<Vec<_>>()));
    spool.close(SOON).expect("closed");
    let stored = Store::open_existing(other.path()).expect("opens").calls(&CallFilter::default()).expect("read");
    assert_eq!(stored.len(), 12);
}

#[test]
fn what_a_sink_lacks_of_the_time_before_it_comes_along() {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    fill(&spool, 0..6);
    register(&spool.outbox(), &[("late", Start::Beginning)]);
    fill(&spool, 6..8);
    spool.outbox().advance("late", Place::History(2)).expect("advanced");
    let (files, other) = (folder(), folder());
    let (file, told) = exported(state.path(), &files);
    assert_eq!((told.calls, told.entries), (4, 3), "no call twice");
    imported(other.path(), &file).expect("imported");
    let (moved, _reports) = open(other.path(), settings());
    let ids = |spool: &Spool| {
        let found = spool.outbox().read("late", None, usize::MAX, usize::MAX).expect("read");
        found.into_iter().map(|entry| entry.message_id).collect::<Vec<_>>()
    };
    let (lacks, gets) = (ids(&spool), ids(&moved));
    assert_eq!(gets, lacks);
}

/// Some is delivered, some waits, one was refused: of all that is stored each call is in the file once, and what waits or was refused is
/// new to the other directory's own sink.
#[test]
fn with_all_calls_what_waits_gets_into_the_outbox_of_a_directory_of_its_own() {
    let (state, spool) = site();
    let outbox = spool.outbox();
    let refused = outbox.quarantined(None, None, 9).expect("read").swap_remove(0).entry.message_id;
    outbox.advance("crm", Place::Sequence(5)).expect("advanced");
    let ids = |outbox: &Outbox, sink| {
        let found = outbox.read(sink, None, usize::MAX, usize::MAX).expect("read");
        found.into_iter().map(|entry| entry.message_id).collect::<Vec<_>>()
    };
    let mut waits = ids(&outbox, "crm");
    waits.push(refused);
    spool.close(SOON).expect("closed");
    let (files, other) = (folder(), folder());
    let file = files.path().join("all.jsonl");
    let mut out = fs::File::create(&file).expect("made");
    let told = export(state.path(), true, NOW, &mut out, &mut |_, _| {}).expect("exported");
    assert_eq!((told.entries, told.quarantined, told.calls, told.damage), (9, 1, 4, Vec::new()));
    let (spool, _reports) = open(other.path(), settings());
    register(&spool.outbox(), &[("own", Start::Present)]);
    fill(&spool, 100..101);
    spool.outbox().advance("own", Place::Sequence(*spool.outbox().newest().borrow())).expect("advanced");
    spool.close(SOON).expect("closed");
    let how = imported(other.path(), &file).expect("imported");
    assert_eq!((how.how, how.records, how.entries), (How::Merged, 12, 10));
    let (spool, _reports) = open(other.path(), settings());
    let (mut got, mut expected) = (ids(&spool.outbox(), "own"), waits);
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
}

#[test]
fn a_disabled_sink_stays_disabled() {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    fill(&spool, 0..4);
    register(&spool.outbox(), &[("late", Start::Beginning)]);
    Desk::open(state.path()).expect("opens").disable("late", "no more").expect("disabled");
    let (files, other) = (folder(), folder());
    let (file, _) = exported(state.path(), &files);
    imported(other.path(), &file).expect("imported");
    assert_eq!(Desk::open(other.path()).expect("opens").asked("late").expect("read").disabled.as_deref(), Some("no more"));
}

#[test]
fn a_file_that_was_cut_or_is_none_changes_nothing() {
    let (state, _spool) = site();
    let files = folder();
    let (file, _) = exported(state.path(), &files);
    let whole = fs::read_to_string(&file).expect("read");
    let lines: Vec<&str> = whole.lines().collect();
    let without = |left_out: usize| -> String {
        lines.iter().enumerate().filter(|(number, _)| *number != left_out).map(|(_, line)| [line, "\n"].concat()).collect()
    };
    let wrong = [
        (without(lines.len() - 1), "was cut: its last line, which counts the others, is missing"),
        (whole[..whole.len() - 4].to_owned(), "was cut"),
        (without(5), "counts 24 lines where there are 23"),
        (without(0), ":1: not a line of a spool export (the first line is not that of an export)"),
        (whole.replacen("\"entry\"", "\"entri\"", 1), ":4: not a line of a spool export (unknown variant `entri`"),
        (whole.replacen("\"format\":3", "\"format\":9", 1), "has format 9, this strowger knows formats up to 3"),
        (String::new(), ":0: not a line"),
    ];
    for (text, expected) in wrong {
        fs::write(&file, text).expect("written");
        let other = folder();
        let error = imported(other.path(), &file).expect_err("refused").to_string();
        assert!(error.contains(expected), "{error}");
        let connection = rusqlite::Connection::open(strowger::store::database_path(other.path())).expect("opens");
        let count: i64 = connection
            .query_row("SELECT (SELECT count(*) FROM calls) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM sinks)", [], |row| {
                row.get(0)
            })
            .expect("read");
        assert_eq!(count, 0, "{error}");
    }
}

#[test]
fn a_disk_without_room_for_it_is_told_and_nothing_is_half_done() {
    let state = folder();
    let (spool, _reports) = open(state.path(), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..1500);
    let files = folder();
    let (file, _) = exported(state.path(), &files);
    let disk = Disk::mounted("import", "3m");
    let ballast = disk.fill(2 << 20);
    let error = imported(&disk.path, &file).expect_err("refused").to_string();
    assert!(error.contains("make room"), "{error}");
    fs::remove_file(ballast).expect("removed");
    let files_there = inspect(&disk.path).expect("read");
    assert_eq!((files_there.findings, files_there.overview.map(|overview| overview.newest)), (Vec::new(), Some(0)));
}
