//! The monitors of one client.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::{SmolStr, format_smolstr};
use strowger_protocol::csta::Event;
use strowger_protocol::csta::request::{CallControlEvents, LogicalDeviceEvents, MaintenanceEvents, MonitorFilter};

use crate::telephony::DeviceId;

/// What a monitor follows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    /// A device.
    Device(DeviceId),
    /// A call, by its number on the wire, until it is over.
    Call(SmolStr),
    /// All devices.
    Everything,
}

/// One monitor.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub(super) subject: Subject,
    /// Events that are not sent.
    pub(super) filter: Option<MonitorFilter>,
}

/// All monitors of a client, by their identifiers.
#[derive(Default, Debug)]
pub(super) struct Monitors {
    all: BTreeMap<SmolStr, Monitor>,
    by_subject: BTreeMap<Subject, BTreeSet<SmolStr>>,
    next: u64,
}

impl Monitors {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// A further one; a subject may have several.
    pub(super) fn start(&mut self, subject: Subject, filter: Option<MonitorFilter>) -> SmolStr {
        self.next += 1;
        let id = format_smolstr!("{:010}", self.next);
        self.by_subject.entry(subject.clone()).or_default().insert(id.clone());
        self.all.insert(id.clone(), Monitor { subject, filter });
        id
    }

    /// `None`: there is no such monitor.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Monitor> {
        self.all.get_mut(id)
    }

    pub(super) fn stop(&mut self, id: &str) -> bool {
        let Some(monitor) = self.all.remove(id) else { return false };
        if let Some(others) = self.by_subject.get_mut(&monitor.subject) {
            others.remove(id);
            if others.is_empty() {
                self.by_subject.remove(&monitor.subject);
            }
        }
        true
    }

    /// Those that follow it.
    pub(super) fn of(&self, subject: &Subject) -> impl Iterator<Item = &SmolStr> {
        self.by_subject.get(subject).into_iter().flatten()
    }

    /// Each with what it follows.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&SmolStr, &Monitor)> {
        self.all.iter()
    }

    /// Whether the filter lets that event through. `inverted`: true in it means that the event is sent.
    pub(super) fn passes(&self, id: &str, event: &Event, inverted: bool) -> bool {
        let Some(filter) = self.all.get(id).and_then(|monitor| monitor.filter.as_ref()) else { return true };
        is_set(filter, event).is_none_or(|is_set| is_set == inverted)
    }
}

/// What the filter says of that event; `None`: its group is not in it.
fn is_set(filter: &MonitorFilter, event: &Event) -> Option<bool> {
    let call = |name: &str| filter.call_control.as_ref().map(|group: &CallControlEvents| group.is_set(name));
    let logical = |name: &str| filter.logical_device.as_ref().map(|group: &LogicalDeviceEvents| group.is_set(name));
    let maintenance = |name: &str| filter.maintenance.as_ref().map(|group: &MaintenanceEvents| group.is_set(name));
    match event {
        Event::ServiceInitiated(_) => call("serviceInitiated"),
        Event::Originated(_) => call("originated"),
        Event::NetworkReached(_) => call("networkReached"),
        Event::Delivered(_) => call("delivered"),
        Event::Established(_) => call("established"),
        Event::Held(_) => call("held"),
        Event::Retrieved(_) => call("retrieved"),
        Event::Queued(_) => call("queued"),
        Event::Diverted(_) => call("diverted"),
        Event::Transferred(_) => call("transferred"),
        Event::Conferenced(_) => call("conferenced"),
        Event::Failed(_) => call("failed"),
        Event::ConnectionCleared(_) => call("connectionCleared"),
        Event::CallCleared(_) => call("callCleared"),
        Event::AgentLoggedOn(_) => logical("agentLoggedOn"),
        Event::AgentLoggedOff(_) => logical("agentLoggedOff"),
        Event::AgentReady(_) => logical("agentReady"),
        Event::AgentNotReady(_) => logical("agentNotReady"),
        Event::AgentBusy(_) => logical("agentBusy"),
        Event::AgentWorkingAfterCall(_) => logical("agentWorkingAfterCall"),
        Event::DoNotDisturb(_) => logical("doNotDisturb"),
        Event::Forwarding(_) => logical("forwarding"),
        Event::BackInService(_) => maintenance("backInService"),
        Event::OutOfService(_) => maintenance("outOfService"),
        Event::CallInformation(_) => filter.call_associated.as_ref().map(|group| group.is_set("callInformation")),
        _ => None,
    }
}
