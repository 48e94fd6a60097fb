//! Call control and logical device features (CSTA reference §9, §6.5).

use smol_str::SmolStr;

use crate::csta::data::{AttachedData, CallCharacteristics, Destinations, Extensions, MediaCallCharacteristics};
use crate::csta::device::{ConnectionId, DeviceId};
use crate::csta::event::CallOrigination;
use crate::csta::text::Secret;
use crate::csta::word::{AutoOriginate, EventCause, ForwardingType, ParticipationType, RequestedAgentState};
use crate::csta::xml::{RawXml, group, record};

group! {
    /// Accounts, codes and data that go with a call.
    CallData {
        /// An account, in hexadecimal digits.
        account_code: Option<Secret> = "accountCode",
        /// An authorisation code, in hexadecimal digits.
        auth_code: Option<Secret> = "authCode",
    }

    /// Data that goes with a call.
    Attached {
        /// Data that follows the call.
        correlator: Option<AttachedData> = "correlatorData",
        /// Data of this message.
        user_data: Option<AttachedData> = "userData",
    }

    /// What a call is about, and why a service is asked for. Not all requests have all of it.
    Purpose {
        /// What the call is about.
        subject: Option<SmolStr> = "subjectOfCall",
        /// Preferred languages.
        languages: Option<SmolStr> = "languagePreferences",
        /// Why.
        reason: Option<EventCause> = "reason" since 6,
    }
}

