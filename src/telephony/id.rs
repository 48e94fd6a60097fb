//! Identities and kinds.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::ToSchema;

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// From the text that the PBX uses.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(SmolStr::new(text))
            }

            /// The text that the PBX uses.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identity! {
    /// A device as its users dial or name it: extension number, hunt group, trunk, park slot, outside number.
    DeviceId
}
identity! {
    /// What an agent logs on with (ECMA-269 §6.1.1, agentID).
    AgentId
}
identity! {
    /// What the PBX numbers as a call. Unique among the calls that one PBX has at one time.
    SwitchCallId
}
identity! {
    /// One device's part in one switch call (ECMA-269 §6.1.4). Unique among the connections that one PBX has at one time.
    ConnectionId
}

impl ConnectionId {
    /// One of the calls that a line takes in turn.
    pub fn turn(line: &str, call: &SwitchCallId) -> Self {
        Self::new(format!("{line}@{call}"))
    }

    /// The line, where this is its part in that call.
    pub fn line_of(&self, call: &SwitchCallId) -> Option<&str> {
        self.as_str().split_once('@').filter(|(_, of)| *of == call.as_str()).map(|(line, _)| line)
    }

    /// The line, where this is one of the calls that it takes in turn.
    pub fn line(&self) -> Option<&str> {
        self.as_str().split_once('@').map(|(line, _)| line)
    }
}

/// What a device is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A station device that people use.
    Extension,
    /// A hunt group or queue.
    HuntGroup,
    /// A line to another system.
    Trunk,
    /// A mailbox, its greeting included.
    VoiceMail,
    /// A place where calls wait to be retrieved.
    Park,
    /// A meeting place of several parties.
    Conference,
    /// Something of the PBX that plays and listens: attendant, announcement, dialplan application.
    Ivr,
    /// A number outside: credited only where somebody holds it as an extension, or it is a DEE member.
    External,
}
