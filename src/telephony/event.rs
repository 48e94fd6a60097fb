//! What happens in a telephone system, in one vocabulary for every PBX.
//!
//! The names follow ECMA-269 (CSTA phase III). A [`ConnectionId`] is one device's part in a call; waiting in a queue,
//! a park slot or a conference is a connection of that path device, beside the connection of who waits.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{AgentId, Cause, ConnectionId, DeviceId, DeviceKind, SwitchCallId, Time, TransferKind};

/// An event and its moment.
///
/// Moments may step back by the length of one burst: a device is told late where it was offered a call earlier.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Stamped {
    /// When it happened, by the PBX's clock where it tells, else by arrival.
    pub at: Time,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The PBX, or a part of it, is out of sight; the stamp is its last sign of life.
    ///
    /// Told of a part while all is told anew, it says that this part stays out of sight: nothing is concluded about it.
    LinkLost {
        /// Which part.
        scope: Scope,
    },
    /// The PBX tells the present state: [`Event::Present`] and [`Event::AgentLoggedOn`] follow, up to [`Event::Resynchronised`].
    ResyncBegan {
        /// Of which part.
        scope: Scope,
    },
    /// A connection is there at resync.
    Present(Present),
    /// The present state is told: what was not mentioned is gone.
    Resynchronised {
        /// Of which part.
        scope: Scope,
    },

    /// A device's state as the PBX reports it (ECMA-269 Back In Service, Out Of Service, Do Not Disturb, Forwarding).
    Device(DeviceChange),

    /// An agent logged on at a device.
    AgentLoggedOn {
        /// The agent.
        agent: AgentId,
        /// Where.
        device: DeviceId,
    },
    /// An agent logged off from a device.
    AgentLoggedOff {
        /// The agent.
        agent: AgentId,
        /// Where from.
        device: DeviceId,
    },
    /// An agent's state changed.
    AgentState {
        /// The agent.
        agent: AgentId,
        /// The new state.
        state: AgentState,
        /// Why not ready, as the agent gave it.
        reason: Option<SmolStr>,
    },

    /// A device begins a call (ECMA-269 Service Initiated, Originated).
    Originated {
        /// The call that it begins.
        call: SwitchCallId,
        /// Its part in it.
        connection: ConnectionId,
        /// The device.
        party: Party,
        /// What it dialled; `None` while unknown (click-to-dial: the telephone rings its own user first).
        dialled: Option<SmolStr>,
    },
    /// What the calling device dialled has become known.
    Dialled {
        /// The calling device's part.
        connection: ConnectionId,
        /// The number.
        number: SmolStr,
    },
    /// What a device presents has become known, or is known better.
    Identified {
        /// Its part in the call.
        connection: ConnectionId,
        /// The device as it is known now.
        party: Party,
    },
    /// A device is offered the call (ECMA-269 Offered; for a trunk Network Reached).
    Offered {
        /// The call.
        call: SwitchCallId,
        /// The device's part in it.
        connection: ConnectionId,
        /// The device.
        party: Party,
        /// How it comes into the call.
        how: Entry,
        /// The connection on whose behalf it is offered: the caller, or who was transferred or waits.
        by: Option<ConnectionId>,
    },
    /// The device alerts.
    Delivered {
        /// The alerting device's part.
        connection: ConnectionId,
    },
    /// The device answered; for the calling device: it was put through or the PBX answered it.
    Established {
        /// The answering device's part.
        connection: ConnectionId,
    },
    /// The device holds the others.
    Held {
        /// The holding device's part.
        connection: ConnectionId,
    },
    /// The device is back with the others.
    Retrieved {
        /// The formerly holding device's part.
        connection: ConnectionId,
    },
    /// A party waits at, or stays in, a path device: queue, park slot, conference, mailbox, attendant.
    Queued {
        /// The call.
        call: SwitchCallId,
        /// The path device's part in it.
        connection: ConnectionId,
        /// The path device.
        party: Party,
        /// Who waits.
        waiting: ConnectionId,
    },
    /// The device sent the call on.
    Diverted {
        /// The diverting device's part.
        connection: ConnectionId,
        /// Where to, as told.
        to: Option<SmolStr>,
    },
    /// The device handed the call over.
    Transferred {
        /// With or without asking first.
        kind: TransferKind,
        /// The transferring device's part in the call that it hands over (ECMA-269 primaryOldCall).
        by: ConnectionId,
        /// Its part in the consultation call, where it has one (secondaryOldCall).
        consultation: Option<ConnectionId>,
        /// Who gets it, where known already.
        to: Option<ConnectionId>,
    },
    /// Who gets a call that was transferred before.
    TransferReached {
        /// The transferring device's part.
        by: ConnectionId,
        /// Who gets it.
        to: ConnectionId,
    },
    /// A device turns out to have come into the call otherwise than it seemed: by picking up, into a conference, to listen in.
    Entered {
        /// Its part in the call.
        connection: ConnectionId,
        /// How it came.
        how: Entry,
    },
    /// Two switch calls are one from here on (ECMA-269 Conferenced, Transferred, pickup, retrieval from park).
    CallsJoined {
        /// The one whose number stays.
        call: SwitchCallId,
        /// The one that ends in it.
        with: SwitchCallId,
        /// How a second calling party of them came into the one call, unless that is told by [`Event::Entered`]: it may be gone already.
        #[serde(default = "in_conference")]
        how: Entry,
    },
    /// A call goes by another number from here on: the old one may stand for another call next. The parts that are named by it
    /// ([`ConnectionId::turn`]) are named by the new one.
    Renumbered {
        /// The number that it went by.
        from: SwitchCallId,
        /// The number that it goes by.
        to: SwitchCallId,
    },
    /// The device cannot be reached after all: it alerts no more, and the caller hears why until it hangs up (ECMA-269 Failed).
    Failed {
        /// The device's part.
        connection: ConnectionId,
    },
    /// The device's part is over (ECMA-269 Connection Cleared).
    Cleared {
        /// Its part.
        connection: ConnectionId,
        /// How.
        how: Clearing,
        /// The cause as told.
        cause: Cause,
    },
    /// No device is in the call once the next one is cleared, but the PBX still looks for one: the call goes on.
    CallKept {
        /// The call.
        call: SwitchCallId,
    },
    /// A call that was kept without devices is over (ECMA-269 Call Cleared).
    CallCleared {
        /// The call.
        call: SwitchCallId,
    },
    /// What began like a call is none: an agent's waiting line. If others took part before, that was a call and is over.
    Discarded {
        /// Its number.
        call: SwitchCallId,
    },
}

