//! What the exchange consists of.
//!
//! Devices are referred to by [`DeviceId`]: the number alone where there is one node, `node:number` where there are several
//! ([`Config::device`]). Destinations are digits, looked up from the node of the device that dials them.

use std::time::Duration;

use smol_str::SmolStr;

use crate::telephony::{AgentId, DeviceId};

/// The whole exchange as programmed.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Its nodes; without any: one, numbered 1.
    pub nodes: Vec<NodeConfig>,
    /// Telephones.
    pub stations: Vec<StationConfig>,
    /// Groups of trunks for calls to outside.
    pub trunk_groups: Vec<TrunkGroupConfig>,
    /// Lines to the network.
    pub trunks: Vec<TrunkConfig>,
    /// Hunt groups.
    pub hunt_groups: Vec<HuntGroupConfig>,
    /// Agent IDs.
    pub agents: Vec<AgentConfig>,
    /// Voice mail applications.
    pub voice_mails: Vec<VoiceMailConfig>,
    /// Dynamic Extension Express: users with several devices.
    pub dee: Vec<DeeConfig>,
    /// Where calls from outside go.
    pub routes: Vec<Route>,
    /// Times.
    pub timers: Timers,
    /// What varies between systems.
    pub options: Options,
}

impl Config {
    /// The id of a device: its number, with the node before it where there are several.
    pub fn device(&self, address: &Address) -> DeviceId {
        if self.nodes.len() > 1 { DeviceId::new(format!("{}:{}", address.node, address.number)) } else { DeviceId::new(&address.number) }
    }
}

/// A device's place in the numbering plan.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Address {
    /// The node.
    pub node: u16,
    /// The extension number there.
    pub number: SmolStr,
}

impl Address {
    /// On that node.
    pub fn new(node: u16, number: impl AsRef<str>) -> Self {
        Self { node, number: SmolStr::new(number) }
    }
}

/// A node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeConfig {
    /// Its number, 1 to 63.
    pub number: u16,
    /// Its description.
    pub name: SmolStr,
}

/// A telephone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StationConfig {
    /// Where.
    pub address: Address,
    /// User name, as programmed.
    pub name: SmolStr,
    /// Description, as programmed.
    pub description: SmolStr,
    /// What it is.
    pub kind: StationKind,
    /// Reachable at the start.
    pub is_online: bool,
    /// Calls wait audibly while it is engaged; else callers hear the busy tone.
    pub has_camp_on: bool,
    /// What the system does with calls that the station does not take; forwarding by hand goes before.
    pub system_forward: Option<Forward>,
}

impl StationConfig {
    /// A keyset with camp-on off and nothing forwarded.
    pub fn new(address: Address, name: impl AsRef<str>) -> Self {
        let name = SmolStr::new(name);
        let description = name.clone();
        Self { address, name, description, kind: StationKind::Keyset, is_online: true, has_camp_on: false, system_forward: None }
    }
}

/// What a station is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StationKind {
    /// A system telephone.
    Keyset,
    /// An analogue telephone.
    SingleLine,
    /// A SIP telephone.
    Sip,
    /// A program on a computer.
    Softphone,
    /// The operator's place.
    Attendant,
    /// An extension without a telephone: hot desk, message only.
    Phantom,
}

/// Trunks that are taken for calls to outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrunkGroupConfig {
    /// Where.
    pub address: Address,
    /// Name.
    pub name: SmolStr,
    /// The digits that lead to it: `9`.
    pub access: SmolStr,
    /// Its trunks, taken in this order.
    pub trunks: Vec<DeviceId>,
}

/// A line to the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrunkConfig {
    /// Where.
    pub address: Address,
    /// Name.
    pub name: SmolStr,
    /// What it is.
    pub kind: TrunkKind,
}

/// What a trunk is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TrunkKind {
    /// Analogue.
    LoopStart,
    /// Analogue with caller ID.
    LoopStartCli,
    /// Direct inward dialling, analogue.
    Did,
    /// ISDN.
    Isdn,
    /// SIP.
    Sip,
}

/// A hunt group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HuntGroupConfig {
    /// Where.
    pub address: Address,
    /// Name.
    pub name: SmolStr,
    /// Who its members are.
    pub kind: HuntGroupKind,
    /// How they are tried.
    pub order: HuntOrder,
    /// Stations (their [`DeviceId`]), or agent IDs where it has them.
    pub members: Vec<SmolStr>,
    /// A member that rings this long in vain is passed over; `None`: rings on.
    pub no_answer_after: Option<Duration>,
    /// What becomes of calls that wait too long.
    pub overflow: Option<Overflow>,
    /// What a member has left to do after a call; groups without log-on have none.
    pub wrap_up: Duration,
    /// As many may wait; one more hears the busy tone. `None`: any number.
    pub queue_max: Option<usize>,
}

