//! Elements that stand one after the other in many events (CSTA reference §7: P, T1 to T4).

use smol_str::SmolStr;

use crate::csta::data::{
    AttachedData, CallCharacteristics, CallLinkage, CallLinkageList, DeviceHistory, Extensions, MediaCallCharacteristics, ServicesPermitted,
};
use crate::csta::device::Device;
use crate::csta::word::{EventCause, LocalConnectionState};
use crate::csta::xml::{RawXml, group};

group! {
    /// Who calls whom.
    Parties {
        /// The calling device.
        calling: Option<Device> = "callingDevice",
        /// The device that was called at first.
        called: Option<Device> = "calledDevice",
        /// The device that redirected the call last.
        last_redirection: Option<Device> = "lastRedirectionDevice",
    }

    /// The monitored device, and why. Not all events have all of it.
    Local {
        /// The state of the monitored device in the call, after the event; the event itself tells of its subject.
        state: Option<LocalConnectionState> = "localConnectionInfo",
        /// Data that follows the call.
        correlator: Option<AttachedData> = "correlatorData",
        /// Data of this message.
        user_data: Option<AttachedData> = "userData",
        /// What the call cost: ConnectionCleared and Transferred.
        charging: Option<RawXml> = "chargingInfo",
        /// How far the network tells: NetworkReached and NetworkCapabilitiesChanged.
        network_capability: Option<RawXml> = "networkCapability",
        /// Why.
        cause: Option<EventCause> = "cause",
        /// What may be done next.
        permitted: Option<ServicesPermitted> = "servicesPermitted",
    }

    /// What the network tells of the parties. Not all events have all of it.
    NetworkParties {
        /// The calling number, as the network tells it.
        calling: Option<Device> = "networkCallingDevice",
        /// The called number, as the network tells it.
        called: Option<Device> = "networkCalledDevice",
        /// The trunk or device of this PBX that stands for the calling one.
        associated_calling: Option<Device> = "associatedCallingDevice",
        /// The trunk or device of this PBX that stands for the called one.
        associated_called: Option<Device> = "associatedCalledDevice",
    }

    /// What kind of call.
    Media {
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// What it is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
    }

    /// What stands at the end. Not all events have all of it.
    Tail {
        /// Identity over the borders of switches.
        linkage: Option<CallLinkage> = "callLinkageData",
        /// The same before and after calls were joined.
        linkage_list: Option<CallLinkageList> = "callLinkageDataList",
        /// What the call is about.
        subject: Option<SmolStr> = "subjectOfCall",
        /// Messages of other media.
        message_info: Option<RawXml> = "messageInfo",
        /// Preferred languages.
        languages: Option<SmolStr> = "languagePreferences",
        /// Where the call came by.
        history: Option<DeviceHistory> = "deviceHistory",
        /// Places of the parties.
        locations: Option<RawXml> = "locationInfoList" since 6,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }
}
