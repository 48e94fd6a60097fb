//! Agents, features and programming of stations (OAI reference §7.4).

use smol_str::SmolStr;
use strowger_protocol::oai::{
    AgentStateRequest, CommandBody, ConfirmationBody, EventBody, Extension, ForwardType, MessageWaiting, NodePassword, Outcome,
    PasswordVerified,
};

use super::super::desk::{Desk, Message};
use super::super::naming::Naming;
use super::super::view::{News, To};
use super::call::dnd;
use super::{Context, DONE, Replied, dialled, done};
use crate::simulator::exchange::{Action, Forward, ForwardKind};
use crate::telephony::{AgentId, DeviceId};

impl Context<'_> {
    pub(super) fn station(&mut self, body: &CommandBody) -> Replied {
        match body {
            CommandBody::SetAgentState { device, agent, state, group } => {
                self.set_agent_state(device, agent.as_ref(), *state, group.as_ref())
            }
            CommandBody::SetDnd { device, on, message, text } => {
                let device = self.device(device)?;
                let dnd = if *on { Some(dnd(*message, text.as_ref())?) } else { None };
                self.act(Action::SetDnd { device, dnd })?;
                DONE
            }
            CommandBody::SetForwarding { device, kind, destination, on } => {
                let device = self.device(device)?;
                let forward = match (forward_kind(kind, &self.profile.forms.forward_no_answer_or_busy), on) {
                    (_, Some(false)) | (Ok(None), _) => None,
                    (Ok(Some(kind)), _) => {
                        let to = dialled(destination.as_deref().ok_or(Outcome::INVALID_DESTINATION)?);
                        if to.is_empty() || to.len() > 24 {
                            return Err(Outcome::INVALID_DESTINATION);
                        }
                        Some(Forward { kind, to })
                    }
                    (Err(outcome), _) => return Err(outcome),
                };
                self.act(Action::SetForward { device, forward })?;
                DONE
            }
            CommandBody::SetMessageLamp { device, on, from, count, mailbox } => {
                let device = self.device(device)?;
                let from = from.as_ref().map(|from| self.device(from)).transpose()?.unwrap_or_else(|| device.clone());
                self.set_lamp(device, from, on.then(|| count.unwrap_or(1)), mailbox.clone())
            }
            CommandBody::SetVolume { device, change, .. } => {
                self.device(device)?;
                if *change > 2 { Err(Outcome::VALUE_OUT_OF_RANGE) } else { DONE }
            }
            CommandBody::StationPassword { device, old, new } => {
                let device = self.device(device)?;
                if !self.is_password(&device, old.as_deref().unwrap_or_default()) {
                    return Err(Outcome::INVALID_PASSWORD);
                }
                Desk::room(self.desk.passwords.len())?;
                self.desk.passwords.insert(device.clone(), SmolStr::new(new.as_deref().unwrap_or_default()));
                done(ConfirmationBody::Device(Some(self.named(&device))))
            }
            CommandBody::StationSpeedDial { device, bin, first, second, .. } => {
                let device = self.device(device)?;
                Desk::room(self.desk.bins.len())?;
                self.desk.bins.insert((device, *bin), (first.clone().unwrap_or_default(), second.clone().unwrap_or_default()));
                DONE
            }
            CommandBody::VerifyPassword { device, station, password } => {
                let correct = if *station {
                    let device = self.device(device.as_ref().ok_or(Outcome::INVALID_DEVICE_IDENTIFIER)?)?;
                    self.is_password(&device, password)
                } else {
                    **password == *self.profile.password
                };
                let nodes = if self.profile.is_gateway() && !station { self.nodes(device.as_ref()) } else { Vec::new() };
                let nodes = nodes.into_iter().map(|node| NodePassword { node, correct: Some(correct) }).collect();
                done(ConfirmationBody::Password(PasswordVerified { correct: Some(correct), nodes }))
            }
            _ => Err(Outcome(self.profile.forms.unlisted)),
        }
    }

    /// A station's password is its extension until it is changed.
    fn is_password(&self, device: &DeviceId, password: &str) -> bool {
        match self.desk.passwords.get(device) {
            Some(set) => set == password,
            None => Extension::from(device.as_str()).number == password,
        }
    }

    fn set_agent_state(
        &mut self,
        device: &Extension,
        agent: Option<&SmolStr>,
        state: AgentStateRequest,
        group: Option<&Extension>,
    ) -> Replied {
        let device = self.device(device)?;
        let group = group.map(|group| self.device(group)).transpose()?;
        let agent = agent.filter(|agent| !agent.is_empty() && *agent != device.as_str()).map(AgentId::new);
        let result = match state {
            AgentStateRequest::LOG_OUT => self.act(Action::LogOff { device, group }),
            AgentStateRequest::LOG_IN => {
                let has_group = group.is_some();
                let result = self.act(Action::LogOn { device, agent, group });
                // Without a group the PBX says yes at once, whether it works or not.
                if has_group { result } else { Ok(result.unwrap_or_default()) }
            }
            AgentStateRequest::READY | AgentStateRequest::READY_4 => self.act(Action::SetReady { device, ready: true }),
            AgentStateRequest::NOT_READY | AgentStateRequest::NOT_READY_5 => self.act(Action::SetReady { device, ready: false }),
            _ => Err(Outcome::VALUE_OUT_OF_RANGE),
        };
        result?;
        DONE
    }

    fn set_lamp(&mut self, device: DeviceId, from: DeviceId, count: Option<u16>, mailbox: Option<SmolStr>) -> Replied {
        Desk::room(self.desk.messages.values().map(Vec::len).sum())?;
        let messages = self.desk.messages.entry(device.clone()).or_default();
        messages.retain(|message| message.from != from || message.mailbox != mailbox);
        if let Some(count) = count {
            messages.push(Message { from: from.clone(), mailbox: mailbox.clone(), count, at: self.at });
        }
        let body = {
            let device = device.clone();
            move |naming: Naming| {
                EventBody::MessageWaiting(MessageWaiting {
                    device: naming.extension(&device),
                    from: Some(naming.extension(&from)),
                    mailbox: mailbox.clone(),
                    count,
                    on: Some(count.is_some()),
                })
            }
        };
        self.news.push(News { to: To::Device(device), body: Box::new(body) });
        DONE
    }
}

fn forward_kind(kind: &ForwardType, both: &str) -> Result<Option<ForwardKind>, Outcome> {
    Ok(match kind {
        ForwardType::None => None,
        ForwardType::Immediate => Some(ForwardKind::All),
        ForwardType::Busy => Some(ForwardKind::Busy),
        ForwardType::NoAnswer => Some(ForwardKind::NoAnswer),
        ForwardType::Other(code) if code == both => Some(ForwardKind::NoAnswerOrBusy),
        ForwardType::Other(_) => return Err(Outcome::VALUE_OUT_OF_RANGE),
    })
}
