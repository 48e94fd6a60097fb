//! Lists of what there is: `_QX`, and `_QL` in its old form (OAI reference §7.2).

use smol_str::{SmolStr, ToSmolStr};
use strowger_protocol::oai::{
    Command, ConfirmationBody, Country, Described, Entities, Extension, Feature, FeatureNumber, Field, Group, HuntGroup, HuntGroupType,
    ListPage, ListType, Named, NetworkInfo, Node, NumberedText, OffNodeDevice, OldListPage, Outcome, PremiumFeatures, SpeedDial, Station,
    Text, Trunk, User, VoiceMail, feature_code,
};

use super::command::{Context, Replied, Reply};
use super::device_type::{group_type, physical_type, station_type};
use super::form::DeeRing;
use super::naming::node_of;
use super::text::{DND_MESSAGES, REMINDERS};
use crate::telephony::DeviceId;

/// What one message holds at most, in mode 1.
const BUFFER: usize = 60_000;

impl Context<'_> {
    pub(super) fn query_list(
        &mut self,
        command: &Command,
        device: Option<&Extension>,
        list: ListType,
        mask: u32,
        mode: u8,
        size: Option<u16>,
    ) -> Replied {
        let (entities, known) = self.entities(device, list)?;
        let mask = mask & known;
        let pages = match (mode, size) {
            (1, _) if list == ListType::OFF_NODE_DEVICES => return Err(Outcome::VALUE_OUT_OF_RANGE),
            (1, _) => vec![entities],
            (2, Some(size @ 1..)) => chunks(entities, usize::from(size)),
            _ => return Err(Outcome::VALUE_OUT_OF_RANGE),
        };
        if mode == 1 && pages.iter().any(|page| page.count().unwrap_or_default() * (16 + 16 * mask.count_ones() as usize) > BUFFER) {
            return Err(Outcome::VALUE_OUT_OF_RANGE);
        }
        let final_page = pages.len().saturating_sub(1);
        for (number, entities) in pages.into_iter().enumerate() {
            let count = entities.count().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
            let page = ListPage { list, mask, last: number == final_page, count, entities };
            self.answer(command, Outcome::SUCCESS, ConfirmationBody::List(page));
        }
        Ok(Reply::Sent)
    }

    /// The old form: extension, user name and description of each, all in one answer (its layout beyond the head is synthetic).
    pub(super) fn old_list(&mut self, command: &Command, device: Option<&Extension>, list: Option<ListType>) -> Replied {
        let fields = match self.entities(device, list.ok_or(Outcome::VALUE_OUT_OF_RANGE)?)? {
            (Entities::Stations(stations), _) => stations.into_iter().map(|it| (it.extension, it.username, it.description)).collect(),
            (Entities::Trunks(trunks), _) => trunks.into_iter().map(|it| (it.extension, it.username, it.description)).collect(),
            (Entities::HuntGroups(groups), _) => groups.into_iter().map(|it| (it.extension, it.username, it.description)).collect(),
            (Entities::Groups(groups), _) => groups.into_iter().map(|it| (it.extension, it.username, it.description)).collect::<Vec<_>>(),
            _ => return Err(Outcome::VALUE_OUT_OF_RANGE),
        };
        let text = |text: Option<Text>| Field::Text(text.unwrap_or_default().into_inner());
        let count = u32::try_from(fields.len()).ok();
        let fields =
            fields.into_iter().flat_map(|(device, user, description)| [Field::Bare(device.to_smolstr()), text(user), text(description)]);
        let page = OldListPage { list, last: Some(true), count, fields: fields.collect() };
        self.answer(command, Outcome::SUCCESS, ConfirmationBody::OldList(page));
        Ok(Reply::Sent)
    }

    /// All entities of a list, and the bits of its mask that are known.
    fn entities(&self, device: Option<&Extension>, list: ListType) -> Result<(Entities, u32), Outcome> {
        let nodes = self.nodes(device);
        let home = self.profile.home();
        let only = device.filter(|device| !device.is_node()).map(|device| self.device(device)).transpose()?;
        let is_meant = |id: &DeviceId| match &only {
            Some(only) => only == id,
            None => self.is_visible(id) && (self.exchange.nodes().len() <= 1 || nodes.contains(&node_of(id, home))),
        };
        let text = |text: &str| Some(Text::new(text));
        Ok(match list {
            ListType::STATIONS => (Entities::Stations(self.stations(is_meant)), Station::ALL),
            ListType::TRUNKS => {
                let trunks = self.exchange.trunks().filter(|(id, _)| is_meant(id)).map(|(id, trunk)| Trunk {
                    extension: self.named(id),
                    username: text(&trunk.config.name),
                    description: text(&trunk.config.name),
                    answer_supervision: Some(6),
                    more: Vec::new(),
                });
                (Entities::Trunks(trunks.collect()), Trunk::ALL)
            }
            ListType::HUNT_GROUPS => {
                let groups = self.exchange.hunt_groups().filter(|(id, _)| is_meant(id)).map(|(id, group)| HuntGroup {
                    extension: self.named(id),
                    username: text(&group.config.name),
                    description: text(&group.config.name),
                    kind: Some(group_type(group.config.kind)),
                    members: u32::try_from(group.config.members.len()).ok(),
                    mailbox_node: None,
                    more: Vec::new(),
                });
                let router = self.router().filter(|router| only.as_ref().is_none_or(|only| only == router)).map(|router| HuntGroup {
                    extension: self.named(&router),
                    username: text("PRD"),
                    description: text("Personal Router Device"),
                    kind: Some(HuntGroupType::PERSONAL_ROUTER_DEVICE),
                    members: Some(0),
                    mailbox_node: None,
                    more: Vec::new(),
                });
                (Entities::HuntGroups(groups.chain(router).collect()), HuntGroup::ALL)
            }
            ListType::TRUNK_GROUPS => {
                let groups = self.exchange.trunk_groups().filter(|(id, _)| is_meant(id)).map(|(id, group)| Group {
                    extension: self.named(id),
                    username: text(&group.config.name),
                    description: text(&group.config.name),
                    members: u32::try_from(group.config.trunks.len()).ok(),
                    more: Vec::new(),
                });
                (Entities::Groups(groups.collect()), Group::ALL)
            }
            ListType::PAGE_ZONES | ListType::PRIVATE_TRUNK_GROUPS => (Entities::Groups(Vec::new()), Group::ALL),
            ListType::PAGE_PORTS | ListType::UNASSOCIATED_MAILBOXES | ListType::PRIVATE_TRUNKS | ListType::IP_CONNECTIONS => {
                (Entities::Named(Vec::new()), Named::ALL)
            }
            ListType::FEATURES => (Entities::Features(features()), Feature::ALL),
            ListType::SPEED_DIAL_BINS => {
                let bins = self.desk.bins.iter().filter(|((owner, _), _)| owner.as_str().is_empty());
                let bins = bins.map(|((_, bin), (contents, name))| SpeedDial {
                    bin: *bin,
                    contents: Some(contents.clone()),
                    name: text(name),
                    more: Vec::new(),
                });
                (Entities::SpeedDials(bins.collect()), SpeedDial::ALL)
            }
            ListType::DND_MESSAGES => (Entities::Texts(numbered(&DND_MESSAGES)), NumberedText::ALL),
            ListType::REMINDERS => (Entities::Texts(numbered(&REMINDERS)), NumberedText::ALL),
            ListType::VOICE_MAIL_APPLICATIONS => {
                let applications = self.exchange.voice_mails().filter(|(id, _)| is_meant(id)).map(|(id, application)| VoiceMail {
                    extension: self.named(id),
                    username: text(&application.name),
                    description: text(&application.name),
                    kind: Some(1),
                    more: Vec::new(),
                });
                (Entities::VoiceMail(applications.collect()), VoiceMail::ALL)
            }
            ListType::OFF_NODE_DEVICES => (Entities::OffNodeDevices(self.off_node(&nodes)), OffNodeDevice::ALL),
            ListType::COS_FLAGS => (Entities::Described(Vec::new()), Described::ALL),
            ListType::ACD_AGENTS => {
                let agents = self.exchange.agents().iter().map(|agent| Described {
                    id: SmolStr::new(agent.id.as_str()),
                    description: text(&agent.name),
                    more: Vec::new(),
                });
                (Entities::Described(agents.collect()), Described::ALL)
            }
            ListType::NODES => (Entities::Nodes(self.node_list(&nodes)), Node::ALL),
            ListType::NETWORK_INFO => (Entities::Network(self.network(&nodes)), NetworkInfo::ALL),
            ListType::USERS => (Entities::Users(self.users(is_meant)), User::ALL),
            ListType::ASSISTANTS => (Entities::Assistants(Vec::new()), strowger_protocol::oai::Assistant::ALL),
            _ => return Err(Outcome::VALUE_OUT_OF_RANGE),
        })
    }

    fn stations(&self, is_meant: impl Fn(&DeviceId) -> bool) -> Vec<Station> {
        let attendant = self.exchange.stations().find(|(_, it)| it.config.kind == crate::simulator::exchange::StationKind::Attendant);
        let attendant = attendant.map(|(id, _)| self.named(id));
        let voice_mail = self.exchange.voice_mails().next().map(|(id, _)| self.named(id));
        let stations = self.exchange.stations().filter(|(id, _)| is_meant(id));
        stations
            .map(|(id, station)| Station {
                extension: self.named(id),
                username: Some(Text::new(&station.config.name)),
                description: Some(Text::new(&station.config.description)),
                attendant: attendant.clone(),
                is_administrator: Some(false),
                is_attendant: Some(station.config.kind == crate::simulator::exchange::StationKind::Attendant),
                day_cos: Some(SmolStr::new_static("0000")),
                night_cos: Some(SmolStr::new_static("0000")),
                voice_mail: voice_mail.clone(),
                device_type: Some(station_type(station.config.kind)),
                mailbox_node: Some(station.config.address.node),
                physical_type: Some(physical_type(station.config.kind, station.is_online)),
                more: Vec::new(),
            })
            .collect()
    }

    /// The Personal Router Device, where the profile lets it show: a hunt group of a type of its own (OAI reference §8.1, S6).
    fn router(&self) -> Option<DeviceId> {
        let forms = &self.profile.forms;
        let is_shown = forms.dee_ring != DeeRing::Plain && !forms.personal_router.is_empty();
        is_shown.then(|| DeviceId::new(&forms.personal_router))
    }

    /// The stations and hunt groups of other nodes, by the type numbers of this list (OAI reference §6.3).
    fn off_node(&self, nodes: &[u16]) -> Vec<OffNodeDevice> {
        let home = self.profile.home();
        let asked = nodes.first().copied().unwrap_or(home);
        let device = |id: &DeviceId, kind: u8, name: &str| {
            let node = node_of(id, home);
            let number = Extension::from(id.as_str()).number;
            (node != asked).then(|| OffNodeDevice {
                extension: Extension::on_node(node, number),
                kind: Some(kind),
                username: Some(Text::new(name)),
                description: Some(Text::new(name)),
                mailbox_node: Some(node),
                more: Vec::new(),
            })
        };
        let stations = self.exchange.stations().filter_map(|(id, station)| device(id, 9, &station.config.name));
        stations.chain(self.exchange.hunt_groups().filter_map(|(id, group)| device(id, 10, &group.config.name))).collect()
    }

    fn node_list(&self, nodes: &[u16]) -> Vec<Node> {
        let known = self.exchange.nodes().iter().filter(|node| nodes.contains(&node.number));
        known
            .map(|node| Node {
                node: node.number,
                description: Some(Text::new(&node.name)),
                networking: Some(self.profile.networking),
                protocol: Some(self.profile.protocol.to_smolstr()),
                software: Some(SmolStr::new(&self.profile.software)),
                licence: Some(PremiumFeatures(self.profile.licence.number())),
                country: Some(Country(self.profile.country)),
                tcp_ip: Some(true),
                voice_mail_status: Some(0),
                conference_parties: u16::try_from(self.exchange.config().options.conference_max).ok(),
                more: Vec::new(),
            })
            .collect()
    }

    fn network(&self, nodes: &[u16]) -> Vec<NetworkInfo> {
        let known = self.exchange.nodes().iter().filter(|node| nodes.contains(&node.number));
        known
            .map(|node| NetworkInfo {
                node: node.number,
                description: Some(Text::new(&node.name)),
                address: Some(Text::new("192.0.2.1")),
                port: Some(4000),
                redundant_address: Some(Text::default()),
                redundant_port: Some(0),
                sockets_enabled: Some(true),
                sockets_max: Some(self.profile.ports),
                protocol: Some(self.profile.protocol.to_smolstr()),
                software: Some(SmolStr::new(&self.profile.software)),
                licence: Some(PremiumFeatures(self.profile.licence.number())),
                more: Vec::new(),
            })
            .collect()
    }

    /// Every station is a user's main extension unless it is another user's further device.
    fn users(&self, is_meant: impl Fn(&DeviceId) -> bool) -> Vec<User> {
        use crate::simulator::exchange::DeeMember;
        let is_member = |id: &DeviceId| {
            self.exchange
                .dee()
                .any(|(_, dee)| dee.members.iter().any(|member| matches!(member, DeeMember::Station(device) if device == id)))
        };
        let stations = self.exchange.stations().filter(|(id, _)| is_meant(id) && !is_member(id));
        stations
            .map(|(id, station)| {
                let (first, last) = station.config.name.split_once(' ').unwrap_or((&station.config.name, ""));
                let dee = self.exchange.dee().find(|(main, _)| *main == id);
                User {
                    main: self.named(id),
                    first_name: Some(Text::new(first)),
                    last_name: Some(Text::new(last)),
                    email: Some(Text::default()),
                    login: Some(Text::default()),
                    personal_routing: Some(dee.is_some_and(|(_, dee)| dee.is_on)),
                    mobile_email: Some(Text::default()),
                    more: Vec::new(),
                }
            })
            .collect()
    }
}

