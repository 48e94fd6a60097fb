//! Feature events (OAI reference §5.3).

use strowger_protocol::oai::{
    self, DeviceType, EventBody, FeatureNumber, FeatureReport, FeatureStatus, ForwardType, Forwarded, Online, PhysicalType, Text,
};

use super::super::device_type::{physical_type, station_type, trunk_type};
use super::super::text::dnd_message;
use super::{Copy, Teller, To};
use crate::simulator::exchange::{CallFact, CallFactKind, DeviceFact, DeviceFactKind, Dnd, Forward, ForwardKind};
use crate::telephony::{DeviceId, Time};

impl Teller<'_> {
    pub(super) fn feature(&self, fact: &DeviceFact) -> Vec<Copy> {
        let device = &fact.device;
        let bodies = match &fact.kind {
            DeviceFactKind::DoNotDisturb(dnd) => {
                vec![self.do_not_disturb(device, dnd.as_ref()), self.switched(device, FeatureNumber::DO_NOT_DISTURB, dnd.is_some())]
            }
            DeviceFactKind::Forwarding(forward) => {
                let feature = forward.as_ref().map_or(FeatureNumber::FORWARD_ALL, |forward| forward_feature(forward.kind));
                vec![self.forwarded(device, forward.as_ref()), self.switched(device, feature, forward.is_some())]
            }
            DeviceFactKind::Online(is_online) => vec![self.online(device, *is_online)],
            DeviceFactKind::HuntGroups(on) => vec![self.switched(device, FeatureNumber::HUNT_GROUP_REMOVE_REPLACE, *on)],
            // Whether and how the switching of DEE is told is not known (OAI reference §8.2, U7).
            DeviceFactKind::Dee(on) => {
                self.profile.forms.dee_feature.map(|number| self.switched(device, FeatureNumber(number), *on)).into_iter().collect()
            }
        };
        bodies.into_iter().map(|body| Copy { to: To::Device(device.clone()), body }).collect()
    }

    /// DND; without a message: off.
    pub(in super::super) fn do_not_disturb(&self, device: &DeviceId, dnd: Option<&Dnd>) -> EventBody {
        EventBody::DoNotDisturb(oai::DoNotDisturb {
            device: self.naming.extension(device),
            message: dnd.map(|dnd| Text::new(dnd_message(dnd.message))),
            text: dnd.map(|dnd| Text::new(&dnd.text)),
        })
    }

    /// FW; without a destination: off.
    pub(in super::super) fn forwarded(&self, device: &DeviceId, forward: Option<&Forward>) -> EventBody {
        let (destination, outside_number) = match forward {
            None => (None, None),
            Some(forward) => match self.exchange.destination(device, &forward.to) {
                Some(to) => (Some(self.naming.extension(&to)), None),
                None => (None, Some(forward.to.clone())),
            },
        };
        let kind = Some(forward.map_or(ForwardType::None, |forward| self.forward_type(forward.kind)));
        EventBody::Forwarded(Forwarded { device: self.naming.extension(device), destination, outside_number, kind })
    }

    /// The code of a kind of forwarding (OAI reference §6.9).
    pub(in super::super) fn forward_type(&self, kind: ForwardKind) -> ForwardType {
        match kind {
            ForwardKind::All => ForwardType::Immediate,
            ForwardKind::Busy => ForwardType::Busy,
            ForwardKind::NoAnswer => ForwardType::NoAnswer,
            ForwardKind::NoAnswerOrBusy => ForwardType::Other(self.profile.forms.forward_no_answer_or_busy.as_str().into()),
        }
    }

    /// OL of a station, hunt group or trunk.
    pub(in super::super) fn online(&self, device: &DeviceId, is_online: bool) -> EventBody {
        let (device_type, physical) = if let Some(station) = self.exchange.station(device) {
            (station_type(station.config.kind), physical_type(station.config.kind, is_online))
        } else if let Some(trunk) = self.exchange.trunk(device) {
            (trunk_type(trunk.config.kind), PhysicalType::UNKNOWN)
        } else {
            (DeviceType::HUNT_GROUP, PhysicalType::UNKNOWN)
        };
        EventBody::Online(Online {
            device: self.naming.extension(device),
            online: Some(is_online),
            device_type: Some(device_type),
            physical_type: Some(physical),
        })
    }

    fn switched(&self, device: &DeviceId, feature: FeatureNumber, on: bool) -> EventBody {
        let status = FeatureReport::Switched { feature: Some(feature), on: Some(on) };
        EventBody::FeatureStatus(FeatureStatus { device: self.naming.extension(device), status })
    }

    /// ET: a station that answers a trunk call is told how long that has been in the system.
    pub(super) fn elapsed(&self, fact: &CallFact, at: Time) -> Option<Copy> {
        let CallFactKind::Established { answering } = &fact.kind else { return None };
        if !fact.call.calling.is_outside || answering.is_outside || !self.profile.forms.elapsed_time {
            return None;
        }
        let began = self.exchange.call(&fact.call.id)?.legs().first()?.since();
        let view = fact.views.iter().find(|view| view.device == answering.device)?;
        let body = EventBody::ElapsedTime(oai::ElapsedTime {
            call: super::body::id(&view.call),
            device: Some(self.naming.extension(&answering.device)),
            seconds: u32::try_from(at.millis_since(began) / 1000).ok(),
        });
        Some(Copy { to: To::Device(answering.device.clone()), body })
    }
}

/// The feature that stands for a kind of forwarding (OAI reference §6.8).
pub(in super::super) fn forward_feature(kind: ForwardKind) -> FeatureNumber {
    match kind {
        ForwardKind::All => FeatureNumber::FORWARD_ALL,
        ForwardKind::Busy => FeatureNumber::FORWARD_BUSY,
        ForwardKind::NoAnswer => FeatureNumber::FORWARD_NO_ANSWER,
        ForwardKind::NoAnswerOrBusy => FeatureNumber::FORWARD_NO_ANSWER_OR_BUSY,
    }
}
