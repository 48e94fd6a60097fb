//! Words that stand for one of several: what is not known here is kept as it came.

mod cause;
mod state;

pub use cause::EventCause;
pub use state::{
    AgentState, AgentStateCondition, AppearanceType, AutoOriginate, DeviceCategory, ForwardingType, LocalConnectionState, MonitorType,
    ParticipationType, RequestedAgentState, RequestedDeviceCategory, SessionEnd, SessionError, SimpleCallState, SystemState,
};
