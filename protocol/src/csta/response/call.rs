//! Answers about sessions, monitors, snapshots and calls (CSTA reference §3, §6, §9).

use smol_str::SmolStr;

use crate::csta::data::{
    AttachedData, CallCharacteristics, CallLinkage, CallLinkageList, ConnectionList, DeviceHistory, Extensions, MediaCallCharacteristics,
    ServicesPermitted,
};
use crate::csta::device::{ConnectionId, Device};
use crate::csta::request::{MonitorFilter, MonitorMediaClass, StatusFilter};
use crate::csta::word::{LocalConnectionState, SessionError, SimpleCallState, SystemState};
use crate::csta::xml::{RawXml, choice, record};

record! {
    /// What was asked is done, or will be: events tell the outcome.
    Done {
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A session is there.
    SessionStarted {
        /// Its identifier.
        session: SmolStr = "sessionID",
        /// The edition that is spoken.
        version: SmolStr = "actualProtocolVersion",
        /// How long it holds without a refresh, in seconds.
        duration_s: Option<u32> = "actualSessionDuration",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A session goes on.
    SessionTimerReset {
        /// How long it holds without a refresh, in seconds.
        duration_s: Option<u32> = "actualSessionDuration",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A session is refused, or what was asked of it.
    SessionRefused {
        /// Why.
        error: Option<SessionErrorCode> = "errorCode",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client is registered.
    SystemRegistered {
        /// The registration.
        register: SmolStr = "sysStatRegisterID",
        /// The states that are not told.
        filter: Option<StatusFilter> = "actualStatusFilter",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// The state of who was asked.
    SystemStatusReported {
        /// The state.
        state: Option<SystemState> = "systemStatus",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A monitor is there.
    MonitorStarted {
        /// Its identifier.
        monitor: SmolStr = "monitorCrossRefID",
        /// The events that are not sent.
        filter: Option<MonitorFilter> = "actualMonitorFilter",
        /// The media that are monitored.
        media: Option<MonitorMediaClass> = "actualMonitorMediaClass",
        /// Calls that are there already are monitored too.
        existing_calls: Option<bool> = "monitorExistingCalls",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A monitor has another filter.
    MonitorFilterChanged {
        /// The events that are not sent.
        filter: Option<MonitorFilter> = "actualFilterList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Which calls a device has.
    DeviceSnapshot {
        /// The calls, or where they come.
        data: Option<DeviceSnapshotData> = "crossRefIDorSnapshotData",
        /// Where they come, as some peers put it; those never send them.
        service: Option<SmolStr> = "serviceCrossRefID",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Who is in a call.
    CallSnapshot {
        /// The parts, or where they come.
        data: Option<CallSnapshotData> = "crossRefIDorSnapshotData",
        /// Where they come, as some peers put it; those never send them.
        service: Option<SmolStr> = "serviceCrossRefID",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// What it is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// The calling device.
        calling: Option<Device> = "callingDevice",
        /// The device that was called at first.
        called: Option<Device> = "calledDevice",
        /// The trunk or device of this PBX that stands for the calling one.
        associated_calling: Option<Device> = "associatedCallingDevice",
        /// The trunk or device of this PBX that stands for the called one.
        associated_called: Option<Device> = "associatedCalledDevice",
        /// Data that follows the call.
        correlator: Option<AttachedData> = "correlatorData",
        /// Identity over the borders of switches.
        linkage: Option<CallLinkage> = "callLinkageData",
        /// What the call is about.
        subject: Option<SmolStr> = "subjectOfCall",
        /// Messages of other media.
        message_info: Option<RawXml> = "messageInfo",
        /// Preferred languages.
        languages: Option<SmolStr> = "languagePreferences",
        /// Where the call came by.
        history: Option<DeviceHistory> = "deviceHistory",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// The calls of a device; none: it is idle.
    SnapshotDeviceEntries {
        /// One for each.
        entries: Vec<SnapshotDeviceEntry> = "snapshotDeviceResponseInfo",
    }

    /// A call of a device.
    SnapshotDeviceEntry {
        /// The device's part.
        connection: ConnectionId = "connectionIdentifier",
        /// The other side.
        endpoint: Option<Device> = "endpointDevice",
        /// The states of both.
        state: Option<CallState> = "localCallState",
        /// What may be done next.
        permitted: Option<ServicesPermitted> = "servicesPermitted",
        /// Services on media.
        media_services: Option<RawXml> = "mediaServiceInfoList",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// Identity over the borders of switches.
        linkage: Option<CallLinkage> = "callLinkageData",
    }

    /// The parts of a call.
    SnapshotCallEntries {
        /// One for each.
        entries: Vec<SnapshotCallEntry> = "snapshotCallResponseInfo",
    }

    /// A part of a call.
    SnapshotCallEntry {
        /// The device.
        device: Device = "deviceOnCall",
        /// Its part.
        connection: Option<ConnectionId> = "callIdentifier",
        /// Its state.
        state: Option<LocalConnectionState> = "localConnectionInfo",
        /// What may be done next.
        permitted: Option<ServicesPermitted> = "servicesPermitted",
        /// Services on media.
        media_services: Option<RawXml> = "mediaServiceInfoList",
        /// Its place.
        location: Option<RawXml> = "locationInfo" since 6,
    }

    /// States of the parts of a call, that of the asked device first.
    CompoundCallState {
        /// The states.
        states: Vec<LocalConnectionState> = "localConnectionState",
    }

    /// A call begins.
    CallStarted {
        /// The calling device's part.
        connection: ConnectionId = "callingDevice",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// What it carries.
        connection_info: Option<RawXml> = "initiatedCallInfo",
        /// Identity over the borders of switches.
        linkage: Option<CallLinkage> = "callLinkageData",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A consultation begins.
    ConsultationStarted {
        /// The asking device's part in the new call.
        connection: ConnectionId = "initiatedCall",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// What it carries.
        connection_info: Option<RawXml> = "initiatedCallInfo",
        /// Identity over the borders of switches.
        linkage: Option<CallLinkage> = "callLinkageData",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A call is handed over.
    CallTransferred {
        /// The call that goes on.
        call: ConnectionId = "transferredCall",
        /// What becomes of the parts.
        connections: Option<ConnectionList> = "connections",
        /// What it carries.
        connection_info: Option<RawXml> = "transferredCallInfo",
        /// Identity over the borders of switches.
        linkage_list: Option<CallLinkageList> = "callLinkageDataList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Calls become a conference.
    CallConferenced {
        /// The call that goes on.
        call: ConnectionId = "conferenceCall",
        /// What becomes of the parts.
        connections: Option<ConnectionList> = "connections",
        /// What it carries.
        connection_info: Option<RawXml> = "conferenceCallInfo",
        /// Identity over the borders of switches.
        linkage_list: Option<CallLinkageList> = "callLinkageDataList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device joins a call.
    ConferenceJoined {
        /// The call that goes on.
        call: ConnectionId = "conferencedCall",
        /// What it carries.
        connection_info: Option<RawXml> = "conferencedCallInfo",
        /// Identity over the borders of switches.
        linkage_list: Option<CallLinkageList> = "callLinkageDataList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }
}

choice! {
    /// Why something about a session is refused.
    SessionErrorCode {
        /// One of the standard's.
        Defined(error: SessionError) = "definedError",
        /// The server's own words.
        Application(error: SmolStr) = "applError",
    }

    /// The calls of a device, or where they come.
    DeviceSnapshotData {
        /// They come in [`SnapshotDeviceData`](crate::csta::request::SnapshotDeviceData), under this number.
        Service(service: SmolStr) = "serviceCrossRefID",
        /// The calls.
        Data(data: SnapshotDeviceEntries) = "snapshotData",
    }

    /// The parts of a call, or where they come.
    CallSnapshotData {
        /// They come in [`SnapshotCallData`](crate::csta::request::SnapshotCallData), under this number.
        Service(service: SmolStr) = "serviceCrossRefID",
        /// The parts.
        Data(data: SnapshotCallEntries) = "snapshotData",
    }

    /// The states of a call at a device.
    CallState {
        /// Of each part, the device's own first.
        Compound(states: CompoundCallState) = "compoundCallState",
        /// In one word.
        Simple(state: SimpleCallState) = "simpleCallState",
        /// Not known.
        Unknown = "unknown",
    }

    /// Why a service is refused (CSTA reference §10). The word within is one of the standard's.
    ErrorCode {
        /// Something about the request itself: `invalidDeviceID`, `serviceNotSupported` …
        Operation(word: SmolStr) = "operation",
        /// Sequence, time or signature.
        Security(word: SmolStr) = "security",
        /// Not now: `invalidConnectionState`, `noActiveCall` …
        StateIncompatibility(word: SmolStr) = "stateIncompatibility",
        /// The system has too little: `resourceBusy`, `overallMonitorLimitExceeded` …
        SystemResource(word: SmolStr) = "systemResourceAvailibility" | "systemResourceAvailability",
        /// The client has used up its share: `objectMonitorLimitExceeded` …
        SubscribedResource(word: SmolStr) = "subscribedResourceAvailability",
        /// Too many requests.
        Performance(word: SmolStr) = "performanceManagement",
        /// Something about private data.
        PrivateData(word: SmolStr) = "privateData",
        /// The vendor's own words.
        Private(words: SmolStr) = "privateErrorCode",
        /// Nothing is said.
        Unspecified = "unspecified",
    }
}

impl ErrorCode {
    /// What a peer is answered whose request is not known.
    pub const fn not_supported() -> Self {
        Self::Operation(SmolStr::new_static("serviceNotSupported"))
    }

    /// The category, and the word within; empty where there is none.
    pub fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Operation(word) => ("operation", word),
            Self::Security(word) => ("security", word),
            Self::StateIncompatibility(word) => ("state incompatibility", word),
            Self::SystemResource(word) => ("system resource", word),
            Self::SubscribedResource(word) => ("subscribed resource", word),
            Self::Performance(word) => ("performance", word),
            Self::PrivateData(word) => ("private data", word),
            Self::Private(word) => ("private", word),
            Self::Unspecified => ("unspecified", ""),
            Self::Other(raw) => ("unknown", raw.as_str()),
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.words() {
            (category, "") => out.write_str(category),
            (category, word) => write!(out, "{word} ({category})"),
        }
    }
}
