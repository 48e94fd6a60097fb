//! What happened in the exchange, as each monitor is told of it: one copy for each device that sees it (OAI reference §4.5).

mod agent;
mod arrange;
mod body;
mod call;
mod cause;
mod feature;
mod system;

use strowger_protocol::oai::EventBody;

pub(super) use arrange::{Early, Told, arrange};
pub(super) use body::{id as call_id, state as local_state};
pub(super) use cause::{hold as hold_cause, number};
pub(super) use feature::forward_feature;

use super::naming::Naming;
use super::profile::Profile;
use crate::simulator::exchange::{Exchange, What};
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

/// One line that a fact becomes, and who is told it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Copy {
    pub(super) to: To,
    pub(super) body: EventBody,
}

/// Who is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum To {
    /// Monitors of the device, and of the agent who is logged on there.
    Device(DeviceId),
    /// Monitors of the device, and of this agent.
    Agent(DeviceId, Option<AgentId>),
    /// Call monitors and calls-via monitors of the call.
    Call(SwitchCallId),
    /// The same for XC, which call monitors are told only where the call goes on (OAI reference §5.1).
    Cleared(SwitchCallId),
    /// Call-termination monitors, and those of the call, which is over.
    CallOver(SwitchCallId),
    /// System monitors of the node.
    System(u16),
}

/// Something that monitors are told of beyond the exchange's facts.
pub(super) struct News {
    pub(super) to: To,
    pub(super) body: Box<dyn Fn(Naming) -> EventBody>,
}

/// What is needed to tell.
#[derive(Clone, core::marker::Copy)]
pub(super) struct Teller<'a> {
    pub(super) naming: Naming,
    pub(super) profile: &'a Profile,
    pub(super) exchange: &'a Exchange,
}

impl Teller<'_> {
    /// The lines of a fact, in order.
    pub(super) fn copies(&self, told: &Told) -> Vec<Copy> {
        match &told.fact.what {
            What::Call(call) => self.call(call, told.cause, told.fact.at),
            What::Agent(agent) => self.agent(agent),
            What::Device(device) => self.feature(device),
            What::System(system) => self.system(system),
        }
    }
}
