//! Devices: which are known, and what the others are.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use strowger_protocol::csta::word::{DeviceCategory, EventCause};
use strowger_protocol::csta::{ConnectionId, Device, DeviceId};

use crate::telephony::{Cause, DeviceKind, Party};

/// The devices of one PBX.
#[derive(Debug)]
pub(super) struct Devices {
    known: BTreeMap<SmolStr, DeviceKind>,
    internal_digits_max: usize,
    known_max: usize,
}

/// What a connection's device is named by: its number, or what stands there in its place.
pub(super) fn name(connection: &ConnectionId) -> Option<&str> {
    let device = connection.device.as_ref()?;
    Some(device.number()).filter(|number| !number.is_empty())
}

impl Devices {
    pub(super) fn new(internal_digits_max: usize, known_max: usize) -> Self {
        Self { known: BTreeMap::new(), internal_digits_max, known_max }
    }

    pub(super) fn learn(&mut self, number: &str, kind: DeviceKind) {
        if self.known.contains_key(number) || self.known.len() < self.known_max {
            self.known.insert(SmolStr::new(number), kind);
        }
    }

    pub(super) fn is_known(&self, number: &str) -> bool {
        self.known.contains_key(number)
    }

    pub(super) fn kind(&self, number: &str) -> DeviceKind {
        if let Some(kind) = self.known.get(number) {
            return *kind;
        }
        let is_long = number.len() > self.internal_digits_max && number.bytes().all(|byte| byte.is_ascii_digit());
        if number.starts_with('+') || is_long { DeviceKind::External } else { DeviceKind::Extension }
    }

    /// Who a number is, with the name beside it where it is outside.
    pub(super) fn party(&self, number: &str, id: Option<&DeviceId>) -> Party {
        let kind = self.kind(number);
        let is_outside = kind == DeviceKind::External;
        let name = id.and_then(|id| id.canonical().name.map(SmolStr::new)).filter(|_| is_outside);
        Party { device: number.into(), kind, number: Some(SmolStr::new(number)), name, trunk: None }
    }

    /// The party outside that a trunk leads to; its number may be withheld.
    pub(super) fn outside(number: Option<&str>, name: Option<&str>, trunk: Option<&str>) -> Option<Party> {
        let device = number.or(trunk)?;
        Some(Party {
            device: device.into(),
            kind: DeviceKind::External,
            number: number.map(SmolStr::new),
            name: name.map(SmolStr::new),
            trunk: trunk.map(SmolStr::new),
        })
    }
}

/// What a list says that a device is.
pub(super) fn kind_of(category: Option<&DeviceCategory>) -> DeviceKind {
    match category {
        Some(DeviceCategory::Acd | DeviceCategory::Group) => DeviceKind::HuntGroup,
        Some(DeviceCategory::NetworkInterface) => DeviceKind::Trunk,
        Some(DeviceCategory::Park) => DeviceKind::Park,
        Some(DeviceCategory::Conference) => DeviceKind::Conference,
        Some(DeviceCategory::VoiceUnit) => DeviceKind::VoiceMail,
        Some(
            DeviceCategory::GenericInteractiveVoice
            | DeviceCategory::ListenerInteractiveVoice
            | DeviceCategory::DtmfInteractiveVoice
            | DeviceCategory::PromptInteractiveVoice
            | DeviceCategory::PromptQueueInteractiveVoice
            | DeviceCategory::MessageInteractiveVoice
            | DeviceCategory::RouteingDevice,
        ) => DeviceKind::Ivr,
        _ => DeviceKind::Extension,
    }
}

/// The number that a wrapper tells.
pub(super) fn number(device: Option<&Device>) -> Option<&str> {
    device.and_then(Device::number)
}

pub(super) fn cause(cause: Option<&EventCause>) -> Cause {
    cause.map_or(Cause::UNKNOWN, |cause| Cause::other(cause.as_str()))
}
