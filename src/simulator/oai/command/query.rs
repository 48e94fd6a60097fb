//! Queries about one device (OAI reference §7.3).

use smol_str::{SmolStr, ToSmolStr};
use strowger_protocol::oai::{
    AgentMembership, AgentMode as Mode, Bin, CallState, CommandBody, ConfirmationBody, Country, DeviceDetail, DeviceInfo, DeviceType,
    Display, Extension, Field, ForwardType, Forwarding, HuntGroupMembers, HuntGroupTail, Member, NodeName, OtherCommand, Outcome,
    StationDetail, Text, WaitingMessage,
};

use super::super::device_type::{group_type, physical_type, station_type, trunk_type};
use super::super::view::{call_id, local_state};
use super::{Context, Replied, done};
use crate::simulator::exchange::{AgentMode, DeeMember, HuntGroupKind, LocalState, Login, StationKind};
use crate::telephony::{AgentId, DeviceId};

impl Context<'_> {
    pub(super) fn query(&self, body: &CommandBody) -> Replied {
        match body {
            CommandBody::QueryHuntGroup { group } => self.hunt_group(group),
            CommandBody::QueryAgent { device, agent, group } => self.agent(device, agent.as_ref(), group.as_ref()),
            CommandBody::Snapshot { device } => {
                let device = self.device(device)?;
                let calls = self.exchange.legs_of(&device);
                let calls = calls.map(|(_, leg)| CallState { call: Some(call_id(leg.call())), state: local_state(leg.state()) });
                done(ConfirmationBody::Snapshot(calls.collect()))
            }
            CommandBody::QueryDevice { device } => done(ConfirmationBody::DeviceInfo(self.device_info(device)?)),
            CommandBody::QueryForwarding { device } => {
                let device = self.device(device)?;
                let station = self.exchange.station(&device).ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)?;
                let kind = station.forward.as_ref().map_or(ForwardType::None, |forward| self.teller().forward_type(forward.kind));
                let destination = station.forward.as_ref().map(|forward| forward.to.clone());
                done(ConfirmationBody::Forwarding(Forwarding { kind: Some(kind), destination }))
            }
            CommandBody::QueryMessages { device } => {
                let device = self.device(device)?;
                let messages = self.desk.messages.get(&device).map_or(&[][..], Vec::as_slice).iter();
                let messages = messages.map(|message| WaitingMessage {
                    from: Some(self.named(&message.from)),
                    description: self.exchange.station(&message.from).map(|station| Text::new(&station.config.description)),
                    time: Some(self.profile.local(message.at).strftime("%H:%M").to_smolstr()),
                    date: Some(self.profile.local(message.at).strftime("%m%d%y").to_smolstr()),
                    mailbox: message.mailbox.clone(),
                    number: Some(message.count),
                });
                done(ConfirmationBody::Messages(messages.collect()))
            }
            CommandBody::QueryNode { device } => {
                let of = device.as_ref().filter(|device| !device.is_node()).map(|device| self.device(device)).transpose()?;
                let of = of.and_then(|device| self.exchange.place(&device).map(|place| place.node));
                let nodes = self.nodes(device.as_ref());
                let nodes = self.exchange.nodes().iter().filter(|node| of.map_or(nodes.contains(&node.number), |of| of == node.number));
                let names = nodes.map(|node| NodeName { node: node.number, description: Some(Text::new(&node.name)) });
                done(ConfirmationBody::NodeNames(names.collect()))
            }
            CommandBody::QueryNightMode { device } => {
                let node = device.as_ref().and_then(|device| device.node).unwrap_or(self.profile.home());
                done(ConfirmationBody::NightMode(Some(self.exchange.is_night(node))))
            }
            CommandBody::QueryCountry { .. } => done(ConfirmationBody::Country(Some(Country(self.profile.country)))),
            CommandBody::QueryDisplay { device } => {
                let device = self.device(device)?;
                self.exchange.station(&device).ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)?;
                let zero = || Some(SmolStr::new_static("0"));
                done(ConfirmationBody::Display(Display {
                    model: zero(),
                    language: zero(),
                    actual_language: zero(),
                    charsets: zero(),
                    timer: zero(),
                    scrolling: zero(),
                }))
            }
            _ => Err(Outcome(self.profile.forms.unlisted)),
        }
    }

    fn hunt_group(&self, named: &Extension) -> Replied {
        let forms = &self.profile.forms;
        let has_tail = self.profile.since(10, 0) && forms.hunt_group_tail;
        if !forms.personal_router.is_empty() && named.number == forms.personal_router.as_str() {
            // No members: that is how a Personal Router Device is known (OAI reference §8.1, S7).
            let tail =
                HuntGroupTail { initialising: Some(false), kind: Some(strowger_protocol::oai::HuntGroupType::PERSONAL_ROUTER_DEVICE) };
            let members = HuntGroupMembers { count: Some(0), members: Vec::new(), tail: has_tail.then_some(tail) };
            return done(ConfirmationBody::HuntGroup(members));
        }
        let device = self.device(named)?;
        let group = self.exchange.hunt_group(&device).ok_or(Outcome::INVALID_DESTINATION)?;
        let mut members = Vec::new();
        for member in &group.config.members {
            members.push(match group.config.kind {
                HuntGroupKind::Ucd => {
                    let place = DeviceId::new(member);
                    let is_busy = self.exchange.legs_of(&place).any(|(_, leg)| leg.state() != LocalState::Hold);
                    let mode = if is_busy { Mode::UCD_BUSY } else { Mode::UCD_READY };
                    Member { agent: Some(self.naming().digits(member)), device: Some(self.named(&place)), mode: Some(mode) }
                }
                HuntGroupKind::Acd => {
                    let place = DeviceId::new(member);
                    let login = self.exchange.login(&place).filter(|login| login.groups.contains(&device));
                    Member { agent: Some(self.naming().digits(member)), device: login.map(|_| self.named(&place)), mode: Some(mode(login)) }
                }
                HuntGroupKind::AcdWithAgents => {
                    let place = self.exchange.agent_place(&AgentId::new(member));
                    let place = place.filter(|place| self.exchange.login(place).is_some_and(|login| login.groups.contains(&device)));
                    let login = place.and_then(|place| self.exchange.login(place));
                    Member { agent: Some(member.clone()), device: place.map(|place| self.named(place)), mode: Some(mode(login)) }
                }
            });
        }
        let tail = HuntGroupTail { initialising: Some(false), kind: Some(group_type(group.config.kind)) };
        let count = u32::try_from(members.len()).ok();
        done(ConfirmationBody::HuntGroup(HuntGroupMembers { count, members, tail: has_tail.then_some(tail) }))
    }

    fn agent(&self, named: &Extension, agent: Option<&SmolStr>, group: Option<&Extension>) -> Replied {
        let device = self.device(named)?;
        self.exchange.station(&device).ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)?;
        let group = group.map(|group| self.device(group)).transpose()?;
        if group.as_ref().is_some_and(|group| self.exchange.hunt_group(group).is_none()) {
            return Err(Outcome::INVALID_DESTINATION);
        }
        let login = self.exchange.login(&device);
        let who = agent.cloned().or_else(|| login.and_then(|login| login.agent.as_ref()).map(|agent| SmolStr::new(agent.as_str())));
        let member = |config: &crate::simulator::exchange::HuntGroupConfig| match config.kind {
            HuntGroupKind::AcdWithAgents => who.as_ref().is_some_and(|who| config.members.contains(who)),
            HuntGroupKind::Ucd | HuntGroupKind::Acd => config.members.iter().any(|member| member == device.as_str()),
        };
        let groups = self.exchange.hunt_groups();
        let groups = groups.filter(|(id, it)| group.as_ref().is_none_or(|group| group == *id) && member(&it.config)).map(|(id, it)| {
            let has_ids = it.config.kind == HuntGroupKind::AcdWithAgents;
            let joined = login.filter(|login| login.groups.contains(id));
            AgentMembership {
                agent: if has_ids { who.clone() } else { Some(self.named(&device).to_smolstr()) },
                group: Some(self.named(id)),
                mode: Some(if it.config.kind == HuntGroupKind::Ucd { Mode::UCD_READY } else { mode(joined) }),
            }
        });
        done(ConfirmationBody::Agent(groups.collect()))
    }

    fn device_info(&self, named: &Extension) -> Result<DeviceInfo, Outcome> {
        let device = self.device(named)?;
        let info = |device_type: DeviceType, description: &str, username: &str, detail| DeviceInfo {
            device: self.named(&device),
            device_type: Some(device_type),
            class: Some(0),
            description: Some(Text::new(description)),
            username: Some(Text::new(username)),
            detail,
        };
        let plain = DeviceDetail::Other(Some(0));
        if let Some(station) = self.exchange.station(&device) {
            let kind = station.config.kind;
            let bins = self.desk.bins.iter().filter(|((owner, _), _)| *owner == device);
            let detail = StationDetail {
                is_administrator: Some(false),
                is_attendant: Some(kind == StationKind::Attendant),
                attendant: None,
                day_cos: Some(SmolStr::new_static("0000")),
                night_cos: Some(SmolStr::new_static("0000")),
                voice_mail: self.exchange.voice_mails().next().map(|(id, _)| self.named(id)),
                mailbox_node: Some(station.config.address.node),
                bins: bins
                    .map(|((_, bin), (contents, name))| Bin {
                        bin: Some(*bin),
                        contents: Some(contents.clone()),
                        name: Some(Text::new(name)),
                    })
                    .collect(),
                physical_type: Some(physical_type(kind, station.is_online)),
                account_type: Some(0),
                account_validated: Some(false),
            };
            let detail = DeviceDetail::Station(Box::new(detail));
            return Ok(info(station_type(kind), &station.config.description, &station.config.name, detail));
        }
        if let Some(trunk) = self.exchange.trunk(&device) {
            return Ok(info(trunk_type(trunk.config.kind), &trunk.config.name, &trunk.config.name, DeviceDetail::Other(Some(6))));
        }
        if let Some(group) = self.exchange.hunt_group(&device) {
            return Ok(info(DeviceType::HUNT_GROUP, &group.config.name, &group.config.name, plain));
        }
        if let Some((_, group)) = self.exchange.trunk_groups().find(|(id, _)| **id == device) {
            return Ok(info(DeviceType::TRUNK_GROUP, &group.config.name, &group.config.name, plain));
        }
        let (_, application) = self.exchange.voice_mails().find(|(id, _)| **id == device).ok_or(Outcome::INVALID_DEVICE_IDENTIFIER)?;
        Ok(info(DeviceType::VOICE_MAIL, &application.name, &application.name, plain))
    }

    /// A command whose layout is not published: refused, but for `_QUD`, for which a layout may be assumed
    /// ([`Forms::user_destinations`](super::super::form::Forms::user_destinations)).
    pub(super) fn other(&self, other: &OtherCommand) -> Replied {
        if &*other.code != "_QUD" || !self.profile.forms.user_destinations {
            return Err(Outcome(self.profile.forms.unlisted));
        }
        let main = other.args.first().map(|main| Extension::from(main.as_str())).ok_or(Outcome::INVALID_DEVICE_IDENTIFIER)?;
        let device = self.device(&main)?;
        let bare = |text: &str| Field::Bare(SmolStr::new(text));
        let mut fields = vec![bare("1000"), bare(&self.named(&device).to_smolstr()), bare("")];
        let (mut desks, mut softphones, mut outside) = (1001, 1002, 2000);
        for member in self.exchange.dee().filter(|(main, _)| **main == device).flat_map(|(_, dee)| &dee.members) {
            match member {
                DeeMember::Station(station) => {
                    let is_softphone = self.exchange.station(station).is_some_and(|station| station.config.kind == StationKind::Softphone);
                    let kind = if is_softphone { &mut softphones } else { &mut desks };
                    fields.extend([bare(&kind.to_string()), bare(&self.named(station).to_smolstr()), bare("")]);
                    *kind += 3;
                }
                DeeMember::Outside(number) => {
                    fields.extend([bare(&outside.to_string()), bare(""), bare(number)]);
                    outside += 1;
                }
            }
        }
        let count = fields.len() / 3;
        fields.insert(0, bare(&count.to_string()));
        done(ConfirmationBody::Unknown(fields))
    }
}

fn mode(login: Option<&Login>) -> Mode {
    match login.map(|login| login.mode) {
        None => Mode::NOT_LOGGED_IN,
        Some(AgentMode::Ready) => Mode::READY,
        Some(AgentMode::NotReady) => Mode::NOT_READY,
        Some(AgentMode::WorkingAfterCall) => Mode::WORK_NOT_READY,
    }
}
