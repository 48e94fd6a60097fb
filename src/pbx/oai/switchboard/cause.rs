//! Causes: CSTA's names for OAI's numbers, and how a part ends by them.

use strowger_protocol::oai;

use crate::telephony::{Cause, Clearing};

/// CSTA's name. What has none ended as calls end.
pub(super) fn named(cause: Option<oai::Cause>) -> Cause {
    match cause {
        None => Cause::UNKNOWN,
        Some(cause) => cause.csta_name().map_or(Cause::NORMAL_CLEARING, Cause::other),
    }
}

/// How a device ends that a call cannot reach (FA).
pub(super) fn failed(cause: Option<oai::Cause>) -> Clearing {
    match cause {
        Some(oai::Cause::BUSY | oai::Cause::FORWARD_BUSY) => Clearing::Busy,
        Some(oai::Cause::DO_NOT_DISTURB) => Clearing::Rejected,
        _ => Clearing::Failed,
    }
}

/// How a ringing device ends that is told to be over for this reason. `None`: the reason shows only in what happens around it.
pub(super) fn unrung(cause: Option<oai::Cause>) -> Option<Clearing> {
    match cause? {
        oai::Cause::FORWARD_NO_ANSWER | oai::Cause::CALL_NOT_ANSWERED | oai::Cause::RECALL | oai::Cause::OVERFLOW => {
            Some(Clearing::NoAnswer)
        }
        oai::Cause::CALL_FORWARD | oai::Cause::FORWARD_ALWAYS => Some(Clearing::NoAnswer),
        oai::Cause::BUSY | oai::Cause::FORWARD_BUSY => Some(Clearing::Busy),
        oai::Cause::DO_NOT_DISTURB => Some(Clearing::Rejected),
        oai::Cause::REDIRECTED => Some(Clearing::Diverted),
        oai::Cause::CALL_PICKUP | oai::Cause::CALL_STOLEN => Some(Clearing::PickedUp),
        oai::Cause::DESTINATION_NOT_AVAILABLE | oai::Cause::NETWORK_CONGESTION | oai::Cause::NETWORK_NOT_OBTAINABLE => {
            Some(Clearing::Failed)
        }
        oai::Cause::REORDER_TONE | oai::Cause::RESOURCES_NOT_AVAILABLE | oai::Cause::TRUNKS_BUSY => Some(Clearing::Failed),
        _ => None,
    }
}
