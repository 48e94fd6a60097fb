//! The tables of a scenario that change the site: each names a device by its number; what is not written stays as it is there, and a
//! number that is not there yet is a new device.

use smol_str::{SmolStr, format_smolstr};
use toml::de::DeTable;

use super::walk::{Value, Walk};
use super::{group, system};
use crate::simulator::exchange::{
    Address, AgentConfig, Config, DeeConfig, DeeMember, Forward, ForwardKind, HuntGroupKind, NodeConfig, Route, StationConfig, StationKind,
    TrunkConfig, TrunkGroupConfig, TrunkKind, VoiceMailConfig,
};
use crate::telephony::{AgentId, DeviceId};

/// The tables that change the site, as [`super::read`] tells them from others.
pub(super) const TABLES: &[&str] =
    &["node", "station", "trunk", "trunk_group", "group", "agent", "voice_mail", "dee", "route", "timers", "options"];

/// Applies a table to the site; nodes must come first.
pub(super) fn apply(walk: &mut Walk, site: &mut Config, name: &str, value: &Value<'_>) {
    match name {
        "timers" => system::timers(walk, site, value),
        "options" => system::options(walk, site, value),
        _ => {
            for (line, table) in walk.tables(name, value) {
                match name {
                    "node" => node(walk, site, line, table),
                    "station" => station(walk, site, line, table),
                    "trunk" => trunk(walk, site, line, table),
                    "trunk_group" => trunk_group(walk, site, line, table),
                    "group" => group::hunt_group(walk, site, line, table),
                    "agent" => agent(walk, site, line, table),
                    "voice_mail" => voice_mail(walk, site, line, table),
                    "dee" => dee(walk, site, line, table),
                    _ => route(walk, site, line, table),
                }
            }
        }
    }
}

/// A device by its number, alone or as `node:number`. On several nodes the number alone is enough where only one has it.
pub(super) fn resolve(site: &Config, number: &str) -> DeviceId {
    if site.nodes.len() <= 1 || number.contains(':') {
        return DeviceId::new(number);
    }
    let mut alike = addresses(site).filter(|address| address.number == number);
    match (alike.next(), alike.next()) {
        (Some(only), None) => site.device(only),
        _ => DeviceId::new(number),
    }
}

/// Writes the node before every number that a device is referred to by, where there are several nodes.
pub(in crate::simulator) fn qualify(site: &mut Config) {
    let before = site.clone();
    let device = |number: &str| resolve(&before, number);
    for group in &mut site.trunk_groups {
        group.trunks.iter_mut().for_each(|trunk| *trunk = device(trunk.as_str()));
    }
    for group in site.hunt_groups.iter_mut().filter(|group| group.kind != HuntGroupKind::AcdWithAgents) {
        group.members.iter_mut().for_each(|member| *member = SmolStr::new(device(member).as_str()));
    }
    for dee in &mut site.dee {
        dee.main = device(dee.main.as_str());
        for member in &mut dee.members {
            if let DeeMember::Station(station) = member {
                *station = device(station.as_str());
            }
        }
    }
}

/// Every device's place.
fn addresses(site: &Config) -> impl Iterator<Item = &Address> {
    let stations = site.stations.iter().map(|station| &station.address);
    let trunks = site.trunks.iter().map(|trunk| &trunk.address);
    let trunk_groups = site.trunk_groups.iter().map(|group| &group.address);
    let groups = site.hunt_groups.iter().map(|group| &group.address);
    let voice_mails = site.voice_mails.iter().map(|voice_mail| &voice_mail.address);
    stations.chain(trunks).chain(trunk_groups).chain(groups).chain(voice_mails)
}

/// The address that an entry names; without a node the one device of that number, else the first node.
pub(super) fn address<'s>(
    walk: &mut Walk,
    nodes: &[NodeConfig],
    there: impl Iterator<Item = &'s Address>,
    (line, name): (usize, &str),
    table: &DeTable<'_>,
) -> Option<Address> {
    let number = table.get("number").map(|value| walk.text("number", value));
    let Some(number) = number else {
        walk.missing(line, name, "number");
        return None;
    };
    let number = SmolStr::new(number?);
    let node = table.get("node").and_then(|value| walk.number("node", value, 1, 63)).and_then(|node| u16::try_from(node).ok());
    let known = there.filter(|address| address.number == number).map(|address| address.node).next();
    let first = nodes.first().map_or(1, |node| node.number);
    Some(Address { node: node.or(known).unwrap_or(first), number })
}