fn numbered(texts: &[&str]) -> Vec<NumberedText> {
    (1..).zip(texts).map(|(number, text)| NumberedText { number, text: Some(Text::new(text)), more: Vec::new() }).collect()
}

/// The features with the codes of the factory. Their logical numbers are known only where FE has them (OAI reference §6.8).
fn features() -> Vec<Feature> {
    let number = |code: &str| match code {
        feature_code::ACD_TOGGLE => Some(FeatureNumber::ACD_TOGGLE),
        feature_code::HUNT_GROUP_TOGGLE => Some(FeatureNumber::HUNT_GROUP_REMOVE_REPLACE),
        feature_code::FORWARD_ALL => Some(FeatureNumber::FORWARD_ALL),
        feature_code::FORWARD_NO_ANSWER => Some(FeatureNumber::FORWARD_NO_ANSWER),
        feature_code::FORWARD_BUSY => Some(FeatureNumber::FORWARD_BUSY),
        feature_code::FORWARD_NO_ANSWER_OR_BUSY => Some(FeatureNumber::FORWARD_NO_ANSWER_OR_BUSY),
        feature_code::DND_TOGGLE => Some(FeatureNumber::DO_NOT_DISTURB),
        feature_code::SYSTEM_FORWARD_TOGGLE => Some(FeatureNumber::SYSTEM_FORWARD),
        feature_code::STATION_MONITOR => Some(FeatureNumber::STATION_MONITOR),
        feature_code::RECORD_A_CALL => Some(FeatureNumber::RECORD_A_CALL),
        feature_code::BARGE_IN => Some(FeatureNumber::BARGE_IN),
        feature_code::SWITCH_KEYMAP => Some(FeatureNumber::SWITCH_KEYMAP),
        feature_code::AGENT_HELP => Some(FeatureNumber::AGENT_HELP),
        feature_code::SHOW_OUTSIDE_PARTY => Some(FeatureNumber::OUTSIDE_PARTY_NAME),
        _ => None,
    };
    let codes = feature_code::ALL.iter();
    codes
        .map(|(code, name)| Feature {
            code: SmolStr::new_static(code),
            number: number(code),
            name: Some(Text::new(name)),
            administrator: Some(false),
            directory: Some(true),
            diagnostic: Some(false),
            toggle: Some(name.contains("toggle")),
            more: Vec::new(),
        })
        .collect()
}

/// Pages of at most so many; an empty list is one empty page.
fn chunks(entities: Entities, size: usize) -> Vec<Entities> {
    macro_rules! cut {
        ($($variant:ident)*) => {
            match entities {
                $(Entities::$variant(all) if all.is_empty() => vec![Entities::$variant(all)],
                Entities::$variant(all) => all.chunks(size).map(|page| Entities::$variant(page.to_vec())).collect(),)*
            }
        };
    }
    cut!(Stations Trunks HuntGroups Groups Named Features SpeedDials Texts VoiceMail OffNodeDevices Described Nodes Network Users Assistants Unknown)
}
