//! What is answered: every answer by its name.

mod call;
mod device;

pub use call::{
    CallConferenced, CallSnapshot, CallSnapshotData, CallStarted, CallState, CallTransferred, CompoundCallState, ConferenceJoined,
    ConsultationStarted, DeviceSnapshot, DeviceSnapshotData, Done, ErrorCode, MonitorFilterChanged, MonitorStarted, SessionErrorCode,
    SessionRefused, SessionStarted, SessionTimerReset, SnapshotCallEntries, SnapshotCallEntry, SnapshotDeviceEntries, SnapshotDeviceEntry,
    SystemRegistered, SystemStatusReported,
};
pub use device::{
    AgentInfo, AgentInfoItem, AgentStateEntry, AgentStateList, AgentStateSet, AgentStates, Appearances, CstaFeatures, DoNotDisturbState,
    ForwardList, ForwardListItem, Forwardings, GroupDeviceAttributes, LogicalDeviceInformation, MonitorCaps, MonitorEntries, MonitorEntry,
    MonitorsListed, MonitorsOrService, PhysicalDeviceInformation, SwitchingFunctionCaps,
};

use smol_str::SmolStr;

use super::data::Extensions;
use super::message::roots;
use super::xml::record;

roots! {
    /// The answer to a request; it has the request's invoke id. Refusals of ECMA-269 services are [`ErrorCode`]s instead.
    Response {
        /// A session is there.
        StartApplicationSession(SessionStarted) = "StartApplicationSessionPosResponse",
        /// A session is refused.
        StartApplicationSessionRefused(SessionRefused) = "StartApplicationSessionNegResponse",
        /// A session goes on.
        ResetApplicationSessionTimer(SessionTimerReset) = "ResetApplicationSessionTimerPosResponse",
        /// A session does not go on.
        ResetApplicationSessionTimerRefused(SessionRefused) = "ResetApplicationSessionTimerNegResponse",
        /// A session is over.
        StopApplicationSession(Done) = "StopApplicationSessionPosResponse",
        /// There was no such session.
        StopApplicationSessionRefused(SessionRefused) = "StopApplicationSessionNegResponse",
        /// A client is registered.
        SystemRegister(SystemRegistered) = "SystemRegisterResponse",
        /// A registration is over.
        SystemRegisterCancel(Done) = "SystemRegisterCancelResponse",
        /// A status was heard.
        SystemStatus(Done) = "SystemStatusResponse",
        /// The state of who was asked.
        RequestSystemStatus(SystemStatusReported) = "RequestSystemStatusResponse",
        /// A change was heard.
        SwFunctionDevicesChanged(Done) = "SwFunctionDevicesChangedResponse",
        /// A change was heard.
        SwFunctionCapsChanged(Done) = "SwFunctionCapsChangedResponse",
        /// A monitor is there.
        MonitorStart(MonitorStarted) = "MonitorStartResponse",
        /// A monitor has another filter.
        ChangeMonitorFilter(MonitorFilterChanged) = "ChangeMonitorFilterResponse",
        /// A monitor is over.
        MonitorStop(Done) = "MonitorStopResponse",
        /// Which monitors there are.
        GetMonitors(MonitorsListed) = "GetMonitorsResponse",
        /// Which calls a device has.
        SnapshotDevice(DeviceSnapshot) = "SnapshotDeviceResponse",
        /// Who is in a call.
        SnapshotCall(CallSnapshot) = "SnapshotCallResponse",
        /// Under which number the devices come.
        GetSwitchingFunctionDevices(DevicesFollow) = "GetSwitchingFunctionDevicesResponse",
        /// What a number is.
        GetLogicalDeviceInformation(LogicalDeviceInformation) = "GetLogicalDeviceInformationResponse",
        /// What a set is.
        GetPhysicalDeviceInformation(PhysicalDeviceInformation) = "GetPhysicalDeviceInformationResponse",
        /// What the PBX can do.
        GetCstaFeatures(CstaFeatures) = "GetCSTAFeaturesResponse",
        /// What the PBX is.
        GetSwitchingFunctionCaps(SwitchingFunctionCaps) = "GetSwitchingFunctionCapsResponse",
        /// A call begins.
        MakeCall(CallStarted) = "MakeCallResponse",
        /// A device will answer.
        AnswerCall(Done) = "AnswerCallResponse",
        /// A device will leave the call.
        ClearConnection(Done) = "ClearConnectionResponse",
        /// A device will hold.
        HoldCall(Done) = "HoldCallResponse",
        /// A device will come back.
        RetrieveCall(Done) = "RetrieveCallResponse",
        /// A consultation begins.
        ConsultationCall(ConsultationStarted) = "ConsultationCallResponse",
        /// A device will change calls.
        AlternateCall(Done) = "AlternateCallResponse",
        /// A device will come back.
        ReconnectCall(Done) = "ReconnectCallResponse",
        /// A call is handed over.
        TransferCall(CallTransferred) = "TransferCallResponse",
        /// Calls become a conference.
        ConferenceCall(CallConferenced) = "ConferenceCallResponse",
        /// A call is handed over.
        SingleStepTransferCall(CallTransferred) = "SingleStepTransferCallResponse",
        /// A device joins a call.
        SingleStepConferenceCall(ConferenceJoined) = "SingleStepConferenceCallResponse",
        /// A call will go elsewhere.
        DeflectCall(Done) = "DeflectCallResponse",
        /// A call will be taken.
        DirectedPickupCall(Done) = "DirectedPickupCallResponse",
        /// A call will be taken.
        GroupPickupCall(Done) = "GroupPickupCallResponse",
        /// Digits will be sent.
        GenerateDigits(Done) = "GenerateDigitsResponse",
        /// Data goes with the call.
        AssociateData(Done) = "AssociateDataResponse",
        /// The agents of a device.
        GetAgentState(AgentStates) = "GetAgentStateResponse",
        /// An agent's state was set.
        SetAgentState(AgentStateSet) = "SetAgentStateResponse",
        /// Where a device is forwarded.
        GetForwarding(Forwardings) = "GetForwardingResponse",
        /// Forwarding will be switched.
        SetForwarding(Done) = "SetForwardingResponse",
        /// Whether a device is not to be disturbed.
        GetDoNotDisturb(DoNotDisturbState) = "GetDoNotDisturbResponse",
        /// Do not disturb will be switched.
        SetDoNotDisturb(Done) = "SetDoNotDisturbResponse",
    }
}

record! {
    /// Devices come in messages of their own.
    DevicesFollow {
        /// Under this number.
        service: SmolStr = "serviceCrossRefID",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }
}
