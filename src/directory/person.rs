//! Users, groups, and what can be given to a user.

use std::fmt;

use uuid::Uuid;

use crate::telephony::{AgentId, DeviceId};

/// What belongs to one user at a time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Assignable {
    /// An extension.
    Extension(DeviceId),
    /// An agent ID.
    Agent(AgentId),
}

impl Assignable {
    /// `extension` or `agent`, as people files and the store write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Extension(_) => "extension",
            Self::Agent(_) => "agent",
        }
    }

    /// The number alone.
    pub fn number(&self) -> &str {
        match self {
            Self::Extension(device) => device.as_str(),
            Self::Agent(agent) => agent.as_str(),
        }
    }

    /// The reverse of [`Assignable::kind`] and [`Assignable::number`]; `None` for a kind that is not known.
    pub fn from_parts(kind: &str, number: &str) -> Option<Self> {
        match kind {
            "extension" => Some(Self::Extension(DeviceId::new(number))),
            "agent" => Some(Self::Agent(AgentId::new(number))),
            _ => None,
        }
    }
}

impl fmt::Display for Assignable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.number())
    }
}

/// A person who handles calls, or who only looks at them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Stable.
    pub id: Uuid,
    /// Display name.
    pub name: String,
    /// As written; compared without regard to case.
    pub email: Option<String>,
}

/// A group for reports and presence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Stable.
    pub id: Uuid,
    /// Name.
    pub name: String,
}
