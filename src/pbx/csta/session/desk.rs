//! Requests that wait for their answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use strowger_protocol::csta::InvokeId;

/// Requests that may be open at a time, beside the bound of the monitors.
const OPEN_MAX: usize = 4096;

/// What was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    StartSession,
    RefreshSession,
    StopSession,
    Register,
    Devices,
    Status,
    /// A monitor of the watch of that number.
    Monitor(usize),
    Snapshot(usize),
    Agents(usize),
}

/// The open requests, by their invoke ids 1 to 9998.
#[derive(Default, Debug)]
pub(super) struct Desk {
    open: BTreeMap<u16, (Asked, Duration)>,
    by_deadline: BTreeSet<(Duration, u16)>,
    last: u16,
}

impl Desk {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// An invoke id that no open request has. `None`: too many are open.
    pub(super) fn open(&mut self, asked: Asked, deadline: Duration) -> Option<InvokeId> {
        if self.open.len() >= OPEN_MAX {
            return None;
        }
        loop {
            self.last = if self.last >= 9998 { 1 } else { self.last + 1 };
            if !self.open.contains_key(&self.last) {
                break;
            }
        }
        self.open.insert(self.last, (asked, deadline));
        self.by_deadline.insert((deadline, self.last));
        InvokeId::new(self.last)
    }

    /// What the answer with that id answers.
    pub(super) fn answered(&mut self, invoke: InvokeId) -> Option<Asked> {
        let number = invoke.number()?;
        let (asked, deadline) = self.open.remove(&number)?;
        self.by_deadline.remove(&(deadline, number));
        Some(asked)
    }

    /// Of that nothing is awaited any more.
    pub(super) fn close(&mut self, asked: Asked) {
        let found = self.open.iter().find(|(_, (open, _))| *open == asked).map(|(number, (_, deadline))| (*deadline, *number));
        if let Some((deadline, number)) = found {
            self.open.remove(&number);
            self.by_deadline.remove(&(deadline, number));
        }
    }

    /// Something of the answer came: the rest may take until then.
    pub(super) fn put_off(&mut self, asked: Asked, deadline: Duration) {
        if let Some((number, (_, due))) = self.open.iter_mut().find(|(_, (open, _))| *open == asked) {
            self.by_deadline.remove(&(*due, *number));
            *due = deadline;
            self.by_deadline.insert((deadline, *number));
        }
    }

    /// Of what was asked about devices no answer is of use any more.
    pub(super) fn forget_watches(&mut self) {
        let of_watch = |asked: &Asked| matches!(asked, Asked::Monitor(_) | Asked::Snapshot(_) | Asked::Agents(_));
        self.open.retain(|_, (asked, _)| !of_watch(asked));
        let open = &self.open;
        self.by_deadline.retain(|(_, number)| open.contains_key(number));
    }

    /// A request that was not answered in time.
    pub(super) fn overdue(&mut self, now: Duration) -> Option<Asked> {
        let &(deadline, number) = self.by_deadline.first().filter(|(deadline, _)| *deadline <= now)?;
        self.by_deadline.remove(&(deadline, number));
        self.open.remove(&number).map(|(asked, _)| asked)
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }

    pub(super) fn is_open(&self, asked: Asked) -> bool {
        self.open.values().any(|(open, _)| *open == asked)
    }
}
