//! Devices as they are now: in service or not, do not disturb, forwarded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::telephony::{DeviceChange, DeviceId};

#[derive(Default, Debug, Serialize, Deserialize)]
struct State {
    out_of_service: bool,
    do_not_disturb: bool,
    forwarded_to: Option<SmolStr>,
}

#[derive(Default, Debug, Serialize, Deserialize)]
pub(super) struct Devices(BTreeMap<DeviceId, State>);

impl Devices {
    /// True when something changed.
    pub(super) fn apply(&mut self, change: &DeviceChange, devices_max: usize) -> bool {
        let (DeviceChange::InService(device)
        | DeviceChange::OutOfService(device)
        | DeviceChange::DoNotDisturb(device, _)
        | DeviceChange::Forwarding(device, _, _)) = change;
        if !self.0.contains_key(device) && self.0.len() >= devices_max {
            return false;
        }
        let state = self.0.entry(device.clone()).or_default();
        match change {
            DeviceChange::InService(_) => std::mem::replace(&mut state.out_of_service, false),
            DeviceChange::OutOfService(_) => !std::mem::replace(&mut state.out_of_service, true),
            DeviceChange::DoNotDisturb(_, on) => std::mem::replace(&mut state.do_not_disturb, *on) != *on,
            DeviceChange::Forwarding(_, on, to) => {
                let to = on.then(|| to.clone().unwrap_or_default());
                std::mem::replace(&mut state.forwarded_to, to.clone()) != to
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
