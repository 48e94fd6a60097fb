//! The exchange that is there unless a scenario says otherwise: extensions 1001 to 1060, agents 2001 to 2020, hunt groups 3001 to
//! 3006, trunks 94001 to 94016, voice mail 2500, one node.
//!
//! Calls to 1021 to 1040 that nobody takes reach voice mail. Names and devices that ring along (DEE) come from the people. A people file that speaks of further extensions or agent IDs gets
//! them.

use std::time::Duration;

use smol_str::{SmolStr, format_smolstr};

use super::exchange::{
    Address, AgentConfig, Config, DeeConfig, DeeMember, Forward, ForwardKind, HuntGroupConfig, HuntGroupKind, HuntOrder, NodeConfig,
    Overflow, Route, StationConfig, StationKind, TrunkConfig, TrunkGroupConfig, TrunkKind, VoiceMailConfig,
};
use super::people::{holder_of_agent, holder_of_extension};
use super::scenario::qualify;
use crate::directory::{Assignable, PeopleFile};
use crate::telephony::{AgentId, DeviceId};

/// The node that everything is on.
const NODE: u16 = 1;
/// The voice mail application.
pub(super) const VOICE_MAIL: &str = "2500";
/// What leads outside.
pub(super) const ACCESS: &str = "9";
/// An extension has as many digits at most; a longer number is outside (OAI reference §1.4).
const EXTENSION_DIGITS: usize = 7;

/// How large a site is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Extensions from 1001 on: 60 to 900.
    pub stations: u32,
    /// Trunks from 94001 on: 16 to 900.
    pub trunks: u32,
    /// Nodes from 1 on, 1 to 6: extensions and trunks are shared out in equal blocks, hunt groups in turn.
    pub nodes: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { stations: 60, trunks: 16, nodes: 1 }
    }
}

/// The default site with these people.
pub fn default_site(people: &PeopleFile) -> Config {
    site_of(Size::default(), people)
}

/// A site like the default one, of that size (beyond the ranges: the nearest). On several nodes the people file names devices as
/// `node:extension`.
pub fn site_of(Size { stations, trunks, nodes }: Size, people: &PeopleFile) -> Config {
    let stations = 1000 + stations.clamp(60, 900);
    let trunks = 94_000 + trunks.clamp(16, 900);
    let mut site = Config {
        nodes: vec![NodeConfig { number: NODE, name: "Head office".into() }],
        stations: (1001..=stations).map(|number| station(people, format_smolstr!("{number}"))).collect(),
        trunks: (94_001..=trunks).map(trunk).collect(),
        trunk_groups: vec![TrunkGroupConfig {
            address: Address::new(NODE, "94000"),
            name: "Network".into(),
            access: ACCESS.into(),
            // Calls from outside come in at the first trunks, calls to outside leave by the last.
            trunks: (94_001..=trunks).rev().map(|number| DeviceId::new(number.to_string())).collect(),
        }],
        voice_mails: vec![VoiceMailConfig { address: Address::new(NODE, VOICE_MAIL), name: "Voice mail".into() }],
        agents: (2001..=2020).map(|number| agent(people, AgentId::new(number.to_string()))).collect(),
        hunt_groups: hunt_groups(),
        ..Config::default()
    };
    further(&mut site, people);
    share_out(&mut site, nodes.clamp(1, 6));
    site.dee = dee(&site, people);
    site.routes.push(Route {
        dnis: SmolStr::default(),
        label: Some("Main number".into()),
        node: NODE,
        day: "3001".into(),
        night: Some(VOICE_MAIL.into()),
    });
    complete(&mut site);
    site
}

fn station(people: &PeopleFile, number: SmolStr) -> StationConfig {
    let name = holder_of_extension(people, &number).map_or_else(|| format_smolstr!("Room {number}"), SmolStr::new);
    // Telephones of the order and support desks do not ring on for ever.
    let has_mailbox = number.parse().is_ok_and(|number: u32| (1021..=1040).contains(&number));
    let to_mailbox = Forward { kind: ForwardKind::NoAnswerOrBusy, to: VOICE_MAIL.into() };
    StationConfig {
        kind: station_kind(&number),
        system_forward: has_mailbox.then_some(to_mailbox),
        ..StationConfig::new(Address::new(NODE, number), name)
    }
}

fn station_kind(number: &str) -> StationKind {
    match number.parse() {
        Ok(1006) => StationKind::Attendant,
        Ok(1041..=1047) => StationKind::Sip,
        Ok(1051..=1056) => StationKind::Softphone,
        Ok(1058..=1059) => StationKind::SingleLine,
        Ok(1060) => StationKind::Phantom,
        _ => StationKind::Keyset,
    }
}