record! {
    /// A device is to call a number.
    MakeCall {
        /// Who is to call.
        calling: DeviceId = "callingDevice",
        /// Whom.
        called: DeviceId = "calledDirectoryNumber",
        /// Accounts and codes.
        codes: CallData as Group,
        /// Whether the caller is asked to lift the handset first.
        auto_originate: Option<AutoOriginate> = "autoOriginate",
        /// Data that goes with the call.
        attached: Attached as Group,
        /// What the call is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// What it is to carry.
        connection_info: Option<RawXml> = "callingConnectionInfo",
        /// What it is about.
        purpose: Purpose as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A ringing device is to answer.
    AnswerCall {
        /// Its part in the call.
        connection: ConnectionId = "callToBeAnswered",
        /// Data that goes with the call.
        attached: Attached as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to leave a call.
    ClearConnection {
        /// Its part in the call.
        connection: ConnectionId = "connectionToBeCleared",
        /// Data that goes with the call.
        attached: Attached as Group,
        /// Why.
        reason: Option<EventCause> = "reason",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to hold a call.
    HoldCall {
        /// Its part in the call.
        connection: ConnectionId = "callToBeHeld",
        /// Whether the line is kept.
        reservation: Option<bool> = "connectionReservation",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to come back to a call that it holds.
    RetrieveCall {
        /// Its part in the call.
        connection: ConnectionId = "callToBeRetrieved",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to hold its call and ask another.
    ConsultationCall {
        /// Its part in the call that is to be held.
        existing: ConnectionId = "existingCall",
        /// Whom it asks.
        consulted: DeviceId = "consultedDevice",
        /// Whether the line is kept.
        reservation: Option<bool> = "connectionReservation",
        /// Accounts and codes.
        codes: CallData as Group,
        /// Data that goes with the call.
        attached: Attached as Group,
        /// What the call is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// Its media.
        media: Option<MediaCallCharacteristics> = "mediaCallCharacteristics",
        /// What it is to carry.
        connection_info: Option<RawXml> = "callingConnectionInfo",
        /// What comes of it.
        options: Option<SmolStr> = "consultOptions",
        /// What it is about.
        purpose: Purpose as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to change between two calls.
    AlternateCall {
        /// Its part in the call that it holds.
        held: ConnectionId = "heldCall",
        /// In the one that it is in.
        active: ConnectionId = "activeCall",
        /// Whether the line is kept.
        reservation: Option<bool> = "connectionReservation",
        /// What comes of it.
        options: Option<SmolStr> = "consultOptions",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to leave one call and come back to the one that it holds.
    ReconnectCall {
        /// Its part in the call that it is in.
        active: ConnectionId = "activeCall",
        /// In the one that it holds.
        held: ConnectionId = "heldCall",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device with two calls is to connect them: by handing over, or as a conference.
    JoinCalls {
        /// Its part in the call that it holds.
        held: ConnectionId = "heldCall",
        /// In the one that it is in.
        active: ConnectionId = "activeCall",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to hand its call over without asking first.
    SingleStepTransferCall {
        /// Its part in the call.
        active: ConnectionId = "activeCall",
        /// To whom.
        to: DeviceId = "transferredTo",
        /// Accounts and codes.
        codes: CallData as Group,
        /// Data that goes with the call.
        attached: Attached as Group,
        /// What the call is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// What it is about.
        purpose: Purpose as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to join a call.
    SingleStepConferenceCall {
        /// A part of the call.
        active: ConnectionId = "activeCall",
        /// Who joins.
        joining: DeviceId = "deviceToJoin",
        /// To speak, or to listen.
        participation: Option<ParticipationType> = "participationType",
        /// Accounts and codes.
        codes: CallData as Group,
        /// Data that goes with the call.
        attached: Attached as Group,
        /// What it is about.
        purpose: Purpose as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A ringing call is to go elsewhere.
    DeflectCall {
        /// The ringing device's part.
        connection: ConnectionId = "callToBeDiverted",
        /// Where to.
        destination: Destinations = "newDestination",
        /// Data that goes with the call.
        attached: Attached as Group,
        /// What the call is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// What it is about.
        purpose: Purpose as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to take a call that rings elsewhere.
    DirectedPickupCall {
        /// The ringing device's part.
        connection: ConnectionId = "callToBePickedUp",
        /// Who takes it.
        requesting: DeviceId = "requestingDevice",
        /// Data that goes with the call.
        attached: Attached as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A device is to take a call that rings in its group.
    GroupPickupCall {
        /// Who takes it.
        destination: DeviceId = "newDestination",
        /// The group.
        group: Option<DeviceId> = "pickGroup",
        /// Data that goes with the call.
        attached: Attached as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Digits are to be sent into a call.
    GenerateDigits {
        /// A part of the call.
        connection: ConnectionId = "connectionToSendDigits",
        /// Pulses or tones.
        mode: Option<SmolStr> = "digitMode",
        /// The digits.
        digits: SmolStr = "charactersToSend",
        /// How long each, in milliseconds.
        tone_ms: Option<u32> = "toneDuration",
        /// How many pulses a second.
        pulse_rate: Option<u32> = "pulseRate",
        /// How long between them, in milliseconds.
        pause_ms: Option<u32> = "pauseDuration",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Data is to go with a call from here on.
    AssociateData {
        /// A part of the call.
        existing: ConnectionId = "existingCall",
        /// Accounts and codes.
        codes: CallData as Group,
        /// Data that follows the call.
        correlator: Option<AttachedData> = "correlatorData",
        /// How the call is qualified.
        qualifying_data: Option<RawXml> = "callQualifyingData",
        /// What the call is beside a call.
        characteristics: Option<CallCharacteristics> = "callCharacteristics",
        /// What it is about.
        purpose: Purpose as Group,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client asks for the agents of a device.
    GetAgentState {
        /// The device.
        device: DeviceId = "device",
        /// In this group only.
        group: Option<DeviceId> = "acdGroup",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// An agent is to go to another state.
    SetAgentState {
        /// Where.
        device: DeviceId = "device",
        /// Which state.
        state: Option<RequestedAgentState> = "requestedAgentState",
        /// Who.
        agent: Option<SmolStr> = "agentID",
        /// The password, in hexadecimal digits.
        password: Option<Secret> = "password",
        /// In which group.
        group: Option<DeviceId> = "group",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Forwarding is to be switched.
    SetForwarding {
        /// Where.
        device: DeviceId = "device",
        /// When calls are forwarded.
        kind: Option<ForwardingType> = "forwardingType",
        /// On or off.
        on: Option<bool> = "activateForward",
        /// Where to.
        to: Option<DeviceId> = "forwardDN",
        /// After so many rings.
        rings: Option<u32> = "ringCount",
        /// After so long.
        ring_duration: Option<SmolStr> = "ringDuration" since 6,
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Do not disturb is to be switched.
    SetDoNotDisturb {
        /// Where.
        device: DeviceId = "device",
        /// On or off.
        on: Option<bool> = "doNotDisturbOn",
        /// For which calls.
        origination: Option<CallOrigination> = "callOrigination",
        /// For which callers.
        callers: Option<CallingDevices> = "callingDeviceList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Callers.
    CallingDevices {
        /// One for each.
        devices: Vec<DeviceId> = "callingDevice",
    }
}
