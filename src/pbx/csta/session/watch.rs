//! The devices that are to be monitored, and how far each is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use smol_str::SmolStr;

/// One device.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) number: SmolStr,
    /// The monitor, while there is one.
    pub(super) monitor: Option<SmolStr>,
    /// Tries in a row that failed.
    failures: u32,
    /// When it got its monitor last.
    started_at: Duration,
    is_due: bool,
    /// Its monitor ended by itself, and none has held for long since.
    has_ended: bool,
    /// Its calls were asked for and not told; they are asked for once more.
    was_untold: bool,
}

/// What is to be asked next about a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Monitor,
    Snapshot,
    Agents,
}

/// All devices that are to be monitored.
#[derive(Default, Debug)]
pub(super) struct Watches {
    all: Vec<Watch>,
    by_number: BTreeMap<SmolStr, usize>,
    by_monitor: BTreeMap<SmolStr, usize>,
    ready: VecDeque<(usize, Step)>,
    later: BTreeSet<(Duration, usize)>,
    /// Requests that are open.
    pub(super) in_flight: usize,
}

impl Watches {
    /// The connection is gone, and its monitors with it. The devices stay.
    pub(super) fn paused(&mut self) {
        self.ready.clear();
        self.later.clear();
        self.by_monitor.clear();
        self.in_flight = 0;
        for watch in &mut self.all {
            watch.monitor = None;
            watch.failures = 0;
            (watch.is_due, watch.has_ended, watch.was_untold) = (false, false, false);
        }
    }

    /// A device is to be monitored. False: too many are.
    pub(super) fn add(&mut self, number: &SmolStr, max: usize) -> bool {
        if self.by_number.contains_key(number) {
            return true;
        }
        if self.all.len() >= max {
            return false;
        }
        self.by_number.insert(number.clone(), self.all.len());
        let (number, started_at) = (number.clone(), Duration::ZERO);
        self.all.push(Watch { number, monitor: None, failures: 0, started_at, is_due: false, has_ended: false, was_untold: false });
        true
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn monitored(&self) -> usize {
        self.by_monitor.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Watch> {
        self.all.get(index)
    }

    /// Each device without a monitor is to get one.
    pub(super) fn place_all(&mut self) {
        for (index, watch) in self.all.iter_mut().enumerate() {
            if watch.monitor.is_none() && !watch.is_due {
                watch.is_due = true;
                self.ready.push_back((index, Step::Monitor));
            }
        }
    }

    /// Each device with a monitor is to be asked for its calls.
    pub(super) fn snapshot_all(&mut self) {
        // What was to be asked before is asked now.
        self.ready.retain(|(_, step)| *step != Step::Snapshot);
        let monitored: Vec<usize> = self.by_monitor.values().copied().filter(|index| !self.all[*index].number.is_empty()).collect();
        for index in monitored {
            self.ready.push_back((index, Step::Snapshot));
        }
    }

    pub(super) fn next(&mut self, step: Step, index: usize) {
        self.ready.push_back((index, step));
    }

    /// What is to be asked now.
    pub(super) fn due(&mut self, now: Duration, in_flight_max: usize) -> Option<(usize, Step)> {
        while let Some(&(at, index)) = self.later.first().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, index));
            self.ready.push_back((index, Step::Monitor));
        }
        if self.in_flight >= in_flight_max {
            return None;
        }
        let due = self.ready.pop_front()?;
        self.in_flight += 1;
        Some(due)
    }

    /// The answer came, or will not come.
    pub(super) fn landed(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn started(&mut self, index: usize, monitor: &SmolStr, now: Duration) {
        if let Some(watch) = self.all.get_mut(index) {
            watch.monitor = Some(monitor.clone());
            (watch.started_at, watch.is_due) = (now, false);
            self.by_monitor.insert(monitor.clone(), index);
        }
    }

    /// The monitor of that identifier is over: which device it was of.
    pub(super) fn stopped(&mut self, monitor: &str) -> Option<usize> {
        let index = self.by_monitor.remove(monitor)?;
        self.all.get_mut(index)?.monitor = None;
        Some(index)
    }

    /// The monitor is to be tried again, later each time.
    pub(super) fn retry(&mut self, index: usize, now: Duration, first: Duration, longest: Duration) {
        let Some(watch) = self.all.get_mut(index) else { return };
        let pause = first.saturating_mul(1_u32 << watch.failures.min(16)).min(longest.max(first));
        watch.failures = watch.failures.saturating_add(1);
        watch.is_due = true;
        self.later.insert((now + pause, index));
    }

    /// The monitor ended by itself: it is placed again at once; after a pause, longer each time, where that did not hold before.
    pub(super) fn place_again(&mut self, index: usize, now: Duration, first: Duration, longest: Duration) {
        let Some(watch) = self.all.get_mut(index) else { return };
        let held = now.saturating_sub(watch.started_at);
        if held >= longest {
            (watch.failures, watch.has_ended) = (0, false);
        }
        if std::mem::replace(&mut watch.has_ended, true) || held < first {
            return self.retry(index, now, first, longest);
        }
        (watch.failures, watch.is_due) = (0, true);
        self.ready.push_back((index, Step::Monitor));
    }

    /// Whether a device whose calls were not told is to be asked once more.
    pub(super) fn may_ask_again(&mut self, index: usize) -> bool {
        self.all.get_mut(index).is_some_and(|watch| !std::mem::replace(&mut watch.was_untold, true))
    }

    pub(super) fn snapshot_came(&mut self, index: usize) {
        if let Some(watch) = self.all.get_mut(index) {
            watch.was_untold = false;
        }
    }

    pub(super) fn next_retry(&self) -> Option<Duration> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Nothing is asked, and nothing is to be asked at once.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.ready.is_empty()
    }
}
