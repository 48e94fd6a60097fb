//! The bound of the quarantine: what happens there, and how the sink goes on.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use strowger::sink::{Again, Batch, Failure, Progress, Report, Sink, Source, State};
use strowger::spool::Clock;
use strowger::spool::outbox::{Entry, Place};
use strowger::telephony::{Now, Time};

use super::rig::{Rig, Running, clock, id};

const QUARANTINE_MAX: u64 = 3;

const WAIT_MAX: Duration = Duration::from_millis(30);

/// No wait ever ends: what goes on does so for another reason than that it was tried once more.
fn standing() -> Clock {
    let real = clock();
    Arc::new(move || Now { monotonic: Duration::from_hours(1), ..real() })
}

/// Refuses for good what has an odd number, until it is mended, and remembers what it took.
#[derive(Clone, Default)]
struct Fussy {
    is_mended: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<String>>>,
    tried: Arc<AtomicUsize>,
}

impl Fussy {
    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn odd() -> BTreeSet<String> {
    (0..20).filter(|number| number % 2 == 1).map(|number| id(number).to_string()).collect()
}

impl Sink for Fussy {
    fn batch(&self) -> Batch {
        Batch { rows_max: 4, bytes_max: 1 << 20 }
    }

    async fn deliver(&mut self, batch: &[Entry], _: Source) -> Progress {
        self.tried.fetch_add(1, Ordering::Relaxed);
        let (odd, is_mended) = (odd(), self.is_mended.load(Ordering::Relaxed));
        let good: Vec<String> =
            batch.iter().map(|entry| entry.message_id.clone()).take_while(|message| is_mended || !odd.contains(message)).collect();
        let delivered = good.len();
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).extend(good);
        let failure = (delivered < batch.len()).then(|| Failure::Poisoned { why: "odd".to_owned() });
        Progress { delivered, failure }
    }
}

