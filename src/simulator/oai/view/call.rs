//! Call events (OAI reference §5.1), in the layouts of the field tables and the order of the flows (§10).

use std::borrow::Cow;

use strowger_protocol::oai::{self, EventBody, Text};

use super::super::form::DeeRing;
use super::body::{id, party_type, state};
use super::{Copy, Teller, To, number};
use crate::simulator::exchange::{CallFact, CallFactKind, CallInfo, Leaving, LocalState, Offer, Side, View};
use crate::telephony::{DeviceId, SwitchCallId, Time};

impl Teller<'_> {
    pub(super) fn call(&self, fact: &CallFact, cause: Option<u8>, at: Time) -> Vec<Copy> {
        let cause = Some(cause.map_or_else(|| number(fact.cause), oai::Cause));
        match &fact.kind {
            CallFactKind::ServiceInitiated { device } => self.each(fact, [Some(device)], |view| {
                EventBody::ServiceInitiated(oai::ServiceInitiated {
                    call: id(&view.call),
                    initiator: self.named(device),
                    state: state(view.state),
                    cause,
                    callback_target: None,
                })
            }),
            CallFactKind::Originated { dialled } => self.each(fact, [Some(&fact.call.calling.device)], |view| {
                let presented = self.presented(&fact.call);
                EventBody::Originated(oai::Originated {
                    call: id(&view.call),
                    calling: presented.calling,
                    outside_number: presented.outside_number,
                    calling_type: presented.kind,
                    dialled: dialled.as_deref().map(|dialled| self.naming.digits(dialled)),
                    account: fact.call.account.clone(),
                    state: state(view.state),
                    cause,
                })
            }),
            CallFactKind::NetworkReached { trunk, digits } => self.each(fact, [Some(&fact.call.calling.device), Some(trunk)], |view| {
                EventBody::NetworkReached(oai::NetworkReached {
                    call: id(&view.call),
                    trunk: self.named(trunk),
                    dialled: (view.device == *trunk).then(|| digits.clone()),
                    state: state(view.state),
                    cause,
                })
            }),
            CallFactKind::Delivered { alerting } => {
                let cause = if fact.call.group.is_some() && fact.cause == crate::simulator::exchange::Cause::NewCall {
                    Some(oai::Cause(self.profile.forms.queue_deliver_cause))
                } else {
                    cause
                };
                let order = [Some(&alerting.device), Some(&fact.call.calling.device)];
                let call = self.dee_shown(&fact.call, &alerting.device);
                let mut copies = self.each(fact, order, |view| EventBody::Delivered(self.delivered(&call, alerting, view, cause)));
                copies.extend(self.routers_copy(fact, &call, alerting, cause));
                copies
            }
            CallFactKind::Routed { answering } => self.each(fact, [Some(&answering.device), Some(&fact.call.calling.device)], |view| {
                EventBody::EstablishedRouting(self.established(&fact.call, answering, view, cause))
            }),
            CallFactKind::Established { answering } => {
                let caller = &fact.call.calling.device;
                let order =
                    if answering.is_outside { [Some(&answering.device), Some(caller)] } else { [Some(caller), Some(&answering.device)] };
                self.each(fact, order, |view| EventBody::Established(self.established(&fact.call, answering, view, cause)))
            }
            CallFactKind::Held { holder } => Self::last(fact, holder, |view| {
                EventBody::Held(oai::Held { call: id(&view.call), holding: self.named(holder), state: state(view.state), cause })
            }),
            CallFactKind::Retrieved { by, retrieved, .. } => Self::last(fact, by, |view| {
                let outside = retrieved.as_ref().filter(|side| side.is_outside);
                EventBody::Retrieved(oai::Retrieved {
                    call: id(&view.call),
                    retrieving: self.named(by),
                    state: state(view.state),
                    cause: Some(oai::Cause::ANSWERED),
                    retrieved: retrieved.as_ref().filter(|side| !side.is_outside).and_then(|side| self.named(&side.device)),
                    retrieved_outside_number: outside.and_then(|side| side.number.clone()),
                    retrieved_trunk: outside.and_then(|side| self.named(&side.device)),
                    retrieved_type: retrieved.as_ref().map(party_type),
                })
            }),
            CallFactKind::Queued { group, position } => self.each(fact, [Some(group), Some(&fact.call.calling.device)], |view| {
                EventBody::Queued(self.queued(&fact.call, group, *position, view, cause))
            }),
            CallFactKind::Diverted { from, to } => self.diverted(&self.also_seen(fact, from, LocalState::None), from, to, cause),
            CallFactKind::HandedOff { from, to } => self.diverted(fact, from, to, Some(oai::Cause::REDIRECTED)),
            CallFactKind::Transferred { .. } => self.transferred(fact),
            CallFactKind::Conferenced { controller, primary, secondary, parties } => self.each(fact, [Some(controller)], |view| {
                let is_controller = view.device == *controller;
                EventBody::Conferenced(oai::Conferenced {
                    subject: self.named(&view.device),
                    primary: Some(if is_controller { id(primary) } else { id(&view.call) }),
                    secondary: is_controller.then(|| id(secondary)),
                    controller: self.named(controller),
                    parties: parties
                        .iter()
                        .map(|(side, call)| oai::ConferenceParty { device: self.named(&side.device), call: Some(id(call)) })
                        .collect(),
                    state: state(view.state),
                    cause,
                })
            }),
            CallFactKind::ConnectionCleared { cleared, by, .. } => self.cleared(fact, cleared, by, cause),
            CallFactKind::CallCleared { into } => {
                let body = EventBody::CallCleared(oai::CallCleared {
                    call: id(&fact.call.id),
                    cause: if into.is_some() {
                        Some(oai::Cause(self.profile.forms.transfer_cleared_cause))
                    } else {
                        Some(oai::Cause::NORMAL_CLEAR)
                    },
                    transferred: into.as_ref().map(|(call, _)| id(call)),
                    destination: into.as_ref().and_then(|(_, device)| self.named(device)),
                });
                vec![Copy { to: To::CallOver(fact.call.id.clone()), body }]
            }
            CallFactKind::Failed { failed, called, is_numbered } => {
                self.each(&self.also_seen(fact, failed, LocalState::Failed), [Some(&failed.device)], |view| {
                    EventBody::Failed(oai::Failed {
                        call: is_numbered.then(|| id(&view.call)),
                        failed: self.named(&failed.device),
                        called: Some(self.naming.digits(called)),
                        state: state(view.state),
                        cause,
                    })
                })
            }
            CallFactKind::Information { device } => self.each(fact, [Some(device)], |view| {
                EventBody::CallInfo(oai::CallInfo {
                    call: id(&view.call),
                    device: self.named(device),
                    account: fact.call.account.clone(),
                    outside_name: fact.call.outside_name.as_deref().map(Text::new),
                    outside_number: fact.call.calling.number.clone(),
                })
            }),
        }
        .into_iter()
        .chain(self.elapsed(fact, at))
        .collect()
    }

    /// What the profile lets a DEE ring show of the Personal Router Device.
    fn dee_shown<'a>(&self, call: &'a CallInfo, alerting: &DeviceId) -> Cow<'a, CallInfo> {
        let forms = &self.profile.forms;
        let rings_along = || self.exchange.legs_of(alerting).any(|(_, leg)| *leg.call() == call.id && *leg.offer() == Offer::Dee);
        if forms.dee_ring == DeeRing::Plain || !rings_along() {
            return Cow::Borrowed(call);
        }
        let router = Some(DeviceId::new(&forms.personal_router));
        Cow::Owned(match forms.dee_ring {
            DeeRing::InGroup => CallInfo { group: router, ..call.clone() },
            DeeRing::Redirected if !self.exchange.dee().any(|(main, _)| main == alerting) => {
                CallInfo { last_redirection: router, ..call.clone() }
            }
            DeeRing::Plain | DeeRing::Redirected => call.clone(),
        })
    }

    /// The copy for the Personal Router Device's own monitor: like a hunt group that sees its members ring (OAI reference §8.1, S6).
    fn routers_copy(&self, fact: &CallFact, shown: &CallInfo, alerting: &Side, cause: Option<oai::Cause>) -> Option<Copy> {
        let router = DeviceId::new(&self.profile.forms.personal_router);
        if ![&shown.group, &shown.last_redirection].contains(&&Some(router.clone())) {
            return None;
        }
        let view = View { device: router.clone(), call: fact.call.id.clone(), state: LocalState::None };
        Some(Copy { to: To::Device(router), body: EventBody::Delivered(self.delivered(shown, alerting, &view, cause)) })
    }

    /// The fact with a view of that station, which has no part in the call: it forwards at once, or refuses the call.
    fn also_seen<'a>(&self, fact: &'a CallFact, side: &Side, state: LocalState) -> Cow<'a, CallFact> {
        if fact.views.iter().any(|view| view.device == side.device) || self.exchange.station(&side.device).is_none() {
            return Cow::Borrowed(fact);
        }
        let mut fact = fact.clone();
        fact.views.insert(0, View { device: side.device.clone(), call: fact.call.id.clone(), state });
        Cow::Owned(fact)
    }

    /// A copy for each view: the devices named come first in that order, then all others in theirs. The first copy also goes to who follows
    /// the call, under the call's own number.
    fn each<const N: usize>(&self, fact: &CallFact, first: [Option<&DeviceId>; N], body: impl Fn(&View) -> EventBody) -> Vec<Copy> {
        let place = |view: &&View| first.iter().position(|device| *device == Some(&view.device)).unwrap_or(N);
        let mut views: Vec<&View> = fact.views.iter().filter(|view| self.is_told(fact, &view.device)).collect();
        views.sort_by_key(place);
        Self::copies_of(fact, &views, body)
    }

    /// What becomes of its members is told to a hunt group only where the profile says so.
    fn is_told(&self, fact: &CallFact, device: &DeviceId) -> bool {
        let is_about_members = match &fact.kind {
            CallFactKind::Delivered { .. } => true,
            CallFactKind::ConnectionCleared { cleared, leaving, .. } => {
                cleared != device && matches!(leaving, Leaving::AnsweredElsewhere | Leaving::NotAnswered)
            }
            CallFactKind::Diverted { from, to } => from.device != *device && to.device != *device,
            _ => false,
        };
        !is_about_members || self.profile.forms.group_sees_members || self.exchange.hunt_group(device).is_none()
    }

    /// The same with one device last.
    fn last(fact: &CallFact, last: &DeviceId, body: impl Fn(&View) -> EventBody) -> Vec<Copy> {
        let mut views: Vec<&View> = fact.views.iter().collect();
        views.sort_by_key(|view| view.device == *last);
        Self::copies_of(fact, &views, body)
    }

    fn copies_of(fact: &CallFact, views: &[&View], body: impl Fn(&View) -> EventBody) -> Vec<Copy> {
        let mut copies: Vec<Copy> = views.iter().map(|view| Copy { to: To::Device(view.device.clone()), body: body(view) }).collect();
        let is_xc = matches!(fact.kind, CallFactKind::ConnectionCleared { .. });
        if !matches!(fact.kind, CallFactKind::ServiceInitiated { .. })
            && let Some(view) = views.first()
        {
            let to = if is_xc { To::Cleared(view.call.clone()) } else { To::Call(view.call.clone()) };
            copies.push(Copy { to, body: body(view) });
        }
        copies
    }

    fn diverted(&self, fact: &CallFact, from: &Side, to: &Side, cause: Option<oai::Cause>) -> Vec<Copy> {
        self.each(fact, [Some(&from.device), Some(&fact.call.calling.device), Some(&to.device)], |view| {
            EventBody::Diverted(oai::Diverted {
                call: id(&view.call),
                from: self.named(&from.device),
                to: self.named(&to.device),
                to_outside_number: to.number.clone().filter(|_| to.is_outside),
                state: state(view.state),
                cause,
            })
        })
    }

    /// TR to each, and XC for the connections of who handed over, which the exchange ends without a further word (OAI reference §10.4).
    fn transferred(&self, fact: &CallFact) -> Vec<Copy> {
        let CallFactKind::Transferred { by, transferred, primary, announcement, to, .. } = &fact.kind else {
            return Vec::new();
        };
        let presented = self.presented(&fact.call);
        let cause = Some(oai::Cause::TRANSFER);
        let own = announcement.as_ref().unwrap_or(primary);
        let tell = |view: &View, by_party: bool| {
            EventBody::Transferred(oai::Transferred {
                call: id(primary),
                transferring: self.named(by),
                transferred: self.named(&transferred.device),
                announcement: announcement.as_ref().filter(|_| !by_party).map(id),
                // Outside it is the trunk, as for DI (OAI reference §5.1).
                destination: self.named(&to.device),
                outside_name: presented.outside_name.clone(),
                outside_number: presented.outside_number.clone(),
                trunk_name: presented.trunk_name.clone(),
                trunk_outside_number: presented.trunk_number.clone(),
                state: state(view.state),
                cause,
            })
        };
        let gone = |call: &SwitchCallId, cleared: &DeviceId, state: Option<oai::LocalState>| {
            EventBody::ConnectionCleared(oai::ConnectionCleared {
                call: id(call),
                cleared: self.named(cleared),
                terminating: self.named(by),
                state,
                cause: Some(oai::Cause::NORMAL_CLEAR),
            })
        };
        let is_destination = |view: &&View| view.device == to.device && announcement.is_some();
        let mut copies = Vec::new();
        let to_device = |view: &View, body: EventBody| Copy { to: To::Device(view.device.clone()), body };
        let giver = fact.views.iter().find(|view| view.device == *by);
        let destination = fact.views.iter().find(is_destination);
        if let Some(giver) = giver {
            copies.push(to_device(giver, tell(giver, false)));
            copies.push(Copy { to: To::Call(primary.clone()), body: tell(giver, false) });
            if announcement.is_some() {
                copies.push(to_device(giver, gone(own, by, Some(oai::LocalState::Null))));
            }
        }
        for view in fact.views.iter().filter(|view| view.device != *by && !is_destination(view)) {
            copies.push(to_device(view, tell(view, true)));
        }
        if let Some(destination) = destination {
            copies.push(to_device(destination, tell(destination, false)));
            if destination.state == LocalState::Alerting {
                copies.push(to_device(destination, gone(own, by, None)));
            }
            copies.push(to_device(destination, gone(own, &to.device, Some(oai::LocalState::Null))));
        }
        if let Some(giver) = giver.filter(|_| announcement.is_none()) {
            copies.push(to_device(giver, gone(own, by, Some(oai::LocalState::Null))));
        }
        copies
    }

    fn cleared(&self, fact: &CallFact, cleared: &DeviceId, by: &DeviceId, cause: Option<oai::Cause>) -> Vec<Copy> {
        let own = fact.views.iter().find(|view| view.device == *cleared).map_or(&fact.call.id, |view| &view.call);
        self.each(fact, [Some(cleared)], |view| {
            let call = if self.profile.forms.conference_own_ids { &view.call } else { own };
            EventBody::ConnectionCleared(oai::ConnectionCleared {
                call: id(call),
                cleared: self.named(cleared),
                terminating: self.named(by),
                state: (view.device == *cleared).then_some(oai::LocalState::Null),
                cause,
            })
        })
    }
}
