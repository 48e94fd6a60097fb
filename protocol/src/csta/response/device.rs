//! Answers about devices, agents and what the PBX can do (CSTA reference §6.4, §6.5).

use smol_str::SmolStr;

use crate::csta::data::{DeviceList, Extensions};
use crate::csta::device::DeviceId;
use crate::csta::event::CallOrigination;
use crate::csta::request::{CallingDevices, MonitorFilter, MonitorMediaClass};
use crate::csta::word::{AgentState, AgentStateCondition, AppearanceType, DeviceCategory, ForwardingType};
use crate::csta::xml::{RawXml, choice, flags, record};

record! {
    /// Which monitors a client has.
    MonitorsListed {
        /// The monitors, or where they come.
        list: Option<MonitorsOrService> = "crossRefIDorRegistrationData",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Monitors.
    MonitorEntries {
        /// One for each.
        entries: Vec<MonitorEntry> = "monitorListEntry",
    }

    /// A monitor.
    MonitorEntry {
        /// Its identifier.
        monitor: SmolStr = "monitorCrossRefID",
        /// What it is for.
        object: Option<DeviceId> = "monitorObject",
    }

    /// What a number is. Elements that matter for nobody here are kept raw, behind those that do.
    LogicalDeviceInformation {
        /// What it is.
        category: Option<DeviceCategory> = "deviceCategory",
        /// Which kind of group.
        group: Option<GroupDeviceAttributes> = "groupDeviceAttributes",
        /// The same in the words of phase II.
        named_type: Option<SmolStr> = "namedDeviceTypes",
        /// Its short number.
        short_form: Option<DeviceId> = "shortFormDeviceID",
        /// There is a set with it.
        has_physical: Option<bool> = "hasPhysicalElement",
        /// How calls are distributed.
        acd_models: Option<RawXml> = "acdModels",
        /// How agents log on.
        agent_logon_models: Option<RawXml> = "agentLogOnModels",
        /// Appearances are devices of their own.
        appearance_addressable: Option<bool> = "appearanceAddressable",
        /// How it appears at several sets.
        appearance_type: Option<AppearanceType> = "appearanceType",
        /// Its appearances.
        appearances: Option<Appearances> = "appearanceList",
        /// The sets that ring with this number.
        other_physical: Option<DeviceList> = "otherPhysicalDeviceList",
        /// Whose events a monitor of it gives.
        monitor_caps: Option<MonitorCaps> = "miscMonitorCaps",
        /// The groups that it belongs to.
        groups: Option<DeviceList> = "associatedGroupList",
        /// So many calls back.
        max_callbacks: Option<u32> = "maxCallbacks",
        /// So many rings before it answers by itself.
        max_auto_answer_rings: Option<u32> = "maxAutoAnswerRings",
        /// So many calls at a time.
        max_active_calls: Option<u32> = "maxActiveCalls",
        /// So many held calls.
        max_held_calls: Option<u32> = "maxHeldCalls",
        /// So many forwardings.
        max_forwardings: Option<u32> = "maxFwdSettings",
        /// So many parties in a conference.
        max_conference: Option<u32> = "maxDevicesInConf",
        /// How calls are joined.
        join_setup: Option<RawXml> = "transAndConfSetup",
        /// Events of a device-type monitor on the device that are not there.
        device_filter: Option<MonitorFilter> = "deviceOnDeviceMonitorFilter",
        /// Events of a device-type monitor on a connection that are not there.
        device_connection_filter: Option<MonitorFilter> = "deviceOnConnectionMonitorFilter",
        /// Events of a call-type monitor on the device that are not there.
        call_filter: Option<MonitorFilter> = "callOnDeviceMonitorFilter",
        /// Events of a call-type monitor on a connection that are not there.
        call_connection_filter: Option<MonitorFilter> = "callOnConnectionMonitorFilter",
        /// Its media.
        media: Option<MonitorMediaClass> = "mediaClassSupport",
        /// Services on media.
        media_services: Option<RawXml> = "mediaServiceCapsList",
        /// Data rates.
        connection_rates: Option<RawXml> = "connectionRateList",
        /// Delays.
        delay_tolerances: Option<RawXml> = "delayToleranceList",
        /// Channels.
        channels: Option<u32> = "numberOfChannels",
        /// Channels at a time.
        max_channels: Option<u32> = "maxChannelBind",
        /// Services on routeing.
        routeing_services: Option<RawXml> = "routeingServList",
        /// Services of the number.
        services: Option<RawXml> = "logDevServList",
        /// Events of the number.
        events: Option<RawXml> = "logDevEvtsList",
        /// Events about its service.
        maintenance_events: Option<RawXml> = "deviceMaintEvtsList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// What a set is.
    PhysicalDeviceInformation {
        /// What it is.
        category: Option<DeviceCategory> = "deviceCategory",
        /// Which kind of group.
        group: Option<GroupDeviceAttributes> = "groupDeviceAttributes",
        /// The same in the words of phase II.
        named_type: Option<SmolStr> = "namedDeviceTypes",
        /// There is a number with it.
        has_logical: Option<bool> = "hasLogicalElement",
        /// The numbers of this set.
        other_logical: Option<DeviceList> = "otherLogicalDeviceList",
        /// Which model.
        model: Option<SmolStr> = "deviceModelName",
        /// Events of a device-type monitor on the device that are not there.
        device_filter: Option<MonitorFilter> = "deviceOnDeviceMonitorFilter",
        /// Events of a device-type monitor on a connection that are not there.
        device_connection_filter: Option<MonitorFilter> = "deviceOnConnectionMonitorFilter",
        /// Events of a call-type monitor on the device that are not there.
        call_filter: Option<MonitorFilter> = "callOnDeviceMonitorFilter",
        /// Events of a call-type monitor on a connection that are not there.
        call_connection_filter: Option<MonitorFilter> = "callOnConnectionMonitorFilter",
        /// Displays.
        displays: Option<u32> = "maxDisplays",
        /// Buttons.
        buttons: Option<u32> = "maxButtons",
        /// Lamps.
        lamps: Option<u32> = "maxLamps",
        /// Ring patterns.
        ring_patterns: Option<u32> = "maxRingPatterns",
        /// Services of the set.
        services: Option<RawXml> = "physDevServList",
        /// Events of the set.
        events: Option<RawXml> = "physDevEvtsList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Appearances of a shared line.
    Appearances {
        /// One for each.
        appearances: Vec<SmolStr> = "appearance",
    }

    /// What a PBX can do.
    CstaFeatures {
        /// Its services.
        services: Option<RawXml> = "supportedServices",
        /// Its events.
        events: Option<RawXml> = "supportedEvents",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// What a PBX is. What matters for nobody here is in `other`.
    SwitchingFunctionCaps {
        /// Its name.
        domain: Option<SmolStr> = "switchingSubDomainName",
        /// Who makes it.
        manufacturer: Option<SmolStr> = "manufacturerName",
        /// The profiles of the standard that it follows.
        profiles: Option<RawXml> = "profiles",
        /// How it names devices.
        device_id_format: Option<RawXml> = "deviceIDFormat",
        /// Its clock.
        current_time: Option<SmolStr> = "currentTime",
        /// How often it tells its status, in seconds.
        status_timer_s: Option<u32> = "systemStatusTimer",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// The agents of a device.
    AgentStates {
        /// One for each.
        list: AgentStateList = "agentStateList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Agents.
    AgentStateList {
        /// One for each, at most 32.
        entries: Vec<AgentStateEntry> = "agentStateEntry",
    }

    /// An agent.
    AgentStateEntry {
        /// Who.
        agent: Option<SmolStr> = "agentID",
        /// Logged on.
        logged_on: Option<bool> = "loggedOnState",
        /// In which groups.
        info: Option<AgentInfo> = "agentInfo",
    }

    /// An agent's groups.
    AgentInfo {
        /// One for each.
        items: Vec<AgentInfoItem> = "agentInfoItem",
    }

    /// An agent in a group.
    AgentInfoItem {
        /// The group.
        group: Option<DeviceId> = "acdGroup",
        /// The agent's state.
        state: Option<AgentState> = "agentState",
        /// The state that comes next.
        pending: Option<AgentState> = "pendingAgentState",
        /// Why.
        condition: Option<AgentStateCondition> = "agentStateCondition",
    }

    /// An agent's state was set.
    AgentStateSet {
        /// The state that comes next.
        pending: Option<AgentState> = "pendingAgentState",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Where a device is forwarded.
    Forwardings {
        /// The forwardings.
        list: ForwardList = "forwardingList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Forwardings.
    ForwardList {
        /// One for each kind.
        items: Vec<ForwardListItem> = "forwardListItem",
    }

    /// A forwarding.
    ForwardListItem {
        /// When calls are forwarded.
        kind: Option<ForwardingType> = "forwardingType",
        /// On or off.
        on: Option<bool> = "forwardStatus",
        /// Where to.
        to: Option<DeviceId> = "forwardDN",
        /// Which parts are the default.
        default: Option<SmolStr> = "forwardDefault",
        /// After so many rings.
        rings: Option<u32> = "ringCount",
        /// After so long.
        ring_duration: Option<SmolStr> = "ringDuration" since 6,
    }

    /// Whether a device is not to be disturbed.
    DoNotDisturbState {
        /// On or off.
        on: Option<bool> = "doNotDisturbOn",
        /// For which calls.
        origination: Option<CallOrigination> = "callOrigination",
        /// For which callers.
        callers: Option<CallingDevices> = "callingDeviceList",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }
}

choice! {
    /// Monitors, or where they come.
    MonitorsOrService {
        /// The monitors.
        Monitors(entries: MonitorEntries) = "monitorList",
        /// They come in messages of their own, under this number.
        Service(service: SmolStr) = "serviceCrossRefID",
    }
}

flags! {
    /// Which kind of group a device is.
    GroupDeviceAttributes ["acd", "hunt", "pick", "user", "agent", "other"]

    /// Whose events a monitor of a group gives: with the inclusive model the members' come too.
    MonitorCaps ["groupInclusivModel", "groupExclusiveModel", "monitorPhysicalElement", "acdDeviceInclusiv", "acdDeviceExclusiv"]
}
