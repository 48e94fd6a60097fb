//! JSON Lines: each message once, whatever crashes; rotation.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use strowger::sink::{File, FileSink, Sink, Source};
use strowger::spool::outbox::{Entry, Place};

use super::rig::{Rig, clock, id, waiting};

pub(super) const QUICK: Duration = Duration::from_millis(30);

pub(super) fn settings(directory: &Path) -> File {
    File { directory: directory.to_owned(), bytes_max: 1 << 20, age_max: Duration::from_hours(24), keep: 100 }
}

pub(super) fn sink(settings: File, rig: &Rig) -> FileSink {
    FileSink::new(settings, "lines", rig.outbox.sources(), *rig.outbox.newest().borrow(), clock())
}

/// How often each message stands in the files.
pub(super) fn counted(directory: &Path) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for file in fs::read_dir(directory).expect("a directory") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        assert!(text.is_empty() || text.ends_with('\n'));
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
            *counts.entry(line["message_id"].as_str().expect("an id").to_owned()).or_default() += 1;
        }
    }
    counts
}

pub(super) fn once(numbers: std::ops::Range<u64>) -> BTreeMap<String, usize> {
    numbers.map(|number| (id(number).to_string(), 1)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_one_line() {
    let (rig, lines) = (Rig::new(&["lines"]), tempfile::tempdir().expect("a directory"));
    let running = rig.run("lines", sink(settings(lines.path()), &rig), QUICK);
    rig.store(0..100).await;
    rig.drained("lines").await;
    running.end().await;
    assert_eq!(counted(lines.path()), once(0..100));
}

/// Written and synced, but not noted; and the beginning of a line after it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_is_mended_and_nothing_is_doubled() {
    let (rig, lines) = (Rig::new(&["lines"]), tempfile::tempdir().expect("a directory"));
    rig.store(0..10).await;
    let mut crashed = sink(settings(lines.path()), &rig);
    assert_eq!(crashed.deliver(&waiting(&rig, "lines", 7), Source::Outbox).await.delivered, 7);
    drop(crashed);
    let mut file = OpenOptions::new().append(true).open(lines.path().join("lines.jsonl")).expect("there");
    file.write_all(b"{\"seq\":8,\"source\":\"").expect("written");
    drop(file);
    let running = rig.run("lines", sink(settings(lines.path()), &rig), QUICK);
    rig.drained("lines").await;
    running.end().await;
    assert_eq!(counted(lines.path()), once(0..10));
}

#[tokio::test(flavor = "multi_thread")]
async fn full_files_are_put_aside_and_a_crash_between_two_doubles_nothing() {
    let (rig, lines) = (Rig::new(&["lines"]), tempfile::tempdir().expect("a directory"));
    let small = File { bytes_max: 3000, ..settings(lines.path()) };
    for round in 0..20 {
        let mut sink = sink(small.clone(), &rig);
        rig.store(round * 5..round * 5 + 5).await;
        let batch = waiting(&rig, "lines", 100);
        assert_eq!(sink.deliver(&batch, Source::Outbox).await.delivered, batch.len());
        // Every other time it crashes before that is noted.
        if round % 2 == 1 {
            rig.outbox.advance("lines", batch.last().expect("some").place).expect("noted");
        }
    }
    assert_eq!(counted(lines.path()), once(0..100));
    assert!(fs::read_dir(lines.path()).expect("a directory").count() > 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_files_go_and_a_file_that_was_moved_away_is_begun_anew() {
    let (rig, lines) = (Rig::new(&["lines"]), tempfile::tempdir().expect("a directory"));
    let few = File { bytes_max: 1, keep: 3, ..settings(lines.path()) };
    let mut sink = sink(few, &rig);
    for number in 0..8 {
        rig.store(number..number + 1).await;
        let batch = waiting(&rig, "lines", 1);
        assert_eq!(sink.deliver(&batch, Source::Outbox).await.delivered, 1);
        rig.outbox.advance("lines", batch[0].place).expect("noted");
    }
    assert_eq!(fs::read_dir(lines.path()).expect("a directory").count(), 4);
    fs::rename(lines.path().join("lines.jsonl"), lines.path().join("moved.jsonl")).expect("moved");
    rig.store(8..9).await;
    assert_eq!(sink.deliver(&waiting(&rig, "lines", 1), Source::Outbox).await.delivered, 1);
    assert_eq!(fs::read_to_string(lines.path().join("lines.jsonl")).expect("there").lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_of_the_same_file_is_refused() {
    let (rig, lines) = (Rig::new(&["lines"]), tempfile::tempdir().expect("a directory"));
    rig.store(0..2).await;
    let (mut first, mut second) = (sink(settings(lines.path()), &rig), sink(settings(lines.path()), &rig));
    assert_eq!(first.deliver(&waiting(&rig, "lines", 1), Source::Outbox).await.delivered, 1);
    let refused = second.deliver(&waiting(&rig, "lines", 1), Source::Outbox).await;
    assert!(format!("{refused:?}").contains("another writer"), "{refused:?}");
}

/// The file has lines up to 10, the copy that was put back only numbers up to 6: what comes then has numbers that stand there already.
#[tokio::test(flavor = "multi_thread")]
async fn after_an_older_copy_of_the_database_was_put_back_what_is_new_is_written() {
    let (rig, lines) = (Rig::new(&["lines"]), tempfile::tempdir().expect("a directory"));
    rig.store(0..6).await;
    let copied = *rig.outbox.newest().borrow();
    rig.store(6..10).await;
    let mut before = sink(settings(lines.path()), &rig);
    assert_eq!(before.deliver(&waiting(&rig, "lines", 10), Source::Outbox).await.delivered, 10);
    drop(before);
    // Of the same database, numbered anew from the copy on.
    let later: Vec<_> = (20..24).map(|number| (number, Place::Sequence(copied + 1 + number - 20))).collect();
    let again: Vec<Entry> = waiting(&rig, "lines", 4)
        .into_iter()
        .zip(&later)
        .map(|(entry, (number, place))| Entry { place: *place, message_id: id(*number).to_string(), ..entry })
        .collect();
    for part in again.chunks(2) {
        // In the second round it is another process, and the file's last number is the one that was written in the first.
        let newest = part[0].seq().expect("a number") - 1;
        let mut sink = FileSink::new(settings(lines.path()), "lines", rig.outbox.sources(), newest, clock());
        for _ in 0..2 {
            assert_eq!(sink.deliver(part, Source::Outbox).await.delivered, 2);
        }
    }
    let mut expected = once(0..10);
    expected.extend(once(20..24));
    assert_eq!(counted(lines.path()), expected);
}
