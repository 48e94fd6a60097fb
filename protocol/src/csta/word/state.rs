//! States and kinds (CSTA reference §5).

use crate::csta::xml::words;

words! {
    /// The state of a device in a call.
    LocalConnectionState {
        Null = "null",
        Initiated = "initiated" | "initiate",
        Alerting = "alerting",
        Connected = "connected" | "connect",
        Hold = "hold",
        Queued = "queued",
        Fail = "fail",
    }

    /// The state of a call at a device, that of the other side included.
    SimpleCallState {
        CallNull = "callNull",
        CallPending = "callPending",
        CallOriginated = "callOriginated",
        CallDelivered = "callDelivered",
        CallDeliveredHeld = "callDeliveredHeld",
        CallReceived = "callReceived",
        CallEstablished = "callEstablished",
        CallEstablishedHeld = "callEstablishedHeld",
        CallReceivedOnHold = "callReceivedOnHold",
        CallEstablishedOnHold = "callEstablishedOnHold",
        CallQueued = "callQueued",
        CallQueuedHeld = "callQueuedHeld",
        CallFailed = "callFailed",
        CallFailedHeld = "callFailedHeld",
        CallBlocked = "callBlocked",
    }

    /// What a system status says.
    SystemState {
        Disabled = "disabled",
        PartiallyDisabled = "partiallyDisabled",
        Enabled = "enabled",
        Initializing = "initializing",
        MessagesLost = "messagesLost" | "messageLost",
        Normal = "normal",
        OverloadImminent = "overloadImminent",
        OverloadReached = "overloadReached",
        OverloadRelieved = "overloadRelieved",
    }

    /// The state of an agent.
    AgentState {
        AgentNotReady = "agentNotReady",
        AgentNull = "agentNull",
        AgentReady = "agentReady",
        AgentBusy = "agentBusy",
        AgentWorkingAfterCall = "agentWorkingAfterCall",
    }

    /// The state that an agent is to go to.
    RequestedAgentState {
        LoggedOn = "loggedOn",
        LoggedOff = "loggedOff",
        NotReady = "notReady",
        Ready = "ready",
        WorkingAfterCall = "workingAfterCall",
    }

    /// Why an agent is in its state.
    AgentStateCondition {
        ForcedPause = "forcedPause",
        OtherCondition = "other",
    }

    /// When calls are forwarded.
    ForwardingType {
        ForwardImmediate = "forwardImmediate",
        ForwardBusy = "forwardBusy",
        ForwardNoAns = "forwardNoAns",
        ForwardDnd = "forwardDND",
        ForwardBusyInt = "forwardBusyInt",
        ForwardBusyExt = "forwardBusyExt",
        ForwardNoAnsInt = "forwardNoAnsInt",
        ForwardNoAnsExt = "forwardNoAnsExt",
        ForwardImmInt = "forwardImmInt",
        ForwardImmExt = "forwardImmExt",
        ForwardDndInt = "forwardDNDInt",
        ForwardDndExt = "forwardDNDExt",
    }

    /// What a device is.
    DeviceCategory {
        Acd = "acd",
        Group = "group",
        NetworkInterface = "networkInterface",
        Park = "park",
        RouteingDevice = "routeingDevice",
        Station = "station",
        VoiceUnit = "voiceUnit",
        GenericInteractiveVoice = "genericInteractiveVoice" | "genericIV",
        ListenerInteractiveVoice = "listenerInteractiveVoice" | "listenerIV",
        DtmfInteractiveVoice = "dtmfInteractiveVoice" | "dtmfIV",
        PromptInteractiveVoice = "promptInteractiveVoice" | "promptIV",
        PromptQueueInteractiveVoice = "promptQueueInteractiveVoice" | "promptQueue",
        MessageInteractiveVoice = "messageInteractiveVoice" | "messageIV",
        Conference = "conference",
        OtherCategory = "other",
    }

    /// Which devices are asked for.
    RequestedDeviceCategory {
        Acd = "acd",
        GroupAcd = "groupACD",
        GroupHunt = "groupHunt",
        GroupPick = "groupPick",
        GroupUser = "groupUser",
        GroupOther = "groupOther",
        NetworkInterface = "networkInterface",
        Park = "park",
        RouteingDevice = "routeingDevice",
        Station = "station",
        VoiceUnit = "voiceUnit",
        GenericIv = "genericIV",
        ListenerIv = "listenerIV",
        DtmfIv = "dtmfIV",
        PromptIv = "promptIV",
        PromptQueue = "promptQueue",
        MessageIv = "messageIV",
        Conference = "conference",
        OtherCategory = "other",
    }

    /// How a shared line appears at several sets.
    AppearanceType {
        SelectedStandard = "selectedStandard",
        BasicStandard = "basicStandard",
        BasicBridged = "basicBridged",
        ExclusiveBridged = "exclusiveBridged",
        IndependentSharedBridged = "independentSharedBridged",
        InterdependentSharedBridged = "interdependentSharedBridged",
    }

    /// What a monitor follows.
    MonitorType {
        Call = "call",
        Device = "device",
    }

    /// Whether the caller is asked to lift the handset first.
    AutoOriginate {
        Prompt = "prompt",
        DoNotPrompt = "doNotPrompt",
    }

    /// How a device joins a call.
    ParticipationType {
        Silent = "silent",
        Active = "active",
        None = "none",
    }

    /// Why an application session is refused (ECMA-354).
    SessionError {
        InvalidApplicationInfo = "invalidApplicationInfo",
        RequestedProtocolVersionNotSupported = "requestedProtocolVersionNotSupported",
        ServerResourcesBusy = "serverResourcesBusy",
        MaxNumberSessions = "maxNumberSessions",
        InvalidSessionId = "invalidSessionID",
        ServerCannotResetSessionTimer = "serverCannotResetSessionTimer",
    }

    /// Why an application session ends, by one side or the other (ECMA-354).
    SessionEnd {
        Normal = "normal",
        ResourceLimitation = "resourceLimitation",
        SessionTimerExpired = "sessionTimerExpired",
    }
}