fn trunk(number: u32) -> TrunkConfig {
    let kind = if number <= 94012 { TrunkKind::Isdn } else { TrunkKind::Sip };
    TrunkConfig { address: Address::new(NODE, number.to_string()), name: format_smolstr!("Line {}", number - 94000), kind }
}

fn agent(people: &PeopleFile, id: AgentId) -> AgentConfig {
    let name = holder_of_agent(people, &id).map_or_else(|| format_smolstr!("Agent {id}"), SmolStr::new);
    AgentConfig { id, name }
}

fn hunt_groups() -> Vec<HuntGroupConfig> {
    let numbers = |from: u32, to: u32| (from..=to).map(|number| format_smolstr!("{number}")).collect::<Vec<_>>();
    let seconds = Duration::from_secs;
    let group = |number: &str, name: &str, kind, order, members| HuntGroupConfig {
        address: Address::new(NODE, number),
        name: name.into(),
        kind,
        order,
        members,
        no_answer_after: Some(seconds(15)),
        overflow: None,
        wrap_up: Duration::ZERO,
        queue_max: None,
    };
    let overflow = |after, to: &str| Some(Overflow { after: seconds(after), to: to.into() });
    let (ucd, agents) = (HuntGroupKind::Ucd, HuntGroupKind::AcdWithAgents);
    vec![
        HuntGroupConfig { overflow: overflow(30, "3006"), ..group("3001", "Reception", ucd, HuntOrder::Linear, numbers(1006, 1010)) },
        HuntGroupConfig {
            overflow: overflow(60, "3006"),
            wrap_up: seconds(10),
            ..group("3002", "Sales", agents, HuntOrder::Circular, numbers(2001, 2008))
        },
        HuntGroupConfig {
            overflow: overflow(90, VOICE_MAIL),
            wrap_up: seconds(15),
            ..group("3003", "Support", agents, HuntOrder::Linear, numbers(2009, 2020))
        },
        group("3004", "Orders", HuntGroupKind::Acd, HuntOrder::Circular, numbers(1031, 1040)),
        group("3005", "Workshop", ucd, HuntOrder::AllRing, numbers(1041, 1047)),
        HuntGroupConfig {
            no_answer_after: None,
            queue_max: Some(5),
            ..group("3006", "Overflow", ucd, HuntOrder::AllRing, ["1019", "1020", "1029", "1030"].map(SmolStr::new).to_vec())
        },
    ]
}

/// What the people file speaks of beyond the default numbers.
fn further(site: &mut Config, people: &PeopleFile) {
    let held = people.users.iter().flat_map(|person| person.assignables().map(|(held, _)| held.clone()));
    for held in held {
        match held {
            Assignable::Extension(device) if is_extension(device.as_str()) && !has_device(site, device.as_str()) => {
                site.stations.push(station(people, SmolStr::new(device.as_str())));
            }
            Assignable::Agent(id) if site.agents.iter().all(|agent| agent.id != id) => {
                if let Some(support) = site.hunt_groups.iter_mut().find(|group| group.address.number == "3003") {
                    support.members.push(SmolStr::new(id.as_str()));
                }
                site.agents.push(agent(people, id));
            }
            Assignable::Extension(_) | Assignable::Agent(_) => {}
        }
    }
}

/// Every device that rings along, as the people file lists them: a station where there is one of that number, else a number outside.
pub(super) fn dee(site: &Config, people: &PeopleFile) -> Vec<DeeConfig> {
    let is_of =
        |station: &&StationConfig, number: &str| station.address.number == number || site.device(&station.address).as_str() == number;
    let station = |number: &str| site.stations.iter().find(|station| is_of(station, number));
    let member = |device: &DeviceId| match station(device.as_str()) {
        Some(station) => DeeMember::Station(site.device(&station.address)),
        None => DeeMember::Outside(SmolStr::new(device.as_str())),
    };
    let group = |group: &crate::directory::DeeGroup| {
        let main = site.device(&station(group.main.as_str())?.address);
        Some(DeeConfig { main, members: group.members.iter().map(member).collect(), is_on: true })
    };
    people.dee.iter().filter_map(group).collect()
}

/// From one node to several.
fn share_out(site: &mut Config, nodes: u16) {
    site.nodes.extend((2..=nodes).map(|number| NodeConfig { number, name: format_smolstr!("Branch {}", number - 1) }));
    let count = usize::from(nodes);
    // Less than the number of nodes, so it fits.
    let node = |index: usize| u16::try_from(index % count).map_or(NODE, |index| index + 1);
    let block = |index: usize, of: usize| node(index * count / of);
    let (stations, trunks) = (site.stations.len(), site.trunks.len());
    site.stations.iter_mut().enumerate().for_each(|(index, station)| station.address.node = block(index, stations));
    site.trunks.iter_mut().enumerate().for_each(|(index, trunk)| trunk.address.node = block(index, trunks));
    site.hunt_groups.iter_mut().enumerate().for_each(|(index, group)| group.address.node = node(index));
    qualify(site);
}

