//! What the PBX is asked, and in which order: the snapshot after login and after every gap, the refresh after a reload, the audit.

use smol_str::SmolStr;
use strowger_protocol::ami::{Action, EncodeError};

/// A question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Question {
    CoreSettings,
    CoreStatus,
    Endpoints,
    Contacts,
    DeviceStates,
    Agents,
    Queues,
    Channels,
    Status,
    Bridges,
    Bridge(SmolStr),
    ParkedCalls,
    Conferences,
}

impl Question {
    /// The snapshot, in the order in which lists build on each other.
    pub(super) const SNAPSHOT: [Self; 12] = [
        Self::CoreSettings,
        Self::CoreStatus,
        Self::Endpoints,
        Self::Contacts,
        Self::DeviceStates,
        Self::Agents,
        Self::Queues,
        Self::Channels,
        Self::Status,
        Self::Bridges,
        Self::ParkedCalls,
        Self::Conferences,
    ];

    /// After a reload: what the configuration may have changed.
    pub(super) const REFRESH: [Self; 3] = [Self::Endpoints, Self::Agents, Self::Queues];

    /// Name of the action.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::CoreSettings => "CoreSettings",
            Self::CoreStatus => "CoreStatus",
            Self::Endpoints => "PJSIPShowEndpoints",
            Self::Contacts => "PJSIPShowContacts",
            Self::DeviceStates => "DeviceStateList",
            Self::Agents => "Agents",
            Self::Queues => "QueueStatus",
            Self::Channels => "CoreShowChannels",
            Self::Status => "Status",
            Self::Bridges => "BridgeList",
            Self::Bridge(_) => "BridgeInfo",
            Self::ParkedCalls => "ParkedCalls",
            Self::Conferences => "ConfbridgeListRooms",
        }
    }

    /// Write privilege that the action wants, any one of these (manager.conf).
    pub(super) fn privilege(&self) -> &'static str {
        match self {
            Self::CoreSettings | Self::CoreStatus | Self::Channels => "system or reporting",
            Self::Endpoints | Self::Contacts => "system",
            Self::DeviceStates => "call or reporting",
            Self::Agents => "agent",
            Self::Status => "system, call or reporting",
            Self::ParkedCalls => "call",
            Self::Conferences => "reporting",
            Self::Queues | Self::Bridges | Self::Bridge(_) => "none",
        }
    }

    /// Whether the answer is one message, not a list.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::CoreSettings | Self::CoreStatus)
    }

    pub(super) fn encode(&self, action_id: &str) -> Result<Action, EncodeError> {
        let action = Action::new(self.action())?.field("ActionID", action_id)?;
        match self {
            Self::Bridge(id) => action.field("BridgeUniqueid", id.as_str()),
            Self::CoreSettings
            | Self::CoreStatus
            | Self::Endpoints
            | Self::Contacts
            | Self::DeviceStates
            | Self::Agents
            | Self::Queues
            | Self::Channels
            | Self::Status
            | Self::Bridges
            | Self::ParkedCalls
            | Self::Conferences => Ok(action),
        }
    }
}