/// The entry at that address, made if it is not there.
pub(super) fn entry<T>(entries: &mut Vec<T>, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &mut T {
    let index = entries.iter().position(is).unwrap_or_else(|| {
        entries.push(make());
        entries.len() - 1
    });
    &mut entries[index]
}

fn node(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let number = table.get("number").and_then(|value| walk.number("number", value, 1, 63)).and_then(|number| u16::try_from(number).ok());
    let Some(number) = number else {
        if !table.contains_key("number") {
            walk.missing(line, "a node", "number");
        }
        return;
    };
    let node = entry(&mut site.nodes, |node| node.number == number, || NodeConfig { number, name: format_smolstr!("Node {number}") });
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "number" => {}
            "name" => set(&mut node.name, walk.text("name", value)),
            _ => walk.unknown(key, "a node", &["number", "name"]),
        }
    }
}

fn station(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let there = site.stations.iter().map(|station| &station.address);
    let Some(address) = address(walk, &site.nodes, there, (line, "a station"), table) else { return };
    let make = || StationConfig::new(address.clone(), format!("Room {}", address.number));
    let station = entry(&mut site.stations, |station| station.address == address, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "number" | "node" => {}
            "name" => set(&mut station.name, walk.text("name", value)),
            "description" => set(&mut station.description, walk.text("description", value)),
            "kind" => set(&mut station.kind, walk.choice("kind", value, STATION_KINDS)),
            "online" => set(&mut station.is_online, walk.flag("online", value)),
            "camp_on" => set(&mut station.has_camp_on, walk.flag("camp_on", value)),
            "system_forward" => station.system_forward = forward(walk, value),
            _ => {
                walk.unknown(key, "a station", &["number", "node", "name", "description", "kind", "online", "camp_on", "system_forward"]);
            }
        }
    }
}

const STATION_KINDS: &[(&str, StationKind)] = &[
    ("keyset", StationKind::Keyset),
    ("single_line", StationKind::SingleLine),
    ("sip", StationKind::Sip),
    ("softphone", StationKind::Softphone),
    ("attendant", StationKind::Attendant),
    ("phantom", StationKind::Phantom),
];

fn forward(walk: &mut Walk, value: &Value<'_>) -> Option<Forward> {
    let line = walk.line_of(value);
    let (mut kind, mut to) = (None, None);
    for (key, value) in walk.table("system_forward", value)? {
        match key.get_ref().as_ref() {
            "when" => kind = walk.choice("when", value, FORWARD_KINDS),
            "to" => to = walk.text("to", value),
            _ => walk.unknown(key, "a forwarding", &["when", "to"]),
        }
    }
    if kind.is_none() || to.is_none() {
        walk.mistake(line, "a forwarding needs \"when\" and \"to\"", "write { when = \"no_answer\", to = \"1002\" }");
    }
    Some(Forward { kind: kind?, to: SmolStr::new(to?) })
}

const FORWARD_KINDS: &[(&str, ForwardKind)] = &[
    ("all", ForwardKind::All),
    ("busy", ForwardKind::Busy),
    ("no_answer", ForwardKind::NoAnswer),
    ("no_answer_or_busy", ForwardKind::NoAnswerOrBusy),
];

fn trunk(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let Some(address) = address(walk, &site.nodes, site.trunks.iter().map(|trunk| &trunk.address), (line, "a trunk"), table) else {
        return;
    };
    let make = || TrunkConfig { address: address.clone(), name: format_smolstr!("Line {}", address.number), kind: TrunkKind::Isdn };
    let trunk = entry(&mut site.trunks, |trunk| trunk.address == address, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "number" | "node" => {}
            "name" => set(&mut trunk.name, walk.text("name", value)),
            "kind" => set(&mut trunk.kind, walk.choice("kind", value, TRUNK_KINDS)),
            _ => walk.unknown(key, "a trunk", &["number", "node", "name", "kind"]),
        }
    }
}

const TRUNK_KINDS: &[(&str, TrunkKind)] = &[
    ("loop_start", TrunkKind::LoopStart),
    ("loop_start_cli", TrunkKind::LoopStartCli),
    ("did", TrunkKind::Did),
    ("isdn", TrunkKind::Isdn),
    ("sip", TrunkKind::Sip),
];

