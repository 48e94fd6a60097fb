//! The loop by itself, with destinations that are made up: when it tries again, and how much it hands over at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use strowger::record::CallRecord;
use strowger::sink::{Again, Batch, Failure, Progress, Sink, Source};
use strowger::spool::Clock;
use strowger::spool::outbox::{Entry, QUARANTINE_MAX};
use strowger::telephony::{Now, Time};

use super::rig::{Rig, clock, record, waiting};

const BYTES_MAX: usize = 10_000;

/// Takes everything once it is mended, and remembers how much was handed over at once.
#[derive(Clone, Default)]
struct Destination {
    is_mended: Arc<AtomicBool>,
    batches: Arc<Mutex<Vec<(Source, usize, usize)>>>,
}

impl Destination {
    fn batches(&self) -> Vec<(Source, usize, usize)> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sink for Destination {
    fn batch(&self) -> Batch {
        Batch { rows_max: 100, bytes_max: BYTES_MAX }
    }

    async fn deliver(&mut self, batch: &[Entry], source: Source) -> Progress {
        if !self.is_mended.load(Ordering::Relaxed) {
            let failure = Failure::Retry { after: None, only_this: false, why: "not mended".to_owned() };
            return Progress { delivered: 0, failure: Some(failure) };
        }
        let bytes = batch.iter().map(|entry| entry.json.len()).sum();
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).push((source, batch.len(), bytes));
        Progress { delivered: batch.len(), failure: None }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_clock_is_set_back_a_failing_destination_is_tried_as_before() {
    let rig = Rig::new(&["crm"]);
    rig.store(0..3).await;
    let (is_set_back, destination) = (Arc::new(AtomicBool::new(false)), Destination::default());
    let (real, set_back) = (clock(), Arc::clone(&is_set_back));
    let one_day = Duration::from_hours(24);
    let stepping: Clock = Arc::new(move || {
        let Now { wall, monotonic } = real();
        Now { wall: if set_back.load(Ordering::Relaxed) { wall.minus(one_day) } else { wall }, monotonic }
    });
    let running = rig.run_by("crm", destination.clone(), Duration::from_secs(2), stepping);
    rig.until("it has failed", || rig.last_error("crm").is_some()).await;
    is_set_back.store(true, Ordering::Relaxed);
    destination.is_mended.store(true, Ordering::Relaxed);
    rig.drained("crm").await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_by_hand_comes_in_batches_of_so_many_bytes_as_well() {
    let (rig, destination) = (Rig::new(&["crm"]), Destination::default());
    let long = |number| CallRecord { trunk: Some("x".repeat(3000)), ..record(number) };
    rig.store_all((0..12).map(long).collect()).await;
    for entry in waiting(&rig, "crm", 6) {
        rig.outbox.quarantine("crm", &entry, "too long", Time::from_millis(0), QUARANTINE_MAX).expect("put aside");
    }
    assert_eq!(rig.outbox.ask_retry("crm", None).expect("asked"), 6);
    assert_eq!(rig.desk.ask_again("crm", &Again::Begun(Time::MIN, Time::from_millis(2_000_000_000_000))).expect("asked"), 12);
    destination.is_mended.store(true, Ordering::Relaxed);
    let running = rig.run("crm", destination.clone(), Duration::from_millis(30));
    rig.drained("crm").await;
    rig.until("everything is done", || rig.desk.replays_left("crm").expect("read") == 0).await;
    running.end().await;
    let batches = destination.batches();
    for (wanted, count) in [(Source::Quarantine, 6), (Source::Replay, 12), (Source::Outbox, 12)] {
        let of_it: Vec<_> = batches.iter().filter(|(source, ..)| *source == wanted).collect();
        assert_eq!(of_it.iter().map(|(_, rows, _)| rows).sum::<usize>(), count, "{batches:?}");
        assert!(of_it.iter().all(|(_, _, bytes)| *bytes <= BYTES_MAX), "{batches:?}");
    }
}
