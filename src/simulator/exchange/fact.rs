//! What happened in the exchange, as it comes out.
//!
//! Facts follow the events of ECMA-269 §16 and §17. A fact about a call holds what any viewpoint's line of it needs: the parties' data
//! ([`CallInfo`]) as they are after the fact, and who sees it in which local state ([`View`]).

use smol_str::SmolStr;

use super::cause::Cause;
use super::config::{Dnd, Forward, StationKind};
use crate::telephony::{AgentId, DeviceId, SwitchCallId, Time};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// When.
    pub at: Time,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// In a call.
    Call(Box<CallFact>),
    /// To an agent.
    Agent(AgentFact),
    /// To a device.
    Device(DeviceFact),
    /// To the system.
    System(SystemFact),
}

/// Something that happened in a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallFact {
    /// What.
    pub kind: CallFactKind,
    /// The call after it.
    pub call: CallInfo,
    /// Who sees it, in which local state after it. One whose connection ended with this fact is in state [`LocalState::None`].
    pub views: Vec<View>,
    /// Why.
    pub cause: Cause,
}

/// The data that goes with a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallInfo {
    /// What the exchange numbers the call. In a conference each [`View`] has its own number.
    pub id: SwitchCallId,
    /// The calling side as presented now: the party that stayed, after a transfer.
    pub calling: Side,
    /// The name of the outside caller; `None`: withheld, or nobody calls from outside.
    pub outside_name: Option<SmolStr>,
    /// The DDI label, else the trunk's description, of a call from outside.
    pub trunk_name: Option<SmolStr>,
    /// The DNIS or DDI digits of a call from outside.
    pub trunk_number: Option<SmolStr>,
    /// The first destination while never answered; the digits of a call to outside; the target of a transfer or recall after one.
    pub originally_called: Option<SmolStr>,
    /// The device that forwarded, deflected, transferred or recalled last.
    pub last_redirection: Option<DeviceId>,
    /// The account code.
    pub account: Option<SmolStr>,
    /// The hunt group that offers the call.
    pub group: Option<DeviceId>,
}

/// One side of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// The station, hunt group, voice mail application, or the trunk that leads outside.
    pub device: DeviceId,
    /// True for a trunk: the party is outside.
    pub is_outside: bool,
    /// The number of the party outside; `None`: withheld, or inside.
    pub number: Option<SmolStr>,
}

/// One device's sight of a fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    /// The device.
    pub device: DeviceId,
    /// Its number of the call.
    pub call: SwitchCallId,
    /// Its local connection state after the fact.
    pub state: LocalState,
}

/// The state of a device's connection (ECMA-269 §6.1.5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LocalState {
    /// Over.
    None,
    /// Dial tone.
    Initiated,
    /// Rings.
    Alerting,
    /// Takes part; also the calling side while the other one rings.
    Connected,
    /// Holds the others.
    Hold,
    /// Hears a failure tone, or could not be reached.
    Failed,
    /// Waits.
    Queued,
}