fn trunk_group(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let there = site.trunk_groups.iter().map(|group| &group.address);
    let Some(address) = address(walk, &site.nodes, there, (line, "a trunk group"), table) else { return };
    let make = || TrunkGroupConfig { address: address.clone(), name: "Network".into(), access: "9".into(), trunks: Vec::new() };
    let group = entry(&mut site.trunk_groups, |group| group.address == address, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "number" | "node" => {}
            "name" => set(&mut group.name, walk.text("name", value)),
            "access" => set(&mut group.access, walk.text("access", value)),
            "trunks" => group.trunks = walk.texts("trunks", value).into_iter().map(DeviceId::new).collect(),
            _ => walk.unknown(key, "a trunk group", &["number", "node", "name", "access", "trunks"]),
        }
    }
}

fn agent(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let Some(id) = table.get("id") else { return walk.missing(line, "an agent", "id") };
    let Some(id) = walk.text("id", id).map(AgentId::new) else { return };
    let make = || AgentConfig { id: id.clone(), name: format_smolstr!("Agent {id}") };
    let agent = entry(&mut site.agents, |agent| agent.id == id, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "id" => {}
            "name" => set(&mut agent.name, walk.text("name", value)),
            _ => walk.unknown(key, "an agent", &["id", "name"]),
        }
    }
}

fn voice_mail(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let there = site.voice_mails.iter().map(|voice_mail| &voice_mail.address);
    let Some(address) = address(walk, &site.nodes, there, (line, "a voice mail"), table) else { return };
    let make = || VoiceMailConfig { address: address.clone(), name: "Voice mail".into() };
    let voice_mail = entry(&mut site.voice_mails, |voice_mail| voice_mail.address == address, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "number" | "node" => {}
            "name" => set(&mut voice_mail.name, walk.text("name", value)),
            _ => walk.unknown(key, "a voice mail", &["number", "node", "name"]),
        }
    }
}

fn dee(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let Some(main) = table.get("main") else { return walk.missing(line, "a DEE group", "main") };
    let Some(main) = walk.text("main", main).map(|main| resolve(site, &main)) else { return };
    let members = table.get("members").map(|value| walk.texts("members", value));
    let is_station = |device: &DeviceId| site.stations.iter().any(|station| site.device(&station.address) == *device);
    let members: Option<Vec<DeeMember>> = members.map(|members| {
        let member = |number: String| match resolve(site, &number) {
            device if is_station(&device) => DeeMember::Station(device),
            _ => DeeMember::Outside(SmolStr::from(number)),
        };
        members.into_iter().map(member).collect()
    });
    let dee = entry(&mut site.dee, |dee| dee.main == main, || DeeConfig { main: main.clone(), members: Vec::new(), is_on: true });
    set(&mut dee.members, members);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "main" | "members" => {}
            "on" => set(&mut dee.is_on, walk.flag("on", value)),
            _ => walk.unknown(key, "a DEE group", &["main", "members", "on"]),
        }
    }
}

fn route(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let digits = match table.get("digits") {
        Some(value) if value.get_ref().as_str() == Some("") => SmolStr::default(),
        Some(value) => match walk.text("digits", value) {
            Some(digits) => SmolStr::from(digits),
            None => return,
        },
        None => return walk.missing(line, "a route", "digits"),
    };
    let first = site.nodes.first().map_or(1, |node| node.number);
    let make = || Route { dnis: digits.clone(), label: None, node: first, day: SmolStr::default(), night: None };
    let route = entry(&mut site.routes, |route| route.dnis == digits, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "digits" => {}
            "label" => route.label = walk.text("label", value).map(SmolStr::from),
            "node" => set(&mut route.node, walk.number("node", value, 1, 63).and_then(|node| u16::try_from(node).ok())),
            "to" => set(&mut route.day, walk.text("to", value)),
            "night" => route.night = walk.text("night", value).map(SmolStr::from),
            _ => walk.unknown(key, "a route", &["digits", "label", "node", "to", "night"]),
        }
    }
    if route.day.is_empty() {
        walk.missing(line, "a route", "to");
    }
}

/// Takes over what could be understood.
pub(super) fn set<T, U: Into<T>>(place: &mut T, value: Option<U>) {
    if let Some(value) = value {
        *place = value.into();
    }
}
