//! What a PBX tells: every event by its name.

mod call;
mod feature;
mod group;

pub use call::{
    Bridged, CallCleared, Conferenced, ConnectionCleared, Delivered, DigitsDialed, Diverted, Established, Failed, Held,
    NetworkCapabilitiesChanged, NetworkReached, Offered, Originated, Queued, Retrieved, ServiceInitiated, Transferred,
};
pub use feature::{
    AgentChange, AgentLog, CallBack, CallInformation, CallOrigination, DeviceMaintenance, DoNotDisturb, Forwarding, Hookswitch,
    MessageWaiting, PrivateEvent, ServiceCompletionFailure,
};
pub use group::{Local, Media, NetworkParties, Parties, Tail};

use super::data::Extensions;
use super::message::roots;

roots! {
    /// What a PBX tells of its own accord. Events carry the invoke id [`InvokeId::EVENT`](super::InvokeId::EVENT) and are not answered.
    Event {
        /// A device begins a call.
        ServiceInitiated(ServiceInitiated) = "ServiceInitiatedEvent",
        /// A device has dialled.
        Originated(Originated) = "OriginatedEvent",
        /// A device dials, so far not to the end.
        DigitsDialed(DigitsDialed) = "DigitsDialedEvent",
        /// A device is offered a call and does not ring yet.
        Offered(Offered) = "OfferedEvent",
        /// A device rings.
        Delivered(Delivered) = "DeliveredEvent",
        /// A device answers.
        Established(Established) = "EstablishedEvent",
        /// A device holds the others.
        Held(Held) = "HeldEvent",
        /// A device is back with the others.
        Retrieved(Retrieved) = "RetrievedEvent",
        /// A call waits at a queue.
        Queued(Queued) = "QueuedEvent",
        /// A device sent the call on.
        Diverted(Diverted) = "DivertedEvent",
        /// The call is on its way in the network.
        NetworkReached(NetworkReached) = "NetworkReachedEvent",
        /// The network tells more, or less, from here on.
        NetworkCapabilitiesChanged(NetworkCapabilitiesChanged) = "NetworkCapabilitiesChangedEvent",
        /// A device cannot be reached.
        Failed(Failed) = "FailedEvent",
        /// A device's part is over.
        ConnectionCleared(ConnectionCleared) = "ConnectionClearedEvent",
        /// The whole call is over.
        CallCleared(CallCleared) = "CallClearedEvent",
        /// A device handed its call over.
        Transferred(Transferred) = "TransferedEvent" | "TransferredEvent",
        /// Calls became a conference, or a device joined one.
        Conferenced(Conferenced) = "ConferencedEvent",
        /// A shared line shows a live call at a set that does not take part.
        Bridged(Bridged) = "BridgedEvent",
        /// An agent logged on.
        AgentLoggedOn(AgentLog) = "AgentLoggedOnEvent",
        /// An agent logged off.
        AgentLoggedOff(AgentLog) = "AgentLoggedOffEvent",
        /// An agent takes calls.
        AgentReady(AgentChange) = "AgentReadyEvent",
        /// An agent takes no calls.
        AgentNotReady(AgentChange) = "AgentNotReadyEvent",
        /// An agent is in a call.
        AgentBusy(AgentChange) = "AgentBusyEvent",
        /// An agent does what a call left to do.
        AgentWorkingAfterCall(AgentChange) = "AgentWorkingAfterCallEvent",
        /// Do not disturb was switched.
        DoNotDisturb(DoNotDisturb) = "DoNotDisturbEvent",
        /// Forwarding was switched.
        Forwarding(Forwarding) = "ForwardingEvent",
        /// A message waits, or no longer.
        MessageWaiting(MessageWaiting) = "MessageWaitingEvent",
        /// More about a call.
        CallInformation(CallInformation) = "CallInformationEvent",
        /// Handing over or conferencing did not work out.
        ServiceCompletionFailure(ServiceCompletionFailure) = "ServiceCompletionFailureEvent",
        /// A device can be reached again.
        BackInService(DeviceMaintenance) = "BackInServiceEvent",
        /// A device cannot be reached.
        OutOfService(DeviceMaintenance) = "OutOfServiceEvent",
        /// A device can be reached in part.
        PartiallyInService(DeviceMaintenance) = "PartiallyInServiceEvent",
        /// A device can do more or less than before.
        DeviceCapsChanged(DeviceMaintenance) = "DeviceCapsChangedEvent",
        /// A handset was lifted or put back.
        Hookswitch(Hookswitch) = "HookswitchEvent",
        /// A call back was set or cancelled.
        CallBack(CallBack) = "CallBackEvent",
        /// Something of the vendor's.
        Private(PrivateEvent) = "PrivateEvent",
    }
}

impl Event {
    /// The monitor that the event is for; empty where it is missing.
    pub fn monitor(&self) -> &str {
        macro_rules! monitor {
            ($($variant:ident)*) => { match self { $(Self::$variant(event) => &event.monitor,)* } };
        }
        monitor! {
            ServiceInitiated Originated DigitsDialed Offered Delivered Established Held Retrieved Queued Diverted NetworkReached
            NetworkCapabilitiesChanged Failed ConnectionCleared CallCleared Transferred Conferenced Bridged AgentLoggedOn AgentLoggedOff
            AgentReady AgentNotReady AgentBusy AgentWorkingAfterCall DoNotDisturb Forwarding MessageWaiting CallInformation
            ServiceCompletionFailure BackInService OutOfService PartiallyInService DeviceCapsChanged Hookswitch CallBack Private
        }
    }

    /// The monitored device's state and the cause, of a call control event.
    pub fn local(&self) -> Option<&Local> {
        macro_rules! local {
            ($($variant:ident)*) => { match self { $(Self::$variant(event) => Some(&event.local),)* _ => None } };
        }
        local! {
            ServiceInitiated Originated DigitsDialed Offered Delivered Established Held Retrieved Queued Diverted NetworkReached
            NetworkCapabilitiesChanged Failed ConnectionCleared CallCleared Transferred Conferenced Bridged
        }
    }

    /// The common arguments: time, and what the vendor adds.
    pub fn extensions(&self) -> Option<&Extensions> {
        macro_rules! extensions {
            ($($tail:ident)*; $($own:ident)*) => { match self {
                $(Self::$tail(event) => event.tail.extensions.as_ref(),)*
                $(Self::$own(event) => event.extensions.as_ref(),)*
                Self::Private(_) => None,
            } };
        }
        extensions! {
            ServiceInitiated Originated DigitsDialed Offered Delivered Established Held Retrieved Queued Diverted NetworkReached
            NetworkCapabilitiesChanged Failed ConnectionCleared CallCleared Transferred Conferenced Bridged;
            AgentLoggedOn AgentLoggedOff AgentReady AgentNotReady AgentBusy AgentWorkingAfterCall DoNotDisturb Forwarding MessageWaiting
            CallInformation ServiceCompletionFailure BackInService OutOfService PartiallyInService DeviceCapsChanged Hookswitch CallBack
        }
    }

    /// When it happened by the PBX's clock, as it writes it; most peers do not say.
    pub fn time_stamp(&self) -> Option<&str> {
        let security = match self {
            Self::Private(event) => event.security.as_ref(),
            _ => self.extensions()?.security.as_ref(),
        };
        security?.time_stamp.as_deref()
    }
}
