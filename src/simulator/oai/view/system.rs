//! System events (OAI reference §5.4). The fate of a node's link is told by the server: LS goes to every client, not to monitors.

use smol_str::SmolStr;
use strowger_protocol::oai::{DatabaseArea, DatabaseChange, DeviceType, EventBody, ExtensionChange, Field, NightMode};

use super::super::device_type::{coarse, station_type};
use super::super::naming::node_of;
use super::{Copy, Teller, To};
use crate::simulator::exchange::SystemFact;
use crate::telephony::DeviceId;

/// Field_Type of a user name.
const USERNAME: u8 = 0;
/// Field_Type of the number of members of a hunt group.
const MEMBER_COUNT: u8 = 2;

impl Teller<'_> {
    pub(super) fn system(&self, fact: &SystemFact) -> Vec<Copy> {
        match fact {
            SystemFact::StationRenamed { device, name } => {
                let kind = self.exchange.station(device).map_or(DeviceType::KEYSET, |station| station_type(station.config.kind));
                self.changed(device, DatabaseArea::STATION, kind, USERNAME, Field::Text(name.clone()))
            }
            SystemFact::MembersChanged { group, count } => {
                let count = Field::Bare(SmolStr::from(count.to_string()));
                self.changed(group, DatabaseArea::HUNT_GROUP, DeviceType::HUNT_GROUP, MEMBER_COUNT, count)
            }
            SystemFact::ExtensionChanged { node, old, new, kind } => {
                let body = EventBody::ExtensionChange(ExtensionChange {
                    node: Some(*node),
                    old: old.as_ref().map(|device| self.naming.extension(device)),
                    new: new.as_ref().map(|device| self.naming.extension(device)),
                    device_type: Some(coarse(station_type(*kind))),
                });
                vec![Copy { to: To::System(*node), body }]
            }
            SystemFact::NightMode { node, on } => {
                let body = EventBody::NightMode(NightMode { node: Some(*node), on: Some(*on) });
                vec![Copy { to: To::System(*node), body }]
            }
            SystemFact::NodeLink { .. } => Vec::new(),
        }
    }

    fn changed(&self, device: &DeviceId, area: DatabaseArea, kind: DeviceType, field: u8, value: Field) -> Vec<Copy> {
        let node = node_of(device, self.naming.home);
        let body = EventBody::DatabaseChange(DatabaseChange {
            node: Some(node),
            area,
            subject: Some(self.naming.extension(device).to_smolstr()),
            device_type: Some(kind),
            field: Some(field),
            values: vec![value],
        });
        vec![Copy { to: To::System(node), body }]
    }
}
