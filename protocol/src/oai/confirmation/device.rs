//! `_QI`: what a device is (OAI reference §7.3).

use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::table::{DeviceType, PhysicalType};
use super::super::text::Text;
use super::super::wire::{Reader, Record, Writer, record};
use super::query::write_counted;

/// `_QI`: a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceInfo {
    /// The device.
    pub device: Extension,
    /// What it is.
    pub device_type: Option<DeviceType>,
    /// 0 voice, 1 data, 2 image, 3 other.
    pub class: Option<u8>,
    /// Description.
    pub description: Option<Text>,
    /// User name.
    pub username: Option<Text>,
    /// What follows.
    pub detail: DeviceDetail,
}

/// What `_QI` tells beyond names: by the number of fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeviceDetail {
    /// Not a station: answer supervision, 0 none to 6 ISDN (P ≥ 7.00).
    Other(Option<u8>),
    /// A station.
    Station(Box<StationDetail>),
}

/// What `_QI` tells of a station.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StationDetail {
    /// Whether it is an administrator.
    pub is_administrator: Option<bool>,
    /// Whether it is an attendant.
    pub is_attendant: Option<bool>,
    /// Its attendant.
    pub attendant: Option<Extension>,
    /// Class of service by day, hexadecimal.
    pub day_cos: Option<SmolStr>,
    /// Class of service by night, hexadecimal.
    pub night_cos: Option<SmolStr>,
    /// Its voice mail application.
    pub voice_mail: Option<Extension>,
    /// Node of its mailbox (P ≥ 5.20).
    pub mailbox_node: Option<u16>,
    /// Its speed-dial bins (P ≥ 6.00).
    pub bins: Vec<Bin>,
    /// What telephone it is (P ≥ 8.10).
    pub physical_type: Option<PhysicalType>,
    /// Account codes: 0 none, 1 standard, 2 forced for all, 3 forced local toll, 4 forced long distance (P ≥ 9.00).
    pub account_type: Option<u8>,
    /// Whether account codes are validated (P ≥ 9.00).
    pub account_validated: Option<bool>,
}

impl DeviceInfo {
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let (device, device_type, class, description, username) =
            (fields.take()?, fields.take()?, fields.take()?, fields.take()?, fields.take()?);
        let detail = if fields.remaining() <= 1 {
            DeviceDetail::Other(fields.take()?)
        } else {
            DeviceDetail::Station(Box::new(StationDetail::read(fields)?))
        };
        Some(Self { device, device_type, class, description, username, detail })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.device);
        out.put(&self.device_type);
        out.put(&self.class);
        out.put(&self.description);
        out.put(&self.username);
        match &self.detail {
            DeviceDetail::Other(answer_supervision) => out.put(answer_supervision),
            DeviceDetail::Station(station) => station.write(out),
        }
    }
}

impl StationDetail {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            is_administrator: fields.take()?,
            is_attendant: fields.take()?,
            attendant: fields.take()?,
            day_cos: fields.take()?,
            night_cos: fields.take()?,
            voice_mail: fields.take()?,
            mailbox_node: fields.take()?,
            bins: {
                let told = fields.take::<Option<u16>>()?.map_or(0, usize::from);
                let room = fields.remaining() / 3;
                fields.unreadable += u32::from(told > room);
                (0..told.min(room)).map(|_| Bin::read(fields)).collect::<Option<_>>()?
            },
            physical_type: fields.take()?,
            account_type: fields.take()?,
            account_validated: fields.take()?,
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.is_administrator);
        out.put(&self.is_attendant);
        out.put(&self.attendant);
        out.put(&self.day_cos);
        out.put(&self.night_cos);
        out.put(&self.voice_mail);
        out.put(&self.mailbox_node);
        write_counted(&self.bins, out);
        out.put(&self.physical_type);
        out.put(&self.account_type);
        out.put(&self.account_validated);
    }
}

record! {
    /// A speed-dial bin of a station (`_QI`).
    Bin {
        /// Its number.
        bin: Option<u16>,
        /// What it dials.
        contents: Option<SmolStr>,
        /// Its name.
        name: Option<Text>,
    }
}
