//! The database is another one: it was carried over. Destinations get each message once all the same.

use std::collections::BTreeMap;
use std::fs;

use strowger::sink::{Sink as _, Source};
use strowger::spool::outbox::Start;
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
    batch.iter().for_each(|entry| *got.entry(entry.message_id.clone()).or_default() += 1);
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
