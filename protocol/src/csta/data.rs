//! What several messages carry: attached data, linkage, permitted services, common arguments (CSTA reference §4.4).

use smol_str::SmolStr;

use super::device::{ConnectionId, Device, DeviceId};
use super::error::XmlError;
use super::text::Hex;
use super::word::EventCause;
use super::xml::{Cursor, Node, RawXml, Start, Value, Writer, choice, flags, record};

record! {
    /// Common arguments. Vendors put elements of their own right into it: they are in `other`.
    Extensions {
        /// Sequence number and time.
        security: Option<Security> = "security",
        /// What the vendor adds.
        private_data: Option<PrivateData> = "privateData",
    }

    /// Sequence number and time of a message. Most peers send none.
    Security {
        /// Counts messages.
        sequence: Option<u32> = "messageSequenceNumber",
        /// The PBX's clock, as it writes it.
        time_stamp: Option<SmolStr> = "timeStamp",
        /// A signature or the like.
        info: Option<RawXml> = "securityInfo",
    }

    /// What a vendor adds.
    PrivateData {
        /// Elements, each within `private`.
        private: Vec<RawXml> = "private",
        /// Octets.
        string: Option<Hex> = "string",
    }

    /// Identity of a call over the borders of switches, and of the chain of calls of one contact.
    CallLinkage {
        /// One call.
        global: Option<GlobalCallData> = "globalCallData",
        /// The chain of calls: survives transfers.
        thread: Option<ThreadData> = "threadData",
    }

    /// One call over the borders of switches.
    GlobalCallData {
        /// Whose number it is.
        domain: Option<SmolStr> = "globalCallSwitchingSubDomainName",
        /// The number.
        id: Option<LinkageId> = "globalCallLinkageID",
        /// Since when.
        time_stamp: Option<SmolStr> = "callLinkageIDTimestamp",
    }

    /// The chain of calls of one contact.
    ThreadData {
        /// Whose number it is.
        domain: Option<SmolStr> = "threadSwitchingSubDomainName",
        /// The number.
        id: Option<ThreadId> = "threadLinkageID",
        /// Since when.
        time_stamp: Option<SmolStr> = "threadIDTimeStamp",
    }

    /// Linkage before and after calls were joined.
    CallLinkageList {
        /// After.
        new: Option<CallLinkage> = "newCallLinkageData",
        /// Before.
        old: Option<CallLinkage> = "oldCallLinkageData",
    }

    /// What may be done next on a connection.
    ServicesPermitted {
        /// Call control.
        call_control: Option<CallControlServices> = "callControlServices",
        /// Data beside calls.
        call_associated: Option<CallAssociatedServices> = "callAssociatedServices",
        /// Media.
        media: Option<MediaAttachmentServices> = "mediaAttachementServices" | "mediaAttachmentServices",
        /// Routeing.
        routeing: Option<RouteingServices> = "routeingServices",
        /// Voice units.
        voice: Option<VoiceServices> = "voiceServices",
    }

    /// What kind of media a call has.
    MediaCallCharacteristics {
        /// Voice, data …
        class: Option<MediaClass> = "mediaClass",
    }

    /// Where a call came by, newest first.
    DeviceHistory {
        /// The redirections.
        items: Vec<DeviceHistoryItem> = "DeviceHistoryListItem" | "deviceHistoryListItem",
    }

    /// One redirection.
    DeviceHistoryItem {
        /// The device that the call left.
        device: Option<Device> = "oldDeviceID",
        /// Why.
        cause: Option<EventCause> = "eventCause",
        /// Its part in the call.
        connection: Option<ConnectionId> = "oldConnectionID",
    }

    /// Parts of calls before and after they were joined.
    ConnectionList {
        /// One for each part that goes on.
        items: Vec<ConnectionListItem> = "connectionListItem",
    }

    /// What became of one part of a call (CSTA reference §11).
    ConnectionListItem {
        /// The part as it is named from here on.
        new: Option<ConnectionId> = "newConnection",
        /// As it was named.
        old: Option<ConnectionId> = "oldConnection",
        /// The device.
        endpoint: Option<Endpoint> = "endpoint",
        /// The trunk that leads to it.
        associated_nid: Option<Endpoint> = "associatedNID",
        /// What it carries.
        connection_info: Option<RawXml> = "resultingConnectionInfo",
    }

