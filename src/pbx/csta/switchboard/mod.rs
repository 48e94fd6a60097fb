//! From CSTA events to telephony events.
//!
//! Each monitor of a call tells the same event, and the order between monitors is not guaranteed: an event that says what is known
//! changes nothing. Parts are found by call and device; both names change by transfer and conference, and parts keep what the tracker
//! knows them by. A call is over when nobody is left in it whose device is monitored.
//!
//! What a snapshot says is taken silently, and told as the present state when all snapshots are there; events win over snapshots.

mod agent;
mod call;
mod clearing;
mod device;
mod progress;
mod snapshot;
#[cfg(test)]
mod tests;
mod transfer;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use foldhash::fast::FixedState;
use smol_str::{SmolStr, ToSmolStr};
use strowger_protocol::csta::Event;
use strowger_protocol::csta::request::ListedDevice;

use super::settings::Settings;
use crate::telephony::{self, DeviceKind, Stamped, SwitchCallId, Time};
use agent::Agents;
use call::{Call, CallKey, Out};
use device::Devices;

/// Calls that are followed at a time at most; beyond it the oldest is given up as lost.
const CALLS_MAX: usize = 50_000;
/// Ended calls that are remembered, for events about them that come late.
const ENDED_MAX: usize = 512;
/// So long an ended call's number stands for that call, in milliseconds.
const LATE_MS: u64 = 2000;

/// The calls, devices and agents of one PBX.
#[derive(Debug)]
pub(super) struct Switchboard {
    devices: Devices,
    monitored: BTreeSet<SmolStr>,
    /// One monitor sees all that there is: every extension counts as monitored.
    sees_all: bool,
    calls: BTreeMap<CallKey, Call>,
    next_call: CallKey,
    by_number: HashMap<SmolStr, CallKey, FixedState>,
    /// Calls that ended last, newest at the end.
    ended: VecDeque<(SmolStr, Time)>,
    agents: Agents,
    /// Until then everything was told.
    lost_at: Time,
    out: Out,
}

