//! What happens in the exchange by itself: the steps of a scenario, random load, or nothing.

use super::exchange::{Exchange, Fact, Refusal};
use super::load::Load;
use super::play::Player;
use super::scenario::LinkFault;
use crate::telephony::Time;

/// What happens by itself.
#[derive(Debug)]
pub enum Traffic {
    /// Nothing: only what clients command. Never over.
    None,
    /// The steps of a scenario.
    Scenario(Player),
    /// Random calls.
    Load(Box<Load>),
}

/// What comes of traffic beside what it does to the exchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Something happens to the links.
    Link(LinkFault),
    /// Something is worth telling.
    Notice(Notice),
}

/// Something worth telling of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// A step is done.
    Step {
        /// Its line.
        line: usize,
        /// As written.
        sentence: String,
    },
    /// A step could not be done.
    Refused {
        /// Its line.
        line: usize,
        /// As written.
        sentence: String,
        /// Why.
        why: Why,
    },
}

/// Why a step could not be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Why {
    /// The exchange refuses it.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// No trunk leads to that number now.
    #[error("nobody of that number is in a call")]
    NoParty,
    /// The agent is logged on nowhere.
    #[error("that agent is not logged on")]
    NotLoggedOn,
    /// Nothing is parked there.
    #[error("nothing is parked there")]
    NothingParked,
}

impl Traffic {
    /// It begins at that moment.
    pub(super) fn begin(&mut self, at: Time) {
        match self {
            Self::None => {}
            Self::Scenario(player) => player.begin(at),
            Self::Load(load) => load.begin(at),
        }
    }

    /// When [`Traffic::timeout`] is wanted.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        match self {
            Self::None => None,
            Self::Scenario(player) => player.poll_timeout(),
            Self::Load(load) => load.poll_timeout(),
        }
    }

    /// Does what is due by then.
    pub(super) fn timeout(&mut self, at: Time, exchange: &mut Exchange) -> Vec<Act> {
        match self {
            Self::None => Vec::new(),
            Self::Scenario(player) => player.timeout(at, exchange),
            Self::Load(load) => {
                load.timeout(at, exchange);
                Vec::new()
            }
        }
    }

    /// Hears what happened.
    pub(super) fn facts(&mut self, facts: &[Fact], exchange: &Exchange) {
        if let Self::Load(load) = self {
            load.facts(facts, exchange);
        }
    }

    /// Nothing more will happen by itself.
    pub(super) fn is_done(&self) -> bool {
        match self {
            Self::None => false,
            Self::Scenario(player) => player.is_done(),
            Self::Load(load) => load.is_done(),
        }
    }
}
