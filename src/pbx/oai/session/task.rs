//! What there is to do on a connection: commands, and marks between them.

use std::fmt;

use smol_str::{SmolStr, format_smolstr};
use strowger_protocol::oai::{Extension, ListType};

use crate::telephony::{DeviceId, Scope};

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Task {
    /// `_NA`: stay connected when one node fails.
    NodeAware,
    /// `_NO`: a sign of life.
    Life,
    /// `_XE`: extensions with their node.
    Expanded,
    /// `_MS`.
    Watch(Watch),
    /// `_QX`, of one node or of all.
    List(ListType, Option<u16>),
    /// `_QH`: who is logged on in a hunt group.
    Agents(Extension),
    /// `_RR`, or `RR`.
    Resync(Part),
    /// `_SP`: the calls at a device.
    Calls(Extension),
    /// `_QI`: what an extension is.
    Info(Extension),
    /// The configured query for the destinations of a main extension.
    Destinations(DeviceId),
    /// Nothing to send.
    Mark(Mark),
}

/// What is monitored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Watch {
    /// All stations; with a replay of their state or without.
    Stations { node: Option<u16>, replay: bool },
    /// All trunks.
    Trunks(Option<u16>),
    /// Programming, extensions, alarms.
    System(Option<u16>),
    /// A hunt group.
    Group(Extension),
    /// One device whose monitor ended, or which is new.
    Device(Extension),
    /// The Personal Router Device.
    Router(Extension),
}

/// A step between commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    /// How many nodes there are is known, as far as it can be.
    Naming,
    /// The hunt groups are known: place their monitors.
    Groups(Part),
    /// The calls that are up should have been told.
    Replayed,
    /// Have it told again, when that may be asked for.
    Resync(Part),
    /// Ask who is logged on.
    Agents(Part),
    /// The state is told.
    End(Part),
    /// Everything was asked once.
    Started,
}

/// All of a PBX, or one of its nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    All,
    Node(u16),
}

impl Part {
    pub(super) fn scope(self) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Node(node) => Scope::Node(format_smolstr!("{node}")),
        }
    }

    /// Whether a device is within it.
    pub(super) fn covers(self, device: &Extension) -> bool {
        match self {
            Self::All => true,
            Self::Node(node) => device.node == Some(node),
        }
    }
}

impl Task {
    /// One word for tasks of its kind: what was said about one of them need not be said about the next.
    pub(super) fn kind(&self) -> SmolStr {
        match self {
            Self::NodeAware => "node aware".into(),
            Self::Life => "life".into(),
            Self::Expanded => "expanded".into(),
            Self::Watch(watch) => watch.kind().into(),
            Self::List(list, _) => format_smolstr!("list {}", list.0),
            Self::Agents(_) => "agents".into(),
            Self::Resync(_) => "resync".into(),
            Self::Calls(_) => "calls".into(),
            Self::Info(_) => "info".into(),
            Self::Destinations(_) => "destinations".into(),
            Self::Mark(_) => "mark".into(),
        }
    }

    /// Whether records are right without it, so that little time is spent on it.
    pub(super) fn is_optional(&self) -> bool {
        match self {
            Self::NodeAware | Self::Expanded | Self::Calls(_) | Self::Info(_) | Self::Destinations(_) => true,
            Self::Watch(watch) => matches!(watch, Watch::Trunks(_) | Watch::Group(_) | Watch::Router(_)),
            Self::List(list, _) => !matches!(*list, ListType::STATIONS | ListType::HUNT_GROUPS),
            Self::Life | Self::Agents(_) | Self::Resync(_) | Self::Mark(_) => false,
        }
    }

    /// Whether it is asked once more when no answer comes.
    pub(super) fn is_asked_twice(&self) -> bool {
        match self {
            Self::Watch(watch) => matches!(watch, Watch::Stations { replay: false, .. } | Watch::Group(_)),
            Self::List(list, _) => matches!(*list, ListType::STATIONS | ListType::HUNT_GROUPS),
            Self::Agents(_) | Self::Destinations(_) => true,
            _ => false,
        }
    }

