//! What lines that offer a call to somebody have in common: who calls, who is called, which way it came.

use smol_str::SmolStr;
use strowger_protocol::oai::{Cause, Delivered, Established, Extension, PartyType, Queued, Text};

use super::device::Devices;
use crate::telephony::{DeviceId, Party};

/// One side of a call, as a line tells it.
#[derive(Clone, Default, Debug)]
pub(super) struct Side {
    /// The device; for a party outside its trunk.
    pub(super) device: Option<DeviceId>,
    pub(super) is_outside: bool,
    /// The number of a party outside.
    pub(super) number: Option<SmolStr>,
    pub(super) name: Option<SmolStr>,
}

impl Side {
    pub(super) fn new(
        devices: &Devices,
        device: Option<&Extension>,
        kind: Option<PartyType>,
        number: Option<&SmolStr>,
        name: Option<&Text>,
    ) -> Self {
        let device = devices.party_id(device);
        let listed = device.as_ref().and_then(|device| devices.kind(device));
        let is_outside = match kind {
            Some(kind) => kind == PartyType::External,
            None => number.is_some() || listed == Some(crate::telephony::DeviceKind::Trunk),
        };
        let shown = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(SmolStr::new);
        Self {
            device,
            is_outside,
            number: number.and_then(|number| shown(number)).filter(|_| is_outside),
            name: name.and_then(|name| shown(name)).filter(|_| is_outside),
        }
    }

    /// The device with what it presents. `device` is [`Self::device`].
    pub(super) fn party(&self, device: &DeviceId, devices: &Devices) -> Party {
        if self.is_outside { Devices::outside(device, self.number.as_ref(), self.name.as_ref()) } else { devices.inside(device) }
    }
}

/// Which way a call came to where it is.
#[derive(Clone, Default, Debug)]
pub(super) struct Path {
    /// What was called first.
    pub(super) original: Option<SmolStr>,
    /// Where a party outside called: DNIS or DDI digits.
    pub(super) trunk_number: Option<SmolStr>,
    /// Who sent it on last.
    pub(super) redirected_by: Option<DeviceId>,
    /// The hunt group that hands it out.
    pub(super) group: Option<DeviceId>,
    pub(super) cause: Option<Cause>,
}

/// A line that offers a call.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) caller: Side,
    pub(super) called: Side,
    pub(super) path: Path,
}

fn digits(text: Option<&SmolStr>) -> Option<SmolStr> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn original(device: Option<&Extension>) -> Option<SmolStr> {
    device.map(|device| device.number.clone()).filter(|number| !number.is_empty())
}

impl Offer {
    pub(super) fn delivered(de: &Delivered, devices: &Devices) -> Self {
        Self {
            caller: Side::new(devices, de.calling.as_ref(), de.calling_type, de.outside_number.as_ref(), de.outside_name.as_ref()),
            called: Side::new(devices, de.alerting.as_ref(), de.alerting_type, de.alerting_outside_number.as_ref(), None),
            path: Path {
                original: original(de.originally_called.as_ref()),
                trunk_number: digits(de.trunk_outside_number.as_ref()),
                redirected_by: devices.party_id(de.last_redirection.as_ref()),
                group: devices.party_id(de.group.as_ref()),
                cause: de.cause,
            },
        }
    }

    pub(super) fn established(es: &Established, devices: &Devices) -> Self {
        Self {
            caller: Side::new(devices, es.calling.as_ref(), es.calling_type, es.outside_number.as_ref(), None),
            called: Side::new(devices, es.answering.as_ref(), es.answering_type, es.answering_outside_number.as_ref(), None),
            path: Path {
                original: original(es.originally_called.as_ref()),
                trunk_number: digits(es.trunk_outside_number.as_ref()),
                redirected_by: devices.party_id(es.last_redirection.as_ref()),
                group: None,
                cause: es.cause,
            },
        }
    }

    pub(super) fn queued(qu: &Queued, devices: &Devices) -> Self {
        Self {
            caller: Side::new(devices, qu.calling.as_ref(), qu.calling_type, qu.outside_number.as_ref(), qu.outside_name.as_ref()),
            called: Side { device: devices.party_id(qu.queue.as_ref()), ..Side::default() },
            path: Path {
                original: original(qu.originally_called.as_ref()),
                trunk_number: digits(qu.trunk_outside_number.as_ref()),
                redirected_by: devices.party_id(qu.last_redirection.as_ref()),
                group: None,
                cause: qu.cause,
            },
        }
    }
}
