//! Parts and calls that end.

use strowger_protocol::csta::event::{CallCleared, ConnectionCleared};
use strowger_protocol::csta::word::EventCause as C;

use super::Switchboard;
use super::call::{Call, State};
use super::device::{cause, name};
use crate::telephony::{Cause, Clearing, DeviceKind, Time};

/// Why a device could not be reached.
pub(super) fn failure(cause: Option<&C>) -> Clearing {
    match cause {
        Some(C::Busy | C::BusyOverflow | C::NoAvailableAgents | C::AcdBusy | C::Lockout) => Clearing::Busy,
        Some(C::CallNotAnswered | C::AlertTimeExpired | C::Timeout | C::RecallNoAnswer) => Clearing::NoAnswer,
        Some(C::Blocked | C::DoNotDisturb) => Clearing::Rejected,
        _ => Clearing::Failed,
    }
}

impl Switchboard {
    /// A part is over.
    pub(super) fn connection_cleared(&mut self, at: Time, event: &ConnectionCleared) {
        let Some(mut call) = self.take(&event.connection.call) else { return };
        call.seen_at = call.seen_at.max(at);
        let why = event.local.cause.as_ref();
        let dropped = name(&event.connection);
        let index = dropped.and_then(|device| call.find(device)).or_else(|| self.only_outside(&call, dropped));
        if let Some(index) = index {
            let by = event.releasing.number();
            let is_own = by.is_none_or(|by| call.parts[index].is_named(by)) || dropped.is_some() && dropped == by;
            self.part_over(&mut call, index, at, is_own, why);
            self.end_unseen(&mut call, at, why);
        }
        self.put(call);
    }

    /// The one party outside, where a name that is no device's stands for it: its trunk's, or a temporary one.
    fn only_outside(&self, call: &Call, named: Option<&str>) -> Option<usize> {
        let named = named.filter(|named| !self.devices.is_known(named) && !call.departed.contains_key(*named))?;
        let mut outside = call.parts.iter().enumerate().filter(|(_, part)| part.is_outside());
        let only = outside.next().filter(|_| outside.next().is_none())?;
        (!self.monitored.contains(named)).then_some(only.0)
    }

    /// What became of a part that is over.
    fn part_over(&mut self, call: &mut Call, index: usize, at: Time, is_own: bool, why: Option<&C>) {
        let part = &call.parts[index];
        let talkers = call.talkers();
        let ringing = call.parts.iter().filter(|part| part.is_ringing()).count();
        let caller_left = call.caller().is_none();
        let (how, cause) = match &part.state {
            State::DialTone => {
                call.parts.remove(index);
                return;
            }
            State::Failed(how, cause) => (*how, cause.clone()),
            State::Queued if call.is_answered => (Clearing::PutThrough, cause(why)),
            State::Queued => match why {
                Some(C::Timeout | C::Overflow | C::QueueTimeOverflow) => (Clearing::TimedOut, cause(why)),
                _ => (Clearing::Abandoned, cause(why)),
            },
            State::Offered | State::Alerting => match why {
                Some(C::CallPickup) => (Clearing::PickedUp, cause(why)),
                Some(C::CallNotAnswered | C::AlertTimeExpired | C::Timeout) => (Clearing::NoAnswer, cause(why)),
                Some(
                    C::Busy | C::Blocked | C::DestNotObtainable | C::NumberUnallocated | C::NetworkCongestion | C::NetworkNotObtainable,
                ) => (failure(why), cause(why)),
                _ if call.is_answered_since(part.since) => (Clearing::AnsweredElsewhere, Cause::ANSWERED_ELSEWHERE),
                Some(C::CallCancelled) => (Clearing::Cancelled, cause(why)),
                _ if caller_left && !call.is_answered => (Clearing::Cancelled, cause(why)),
                // A device outside that ends by itself declines where the call goes on without it.
                _ if is_own && (!part.is_outside() || call.talkers() >= 2 || ringing > 1) => (Clearing::Rejected, cause(why)),
                _ => (Clearing::Cancelled, cause(why)),
            },
            State::Calling | State::Connected | State::Held => {
                let failed = call.parts.iter().find_map(|other| match &other.state {
                    State::Failed(_, cause) => Some(cause),
                    _ => None,
                });
                let tone = failed.or(call.tone.as_ref()).filter(|_| part.state == State::Calling).cloned();
                // Who is the last to leave did not end the call.
                let is_last = part.is_talking() && talkers == 1 && call.is_answered;
                let how = match () {
                    () if tone.is_some() => Clearing::HungUpOnTone,
                    () if is_own && !is_last => Clearing::HungUp,
                    () => Clearing::Released,
                };
                (how, tone.unwrap_or_else(|| cause(why)))
            }
        };
        call.clear(index, at, how, cause, &mut self.out);
    }

    /// Nobody is left whose end will be told: the others' ends are concluded now.
    fn end_unseen(&mut self, call: &mut Call, at: Time, why: Option<&C>) {
        let is_watched =
            |part: &super::call::Part| part.is_monitored && (part.is_active() || part.is_ringing() || part.state == State::Queued);
        // A monitored device that is called on behalf of nobody is told so itself.
        let is_alive = call.parts.iter().any(is_watched) && call.parts.iter().any(|part| part.is_active() || part.is_ringing());
        if is_alive {
            return;
        }
        self.end_all(call, at, why);
    }

    /// The call went on to where no monitor is, and nobody who has one is left in it: nothing more of it will be told. What comes of
    /// it all the same, from a device that it reaches by others, is a call of its own.
    pub(super) fn goes_out_of_sight(&mut self, call: &mut Call, at: Time, to: Option<&str>) {
        let comes = to.is_some_and(|to| self.monitored.contains(to) || self.sees_all && self.is_extension(to));
        self.mark_monitored(call);
        if comes || call.parts.iter().any(|part| part.is_monitored) {
            return;
        }
        self.end_all(call, at, None);
        call.is_out_of_sight = true;
    }

    fn end_all(&mut self, call: &mut Call, at: Time, why: Option<&C>) {
        while let Some(part) = call.parts.first() {
            let (how, cause) = match &part.state {
                State::Failed(how, cause) => (*how, cause.clone()),
                State::Queued => (Clearing::Abandoned, cause(why)),
                State::Offered | State::Alerting if part.party.kind == DeviceKind::Extension || part.is_outside() => {
                    (Clearing::Cancelled, cause(why))
                }
                State::DialTone => {
                    call.parts.remove(0);
                    continue;
                }
                _ => (Clearing::Released, cause(why)),
            };
            call.clear(0, at, how, cause, &mut self.out);
        }
    }

    /// The whole call is over.
    pub(super) fn call_cleared(&mut self, at: Time, event: &CallCleared) {
        let Some(mut call) = self.take(&event.call.call) else { return };
        call.seen_at = call.seen_at.max(at);
        self.end_all(&mut call, at, event.local.cause.as_ref());
        self.put(call);
    }
}
