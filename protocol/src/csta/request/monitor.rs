//! Monitors, snapshots, devices (CSTA reference §6).

use smol_str::SmolStr;

use crate::csta::data::Extensions;
use crate::csta::device::{ConnectionId, DeviceId};
use crate::csta::response::{SnapshotCallEntries, SnapshotDeviceEntries};
use crate::csta::word::{DeviceCategory, MonitorType, RequestedDeviceCategory};
use crate::csta::xml::{RawXml, choice, flags, record};

record! {
    /// A client wants the events of a device or a call.
    MonitorStart {
        /// Of what.
        object: Option<MonitorObject> = "monitorObject",
        /// Which not: in the standard what is true is left out.
        filter: Option<MonitorFilter> = "requestedMonitorFilter",
        /// What the monitor follows.
        kind: Option<MonitorType> = "monitorType",
        /// Of which media.
        media: Option<MonitorMediaClass> = "requestedMonitorMediaClass",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client wants other events of a monitor.
    ChangeMonitorFilter {
        /// The monitor.
        monitor: SmolStr = "monitorCrossRefID",
        /// Which not.
        filter: Option<MonitorFilter> = "requestedFilterList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A monitor ends: either side may say so, and the other answers.
    MonitorStop {
        /// The monitor.
        monitor: SmolStr = "monitorCrossRefID",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Nothing but common arguments: what asks for monitors, features or capabilities.
    Plain {
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Which events are not sent: an item that is true is left out.
    ///
    /// Avaya's servers take it the other way round where their private data says `invertFilter`.
    MonitorFilter {
        /// Call control events.
        call_control: Option<CallControlEvents> = "callcontrol" | "callControl",
        /// Events about data beside calls.
        call_associated: Option<CallAssociatedEvents> = "callAssociated",
        /// Media.
        media: Option<MediaAttachmentEvents> = "mediaAttachment",
        /// Sets.
        physical_device: Option<PhysicalDeviceEvents> = "physicalDeviceFeature",
        /// Numbers, agents among them.
        logical_device: Option<LogicalDeviceEvents> = "logicalDeviceFeature",
        /// In and out of service.
        maintenance: Option<MaintenanceEvents> = "maintenance",
        /// Voice units.
        voice: Option<RawXml> = "voice",
        /// The vendor's.
        private: Option<RawXml> = "private",
    }

    /// A client asks which calls a device has.
    SnapshotDevice {
        /// The device.
        device: DeviceId = "snapshotObject",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client asks who is in a call.
    SnapshotCall {
        /// A part of it.
        connection: ConnectionId = "snapshotObject",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A part of the answer to [`SnapshotDevice`]. Not answered.
    SnapshotDeviceData {
        /// Which answer.
        service: SmolStr = "serviceCrossRefID",
        /// Which part of it.
        segment: Option<u32> = "segmentID",
        /// The last part.
        last: Option<bool> = "lastSegment",
        /// The calls.
        data: SnapshotDeviceEntries = "snapshotData",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A part of the answer to [`SnapshotCall`]. Not answered.
    SnapshotCallData {
        /// Which answer.
        service: SmolStr = "serviceCrossRefID",
        /// Which part of it.
        segment: Option<u32> = "segmentID",
        /// The last part.
        last: Option<bool> = "lastSegment",
        /// The parts of the call.
        data: SnapshotCallEntries = "snapshotData",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client asks for the devices that there are.
    GetSwitchingFunctionDevices {
        /// From this one on.
        device: Option<DeviceId> = "requestedDeviceID",
        /// Of this kind.
        category: Option<RequestedDeviceCategory> = "requestedDeviceCategory",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A part of the answer to it; may come before the answer. Not answered.
    SwitchingFunctionDevices {
        /// Which answer.
        service: SmolStr = "serviceCrossRefID",
        /// Which part of it.
        segment: Option<u32> = "segmentID",
        /// The last part.
        last: Option<bool> = "lastSegment",
        /// The devices.
        list: ListedDevices = "deviceList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Devices of a PBX.
    ListedDevices {
        /// One for each.
        devices: Vec<ListedDevice> = "device",
    }

    /// A device of a PBX.
    ListedDevice {
        /// Its identifier.
        id: DeviceId = "deviceID",
        /// What it is; a station where nothing is said.
        category: Option<DeviceCategory> = "deviceCategory",
        /// The same in the words of phase II.
        named_type: Option<SmolStr> = "namedDeviceTypes",
        /// What it is beside it.
        attributes: Option<DeviceAttributes> = "deviceAttributes",
        /// Which model.
        model: Option<SmolStr> = "deviceModelName",
        /// The trunk group that it belongs to.
        nid_group: Option<DeviceId> = "nidGroup",
    }

    /// A client asks about one device.
    DeviceQuery {
        /// The device.
        device: DeviceId = "device",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }
}

choice! {
    /// What is monitored.
    MonitorObject {
        /// A device.
        Device(device: DeviceId) = "deviceObject",
        /// A call, by one of its parts.
        Call(call: ConnectionId) = "callObject",
    }
}

flags! {
    /// Call control events.
    CallControlEvents [
        "bridged", "callCleared", "conferenced", "connectionCleared", "delivered", "digitsDialed", "diverted", "established", "failed",
        "held", "networkCapabilitiesChanged", "networkReached", "offered", "originated", "queued", "retrieved", "serviceInitiated",
        "transferred",
    ]

    /// Events about data beside calls.
    CallAssociatedEvents ["callInformation", "charging", "digitsGenerated", "telephonyTonesGenerated", "serviceCompletionFailure"]

    /// Events about media.
    MediaAttachmentEvents ["mediaAttached", "mediaDetached"]

    /// Events of sets.
    PhysicalDeviceEvents [
        "buttonInformation", "buttonPress", "displayUpdated", "hookswitch", "lampMode", "messageWaiting", "microphoneGain",
        "microphoneMute", "ringerStatus", "speakerMute", "speakerVolume",
    ]

    /// Events of numbers and agents.
    LogicalDeviceEvents [
        "agentBusy", "agentLoggedOn", "agentLoggedOff", "agentNotReady", "agentReady", "agentWorkingAfterCall", "autoAnswer",
        "autoWorkMode", "callBack", "callBackMessage", "callerIDStatus", "doNotDisturb", "forwarding", "presenceState", "routeingMode",
    ]

    /// In and out of service.
    MaintenanceEvents ["backInService", "deviceCapabilityChanged", "outOfService", "partiallyInService"]

    /// Media that are monitored.
    MonitorMediaClass ["voice", "data", "image", "audio", "other", "chat", "email", "message", "im", "sms", "mms"]

    /// What a device is beside its category.
    DeviceAttributes ["mediaAccessDevice", "routeingDevice", "groupACD", "groupHunt", "groupPick", "groupUser"]
}
