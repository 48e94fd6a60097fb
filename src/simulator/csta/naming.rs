//! What devices and calls are called on the wire.
//!
//! The exchange gives each part of a conference a number of its own, and keeps the first number where calls are joined; in CSTA all parts of
//! a call have one number, and which one goes on after a transfer may differ. So numbers here are those of the exchange until calls are
//! joined, and others from then on.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::{SmolStr, format_smolstr};
use strowger_protocol::csta::{ConnectionId, Device, DeviceForm, DeviceId as Named, Hex};

use super::profile::{CallIds, Profile};
use crate::simulator::exchange::{CallInfo, Side};
use crate::telephony::{DeviceId, SwitchCallId};

/// Digits of a long call id.
const LONG: usize = 32;

/// How devices are written.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    form: DeviceForm,
    call_ids: CallIds,
    caller_names: bool,
}

impl Naming {
    pub(super) fn new(profile: &Profile) -> Self {
        Self { form: profile.device_form(), call_ids: profile.call_ids, caller_names: profile.caller_names }
    }

    pub(super) fn device(&self, number: &str) -> Named {
        self.form.device(number)
    }

    /// A device of the exchange in an event.
    pub(super) fn inside(&self, device: &DeviceId) -> Device {
        Device::Id(self.device(device.as_str()))
    }

    /// One side of a call: outside its number, which may be withheld.
    pub(super) fn party(&self, side: &Side) -> Device {
        match &side.number {
            _ if !side.is_outside => self.inside(&side.device),
            Some(number) => Device::Id(self.device(number)),
            None => Device::Restricted,
        }
    }

    /// Who calls, with the name that comes from outside.
    pub(super) fn calling(&self, call: &CallInfo) -> Device {
        match (&call.calling.number, &call.outside_name) {
            (Some(number), Some(name)) if call.calling.is_outside && self.caller_names => {
                Device::Id(Named { text: format_smolstr!("N<{number}>{name}"), ..self.device(number) })
            }
            _ => self.party(&call.calling),
        }
    }

    /// The trunk of a side that is outside.
    pub(super) fn trunk(&self, side: &Side) -> Option<Device> {
        side.is_outside.then(|| self.inside(&side.device))
    }

    /// A device's part in a call.
    pub(super) fn connection(&self, call: &str, device: &DeviceId) -> ConnectionId {
        ConnectionId { call: self.call(call), device: Some(self.device(device.as_str())) }
    }

    /// A call as it is written.
    pub(super) fn call(&self, call: &str) -> SmolStr {
        match self.call_ids {
            CallIds::Plain => SmolStr::new(call),
            CallIds::Hex => {
                let digits = Hex::of(call.as_bytes());
                format_smolstr!("{:0>LONG$}", digits.digits())
            }
        }
    }

    /// What stands for a call, read back.
    pub(super) fn call_read(&self, written: &str) -> Option<SmolStr> {
        match self.call_ids {
            CallIds::Plain => Some(SmolStr::new(written)),
            CallIds::Hex => {
                let digits = written.trim_start_matches('0');
                let octets: Option<Vec<u8>> =
                    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect();
                String::from_utf8(octets?).ok().map(SmolStr::from)
            }
        }
    }
}

/// The numbers of calls that go by others than the exchange's.
#[derive(Default, Debug)]
pub(super) struct Numbers {
    others: BTreeMap<SwitchCallId, SmolStr>,
    given: BTreeSet<SmolStr>,
    next: u64,
}

impl Numbers {
    /// The number of the call on the wire.
    pub(super) fn of(&mut self, call: &SwitchCallId) -> SmolStr {
        if let Some(other) = self.others.get(call) {
            return other.clone();
        }
        let own = SmolStr::new(call.as_str());
        if !self.given.contains(&own) {
            return own;
        }
        // Another call goes by the number that the exchange gives to this one.
        let fresh = self.fresh();
        self.call_so(call, fresh.clone());
        fresh
    }

    /// The same where nothing may change.
    pub(super) fn peek(&self, call: &SwitchCallId) -> SmolStr {
        self.others.get(call).cloned().unwrap_or_else(|| SmolStr::new(call.as_str()))
    }

    /// The exchange's number of what goes by that number.
    pub(super) fn read(&self, number: &str) -> Vec<SwitchCallId> {
        let others: Vec<SwitchCallId> = self.others.iter().filter(|(_, other)| *other == number).map(|(call, _)| call.clone()).collect();
        if others.is_empty() { vec![SwitchCallId::new(number)] } else { others }
    }

    /// A number that no call has.
    pub(super) fn fresh(&mut self) -> SmolStr {
        self.next += 1;
        format_smolstr!("J{}", self.next)
    }

    /// The call goes by that number from here on.
    pub(super) fn call_so(&mut self, call: &SwitchCallId, number: SmolStr) {
        self.forget(call);
        self.given.insert(number.clone());
        self.others.insert(call.clone(), number);
    }

    /// The exchange's number stands for nothing any more.
    pub(super) fn forget(&mut self, call: &SwitchCallId) {
        if let Some(other) = self.others.remove(call)
            && !self.others.values().any(|there| *there == other)
        {
            self.given.remove(&other);
        }
    }
}
