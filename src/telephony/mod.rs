//! The vocabulary that every PBX is translated into: names, states, causes, events. No logic.

mod cause;
mod event;
mod id;
mod number;
mod outcome;
mod time;

pub use cause::Cause;
pub use event::{AgentState, Clearing, ConnectionState, DeviceChange, Entry, Event, Party, Present, Scope, Stamped};
pub use id::{AgentId, ConnectionId, DeviceId, DeviceKind, SwitchCallId};
pub use number::Country;
pub use outcome::{CallOutcome, Direction, LeftBy, Role, Rule, SegmentOutcome, TransferKind};
pub use time::{Now, Time, rfc3339};
