use std::fs;
use std::path::Path;

use bytes::Bytes;

use super::*;
use crate::pbx::capture::Reader;

fn at(second: i64) -> Time {
    Time::from_micros(1_795_327_200_000_000 + second * 1_000_000)
}

fn entries(path: &Path) -> Vec<Entry> {
    Reader::open(path).expect("opens").map(|entry| entry.expect("valid").1).collect()
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain until {what}");
}

#[test]
fn what_is_recorded_is_read_back() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("hq.jsonl");
    let writer = Writer::create(Target::One(path.clone())).expect("creates");
    let given = [
        Entry::Open("192.0.2.1:5038".into()),
        Entry::In("Event: Ä\r\n".into()),
        Entry::Out(Bytes::from_static(b"\xff\0")),
        Entry::Close("by peer".into()),
    ];
    for (second, entry) in (0..).zip(&given) {
        writer.record(at(second), entry.clone());
    }
    assert_eq!(writer.close(), CloseReport { written: 4, dropped: 0 });
    assert_eq!(entries(&path), given);
}

#[test]
fn a_quiet_capture_reaches_the_file_unasked() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("hq.jsonl");
    let writer = Writer::create(Target::One(path.clone())).expect("creates");
    writer.record(at(0), Entry::In("x".into()));
    wait_for("it is there", || entries(&path).len() == 1);
    writer.record(at(1), Entry::Close("by peer".into()));
    wait_for("the closing line is there at once", || entries(&path).len() == 2);
    writer.close();
}

#[test]
fn beyond_the_bound_entries_are_dropped_counted_and_noted_in_their_place() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("hq.jsonl");
    let writer = Writer::create(Target::One(path.clone())).expect("creates");
    let block = Bytes::from(vec![b'x'; 64 * 1024]);
    let given = 2_000_u64;
    for _ in 0..given {
        writer.record(at(0), Entry::In(block.clone()));
    }
    let dropped = writer.dropped();
    assert!(dropped > 0, "a disk that takes 128 MB as fast as memory");
    let report = writer.close();
    assert_eq!(report, CloseReport { written: given - dropped, dropped });
    let (mut kept, mut noted) = (0, 0);
    for entry in Reader::open(&path).expect("opens") {
        match entry.expect("valid").1 {
            Entry::In(_) => kept += 1,
            Entry::Dropped(count) => noted += count,
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!((kept, noted), (report.written, dropped));
}

#[test]
fn a_full_disk_drops_and_counts_until_there_is_room_again() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("hq.jsonl");
    std::os::unix::fs::symlink("/dev/full", &path).expect("links");
    let writer = Writer::create(Target::Rotating { path: path.clone(), bytes_max: 1_000_000, keep: 1 }).expect("creates");
    writer.record(at(0), Entry::In("lost".into()));
    writer.record(at(1), Entry::Close("lost as well".into()));
    wait_for("the failure is counted", || writer.dropped() == 2);
    fs::remove_file(&path).expect("unlinks");
    writer.record(at(2), Entry::In("too early to try again".into()));
    wait_for("it is counted", || writer.dropped() == 3);
    assert!(!path.exists());
    writer.record(at(31), Entry::In("kept".into()));
    wait_for("it is written at once", || path.exists() && entries(&path).len() == 2);
    assert_eq!(writer.close(), CloseReport { written: 1, dropped: 3 });
    assert_eq!(entries(&path), [Entry::Dropped(3), Entry::In("kept".into())]);
}

#[test]
fn a_disk_that_stays_full_is_tried_again_on_close() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("hq.jsonl");
    std::os::unix::fs::symlink("/dev/full", &path).expect("links");
    let writer = Writer::create(Target::Rotating { path: path.clone(), bytes_max: 1_000_000, keep: 1 }).expect("creates");
    writer.record(at(0), Entry::Close("lost".into()));
    wait_for("the failure is counted", || writer.dropped() == 1);
    writer.record(at(40), Entry::Close("lost as well".into()));
    wait_for("it is counted", || writer.dropped() == 2);
    fs::remove_file(&path).expect("unlinks");
    assert_eq!(writer.close(), CloseReport { written: 0, dropped: 2 });
    assert_eq!(entries(&path), [Entry::Dropped(2)]);
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("hq.jsonl");
    fs::write(&path, "dear").expect("writes");
    let error = Writer::create(Target::One(path.clone())).expect_err("exists");
    assert_eq!(error.to_string(), format!("capture file {} exists already; name another or move it away", path.display()));
    let error = Writer::create(Target::One(directory.path().join("no/where.jsonl"))).expect_err("no such directory");
    assert!(error.to_string().contains("no/where.jsonl"));
}
