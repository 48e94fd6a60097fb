//! What is told of a call: a fact in the terms of CSTA.

use smol_str::SmolStr;
use strowger_protocol::csta::word::EventCause;

use crate::simulator::exchange::{CallInfo, LocalState, Side};
use crate::telephony::DeviceId;

/// One event, before it is told from anybody's viewpoint.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The place of its fact among those of the moment.
    pub(super) place: usize,
    /// The call's number on the wire.
    pub(super) call: SmolStr,
    pub(super) info: CallInfo,
    /// Who sees it, in which state after it.
    pub(super) seen: Vec<(DeviceId, LocalState)>,
    pub(super) cause: EventCause,
    pub(super) body: Body,
}

/// A part that goes on by another name.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) side: Side,
    /// The number of the call that it was in.
    pub(super) old: Option<SmolStr>,
}

/// What is told.
#[derive(Clone, Debug)]
pub(super) enum Body {
    ServiceInitiated { device: DeviceId },
    Originated { called: Option<SmolStr> },
    NetworkReached { trunk: DeviceId, digits: SmolStr },
    Delivered { alerting: Side },
    Established { answering: Side },
    Held { holder: DeviceId },
    Retrieved { by: DeviceId },
    Queued { group: DeviceId, position: u32 },
    Diverted { from: Side, to: Side },
    Transferred { by: DeviceId, primary: SmolStr, secondary: Option<SmolStr>, to: Side, items: Vec<Item> },
    Conferenced { controller: DeviceId, primary: SmolStr, secondary: SmolStr, added: Side, items: Vec<Item> },
    Cleared { cleared: DeviceId, by: DeviceId },
    CallCleared,
    Failed { failed: Side, called: SmolStr },
    Information { device: DeviceId },
}
