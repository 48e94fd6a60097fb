//! What one side asks the other, and what it tells without being asked that is no event.

mod call;
mod monitor;
mod session;

pub use call::{
    AlternateCall, AnswerCall, AssociateData, Attached, CallData, CallingDevices, ClearConnection, ConsultationCall, DeflectCall,
    DirectedPickupCall, GenerateDigits, GetAgentState, GroupPickupCall, HoldCall, JoinCalls, MakeCall, Purpose, ReconnectCall,
    RetrieveCall, SetAgentState, SetDoNotDisturb, SetForwarding, SingleStepConferenceCall, SingleStepTransferCall,
};
pub use monitor::{
    CallAssociatedEvents, CallControlEvents, ChangeMonitorFilter, DeviceAttributes, DeviceQuery, GetSwitchingFunctionDevices, ListedDevice,
    ListedDevices, LogicalDeviceEvents, MaintenanceEvents, MediaAttachmentEvents, MonitorFilter, MonitorMediaClass, MonitorObject,
    MonitorStart, MonitorStop, PhysicalDeviceEvents, Plain, SnapshotCall, SnapshotCallData, SnapshotDevice, SnapshotDeviceData,
    SwitchingFunctionDevices,
};
pub use session::{
    ApplicationInfo, ApplicationSessionTerminated, ApplicationSpecific, EndReason, ProtocolVersions, RegisterTypes, Registration,
    ResetApplicationSessionTimer, SessionLogin, StartApplicationSession, StatusFilter, StopApplicationSession, SystemRegister,
    SystemStatus, TerminationReason,
};

use super::message::roots;

roots! {
    /// What one side asks of the other. Some are not answered: [`Request::is_answered`].
    Request {
        /// A client begins a session.
        StartApplicationSession(StartApplicationSession) = "StartApplicationSession",
        /// A client refreshes its session.
        ResetApplicationSessionTimer(ResetApplicationSessionTimer) = "ResetApplicationSessionTimer",
        /// A client ends its session.
        StopApplicationSession(StopApplicationSession) = "StopApplicationSession",
        /// The server ended the session.
        ApplicationSessionTerminated(ApplicationSessionTerminated) = "ApplicationSessionTerminated",
        /// A client wants to be told of the system's state.
        SystemRegister(SystemRegister) = "SystemRegister",
        /// A client wants it no longer.
        SystemRegisterCancel(Registration) = "SystemRegisterCancel",
        /// The PBX ends a registration.
        SystemRegisterAbort(Registration) = "SystemRegisterAbort",
        /// One side tells its state.
        SystemStatus(SystemStatus) = "SystemStatus",
        /// One side asks for the other's state.
        RequestSystemStatus(Registration) = "RequestSystemStatus",
        /// The PBX has other devices than before.
        SwFunctionDevicesChanged(Registration) = "SwFunctionDevicesChanged",
        /// The PBX can do more or less than before.
        SwFunctionCapsChanged(Registration) = "SwFunctionCapsChanged",
        /// A client wants the events of a device or a call.
        MonitorStart(MonitorStart) = "MonitorStart",
        /// A client wants other events of a monitor.
        ChangeMonitorFilter(ChangeMonitorFilter) = "ChangeMonitorFilter",
        /// A monitor ends.
        MonitorStop(MonitorStop) = "MonitorStop",
        /// A client asks which monitors it has.
        GetMonitors(Plain) = "GetMonitors",
        /// A client asks which calls a device has.
        SnapshotDevice(SnapshotDevice) = "SnapshotDevice",
        /// A client asks who is in a call.
        SnapshotCall(SnapshotCall) = "SnapshotCall",
        /// A part of the answer to SnapshotDevice.
        SnapshotDeviceData(SnapshotDeviceData) = "SnapshotDeviceData",
        /// A part of the answer to SnapshotCall.
        SnapshotCallData(SnapshotCallData) = "SnapshotCallData",
        /// A client asks for the devices that there are.
        GetSwitchingFunctionDevices(GetSwitchingFunctionDevices) = "GetSwitchingFunctionDevices",
        /// A part of the answer to it.
        SwitchingFunctionDevices(SwitchingFunctionDevices) = "SwitchingFunctionDevices",
        /// A client asks about a number.
        GetLogicalDeviceInformation(DeviceQuery) = "GetLogicalDeviceInformation",
        /// A client asks about a set.
        GetPhysicalDeviceInformation(DeviceQuery) = "GetPhysicalDeviceInformation",
        /// A client asks what the PBX can do.
        GetCstaFeatures(Plain) = "GetCSTAFeatures",
        /// A client asks what the PBX is.
        GetSwitchingFunctionCaps(Plain) = "GetSwitchingFunctionCaps",
        /// A device is to call a number.
        MakeCall(MakeCall) = "MakeCall",
        /// A ringing device is to answer.
        AnswerCall(AnswerCall) = "AnswerCall",
        /// A device is to leave a call.
        ClearConnection(ClearConnection) = "ClearConnection",
        /// A device is to hold a call.
        HoldCall(HoldCall) = "HoldCall",
        /// A device is to come back to a call that it holds.
        RetrieveCall(RetrieveCall) = "RetrieveCall",
        /// A device is to hold its call and ask another.
        ConsultationCall(ConsultationCall) = "ConsultationCall",
        /// A device is to change between two calls.
        AlternateCall(AlternateCall) = "AlternateCall",
        /// A device is to leave one call and come back to the one that it holds.
        ReconnectCall(ReconnectCall) = "ReconnectCall",
        /// A device with two calls is to hand over.
        TransferCall(JoinCalls) = "TransferCall",
        /// A device with two calls is to make a conference of them.
        ConferenceCall(JoinCalls) = "ConferenceCall",
        /// A device is to hand its call over without asking first.
        SingleStepTransferCall(SingleStepTransferCall) = "SingleStepTransferCall",
        /// A device is to join a call.
        SingleStepConferenceCall(SingleStepConferenceCall) = "SingleStepConferenceCall",
        /// A ringing call is to go elsewhere.
        DeflectCall(DeflectCall) = "DeflectCall",
        /// A device is to take a call that rings elsewhere.
        DirectedPickupCall(DirectedPickupCall) = "DirectedPickupCall",
        /// A device is to take a call that rings in its group.
        GroupPickupCall(GroupPickupCall) = "GroupPickupCall",
        /// Digits are to be sent into a call.
        GenerateDigits(GenerateDigits) = "GenerateDigits",
        /// Data is to go with a call from here on.
        AssociateData(AssociateData) = "AssociateData",
        /// A client asks for the agents of a device.
        GetAgentState(GetAgentState) = "GetAgentState",
        /// An agent is to go to another state.
        SetAgentState(SetAgentState) = "SetAgentState",
        /// A client asks where a device is forwarded.
        GetForwarding(DeviceQuery) = "GetForwarding",
        /// Forwarding is to be switched.
        SetForwarding(SetForwarding) = "SetForwarding",
        /// A client asks whether a device is not to be disturbed.
        GetDoNotDisturb(DeviceQuery) = "GetDoNotDisturb",
        /// Do not disturb is to be switched.
        SetDoNotDisturb(SetDoNotDisturb) = "SetDoNotDisturb",
    }
}

impl Request {
    /// True for what the other side answers.
    pub const fn is_answered(&self) -> bool {
        !matches!(
            self,
            Self::ApplicationSessionTerminated(_)
                | Self::SystemRegisterAbort(_)
                | Self::SnapshotDeviceData(_)
                | Self::SnapshotCallData(_)
                | Self::SwitchingFunctionDevices(_)
        )
    }
}
