//! Causes and refusals in the standard's words (CSTA reference §5, §10).

use smol_str::SmolStr;
use strowger_protocol::csta::ErrorCode;
use strowger_protocol::csta::word::EventCause as C;

use crate::simulator::exchange::{Cause, Refusal};

/// The standard's cause. Some of the exchange's have no word of their own there.
pub(super) fn cause(cause: Cause) -> C {
    match cause {
        Cause::NewCall => C::NewCall,
        Cause::NormalClearing | Cause::AnsweredElsewhere => C::NormalClearing,
        Cause::Busy => C::Busy,
        Cause::Callback => C::CallBack,
        Cause::CampOn => C::CampOn,
        Cause::DestNotObtainable | Cause::ReorderTone => C::DestNotObtainable,
        Cause::DoNotDisturb => C::DoNotDisturb,
        Cause::CallForwardNoAnswer => C::CallForwardNoAnswer,
        Cause::CallForward => C::CallForward,
        Cause::CallNotAnswered => C::CallNotAnswered,
        Cause::CallPickup => C::CallPickup,
        Cause::NoAvailableAgents => C::NoAvailableAgents,
        Cause::NetworkCongestion => C::NetworkCongestion,
        Cause::Overflow => C::Overflow,
        Cause::Recall => C::Recall,
        Cause::Redirected => C::Redirected,
        Cause::ResourcesNotAvailable => C::ResourcesNotAvailable,
        Cause::SilentMonitor => C::SilentParticipation,
        Cause::Transfer => C::Transfer,
        Cause::SingleStepTransfer => C::SingleStepTransfer,
        Cause::TransferAnnouncement => C::Consultation,
        Cause::TrunksBusy => C::TrunksBusy,
        Cause::HoldSystem | Cause::HoldForTransfer | Cause::HoldForConference | Cause::HoldIndividual => C::KeyOperation,
        Cause::Conference => C::Conference,
        Cause::Park => C::Park,
        Cause::Answered | Cause::Unknown => C::Normal,
    }
}

/// The standard's error.
pub(super) fn refused(refusal: Refusal) -> ErrorCode {
    let word = SmolStr::new_static;
    let operation = |text| ErrorCode::Operation(word(text));
    let state = |text| ErrorCode::StateIncompatibility(word(text));
    let resource = |text| ErrorCode::SystemResource(word(text));
    match refusal {
        Refusal::InvalidDevice => operation("invalidDeviceID"),
        Refusal::Incompatible => operation("requestIncompatibleWithDevice"),
        Refusal::InvalidCalledDevice => operation("invalidCalledDeviceID"),
        Refusal::InvalidCall | Refusal::CallRenumbered => operation("invalidConnectionID"),
        Refusal::InvalidDestination => operation("invalidDestination"),
        Refusal::InvalidAgent => operation("invalidAgentIdentifier"),
        Refusal::OutOfRange => operation("valueOutOfRange"),
        Refusal::AlreadyThere => operation("featureAlreadySet"),
        Refusal::WrongState => state("invalidConnectionState"),
        Refusal::NoActiveCall => state("noActiveCall"),
        Refusal::NoHeldCall => state("noHeldCall"),
        Refusal::NothingToClear => state("noConnectionToClear"),
        Refusal::NothingToAnswer => state("noCallToAnswer"),
        Refusal::ResourceBusy => resource("resourceBusy"),
        Refusal::ResourcesExhausted => resource("resourceLimitExceeded"),
        Refusal::OutOfService => resource("deviceOutOfService"),
        Refusal::ConferenceFull => resource("conferenceMemberLimitExceeded"),
        Refusal::FactsWaiting => ErrorCode::Performance(word("performanceLimitExceeded")),
    }
}