/// A part of a PBX that is in sight, or out of it, as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    All,
    /// One node of several: the devices whose name, or whose trunk's name, begins with the node's and a colon.
    Node(SmolStr),
}

impl Scope {
    /// Whether a device is within it.
    pub fn covers(&self, device: &str, trunk: Option<&str>) -> bool {
        let within = |name: &str, node: &str| name.strip_prefix(node).is_some_and(|rest| rest.starts_with(':'));
        match self {
            Self::All => true,
            Self::Node(node) => within(device, node) || trunk.is_some_and(|trunk| within(trunk, node)),
        }
    }
}

/// A connection that is there at resync.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Present {
    /// Its call.
    pub call: SwitchCallId,
    /// The connection.
    pub connection: ConnectionId,
    /// The device.
    pub party: Party,
    /// How it came into the call, as far as can be told.
    pub how: Entry,
    /// Its state.
    pub state: ConnectionState,
    /// Since when the connection is there, as the PBX tells it.
    pub since: Time,
    /// What the device dialled, where it is the calling one.
    pub dialled: Option<SmolStr>,
    /// Who waits, where the device is a path device.
    pub waiting: Option<ConnectionId>,
}

/// A device in a call, with what it presents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Party {
    /// The device.
    pub device: DeviceId,
    /// What it is.
    pub kind: DeviceKind,
    /// The number that it presents.
    pub number: Option<SmolStr>,
    /// The name that it presents.
    pub name: Option<SmolStr>,
    /// The trunk that leads to it, where it is outside.
    pub trunk: Option<SmolStr>,
}

/// What journals that do not say it mean.
fn in_conference() -> Entry {
    Entry::Conference
}

/// How a device comes into a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// It begins the call.
    Calling,
    /// It is called.
    Called,
    /// A queue offers it the call.
    Queue,
    /// It calls in order to ask before a transfer.
    Consultation,
    /// The call was transferred to it.
    Transfer,
    /// The call was forwarded to it.
    Forward,
    /// It takes a call that rings or is parked elsewhere.
    Pickup,
    /// It joins a conference.
    Conference,
    /// It listens in.
    Monitor,
}

/// How a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearing {
    /// Its own party hung up.
    HungUp,
    /// Its own party hung up on the tone that told it why it was not put through.
    HungUpOnTone,
    /// The other party or the PBX ended it.
    Released,
    /// It handed the call over.
    Transferred,
    /// Its parties went into a conference, in which it goes on otherwise.
    Conferenced,
    /// It parked the call.
    Parked,
    /// Its call was picked up elsewhere.
    PickedUp,
    /// Another device answered, as the PBX says.
    AnsweredElsewhere,
    /// The PBX stopped offering, for a reason told by what happens around it.
    Cancelled,
    /// The time for answering ran out.
    NoAnswer,
    /// Engaged.
    Busy,
    /// Declined.
    Rejected,
    /// It could not be reached.
    Failed,
    /// The call was sent on from here.
    Diverted,
    /// Whoever waited here was put through.
    PutThrough,
    /// Whoever waited here gave up.
    Abandoned,
    /// The waiting time ran out.
    TimedOut,
    /// It was found gone; what became of it was not seen.
    Lost,
}

/// The state of a connection (ECMA-269 §6.1.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// It was there before and is over: whoever waited there was put through, at a time that is not known.
    Null,
    /// The device begins a call.
    Initiated,
    /// It alerts.
    Alerting,
    /// It takes part.
    Connected,
    /// It holds the others.
    Hold,
    /// It waits.
    Queued,
}

/// The state of an agent (ECMA-269 §6.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Takes calls.
    Ready,
    /// Takes none.
    NotReady,
    /// Does what a call left to do.
    WorkingAfterCall,
    /// In a call.
    Busy,
}

/// A change of a device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChange {
    /// It can be reached again.
    InService(DeviceId),
    /// It cannot be reached.
    OutOfService(DeviceId),
    /// Do not disturb was switched.
    DoNotDisturb(DeviceId, bool),
    /// Forwarding was switched: where to, where told.
    Forwarding(DeviceId, bool, Option<SmolStr>),
}
