//! Causes by their numbers (OAI reference §6.2).

use strowger_protocol::oai::Cause as Number;

use crate::simulator::exchange::{Cause, HoldKind};

/// The number of a cause.
pub(in super::super) fn number(cause: Cause) -> Number {
    match cause {
        Cause::NewCall => Number::NEW_CALL,
        // A call retrieved at another station is told like any retrieval; 25 is reserved.
        Cause::Answered | Cause::Park => Number::ANSWERED,
        Cause::NormalClearing | Cause::AnsweredElsewhere | Cause::Unknown => Number::NORMAL_CLEAR,
        Cause::Busy => Number::BUSY,
        Cause::Callback => Number::CALLBACK,
        Cause::CampOn => Number::CAMP_ON,
        Cause::DestNotObtainable => Number::DESTINATION_NOT_AVAILABLE,
        Cause::DoNotDisturb => Number::DO_NOT_DISTURB,
        Cause::CallForwardNoAnswer => Number::FORWARD_NO_ANSWER,
        Cause::CallForward => Number::CALL_FORWARD,
        Cause::CallNotAnswered => Number::CALL_NOT_ANSWERED,
        Cause::CallPickup => Number::CALL_PICKUP,
        Cause::NoAvailableAgents => Number::NO_AVAILABLE_AGENTS,
        Cause::NetworkCongestion => Number::NETWORK_CONGESTION,
        Cause::Overflow => Number::OVERFLOW,
        Cause::Recall => Number::RECALL,
        Cause::Redirected => Number::REDIRECTED,
        Cause::ReorderTone => Number::REORDER_TONE,
        Cause::ResourcesNotAvailable => Number::RESOURCES_NOT_AVAILABLE,
        Cause::SilentMonitor => Number::SILENT_MONITOR,
        Cause::Transfer | Cause::SingleStepTransfer => Number::TRANSFER,
        Cause::TransferAnnouncement => Number::TRANSFER_ANNOUNCEMENT,
        Cause::TrunksBusy => Number::TRUNKS_BUSY,
        Cause::HoldSystem => Number::SYSTEM_HOLD,
        Cause::HoldForTransfer => Number::HOLD_FOR_TRANSFER,
        Cause::HoldForConference => Number::HOLD_FOR_CONFERENCE,
        Cause::HoldIndividual => Number::INDIVIDUAL_HOLD,
        Cause::Conference => Number::CONFERENCE,
    }
}

/// The cause of HE.
pub(in super::super) fn hold(kind: HoldKind) -> Number {
    match kind {
        HoldKind::Individual => Number::INDIVIDUAL_HOLD,
        HoldKind::System => Number::SYSTEM_HOLD,
        HoldKind::Transfer => Number::HOLD_FOR_TRANSFER,
        HoldKind::Conference => Number::HOLD_FOR_CONFERENCE,
    }
}
