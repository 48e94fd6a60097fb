//! Call control events from one device's viewpoint (CSTA reference §7).

use smol_str::SmolStr;
use strowger_protocol::csta::data::{ConnectionList, ConnectionListItem, Endpoint};
use strowger_protocol::csta::event::{
    CallCleared, CallInformation, Conferenced, ConnectionCleared, Delivered, Diverted, Established, Failed, Held, Local, NetworkParties,
    NetworkReached, Originated, Parties, Queued, Retrieved, ServiceInitiated, Transferred,
};
use strowger_protocol::csta::word::LocalConnectionState;
use strowger_protocol::csta::{ConnectionId, Device, DeviceId as Named, Event, Hex, Secret};

use super::told::{Body, Item, Told};
use super::{Seen, Teller};
use crate::simulator::exchange::{Call, Leg, LocalState, Side};
use crate::telephony::DeviceId;

impl Teller<'_> {
    /// The event for a monitor. `seen`: the device that it is of, and its state; `None`: it follows the call.
    pub(super) fn event(&self, told: &Told, monitor: &SmolStr, seen: Option<Seen<'_>>) -> Event {
        let monitor = monitor.clone();
        let local = Local { state: seen.map(|(_, state)| local_state(state)), cause: Some(told.cause.clone()), ..Local::default() };
        let connection = |device: &DeviceId| self.naming.connection(&told.call, device);
        let inside = |device: &DeviceId| self.naming.inside(device);
        match &told.body {
            Body::ServiceInitiated { device } => Event::ServiceInitiated(Box::new(ServiceInitiated {
                monitor,
                connection: connection(device),
                initiating: inside(device),
                local,
                ..ServiceInitiated::default()
            })),
            Body::Originated { called } => {
                let own = &told.info.calling;
                Event::Originated(Box::new(Originated {
                    monitor,
                    connection: connection(&own.device),
                    calling: self.naming.calling(&told.info),
                    called: called.as_deref().map_or(Device::NotKnown, |called| Device::Id(self.naming.device(called))),
                    local,
                    network: self.network(told, None),
                    ..Originated::default()
                }))
            }
            Body::NetworkReached { trunk, digits } => {
                let called = Device::Id(self.naming.device(digits));
                Event::NetworkReached(Box::new(NetworkReached {
                    monitor,
                    connection: connection(trunk),
                    network_interface: inside(trunk),
                    parties: Parties { called: Some(called), ..self.parties(told, trunk) },
                    local,
                    network: self.network(told, None),
                    ..NetworkReached::default()
                }))
            }
            Body::Delivered { alerting } => Event::Delivered(Box::new(Delivered {
                monitor,
                connection: connection(&alerting.device),
                alerting: self.naming.party(alerting),
                parties: self.parties(told, &alerting.device),
                local,
                network: self.network(told, Some(alerting)),
                ..Delivered::default()
            })),
            Body::Established { answering } => Event::Established(Box::new(Established {
                monitor,
                connection: connection(&answering.device),
                answering: self.naming.party(answering),
                parties: self.parties(told, &answering.device),
                local,
                network: self.network(told, Some(answering)),
                ..Established::default()
            })),
            Body::Held { holder } => {
                Event::Held(Box::new(Held { monitor, connection: connection(holder), holding: inside(holder), local, ..Held::default() }))
            }
            Body::Retrieved { by } => Event::Retrieved(Box::new(Retrieved {
                monitor,
                connection: connection(by),
                retrieving: inside(by),
                local,
                ..Retrieved::default()
            })),
            Body::Queued { group, position } => Event::Queued(Box::new(Queued {
                monitor,
                connection: connection(group),
                queue: inside(group),
                parties: self.parties(told, group),
                number_queued: Some(*position),
                calls_in_front: Some(position.saturating_sub(1)),
                local,
                network: self.network(told, None),
                ..Queued::default()
            })),
            Body::Diverted { from, to } => Event::Diverted(Box::new(Diverted {
                monitor,
                connection: connection(&from.device),
                diverting: self.naming.party(from),
                new_destination: self.naming.party(to),
                parties: self.parties(told, &to.device),
                local,
                network: self.network(told, None),
                ..Diverted::default()
            })),
            Body::Transferred { by, primary, secondary, to, items } => Event::Transferred(Box::new(Transferred {
                monitor,
                primary_old_call: self.naming.connection(primary, by),
                secondary_old_call: secondary.as_ref().map(|call| self.naming.connection(call, by)),
                transferring: inside(by),
                transferred_to: self.naming.party(to),
                connections: self.list(told, items),
                local,
                ..Transferred::default()
            })),
            Body::Conferenced { controller, primary, secondary, added, items } => Event::Conferenced(Box::new(Conferenced {
                monitor,
                primary_old_call: self.naming.connection(primary, controller),
                secondary_old_call: Some(self.naming.connection(secondary, controller)),
                conferencing: inside(controller),
                added: self.naming.party(added),
                connections: self.list(told, items),
                local,
                ..Conferenced::default()
            })),
            Body::Cleared { cleared, by } => Event::ConnectionCleared(Box::new(ConnectionCleared {
                monitor,
                connection: connection(cleared),
                releasing: inside(by),
                local,
                ..ConnectionCleared::default()
            })),
            Body::CallCleared => Event::CallCleared(Box::new(CallCleared {
                monitor,
                call: ConnectionId { call: self.naming.call(&told.call), device: None },
                local,
                ..CallCleared::default()
            })),
            Body::Failed { failed, called } => Event::Failed(Box::new(Failed {
                monitor,
                connection: connection(&failed.device),
                failing: self.naming.party(failed),
                parties: Parties {
                    called: Some(called.as_str()).filter(|called| !called.is_empty()).map(|called| Device::Id(self.naming.device(called))),
                    ..self.parties(told, &failed.device)
                },
                local,
                network: self.network(told, None),
                ..Failed::default()
            })),
            Body::Information { device } => Event::CallInformation(Box::new(CallInformation {
                monitor,
                connection: connection(device),
                device: inside(device),
                calling: Some(self.naming.calling(&told.info)),
                account: told.info.account.as_deref().map(|account| Secret::from(Hex::of(account.as_bytes()).digits())),
                ..CallInformation::default()
            })),
        }
    }

    /// Who calls whom, as the device that the call comes to is told.
    fn parties(&self, told: &Told, device: &DeviceId) -> Parties {
        let info = &told.info;
        let by_group =
            info.group.as_ref().filter(|group| *group != device && told.cause == strowger_protocol::csta::word::EventCause::Distributed);
        let called = if info.calling.is_outside {
            info.trunk_number.as_ref().or(info.originally_called.as_ref())
        } else {
            info.originally_called.as_ref()
        };
        Parties {
            calling: Some(self.naming.calling(info)),
            called: Some(called.map_or(Device::NotKnown, |called| Device::Id(self.naming.device(called)))),
            last_redirection: Some(
                by_group
                    .or(info.last_redirection.as_ref())
                    .map_or(Device::NotRequired, |by| Device::NumberDialed(self.naming.device(by.as_str()))),
            ),
        }
    }

    /// The trunks by which who is outside calls and is called.
    fn network(&self, told: &Told, called: Option<&Side>) -> NetworkParties {
        NetworkParties {
            associated_calling: self.naming.trunk(&told.info.calling),
            associated_called: called.and_then(|called| self.naming.trunk(called)),
            ..NetworkParties::default()
        }
    }

    fn list(&self, told: &Told, items: &[Item]) -> ConnectionList {
        let one = |item: &Item| ConnectionListItem {
            new: Some(self.naming.connection(&told.call, &item.side.device)),
            old: item.old.as_ref().map(|old| self.naming.connection(old, &item.side.device)),
            endpoint: Some(match self.naming.party(&item.side) {
                Device::Id(id) => Endpoint::Id(id),
                _ => Endpoint::Restricted,
            }),
            associated_nid: item.side.is_outside.then(|| Endpoint::Id(self.id(&item.side.device))),
            ..ConnectionListItem::default()
        };
        ConnectionList { items: items.iter().map(one).collect(), ..ConnectionList::default() }
    }

    fn id(&self, device: &DeviceId) -> Named {
        self.naming.device(device.as_str())
    }
}

/// A state on the wire.
pub(in crate::simulator::csta) fn local_state(state: LocalState) -> LocalConnectionState {
    match state {
        LocalState::None => LocalConnectionState::Null,
        LocalState::Initiated => LocalConnectionState::Initiated,
        LocalState::Alerting => LocalConnectionState::Alerting,
        LocalState::Connected => LocalConnectionState::Connected,
        LocalState::Hold => LocalConnectionState::Hold,
        LocalState::Failed => LocalConnectionState::Fail,
        LocalState::Queued => LocalConnectionState::Queued,
    }
}

/// The states of a leg, its own first, then the others'; a queue stands behind who rings for it.
pub(in crate::simulator::csta) fn other_states(call: &Call, own: &Leg) -> Vec<LocalConnectionState> {
    let others = call.legs().iter().filter(|leg| leg.device() != own.device());
    std::iter::once(own).chain(others).map(|leg| local_state(leg.state())).collect()
}
