//! Monitors: which are placed, and those that ended and are placed again (OAI §4).

use std::collections::BTreeMap;
use std::time::Duration;

use strowger_protocol::oai::{Extension, MonitorId, MonitorsStarted};

use super::Session;
use super::task::{Task, Watch};
use crate::pbx::oai::settings::Timers;
use crate::telephony::Now;

/// Monitors that are remembered: twice what a network of gateways can have.
const MONITORS_MAX: usize = 100_000;
/// Monitors that wait to be placed again. Beyond this, a device is followed again after the next start.
const RETRIES_MAX: usize = 1_000;
/// A monitor that cannot be placed is given up after so many tries.
const TRIES_MAX: u32 = 10;

/// What a monitor is on.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Watched {
    Device(Extension),
    System(Option<u16>),
    Router(Extension),
}

#[derive(Debug)]
struct Retry {
    /// `None` while its answer is awaited.
    due: Option<Duration>,
    pause: Duration,
    tries: u32,
}

/// The monitors of one connection.
#[derive(Default, Debug)]
pub(super) struct Monitors {
    placed: BTreeMap<MonitorId, Watched>,
    retries: BTreeMap<Watch, Retry>,
}

impl Monitors {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn len(&self) -> usize {
        self.placed.len()
    }

    pub(super) fn is_router(&self, monitor: &MonitorId) -> bool {
        matches!(self.placed.get(monitor), Some(Watched::Router(_)))
    }

    pub(super) fn is_on(&self, device: &Extension) -> bool {
        self.placed.values().any(|watched| matches!(watched, Watched::Device(on) if on == device))
    }

    /// Takes what an answer to `_MS` lists.
    pub(super) fn started(&mut self, watch: &Watch, started: &MonitorsStarted) {
        for monitor in &started.monitors {
            let watched = match (watch, &monitor.device) {
                (Watch::System(node), device) => Watched::System(device.as_ref().and_then(|device| device.node).or(*node)),
                (Watch::Router(device), _) => Watched::Router(device.clone()),
                (_, Some(device)) => Watched::Device(device.clone()),
                (_, None) => continue,
            };
            if self.placed.len() < MONITORS_MAX {
                self.placed.insert(monitor.monitor.clone(), watched);
            }
        }
        self.retries.remove(watch);
    }

    /// What is to be placed again after a monitor's end.
    fn ended(&mut self, monitor: &MonitorId, is_group: impl Fn(&Extension) -> bool) -> Option<Watch> {
        Some(match self.placed.remove(monitor)? {
            Watched::Device(device) if is_group(&device) => Watch::Group(device),
            Watched::Device(device) => Watch::Device(device),
            Watched::System(node) => Watch::System(node),
            Watched::Router(device) => Watch::Router(device),
        })
    }

    fn retry(&mut self, watch: Watch, now: Now, timers: &Timers) {
        if self.retries.len() < RETRIES_MAX || self.retries.contains_key(&watch) {
            let due = Some(now.monotonic + timers.monitor_retry);
            let retry = self.retries.entry(watch).or_insert(Retry { due, pause: timers.monitor_retry, tries: 0 });
            retry.due = due;
        }
    }

    /// It could not be placed. False: not to be tried again.
    pub(super) fn failed(&mut self, watch: &Watch, now: Now, timers: &Timers) -> bool {
        let Some(retry) = self.retries.get_mut(watch) else { return false };
        retry.tries += 1;
        retry.pause = (retry.pause * 2).min(timers.monitor_retry_max);
        retry.due = Some(now.monotonic + retry.pause);
        let goes_on = retry.tries < TRIES_MAX;
        if !goes_on {
            self.retries.remove(watch);
        }
        goes_on
    }

    pub(super) fn forget(&mut self, watch: &Watch) {
        self.retries.remove(watch);
    }

    pub(super) fn forget_node(&mut self, node: u16) {
        self.placed.retain(|_, watched| match watched {
            Watched::Device(device) | Watched::Router(device) => device.node != Some(node),
            Watched::System(of) => *of != Some(node),
        });
        self.retries.retain(|watch, _| Task::Watch(watch.clone()).node() != Some(node));
    }

    fn take_due(&mut self, now: Now) -> Vec<Watch> {
        let is_due = |retry: &&mut Retry| retry.due.is_some_and(|due| due <= now.monotonic);
        let due = self.retries.iter_mut().filter(|(_, retry)| is_due(retry));
        due.map(|(watch, retry)| {
            retry.due = None;
            watch.clone()
        })
        .collect()
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.retries.values().filter_map(|retry| retry.due).min()
    }
}

impl Session {
    /// ME: drop the id, see what became of the device, place a new monitor.
    pub(super) fn monitor_ended(&mut self, monitor: Option<&MonitorId>, now: Now) {
        let Some(watch) = monitor.and_then(|monitor| self.monitors.ended(monitor, |device| self.book.is_group(device))) else { return };
        if !self.passive {
            self.monitors.retry(watch, now, &self.settings.timers);
        }
    }

    /// A device that is new gets its monitor soon.
    pub(super) fn watch_soon(&mut self, watch: Watch, now: Now) {
        self.monitors.retry(watch, now, &self.settings.timers);
    }

    pub(super) fn place_monitors_again(&mut self, now: Now) {
        for watch in self.monitors.take_due(now) {
            if let Watch::Device(device) = &watch {
                self.desk.push(Task::Info(device.clone()));
            }
            self.desk.push(Task::Watch(watch));
        }
    }
}
