//! Arguments that are made for commands.

use bytes::Bytes;

use super::super::text::CallId;
use super::super::wire::{Reader, Record, Wire, Writer, hex};

/// Which fields a list shall have, as hexadecimal digits: the bits are constants of the entities, such as
/// [`Station::USERNAME`](super::super::Station::USERNAME).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct ListMask(pub u32);

impl Wire for ListMask {
    fn read(field: &str) -> Option<Self> {
        hex(field).map(Self)
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.hex(self.0, 1);
    }
}

/// Data of 1 to 256 bytes, sent with its length before it. Line ends and NUL are refused.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Counted(pub Bytes);

impl Record for Counted {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let count: u16 = fields.take()?;
        Some(Self(fields.counted(count.into()).into()))
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.number(u32::try_from(self.0.len()).unwrap_or(u32::MAX), 1);
        out.counted(&self.0);
    }
}

impl Record for Option<Counted> {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        Some(if fields.peek().is_none_or(str::is_empty) { None } else { Counted::read(fields) })
    }

    fn write(&self, out: &mut Writer<'_>) {
        if let Some(data) = self {
            data.write(out);
        }
    }
}

/// `N, Call_ID*`
impl Record for Vec<CallId> {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let told: u16 = fields.take()?;
        (0..usize::from(told).min(fields.remaining())).map(|_| fields.take()).collect()
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.number(u32::try_from(self.len()).unwrap_or(u32::MAX), 1);
        for call in self {
            out.put(call);
        }
    }
}
