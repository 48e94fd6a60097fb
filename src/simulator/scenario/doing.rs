//! What a step of a scenario does.

use std::path::PathBuf;
use std::time::Duration;

use smol_str::SmolStr;

use crate::directory::PeopleFile;
use crate::simulator::exchange::{Action, Deed};
use crate::telephony::{AgentId, DeviceId};

/// What a step does. Most steps are actions of the exchange; the others name somebody whom only the moment of the step can find.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Doing {
    /// Somebody at a station, or an administrator, acts.
    Act(Action),
    /// The party outside with that number does something; found by the trunk that leads to it then.
    Outside {
        /// The number; `None`: the one that is withheld.
        number: Option<SmolStr>,
        /// What it does.
        deed: Deed,
    },
    /// An agent acts wherever logged on then.
    Agent {
        /// Who.
        agent: AgentId,
        /// What.
        deed: AgentDeed,
    },
    /// A station that holds one call ends the other one, and is back in the first.
    GoBack(DeviceId),
    /// A station takes what another one parked.
    Unpark {
        /// Who takes it.
        device: DeviceId,
        /// Who parked it.
        from: DeviceId,
    },
    /// A station, or an agent ID, joins or leaves a hunt group for good.
    Member {
        /// The station, or the agent where the group has agent IDs.
        member: SmolStr,
        /// The hunt group.
        group: DeviceId,
        /// True: it joins.
        joins: bool,
    },
    /// People change: from here on the truth credits by that file.
    People {
        /// Its name.
        file: PathBuf,
        /// Who holds what in it.
        people: Box<PeopleFile>,
    },
    /// Something happens to the link between the exchange and its clients.
    Link(LinkFault),
}

/// What an agent does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AgentDeed {
    /// Logs off.
    LogOff,
    /// Takes calls; also ends a wrap-up.
    Ready,
    /// Takes none.
    NotReady,
}

/// What happens to the link. Every client is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkFault {
    /// The connections are cut; nobody is let in for so long.
    Cut(Duration),
    /// The next so many lines of events are never sent.
    LoseLines(u32),
    /// The next so many lines of events are sent twice.
    DoubleLines(u32),
    /// Bytes come that mean nothing.
    Garble,
    /// The exchange forgets the monitors and settings of its clients, as when their idle timer ends.
    IdleReset,
}
