//! What only a gateway does: telling of itself, and data between applications and on calls (OAI reference §7.4).
//! The answers to `_UQA`, `_UQI`, `_UQS`, `_UQC` and `_UQV` are not published; their layouts are synthetic.

use bytes::Bytes;
use smol_str::{SmolStr, ToSmolStr};
use strowger_protocol::oai::{
    ApplicationData, AttachedData, Attachment, CallId, CommandBody, ConfirmationBody, Counted, EventBody, Field, Outcome, RetrievedData,
    Text,
};

use super::super::desk::{Attached, Desk};
use super::super::prepared;
use super::super::server::ConnectionId;
use super::{Context, DONE, Replied, call_id, done};
use crate::telephony::SwitchCallId;

/// The most data that one command carries, in bytes.
const DATA_MAX: usize = 256;
/// The longest tag, in characters.
const TAG_MAX: usize = 32;

impl Context<'_> {
    pub(super) fn gateway(&mut self, body: &CommandBody) -> Replied {
        let bare = |text: String| Field::Bare(text.into());
        match body {
            CommandBody::GatewayApplications {} => {
                let clients = self.desk.data_clients.iter();
                let mut fields = vec![bare(self.desk.data_clients.len().to_string())];
                fields.extend(clients.flat_map(|(id, name)| [bare(id.0.to_string()), Field::Text(name.clone())]));
                done(ConfirmationBody::Unknown(fields))
            }
            CommandBody::GatewayLinks {} => {
                let nodes = self.exchange.nodes();
                let mut fields = vec![bare(nodes.len().to_string())];
                fields.extend(nodes.iter().flat_map(|node| {
                    let is_up = !self.nodes_down.contains(&node.number);
                    [bare(node.number.to_string()), bare(u8::from(is_up).to_string())]
                }));
                done(ConfirmationBody::Unknown(fields))
            }
            CommandBody::GatewayVersion {} => done(ConfirmationBody::Unknown(vec![Field::Text(SmolStr::new(&self.profile.software))])),
            CommandBody::GatewayInformation { kind, item } | CommandBody::GatewayStatistics { kind, item } => {
                let echo = |text: &Option<SmolStr>| Field::Bare(text.clone().unwrap_or_default());
                done(ConfirmationBody::Unknown(vec![echo(kind), echo(item), bare("0".into())]))
            }
            CommandBody::RegisterData { on } => {
                if *on {
                    self.desk.data_clients.insert(self.id, self.connection.application.clone());
                } else {
                    self.desk.data_clients.remove(&self.id);
                }
                DONE
            }
            CommandBody::SendData { application, data } => self.send_data(*application, data),
            CommandBody::AttachData { call, tag, data } | CommandBody::ModifyData { call, tag, data } => {
                let is_new = matches!(body, CommandBody::AttachData { .. });
                self.attach(call, tag, data.as_ref(), is_new)
            }
            CommandBody::DeleteData { call, tag } => {
                let key = key(call, tag.as_ref())?;
                self.desk.attached.remove(&key).ok_or(Outcome::VALUE_OUT_OF_RANGE)?;
                done(ConfirmationBody::Attached(AttachedData { call: Some(call.clone()), tag: tag.clone(), date: None, time: None }))
            }
            CommandBody::QueryData { call, .. } => {
                let of = call_id(call);
                let attached = self.desk.attached.iter().filter(|((call, _), _)| *call == of);
                let attached = attached.map(|((_, tag), attached)| {
                    let (date, time) = self.stamp(attached);
                    Attachment { tag: Some(Text::new(tag)), date: Some(date), time: Some(time) }
                });
                done(ConfirmationBody::Attachments(attached.collect()))
            }
            CommandBody::RetrieveData { call, tag } => {
                let key = key(call, tag.as_ref())?;
                let attached = self.desk.attached.get(&key).ok_or(Outcome::VALUE_OUT_OF_RANGE)?;
                let (date, time) = self.stamp(attached);
                let place = AttachedData { call: Some(call.clone()), tag: tag.clone(), date: Some(date), time: Some(time) };
                done(ConfirmationBody::Retrieved(RetrievedData { place, data: Some(attached.data.clone()) }))
            }
            _ => Err(Outcome(self.profile.forms.unlisted)),
        }
    }

    fn stamp(&self, attached: &Attached) -> (SmolStr, SmolStr) {
        let at = self.profile.local(attached.at);
        (at.strftime("%m%d%y").to_smolstr(), at.strftime("%H:%M").to_smolstr())
    }

    fn attach(&mut self, call: &CallId, tag: &Text, data: Option<&Counted>, is_new: bool) -> Replied {
        let key = key(call, Some(tag))?;
        self.exchange.call(&key.0).ok_or(Outcome::INVALID_CALL_IDENTIFIER)?;
        if !is_new && !self.desk.attached.contains_key(&key) {
            return Err(Outcome::VALUE_OUT_OF_RANGE);
        }
        let data = data.map(|Counted(data)| data.clone()).unwrap_or_default();
        if data.len() > DATA_MAX {
            return Err(Outcome::INVALID_MESSAGE_LENGTH);
        }
        Desk::room(self.desk.attached.len())?;
        self.desk.attached.insert(key, Attached { data, at: self.at });
        done(ConfirmationBody::Attached(AttachedData { call: Some(call.clone()), tag: Some(tag.clone()), date: None, time: None }))
    }

    fn send_data(&mut self, application: u16, Counted(data): &Counted) -> Replied {
        let to = ConnectionId(application.into());
        if !self.desk.data_clients.contains_key(&to) {
            return Err(Outcome::INVALID_DESTINATION);
        }
        if data.is_empty() || data.len() > DATA_MAX {
            return Err(Outcome::INVALID_MESSAGE_LENGTH);
        }
        let body = EventBody::ApplicationData(ApplicationData {
            application: u16::try_from(self.id.0).ok(),
            name: Some(Text::new(&self.connection.application)),
            address: Some(SmolStr::new_static("192.0.2.2")),
            data: Bytes::clone(data),
        });
        let line = prepared::unmonitored(None, body, self.profile);
        self.sent.push((to, line));
        DONE
    }
}

fn key(call: &CallId, tag: Option<&Text>) -> Result<(SwitchCallId, SmolStr), Outcome> {
    let tag = tag.filter(|tag| !tag.is_empty() && tag.chars().count() <= TAG_MAX).ok_or(Outcome::VALUE_OUT_OF_RANGE)?;
    Ok((call_id(call), SmolStr::new(tag.as_str())))
}