/// Who the members of a hunt group are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HuntGroupKind {
    /// Stations, always in.
    Ucd,
    /// Stations that log on.
    Acd,
    /// Agents that log on with their ID, at any station.
    AcdWithAgents,
}

/// In which order members are tried.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HuntOrder {
    /// The first that is free.
    Linear,
    /// The next free one after the last that was tried.
    Circular,
    /// All that are free at once.
    AllRing,
}

/// What becomes of calls that wait too long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overflow {
    /// Time in the group.
    pub after: Duration,
    /// Where they go: a hunt group, a voice mail application, a station.
    pub to: SmolStr,
}

/// An agent ID.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentConfig {
    /// The ID.
    pub id: AgentId,
    /// Description.
    pub name: SmolStr,
}

/// A voice mail application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoiceMailConfig {
    /// Where.
    pub address: Address,
    /// Name.
    pub name: SmolStr,
}

/// A user with several devices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeeConfig {
    /// The extension whose calls ring the members as well.
    pub main: DeviceId,
    /// The others.
    pub members: Vec<DeeMember>,
    /// On at the start.
    pub is_on: bool,
}

/// A device of such a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeeMember {
    /// A station.
    Station(DeviceId),
    /// A number outside, by the first trunk group with a free trunk. Its person has to accept after answering.
    Outside(SmolStr),
}

/// Where a call from outside goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// The digits that were dialled; empty: all that no other route names.
    pub dnis: SmolStr,
    /// The label that is presented.
    pub label: Option<SmolStr>,
    /// The node on which the destination is looked up.
    pub node: u16,
    /// By day.
    pub day: SmolStr,
    /// In night mode; `None`: as by day.
    pub night: Option<SmolStr>,
}

/// Forwarding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// Which calls.
    pub kind: ForwardKind,
    /// Where to, as dialled.
    pub to: SmolStr,
}

/// Which calls are forwarded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ForwardKind {
    /// All.
    All,
    /// While engaged.
    Busy,
    /// When nobody answers.
    NoAnswer,
    /// Both of these.
    NoAnswerOrBusy,
}

/// Do not disturb.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dnd {
    /// The message of the system's list, 1 to 20.
    pub message: u8,
    /// What is added to it, up to 16 characters.
    pub text: SmolStr,
}

/// Times.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timers {
    /// A station rings this long before the call is forwarded because nobody answers. Default 20 s.
    pub forward_no_answer: Duration,
    /// A call that was handed over rings this long before it comes back; `None`: it does not. Default 45 s.
    pub transfer_recall: Option<Duration>,
    /// The exchange gives a call that nobody answers up after this; `None`: it does not (the default).
    pub ring_limit: Option<Duration>,
    /// Devices that a call is to be handed to ring this long. Default 30 s.
    pub handoff: Duration,
    /// When all members of a group were tried in vain, the call waits this long before they are tried again. Default 5 s.
    pub hunt_again: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            forward_no_answer: Duration::from_secs(20),
            transfer_recall: Some(Duration::from_secs(45)),
            ring_limit: None,
            handoff: Duration::from_secs(30),
            hunt_again: Duration::from_secs(5),
        }
    }
}

/// What varies between systems, and is not known of all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Calls are numbered up to this, then numbers that are free are used again. 1 to 60 000, default 4 000. More calls than that at
    /// once are refused.
    pub call_ids: u32,
    /// What stands before the number, by example `@`.
    pub call_id_prefix: SmolStr,
    /// A conference has up to this many parties, 3 to 8. Default 8.
    pub conference_max: usize,
    /// A number that leads nowhere leaves the caller on a tone with its call; else (the default) the call is given up at once.
    pub invalid_number_keeps_call: bool,
    /// An agent that logs on elsewhere, or another one at the same station, first ends the older login. Else it ends untold, which the newer
    /// login implies.
    pub superseded_logs_off: bool,
    /// A blind transfer numbers the call anew. Default: it keeps its number.
    pub transfer_renumbers: bool,
    /// A call is forwarded as often as this at most. Default 10.
    pub forward_hops: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            call_ids: 4000,
            call_id_prefix: SmolStr::new_static(""),
            conference_max: 8,
            invalid_number_keeps_call: false,
            superseded_logs_off: true,
            transfer_renumbers: false,
            forward_hops: 10,
        }
    }
}

/// Why a configuration makes no exchange.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Mistake {
    /// A number is given to two devices.
    #[error("the number {0} is given twice")]
    Twice(DeviceId),
    /// A device is on a node that is not there.
    #[error("device {0} is on a node that is not listed")]
    NoNode(DeviceId),
    /// A reference leads nowhere.
    #[error("{of} refers to {to}, which is not there")]
    Dangling {
        /// What refers.
        of: SmolStr,
        /// To what.
        to: SmolStr,
    },
    /// A value is outside its range.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
}