impl Switchboard {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut devices = Devices::new(settings.internal_digits_max, settings.devices_max.saturating_mul(2));
        for device in &settings.devices {
            devices.learn(&device.number, device.kind);
        }
        Self {
            devices,
            monitored: BTreeSet::new(),
            sees_all: settings.monitor_own_user,
            calls: BTreeMap::new(),
            next_call: 0,
            by_number: HashMap::default(),
            ended: VecDeque::new(),
            agents: Agents::default(),
            lost_at: Time::MIN,
            out: Out::default(),
        }
    }

    /// What a list says of a device: its number, and what it is.
    pub(super) fn listed(&mut self, device: &ListedDevice) -> (SmolStr, DeviceKind) {
        let (number, kind) = (device.id.number().to_smolstr(), device::kind_of(device.category.as_ref()));
        self.devices.learn(&number, kind);
        (number, kind)
    }

    /// A device has a monitor from now on, or none any more.
    pub(super) fn monitored(&mut self, number: &str, is_monitored: bool) {
        if is_monitored {
            self.monitored.insert(SmolStr::new(number));
        } else {
            self.monitored.remove(number);
        }
        for part in self.calls.values_mut().flat_map(|call| &mut call.parts).filter(|part| part.is_named(number)) {
            part.is_monitored = is_monitored;
        }
    }

    /// A telephone, as far as is known.
    pub(super) fn is_extension(&self, number: &str) -> bool {
        self.devices.kind(number) == DeviceKind::Extension
    }

    /// The next event for the tracker.
    pub(super) fn poll(&mut self) -> Option<Stamped> {
        self.out.pop()
    }

    /// Takes an event. Events that are no matter of calls, devices and agents change nothing.
    pub(super) fn event(&mut self, at: Time, event: &Event) {
        match event {
            Event::ServiceInitiated(event) => self.service_initiated(at, event),
            Event::Originated(event) => self.originated(at, event),
            Event::DigitsDialed(_) | Event::Bridged(_) | Event::NetworkCapabilitiesChanged(_) => {}
            Event::Offered(event) => self.offered(at, event),
            Event::Delivered(event) => self.delivered(at, event),
            Event::Established(event) => self.established(at, event),
            Event::Held(event) => self.held(at, &event.connection, &event.holding, true),
            Event::Retrieved(event) => self.held(at, &event.connection, &event.retrieving, false),
            Event::Queued(event) => self.queued(at, event),
            Event::Diverted(event) => self.diverted(at, event),
            Event::NetworkReached(event) => self.network_reached(at, event),
            Event::Failed(event) => self.failed(at, event),
            Event::ConnectionCleared(event) => self.connection_cleared(at, event),
            Event::CallCleared(event) => self.call_cleared(at, event),
            Event::Transferred(event) => self.transferred(at, event),
            Event::Conferenced(event) => self.conferenced(at, event),
            other => self.agents.take(at, other, &mut self.out),
        }
    }

    /// The PBX is out of sight; `at` is its last sign of life.
    pub(super) fn lost(&mut self, at: Time) {
        for part in self.calls.values_mut().flat_map(|call| &mut call.parts) {
            part.is_confirmed = false;
        }
        self.lost_at = at;
        self.out.tell(at, telephony::Event::LinkLost { scope: telephony::Scope::All });
    }

    /// True if something of a call was told that a gap leaves open.
    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    fn take(&mut self, number: &str) -> Option<Call> {
        let key = *self.by_number.get(number)?;
        self.calls.remove(&key)
    }

    /// The call of that number, or a new one. `None`: it ended just now, and this comes late.
    fn take_or_new(&mut self, at: Time, number: &str) -> Option<Call> {
        if number.is_empty() {
            return None;
        }
        if let Some(call) = self.take(number) {
            return Some(call);
        }
        if self.has_just_ended(number, at) {
            return None;
        }
        if self.calls.len() >= CALLS_MAX
            && let Some((_, mut oldest)) = self.calls.pop_first()
        {
            oldest.lose(&mut self.out);
            self.put(oldest);
        }
        self.ended.retain(|(ended, _)| ended != number);
        self.next_call += 1;
        Some(Call::new(self.next_call, number, SwitchCallId::new(number), at))
    }

    fn has_just_ended(&self, number: &str, at: Time) -> bool {
        self.ended.iter().any(|(ended, ended_at)| ended == number && at.millis_since(*ended_at) <= LATE_MS)
    }

    /// A call as it is now: found by its numbers, and forgotten when nobody is in it.
    fn put(&mut self, mut call: Call) {
        if call.parts.is_empty() {
            for number in std::mem::take(&mut call.numbers) {
                if self.by_number.get(&number) == Some(&call.key) {
                    self.by_number.remove(&number);
                }
                if !call.is_out_of_sight {
                    self.remember_end(number, call.seen_at);
                }
            }
            return;
        }
        for number in &call.numbers {
            self.by_number.insert(number.clone(), call.key);
        }
        self.mark_monitored(&mut call);
        self.calls.insert(call.key, call);
    }

    fn mark_monitored(&self, call: &mut Call) {
        for part in &mut call.parts {
            let is_own = self.sees_all && part.party.kind == DeviceKind::Extension;
            part.is_monitored = is_own || part.names.iter().any(|name| self.monitored.contains(name));
        }
    }

    /// The call in which a device begins. A number that a call had before it was joined with another may be given to a new call; its
    /// name then says which of the two it is, since the tracker knows the former by the number alone.
    fn take_to_begin(&mut self, at: Time, number: &str, device: &str) -> Option<Call> {
        let call = self.take_or_new(at, number)?;
        if call.numbers.len() < 2 || call.find(device).is_some() {
            return Some(call);
        }
        let mut former = call;
        former.numbers.retain(|known| known != number);
        self.by_number.remove(number);
        self.put(former);
        let mut call = self.take_or_new(at, number)?;
        call.id = SwitchCallId::new(format!("{number}#{}", call.key));
        Some(call)
    }

    fn remember_end(&mut self, number: SmolStr, at: Time) {
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back((number, at));
    }
}
