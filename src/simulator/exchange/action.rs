//! What can be done to the exchange: by people at telephones, by parties outside, by commands and by its administrators.
//!
//! Where an action names a call, it is the number that the acting device knows it by; `None`: the one that is meant by itself (the
//! active call, the only ringing one, the only held one).

use smol_str::SmolStr;

use super::config::{Dnd, Forward, StationConfig};
use super::fact::Side;
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

/// Something to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// A station goes off hook and hears dial tone.
    OffHook {
        /// Which.
        device: DeviceId,
    },
    /// A station dials by hand; it goes off hook by itself.
    Dial {
        /// Which.
        device: DeviceId,
        /// What: an extension, or an access code with the digits for outside.
        digits: SmolStr,
        /// The account code.
        account: Option<SmolStr>,
    },
    /// The same by command: a number that leads nowhere is refused, and all digits are known at once.
    MakeCall {
        /// Which.
        device: DeviceId,
        /// What.
        digits: SmolStr,
        /// The account code.
        account: Option<SmolStr>,
    },
    /// A ringing station answers.
    Answer {
        /// Which.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
    },
    /// A station ends its part in a call: dial tone, tone of failure, ringing out, talking or holding.
    HangUp {
        /// Which.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
    },
    /// A station ends the call for everybody.
    ClearCall {
        /// Which.
        device: DeviceId,
        /// What.
        call: SwitchCallId,
    },
    /// A ringing station declines: it goes into do not disturb, the caller hears so.
    Reject {
        /// Which.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
        /// What to show.
        message: Dnd,
    },
    /// A station holds the call that it talks in.
    Hold {
        /// Which.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
        /// How.
        kind: HoldKind,
    },
    /// A station takes a held call back; another station takes one on system hold.
    Retrieve {
        /// Which.
        device: DeviceId,
        /// What: by the holder's number of it.
        call: Option<SwitchCallId>,
    },
    /// A station ends one call and takes a held one back.
    Reconnect {
        /// Which.
        device: DeviceId,
        /// What to end.
        clear: SwitchCallId,
        /// What to take back.
        held: SwitchCallId,
    },
    /// A station holds the call that it talks in and calls somebody.
    Consult {
        /// Which.
        device: DeviceId,
        /// What to hold.
        call: Option<SwitchCallId>,
        /// Whom to call.
        digits: SmolStr,
        /// What for.
        purpose: Purpose,
        /// The account code.
        account: Option<SmolStr>,
    },
    /// A station hands a held call over to the party of its other call, which may ring still.
    Transfer {
        /// Which.
        device: DeviceId,
        /// The held call; `None`: the only one.
        held: Option<SwitchCallId>,
        /// The other one; `None`: the active one.
        consultation: Option<SwitchCallId>,
    },
    /// A station hands the call that it talks in over, without asking.
    TransferOneStep {
        /// Which.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
        /// Where to.
        digits: SmolStr,
    },
    /// A station brings the parties of its calls together, itself included.
    Conference {
        /// Which.
        device: DeviceId,
        /// Two calls or more; empty: all that it holds or talks in.
        calls: Vec<SwitchCallId>,
    },
    /// A ringing call, or one that waits at a group, is sent on by hand.
    Deflect {
        /// The ringing station, or the group.
        device: DeviceId,
        /// What; `None`: the only one there.
        call: Option<SwitchCallId>,
        /// Where to.
        digits: SmolStr,
    },
    /// A station takes a call that rings elsewhere.
    Pickup {
        /// Which.
        device: DeviceId,
        /// Where it rings.
        from: DeviceId,
        /// What; `None`: the one that rings there longest.
        call: Option<SwitchCallId>,
    },
    /// A station of a Dynamic Extension Express group rings the others in order to go on there; which one, shows when it is answered.
    HandOffPush {
        /// Which.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
    },
    /// A station of a Dynamic Extension Express group takes the call that another one of the group is in.
    HandOffPull {
        /// Which.
        device: DeviceId,
    },
    /// A station listens in where another one talks.
    SilentMonitor {
        /// Which.
        device: DeviceId,
        /// Where.
        target: DeviceId,
    },
    /// The account code of a call.
    SetAccount {
        /// By whom.
        device: DeviceId,
        /// What.
        call: Option<SwitchCallId>,
        /// The code.
        code: SmolStr,
    },
    /// Changes what a call presents; `None` keeps.
    Modify {
        /// By whom.
        device: DeviceId,
        /// What.
        call: SwitchCallId,
        /// The outside caller's name.
        name: Option<SmolStr>,
        /// The outside caller's number, as presented from here on.
        number: Option<SmolStr>,
        /// The DDI label.
        trunk_name: Option<SmolStr>,
        /// The DDI digits.
        trunk_number: Option<SmolStr>,
    },

    /// A call arrives from outside.
    TrunkCall {
        /// By which trunk; `None`: any that is free.
        trunk: Option<DeviceId>,
        /// Caller ID; `None`: withheld.
        number: Option<SmolStr>,
        /// Caller's name.
        name: Option<SmolStr>,
        /// The digits that were dialled for this exchange.
        dnis: SmolStr,
    },
    /// The party outside that a trunk leads to does something.
    Outside {
        /// The trunk.
        trunk: DeviceId,
        /// What.
        deed: Deed,
    },

    /// An agent logs on; without an agent ID: the extension logs on to its groups.
    LogOn {
        /// Where.
        device: DeviceId,
        /// Who.
        agent: Option<AgentId>,
        /// To this group; `None`: to all that have the agent.
        group: Option<DeviceId>,
    },
    /// Who is logged on at the device logs off.
    LogOff {
        /// Where.
        device: DeviceId,
        /// From this group; `None`: from all.
        group: Option<DeviceId>,
    },
    /// Who is logged on at the device takes calls of the groups, or none. Ready also ends a wrap-up.
    SetReady {
        /// Where.
        device: DeviceId,
        /// Takes calls.
        ready: bool,
    },

    /// Do not disturb; `None`: off.
    SetDnd {
        /// Where.
        device: DeviceId,
        /// What to show.
        dnd: Option<Dnd>,
    },
    /// Forwarding by hand; `None`: off.
    SetForward {
        /// Where.
        device: DeviceId,
        /// How.
        forward: Option<Forward>,
    },
    /// A station becomes reachable or not. What it talked in ends as if it hung up; what rings there goes on in vain.
    SetOnline {
        /// Which.
        device: DeviceId,
        /// Reachable.
        online: bool,
    },
    /// A station takes part in its hunt groups, or not.
    SetHuntGroups {
        /// Which.
        device: DeviceId,
        /// Takes part.
        on: bool,
    },
    /// A hot-desk extension comes to a telephone, whose own extension goes out of service meanwhile; `None`: it leaves.
    HotDesk {
        /// The hot-desk extension.
        device: DeviceId,
        /// The telephone's own extension.
        at: Option<DeviceId>,
    },
    /// Dynamic Extension Express of a main extension.
    SetDee {
        /// The main extension.
        main: DeviceId,
        /// On.
        on: bool,
    },
    /// Members of a hunt group: stations, or agent IDs where the group has them.
    SetMembers {
        /// The group.
        group: DeviceId,
        /// All members from here on.
        members: Vec<SmolStr>,
    },
    /// Night mode of a node.
    SetNight {
        /// Which.
        node: u16,
        /// On.
        on: bool,
    },
    /// A station is renamed.
    Rename {
        /// Which.
        device: DeviceId,
        /// The name.
        name: SmolStr,
    },
    /// A station is created.
    CreateStation(Box<StationConfig>),
    /// A station without calls is removed.
    RemoveStation {
        /// Which.
        device: DeviceId,
    },
    /// A station without calls gets another number on the same node.
    RenumberStation {
        /// Which.
        device: DeviceId,
        /// The number.
        number: SmolStr,
    },
    /// The way to a node is cut, or back: told as a fact only, calls go on.
    NodeLink {
        /// Which.
        node: u16,
        /// Back.
        up: bool,
    },
}

/// How a call is held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HoldKind {
    /// For oneself.
    Individual,
    /// For any station to retrieve: parked.
    System,
    /// In order to hand over.
    Transfer,
    /// In order to bring parties together.
    Conference,
}

/// What a consultation is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// To hand over.
    Transfer,
    /// To bring together.
    Conference,
}

/// What the party outside does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Deed {
    /// Its telephone rings.
    Rings,
    /// It answers. Where a person has to accept first, the line is open, no more.
    Answers,
    /// It accepts.
    Accepts,
    /// It declines, or does not accept.
    Declines,
    /// It is engaged.
    IsBusy,
    /// The network cannot carry the call.
    IsCongested,
    /// There is no such number.
    DoesNotExist,
    /// It hangs up.
    HangsUp,
}

/// What came of an action.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Done {
    /// The call that was made, or that it went on in.
    pub call: Option<SwitchCallId>,
    /// Who was handed over.
    pub transferred: Option<Side>,
    /// Who gets it.
    pub destination: Option<Side>,
    /// The conference: its controller first.
    pub parties: Vec<(Side, SwitchCallId)>,
}
