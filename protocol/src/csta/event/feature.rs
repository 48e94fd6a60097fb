//! Events about agents, devices and data beside calls (CSTA reference §8).

use smol_str::SmolStr;

use crate::csta::data::{
    AttachedData, CallCharacteristics, CallLinkageList, Extensions, MediaCallCharacteristics, PrivateData, Security, ServicesPermitted,
};
use crate::csta::device::{ConnectionId, Device, DeviceId};
use crate::csta::request::CallingDevices;
use crate::csta::text::Secret;
use crate::csta::word::{AgentState, EventCause, ForwardingType};
use crate::csta::xml::{RawXml, flags, record};

flags! {
    /// Whether internal or external calls are meant.
    CallOrigination ["internal", "external"]
}

record! {
    /// An agent logged on or off.
    AgentLog {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Where.
        device: Device = "agentDevice",
        /// Who.
        agent: Option<SmolStr> = "agentID",
        /// In which group.
        group: Option<DeviceId> = "acdGroup",
        /// The agent's password, in hexadecimal digits.
        password: Option<Secret> = "agentPassword",
        /// Why.
        cause: Option<EventCause> = "cause",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// An agent is in another state: which one says the event's name.
    AgentChange {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Where.
        device: Device = "agentDevice",
        /// Who.
        agent: Option<SmolStr> = "agentID",
        /// In which group.
        group: Option<DeviceId> = "acdGroup",
        /// The state that comes next: only busy and working after call have it.
        pending: Option<AgentState> = "pendingAgentState",
        /// Why.
        cause: Option<EventCause> = "cause",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Do not disturb was switched.
    DoNotDisturb {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Where.
        device: Device = "device",
        /// On or off.
        on: Option<bool> = "doNotDisturbOn",
        /// For which calls.
        origination: Option<CallOrigination> = "callOrigination",
        /// For which callers.
        callers: Option<CallingDevices> = "callingDeviceList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Forwarding was switched.
    Forwarding {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Where.
        device: Device = "device",
        /// When calls are forwarded.
        kind: Option<ForwardingType> = "forwardingType",
        /// On or off.
        on: Option<bool> = "forwardStatus",
        /// Where to.
        to: Option<DeviceId> = "forwardTo",
        /// Which parts are the default.
        default: Option<SmolStr> = "forwardDefault",
        /// After so many rings.
        rings: Option<u32> = "ringCount",
        /// After so long.
        ring_duration: Option<SmolStr> = "ringDuration" since 6,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A message waits, or no longer.
    MessageWaiting {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// For whom.
        target: Device = "targetDevice",
        /// Where the message is.
        device: Option<Device> = "deviceForMessage",
        /// It waits.
        on: Option<bool> = "messageWaitingOn",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// More about a call. It has no cause.
    CallInformation {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// A part of the call.
        connection: ConnectionId = "connection",
        /// The device.
        device: Device = "device",
        /// The calling device.
        calling: Option<Device> = "callingDevice",
        /// An account.
        account: Option<Secret> = "accountInfo",
        /// An authorisation code.
        auth_code: Option<Secret> = "authCode",
        /// Data that follows the call.
        correlator: Option<AttachedData> = "correlatorData",
        /// What may be done next.
        permitted: Option<ServicesPermitted> = "servicesPermitted",
        /// Data of this message.
        user_data: Option<AttachedData> = "userData",
        /// How the call was qualified by who took it.
        qualifying_data: Option<RawXml> = "callQualifyingData",
        /// What it carries.
        connection_info: Option<RawXml> = "connectionInfo",
        /// Identity over the borders of switches.
        linkage_list: Option<CallLinkageList> = "callLinkageDataList",
        /// What it is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// What it is about.
        subject: Option<SmolStr> = "subjectOfCall",
        /// Preferred languages.
        languages: Option<SmolStr> = "languagePreferences",
        /// The set in use.
        device_info: Option<RawXml> = "deviceInfo" since 6,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Handing over or conferencing did not work out.
    ServiceCompletionFailure {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The first call.
        primary: Option<RawXml> = "primaryCall",
        /// The second.
        secondary: Option<RawXml> = "secondaryCall",
        /// Who else is in the first.
        others_primary: Option<RawXml> = "otherDevsPrimaryCallList",
        /// Who else is in the second.
        others_secondary: Option<RawXml> = "otherDevsSecondaryCallList",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// Why.
        cause: Option<EventCause> = "cause",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device came into service or went out of it: which says the event's name.
    DeviceMaintenance {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The device.
        device: Device = "device",
        /// Why.
        cause: Option<EventCause> = "cause",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A handset was lifted or put back.
    Hookswitch {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The device.
        device: Device = "device",
        /// Which handset.
        hookswitch: Option<SmolStr> = "hookswitch",
        /// It is on the hook.
        on_hook: Option<bool> = "hookswitchOnHook",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A call back was set or cancelled.
    CallBack {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Who will call.
        originating: Device = "originatingDevice",
        /// Who will be called.
        target: Device = "targetDevice",
        /// Set or cancelled.
        set: Option<bool> = "callBackSetCanceled",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Something of the vendor's.
    PrivateEvent {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Sequence number and time.
        security: Option<Security> = "security",
        /// What the vendor says.
        private_data: Option<PrivateData> = "privateData",
    }
}
