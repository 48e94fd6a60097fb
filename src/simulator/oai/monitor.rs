//! The monitors of one connection: cross references, what each is about, and who sees what.

use std::collections::BTreeMap;

use super::filter::Masks;
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

/// What a monitor is about (OAI reference §4.1; all-devices types are one device monitor for each).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    /// One call until it ends.
    Call(SwitchCallId),
    /// A device.
    Device(DeviceId),
    /// Each call that touches the device, to its end.
    Via(DeviceId),
    /// An agent, wherever it logs on.
    Agent(AgentId),
    /// The end of every call.
    Termination,
    /// A node's system events.
    System(u16),
}

/// One monitor.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub(super) subject: Subject,
    pub(super) masks: Masks,
}

/// No cross reference is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Full;

/// All monitors of one connection.
#[derive(Clone, Default, Debug)]
pub(super) struct Monitors {
    by_id: BTreeMap<u32, Monitor>,
    by_subject: BTreeMap<Subject, u32>,
    /// Calls that calls-via monitors follow: a call keeps the cross reference under which it was met first.
    followed: BTreeMap<SwitchCallId, u32>,
    last: u32,
}

impl Monitors {
    /// Starts a monitor, or gives the one that is there already new masks. At most `limit` at once, numbered from 1 to `limit`, those that
    /// became free again after all others.
    pub(super) fn start(&mut self, subject: Subject, limit: u32, masks: impl FnOnce(Option<Masks>) -> Masks) -> Result<u32, Full> {
        if let Some(&id) = self.by_subject.get(&subject)
            && let Some(monitor) = self.by_id.get_mut(&id)
        {
            monitor.masks = masks(Some(monitor.masks));
            return Ok(id);
        }
        if u32::try_from(self.by_id.len()).unwrap_or(u32::MAX) >= limit {
            return Err(Full);
        }
        let mut id = self.last;
        loop {
            id = if id >= limit { 1 } else { id + 1 };
            if !self.by_id.contains_key(&id) {
                break;
            }
        }
        self.last = id;
        self.by_subject.insert(subject.clone(), id);
        self.by_id.insert(id, Monitor { subject, masks: masks(None) });
        Ok(id)
    }

    /// Ends one. `None`: there was none of this number.
    pub(super) fn stop(&mut self, id: u32) -> Option<Subject> {
        let monitor = self.by_id.remove(&id)?;
        self.by_subject.remove(&monitor.subject);
        self.followed.retain(|_, by| *by != id);
        Some(monitor.subject)
    }

    /// Ends all. The numbers go on.
    pub(super) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    pub(super) fn get(&self, id: u32) -> Option<&Monitor> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Monitor> {
        self.by_id.get_mut(&id)
    }

    /// The cross reference of a monitor about that.
    pub(super) fn about(&self, subject: &Subject) -> Option<u32> {
        self.by_subject.get(subject).copied()
    }

    /// All of them, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Monitor)> {
        self.by_id.iter().map(|(&id, monitor)| (id, monitor))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// From here on that call is followed, if a calls-via monitor is on that device and none follows it yet.
    pub(super) fn follow(&mut self, call: &SwitchCallId, device: &DeviceId) {
        if !self.has_via() {
            return;
        }
        if let Some(&id) = self.by_subject.get(&Subject::Via(device.clone())) {
            self.followed.entry(call.clone()).or_insert(id);
        }
    }

    /// Who follows that call: its call monitor, and the calls-via monitor that met it.
    pub(super) fn on_call(&self, call: &SwitchCallId) -> impl Iterator<Item = u32> {
        let own = self.about(&Subject::Call(call.clone()));
        own.into_iter().chain(self.following(call))
    }

    /// The calls-via monitor that follows that call.
    pub(super) fn following(&self, call: &SwitchCallId) -> Option<u32> {
        self.followed.get(call).copied()
    }

    /// That call is over: its call monitor is gone, and nobody follows it.
    pub(super) fn call_over(&mut self, call: &SwitchCallId) {
        self.followed.remove(call);
        if let Some(id) = self.about(&Subject::Call(call.clone())) {
            self.stop(id);
        }
    }

    fn has_via(&self) -> bool {
        let first = Subject::Via(DeviceId::new(""));
        self.by_subject.range(first..).next().is_some_and(|(subject, _)| matches!(subject, Subject::Via(_)))
    }

    /// True if any monitor is about an agent.
    pub(super) fn has_agents(&self) -> bool {
        let first = Subject::Agent(AgentId::new(""));
        self.by_subject.range(first..).next().is_some_and(|(subject, _)| matches!(subject, Subject::Agent(_)))
    }
}

#[cfg(test)]
mod tests {
    use strowger_protocol::oai::{Filters, Version};

    use super::*;

    fn masks(before: Option<Masks>) -> Masks {
        Masks::granted(Filters::default(), before, Version { major: 10, minor: 20 })
    }

    fn device(number: &str) -> Subject {
        Subject::Device(DeviceId::new(number))
    }

    #[test]
    fn numbers_are_reused_after_all_others() {
        let mut monitors = Monitors::default();
        let start = |monitors: &mut Monitors, number: &str| monitors.start(device(number), 3, masks);
        assert_eq!(start(&mut monitors, "a"), Ok(1));
        assert_eq!(start(&mut monitors, "b"), Ok(2));
        assert_eq!(monitors.stop(1), Some(device("a")));
        assert_eq!(start(&mut monitors, "c"), Ok(3));
        assert_eq!(start(&mut monitors, "d"), Ok(1));
        assert_eq!(start(&mut monitors, "e"), Err(Full));
        assert_eq!(start(&mut monitors, "b"), Ok(2), "the one that is there keeps its number");
    }

    #[test]
    fn a_call_keeps_the_reference_under_which_it_was_met() {
        let mut monitors = Monitors::default();
        let call = SwitchCallId::new("507");
        let first = monitors.start(Subject::Via("3001".into()), 9, masks).expect("room");
        let second = monitors.start(Subject::Via("3002".into()), 9, masks).expect("room");
        monitors.follow(&call, &"3001".into());
        monitors.follow(&call, &"3002".into());
        assert_eq!(monitors.on_call(&call).collect::<Vec<_>>(), [first]);
        monitors.call_over(&call);
        monitors.follow(&call, &"3002".into());
        assert_eq!(monitors.on_call(&call).collect::<Vec<_>>(), [second]);
    }

    #[test]
    fn a_call_monitor_ends_with_its_call() {
        let mut monitors = Monitors::default();
        let call = SwitchCallId::new("507");
        monitors.start(Subject::Call(call.clone()), 9, masks).expect("room");
        monitors.call_over(&call);
        assert!(monitors.is_empty());
    }
}
