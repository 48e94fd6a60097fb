//! Devices: in and out of service, do not disturb, forwarding.

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::{Switchboard, text};
use crate::telephony::{DeviceChange, DeviceId, Event, Time};

/// Extensions remembered at most.
const DEVICES_MAX: usize = 200_000;

impl Switchboard {
    pub(super) fn device_state(&mut self, message: &Message, at: Time) {
        if let (Some(device), Some(state)) = (text(message, "Device"), text(message, "State")) {
            self.device_is(device, state, at);
        }
    }

    pub(super) fn device_is(&mut self, device: &str, state: &str, at: Time) {
        let Some((technology, endpoint)) = device.split_once('/') else {
            self.custom_state(device, state, at);
            return;
        };
        if matches!(technology, "Local" | "Queue" | "Agent") {
            return;
        }
        let Some(extension) = self.naming.extension_of(endpoint, None).map(DeviceId::new) else { return };
        self.is_device(extension.as_str());
        if state == "UNAVAILABLE" || state == "INVALID" {
            if self.out_of_service.len() < DEVICES_MAX && self.out_of_service.insert(extension.clone()) {
                self.emit(at, Event::Device(DeviceChange::OutOfService(extension)));
            }
        } else if self.out_of_service.remove(&extension) {
            self.emit(at, Event::Device(DeviceChange::InService(extension)));
        }
    }

    /// PBXs built on Asterisk tell features by custom device states: `Custom:DND1001`, `Custom:CF1001`.
    fn custom_state(&mut self, device: &str, state: &str, at: Time) {
        let Some(feature) = device.strip_prefix("Custom:") else { return };
        let on = matches!(state, "INUSE" | "BUSY" | "RINGING" | "ONHOLD");
        let change = if let Some(extension) = feature.strip_prefix("DND").filter(|e| self.naming.is_extension(e)) {
            DeviceChange::DoNotDisturb(DeviceId::new(extension), on)
        } else if let Some(extension) = feature.strip_prefix("CF").filter(|e| self.naming.is_extension(e)) {
            DeviceChange::Forwarding(DeviceId::new(extension), on, None)
        } else {
            return;
        };
        self.emit(at, Event::Device(change));
    }

    /// Remembers that a number is a device's.
    pub(super) fn is_device(&mut self, extension: &str) {
        if !self.known_devices.contains(extension) && self.known_devices.len() < DEVICES_MAX {
            self.known_devices.insert(SmolStr::new(extension));
        }
    }
}
