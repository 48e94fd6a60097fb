//! What people intend, and when.

use std::collections::BTreeMap;

use crate::simulator::exchange::{Action, Call, Deed, Exchange, Leg};
use crate::telephony::{DeviceId, SwitchCallId, Time};

/// Intentions wait at most; a person beyond that intends nothing, and the sweep ends the call.
const AGENDA_MAX: usize = 1_000_000;

/// A device's part in a call.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Part {
    pub(super) device: DeviceId,
    pub(super) call: SwitchCallId,
}

impl Part {
    /// The part as it is now; `None`: it is over.
    pub(super) fn find<'e>(&self, exchange: &'e Exchange) -> Option<(&'e Call, &'e Leg)> {
        exchange.legs_of(&self.device).find(|(_, leg)| *leg.call() == self.call)
    }
}

/// What somebody intends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Intention {
    /// The office opens: agents log on, the first call comes.
    Open,
    /// The next call is made.
    Arrive,
    /// Calls that are too old are ended.
    Sweep,
    /// A setting is changed back.
    Undo(Box<Action>),
    /// Somebody whose telephone rings does something about it.
    Ringing(Part, Ringing),
    /// The party outside that this trunk rings does something.
    Outside(Part, Deed),
    /// Whoever waits for an answer has waited long enough.
    GiveUp(Part),
    /// Somebody who talks does the next thing.
    Continue(Part),
    /// Somebody who asks before a transfer hands over while it still rings.
    HandOver(Part),
    /// Somebody who held comes back.
    Resume(Part),
    /// Somebody takes a parked call elsewhere.
    Unpark(Part),
    /// Somebody who only listened to the dial tone puts the handset down.
    PutDown(Part),
    /// Somebody hangs up.
    HangUp(Part),
}

/// What somebody whose telephone rings does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ringing {
    Answer,
    Decline,
    Deflect,
    /// A colleague takes it.
    PickUp,
    /// Nothing.
    Ignore,
}

/// All intentions, in the order of their moments; those of one moment in the order in which they were formed.
#[derive(Default, Debug)]
pub(super) struct Agenda {
    due: BTreeMap<(Time, u64), Intention>,
    next: u64,
}

impl Agenda {
    pub(super) fn put(&mut self, at: Time, intention: Intention) {
        if self.due.len() < AGENDA_MAX {
            self.due.insert((at, self.next), intention);
            self.next += 1;
        }
    }

    pub(super) fn next_at(&self) -> Option<Time> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn pop(&mut self, until: Time) -> Option<Intention> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= until)?;
        Some(entry.remove())
    }
}