/// Every extension and hunt group is reached from outside by its own number, a hunt group with its name as label, unless a route says
/// otherwise.
pub(super) fn complete(site: &mut Config) {
    let stations = site.stations.iter().map(|station| (&station.address, None));
    let groups = site.hunt_groups.iter().map(|group| (&group.address, Some(group.name.clone())));
    let routes = stations.chain(groups).filter(|(address, _)| site.routes.iter().all(|route| route.dnis != address.number));
    let route = |(address, label): (&Address, Option<SmolStr>)| Route {
        dnis: address.number.clone(),
        label,
        node: address.node,
        day: address.number.clone(),
        night: None,
    };
    let routes: Vec<Route> = routes.map(route).collect();
    site.routes.extend(routes);
}

/// Of this node: no number outside, and none with another node before it.
fn is_extension(number: &str) -> bool {
    number.len() <= EXTENSION_DIGITS && !number.contains(':')
}

fn has_device(site: &Config, number: &str) -> bool {
    let stations = site.stations.iter().map(|station| &station.address);
    let groups = site.hunt_groups.iter().map(|group| &group.address);
    let trunks = site.trunks.iter().map(|trunk| &trunk.address);
    let voice_mails = site.voice_mails.iter().map(|voice_mail| &voice_mail.address);
    stations.chain(groups).chain(trunks).chain(voice_mails).any(|address| address.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::exchange::Exchange;
    use crate::simulator::truth;
    use crate::simulator::{default_people, people_text_for};

    #[test]
    fn default_people_and_default_site_are_of_one_piece() {
        let people = default_people().expect("sound");
        assert_eq!(people.warnings, Vec::new());
        let site = default_site(&people);
        assert_eq!(site.stations.len(), 60);
        assert_eq!(site.agents.len(), 20);
        for person in &people.users {
            for (held, _) in person.assignables() {
                let there = match held {
                    Assignable::Extension(device) => site.stations.iter().any(|station| station.address.number == device.as_str()),
                    Assignable::Agent(id) => site.agents.iter().any(|agent| agent.id == *id),
                };
                assert!(there, "{held} of {}", person.name);
            }
        }
        assert_eq!(site.stations[0].name, "Noor Haddad");
        let outside = |dee: &DeeConfig| dee.members.iter().any(|member| matches!(member, DeeMember::Outside(_)));
        assert_eq!((site.dee.len(), site.dee.iter().filter(|dee| outside(dee)).count()), (6, 3));
    }

    #[test]
    fn people_bring_their_own_numbers_along() {
        let people = "[[users]]\nname = \"A\"\nprimary = { extension = \"1070\" }\nsecondary = [{ agent = \"2101\" }, { extension = \"01715550001\" }]\n\
                      [[dee]]\nmain = \"1070\"\nmembers = [\"1001\", \"01715550002\"]\n";
        let site = default_site(&PeopleFile::parse(people).expect("sound"));
        assert_eq!(site.stations.len(), 61, "a number that long is no extension");
        assert_eq!(site.stations[60].name, "A");
        assert_eq!(site.agents[20].name, "A");
        assert!(site.hunt_groups[2].members.contains(&SmolStr::new("2101")));
        let members = vec![DeeMember::Station(DeviceId::new("1001")), DeeMember::Outside("01715550002".into())];
        assert_eq!(site.dee, [DeeConfig { main: DeviceId::new("1070"), members, is_on: true }]);
    }

    #[test]
    fn on_several_nodes_everybody_is_still_there() {
        let large = Size { stations: 250, trunks: 40, nodes: 2 };
        let text = people_text_for(&site_of(large, &PeopleFile::default()));
        let people = PeopleFile::parse(&text).expect("sound");
        assert_eq!(people.users[0].primary, Some(Assignable::Extension(DeviceId::new("1:1001"))));
        let site = site_of(large, &people);
        assert_eq!((site.stations.len(), site.trunks.len(), site.nodes.len()), (250, 40, 2));
        assert_eq!(site.stations.iter().filter(|station| station.address.node == 2).count(), 125);
        assert_eq!((site.stations[0].name.as_str(), site.dee[0].main.as_str()), ("Noor Haddad", "1:1001"));
        assert_eq!(site.hunt_groups[3].members[0], "1:1031");
        Exchange::new(site, truth::Settings { people, ..truth::Settings::default() }).expect("of one piece");
    }
}
