//! A destination that is away for three days: the others are not disturbed, memory does not grow, and what waited is caught up with
//! while calls go on.
//!
//! In CI what waits is that of a small site; `STROWGER_CALLS=300000` makes it that of one with 100,000 calls a day.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Write as _, stderr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use strowger::sink::{File, FileSink, SigningKey, Webhook, WebhookSink};

use super::receiver::{Receiver, Say};
use super::rig::{Rig, clock, id};

/// Waits for the destination when it comes back, in CI.
const CALLS: u64 = 10_000;

/// Between two live calls while it is caught up with: a site with 100,000 calls a day has 4.2 a second in its busy hour (docs/scale.md).
const APART: Duration = Duration::from_millis(238);

/// More than what the first calls took belongs to no queue or batch of a sink.
const GROWTH_MAX_KIB: u64 = 32 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn three_days_away_disturb_nobody_and_are_caught_up_with() {
    let calls = std::env::var("STROWGER_CALLS").map_or(CALLS, |text| text.parse().expect("STROWGER_CALLS is a number"));
    let rig = Rig::new(&["crm", "lines"]);
    let lines = tempfile::tempdir().expect("a directory");
    let (is_well, asked, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (well, count, good) = (Arc::clone(&is_well), Arc::clone(&asked), Arc::clone(&taken));
    let receiver = Receiver::start_forgetful(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        if !well.load(Ordering::Relaxed) {
            return Say::Status(503);
        }
        good.fetch_add(1, Ordering::Relaxed);
        Say::Status(200)
    })
    .await;
    let webhook = Webhook {
        url: format!("http://{}/", receiver.address).parse().expect("a URL"),
        keys: vec![SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret")],
        timeout: Duration::from_secs(5),
        concurrency: 4,
        allow_private_addresses: true,
        proxy: None,
        tls: None,
    };
    let file = File { directory: lines.path().to_owned(), bytes_max: 1 << 40, age_max: Duration::from_hours(24), keep: 10 };
    let running = (
        rig.run("crm", WebhookSink::new(&webhook, clock()).expect("a sink"), Duration::from_millis(100)),
        rig.run(
            "lines",
            FileSink::new(file, "lines", rig.outbox.sources(), *rig.outbox.newest().borrow(), clock()),
            Duration::from_millis(100),
        ),
    );

    // Away: the other has everything, and only the disk has what waits.
    rig.store(0..500).await;
    rig.until("it fails", || asked.load(Ordering::Relaxed) > 3).await;
    rig.drained("lines").await;
    let before = memory_kib();
    for first in (500..calls).step_by(10_000) {
        rig.store(first..calls.min(first + 10_000)).await;
    }
    rig.drained("lines").await;
    let grown_away = memory_kib().saturating_sub(before);
    assert_eq!(rig.outbox.depth("crm").expect("read").rows, calls);
    assert_eq!(taken.load(Ordering::Relaxed), 0);

    // Back: calls go on, one every so often, and the other gets each of them meanwhile.
    let mut live = 0;
    is_well.store(true, Ordering::Relaxed);
    let begun = (clock())().monotonic;
    while rig.outbox.depth("crm").expect("read").rows > 0 {
        rig.store(calls + live..calls + live + 1).await;
        live += 1;
        rig.drained("lines").await;
        let next = begun + APART * u32::try_from(live).expect("few");
        tokio::time::sleep(next.saturating_sub((clock())().monotonic)).await;
    }
    rig.drained("crm").await;
    let grown_after = memory_kib().saturating_sub(before);
    running.0.end().await;
    running.1.end().await;

    let caught_up = taken.load(Ordering::Relaxed) - live;
    let told = format!(
        "{caught_up} calls that waited were delivered while {live} live ones came, {} times as many; \
         memory grew by {grown_away} KiB while they waited, by {grown_after} KiB in all",
        caught_up / live
    );
    writeln!(stderr(), "{told}").expect("written");
    assert!(caught_up >= 10 * live, "{told}");
    assert!(grown_away < GROWTH_MAX_KIB && grown_after < GROWTH_MAX_KIB, "{told}");
    let all: BTreeSet<String> = (0..calls + live).map(|number| id(number).to_string()).collect();
    let there = written(lines.path());
    assert_eq!(there.len(), all.len(), "each once");
    assert!(there.into_iter().collect::<BTreeSet<_>>() == all, "all of them");
}

/// The ids in the file of the other sink.
fn written(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("lines.jsonl")).expect("written");
    let id = |line| serde_json::from_str::<Value>(line).expect("JSON")["message_id"].as_str().expect("an id").to_owned();
    text.lines().map(id).collect()
}

/// What this process has in memory.
fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
