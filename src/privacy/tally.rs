//! What a run of the retention came to.

use std::fmt;

use serde::Serialize;

use super::Fate;
use crate::telephony::{Time, rfc3339};

/// Some calls: how many, and when they ended.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Share {
    /// How many.
    pub calls: u64,
    /// The earliest end.
    #[serde(with = "rfc3339::option")]
    pub first: Option<Time>,
    /// The latest end.
    #[serde(with = "rfc3339::option")]
    pub last: Option<Time>,
}

impl Share {
    /// One more.
    pub fn add(&mut self, ended_at: Time) {
        self.plus(&Self { calls: 1, first: Some(ended_at), last: Some(ended_at) });
    }

    fn plus(&mut self, other: &Self) {
        self.calls += other.calls;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls", self.calls)?;
        match (self.first, self.last) {
            (Some(first), Some(last)) => write!(f, ", ended {first} to {last}"),
            _ => Ok(()),
        }
    }
}

/// What became of those for which something was due.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Tally {
    /// Numbers and names taken out.
    pub anonymised: Share,
    /// Removed.
    pub deleted: Share,
    /// Left, because of a legal hold.
    pub held: Share,
    /// Left, because the stored record cannot be read.
    pub unreadable: Share,
}

impl Tally {
    /// One more call with this fate.
    pub fn count(&mut self, fate: Fate, ended_at: Time) {
        match fate {
            Fate::Keep => {}
            Fate::Held => self.held.add(ended_at),
            Fate::Anonymise => self.anonymised.add(ended_at),
            Fate::Delete => self.deleted.add(ended_at),
        }
    }

    /// Both together.
    pub fn plus(&mut self, other: &Self) {
        self.anonymised.plus(&other.anonymised);
        self.deleted.plus(&other.deleted);
        self.held.plus(&other.held);
        self.unreadable.plus(&other.unreadable);
    }
}
