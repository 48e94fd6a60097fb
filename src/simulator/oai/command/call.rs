//! Call control (OAI reference §7.1, §7.4).

use smol_str::SmolStr;
use strowger_protocol::oai::{
    CallId, CommandBody, ConferenceMember, ConferenceResult, ConfirmationBody, DestinationKind, DeviceAndCall, EventBody, Extension,
    Outcome, Text, TransferResult,
};

use super::super::desk::Desk;
use super::super::naming::Naming;
use super::super::view::{News, To, call_id as told};
use super::{Context, DONE, Replied, call_id, dialled, done};
use crate::simulator::exchange::{Action, DeeMember, Dnd, Done, HoldKind, LocalState, Purpose, Side, StationKind};
use crate::telephony::{DeviceId, SwitchCallId};

impl Context<'_> {
    pub(super) fn call_control(&mut self, body: &CommandBody) -> Replied {
        match body {
            CommandBody::MakeCall { device, digits, account, from, .. } => self.make_call(device, digits, account.clone(), *from),
            CommandBody::ClearCall { device, call } => {
                let device = self.device(device)?;
                self.act(Action::ClearCall { device, call: call_id(call) }).map_err(|outcome| match outcome {
                    Outcome::NO_CONNECTION_TO_CLEAR => Outcome::NO_CALL_TO_CLEAR,
                    other => other,
                })?;
                DONE
            }
            CommandBody::ClearConnection { device, call, .. } => {
                let device = self.device(device)?;
                self.simple(Action::HangUp { device, call: Some(call_id(call)) })
            }
            CommandBody::Hold { device, call, system, leave_at_dial_tone, .. } => {
                let device = self.device(device)?;
                // An internal call is always held individually (OAI reference §7.1).
                let is_outside = self.exchange.call(&call_id(call)).is_some_and(|call| call.legs().iter().any(|leg| leg.side().is_outside));
                let kind = if *system == Some(true) && is_outside { HoldKind::System } else { HoldKind::Individual };
                self.act(Action::Hold { device: device.clone(), call: Some(call_id(call)), kind })?;
                // Dial tone follows by default at a real telephone; here only where it is asked for, so that the next command finds it on hook.
                if *leave_at_dial_tone == Some(true) {
                    self.act(Action::OffHook { device })?;
                }
                DONE
            }
            CommandBody::Retrieve { device, call } => {
                let device = self.device(device)?;
                self.simple(Action::Retrieve { device, call: Some(call_id(call)) })
            }
            CommandBody::Reconnect { device, clear, held } => {
                let device = self.device(device)?;
                self.simple(Action::Reconnect { device, clear: call_id(clear), held: call_id(held) })
            }
            CommandBody::Answer { device, call } => {
                let device = self.device(device)?;
                self.simple(Action::Answer { device, call: Some(call_id(call)) })
            }
            CommandBody::Pickup { device, call, current } => {
                let (device, call) = (self.device(device)?, call_id(call));
                let from = match current {
                    Some(current) => self.device(current)?,
                    None => self.ringing(&call)?,
                };
                self.simple(Action::Pickup { device, from, call: Some(call) })
            }
            CommandBody::Deflect { device, call, destination, .. } | CommandBody::MoveCall { device, call, destination, .. } => {
                let device = self.device(device)?;
                self.simple(Action::Deflect { device, call: Some(call_id(call)), digits: dialled(destination) })
            }
            CommandBody::DivertToDnd { device, call, message, text } => {
                let (device, call) = (self.device(device)?, call_id(call));
                if self.exchange.call(&call).is_some_and(|call| call.info().calling.is_outside) {
                    return Err(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT);
                }
                let message = dnd(*message, text.as_ref())?;
                self.simple(Action::Reject { device, call: Some(call), message })
            }
            CommandBody::Consultation { device, call, destination, account, .. } => {
                let device = self.device(device)?;
                let consult = Action::Consult {
                    device: device.clone(),
                    call: Some(call_id(call)),
                    digits: dialled(destination),
                    purpose: Purpose::Transfer,
                    account: account.clone(),
                };
                let made = self.act(consult)?.call.ok_or(Outcome::GENERIC_UNSPECIFIED)?;
                done(ConfirmationBody::Call(DeviceAndCall::device_first(&self.named(&device), &told(&made))))
            }
            CommandBody::Transfer { device, held, announcement, .. } => {
                let device = self.device(device)?;
                let (held, announcement) = (call_id(held), call_id(announcement));
                let done = self.act(Action::Transfer { device, held: Some(held.clone()), consultation: Some(announcement) })?;
                self.transferred(&held, &done)
            }
            CommandBody::TransferOneStep { device, call, destination, .. } => {
                let (device, call) = (self.device(device)?, call_id(call));
                let done = self.act(Action::TransferOneStep { device, call: Some(call.clone()), digits: dialled(destination) })?;
                self.transferred(&call, &done)
            }
            CommandBody::Conference { device, held, active } => self.conference(device, vec![call_id(held), call_id(active)]),
            CommandBody::ConferenceMany { device, calls } if calls.len() > 3 => {
                self.device(device)?;
                Err(Outcome::CONFERENCE_MEMBER_LIMIT)
            }
            CommandBody::ConferenceMany { device, calls } => self.conference(device, calls.iter().map(call_id).collect()),
            CommandBody::ModifyCall { device, call, name, number, trunk_name, trunk_number, account } => {
                let (device, call) = (self.device(device)?, call_id(call));
                let text = |text: &Option<Text>| text.clone().map(Text::into_inner);
                self.act(Action::Modify {
                    device: device.clone(),
                    call: call.clone(),
                    name: text(name),
                    number: number.clone(),
                    trunk_name: text(trunk_name),
                    trunk_number: trunk_number.clone(),
                })?;
                if let Some(code) = account.clone() {
                    self.act(Action::SetAccount { device, call: Some(call), code })?;
                }
                DONE
            }
            CommandBody::HuntGroupMerge { group, call, .. } => {
                let group = self.device(group)?;
                self.exchange.hunt_group(&group).ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)?;
                self.part(&group, call)?;
                DONE
            }
            CommandBody::ChangeTimer { trunk, call, minutes, .. } => {
                let trunk = self.device(trunk)?;
                self.part(&trunk, call)?;
                if *minutes == 0 { Err(Outcome::VALUE_OUT_OF_RANGE) } else { DONE }
            }
            CommandBody::ControlCallTimers { device, call, .. } => {
                let device = self.device(device)?;
                self.part(&device, call)?;
                done(ConfirmationBody::Call(DeviceAndCall::device_first(&self.named(&device), call)))
            }
            CommandBody::RequestCallback { device, call } => self.request_callback(device, call),
            CommandBody::CancelCallback { device, target } => {
                let (device, target) = (self.device(device)?, self.device(target)?);
                if !self.desk.callbacks.remove(&(device.clone(), target.clone())) {
                    return Err(Outcome::INVALID_OBJECT_STATE);
                }
                self.callback(device, target, false);
                DONE
            }
            _ => Err(Outcome(self.profile.forms.unlisted)),
        }
    }

    fn simple(&mut self, action: Action) -> Replied {
        self.act(action)?;
        DONE
    }

    fn make_call(&mut self, device: &Extension, digits: &str, account: Option<SmolStr>, from: Option<DestinationKind>) -> Replied {
        let main = self.device(device)?;
        let device = self.calling_device(&main, from)?;
        let made = self.act(Action::MakeCall { device: device.clone(), digits: dialled(digits), account })?;
        let call = made.call.ok_or(Outcome::GENERIC_UNSPECIFIED)?;
        done(ConfirmationBody::Call(DeviceAndCall::call_first(&told(&call), &self.named(&device))))
    }

    /// The user's device of that kind (OAI reference §8.1, S9). Outside destinations (OfficeLink) are not modelled.
    fn calling_device(&self, main: &DeviceId, kind: Option<DestinationKind>) -> Result<DeviceId, Outcome> {
        let kind = kind.unwrap_or(DestinationKind::DESK);
        if kind == DestinationKind::DESK {
            return Ok(main.clone());
        }
        let wants_softphone = matches!(kind, DestinationKind::SOFTPHONE | DestinationKind::SOFTPHONE_2);
        let members = self.exchange.dee().filter(|(of, _)| *of == main).flat_map(|(_, dee)| &dee.members);
        let mut stations = members.filter_map(|member| match member {
            DeeMember::Station(station) => Some(station),
            DeeMember::Outside(_) => None,
        });
        let fits = |station: &&DeviceId| {
            self.exchange.station(station).is_some_and(|it| (it.config.kind == StationKind::Softphone) == wants_softphone)
        };
        if kind.0 >= DestinationKind::MOBILE.0 {
            return Err(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT);
        }
        stations.find(fits).cloned().ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)
    }

    /// Where that call rings.
    fn ringing(&self, call: &SwitchCallId) -> Result<DeviceId, Outcome> {
        let call = self.exchange.call(call).ok_or(Outcome::INVALID_CALL_IDENTIFIER)?;
        let leg = call.legs().iter().find(|leg| leg.state() == LocalState::Alerting).ok_or(Outcome::NO_CALL_TO_ANSWER)?;
        Ok(leg.device().clone())
    }

    /// Refused unless the device has a part in that call.
    fn part(&self, device: &DeviceId, call: &CallId) -> Result<(), Outcome> {
        let call = call_id(call);
        let has_part = self.exchange.legs_of(device).any(|(_, leg)| *leg.call() == call);
        if has_part { Ok(()) } else { Err(Outcome::INVALID_CALL_IDENTIFIER) }
    }

    fn transferred(&self, before: &SwitchCallId, result: &Done) -> Replied {
        let call = result.call.clone().unwrap_or_else(|| before.clone());
        let info = self.exchange.call(&call).map(crate::simulator::exchange::Call::info);
        let outside = info.filter(|info| info.calling.is_outside);
        let side = |side: &Side| {
            if side.is_outside { side.number.as_deref().map(Extension::new) } else { Some(self.named(&side.device)) }
        };
        done(ConfirmationBody::Transfer(TransferResult {
            call: told(&call),
            destination: result.destination.as_ref().and_then(side),
            transferred: result.transferred.as_ref().map(|side| self.named(&side.device)),
            outside_name: outside.as_ref().and_then(|info| info.outside_name.as_deref()).map(Text::new),
            outside_number: outside.as_ref().and_then(|info| info.calling.number.clone()),
            trunk_name: outside.as_ref().and_then(|info| info.trunk_name.as_deref()).map(Text::new),
            trunk_outside_number: outside.as_ref().and_then(|info| info.trunk_number.clone()),
        }))
    }

    fn conference(&mut self, device: &Extension, calls: Vec<SwitchCallId>) -> Replied {
        let device = self.device(device)?;
        let result = self.act(Action::Conference { device: device.clone(), calls })?;
        let members = result.parties.iter();
        let members = members.map(|(side, call)| ConferenceMember { device: Some(self.named(&side.device)), call: Some(told(call)) });
        done(ConfirmationBody::Conference(ConferenceResult {
            controller: Some(self.named(&device)),
            call: result.parties.first().map(|(_, call)| told(call)),
            members: members.collect(),
        }))
    }

    /// The wish is kept and told (CB); the PBX's own call when the target is free is not modelled.
    fn request_callback(&mut self, device: &Extension, call: &CallId) -> Replied {
        let (device, call) = (self.device(device)?, call_id(call));
        let failed = self.exchange.legs_of(&device).find(|(_, leg)| *leg.call() == call).ok_or(Outcome::INVALID_CALL_IDENTIFIER)?;
        if failed.0.failure().is_none() {
            return Err(Outcome::INVALID_OBJECT_STATE);
        }
        let target = failed.0.info().originally_called.ok_or(Outcome::INVALID_OBJECT_STATE)?;
        let target = self.device(&Extension::from(target.as_str()))?;
        Desk::room(self.desk.callbacks.len())?;
        self.act(Action::HangUp { device: device.clone(), call: Some(call) })?;
        self.desk.callbacks.insert((device.clone(), target.clone()));
        self.callback(device, target, true);
        DONE
    }

    fn callback(&mut self, device: DeviceId, target: DeviceId, on: bool) {
        let names = self.exchange.station(&target).map(|it| (Text::new(&it.config.name), Text::new(&it.config.description)));
        let (user, description) = names.unzip();
        let to = To::Device(device.clone());
        let body = move |naming: Naming| {
            EventBody::Callback(strowger_protocol::oai::Callback {
                on: Some(on),
                device: naming.extension(&device),
                target: Some(naming.extension(&target)),
                target_user: user.clone(),
                target_description: description.clone(),
                account: None,
                outside_number: None,
            })
        };
        self.news.push(News { to, body: Box::new(body) });
    }
}

/// A do-not-disturb message and what is added to it: 1 to 20, and at most 16 characters (OAI reference §1.4).
pub(super) fn dnd(message: Option<u8>, text: Option<&Text>) -> Result<Dnd, Outcome> {
    let message = message.unwrap_or(1);
    let text = text.map(|text| SmolStr::new(text.as_str())).unwrap_or_default();
    if !(1..=20).contains(&message) || text.chars().count() > 16 {
        return Err(Outcome::VALUE_OUT_OF_RANGE);
    }
    Ok(Dnd { message, text })
}
