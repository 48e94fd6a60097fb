//! A destination that is away for long: the others are not disturbed, memory does not grow, and what waited is caught up with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use strowger::sink::{File, FileSink, SigningKey, Webhook, WebhookSink};

use super::receiver::{Receiver, Say};
use super::rig::{Rig, clock};

/// Three days of a site with 3,333 calls a day.
const CALLS: u64 = 10_000;
const DAYS: f64 = 3.0;

#[tokio::test(flavor = "multi_thread")]
async fn three_days_away_disturb_nobody_and_are_caught_up_with() {
    let rig = Rig::new(&["crm", "lines"]);
    let lines = tempfile::tempdir().expect("a directory");
    let is_well = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_well);
    let receiver = Receiver::start(move |_| Say::Status(if asked.load(Ordering::Relaxed) { 200 } else { 503 })).await;
    let webhook = Webhook {
        url: format!("http://{}/", receiver.address).parse().expect("a URL"),
        keys: vec![SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret")],
        timeout: Duration::from_secs(5),
        concurrency: 4,
        allow_private_addresses: true,
        proxy: None,
        tls: None,
    };
    let file = File { directory: lines.path().to_owned(), bytes_max: 1 << 30, age_max: Duration::from_hours(24), keep: 10 };
    let running = (
        rig.run("crm", WebhookSink::new(&webhook, clock()).expect("a sink"), Duration::from_millis(100)),
        rig.run("lines", FileSink::new(file, "lines", rig.outbox.source(), clock()), Duration::from_millis(100)),
    );
    rig.store(0..100).await;
    rig.until("it fails", || receiver.seen().len() > 3).await;
    let before = memory_kib();
    rig.store(100..CALLS).await;
    rig.drained("lines").await;
    let grown = memory_kib().saturating_sub(before);
    assert!(grown < 32 * 1024, "memory grew by {grown} KiB while {CALLS} calls waited");
    assert_eq!(rig.outbox.depth("crm").expect("read").rows, CALLS);

    let begun = (clock())().monotonic;
    is_well.store(true, Ordering::Relaxed);
    rig.drained("crm").await;
    let took = (clock())().monotonic.saturating_sub(begun);
    running.0.end().await;
    running.1.end().await;
    #[allow(clippy::cast_precision_loss, reason = "small")]
    let (rate, live) = (CALLS as f64 / took.as_secs_f64(), CALLS as f64 / (DAYS * 86_400.0));
    assert!(rate >= 10.0 * live, "caught up at {rate} calls/s; live are {live} calls/s");
    assert!(took < Duration::from_mins(1), "{took:?} for {CALLS} calls");
}

/// What this process has in memory.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