    /// Several devices.
    DeviceList {
        /// The devices.
        devices: Vec<DeviceId> = "deviceID" | "device",
    }
}

choice! {
    /// The number of a call over the borders of switches.
    LinkageId {
        /// Unique in the world.
        Global(id: Hex) = "globallyUniqueCallLinkageID",
        /// Unique in its domain.
        Domain(id: Hex) = "subDomainCallLinkageID",
    }

    /// The number of a chain of calls.
    ThreadId {
        /// Unique in the world.
        Global(id: Hex) = "globallyUniqueThreadID",
        /// Unique in its domain.
        Domain(id: Hex) = "subDomainThreadID",
    }

    /// Data that follows a call, or is sent once with a message.
    AttachedData {
        /// Octets.
        Octets(octets: Hex) = "string",
        /// Elements of the vendor.
        Private(private: RawXml) = "private",
    }

    /// Where a part of a call ends.
    Endpoint {
        /// The device.
        Id(id: DeviceId) = "deviceID" | "deviceIdentifier",
        /// The PBX does not know.
        NotKnown = "notKnown",
        /// Withheld.
        Restricted = "restricted",
    }
}

impl Endpoint {
    /// The device, where it is told.
    pub fn id(&self) -> Option<&DeviceId> {
        match self {
            Self::Id(id) => Some(id),
            _ => None,
        }
    }
}

flags! {
    /// Call control that is permitted.
    CallControlServices [
        "acceptCall", "alternateCall", "answerCall", "callBack", "callBackMessage", "campOnCall", "clearCall", "clearConnection",
        "conferenceCall", "consultationCall", "deflectCall", "dialDigits", "directedPickupCall", "groupPickupCall", "holdCall",
        "intrudeCall", "joinCall", "makeCall", "makePredictiveCall", "parkCall", "reconnectCall", "retrieveCall", "sendMessage",
        "singleStepConference", "singleStepTransfer", "transferCall",
    ]

    /// Services on data beside calls that are permitted.
    CallAssociatedServices [
        "associateData", "cancelTelephonyTones", "generateDigits", "generateTelephonyTones", "sendUserInformation",
        "changeConnectionInformation",
    ]

    /// Services on media that are permitted.
    MediaAttachmentServices ["attachMediaService", "detachMediaService"]

    /// Services on routeing that are permitted.
    RouteingServices [
        "routeRegister", "routeRegisterCancel", "routeRegisterAbort", "reRoute", "routeEnd", "routeReject", "routeRequest", "routeSelect",
        "routeUsed",
    ]

    /// Services of voice units that are permitted.
    VoiceServices [
        "activate", "clear", "deactivate", "concatenateMessage", "deleteMessage", "playMessage", "queryVoiceAttribute", "recordMessage",
        "reposition", "resume", "review", "setVoiceAttribute", "stop", "suspend", "synthesizeMessage",
    ]

    /// Kinds of media.
    MediaClass ["voice", "data", "image", "audio", "other", "notKnown", "chat", "email", "message", "im", "sms", "mms"]

    /// What a call is beside a call. `maintainanceCall` is the schema's own spelling.
    CallCharacteristics [
        "acdCall", "lowPriorityCall", "priorityCall", "highPriorityCall", "maintainanceCall" | "maintenanceCall", "directAgent",
        "assistCall", "voiceUnitCall", "privateCall", "personalCall", "sensitiveCall", "confidentialCall", "encryptedCall",
    ]
}

/// Where a call is sent: devices, each in an element. Old clients write the number as text: it is read as one device.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Destinations {
    /// The devices.
    pub devices: Vec<DeviceId>,
}

impl Value for Destinations {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let mut devices = Vec::new();
        xml.forget_text();
        loop {
            match xml.node()? {
                Node::Text => {}
                Node::Child(child) => {
                    match child.name() {
                        "device" | "deviceID" => devices.extend(DeviceId::read(&child, xml)?),
                        _ => xml.skip()?,
                    }
                    xml.forget_text();
                }
                Node::End => break,
            }
        }
        if devices.is_empty() && !xml.gathered().is_empty() {
            devices.push(DeviceId::new(xml.gathered()));
        }
        Ok(Some(Self { devices }))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.open(name);
        for device in &self.devices {
            device.write("device", out);
        }
        out.close(name);
    }
}
