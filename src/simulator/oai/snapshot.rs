//! The present state as a resync tells it: events with the resync's code (OAI reference §3).

use strowger_protocol::oai::{self, EventBody, FeatureMask, FeatureNumber, FeatureReport, FeatureStatus};

use super::command::Context;
use super::monitor::Subject;
use super::naming::node_of;
use super::prepared::Prepared;
use super::view::{Teller, call_id, forward_feature, hold_cause, local_state};
use crate::simulator::exchange::{Call, Leg, LocalState, View};
use crate::telephony::DeviceId;

impl Context<'_> {
    /// The lines for every monitored station and hunt group (of that node), or for that one device.
    pub(super) fn snapshot(&self, code: u32, node: Option<u16>, only: Option<&DeviceId>) -> Vec<Vec<u8>> {
        let home = self.profile.home();
        let teller = self.teller();
        let mut lines = Vec::new();
        for (id, monitor) in self.connection.monitors.iter() {
            let Subject::Device(device) = &monitor.subject else { continue };
            let is_meant = match only {
                Some(only) => device == only,
                // Trunks are told when they are asked for by name.
                None => self.exchange.trunk(device).is_none() && node.is_none_or(|node| node == node_of(device, home)),
            };
            if !is_meant || !self.is_visible(device) {
                continue;
            }
            for body in teller.present(device) {
                let prepared = Prepared::new(body, self.profile);
                if monitor.masks.pass(prepared.code()) {
                    lines.push(prepared.line(Some(code), id, self.profile));
                }
            }
        }
        lines
    }
}

impl Teller<'_> {
    /// What there is to tell of a device.
    fn present(&self, device: &DeviceId) -> Vec<EventBody> {
        let mut bodies = Vec::new();
        for (call, leg) in self.exchange.legs_of(device) {
            self.present_call(call, leg, &mut bodies);
        }
        if let Some(station) = self.exchange.station(device) {
            if station.dnd.is_some() {
                bodies.push(self.do_not_disturb(device, station.dnd.as_ref()));
            }
            if station.forward.is_some() {
                bodies.push(self.forwarded(device, station.forward.as_ref()));
            }
            let mut mask = FeatureMask::default().with(FeatureNumber::DO_NOT_DISTURB, station.dnd.is_some());
            if let Some(forward) = &station.forward {
                mask = mask.with(forward_feature(forward.kind), true);
            }
            let status = FeatureReport::All(mask.with(FeatureNumber::HUNT_GROUP_REMOVE_REPLACE, station.takes_group_calls));
            bodies.push(EventBody::FeatureStatus(FeatureStatus { device: self.naming.extension(device), status }));
            if !station.is_online {
                bodies.push(self.online(device, false));
            }
        }
        bodies
    }

    fn present_call(&self, call: &Call, leg: &Leg, bodies: &mut Vec<EventBody>) {
        let (mut info, forms) = (call.info(), &self.profile.forms);
        // Who began the call may be gone: then another one stands on the calling side.
        let is_here = |device: &DeviceId| call.legs().iter().any(|leg| leg.device() == device);
        if !is_here(&info.calling.device)
            && let Some(other) = call.legs().iter().find(|other| other.state() == LocalState::Connected && other.device() != leg.device())
        {
            info.calling = other.side();
        }
        let view = View { device: leg.device().clone(), call: leg.call().clone(), state: leg.state() };
        let talks = |leg: &&Leg| matches!(leg.state(), LocalState::Connected | LocalState::Hold);
        match leg.state() {
            LocalState::Hold => bodies.push(self.holding(leg, &view)),
            LocalState::Connected if call.is_established() => {
                let answering = if *leg.device() == info.calling.device {
                    call.legs().iter().filter(talks).find(|other| other.device() != leg.device()).map(Leg::side)
                } else {
                    Some(leg.side())
                };
                if let Some(answering) = answering {
                    bodies.push(EventBody::Established(self.established(&info, &answering, &view, Some(oai::Cause::ANSWERED))));
                }
                bodies
                    .extend(call.legs().iter().filter(|other| other.state() == LocalState::Hold).map(|holder| self.holding(holder, &view)));
            }
            LocalState::Connected | LocalState::Alerting if forms.resync_tells_ringing => {
                for alerting in call.legs().iter().filter(|other| other.state() == LocalState::Alerting) {
                    if leg.state() == LocalState::Connected || alerting.device() == leg.device() {
                        let delivered = self.delivered(&info, &alerting.side(), &view, Some(oai::Cause::NEW_CALL));
                        bodies.push(EventBody::Delivered(delivered));
                    }
                }
                if let Some(group) = call.waits_at().filter(|_| {
                    leg.state() == LocalState::Connected && !call.legs().iter().any(|other| other.state() == LocalState::Alerting)
                }) {
                    bodies.push(self.waiting(call, group, &view));
                }
            }
            LocalState::Queued if forms.resync_tells_ringing => bodies.push(self.waiting(call, leg.device(), &view)),
            _ => {}
        }
    }

    fn holding(&self, holder: &Leg, view: &View) -> EventBody {
        EventBody::Held(oai::Held {
            call: call_id(&view.call),
            holding: Some(self.naming.extension(holder.device())),
            state: local_state(view.state),
            cause: holder.hold().map(hold_cause),
        })
    }

    fn waiting(&self, call: &Call, group: &DeviceId, view: &View) -> EventBody {
        let place = self.exchange.calls_at(group).position(|other| other.id() == call.id()).unwrap_or_default();
        let position = u32::try_from(place + 1).unwrap_or(u32::MAX);
        EventBody::Queued(self.queued(&call.info(), group, position, view, Some(oai::Cause::NO_AVAILABLE_AGENTS)))
    }
}
