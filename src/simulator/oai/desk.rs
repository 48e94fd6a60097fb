//! What clients keep at the PBX beside its calls: message lamps, callbacks, speed-dial bins, passwords, data attached to calls, control of
//! offered calls and of displays. Each table is bounded; at the bound the command is refused with outcome 22.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use smol_str::SmolStr;
use strowger_protocol::oai::{EventBody, OfferingEndReason, OfferingEnded, Outcome};

use super::connection::Connection;
use super::monitor::Subject;
use super::naming::Naming;
use super::prepared::Prepared;
use super::profile::Profile;
use super::server::ConnectionId;
use crate::telephony::{DeviceId, SwitchCallId, Time};

/// The most entries of each table.
const ENTRIES_MAX: usize = 10_000;

/// A message that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Message {
    pub(super) from: DeviceId,
    pub(super) mailbox: Option<SmolStr>,
    pub(super) count: u16,
    pub(super) at: Time,
}

/// Data attached to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Attached {
    pub(super) data: Bytes,
    pub(super) at: Time,
}

/// All of it.
#[derive(Default, Debug)]
pub(super) struct Desk {
    pub(super) messages: BTreeMap<DeviceId, Vec<Message>>,
    /// Who wants to be called back by whom.
    pub(super) callbacks: BTreeSet<(DeviceId, DeviceId)>,
    pub(super) bins: BTreeMap<(DeviceId, u16), (SmolStr, SmolStr)>,
    pub(super) passwords: BTreeMap<DeviceId, SmolStr>,
    pub(super) attached: BTreeMap<(SwitchCallId, SmolStr), Attached>,
    /// Clients that want data of others, by their numbers and names.
    pub(super) data_clients: BTreeMap<ConnectionId, SmolStr>,
    /// Who has control of the calls offered to a device.
    pub(super) offering: BTreeMap<DeviceId, (ConnectionId, SmolStr)>,
    /// Who has control of a display.
    pub(super) displays: BTreeMap<DeviceId, ConnectionId>,
}

impl Desk {
    /// Refused if a table of that size is full.
    pub(super) fn room(size: usize) -> Result<(), Outcome> {
        if size < ENTRIES_MAX { Ok(()) } else { Err(Outcome::RESOURCES_NOT_AVAILABLE) }
    }

    /// A client is gone, and with it what it controlled.
    pub(super) fn forget(&mut self, client: ConnectionId) {
        self.offering.retain(|_, (owner, _)| *owner != client);
        self.displays.retain(|_, owner| *owner != client);
        self.data_clients.remove(&client);
    }

    /// A call is over, and with it what was attached to it.
    pub(super) fn call_over(&mut self, call: &SwitchCallId) {
        if !self.attached.is_empty() {
            self.attached.retain(|(of, _), _| of != call);
        }
    }

    /// A client's idle timer expired: the OE lines that tell it which offering control ends with that.
    pub(super) fn offering_ended(&mut self, client: ConnectionId, connection: &Connection, profile: &Profile) -> Vec<Vec<u8>> {
        let naming = Naming { expanded: connection.options.expanded, home: profile.home() };
        let mut lines = Vec::new();
        for device in self.offering.iter().filter(|(_, (owner, _))| *owner == client).map(|(device, _)| device) {
            if let Some(monitor) = connection.monitors.about(&Subject::Device(device.clone())) {
                let ended = OfferingEnded { device: naming.extension(device), reason: Some(OfferingEndReason::MONITOR_STOPPED) };
                lines.push(Prepared::new(EventBody::OfferingEnded(ended), profile).line(None, monitor, profile));
            }
        }
        self.forget(client);
        lines
    }
}
