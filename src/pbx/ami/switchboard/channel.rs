//! One channel as far as it is known.

use smol_str::SmolStr;

use crate::telephony::{AgentId, Clearing, ConnectionId, Entry, Party, Time};

/// Asterisk's name for a channel that never changes and is not used again before a restart.
pub(super) type Uid = SmolStr;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// A device stands behind it.
    Device,
    /// Half of a Local channel.
    Local,
    /// The PBX's own: announcers, recorders, workers.
    Internal,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one channel, each told by another event")]
pub(super) struct Channel {
    pub(super) uid: Uid,
    pub(super) name: SmolStr,
    pub(super) class: Class,
    /// Key of its component: the switch call that it belongs to.
    pub(super) component: u64,
    pub(super) created_at: Time,
    pub(super) own_number: Option<SmolStr>,
    pub(super) own_name: Option<SmolStr>,
    pub(super) exten: SmolStr,

    pub(super) dialled_by: Option<Uid>,
    /// It was dialled by the PBX itself (Originate).
    pub(super) dialled_by_nobody: bool,
    pub(super) dial_string: SmolStr,
    /// What it presents as its own number when it is dialled.
    pub(super) shown_number: Option<SmolStr>,
    /// Channels that it dials or has dialled and that are still there.
    pub(super) children: Vec<Uid>,
    /// The other half of a Local channel.
    pub(super) partner: Option<Uid>,
    pub(super) bridge: Option<SmolStr>,

    pub(super) up: bool,
    pub(super) rang_at: Option<Time>,
    pub(super) announced: bool,
    pub(super) originated: bool,
    pub(super) dialled_known: bool,
    /// What a click-to-dial is for, as its caller ID tells.
    pub(super) meant_number: Option<SmolStr>,
    /// The dialplan played busy or congestion to it.
    pub(super) refused_by_pbx: bool,
    pub(super) delivered: bool,
    pub(super) established: bool,
    pub(super) cleared: bool,

    /// How the dialling of this channel ended, and when.
    pub(super) dial_end: Option<(DialStatus, Time)>,
    /// One of its children answered while it waited in its queue.
    pub(super) child_answered: bool,
    /// Its party hung up.
    pub(super) hangup_requested: Option<Time>,
    /// How its connection will be said to end, where that is decided before it does.
    pub(super) clearing: Option<Clearing>,

    /// How the next devices offered on its behalf come into the call.
    pub(super) entry_hint: Option<Entry>,
    /// Who transferred it blind, until it reaches somebody.
    pub(super) transferred_by: Option<ConnectionId>,

    pub(super) queue: Option<Stay>,
    pub(super) park: Option<Stay>,
    pub(super) conference: Option<Stay>,
    pub(super) line: Option<Line>,
    /// Half of a Local channel that offers a queue call to an agent who waits on the line.
    pub(super) offers_to: Option<Uid>,
}

/// A stay at a path device.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) connection: ConnectionId,
    pub(super) name: SmolStr,
    /// Gave up, as the PBX says.
    pub(super) abandoned: bool,
}

/// An agent's waiting line (AgentLogin): it lives before and after the calls taken on it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) agent: AgentId,
    pub(super) turn: Option<Turn>,
    /// The turn before: a transfer may be told after the line is back where it waits.
    pub(super) last_turn: Option<ConnectionId>,
}

/// One call on an agent's waiting line.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) connection: ConnectionId,
    pub(super) component: u64,
    pub(super) established: bool,
    /// When the line left the bridge of the call.
    pub(super) left_at: Option<Time>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DialStatus {
    Answer,
    Busy,
    NoAnswer,
    Cancel,
    Unavailable,
    Forwarded,
}

impl DialStatus {
    pub(super) fn parse(text: &[u8]) -> Self {
        match text {
            b"ANSWER" => Self::Answer,
            b"BUSY" => Self::Busy,
            b"NOANSWER" => Self::NoAnswer,
            b"CONGESTION" | b"CHANUNAVAIL" | b"INVALIDARGS" => Self::Unavailable,
            _ => Self::Cancel,
        }
    }
}

impl Channel {
    pub(super) fn new(uid: Uid, name: SmolStr, class: Class, component: u64, created_at: Time) -> Self {
        Self {
            uid,
            name,
            class,
            component,
            created_at,
            own_number: None,
            own_name: None,
            exten: SmolStr::default(),
            dialled_by: None,
            dialled_by_nobody: false,
            dial_string: SmolStr::default(),
            shown_number: None,
            children: Vec::new(),
            partner: None,
            bridge: None,
            up: false,
            rang_at: None,
            announced: false,
            originated: false,
            dialled_known: false,
            meant_number: None,
            refused_by_pbx: false,
            delivered: false,
            established: false,
            cleared: false,
            dial_end: None,
            child_answered: false,
            hangup_requested: None,
            clearing: None,
            entry_hint: None,
            transferred_by: None,
            queue: None,
            park: None,
            conference: None,
            line: None,
            offers_to: None,
        }
    }

    /// The connection that this channel stands for now.
    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match &self.line {
            Some(line) => line.turn.as_ref().map(|turn| turn.connection.clone()),
            None => (self.announced && !self.cleared).then(|| ConnectionId::new(&self.uid)),
        }
    }

    /// The component that what happens on this channel belongs to.
    pub(super) fn live_component(&self) -> Option<u64> {
        match &self.line {
            Some(line) => line.turn.as_ref().map(|turn| turn.component),
            None => Some(self.component),
        }
    }
}

/// A party, and whether it is inside.
pub(super) struct Seen {
    pub(super) party: Party,
    pub(super) inside: bool,
}
