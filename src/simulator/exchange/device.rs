//! Devices as they are now.

use std::collections::BTreeSet;

use super::call::CallKey;
use super::config::{DeeMember, Dnd, Forward, HuntGroupConfig, StationConfig, TrunkConfig, TrunkGroupConfig};
use crate::telephony::{AgentId, DeviceId};

/// A telephone.
#[derive(Clone, Debug)]
pub struct Station {
    /// As programmed.
    pub config: StationConfig,
    /// Reachable.
    pub is_online: bool,
    /// Do not disturb.
    pub dnd: Option<Dnd>,
    /// Forwarding by hand.
    pub forward: Option<Forward>,
    /// It takes part in its hunt groups.
    pub takes_group_calls: bool,
    /// The hot-desk extension that has taken its telephone.
    pub taken_by: Option<DeviceId>,
}

impl Station {
    pub(super) fn new(config: StationConfig) -> Self {
        Self { is_online: config.is_online, config, dnd: None, forward: None, takes_group_calls: true, taken_by: None }
    }
}

/// A line to the network.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// As programmed.
    pub config: TrunkConfig,
}

/// Trunks that are taken for calls to outside.
#[derive(Clone, Debug)]
pub struct TrunkGroup {
    /// As programmed.
    pub config: TrunkGroupConfig,
}

/// A hunt group.
#[derive(Clone, Debug)]
pub struct HuntGroup {
    /// As programmed.
    pub config: HuntGroupConfig,
    /// The calls at it, in order of arrival.
    pub(super) queue: Vec<CallKey>,
    /// The member that was tried last.
    pub(super) last_tried: Option<DeviceId>,
}

/// Who is logged on at a station.
#[derive(Clone, Debug)]
pub struct Login {
    /// The agent; `None`: the extension itself, for groups without agent IDs.
    pub agent: Option<AgentId>,
    /// The groups joined.
    pub groups: BTreeSet<DeviceId>,
    /// The state.
    pub mode: AgentMode,
    /// Not ready by choice.
    pub is_paused: bool,
    /// Numbers the wrap-up that runs.
    pub(super) wrap_up: u64,
}

/// The state of who is logged on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AgentMode {
    /// Takes calls.
    Ready,
    /// On a call, or not ready by choice.
    NotReady,
    /// Does what a call left to do.
    WorkingAfterCall,
}

/// A user with several devices.
#[derive(Clone, Debug)]
pub struct Dee {
    /// The others, besides the main extension.
    pub members: Vec<DeeMember>,
    /// Switched on.
    pub is_on: bool,
}
