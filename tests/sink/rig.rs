//! A spool with its outbox, and sinks that deliver from it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use strowger::record::{CallOutcome, CallRecord, Direction, PartyInfo};
use strowger::sink::{Delivery, Desk, Report, Sink, Status, Steps, Stop, Waits};
use strowger::spool::outbox::{self, Entry, Outbox, QUARANTINE_MAX, Start};
use strowger::spool::{self, Clock, Handle, Input, Spool};
use strowger::telephony::{Now, Time};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long anything may take on a busy machine.
pub(crate) const SOON: Duration = Duration::from_mins(1);

/// The clocks of this machine.
#[allow(clippy::disallowed_methods, reason = "a test is at the rim")]
pub(crate) fn clock() -> Clock {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    LazyLock::force(&START);
    Arc::new(|| Now { wall: Time::from_micros(jiff::Timestamp::now().as_microsecond()), monotonic: START.elapsed() })
}

/// A state directory with a spool.
pub(crate) struct Rig {
    state: TempDir,
    pub(crate) outbox: Outbox,
    pub(crate) desk: Desk,
    handle: Handle,
    spool: Spool,
}

/// A sink that runs.
pub(crate) struct Running {
    pub(crate) stop: Stop,
    task: JoinHandle<()>,
}

impl Rig {
    /// With these sinks registered.
    pub(crate) fn new(sinks: &[&str]) -> Self {
        let rig = Self::of(tempfile::tempdir().expect("a directory"));
        let sinks: Vec<(&str, Start)> = sinks.iter().map(|name| (*name, Start::Present)).collect();
        rig.register(&sinks);
        rig
    }

    /// In this state directory.
    pub(crate) fn of(state: TempDir) -> Self {
        let settings = spool::Settings { group_commit_delay: Duration::from_millis(1), ..spool::Settings::default() };
        let spool = Spool::open(state.path(), settings, clock(), |_| {}).expect("the spool opens");
        let outbox = spool.outbox();
        let desk = Desk::open(state.path()).expect("opens");
        Self { outbox, desk, handle: spool.handle(), spool, state }
    }

    pub(crate) fn register(&self, sinks: &[(&str, Start)]) {
        let sinks: Vec<outbox::Sink> = sinks.iter().map(|(name, start)| outbox::Sink { name: (*name).to_owned(), start: *start }).collect();
        self.outbox.register(&sinks, (clock())().wall).expect("registered");
    }

    /// Ends it, and leaves the state directory.
    pub(crate) fn close(self) -> TempDir {
        self.spool.close(SOON).expect("closed");
        self.state
    }

    /// Stores calls with these numbers, durably.
    pub(crate) async fn store(&self, numbers: std::ops::Range<u64>) {
        self.store_all(numbers.map(record).collect()).await;
    }

    pub(crate) async fn store_all(&self, records: Vec<CallRecord>) {
        for some in records.chunks(500) {
            let entry = spool::Entry { pbx: "asterisk".into(), event: b"0".to_vec(), records: some.to_vec(), gaps: Vec::new() };
            self.handle.send(Input::Entry(entry)).await.expect("taken");
        }
        self.handle.flush(SOON).await.expect("durable");
    }

    /// Runs a sink with waits of at most `wait_max`.
    pub(crate) fn run<S: Sink + 'static>(&self, name: &str, sink: S, wait_max: Duration) -> Running {
        self.run_by(name, sink, wait_max, clock())
    }

    /// The same by other clocks.
    pub(crate) fn run_by<S: Sink + 'static>(&self, name: &str, sink: S, wait_max: Duration, clock: Clock) -> Running {
        self.run_bounded(name, sink, wait_max, clock, QUARANTINE_MAX, |_| {})
    }

    /// The same with another bound of the quarantine, and told what happens.
    pub(crate) fn run_bounded<S: Sink + 'static>(
        &self,
        name: &str,
        sink: S,
        wait_max: Duration,
        clock: Clock,
        quarantine_max: u64,
        report: impl Fn(&Report<'_>) + Send + Sync + 'static,
    ) -> Running {
        let delivery = Delivery {
            sink,
            outbox: self.outbox.clone(),
            desk: self.desk.clone(),
            waits: Waits::new(Steps::Standard, wait_max, fastrand::Rng::with_seed(1)),
            status: Status::new(name, "test", clock().wall),
            quarantine_max,
            stuck: None,
            clock,
            report: Arc::new(report),
        };
        let stop = Stop::default();
        Running { task: tokio::spawn(delivery.run(stop.clone())), stop }
    }

    /// Waits until nothing waits for the sink.
    pub(crate) async fn drained(&self, sink: &str) {
        self.until("nothing waits", || {
            let depth = self.outbox.depth(sink).expect("read");
            depth.rows + depth.history == 0
        })
        .await;
    }

    /// Waits until that holds.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let waited = tokio::time::timeout(SOON, async {
            while !holds() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{what}: not within {SOON:?}"));
    }

    /// The last error of the sink that was shown.
    pub(crate) fn last_error(&self, sink: &str) -> Option<String> {
        self.desk.status(sink).expect("read").and_then(|status| status.last_error).map(|(_, error)| error)
    }
}

impl Running {
    /// Lets it deliver what is left.
    pub(crate) async fn end(self) {
        self.stop.after_all.cancel();
        tokio::time::timeout(SOON, self.task).await.expect("it ends").expect("without a panic");
    }
}

/// A small call.
pub(crate) fn record(number: u64) -> CallRecord {
    let at = Time::from_millis(1_790_000_000_000 + i64::try_from(number).expect("small"));
    let party = |number: &str| PartyInfo { number: Some(number.to_owned()), e164: None, name: None };
    CallRecord {
        id: id(number),
        site: "hq".to_owned(),
        pbx: "asterisk".to_owned(),
        switch_calls: vec![number.to_string()],
        direction: Direction::Internal,
        caller: party("1001"),
        dialled: party("1002"),
        trunk: None,
        started_at: at,
        answered_at: None,
        ended_at: at,
        outcome: CallOutcome::NoAnswer,
        start_uncertain: false,
        end_uncertain: false,
        gaps: Vec::new(),
        segments: Vec::new(),
        anonymised_at: None,
    }
}

/// The id of that call.
pub(crate) fn id(number: u64) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes())
}

/// What waits for the sink, at most so many.
pub(crate) fn waiting(rig: &Rig, sink: &str, count: usize) -> Vec<Entry> {
    rig.outbox.read(sink, None, count, usize::MAX).expect("read")
}
