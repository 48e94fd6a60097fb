//! What is due later.

use std::collections::BTreeSet;

use super::call::{CallKey, LegKey};
use crate::telephony::{DeviceId, Time};

/// What is due. A timer whose subject is gone, or another one by now, means nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Timer {
    /// A station rang long enough: the call is forwarded.
    ForwardNoAnswer(LegKey),
    /// A member rang long enough: the next one is tried.
    MemberNoAnswer(LegKey),
    /// The members of the group are tried again.
    HuntAgain(LegKey),
    /// The call waited long enough at the group.
    Overflow(LegKey),
    /// The call comes back to who handed it over.
    Recall(CallKey, u64),
    /// Nobody answered for too long.
    RingLimit(CallKey),
    /// The call is not handed to another device after all.
    HandOff(CallKey, u64),
    /// What the last call left to do is done.
    WrapUp(DeviceId, u64),
}

/// Timers in the order in which they are due; those due at once in the order in which they were set.
#[derive(Default, Debug)]
pub(super) struct Timers {
    due: BTreeSet<(Time, u64, Timer)>,
    next: u64,
}

impl Timers {
    pub(super) fn set(&mut self, at: Time, timer: Timer) {
        self.due.insert((at, self.next, timer));
        self.next += 1;
    }

    pub(super) fn next_at(&self) -> Option<Time> {
        self.due.first().map(|(at, ..)| *at)
    }

    pub(super) fn pop(&mut self, until: Time) -> Option<Timer> {
        if self.next_at()? > until {
            return None;
        }
        self.due.pop_first().map(|(_, _, timer)| timer)
    }
}