/// What happened in the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallFactKind {
    /// Dial tone (Service Initiated). No call yet.
    ServiceInitiated {
        /// Where.
        device: DeviceId,
    },
    /// The exchange tries to set the call up (Originated).
    Originated {
        /// What was dialled: the digits of an internal call; the access code alone of a call to outside dialled by hand, all digits
        /// of one that was commanded; the DNIS of a call from outside.
        dialled: Option<SmolStr>,
    },
    /// The call leaves by a trunk (Network Reached).
    NetworkReached {
        /// The trunk.
        trunk: DeviceId,
        /// The digits sent out.
        digits: SmolStr,
    },
    /// A device rings (Delivered).
    Delivered {
        /// Which.
        alerting: Side,
    },
    /// An outside party answered and has not accepted yet (answer supervision by a human).
    Routed {
        /// Which.
        answering: Side,
    },
    /// Somebody answered (Established).
    Established {
        /// Who.
        answering: Side,
    },
    /// A device holds the others (Held).
    Held {
        /// Which.
        holder: DeviceId,
    },
    /// A held call is back (Retrieved).
    Retrieved {
        /// By whom: the holder, or another station for a call on system hold, which takes the holder's place.
        by: DeviceId,
        /// Who held it.
        holder: DeviceId,
        /// The other side; `None`: a conference.
        retrieved: Option<Side>,
    },
    /// The call waits at a group (Queued).
    Queued {
        /// The group.
        group: DeviceId,
        /// Its place, 1 for the first.
        position: u32,
    },
    /// The call goes on from one device to another (Diverted): forwarded, deflected, picked up, overflowed, recalled, not answered by
    /// a member of a group.
    ///
    /// The connection of `from` is over with this fact, if it had one.
    Diverted {
        /// From where.
        from: Side,
        /// Where to. A group: the call waits there again.
        to: Side,
    },
    /// A device handed the call over (Transferred). Its connections in both calls are over with this fact, and so is the announcement
    /// call: no [`CallFactKind::ConnectionCleared`] follows for them. [`CallInfo::id`] is the number that stays.
    Transferred {
        /// Who handed it over.
        by: DeviceId,
        /// Who was handed over.
        transferred: Side,
        /// The number of the call before; another than [`CallInfo::id`] where the exchange numbers it anew.
        primary: SwitchCallId,
        /// The number of the consultation call, which is over; `None`: handed over in one step.
        announcement: Option<SwitchCallId>,
        /// Who gets it: the digits' device; of an attended transfer the party of the consultation.
        to: Side,
        /// Whether the one who gets it has answered.
        is_answered: bool,
    },
    /// Calls become one conference (Conferenced). The controller's connections in the calls before are over; its number is new.
    Conferenced {
        /// Who brought them together.
        controller: DeviceId,
        /// The controller's number of the call held first.
        primary: SwitchCallId,
        /// The controller's number of the last call joined.
        secondary: SwitchCallId,
        /// Everybody with their number of the call, the controller first.
        parties: Vec<(Side, SwitchCallId)>,
    },
    /// A connected device handed the call to another one of its user (Dynamic Extension Express). The connection of `from` is over
    /// with this fact; [`CallFactKind::Established`] of `to` follows.
    HandedOff {
        /// From where.
        from: Side,
        /// Where to.
        to: Side,
    },
    /// A device's connection is over (Connection Cleared).
    ConnectionCleared {
        /// Whose.
        cleared: DeviceId,
        /// Who ended it.
        by: DeviceId,
        /// The reason beyond the cause.
        leaving: Leaving,
    },
    /// The call is over (Call Cleared).
    CallCleared {
        /// Where it went on: the call and the device that got it, after a transfer.
        into: Option<(SwitchCallId, DeviceId)>,
    },
    /// The call cannot be set up (Failed). The caller hears a tone until it hangs up.
    Failed {
        /// The device that cannot be reached; the caller itself where no device is to blame.
        failed: Side,
        /// What was called.
        called: SmolStr,
        /// False: the exchange gave the call up at once, and has no number for it any more.
        is_numbered: bool,
    },
    /// An account code was entered, or the presented data were changed.
    Information {
        /// By whom.
        device: DeviceId,
    },
}

/// Why a connection is over, beyond the cause: faces may tell some of these otherwise or not at all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Leaving {
    /// Its own party hung up.
    HungUp,
    /// Another party or the exchange ended it.
    Released,
    /// Another device of the same offer answered.
    AnsweredElsewhere,
    /// It rang in vain: the exchange stopped it.
    NotAnswered,
    /// Its party declined, or did not accept.
    Declined,
    /// Whoever waited at this group was put through.
    PutThrough,
    /// Whoever waited at this group gave up.
    Abandoned,
}

/// Something that happened to an agent. In groups without agent IDs the extension stands for the agent: `agent` is `None`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentFact {
    /// The agent ID.
    pub agent: Option<AgentId>,
    /// Where.
    pub device: DeviceId,
    /// What.
    pub kind: AgentFactKind,
}

/// What happened to the agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AgentFactKind {
    /// Logged on to these groups.
    LoggedOn(Vec<DeviceId>),
    /// Logged off from these groups; from the last one: gone.
    LoggedOff(Vec<DeviceId>),
    /// Not on a call.
    Ready,
    /// On a call, or not ready by choice.
    NotReady,
    /// Does what a call left to do.
    WorkingAfterCall,
}

/// Something that happened to a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceFact {
    /// Which.
    pub device: DeviceId,
    /// What.
    pub kind: DeviceFactKind,
}

/// What happened to the device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeviceFactKind {
    /// Do not disturb; `None`: off.
    DoNotDisturb(Option<Dnd>),
    /// Forwarding by hand; `None`: off.
    Forwarding(Option<Forward>),
    /// Reachable or not.
    Online(bool),
    /// Dynamic Extension Express switched for the user of this main extension.
    Dee(bool),
    /// Taken out of its hunt groups (`false`) or back in.
    HuntGroups(bool),
}

/// Something that happened to the system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SystemFact {
    /// A station got another name.
    StationRenamed {
        /// Which.
        device: DeviceId,
        /// The name.
        name: SmolStr,
    },
    /// An extension was created, removed or renumbered.
    ExtensionChanged {
        /// The node.
        node: u16,
        /// The former one; `None`: created.
        old: Option<DeviceId>,
        /// The present one; `None`: removed.
        new: Option<DeviceId>,
        /// What the device is.
        kind: StationKind,
    },
    /// The members of a hunt group changed.
    MembersChanged {
        /// The group.
        group: DeviceId,
        /// How many there are.
        count: usize,
    },
    /// Night mode.
    NightMode {
        /// The node.
        node: u16,
        /// On.
        on: bool,
    },
    /// The way to a node is cut or back. Calls go on.
    NodeLink {
        /// The node.
        node: u16,
        /// Back.
        up: bool,
    },
}