    /// The part of the PBX that it is about alone.
    pub(super) fn node(&self) -> Option<u16> {
        match self {
            Self::Watch(Watch::Stations { node, .. } | Watch::Trunks(node) | Watch::System(node)) | Self::List(_, node) => *node,
            Self::Watch(Watch::Group(device) | Watch::Device(device) | Watch::Router(device))
            | Self::Agents(device)
            | Self::Calls(device)
            | Self::Info(device) => device.node,
            Self::Resync(part) | Self::Mark(Mark::Groups(part) | Mark::Resync(part) | Mark::Agents(part) | Mark::End(part)) => match part {
                Part::Node(node) => Some(*node),
                Part::All => None,
            },
            Self::NodeAware | Self::Life | Self::Expanded | Self::Destinations(_) | Self::Mark(_) => None,
        }
    }

    /// What is missing without it.
    pub(super) fn loss(&self) -> &'static str {
        match self {
            Self::NodeAware => "a node that fails may take the whole connection with it",
            Self::Life => "a connection that is dead is found later",
            Self::Expanded => "the same number at two nodes is taken for one extension",
            Self::Watch(Watch::Stations { replay: true, .. }) => "the present state is asked for by a resync instead",
            Self::Watch(Watch::Stations { .. }) => "no call can be followed",
            Self::Watch(Watch::Trunks(_)) => "calls from outside are not seen before they reach a station or a hunt group",
            Self::Watch(Watch::System(_)) => "changes of the programming are not noticed before the next start",
            Self::Watch(Watch::Group(_)) => "waiting and giving up in a hunt group are not seen",
            Self::Watch(Watch::Device(_)) => "this device is not followed",
            Self::Watch(Watch::Router(_)) => "what the Personal Router Device does is not noted",
            Self::List(ListType::STATIONS, _) | Self::Info(_) => "what kind of device an extension is, is only guessed",
            Self::List(ListType::HUNT_GROUPS, _) => "hunt groups are not monitored, and agents that are logged on already are not known",
            Self::List(ListType::TRUNKS | ListType::TRUNK_GROUPS, _) => "trunks are known only by what calls show",
            Self::List(ListType::VOICE_MAIL_APPLICATIONS, _) => "voice mail is taken for an extension where calls do not show it",
            Self::List(ListType::NODES, _) => "nodes are known only by what they report",
            Self::List(..) => "nothing of the calls",
            Self::Agents(_) => "agents that are logged on already are not known before their state changes",
            Self::Resync(_) => "calls that are up are not seen before they change, and those from before an interruption end there",
            Self::Calls(_) => "calls that waited during an interruption end there, and one whose end was not told stays open",
            Self::Destinations(_) => "the members of main extensions are those that are configured",
            Self::Mark(_) => "nothing",
        }
    }
}

impl Watch {
    fn kind(&self) -> &'static str {
        match self {
            Self::Stations { replay: true, .. } => "stations with replay",
            Self::Stations { .. } => "stations",
            Self::Trunks(_) => "trunks",
            Self::System(_) => "system",
            Self::Group(_) => "hunt group",
            Self::Device(_) => "device",
            Self::Router(_) => "router",
        }
    }
}

/// What is wanted with it, for people.
impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_node = |node: &Option<u16>| node.map_or_else(String::new, |node| format!(" of node {node}"));
        match self {
            Self::NodeAware => f.write_str("node-aware mode"),
            Self::Life => f.write_str("a sign of life"),
            Self::Expanded => f.write_str("extensions with their node"),
            Self::Watch(Watch::Stations { node, replay }) => {
                write!(f, "a monitor on all stations{}{}", of_node(node), if *replay { ", with a replay of their state" } else { "" })
            }
            Self::Watch(Watch::Trunks(node)) => write!(f, "a monitor on all trunks{}", of_node(node)),
            Self::Watch(Watch::System(node)) => write!(f, "the system monitor{}", of_node(node)),
            Self::Watch(Watch::Group(device)) => write!(f, "a monitor on hunt group {device}"),
            Self::Watch(Watch::Device(device)) => write!(f, "a monitor on {device}"),
            Self::Watch(Watch::Router(device)) => write!(f, "a monitor on the Personal Router Device {device}"),
            Self::List(list, node) => write!(f, "the list of {}{}", list.name().unwrap_or("an unknown kind"), of_node(node)),
            Self::Agents(group) => write!(f, "the agents of hunt group {group}"),
            Self::Resync(Part::All) => f.write_str("a resync of everything"),
            Self::Resync(Part::Node(node)) => write!(f, "a resync of node {node}"),
            Self::Calls(device) => write!(f, "the calls at {device}"),
            Self::Info(device) => write!(f, "what {device} is"),
            Self::Destinations(main) => write!(f, "the destinations of {main}"),
            Self::Mark(_) => f.write_str("nothing"),
        }
    }
}
