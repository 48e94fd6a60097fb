//! What devices are set to: do not disturb, forwarding, in or out of service (DND, FW, FE, OL; OAI §5.3).

use std::collections::BTreeMap;

use strowger_protocol::oai::{EventBody, FeatureMask, FeatureNumber, FeatureReport, ForwardType};

use super::call::Out;
use super::device::Devices;
use crate::telephony::{DeviceChange, DeviceId, Event, Scope, Time};

/// Devices out of service that are remembered at most; further ones are not told to be back after a gap.
const OUT_OF_SERVICE_MAX: usize = 200_000;

/// The devices' state, as far as a resync says it by silence.
#[derive(Default, Debug)]
pub(super) struct Features {
    /// Devices out of service, with whether the resync under way said so.
    out_of_service: BTreeMap<DeviceId, bool>,
}

impl Features {
    /// Takes an event about a device; others change nothing.
    pub(super) fn take(&mut self, at: Time, body: &EventBody, devices: &Devices, out: &mut Out) {
        match body {
            EventBody::DoNotDisturb(dnd) => {
                let is_on = dnd.message.as_ref().is_some_and(|message| !message.is_empty());
                out.tell(at, Event::Device(DeviceChange::DoNotDisturb(devices.id(&dnd.device), is_on)));
            }
            EventBody::Forwarded(fw) => {
                let number = fw.outside_number.clone().filter(|number| !number.is_empty());
                let to = number.or_else(|| fw.destination.as_ref().map(|to| to.number.clone()).filter(|to| !to.is_empty()));
                let is_on = fw.kind.as_ref().map_or(to.is_some(), |kind| *kind != ForwardType::None);
                out.tell(at, Event::Device(DeviceChange::Forwarding(devices.id(&fw.device), is_on, to.filter(|_| is_on))));
            }
            EventBody::FeatureStatus(fe) => {
                let device = devices.id(&fe.device);
                match &fe.status {
                    FeatureReport::Switched { feature: Some(FeatureNumber::DO_NOT_DISTURB), on: Some(is_on) } => {
                        out.tell(at, Event::Device(DeviceChange::DoNotDisturb(device, *is_on)));
                    }
                    FeatureReport::Switched { .. } => {}
                    FeatureReport::All(mask) => all_features(at, device, *mask, out),
                }
            }
            EventBody::Online(ol) => {
                let device = devices.id(&ol.device);
                match ol.online {
                    Some(true) => {
                        self.out_of_service.remove(&device);
                        out.tell(at, Event::Device(DeviceChange::InService(device)));
                    }
                    Some(false) => {
                        if self.out_of_service.len() < OUT_OF_SERVICE_MAX || self.out_of_service.contains_key(&device) {
                            self.out_of_service.insert(device.clone(), true);
                        }
                        out.tell(at, Event::Device(DeviceChange::OutOfService(device)));
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }

    pub(super) fn resync_began(&mut self) {
        self.out_of_service.values_mut().for_each(|is_confirmed| *is_confirmed = false);
    }

    /// A resync tells only what is offline.
    pub(super) fn resync_ended(&mut self, at: Time, scope: &Scope, out: &mut Out) {
        self.out_of_service.retain(|device, is_confirmed| {
            let is_back = !*is_confirmed && scope.covers(device.as_str(), None);
            if is_back {
                out.tell(at, Event::Device(DeviceChange::InService(device.clone())));
            }
            !is_back
        });
    }
}

/// What is off is told by nothing but the mask; where a device forwards to is told by a line of its own.
fn all_features(at: Time, device: DeviceId, mask: FeatureMask, out: &mut Out) {
    const FORWARDS: [FeatureNumber; 4] = [
        FeatureNumber::FORWARD_ALL,
        FeatureNumber::FORWARD_BUSY,
        FeatureNumber::FORWARD_NO_ANSWER,
        FeatureNumber::FORWARD_NO_ANSWER_OR_BUSY,
    ];
    if let Some(is_on) = mask.get(FeatureNumber::DO_NOT_DISTURB) {
        out.tell(at, Event::Device(DeviceChange::DoNotDisturb(device.clone(), is_on)));
    }
    if FORWARDS.iter().all(|forward| mask.get(*forward) == Some(false)) {
        out.tell(at, Event::Device(DeviceChange::Forwarding(device, false, None)));
    }
}
