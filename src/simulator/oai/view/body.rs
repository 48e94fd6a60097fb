//! The bodies of call events, from what the exchange says of a call, and the words that they are made of.

use smol_str::SmolStr;
use strowger_protocol::oai::{self, CallId, Extension, PartyType, Text};

use super::Teller;
use crate::simulator::exchange::{CallInfo, LocalState, Side, View};
use crate::telephony::{DeviceId, SwitchCallId};

/// What of the caller stands in DE, QU, TR and others alike.
pub(super) struct Presented {
    pub(super) calling: Option<Extension>,
    pub(super) kind: Option<PartyType>,
    pub(super) outside_name: Option<Text>,
    pub(super) outside_number: Option<SmolStr>,
    pub(super) trunk_name: Option<Text>,
    pub(super) trunk_number: Option<SmolStr>,
    pub(super) originally_called: Option<Extension>,
    pub(super) last_redirection: Option<Extension>,
}

impl Teller<'_> {
    pub(in super::super) fn delivered(&self, call: &CallInfo, alerting: &Side, view: &View, cause: Option<oai::Cause>) -> oai::Delivered {
        let presented = self.presented(call);
        oai::Delivered {
            call: id(&view.call),
            alerting: self.named(&alerting.device),
            alerting_outside_number: alerting.number.clone().filter(|_| alerting.is_outside),
            alerting_type: Some(party_type(alerting)),
            calling: presented.calling,
            outside_name: presented.outside_name,
            outside_number: presented.outside_number,
            trunk_name: presented.trunk_name,
            trunk_outside_number: presented.trunk_number,
            calling_type: presented.kind,
            originally_called: presented.originally_called,
            last_redirection: presented.last_redirection,
            account: call.account.clone(),
            state: state(view.state),
            cause,
            group: call.group.as_ref().and_then(|group| self.named(group)),
        }
    }

    pub(in super::super) fn established(
        &self,
        call: &CallInfo,
        answering: &Side,
        view: &View,
        cause: Option<oai::Cause>,
    ) -> oai::Established {
        let presented = self.presented(call);
        oai::Established {
            call: id(&view.call),
            answering: self.named(&answering.device),
            answering_outside_number: answering.number.clone().filter(|_| answering.is_outside),
            answering_type: Some(party_type(answering)),
            calling: presented.calling,
            outside_number: presented.outside_number,
            trunk_outside_number: presented.trunk_number,
            calling_type: presented.kind,
            originally_called: presented.originally_called,
            last_redirection: presented.last_redirection,
            state: state(view.state),
            cause,
        }
    }

    pub(in super::super) fn queued(
        &self,
        call: &CallInfo,
        group: &DeviceId,
        position: u32,
        view: &View,
        cause: Option<oai::Cause>,
    ) -> oai::Queued {
        let presented = self.presented(call);
        oai::Queued {
            call: id(&view.call),
            queue: self.named(group),
            between: Vec::new(),
            calling: presented.calling,
            outside_name: presented.outside_name,
            outside_number: presented.outside_number,
            trunk_name: presented.trunk_name,
            trunk_outside_number: presented.trunk_number,
            calling_type: presented.kind,
            originally_called: presented.originally_called,
            last_redirection: presented.last_redirection,
            position: Some(u16::try_from(position).unwrap_or(u16::MAX)),
            account: call.account.clone(),
            state: state(view.state),
            cause,
        }
    }

    pub(super) fn presented(&self, call: &CallInfo) -> Presented {
        let outside = call.calling.is_outside;
        Presented {
            calling: self.named(&call.calling.device),
            kind: Some(party_type(&call.calling)),
            outside_name: call.outside_name.as_deref().filter(|_| outside).map(Text::new),
            outside_number: call.calling.number.clone().filter(|_| outside),
            trunk_name: call.trunk_name.as_deref().filter(|_| outside).map(Text::new),
            trunk_number: call.trunk_number.clone().filter(|_| outside),
            originally_called: call.originally_called.as_deref().map(|called| self.naming.loose(called)),
            last_redirection: call.last_redirection.as_ref().and_then(|device| self.named(device)),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "fields of events are optional")]
    pub(super) fn named(&self, device: &DeviceId) -> Option<Extension> {
        Some(self.naming.extension(device))
    }
}

/// A call's number on the wire.
pub(in super::super) fn id(call: &SwitchCallId) -> CallId {
    CallId::new(call.as_str())
}

/// A local state on the wire.
#[expect(clippy::unnecessary_wraps, reason = "fields of events are optional")]
pub(in super::super) fn state(state: LocalState) -> Option<oai::LocalState> {
    Some(match state {
        LocalState::None => oai::LocalState::Null,
        LocalState::Initiated => oai::LocalState::Initiated,
        LocalState::Alerting => oai::LocalState::Alerting,
        LocalState::Connected => oai::LocalState::Connected,
        LocalState::Hold => oai::LocalState::Hold,
        LocalState::Failed => oai::LocalState::Failed,
        LocalState::Queued => oai::LocalState::Queued,
    })
}

/// Inside or outside.
pub(super) fn party_type(side: &Side) -> PartyType {
    if side.is_outside { PartyType::External } else { PartyType::Internal }
}
