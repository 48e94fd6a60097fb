//! System, gateway and miscellaneous events (OAI reference §2.2, §5.4, §5.5).

use bytes::Bytes;
use smol_str::SmolStr;

use super::super::id::{Extension, Version};
use super::super::table::{AlarmSystem, Cause, Country, DatabaseArea, DeviceType, LinkReason, PremiumFeatures};
use super::super::text::Text;
use super::super::wire::{Field, Reader, Record, Writer, record};

record! {
    /// RS: a session begins or begins anew.
    ResyncResponse {
        /// Time of day of the PBX, `HH:MM`.
        time: Option<SmolStr>,
        /// Date of the PBX, `MMDDYY`.
        date: Option<SmolStr>,
        /// Version of the protocol, e.g. `V10.20`; behind a gateway the lowest of all nodes.
        protocol: Option<SmolStr>,
        /// Version of the PBX's software, opaque.
        software: Option<SmolStr>,
        /// Licences.
        premium: Option<PremiumFeatures>,
        /// Number of the node; 1 if there is no network, 0 from a CT Gateway.
        node: Option<u16>,
        /// Whether the PBX is licensed for networking.
        networking: Option<bool>,
        /// Country.
        country: Option<Country>,
        /// Whether the link is TCP/IP (P ≥ 6.00).
        tcp_ip: Option<bool>,
    }

    /// RD: a resync is over.
    ResyncEnded {
        /// For which device or node; `None` for all.
        device: Option<Extension>,
    }

    /// PE: no port is free for this client; the PBX closes.
    PortsExceeded {
        /// How many there are.
        max_ports: Option<u16>,
    }

    /// ME: the monitor named in the prefix has ended.
    MonitorEnded {
        /// Why.
        cause: Option<Cause>,
    }

    /// EC: an extension came, went or was renamed.
    ExtensionChange {
        /// The node.
        node: Option<u16>,
        /// What it was; blank if it is new.
        old: Option<Extension>,
        /// What it is; blank if it is gone.
        new: Option<Extension>,
        /// What it is, coarsely: 0 covers 11, 3 covers 4, 5 covers 6.
        device_type: Option<DeviceType>,
    }

    /// NM: night mode was switched.
    NightMode {
        /// The node.
        node: Option<u16>,
        /// Whether it is on.
        on: Option<bool>,
    }

    /// AG: an alarm was raised or cleared.
    Alarm {
        /// Who raised it.
        system: Option<AlarmSystem>,
        /// The node; 0 for the gateway.
        node: Option<u16>,
        /// The device concerned.
        device: Option<Extension>,
        /// Which alarm; 0: it was cleared.
        number: Option<u16>,
        /// What it says.
        text: Option<Text>,
        /// Its id, unique on its node.
        id: Option<SmolStr>,
    }

    /// LS: the link between gateway and node went up or down.
    LinkStatus {
        /// The node.
        node: Option<u16>,
        /// Whether it is up.
        up: Option<bool>,
        /// Why.
        reason: Option<LinkReason>,
    }

    /// CS: the state of one of a gateway's connections.
    ConnectionStatus {
        /// The connection.
        connection: Option<u16>,
        /// 0 down, 1 up; 2 to 4 duplicate or deleted (the sources differ): not usable.
        state: Option<u8>,
        /// The node before.
        previous_node: Option<u16>,
        /// The node now.
        current_node: Option<u16>,
    }
}

impl ResyncResponse {
    /// Version of the protocol, as far as it can be read.
    pub fn version(&self) -> Option<Version> {
        self.protocol.as_deref().and_then(Version::parse)
    }

    /// True if a CT Gateway says this.
    pub fn is_gateway(&self) -> bool {
        self.node == Some(0)
    }
}

impl ConnectionStatus {
    /// True if the connection can be used.
    pub fn is_up(&self) -> bool {
        self.state == Some(1)
    }
}

/// DC: something was programmed anew (OAI reference §6.10). What the values mean depends on area and field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatabaseChange {
    /// The node.
    pub node: Option<u16>,
    /// What kind of thing.
    pub area: DatabaseArea,
    /// Which: extension, number, flag or id. Areas 0 to 18.
    pub subject: Option<SmolStr>,
    /// What it is. Areas 0 to 11 and 16 to 18.
    pub device_type: Option<DeviceType>,
    /// Which field of it: 0 user name or text, 1 description everywhere. Areas 0 to 19.
    pub field: Option<u8>,
    /// The new values; of an area that is not published all its fields.
    pub values: Vec<Field>,
}

impl DatabaseArea {
    const fn has_subject(self) -> bool {
        self.0 <= 18
    }

    const fn has_device_type(self) -> bool {
        matches!(self.0, 0..=11 | 16..=18)
    }

    const fn has_field(self) -> bool {
        self.0 <= 19
    }
}

impl Record for DatabaseChange {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let node = fields.take()?;
        let area: DatabaseArea = fields.take()?;
        Some(Self {
            node,
            area,
            subject: if area.has_subject() { fields.take()? } else { None },
            device_type: if area.has_device_type() { fields.take()? } else { None },
            field: if area.has_field() { fields.take()? } else { None },
            values: fields.fields(),
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.node);
        out.put(&self.area);
        if self.area.has_subject() {
            out.put(&self.subject);
        }
        if self.area.has_device_type() {
            out.put(&self.device_type);
        }
        if self.area.has_field() {
            out.put(&self.field);
        }
        out.fields(&self.values);
    }
}

/// SMR: a call record (P ≥ 9.00; the filter bit must be set; never in a resync).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmdrRecord {
    /// The node.
    pub node: Option<u16>,
    /// The record, commas and all.
    pub text: Option<Text>,
}

/// Whether the text stands between pipes is not documented: without them it is all the rest of the line.
impl Record for SmdrRecord {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let node = fields.take()?;
        let piped = fields.peek().is_some_and(|field| field.starts_with('|'));
        let text = if piped { fields.take()? } else { Some(fields.tail()).filter(|text| !text.is_empty()).map(Text::from) };
        Some(Self { node, text })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.node);
        out.put(&self.text);
    }
}

/// GDA: another application sends data through the gateway.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApplicationData {
    /// Number of the application.
    pub application: Option<u16>,
    /// Its name.
    pub name: Option<Text>,
    /// Its address.
    pub address: Option<SmolStr>,
    /// 1 to 256 bytes, any.
    pub data: Bytes,
}

impl Record for ApplicationData {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let (application, name, address) = (fields.take()?, fields.take()?, fields.take()?);
        let count: Option<u16> = fields.take()?;
        Some(Self { application, name, address, data: fields.counted(count.map_or(0, usize::from)).into() })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.application);
        out.put(&self.name);
        out.put(&self.address);
        out.number(u32::try_from(self.data.len()).unwrap_or(u32::MAX), 1);
        out.counted(&self.data);
    }
}