/// A sink that has stopped because a fourth message is refused: 0 to 6 are settled, 7 is stuck, 8 and 9 wait behind it.
async fn full(destination: &Fussy, clock: Clock, report: impl Fn(&Report<'_>) + Send + Sync + 'static) -> (Rig, Running) {
    let rig = Rig::new(&["crm", "other"]);
    rig.store(0..10).await;
    let running = rig.run_bounded("crm", destination.clone(), WAIT_MAX, clock, QUARANTINE_MAX, report);
    is_full(&rig, 3).await;
    (rig, running)
}

async fn is_full(rig: &Rig, waiting: u64) {
    let state = || rig.desk.status("crm").expect("read").map(|status| status.state);
    let holds = || state() == Some(State::QuarantineFull) && rig.outbox.depth("crm").expect("read").rows == waiting;
    rig.until("the sink has stopped", holds).await;
}

fn aside(rig: &Rig) -> Vec<String> {
    rig.outbox.quarantined(Some("crm"), None, 10).expect("read").into_iter().map(|found| found.entry.message_id).collect()
}

fn ids(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|number| id(*number).to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_bound_the_sink_stops_and_says_so_and_no_other_does() {
    let (destination, told) = (Fussy::default(), Arc::new(Mutex::new(Vec::new())));
    let heard = Arc::clone(&told);
    let report = move |report: &Report<'_>| {
        let what = match report {
            Report::QuarantineFull { is_news: true, .. } => "full",
            Report::QuarantineHasRoom { .. } => "room",
            _ => return,
        };
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    };
    let (rig, running) = full(&destination, standing(), report).await;
    let other = rig.run("other", Fussy { is_mended: Arc::new(true.into()), ..Fussy::default() }, WAIT_MAX);
    rig.drained("other").await;
    assert_eq!(aside(&rig), ids(&[1, 3, 5]));
    let error = rig.last_error("crm").expect("said");
    let wanted = format!("the quarantine is full (3 messages), and {} is refused as well: odd", id(7));
    for part in [wanted.as_str(), "`strowger sinks quarantine retry crm`", "`strowger sinks quarantine drop crm ID`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    // What comes meanwhile waits as well.
    let tried = destination.tried.load(Ordering::Relaxed);
    rig.store(10..12).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!((rig.outbox.depth("crm").expect("read").rows, destination.tried.load(Ordering::Relaxed)), (5, tried));
    // Room for one: it goes on by itself, up to the next that is refused.
    assert_eq!(rig.outbox.give_up("crm", Some(&id(3).to_string())).expect("given up"), 1);
    is_full(&rig, 3).await;
    assert_eq!(aside(&rig), ids(&[1, 5, 7]));
    assert_eq!(*told.lock().unwrap_or_else(PoisonError::into_inner), ["full", "room", "full"]);
    assert_eq!(rig.outbox.give_up("crm", None).expect("given up"), 3);
    rig.drained("crm").await;
    assert_eq!((aside(&rig), destination.taken()), (ids(&[9, 11]), ids(&[0, 2, 4, 6, 8, 10])));
    running.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_a_full_quarantine_it_is_tried_again_and_makes_room() {
    let destination = Fussy::default();
    let (rig, running) = full(&destination, standing(), |_| {}).await;
    // Not mended yet: what is refused once more has its place already.
    assert_eq!(rig.outbox.ask_retry("crm", None).expect("asked"), 3);
    let retries = || rig.outbox.retries("crm", 10, usize::MAX).expect("read").len();
    rig.until("all are tried again", || retries() == 0).await;
    is_full(&rig, 3).await;
    assert_eq!(aside(&rig), ids(&[1, 3, 5]));
    destination.is_mended.store(true, Ordering::Relaxed);
    assert_eq!(rig.outbox.ask_retry("crm", None).expect("asked"), 3);
    rig.drained("crm").await;
    rig.until("nothing is left aside", || aside(&rig).len() <= 1).await;
    running.end().await;
    // The one that was stuck was judged before.
    assert_eq!(aside(&rig), ids(&[7]));
    assert_eq!(destination.taken(), ids(&[0, 2, 4, 6, 1, 3, 5, 8, 9]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_mended_takes_it_although_there_is_no_room() {
    let destination = Fussy::default();
    let (rig, running) = full(&destination, clock(), |_| {}).await;
    rig.store(10..11).await;
    destination.is_mended.store(true, Ordering::Relaxed);
    rig.drained("crm").await;
    running.end().await;
    assert_eq!((aside(&rig), destination.taken()), (ids(&[1, 3, 5]), ids(&[0, 2, 4, 6, 7, 8, 9, 10])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stuck_can_be_skipped() {
    let destination = Fussy::default();
    let (rig, running) = full(&destination, standing(), |_| {}).await;
    rig.outbox.advance("crm", Place::Sequence(8)).expect("skipped");
    is_full(&rig, 1).await;
    rig.outbox.advance("crm", Place::Sequence(10)).expect("skipped");
    let state = || rig.desk.status("crm").expect("read").map(|status| status.state);
    rig.until("nothing is stuck any more", || state() == Some(State::Idle)).await;
    running.end().await;
    assert_eq!((aside(&rig), destination.taken()), (ids(&[1, 3, 5]), ids(&[0, 2, 4, 6, 8])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_refused_waits_for_room_as_well() {
    let destination = Fussy::default();
    let rig = Rig::new(&["crm"]);
    rig.store(0..6).await;
    let running = rig.run_bounded("crm", destination.clone(), WAIT_MAX, standing(), QUARANTINE_MAX, |_| {});
    rig.drained("crm").await;
    rig.store(7..8).await;
    is_full(&rig, 1).await;
    rig.outbox.advance("crm", Place::Sequence(7)).expect("skipped");
    let all = Again::Begun(Time::MIN, Time::from_millis(2_000_000_000_000));
    assert_eq!(rig.desk.ask_again("crm", &all).expect("asked"), 7);
    rig.desk.enable("crm").expect("tried now");
    let left = || rig.desk.replays_left("crm").expect("read");
    rig.until("the first that is refused is stuck", || left() == 6).await;
    is_full(&rig, 0).await;
    // What comes by itself is taken meanwhile.
    rig.store(8..9).await;
    rig.drained("crm").await;
    assert_eq!((destination.taken().last(), left()), (Some(&id(8).to_string()), 6));
    is_full(&rig, 0).await;
    assert_eq!(rig.outbox.give_up("crm", None).expect("given up"), 3);
    rig.until("all but the last are settled", || left() == 1).await;
    is_full(&rig, 0).await;
    destination.is_mended.store(true, Ordering::Relaxed);
    rig.desk.enable("crm").expect("tried now");
    rig.until("it is taken", || left() == 0).await;
    running.end().await;
}
