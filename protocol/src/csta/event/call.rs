//! Call control events, their elements in the schema's order (CSTA reference §7). The subject's connection comes first in each; the
//! state of the monitored device is in [`Local`].

use smol_str::SmolStr;

use super::group::{Local, Media, NetworkParties, Parties, Tail};
use crate::csta::data::ConnectionList;
use crate::csta::device::{ConnectionId, Device};
use crate::csta::xml::{RawXml, record};

record! {
    /// A device begins a call.
    ServiceInitiated {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Its part in the call.
        connection: ConnectionId = "initiatedConnection",
        /// The device.
        initiating: Device = "initiatingDevice",
        /// What it calls.
        called: Option<Device> = "calledDevice" since 6,
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "initiatedConnectionInfo",
        /// What the network tells.
        network: NetworkParties as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// A device has dialled.
    Originated {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The calling device's part.
        connection: ConnectionId = "originatedConnection",
        /// The calling device.
        calling: Device = "callingDevice",
        /// What it calls.
        called: Device = "calledDevice",
        /// The device on whose behalf it calls.
        originating: Option<Device> = "originatingDevice",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "originatedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device dials, so far not to the end.
    DigitsDialed {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The dialling device's part.
        connection: ConnectionId = "dialingConnection",
        /// The dialling device.
        dialing: Device = "dialingDevice",
        /// What was dialled.
        sequence: SmolStr = "dialingSequence",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "dialingConnectionInfo",
        /// What kind of call.
        media: Media as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// A device is offered a call and does not ring yet.
    Offered {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The device's part.
        connection: ConnectionId = "offeredConnection",
        /// The device.
        offered: Device = "offeredDevice",
        /// Who calls whom.
        parties: Parties as Group,
        /// Where the call came in or goes out.
        originating_nid: Option<ConnectionId> = "originatingNIDConnection",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "offeredConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device rings.
    Delivered {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The ringing device's part.
        connection: ConnectionId = "connection",
        /// The ringing device.
        alerting: Device = "alertingDevice",
        /// Who calls whom.
        parties: Parties as Group,
        /// Where the call came in or goes out.
        originating_nid: Option<ConnectionId> = "originatingNIDConnection",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "connectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device answers.
    Established {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The answering device's part.
        connection: ConnectionId = "establishedConnection",
        /// The answering device.
        answering: Device = "answeringDevice",
        /// Who calls whom.
        parties: Parties as Group,
        /// Where the call came in or goes out.
        originating_nid: Option<ConnectionId> = "originatinNIDConnection" | "originatingNIDConnection",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "establishedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device holds the others.
    Held {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Its part.
        connection: ConnectionId = "heldConnection",
        /// The device that holds.
        holding: Device = "holdingDevice",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "heldConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device is back with the others.
    Retrieved {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Its part.
        connection: ConnectionId = "retrievedConnection",
        /// The device that held.
        retrieving: Device = "retrievingDevice",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "retrievedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A call waits at a queue.
    Queued {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The queue's part in the call.
        connection: ConnectionId = "queuedConnection",
        /// The queue.
        queue: Device = "queue",
        /// Who calls whom.
        parties: Parties as Group,
        /// How many wait.
        number_queued: Option<u32> = "numberQueued",
        /// How many wait before this one.
        calls_in_front: Option<u32> = "callsInFront",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "queuedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device sent the call on.
    Diverted {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The part that is over.
        connection: ConnectionId = "connection",
        /// The device that sent it on.
        diverting: Device = "divertingDevice",
        /// Where to.
        new_destination: Device = "newDestination",
        /// Who calls whom.
        parties: Parties as Group,
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "connectionInfo",
        /// What the network tells.
        network: NetworkParties as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// The call is on its way in the network.
    NetworkReached {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The trunk's part.
        connection: ConnectionId = "outboundConnection",
        /// The trunk.
        network_interface: Device = "networkInterfaceUsed",
        /// Who calls whom.
        parties: Parties as Group,
        /// Where the call came in or goes out.
        originating_nid: Option<ConnectionId> = "originatingNIDConnection",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "outboundConnectionInfo",
        /// What the network tells.
        network: NetworkParties as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// The network tells more, or less, from here on.
    NetworkCapabilitiesChanged {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The trunk's part.
        connection: ConnectionId = "outboundConnection",
        /// The trunk.
        network_interface: Device = "networkInterfaceUsed",
        /// What was called.
        called: Option<Device> = "calledDevice",
        /// What the network says of its progress.
        progress: Option<RawXml> = "progressIndicator",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "outboundConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device cannot be reached.
    Failed {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The failing part.
        connection: ConnectionId = "failedConnection",
        /// The device.
        failing: Device = "failingDevice",
        /// Who calls whom.
        parties: Parties as Group,
        /// Where the call came in or goes out.
        originating_nid: Option<ConnectionId> = "originatingNIDConnection",
        /// The monitored device.
        local: Local as Group,
        /// What the network tells.
        network: NetworkParties as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "failedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// A device's part is over.
    ConnectionCleared {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// Its part.
        connection: ConnectionId = "droppedConnection",
        /// The device that cleared.
        releasing: Device = "releasingDevice",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carried.
        connection_info: Option<RawXml> = "droppedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }

    /// The whole call is over.
    CallCleared {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The call.
        call: ConnectionId = "clearedCall",
        /// The cause.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// A device handed its call over (CSTA reference §11: how parts are renamed).
    Transferred {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The transferring device's part in the call that it hands over.
        primary_old_call: ConnectionId = "primaryOldCall",
        /// Its part in the consultation call; none in a single-step transfer.
        secondary_old_call: Option<ConnectionId> = "secondaryOldCall",
        /// The device that handed over.
        transferring: Device = "transferringDevice",
        /// Who got it.
        transferred_to: Device = "transferredToDevice",
        /// What became of the parts.
        connections: ConnectionList = "transferredConnections",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// Calls became a conference, or a device joined one.
    Conferenced {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The conferencing device's part in the first call.
        primary_old_call: ConnectionId = "primaryOldCall",
        /// Its part in the second; none in a single-step conference.
        secondary_old_call: Option<ConnectionId> = "secondaryOldCall",
        /// The device that made the conference.
        conferencing: Device = "conferencingDevice",
        /// Who came in.
        added: Device = "addedParty",
        /// What became of the parts.
        connections: ConnectionList = "conferenceConnections",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// The rest.
        tail: Tail as Group,
    }

    /// A shared line shows a live call at a set that does not take part.
    Bridged {
        /// The monitor that the event is for; empty where it is missing.
        monitor: SmolStr = "monitorCrossRefID",
        /// The set's part.
        connection: ConnectionId = "bridgedConnection",
        /// The appearance.
        appearance: Device = "bridgedAppearance",
        /// The monitored device.
        local: Local as Group,
        /// What kind of call.
        media: Media as Group,
        /// What it carries.
        connection_info: Option<RawXml> = "bridgedConnectionInfo",
        /// The rest.
        tail: Tail as Group,
    }
}
