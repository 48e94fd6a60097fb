//! Call control (CSTA reference §9). A positive answer says that it is accepted; the outcome is told by events.

use smol_str::SmolStr;
use strowger_protocol::csta::request::{JoinCalls, Request};
use strowger_protocol::csta::response::{CallConferenced, CallStarted, CallTransferred, ConferenceJoined, ConsultationStarted, Response};
use strowger_protocol::csta::word::ParticipationType;
use strowger_protocol::csta::{ConnectionId, DeviceId as Named, ErrorCode, Secret};

use super::{Answered, Context, invalid_device};
use crate::simulator::exchange::{Action, HoldKind, Purpose};
use crate::telephony::{DeviceId, SwitchCallId};

impl Context<'_> {
    pub(super) fn call_control(&mut self, request: &Request) -> Answered {
        let response = match request {
            Request::MakeCall(make) => {
                let device = self.device(&make.calling)?;
                let account = make.codes.account_code.as_ref().map(account);
                let action = Action::MakeCall { device: device.clone(), digits: make.called.number().into(), account };
                let connection = self.begun(action, &device)?;
                Response::MakeCall(Box::new(CallStarted { connection, ..CallStarted::default() }))
            }
            Request::AnswerCall(answer) => {
                let (device, call) = self.part(&answer.connection)?;
                self.act(Action::Answer { device, call: Some(call) })?;
                Response::AnswerCall(Box::default())
            }
            Request::ClearConnection(clear) => {
                let (device, call) = self.part(&clear.connection)?;
                self.act(Action::HangUp { device, call: Some(call) })?;
                Response::ClearConnection(Box::default())
            }
            Request::HoldCall(hold) => {
                let (device, call) = self.part(&hold.connection)?;
                self.act(Action::Hold { device, call: Some(call), kind: HoldKind::Individual })?;
                Response::HoldCall(Box::default())
            }
            Request::RetrieveCall(retrieve) => {
                let (device, call) = self.part(&retrieve.connection)?;
                self.act(Action::Retrieve { device, call: Some(call) })?;
                Response::RetrieveCall(Box::default())
            }
            Request::ConsultationCall(consult) => {
                let (device, call) = self.part(&consult.existing)?;
                let (digits, account) = (consult.consulted.number().into(), consult.codes.account_code.as_ref().map(account));
                let action = Action::Consult { device: device.clone(), call: Some(call), digits, purpose: Purpose::Transfer, account };
                let connection = self.begun(action, &device)?;
                Response::ConsultationCall(Box::new(ConsultationStarted { connection, ..ConsultationStarted::default() }))
            }
            Request::AlternateCall(alternate) => {
                let ((device, held), (_, active)) = (self.part(&alternate.held)?, self.part(&alternate.active)?);
                self.act(Action::Hold { device: device.clone(), call: Some(active), kind: HoldKind::Individual })?;
                self.act(Action::Retrieve { device, call: Some(held) })?;
                Response::AlternateCall(Box::default())
            }
            Request::ReconnectCall(reconnect) => {
                let ((device, held), (_, clear)) = (self.part(&reconnect.held)?, self.part(&reconnect.active)?);
                self.act(Action::Reconnect { device, clear, held })?;
                Response::ReconnectCall(Box::default())
            }
            Request::TransferCall(join) => {
                let (device, held, active) = self.both(join)?;
                let done = self.act(Action::Transfer { device: device.clone(), held: Some(held.clone()), consultation: Some(active) })?;
                let call = self.connection(&done.call.unwrap_or(held), &device);
                Response::TransferCall(Box::new(CallTransferred { call, ..CallTransferred::default() }))
            }
            Request::ConferenceCall(join) => {
                let (device, held, active) = self.both(join)?;
                let done = self.act(Action::Conference { device: device.clone(), calls: vec![held.clone(), active] })?;
                let call = self.connection(&done.call.unwrap_or(held), &device);
                Response::ConferenceCall(Box::new(CallConferenced { call, ..CallConferenced::default() }))
            }
            Request::SingleStepTransferCall(transfer) => {
                let (device, call) = self.part(&transfer.active)?;
                let digits = transfer.to.number().into();
                let done = self.act(Action::TransferOneStep { device: device.clone(), call: Some(call.clone()), digits })?;
                let call = self.connection(&done.call.unwrap_or(call), &device);
                Response::SingleStepTransferCall(Box::new(CallTransferred { call, ..CallTransferred::default() }))
            }
            Request::SingleStepConferenceCall(join) if join.participation == Some(ParticipationType::Silent) => {
                let (target, call) = self.part(&join.active)?;
                let device = self.device(&join.joining)?;
                self.act(Action::SilentMonitor { device: device.clone(), target })?;
                let call = self.connection(&call, &device);
                Response::SingleStepConferenceCall(Box::new(ConferenceJoined { call, ..ConferenceJoined::default() }))
            }
            Request::DeflectCall(deflect) => {
                let (device, call) = self.part(&deflect.connection)?;
                let to = deflect.destination.devices.first().map(Named::number).ok_or_else(invalid_device)?;
                self.act(Action::Deflect { device, call: Some(call), digits: to.into() })?;
                Response::DeflectCall(Box::default())
            }
            Request::DirectedPickupCall(pickup) => {
                let (from, call) = self.part(&pickup.connection)?;
                let device = self.device(&pickup.requesting)?;
                self.act(Action::Pickup { device, from, call: Some(call) })?;
                Response::DirectedPickupCall(Box::default())
            }
            Request::AssociateData(data) => {
                let (device, call) = self.part(&data.existing)?;
                let code = data.codes.account_code.as_ref().map(account).ok_or_else(ErrorCode::not_supported)?;
                self.act(Action::SetAccount { device, call: Some(call), code })?;
                Response::AssociateData(Box::default())
            }
            _ => return Err(ErrorCode::not_supported()),
        };
        Ok(Some(response))
    }

    /// The device's part in the call that the action begins. One that was over at once has no number left.
    fn begun(&mut self, action: Action, device: &DeviceId) -> Result<ConnectionId, ErrorCode> {
        let done = self.act(action)?;
        let call = done.call.ok_or_else(|| ErrorCode::Operation(SmolStr::new_static("generic")))?;
        Ok(self.connection(&call, device))
    }

    fn connection(&mut self, call: &SwitchCallId, device: &DeviceId) -> ConnectionId {
        let number = self.numbers.of(call);
        self.naming.connection(&number, device)
    }

    /// A device's two calls.
    fn both(&self, join: &JoinCalls) -> Result<(DeviceId, SwitchCallId, SwitchCallId), ErrorCode> {
        let ((device, held), (_, active)) = (self.part(&join.held)?, self.part(&join.active)?);
        Ok((device, held, active))
    }
}

/// Codes come as hexadecimal digits of their text.
fn account(code: &Secret) -> SmolStr {
    let digits = code.reveal();
    let octet = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let octets: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(octet).collect();
    octets.and_then(|octets| String::from_utf8(octets).ok()).map_or_else(|| SmolStr::new(digits), SmolStr::from)
}
