//! The database is another one: it was carried over, or an older copy was put back. Destinations get each message once all the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use strowger::sink::{Sink as _, Source};
use strowger::spool::outbox::{Entry, Place, Start};
use strowger::spool::renumber;
use strowger::spool::transfer::{How, export, import};
use strowger::telephony::Time;
use tempfile::{TempDir, tempdir};

use super::files::{QUICK, counted, once, settings, sink};
use super::rig::{Rig, id, waiting};

const NOW: Time = Time::from_millis(1_790_000_000_000);
const BOTH: [(&str, Start); 2] = [("lines", Start::Beginning), ("web", Start::Beginning)];

/// Takes some as delivered, and notes so.
fn take(rig: &Rig, count: usize, got: &mut BTreeMap<String, usize>) {
    let batch = waiting(rig, "web", count);
    for entry in &batch {
        *got.entry(entry.message_id.clone()).or_default() += 1;
    }
    rig.outbox.advance("web", batch.last().expect("some").place).expect("noted");
}

/// Six calls of the history stand in the file, of which the last two are not noted; another sink has three.
async fn half_way_through_the_history(all_calls: bool) {
    let (lines, files) = (tempdir().expect("a directory"), tempdir().expect("a directory"));
    let rig = Rig::of(tempdir().expect("a directory"));
    rig.store(0..10).await;
    rig.register(&BOTH);
    rig.store(10..14).await;
    let mut got = BTreeMap::new();
    take(&rig, 3, &mut got);
    let batch = waiting(&rig, "lines", 6);
    assert_eq!(sink(settings(lines.path()), &rig).deliver(&batch, Source::Outbox).await.delivered, 6);
    rig.outbox.advance("lines", batch[3].place).expect("noted");
    let file = files.path().join("spool.jsonl");
    let state = rig.close();
    export(state.path(), all_calls, NOW, &mut fs::File::create(&file).expect("made"), &mut |_, _| {}).expect("exported");
    let other = tempdir().expect("a directory");
    let goes_on = |other: &TempDir| import(other.path(), &file, NOW, &mut |_, _| {}).expect("imported").how;
    assert_eq!((goes_on(&other), goes_on(&other)), (How::GoesOn, How::NothingNew));

    let rig = Rig::of(other);
    rig.register(&BOTH);
    rig.store(14..16).await;
    let running = rig.run("lines", sink(settings(lines.path()), &rig), QUICK);
    rig.drained("lines").await;
    running.end().await;
    take(&rig, 99, &mut got);
    assert_eq!((counted(lines.path()), got), (once(0..16), once(0..16)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_goes_on_in_another_directory_where_it_was() {
    half_way_through_the_history(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_calls_as_well() {
    half_way_through_the_history(true).await;
}

fn copy(from: &Path, to: &Path) {
    for name in ["strowger.db", "strowger.db-wal", "strowger.db-shm"] {
        fs::remove_file(to.join(name)).ok();
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).expect("copied");
        }
    }
}

/// The file has lines up to 10, the copy numbers up to 6 of which it knows four to be delivered.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_put_back_and_renumbered_skips_and_doubles_no_line() {
    let (lines, copied) = (tempdir().expect("a directory"), tempdir().expect("a directory"));
    let rig = Rig::new(&["lines"]);
    rig.store(0..6).await;
    let first = waiting(&rig, "lines", 4);
    assert_eq!(sink(settings(lines.path()), &rig).deliver(&first, Source::Outbox).await.delivered, 4);
    rig.outbox.advance("lines", first[3].place).expect("noted");
    let before = rig.outbox.source().to_owned();
    let state = rig.close();
    copy(state.path(), copied.path());
    let drain = async |rig: &Rig| {
        let running = rig.run("lines", sink(settings(lines.path()), rig), QUICK);
        rig.drained("lines").await;
        running.end().await;
    };
    let rig = Rig::of(state);
    rig.store(6..10).await;
    drain(&rig).await;
    let state = rig.close();

    copy(copied.path(), state.path());
    let told = renumber(state.path()).expect("renumbered");
    assert_eq!((told.newest, told.waiting, told.before.as_str()), (6, 2, before.as_str()));
    let rig = Rig::of(state);
    assert_eq!(rig.outbox.source(), told.after);
    let waits: Vec<(Place, String)> =
        waiting(&rig, "lines", 9).into_iter().map(|Entry { place, message_id, .. }| (place, message_id)).collect();
    assert_eq!(waits, [(Place::Sequence(5), id(4).to_string()), (Place::Sequence(6), id(5).to_string())]);
    rig.store(20..24).await;
    drain(&rig).await;
    let state = rig.close();
    let rig = Rig::of(state);
    rig.store(24..26).await;
    drain(&rig).await;
    let mut expected = once(0..10);
    expected.extend(once(20..26));
    assert_eq!(counted(lines.path()), expected);
    let text = fs::read_to_string(lines.path().join("lines.jsonl")).expect("text");
    let told: Vec<(u64, String)> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|line| (line["seq"].as_u64().expect("a number"), line["source"].as_str().expect("a source").to_owned()))
        .collect();
    let numbers =
        |numbers: std::ops::RangeInclusive<u64>, source: &str| numbers.map(|number| (number, source.to_owned())).collect::<Vec<_>>();
    assert_eq!(told, [numbers(1..=10, &before), numbers(7..=12, rig.outbox.source())].concat());
}
