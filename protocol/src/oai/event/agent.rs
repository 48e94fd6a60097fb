//! Agent events (OAI reference §5.2). In groups without agent ids the agent id is the extension itself.

use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::text::Text;
use super::super::wire::record;

record! {
    /// LN, LF: an agent logged on to, or off from, a group; one line for each group.
    AgentLogon {
        /// The station used.
        device: Extension,
        /// The agent.
        agent: Option<SmolStr>,
        /// In V10 the description of the station, not of the agent.
        description: Option<Text>,
        /// The group.
        group: Option<Extension>,
    }

    /// RY, NRY, WNR: an agent is ready (not on a call), not ready, or wraps a call up.
    AgentState {
        /// The station used.
        device: Extension,
        /// The agent.
        agent: Option<SmolStr>,
    }
}
